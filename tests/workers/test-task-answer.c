/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-kept.h"
#include "pl-test-thread.h"

/* What functions of task stages answer, when and from where; and functions that answer nothing. */

static gpointer
return_add1_thread (gpointer data)
{
  g_autoptr(GTask) task = data;

  pl_test_return_add1 (task);
  return NULL;
}

static void
return_add1_task_thread (GTask *task,
                         gpointer source_object,
                         gpointer task_data,
                         GCancellable *cancellable)
{
  pl_test_return_add1 (task);
}

static void
answer_later (GTask *task)
{
  pl_test_later (task, pl_test_return_add1_cb);
}

static void
answer_from_a_thread (GTask *task)
{
  pl_test_in_thread (task, return_add1_thread);
}

static void
answer_from_a_task_thread (GTask *task)
{
  g_task_run_in_thread (task, return_add1_task_thread);
}

static const PlTestWay answers[] = {
  { "at-once", pl_test_return_add1 },
  { "later", answer_later },
  { "from-a-thread", answer_from_a_thread },
  { "from-a-task-thread", answer_from_a_task_thread },
};

/* The thread has been joined before the function returns: the last reference is the stage's. */
static void
drop_in_a_thread_first (GTask *task)
{
  g_thread_join (g_thread_new ("drop", pl_test_drop_thread, g_object_ref (task)));
}

static const PlTestWay drops[] = {
  { "at-once", pl_test_drop_at_once },
  { "later", pl_test_drop_later },
  { "in-a-thread", pl_test_drop_in_a_thread },
  { "in-a-thread-first", drop_in_a_thread_first },
};

static void
take_way (const GValue *element, GTask *task, PlWorker *worker, gpointer user_data)
{
  const PlTestWay *way = user_data;

  g_task_set_task_data (task, (gpointer) element, NULL);
  way->func (task);
}

/* The function may still look at its task. */
static void
answer_and_look (const GValue *element, GTask *task, PlWorker *worker, gpointer user_data)
{
  pl_test_return_int (task, g_value_get_int (element));
  g_assert_true (pl_task_get_worker (task) == worker);
}

static void
test_task_is_there_until_the_function_returns (void)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 100);
  g_autoptr(PlStage) stage = pl_task_map (numbers, answer_and_look, NULL, NULL);
  g_autoptr(GArray) values = pl_stage_collect (stage, NULL, NULL);

  g_assert_cmpuint (values->len, ==, 100);
}

static void
test_answers (gconstpointer data)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 20);
  g_autoptr(PlStage) added = pl_task_map (numbers, take_way, (gpointer) data, NULL);
  g_autoptr(PlStage) expected_numbers = pl_source_new_range (1, 21);
  g_autofree char *expected = pl_test_run_ints (expected_numbers);

  pl_test_assert_ints (added, expected);
  pl_stage_set_workers (added, 3);
  pl_test_assert_sorted_ints (added, expected);
  pl_stage_set_workers (added, 0);
  pl_test_assert_sorted_ints (added, expected);
}

/* Each element goes another way. */
static void
take_any_way (const GValue *element, GTask *task, PlWorker *worker, gpointer user_data)
{
  take_way (element, task, worker,
            (gpointer) &answers[g_value_get_int (element) % G_N_ELEMENTS (answers)]);
}

static void
test_one_worker_keeps_order (void)
{
  const int n_elements = pl_test_rounds (1000);
  g_autoptr(PlStage) numbers = pl_source_new_range (0, n_elements);
  g_autoptr(PlStage) added = pl_task_map (numbers, take_any_way, NULL, NULL);
  g_autoptr(PlIterator) iterator = pl_stage_iterate (added);

  for (int i = 1; i <= n_elements; i++)
    g_assert_cmpint (pl_test_take_int (iterator), ==, i);
  pl_test_assert_end (iterator);
}

static void
test_answers_come_in_any_order (void)
{
  const int n_elements = pl_test_rounds (1000);
  g_autoptr(PlStage) numbers = pl_source_new_range (0, n_elements);
  g_autoptr(PlStage) added = pl_task_map (numbers, take_any_way, NULL, NULL);
  g_autoptr(PlStage) ordered = pl_task_ordered (added);
  g_autoptr(PlIterator) iterator = NULL;

  pl_stage_set_workers (added, 50);
  iterator = pl_stage_iterate (ordered);
  for (int i = 1; i <= n_elements; i++)
    g_assert_cmpint (pl_test_take_int (iterator), ==, i);
  pl_test_assert_end (iterator);
}

