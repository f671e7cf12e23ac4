/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-util.h"

/* What a run does with functions that take longer than their stage allows. Time is what is tested,
 * so here alone tests wait for it. */

/* Much more than a function that does not wait takes on a machine that has other things to do. */
#define TIMEOUT_MS 250

typedef struct
{
  PlTestCounts counts;
  int cancelled;
  int late;
  gboolean is_open; /* late functions may return */
} PlTestTimeout;

static void
wait_until_open (PlTestTimeout *test)
{
  while (!g_atomic_int_get (&test->is_open))
    g_usleep (200);
}

/* Element 1 is late: it waits for its cancellable, and then, if @obstinate, until it is let go. */
static gboolean
be_late (PlTestTimeout *test, const GValue *element, PlWorker *worker, gboolean obstinate)
{
  g_atomic_int_inc (&test->counts.calls);
  if (g_value_get_int (element) != 1)
    return FALSE;

  while (!g_cancellable_is_cancelled (pl_worker_get_cancellable (worker)))
    g_usleep (200);
  g_atomic_int_inc (&test->cancelled);
  if (obstinate)
    wait_until_open (test);
  g_atomic_int_inc (&test->late);
  return TRUE;
}

static gboolean
map_late (const GValue *element,
          GValue *result,
          PlWorker *worker,
          gpointer user_data,
          GError **error)
{
  be_late (user_data, element, worker, FALSE);
  g_value_init (result, G_TYPE_INT);
  g_value_copy (element, result);
  return TRUE;
}

static gboolean
map_very_late (const GValue *element,
               GValue *result,
               PlWorker *worker,
               gpointer user_data,
               GError **error)
{
  be_late (user_data, element, worker, TRUE);
  g_value_init (result, G_TYPE_INT);
  g_value_copy (element, result);
  return TRUE;
}

static gboolean
fail_late (const GValue *element,
           GValue *result,
           PlWorker *worker,
           gpointer user_data,
           GError **error)
{
  if (be_late (user_data, element, worker, FALSE))
    return !g_cancellable_set_error_if_cancelled (pl_worker_get_cancellable (worker), error);

  g_value_init (result, G_TYPE_INT);
  g_value_copy (element, result);
  return TRUE;
}

static gboolean
keep_late (const GValue *element,
           gboolean *keep,
           PlWorker *worker,
           gpointer user_data,
           GError **error)
{
  be_late (user_data, element, worker, FALSE);
  *keep = TRUE;
  return TRUE;
}

static gboolean
drop_late (const GValue *element,
           gboolean *keep,
           PlWorker *worker,
           gpointer user_data,
           GError **error)
{
  *keep = !be_late (user_data, element, worker, FALSE);
  return TRUE;
}

/* Emits one before it is late and tries to emit one after. */
static gboolean
expand_late (const GValue *element, PlWorker *worker, gpointer user_data, GError **error)
{
  int number = g_value_get_int (element) * 10;

  if (!pl_test_worker_emit_int (worker, number, error))
    return FALSE;
  if (be_late (user_data, element, worker, FALSE))
    g_assert_false (pl_test_worker_emit_int (worker, number + 1, NULL));
  return TRUE;
}

static void
prepare (PlStage *stage, PlTestTimeout *test)
{
  pl_stage_set_timeout (stage, TIMEOUT_MS);
  pl_test_set_on_start (stage, pl_test_on_start, &test->counts);
  pl_test_set_on_done (stage, pl_test_on_done, &test->counts);
}

/* After one timeout with one worker, a thread or process stage has started twice and ended once. A
 * process is killed: its function is not told, and does not return. */
static void
assert_counts (const PlTestKind *kind, PlTestTimeout *test)
{
  gboolean is_process = kind->kind == PL_WORKER_KIND_PROCESS;
  gboolean is_replaced = is_process || kind->kind == PL_WORKER_KIND_THREAD;

  g_assert_cmpint (test->counts.calls, ==, 4);
  g_assert_cmpint (test->counts.starts, ==, is_replaced ? 2 : 1);
  g_assert_cmpint (test->counts.dones, ==, 1);
  g_assert_cmpint (test->cancelled, ==, is_process ? 0 : 1);
  g_assert_cmpint (test->late, ==, is_process ? 0 : 1);
}

