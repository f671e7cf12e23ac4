/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-util.h"

/* What a run does as a whole: its graph, its errors, its end. */

static gboolean
fail_on_start (PlWorker *worker, gpointer user_data, GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "cannot start");
  return FALSE;
}

static gboolean
fail_on_done (PlWorker *worker, PlStageStatus *status, gpointer user_data, GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "cannot end");
  return FALSE;
}

static void
test_error_arrives_once_after_everything_stopped (const PlTestKind *kind)
{
  PlTestCounts counts = { 0 };
  guint n_threads = pl_test_count_threads ();
  g_autoptr(PlStage) endless = pl_source_new_for_func (pl_test_count_up, &counts, NULL);
  g_autoptr(PlStage) added = pl_thread_map (endless, pl_test_add1, NULL, NULL);
  g_autoptr(PlStage) failing = kind->map (added, pl_test_fail, GINT_TO_POINTER (7), NULL);
  g_autoptr(PlIterator) iterator = NULL;

  pl_stage_set_name (failing, "resize");
  pl_stage_set_workers (added, 3);
  pl_stage_set_maxsize (added, 2);
  pl_stage_set_on_start (added, pl_test_on_start, &counts, NULL);
  pl_stage_set_on_done (added, pl_test_on_done, &counts, NULL);

  iterator = pl_stage_iterate (failing);
  pl_test_assert_iterator_error (iterator, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
                                 pl_test_pick_text (kind,
                                     "stage “resize” (sync map, element 6): no space",
                                     "stage “resize” (thread map, worker 0, element 6): no space"));
  g_assert_cmpint (counts.dones, ==, counts.starts);
  pl_test_wait_for_threads (n_threads);
}

static void
test_error_in_on_start_ends_the_run (const PlTestKind *kind)
{
  PlTestCounts *counts = pl_test_new_shared (PlTestCounts);
  g_autoptr(PlStage) endless = pl_source_new_for_func (pl_test_count_up, counts, NULL);
  g_autoptr(PlStage) added = kind->map (endless, pl_test_add1, NULL, NULL);

  pl_test_set_on_start (added, fail_on_start, NULL);
  pl_test_set_on_done (added, pl_test_on_done, counts);
  pl_test_assert_run_error (added, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                            pl_test_pick_text (kind,
                                "stage “map” (sync map, on_start): cannot start",
                                "stage “map” (thread map, worker 0, on_start): cannot start"));
  g_assert_cmpint (counts->dones, ==, 0);
}

static void
test_error_in_on_done_is_the_runs (const PlTestKind *kind)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 10);
  g_autoptr(PlStage) added = kind->map (numbers, pl_test_add1, NULL, NULL);

  pl_test_set_on_done (added, fail_on_done, NULL);
  pl_test_assert_run_error (added, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                            pl_test_pick_text (kind,
                                "stage “map” (sync map, on_done): cannot end",
                                "stage “map” (thread map, worker 0, on_done): cannot end"));
}

