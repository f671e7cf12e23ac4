/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-generator.h"

/* What a flat_map makes of closures that give one element a call. */

static void
test_elements_are_made_one_by_one (PlWorkerKind kind)
{
  PlTestGenerator generator = PL_TEST_GENERATOR_INIT;
  PlStage *stage = pl_test_generator_flat_map_ints (&generator, kind, 3);

  pl_test_assert_ints (stage, "0 1 2 100 101 102 200 201 202");
  g_assert_cmpint (generator.n_begun, ==, 3);
  g_assert_cmpint (generator.n_made, ==, 12);
  g_assert_cmpint (generator.n_released, ==, 3);

  g_object_unref (stage);
  g_assert_cmpint (generator.n_closures_freed, ==, 2);
}

static void
test_none_may_be_made (PlWorkerKind kind)
{
  PlTestGenerator generator = PL_TEST_GENERATOR_INIT;
  g_autoptr(PlStage) stage = pl_test_generator_flat_map_ints (&generator, kind, 3);

  generator.limit = 0;
  pl_test_assert_ints (stage, "");
  g_assert_cmpint (generator.n_made, ==, 3);
  g_assert_cmpint (generator.n_released, ==, 3);
}

static void
test_end_may_be_at_the_beginning (PlWorkerKind kind)
{
  PlTestGenerator generator = PL_TEST_GENERATOR_INIT;
  g_autoptr(PlStage) stage = pl_test_generator_flat_map_ints (&generator, kind, 3);

  generator.nothing_of = 1;
  pl_test_assert_ints (stage, "0 1 2 200 201 202");
  g_assert_cmpint (generator.n_begun, ==, 3);
  g_assert_cmpint (generator.n_made, ==, 8);
  g_assert_cmpint (generator.n_released, ==, 3);
}

static void
assert_error (PlTestGenerator *generator, PlWorkerKind kind)
{
  g_autoptr(PlStage) stage = pl_test_generator_flat_map_ints (generator, kind, 3);
  g_autofree char *text = pl_test_generator_new_text (kind, 1, "busy");

  pl_test_assert_run_error (stage, G_IO_ERROR, G_IO_ERROR_BUSY, text);
  g_assert_cmpint (generator->n_released, ==, generator->n_begun);
}

static void
test_first_closure_may_fail (PlWorkerKind kind)
{
  PlTestGenerator generator = PL_TEST_GENERATOR_INIT;

  generator.begin_fails_of = 1;
  assert_error (&generator, kind);
  g_assert_cmpint (generator.n_made, ==, 4);
}

static void
test_second_closure_may_fail (PlWorkerKind kind)
{
  PlTestGenerator generator = PL_TEST_GENERATOR_INIT;

  generator.next_fails_of = 1;
  assert_error (&generator, kind);
  g_assert_cmpint (generator.n_made, ==, 6);
}

static void
test_what_was_made_before_an_error_stays (PlWorkerKind kind)
{
  PlTestGenerator generator = PL_TEST_GENERATOR_INIT;
  g_autoptr(PlStage) stage = pl_test_generator_flat_map_ints (&generator, kind, 3);

  generator.next_fails_of = 1;
  pl_stage_set_error_policy (stage, PL_ERROR_POLICY_SKIP);
  pl_test_assert_ints (stage, "0 1 2 100 200 201 202");
  g_assert_cmpint (generator.n_released, ==, 3);
}

/* What a try has made is for the next to make again. */
static void
test_each_try_begins_anew (PlWorkerKind kind)
{
  PlTestGenerator generator = PL_TEST_GENERATOR_INIT;
  g_autoptr(PlStage) stage = pl_test_generator_flat_map_ints (&generator, kind, 3);

  generator.next_fails_of = 1;
  generator.n_failures = 2;
  pl_stage_set_retries (stage, 2);
  pl_test_assert_ints (stage, "0 1 2 100 101 102 200 201 202");
  g_assert_cmpint (generator.n_begun, ==, 5);
  g_assert_cmpint (generator.n_released, ==, 5);
}

