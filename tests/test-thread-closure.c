/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-process.h"
#include "pl-test-task.h"

/* Closures that surround all that a thread does for a stage. */

typedef struct
{
  gboolean runs_nothing;
  gboolean is_slow; /* it comes to run anything when the run has been cancelled */

  /* atomic */
  int n_entered;
  int n_left;
  int n_inside; /* functions that were called inside of it */
  int n_outside;
  int n_freed;
  int n_late;   /* functions that have begun to be late */
  int may_return;
} PlTestAround;

/* The one that this thread is inside of. */
static _Thread_local PlTestAround *current;

static void
surround (GClosure *closure,
          GValue *result,
          guint n_arguments,
          const GValue *arguments,
          gpointer hint,
          gpointer data)
{
  PlTestAround *self = closure->data;
  PlWorker *worker = g_value_get_object (&arguments[0]);

  g_assert_null (result);
  g_assert_cmpuint (n_arguments, ==, 1);
  g_assert_true (PL_IS_WORKER (worker));
  g_assert_null (pl_worker_get_current ());
  g_assert_null (current);
  g_atomic_int_inc (&self->n_entered);
  current = self;
  while (self->is_slow && !g_cancellable_is_cancelled (pl_worker_get_cancellable (worker)))
    g_thread_yield ();
  if (!self->runs_nothing)
    pl_worker_run_thread (worker);
  current = NULL;
  g_atomic_int_inc (&self->n_left);
}

static void
closure_freed_cb (gpointer data, GClosure *closure)
{
  PlTestAround *self = data;

  g_atomic_int_inc (&self->n_freed);
}

static void
set_closure (PlStage *stage, PlTestAround *around)
{
  GClosure *closure = g_closure_new_simple (sizeof (GClosure), around);

  g_closure_set_marshal (closure, surround);
  g_closure_add_finalize_notifier (closure, around, closure_freed_cb);
  pl_stage_set_thread_closure (stage, closure);
}

static void
count_place (PlTestAround *around)
{
  g_atomic_int_inc (current == around ? &around->n_inside : &around->n_outside);
}

static gboolean
map_there (const GValue *element,
           GValue *result,
           PlWorker *worker,
           gpointer user_data,
           GError **error)
{
  count_place (user_data);
  return pl_test_add1 (element, result, worker, NULL, error);
}

static gboolean
start_there (PlWorker *worker, gpointer user_data, GError **error)
{
  count_place (user_data);
  return TRUE;
}

static gboolean
end_there (PlWorker *worker, PlStageStatus *status, gpointer user_data, GError **error)
{
  count_place (user_data);
  return TRUE;
}

static gboolean
count_there (GValue *value, PlWorker *worker, gpointer user_data, GError **error)
{
  PlTestAround *around = user_data;
  int number = g_atomic_int_get (&around->n_inside) + g_atomic_int_get (&around->n_outside);

  count_place (around);
  g_value_init (value, G_TYPE_INT);
  g_value_set_int (value, number);
  return number < 3;
}

static void
test_thread_is_inside_once (void)
{
  PlTestAround around = { 0 };
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 10);
  PlStage *stage = pl_thread_map (numbers, map_there, &around, NULL);

  set_closure (stage, &around);
  pl_stage_set_workers (stage, 3);
  pl_stage_set_on_start (stage, start_there, &around, NULL);
  pl_stage_set_on_done (stage, end_there, &around, NULL);
  pl_test_assert_sorted_ints (stage, "1 2 3 4 5 6 7 8 9 10");
  g_assert_cmpint (around.n_entered, ==, 3);
  g_assert_cmpint (around.n_left, ==, 3);
  g_assert_cmpint (around.n_inside, ==, 16);
  g_assert_cmpint (around.n_outside, ==, 0);

  g_assert_cmpint (around.n_freed, ==, 0);
  g_object_unref (stage);
  g_assert_cmpint (around.n_freed, ==, 1);
}

