/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-process.h"
#include "pl-test-program.h"

#include <stdlib.h>
#include <string.h>

/* Commands that tell their workers something, and have a codec of their own: the functions of the
 * processes take and make bytes, which are decimal numbers. */

static GValue *
init_decimal (GValue *value, int number)
{
  char *text = g_strdup_printf ("%d", number);

  g_value_init (value, G_TYPE_BYTES);
  g_value_take_boxed (value, g_bytes_new_take (text, strlen (text)));
  return value;
}

static int
get_decimal (const GValue *value)
{
  gsize size;
  const char *data = g_bytes_get_data (g_value_get_boxed (value), &size);
  g_autofree char *text = g_strndup (data, size);

  return atoi (text);
}

/* In the processes */

static gboolean
add_data (const GValue *element,
          GValue *result,
          PlWorker *worker,
          gpointer user_data,
          GError **error)
{
  GBytes *data = pl_worker_get_command_data (worker);

  g_value_init (result, G_TYPE_INT);
  g_value_set_int (result, data != NULL
                             ? g_value_get_int (element) + (int) g_bytes_get_size (data)
                             : -1);
  return TRUE;
}

static gboolean
double_decimal (const GValue *element,
                GValue *result,
                PlWorker *worker,
                gpointer user_data,
                GError **error)
{
  init_decimal (result, 2 * get_decimal (element));
  return TRUE;
}

static gboolean
is_odd_decimal (const GValue *element,
                gboolean *keep,
                PlWorker *worker,
                gpointer user_data,
                GError **error)
{
  *keep = get_decimal (element) % 2 != 0;
  return TRUE;
}

static gboolean
check_decimal (const GValue *element, PlWorker *worker, gpointer user_data, GError **error)
{
  PlTestCounts *counts = user_data;

  g_atomic_int_add (&counts->calls, get_decimal (element));
  return TRUE;
}

static gboolean
count_to_decimal (const GValue *element, PlWorker *worker, gpointer user_data, GError **error)
{
  gboolean done = TRUE;

  for (int i = 0; i < get_decimal (element) && done; i++)
    {
      GValue value = G_VALUE_INIT;

      done = pl_worker_emit_take (worker, init_decimal (&value, i), error);
    }
  return done;
}

/* In the program */

static GBytes *
encode (int number, gpointer user_data)
{
  char *text = g_strdup_printf ("%d", number);

  g_assert_cmpuint (pl_worker_get_index (pl_worker_get_current ()), <, 2);
  return g_bytes_new_take (text, strlen (text));
}

static int
decode (GBytes *bytes, gpointer user_data)
{
  g_auto(GValue) value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_BYTES);
  g_value_set_boxed (&value, bytes);
  return get_decimal (&value);
}

static void
fail (void)
{
  g_auto(GValue) exception = G_VALUE_INIT;

  g_value_init (&exception, G_TYPE_INT);
  g_value_set_int (&exception, 42);
  pl_worker_set_exception (pl_worker_get_current (), &exception, "raised");
}

static GBytes *
encode_but_2 (int number, gpointer user_data)
{
  if (number == 2)
    fail ();
  return number == 2 ? NULL : encode (number, user_data);
}

static int
decode_but_2 (GBytes *bytes, gpointer user_data)
{
  int number = decode (bytes, user_data);

  if (number == 2)
    fail ();
  return number;
}

static GBytes *
encode_nothing (int number, gpointer user_data)
{
  return NULL;
}

static void
set_codec (PlStage *stage, GCallback encode_func, GCallback decode_func)
{
  pl_command_set_codec (pl_stage_get_command (stage), g_cclosure_new (encode_func, NULL, NULL),
                        g_cclosure_new (decode_func, NULL, NULL), G_TYPE_INT);
}

/* A map of 0 to 4. */
static PlStage *
new_map (PlMapFunc func, GCallback encode_func, GCallback decode_func)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 5);
  PlStage *stage = pl_test_process.map (numbers, func, NULL, NULL);

  set_codec (stage, encode_func, decode_func);
  return stage;
}

/* What counts to each of the numbers from @first on, 4 at the most. */
static PlStage *
new_flat_map (int first, GCallback decode_func)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (first, 5);
  PlStage *stage = pl_test_process.flat_map (numbers, count_to_decimal, NULL, NULL);

  set_codec (stage, G_CALLBACK (encode), decode_func);
  return stage;
}

static void
test_data_is_told (void)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 5);
  g_autoptr(PlStage) stage = pl_test_process.map (numbers, add_data, NULL, NULL);
  g_autoptr(GBytes) noise = pl_test_new_noise (100000);
  g_autoptr(GBytes) nothing = g_bytes_new_static ("", 0);

  pl_test_assert_ints (stage, "-1 -1 -1 -1 -1");
  pl_command_set_data (pl_stage_get_command (stage), noise);
  pl_test_assert_ints (stage, "100000 100001 100002 100003 100004");
  pl_command_set_data (pl_stage_get_command (stage), nothing);
  pl_test_assert_ints (stage, "0 1 2 3 4");
}

static gboolean
check_no_data (const GValue *element, PlWorker *worker, gpointer user_data, GError **error)
{
  g_assert_null (pl_worker_get_command_data (worker));
  return TRUE;
}

