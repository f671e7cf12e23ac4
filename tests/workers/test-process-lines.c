/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-program.h"

#include <glib/gstdio.h>
#include <time.h>

/* What is special to programs that write a line for each line they read. */

#define LONG_LINE (10 * 1024 * 1024)

static PlCommand *
new_sed (const char *script)
{
  return pl_test_new_program (PL_PROTOCOL_LINES, "sed", "-u", script, NULL);
}

static void
test_makes_a_line_of_each (void)
{
  g_autoptr(PlCommand) command = new_sed ("s/a/b/");
  g_autoptr(PlStage) mapped = pl_test_map_words ("a  ca é", command);

  pl_test_assert_strings (mapped, "b||cb|é");
}

/* Programs that hold back what they write, unless they are told not to. */
static void
test_works_with_other_programs (void)
{
  g_autofree char *jq_path = g_find_program_in_path ("jq");
  g_autoptr(PlCommand) tr = pl_test_new_program (PL_PROTOCOL_LINES, "stdbuf", "-oL", "tr", "a-z",
                                                 "A-Z", NULL);
  g_autoptr(PlCommand) jq = pl_test_new_program (PL_PROTOCOL_LINES, "jq", "--unbuffered", ".+1",
                                                 NULL);
  g_autoptr(PlStage) upper = pl_test_map_words ("a b c", tr);
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 3);
  g_autoptr(PlStage) added = pl_process_map (numbers, jq);

  pl_command_set_prefetch (jq, 2);
  pl_test_assert_strings (upper, "A|B|C");
  if (jq_path != NULL)
    pl_test_assert_strings (added, "1|2|3");
}

static void
test_makes_bytes_of_lines (void)
{
  g_autoptr(PlCommand) command = pl_test_new_program (PL_PROTOCOL_LINES, "sed", "-u",
                                                      "s/.*/\\xff\\x00/", NULL);
  g_autoptr(PlStage) mapped = pl_test_map_words ("a", command);
  g_autoptr(GArray) values = NULL;
  GBytes *bytes;

  pl_command_set_result_type (command, G_TYPE_BYTES);
  values = pl_stage_collect (mapped, NULL, NULL);
  bytes = g_value_get_boxed (&g_array_index (values, GValue, 0));
  g_assert_cmpmem (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), "\xff\0", 2);
}

static void
test_takes_numbers_bytes_and_files (void)
{
  g_autoptr(PlCommand) command = pl_test_new_program (PL_PROTOCOL_LINES, "cat", NULL);
  g_autoptr(GFile) file = g_file_new_for_path ("/no where/at all");
  GValue values[5] = { G_VALUE_INIT };
  g_autoptr(PlStage) input = NULL;
  g_autoptr(PlStage) mapped = NULL;

  g_value_init (&values[0], G_TYPE_INT64);
  g_value_set_int64 (&values[0], G_MININT64);
  g_value_init (&values[1], G_TYPE_UINT64);
  g_value_set_uint64 (&values[1], G_MAXUINT64);
  g_value_init (&values[2], G_TYPE_UINT);
  g_value_set_uint (&values[2], 7);
  g_value_init (&values[3], G_TYPE_BYTES);
  g_value_take_boxed (&values[3], g_bytes_new_static ("bytes", 5));
  g_value_init (&values[4], G_TYPE_FILE);
  g_value_set_object (&values[4], file);

  input = pl_source_new_for_values (values, G_N_ELEMENTS (values));
  mapped = pl_process_map (input, command);
  pl_test_assert_strings (
    mapped, "-9223372036854775808|18446744073709551615|7|bytes|/no where/at all");

  for (gsize i = 0; i < G_N_ELEMENTS (values); i++)
    g_value_unset (&values[i]);
}

