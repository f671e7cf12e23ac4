/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-kept.h"
#include "pl-test-owner.h"
#include "pl-test-task.h"

/* Runs that have their task stages on a main context of somebody's choice. */

/* Where functions are to run. */
static GMainContext *expected;
static GThread *expected_thread;

static gboolean
return_add1_cb (gpointer task)
{
  g_assert_true (g_thread_self () == expected_thread);
  pl_test_return_add1 (task);
  return G_SOURCE_REMOVE;
}

static void
answer_there (const GValue *element, GTask *task, PlWorker *worker, gpointer user_data)
{
  g_assert_true (g_thread_self () == expected_thread);
  g_assert_true (g_main_context_get_thread_default () == expected);
  g_assert_true (pl_worker_get_run_context (worker) == expected);
  g_task_set_task_data (task, (gpointer) element, NULL);
  if (g_value_get_int (element) % 2 == 0)
    pl_test_return_add1 (task);
  else
    pl_test_later (task, return_add1_cb);
}

static void
take_all (PlIterator *iterator, int n_elements)
{
  g_autoptr(GError) error = NULL;
  g_auto(GValue) value = G_VALUE_INIT;
  int n = 0;

  while (pl_iterator_next (iterator, &value, NULL, &error))
    g_assert_cmpint (g_value_get_int (&value), ==, ++n);
  g_assert_no_error (error);
  g_assert_cmpint (n, ==, n_elements);
}

static void
test_tasks_run_on_the_thread_of_another (void)
{
  g_auto(PlTestOwner) owner = { 0 };
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 1000);
  g_autoptr(PlStage) stage = pl_task_map (numbers, answer_there, NULL, NULL);
  g_autoptr(PlIterator) iterator = NULL;

  pl_test_owner_start (&owner);
  expected = owner.context;
  expected_thread = owner.thread;
  iterator = pl_stage_iterate_on (stage, 3, owner.context);
  take_all (iterator, 1000);
}

/* One that nobody iterates is iterated by the consumer, which is the only one to have it. */
static void
test_consumer_iterates_what_nobody_does (void)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 100);
  g_autoptr(PlStage) stage = pl_task_map (numbers, answer_there, NULL, NULL);
  g_autoptr(PlIterator) iterator = NULL;

  expected = g_main_context_new ();
  expected_thread = g_thread_self ();
  iterator = pl_stage_iterate_on (stage, 0, expected);
  g_main_context_unref (expected);
  take_all (iterator, 100);
}

static void
check_default (const GValue *element, GTask *task, PlWorker *worker, gpointer user_data)
{
  g_assert_true (g_main_context_is_owner (NULL));
  g_assert_null (pl_worker_get_run_context (worker));
  g_task_set_task_data (task, (gpointer) element, NULL);
  pl_test_return_add1 (task);
}

static void
test_none_is_that_of_the_starter (void)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 3);
  g_autoptr(PlStage) stage = pl_task_map (numbers, check_default, NULL, NULL);
  g_autoptr(PlIterator) iterator = pl_stage_iterate_on (stage, 0, NULL);

  take_all (iterator, 3);
}

static void
test_bound_is_that_of_the_call (void)
{
  g_autoptr(GMainContext) context = g_main_context_new ();
  g_auto(PlTestKept) kept = PL_TEST_KEPT_INIT;
  PlTestCounts counts = { 0 };
  g_autoptr(PlStage) endless = pl_source_new_for_func (pl_test_count_up, &counts, NULL);
  g_autoptr(PlStage) stage = pl_test_task_plain.map (endless, pl_test_add1, &kept.counts, NULL);
  g_autoptr(PlIterator) iterator = NULL;

  iterator = pl_stage_iterate_on (stage, 3, context);
  for (int n_taken = 0; n_taken < 20; n_taken++)
    {
      while (g_main_context_iteration (context, FALSE))
        continue;
      g_assert_cmpint (kept.counts.calls, ==, n_taken + 4);
      pl_test_take_int (iterator);
    }
}

/* A worker in a process has none: there is no run there. */
static gboolean
tell_context (const GValue *element,
              GValue *result,
              PlWorker *worker,
              gpointer user_data,
              GError **error)
{
  GMainContext *context = pl_worker_get_run_context (worker);

  g_value_init (result, G_TYPE_INT);
  g_value_set_int (result, context == NULL ? 0 : context == expected ? 1 : 2);
  return TRUE;
}

static void
test_functions_know_the_context (const PlTestKind *kind)
{
  g_autoptr(GMainContext) context = g_main_context_new ();
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 3);
  g_autoptr(PlStage) stage = kind->map (numbers, tell_context, NULL, NULL);
  g_autoptr(PlIterator) iterator = NULL;
  g_auto(GValue) value = G_VALUE_INIT;

  expected = context;
  iterator = pl_stage_iterate_on (stage, 0, context);
  while (pl_iterator_next (iterator, &value, NULL, NULL))
    g_assert_cmpint (g_value_get_int (&value), ==, kind->kind != PL_WORKER_KIND_PROCESS);

  g_clear_object (&iterator);
  iterator = pl_stage_iterate (stage);
  while (pl_iterator_next (iterator, &value, NULL, NULL))
    g_assert_cmpint (g_value_get_int (&value), ==, 0);
}

static gboolean
check_on_start (PlWorker *worker, gpointer user_data, GError **error)
{
  g_assert_true (pl_worker_get_run_context (worker) == user_data);
  return TRUE;
}

