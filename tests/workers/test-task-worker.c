/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-kept.h"
#include "pl-test-task.h"
#include "pl-test-thread.h"

/* What a task stage has under way, and what becomes of that when the run ends. */

static void
test_as_many_are_in_flight_as_there_are_workers (void)
{
  g_auto(PlTestKept) kept = PL_TEST_KEPT_INIT;
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 100);
  g_autoptr(PlStage) added = pl_task_map (numbers, pl_test_keep, &kept, NULL);
  g_autoptr(PlIterator) iterator = NULL;
  g_auto(GValue) value = G_VALUE_INIT;
  int sum = 0;

  pl_stage_set_workers (added, 7);
  iterator = pl_stage_iterate (added);
  pl_test_settle ();
  for (int n_answered = 0; n_answered < 100; n_answered++)
    {
      g_assert_cmpuint (kept.tasks->len, ==, MIN (7, 100 - n_answered));
      pl_test_kept_answer (&kept, g_test_rand_int_range (0, kept.tasks->len));
    }

  while (pl_iterator_next (iterator, &value, NULL, NULL))
    sum += g_value_get_int (&value);
  g_assert_cmpint (sum, ==, 100 * 101 / 2);
  g_assert_cmpint (kept.counts.calls, ==, 100);
}

/* What is behind the stage does not matter for how many are under way in it. */
static void
test_stages_have_as_many_in_flight_each (void)
{
  g_auto(PlTestKept) first = PL_TEST_KEPT_INIT;
  g_auto(PlTestKept) second = PL_TEST_KEPT_INIT;
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 100);
  g_autoptr(PlStage) added = pl_task_map (numbers, pl_test_keep, &first, NULL);
  g_autoptr(PlStage) again = pl_task_map (added, pl_test_keep, &second, NULL);
  g_autoptr(PlIterator) iterator = NULL;

  pl_stage_set_workers (added, 3);
  pl_stage_set_workers (again, 5);
  iterator = pl_stage_iterate (again);
  pl_test_settle ();
  for (guint i = 0; i < 20; i++)
    {
      g_assert_cmpuint (first.tasks->len, ==, 3);
      g_assert_cmpuint (second.tasks->len, ==, MIN (i, 5));
      pl_test_kept_answer (&first, 0);
    }
}

static void
test_ten_thousand_in_flight_need_no_thread (void)
{
  const guint n_elements = pl_test_rounds (10000);
  guint n_threads = pl_test_count_threads ();
  g_auto(PlTestKept) kept = PL_TEST_KEPT_INIT;
  g_autoptr(PlStage) numbers = pl_source_new_range (0, n_elements);
  g_autoptr(PlStage) added = pl_task_map (numbers, pl_test_keep, &kept, NULL);
  g_autoptr(PlIterator) iterator = NULL;

  pl_stage_set_workers (added, 0);
  iterator = pl_stage_iterate (added);
  pl_test_settle ();
  g_assert_cmpuint (kept.tasks->len, ==, n_elements);
  g_assert_cmpuint (pl_test_count_threads (), ==, n_threads);

  /* The last first: they come as they are answered. */
  for (guint i = n_elements; i > 0; i--)
    {
      g_autoptr(GTask) task = pl_test_kept_steal (&kept, i - 1);

      pl_test_return_add1 (task);
    }
  for (int i = n_elements; i > 0; i--)
    g_assert_cmpint (pl_test_take_int (iterator), ==, i);
  pl_test_assert_end (iterator);
}

static void
test_element_stays_until_it_is_answered (void)
{
  g_auto(PlTestKept) kept = PL_TEST_KEPT_INIT;
  g_autoptr(PlStage) numbers = pl_source_new_for_strv ((const char *[]) { "a", "b", NULL });
  g_autoptr(PlStage) stage = pl_task_each (numbers, pl_test_keep, &kept, NULL);
  g_autoptr(PlIterator) iterator = NULL;

  pl_stage_set_workers (stage, 0);
  iterator = pl_stage_iterate (stage);
  pl_test_settle ();
  g_assert_cmpuint (kept.tasks->len, ==, 2);
  g_clear_object (&iterator);
  for (guint i = 0; i < 2; i++)
    {
      const GValue *element = g_task_get_task_data (g_ptr_array_index (kept.tasks, i));

      g_assert_cmpstr (g_value_get_string (element), ==, i == 0 ? "a" : "b");
    }
}