/* Each has its answer awaited, which nobody gets. */
static void
test_each_waits_for_the_lines (void)
{
  g_autoptr(PlCommand) command =
    pl_test_new_script (PL_PROTOCOL_LINES,
                        "while read x; do printf $x >> $NOTES; printf 'x\\377\\n'; done;"
                        "echo >> $NOTES");
  g_autofree char *notes = pl_test_new_notes (command);
  g_autoptr(PlStage) input = pl_test_new_words ("a b c");
  g_autoptr(PlStage) each = pl_process_each (input, command);
  g_autofree char *text = NULL;

  pl_test_assert_strings (each, "");
  text = pl_test_wait_for_notes (notes);
  g_assert_cmpstr (text, ==, "abc");
  g_unlink (notes);
}

/* 0 to 499 in order, or in any order with more workers. */
static void
test_keeps_order (gconstpointer user_data)
{
  g_autoptr(PlCommand) command = new_sed ("s/^/0/");
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 500);
  g_autoptr(PlStage) mapped = pl_process_map (numbers, command);
  g_autoptr(GString) wanted = g_string_new ("00");
  g_autofree char *got = NULL;

  pl_command_set_prefetch (command, GPOINTER_TO_INT (user_data));
  for (int i = 1; i < 500; i++)
    g_string_append_printf (wanted, "|0%d", i);

  got = pl_test_run_strings (mapped);
  g_assert_cmpstr (got, ==, wanted->str);
}

static void
test_runs_many_workers (void)
{
  g_autoptr(PlCommand) command = new_sed ("");
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 1000);
  g_autoptr(PlStage) mapped = pl_process_map (numbers, command);
  g_autoptr(PlStage) ordered = pl_process_ordered (mapped);
  g_autoptr(GArray) values = NULL;

  pl_command_set_prefetch (command, 16);
  pl_stage_set_workers (mapped, 4);
  values = pl_stage_collect (ordered, NULL, NULL);
  g_assert_cmpuint (values->len, ==, 1000);
  for (guint i = 0; i < values->len; i++)
    {
      const char *text = g_value_get_string (&g_array_index (values, GValue, i));

      g_assert_cmpint (g_ascii_strtoll (text, NULL, 10), ==, i);
    }
}

static void
test_refuses_what_is_no_line (void)
{
  const char * const several[] = { "one\ntwo", NULL };
  g_autoptr(PlCommand) command = new_sed ("");
  g_autoptr(PlStage) lines = pl_source_new_for_strv (several);
  g_autoptr(PlStage) mapped = pl_process_map (lines, command);
  g_auto(GValue) real = G_VALUE_INIT;
  g_autoptr(PlStage) reals = NULL;
  g_autoptr(PlStage) mapped_reals = NULL;

  g_value_init (&real, G_TYPE_DOUBLE);
  reals = pl_source_new_for_values (&real, 1);
  mapped_reals = pl_process_map (reals, command);

  pl_test_assert_run_error (mapped, PL_ERROR, PL_ERROR_INVALID_VALUE,
                            "stage “map” (process map, worker 0, element 0): The element is more "
                            "than a line, and the command's “protocol” is lines; oneshot takes "
                            "what has several");
  pl_test_assert_run_error (mapped_reals, PL_ERROR, PL_ERROR_UNSUPPORTED_TYPE,
                            "stage “map” (process map, worker 0, element 0): A plain program "
                            "cannot be given a value of type “gdouble”; make a string, GBytes, a "
                            "GFile or a whole number of it");

  /* The program is not concerned. */
  pl_stage_set_error_policy (mapped, PL_ERROR_POLICY_SKIP);
  pl_test_assert_strings (mapped, "");
}

/* Longer than any pipe holds, in both directions at once. */
static void
test_takes_long_lines (void)
{
  g_autoptr(PlCommand) command = pl_test_new_program (PL_PROTOCOL_LINES, "cat", NULL);
  g_autofree char *line = g_strnfill (LONG_LINE, 'x');
  const char * const lines[] = { line, "short", line, NULL };
  g_autoptr(PlStage) input = pl_source_new_for_strv (lines);
  g_autoptr(PlStage) mapped = pl_process_map (input, command);
  g_autoptr(GArray) values = NULL;

  pl_command_set_prefetch (command, 16);
  values = pl_stage_collect (mapped, NULL, NULL);
  g_assert_cmpuint (values->len, ==, 3);
  for (guint i = 0; i < values->len; i++)
    g_assert_true (g_str_equal (g_value_get_string (&g_array_index (values, GValue, i)),
                                lines[i]));
}