/* The closures have the path of their element, and the elements that of which they are. */

static void
check_input_path (PlWorker *worker, int number, gpointer user_data)
{
  guint n_indices;
  const gint64 *path = pl_worker_get_element_index (worker, &n_indices);

  g_assert_cmpuint (n_indices, ==, 1);
  g_assert_cmpint (path[0], ==, number / 100);
}

static void
test_paths_tell_which_of_an_element (PlWorkerKind kind)
{
  PlTestGenerator generator = PL_TEST_GENERATOR_INIT;
  g_autoptr(PlStage) stage = pl_test_generator_flat_map_ints (&generator, kind, 20);
  g_autoptr(PlStage) ordered = pl_thread_ordered (stage);
  int n_calls = 0;
  g_autoptr(PlStage) checked = pl_sync_each (ordered, pl_test_check_three, &n_calls, NULL);

  generator.hook = check_input_path;
  pl_stage_set_workers (stage, 3);
  g_assert_true (pl_stage_run (checked, NULL, NULL));
  g_assert_cmpint (n_calls, ==, 60);
}

/* One is taken, three wait for the consumer, and one for a place among them. */
static void
test_endless_one_keeps_to_the_bound (PlWorkerKind kind)
{
  PlTestGenerator generator = PL_TEST_GENERATOR_INIT;
  g_autoptr(PlStage) stage = pl_test_generator_flat_map_ints (&generator, kind, 3);
  g_autoptr(PlIterator) iterator = NULL;
  int n_ahead = kind == PL_WORKER_KIND_SYNC ? 0 : 4;

  generator.limit = -1;
  iterator = pl_stage_iterate_bounded (stage, 3);
  for (int n_taken = 0; n_taken < 100; n_taken++)
    {
      while (g_atomic_int_get (&generator.n_made) < n_taken + n_ahead)
        {
          pl_test_settle ();
          g_thread_yield ();
        }
      pl_test_settle ();
      g_assert_cmpint (g_atomic_int_get (&generator.n_made), ==, n_taken + n_ahead);
      g_assert_cmpint (pl_test_take_int (iterator), ==, n_taken);
    }
}

/* What is iterated is released on the thread that it belongs to, before on_done. */
static gboolean
check_released (PlWorker *worker, PlStageStatus *status, gpointer user_data, GError **error)
{
  PlTestGenerator *generator = user_data;

  g_assert_cmpint (generator->n_begun, ==, 1);
  g_assert_cmpint (generator->n_released, ==, 1);
  return TRUE;
}

static void
test_endless_one_may_be_left (PlWorkerKind kind)
{
  for (guint bound = 0; bound < 3; bound++)
    {
      PlTestGenerator generator = PL_TEST_GENERATOR_INIT;
      g_autoptr(PlStage) stage = pl_test_generator_flat_map_ints (&generator, kind, 3);
      g_autoptr(PlIterator) iterator = NULL;

      generator.limit = -1;
      pl_stage_set_on_done (stage, check_released, &generator, NULL);
      iterator = pl_stage_iterate_bounded (stage, bound);
      for (int i = 0; i < 10; i++)
        pl_test_take_int (iterator);
      g_clear_object (&iterator);
      g_assert_cmpint (generator.n_begun, ==, 1);
      g_assert_cmpint (generator.n_released, ==, 1);
    }
}

/* Time */

static void
wait_in_101 (PlWorker *worker, int number, gpointer user_data)
{
  GCancellable *cancellable = pl_worker_get_cancellable (worker);

  while (number == 101 && !g_cancellable_is_cancelled (cancellable))
    g_usleep (100);
}

