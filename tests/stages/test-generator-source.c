/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-generator.h"

/* Sources of closures that give one element a call. */

static void
test_each_run_begins_anew (void)
{
  PlTestGenerator generator = PL_TEST_GENERATOR_INIT;
  PlStage *source = pl_test_generator_source (&generator);

  pl_test_assert_ints (source, "0 1 2");
  pl_test_assert_ints (source, "0 1 2");
  g_assert_cmpint (generator.n_begun, ==, 2);
  g_assert_cmpint (generator.n_made, ==, 8);
  g_assert_cmpint (generator.n_released, ==, 2);

  g_object_unref (source);
  g_assert_cmpint (generator.n_closures_freed, ==, 2);
}

static void
test_nothing_begins_before_it_is_taken (void)
{
  PlTestGenerator generator = PL_TEST_GENERATOR_INIT;
  g_autoptr(PlStage) source = pl_test_generator_source (&generator);
  g_autoptr(PlIterator) iterator = pl_stage_iterate (source);

  g_assert_cmpint (generator.n_begun, ==, 0);
  for (int i = 0; i < 3; i++)
    {
      g_assert_cmpint (pl_test_take_int (iterator), ==, i);
      g_assert_cmpint (generator.n_made, ==, i + 1);
    }
}

static void
test_end_may_be_at_the_beginning (void)
{
  PlTestGenerator generator = PL_TEST_GENERATOR_INIT;
  g_autoptr(PlStage) source = pl_test_generator_source (&generator);

  generator.nothing_of = 0;
  pl_test_assert_ints (source, "");
  g_assert_cmpint (generator.n_begun, ==, 1);
  g_assert_cmpint (generator.n_made, ==, 0);
  g_assert_cmpint (generator.n_released, ==, 1);
}

static void
test_first_closure_may_fail (void)
{
  PlTestGenerator generator = PL_TEST_GENERATOR_INIT;
  g_autoptr(PlStage) source = pl_test_generator_source (&generator);

  generator.begin_fails_of = 0;
  pl_test_assert_run_error (source, G_IO_ERROR, G_IO_ERROR_BUSY,
                            "stage “source” (sync source, element 0): busy");
  g_assert_cmpint (generator.n_begun, ==, 1);
  g_assert_cmpint (generator.n_released, ==, 1);
}

static void
test_second_closure_may_fail (void)
{
  PlTestGenerator generator = PL_TEST_GENERATOR_INIT;
  g_autoptr(PlStage) source = pl_test_generator_source (&generator);

  generator.next_fails_of = 0;
  pl_test_assert_run_error (source, G_IO_ERROR, G_IO_ERROR_BUSY,
                            "stage “source” (sync source, element 1): busy");
  g_assert_cmpint (generator.n_made, ==, 2);
  g_assert_cmpint (generator.n_released, ==, 1);
}

static void
test_unset_value_is_an_error (void)
{
  PlTestGenerator generator = PL_TEST_GENERATOR_INIT;
  g_autoptr(PlStage) first = NULL;
  g_autoptr(PlStage) second = NULL;
  const char *text = "stage “source” (sync source, element 0): The closure left its return value "
                     "uninitialised; g_value_init() and set it, call pl_worker_set_at_end(), or "
                     "give the stage an element type";

  first = pl_source_new_for_generator (pl_test_new_idle_closure (),
                                       pl_test_generator_next (&generator), G_TYPE_NONE);
  second = pl_source_new_for_generator (pl_test_generator_begin (&generator),
                                        pl_test_new_idle_closure (), G_TYPE_NONE);
  pl_test_assert_run_error (first, PL_ERROR, PL_ERROR_UNSET_RESULT, text);
  pl_test_assert_run_error (second, PL_ERROR, PL_ERROR_UNSET_RESULT, text);
  g_assert_cmpint (generator.n_made, ==, 0);
}

/* It is the consumer's thread that takes from it, and so releases what is iterated. */
static void
test_endless_one_may_be_left (void)
{
  PlTestGenerator generator = PL_TEST_GENERATOR_INIT;
  g_autoptr(PlStage) source = pl_test_generator_source (&generator);
  g_autoptr(PlIterator) iterator = pl_stage_iterate (source);

  generator.limit = -1;
  for (int i = 0; i < 10; i++)
    pl_test_take_int (iterator);
  g_clear_object (&iterator);
  g_assert_cmpint (generator.n_made, ==, 10);
  g_assert_cmpint (generator.n_released, ==, 1);
}

/* Here it is the thread that feeds the stage. */
static void
test_endless_one_that_is_fed_may_be_left (void)
{
  PlTestGenerator generator = PL_TEST_GENERATOR_INIT;
  g_autoptr(PlStage) source = pl_test_generator_source (&generator);
  g_autoptr(PlStage) added = pl_thread_map (source, pl_test_add1, NULL, NULL);
  g_autoptr(PlIterator) iterator = NULL;

  generator.limit = -1;
  pl_stage_set_maxsize (added, 2);
  iterator = pl_stage_iterate (added);
  for (int i = 0; i < 10; i++)
    pl_test_take_int (iterator);
  g_clear_object (&iterator);
  g_assert_cmpint (generator.n_begun, ==, 1);
  g_assert_cmpint (generator.n_released, ==, 1);
}

static void
test_runs_do_not_know_of_each_other (void)
{
  PlTestGenerator generator = PL_TEST_GENERATOR_INIT;
  g_autoptr(PlStage) source = pl_test_generator_source (&generator);
  g_autoptr(PlIterator) first = pl_stage_iterate (source);
  g_autoptr(PlIterator) second = pl_stage_iterate (source);

  for (int i = 0; i < 3; i++)
    {
      g_assert_cmpint (pl_test_take_int (first), ==, i);
      g_assert_cmpint (pl_test_take_int (second), ==, i);
    }
}

/* One that nobody has taken from has nothing to release. */
static void
test_run_may_end_before_it_begins (void)
{
  PlTestGenerator generator = PL_TEST_GENERATOR_INIT;
  g_autoptr(PlStage) source = pl_test_generator_source (&generator);
  g_autoptr(PlIterator) iterator = pl_stage_iterate (source);

  g_clear_object (&iterator);
  g_assert_cmpint (generator.n_begun, ==, 0);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);

#define ADD(name, func) g_test_add_func ("/generator-source/" name, func)
  ADD ("each-run-begins-anew", test_each_run_begins_anew);
  ADD ("nothing-begins-before-it-is-taken", test_nothing_begins_before_it_is_taken);
  ADD ("end-may-be-at-the-beginning", test_end_may_be_at_the_beginning);
  ADD ("first-closure-may-fail", test_first_closure_may_fail);
  ADD ("second-closure-may-fail", test_second_closure_may_fail);
  ADD ("unset-value-is-an-error", test_unset_value_is_an_error);
  ADD ("endless-one-may-be-left", test_endless_one_may_be_left);
  ADD ("endless-one-that-is-fed-may-be-left", test_endless_one_that_is_fed_may_be_left);
  ADD ("runs-do-not-know-of-each-other", test_runs_do_not_know_of_each_other);
  ADD ("run-may-end-before-it-begins", test_run_may_end_before_it_begins);

  return pl_test_run ();
}
