/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-command-private.h"

#include <glib/gstdio.h>

/* What workers are started with. */

#define WORDS(...) ((const char * const[]) { __VA_ARGS__, NULL })

/* What comes out of a shell that is given the words as one line, as the remote one of ssh is. */
static const char * const remote_shell[] = { "sh", "-c", "exec sh -c \"$*\"", "ssh", NULL };

#define assert_argv(command, launcher, element, ...) \
  G_STMT_START { \
    g_auto(GStrv) argv_got = pl_command_build_argv (command, launcher, "/bin/self", element); \
    g_assert_cmpstrv (argv_got, WORDS (__VA_ARGS__)); \
  } G_STMT_END

/* Starts the command as a worker is, and gets what it writes. */
static char *
run (PlCommand *command, const char *program, const char *element)
{
  g_autoptr(GSubprocessLauncher) launcher =
    g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE);
  g_auto(GStrv) argv = pl_command_build_argv (command, 0, program, element);
  g_autoptr(GSubprocess) child = NULL;
  g_autoptr(GError) error = NULL;
  char *output = NULL;

  pl_command_prepare (command, 0, launcher);
  child = g_subprocess_launcher_spawnv (launcher, (const char * const *) argv, &error);
  g_assert_no_error (error);
  g_subprocess_communicate_utf8 (child, NULL, NULL, &output, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_get_successful (child));
  return output;
}

#define assert_output(command, program, element, text) \
  G_STMT_START { \
    g_autofree char *output_got = run (command, program, element); \
    g_assert_cmpstr (output_got, ==, text); \
  } G_STMT_END

static void
test_program_alone (void)
{
  g_autoptr(PlCommand) command = pl_command_new (WORDS ("sed", "-u", "s/a/b c/"));

  assert_argv (command, 0, NULL, "sed", "-u", "s/a/b c/");
  assert_argv (command, 7, NULL, "sed", "-u", "s/a/b c/");
}

static void
test_this_program (void)
{
  g_autoptr(PlCommand) command = pl_command_new_self ("shrink it");

  assert_argv (command, 0, NULL, "/bin/self", "--pypeln-worker", "shrink it");
  pl_command_set_launcher (command, WORDS ("ssh", "host1"));
  assert_argv (command, 0, NULL,
               "ssh", "host1", "'/bin/self'", "'--pypeln-worker'", "'shrink it'");
}

static void
test_element_replaces_placeholders (void)
{
  g_autoptr(PlCommand) command = pl_command_new (WORDS ("do{}", "in={},{}", "{", "{}"));

  g_assert_true (pl_command_has_placeholder (command));
  assert_argv (command, 0, "a {} b", "doa {} b", "in=a {} b,a {} b", "{", "a {} b");
  assert_argv (command, 0, "", "do", "in=,", "{", "");
  assert_argv (command, 0, NULL, "do{}", "in={},{}", "{", "{}");
}

static void
test_placeholders_are_those_of_the_program (void)
{
  g_autoptr(PlCommand) command = pl_command_new (WORDS ("cat", "{", "}"));
  g_autoptr(PlCommand) self = pl_command_new_self ("{}");

  pl_command_set_launcher (command, WORDS ("nice", "{}"));
  pl_command_setenv (command, "A", "{}");
  g_assert_false (pl_command_has_placeholder (command));
  assert_argv (command, 0, "x", "nice", "{}", "env", "A={}", "cat", "{", "}");

  g_assert_false (pl_command_has_placeholder (self));
  assert_argv (self, 0, "x", "/bin/self", "--pypeln-worker", "{}");
}

static void
test_launchers_take_turns (void)
{
  g_autoptr(PlCommand) command = pl_command_new (WORDS ("cat", "a b"));

  pl_command_add_launcher (command, WORDS ("ssh", "host1"));
  pl_command_add_launcher (command, WORDS ("srun", "-u"));
  pl_command_add_launcher (command, (const char * const[]) { NULL });
  assert_argv (command, 0, NULL, "ssh", "host1", "'cat'", "'a b'");
  assert_argv (command, 1, NULL, "srun", "-u", "cat", "a b");
  assert_argv (command, 2, NULL, "cat", "a b");
  assert_argv (command, 3, NULL, "ssh", "host1", "'cat'", "'a b'");
  assert_argv (command, G_MAXUINT, NULL, "ssh", "host1", "'cat'", "'a b'");
}

static void
test_quoting_can_be_chosen (void)
{
  g_autoptr(PlCommand) command = pl_command_new (WORDS ("cat", "it's"));

  pl_command_set_launcher (command, WORDS ("/usr/bin/ssh", "a b"));
  assert_argv (command, 0, NULL, "/usr/bin/ssh", "a b", "'cat'", "'it'\\''s'");
  pl_command_set_quoting (command, PL_QUOTING_NONE);
  assert_argv (command, 0, NULL, "/usr/bin/ssh", "a b", "cat", "it's");

  pl_command_set_launcher (command, WORDS ("my-ssh"));
  pl_command_set_quoting (command, PL_QUOTING_AUTO);
  assert_argv (command, 0, NULL, "my-ssh", "cat", "it's");
  pl_command_set_quoting (command, PL_QUOTING_SHELL);
  assert_argv (command, 0, NULL, "my-ssh", "'cat'", "'it'\\''s'");
}

