/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-kept.h"

#include "workers/pl-task-worker-private.h"

/* Whatever the end of a run, no task, worker or source of a task stage outlives it: the linker puts
 * the functions below in the place of those that make them, also of tasks that are made ahead. */

static int n_tasks;
static int n_workers;
static int n_counted; /* tasks and workers that there ever were */
static GPtrArray *sources;

GTask *__real_g_task_new (gpointer source_object,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer callback_data);
GTask *__wrap_g_task_new (gpointer source_object,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer callback_data);
PlWorker *__real_pl_task_worker_new (PlNode *node);
PlWorker *__wrap_pl_task_worker_new (PlNode *node);
GSource *__real_g_source_new (GSourceFuncs *funcs, guint size);
GSource *__wrap_g_source_new (GSourceFuncs *funcs, guint size);

static void
count_off (gpointer counter)
{
  g_atomic_int_add ((int *) counter, -1);
}

/* A weak reference would be told when the task is dropped, and not when it is freed. */
static void
count (gpointer object, int *counter)
{
  g_atomic_int_inc (counter);
  g_atomic_int_inc (&n_counted);
  g_object_set_data_full (object, "counted", counter, count_off);
}

GTask *
__wrap_g_task_new (gpointer source_object,
                   GCancellable *cancellable,
                   GAsyncReadyCallback callback,
                   gpointer callback_data)
{
  GTask *task = __real_g_task_new (source_object, cancellable, callback, callback_data);

  count (task, &n_tasks);
  return task;
}

PlWorker *
__wrap_pl_task_worker_new (PlNode *node)
{
  PlWorker *worker = __real_pl_task_worker_new (node);

  count (worker, &n_workers);
  return worker;
}

GSource *
__wrap_g_source_new (GSourceFuncs *funcs, guint size)
{
  GSource *source = __real_g_source_new (funcs, size);

  g_ptr_array_add (sources, g_source_ref (source));
  return source;
}

/* The ways that runs go. */

static void
run_to_the_end (void)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 1000);
  g_autoptr(PlStage) first = pl_task_map (numbers, pl_test_answer_same, NULL, NULL);
  g_autoptr(PlStage) last = pl_task_map (first, pl_test_answer_same, NULL, NULL);
  g_autoptr(GError) error = NULL;

  pl_stage_set_workers (last, 10);
  g_assert_true (pl_stage_run (last, NULL, &error));
  g_assert_no_error (error);
}

static void
run_to_the_end_by_hand (void)
{
  g_auto(PlTestKept) kept = PL_TEST_KEPT_INIT;
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 100);
  g_autoptr(PlStage) stage = pl_task_map (numbers, pl_test_keep, &kept, NULL);
  g_autoptr(PlIterator) iterator = NULL;
  g_auto(GValue) value = G_VALUE_INIT;

  pl_stage_set_workers (stage, 10);
  iterator = pl_stage_iterate (stage);
  pl_test_kept_answer_all (&kept);
  while (pl_iterator_next (iterator, &value, NULL, NULL))
    continue;
}

static void
fail_at_500 (const GValue *element, GTask *task, PlWorker *worker, gpointer user_data)
{
  if (g_value_get_int (element) == 500)
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_BUSY, "busy");
  else
    pl_test_answer_same (element, task, worker, user_data);
}

static void
run_to_an_error (void)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 1000);
  g_autoptr(PlStage) first = pl_task_map (numbers, fail_at_500, NULL, NULL);
  g_autoptr(PlStage) last = pl_task_map (first, pl_test_answer_same, NULL, NULL);
  g_autoptr(GError) error = NULL;

  g_assert_false (pl_stage_run (last, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BUSY);
}

/* Answers half of those that are left behind, and drops the other half. */
static void
answer_half (PlTestKept *kept)
{
  guint n = kept->tasks->len;

  g_assert_cmpuint (n, >, 0);
  for (guint i = 0; i < n / 2; i++)
    pl_test_kept_answer (kept, 0);
}

static void
leave_what_is_in_flight (void)
{
  g_auto(PlTestKept) kept = PL_TEST_KEPT_INIT;

  for (int closes = 0; closes < 2; closes++)
    {
      g_autoptr(PlStage) numbers = pl_source_new_range (0, 100);
      g_autoptr(PlStage) stage = pl_task_map (numbers, pl_test_keep, &kept, NULL);
      g_autoptr(PlIterator) iterator = NULL;

      pl_stage_set_workers (stage, 50);
      iterator = pl_stage_iterate (stage);
      pl_test_settle ();
      if (closes)
        pl_iterator_close (iterator);
    }
  answer_half (&kept);
}

