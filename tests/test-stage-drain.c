/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-util.h"

/* Whole runs: run, collect, pl_run(). */

typedef struct
{
  GAsyncResult *result;
} PlTestAsync;

static void
ready_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  PlTestAsync *test = user_data;

  test->result = g_object_ref (result);
}

static GAsyncResult *
wait_for_result (PlTestAsync *test)
{
  while (test->result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return g_steal_pointer (&test->result);
}

static void
test_run_drops_what_it_gives (const PlTestKind *kind)
{
  PlTestCounts *counts = pl_test_new_shared (PlTestCounts);
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 1000);
  g_autoptr(PlStage) added = kind->map (numbers, pl_test_add1, counts, NULL);
  g_autoptr(GError) error = NULL;

  g_assert_true (pl_stage_run (added, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpint (counts->calls, ==, 1000);
}

static void
test_run_async_completes (const PlTestKind *kind)
{
  PlTestCounts *counts = pl_test_new_shared (PlTestCounts);
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 1000);
  g_autoptr(PlStage) added = kind->map (numbers, pl_test_add1, counts, NULL);
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;
  PlTestAsync test = { NULL };

  pl_stage_run_async (added, NULL, ready_cb, &test);
  result = wait_for_result (&test);
  g_assert_true (pl_stage_run_finish (added, result, &error));
  g_assert_no_error (error);
  g_assert_cmpint (counts->calls, ==, 1000);
}

static void
test_run_async_tells_the_error (const PlTestKind *kind)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 1000);
  g_autoptr(PlStage) failing = kind->map (numbers, pl_test_fail, GINT_TO_POINTER (500), NULL);
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;
  PlTestAsync test = { NULL };

  pl_stage_run_async (failing, NULL, ready_cb, &test);
  result = wait_for_result (&test);
  g_assert_false (pl_stage_run_finish (failing, result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
}

static void
test_cancelling_run_async_ends_it (void)
{
  PlTestCounts counts = { 0 };
  g_autoptr(PlStage) endless = pl_source_new_for_func (pl_test_count_up, &counts, NULL);
  g_autoptr(PlStage) added = pl_thread_map (endless, pl_test_add1, NULL, NULL);
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;
  PlTestAsync test = { NULL };

  pl_stage_set_maxsize (added, 8);
  pl_stage_run_async (added, cancellable, ready_cb, &test);
  while (g_atomic_int_get (&counts.calls) < 100)
    g_main_context_iteration (NULL, TRUE);
  g_cancellable_cancel (cancellable);
  result = wait_for_result (&test);
  g_assert_false (pl_stage_run_finish (added, result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
test_collect_async_gives_all (const PlTestKind *kind)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 1000);
  g_autoptr(PlStage) added = kind->map (numbers, pl_test_add1, NULL, NULL);
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GArray) values = NULL;
  g_autoptr(GError) error = NULL;
  PlTestAsync test = { NULL };

  pl_stage_collect_async (added, NULL, ready_cb, &test);
  result = wait_for_result (&test);
  values = pl_stage_collect_finish (added, result, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (values->len, ==, 1000);
  for (guint i = 0; i < values->len; i++)
    g_assert_cmpint (g_value_get_int (&g_array_index (values, GValue, i)), ==, i + 1);
}

static void
test_collect_tells_the_error (const PlTestKind *kind)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 1000);
  g_autoptr(PlStage) failing = kind->map (numbers, pl_test_fail, GINT_TO_POINTER (500), NULL);
  g_autoptr(GError) error = NULL;

  g_assert_null (pl_stage_collect (failing, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
}

static void
test_cancelled_collect_is_an_error (const PlTestKind *kind)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 1000);
  g_autoptr(PlStage) added = kind->map (numbers, pl_test_add1, NULL, NULL);
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(GError) error = NULL;

  g_cancellable_cancel (cancellable);
  g_assert_null (pl_stage_collect (added, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
test_pl_run_drains_none_one_or_many (const PlTestKind *kind)
{
  PlTestCounts *a_counts = pl_test_new_shared (PlTestCounts);
  PlTestCounts *b_counts = pl_test_new_shared (PlTestCounts);
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 100);
  g_autoptr(PlStage) a = kind->map (numbers, pl_test_add1, a_counts, NULL);
  g_autoptr(PlStage) b = kind->map (numbers, pl_test_add1, b_counts, NULL);
  g_autoptr(GError) error = NULL;

  g_assert_true (pl_run (NULL, 0, NULL, &error));
  g_assert_true (pl_run ((PlStage *[]) { a }, 1, NULL, &error));
  g_assert_true (pl_run ((PlStage *[]) { a, b }, 2, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpint (a_counts->calls, ==, 200);
  g_assert_cmpint (b_counts->calls, ==, 100);
}

static void
test_pl_run_tells_the_error_of_any (const PlTestKind *kind)
{
  PlTestCounts counts = { 0 };
  g_autoptr(PlStage) endless = pl_source_new_for_func (pl_test_count_up, &counts, NULL);
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 100);
  g_autoptr(PlStage) added = kind->map (endless, pl_test_add1, NULL, NULL);
  g_autoptr(PlStage) failing = kind->map (numbers, pl_test_fail, GINT_TO_POINTER (50), NULL);
  g_autoptr(GError) error = NULL;

  pl_stage_set_maxsize (added, 4);
  g_assert_false (pl_run ((PlStage *[]) { added, failing }, 2, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);

#define ADD(name, func) pl_test_add_anywhere ("/stage-drain/" name, func)
  ADD ("run-drops-what-it-gives", test_run_drops_what_it_gives);
  ADD ("run-async-completes", test_run_async_completes);
  ADD ("run-async-tells-the-error", test_run_async_tells_the_error);
  g_test_add_func ("/stage-drain/cancelling-run-async-ends-it/thread",
                   test_cancelling_run_async_ends_it);
  ADD ("collect-async-gives-all", test_collect_async_gives_all);
  ADD ("collect-tells-the-error", test_collect_tells_the_error);
  ADD ("cancelled-collect-is-an-error", test_cancelled_collect_is_an_error);
  ADD ("pl-run-drains-none-one-or-many", test_pl_run_drains_none_one_or_many);
  ADD ("pl-run-tells-the-error-of-any", test_pl_run_tells_the_error_of_any);

  return pl_test_run ();
}