typedef struct
{
  GBytes *bytes;
  guint n_left;
  gsize most_memory;
} TestSource;

static gboolean
repeat_bytes (GValue *value, PlWorker *worker, gpointer user_data, GError **error)
{
  TestSource *source = user_data;

  if (source->n_left-- == 0)
    return FALSE;

  g_value_init (value, G_TYPE_BYTES);
  g_value_set_boxed (value, source->bytes);
  return TRUE;
}

static gboolean
look_at_memory (const GValue *element, PlWorker *worker, gpointer user_data, GError **error)
{
  TestSource *source = user_data;

  source->most_memory = MAX (source->most_memory, pl_test_get_memory ());
  return TRUE;
}

/* There is always something more to send, but what has been sent is let go of. */
static void
test_needs_no_more_memory_with_time (void)
{
  g_autoptr(PlCommand) command = pl_test_new_script (
    PL_PROTOCOL_LINES,
    "while dd bs=300001 count=1 iflag=fullblock status=none | grep -cm1 x; do true; done");
  g_autofree char *line = g_strnfill (300000, 'x');
  g_autoptr(GBytes) bytes = g_bytes_new (line, 300000);
  TestSource source = { bytes, pl_test_rounds (300), 0 };
  g_autoptr(PlStage) input = pl_source_new_for_func (repeat_bytes, &source, NULL);
  g_autoptr(PlStage) mapped = pl_process_map (input, command);
  g_autoptr(PlStage) each = pl_thread_each (mapped, look_at_memory, &source, NULL);
  gsize memory = pl_test_get_memory ();

  pl_command_set_prefetch (command, 64);
  g_assert_true (pl_stage_run (each, NULL, NULL));
  g_assert_cmpuint (source.most_memory, <, memory + 30 * 1024 * 1024);
}

/* Nothing polls: what waits for the program needs no time. */
static void
test_waits_without_work (void)
{
  g_autoptr(PlCommand) command = pl_test_new_script (PL_PROTOCOL_LINES,
                                                     "read x; sleep 1; echo $x");
  g_autoptr(PlStage) mapped = pl_test_map_words ("a", command);
  clock_t begun = clock ();

  pl_test_assert_strings (mapped, "a");
  g_assert_cmpint (clock () - begun, <, CLOCKS_PER_SEC / 2);
}

static void
test_fails_with_a_line_that_nobody_asked_for (void)
{
  g_autoptr(PlCommand) command = pl_test_new_script (
    PL_PROTOCOL_LINES, "while read x; do printf '%s\n%s\n' $x $x; done");
  g_autoptr(PlStage) mapped = pl_test_map_words ("a b c", command);

  pl_test_assert_run_error (mapped, PL_ERROR, PL_ERROR_PROTOCOL,
                            "stage “map” (process map, worker 0): The program wrote a line that no "
                            "element has been sent for");
}

/* It greets where it should listen. */
static void
test_fails_with_a_line_before_the_first_element (void)
{
  g_autoptr(PlCommand) command = pl_test_new_script (PL_PROTOCOL_LINES, "echo hello; exec cat");
  g_autoptr(PlStage) channel = pl_channel_new (0);
  g_autoptr(PlStage) mapped = pl_process_map (channel, command);

  pl_test_assert_run_error (mapped, PL_ERROR, PL_ERROR_PROTOCOL,
                            "stage “map” (process map, worker 0): The program wrote a line that no "
                            "element has been sent for");
}

static void
test_fails_when_the_program_exits (gconstpointer user_data)
{
  g_autoptr(PlCommand) command = pl_test_new_script (PL_PROTOCOL_LINES, user_data);
  g_autoptr(PlStage) mapped = pl_test_map_words ("a b c d", command);
  g_autoptr(GError) error = NULL;

  pl_command_set_prefetch (command, 2);
  g_assert_false (pl_stage_run (mapped, NULL, &error));
  g_assert_error (error, PL_ERROR, PL_ERROR_WORKER_EXITED);
  g_assert_true (g_str_has_prefix (error->message, "stage “map” (process map, worker 0"));
  g_assert_nonnull (strstr (error->message, "The program exited with status 0"));
}

