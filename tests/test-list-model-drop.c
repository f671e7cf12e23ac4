/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-list.h"

/* How a model goes: when, where and by whom its last reference is dropped, or it is disposed. */

static void
test_unreferenced_model_is_freed (const PlTestKind *kind)
{
  for (guint n_items = 0; n_items < 2; n_items++)
    {
      PlTestCounts counts = { 0 };
      PlStage *endless = pl_test_make_endless (kind, &counts);
      GListModel *list = pl_stage_to_list_model (endless);

      pl_test_iterate_until_filled (list, n_items);
      g_assert_finalize_object (list);
      if (kind->answers_task)
        pl_test_iterate_while_ready ();
      g_assert_false (g_main_context_pending (NULL));

      g_object_unref (endless);
      g_assert_cmpint (counts.frees, ==, 1);
    }
}

static void
test_disposing_cancels_the_run (const PlTestKind *kind)
{
  PlTestCounts counts = { 0 };
  g_autoptr(PlStage) endless = pl_test_make_endless (kind, &counts);
  guint n_threads = pl_test_count_threads ();
  GListModel *list = pl_stage_to_list_model (endless);
  int calls;

  pl_test_iterate_until_filled (list, 1);
  g_object_unref (list);
  g_assert_cmpint (counts.starts, ==, 1);
  g_assert_cmpint (counts.dones, ==, 1);
  pl_test_wait_for_threads (n_threads);

  calls = counts.calls;
  pl_test_iterate_while_ready ();
  g_assert_cmpint (counts.calls, ==, calls);
}

static void
test_disposing_wakes_functions (void)
{
  PlTestCounts counts = { 0 };
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 1);
  g_autoptr(PlStage) waiting = pl_thread_map (numbers, pl_test_wait_until_cancelled, &counts, NULL);
  GListModel *list = pl_stage_to_list_model (waiting);

  pl_test_wait_for (&counts.calls, 1);
  g_object_unref (list);
}

static void
test_disposed_model_tells_nothing (const PlTestKind *kind)
{
  PlTestCounts counts = { 0 };
  g_autoptr(PlStage) endless = pl_test_make_endless (kind, &counts);
  g_autoptr(GListModel) list = pl_stage_to_list_model (endless);
  PlTestTold told = { 0 };

  pl_test_iterate_until_filled (list, 1);
  g_object_run_dispose (G_OBJECT (list));
  pl_test_listen (list, &told);
  pl_test_iterate_while_ready ();
  g_assert_cmpuint (told.n_batches, ==, 0);
  g_assert_cmpuint (told.n_notified_pending, ==, 0);
  g_assert_cmpuint (g_list_model_get_n_items (list), ==, 0);
  g_assert_false (pl_list_model_get_pending (PL_LIST_MODEL (list)));
}

static void
drop_cb (GListModel *list, guint position, guint removed, guint added, gpointer user_data)
{
  g_object_unref (list);
}

static void
test_model_may_be_dropped_when_it_tells (const PlTestKind *kind)
{
  PlTestCounts counts = { 0 };
  g_autoptr(PlStage) endless = pl_test_make_endless (kind, &counts);
  GListModel *list = pl_stage_to_list_model (endless);

  g_signal_connect (list, "items-changed", G_CALLBACK (drop_cb), NULL);
  g_object_add_weak_pointer (G_OBJECT (list), (gpointer *) &list);
  while (list != NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (counts.dones, ==, 1);

  /* A task that is answered late keeps the function's data until then. */
  pl_test_iterate_while_ready ();
}

typedef struct
{
  GListModel *list;
  void (*drop) (gpointer object);
  PlTestCounts counts;
} PlTestDrop;

static gboolean
drop_model (const GValue *element, PlWorker *worker, gpointer user_data, GError **error)
{
  PlTestDrop *drop = user_data;

  if (drop->counts.calls++ == 3)
    drop->drop (drop->list);
  g_assert_cmpint (drop->counts.dones, ==, 0);
  return TRUE;
}

static void
check_dropping_in_a_function (void (*func) (gpointer object))
{
  PlTestCounts counts = { 0 };
  g_autoptr(PlStage) endless = pl_source_new_for_func (pl_test_count_up, &counts, NULL);
  PlTestDrop drop = { .drop = func };
  PlTestTold told = { 0 };
  g_autoptr(PlStage) dropping = pl_sync_each (endless, drop_model, &drop, NULL);
  g_autoptr(PlStage) both = pl_sync_concat ((PlStage *[]) { endless, dropping }, 2);

  pl_stage_set_on_done (dropping, pl_test_on_done, &drop.counts, NULL);
  drop.list = pl_stage_to_list_model (both);
  pl_test_listen (drop.list, &told);
  while (drop.counts.dones == 0)
    g_main_context_iteration (NULL, TRUE);
  pl_test_iterate_while_ready ();
  g_assert_cmpint (drop.counts.dones, ==, 1);
}

static void
test_model_may_be_dropped_in_a_function (void)
{
  check_dropping_in_a_function (g_object_unref);
}

static void
dispose_model (gpointer object)
{
  g_object_run_dispose (object);
  g_assert_cmpuint (g_list_model_get_n_items (object), ==, 0);
  g_object_unref (object);
}

static void
test_model_may_be_disposed_in_a_function (void)
{
  check_dropping_in_a_function (dispose_model);
}

static gpointer
drop_thread (gpointer data)
{
  PlTestDrop *drop = data;

  g_object_unref (drop->list);
  g_atomic_int_inc (&drop->counts.frees);
  return NULL;
}

/* The reference goes while the context may be filling the model. */
static void
test_model_may_be_dropped_on_any_thread (const PlTestKind *kind)
{
  for (guint round = 0; round < pl_test_rounds (100); round++)
    {
      PlTestCounts counts = { 0 };
      g_autoptr(PlStage) endless = pl_test_make_endless (kind, &counts);
      PlTestDrop drop = { .list = pl_stage_to_list_model (endless) };
      GThread *thread = g_thread_new ("drop", drop_thread, &drop);

      while (g_atomic_int_get (&drop.counts.frees) == 0)
        g_main_context_iteration (NULL, FALSE);
      g_thread_join (thread);
      pl_test_iterate_while_ready ();
      g_assert_cmpint (counts.dones, ==, counts.starts);
    }
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);

#define ADD(name, func) pl_test_add ("/list-model/" name, func)
#define ADD_ONE(name, func) g_test_add_func ("/list-model/" name, func)
  ADD ("an-unreferenced-model-is-freed", test_unreferenced_model_is_freed);
  ADD ("disposing-cancels-the-run", test_disposing_cancels_the_run);
  ADD_ONE ("disposing-wakes-functions/thread", test_disposing_wakes_functions);
  ADD ("a-disposed-model-tells-nothing", test_disposed_model_tells_nothing);
  ADD ("may-be-dropped-when-it-tells", test_model_may_be_dropped_when_it_tells);
  ADD_ONE ("may-be-dropped-in-a-function/sync", test_model_may_be_dropped_in_a_function);
  ADD_ONE ("may-be-disposed-in-a-function/sync", test_model_may_be_disposed_in_a_function);
  ADD ("may-be-dropped-on-any-thread", test_model_may_be_dropped_on_any_thread);

  return pl_test_run ();
}
