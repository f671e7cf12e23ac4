/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-kept.h"

/* Closures in task stages: they are called with an element and a task, and return nothing. */

typedef struct
{
  PlTestCounts counts;
  int n_failures; /* with element 1 */
} PlTestClosure;

static void
closure_freed_cb (gpointer data, GClosure *closure)
{
  ((PlTestClosure *) data)->counts.frees++;
}

static GClosure *
new_closure (GCallback func, PlTestClosure *test)
{
  return g_cclosure_new (func, test, closure_freed_cb);
}

/* An error that the closure leaves behind is its answer. Element 1 fails. */
static gboolean
may_fail (int element, PlTestClosure *test)
{
  g_autoptr(GError) error = NULL;
  PlWorker *worker = pl_worker_get_current ();

  test->counts.calls++;
  g_assert_true (PL_IS_WORKER (worker));
  if (element != 1 || test->n_failures-- <= 0)
    return FALSE;

  error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_BUSY, "busy");
  pl_worker_set_error (worker, error);
  return TRUE;
}

static gboolean
answer_value_cb (gpointer task)
{
  pl_test_return_int (task, GPOINTER_TO_INT (g_task_get_task_data (task)) + 1);
  return G_SOURCE_REMOVE;
}

static gboolean
answer_true_cb (gpointer task)
{
  g_task_return_boolean (task, TRUE);
  return G_SOURCE_REMOVE;
}

static void
map_closure (int element, GTask *task, PlTestClosure *test)
{
  g_task_set_task_data (task, GINT_TO_POINTER (element), NULL);
  if (!may_fail (element, test))
    pl_test_later (task, answer_value_cb);
}

static void
filter_closure (int element, GTask *task, PlTestClosure *test)
{
  if (!may_fail (element, test))
    g_task_return_boolean (task, element != 2);
}

static void
each_closure (int element, GTask *task, PlTestClosure *test)
{
  if (!may_fail (element, test))
    pl_test_later (task, answer_true_cb);
}

static void
flat_map_closure (int element, GTask *task, PlTestClosure *test)
{
  g_assert_true (pl_test_emit_int (task, element * 10));
  if (may_fail (element, test))
    return;
  g_assert_true (pl_test_emit_int (task, element * 10 + 1));
  pl_test_later (task, answer_true_cb);
}

static void
start_closure (PlWorker *worker, GTask *task, PlTestClosure *test)
{
  test->counts.starts++;
  g_assert_true (pl_worker_get_current () == worker);
  if (!may_fail (test->n_failures > 0 ? 1 : 0, test))
    pl_test_later (task, answer_true_cb);
}

static void
done_closure (PlStageStatus *status, GTask *task, PlTestClosure *test)
{
  test->counts.dones++;
  g_assert_true (pl_stage_status_get_done (status));
  if (!may_fail (test->n_failures > 0 ? 1 : 0, test))
    pl_test_later (task, answer_true_cb);
}

typedef struct
{
  const char *name;
  PlStage *(*make) (PlStage *input, GClosure *closure);
  GCallback func;
  const char *ints;
} PlTestOperation;

static const PlTestOperation operations[] = {
  { "map", pl_task_map_with_closure, G_CALLBACK (map_closure), "1 2 3" },
  { "filter", pl_task_filter_with_closure, G_CALLBACK (filter_closure), "0 1" },
  { "each", pl_task_each_with_closure, G_CALLBACK (each_closure), "" },
  { "flat_map", pl_task_flat_map_with_closure, G_CALLBACK (flat_map_closure), "0 1 10 11 20 21" },
};

static void
test_answers_its_task (gconstpointer data)
{
  const PlTestOperation *operation = data;
  PlTestClosure test = { 0 };
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 3);
  PlStage *stage = operation->make (numbers, new_closure (operation->func, &test));

  pl_test_assert_ints (stage, operation->ints);
  g_assert_cmpint (test.counts.calls, ==, 3);
  g_assert_cmpint (test.counts.frees, ==, 0);
  g_assert_finalize_object (stage);
  g_assert_cmpint (test.counts.frees, ==, 1);
}