/* The element that it had in hand is skipped, and those behind it are for another process. */
static void
test_goes_on_after_an_exit (void)
{
  g_autoptr(PlCommand) command = pl_test_new_script (
    PL_PROTOCOL_LINES, "while read x; do [ $x != bad ] || exit 3; echo $x; done");
  g_autoptr(PlStage) mapped = pl_test_map_words ("a bad b c bad bad d", command);

  pl_command_set_prefetch (command, 3);
  pl_stage_set_error_policy (mapped, PL_ERROR_POLICY_SKIP);
  pl_test_assert_strings (mapped, "a|b|c|d");
}

/* It is well as long as it answers before. */
static void
test_starts_again_what_exits_in_between (void)
{
  g_autoptr(PlCommand) command = pl_test_new_program (PL_PROTOCOL_LINES, "sed", "-u", "1q", NULL);
  g_autoptr(PlStage) mapped = pl_test_map_words ("a b", command);

  pl_stage_set_retries (mapped, 1);
  pl_test_assert_strings (mapped, "a|b");
}

/* The element that it never answers is dropped, and it is replaced. */
static void
test_times_out (void)
{
  g_autoptr(PlCommand) command = pl_test_new_script (
    PL_PROTOCOL_LINES, "while read x; do [ $x != bad ] || sleep 1000; echo $x; done");
  g_autoptr(PlStage) mapped = pl_test_map_words ("a bad b c", command);

  pl_command_set_prefetch (command, 3);
  pl_stage_set_timeout (mapped, 1000);
  pl_test_assert_strings (mapped, "a|b|c");
  g_assert_cmpuint (pl_test_count_children (), ==, 0);
}

static void
test_fails_with_what_is_not_utf8 (void)
{
  g_autoptr(PlCommand) command = pl_test_new_program (PL_PROTOCOL_LINES, "sed", "-u",
                                                      "s/.*/\\xff/", NULL);
  g_autoptr(PlStage) mapped = pl_test_map_words ("a", command);

  pl_test_assert_run_error (mapped, PL_ERROR, PL_ERROR_INVALID_VALUE,
                            "stage “map” (process map, worker 0, element 0): The program wrote "
                            "what is not UTF-8; set the command's “result-type” to GBytes to have "
                            "it as it is");
}

/* It answers all, and then it does not end: it is made to after the grace. */
static void
test_ends_what_does_not (gconstpointer user_data)
{
  g_autoptr(PlCommand) command = pl_test_new_script (PL_PROTOCOL_LINES, user_data);
  g_autoptr(PlStage) mapped = pl_test_map_words ("a b", command);

  pl_command_set_grace (command, 50);
  pl_test_assert_strings (mapped, "a|b");
  g_assert_cmpuint (pl_test_count_children (), ==, 0);
}

static void
test_does_not_mind_the_exit_status (void)
{
  g_autoptr(PlCommand) command = pl_test_new_script (PL_PROTOCOL_LINES, "cat; exit 3");
  g_autoptr(PlStage) mapped = pl_test_map_words ("a b", command);

  pl_test_assert_strings (mapped, "a|b");
}

static void
test_refuses_operations (void)
{
  g_autoptr(PlCommand) command = new_sed ("");
  g_autoptr(PlStage) input = pl_test_new_words ("a");
  g_autoptr(PlStage) filter = pl_process_filter (input, command);
  g_autoptr(PlStage) flat_map = pl_process_flat_map (input, command);

  pl_test_assert_run_error (filter, PL_ERROR, PL_ERROR_INVALID_KIND,
                            "stage “filter” (process filter): “protocol” is lines, which does for "
                            "map and each, and not for filter");
  pl_test_assert_run_error (flat_map, PL_ERROR, PL_ERROR_INVALID_KIND,
                            "stage “flat_map” (process flat_map): “protocol” is lines, which does "
                            "for map and each, and not for flat_map");
}

