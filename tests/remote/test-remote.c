/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-remote.h"

#include <glib/gstdio.h>
#include <signal.h>

/* What a worker process does is the same wherever something starts it. */

static PlStage *
new_texts (const char *const *texts)
{
  return pl_source_new_for_strv (texts);
}

static char *
run_texts (PlStage *stage)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GArray) values = pl_stage_collect (stage, NULL, &error);
  g_autoptr(GString) texts = g_string_new (NULL);

  g_assert_no_error (error);
  for (guint i = 0; i < values->len; i++)
    {
      g_autofree char *text = g_strdup_value_contents (&g_array_index (values, GValue, i));

      g_string_append_printf (texts, "%s\n", text);
    }
  return g_string_free (g_steal_pointer (&texts), FALSE);
}

/* Values of all types that travel. */
static GVariant *
new_values (void)
{
  g_autofree char *large = g_strnfill (300 * 1024, 'x');
  const char * const words[] = { "a b", "'", "\"", "$HOME", "line\nfeed", "ü", "", NULL };
  GVariantBuilder values;

  g_variant_builder_init (&values, G_VARIANT_TYPE ("av"));
  for (gint64 i = 0; i < 500; i++)
    {
      g_variant_builder_add (&values, "v", g_variant_new_int64 (i - 250));
      g_variant_builder_add (&values, "v", g_variant_new_double (i / 3.0));
      g_variant_builder_add (&values, "v", g_variant_new_string (words[i % 7]));
    }
  g_variant_builder_add (&values, "v", g_variant_new_strv (words, -1));
  g_variant_builder_add (&values, "v", g_variant_new_string (large));
  g_variant_builder_add (&values, "v", g_variant_new_boolean (TRUE));
  g_variant_builder_add (&values, "v", g_variant_new ("a{sv}", NULL));
  return g_variant_ref_sink (g_variant_builder_end (&values));
}

static void
test_gives_what_a_local_worker_does (void)
{
  g_autoptr(GVariant) values = new_values ();
  g_autoptr(PlStage) source = pl_source_new_for_variant (values);
  g_autoptr(PlCommand) here = pl_command_new_self ("same");
  g_autoptr(PlCommand) there = pl_test_remote_new_command ("same");
  g_autoptr(PlStage) local = pl_process_map (source, here);
  g_autoptr(PlStage) remote = pl_process_map (source, there);
  g_autofree char *local_texts = run_texts (local);
  g_autofree char *remote_texts = run_texts (remote);

  g_assert_true (g_str_equal (local_texts, remote_texts));
}

static void
test_several_workers_lose_nothing (void)
{
  g_autoptr(PlStage) source = pl_source_new_range (0, 5000);
  g_autoptr(PlCommand) command = pl_test_remote_new_command ("same");
  g_autoptr(PlStage) stage = pl_process_map (source, command);
  g_autoptr(PlStage) ordered = pl_process_ordered (stage);
  g_autofree char *expected = run_texts (source);
  g_autofree char *texts = NULL;

  pl_stage_set_workers (stage, 3);
  texts = run_texts (ordered);
  g_assert_true (g_str_equal (texts, expected));
}

