/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-process.h"

#include <stdlib.h>

/* How the processes of a stage begin and end, and which stages have none that could. */

/* Has a resource that on_start leaves for the function and for on_done. */
static gboolean
open_resource (PlWorker *worker, gpointer user_data, GError **error)
{
  g_auto(GValue) value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_STRING);
  g_value_set_string (&value, "open");
  pl_worker_set_resource (worker, "db", &value);
  return pl_test_on_start (worker, user_data, error);
}

static gboolean
use_resource (const GValue *element,
              GValue *result,
              PlWorker *worker,
              gpointer user_data,
              GError **error)
{
  const GValue *resource = pl_worker_get_resource (worker, "db");
  guint n;
  const gint64 *path = pl_worker_get_element_index (worker, &n);

  g_assert_true (pl_worker_get_current () == worker);
  g_assert_cmpstr (g_value_get_string (resource), ==, "open");
  g_assert_null (pl_worker_get_resource (worker, "other"));
  g_assert_cmpuint (n, ==, 1);
  g_assert_cmpint (path[0], ==, g_value_get_int (element));
  g_assert_true (PL_IS_MAP (pl_worker_get_stage (worker)));
  return pl_test_add1 (element, result, worker, user_data, error);
}

static gboolean
check_resource (PlWorker *worker, PlStageStatus *status, gpointer user_data, GError **error)
{
  g_assert_cmpstr (g_value_get_string (pl_worker_get_resource (worker, "db")), ==, "open");
  g_assert_cmpuint (pl_stage_status_get_active_workers (status), ==, 0);
  g_assert_true (pl_stage_status_get_done (status));
  return pl_test_on_done (worker, status, user_data, error);
}

static PlStage *
new_stage (int n_elements, PlTestCounts *counts)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, n_elements);
  PlStage *stage = pl_test_process.map (numbers, use_resource, counts, NULL);

  pl_stage_set_workers (stage, 3);
  pl_test_set_on_start (stage, open_resource, counts);
  pl_test_set_on_done (stage, check_resource, counts);
  return stage;
}

static void
test_each_starts_and_ends_once (void)
{
  PlTestCounts *counts = pl_test_new_shared (PlTestCounts);
  g_autoptr(PlStage) stage = new_stage (100, counts);
  g_autoptr(GError) error = NULL;

  g_assert_true (pl_stage_run (stage, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpint (counts->calls, ==, 100);
  g_assert_cmpint (counts->starts, ==, 3);
  g_assert_cmpint (counts->dones, ==, 3);
}

static void
test_starts_for_an_empty_source (void)
{
  PlTestCounts *counts = pl_test_new_shared (PlTestCounts);
  g_autoptr(PlStage) stage = new_stage (0, counts);

  g_assert_true (pl_stage_run (stage, NULL, NULL));
  g_assert_cmpint (counts->calls, ==, 0);
  g_assert_cmpint (counts->starts, ==, 3);
  g_assert_cmpint (counts->dones, ==, 3);
}

/* What on_done did is visible at the end, and before the stage behind it ends. */
static void
test_ends_before_the_consumer_sees_the_end (void)
{
  for (guint round = 0; round < pl_test_rounds_of (&pl_test_process, 200); round++)
    {
      PlTestCounts *counts = pl_test_new_shared (PlTestCounts);
      g_autoptr(PlStage) stage = new_stage (3, counts);
      g_autoptr(PlIterator) iterator = pl_stage_iterate (stage);
      g_auto(GValue) value = G_VALUE_INIT;

      while (pl_iterator_next (iterator, &value, NULL, NULL))
        continue;
      g_assert_cmpint (counts->dones, ==, 3);
    }
}

static gboolean
exit_on_start (PlWorker *worker, gpointer user_data, GError **error)
{
  g_printerr ("no licence\n");
  exit (3);
}

static void
test_process_that_exits_at_its_start_is_an_error (void)
{
  PlTestCounts *counts = pl_test_new_shared (PlTestCounts);
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 3);
  g_autoptr(PlStage) stage = pl_test_process.map (numbers, pl_test_add1, counts, NULL);

  pl_test_set_on_start (stage, exit_on_start, counts);
  pl_command_set_stderr_mode (pl_stage_get_command (stage), PL_STDERR_COLLECT);
  pl_test_assert_run_error (stage, PL_ERROR, PL_ERROR_WORKER_START,
                            "stage “map” (process map, worker 0): The worker process was not "
                            "ready, and exited with status 3: no licence");
  g_assert_cmpint (counts->calls, ==, 0);
}

static gboolean
fail_on_done (PlWorker *worker, PlStageStatus *status, gpointer user_data, GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "cannot end");
  return FALSE;
}

