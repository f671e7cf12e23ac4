/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "pl-test-owner.h"

G_BEGIN_DECLS

/* Where functions are to run, and what they have counted. */
typedef struct
{
  GMainContext *context; /* NULL: what they find is kept here */
  GThread *thread;       /* NULL: likewise */
  int steps;
  int under_way;
  int dones;
  int frees;
  gboolean is_ready;
} PlTestPlace;

/* How many elements pl_test_place_make_stage() gives, their sum, and how often their functions look
 * where they are, in three steps for each. */
#define PL_TEST_PLACE_ELEMENTS 5
#define PL_TEST_PLACE_SUM (PL_TEST_PLACE_ELEMENTS * (PL_TEST_PLACE_ELEMENTS + 1) / 2)
#define PL_TEST_PLACE_STEPS 3
#define PL_TEST_PLACE_CHECKS ((PL_TEST_PLACE_STEPS + 1) * PL_TEST_PLACE_ELEMENTS)

void pl_test_place_clear (PlTestPlace *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PlTestPlace, pl_test_place_clear)

PlTestPlace pl_test_place_get (void);

void pl_test_place_set_owner (PlTestPlace *self, PlTestOwner *owner);

void pl_test_place_check (PlTestPlace *place);

void pl_test_place_assert_all_steps (const PlTestPlace *place, guint n_runs);

/* Functions whose data is a place. */

gboolean pl_test_place_on_start (PlWorker *worker, gpointer user_data, GError **error);

gboolean pl_test_place_on_done (PlWorker *worker,
                                PlStageStatus *status,
                                gpointer user_data,
                                GError **error);

void pl_test_take_steps (const GValue *element, GTask *task, PlWorker *worker, gpointer user_data);

void pl_test_take_no_steps (const GValue *element,
                            GTask *task,
                            PlWorker *worker,
                            gpointer user_data);

PlStage *pl_test_place_make_stage (PlTaskFunc func, PlTestPlace *place);

PlStage *pl_test_make_endless_task (PlTaskFunc func, gpointer user_data);

int pl_test_drain (PlIterator *iterator);

gpointer pl_test_drain_thread (gpointer data);

G_END_DECLS