static void
test_late_element_ends (PlWorkerKind kind)
{
  PlTestGenerator generator = PL_TEST_GENERATOR_INIT;
  g_autoptr(PlStage) stage = pl_test_generator_flat_map_ints (&generator, kind, 3);

  generator.hook = wait_in_101;
  pl_stage_set_timeout (stage, 250);
  pl_test_assert_ints (stage, "0 1 2 100 200 201 202");

  /* A late thread may release what it iterates when the run is over. */
  pl_test_wait_for (&generator.n_released, 3);
  g_assert_cmpint (generator.n_begun, ==, 3);
}

static void
take_a_while (PlWorker *worker, int number, gpointer user_data)
{
  g_usleep (20 * 1000);
}

/* Each has but a part of the time, and all of them together more than there is. */
static void
test_time_is_for_all_of_an_element (PlWorkerKind kind)
{
  PlTestGenerator generator = PL_TEST_GENERATOR_INIT;
  g_autoptr(PlStage) stage = pl_test_generator_flat_map_ints (&generator, kind, 1);
  g_autoptr(GArray) values = NULL;

  generator.limit = -1;
  generator.hook = take_a_while;
  pl_stage_set_timeout (stage, 110);
  values = pl_stage_collect (stage, NULL, NULL);
  g_assert_cmpuint (values->len, <=, 5);
  pl_test_wait_for (&generator.n_released, 1);
}

/* The time in which nobody wants the next does not count. */
static void
test_time_stands_still_in_between (PlWorkerKind kind)
{
  PlTestGenerator generator = PL_TEST_GENERATOR_INIT;
  g_autoptr(PlStage) stage = pl_test_generator_flat_map_ints (&generator, kind, 1);
  g_autoptr(PlIterator) iterator = NULL;

  generator.limit = 10;
  pl_stage_set_timeout (stage, 250);
  iterator = pl_stage_iterate_bounded (stage, 1);
  for (int i = 0; i < 10; i++)
    {
      g_assert_cmpint (pl_test_take_int (iterator), ==, i);
      g_usleep (50 * 1000);
    }
  pl_test_assert_end (iterator);
}

static void
test_runs_do_not_know_of_each_other (PlWorkerKind kind)
{
  PlTestGenerator generator = PL_TEST_GENERATOR_INIT;
  g_autoptr(PlStage) stage = pl_test_generator_flat_map_ints (&generator, kind, 10);
  g_autoptr(PlIterator) first = pl_stage_iterate_bounded (stage, 1);
  g_autoptr(PlIterator) second = pl_stage_iterate_bounded (stage, 1);

  for (int i = 0; i < 30; i++)
    {
      g_assert_cmpint (pl_test_take_int (first), ==, i / 3 * 100 + i % 3);
      g_assert_cmpint (pl_test_take_int (second), ==, i / 3 * 100 + i % 3);
    }
  pl_test_assert_end (first);
  pl_test_assert_end (second);
}

/* Closures of which the stage knows what they return. */

static int
return_same (int number, gpointer user_data)
{
  return number;
}

static int
return_once (int number, gpointer user_data)
{
  int *n_calls = user_data;

  if ((*n_calls)++ % 2 != 0)
    pl_worker_set_at_end (pl_worker_get_current ());
  return number + 1;
}

static GClosure *
new_closure (GCallback func, gpointer data)
{
  return g_cclosure_new (func, data, NULL);
}

static void
test_type_may_be_known (PlWorkerKind kind)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 3);
  g_autoptr(PlStage) stage = NULL;
  int n_calls = 0;

  stage = pl_flat_map_new_for_generator (kind, numbers,
                                         new_closure (G_CALLBACK (return_same), NULL),
                                         new_closure (G_CALLBACK (return_once), &n_calls),
                                         G_TYPE_INT);
  pl_test_assert_ints (stage, "1 2 3");
}

