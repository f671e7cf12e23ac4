/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-kept.h"
#include "pl-test-list.h"
#include "pl-test-place.h"

/* Which thread and which main context task functions, and what they start, run on. */

/* The starter's own context. */

static void
test_starters_private_context (void)
{
  g_autoptr(GMainContext) context = g_main_context_new ();
  g_auto(PlTestPlace) place = { NULL };

  g_main_context_push_thread_default (context);
  {
    g_autoptr(PlStage) stage = NULL;

    place = pl_test_place_get ();
    stage = pl_test_place_make_stage (pl_test_take_steps, &place);
    pl_test_assert_sorted_ints (stage, "1 2 3 4 5");
  }
  g_main_context_pop_thread_default (context);

  pl_test_place_assert_all_steps (&place, 1);
}

/* There is no main loop: whoever waits iterates the context. */
static void
test_blocking_calls_need_no_loop (void)
{
  g_auto(PlTestPlace) place = pl_test_place_get ();
  g_autoptr(PlStage) stage = pl_test_place_make_stage (pl_test_take_steps, &place);
  g_autoptr(PlIterator) iterator = NULL;
  g_autoptr(GError) error = NULL;

  g_assert_true (place.context == g_main_context_default ());
  g_assert_true (pl_stage_run (stage, NULL, &error));
  g_assert_no_error (error);

  pl_test_assert_sorted_ints (stage, "1 2 3 4 5");

  iterator = pl_stage_iterate (stage);
  g_assert_cmpint (pl_test_drain (iterator), ==, PL_TEST_PLACE_SUM);

  pl_test_place_assert_all_steps (&place, 3);
}

static gboolean
drain_idle (gpointer user_data)
{
  PlTestPlace *place = user_data;
  g_autoptr(PlStage) stage = pl_test_place_make_stage (pl_test_take_steps, place);

  pl_test_assert_sorted_ints (stage, "1 2 3 4 5");
  place->is_ready = TRUE;
  return G_SOURCE_REMOVE;
}

/* What else there is on the loop goes on meanwhile. */
static void
test_blocking_inside_of_a_loop (void)
{
  g_auto(PlTestPlace) place = pl_test_place_get ();
  guint n = 0;
  guint id;

  g_idle_add_full (G_PRIORITY_HIGH, drain_idle, &place, NULL);
  id = g_idle_add (pl_test_count_cb, &n);
  g_assert_true (g_main_context_iteration (NULL, TRUE));

  g_assert_true (place.is_ready);
  g_assert_cmpuint (n, >, 0);
  pl_test_place_assert_all_steps (&place, 1);
  g_source_remove (id);
}

static void
collected_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  PlTestPlace *place = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GArray) values = pl_stage_collect_finish (PL_STAGE (object), result, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (values->len, ==, PL_TEST_PLACE_ELEMENTS);
  pl_test_place_check (place);
  place->is_ready = TRUE;
}

static gboolean
collect_idle (gpointer user_data)
{
  g_autoptr(PlStage) stage = pl_test_place_make_stage (pl_test_take_steps, user_data);

  pl_stage_collect_async (stage, NULL, collected_cb, user_data);
  return G_SOURCE_REMOVE;
}

static void
test_starter_inside_of_a_dispatch (void)
{
  g_auto(PlTestPlace) place = pl_test_place_get ();

  g_idle_add (collect_idle, &place);
  while (!place.is_ready)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (place.dones, ==, 1);
}

static gpointer
private_thread (gpointer data)
{
  g_autoptr(GMainContext) context = g_main_context_new ();

  g_main_context_push_thread_default (context);
  {
    g_auto(PlTestPlace) place = pl_test_place_get ();
    g_autoptr(PlStage) stage = pl_test_place_make_stage (pl_test_take_steps, &place);

    pl_test_assert_sorted_ints (stage, "1 2 3 4 5");
    pl_test_place_assert_all_steps (&place, 1);
  }
  g_main_context_pop_thread_default (context);
  return NULL;
}

/* Another thread has the default context, which is nothing to one that has its own. */
static void
test_threads_private_context (void)
{
  g_assert_true (g_main_context_acquire (NULL));
  g_thread_join (g_thread_new ("starter", private_thread, NULL));
  g_main_context_release (NULL);
}

/* There is always an element to take, so that nobody ever waits; those of the task stage come all
 * the same. */
static void
test_taking_without_waiting (void)
{
  g_auto(PlTestPlace) place = pl_test_place_get ();
  g_autoptr(PlStage) endless = pl_source_new_range (PL_TEST_PLACE_ELEMENTS + 1, G_MAXINT);
  g_autoptr(PlStage) stage = pl_test_place_make_stage (pl_test_take_steps, &place);
  PlStage *both[] = { endless, stage };
  g_autoptr(PlStage) joined = pl_sync_concat (both, 2);
  g_autoptr(PlIterator) iterator = pl_stage_iterate (joined);
  g_auto(GValue) value = G_VALUE_INIT;

  for (guint n = 0; n < PL_TEST_PLACE_ELEMENTS;)
    {
      g_assert_true (pl_iterator_next (iterator, &value, NULL, NULL));
      n += g_value_get_int (&value) <= PL_TEST_PLACE_ELEMENTS;
    }
  pl_iterator_close (iterator);
  pl_test_place_assert_all_steps (&place, 1);
}

