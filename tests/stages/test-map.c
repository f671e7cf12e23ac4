/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-util.h"

static gboolean
double_string (const GValue *element,
               GValue *result,
               PlWorker *worker,
               gpointer user_data,
               GError **error)
{
  const char *string = g_value_get_string (element);

  g_value_init (result, G_TYPE_STRING);
  g_value_take_string (result, g_strconcat (string, string, NULL));
  return TRUE;
}

static gboolean
leave_result_unset (const GValue *element,
                    GValue *result,
                    PlWorker *worker,
                    gpointer user_data,
                    GError **error)
{
  return TRUE;
}

static gboolean
fail_without_error (const GValue *element,
                    GValue *result,
                    PlWorker *worker,
                    gpointer user_data,
                    GError **error)
{
  return FALSE;
}

static int
closure_add1 (int number, gpointer user_data)
{
  return number + 1;
}

static int
closure_fail (int number, gpointer user_data)
{
  g_autoptr(GError) error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_BUSY, "busy");

  pl_worker_set_error (pl_worker_get_current (), error);
  return 0;
}

static void
test_gives_each_result (const PlTestKind *kind)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 10);
  g_autoptr(PlStage) added = kind->map (numbers, pl_test_add1, NULL, NULL);

  pl_stage_set_workers (added, 3);
  pl_test_assert_sorted_ints (added, "1 2 3 4 5 6 7 8 9 10");
}

static void
test_keeps_order_with_one_worker (const PlTestKind *kind)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 10);
  g_autoptr(PlStage) added = kind->map (numbers, pl_test_add1, NULL, NULL);

  pl_test_assert_ints (added, "1 2 3 4 5 6 7 8 9 10");
}

static void
test_of_an_empty_source_is_empty (const PlTestKind *kind)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 0);
  g_autoptr(PlStage) added = kind->map (numbers, pl_test_add1, NULL, NULL);

  pl_test_assert_ints (added, "");
}

static void
test_takes_and_gives_any_type (const PlTestKind *kind)
{
  const char * const strings[] = { "a", "", "ü", NULL };
  g_autoptr(PlStage) source = pl_source_new_for_strv (strings);
  g_autoptr(PlStage) doubled = kind->map (source, double_string, NULL, NULL);
  g_autoptr(GArray) values = pl_stage_collect (doubled, NULL, NULL);

  g_assert_cmpuint (values->len, ==, 3);
  g_assert_cmpstr (g_value_get_string (&g_array_index (values, GValue, 0)), ==, "aa");
  g_assert_cmpstr (g_value_get_string (&g_array_index (values, GValue, 1)), ==, "");
  g_assert_cmpstr (g_value_get_string (&g_array_index (values, GValue, 2)), ==, "üü");
}

static void
test_calls_a_closure_with_the_element (const PlTestKind *kind)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 3);
  GClosure *closure = g_cclosure_new (G_CALLBACK (closure_add1), NULL, NULL);
  g_autoptr(PlStage) added = kind->map_with_closure (numbers, closure, G_TYPE_INT);

  pl_test_assert_ints (added, "1 2 3");
}

static void
test_closure_fails_with_the_error_it_sets (const PlTestKind *kind)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 3);
  GClosure *closure = g_cclosure_new (G_CALLBACK (closure_fail), NULL, NULL);
  g_autoptr(PlStage) added = kind->map_with_closure (numbers, closure, G_TYPE_INT);

  pl_test_assert_run_error (added, G_IO_ERROR, G_IO_ERROR_BUSY,
                            pl_test_pick_text (kind,
                                "stage “map” (sync map, element 0): busy",
                                "stage “map” (thread map, worker 0, element 0): busy"));
}

static void
test_unset_result_is_an_error (const PlTestKind *kind)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (5, 8);
  g_autoptr(PlStage) unset = kind->map (numbers, leave_result_unset, NULL, NULL);
  g_autoptr(GError) error = NULL;

  /* A GTask cannot be answered with such a value. */
  if (kind->answers_task)
    return;

  g_assert_false (pl_stage_run (unset, NULL, &error));
  g_assert_error (error, PL_ERROR, PL_ERROR_UNSET_RESULT);
}

