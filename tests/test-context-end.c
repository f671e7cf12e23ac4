/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-kept.h"
#include "pl-test-list.h"
#include "pl-test-place.h"
#include "pl-test-thread.h"

/* How runs of task stages end: by other threads, by their own functions, and with a context that
 * nobody iterates any more. */

/* Closing waits for what ends on the loop's thread; dropping does not. */
static void
test_another_thread_ends_the_run (gconstpointer data)
{
  gboolean closes = data != NULL;

  for (guint round = 0; round < pl_test_rounds (100); round++)
    {
      g_auto(PlTestPlace) place = { NULL };
      g_autoptr(PlStage) stage = pl_test_make_endless_task (pl_test_take_steps, &place);
      g_auto(PlTestOwner) owner = { 0 };
      PlIterator *iterator;

      pl_stage_set_on_start (stage, pl_test_place_on_start, &place, NULL);
      pl_stage_set_on_done (stage, pl_test_place_on_done, &place, NULL);
      pl_test_owner_start (&owner);
      pl_test_place_set_owner (&place, &owner);
      iterator = pl_test_owner_iterate (&owner, stage);
      pl_test_wait_for (&place.steps, 1 + round % 8);

      g_thread_join (g_thread_new ("end", closes ? pl_test_close_thread : pl_test_drop_thread,
                                   iterator));
      if (closes)
        {
          g_assert_cmpint (place.dones, ==, 1);
          g_object_unref (iterator);
        }

      pl_test_wait_for (&place.dones, 1);
      while (g_atomic_int_get (&place.under_way) > 0)
        g_thread_yield ();
    }
}

/* The call under way, and another thread that closes the iterator, both wait for an on_done that is
 * answered when the loop has nothing else to do. */
typedef struct
{
  GTask *task;
  guint n_left;
} PlTestEnd;

static gboolean
answer_end_idle (gpointer user_data)
{
  PlTestEnd *end = user_data;

  g_thread_yield ();
  if (--end->n_left > 0)
    return G_SOURCE_CONTINUE;

  g_task_return_boolean (end->task, TRUE);
  g_object_unref (end->task);
  g_free (end);
  return G_SOURCE_REMOVE;
}

static void
end_later (PlStageStatus *status, GTask *task, PlWorker *worker, gpointer user_data)
{
  PlTestEnd *end = g_new0 (PlTestEnd, 1);

  end->task = g_object_ref (task);
  end->n_left = 20;
  g_idle_add (answer_end_idle, end);
}

static void
closed_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  int *n_told = user_data;
  g_auto(GValue) value = G_VALUE_INIT;

  if (pl_iterator_next_finish (PL_ITERATOR (object), result, &value, NULL))
    pl_iterator_next_async (PL_ITERATOR (object), NULL, closed_cb, n_told);
  else
    g_atomic_int_inc (n_told);
}

typedef struct
{
  PlIterator *iterator;
  int n_told;
} PlTestClose;

static gpointer
close_and_tell_thread (gpointer data)
{
  PlTestClose *closing = data;

  pl_iterator_close (closing->iterator);
  g_atomic_int_inc (&closing->n_told);
  g_main_context_wakeup (NULL);
  return NULL;
}

static void
test_all_who_wait_for_the_end_are_told (void)
{
  for (guint round = 0; round < pl_test_rounds (300); round++)
    {
      g_auto(PlTestPlace) place = pl_test_place_get ();
      g_autoptr(PlStage) stage = pl_test_make_endless_task (pl_test_take_no_steps, &place);
      PlTestClose closing = { NULL };
      GThread *thread;

      pl_stage_set_on_done_task (stage, end_later, NULL, NULL);
      closing.iterator = pl_stage_iterate (stage);
      pl_iterator_next_async (closing.iterator, NULL, closed_cb, &closing.n_told);
      while (place.steps == 0)
        g_main_context_iteration (NULL, TRUE);

      thread = g_thread_new ("close", close_and_tell_thread, &closing);
      while (g_atomic_int_get (&closing.n_told) < 2)
        g_main_context_iteration (NULL, TRUE);
      g_thread_join (thread);
      g_object_unref (closing.iterator);
    }
}

/* A run that one of its own functions drops. */
typedef struct
{
  PlIterator *iterator;
  GTask *task;
  int dones;
} PlTestDrop;

static gboolean
end_dropped (PlWorker *worker, PlStageStatus *status, gpointer user_data, GError **error)
{
  PlTestDrop *drop = user_data;

  drop->dones++;
  return TRUE;
}

