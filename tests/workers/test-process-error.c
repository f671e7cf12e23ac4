/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-process.h"

#include <stdlib.h>

/* What goes wrong in a process, and what its parent is told of it. */

static GObject *
new_object (void)
{
  return g_object_new (G_TYPE_OBJECT, NULL);
}

/* A domain that is known to the worker process alone. */
static gboolean
fail_in_a_domain_of_its_own (const GValue *element,
                             GValue *result,
                             PlWorker *worker,
                             gpointer user_data,
                             GError **error)
{
  g_set_error_literal (error, g_quark_from_string ("pl-test-only-in-the-worker"), 7, "no ink");
  return FALSE;
}

static void
test_unknown_domain_arrives (void)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 3);
  g_autoptr(PlStage) stage = pl_test_process.map (numbers, fail_in_a_domain_of_its_own, NULL,
                                                  NULL);
  g_autoptr(GError) error = NULL;

  g_assert_cmpuint (g_quark_try_string ("pl-test-only-in-the-worker"), ==, 0);
  g_assert_false (pl_stage_run (stage, NULL, &error));
  g_assert_cmpstr (g_quark_to_string (error->domain), ==, "pl-test-only-in-the-worker");
  g_assert_cmpint (error->code, ==, 7);
  g_assert_cmpstr (error->message, ==, "stage “map” (process map, worker 0, element 0): no ink");
}

static gboolean
fail_with_path (const GValue *element,
                GValue *result,
                PlWorker *worker,
                gpointer user_data,
                GError **error)
{
  guint n;
  const gint64 *path = pl_worker_get_element_index (worker, &n);

  g_assert_cmpuint (n, ==, 2);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
               "%" G_GINT64_FORMAT "/%" G_GINT64_FORMAT, path[0], path[1]);
  return FALSE;
}

static gboolean
emit_third (const GValue *element, PlWorker *worker, gpointer user_data, GError **error)
{
  return g_value_get_int (element) != 2 || pl_worker_emit (worker, element, error);
}

static void
test_error_tells_the_path_of_the_element (void)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 9);
  g_autoptr(PlStage) third = pl_test_process.flat_map (numbers, emit_third, NULL, NULL);
  g_autoptr(PlStage) stage = pl_test_process.map (third, fail_with_path, NULL, NULL);

  pl_test_assert_run_error (stage, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
                            "stage “map” (process map, worker 0, element 2.0): 2/0");
}

static gboolean
fail_without_error (const GValue *element, PlWorker *worker, gpointer user_data, GError **error)
{
  return FALSE;
}

static void
test_unset_error_is_an_error (void)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 3);
  g_autoptr(PlStage) stage = pl_test_process.each (numbers, fail_without_error, NULL, NULL);

  pl_test_assert_run_error (stage, PL_ERROR, PL_ERROR_UNSET_ERROR,
                            "stage “each” (process each, worker 0, element 0): The function failed "
                            "without setting an error");
}

static gboolean
exit_with_3 (const GValue *element,
             GValue *result,
             PlWorker *worker,
             gpointer user_data,
             GError **error)
{
  if (g_value_get_int (element) != 3)
    return pl_test_add1 (element, result, worker, user_data, error);

  g_printerr ("out of paper\n");
  exit (3);
}

static void
test_exit_inside_of_a_function_is_an_error (void)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 30);
  g_autoptr(PlStage) stage = pl_test_process.map (numbers, exit_with_3, NULL, NULL);

  pl_command_set_stderr_mode (pl_stage_get_command (stage), PL_STDERR_COLLECT);
  pl_test_assert_run_error (stage, PL_ERROR, PL_ERROR_WORKER_EXITED,
                            "stage “map” (process map, worker 0, element 3): The worker process "
                            "exited with status 3: out of paper");
}

static void
test_exit_costs_that_element_alone (void)
{
  PlTestCounts *counts = pl_test_new_shared (PlTestCounts);
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 8);
  g_autoptr(PlStage) stage = pl_test_process.map (numbers, exit_with_3, counts, NULL);

  pl_command_set_stderr_mode (pl_stage_get_command (stage), PL_STDERR_COLLECT);
  pl_stage_set_error_policy (stage, PL_ERROR_POLICY_SKIP);
  pl_stage_set_workers (stage, 2);
  pl_test_assert_sorted_ints (stage, "1 2 3 5 6 7 8");
  g_assert_cmpint (counts->calls, ==, 7);
}

