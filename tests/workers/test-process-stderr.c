/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-program.h"

#include <string.h>

/* What becomes of what worker processes write to their standard error; and of values that no pipe
 * holds. */

#define LARGE (100 * 1024 * 1024)

static GMutex mutex;
static GString *printed; /* under the mutex */
static guint64 n_printed;

static void
keep_printed (const char *text)
{
  g_mutex_lock (&mutex);
  n_printed += strlen (text);
  if (printed->len < 100000)
    g_string_append (printed, text);
  g_mutex_unlock (&mutex);
}

/* Runs what prints, and returns it. */
static char *
run_printing (PlStage *stage)
{
  GPrintFunc former;
  g_autoptr(GError) error = NULL;
  GString *text = printed = g_string_new (NULL);

  n_printed = 0;
  former = g_set_printerr_handler (keep_printed);
  pl_stage_run (stage, NULL, &error);
  g_set_printerr_handler (former);
  g_assert_no_error (error);

  printed = NULL;
  return g_string_free (text, FALSE);
}

static PlStage *
map_a_word (PlCommand *command)
{
  g_autoptr(PlStage) input = pl_test_new_words ("a");

  return pl_process_map (input, command);
}

static void
test_lines_are_printed_with_their_worker (void)
{
  g_autoptr(PlCommand) command = pl_test_new_script (
    PL_PROTOCOL_ONESHOT, "printf 'one\\n\\n%%s\\303\\244\\377\\nlast' >&2");
  g_autoptr(PlStage) mapped = map_a_word (command);
  g_autofree char *text = NULL;

  pl_stage_set_name (mapped, "shrink");
  text = run_printing (mapped);
  g_assert_cmpstr (text, ==,
                   "stage “shrink”, worker 0: one\n"
                   "stage “shrink”, worker 0: \n"
                   "stage “shrink”, worker 0: %sä\xef\xbf\xbd\n"
                   "stage “shrink”, worker 0: last\n");
}

/* A line that has no end would need all memory there is. */
static void
test_long_lines_are_printed_in_parts (void)
{
  g_autoptr(PlCommand) command = pl_test_new_script (
    PL_PROTOCOL_ONESHOT, "{ printf '%09000d' 0; echo; echo b; } >&2");
  g_autoptr(PlStage) mapped = map_a_word (command);
  g_autofree char *text = run_printing (mapped);
  g_auto(GStrv) lines = g_strsplit (text, "\n", -1);
  gsize prefix = strlen ("stage “map”, worker 0: ");

  g_assert_cmpuint (g_strv_length (lines), ==, 5);
  g_assert_cmpuint (strlen (lines[0]), ==, prefix + 4096);
  g_assert_cmpuint (strlen (lines[1]), ==, prefix + 4096);
  g_assert_cmpuint (strlen (lines[2]), ==, prefix + 9000 - 2 * 4096);
  g_assert_cmpstr (lines[3], ==, "stage “map”, worker 0: b");
}

/* What is as long as a part, and no longer, is a line, and letters stay whole. */
static void
test_parts_are_whole (void)
{
  g_autoptr(PlCommand) command = pl_test_new_script (
    PL_PROTOCOL_ONESHOT, "{ printf '%04096d' 0; sleep 0.1; echo; "
                         "printf '%04095d' 0; echo äb; } >&2");
  g_autoptr(PlStage) mapped = map_a_word (command);
  g_autofree char *text = run_printing (mapped);
  g_auto(GStrv) lines = g_strsplit (text, "\n", -1);

  g_assert_cmpuint (g_strv_length (lines), ==, 4);
  g_assert_true (g_str_has_suffix (lines[0], "00"));
  g_assert_true (g_str_has_suffix (lines[1], "00"));
  g_assert_cmpstr (lines[2], ==, "stage “map”, worker 0: äb");
}

static void
test_last_lines_are_in_the_error (void)
{
  g_autoptr(PlCommand) command = pl_test_new_script (
    PL_PROTOCOL_ONESHOT, "{ seq 1000; echo; printf 'f\\377r {}\\nlast'; } >&2; exit 1");
  g_autoptr(PlStage) mapped = map_a_word (command);

  pl_command_set_stderr_mode (command, PL_STDERR_COLLECT);
  pl_test_assert_run_error (mapped, PL_ERROR, PL_ERROR_WORKER_EXITED,
                            "stage “map” (process map, worker 0, element 0): The program exited "
                            "with status 1: 998 | 999 | 1000 | f\xef\xbf\xbdr a | last");
}

static void
test_collected_lines_are_not_printed (void)
{
  g_autoptr(PlCommand) command = pl_test_new_script (PL_PROTOCOL_ONESHOT, "echo text >&2");
  g_autoptr(PlStage) mapped = map_a_word (command);
  g_autofree char *text = NULL;

  pl_command_set_stderr_mode (command, PL_STDERR_COLLECT);
  text = run_printing (mapped);
  g_assert_cmpstr (text, ==, "");
}

/* It is read all the time, also while what the program writes otherwise has no place. */
static void
test_much_text_does_not_block (gconstpointer mode)
{
  g_autoptr(PlCommand) command = pl_test_new_script (
    PL_PROTOCOL_ONESHOT, "yes $(printf '%04000d' 0) | head -c 104857600 >&2; seq 1000");
  g_autoptr(PlStage) input = pl_test_new_words ("a");
  g_autoptr(PlStage) lines = pl_process_flat_map (input, command);
  g_autofree char *text = NULL;

  pl_command_set_stderr_mode (command, GPOINTER_TO_INT (mode));
  pl_stage_set_maxsize (lines, 1);
  text = run_printing (lines);
  if (GPOINTER_TO_INT (mode) == PL_STDERR_PASS)
    g_assert_cmpuint (n_printed, >, 100 * 1024 * 1024);
}

