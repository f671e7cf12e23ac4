/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-thread.h"
#include "pl-test-util.h"

typedef struct
{
  GError *error;
  int sum;
  int n_calls;
  gboolean has_drawn;
  gboolean done;
} PlTestAsync;

static void
next_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  PlTestAsync *test = user_data;
  g_auto(GValue) value = G_VALUE_INIT;

  test->n_calls++;
  if (!pl_iterator_next_finish (PL_ITERATOR (object), result, &value, &test->error))
    {
      g_assert_null (g_value_get_object (&value));
      test->done = TRUE;
      return;
    }

  test->sum += g_value_get_int (&value);
  pl_iterator_next_async (PL_ITERATOR (object), NULL, next_cb, test);
}

static void
next_values_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  PlTestAsync *test = user_data;
  guint n;
  const GValue *values = pl_iterator_next_values_finish (PL_ITERATOR (object), result, &n,
                                                         &test->error);

  for (guint i = 0; i < n; i++)
    test->sum += g_value_get_int (&values[i]);

  test->done = values == NULL;
  if (values != NULL)
    pl_iterator_next_values_async (PL_ITERATOR (object), 7, NULL, next_values_cb, test);
}

static void
iterate_until_done (PlTestAsync *test)
{
  while (!test->done)
    g_main_context_iteration (g_main_context_get_thread_default (), TRUE);
}

static void
test_next_leaves_value_initialised_at_the_end (const PlTestKind *kind)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 1);
  g_autoptr(PlStage) added = kind->map (numbers, pl_test_add1, NULL, NULL);
  g_autoptr(PlIterator) iterator = pl_stage_iterate (added);
  g_auto(GValue) value = G_VALUE_INIT;
  g_autoptr(GError) error = NULL;

  g_assert_true (pl_iterator_next (iterator, &value, NULL, &error));
  g_assert_true (G_VALUE_HOLDS_INT (&value));
  for (int i = 0; i < 3; i++)
    {
      g_assert_false (pl_iterator_next (iterator, &value, NULL, &error));
      g_assert_no_error (error);
      g_assert_true (G_VALUE_HOLDS_OBJECT (&value));
      g_assert_null (g_value_get_object (&value));
    }
}

static void
test_next_values_takes_what_there_is (const PlTestKind *kind)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 100);
  g_autoptr(PlStage) added = kind->map (numbers, pl_test_add1, NULL, NULL);
  g_autoptr(PlIterator) iterator = pl_stage_iterate (added);
  g_autoptr(GError) error = NULL;
  const GValue *values;
  guint n;
  int sum = 0;

  while ((values = pl_iterator_next_values (iterator, 8, &n, NULL, &error)) != NULL)
    {
      g_assert_cmpuint (n, >=, 1);
      g_assert_cmpuint (n, <=, 8);
      for (guint i = 0; i < n; i++)
        sum += g_value_get_int (&values[i]);
    }
  g_assert_no_error (error);
  g_assert_cmpuint (n, ==, 0);
  g_assert_cmpint (sum, ==, 5050);
}

static void
test_next_async_gives_each_element (const PlTestKind *kind)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 100);
  g_autoptr(PlStage) added = kind->map (numbers, pl_test_add1, NULL, NULL);
  g_autoptr(PlIterator) iterator = pl_stage_iterate (added);
  PlTestAsync test = { 0 };

  pl_iterator_next_async (iterator, NULL, next_cb, &test);
  iterate_until_done (&test);
  g_assert_no_error (test.error);
  g_assert_cmpint (test.sum, ==, 5050);
}

static void
test_next_values_async_gives_each_element (const PlTestKind *kind)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 100);
  g_autoptr(PlStage) added = kind->map (numbers, pl_test_add1, NULL, NULL);
  g_autoptr(PlStage) same = pl_sync_concat ((PlStage *[]) { added }, 1);
  g_autoptr(PlIterator) iterator = pl_stage_iterate (same);
  PlTestAsync test = { 0 };

  pl_iterator_next_values_async (iterator, 7, NULL, next_values_cb, &test);
  iterate_until_done (&test);
  g_assert_no_error (test.error);
  g_assert_cmpint (test.sum, ==, 5050);
}