/* What an element of 1 raises can travel, and nothing else can. */
static gboolean
raise_exception (const GValue *element,
                 GValue *result,
                 PlWorker *worker,
                 gpointer user_data,
                 GError **error)
{
  g_auto(GValue) exception = G_VALUE_INIT;

  if (g_value_get_int (element) == 1)
    {
      g_value_init (&exception, G_TYPE_STRING);
      g_value_set_string (&exception, "more than text");
    }
  else
    {
      g_value_init (&exception, G_TYPE_OBJECT);
      g_value_take_object (&exception, new_object ());
    }
  g_propagate_error (error, pl_exception_new (&exception, "raised"));
  return FALSE;
}

static void
test_cause_arrives (void)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (1, 2);
  g_autoptr(PlStage) stage = pl_test_process.map (numbers, raise_exception, NULL, NULL);
  g_autoptr(PlIterator) iterator = pl_stage_iterate (stage);

  pl_test_assert_iterator_error (iterator, PL_EXCEPTION, 0,
                                 "stage “map” (process map, worker 0, element 0): raised");
  g_assert_cmpstr (g_value_get_string (pl_iterator_get_exception (iterator)), ==,
                   "more than text");
}

static void
test_cause_that_cannot_travel_is_not_told (void)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 1);
  g_autoptr(PlStage) stage = pl_test_process.map (numbers, raise_exception, NULL, NULL);
  g_autoptr(PlIterator) iterator = pl_stage_iterate (stage);

  pl_test_assert_iterator_error (iterator, PL_EXCEPTION, 0,
                                 "stage “map” (process map, worker 0, element 0): raised");
  g_assert_null (pl_iterator_get_exception (iterator));
}

static void
note_cause_cb (PlStage *stage, const GValue *element, const GError *error, gpointer user_data)
{
  const GValue *exception = pl_exception_get_value (error);

  g_string_append_printf (user_data, "%d: %s;", g_value_get_int (element),
                          exception != NULL ? g_value_get_string (exception) : "nothing");
}

static void
test_skipped_elements_have_their_causes (void)
{
  g_autoptr(GString) causes = g_string_new (NULL);
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 3);
  g_autoptr(PlStage) stage = pl_test_process.map (numbers, raise_exception, NULL, NULL);

  pl_stage_set_retries (stage, 1);
  pl_stage_set_error_policy (stage, PL_ERROR_POLICY_SKIP);
  g_signal_connect (stage, "skipped", G_CALLBACK (note_cause_cb), causes);
  pl_test_assert_ints (stage, "");
  g_assert_cmpstr (causes->str, ==, "0: nothing;1: more than text;2: nothing;");
}

static gboolean
raise_in_on_start (PlWorker *worker, gpointer user_data, GError **error)
{
  g_auto(GValue) exception = G_VALUE_INIT;

  g_value_init (&exception, G_TYPE_INT);
  g_value_set_int (&exception, 42);
  g_propagate_error (error, pl_exception_new (&exception, "raised"));
  return FALSE;
}

static void
test_cause_of_on_start_arrives (void)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 1);
  g_autoptr(PlStage) stage = pl_test_process.map (numbers, pl_test_add1, NULL, NULL);
  g_autoptr(PlIterator) iterator = NULL;

  pl_test_process_set_on_start (stage, raise_in_on_start, NULL);
  iterator = pl_stage_iterate (stage);
  pl_test_assert_iterator_error (iterator, PL_EXCEPTION, 0,
                                 "stage “map” (process map, worker 0, on_start): raised");
  g_assert_cmpint (g_value_get_int (pl_iterator_get_exception (iterator)), ==, 42);
}

static gboolean
return_object (const GValue *element,
               GValue *result,
               PlWorker *worker,
               gpointer user_data,
               GError **error)
{
  g_value_init (result, G_TYPE_OBJECT);
  g_value_take_object (result, new_object ());
  return TRUE;
}

static void
test_result_that_cannot_travel_is_an_error (void)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 3);
  g_autoptr(PlStage) stage = pl_test_process.map (numbers, return_object, NULL, NULL);
  g_autoptr(GError) error = NULL;

  g_assert_false (pl_stage_run (stage, NULL, &error));
  g_assert_error (error, PL_ERROR, PL_ERROR_UNSUPPORTED_TYPE);
  g_assert_true (g_str_has_prefix (error->message,
                                   "stage “map” (process map, worker 0, element 0): "));
}

static gboolean
emit_object (const GValue *element, PlWorker *worker, gpointer user_data, GError **error)
{
  GValue value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_OBJECT);
  g_value_take_object (&value, new_object ());
  return pl_worker_emit_take (worker, &value, error);
}

static void
test_emission_that_cannot_travel_is_an_error (void)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 3);
  g_autoptr(PlStage) stage = pl_test_process.flat_map (numbers, emit_object, NULL, NULL);
  g_autoptr(GError) error = NULL;

  g_assert_false (pl_stage_run (stage, NULL, &error));
  g_assert_error (error, PL_ERROR, PL_ERROR_UNSUPPORTED_TYPE);
}

