/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-util.h"

static gboolean
check_thread (const GValue *element,
              GValue *result,
              PlWorker *worker,
              gpointer user_data,
              GError **error)
{
  g_assert_true (g_thread_self () == user_data);
  return pl_test_add1 (element, result, worker, NULL, error);
}

static gboolean
check_other_thread (const GValue *element,
                    GValue *result,
                    PlWorker *worker,
                    gpointer user_data,
                    GError **error)
{
  g_assert_true (g_thread_self () != user_data);
  return pl_test_add1 (element, result, worker, NULL, error);
}

static void
test_runs_on_the_thread_that_takes (void)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 10);
  g_autoptr(PlStage) added = pl_sync_map (numbers, check_thread, g_thread_self (), NULL);

  pl_test_assert_ints (added, "1 2 3 4 5 6 7 8 9 10");
}

static void
test_starts_no_thread_for_itself (void)
{
  guint n_threads = pl_test_count_threads ();
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 10);
  g_autoptr(PlStage) added = pl_sync_map (numbers, pl_test_add1, NULL, NULL);
  g_autoptr(PlIterator) iterator = pl_stage_iterate (added);

  pl_test_take_int (iterator);
  g_assert_cmpuint (pl_test_count_threads (), ==, n_threads);
}

static void
test_is_fed_to_a_thread_stage_by_a_thread (void)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 3);
  g_autoptr(PlStage) added = pl_sync_map (numbers, check_other_thread, g_thread_self (), NULL);
  g_autoptr(PlStage) again = pl_thread_map (added, pl_test_add1, NULL, NULL);

  pl_test_assert_ints (again, "2 3 4");
}

static void
test_makes_an_element_when_it_is_taken (void)
{
  PlTestCounts counts = { 0 };
  g_autoptr(PlStage) endless = pl_source_new_for_func (pl_test_count_up, &counts, NULL);
  g_autoptr(PlStage) added = pl_sync_map (endless, pl_test_add1, &counts, NULL);
  g_autoptr(PlIterator) iterator = pl_stage_iterate (added);
  guint n;

  for (int i = 1; i < 10; i++)
    {
      pl_test_take_int (iterator);
      g_assert_cmpint (counts.calls, ==, 2 * i);
    }

  /* In bulk too: an element that is made does not wait for another. */
  g_assert_nonnull (pl_iterator_next_values (iterator, 64, &n, NULL, NULL));
  g_assert_cmpuint (n, ==, 1);
}

static void
test_is_run_by_each_consumer_on_its_own (void)
{
  PlTestCounts counts = { 0 };
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 3);
  g_autoptr(PlStage) added = pl_sync_map (numbers, pl_test_add1, &counts, NULL);
  g_autoptr(PlStage) all = pl_thread_concat ((PlStage *[]) { added, added }, 2);

  pl_test_assert_sorted_ints (all, "1 1 2 2 3 3");
  g_assert_cmpint (counts.calls, ==, 6);
}

static void
test_ignores_its_number_of_workers (void)
{
  PlTestCounts counts = { 0 };
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 3);
  g_autoptr(PlStage) added = pl_sync_map (numbers, pl_test_add1, NULL, NULL);

  pl_stage_set_on_start (added, pl_test_on_start, &counts, NULL);
  pl_stage_set_workers (added, 7);
  pl_test_assert_ints (added, "1 2 3");
  pl_stage_set_workers (added, 0);
  pl_test_assert_ints (added, "1 2 3");
  g_assert_cmpint (counts.starts, ==, 2);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);

#define ADD(name, func) g_test_add_func ("/sync-worker/" name, func)
  ADD ("runs-on-the-thread-that-takes", test_runs_on_the_thread_that_takes);
  ADD ("starts-no-thread-for-itself", test_starts_no_thread_for_itself);
  ADD ("is-fed-to-a-thread-stage-by-a-thread", test_is_fed_to_a_thread_stage_by_a_thread);
  ADD ("makes-an-element-when-it-is-taken", test_makes_an_element_when_it_is_taken);
  ADD ("is-run-by-each-consumer-on-its-own", test_is_run_by_each_consumer_on_its_own);
  ADD ("ignores-its-number-of-workers", test_ignores_its_number_of_workers);

  return pl_test_run ();
}