static void
test_process_worker_is_inside_once (void)
{
  PlTestAround around = { 0 };
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 10);
  g_autoptr(PlStage) stage = pl_test_process.map (numbers, pl_test_add1, NULL, NULL);

  set_closure (stage, &around);
  pl_stage_set_workers (stage, 2);
  pl_test_assert_sorted_ints (stage, "1 2 3 4 5 6 7 8 9 10");
  g_assert_cmpint (around.n_entered, ==, 2);
  g_assert_cmpint (around.n_left, ==, 2);
}

/* The thread that feeds a stage is inside of the closure of what it feeds it with. */
static void
test_feeder_is_inside_once (void)
{
  PlTestAround around = { 0 };
  g_autoptr(PlStage) source = pl_source_new_for_func (count_there, &around, NULL);
  g_autoptr(PlStage) stage = pl_thread_map (source, pl_test_add1, NULL, NULL);

  set_closure (source, &around);
  pl_test_assert_ints (stage, "1 2 3");
  g_assert_cmpint (around.n_entered, ==, 1);
  g_assert_cmpint (around.n_left, ==, 1);
  g_assert_cmpint (around.n_inside, ==, 4);
  g_assert_cmpint (around.n_outside, ==, 0);
}

static void
test_fed_sync_stage_is_inside_once (void)
{
  PlTestAround around = { 0 };
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 3);
  g_autoptr(PlStage) added = pl_sync_map (numbers, map_there, &around, NULL);
  g_autoptr(PlStage) stage = pl_thread_map (added, pl_test_add1, NULL, NULL);

  set_closure (added, &around);
  pl_test_assert_ints (stage, "2 3 4");
  g_assert_cmpint (around.n_entered, ==, 1);
  g_assert_cmpint (around.n_inside, ==, 3);
  g_assert_cmpint (around.n_outside, ==, 0);
}

/* No thread of its own, no closure. */
static void
test_consumer_is_not_inside (void)
{
  PlTestAround around = { 0 };
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 3);
  g_autoptr(PlStage) sync = pl_sync_map (numbers, map_there, &around, NULL);
  g_autoptr(PlStage) task = pl_test_task_plain.map (numbers, map_there, &around, NULL);

  set_closure (sync, &around);
  pl_test_assert_ints (sync, "1 2 3");
  set_closure (task, &around);
  pl_test_assert_ints (task, "1 2 3");
  g_assert_cmpint (around.n_entered, ==, 0);
  g_assert_cmpint (around.n_outside, ==, 6);
}

/* It goes on without the closure, rather than stop the run. */
static void
test_closure_may_run_nothing (void)
{
  PlTestAround around = { .runs_nothing = TRUE };
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 3);
  g_autoptr(PlStage) stage = pl_thread_map (numbers, map_there, &around, NULL);

  set_closure (stage, &around);
  pl_test_assert_ints (stage, "1 2 3");
  g_assert_cmpint (around.n_entered, ==, 1);
  g_assert_cmpint (around.n_left, ==, 1);
  g_assert_cmpint (around.n_inside, ==, 0);
  g_assert_cmpint (around.n_outside, ==, 3);
}

static gboolean
fail_there (PlWorker *worker, gpointer user_data, GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_BUSY, "busy");
  return FALSE;
}

static void
test_threads_leave_after_an_error (void)
{
  PlTestAround around = { 0 };
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 3);
  g_autoptr(PlStage) stage = pl_thread_map (numbers, map_there, &around, NULL);

  set_closure (stage, &around);
  pl_stage_set_workers (stage, 3);
  pl_stage_set_on_start (stage, fail_there, NULL, NULL);
  g_assert_false (pl_stage_run (stage, NULL, NULL));
  g_assert_cmpint (around.n_entered, ==, 3);
  g_assert_cmpint (around.n_left, ==, 3);
}