static gboolean
check_on_done (PlWorker *worker, PlStageStatus *status, gpointer user_data, GError **error)
{
  g_assert_true (pl_worker_get_run_context (worker) == user_data);
  return TRUE;
}

/* Also where there is no task stage, a worker that takes the place of another included. */
static gboolean
be_late_with_0 (const GValue *element,
                GValue *result,
                PlWorker *worker,
                gpointer user_data,
                GError **error)
{
  g_assert_true (pl_worker_get_run_context (worker) == user_data);
  if (g_value_get_int (element) == 0)
    {
      PlTestCounts counts = { 0 };

      return pl_test_wait_until_cancelled (element, result, worker, &counts, error);
    }
  return pl_test_add1 (element, result, worker, NULL, error);
}

static void
test_each_worker_of_the_run_knows_it (void)
{
  g_autoptr(GMainContext) context = g_main_context_new ();
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 3);
  g_autoptr(PlStage) stage = pl_thread_map (numbers, be_late_with_0, context, NULL);
  g_autoptr(PlIterator) iterator = NULL;
  g_auto(GValue) value = G_VALUE_INIT;
  int n = 0;

  pl_stage_set_timeout (stage, 250);
  pl_stage_set_on_start (stage, check_on_start, context, NULL);
  pl_stage_set_on_done (stage, check_on_done, context, NULL);
  iterator = pl_stage_iterate_on (stage, 0, context);
  for (; pl_iterator_next (iterator, &value, NULL, NULL); n++)
    g_assert_cmpint (g_value_get_int (&value), ==, n + 2);
  g_assert_cmpint (n, ==, 2);
}

/* What goes on there ends there, when the consumer leaves. */

typedef struct
{
  GThread *thread; /* that is told */
  int n_told;
  int n_kept;
} PlTestTold;

static void
cancelled_cb (GCancellable *cancellable, gpointer user_data)
{
  PlTestTold *told = user_data;

  told->thread = g_thread_self ();
  g_atomic_int_inc (&told->n_told);
  g_object_set_data (G_OBJECT (cancellable), "task", NULL);
}

static void
keep_until_cancelled (const GValue *element, GTask *task, PlWorker *worker, gpointer user_data)
{
  PlTestTold *told = user_data;

  g_signal_connect (g_task_get_cancellable (task), "cancelled", G_CALLBACK (cancelled_cb), told);
  g_object_set_data_full (G_OBJECT (g_task_get_cancellable (task)), "task", g_object_ref (task),
                          g_object_unref);
  g_atomic_int_inc (&told->n_kept);
}

static void
test_tasks_are_cancelled_on_its_thread (void)
{
  g_auto(PlTestOwner) owner = { 0 };
  PlTestTold told = { 0 };
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 1);
  g_autoptr(PlStage) stage = pl_task_map (numbers, keep_until_cancelled, &told, NULL);
  g_autoptr(PlIterator) iterator = NULL;

  pl_test_owner_start (&owner);
  pl_stage_set_timeout (stage, 60 * 1000);
  iterator = pl_stage_iterate_on (stage, 0, owner.context);
  pl_test_wait_for (&told.n_kept, 1);
  pl_iterator_close (iterator);
  g_assert_cmpint (told.n_told, ==, 1);
  g_assert_true (told.thread == owner.thread);
}

static void
take_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GError) error = NULL;
  const GValue *values;
  gboolean *is_done = user_data;
  guint n;

  values = pl_iterator_next_values_finish (PL_ITERATOR (object), result, &n, &error);
  g_assert_no_error (error);
  g_assert_nonnull (values);
  g_assert_cmpint (g_value_get_int (&values[0]), ==, 1);
  *is_done = TRUE;
}

/* The consumer's own calls are on its own context. */
static void
test_asynchronous_calls_are_on_the_consumers (void)
{
  g_auto(PlTestOwner) owner = { 0 };
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 1);
  g_autoptr(PlStage) stage = pl_task_map (numbers, answer_there, NULL, NULL);
  g_autoptr(PlIterator) iterator = NULL;
  gboolean is_done = FALSE;

  pl_test_owner_start (&owner);
  expected = owner.context;
  expected_thread = owner.thread;
  iterator = pl_stage_iterate_on (stage, 0, owner.context);
  pl_iterator_next_values_async (iterator, 10, NULL, take_cb, &is_done);
  pl_test_iterate_until (is_done);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);

#define ADD(name, func) g_test_add_func ("/iterate-on/" name, func)
  ADD ("tasks-run-on-the-thread-of-another", test_tasks_run_on_the_thread_of_another);
  ADD ("consumer-iterates-what-nobody-does", test_consumer_iterates_what_nobody_does);
  ADD ("none-is-that-of-the-starter", test_none_is_that_of_the_starter);
  ADD ("bound-is-that-of-the-call", test_bound_is_that_of_the_call);
  pl_test_add_returning_anywhere ("/iterate-on/functions-know-the-context",
                                  test_functions_know_the_context);
  ADD ("each-worker-of-the-run-knows-it", test_each_worker_of_the_run_knows_it);
  ADD ("tasks-are-cancelled-on-its-thread", test_tasks_are_cancelled_on_its_thread);
  ADD ("asynchronous-calls-are-on-the-consumers", test_asynchronous_calls_are_on_the_consumers);

  return pl_test_run ();
}