static void
test_next_async_completes_on_the_callers_context (const PlTestKind *kind)
{
  g_autoptr(GMainContext) context = g_main_context_new ();
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 10);
  g_autoptr(PlStage) added = kind->map (numbers, pl_test_add1, NULL, NULL);
  g_autoptr(PlIterator) iterator = NULL;
  PlTestAsync test = { 0 };

  g_main_context_push_thread_default (context);
  iterator = pl_stage_iterate (added);
  pl_iterator_next_async (iterator, NULL, next_cb, &test);
  iterate_until_done (&test);
  g_main_context_pop_thread_default (context);
  g_assert_cmpint (test.sum, ==, 55);
  g_assert_false (g_main_context_pending (NULL));
}

static void
test_next_async_tells_the_error (const PlTestKind *kind)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 10);
  g_autoptr(PlStage) failing = kind->map (numbers, pl_test_fail, GINT_TO_POINTER (5), NULL);
  g_autoptr(PlIterator) iterator = pl_stage_iterate (failing);
  g_auto(GValue) value = G_VALUE_INIT;
  PlTestAsync test = { 0 };

  pl_iterator_next_async (iterator, NULL, next_cb, &test);
  iterate_until_done (&test);
  g_assert_error (test.error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
  g_clear_error (&test.error);
  g_assert_false (pl_iterator_next (iterator, &value, NULL, &test.error));
  g_assert_no_error (test.error);
}

static void
test_next_async_tells_the_end_again (const PlTestKind *kind)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 1);
  g_autoptr(PlStage) added = kind->map (numbers, pl_test_add1, NULL, NULL);
  g_autoptr(PlIterator) iterator = pl_stage_iterate (added);

  for (int i = 0; i < 2; i++)
    {
      PlTestAsync test = { 0 };

      pl_iterator_next_async (iterator, NULL, next_cb, &test);
      iterate_until_done (&test);
      g_assert_no_error (test.error);
    }
}

/* The call waits for an element that never comes, until its cancellable fires. */
static void
test_cancelling_next_async_cancels_the_run (void)
{
  PlTestCounts counts = { 0 };
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 1);
  g_autoptr(PlStage) waiting = pl_thread_map (numbers, pl_test_wait_until_cancelled, &counts, NULL);
  g_autoptr(PlIterator) iterator = pl_stage_iterate (waiting);
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  PlTestAsync test = { 0 };

  pl_iterator_next_async (iterator, cancellable, next_cb, &test);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  pl_test_wait_for (&counts.calls, 1);
  g_assert_false (test.done);

  g_cancellable_cancel (cancellable);
  iterate_until_done (&test);
  g_assert_error (test.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&test.error);
}