static void
assert_unset (PlWorkerKind kind, GClosure *begin, GClosure *next)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 1);
  g_autoptr(PlStage) stage = pl_flat_map_new_for_generator (kind, numbers, begin, next,
                                                            G_TYPE_NONE);
  g_autofree char *text = NULL;

  text = pl_test_generator_new_text (kind, 0,
                                     "The closure left its return value uninitialised; "
                                     "g_value_init() and set it, call pl_worker_set_at_end(), or "
                                     "give the stage an element type");
  pl_test_assert_run_error (stage, PL_ERROR, PL_ERROR_UNSET_RESULT, text);
}

static void
test_unset_value_is_an_error (PlWorkerKind kind)
{
  PlTestGenerator generator = PL_TEST_GENERATOR_INIT;

  assert_unset (kind, pl_test_new_idle_closure (),
                pl_test_generator_next (&generator));
  assert_unset (kind, pl_test_generator_begin (&generator),
                pl_test_new_idle_closure ());
  g_assert_cmpint (generator.n_made, ==, 0);
}

static void
test_arguments_are_checked (void)
{
  PlTestGenerator generator = PL_TEST_GENERATOR_INIT;
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 1);
  g_autoptr(GClosure) closure = pl_test_generator_begin (&generator);

  g_closure_ref (closure);
  g_closure_sink (closure);

#define EXPECT(pattern) g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, pattern)
  EXPECT ("pl_flat_map_new_for_generator:*PROCESS*");
  g_assert_null (pl_flat_map_new_for_generator (PL_WORKER_KIND_PROCESS, numbers, closure, closure,
                                                G_TYPE_NONE));
  EXPECT ("pl_flat_map_new_for_generator:*begin*");
  g_assert_null (pl_flat_map_new_for_generator (PL_WORKER_KIND_SYNC, numbers, NULL, closure,
                                                G_TYPE_NONE));
  EXPECT ("pl_flat_map_new_for_generator:*next*");
  g_assert_null (pl_flat_map_new_for_generator (PL_WORKER_KIND_SYNC, numbers, closure, NULL,
                                                G_TYPE_NONE));
  EXPECT ("pl_flat_map_new_for_generator:*PL_IS_STAGE*");
  g_assert_null (pl_flat_map_new_for_generator (PL_WORKER_KIND_SYNC, NULL, closure, closure,
                                                G_TYPE_NONE));
  EXPECT ("pl_source_new_for_generator:*element_type*");
  g_assert_null (pl_source_new_for_generator (closure, closure, G_TYPE_INVALID));
  g_test_assert_expected_messages ();
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);

#define ADD(name, func) pl_test_generator_add ("/generator/" name, func)
  ADD ("elements-are-made-one-by-one", test_elements_are_made_one_by_one);
  ADD ("none-may-be-made", test_none_may_be_made);
  ADD ("end-may-be-at-the-beginning", test_end_may_be_at_the_beginning);
  ADD ("first-closure-may-fail", test_first_closure_may_fail);
  ADD ("second-closure-may-fail", test_second_closure_may_fail);
  ADD ("what-was-made-before-an-error-stays", test_what_was_made_before_an_error_stays);
  ADD ("each-try-begins-anew", test_each_try_begins_anew);
  ADD ("paths-tell-which-of-an-element", test_paths_tell_which_of_an_element);
  ADD ("endless-one-keeps-to-the-bound", test_endless_one_keeps_to_the_bound);
  ADD ("endless-one-may-be-left", test_endless_one_may_be_left);
  ADD ("late-element-ends", test_late_element_ends);
  ADD ("time-is-for-all-of-an-element", test_time_is_for_all_of_an_element);
  ADD ("time-stands-still-in-between", test_time_stands_still_in_between);
  ADD ("runs-do-not-know-of-each-other", test_runs_do_not_know_of_each_other);
  ADD ("type-may-be-known", test_type_may_be_known);
  ADD ("unset-value-is-an-error", test_unset_value_is_an_error);
  g_test_add_func ("/generator/arguments-are-checked", test_arguments_are_checked);

  return pl_test_run ();
}