static void
test_other_workers_are_told_nothing (void)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 1);
  g_autoptr(PlStage) stage = pl_thread_each (numbers, check_no_data, NULL, NULL);

  g_assert_true (pl_stage_run (stage, NULL, NULL));
}

static void
test_map (void)
{
  g_autoptr(PlStage) stage = new_map (double_decimal, G_CALLBACK (encode), G_CALLBACK (decode));

  pl_stage_set_workers (stage, 2);
  pl_test_assert_sorted_ints (stage, "0 2 4 6 8");
}

static void
test_filter_passes_the_element_on (void)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 6);
  g_autoptr(PlStage) stage = pl_test_process.filter (numbers, is_odd_decimal, NULL, NULL);

  set_codec (stage, G_CALLBACK (encode), G_CALLBACK (decode));
  pl_test_assert_ints (stage, "1 3 5");
}

static void
test_each (void)
{
  PlTestCounts *counts = pl_test_new_shared (PlTestCounts);
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 6);
  g_autoptr(PlStage) stage = pl_test_process.each (numbers, check_decimal, counts, NULL);

  set_codec (stage, G_CALLBACK (encode), G_CALLBACK (decode));
  g_assert_true (pl_stage_run (stage, NULL, NULL));
  g_assert_cmpint (counts->calls, ==, 15);
}

static void
test_flat_map (void)
{
  g_autoptr(PlStage) stage = new_flat_map (0, G_CALLBACK (decode));

  pl_test_assert_ints (stage, "0 0 1 0 1 2 0 1 2 3");
}

/* The run fails with the exception; where that element is skipped, @ints are the others. */
static void
assert_raises (PlStage *stage, const char *message, const char *ints)
{
  g_autoptr(PlIterator) iterator = pl_stage_iterate (stage);

  pl_test_assert_iterator_error (iterator, PL_EXCEPTION, 0, message);
  g_assert_cmpint (g_value_get_int (pl_iterator_get_exception (iterator)), ==, 42);

  pl_stage_set_error_policy (stage, PL_ERROR_POLICY_SKIP);
  pl_test_assert_ints (stage, ints);
}

static void
test_failing_encode_is_the_failure_of_the_element (void)
{
  g_autoptr(PlStage) stage = new_map (double_decimal, G_CALLBACK (encode_but_2),
                                      G_CALLBACK (decode));

  assert_raises (stage, "stage “map” (process map, worker 0, element 2): raised", "0 2 6 8");
}

static void
test_failing_decode_is_the_failure_of_the_element (void)
{
  g_autoptr(PlStage) stage = new_map (double_decimal, G_CALLBACK (encode),
                                      G_CALLBACK (decode_but_2));

  assert_raises (stage, "stage “map” (process map, worker 0, element 1): raised", "0 4 6 8");
}

static void
test_failing_decode_ends_a_flat_map_of_the_element (void)
{
  g_autoptr(PlStage) stage = new_flat_map (2, G_CALLBACK (decode_but_2));

  assert_raises (stage, "stage “flat_map” (process flat_map, worker 0, element 1): raised",
                 "0 1 0 1 0 1");
}

static void
test_no_bytes_are_an_error (void)
{
  g_autoptr(PlStage) stage = new_map (double_decimal, G_CALLBACK (encode_nothing),
                                      G_CALLBACK (decode));

  pl_test_assert_run_error (stage, PL_ERROR, PL_ERROR_UNSET_RESULT,
                            "stage “map” (process map, worker 0, element 0): The codec of the "
                            "command made no bytes of the element");
}

static gboolean
ignore_element (const GValue *element,
                GValue *result,
                PlWorker *worker,
                gpointer user_data,
                GError **error)
{
  g_value_init (result, G_TYPE_INT);
  return TRUE;
}

static void
test_results_have_to_be_bytes (void)
{
  g_autoptr(PlStage) stage = new_map (ignore_element, G_CALLBACK (encode), G_CALLBACK (decode));

  pl_test_assert_run_error (stage, PL_ERROR, PL_ERROR_PROTOCOL,
                            "stage “map” (process map, worker 0, element 0): The worker process "
                            "made a value of type gint, and the codec of the command is for bytes");
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);

#define ADD(name, func) g_test_add_func ("/process-codec/" name, func)
  ADD ("data-is-told", test_data_is_told);
  ADD ("other-workers-are-told-nothing", test_other_workers_are_told_nothing);
  ADD ("map", test_map);
  ADD ("filter-passes-the-element-on", test_filter_passes_the_element_on);
  ADD ("each", test_each);
  ADD ("flat-map", test_flat_map);
  ADD ("failing-encode-is-the-failure-of-the-element",
       test_failing_encode_is_the_failure_of_the_element);
  ADD ("failing-decode-is-the-failure-of-the-element",
       test_failing_decode_is_the_failure_of_the_element);
  ADD ("failing-decode-ends-a-flat-map-of-the-element",
       test_failing_decode_ends_a_flat_map_of_the_element);
  ADD ("no-bytes-are-an-error", test_no_bytes_are_an_error);
  ADD ("results-have-to-be-bytes", test_results_have_to_be_bytes);

  return pl_test_run ();
}
