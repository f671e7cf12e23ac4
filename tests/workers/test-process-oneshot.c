/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-program.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>

/* What is special to programs that are started for each element. */

#define LARGE (10 * 1024 * 1024)

static PlStage *
flat_map_words (const char *words, PlCommand *command)
{
  g_autoptr(PlStage) input = pl_test_new_words (words);

  return pl_process_flat_map (input, command);
}

/* What the program writes while it reads is more than a pipe holds. */
static void
test_bytes_go_in_and_come_out (void)
{
  g_autoptr(GBytes) noise = pl_test_new_noise (LARGE);
  g_autoptr(PlCommand) command = pl_test_new_program (PL_PROTOCOL_ONESHOT, "gzip", "-1", NULL);
  g_autoptr(PlStage) input = pl_test_new_bytes_source (noise);
  g_autoptr(PlStage) mapped = pl_process_map (input, command);
  g_autoptr(GArray) values = pl_stage_collect (mapped, NULL, NULL);
  g_autoptr(GConverter) converter = NULL;
  g_autofree guint8 *unpacked = g_malloc (LARGE + 1);
  GBytes *packed;
  gsize n_read, n_written;

  g_assert_cmpuint (values->len, ==, 1);
  packed = g_value_get_boxed (&g_array_index (values, GValue, 0));
  converter = G_CONVERTER (g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP));
  g_assert_cmpint (g_converter_convert (converter, g_bytes_get_data (packed, NULL),
                                        g_bytes_get_size (packed), unpacked, LARGE + 1,
                                        G_CONVERTER_INPUT_AT_END, &n_read, &n_written, NULL),
                   ==, G_CONVERTER_FINISHED);
  g_assert_cmpmem (unpacked, n_written, g_bytes_get_data (noise, NULL), LARGE);
}

static void
test_element_is_in_arguments (void)
{
  g_autoptr(PlCommand) command = pl_test_new_program (
    PL_PROTOCOL_ONESHOT, "printf", "<%s>", "{}", "a{}b{}", "{", "--{}=$HOME", NULL);
  g_autoptr(PlStage) mapped = pl_test_map_words ("x {} $y", command);

  pl_command_set_result_type (command, G_TYPE_STRING);
  pl_test_assert_strings (mapped, "<x><axbx><{><--x=$HOME>|<{}><a{}b{}><{><--{}=$HOME>|"
                                  "<$y><a$yb$y><{><--$y=$HOME>");
}

/* A string is without the line feed at its end. */
static void
test_makes_strings (void)
{
  g_autoptr(PlCommand) command = pl_test_new_script (PL_PROTOCOL_ONESHOT, "cat; echo; echo");
  g_autoptr(PlStage) mapped = pl_test_map_words ("a  b", command);

  pl_test_assert_strings (mapped, "a\n\n|\n\n|b\n\n");
  pl_command_set_result_type (command, G_TYPE_STRING);
  pl_test_assert_strings (mapped, "a\n|\n|b\n");
}

static void
test_status_tells_whether_to_keep (void)
{
  g_autoptr(PlCommand) command = pl_test_new_program (PL_PROTOCOL_ONESHOT, "grep", "-q", "a",
                                                      NULL);
  g_autoptr(PlStage) words = pl_test_new_words ("ab b ca");
  g_autoptr(PlStage) kept = pl_process_filter (words, command);

  pl_test_assert_strings (kept, "ab|ca");
}

static void
test_status_of_a_filter_can_be_an_error (void)
{
  g_autoptr(PlCommand) command = pl_test_new_script (PL_PROTOCOL_ONESHOT, "echo bad >&2; exit 2");
  g_autoptr(PlStage) words = pl_test_new_words ("ab");
  g_autoptr(PlStage) kept = pl_process_filter (words, command);

  pl_command_set_stderr_mode (command, PL_STDERR_COLLECT);
  pl_test_assert_run_error (kept, PL_ERROR, PL_ERROR_WORKER_EXITED,
                            "stage “filter” (process filter, worker 0, element 0): The program "
                            "exited with status 2: bad");
}

static void
test_each_takes_all (void)
{
  g_autoptr(PlCommand) command = pl_test_new_script (
    PL_PROTOCOL_ONESHOT, "printf {} >> $NOTES; [ {} != c ] || echo >> $NOTES; printf '\\377'");
  g_autofree char *notes = pl_test_new_notes (command);
  g_autofree char *text = NULL;
  g_autoptr(PlStage) words = pl_test_new_words ("a b c");
  g_autoptr(PlStage) each = pl_process_each (words, command);

  pl_test_assert_strings (each, "");
  text = pl_test_wait_for_notes (notes);
  g_assert_cmpstr (text, ==, "abc");
  g_unlink (notes);
}

