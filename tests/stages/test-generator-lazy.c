/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-generator.h"
#include "pl-test-kept.h"
#include "pl-test-thread.h"

/* A sync flat_map that makes one element a call makes it when it is taken: whatever stands between
 * it and the consumer, it may be endless. */

static PlStage *
new_lazy (PlTestGenerator *generator, int n_ints)
{
  return pl_test_generator_flat_map_ints (generator, PL_WORKER_KIND_SYNC, n_ints);
}

/* Takes some elements, which are @first and then each behind the next @step. */
static void
assert_taken (PlIterator *iterator, int first, int step)
{
  for (int i = 0; i < 50; i++)
    g_assert_cmpint (pl_test_take_int (iterator), ==, first + i * step);
}

static void
test_element_is_made_when_it_is_taken (void)
{
  PlTestGenerator generator = PL_TEST_GENERATOR_INIT;
  g_autoptr(PlStage) stage = new_lazy (&generator, 3);
  g_autoptr(PlIterator) iterator = pl_stage_iterate (stage);

  g_assert_cmpint (generator.n_begun, ==, 0);
  for (int i = 0; i < 9; i++)
    {
      g_assert_cmpint (pl_test_take_int (iterator), ==, i / 3 * 100 + i % 3);
      g_assert_cmpint (generator.n_begun, ==, i / 3 + 1);
      g_assert_cmpint (generator.n_made, ==, i + 1 + i / 3);
    }
  pl_test_assert_end (iterator);
}

static void
test_filter_takes_what_it_needs (void)
{
  PlTestGenerator generator = PL_TEST_GENERATOR_INIT;
  g_autoptr(PlStage) stage = new_lazy (&generator, 1);
  g_autoptr(PlStage) kept = pl_sync_filter (stage, pl_test_keep_even, NULL, NULL);
  g_autoptr(PlIterator) iterator = pl_stage_iterate (kept);

  generator.limit = -1;
  assert_taken (iterator, 0, 2);
  g_assert_cmpint (generator.n_made, ==, 99);
}

static void
test_one_may_be_in_another (void)
{
  PlTestGenerator outer = PL_TEST_GENERATOR_INIT;
  PlTestGenerator inner = PL_TEST_GENERATOR_INIT;
  g_autoptr(PlStage) stage = new_lazy (&outer, 1);
  g_autoptr(PlStage) nested = pl_test_generator_flat_map (&inner, PL_WORKER_KIND_SYNC, stage);
  g_autoptr(PlIterator) iterator = pl_stage_iterate (nested);

  outer.limit = -1;
  inner.limit = 1;
  assert_taken (iterator, 0, 100);
  g_assert_cmpint (outer.n_made, ==, 50);
  g_clear_object (&iterator);
  g_assert_cmpint (outer.n_released, ==, outer.n_begun);
  g_assert_cmpint (inner.n_released, ==, inner.n_begun);
}

static void
test_ordered_lets_it_pass (void)
{
  PlTestGenerator generator = PL_TEST_GENERATOR_INIT;
  g_autoptr(PlStage) stage = new_lazy (&generator, 3);
  g_autoptr(PlStage) ordered = pl_sync_ordered (stage);
  g_autoptr(PlIterator) iterator = pl_stage_iterate (ordered);

  generator.limit = -1;
  assert_taken (iterator, 0, 1);
}

static void
test_concat_takes_one_of_each_in_turn (void)
{
  PlTestGenerator generator = PL_TEST_GENERATOR_INIT;
  g_autoptr(PlStage) stage = new_lazy (&generator, 1);
  g_autoptr(PlStage) both = pl_sync_concat ((PlStage *[]) { stage, stage }, 2);
  g_autoptr(PlIterator) iterator = pl_stage_iterate (both);

  generator.limit = -1;
  for (int i = 0; i < 50; i++)
    g_assert_cmpint (pl_test_take_int (iterator), ==, i / 2);
}

/* The thread that feeds the other stage waits between two elements. What has been taken may be one,
 * one waits, one is in the hands of the stage, and one in those of the thread. */
static void
test_thread_stage_bounds_it (void)
{
  PlTestGenerator generator = PL_TEST_GENERATOR_INIT;
  g_autoptr(PlStage) stage = new_lazy (&generator, 1);
  g_autoptr(PlStage) added = pl_thread_map (stage, pl_test_add1, NULL, NULL);
  g_autoptr(PlIterator) iterator = NULL;

  generator.limit = -1;
  pl_stage_set_maxsize (added, 1);
  iterator = pl_stage_iterate (added);
  for (int n_taken = 0; n_taken < 100; n_taken++)
    {
      /* One waits for the consumer, and one for a place there; so it is before the stage. */
      pl_test_wait_for (&generator.n_made, n_taken + 4);
      g_assert_cmpint (g_atomic_int_get (&generator.n_made), ==, n_taken + 4);
      g_assert_cmpint (pl_test_take_int (iterator), ==, n_taken + 1);
    }

  g_clear_object (&iterator);
  g_assert_cmpint (generator.n_begun, ==, 1);
  g_assert_cmpint (generator.n_released, ==, 1);
}

static void
test_task_stage_bounds_it (void)
{
  PlTestGenerator generator = PL_TEST_GENERATOR_INIT;
  g_autoptr(PlStage) stage = new_lazy (&generator, 1);
  g_autoptr(PlStage) added = pl_task_map (stage, pl_test_answer_add1, NULL, NULL);
  g_autoptr(PlIterator) iterator = NULL;

  generator.limit = -1;
  iterator = pl_stage_iterate_bounded (added, 1);
  assert_taken (iterator, 1, 1);
  pl_test_settle ();
  g_assert_cmpint (generator.n_made, ==, 52);
  g_clear_object (&iterator);
  g_assert_cmpint (generator.n_released, ==, 1);
}