static void
test_threads_leave_early (void)
{
  for (guint round = 0; round < pl_test_rounds (500); round++)
    {
      PlTestAround around = { 0 };
      PlTestCounts counts = { 0 };
      g_autoptr(PlStage) endless = pl_source_new_for_func (pl_test_count_up, &counts, NULL);
      g_autoptr(PlStage) stage = pl_thread_map (endless, map_there, &around, NULL);
      g_autoptr(PlIterator) iterator = NULL;

      set_closure (stage, &around);
      pl_stage_set_workers (stage, 2);
      pl_stage_set_maxsize (stage, 1);
      iterator = pl_stage_iterate (stage);
      if (round % 2 == 0)
        pl_test_take_int (iterator);
      g_clear_object (&iterator);
      g_assert_cmpint (around.n_entered, <=, 2);
      g_assert_cmpint (around.n_left, ==, around.n_entered);
    }
}

/* A language has not heard of the cancellation if that was before it listened. */
static void
test_nothing_is_called_after_the_end (void)
{
  PlTestAround around = { .is_slow = TRUE };
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 3);
  g_autoptr(PlStage) stage = pl_thread_map (numbers, map_there, &around, NULL);
  g_autoptr(PlIterator) iterator = NULL;

  set_closure (stage, &around);
  iterator = pl_stage_iterate (stage);
  pl_test_wait_for (&around.n_entered, 1);
  g_clear_object (&iterator);
  g_assert_cmpint (around.n_left, ==, 1);
  g_assert_cmpint (around.n_inside, ==, 0);
}

static void
test_worker_without_an_element_is_not_inside (void)
{
  for (int n_elements = 0; n_elements <= 1; n_elements++)
    {
      PlTestAround around = { 0 };
      g_autoptr(PlStage) numbers = pl_source_new_range (0, n_elements);
      g_autoptr(PlStage) stage = pl_thread_map (numbers, map_there, &around, NULL);

      set_closure (stage, &around);
      pl_stage_set_workers (stage, 3);
      pl_test_assert_ints (stage, n_elements == 0 ? "" : "1");
      g_assert_cmpint (around.n_entered, ==, n_elements);
      g_assert_cmpint (around.n_left, ==, n_elements);
      g_assert_cmpint (around.n_outside, ==, 0);
    }
}

static void
test_worker_with_an_on_done_is_inside (void)
{
  PlTestAround around = { 0 };
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 0);
  g_autoptr(PlStage) stage = pl_thread_map (numbers, map_there, &around, NULL);

  set_closure (stage, &around);
  pl_stage_set_workers (stage, 3);
  pl_stage_set_on_done (stage, end_there, &around, NULL);
  pl_test_assert_ints (stage, "");
  g_assert_cmpint (around.n_entered, ==, 3);
  g_assert_cmpint (around.n_inside, ==, 3);
}

/* A function that is late is inside until it returns, and so is the worker in its place. */

static gboolean
be_late (const GValue *element,
         GValue *result,
         PlWorker *worker,
         gpointer user_data,
         GError **error)
{
  PlTestAround *around = user_data;

  if (g_value_get_int (element) == 0)
    {
      g_atomic_int_inc (&around->n_late);
      pl_test_wait_for (&around->may_return, 1);
    }
  return map_there (element, result, worker, around, error);
}

static void
test_late_function_is_still_inside (void)
{
  PlTestAround around = { 0 };
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 3);
  PlStage *stage = pl_thread_map (numbers, be_late, &around, NULL);

  set_closure (stage, &around);
  pl_stage_set_timeout (stage, 100);
  pl_test_assert_ints (stage, "2 3");
  g_object_unref (stage);
  g_assert_cmpint (g_atomic_int_get (&around.n_late), ==, 1);
  g_assert_cmpint (g_atomic_int_get (&around.n_entered), ==, 2);
  g_assert_cmpint (g_atomic_int_get (&around.n_left), ==, 1);
  g_assert_cmpint (g_atomic_int_get (&around.n_freed), ==, 0);

  g_atomic_int_set (&around.may_return, 1);
  pl_test_wait_for (&around.n_freed, 1);
  g_assert_cmpint (g_atomic_int_get (&around.n_left), ==, 2);
  g_assert_cmpint (g_atomic_int_get (&around.n_inside), ==, 3);
  g_assert_cmpint (g_atomic_int_get (&around.n_outside), ==, 0);
}