static void
leave_at_the_first_element (void)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, G_MAXINT);
  g_autoptr(PlStage) first = pl_task_map (numbers, pl_test_answer_same, NULL, NULL);
  g_autoptr(PlStage) last = pl_task_map (first, pl_test_answer_same, NULL, NULL);
  g_autoptr(PlIterator) iterator = NULL;

  pl_stage_set_maxsize (last, 10);
  iterator = pl_stage_iterate (last);
  pl_test_take_int (iterator);
}

static void
leave_before_the_context_is_iterated (void)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 10);
  g_autoptr(PlStage) stage = pl_task_map (numbers, pl_test_answer_same, NULL, NULL);
  g_autoptr(PlIterator) iterator = pl_stage_iterate (stage);
}

static void
drop_the_iterator (const GValue *element, GTask *task, PlWorker *worker, gpointer user_data)
{
  g_clear_object ((PlIterator **) user_data);
  pl_test_answer_same (element, task, worker, NULL);
}

static void
leave_from_inside (void)
{
  PlIterator *iterator = NULL;
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 10);
  g_autoptr(PlStage) stage = pl_task_map (numbers, drop_the_iterator, &iterator, NULL);

  iterator = pl_stage_iterate (stage);
  pl_test_iterate_until (iterator == NULL);
}

static void
answer_after_the_time (void)
{
  g_auto(PlTestKept) kept = PL_TEST_KEPT_INIT;
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 100);
  g_autoptr(PlStage) stage = pl_task_map (numbers, pl_test_keep, &kept, NULL);
  g_autoptr(GError) error = NULL;

  pl_stage_set_workers (stage, 30);
  pl_stage_set_timeout (stage, 5);
  g_assert_true (pl_stage_run (stage, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (kept.tasks->len, ==, 100);
  answer_half (&kept);
}

static void
drop_task (const GValue *element, GTask *task, PlWorker *worker, gpointer user_data)
{
}

static void
answer_nothing (void)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 100);
  g_autoptr(PlStage) stage = pl_task_map (numbers, drop_task, NULL, NULL);
  g_autoptr(GError) error = NULL;

  pl_stage_set_retries (stage, 2);
  pl_stage_set_error_policy (stage, PL_ERROR_POLICY_SKIP);
  g_assert_true (pl_stage_run (stage, NULL, &error));
  g_assert_no_error (error);
}

static void
leave_what_is_to_be_called_again (void)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 10);
  g_autoptr(PlStage) stage = pl_task_map (numbers, drop_task, NULL, NULL);
  g_autoptr(PlIterator) iterator = NULL;

  pl_stage_set_workers (stage, 0);
  pl_stage_set_retries (stage, 2);
  pl_stage_set_retry_delay (stage, G_MAXINT);
  iterator = pl_stage_iterate (stage);
  pl_test_settle ();
}

static void
leave_what_waits_for_the_rate (void)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 10);
  g_autoptr(PlStage) stage = pl_task_map (numbers, pl_test_answer_same, NULL, NULL);
  g_autoptr(PlIterator) iterator = NULL;

  pl_stage_set_rate_limit (stage, 0.001, 1);
  iterator = pl_stage_iterate (stage);
  pl_test_settle ();
}

static gpointer
emit_thread (gpointer task)
{
  for (int i = 0; i < 10; i++)
    g_assert_true (pl_test_emit_int (task, i));
  return NULL;
}

static void
emit_and_keep (const GValue *element, GTask *task, PlWorker *worker, gpointer user_data)
{
  g_assert_true (pl_test_emit_int (task, 1));
  g_assert_true (pl_test_emit_int (task, 2));
  g_thread_join (g_thread_new ("emit", emit_thread, task));
  pl_test_keep (element, task, worker, user_data);
}