/* One of three fails, and all the others end too. */
static void
test_error_at_the_end_is_the_runs (void)
{
  PlTestCounts *counts = pl_test_new_shared (PlTestCounts);
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 3);
  g_autoptr(PlStage) stage = pl_test_process.map (numbers, pl_test_add1, counts, NULL);

  pl_test_set_on_done (stage, fail_on_done, counts);
  pl_test_assert_run_error (stage, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                            "stage “map” (process map, worker 0, on_done): cannot end");
  g_assert_cmpint (counts->calls, ==, 3);
}

/* Stages that cannot run. */

static void
test_no_worker_is_an_error (void)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 3);
  g_autoptr(PlStage) stage = pl_test_process.map (numbers, pl_test_add1, NULL, NULL);

  pl_stage_set_workers (stage, 0);
  pl_test_assert_run_error (stage, PL_ERROR, PL_ERROR_INVALID_WORKERS,
                            "stage “map” (process map): “workers” is 0; the stage needs at least "
                            "1, and can have 65535");
}

static void
test_unknown_function_is_an_error (void)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 3);
  g_autoptr(PlCommand) command = pl_command_new_self ("shrink");
  g_autoptr(PlStage) stage = pl_process_map (numbers, command);

  pl_test_assert_run_error (stage, PL_ERROR, PL_ERROR_NOT_REGISTERED,
                            "stage “map” (process map): No function has been registered as "
                            "“shrink”; those that have are “each”, “filter”, “flat_map”, “map”; "
                            "register it with pl_worker_register_map() or its like before "
                            "pl_worker_init()");
}

static void
test_function_of_another_operation_is_an_error (void)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 3);
  g_autoptr(PlCommand) command = pl_command_new_self ("filter");
  g_autoptr(PlStage) stage = pl_process_map (numbers, command);

  pl_test_assert_run_error (stage, PL_ERROR, PL_ERROR_INVALID_KIND,
                            "stage “map” (process map): “filter” has been registered as the "
                            "function of a filter, and not of a map");
}

static void
test_hook_of_this_process_is_an_error (void)
{
  PlTestCounts counts = { 0 };
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 3);
  g_autoptr(PlStage) stage = pl_test_process.map (numbers, pl_test_add1, NULL, NULL);

  pl_stage_set_on_start (stage, pl_test_on_start, &counts, NULL);
  pl_test_assert_run_error (stage, PL_ERROR, PL_ERROR_INVALID_KIND,
                            "stage “map” (process map): “kind” is process, so the on_start is the "
                            "worker's: give it to the stage that pl_worker_register_map() or its "
                            "like returns");
}

static void
test_source_is_no_process (void)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 3);

  pl_stage_set_kind (numbers, PL_WORKER_KIND_PROCESS);
  pl_test_assert_run_error (numbers, PL_ERROR, PL_ERROR_INVALID_KIND,
                            "stage “source” (process source): “kind” is process; a source can be "
                            "sync or thread, and process stages take their elements from both");
}

static void
test_function_of_this_process_is_an_error (void)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 3);
  g_autoptr(PlStage) stage = pl_thread_map (numbers, pl_test_add1, NULL, NULL);

  pl_stage_set_kind (stage, PL_WORKER_KIND_PROCESS);
  pl_test_assert_run_error (stage, PL_ERROR, PL_ERROR_INVALID_KIND,
                            "stage “map” (process map): “kind” is process, and the function is one "
                            "of this process; register it with pl_worker_register_map() or its "
                            "like, and make the stage with a command");
}

static void
test_command_is_for_processes_alone (void)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 3);
  g_autoptr(PlStage) stage = pl_test_process.map (numbers, pl_test_add1, NULL, NULL);

  pl_stage_set_kind (stage, PL_WORKER_KIND_THREAD);
  pl_test_assert_run_error (stage, PL_ERROR, PL_ERROR_NO_FUNCTION,
                            "stage “map” (thread map): The stage has no function; make it with a "
                            "constructor such as pl_thread_map()");
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);

#define ADD(name, func) g_test_add_func ("/process-start/" name, func)
  ADD ("each-starts-and-ends-once", test_each_starts_and_ends_once);
  ADD ("starts-for-an-empty-source", test_starts_for_an_empty_source);
  ADD ("ends-before-the-consumer-sees-the-end", test_ends_before_the_consumer_sees_the_end);
  ADD ("process-that-exits-at-its-start-is-an-error",
       test_process_that_exits_at_its_start_is_an_error);
  ADD ("error-at-the-end-is-the-runs", test_error_at_the_end_is_the_runs);
  ADD ("no-worker-is-an-error", test_no_worker_is_an_error);
  ADD ("unknown-function-is-an-error", test_unknown_function_is_an_error);
  ADD ("function-of-another-operation-is-an-error",
       test_function_of_another_operation_is_an_error);
  ADD ("hook-of-this-process-is-an-error", test_hook_of_this_process_is_an_error);
  ADD ("source-is-no-process", test_source_is_no_process);
  ADD ("function-of-this-process-is-an-error", test_function_of_this_process_is_an_error);
  ADD ("command-is-for-processes-alone", test_command_is_for_processes_alone);

  return pl_test_run ();
}