/* It would not end by itself, and its grace is long. */
static void
test_ends_when_it_is_left (void)
{
  g_autoptr(PlCommand) command = pl_test_new_script (
    PL_PROTOCOL_LINES, "read x; echo $$; sleep 1000");
  g_autoptr(PlStage) mapped = pl_test_map_words ("a b", command);
  g_autoptr(PlIterator) iter = pl_stage_iterate (mapped);
  g_auto(GValue) pid = G_VALUE_INIT;

  pl_command_set_grace (command, G_MAXUINT);
  g_assert_true (pl_iterator_next (iter, &pid, NULL, NULL));
  pl_iterator_close (iter);
  pl_test_wait_for_pid_to_end (g_value_get_string (&pid));
  g_assert_cmpuint (pl_test_count_children (), ==, 0);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);

  g_test_add_func ("/process-lines/makes-a-line-of-each", test_makes_a_line_of_each);
  g_test_add_func ("/process-lines/works-with-other-programs", test_works_with_other_programs);
  g_test_add_func ("/process-lines/makes-bytes-of-lines", test_makes_bytes_of_lines);
  g_test_add_func ("/process-lines/takes-numbers-bytes-and-files",
                   test_takes_numbers_bytes_and_files);
  g_test_add_func ("/process-lines/each-waits-for-the-lines", test_each_waits_for_the_lines);
  g_test_add_data_func ("/process-lines/keeps-order", GINT_TO_POINTER (0), test_keeps_order);
  g_test_add_data_func ("/process-lines/keeps-order-ahead", GINT_TO_POINTER (16),
                        test_keeps_order);
  g_test_add_func ("/process-lines/runs-many-workers", test_runs_many_workers);
  g_test_add_func ("/process-lines/refuses-what-is-no-line", test_refuses_what_is_no_line);
  g_test_add_func ("/process-lines/takes-long-lines", test_takes_long_lines);
  g_test_add_func ("/process-lines/needs-no-more-memory-with-time",
                   test_needs_no_more_memory_with_time);
  g_test_add_func ("/process-lines/waits-without-work", test_waits_without_work);
  g_test_add_func ("/process-lines/fails-with-a-line-that-nobody-asked-for",
                   test_fails_with_a_line_that_nobody_asked_for);
  g_test_add_func ("/process-lines/fails-with-a-line-before-the-first-element",
                   test_fails_with_a_line_before_the_first_element);
  g_test_add_data_func ("/process-lines/fails-when-the-program-exits/at-once", "true",
                        test_fails_when_the_program_exits);
  g_test_add_data_func ("/process-lines/fails-when-the-program-exits/in-the-middle",
                        "read x; echo $x; read x; read x; exit",
                        test_fails_when_the_program_exits);
  g_test_add_data_func ("/process-lines/fails-when-the-program-exits/within-a-line",
                        "read x; echo $x; read x; printf $x",
                        test_fails_when_the_program_exits);
  g_test_add_data_func ("/process-lines/fails-when-the-program-exits/in-the-background",
                        "sleep 1000 >&- 2>&- & kill $!; exec true",
                        test_fails_when_the_program_exits);
  g_test_add_func ("/process-lines/goes-on-after-an-exit", test_goes_on_after_an_exit);
  g_test_add_func ("/process-lines/starts-again-what-exits-in-between",
                   test_starts_again_what_exits_in_between);
  g_test_add_func ("/process-lines/times-out", test_times_out);
  g_test_add_func ("/process-lines/fails-with-what-is-not-utf8", test_fails_with_what_is_not_utf8);
  g_test_add_data_func ("/process-lines/ends-what-does-not/terminated", "cat; sleep 1000",
                        test_ends_what_does_not);
  g_test_add_data_func ("/process-lines/ends-what-does-not/killed",
                        "trap '' TERM; cat; sleep 1000", test_ends_what_does_not);
  g_test_add_func ("/process-lines/does-not-mind-the-exit-status",
                   test_does_not_mind_the_exit_status);
  g_test_add_func ("/process-lines/refuses-operations", test_refuses_operations);
  g_test_add_func ("/process-lines/ends-when-it-is-left", test_ends_when_it_is_left);

  return pl_test_run ();
}