/* Drops the task of one element, for as often as the test says, and answers the others. */
typedef struct
{
  const PlTestWay *drop;
  int n_drops;
} PlTestDrops;

static void
drop_one (const GValue *element, GTask *task, PlWorker *worker, gpointer user_data)
{
  PlTestDrops *test = user_data;

  g_task_set_task_data (task, (gpointer) element, NULL);
  if (g_value_get_int (element) != 2 || test->n_drops-- <= 0)
    pl_test_return_add1 (task);
  else
    test->drop->func (task);
}

static void
test_drop_is_an_error (gconstpointer data)
{
  PlTestDrops test = { data, 1 };
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 5);
  g_autoptr(PlStage) added = pl_task_map (numbers, drop_one, &test, NULL);

  pl_stage_set_name (added, "resize");
  pl_test_assert_run_error (added, PL_ERROR, PL_ERROR_UNANSWERED,
                            "stage “resize” (task map, worker 0, element 2): The function let go "
                            "of its task without answering it; keep a reference to the GTask until "
                            "g_task_return_value(), g_task_return_boolean() or "
                            "g_task_return_error() is called");
}

static void
test_drop_may_be_skipped (gconstpointer data)
{
  PlTestDrops test = { data, 1 };
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 5);
  g_autoptr(PlStage) added = pl_task_map (numbers, drop_one, &test, NULL);

  pl_stage_set_error_policy (added, PL_ERROR_POLICY_SKIP);
  pl_test_assert_ints (added, "1 2 4 5");
}

static void
test_drop_may_be_retried (gconstpointer data)
{
  PlTestDrops test = { data, 3 };
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 5);
  g_autoptr(PlStage) added = pl_task_map (numbers, drop_one, &test, NULL);

  pl_stage_set_retries (added, 3);
  pl_test_assert_sorted_ints (added, "1 2 3 4 5");
}

/* All at once, with no reference that the stage holds, and outside of any dispatch. */
static void
test_drop_of_many (void)
{
  g_auto(PlTestKept) kept = PL_TEST_KEPT_INIT;
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 100);
  g_autoptr(PlStage) stage = pl_task_each (numbers, pl_test_keep, &kept, NULL);
  g_autoptr(PlIterator) iterator = NULL;
  g_autoptr(PlRunStatus) status = NULL;
  g_autoptr(GError) error = NULL;
  g_auto(GValue) value = G_VALUE_INIT;

  pl_stage_set_workers (stage, 0);
  pl_stage_set_error_policy (stage, PL_ERROR_POLICY_SKIP);
  iterator = pl_stage_iterate (stage);
  pl_test_settle ();
  g_ptr_array_set_size (kept.tasks, 0);
  g_assert_false (pl_iterator_next (iterator, &value, NULL, &error));
  g_assert_no_error (error);
  status = pl_iterator_dup_status (iterator);
  g_assert_cmpuint (pl_stage_status_get_elements_failed (
                      pl_run_status_get_stage_status (status, stage)), ==, 100);
}

/* Answers of other sorts than a value. */

static void
return_error (const GValue *element, GTask *task, PlWorker *worker, gpointer user_data)
{
  if (g_value_get_int (element) == 1)
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_NO_SPACE, "no space");
  else if (GPOINTER_TO_INT (user_data))
    pl_test_return_int (task, g_value_get_int (element));
  else
    g_task_return_boolean (task, TRUE);
}

static void
return_false (const GValue *element, GTask *task, PlWorker *worker, gpointer user_data)
{
  g_task_return_boolean (task, g_value_get_int (element) != 1);
}

static void
return_no_value (const GValue *element, GTask *task, PlWorker *worker, gpointer user_data)
{
  if (g_value_get_int (element) == 1)
    g_task_return_value (task, NULL);
  else
    pl_test_return_int (task, g_value_get_int (element));
}