static void
test_drops_that_element_alone (const PlTestKind *kind)
{
  PlTestTimeout *test = pl_test_new_shared (PlTestTimeout);
  guint n_threads = pl_test_count_threads ();
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 4);
  g_autoptr(PlStage) late = kind->map (numbers, map_late, test, NULL);

  prepare (late, test);
  pl_test_assert_ints (late, "0 2 3");
  assert_counts (kind, test);
  pl_test_wait_for_threads (n_threads);
}

static void
test_error_of_a_late_function_is_not_the_runs (const PlTestKind *kind)
{
  PlTestTimeout *test = pl_test_new_shared (PlTestTimeout);
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 4);
  g_autoptr(PlStage) late = kind->map (numbers, fail_late, test, NULL);

  prepare (late, test);
  pl_test_assert_ints (late, "0 2 3");
  assert_counts (kind, test);
}

static void
test_filter_times_out (const PlTestKind *kind)
{
  PlTestTimeout *test = pl_test_new_shared (PlTestTimeout);
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 4);
  g_autoptr(PlStage) late = kind->filter (numbers, keep_late, test, NULL);

  prepare (late, test);
  pl_test_assert_ints (late, "0 2 3");
  assert_counts (kind, test);
}

/* What a late function says of its element does not count. */
static void
test_late_filter_drops_nothing (const PlTestKind *kind)
{
  PlTestTimeout *test = pl_test_new_shared (PlTestTimeout);
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 4);
  g_autoptr(PlStage) late = kind->filter (numbers, drop_late, test, NULL);
  g_autoptr(PlIterator) iterator = NULL;
  g_autoptr(PlRunStatus) status = NULL;
  g_auto(GValue) value = G_VALUE_INIT;
  PlStageStatus *figures;

  prepare (late, test);
  iterator = pl_stage_iterate (late);
  while (pl_iterator_next (iterator, &value, NULL, NULL))
    continue;

  status = pl_iterator_dup_status (iterator);
  figures = pl_run_status_get_stage_status (status, late);
  g_assert_cmpuint (pl_stage_status_get_elements_timed_out (figures), ==, 1);
  g_assert_cmpuint (pl_stage_status_get_elements_dropped (figures), ==, 0);
  assert_counts (kind, test);
}

static void
test_what_a_flat_map_emitted_stays (const PlTestKind *kind)
{
  PlTestTimeout *test = pl_test_new_shared (PlTestTimeout);
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 4);
  g_autoptr(PlStage) late = kind->flat_map (numbers, expand_late, test, NULL);

  prepare (late, test);
  pl_test_assert_ints (late, "0 10 20 30");
  assert_counts (kind, test);
}

static void
test_holds_up_no_order (const PlTestKind *kind)
{
  PlTestTimeout *test = pl_test_new_shared (PlTestTimeout);
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 4);
  g_autoptr(PlStage) late = kind->map (numbers, map_very_late, test, NULL);
  g_autoptr(PlStage) ordered = kind->ordered (late);

  if (kind->kind != PL_WORKER_KIND_THREAD)
    g_atomic_int_set (&test->is_open, TRUE);

  prepare (late, test);
  pl_stage_set_workers (late, 2);
  pl_test_assert_ints (ordered, "0 2 3");

  g_atomic_int_set (&test->is_open, TRUE);
  if (kind->kind != PL_WORKER_KIND_PROCESS)
    pl_test_wait_for (&test->late, 1);
}

/* The next element is not late because it has to wait for its place. */
static void
test_waiting_for_the_output_does_not_count (const PlTestKind *kind)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 6);
  g_autoptr(PlStage) added = kind->map (numbers, pl_test_add1, NULL, NULL);
  g_autoptr(PlIterator) iterator = NULL;
  g_auto(GValue) value = G_VALUE_INIT;
  gint64 begin = g_get_monotonic_time ();
  int n = 0;

  pl_stage_set_timeout (added, 100);
  pl_stage_set_maxsize (added, 1);
  iterator = pl_stage_iterate (added);
  while (pl_iterator_next (iterator, &value, NULL, NULL))
    {
      g_assert_cmpint (g_value_get_int (&value), ==, ++n);
      g_usleep (150000);
    }

  g_assert_cmpint (n, ==, 6);
  g_assert_cmpint (g_get_monotonic_time () - begin, >=, 900000);
}