static void
test_error_in_a_source_is_the_runs (const PlTestKind *kind)
{
  g_autoptr(GFile) missing = g_file_new_for_path ("/nonexistent/directory");
  g_autoptr(PlStage) children = pl_source_new_for_children (missing, FALSE);
  g_autoptr(PlStage) added = kind->map (children, pl_test_add1, NULL, NULL);
  g_autoptr(GError) error = NULL;

  g_assert_false (pl_stage_run (added, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_true (g_str_has_prefix (error->message, "stage “source” (sync source, element 0): "));
}

static void
test_zero_or_too_many_workers_are_an_error (void)
{
  const guint numbers_of_workers[] = { 0, 65536, G_MAXUINT };
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 10);
  g_autoptr(PlStage) added = pl_thread_map (numbers, pl_test_add1, NULL, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (numbers_of_workers); i++)
    {
      g_autofree char *message =
        g_strdup_printf ("stage “map” (thread map): “workers” is %u; "
                         "the stage needs at least 1, and can have 65535", numbers_of_workers[i]);

      pl_stage_set_workers (added, numbers_of_workers[i]);
      pl_test_assert_run_error (added, PL_ERROR, PL_ERROR_INVALID_WORKERS, message);
    }
}

static gboolean
make_object (GValue *value, PlWorker *worker, gpointer user_data, GError **error)
{
  PlTestCounts *counts = user_data;
  GObject *object = g_object_new (G_TYPE_OBJECT, NULL);

  g_atomic_int_inc (&counts->calls);
  g_object_set_data_full (object, "counts", counts, pl_test_on_free);
  g_value_init (value, G_TYPE_OBJECT);
  g_value_take_object (value, object);
  return TRUE;
}

static void
test_dropping_releases_every_element (const PlTestKind *kind)
{
  const guint bounds[] = { 1, 3, 100 };

  for (guint round = 0; round < pl_test_rounds (60); round++)
    {
      PlTestCounts counts = { 0 };
      g_autoptr(PlStage) endless = pl_source_new_for_func (make_object, &counts, NULL);
      g_autoptr(PlStage) a = kind->filter (endless, pl_test_keep_all, NULL, NULL);
      g_autoptr(PlStage) b = pl_thread_filter (a, pl_test_keep_all, NULL, NULL);
      g_autoptr(PlIterator) iterator = NULL;
      g_auto(GValue) value = G_VALUE_INIT;
      guint n;

      pl_stage_set_maxsize (b, bounds[round % G_N_ELEMENTS (bounds)]);
      iterator = pl_stage_iterate (b);
      g_assert_true (pl_iterator_next (iterator, &value, NULL, NULL));
      g_assert_nonnull (pl_iterator_next_values (iterator, 5, &n, NULL, NULL));
      g_clear_object (&iterator);
      pl_test_settle ();
      g_assert_cmpint (counts.frees, ==, counts.calls - 1);
    }
}

static void
test_cycle_is_an_error (const PlTestKind *kind)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 10);
  g_autoptr(PlStage) all = kind->concat ((PlStage *[]) { numbers }, 1);
  g_autoptr(PlStage) added = kind->map (all, pl_test_add1, NULL, NULL);
  g_autoptr(GError) error = NULL;

  pl_stage_add_input (all, added);
  g_assert_false (pl_stage_run (added, NULL, &error));
  g_assert_error (error, PL_ERROR, PL_ERROR_CYCLE);

  /* The stages hold each other; this lets them go. */
  g_object_run_dispose (G_OBJECT (all));
}

static void
test_missing_input_in_the_middle_is_an_error (const PlTestKind *kind)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 10);
  g_autoptr(PlStage) alone = g_object_new (PL_TYPE_EACH, "kind", kind->kind, "name", "alone", NULL);
  g_autoptr(PlStage) all = pl_thread_concat ((PlStage *[]) { numbers, alone }, 2);
  g_autoptr(GError) error = NULL;

  g_assert_false (pl_stage_run (all, NULL, &error));
  g_assert_error (error, PL_ERROR, PL_ERROR_NO_INPUT);
  g_assert_true (g_str_has_prefix (error->message, "stage “alone” ("));
}

static void
test_dropping_an_endless_run_ends_it (const PlTestKind *kind)
{
  guint n_threads = pl_test_count_threads ();
  guint n_fds = pl_test_count_fds ();

  /* Workers blocked on a full queue, or about to be, race the end. */
  for (guint round = 0; round < pl_test_rounds_of (kind, 200); round++)
    {
      PlTestCounts *counts = pl_test_new_shared (PlTestCounts);
      g_autoptr(PlStage) endless = pl_source_new_for_func (pl_test_count_up, counts, NULL);
      g_autoptr(PlStage) added = kind->map (endless, pl_test_add1, NULL, NULL);
      g_autoptr(PlStage) again = pl_thread_map (added, pl_test_add1, NULL, NULL);
      g_autoptr(PlIterator) iterator = NULL;

      pl_stage_set_workers (added, 3);
      pl_stage_set_workers (again, 2);
      pl_stage_set_maxsize (again, 1 + round % 3);
      pl_test_set_on_start (added, pl_test_on_start, counts);
      pl_test_set_on_done (added, pl_test_on_done, counts);

      iterator = pl_stage_iterate (again);
      for (guint i = 0; i < round % 5; i++)
        pl_test_take_int (iterator);
      g_clear_object (&iterator);
      g_assert_cmpint (counts->starts, ==, counts->dones);
    }

  pl_test_wait_for_threads (n_threads);
  pl_test_wait_for_fds (n_fds);
}

