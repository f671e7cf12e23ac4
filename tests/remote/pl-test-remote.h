/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "pl-test-util.h"

G_BEGIN_DECLS

/* Workers that something else starts, in general on other machines. The driver that runs a test
 * program says what in PL_TEST_LAUNCHERS, one in a line, in words of a shell. The machines have the
 * processes and the files of this one, so that a test can look at both. */

/* How long anything may take that comes soon, in milliseconds. */
#define PL_TEST_SOON 60000

/* A function's name, and other text, that has to be quoted in many ways. */
#define PL_TEST_HOSTILE "it's \"a\" $HOME `b` \\ *\n\tü;&|<>(){}~#!%"

/* Where a worker process is. */
typedef struct
{
  char *host;
  int number; /* the element */
  int pid;
  int parent; /* the process that has started it there */
} PlTestPlace;

int pl_test_remote_main (int argc, char **argv, void (*add_tests) (void));

void pl_test_remote_launch (PlCommand *command);

PlCommand *pl_test_remote_new_command (const char *function);

PlStage *pl_test_remote_compute (PlCommand *command);

GSubprocess *pl_test_remote_start_parent (PlTestPlace **place);

PlTestPlace *pl_test_place_parse (const char *text);

void pl_test_place_free (PlTestPlace *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlTestPlace, pl_test_place_free)

PlTestPlace *pl_test_remote_take_place (PlIterator *iter);

int pl_test_remote_watch (int pid);

void pl_test_remote_assert_ends (int pidfd);

G_END_DECLS