static void
test_counts_and_keeps_the_index (const PlTestKind *kind)
{
  PlTestTimeout *test = pl_test_new_shared (PlTestTimeout);
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 4);
  g_autoptr(PlStage) late = kind->map (numbers, map_late, test, NULL);
  g_autoptr(PlIterator) iterator = NULL;
  g_autoptr(PlRunStatus) status = NULL;
  g_auto(GValue) value = G_VALUE_INIT;
  PlStageStatus *figures;

  prepare (late, test);
  iterator = pl_stage_iterate (late);
  while (pl_iterator_next (iterator, &value, NULL, NULL))
    continue;

  status = pl_iterator_dup_status (iterator);
  figures = pl_run_status_get_stage_status (status, late);
  g_assert_cmpuint (pl_stage_status_get_elements_in (figures), ==, 4);
  g_assert_cmpuint (pl_stage_status_get_elements_out (figures), ==, 3);
  g_assert_cmpuint (pl_stage_status_get_elements_timed_out (figures), ==, 1);
  g_assert_cmpuint (pl_stage_status_get_active_workers (figures), ==, 0);
}

/* A function that does not return in time is left behind, with what it uses and nothing else. */
static void
test_end_waits_for_a_grace_period_only (void)
{
  PlTestTimeout *test = pl_test_new_shared (PlTestTimeout);
  guint n_threads = pl_test_count_threads ();
  PlStage *numbers = pl_source_new_range (0, 4);
  PlStage *late = pl_thread_map (numbers, map_very_late, test, NULL);
  PlStage *added = pl_thread_map (late, pl_test_add1, NULL, NULL);
  gint64 begin = g_get_monotonic_time ();
  gint64 elapsed;
  GWeakRef weak;

  prepare (late, test);
  pl_test_assert_ints (added, "1 3 4");
  elapsed = g_get_monotonic_time () - begin;
  g_assert_cmpint (elapsed, >=, G_USEC_PER_SEC);
  g_assert_cmpint (elapsed, <, 30 * G_USEC_PER_SEC);
  g_assert_cmpint (g_atomic_int_get (&test->late), ==, 0);
  g_assert_cmpuint (pl_test_count_threads (), ==, n_threads + 1);

  g_assert_finalize_object (added);
  g_weak_ref_init (&weak, late);
  g_object_unref (numbers);
  g_object_unref (late);

  g_atomic_int_set (&test->is_open, TRUE);
  while ((late = g_weak_ref_get (&weak)) != NULL)
    {
      g_object_unref (late);
      g_usleep (200);
    }
  g_weak_ref_clear (&weak);
  pl_test_wait_for_threads (n_threads);
}

static gpointer
next_thread (gpointer data)
{
  g_auto(GValue) value = G_VALUE_INIT;

  while (pl_iterator_next (data, &value, NULL, NULL))
    continue;
  return NULL;
}

/* A worker that hangs does not keep a cancelled run from ending. */
static void
test_cancelled_run_gives_up_too (void)
{
  PlTestTimeout *test = pl_test_new_shared (PlTestTimeout);
  g_autoptr(PlStage) numbers = pl_source_new_range (1, 2);
  g_autoptr(PlStage) late = pl_thread_map (numbers, map_very_late, test, NULL);
  g_autoptr(PlIterator) iterator = NULL;
  GThread *thread;

  pl_stage_set_timeout (late, 300);
  iterator = pl_stage_iterate (late);
  pl_test_wait_for (&test->counts.calls, 1);
  thread = g_thread_new ("next", next_thread, iterator);
  pl_iterator_close (iterator);
  g_thread_join (thread);
  g_assert_cmpint (g_atomic_int_get (&test->late), ==, 0);

  g_atomic_int_set (&test->is_open, TRUE);
  pl_test_wait_for (&test->late, 1);
}

