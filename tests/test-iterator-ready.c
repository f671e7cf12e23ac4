/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-util.h"

/* Who is told when there may be something to take, and what is given ahead of time. */

static void
count_cb (guint n_given, gpointer user_data)
{
  ++*(int *) user_data;
}

static PlIterator *
iterate_telling (PlStage *stage, int *n_told)
{
  PlIterator *iterator = pl_stage_iterate (stage);

  g_assert_true (pl_iterator_set_ready (iterator, g_cclosure_new (G_CALLBACK (count_cb), n_told,
                                                                  NULL)));
  return iterator;
}

static void
iterate_until_told (int *n_told)
{
  *n_told = 0;
  while (*n_told == 0)
    g_main_context_iteration (NULL, TRUE);
}

/* What is given first. */
static int
try_int (PlIterator *iterator, guint max_values, guint *n_values)
{
  const GValue *values = pl_iterator_try_next_values (iterator, max_values, n_values);

  g_assert_true ((values != NULL) == (*n_values > 0));
  return values != NULL ? g_value_get_int (values) : -1;
}

static int
try_int_ahead (PlIterator *iterator, guint *n_values)
{
  const GValue *values = pl_iterator_try_next_ahead (iterator, 10, n_values);

  g_assert_true ((values != NULL) == (*n_values > 0));
  return values != NULL ? g_value_get_int (values) : -1;
}

static void
push_int (PlChannel *channel, int number)
{
  g_auto(GValue) value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_INT);
  g_value_set_int (&value, number);
  g_assert_true (pl_channel_push (channel, &value, NULL, NULL));
}

static void
test_told_when_there_is_something (void)
{
  g_autoptr(PlStage) channel = pl_channel_new (0);
  g_autoptr(PlStage) same = pl_task_concat (&channel, 1);
  g_autoptr(PlIterator) iterator = NULL;
  int n_told = 0;
  guint n;

  iterator = iterate_telling (same, &n_told);
  for (int i = 0; i < 10; i++)
    {
      n_told = 0;
      g_assert_cmpint (try_int (iterator, 10, &n), ==, -1);
      pl_test_settle ();
      g_assert_cmpint (n_told, ==, 0);

      push_int (PL_CHANNEL (channel), i);
      iterate_until_told (&n_told);
      g_assert_cmpint (try_int (iterator, 10, &n), ==, i);
      g_assert_cmpuint (n, ==, 1);
    }
}

static void
next_values_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GError) error = NULL;
  guint n;

  g_assert_null (pl_iterator_next_values_finish (PL_ITERATOR (object), result, &n, &error));
  g_assert_no_error (error);
  *(gboolean *) user_data = TRUE;
}

static void
test_told_of_the_end (void)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 1);
  g_autoptr(PlStage) same = pl_task_concat (&numbers, 1);
  g_autoptr(PlIterator) iterator = NULL;
  gboolean is_at_end = FALSE;
  int n_told = 0;
  guint n;

  iterator = iterate_telling (same, &n_told);
  while (try_int (iterator, 10, &n) == -1)
    iterate_until_told (&n_told);

  /* Nothing twice in a row. */
  for (int i = 0; i < 2; i++)
    {
      g_assert_cmpint (try_int (iterator, 10, &n), ==, -1);
      iterate_until_told (&n_told);
    }
  pl_iterator_next_values_async (iterator, 10, NULL, next_values_cb, &is_at_end);
  while (!is_at_end)
    g_main_context_iteration (NULL, TRUE);

  g_assert_cmpint (try_int (iterator, 10, &n), ==, -1);
  iterate_until_told (&n_told);
}