static void
test_flat_map_emits_lines (void)
{
  g_autoptr(PlCommand) command = pl_test_new_script (PL_PROTOCOL_ONESHOT,
                                                     "printf '{}1\\n\\n{}2\\n{}3'");
  g_autoptr(PlCommand) silent = pl_test_new_program (PL_PROTOCOL_ONESHOT, "true", NULL);
  g_autoptr(PlStage) emitted = flat_map_words ("a b", command);
  g_autoptr(PlStage) nothing = flat_map_words ("a b", silent);

  pl_test_assert_strings (emitted, "a1||a2|a3|b1||b2|b3");
  pl_test_assert_strings (nothing, "");
}

/* The first line is there before the program ends, which it never does by itself. */
static void
test_lines_are_there_at_once (gconstpointer script)
{
  g_autoptr(PlCommand) command = pl_test_new_script (PL_PROTOCOL_ONESHOT, script);
  g_autoptr(PlStage) lines = flat_map_words ("a", command);
  g_autoptr(PlIterator) iter = pl_stage_iterate (lines);
  g_auto(GValue) pid = G_VALUE_INIT;

  g_assert_true (pl_iterator_next (iter, &pid, NULL, NULL));
  pl_iterator_close (iter);
  pl_test_wait_for_pid_to_end (g_value_get_string (&pid));
  g_assert_cmpuint (pl_test_count_children (), ==, 0);
}

/* A program that writes without an end waits for the consumer. */
static void
test_bound_makes_the_program_wait (void)
{
  g_autoptr(PlCommand) command = pl_test_new_script (PL_PROTOCOL_ONESHOT, "exec seq 1000000000");
  g_autoptr(PlStage) lines = flat_map_words ("a", command);
  g_autoptr(PlIterator) iter = NULL;
  g_auto(GValue) line = G_VALUE_INIT;
  gsize memory = pl_test_get_memory ();

  pl_stage_set_maxsize (lines, 1);
  iter = pl_stage_iterate (lines);
  for (int i = 1; i < 1000; i++)
    {
      g_assert_true (pl_iterator_next (iter, &line, NULL, NULL));
      g_assert_cmpint (g_ascii_strtoll (g_value_get_string (&line), NULL, 10), ==, i);
    }
  pl_iterator_close (iter);
  g_assert_cmpuint (pl_test_get_memory (), <, memory + 20 * 1024 * 1024);
  g_assert_cmpuint (pl_test_count_children (), ==, 0);
}

/* The program has exited, and what it wrote waits for a place, when nobody wants it any more. */
static void
test_leaves_what_has_exited (void)
{
  g_autoptr(PlCommand) command = pl_test_new_script (PL_PROTOCOL_ONESHOT,
                                                     "echo $$; exec seq 10000");

  for (guint i = 0; i < pl_test_rounds (20); i++)
    {
      g_autoptr(PlStage) lines = flat_map_words ("a", command);
      g_autoptr(PlIterator) iter = NULL;
      g_auto(GValue) pid = G_VALUE_INIT;

      pl_stage_set_maxsize (lines, 1);
      iter = pl_stage_iterate (lines);
      g_assert_true (pl_iterator_next (iter, &pid, NULL, NULL));
      pl_test_wait_for_pid_to_end (g_value_get_string (&pid));
      pl_iterator_close (iter);
    }
  g_assert_cmpuint (pl_test_count_children (), ==, 0);
}

static void
test_error_tells_how_it_ended (void)
{
  g_autoptr(PlCommand) status = pl_test_new_script (PL_PROTOCOL_ONESHOT,
                                                    "[ {} != b ] || exit 3");
  g_autoptr(PlCommand) killed = pl_test_new_script (PL_PROTOCOL_ONESHOT,
                                                    "[ {} != b ] || kill -USR1 $$");
  g_autoptr(PlStage) exiting = pl_test_map_words ("a b", status);
  g_autoptr(PlStage) dying = pl_test_map_words ("a b", killed);

  pl_stage_set_name (exiting, "shrink");
  pl_test_assert_run_error (exiting, PL_ERROR, PL_ERROR_WORKER_EXITED,
                            "stage “shrink” (process map, worker 0, element 1): The program exited "
                            "with status 3");
  pl_test_assert_run_error (dying, PL_ERROR, PL_ERROR_WORKER_EXITED,
                            "stage “map” (process map, worker 0, element 1): The program was "
                            "killed by signal 10 (User defined signal 1)");
}

static void
test_tries_again (void)
{
  g_autoptr(PlCommand) command = pl_test_new_script (
    PL_PROTOCOL_ONESHOT, "printf x >> $NOTES; [ $(wc -c < $NOTES) -gt 2 ] && echo {}");
  g_autofree char *notes = pl_test_new_notes (command);
  g_autoptr(PlStage) mapped = pl_test_map_words ("a b", command);

  pl_command_set_result_type (command, G_TYPE_STRING);
  pl_stage_set_retries (mapped, 2);
  pl_test_assert_strings (mapped, "a|b");
  g_unlink (notes);
}