static gboolean
close_iterator (const GValue *element, PlWorker *worker, gpointer user_data, GError **error)
{
  PlIterator *iterator;

  while ((iterator = g_atomic_pointer_get ((PlIterator **) user_data)) == NULL)
    g_usleep (100);
  pl_iterator_close (iterator);
  return TRUE;
}

/* A sync stage's function runs inside of the consumer: the run cannot wait for its end. */
static void
test_function_may_close_the_iterator (const PlTestKind *kind)
{
  PlTestCounts counts = { 0 };
  g_autoptr(PlIterator) iterator = NULL;
  g_autoptr(PlStage) endless = pl_source_new_for_func (pl_test_count_up, &counts, NULL);
  g_autoptr(PlStage) added = pl_thread_map (endless, pl_test_add1, NULL, NULL);
  g_autoptr(PlStage) closing = kind->each (added, close_iterator, &iterator, NULL);

  pl_stage_set_timeout (added, G_MAXINT);
  pl_stage_set_timeout (closing, G_MAXINT);
  g_atomic_pointer_set (&iterator, pl_stage_iterate (closing));
  next_thread (iterator);
}

static gboolean
map_briefly (const GValue *element,
             GValue *result,
             PlWorker *worker,
             gpointer user_data,
             GError **error)
{
  int number = g_value_get_int (element);

  g_usleep (number % 3 == 0 ? 1000 : 0);
  g_value_init (result, G_TYPE_INT);
  g_value_copy (element, result);
  return TRUE;
}

/* Functions that return at about the time at which they are given up: each element is either passed
 * on or counted as timed out. */
static void
test_races_with_the_end_of_the_function (const PlTestKind *kind)
{
  const int n_elements = pl_test_rounds_of (kind, 3000);
  g_autoptr(PlStage) numbers = pl_source_new_range (0, n_elements);
  g_autoptr(PlStage) brief = kind->map (numbers, map_briefly, NULL, NULL);
  g_autoptr(PlIterator) iterator = NULL;
  g_autoptr(PlRunStatus) status = NULL;
  g_auto(GValue) value = G_VALUE_INIT;
  PlStageStatus *figures;
  int n = 0;

  pl_stage_set_timeout (brief, 1);
  pl_stage_set_workers (brief, 4);
  iterator = pl_stage_iterate (brief);
  while (pl_iterator_next (iterator, &value, NULL, NULL))
    n++;

  status = pl_iterator_dup_status (iterator);
  figures = pl_run_status_get_stage_status (status, brief);
  g_assert_cmpuint (pl_stage_status_get_elements_timed_out (figures) + n, ==, n_elements);
  g_assert_cmpuint (pl_stage_status_get_elements_in (figures), ==, n_elements);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);

  pl_test_add_returning_anywhere ("/timeout/drops-that-element-alone",
                                  test_drops_that_element_alone);
  pl_test_add_returning_anywhere ("/timeout/error-of-a-late-function-is-not-the-runs",
                                  test_error_of_a_late_function_is_not_the_runs);
  pl_test_add_returning_anywhere ("/timeout/filter-times-out", test_filter_times_out);
  pl_test_add_returning_anywhere ("/timeout/late-filter-drops-nothing",
                                  test_late_filter_drops_nothing);
  pl_test_add_returning_anywhere ("/timeout/what-a-flat-map-emitted-stays",
                                  test_what_a_flat_map_emitted_stays);
  pl_test_add_returning_anywhere ("/timeout/holds-up-no-order", test_holds_up_no_order);
  pl_test_add_anywhere ("/timeout/waiting-for-the-output-does-not-count",
                        test_waiting_for_the_output_does_not_count);
  pl_test_add_returning_anywhere ("/timeout/counts-and-keeps-the-index",
                                  test_counts_and_keeps_the_index);
  pl_test_add_anywhere ("/timeout/races-with-the-end-of-the-function",
                        test_races_with_the_end_of_the_function);
  g_test_add_func ("/timeout/end-waits-for-a-grace-period-only",
                   test_end_waits_for_a_grace_period_only);
  pl_test_add ("/timeout/function-may-close-the-iterator", test_function_may_close_the_iterator);
  g_test_add_func ("/timeout/cancelled-run-gives-up-too", test_cancelled_run_gives_up_too);

  return pl_test_run ();
}
