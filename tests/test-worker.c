/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-util.h"

typedef struct
{
  PlTestCounts counts;
  GMutex mutex;
  GPtrArray *statuses; /* PlStageStatus, in the order of the calls */
  GHashTable *indices; /* of workers */
} PlTestWorkers;

static PlTestWorkers *
workers_new (void)
{
  PlTestWorkers *self = g_new0 (PlTestWorkers, 1);

  g_mutex_init (&self->mutex);
  self->statuses = g_ptr_array_new_with_free_func (g_object_unref);
  self->indices = g_hash_table_new (NULL, NULL);
  return self;
}

static void
workers_free (PlTestWorkers *self)
{
  g_ptr_array_unref (self->statuses);
  g_hash_table_unref (self->indices);
  g_mutex_clear (&self->mutex);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlTestWorkers, workers_free)

/* Leaves an object as the resource “db”, whose end is counted. */
static gboolean
open_resource (PlWorker *worker, gpointer user_data, GError **error)
{
  PlTestWorkers *test = user_data;
  g_auto(GValue) value = G_VALUE_INIT;
  GObject *object = g_object_new (G_TYPE_OBJECT, NULL);

  g_object_set_data_full (object, "counts", &test->counts, pl_test_on_free);
  g_value_init (&value, G_TYPE_OBJECT);
  g_value_take_object (&value, object);
  pl_worker_set_resource (worker, "db", &value);

  g_mutex_lock (&test->mutex);
  g_assert_true (g_hash_table_add (test->indices, GUINT_TO_POINTER (pl_worker_get_index (worker))));
  g_mutex_unlock (&test->mutex);
  return pl_test_on_start (worker, &test->counts, error);
}

static gboolean
check_worker (const GValue *element,
              GValue *result,
              PlWorker *worker,
              gpointer user_data,
              GError **error)
{
  PlTestWorkers *test = user_data;
  guint n;
  const gint64 *path = pl_worker_get_element_index (worker, &n);

  g_assert_true (pl_worker_get_current () == worker);
  g_assert_true (G_VALUE_HOLDS_OBJECT (pl_worker_get_resource (worker, "db")));
  g_assert_null (pl_worker_get_resource (worker, "other"));
  g_assert_cmpuint (n, ==, 1);
  g_assert_cmpint (path[0], ==, g_value_get_int (element));
  g_assert_false (g_cancellable_is_cancelled (pl_worker_get_cancellable (worker)));
  g_assert_true (PL_IS_MAP (pl_worker_get_stage (worker)));
  return pl_test_add1 (element, result, worker, &test->counts, error);
}

static gboolean
keep_status (PlWorker *worker, PlStageStatus *status, gpointer user_data, GError **error)
{
  PlTestWorkers *test = user_data;
  guint n;

  g_assert_nonnull (pl_worker_get_resource (worker, "db"));
  g_assert_null (pl_worker_get_element_index (worker, &n));
  g_assert_cmpuint (n, ==, 0);

  g_mutex_lock (&test->mutex);
  g_ptr_array_add (test->statuses, g_object_ref (status));
  g_mutex_unlock (&test->mutex);
  return pl_test_on_done (worker, status, &test->counts, error);
}

static PlStage *
make_stage (const PlTestKind *kind, PlTestWorkers *test, int n_elements, guint n_workers)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, n_elements);
  PlStage *stage = kind->map (numbers, check_worker, test, NULL);

  pl_stage_set_workers (stage, n_workers);
  pl_stage_set_on_start (stage, open_resource, test, NULL);
  pl_stage_set_on_done (stage, keep_status, test, NULL);
  return stage;
}

static guint
expected_workers (const PlTestKind *kind, guint workers)
{
  return kind->kind == PL_WORKER_KIND_THREAD ? workers : 1;
}

static void
test_starts_and_ends_once (const PlTestKind *kind)
{
  g_autoptr(PlTestWorkers) test = workers_new ();
  g_autoptr(PlStage) stage = make_stage (kind, test, 100, 3);
  guint n = expected_workers (kind, 3);

  g_assert_true (pl_stage_run (stage, NULL, NULL));
  g_assert_cmpint (test->counts.calls, ==, 100);
  g_assert_cmpint (test->counts.starts, ==, n);
  g_assert_cmpint (test->counts.dones, ==, n);
  for (guint i = 0; i < n; i++)
    g_assert_true (g_hash_table_contains (test->indices, GUINT_TO_POINTER (i)));
}

static void
test_starts_for_an_empty_source (const PlTestKind *kind)
{
  g_autoptr(PlTestWorkers) test = workers_new ();
  g_autoptr(PlStage) stage = make_stage (kind, test, 0, 3);

  g_assert_true (pl_stage_run (stage, NULL, NULL));
  g_assert_cmpint (test->counts.starts, ==, expected_workers (kind, 3));
  g_assert_cmpint (test->counts.dones, ==, expected_workers (kind, 3));
}

