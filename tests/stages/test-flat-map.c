/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-util.h"

/* Emits as many elements as the element says: none, one or many. */
static gboolean
emit_each_below (const GValue *element, PlWorker *worker, gpointer user_data, GError **error)
{
  int n = g_value_get_int (element);

  for (int i = 0; i < n; i++)
    {
      g_auto(GValue) value = G_VALUE_INIT;

      g_value_init (&value, G_TYPE_INT);
      g_value_set_int (&value, n);
      if (!pl_worker_emit (worker, &value, error))
        return FALSE;
    }

  return TRUE;
}

static gboolean
emit_without_end (const GValue *element, PlWorker *worker, gpointer user_data, GError **error)
{
  PlTestCounts *counts = user_data;

  for (;;)
    {
      GValue value = G_VALUE_INIT;

      g_value_init (&value, G_TYPE_INT);
      g_value_set_int (&value, g_atomic_int_add (&counts->calls, 1));
      if (!pl_worker_emit_take (worker, &value, error))
        return FALSE;
    }
}

static gboolean
emit_string (const GValue *element, PlWorker *worker, gpointer user_data, GError **error)
{
  const char **string = user_data;
  GValue value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_STRING);
  g_value_take_string (&value, g_strdup ("taken"));
  *string = g_value_get_string (&value);
  return pl_worker_emit_take (worker, &value, error) && !G_IS_VALUE (&value);
}

static gboolean
emit_and_fail (const GValue *element, PlWorker *worker, gpointer user_data, GError **error)
{
  if (!emit_each_below (element, worker, NULL, error))
    return FALSE;

  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE, "no space");
  return FALSE;
}

static gboolean
emit_from_a_map (const GValue *element,
                 GValue *result,
                 PlWorker *worker,
                 gpointer user_data,
                 GError **error)
{
  g_assert_false (pl_worker_emit (worker, element, NULL));
  return pl_test_add1 (element, result, worker, NULL, error);
}

static gboolean
show_index (const GValue *element,
            GValue *result,
            PlWorker *worker,
            gpointer user_data,
            GError **error)
{
  guint n;
  const gint64 *path = pl_worker_get_element_index (worker, &n);

  g_assert_cmpuint (n, ==, 3);
  g_value_init (result, G_TYPE_INT);
  g_value_set_int (result, path[0] * 100 + path[1] * 10 + path[2]);
  return TRUE;
}

static void
closure_emit_twice (int number, gpointer user_data)
{
  PlWorker *worker = pl_worker_get_current ();
  GValue value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_INT);
  g_value_set_int (&value, number);
  pl_worker_emit (worker, &value, NULL);
  pl_worker_emit (worker, &value, NULL);
}

static void
test_gives_none_one_or_many (const PlTestKind *kind)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 5);
  g_autoptr(PlStage) many = kind->flat_map (numbers, emit_each_below, NULL, NULL);

  pl_test_assert_ints (many, "1 2 2 3 3 3 4 4 4 4");
  pl_stage_set_workers (many, 3);
  pl_stage_set_maxsize (many, 1);
  pl_test_assert_sorted_ints (many, "1 2 2 3 3 3 4 4 4 4");
}

static void
test_calls_a_closure_with_the_element (const PlTestKind *kind)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 3);
  GClosure *closure = g_cclosure_new (G_CALLBACK (closure_emit_twice), NULL, NULL);
  g_autoptr(PlStage) many = kind->flat_map_with_closure (numbers, closure);

  pl_test_assert_ints (many, "0 0 1 1 2 2");
}

static void
test_appends_to_the_index (const PlTestKind *kind)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (1, 3);
  g_autoptr(PlStage) once = kind->flat_map (numbers, emit_each_below, NULL, NULL);
  g_autoptr(PlStage) twice = kind->flat_map (once, emit_each_below, NULL, NULL);
  g_autoptr(PlStage) indices = kind->map (twice, show_index, NULL, NULL);

  pl_test_assert_ints (indices, "0 100 101 110 111");
}

static void
test_emit_take_moves_the_value (const PlTestKind *kind)
{
  const char *string = NULL;
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 1);
  g_autoptr(PlStage) strings = kind->flat_map (numbers, emit_string, &string, NULL);
  g_autoptr(GArray) values = pl_stage_collect (strings, NULL, NULL);

  g_assert_cmpuint (values->len, ==, 1);
  g_assert_true (g_value_get_string (&g_array_index (values, GValue, 0)) == string);
}

static void
test_error_after_emitting_ends_the_run (const PlTestKind *kind)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (2, 5);
  g_autoptr(PlStage) failing = kind->flat_map (numbers, emit_and_fail, NULL, NULL);

  pl_stage_set_name (failing, "emit");
  pl_test_assert_run_error (failing, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
                            pl_test_pick_text (kind,
                                "stage “emit” (sync flat_map, element 0): no space",
                                "stage “emit” (thread flat_map, worker 0, element 0): no space"));
}

static void
test_only_flat_maps_and_sources_emit (const PlTestKind *kind)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 1);
  g_autoptr(PlStage) added = kind->map (numbers, emit_from_a_map, NULL, NULL);

  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "pl_worker_emit:*pl_worker_may_emit*");
  pl_test_assert_ints (added, "1");
  g_test_assert_expected_messages ();
}

static void
test_emitting_waits_while_the_output_is_full (void)
{
  PlTestCounts counts = { 0 };
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 1);
  g_autoptr(PlStage) endless = pl_thread_flat_map (numbers, emit_without_end, &counts, NULL);
  g_autoptr(PlIterator) iterator = NULL;

  iterator = pl_stage_iterate_bounded (endless, 4);
  for (int n = 0; n < 100; n++)
    {
      g_assert_cmpint (pl_test_take_int (iterator), ==, n);
      pl_test_wait_for (&counts.calls, n + 6);
      g_assert_cmpint (g_atomic_int_get (&counts.calls), ==, n + 6);
    }
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);

  pl_test_add_anywhere ("/flat-map/gives-none-one-or-many", test_gives_none_one_or_many);
  pl_test_add_anywhere ("/flat-map/calls-a-closure-with-the-element",
                        test_calls_a_closure_with_the_element);
  pl_test_add_anywhere ("/flat-map/appends-to-the-index", test_appends_to_the_index);
  pl_test_add ("/flat-map/emit-take-moves-the-value", test_emit_take_moves_the_value);
  pl_test_add_anywhere ("/flat-map/error-after-emitting-ends-the-run",
                        test_error_after_emitting_ends_the_run);
  pl_test_add ("/flat-map/only-flat-maps-and-sources-emit", test_only_flat_maps_and_sources_emit);
  g_test_add_func ("/flat-map/emitting-waits-while-the-output-is-full/thread",
                   test_emitting_waits_while_the_output_is_full);

  return pl_test_run ();
}
