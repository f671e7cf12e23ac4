/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-kept.h"

/* What a task stage does with elements that are not answered in time. Time is what is tested: only
 * elements that are never to be answered in time are kept, and the others are answered at once. */

/* Much more than an answer at once takes on a machine that has other things to do. */
#define TIMEOUT_MS 250

static void
keep_the_first (const GValue *element, GTask *task, PlWorker *worker, gpointer user_data)
{
  PlTestKept *kept = user_data;

  if (g_value_get_int (element) == 0)
    {
      pl_test_keep (element, task, worker, kept);
      return;
    }

  kept->counts.calls++;
  pl_test_return_int (task, g_value_get_int (element) + 1);
}

/* How a late task is dealt with; takes it. */
typedef struct
{
  const char *name;
  void (*func) (GTask *task);
} PlTestLate;

static void
return_value_late (GTask *task)
{
  pl_test_return_add1 (task);
  g_object_unref (task);
}

static void
return_error_late (GTask *task)
{
  g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_FAILED, "late");
  g_object_unref (task);
}

static void
drop_late (GTask *task)
{
  g_object_unref (task);
}

static gpointer
return_value_thread (gpointer task)
{
  return_value_late (task);
  return NULL;
}

static gpointer
drop_thread (gpointer task)
{
  drop_late (task);
  return NULL;
}

static void
return_value_in_a_thread (GTask *task)
{
  g_thread_join (g_thread_new ("answer", return_value_thread, task));
}

static void
drop_in_a_thread (GTask *task)
{
  g_thread_join (g_thread_new ("drop", drop_thread, task));
}

static const PlTestLate lates[] = {
  { "value", return_value_late },
  { "error", return_error_late },
  { "drop", drop_late },
  { "value-in-a-thread", return_value_in_a_thread },
  { "drop-in-a-thread", drop_in_a_thread },
};

static PlStage *
make_stage (PlTestKept *kept)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 4);
  PlStage *stage = pl_task_map (numbers, keep_the_first, kept, pl_test_on_free);

  pl_stage_set_timeout (stage, TIMEOUT_MS);
  pl_stage_set_on_start (stage, pl_test_on_start, &kept->counts, NULL);
  pl_stage_set_on_done (stage, pl_test_on_done, &kept->counts, NULL);
  return stage;
}

static void
assert_figures (PlIterator *iterator, PlStage *stage)
{
  g_autoptr(PlRunStatus) status = pl_iterator_dup_status (iterator);
  PlStageStatus *figures = pl_run_status_get_stage_status (status, stage);

  g_assert_cmpuint (pl_stage_status_get_elements_in (figures), ==, 4);
  g_assert_cmpuint (pl_stage_status_get_elements_out (figures), ==, 3);
  g_assert_cmpuint (pl_stage_status_get_elements_timed_out (figures), ==, 1);
  g_assert_cmpuint (pl_stage_status_get_elements_dropped (figures), ==, 0);
  g_assert_cmpuint (pl_stage_status_get_elements_failed (figures), ==, 0);
  g_assert_cmpuint (pl_stage_status_get_active_workers (figures), ==, 0);
}

/* The only worker goes on though the late function has not answered, without being replaced. */
static void
test_slot_is_free_at_once (void)
{
  g_auto(PlTestKept) kept = PL_TEST_KEPT_INIT;
  g_autoptr(PlStage) stage = make_stage (&kept);
  g_autoptr(PlIterator) iterator = NULL;
  GCancellable *cancellable;
  gint64 begin = g_get_monotonic_time ();

  iterator = pl_stage_iterate (stage);
  pl_test_kept_wait (&kept, 1);
  g_assert_cmpint (kept.counts.calls, ==, 1);
  cancellable = g_task_get_cancellable (g_ptr_array_index (kept.tasks, 0));
  g_assert_false (g_cancellable_is_cancelled (cancellable));

  for (int i = 2; i <= 4; i++)
    g_assert_cmpint (pl_test_take_int (iterator), ==, i);
  g_assert_true (g_cancellable_is_cancelled (cancellable));
  g_assert_cmpint (g_get_monotonic_time () - begin, >=, TIMEOUT_MS * 1000);
  pl_test_assert_end (iterator);

  assert_figures (iterator, stage);
  g_assert_cmpint (kept.counts.calls, ==, 4);
  g_assert_cmpint (kept.counts.starts, ==, 1);
  g_assert_cmpint (kept.counts.dones, ==, 1);
}

/* The stage's own worker, and the other elements, are not told. */
static void
test_others_are_not_cancelled (void)
{
  g_auto(PlTestKept) kept = PL_TEST_KEPT_INIT;
  g_autoptr(PlStage) stage = make_stage (&kept);
  g_autoptr(PlIterator) iterator = NULL;
  g_auto(GValue) value = G_VALUE_INIT;
  PlWorker *worker;

  iterator = pl_stage_iterate (stage);
  pl_test_kept_wait (&kept, 1);
  worker = pl_task_get_worker (g_ptr_array_index (kept.tasks, 0));
  while (pl_iterator_next (iterator, &value, NULL, NULL))
    g_assert_false (g_cancellable_is_cancelled (pl_worker_get_cancellable (worker)));
}