static void
test_nothing_is_quoted_without_a_launcher (void)
{
  g_autoptr(PlCommand) command = pl_command_new (WORDS ("cat", "it's"));

  pl_command_set_quoting (command, PL_QUOTING_SHELL);
  assert_argv (command, 0, NULL, "cat", "it's");
}

static void
set_surroundings (PlCommand *command)
{
  pl_command_setenv (command, "B", "x");
  pl_command_setenv (command, "B", "two words\n");
  pl_command_setenv (command, "A", "");
  pl_command_unsetenv (command, "A");
  pl_command_unsetenv (command, "C");
  pl_command_setenv (command, "C", "it's; $HOME");
  pl_command_set_cwd (command, "/");
}

static void
test_launcher_is_given_surroundings (void)
{
  g_autoptr(PlCommand) command = pl_command_new (WORDS ("cat"));

  pl_command_set_launcher (command, WORDS ("nice"));
  set_surroundings (command);
  assert_argv (command, 0, NULL,
               "nice", "env", "-C", "/", "-u", "A", "B=two words\n", "C=it's; $HOME", "cat");
  pl_command_set_quoting (command, PL_QUOTING_SHELL);
  assert_argv (command, 0, NULL, "nice", "'env'", "'-C'", "'/'", "'-u'", "'A'",
               "'B=two words\n'", "'C=it'\\''s; $HOME'", "'cat'");
}

static void
test_no_launcher_is_given_no_surroundings (void)
{
  g_autoptr(PlCommand) command = pl_command_new (WORDS ("cat"));

  set_surroundings (command);
  assert_argv (command, 0, NULL, "cat");
}

static void
test_surroundings_arrive (void)
{
  const char * const here[] = { NULL };
  const char * const * const launchers[] = { here, WORDS ("nice"), remote_shell };
  const char *script = "printf '%s|' \"${A-unset}\" \"$B\" \"$C\" \"$1\"; pwd";

  g_setenv ("A", "inherited", TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (launchers); i++)
    {
      g_autoptr(PlCommand) command = pl_command_new (WORDS ("sh", "-c", script, "sh", "<{}>"));

      pl_command_set_launcher (command, launchers[i]);
      if (launchers[i] == remote_shell)
        pl_command_set_quoting (command, PL_QUOTING_SHELL);
      set_surroundings (command);
      assert_output (command, NULL, "a  'b' $c",
                     "unset|two words\n|it's; $HOME|<a  'b' $c>|/\n");
    }
}

static void
test_prepared_child_keeps_what_is_not_set (void)
{
  g_autoptr(PlCommand) command = pl_command_new (WORDS ("sh", "-c", "echo $A; pwd"));
  g_autofree char *cwd = g_get_current_dir ();
  g_autofree char *expected = g_strconcat ("inherited\n", cwd, "\n", NULL);

  g_setenv ("A", "inherited", TRUE);
  g_setenv ("PWD", cwd, TRUE);
  assert_output (command, NULL, NULL, expected);
}

/* Its path is no variable for env. */
static void
test_program_with_an_equals_sign (void)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("pl=XXXXXX", &error);
  g_autofree char *program = g_build_filename (folder, "program", NULL);
  g_autoptr(PlCommand) command = pl_command_new_self ("a b");

  g_assert_no_error (error);
  g_file_set_contents_full (program, "#!/bin/sh\necho \"$A $1 $2\"\n", -1,
                            G_FILE_SET_CONTENTS_NONE, 0700, &error);
  g_assert_no_error (error);

  pl_command_set_launcher (command, WORDS ("nice"));
  pl_command_setenv (command, "A", "x");
  assert_output (command, program, NULL, "x --pypeln-worker a b\n");
  pl_command_set_launcher (command, remote_shell);
  pl_command_set_quoting (command, PL_QUOTING_SHELL);
  assert_output (command, program, NULL, "x --pypeln-worker a b\n");

  g_assert_cmpint (g_unlink (program), ==, 0);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/command-argv/program-alone", test_program_alone);
  g_test_add_func ("/command-argv/this-program", test_this_program);
  g_test_add_func ("/command-argv/element-replaces-placeholders",
                   test_element_replaces_placeholders);
  g_test_add_func ("/command-argv/placeholders-are-those-of-the-program",
                   test_placeholders_are_those_of_the_program);
  g_test_add_func ("/command-argv/launchers-take-turns", test_launchers_take_turns);
  g_test_add_func ("/command-argv/quoting-can-be-chosen", test_quoting_can_be_chosen);
  g_test_add_func ("/command-argv/nothing-is-quoted-without-a-launcher",
                   test_nothing_is_quoted_without_a_launcher);
  g_test_add_func ("/command-argv/launcher-is-given-surroundings",
                   test_launcher_is_given_surroundings);
  g_test_add_func ("/command-argv/no-launcher-is-given-no-surroundings",
                   test_no_launcher_is_given_no_surroundings);
  g_test_add_func ("/command-argv/surroundings-arrive", test_surroundings_arrive);
  g_test_add_func ("/command-argv/prepared-child-keeps-what-is-not-set",
                   test_prepared_child_keeps_what_is_not_set);
  g_test_add_func ("/command-argv/program-with-an-equals-sign", test_program_with_an_equals_sign);

  return g_test_run ();
}