static void
test_frees_its_resources_when_it_ends (const PlTestKind *kind)
{
  g_autoptr(PlTestWorkers) test = workers_new ();
  g_autoptr(PlStage) stage = make_stage (kind, test, 10, 2);
  g_autoptr(PlIterator) iterator = pl_stage_iterate (stage);
  g_auto(GValue) value = G_VALUE_INIT;

  while (pl_iterator_next (iterator, &value, NULL, NULL))
    continue;
  g_assert_cmpint (test->counts.frees, ==, expected_workers (kind, 2));
}

/* Whatever on_done did is visible at the end, and the last one sees no active worker. */
static void
test_last_one_sees_that_the_stage_is_done (const PlTestKind *kind)
{
  for (guint round = 0; round < pl_test_rounds (100); round++)
    {
      g_autoptr(PlTestWorkers) test = workers_new ();
      g_autoptr(PlStage) stage = make_stage (kind, test, 20, 4);
      guint n_workers = expected_workers (kind, 4);
      guint n_done = 0;

      g_assert_true (pl_stage_run (stage, NULL, NULL));
      g_assert_cmpuint (test->statuses->len, ==, n_workers);
      for (guint i = 0; i < n_workers; i++)
        {
          PlStageStatus *status = g_ptr_array_index (test->statuses, i);

          g_assert_true (pl_stage_status_get_stage (status) == stage);
          g_assert_cmpuint (pl_stage_status_get_active_workers (status), <, n_workers);
          if (!pl_stage_status_get_done (status))
            continue;

          n_done++;
          g_assert_cmpuint (pl_stage_status_get_active_workers (status), ==, 0);
          g_assert_cmpuint (pl_stage_status_get_elements_in (status), ==, 20);
          g_assert_cmpuint (pl_stage_status_get_elements_out (status), ==, 20);
        }
      g_assert_cmpuint (n_done, ==, 1);
    }
}

static void
closure_start (PlWorker *worker, gpointer user_data)
{
  PlTestCounts *counts = user_data;
  g_auto(GValue) value = G_VALUE_INIT;

  g_assert_true (pl_worker_get_current () == worker);
  g_value_init (&value, G_TYPE_INT);
  g_value_set_int (&value, ++counts->starts);
  pl_worker_set_resource (worker, "number", &value);
}

static gboolean
map_to_resource (const GValue *element,
                 GValue *result,
                 PlWorker *worker,
                 gpointer user_data,
                 GError **error)
{
  g_value_init (result, G_TYPE_INT);
  g_value_copy (pl_worker_get_resource (worker, "number"), result);
  return TRUE;
}

static void
closure_done (PlStageStatus *status, gpointer user_data)
{
  PlTestCounts *counts = user_data;

  g_assert_true (PL_IS_MAP (pl_stage_status_get_stage (status)));
  g_assert_true (pl_stage_status_get_done (status));
  g_assert_cmpuint (pl_stage_status_get_elements_out (status), ==, 3);
  g_assert_nonnull (pl_worker_get_resource (pl_worker_get_current (), "number"));
  counts->dones++;
}

static void
free_cb (gpointer data, GClosure *closure)
{
  pl_test_on_free (data);
}

/* Each takes the place of the former one, a function too, and NULL that of both. */
static void
test_starts_and_ends_with_closures (const PlTestKind *kind)
{
  PlTestCounts counts = { 0 };
  PlTestCounts former = { 0 };
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 3);
  g_autoptr(PlStage) stage = kind->map (numbers, map_to_resource, NULL, NULL);

  pl_stage_set_on_start (stage, pl_test_on_start, &former, pl_test_on_free);
  pl_stage_set_on_done (stage, pl_test_on_done, &former, pl_test_on_free);
  pl_stage_set_on_start_with_closure (stage, g_cclosure_new (G_CALLBACK (closure_start), &counts,
                                                             free_cb));
  pl_stage_set_on_done_with_closure (stage, g_cclosure_new (G_CALLBACK (closure_done), &counts,
                                                            free_cb));
  g_assert_cmpint (former.frees, ==, 2);

  pl_test_assert_ints (stage, "1 1 1");
  g_assert_cmpint (counts.starts, ==, 1);
  g_assert_cmpint (counts.dones, ==, 1);
  g_assert_cmpint (former.starts + former.dones, ==, 0);

  pl_stage_set_on_start_with_closure (stage, NULL);
  g_assert_cmpint (counts.frees, ==, 1);
  pl_stage_set_on_done_with_closure (stage, NULL);
  g_assert_cmpint (counts.frees, ==, 2);
}

static void
closure_fail (GObject *object, gpointer user_data)
{
  g_autoptr(GError) error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_BUSY, "busy");

  pl_worker_set_error (pl_worker_get_current (), error);
}