static gboolean
count_one (const GValue *element, PlWorker *worker, gpointer user_data, GError **error)
{
  PlTestCounts *counts = user_data;

  g_atomic_int_inc (&counts->calls);
  return TRUE;
}

/* The second of three: it is not sent, so no function sees it. */
static gboolean
make_object_in_the_middle (const GValue *element,
                           GValue *result,
                           PlWorker *worker,
                           gpointer user_data,
                           GError **error)
{
  if (g_value_get_int (element) == 1)
    return return_object (element, result, worker, user_data, error);
  return pl_test_add1 (element, result, worker, NULL, error);
}

static void
test_element_that_cannot_travel_is_not_sent (void)
{
  PlTestCounts *counts = pl_test_new_shared (PlTestCounts);
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 3);
  g_autoptr(PlStage) mixed = pl_sync_map (numbers, make_object_in_the_middle, NULL, NULL);
  g_autoptr(PlStage) stage = pl_test_process.each (mixed, count_one, counts, NULL);
  g_autoptr(GError) error = NULL;

  pl_stage_set_error_policy (stage, PL_ERROR_POLICY_SKIP);
  g_assert_true (pl_stage_run (stage, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpint (counts->calls, ==, 2);

  pl_stage_set_error_policy (stage, PL_ERROR_POLICY_ABORT);
  g_assert_false (pl_stage_run (stage, NULL, &error));
  g_assert_error (error, PL_ERROR, PL_ERROR_UNSUPPORTED_TYPE);
  g_assert_true (g_str_has_prefix (error->message,
                                   "stage “each” (process each, worker 0, element 1): "));
}

static gboolean
return_large (const GValue *element,
              GValue *result,
              PlWorker *worker,
              gpointer user_data,
              GError **error)
{
  gsize size = g_value_get_int (element) * 1000000;
  g_autofree guint8 *data = g_malloc (size);

  memset (data, g_value_get_int (element), size);
  g_value_init (result, G_TYPE_BYTES);
  g_value_take_boxed (result, g_bytes_new_take (g_steal_pointer (&data), size));
  return TRUE;
}

static gboolean
keep_full (const GValue *element,
           gboolean *keep,
           PlWorker *worker,
           gpointer user_data,
           GError **error)
{
  *keep = g_bytes_get_size (g_value_get_boxed (element)) % 1000000 == 0;
  return TRUE;
}

/* More than a pipe holds, both ways. */
static void
test_large_elements_travel (void)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (1, 6);
  g_autoptr(PlStage) large = pl_test_process.map (numbers, return_large, NULL, NULL);
  g_autoptr(PlStage) kept = pl_test_process.filter (large, keep_full, NULL, NULL);
  g_autoptr(GArray) values = pl_stage_collect (kept, NULL, NULL);

  g_assert_cmpuint (values->len, ==, 5);
  for (guint i = 0; i < 5; i++)
    {
      GBytes *bytes = g_value_get_boxed (&g_array_index (values, GValue, i));
      gsize size;
      const guint8 *data = g_bytes_get_data (bytes, &size);

      g_assert_cmpuint (size, ==, (i + 1) * 1000000);
      g_assert_cmpuint (data[0], ==, i + 1);
      g_assert_cmpuint (data[size - 1], ==, i + 1);
    }
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);

#define ADD(name, func) g_test_add_func ("/process-error/" name, func)
  ADD ("unknown-domain-arrives", test_unknown_domain_arrives);
  ADD ("error-tells-the-path-of-the-element", test_error_tells_the_path_of_the_element);
  ADD ("unset-error-is-an-error", test_unset_error_is_an_error);
  ADD ("exit-inside-of-a-function-is-an-error", test_exit_inside_of_a_function_is_an_error);
  ADD ("exit-costs-that-element-alone", test_exit_costs_that_element_alone);
  ADD ("cause-arrives", test_cause_arrives);
  ADD ("cause-that-cannot-travel-is-not-told", test_cause_that_cannot_travel_is_not_told);
  ADD ("skipped-elements-have-their-causes", test_skipped_elements_have_their_causes);
  ADD ("cause-of-on-start-arrives", test_cause_of_on_start_arrives);
  ADD ("result-that-cannot-travel-is-an-error", test_result_that_cannot_travel_is_an_error);
  ADD ("emission-that-cannot-travel-is-an-error", test_emission_that_cannot_travel_is_an_error);
  ADD ("element-that-cannot-travel-is-not-sent", test_element_that_cannot_travel_is_not_sent);
  ADD ("large-elements-travel", test_large_elements_travel);

  return pl_test_run ();
}