static void
leave_what_has_been_emitted (void)
{
  g_auto(PlTestKept) kept = PL_TEST_KEPT_INIT;
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 10);
  g_autoptr(PlStage) stage = pl_task_flat_map (numbers, emit_and_keep, &kept, NULL);
  g_autoptr(PlIterator) iterator = NULL;

  pl_stage_set_workers (stage, 3);
  pl_stage_set_retries (stage, 1);
  iterator = pl_stage_iterate_bounded (stage, 1);
  pl_test_settle ();
  g_thread_join (g_thread_new ("emit", emit_thread, g_ptr_array_index (kept.tasks, 0)));
}

static void
keep_start (GTask *task, PlWorker *worker, gpointer user_data)
{
  pl_test_keep_task (user_data, task);
}

static void
keep_done (PlStageStatus *status, GTask *task, PlWorker *worker, gpointer user_data)
{
  pl_test_keep_task (user_data, task);
}

/* The run goes when both have been answered, or dropped. */
static void
leave_what_starts (void)
{
  g_auto(PlTestKept) kept = PL_TEST_KEPT_INIT;

  for (int answers = 0; answers < 2; answers++)
    {
      g_autoptr(PlStage) numbers = pl_source_new_range (0, 10);
      g_autoptr(PlStage) stage = pl_task_map (numbers, pl_test_answer_same, NULL, NULL);
      g_autoptr(PlIterator) iterator = NULL;
      g_autoptr(GTask) task = NULL;

      pl_stage_set_on_start_task (stage, keep_start, &kept, NULL);
      pl_stage_set_on_done_task (stage, keep_done, &kept, NULL);
      iterator = pl_stage_iterate (stage);
      pl_test_kept_wait (&kept, 1);
      g_clear_object (&iterator);
      task = pl_test_kept_steal (&kept, 0);
      if (!answers)
        continue;

      g_task_return_boolean (task, TRUE);
      pl_test_kept_wait (&kept, 1);
    }
}

static void
answer_job (int element, gint64 job, gpointer user_data)
{
  g_assert_true (pl_job_answer (job));
}

static void
ignore_job (gint64 job, PlJobEvent event, gpointer user_data)
{
}

static void
run_jobs (void)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 1000);
  g_autoptr(PlStage) stage =
    pl_job_each (numbers, g_cclosure_new (G_CALLBACK (answer_job), NULL, NULL),
                 g_cclosure_new (G_CALLBACK (ignore_job), NULL, NULL));
  g_autoptr(GError) error = NULL;

  pl_stage_set_workers (stage, 10);
  g_assert_true (pl_stage_run (stage, NULL, &error));
  g_assert_no_error (error);

  /* An element has the task of one before it. */
  g_assert_cmpint (n_counted, <, 100);
}

typedef struct
{
  const char *name;
  void (*func) (void);
} PlTestLeaving;

static const PlTestLeaving ways[] = {
  { "end", run_to_the_end },
  { "end-by-hand", run_to_the_end_by_hand },
  { "error", run_to_an_error },
  { "in-flight", leave_what_is_in_flight },
  { "first-element", leave_at_the_first_element },
  { "before-iterating", leave_before_the_context_is_iterated },
  { "from-inside", leave_from_inside },
  { "timeout", answer_after_the_time },
  { "unanswered", answer_nothing },
  { "to-be-called-again", leave_what_is_to_be_called_again },
  { "rate", leave_what_waits_for_the_rate },
  { "emitted", leave_what_has_been_emitted },
  { "start", leave_what_starts },
  { "jobs", run_jobs },
};

static void
test_nothing_is_left (gconstpointer data)
{
  const PlTestLeaving *way = data;

  sources = g_ptr_array_new_with_free_func ((GDestroyNotify) g_source_unref);
  n_counted = 0;
  way->func ();
  pl_test_settle ();

  g_assert_cmpint (n_tasks, ==, 0);
  g_assert_cmpint (n_workers, ==, 0);
  g_assert_cmpint (n_counted, >, 0);
  g_assert_cmpuint (sources->len, >, 0);
  for (guint i = 0; i < sources->len; i++)
    g_assert_true (g_source_is_destroyed (g_ptr_array_index (sources, i)));
  g_clear_pointer (&sources, g_ptr_array_unref);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);

  for (guint i = 0; i < G_N_ELEMENTS (ways); i++)
    {
      g_autofree char *path = g_strdup_printf ("/task-leaks/nothing-is-left/%s", ways[i].name);

      g_test_add_data_func (path, &ways[i], test_nothing_is_left);
    }

  return pl_test_run ();
}