static void
test_fails_with_the_error_it_sets (gconstpointer data)
{
  const PlTestOperation *operation = data;
  PlTestClosure test = { .n_failures = 1 };
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 3);
  g_autoptr(PlStage) stage = operation->make (numbers, new_closure (operation->func, &test));
  g_autofree char *text = g_strdup_printf ("stage “%s” (task %s, worker 0, element 1): busy",
                                           operation->name, operation->name);

  pl_test_assert_run_error (stage, G_IO_ERROR, G_IO_ERROR_BUSY, text);
}

static void
test_may_be_called_again (gconstpointer data)
{
  const PlTestOperation *operation = data;
  PlTestClosure test = { .n_failures = 2 };
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 3);
  g_autoptr(PlStage) stage = operation->make (numbers, new_closure (operation->func, &test));

  pl_stage_set_retries (stage, 2);
  pl_test_assert_sorted_ints (stage, operation->ints);
  g_assert_cmpint (test.counts.calls, ==, 5);
}

static PlStage *
make_stage (PlTestClosure *on_start, PlTestClosure *on_done)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 3);
  PlStage *stage = pl_sync_map (numbers, pl_test_add1, NULL, NULL);

  pl_stage_set_kind (stage, PL_WORKER_KIND_TASK);
  pl_stage_set_on_start_task_with_closure (stage,
                                           new_closure (G_CALLBACK (start_closure), on_start));
  pl_stage_set_on_done_task_with_closure (stage, new_closure (G_CALLBACK (done_closure), on_done));
  return stage;
}

static void
test_runs_at_start_and_end (void)
{
  PlTestClosure on_start = { 0 };
  PlTestClosure on_done = { 0 };
  g_autoptr(PlStage) stage = make_stage (&on_start, &on_done);

  pl_test_assert_ints (stage, "1 2 3");
  g_assert_cmpint (on_start.counts.starts, ==, 1);
  g_assert_cmpint (on_done.counts.dones, ==, 1);

  pl_stage_set_on_start_task_with_closure (stage, NULL);
  pl_stage_set_on_done_task_with_closure (stage, NULL);
  g_assert_cmpint (on_start.counts.frees, ==, 1);
  g_assert_cmpint (on_done.counts.frees, ==, 1);
  pl_test_assert_ints (stage, "1 2 3");
  g_assert_cmpint (on_start.counts.starts, ==, 1);
}

static void
test_fails_at_the_start (void)
{
  PlTestClosure on_start = { .n_failures = 1 };
  PlTestClosure on_done = { 0 };
  g_autoptr(PlStage) stage = make_stage (&on_start, &on_done);

  pl_test_assert_run_error (stage, G_IO_ERROR, G_IO_ERROR_BUSY,
                            "stage “map” (task map, worker 0, on_start): busy");
  g_assert_cmpint (on_done.counts.dones, ==, 0);
}

static void
test_fails_at_the_end (void)
{
  PlTestClosure on_start = { 0 };
  PlTestClosure on_done = { .n_failures = 1 };
  g_autoptr(PlStage) stage = make_stage (&on_start, &on_done);

  pl_test_assert_run_error (stage, G_IO_ERROR, G_IO_ERROR_BUSY,
                            "stage “map” (task map, worker 0, on_done): busy");
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);

  for (guint i = 0; i < G_N_ELEMENTS (operations); i++)
    {
      const char *name = operations[i].name;
      g_autofree char *answers = g_strdup_printf ("/task-closure/answers-its-task/%s", name);
      g_autofree char *fails = g_strdup_printf ("/task-closure/fails-with-the-error-it-sets/%s",
                                                name);
      g_autofree char *again = g_strdup_printf ("/task-closure/may-be-called-again/%s", name);

      g_test_add_data_func (answers, &operations[i], test_answers_its_task);
      g_test_add_data_func (fails, &operations[i], test_fails_with_the_error_it_sets);
      g_test_add_data_func (again, &operations[i], test_may_be_called_again);
    }
  g_test_add_func ("/task-closure/runs-at-start-and-end", test_runs_at_start_and_end);
  g_test_add_func ("/task-closure/fails-at-the-start", test_fails_at_the_start);
  g_test_add_func ("/task-closure/fails-at-the-end", test_fails_at_the_end);

  return pl_test_run ();
}