/* All waits, and nothing else would let the loop go on. */
static void
test_told_again_after_many (void)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 1000);
  g_autoptr(PlStage) same = pl_task_concat (&numbers, 1);
  g_autoptr(PlIterator) iterator = NULL;
  int n_told = 0;
  int expected = 0;
  guint n;

  iterator = iterate_telling (same, &n_told);
  pl_test_settle ();
  while (expected < 1000)
    {
      int first = expected;

      while (try_int (iterator, 16, &n) == expected)
        expected += (int) n;
      g_assert_cmpint (expected, <=, first + 100);
      iterate_until_told (&n_told);
    }
}

static void
test_drawing_goes_first_after_many (void)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 1000);
  g_autoptr(PlStage) same = pl_task_concat (&numbers, 1);
  g_autoptr(PlIterator) iterator = NULL;
  int n_told = 0;
  guint n;

  iterator = iterate_telling (same, &n_told);
  pl_test_settle ();
  for (int round = 0; round < 10; round++)
    {
      gboolean has_drawn = FALSE;

      while (try_int (iterator, 16, &n) >= 0)
        continue;
      g_idle_add_full (PL_TEST_REDRAW_PRIORITY, pl_test_set_cb, &has_drawn, NULL);
      iterate_until_told (&n_told);
      g_assert_true (has_drawn);
    }
}

static void
test_never_told_behind_sync (void)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 1);
  g_autoptr(PlStage) added = pl_sync_map (numbers, pl_test_add1, NULL, NULL);
  g_autoptr(PlIterator) iterator = pl_stage_iterate (added);
  int n_told = 0;

  g_assert_false (pl_iterator_set_ready (iterator, g_cclosure_new (G_CALLBACK (count_cb), &n_told,
                                                                   NULL)));
}

static void
test_told_when_another_call_waits (void)
{
  g_autoptr(PlStage) channel = pl_channel_new (0);
  g_autoptr(PlStage) same = pl_task_concat (&channel, 1);
  g_autoptr(PlIterator) iterator = NULL;
  gboolean is_at_end = FALSE;
  int n_told = 0;
  guint n;

  iterator = iterate_telling (same, &n_told);
  g_assert_cmpint (try_int (iterator, 10, &n), ==, -1);
  pl_iterator_next_values_async (iterator, 10, NULL, next_values_cb, &is_at_end);
  iterate_until_told (&n_told);

  /* It has the call's elements no more than that has its own. */
  g_assert_cmpint (try_int (iterator, 10, &n), ==, -1);
  iterate_until_told (&n_told);

  pl_channel_close (PL_CHANNEL (channel));
  while (!is_at_end)
    g_main_context_iteration (NULL, TRUE);
}

static void
drop_cb (guint n_given, gpointer user_data)
{
  g_clear_object ((PlIterator **) user_data);
}

static void
test_who_is_told_may_drop_the_iterator (void)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, G_MAXINT);
  g_autoptr(PlStage) same = pl_task_concat (&numbers, 1);
  PlIterator *iterator = NULL;
  guint n;

  pl_stage_set_maxsize (same, 3);
  iterator = pl_stage_iterate (same);
  g_assert_true (pl_iterator_set_ready (iterator, g_cclosure_new (G_CALLBACK (drop_cb), &iterator,
                                                                  NULL)));
  g_assert_cmpint (try_int (iterator, 10, &n), ==, -1);
  while (iterator != NULL)
    g_main_context_iteration (NULL, TRUE);
  pl_test_settle ();
}

static gboolean
count_call (const GValue *element,
            GValue *result,
            PlWorker *worker,
            gpointer user_data,
            GError **error)
{
  ++*(int *) user_data;
  g_value_init (result, G_TYPE_INT);
  g_value_copy (element, result);
  return TRUE;
}

static PlStage *
new_counting_stage (int *n_calls)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 20);
  PlStage *stage = pl_sync_map (numbers, count_call, n_calls, NULL);
  PlStage *last = pl_task_concat (&stage, 1);

  g_object_unref (stage);
  pl_stage_set_maxsize (last, 3);
  return last;
}

static guint64
count_taken (PlIterator *iterator)
{
  g_autoptr(PlRunStatus) status = pl_iterator_dup_status (iterator);

  return pl_run_status_get_elements (status);
}