/* Runs @function with @element, and returns what comes of it. */
static char *
run_with_text (PlCommand *command, const char *element)
{
  const char * const elements[] = { element, NULL };
  g_autoptr(PlStage) source = new_texts (elements);
  g_autoptr(PlStage) stage = pl_process_map (source, command);
  g_autoptr(GError) error = NULL;
  g_autoptr(GArray) values = pl_stage_collect (stage, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (values->len, ==, 1);
  return g_value_dup_string (&g_array_index (values, GValue, 0));
}

static char *
make_hostile_folder (void)
{
  g_autofree char *top = g_dir_make_tmp ("pl-test-XXXXXX", NULL);
  char *folder = g_build_filename (top, PL_TEST_HOSTILE, NULL);

  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  return folder;
}

static void
remove_folder (const char *folder)
{
  g_autofree char *top = g_path_get_dirname (folder);

  g_assert_cmpint (g_rmdir (folder), ==, 0);
  g_assert_cmpint (g_rmdir (top), ==, 0);
}

/* The name of the function is an argument of the worker, and is hostile too. */
static void
test_arguments_environment_and_folder_arrive (void)
{
  g_autoptr(PlCommand) command = pl_test_remote_new_command (PL_TEST_HOSTILE);
  g_autofree char *folder = make_hostile_folder ();
  g_autofree char *expected = g_strconcat (PL_TEST_HOSTILE "|", folder, NULL);
  g_autofree char *expected_unset = g_strconcat ("(unset)|", folder, NULL);
  g_autofree char *text = NULL;
  g_autofree char *unset_text = NULL;

  pl_command_set_cwd (command, folder);
  pl_command_setenv (command, "PL_TEST_VARIABLE", PL_TEST_HOSTILE);
  pl_command_unsetenv (command, "HOME");
  text = run_with_text (command, "PL_TEST_VARIABLE");
  unset_text = run_with_text (command, "HOME");

  g_assert_cmpstr (text, ==, expected);
  g_assert_cmpstr (unset_text, ==, expected_unset);
  remove_folder (folder);
}

static PlCommand *
new_plain_command (const char *const *argv, PlProtocol protocol)
{
  PlCommand *command = pl_command_new (argv);

  pl_test_remote_launch (command);
  pl_command_set_protocol (command, protocol);
  pl_command_set_result_type (command, G_TYPE_STRING);
  return command;
}

static void
test_filter_programs_give_a_line_for_each (void)
{
  const char * const argv[] = { "sed", "-u", "s/ a b/ $(c) 'd' \"é\"/", NULL };
  const char * const elements[] = { "1 a b", "2 a b", "", "3 a b", NULL };
  const char * const results[] = { "1 $(c) 'd' \"é\"", "2 $(c) 'd' \"é\"", "", "3 $(c) 'd' \"é\"",
                                   NULL };
  g_autoptr(PlCommand) command = new_plain_command (argv, PL_PROTOCOL_LINES);
  g_autoptr(PlStage) source = new_texts (elements);
  g_autoptr(PlStage) expected = new_texts (results);
  g_autoptr(PlStage) stage = pl_process_map (source, command);
  g_autofree char *expected_texts = run_texts (expected);
  g_autofree char *texts = run_texts (stage);

  g_assert_cmpstr (texts, ==, expected_texts);
}

static void
test_programs_get_elements_as_arguments (void)
{
  const char * const argv[] = { "printf", "%s|%s|", "{}", "a {} b", NULL };
  g_autoptr(PlCommand) command = new_plain_command (argv, PL_PROTOCOL_ONESHOT);
  g_autofree char *text = run_with_text (command, PL_TEST_HOSTILE);

  g_assert_cmpstr (text, ==, PL_TEST_HOSTILE "|a " PL_TEST_HOSTILE " b|");
}

static void
test_programs_open_files_of_any_name (void)
{
  const char * const argv[] = { "cat", "--", "{}", NULL };
  g_autoptr(PlCommand) command = new_plain_command (argv, PL_PROTOCOL_ONESHOT);
  g_autofree char *folder = make_hostile_folder ();
  g_autofree char *file = g_build_filename (folder, PL_TEST_HOSTILE, NULL);
  g_autofree char *text = NULL;

  g_assert_true (g_file_set_contents (file, "what is in it", -1, NULL));
  text = run_with_text (command, file);
  g_assert_cmpstr (text, ==, "what is in it");

  g_assert_cmpint (g_unlink (file), ==, 0);
  remove_folder (folder);
}

static void
test_programs_read_elements (void)
{
  const char * const argv[] = { "tr", "a-z", "A-Z", NULL };
  g_autoptr(PlCommand) command = new_plain_command (argv, PL_PROTOCOL_ONESHOT);
  g_autofree char *text = run_with_text (command, "several\nlines");

  g_assert_cmpstr (text, ==, "SEVERAL\nLINES");
}

/* Runs @command with an element, and returns the error, which has to come. */
static GError *
run_into_error (PlCommand *command)
{
  const char * const elements[] = { "this one", NULL };
  g_autoptr(PlStage) source = new_texts (elements);
  g_autoptr(PlStage) stage = pl_process_map (source, command);
  GError *error = NULL;

  pl_stage_set_name (stage, "far");
  g_assert_false (pl_stage_run (stage, NULL, &error));
  g_assert_nonnull (error);
  return error;
}

static void
test_errors_of_functions_come_back (void)
{
  g_autoptr(PlCommand) command = pl_test_remote_new_command ("fail");
  g_autoptr(GError) error = run_into_error (command);

  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
  g_assert_cmpstr (error->message, ==,
                   "stage “far” (process map, worker 0, element 0): No space for “this one”");
}

static void
test_errors_of_on_start_come_back (void)
{
  g_autoptr(PlCommand) command = pl_test_remote_new_command ("unstartable");
  g_autoptr(GError) error = run_into_error (command);

  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BUSY);
  g_assert_nonnull (strstr (error->message, "Not today"));
}

static void
test_last_words_come_back (void)
{
  g_autoptr(PlCommand) command = pl_test_remote_new_command ("crash");
  g_autoptr(GError) error = NULL;

  pl_command_set_stderr_mode (command, PL_STDERR_COLLECT);
  error = run_into_error (command);
  g_assert_error (error, PL_ERROR, PL_ERROR_WORKER_EXITED);
  g_assert_nonnull (strstr (error->message, "exited with status 3"));
  g_assert_nonnull (strstr (error->message, "no memory for this one"));
}