/* A sync stage never comes to an element to pass on; those of the task stage come all the same. */
static void
test_taking_what_never_comes (void)
{
  g_auto(PlTestPlace) place = pl_test_place_get ();
  g_autoptr(PlStage) endless = pl_source_new_range (0, G_MAXINT);
  g_autoptr(PlStage) nothing = pl_sync_filter (endless, pl_test_keep_none, NULL, NULL);
  g_autoptr(PlStage) stage = pl_test_place_make_stage (pl_test_take_steps, &place);
  PlStage *both[] = { nothing, stage };
  g_autoptr(PlStage) joined = pl_sync_concat (both, 2);
  g_autoptr(PlIterator) iterator = pl_stage_iterate (joined);

  for (guint n = 0; n < PL_TEST_PLACE_ELEMENTS; n++)
    pl_test_take_int (iterator);
  pl_iterator_close (iterator);
  pl_test_place_assert_all_steps (&place, 1);
}

/* The library's context. */

static gpointer
collect_thread (gpointer data)
{
  g_autoptr(PlStage) stage = pl_test_place_make_stage (pl_test_take_no_steps, data);

  pl_test_assert_sorted_ints (stage, "1 2 3 4 5");
  return NULL;
}

/* The main thread has the default context, and does not iterate it. */
static void
test_background_context (void)
{
  g_auto(PlTestPlace) place = { NULL };
  guint n_threads = pl_test_count_threads ();

  g_assert_true (g_main_context_acquire (NULL));
  for (guint run = 1; run <= 3; run++)
    {
      g_thread_join (g_thread_new ("starter", collect_thread, &place));

      g_assert_cmpint (place.dones, ==, run);
      g_assert_true (place.thread != g_thread_self ());
      g_assert_true (place.context != g_main_context_default ());
      pl_test_wait_for_threads (n_threads + 1);

      /* The thread of the context lets go of the run last. */
      pl_test_wait_for (&place.frees, run);
    }
  g_main_context_release (NULL);
}

/* Runs next to each other. */

static void
test_list_model_of_task_stages (void)
{
  g_auto(PlTestPlace) place = pl_test_place_get ();
  g_autoptr(PlStage) first = pl_test_place_make_stage (pl_test_take_steps, &place);
  g_autoptr(PlStage) second = pl_task_map (first, pl_test_take_steps, &place, NULL);
  g_autoptr(GListModel) list = pl_stage_to_list_model (second);

  pl_test_iterate_until_ended (list);
  g_assert_no_error (pl_list_model_get_error (PL_LIST_MODEL (list)));
  g_assert_cmpuint (g_list_model_get_n_items (list), ==, PL_TEST_PLACE_ELEMENTS);
  g_assert_cmpint (place.steps, ==, 2 * PL_TEST_PLACE_CHECKS + 2);
}

/* Runs a whole pipeline for each element, on the same context. */
static void
run_another (const GValue *element, GTask *task, PlWorker *worker, gpointer user_data)
{
  g_autoptr(PlStage) stage = pl_test_place_make_stage (pl_test_take_steps, user_data);

  pl_test_assert_sorted_ints (stage, "1 2 3 4 5");
  g_assert_true (pl_worker_get_current () == worker);
  pl_test_return_int (task, g_value_get_int (element) + 1);
}

static void
test_function_waits_for_another_run (gconstpointer data)
{
  guint workers = GPOINTER_TO_UINT (data);
  g_auto(PlTestPlace) place = pl_test_place_get ();
  g_autoptr(PlStage) stage = pl_test_place_make_stage (run_another, &place);

  pl_stage_set_workers (stage, workers);
  pl_test_assert_sorted_ints (stage, "1 2 3 4 5");
  g_assert_cmpint (place.steps, ==, PL_TEST_PLACE_ELEMENTS * (PL_TEST_PLACE_CHECKS + 2) + 2);
  g_assert_cmpint (place.dones, ==, PL_TEST_PLACE_ELEMENTS + 1);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);

  g_test_add_func ("/context/starters-private-context", test_starters_private_context);
  g_test_add_func ("/context/blocking-calls-need-no-loop", test_blocking_calls_need_no_loop);
  g_test_add_func ("/context/blocking-inside-of-a-loop", test_blocking_inside_of_a_loop);
  g_test_add_func ("/context/taking-without-waiting", test_taking_without_waiting);
  g_test_add_func ("/context/taking-what-never-comes", test_taking_what_never_comes);
  g_test_add_func ("/context/starter-inside-of-a-dispatch", test_starter_inside_of_a_dispatch);
  g_test_add_func ("/context/threads-private-context", test_threads_private_context);
  g_test_add_func ("/context/background-context", test_background_context);
  g_test_add_func ("/context/list-model-of-task-stages", test_list_model_of_task_stages);
  g_test_add_data_func ("/context/function-waits-for-another-run/one-worker", GUINT_TO_POINTER (1),
                        test_function_waits_for_another_run);
  g_test_add_data_func ("/context/function-waits-for-another-run/two-workers",
                        GUINT_TO_POINTER (2), test_function_waits_for_another_run);

  return pl_test_run ();
}