static void
drop_in_function (const GValue *element, GTask *task, PlWorker *worker, gpointer user_data)
{
  PlTestDrop *drop = user_data;

  if (g_value_get_int (element) == 3)
    g_clear_object (&drop->iterator);
  pl_test_return_int (task, g_value_get_int (element) + 1);
}

static void
dropped_cb (GCancellable *cancellable, gpointer user_data)
{
  PlTestDrop *drop = user_data;

  g_clear_object (&drop->iterator);
  g_task_return_boolean (drop->task, FALSE);
  g_clear_object (&drop->task);
}

/* Its cancellable fires when the element has timed out. */
static void
drop_when_cancelled (const GValue *element, GTask *task, PlWorker *worker, gpointer user_data)
{
  PlTestDrop *drop = user_data;

  drop->task = g_object_ref (task);
  g_cancellable_connect (g_task_get_cancellable (task), G_CALLBACK (dropped_cb), drop, NULL);
}

static void
drop_inside (PlTaskFunc func, guint timeout)
{
  PlTestDrop drop = { NULL };
  PlStage *stage = pl_test_make_endless_task (func, &drop);

  pl_stage_set_on_done (stage, end_dropped, &drop, NULL);
  pl_stage_set_maxsize (stage, 0);
  pl_stage_set_timeout (stage, timeout);

  drop.iterator = pl_stage_iterate (stage);
  while (drop.dones == 0)
    g_main_context_iteration (NULL, TRUE);

  g_assert_null (drop.iterator);
  pl_test_settle ();
  g_assert_finalize_object (stage);
}

static void
test_dropping_inside_of_a_function (void)
{
  drop_inside (drop_in_function, 0);
}

static void
test_dropping_inside_of_a_cancelled_handler (void)
{
  drop_inside (drop_when_cancelled, 1);
}

/* What becomes of a run whose context nobody iterates any more. */

static void
collect_and_leave (PlStage *stage)
{
  pl_test_assert_sorted_ints (stage, "1 2 3 4 5");
}

static void
take_and_leave (PlStage *stage)
{
  g_autoptr(PlIterator) iterator = pl_stage_iterate (stage);

  pl_test_take_int (iterator);
}

static void
fill_and_leave (PlStage *stage)
{
  g_autoptr(GListModel) list = pl_stage_to_list_model (stage);

  pl_test_iterate_until_filled (list, 1);
}

static void
leave_context (void (*leave) (PlStage *))
{
  GMainContext *context = g_main_context_new ();
  g_auto(PlTestPlace) place = { NULL };
  PlStage *stage = pl_test_place_make_stage (pl_test_take_no_steps, &place);

  g_main_context_push_thread_default (context);
  leave (stage);
  g_main_context_pop_thread_default (context);

  g_clear_pointer (&place.context, g_main_context_unref);
  g_main_context_unref (context);
  g_assert_finalize_object (stage);
  g_assert_cmpint (place.frees, ==, 1);
}

static void
test_context_goes_with_a_run_that_has_ended (void)
{
  leave_context (collect_and_leave);
}

static void
test_context_goes_with_a_run_that_is_dropped (void)
{
  leave_context (take_and_leave);
}

static void
test_context_goes_with_a_list_model (void)
{
  leave_context (fill_and_leave);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);

  g_test_add_data_func ("/context-end/another-thread-ends-the-run/close", "close",
                        test_another_thread_ends_the_run);
  g_test_add_data_func ("/context-end/another-thread-ends-the-run/drop", NULL,
                        test_another_thread_ends_the_run);
  g_test_add_func ("/context-end/all-who-wait-for-the-end-are-told",
                   test_all_who_wait_for_the_end_are_told);
  g_test_add_func ("/context-end/dropping-inside-of-a-function",
                   test_dropping_inside_of_a_function);
  g_test_add_func ("/context-end/dropping-inside-of-a-cancelled-handler",
                   test_dropping_inside_of_a_cancelled_handler);
  g_test_add_func ("/context-end/goes-with-a-run-that-has-ended",
                   test_context_goes_with_a_run_that_has_ended);
  g_test_add_func ("/context-end/goes-with-a-run-that-is-dropped",
                   test_context_goes_with_a_run_that_is_dropped);
  g_test_add_func ("/context-end/goes-with-a-list-model", test_context_goes_with_a_list_model);

  return pl_test_run ();
}