static void
test_skips_what_fails (void)
{
  g_autoptr(PlCommand) command = pl_test_new_script (
    PL_PROTOCOL_ONESHOT, "case {} in bad) exit 1;; dead) kill -KILL $$;; *) echo {};; esac");
  g_autoptr(PlStage) mapped = pl_test_map_words ("a bad b dead c", command);

  pl_command_set_result_type (command, G_TYPE_STRING);
  pl_stage_set_error_policy (mapped, PL_ERROR_POLICY_SKIP);
  pl_test_assert_strings (mapped, "a|b|c");
}

/* What the script has started ends with it. */
static void
test_timeout_ends_all_that_runs (void)
{
  g_autoptr(PlCommand) command = pl_test_new_script (
    PL_PROTOCOL_ONESHOT, "[ {} = a ] && exit; trap '' TERM; sleep 1000 & echo $! > $NOTES; wait");
  g_autofree char *notes = pl_test_new_notes (command);
  g_autoptr(PlStage) mapped = pl_test_map_words ("b a", command);
  g_autofree char *pid = NULL;

  pl_stage_set_timeout (mapped, 1000);
  pl_test_assert_strings (mapped, "");
  pid = pl_test_wait_for_notes (notes);
  pl_test_wait_for_pid_to_end (pid);
  g_assert_cmpuint (pl_test_count_children (), ==, 0);
  g_unlink (notes);
}

/* That it does not read is its own affair. */
static void
test_need_not_read (gconstpointer script)
{
  g_autoptr(GBytes) noise = pl_test_new_noise (LARGE);
  g_autoptr(PlCommand) command = pl_test_new_script (PL_PROTOCOL_ONESHOT, script);
  g_autoptr(PlStage) input = pl_test_new_bytes_source (noise);
  g_autoptr(PlStage) mapped = pl_process_map (input, command);

  pl_test_assert_strings (mapped, "ok\n");
}

static void
test_refuses_a_zero_byte_as_argument (void)
{
  g_autoptr(GBytes) bytes = g_bytes_new_static ("a\0b", 3);
  g_autoptr(PlCommand) command = pl_test_new_program (PL_PROTOCOL_ONESHOT, "echo", "{}", NULL);
  g_autoptr(PlStage) input = pl_test_new_bytes_source (bytes);
  g_autoptr(PlStage) mapped = pl_process_map (input, command);

  pl_test_assert_run_error (mapped, PL_ERROR, PL_ERROR_INVALID_VALUE,
                            "stage “map” (process map, worker 0, element 0): The element has a "
                            "zero byte, and cannot be an argument");
}

/* What the program leaves behind holds its output open, and is not waited for. */
static void
test_does_not_wait_for_the_background (void)
{
  g_autoptr(PlCommand) command = pl_test_new_script (
    PL_PROTOCOL_ONESHOT, "sleep 1000 & echo $! > $NOTES; printf '%070000d' 0");
  g_autofree char *notes = pl_test_new_notes (command);
  g_autoptr(PlStage) mapped = pl_test_map_words ("a", command);
  g_autofree char *got = pl_test_run_strings (mapped);
  g_autofree char *pid = pl_test_wait_for_notes (notes);

  g_assert_cmpuint (strlen (got), ==, 70000);
  kill (g_ascii_strtoll (pid, NULL, 10), SIGKILL);
  g_unlink (notes);
}

static void
test_program_has_to_be_there (gconstpointer protocol)
{
  g_autoptr(PlCommand) missing = pl_test_new_program (GPOINTER_TO_INT (protocol),
                                                      "no-such-program", NULL);
  g_autoptr(PlCommand) folder = pl_test_new_program (GPOINTER_TO_INT (protocol), "/tmp", NULL);
  g_autoptr(PlStage) mapped = pl_test_map_words ("a", missing);
  g_autoptr(PlStage) refused = pl_test_map_words ("a", folder);

  pl_test_assert_run_error (mapped, PL_ERROR, PL_ERROR_WORKER_START,
                            "stage “map” (process map): Cannot start “no-such-program”: there is "
                            "no such program, or it may not be run");
  pl_test_assert_run_error (refused, PL_ERROR, PL_ERROR_WORKER_START,
                            "stage “map” (process map): Cannot start “/tmp”: there is no such "
                            "program, or it may not be run");
}