static void
test_late_answer_is_ignored (gconstpointer data)
{
  const PlTestLate *late = data;
  g_auto(PlTestKept) kept = PL_TEST_KEPT_INIT;
  g_autoptr(PlStage) stage = make_stage (&kept);
  g_autoptr(PlIterator) iterator = NULL;
  g_autoptr(GError) error = NULL;
  g_auto(GValue) value = G_VALUE_INIT;

  iterator = pl_stage_iterate (stage);
  g_assert_true (pl_iterator_next (iterator, &value, NULL, NULL));
  g_assert_cmpint (g_value_get_int (&value), ==, 2);
  late->func (pl_test_kept_steal (&kept, 0));
  pl_test_settle ();
  for (int i = 3; i <= 4; i++)
    {
      g_assert_true (pl_iterator_next (iterator, &value, NULL, NULL));
      g_assert_cmpint (g_value_get_int (&value), ==, i);
    }
  g_assert_false (pl_iterator_next (iterator, &value, NULL, &error));
  g_assert_no_error (error);
  assert_figures (iterator, stage);
}

static void
test_late_answer_may_come_when_all_is_gone (gconstpointer data)
{
  const PlTestLate *late = data;
  g_auto(PlTestKept) kept = PL_TEST_KEPT_INIT;
  PlStage *stage = make_stage (&kept);

  pl_test_assert_ints (stage, "2 3 4");
  g_object_unref (stage);
  g_assert_cmpint (kept.counts.frees, ==, 0);
  late->func (pl_test_kept_steal (&kept, 0));
  pl_test_settle ();
  g_assert_cmpint (kept.counts.frees, ==, 1);
}

static void
test_ordered_is_not_held_up (void)
{
  g_auto(PlTestKept) kept = PL_TEST_KEPT_INIT;
  g_autoptr(PlStage) stage = make_stage (&kept);
  g_autoptr(PlStage) ordered = pl_task_ordered (stage);

  pl_stage_set_workers (stage, 4);
  pl_test_assert_ints (ordered, "2 3 4");
  g_assert_cmpuint (kept.tasks->len, ==, 1);
}

static void
test_late_element_is_not_tried_again (void)
{
  g_auto(PlTestKept) kept = PL_TEST_KEPT_INIT;
  g_autoptr(PlStage) stage = make_stage (&kept);

  pl_stage_set_retries (stage, 3);
  pl_test_assert_ints (stage, "2 3 4");
  g_assert_cmpint (kept.counts.calls, ==, 4);
}

static void
test_all_in_flight_may_be_late (void)
{
  const guint n_elements = pl_test_rounds (1000);
  g_auto(PlTestKept) kept = PL_TEST_KEPT_INIT;
  g_autoptr(PlStage) numbers = pl_source_new_range (0, n_elements);
  g_autoptr(PlStage) stage = pl_task_map (numbers, pl_test_keep, &kept, NULL);
  g_autoptr(PlIterator) iterator = NULL;
  g_autoptr(PlRunStatus) status = NULL;
  g_autoptr(GError) error = NULL;
  g_auto(GValue) value = G_VALUE_INIT;

  pl_stage_set_workers (stage, 100);
  pl_stage_set_timeout (stage, 5);
  iterator = pl_stage_iterate (stage);
  g_assert_false (pl_iterator_next (iterator, &value, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (kept.tasks->len, ==, n_elements);
  status = pl_iterator_dup_status (iterator);
  g_assert_cmpuint (pl_stage_status_get_elements_timed_out (
                      pl_run_status_get_stage_status (status, stage)), ==, n_elements);
}

/* Emits one, and is late with element 0. */
static void
emit_and_keep (const GValue *element, GTask *task, PlWorker *worker, gpointer user_data)
{
  int number = g_value_get_int (element);

  g_assert_true (pl_test_emit_int (task, number * 10));
  if (number == 0)
    pl_test_keep (element, task, worker, user_data);
  else
    g_task_return_boolean (task, TRUE);
}

static gpointer
emit_thread (gpointer task)
{
  return GINT_TO_POINTER (pl_test_emit_int (task, 1));
}

static void
test_what_a_flat_map_emitted_stays (void)
{
  g_auto(PlTestKept) kept = PL_TEST_KEPT_INIT;
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 4);
  g_autoptr(PlStage) stage = pl_task_flat_map (numbers, emit_and_keep, &kept, NULL);
  g_autoptr(PlIterator) iterator = NULL;
  GTask *task;

  pl_stage_set_timeout (stage, TIMEOUT_MS);
  iterator = pl_stage_iterate (stage);
  for (int i = 0; i <= 1; i++)
    g_assert_cmpint (pl_test_take_int (iterator), ==, i * 10);

  task = g_ptr_array_index (kept.tasks, 0);
  g_assert_true (g_cancellable_is_cancelled (g_task_get_cancellable (task)));
  g_assert_false (pl_test_emit_int (task, 1));
  g_assert_null (g_thread_join (g_thread_new ("emit", emit_thread, task)));

  for (int i = 2; i <= 3; i++)
    g_assert_cmpint (pl_test_take_int (iterator), ==, i * 10);
  pl_test_assert_end (iterator);
}

/* Even from a function that has not seen that its time is over, while nobody iterates the
 * context. */
static void
test_emits_nothing_behind_its_time (void)
{
  g_auto(PlTestKept) kept = PL_TEST_KEPT_INIT;
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 1);
  g_autoptr(PlStage) stage = pl_task_flat_map (numbers, emit_and_keep, &kept, NULL);
  g_autoptr(PlIterator) iterator = NULL;

  pl_stage_set_timeout (stage, TIMEOUT_MS);
  iterator = pl_stage_iterate (stage);
  pl_test_kept_wait (&kept, 1);
  g_usleep (TIMEOUT_MS * 1000);
  g_assert_false (pl_test_emit_int (g_ptr_array_index (kept.tasks, 0), 1));
}