static void
test_unset_error_is_an_error (const PlTestKind *kind)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (5, 8);
  g_autoptr(PlStage) failing = kind->map (numbers, fail_without_error, NULL, NULL);
  g_autoptr(GError) error = NULL;

  g_assert_false (pl_stage_run (failing, NULL, &error));
  g_assert_error (error, PL_ERROR, PL_ERROR_UNSET_ERROR);
}

static void
test_without_input_is_an_error (const PlTestKind *kind)
{
  g_autoptr(PlStage) stage = g_object_new (PL_TYPE_MAP, "kind", kind->kind, "name", "alone", NULL);
  g_autoptr(GError) error = NULL;

  g_assert_false (pl_stage_run (stage, NULL, &error));
  g_assert_error (error, PL_ERROR, PL_ERROR_NO_INPUT);
  g_assert_true (g_str_has_prefix (error->message, "stage “alone” ("));
}

static void
test_without_function_is_an_error (const PlTestKind *kind)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 3);
  g_autoptr(PlStage) stage = g_object_new (PL_TYPE_MAP, "kind", kind->kind, NULL);
  g_autoptr(GError) error = NULL;

  pl_stage_add_input (stage, numbers);
  g_assert_false (pl_stage_run (stage, NULL, &error));
  g_assert_error (error, PL_ERROR, PL_ERROR_NO_FUNCTION);
}

static void
test_null_arguments_are_refused (const PlTestKind *kind)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 3);

  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "*_map*PL_IS_STAGE (input)*");
  g_assert_null (kind->map (NULL, pl_test_add1, NULL, NULL));
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "*_map*func != NULL*");
  g_assert_null (kind->map (numbers, NULL, NULL, NULL));
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "*_map_with_closure*closure != NULL*");
  g_assert_null (kind->map_with_closure (numbers, NULL, G_TYPE_INT));
  g_test_assert_expected_messages ();
}

static void
test_frees_its_data_once (const PlTestKind *kind)
{
  PlTestCounts *counts = pl_test_new_shared (PlTestCounts);
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 3);
  PlStage *added = kind->map (numbers, pl_test_add1, counts, pl_test_on_free);

  pl_test_assert_ints (added, "1 2 3");
  pl_test_assert_ints (added, "1 2 3");
  g_assert_cmpint (counts->frees, ==, 0);
  g_assert_finalize_object (added);
  g_assert_cmpint (counts->frees, ==, 1);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);

  pl_test_add_anywhere ("/map/gives-each-result", test_gives_each_result);
  pl_test_add_anywhere ("/map/keeps-order-with-one-worker", test_keeps_order_with_one_worker);
  pl_test_add_anywhere ("/map/of-an-empty-source-is-empty", test_of_an_empty_source_is_empty);
  pl_test_add_anywhere ("/map/takes-and-gives-any-type", test_takes_and_gives_any_type);
  pl_test_add_anywhere ("/map/calls-a-closure-with-the-element",
                        test_calls_a_closure_with_the_element);
  pl_test_add_anywhere ("/map/closure-fails-with-the-error-it-sets",
                        test_closure_fails_with_the_error_it_sets);
  pl_test_add_anywhere ("/map/unset-result-is-an-error", test_unset_result_is_an_error);
  pl_test_add_anywhere ("/map/unset-error-is-an-error", test_unset_error_is_an_error);
  pl_test_add_anywhere ("/map/without-input-is-an-error", test_without_input_is_an_error);
  pl_test_add_anywhere ("/map/without-function-is-an-error", test_without_function_is_an_error);
  pl_test_add ("/map/null-arguments-are-refused", test_null_arguments_are_refused);
  pl_test_add_anywhere ("/map/frees-its-data-once", test_frees_its_data_once);

  return pl_test_run ();
}
