/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-util.h"

/* Of the numbers from 1 to 15 two fail, one is late, four are dropped, and eight are kept. */
static gboolean
have_any_fate (const GValue *element,
               gboolean *keep,
               PlWorker *worker,
               gpointer user_data,
               GError **error)
{
  int number = g_value_get_int (element);

  if (number <= 2)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_BUSY, "busy");
      return FALSE;
    }

  while (number == 3 && !g_cancellable_is_cancelled (pl_worker_get_cancellable (worker)))
    g_usleep (200);

  *keep = number > 7;
  return TRUE;
}

static PlStageStatus *
run_to_any_fate (const PlTestKind *kind, PlStage **stage)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 15);
  g_autoptr(PlStage) added = pl_thread_map (numbers, pl_test_add1, NULL, NULL);
  g_autoptr(PlIterator) iterator = NULL;
  g_autoptr(PlRunStatus) status = NULL;
  g_auto(GValue) value = G_VALUE_INIT;

  *stage = kind->filter (added, have_any_fate, NULL, NULL);
  pl_stage_set_maxsize (*stage, 16);
  pl_stage_set_timeout (*stage, 250);
  pl_stage_set_retries (*stage, 3);
  pl_stage_set_error_policy (*stage, PL_ERROR_POLICY_SKIP);

  iterator = pl_stage_iterate (*stage);
  while (pl_iterator_next (iterator, &value, NULL, NULL))
    continue;

  status = pl_iterator_dup_status (iterator);
  return g_object_ref (pl_run_status_get_stage_status (status, *stage));
}

static void
test_counts_what_became_of_elements (const PlTestKind *kind)
{
  g_autoptr(PlStage) stage = NULL;
  g_autoptr(PlStageStatus) status = run_to_any_fate (kind, &stage);

  g_assert_true (pl_stage_status_get_stage (status) == stage);
  g_assert_true (pl_stage_status_get_done (status));
  g_assert_cmpuint (pl_stage_status_get_active_workers (status), ==, 0);
  g_assert_cmpuint (pl_stage_status_get_elements_in (status), ==, 15);
  g_assert_cmpuint (pl_stage_status_get_elements_out (status), ==, 8);
  g_assert_cmpuint (pl_stage_status_get_elements_dropped (status), ==, 4);
  g_assert_cmpuint (pl_stage_status_get_elements_failed (status), ==, 2);
  g_assert_cmpuint (pl_stage_status_get_elements_timed_out (status), ==, 1);
  g_assert_cmpuint (pl_stage_status_get_retries (status), ==, 2 * 3);
  g_assert_cmpuint (pl_stage_status_get_queue_length (status), ==, 0);
  g_assert_cmpuint (pl_stage_status_get_queue_bound (status), ==, 16);
}

static void
test_has_its_counts_as_properties (const PlTestKind *kind)
{
  g_autoptr(PlStage) made = NULL;
  g_autoptr(PlStageStatus) status = run_to_any_fate (kind, &made);
  g_autoptr(PlStage) stage = NULL;
  gboolean done;
  guint active, length, bound;
  guint64 in, out, dropped, failed, timed_out, retries;

  g_object_get (status, "stage", &stage, "done", &done, "active-workers", &active,
                "elements-in", &in, "elements-out", &out, "elements-dropped", &dropped,
                "elements-failed", &failed, "elements-timed-out", &timed_out,
                "retries", &retries, "queue-length", &length, "queue-bound", &bound, NULL);
  g_assert_true (stage == made);
  g_assert_true (done);
  g_assert_cmpuint (active, ==, 0);
  g_assert_cmpuint (in, ==, 15);
  g_assert_cmpuint (out, ==, 8);
  g_assert_cmpuint (dropped, ==, 4);
  g_assert_cmpuint (failed, ==, 2);
  g_assert_cmpuint (timed_out, ==, 1);
  g_assert_cmpuint (retries, ==, 6);
  g_assert_cmpuint (length, ==, 0);
  g_assert_cmpuint (bound, ==, 16);
}

static void
test_has_its_times_as_properties (const PlTestKind *kind)
{
  g_autoptr(PlStage) stage = NULL;
  g_autoptr(PlStageStatus) status = run_to_any_fate (kind, &stage);
  gint64 busy, input_wait, output_wait;

  g_object_get (status, "busy-time", &busy, "input-wait-time", &input_wait,
                "output-wait-time", &output_wait, NULL);
  g_assert_cmpint (busy, ==, pl_stage_status_get_busy_time (status));
  g_assert_cmpint (input_wait, ==, pl_stage_status_get_input_wait_time (status));
  g_assert_cmpint (output_wait, ==, pl_stage_status_get_output_wait_time (status));
}

/* While the consumer stands still, the queue in front of the stage fills to its bound. */
static void
test_tells_what_waits_in_front (const PlTestKind *kind)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 20);
  g_autoptr(PlStage) first = pl_thread_map (numbers, pl_test_add1, NULL, NULL);
  g_autoptr(PlStage) added = kind->map (first, pl_test_add1, NULL, NULL);
  g_autoptr(PlIterator) iterator = NULL;
  g_autoptr(PlRunStatus) status = NULL;
  PlStageStatus *figures;
  guint length, bound;

  pl_stage_set_maxsize (added, 3);
  iterator = pl_stage_iterate_bounded (added, 2);
  pl_test_take_int (iterator);
  do
    {
      g_clear_object (&status);
      status = pl_iterator_dup_status (iterator);
      figures = pl_run_status_get_stage_status (status, added);
    }
  while (pl_stage_status_get_queue_length (figures) < 3);

  g_object_get (figures, "queue-length", &length, "queue-bound", &bound, NULL);
  g_assert_cmpuint (length, ==, 3);
  g_assert_cmpuint (bound, ==, 3);
  g_assert_false (pl_stage_status_get_done (figures));
  g_assert_cmpuint (pl_stage_status_get_active_workers (figures), ==, 1);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);

  pl_test_add_returning ("/stage-status/counts-what-became-of-elements",
                         test_counts_what_became_of_elements);
  pl_test_add_returning ("/stage-status/has-its-counts-as-properties",
                         test_has_its_counts_as_properties);
  pl_test_add_returning ("/stage-status/has-its-times-as-properties",
                         test_has_its_times_as_properties);
  pl_test_add ("/stage-status/tells-what-waits-in-front", test_tells_what_waits_in_front);

  return pl_test_run ();
}