/* Cancelling races the call that is to be cancelled. */
static void
test_cancelling_next_cancels_the_run (const PlTestKind *kind)
{
  for (guint round = 0; round < pl_test_rounds_of (kind, 200); round++)
    {
      PlTestCounts *counts = pl_test_new_shared (PlTestCounts);
      g_autoptr(PlStage) numbers = pl_source_new_range (0, 1);
      g_autoptr(PlStage) waiting = kind->map (numbers, pl_test_wait_until_cancelled, counts, NULL);
      g_autoptr(PlIterator) iterator = pl_stage_iterate (waiting);
      g_autoptr(GCancellable) cancellable = g_cancellable_new ();
      g_autoptr(GError) error = NULL;
      g_auto(GValue) value = G_VALUE_INIT;
      GThread *thread = g_thread_new ("cancel", pl_test_cancel_thread, cancellable);

      g_assert_false (pl_iterator_next (iterator, &value, cancellable, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      g_clear_error (&error);
      g_assert_false (pl_iterator_next (iterator, &value, NULL, &error));
      g_assert_no_error (error);
      g_thread_join (thread);
    }
}

static void
test_cancellable_that_has_fired_is_an_error (const PlTestKind *kind)
{
  PlTestCounts counts = { 0 };
  g_autoptr(PlStage) endless = pl_source_new_for_func (pl_test_count_up, &counts, NULL);
  g_autoptr(PlStage) added = kind->map (endless, pl_test_add1, NULL, NULL);
  g_autoptr(PlIterator) iterator = pl_stage_iterate_bounded (added, 1);
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(GError) error = NULL;
  g_auto(GValue) value = G_VALUE_INIT;

  g_assert_true (pl_iterator_next (iterator, &value, cancellable, &error));
  g_cancellable_cancel (cancellable);
  g_assert_false (pl_iterator_next (iterator, &value, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
test_close_from_another_thread_ends_next (const PlTestKind *kind)
{
  for (guint round = 0; round < pl_test_rounds_of (kind, 200); round++)
    {
      PlTestCounts *counts = pl_test_new_shared (PlTestCounts);
      g_autoptr(PlStage) numbers = pl_source_new_range (0, 1);
      g_autoptr(PlStage) waiting = kind->map (numbers, pl_test_wait_until_cancelled, counts, NULL);
      g_autoptr(PlIterator) iterator = pl_stage_iterate (waiting);
      g_autoptr(GError) error = NULL;
      g_auto(GValue) value = G_VALUE_INIT;
      GThread *thread = g_thread_new ("close", pl_test_close_thread, iterator);

      /* CANCELLED, or the end where it was closed before. */
      g_assert_false (pl_iterator_next (iterator, &value, NULL, &error));
      if (error != NULL)
        g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      g_thread_join (thread);
      g_assert_false (pl_iterator_next (iterator, &value, NULL, NULL));
    }
}

static void
test_closed_iterator_is_at_its_end (const PlTestKind *kind)
{
  PlTestCounts counts = { 0 };
  g_autoptr(PlStage) endless = pl_source_new_for_func (pl_test_count_up, &counts, NULL);
  g_autoptr(PlStage) added = kind->map (endless, pl_test_add1, NULL, NULL);
  g_autoptr(PlIterator) iterator = pl_stage_iterate_bounded (added, 4);
  g_autoptr(GError) error = NULL;
  g_auto(GValue) value = G_VALUE_INIT;

  g_assert_true (pl_iterator_next (iterator, &value, NULL, &error));
  pl_iterator_close (iterator);
  pl_iterator_close (iterator);
  g_assert_false (pl_iterator_next (iterator, &value, NULL, &error));
  g_assert_no_error (error);
}

static void
test_second_call_at_once_is_an_error (void)
{
  PlTestCounts counts = { 0 };
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 1);
  g_autoptr(PlStage) waiting = pl_thread_map (numbers, pl_test_wait_until_cancelled, &counts, NULL);
  g_autoptr(PlIterator) iterator = pl_stage_iterate (waiting);
  g_autoptr(GError) error = NULL;
  g_auto(GValue) value = G_VALUE_INIT;
  PlTestAsync test = { 0 };
  PlTestAsync second = { 0 };

  pl_iterator_next_async (iterator, NULL, next_cb, &test);
  g_assert_false (pl_iterator_next (iterator, &value, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_PENDING);
  pl_iterator_next_async (iterator, NULL, next_cb, &second);
  iterate_until_done (&second);
  g_assert_error (second.error, G_IO_ERROR, G_IO_ERROR_PENDING);
  g_clear_error (&second.error);

  pl_iterator_close (iterator);
  iterate_until_done (&test);
  g_assert_error (test.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&test.error);
}

static void
test_without_a_stage_is_at_its_end (void)
{
  g_autoptr(PlIterator) iterator = g_object_new (PL_TYPE_ITERATOR, NULL);
  g_autoptr(GError) error = NULL;
  g_auto(GValue) value = G_VALUE_INIT;
  PlTestAsync test = { 0 };

  g_assert_false (pl_iterator_next (iterator, &value, NULL, &error));
  g_assert_no_error (error);
  pl_iterator_next_async (iterator, NULL, next_cb, &test);
  iterate_until_done (&test);
  g_assert_no_error (test.error);
  pl_iterator_close (iterator);
}

static void
test_null_arguments_are_refused (void)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 1);
  g_autoptr(PlIterator) iterator = pl_stage_iterate (numbers);
  guint n;

  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "pl_iterator_next:*value != NULL*");
  g_assert_false (pl_iterator_next (iterator, NULL, NULL, NULL));
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "pl_iterator_next_values:*max*");
  g_assert_null (pl_iterator_next_values (iterator, 0, &n, NULL, NULL));
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "pl_iterator_close:*PL_IS_ITERATOR*");
  pl_iterator_close (NULL);
  g_test_assert_expected_messages ();
}