/* A main context has its turn, though nothing is ever passed on. */
static void
test_main_context_is_not_kept_waiting (void)
{
  PlTestGenerator generator = PL_TEST_GENERATOR_INIT;
  g_autoptr(PlStage) stage = new_lazy (&generator, 1);
  g_autoptr(PlStage) none = pl_sync_filter (stage, pl_test_keep_none, NULL, NULL);
  g_autoptr(PlStage) added = pl_task_map (none, pl_test_answer_add1, NULL, NULL);
  g_autoptr(PlIterator) iterator = NULL;

  generator.limit = -1;
  iterator = pl_stage_iterate (added);
  for (int i = 0; i < 10; i++)
    {
      gboolean has_had_its_turn = FALSE;

      g_idle_add (pl_test_set_cb, &has_had_its_turn);
      while (!has_had_its_turn)
        g_main_context_iteration (NULL, TRUE);
    }
  g_assert_cmpint (generator.n_made, >, 0);
}

/* An error comes when that element is taken, and not before. */
static void
test_error_in_the_middle_comes_in_its_turn (void)
{
  PlTestGenerator generator = PL_TEST_GENERATOR_INIT;
  g_autoptr(PlStage) stage = new_lazy (&generator, 1);
  g_autoptr(PlIterator) iterator = NULL;
  g_autoptr(GError) error = NULL;
  g_auto(GValue) value = G_VALUE_INIT;

  generator.limit = -1;
  generator.next_fails_of = 0;
  iterator = pl_stage_iterate (stage);
  g_assert_true (pl_iterator_next (iterator, &value, NULL, &error));
  g_assert_cmpint (g_value_get_int (&value), ==, 0);
  g_assert_false (pl_iterator_next (iterator, &value, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BUSY);
  g_assert_cmpstr (error->message, ==, "stage “flat_map” (sync flat_map, element 0): busy");
  g_assert_cmpint (generator.n_released, ==, 1);
}

static void
test_figures_count_elements_once (void)
{
  PlTestGenerator generator = PL_TEST_GENERATOR_INIT;
  g_autoptr(PlStage) stage = new_lazy (&generator, 40);
  g_autoptr(PlIterator) iterator = pl_stage_iterate (stage);
  g_autoptr(PlRunStatus) status = NULL;
  PlStageStatus *figures;

  for (int i = 0; i < 100; i++)
    pl_test_take_int (iterator);
  status = pl_iterator_dup_status (iterator);
  figures = pl_run_status_get_stage_status (status, stage);
  g_assert_cmpuint (pl_stage_status_get_elements_in (figures), ==, 34);
  g_assert_cmpuint (pl_stage_status_get_elements_out (figures), ==, 100);
}

/* While it is in between another thread may cancel the run: then the rest is for nobody. */
static void
test_cancelled_one_makes_no_more (void)
{
  PlTestGenerator generator = PL_TEST_GENERATOR_INIT;
  g_autoptr(PlStage) stage = new_lazy (&generator, 1);
  g_autoptr(PlIterator) iterator = pl_stage_iterate (stage);
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(GError) error = NULL;
  g_auto(GValue) value = G_VALUE_INIT;

  generator.limit = -1;
  g_assert_true (pl_iterator_next (iterator, &value, cancellable, NULL));
  g_cancellable_cancel (cancellable);
  g_assert_false (pl_iterator_next (iterator, &value, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpint (generator.n_made, ==, 1);
  g_assert_cmpint (generator.n_released, ==, 1);
}

/* A race of the end of the run, on another thread, with the elements that are fed to a stage. */
static void
test_leaving_races_with_making (void)
{
  for (guint round = 0; round < pl_test_rounds (1000); round++)
    {
      PlTestGenerator generator = PL_TEST_GENERATOR_INIT;
      g_autoptr(PlStage) stage = new_lazy (&generator, 3);
      g_autoptr(PlStage) added = pl_thread_map (stage, pl_test_add1, NULL, NULL);
      g_autoptr(PlIterator) iterator = NULL;

      generator.limit = -1;
      pl_stage_set_maxsize (added, 1 + round % 3);
      iterator = pl_stage_iterate (added);
      pl_test_take_int (iterator);
      g_thread_join (g_thread_new ("close", pl_test_close_thread, iterator));
      g_assert_cmpint (generator.n_released, ==, generator.n_begun);
    }
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);

#define ADD(name, func) g_test_add_func ("/generator-lazy/" name, func)
  ADD ("element-is-made-when-it-is-taken", test_element_is_made_when_it_is_taken);
  ADD ("filter-takes-what-it-needs", test_filter_takes_what_it_needs);
  ADD ("one-may-be-in-another", test_one_may_be_in_another);
  ADD ("ordered-lets-it-pass", test_ordered_lets_it_pass);
  ADD ("concat-takes-one-of-each-in-turn", test_concat_takes_one_of_each_in_turn);
  ADD ("thread-stage-bounds-it", test_thread_stage_bounds_it);
  ADD ("task-stage-bounds-it", test_task_stage_bounds_it);
  ADD ("main-context-is-not-kept-waiting", test_main_context_is_not_kept_waiting);
  ADD ("error-in-the-middle-comes-in-its-turn", test_error_in_the_middle_comes_in_its_turn);
  ADD ("figures-count-elements-once", test_figures_count_elements_once);
  ADD ("cancelled-one-makes-no-more", test_cancelled_one_makes_no_more);
  ADD ("leaving-races-with-making", test_leaving_races_with_making);

  return pl_test_run ();
}