static GMutex printed_mutex;
static GString *printed;

static void
keep_printed (const char *text)
{
  g_mutex_lock (&printed_mutex);
  g_string_append (printed, text);
  g_mutex_unlock (&printed_mutex);
}

static void
test_what_is_printed_comes_back (void)
{
  const char * const elements[] = { "this one", NULL };
  g_autoptr(PlCommand) command = pl_test_remote_new_command ("print");
  g_autoptr(PlStage) source = new_texts (elements);
  g_autoptr(PlStage) stage = pl_process_map (source, command);
  GPrintFunc former;

  printed = g_string_new (NULL);
  former = g_set_printerr_handler (keep_printed);
  pl_stage_set_name (stage, "far");
  g_assert_true (pl_stage_run (stage, NULL, NULL));
  g_set_printerr_handler (former);

  g_assert_nonnull (strstr (printed->str, "stage “far”, worker 0: out: this one\n"));
  g_assert_nonnull (strstr (printed->str, "stage “far”, worker 0: err: this one\n"));
  g_string_free (printed, TRUE);
}

static void
test_program_that_is_not_there_is_an_error (void)
{
  const char * const argv[] = { "/no/such/program", NULL };
  g_autoptr(PlCommand) command = new_plain_command (argv, PL_PROTOCOL_FRAMES);
  g_autoptr(GError) error = NULL;

  pl_command_set_stderr_mode (command, PL_STDERR_COLLECT);
  error = run_into_error (command);
  g_assert_error (error, PL_ERROR, PL_ERROR_WORKER_START);
  g_assert_nonnull (strstr (error->message, "/no/such/program"));
}

static void
test_launchers_that_cannot_start_are_an_error (void)
{
  g_auto(GStrv) lines = g_strsplit (g_getenv ("PL_TEST_WRONG_LAUNCHERS"), "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_auto(GStrv) parts = g_strsplit (lines[i], "\t", 2);
      g_autoptr(PlCommand) command = pl_command_new_self ("same");
      g_autoptr(GError) error = NULL;
      g_auto(GStrv) words = NULL;
      gint64 start = g_get_monotonic_time ();

      g_assert_true (g_shell_parse_argv (parts[0], NULL, &words, NULL));
      pl_command_set_launcher (command, (const char * const *) words);
      pl_command_set_stderr_mode (command, PL_STDERR_COLLECT);
      error = run_into_error (command);

      g_assert_error (error, PL_ERROR, PL_ERROR_WORKER_START);
      if (strstr (error->message, parts[1]) == NULL)
        g_error ("“%s” is not in “%s”", parts[1], error->message);
      g_assert_cmpint ((g_get_monotonic_time () - start) / 1000, <, PL_TEST_SOON);
    }
}

/* Where the first launcher does not work, the next one does. */
static void
test_next_launcher_is_tried (void)
{
  g_auto(GStrv) lines = g_strsplit (g_getenv ("PL_TEST_WRONG_LAUNCHERS"), "\t", 2);
  g_autoptr(PlCommand) command = pl_command_new_self ("same");
  g_auto(GStrv) words = NULL;
  g_autofree char *text = NULL;

  g_assert_true (g_shell_parse_argv (lines[0], NULL, &words, NULL));
  pl_command_set_launcher (command, (const char * const *) words);
  pl_command_set_stderr_mode (command, PL_STDERR_COLLECT);
  pl_test_remote_launch (command);
  text = run_with_text (command, "this one");
  g_assert_cmpstr (text, ==, "this one");
}

static void
test_cancelling_ends_a_worker_that_computes (void)
{
  g_autoptr(PlCommand) command = pl_test_remote_new_command ("compute");
  g_autoptr(PlStage) stage = pl_test_remote_compute (command);
  g_autoptr(PlIterator) iter = pl_stage_iterate (stage);
  g_autoptr(PlTestPlace) place = pl_test_remote_take_place (iter);
  int pidfd = pl_test_remote_watch (place->pid);

  pl_iterator_close (iter);
  pl_test_remote_assert_ends (pidfd);
}

