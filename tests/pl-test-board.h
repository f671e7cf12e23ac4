/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <pypeln-glib/pypeln-glib.h>

G_BEGIN_DECLS

#define PL_TEST_BOARD_WORKERS 16
#define PL_TEST_BOARD_ELEMENTS 100000

/* What a test and its worker processes know of each other: all of them see the same memory. What
 * several write is atomic. */
typedef struct
{
  guint seed;
  int last; /* the last element */
  int starts; /* how many processes have started */
  int calls;
  int releases; /* how many calls that wait may go on */
  int pids[PL_TEST_BOARD_WORKERS];       /* of the last process of each worker */
  int attempts[PL_TEST_BOARD_ELEMENTS]; /* how often an element has come to a function */
} PlTestBoard;

void pl_test_board_init (void);

void pl_test_board_remove (void);

PlTestBoard *pl_test_board_get (void);

PlTestBoard *pl_test_board_clear (void);

gboolean pl_test_board_enter (PlWorker *worker, gpointer user_data, GError **error);

void pl_test_board_enter_plainly (guint index);

void pl_test_start_first_child (void);

gboolean pl_test_signal_child (int pid, int signal);

void pl_test_assert_no_children (void);

G_END_DECLS