static void
test_task_knows_its_worker (void)
{
  g_auto(PlTestKept) kept = PL_TEST_KEPT_INIT;
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 2);
  g_autoptr(PlStage) added = pl_task_map (numbers, pl_test_keep, &kept, NULL);
  g_autoptr(PlIterator) iterator = NULL;
  PlWorker *worker;

  pl_stage_set_workers (added, 2);
  iterator = pl_stage_iterate (added);
  pl_test_settle ();
  worker = pl_task_get_worker (g_ptr_array_index (kept.tasks, 0));
  g_assert_true (PL_IS_WORKER (worker));
  g_assert_true (pl_task_get_worker (g_ptr_array_index (kept.tasks, 1)) == worker);
  g_assert_true (pl_worker_get_stage (worker) == added);
  g_assert_cmpuint (pl_worker_get_index (worker), ==, 0);
}

/* How much of the stack lies between the outermost call and the innermost. */
typedef struct
{
  guintptr least;
  guintptr most;
} PlTestStack;

static void
answer_and_look_at_the_stack (const GValue *element,
                              GTask *task,
                              PlWorker *worker,
                              gpointer user_data)
{
  PlTestStack *stack = user_data;
  guintptr here = (guintptr) __builtin_frame_address (0);

  stack->least = stack->least == 0 ? here : MIN (stack->least, here);
  stack->most = MAX (stack->most, here);
  pl_test_return_int (task, g_value_get_int (element) + 1);
}

static void
test_answers_at_once_do_not_recurse (void)
{
  const guint n_elements = pl_test_rounds (100000);
  PlTestStack stack = { 0 };
  g_autoptr(PlStage) numbers = pl_source_new_range (0, n_elements);
  g_autoptr(PlStage) first = pl_task_map (numbers, answer_and_look_at_the_stack, &stack, NULL);
  g_autoptr(PlStage) last = pl_task_map (first, answer_and_look_at_the_stack, &stack, NULL);
  g_autoptr(PlIterator) iterator = NULL;
  g_auto(GValue) value = G_VALUE_INIT;
  guint n = 0;

  pl_stage_set_workers (last, 0);
  iterator = pl_stage_iterate (last);
  while (pl_iterator_next (iterator, &value, NULL, NULL))
    n++;
  g_assert_cmpuint (n, ==, n_elements);
  g_assert_cmpuint (stack.most - stack.least, <, 65536);
}

static void
note_end (GObject *object, GAsyncResult *result, gpointer user_data)
{
  gboolean *has_ended = user_data;

  g_assert_true (pl_stage_run_finish (PL_STAGE (object), result, NULL));
  *has_ended = TRUE;
}

/* Also where each dispatch does little, and wakes another stage: there is no room for more. */
static void
test_the_main_loop_goes_on (gconstpointer data)
{
  guint maxsize = GPOINTER_TO_UINT (data);
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 20000);
  g_autoptr(PlStage) first = pl_test_task_plain.map (numbers, pl_test_add1, NULL, NULL);
  g_autoptr(PlStage) last = pl_test_task_plain.map (first, pl_test_add1, NULL, NULL);
  gboolean has_ended = FALSE;
  guint n_turns = 0;
  guint id = g_idle_add (pl_test_count_cb, &n_turns);

  pl_stage_set_maxsize (first, maxsize);
  pl_stage_set_maxsize (last, maxsize);
  pl_stage_run_async (last, NULL, note_end, &has_ended);
  while (!has_ended)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (n_turns, >=, 3);

  g_source_remove (id);
}

/* The first answers the others, from inside of its function. */
static void
answer_the_others (const GValue *element, GTask *task, PlWorker *worker, gpointer user_data)
{
  PlTestKept *kept = user_data;

  pl_test_keep (element, task, worker, kept);
  if (g_value_get_int (element) % 3 != 2)
    return;

  while (kept->tasks->len > 0)
    {
      g_autoptr(GTask) other = pl_test_kept_steal (kept, kept->tasks->len - 1);

      pl_test_return_add1 (other);
    }
}

static void
test_function_may_answer_others (void)
{
  g_auto(PlTestKept) kept = PL_TEST_KEPT_INIT;
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 9);
  g_autoptr(PlStage) added = pl_task_map (numbers, answer_the_others, &kept, NULL);

  pl_stage_set_workers (added, 3);
  pl_test_assert_sorted_ints (added, "1 2 3 4 5 6 7 8 9");
}