static void
test_full_disk_is_an_error (void)
{
  g_autoptr(PlCommand) command = pl_test_new_program (PL_PROTOCOL_ONESHOT, "dd", "of=/dev/full",
                                                      NULL);
  g_autoptr(PlStage) words = pl_test_new_words ("a");
  g_autoptr(PlStage) each = pl_process_each (words, command);
  g_autoptr(GError) error = NULL;

  pl_command_set_stderr_mode (command, PL_STDERR_COLLECT);
  pl_command_setenv (command, "LC_ALL", "C");
  g_assert_false (pl_stage_run (each, NULL, &error));
  g_assert_error (error, PL_ERROR, PL_ERROR_WORKER_EXITED);
  g_assert_nonnull (strstr (error->message, "The program exited with status 1: "));
  g_assert_nonnull (strstr (error->message, "No space left on device"));
}

/* The fourth is the folder that is read. */
static void
test_program_has_no_other_files (void)
{
  g_autoptr(PlCommand) command = pl_test_new_program (PL_PROTOCOL_ONESHOT, "ls",
                                                      "/proc/self/fd", NULL);
  g_autoptr(PlStage) listed = flat_map_words ("a", command);

  pl_test_assert_strings (listed, "0|1|2|3");
}

/* What the test itself has been started with, as by a shell that has put it in the background, is
 * no affair of the library. */
static void
stop_ignoring_signals (void)
{
  const int signals[] = { SIGHUP, SIGINT, SIGQUIT };

  for (guint i = 0; i < G_N_ELEMENTS (signals); i++)
    signal (signals[i], SIG_DFL);
}

static void
test_program_has_all_signals (void)
{
  g_autoptr(PlCommand) command = pl_test_new_program (PL_PROTOCOL_ONESHOT, "grep", "-E",
                                                      "Sig(Blk|Ign)", "/proc/self/status", NULL);
  g_autoptr(PlStage) told = flat_map_words ("a", command);

  stop_ignoring_signals ();
  pl_test_assert_strings (told, "SigBlk:\t0000000000000000|SigIgn:\t0000000000000000");
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);

  g_test_add_func ("/process-oneshot/bytes-go-in-and-come-out", test_bytes_go_in_and_come_out);
  g_test_add_func ("/process-oneshot/element-is-in-arguments", test_element_is_in_arguments);
  g_test_add_func ("/process-oneshot/makes-strings", test_makes_strings);
  g_test_add_func ("/process-oneshot/status-tells-whether-to-keep",
                   test_status_tells_whether_to_keep);
  g_test_add_func ("/process-oneshot/status-of-a-filter-can-be-an-error",
                   test_status_of_a_filter_can_be_an_error);
  g_test_add_func ("/process-oneshot/each-takes-all", test_each_takes_all);
  g_test_add_func ("/process-oneshot/flat-map-emits-lines", test_flat_map_emits_lines);
  g_test_add_data_func ("/process-oneshot/lines-are-there-at-once/running",
                        "echo $$; exec sleep 1000", test_lines_are_there_at_once);
  g_test_add_data_func ("/process-oneshot/lines-are-there-at-once/writing",
                        "echo $$; exec yes", test_lines_are_there_at_once);
  g_test_add_func ("/process-oneshot/bound-makes-the-program-wait",
                   test_bound_makes_the_program_wait);
  g_test_add_func ("/process-oneshot/leaves-what-has-exited", test_leaves_what_has_exited);
  g_test_add_func ("/process-oneshot/error-tells-how-it-ended", test_error_tells_how_it_ended);
  g_test_add_func ("/process-oneshot/tries-again", test_tries_again);
  g_test_add_func ("/process-oneshot/skips-what-fails", test_skips_what_fails);
  g_test_add_func ("/process-oneshot/timeout-ends-all-that-runs",
                   test_timeout_ends_all_that_runs);
  g_test_add_data_func ("/process-oneshot/need-not-read/and-exits", "echo ok",
                        test_need_not_read);
  g_test_add_data_func ("/process-oneshot/need-not-read/and-runs",
                        "exec <&-; sleep 0.1; echo ok", test_need_not_read);
  g_test_add_func ("/process-oneshot/refuses-a-zero-byte-as-argument",
                   test_refuses_a_zero_byte_as_argument);
  g_test_add_func ("/process-oneshot/does-not-wait-for-the-background",
                   test_does_not_wait_for_the_background);
  g_test_add_data_func ("/process-oneshot/program-has-to-be-there",
                        GINT_TO_POINTER (PL_PROTOCOL_ONESHOT), test_program_has_to_be_there);
  g_test_add_data_func ("/process-oneshot/program-has-to-be-there/lines",
                        GINT_TO_POINTER (PL_PROTOCOL_LINES), test_program_has_to_be_there);
  g_test_add_func ("/process-oneshot/full-disk-is-an-error", test_full_disk_is_an_error);
  g_test_add_func ("/process-oneshot/program-has-no-other-files",
                   test_program_has_no_other_files);
  g_test_add_func ("/process-oneshot/program-has-all-signals", test_program_has_all_signals);

  return pl_test_run ();
}