/* A filter that tells its process id, and then ignores everything but the end of its input. */
static void
test_cancelling_ends_a_filter_program (void)
{
  const char * const argv[] = {
    "sh", "-c", "trap '' TERM; while read -r line; do echo \"here $line $$ $PPID\"; done", NULL
  };
  g_autoptr(PlCommand) command = new_plain_command (argv, PL_PROTOCOL_LINES);
  g_autoptr(PlStage) channel = pl_channel_new (0);
  g_autoptr(PlStage) stage = pl_process_map (channel, command);
  g_autoptr(PlIterator) iter = pl_stage_iterate (stage);
  g_autoptr(PlTestPlace) place = NULL;
  g_auto(GValue) value = G_VALUE_INIT;
  int pidfd;

  g_value_init (&value, G_TYPE_STRING);
  g_value_set_static_string (&value, "0");
  g_assert_true (pl_channel_push (PL_CHANNEL (channel), &value, NULL, NULL));
  place = pl_test_remote_take_place (iter);
  pidfd = pl_test_remote_watch (place->pid);
  pl_iterator_close (iter);
  pl_test_remote_assert_ends (pidfd);
}

static void
test_worker_ends_with_its_parent (void)
{
  g_autoptr(PlTestPlace) place = NULL;
  g_autoptr(GSubprocess) parent = pl_test_remote_start_parent (&place);
  int pidfd = pl_test_remote_watch (place->pid);

  g_subprocess_force_exit (parent);
  g_assert_true (g_subprocess_wait (parent, NULL, NULL));
  pl_test_remote_assert_ends (pidfd);
}

/* What keeps the worker there is killed: sshd's process of the connection, or slurmstepd, of whose
 * death srun does not hear. */
static void
test_nothing_is_lost_with_what_keeps_a_worker (void)
{
  g_autoptr(PlStage) source = pl_source_new_range (0, 200);
  g_autoptr(PlCommand) command = pl_test_remote_new_command ("place");
  g_autoptr(PlStage) stage = pl_process_map (source, command);
  g_autoptr(PlIterator) iter = NULL;
  g_autoptr(PlTestPlace) first = NULL;
  gboolean is_there[200] = { FALSE };
  int pidfd;

  pl_command_set_silence (command, 1000);
  pl_stage_set_workers (stage, 2);
  pl_stage_set_retries (stage, 10);
  iter = pl_stage_iterate (stage);
  first = pl_test_remote_take_place (iter);
  is_there[first->number] = TRUE;
  pidfd = pl_test_remote_watch (first->pid);
  g_assert_cmpint (kill (first->parent, SIGKILL), ==, 0);

  for (guint i = 1; i < 200; i++)
    {
      g_autoptr(PlTestPlace) place = pl_test_remote_take_place (iter);

      g_assert_false (is_there[place->number]);
      is_there[place->number] = TRUE;
    }
  g_assert_null (pl_test_remote_take_place (iter));
  pl_test_remote_assert_ends (pidfd);
}

static void
add_tests (void)
{
  g_test_add_func ("/remote/gives-what-a-local-worker-does", test_gives_what_a_local_worker_does);
  g_test_add_func ("/remote/several-workers-lose-nothing", test_several_workers_lose_nothing);
  g_test_add_func ("/remote/arguments-environment-and-folder-arrive",
                   test_arguments_environment_and_folder_arrive);
  g_test_add_func ("/remote/filter-programs-give-a-line-for-each",
                   test_filter_programs_give_a_line_for_each);
  g_test_add_func ("/remote/programs-get-elements-as-arguments",
                   test_programs_get_elements_as_arguments);
  g_test_add_func ("/remote/programs-open-files-of-any-name",
                   test_programs_open_files_of_any_name);
  g_test_add_func ("/remote/programs-read-elements", test_programs_read_elements);
  g_test_add_func ("/remote/errors-of-functions-come-back", test_errors_of_functions_come_back);
  g_test_add_func ("/remote/errors-of-on-start-come-back", test_errors_of_on_start_come_back);
  g_test_add_func ("/remote/last-words-come-back", test_last_words_come_back);
  g_test_add_func ("/remote/what-is-printed-comes-back", test_what_is_printed_comes_back);
  g_test_add_func ("/remote/program-that-is-not-there-is-an-error",
                   test_program_that_is_not_there_is_an_error);
  g_test_add_func ("/remote/launchers-that-cannot-start-are-an-error",
                   test_launchers_that_cannot_start_are_an_error);
  g_test_add_func ("/remote/next-launcher-is-tried", test_next_launcher_is_tried);
  g_test_add_func ("/remote/cancelling-ends-a-worker-that-computes",
                   test_cancelling_ends_a_worker_that_computes);
  g_test_add_func ("/remote/cancelling-ends-a-filter-program",
                   test_cancelling_ends_a_filter_program);
  g_test_add_func ("/remote/worker-ends-with-its-parent", test_worker_ends_with_its_parent);
  g_test_add_func ("/remote/nothing-is-lost-with-what-keeps-a-worker",
                   test_nothing_is_lost_with_what_keeps_a_worker);
}

int
main (int argc, char **argv)
{
  return pl_test_remote_main (argc, argv, add_tests);
}