/* Source, map, an iterator that is bounded to 3: 1 taken, 3 queued, 1 waiting to be put. */
static void
test_backpressure_is_exact (void)
{
  g_auto(PlTestKept) kept = PL_TEST_KEPT_INIT;
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 20);
  g_autoptr(PlStage) added = pl_task_map (numbers, pl_test_keep, &kept, NULL);
  g_autoptr(PlIterator) iterator = pl_stage_iterate_bounded (added, 3);

  pl_test_kept_answer_all (&kept);
  g_assert_cmpint (kept.counts.calls, ==, 4);
  for (int n_taken = 1; n_taken <= 16; n_taken++)
    {
      g_assert_cmpint (pl_test_take_int (iterator), ==, n_taken);
      pl_test_kept_answer_all (&kept);
      g_assert_cmpint (kept.counts.calls, ==, n_taken + 4);
    }
}

/* With more workers all of them may be waiting to be put, and no more. */
static void
test_backpressure_leaves_in_flight_what_is (void)
{
  g_auto(PlTestKept) kept = PL_TEST_KEPT_INIT;
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 100);
  g_autoptr(PlStage) added = pl_task_map (numbers, pl_test_keep, &kept, NULL);
  g_autoptr(PlIterator) iterator = NULL;

  pl_stage_set_workers (added, 8);
  iterator = pl_stage_iterate_bounded (added, 3);
  pl_test_kept_answer_all (&kept);
  g_assert_cmpint (kept.counts.calls, <=, 3 + 8);
  for (int n_taken = 1; n_taken <= 50; n_taken++)
    {
      pl_test_take_int (iterator);
      pl_test_kept_answer_all (&kept);
      g_assert_cmpint (kept.counts.calls, <=, n_taken + 3 + 8);
    }
}

/* The ways to end a run. */

typedef void (*PlTestEnd) (PlIterator *iterator);

static void
end_by_close (PlIterator *iterator)
{
  pl_iterator_close (iterator);
}

static void
end_by_drop (PlIterator *iterator)
{
}