/* Where it cannot start, it does not end either. */
static void
test_closure_fails_to_start (const PlTestKind *kind)
{
  PlTestCounts counts = { 0 };
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 3);
  g_autoptr(PlStage) stage = kind->map (numbers, pl_test_add1, &counts, NULL);

  pl_stage_set_on_start_with_closure (stage, g_cclosure_new (G_CALLBACK (closure_fail), NULL,
                                                             NULL));
  pl_stage_set_on_done_with_closure (stage, g_cclosure_new (G_CALLBACK (closure_done), &counts,
                                                            NULL));
  pl_test_assert_run_error (stage, G_IO_ERROR, G_IO_ERROR_BUSY,
                            pl_test_pick_text (kind,
                                "stage “map” (sync map, on_start): busy",
                                "stage “map” (thread map, worker 0, on_start): busy"));
  g_assert_cmpint (counts.calls + counts.dones, ==, 0);
}

static void
test_closure_fails_to_end (const PlTestKind *kind)
{
  PlTestCounts counts = { 0 };
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 3);
  g_autoptr(PlStage) stage = kind->map (numbers, pl_test_add1, &counts, NULL);

  pl_stage_set_on_done_with_closure (stage, g_cclosure_new (G_CALLBACK (closure_fail), NULL,
                                                            NULL));
  pl_test_assert_run_error (stage, G_IO_ERROR, G_IO_ERROR_BUSY,
                            pl_test_pick_text (kind,
                                "stage “map” (sync map, on_done): busy",
                                "stage “map” (thread map, worker 0, on_done): busy"));
  g_assert_cmpint (counts.calls, ==, 3);
}

static gboolean
keep_worker (const GValue *element,
             GValue *result,
             PlWorker *worker,
             gpointer user_data,
             GError **error)
{
  g_set_object ((PlWorker **) user_data, worker);
  return pl_test_add1 (element, result, worker, NULL, error);
}

static void
test_may_be_kept_beyond_the_run (const PlTestKind *kind)
{
  g_autoptr(PlWorker) worker = NULL;
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 3);
  g_autoptr(PlStage) stage = kind->map (numbers, keep_worker, &worker, NULL);
  guint n;

  pl_test_assert_ints (stage, "1 2 3");
  g_assert_cmpuint (pl_worker_get_index (worker), ==, 0);
  g_assert_true (pl_worker_get_stage (worker) == stage);
  g_assert_nonnull (pl_worker_get_cancellable (worker));
  g_assert_null (pl_worker_get_element_index (worker, &n));
  g_assert_null (pl_worker_get_current ());
}

static void
test_refuses_what_is_not_done_in_its_functions (void)
{
  g_autoptr(PlWorker) worker = NULL;
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 3);
  g_autoptr(PlStage) stage = pl_sync_map (numbers, keep_worker, &worker, NULL);
  g_auto(GValue) value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_INT);
  pl_test_assert_ints (stage, "1 2 3");
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "pl_worker_emit:*pl_worker_may_emit*");
  g_assert_false (pl_worker_emit (worker, &value, NULL));
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "pl_worker_set_resource*is_here*");
  pl_worker_set_resource (worker, "db", &value);
  g_test_assert_expected_messages ();
}

/* A function may run a pipeline of its own, whose sync stages run on the same thread. */
static gboolean
run_another (const GValue *element,
             GValue *result,
             PlWorker *worker,
             gpointer user_data,
             GError **error)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 3);
  g_autoptr(PlStage) added = pl_sync_map (numbers, pl_test_add1, NULL, NULL);
  g_autoptr(PlStage) again = pl_thread_map (added, pl_test_add1, NULL, NULL);

  pl_test_assert_ints (again, "2 3 4");
  g_assert_true (pl_worker_get_current () == worker);
  return pl_test_add1 (element, result, worker, NULL, error);
}

static void
test_functions_may_run_pipelines (const PlTestKind *kind)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 3);
  g_autoptr(PlStage) stage = kind->map (numbers, run_another, NULL, NULL);

  pl_test_assert_ints (stage, "1 2 3");
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);

#define ADD(name, func) pl_test_add ("/worker/" name, func)
  ADD ("starts-and-ends-once", test_starts_and_ends_once);
  ADD ("starts-for-an-empty-source", test_starts_for_an_empty_source);
  ADD ("frees-its-resources-when-it-ends", test_frees_its_resources_when_it_ends);
  ADD ("last-one-sees-that-the-stage-is-done", test_last_one_sees_that_the_stage_is_done);
  ADD ("starts-and-ends-with-closures", test_starts_and_ends_with_closures);
  ADD ("closure-fails-to-start", test_closure_fails_to_start);
  ADD ("closure-fails-to-end", test_closure_fails_to_end);
  ADD ("may-be-kept-beyond-the-run", test_may_be_kept_beyond_the_run);
  g_test_add_func ("/worker/refuses-what-is-not-done-in-its-functions",
                   test_refuses_what_is_not_done_in_its_functions);
  pl_test_add_anywhere ("/worker/functions-may-run-pipelines",
                        test_functions_may_run_pipelines);

  return pl_test_run ();
}