static void
test_dropping_fires_the_functions_cancellables (void)
{
  PlTestCounts counts = { 0 };
  guint n_threads = pl_test_count_threads ();
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 10);
  g_autoptr(PlStage) waiting = pl_thread_map (numbers, pl_test_wait_until_cancelled, &counts, NULL);
  g_autoptr(PlIterator) iterator = NULL;

  pl_stage_set_workers (waiting, 4);
  iterator = pl_stage_iterate (waiting);
  pl_test_wait_for (&counts.calls, 4);
  g_clear_object (&iterator);
  pl_test_wait_for_threads (n_threads);
  g_assert_cmpint (counts.calls, ==, 4);
}

static gboolean
drop_iterator (const GValue *element, PlWorker *worker, gpointer user_data, GError **error)
{
  GAsyncQueue *queue = user_data;

  g_object_unref (g_async_queue_pop (queue));
  return TRUE;
}

/* The last reference goes in a function of the very run, which cannot join its own thread. */
static void
test_dropping_inside_of_a_function_ends_the_run (void)
{
  guint n_threads = pl_test_count_threads ();
  g_autoptr(GAsyncQueue) queue = g_async_queue_new ();
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 1);
  g_autoptr(PlStage) each = pl_thread_each (numbers, drop_iterator, queue, NULL);

  g_async_queue_push (queue, pl_stage_iterate (each));
  pl_test_wait_for_threads (n_threads);
  g_assert_cmpint (g_async_queue_length (queue), ==, 0);
}

static void
test_backpressure_is_exact (void)
{
  PlTestCounts counts = { 0 };
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 20);
  g_autoptr(PlStage) added = pl_thread_map (numbers, pl_test_add1, &counts, NULL);
  g_autoptr(PlIterator) iterator = NULL;

  iterator = pl_stage_iterate_bounded (added, 3);
  for (int n = 1; n <= 20; n++)
    {
      /* What has been taken, 3 queued, 1 waiting to be put. */
      pl_test_take_int (iterator);
      pl_test_wait_for (&counts.calls, MIN (n + 4, 20));
      g_assert_cmpint (g_atomic_int_get (&counts.calls), ==, MIN (n + 4, 20));
    }
  pl_test_assert_end (iterator);
}

static void
test_source_is_not_pulled_beyond_the_bound (void)
{
  PlTestCounts pulled = { 0 };
  PlTestCounts waiting_counts = { 0 };
  g_autoptr(PlStage) endless = pl_source_new_for_func (pl_test_count_up, &pulled, NULL);
  g_autoptr(PlStage) waiting =
    pl_thread_map (endless, pl_test_wait_until_cancelled, &waiting_counts, NULL);
  g_autoptr(PlIterator) iterator = NULL;

  pl_stage_set_maxsize (waiting, 5);
  iterator = pl_stage_iterate (waiting);

  /* 1 in the function, 5 queued, 1 waiting to be put. */
  pl_test_wait_for (&waiting_counts.calls, 1);
  pl_test_wait_for (&pulled.calls, 7);
  g_assert_cmpint (g_atomic_int_get (&pulled.calls), ==, 7);
}

static void
test_every_consumer_gets_every_element (const PlTestKind *kind)
{
  PlTestCounts counts = { 0 };
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 3);
  g_autoptr(PlStage) shared = pl_thread_map (numbers, pl_test_add1, &counts, NULL);
  g_autoptr(PlStage) a = kind->map (shared, pl_test_add1, NULL, NULL);
  g_autoptr(PlStage) b = kind->map (shared, pl_test_add1, NULL, NULL);
  g_autoptr(PlStage) all = pl_thread_concat ((PlStage *[]) { a, b, shared }, 3);

  pl_test_assert_sorted_ints (all, "1 2 2 2 3 3 3 4 4");
  g_assert_cmpint (counts.calls, ==, 3);
}

static gboolean
keep_from_50 (const GValue *element,
              gboolean *keep,
              PlWorker *worker,
              gpointer user_data,
              GError **error)
{
  *keep = g_value_get_int (element) >= 50;
  return TRUE;
}