/* The thread that keeps the time does nothing for the stage. */
static void
test_supervisor_is_not_inside (void)
{
  PlTestAround around = { 0 };
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 3);
  g_autoptr(PlStage) stage = pl_thread_map (numbers, map_there, &around, NULL);

  set_closure (stage, &around);
  pl_stage_set_timeout (stage, 60 * 1000);
  pl_test_assert_ints (stage, "1 2 3");
  g_assert_cmpint (around.n_entered, ==, 1);
}

/* A run has the closure that was set when it started. */
static void
test_run_keeps_its_closure (void)
{
  PlTestAround first = { 0 };
  PlTestAround second = { 0 };
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 3);
  g_autoptr(PlStage) stage = pl_thread_map (numbers, pl_test_add1, NULL, NULL);
  g_autoptr(PlIterator) iterator = NULL;

  set_closure (stage, &first);
  iterator = pl_stage_iterate (stage);
  set_closure (stage, &second);
  pl_test_assert_ints (stage, "1 2 3");
  g_assert_cmpint (pl_test_take_int (iterator), ==, 1);
  g_clear_object (&iterator);
  g_assert_cmpint (first.n_entered, ==, 1);
  g_assert_cmpint (first.n_freed, ==, 1);
  g_assert_cmpint (second.n_entered, ==, 1);

  pl_stage_set_thread_closure (stage, NULL);
  g_assert_cmpint (second.n_freed, ==, 1);
  pl_test_assert_ints (stage, "1 2 3");
  g_assert_cmpint (second.n_entered, ==, 1);
}

/* What may be called where. */

static void
run_twice (PlWorker *worker, gpointer user_data)
{
  pl_worker_run_thread (worker);
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "pl_worker_run_thread:*has_run*");
  pl_worker_run_thread (worker);
  g_test_assert_expected_messages ();
}

static gboolean
run_in_consumer (const GValue *element,
                 GValue *result,
                 PlWorker *worker,
                 gpointer user_data,
                 GError **error)
{
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "pl_worker_run_thread:*current*");
  pl_worker_run_thread (worker);
  g_test_assert_expected_messages ();
  return pl_test_add1 (element, result, worker, NULL, error);
}

static void
test_thread_runs_once (void)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 1);
  g_autoptr(PlStage) stage = pl_thread_map (numbers, pl_test_add1, NULL, NULL);
  g_autoptr(PlStage) sync = pl_sync_map (numbers, run_in_consumer, NULL, NULL);

  pl_stage_set_thread_closure (stage, g_cclosure_new (G_CALLBACK (run_twice), NULL, NULL));
  pl_test_assert_ints (stage, "1");
  pl_test_assert_ints (sync, "1");
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);

#define ADD(name, func) g_test_add_func ("/thread-closure/" name, func)
  ADD ("thread-is-inside-once", test_thread_is_inside_once);
  ADD ("process-worker-is-inside-once", test_process_worker_is_inside_once);
  ADD ("feeder-is-inside-once", test_feeder_is_inside_once);
  ADD ("fed-sync-stage-is-inside-once", test_fed_sync_stage_is_inside_once);
  ADD ("consumer-is-not-inside", test_consumer_is_not_inside);
  ADD ("closure-may-run-nothing", test_closure_may_run_nothing);
  ADD ("threads-leave-after-an-error", test_threads_leave_after_an_error);
  ADD ("threads-leave-early", test_threads_leave_early);
  ADD ("nothing-is-called-after-the-end", test_nothing_is_called_after_the_end);
  ADD ("worker-without-an-element-is-not-inside", test_worker_without_an_element_is_not_inside);
  ADD ("worker-with-an-on-done-is-inside", test_worker_with_an_on_done_is_inside);
  ADD ("late-function-is-still-inside", test_late_function_is_still_inside);
  ADD ("supervisor-is-not-inside", test_supervisor_is_not_inside);
  ADD ("run-keeps-its-closure", test_run_keeps_its_closure);
  ADD ("thread-runs-once", test_thread_runs_once);

  return pl_test_run ();
}