/* 3 wait, and 1 finds no place. */
static void
test_what_is_given_ahead_keeps_its_place (void)
{
  int n_calls = 0;
  g_autoptr(PlStage) stage = new_counting_stage (&n_calls);
  g_autoptr(PlIterator) iterator = pl_stage_iterate (stage);
  guint n;

  pl_test_settle ();
  g_assert_cmpint (n_calls, ==, 4);

  g_assert_cmpint (try_int_ahead (iterator, &n), ==, 0);
  g_assert_cmpuint (n, ==, 3);
  for (int i = 1; i < 3; i++)
    {
      pl_test_settle ();
      g_assert_cmpint (n_calls, ==, 4 + i);
      g_assert_cmpuint (count_taken (iterator), ==, i);
      g_assert_true (pl_iterator_take_ahead (iterator));
    }
  pl_test_settle ();
  g_assert_cmpint (n_calls, ==, 7);
  g_assert_cmpuint (count_taken (iterator), ==, 3);

  g_assert_false (pl_iterator_take_ahead (iterator));
  g_assert_cmpint (try_int_ahead (iterator, &n), ==, 3);
}

static void
test_next_call_takes_what_was_given_ahead (void)
{
  int n_calls = 0;
  g_autoptr(PlStage) stage = new_counting_stage (&n_calls);
  g_autoptr(PlIterator) iterator = pl_stage_iterate (stage);
  g_auto(GValue) value = G_VALUE_INIT;
  guint n;

  pl_test_settle ();
  g_assert_cmpint (try_int_ahead (iterator, &n), ==, 0);
  g_assert_cmpuint (n, ==, 3);
  for (int i = 3; i < 20; i++)
    {
      g_assert_true (pl_iterator_next (iterator, &value, NULL, NULL));
      g_assert_cmpint (g_value_get_int (&value), ==, i);
    }
  g_assert_false (pl_iterator_next (iterator, &value, NULL, NULL));
  g_assert_cmpuint (count_taken (iterator), ==, 20);
}

static void
test_what_was_given_ahead_goes_with_the_run (void)
{
  int n_calls = 0;
  g_autoptr(PlStage) stage = new_counting_stage (&n_calls);
  g_autoptr(PlIterator) iterator = pl_stage_iterate (stage);
  guint n;

  pl_test_settle ();
  g_assert_cmpint (try_int_ahead (iterator, &n), ==, 0);
  pl_iterator_close (iterator);
  g_assert_false (pl_iterator_take_ahead (iterator));
  g_assert_cmpint (try_int_ahead (iterator, &n), ==, -1);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);

  g_test_add_func ("/iterator-ready/told-when-there-is-something",
                   test_told_when_there_is_something);
  g_test_add_func ("/iterator-ready/told-of-the-end", test_told_of_the_end);
  g_test_add_func ("/iterator-ready/told-again-after-many", test_told_again_after_many);
  g_test_add_func ("/iterator-ready/drawing-goes-first-after-many",
                   test_drawing_goes_first_after_many);
  g_test_add_func ("/iterator-ready/never-told-behind-sync", test_never_told_behind_sync);
  g_test_add_func ("/iterator-ready/told-when-another-call-waits",
                   test_told_when_another_call_waits);
  g_test_add_func ("/iterator-ready/who-is-told-may-drop-the-iterator",
                   test_who_is_told_may_drop_the_iterator);
  g_test_add_func ("/iterator-ready/what-is-given-ahead-keeps-its-place",
                   test_what_is_given_ahead_keeps_its_place);
  g_test_add_func ("/iterator-ready/next-call-takes-what-was-given-ahead",
                   test_next_call_takes_what_was_given_ahead);
  g_test_add_func ("/iterator-ready/what-was-given-ahead-goes-with-the-run",
                   test_what_was_given_ahead_goes_with_the_run);

  return pl_test_run ();
}