/* The test holds the main context up until the time is over; the answer is there by then, and only
 * has to be dispatched. */
static void
test_answer_that_is_there_counts (void)
{
  g_auto(PlTestKept) kept = PL_TEST_KEPT_INIT;
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 1);
  g_autoptr(PlStage) stage = pl_task_map (numbers, pl_test_keep, &kept, NULL);
  g_autoptr(PlIterator) iterator = NULL;

  pl_stage_set_timeout (stage, TIMEOUT_MS);
  iterator = pl_stage_iterate (stage);
  pl_test_kept_wait (&kept, 1);
  pl_test_settle ();
  pl_test_later (g_ptr_array_index (kept.tasks, 0), pl_test_return_add1_cb);
  g_usleep (TIMEOUT_MS * 1000);

  g_assert_cmpint (pl_test_take_int (iterator), ==, 1);
}

static void
emit_three (const GValue *element, GTask *task, PlWorker *worker, gpointer user_data)
{
  for (int i = 0; i < 3; i++)
    g_assert_true (pl_test_emit_int (task, g_value_get_int (element) * 10 + i));
  g_task_return_boolean (task, TRUE);
}

/* Elements that have been answered wait for their place for much longer than they may take. */
static void
test_waiting_for_the_output_does_not_count (void)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 3);
  g_autoptr(PlStage) stage = pl_task_flat_map (numbers, emit_three, NULL, NULL);
  g_autoptr(PlIterator) iterator = NULL;

  pl_stage_set_timeout (stage, TIMEOUT_MS);
  pl_stage_set_workers (stage, 2);
  iterator = pl_stage_iterate_bounded (stage, 1);
  for (int i = 0; i < 9; i++)
    {
      pl_test_settle ();
      if (i % 4 == 0)
        g_usleep (TIMEOUT_MS * 1000 + 50000);
      pl_test_settle ();
      g_assert_cmpint (pl_test_take_int (iterator), ==, i / 3 * 10 + i % 3);
    }
  pl_test_assert_end (iterator);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);

#define ADD(name, func) g_test_add_func ("/task-timeout/" name, func)
  ADD ("slot-is-free-at-once", test_slot_is_free_at_once);
  ADD ("others-are-not-cancelled", test_others_are_not_cancelled);
  for (guint i = 0; i < G_N_ELEMENTS (lates); i++)
    {
      g_autofree char *during = g_strdup_printf ("/task-timeout/late-answer-is-ignored/%s",
                                                 lates[i].name);
      g_autofree char *after = g_strdup_printf ("/task-timeout/late-answer-may-come-when-all-is-"
                                                "gone/%s", lates[i].name);

      g_test_add_data_func (during, &lates[i], test_late_answer_is_ignored);
      g_test_add_data_func (after, &lates[i], test_late_answer_may_come_when_all_is_gone);
    }
  ADD ("ordered-is-not-held-up", test_ordered_is_not_held_up);
  ADD ("late-element-is-not-tried-again", test_late_element_is_not_tried_again);
  ADD ("all-in-flight-may-be-late", test_all_in_flight_may_be_late);
  ADD ("what-a-flat-map-emitted-stays", test_what_a_flat_map_emitted_stays);
  ADD ("emits-nothing-behind-its-time", test_emits_nothing_behind_its_time);
  ADD ("answer-that-is-there-counts", test_answer_that_is_there_counts);
  ADD ("waiting-for-the-output-does-not-count", test_waiting_for_the_output_does_not_count);

  return pl_test_run ();
}