static void
test_errors_keep_their_domain_and_code (void)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 3);
  g_autoptr(PlStage) map = pl_task_map (numbers, return_error, GINT_TO_POINTER (TRUE), NULL);
  g_autoptr(PlStage) filter = pl_task_filter (numbers, return_error, NULL, NULL);
  g_autoptr(PlStage) each = pl_task_each (numbers, return_error, NULL, NULL);
  g_autoptr(PlStage) flat_map = pl_task_flat_map (numbers, return_error, NULL, NULL);

  pl_test_assert_run_error (map, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
                            "stage “map” (task map, worker 0, element 1): no space");
  pl_test_assert_run_error (filter, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
                            "stage “filter” (task filter, worker 0, element 1): no space");
  pl_test_assert_run_error (each, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
                            "stage “each” (task each, worker 0, element 1): no space");
  pl_test_assert_run_error (flat_map, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
                            "stage “flat_map” (task flat_map, worker 0, element 1): no space");
}

static void
test_filter_drops_what_is_answered_with_false (void)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 3);
  g_autoptr(PlStage) filter = pl_task_filter (numbers, return_false, NULL, NULL);

  pl_test_assert_ints (filter, "0 2");
}

/* It says that it has failed, and not why. */
static void
test_false_is_an_error_in_others (void)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 3);
  g_autoptr(PlStage) each = pl_task_each (numbers, return_false, NULL, NULL);
  g_autoptr(PlStage) flat_map = pl_task_flat_map (numbers, return_false, NULL, NULL);

  pl_test_assert_run_error (each, PL_ERROR, PL_ERROR_UNSET_ERROR,
                            "stage “each” (task each, worker 0, element 1): "
                            "The function failed without setting an error");
  pl_test_assert_run_error (flat_map, PL_ERROR, PL_ERROR_UNSET_ERROR,
                            "stage “flat_map” (task flat_map, worker 0, element 1): "
                            "The function failed without setting an error");
}

/* So it is with any GTask. */
static void
test_no_value_is_a_null_pointer (void)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 3);
  g_autoptr(PlStage) map = pl_task_map (numbers, return_no_value, NULL, NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(GArray) values = pl_stage_collect (map, NULL, &error);
  const GValue *value;

  g_assert_no_error (error);
  g_assert_cmpuint (values->len, ==, 3);
  value = &g_array_index (values, GValue, 1);
  g_assert_true (G_VALUE_HOLDS_POINTER (value));
  g_assert_null (g_value_get_pointer (value));
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);

#define ADD(name, func) g_test_add_func ("/task-answer/" name, func)
  for (guint i = 0; i < G_N_ELEMENTS (answers); i++)
    {
      g_autofree char *path = g_strdup_printf ("/task-answer/comes/%s", answers[i].name);

      g_test_add_data_func (path, &answers[i], test_answers);
    }
  ADD ("task-is-there-until-the-function-returns", test_task_is_there_until_the_function_returns);
  ADD ("one-worker-keeps-order", test_one_worker_keeps_order);
  ADD ("answers-come-in-any-order", test_answers_come_in_any_order);

  for (guint i = 0; i < G_N_ELEMENTS (drops); i++)
    {
      g_autofree char *error = g_strdup_printf ("/task-answer/drop-is-an-error/%s", drops[i].name);
      g_autofree char *skip = g_strdup_printf ("/task-answer/drop-may-be-skipped/%s",
                                               drops[i].name);
      g_autofree char *retry = g_strdup_printf ("/task-answer/drop-may-be-retried/%s",
                                                drops[i].name);

      g_test_add_data_func (error, &drops[i], test_drop_is_an_error);
      g_test_add_data_func (skip, &drops[i], test_drop_may_be_skipped);
      g_test_add_data_func (retry, &drops[i], test_drop_may_be_retried);
    }
  ADD ("drop-of-many", test_drop_of_many);

  ADD ("errors-keep-their-domain-and-code", test_errors_keep_their_domain_and_code);
  ADD ("filter-drops-what-is-answered-with-false", test_filter_drops_what_is_answered_with_false);
  ADD ("false-is-an-error-in-others", test_false_is_an_error_in_others);
  ADD ("no-value-is-a-null-pointer", test_no_value_is_a_null_pointer);

  return pl_test_run ();
}