/* Sync stages that never pass anything on run on the context, and leave it time for others. */
static void
test_next_async_lets_the_loop_go_on (void)
{
  PlTestCounts counts = { 0 };
  g_autoptr(PlStage) endless = pl_source_new_for_func (pl_test_count_up, &counts, NULL);
  g_autoptr(PlStage) none = pl_sync_filter (endless, pl_test_keep_none, NULL, NULL);
  g_autoptr(PlIterator) iterator = pl_stage_iterate (none);
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  PlTestAsync test = { 0 };

  g_timeout_add_full (PL_TEST_REDRAW_PRIORITY, 20, pl_test_cancel_cb, cancellable, NULL);
  pl_iterator_next_async (iterator, cancellable, next_cb, &test);
  iterate_until_done (&test);
  g_assert_error (test.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&test.error);
}

/* It takes longer than it takes to make an element. */
static void
slow_next_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  PlTestAsync *test = user_data;
  gint64 end_time = g_get_monotonic_time () + 50;
  g_auto(GValue) value = G_VALUE_INIT;

  test->n_calls++;
  g_assert_true (pl_iterator_next_finish (PL_ITERATOR (object), result, &value, NULL));
  while (g_get_monotonic_time () < end_time)
    continue;
  test->done = test->has_drawn;
  if (!test->done)
    pl_iterator_next_async (PL_ITERATOR (object), NULL, slow_next_cb, test);
}

static void
test_next_async_lets_windows_be_drawn (const PlTestKind *kind)
{
  PlTestAsync test = { 0 };
  g_autoptr(PlStage) numbers = pl_source_new_range (0, G_MAXINT);
  g_autoptr(PlStage) added = kind->map (numbers, pl_test_add1, NULL, NULL);
  g_autoptr(PlIterator) iterator = NULL;
  int n_calls;

  pl_stage_set_maxsize (added, 100);
  iterator = pl_stage_iterate (added);
  pl_iterator_next_async (iterator, NULL, slow_next_cb, &test);
  while (test.n_calls < 10)
    g_main_context_iteration (NULL, TRUE);

  n_calls = test.n_calls;
  g_idle_add_full (PL_TEST_REDRAW_PRIORITY, pl_test_set_cb, &test.has_drawn, NULL);
  iterate_until_done (&test);
  g_assert_cmpint (test.n_calls - n_calls, <, 1000);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);

#define ADD(name, func) pl_test_add_anywhere ("/iterator/" name, func)
  ADD ("next-leaves-value-initialised-at-the-end", test_next_leaves_value_initialised_at_the_end);
  ADD ("next-values-takes-what-there-is", test_next_values_takes_what_there_is);
  ADD ("next-async-gives-each-element", test_next_async_gives_each_element);
  ADD ("next-values-async-gives-each-element", test_next_values_async_gives_each_element);
  ADD ("next-async-completes-on-the-callers-context",
       test_next_async_completes_on_the_callers_context);
  ADD ("next-async-tells-the-error", test_next_async_tells_the_error);
  ADD ("next-async-tells-the-end-again", test_next_async_tells_the_end_again);
  g_test_add_func ("/iterator/cancelling-next-async-cancels-the-run/thread",
                   test_cancelling_next_async_cancels_the_run);
  pl_test_add_returning_anywhere ("/iterator/cancelling-next-cancels-the-run",
                                  test_cancelling_next_cancels_the_run);
  ADD ("cancellable-that-has-fired-is-an-error", test_cancellable_that_has_fired_is_an_error);
  pl_test_add_returning_anywhere ("/iterator/close-from-another-thread-ends-next",
                                  test_close_from_another_thread_ends_next);
  ADD ("closed-iterator-is-at-its-end", test_closed_iterator_is_at_its_end);
  g_test_add_func ("/iterator/second-call-at-once-is-an-error",
                   test_second_call_at_once_is_an_error);
  g_test_add_func ("/iterator/without-a-stage-is-at-its-end", test_without_a_stage_is_at_its_end);
  pl_test_add ("/iterator/next-async-lets-windows-be-drawn",
               test_next_async_lets_windows_be_drawn);
  g_test_add_func ("/iterator/null-arguments-are-refused", test_null_arguments_are_refused);

  g_test_add_func ("/iterator/next-async-lets-the-loop-go-on",
                   test_next_async_lets_the_loop_go_on);

  return pl_test_run ();
}
