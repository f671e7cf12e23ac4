/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-place.h"
#include "pl-test-task.h"

/* Runs whose elements are taken on other threads than the one that has started them. */

/* Only the loop runs functions; who waits for elements just waits. */
static void
test_loop_runs_elsewhere (void)
{
  g_auto(PlTestPlace) place = { NULL };
  g_autoptr(PlStage) stage = pl_test_place_make_stage (pl_test_take_steps, &place);
  g_autoptr(PlIterator) iterator = NULL;
  g_auto(PlTestOwner) owner = { 0 };

  pl_test_owner_start (&owner);
  pl_test_place_set_owner (&place, &owner);

  iterator = pl_test_owner_iterate (&owner, stage);
  g_assert_cmpint (pl_test_drain (iterator), ==, PL_TEST_PLACE_SUM);
  pl_test_place_assert_all_steps (&place, 1);
}

/* Whoever waits iterates the context, and it is its default one then. */
static void
test_next_on_another_thread (void)
{
  g_autoptr(GMainContext) context = g_main_context_new ();
  g_auto(PlTestPlace) place = { NULL };
  g_autoptr(PlStage) stage = pl_test_place_make_stage (pl_test_take_steps, &place);
  g_autoptr(PlIterator) iterator = NULL;
  GThread *thread;

  g_main_context_push_thread_default (context);
  iterator = pl_stage_iterate (stage);
  g_main_context_pop_thread_default (context);

  thread = g_thread_new ("consumer", pl_test_drain_thread, iterator);
  g_assert_cmpint (GPOINTER_TO_INT (g_thread_join (thread)), ==, PL_TEST_PLACE_SUM);
  g_assert_true (place.context == context);
  g_assert_true (place.thread == thread);
  pl_test_place_assert_all_steps (&place, 1);
}

/* Answered from an idle source: whoever iterates the context has the others wait. */
static PlStage *
make_later_stage (int n_elements)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, n_elements);

  return pl_test_task_later.map (numbers, pl_test_add1, NULL, NULL);
}

/* Threads that wait for runs on one context take turns in iterating it, and whoever leaves wakes
 * the next one. */
static void
test_threads_wait_on_one_context (gconstpointer data)
{
  enum { N_THREADS = 3 };
  g_autoptr(GMainContext) context = data != NULL ? g_main_context_new () : NULL;

  for (guint round = 0; round < pl_test_rounds (2000); round++)
    {
      PlIterator *iterators[N_THREADS];
      GThread *threads[N_THREADS];

      if (context != NULL)
        g_main_context_push_thread_default (context);
      for (guint i = 0; i < N_THREADS; i++)
        {
          g_autoptr(PlStage) stage = make_later_stage (1 + (round + i) % 4);

          iterators[i] = pl_stage_iterate (stage);
        }
      if (context != NULL)
        g_main_context_pop_thread_default (context);

      for (guint i = 0; i < N_THREADS; i++)
        threads[i] = g_thread_new ("consumer", pl_test_drain_thread, iterators[i]);
      for (guint i = 0; i < N_THREADS; i++)
        {
          int n = 1 + (round + i) % 4;

          g_assert_cmpint (GPOINTER_TO_INT (g_thread_join (threads[i])), ==, n * (n + 1) / 2);
          g_object_unref (iterators[i]);
        }
    }
}

static void
next_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  PlTestPlace *place = user_data;
  g_autoptr(GError) error = NULL;
  g_auto(GValue) value = G_VALUE_INIT;

  pl_test_place_check (place);
  if (pl_iterator_next_finish (PL_ITERATOR (object), result, &value, &error))
    pl_iterator_next_async (PL_ITERATOR (object), NULL, next_cb, place);
  else
    place->is_ready = TRUE;
  g_assert_no_error (error);
}

/* The functions run on the run's context, and the caller of each call is told on its own. */
static void
test_completions_come_to_the_caller (void)
{
  g_autoptr(GMainContext) context = g_main_context_new ();
  g_auto(PlTestPlace) place = { NULL };
  g_auto(PlTestPlace) caller = { NULL };
  g_autoptr(PlStage) stage = pl_test_place_make_stage (pl_test_take_steps, &place);
  g_autoptr(PlIterator) iterator = NULL;
  g_auto(PlTestOwner) owner = { 0 };

  pl_test_owner_start (&owner);
  pl_test_place_set_owner (&place, &owner);
  iterator = pl_test_owner_iterate (&owner, stage);

  g_main_context_push_thread_default (context);
  caller = pl_test_place_get ();
  pl_iterator_next_async (iterator, NULL, next_cb, &caller);
  while (!caller.is_ready)
    g_main_context_iteration (context, TRUE);
  g_main_context_pop_thread_default (context);

  g_assert_cmpint (caller.steps, ==, PL_TEST_PLACE_ELEMENTS + 1);
  pl_test_place_assert_all_steps (&place, 1);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);

  g_test_add_func ("/context-threads/loop-runs-elsewhere", test_loop_runs_elsewhere);
  g_test_add_func ("/context-threads/next-on-another-thread", test_next_on_another_thread);
  g_test_add_data_func ("/context-threads/threads-wait-on-one-context/default", NULL,
                        test_threads_wait_on_one_context);
  g_test_add_data_func ("/context-threads/threads-wait-on-one-context/private", "private",
                        test_threads_wait_on_one_context);
  g_test_add_func ("/context-threads/completions-come-to-the-caller",
                   test_completions_come_to_the_caller);

  return pl_test_run ();
}
