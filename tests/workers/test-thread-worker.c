/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-util.h"

/* Returns when as many functions run at once as the stage has workers. */
static gboolean
wait_for_the_others (const GValue *element,
                     GValue *result,
                     PlWorker *worker,
                     gpointer user_data,
                     GError **error)
{
  PlTestCounts *counts = user_data;
  int n_workers = pl_stage_get_workers (pl_worker_get_stage (worker));

  g_atomic_int_inc (&counts->calls);
  pl_test_wait_for (&counts->calls, n_workers);
  return pl_test_add1 (element, result, worker, NULL, error);
}

static void
test_workers_run_at_once (void)
{
  PlTestCounts counts = { 0 };
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 8);
  g_autoptr(PlStage) added = pl_thread_map (numbers, wait_for_the_others, &counts, NULL);

  pl_stage_set_workers (added, 8);
  pl_test_assert_sorted_ints (added, "1 2 3 4 5 6 7 8");
}

/* No element waits for a slow one while there is a worker to take it, nor does its result. */
static void
test_slow_element_holds_up_no_other (void)
{
  int is_seen = 0;
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 21);
  g_autoptr(PlStage) added = pl_thread_map (numbers, pl_test_hold_the_first, &is_seen, NULL);
  g_autoptr(PlIterator) iterator = NULL;

  pl_stage_set_workers (added, 2);
  pl_stage_set_maxsize (added, 4);
  iterator = pl_stage_iterate (added);
  for (int i = 0; i < 20; i++)
    g_assert_cmpint (pl_test_take_int (iterator), ==, i + 2);
  g_atomic_int_set (&is_seen, 1);
  g_assert_cmpint (pl_test_take_int (iterator), ==, 1);
}

static void
test_thread_is_named_after_the_stage (void)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 1);
  PlTestCounts counts = { 0 };
  g_autoptr(PlStage) waiting = pl_thread_map (numbers, pl_test_wait_until_cancelled, &counts, NULL);
  g_autoptr(PlIterator) iterator = NULL;
  g_autoptr(GDir) tasks = g_dir_open ("/proc/self/task", 0, NULL);
  const char *task;
  gboolean found = FALSE;

  if (tasks == NULL)
    {
      g_test_skip ("/proc is needed to see the names of threads");
      return;
    }

  pl_stage_set_name (waiting, "resize");
  iterator = pl_stage_iterate (waiting);
  pl_test_wait_for (&counts.calls, 1);
  g_dir_rewind (tasks);
  while ((task = g_dir_read_name (tasks)) != NULL)
    {
      g_autofree char *path = g_build_filename ("/proc/self/task", task, "comm", NULL);
      g_autofree char *comm = NULL;

      if (g_file_get_contents (path, &comm, NULL, NULL))
        found |= g_strcmp0 (g_strstrip (comm), "pl-resize") == 0;
    }
  g_assert_true (found);
}

static void
test_a_thousand_workers_work (void)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 3000);
  g_autoptr(PlStage) added = pl_thread_map (numbers, pl_test_add1, NULL, NULL);
  g_autoptr(PlStage) reference = pl_source_new_range (1, 3001);
  g_autofree char *expected = pl_test_run_ints (reference);

  pl_stage_set_workers (added, pl_test_rounds (1000));
  pl_test_assert_sorted_ints (added, expected);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);

#define ADD(name, func) g_test_add_func ("/thread-worker/" name, func)
  ADD ("workers-run-at-once", test_workers_run_at_once);
  ADD ("slow-element-holds-up-no-other", test_slow_element_holds_up_no_other);
  ADD ("thread-is-named-after-the-stage", test_thread_is_named_after_the_stage);
  ADD ("a-thousand-workers-work", test_a_thousand_workers_work);

  return pl_test_run ();
}
