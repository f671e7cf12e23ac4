/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-list.h"

static void
assert_cancelled (GListModel *list)
{
  const GError *error = pl_list_model_get_error (PL_LIST_MODEL (list));

  g_assert_false (pl_list_model_get_pending (PL_LIST_MODEL (list)));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpstr (error->message, ==, "The list model has been cancelled");
}

static void
test_items_stay_and_no_more_come (const PlTestKind *kind)
{
  for (guint n_items = 0; n_items < 2; n_items++)
    {
      PlTestCounts counts = { 0 };
      g_autoptr(PlStage) endless = pl_test_make_endless (kind, &counts);
      guint n_threads = pl_test_count_threads ();
      g_autoptr(GListModel) list = pl_stage_to_list_model (endless);
      guint n_before;

      pl_test_iterate_until_filled (list, n_items);
      n_before = g_list_model_get_n_items (list);
      pl_list_model_cancel (PL_LIST_MODEL (list));
      pl_test_iterate_until_ended (list);
      assert_cancelled (list);
      g_assert_cmpuint (g_list_model_get_n_items (list), ==, n_before);
      g_assert_cmpint (counts.dones, ==, counts.starts);
      pl_test_wait_for_threads (n_threads);
      pl_test_iterate_while_ready ();
    }
}

static void
test_the_end_is_told_once (const PlTestKind *kind)
{
  PlTestCounts counts = { 0 };
  g_autoptr(PlStage) endless = pl_test_make_endless (kind, &counts);
  g_autoptr(GListModel) list = pl_stage_to_list_model (endless);
  PlTestTold told = { 0 };

  pl_test_iterate_until_filled (list, 1);
  told.n_items = g_list_model_get_n_items (list);
  pl_test_listen (list, &told);
  pl_list_model_cancel (PL_LIST_MODEL (list));
  pl_list_model_cancel (PL_LIST_MODEL (list));
  g_assert_cmpuint (told.n_notified_pending, ==, 0);
  pl_test_iterate_until_ended (list);
  pl_test_iterate_while_ready ();
  g_assert_cmpuint (told.n_notified_pending, ==, 1);
  g_assert_cmpuint (told.n_notified_errors, ==, 1);
}

/* Comes to its end when the test says so, however often it has been cancelled. */
static gboolean
ignore_cancel (const GValue *element, PlWorker *worker, gpointer user_data, GError **error)
{
  PlTestCounts *counts = user_data;

  g_atomic_int_inc (&counts->calls);
  pl_test_wait_for (&counts->frees, 1);
  return TRUE;
}

static void
test_it_does_not_wait (void)
{
  PlTestCounts counts = { 0 };
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 1);
  g_autoptr(PlStage) stubborn = pl_thread_each (numbers, ignore_cancel, &counts, NULL);
  g_autoptr(GListModel) list = pl_stage_to_list_model (stubborn);

  pl_test_wait_for (&counts.calls, 1);
  pl_list_model_cancel (PL_LIST_MODEL (list));
  pl_test_iterate_while_ready ();
  g_assert_true (pl_list_model_get_pending (PL_LIST_MODEL (list)));

  g_atomic_int_set (&counts.frees, 1);
  pl_test_iterate_until_ended (list);
  assert_cancelled (list);
}

static void
test_functions_are_told (void)
{
  PlTestCounts counts = { 0 };
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 1);
  g_autoptr(PlStage) waiting = pl_thread_map (numbers, pl_test_wait_until_cancelled, &counts, NULL);
  g_autoptr(GListModel) list = pl_stage_to_list_model (waiting);

  pl_test_wait_for (&counts.calls, 1);
  pl_list_model_cancel (PL_LIST_MODEL (list));
  pl_test_iterate_until_ended (list);
  assert_cancelled (list);
}

static void
cancel_cb (GListModel *list, guint position, guint removed, guint added, gpointer user_data)
{
  pl_list_model_cancel (PL_LIST_MODEL (list));
}

static void
test_may_be_cancelled_when_it_tells (const PlTestKind *kind)
{
  PlTestCounts counts = { 0 };
  g_autoptr(PlStage) endless = pl_test_make_endless (kind, &counts);
  g_autoptr(GListModel) list = pl_stage_to_list_model (endless);

  g_signal_connect (list, "items-changed", G_CALLBACK (cancel_cb), NULL);
  pl_test_iterate_until_ended (list);
  assert_cancelled (list);
  pl_test_iterate_while_ready ();
}

static gboolean
cancel_model (const GValue *element, PlWorker *worker, gpointer user_data, GError **error)
{
  pl_list_model_cancel (*(PlListModel **) user_data);
  return TRUE;
}

static void
test_may_be_cancelled_in_a_function (void)
{
  g_autoptr(GListModel) list = NULL;
  PlTestCounts counts = { 0 };
  g_autoptr(PlStage) endless = pl_source_new_for_func (pl_test_count_up, &counts, NULL);
  g_autoptr(PlStage) cancelling = pl_sync_each (endless, cancel_model, &list, NULL);

  list = pl_stage_to_list_model (cancelling);
  pl_test_iterate_until_ended (list);
  assert_cancelled (list);
}

static void
test_nothing_happens_after_the_end (const PlTestKind *kind)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 3);
  g_autoptr(PlStage) added = kind->map (numbers, pl_test_add1, NULL, NULL);
  g_autoptr(GListModel) list = pl_stage_to_list_model (added);

  pl_test_iterate_until_ended (list);
  pl_list_model_cancel (PL_LIST_MODEL (list));
  pl_test_iterate_while_ready ();
  g_assert_null (pl_list_model_get_error (PL_LIST_MODEL (list)));
  g_assert_cmpuint (g_list_model_get_n_items (list), ==, 3);
}

/* The first error wins, and a cancel behind it is none. */
static void
test_an_error_before_it_stays (void)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 10);
  g_autoptr(PlStage) failing = pl_thread_map (numbers, pl_test_fail, GINT_TO_POINTER (0), NULL);
  guint n_threads = pl_test_count_threads ();
  g_autoptr(GListModel) list = pl_stage_to_list_model (failing);

  pl_test_wait_for_threads (n_threads);
  pl_list_model_cancel (PL_LIST_MODEL (list));
  pl_test_iterate_until_ended (list);
  g_assert_error (pl_list_model_get_error (PL_LIST_MODEL (list)), G_IO_ERROR, G_IO_ERROR_NO_SPACE);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);

#define ADD(name, func) pl_test_add ("/list-model-cancel/" name, func)
#define ADD_ONE(name, func) g_test_add_func ("/list-model-cancel/" name, func)
  ADD ("items-stay-and-no-more-come", test_items_stay_and_no_more_come);
  ADD ("the-end-is-told-once", test_the_end_is_told_once);
  ADD_ONE ("it-does-not-wait/thread", test_it_does_not_wait);
  ADD_ONE ("functions-are-told/thread", test_functions_are_told);
  ADD ("may-be-cancelled-when-it-tells", test_may_be_cancelled_when_it_tells);
  ADD_ONE ("may-be-cancelled-in-a-function/sync", test_may_be_cancelled_in_a_function);
  ADD ("nothing-happens-after-the-end", test_nothing_happens_after_the_end);
  ADD_ONE ("an-error-before-it-stays/thread", test_an_error_before_it_stays);

  return pl_test_run ();
}