/* One branch gives nothing for as long as the other's queue is full. */
static void
test_branches_of_different_yield_do_not_block_each_other (const PlTestKind *kind)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 100);
  g_autoptr(PlStage) shared = pl_thread_map (numbers, pl_test_add1, NULL, NULL);
  g_autoptr(PlStage) few = kind->filter (shared, keep_from_50, NULL, NULL);
  g_autoptr(PlStage) many = kind->map (shared, pl_test_add1, NULL, NULL);
  g_autoptr(PlStage) sync_all = pl_sync_concat ((PlStage *[]) { few, few, many }, 3);
  g_autoptr(PlStage) all = kind->concat ((PlStage *[]) { few, many, many }, 3);
  g_autoptr(GArray) values = NULL;

  for (guint maxsize = 0; maxsize < 4; maxsize++)
    {
      pl_stage_set_maxsize (shared, maxsize);
      g_clear_pointer (&values, g_array_unref);
      values = pl_stage_collect (sync_all, NULL, NULL);
      g_assert_cmpuint (values->len, ==, 51 + 51 + 100);
      g_clear_pointer (&values, g_array_unref);
      values = pl_stage_collect (all, NULL, NULL);
      g_assert_cmpuint (values->len, ==, 51 + 100 + 100);
    }
}

static void
test_kinds_mix_in_any_order (const PlTestKind *kind)
{
  const guint bounds[] = { 0, 1, 3 };

  for (guint i = 0; i < G_N_ELEMENTS (bounds); i++)
    {
      g_autoptr(PlStage) numbers = pl_source_new_range (0, 100);
      g_autoptr(PlStage) a = kind->map (numbers, pl_test_add1, NULL, NULL);
      g_autoptr(PlStage) b = pl_thread_map (a, pl_test_add1, NULL, NULL);
      g_autoptr(PlStage) c = kind->map (b, pl_test_add1, NULL, NULL);
      g_autoptr(PlStage) d = pl_sync_map (c, pl_test_add1, NULL, NULL);
      g_autoptr(PlStage) reference = pl_source_new_range (4, 104);
      g_autofree char *expected = pl_test_run_ints (reference);

      pl_stage_set_maxsize (a, bounds[i]);
      pl_stage_set_maxsize (b, bounds[i]);
      pl_stage_set_maxsize (c, bounds[i]);
      pl_test_assert_ints (d, expected);
    }
}

static void
test_many_stages_and_workers_work (const PlTestKind *kind)
{
  g_autoptr(PlStage) last = pl_source_new_range (0, 200);
  g_autoptr(PlStage) reference = pl_source_new_range (64, 264);
  g_autofree char *expected = pl_test_run_ints (reference);

  for (int i = 0; i < 64; i++)
    {
      g_autoptr(PlStage) input = g_steal_pointer (&last);

      last = kind->map (input, pl_test_add1, NULL, NULL);
      pl_stage_set_workers (last, 3);
      pl_stage_set_maxsize (last, 2);
    }
  pl_test_assert_sorted_ints (last, expected);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);

#define ADD(name, func) pl_test_add_anywhere ("/run/" name, func)
#define ADD_ONE(name, func) g_test_add_func ("/run/" name, func)
  ADD ("error-arrives-once-after-everything-stopped",
       test_error_arrives_once_after_everything_stopped);
  ADD ("error-in-on-start-ends-the-run", test_error_in_on_start_ends_the_run);
  ADD ("error-in-on-done-is-the-runs", test_error_in_on_done_is_the_runs);
  ADD ("error-in-a-source-is-the-runs", test_error_in_a_source_is_the_runs);
  ADD_ONE ("zero-or-too-many-workers-are-an-error", test_zero_or_too_many_workers_are_an_error);
  ADD ("cycle-is-an-error", test_cycle_is_an_error);
  ADD ("missing-input-in-the-middle-is-an-error", test_missing_input_in_the_middle_is_an_error);
  ADD ("dropping-an-endless-run-ends-it", test_dropping_an_endless_run_ends_it);
  pl_test_add ("/run/dropping-releases-every-element", test_dropping_releases_every_element);
  ADD_ONE ("dropping-fires-the-functions-cancellables",
           test_dropping_fires_the_functions_cancellables);
  ADD_ONE ("dropping-inside-of-a-function-ends-the-run",
           test_dropping_inside_of_a_function_ends_the_run);
  ADD_ONE ("backpressure-is-exact", test_backpressure_is_exact);
  ADD_ONE ("source-is-not-pulled-beyond-the-bound", test_source_is_not_pulled_beyond_the_bound);
  ADD ("every-consumer-gets-every-element", test_every_consumer_gets_every_element);
  ADD ("branches-of-different-yield-do-not-block-each-other",
       test_branches_of_different_yield_do_not_block_each_other);
  ADD ("kinds-mix-in-any-order", test_kinds_mix_in_any_order);
  ADD ("many-stages-and-workers-work", test_many_stages_and_workers_work);

  return pl_test_run ();
}