static void
end_by_cancel (PlIterator *iterator)
{
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(GError) error = NULL;
  g_auto(GValue) value = G_VALUE_INIT;

  g_idle_add (pl_test_cancel_cb, cancellable);
  g_assert_false (pl_iterator_next (iterator, &value, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
end_by_close_on_another_thread (PlIterator *iterator)
{
  GThread *thread = g_thread_new ("close", pl_test_close_thread, iterator);
  g_autoptr(GError) error = NULL;
  g_auto(GValue) value = G_VALUE_INIT;

  while (pl_iterator_next (iterator, &value, NULL, &error))
    continue;
  g_thread_join (thread);
}

/* The functions are told, the end waits for none of them, and what they answer later is harmless;
 * what they need stays until the last has answered. */
static void
test_ends_though_nothing_answers (gconstpointer data)
{
  PlTestEnd end = *(const PlTestEnd *) data;
  const guint n_elements = 200;
  g_auto(PlTestKept) kept = PL_TEST_KEPT_INIT;
  PlStage *numbers = pl_source_new_range (0, n_elements);
  PlStage *added = pl_task_map (numbers, pl_test_keep, &kept, pl_test_on_free);
  PlIterator *iterator = NULL;

  pl_stage_set_workers (added, 0);
  iterator = pl_stage_iterate (added);
  pl_test_settle ();
  g_assert_cmpuint (kept.tasks->len, ==, n_elements);
  end (iterator);
  g_assert_finalize_object (iterator);
  g_object_unref (added);
  g_object_unref (numbers);

  for (guint i = 0; i < n_elements; i++)
    {
      g_autoptr(GTask) task = pl_test_kept_steal (&kept, 0);

      g_assert_true (g_cancellable_is_cancelled (g_task_get_cancellable (task)));
      g_assert_cmpint (kept.counts.frees, ==, 0);
      if (i % 3 == 0)
        pl_test_return_add1 (task);
      else if (i % 3 == 1)
        g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_FAILED, "late");
      g_clear_object (&task);
      pl_test_settle ();
    }
  g_assert_cmpint (kept.counts.frees, ==, 1);
}

static void
end_inside (const GValue *element, GTask *task, PlWorker *worker, gpointer user_data)
{
  PlIterator **iterator = user_data;

  if (g_value_get_int (element) == 3)
    g_clear_object (iterator);
  pl_test_return_int (task, 0);
}

static void
test_function_may_drop_the_iterator (void)
{
  PlIterator *iterator = NULL;
  PlStage *numbers = pl_source_new_range (0, 10);
  PlStage *added = pl_task_map (numbers, end_inside, &iterator, NULL);

  pl_stage_set_workers (added, 2);
  iterator = pl_stage_iterate (added);
  pl_test_settle ();
  g_assert_null (iterator);
  g_assert_finalize_object (added);
  g_assert_finalize_object (numbers);
}

/* An error ends the run while others are under way. */
static void
test_error_cancels_the_others (void)
{
  g_auto(PlTestKept) kept = PL_TEST_KEPT_INIT;
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 10);
  g_autoptr(PlStage) added = pl_task_map (numbers, pl_test_keep, &kept, NULL);
  g_autoptr(PlIterator) iterator = NULL;
  g_autoptr(GTask) failing = NULL;

  pl_stage_set_workers (added, 0);
  iterator = pl_stage_iterate (added);
  pl_test_settle ();
  failing = pl_test_kept_steal (&kept, 4);
  g_task_return_new_error (failing, G_IO_ERROR, G_IO_ERROR_BUSY, "busy");
  pl_test_assert_iterator_error (iterator, G_IO_ERROR, G_IO_ERROR_BUSY,
                                 "stage “map” (task map, worker 0, element 4): busy");
  for (guint i = 0; i < kept.tasks->len; i++)
    {
      GTask *task = g_ptr_array_index (kept.tasks, i);

      g_assert_true (g_cancellable_is_cancelled (g_task_get_cancellable (task)));
    }
}

int
main (int argc, char **argv)
{
  static const PlTestEnd close = end_by_close;
  static const PlTestEnd drop = end_by_drop;
  static const PlTestEnd cancel = end_by_cancel;
  static const PlTestEnd close_on_another_thread = end_by_close_on_another_thread;

  pl_test_init (&argc, &argv);

#define ADD(name, func) g_test_add_func ("/task-worker/" name, func)
#define ADD_FOR(name, data, func) g_test_add_data_func ("/task-worker/" name, data, func)
  ADD ("as-many-are-in-flight-as-there-are-workers",
       test_as_many_are_in_flight_as_there_are_workers);
  ADD ("stages-have-as-many-in-flight-each", test_stages_have_as_many_in_flight_each);
  ADD ("ten-thousand-in-flight-need-no-thread", test_ten_thousand_in_flight_need_no_thread);
  ADD ("element-stays-until-it-is-answered", test_element_stays_until_it_is_answered);
  ADD ("task-knows-its-worker", test_task_knows_its_worker);
  ADD ("answers-at-once-do-not-recurse", test_answers_at_once_do_not_recurse);
  ADD_FOR ("the-main-loop-goes-on/unbounded", GUINT_TO_POINTER (0), test_the_main_loop_goes_on);
  ADD_FOR ("the-main-loop-goes-on/bound-of-1", GUINT_TO_POINTER (1), test_the_main_loop_goes_on);
  ADD_FOR ("the-main-loop-goes-on/bound-of-16", GUINT_TO_POINTER (16), test_the_main_loop_goes_on);
  ADD ("function-may-answer-others", test_function_may_answer_others);
  ADD ("backpressure-is-exact", test_backpressure_is_exact);
  ADD ("backpressure-leaves-in-flight-what-is", test_backpressure_leaves_in_flight_what_is);
  ADD_FOR ("ends-though-nothing-answers/close", &close, test_ends_though_nothing_answers);
  ADD_FOR ("ends-though-nothing-answers/drop", &drop, test_ends_though_nothing_answers);
  ADD_FOR ("ends-though-nothing-answers/cancel", &cancel, test_ends_though_nothing_answers);
  ADD_FOR ("ends-though-nothing-answers/close-on-another-thread", &close_on_another_thread,
           test_ends_though_nothing_answers);
  ADD ("function-may-drop-the-iterator", test_function_may_drop_the_iterator);
  ADD ("error-cancels-the-others", test_error_cancels_the_others);

  return pl_test_run ();
}
