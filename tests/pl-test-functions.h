/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <pypeln-glib/pypeln-glib.h>

G_BEGIN_DECLS

/* What a test's functions count, from any thread. */
typedef struct
{
  int calls;
  int starts;
  int dones;
  int frees;
} PlTestCounts;

/* Functions of stages. */

gboolean pl_test_count_up (GValue *value, PlWorker *worker, gpointer user_data, GError **error);

gboolean pl_test_add1 (const GValue *element,
                       GValue *result,
                       PlWorker *worker,
                       gpointer user_data,
                       GError **error);

gboolean pl_test_fail (const GValue *element,
                       GValue *result,
                       PlWorker *worker,
                       gpointer user_data,
                       GError **error);

/* Holds the first element until there is something else than 0 in an int. */
gboolean pl_test_hold_the_first (const GValue *element,
                                 GValue *result,
                                 PlWorker *worker,
                                 gpointer user_data,
                                 GError **error);

gboolean pl_test_wait_until_cancelled (const GValue *element,
                                       GValue *result,
                                       PlWorker *worker,
                                       gpointer user_data,
                                       GError **error);

gboolean pl_test_each_nothing (const GValue *element,
                               PlWorker *worker,
                               gpointer user_data,
                               GError **error);

/* Checks that the paths of elements are those of three that a flat_map makes of each, in their
 * order; counts its calls in an int. */
gboolean pl_test_check_three (const GValue *element,
                              PlWorker *worker,
                              gpointer user_data,
                              GError **error);

gboolean pl_test_on_start (PlWorker *worker, gpointer user_data, GError **error);

gboolean pl_test_on_done (PlWorker *worker,
                          PlStageStatus *status,
                          gpointer user_data,
                          GError **error);

void pl_test_on_free (gpointer user_data);

gboolean pl_test_keep_even (const GValue *element,
                            gboolean *keep,
                            PlWorker *worker,
                            gpointer user_data,
                            GError **error);

gboolean pl_test_keep_none (const GValue *element,
                            gboolean *keep,
                            PlWorker *worker,
                            gpointer user_data,
                            GError **error);

gboolean pl_test_keep_all (const GValue *element,
                           gboolean *keep,
                           PlWorker *worker,
                           gpointer user_data,
                           GError **error);

/* From inside of the function of a flat_map. */
gboolean pl_test_worker_emit_int (PlWorker *worker, int number, GError **error);

/* A closure that does nothing, and so leaves its return value uninitialised. */
GClosure *pl_test_new_idle_closure (void);

G_END_DECLS