static gboolean
make_noise (const GValue *element,
            GValue *result,
            PlWorker *worker,
            gpointer user_data,
            GError **error)
{
  for (int i = 0; i < 100; i++)
    g_printerr ("%d: %d\n", g_value_get_int (element), i);

  return pl_test_add1 (element, result, worker, NULL, error);
}

/* What a function writes goes a way of its own. */
static void
test_noise_does_not_harm_frames (void)
{
  g_autoptr(PlCommand) command = pl_command_new_self ("noise");
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 20);
  g_autoptr(PlStage) mapped = pl_process_map (numbers, command);
  g_autofree char *text = NULL;

  pl_stage_set_workers (mapped, 2);
  text = run_printing (mapped);
  g_assert_true (g_str_has_prefix (text, "stage “map”, worker "));
  for (int i = 0; i < 20; i++)
    {
      g_autofree char *last = g_strdup_printf (": %d: 99\n", i);

      g_assert_nonnull (strstr (text, last));
    }
}

static gboolean
turn_bytes (const GValue *element,
            GValue *result,
            PlWorker *worker,
            gpointer user_data,
            GError **error)
{
  GBytes *bytes = g_value_get_boxed (element);
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  guint8 *turned = g_malloc (size);

  for (gsize i = 0; i < size; i++)
    turned[i] = ~data[i];
  g_value_init (result, G_TYPE_BYTES);
  g_value_take_boxed (result, g_bytes_new_take (turned, size));
  return TRUE;
}

static gboolean
check_bytes (const GValue *element, PlWorker *worker, gpointer user_data, GError **error)
{
  GBytes *wanted = user_data;
  GBytes *got = g_value_get_boxed (element);

  g_assert_cmpuint (g_bytes_get_size (got), ==, g_bytes_get_size (wanted));
  for (gsize i = 0; i < g_bytes_get_size (wanted); i += 4093)
    {
      guint8 byte = ((const guint8 *) g_bytes_get_data (wanted, NULL))[i];

      g_assert_cmpint (((const guint8 *) g_bytes_get_data (got, NULL))[i], ==, (guint8) ~byte);
    }
  return TRUE;
}

/* Both ends write what does not fit in the pipe, at once. */
static void
run_large (gsize size, guint n_elements, guint n_workers)
{
  g_autoptr(GBytes) noise = pl_test_new_noise (size);
  g_autofree GValue *values = g_new0 (GValue, n_elements);
  g_autoptr(PlCommand) command = pl_command_new_self ("turn");
  g_autoptr(PlStage) input = NULL;
  g_autoptr(PlStage) mapped = NULL;
  g_autoptr(PlStage) checked = NULL;
  g_autoptr(GError) error = NULL;

  for (guint i = 0; i < n_elements; i++)
    {
      g_value_init (&values[i], G_TYPE_BYTES);
      g_value_set_boxed (&values[i], noise);
    }
  input = pl_source_new_for_values (values, n_elements);
  mapped = pl_process_map (input, command);
  checked = pl_thread_each (mapped, check_bytes, noise, NULL);
  pl_stage_set_workers (mapped, n_workers);

  pl_stage_run (checked, NULL, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < n_elements; i++)
    g_value_unset (&values[i]);
}

static void
test_large_values_travel (void)
{
  gsize memory = pl_test_get_memory ();

  run_large (LARGE, 1, 1);
  run_large (LARGE / 10, 12, 2);
  run_large (300000, 200, 2);
  g_assert_cmpuint (pl_test_get_memory (), <, memory + LARGE);
}

int
main (int argc, char **argv)
{
  pl_worker_register_map ("noise", make_noise, NULL, NULL);
  pl_worker_register_map ("turn", turn_bytes, NULL, NULL);
  pl_worker_init (&argc, &argv);
  pl_test_init (&argc, &argv);

  g_test_add_func ("/process-stderr/lines-are-printed-with-their-worker",
                   test_lines_are_printed_with_their_worker);
  g_test_add_func ("/process-stderr/long-lines-are-printed-in-parts",
                   test_long_lines_are_printed_in_parts);
  g_test_add_func ("/process-stderr/parts-are-whole", test_parts_are_whole);
  g_test_add_func ("/process-stderr/last-lines-are-in-the-error",
                   test_last_lines_are_in_the_error);
  g_test_add_func ("/process-stderr/collected-lines-are-not-printed",
                   test_collected_lines_are_not_printed);
  g_test_add_data_func ("/process-stderr/much-text-does-not-block/passed",
                        GINT_TO_POINTER (PL_STDERR_PASS), test_much_text_does_not_block);
  g_test_add_data_func ("/process-stderr/much-text-does-not-block/collected",
                        GINT_TO_POINTER (PL_STDERR_COLLECT), test_much_text_does_not_block);
  g_test_add_func ("/process-stderr/noise-does-not-harm-frames",
                   test_noise_does_not_harm_frames);
  g_test_add_func ("/process-stderr/large-values-travel", test_large_values_travel);

  return pl_test_run ();
}
