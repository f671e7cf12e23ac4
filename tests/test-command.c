/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-util.h"

static const char * const sed[] = { "sed", "-u", "s/a/b/", NULL };
static const char * const ssh[] = { "ssh", "-T", "host1", NULL };
static const char * const nice_word[] = { "nice", NULL };
static const char * const none[] = { NULL };

static void
test_has_defaults (void)
{
  g_autoptr(PlCommand) command = pl_command_new (sed);

  g_assert_null (pl_command_get_function (command));
  g_assert_cmpint (pl_command_get_protocol (command), ==, PL_PROTOCOL_FRAMES);
  g_assert_cmpuint (pl_command_get_n_launchers (command), ==, 0);
  g_assert_cmpint (pl_command_get_quoting (command), ==, PL_QUOTING_AUTO);
  g_assert_null (pl_command_get_cwd (command));
  g_assert_cmpint (pl_command_get_prefetch (command), ==, -1);
  g_assert_cmpuint (pl_command_get_start_timeout (command), ==, 60000);
  g_assert_cmpuint (pl_command_get_silence (command), ==, 30000);
  g_assert_cmpuint (pl_command_get_grace (command), ==, 500);
  g_assert_cmpint (pl_command_get_stderr_mode (command), ==, PL_STDERR_PASS);
  g_assert_true (pl_command_get_result_type (command) == G_TYPE_NONE);
  g_assert_null (pl_command_get_data (command));
}

/* A property's declared default is what a new command has. */
static void
test_defaults_are_those_of_the_properties (void)
{
  g_autoptr(PlCommand) command = pl_command_new_self ("shrink");
  g_autofree GParamSpec **pspecs = NULL;
  guint n_pspecs;

  pspecs = g_object_class_list_properties (G_OBJECT_GET_CLASS (command), &n_pspecs);
  for (guint i = 0; i < n_pspecs; i++)
    {
      g_auto(GValue) value = G_VALUE_INIT;

      g_object_get_property (G_OBJECT (command), pspecs[i]->name, &value);
      if (!g_str_equal (pspecs[i]->name, "function"))
        g_assert_true (g_param_value_defaults (pspecs[i], &value));
    }
}

static void
test_copies_arguments (void)
{
  g_auto(GStrv) argv = g_strdupv ((char **) sed);
  g_autoptr(PlCommand) command = pl_command_new ((const char * const *) argv);

  argv[0][0] = 'r';
  g_assert_cmpstrv (pl_command_get_argv (command), sed);
  g_assert_true (pl_command_get_argv (command) == pl_command_get_argv (command));
}

static void
test_starts_this_program (void)
{
  g_autoptr(PlCommand) command = pl_command_new_self ("shrink");

  g_assert_cmpstr (pl_command_get_function (command), ==, "shrink");
  g_assert_null (pl_command_get_argv (command));
}

static void
test_empty_arguments_are_taken (void)
{
  g_autoptr(PlCommand) command = pl_command_new (none);

  g_assert_cmpstrv (pl_command_get_argv (command), none);
}

static void
test_launchers_are_added_and_replaced (void)
{
  g_autoptr(PlCommand) command = pl_command_new (sed);

  pl_command_add_launcher (command, nice_word);
  pl_command_add_launcher (command, none);
  pl_command_add_launcher (command, ssh);
  g_assert_cmpuint (pl_command_get_n_launchers (command), ==, 3);
  g_assert_cmpstrv (pl_command_get_launcher (command, 0), nice_word);
  g_assert_cmpstrv (pl_command_get_launcher (command, 1), none);
  g_assert_cmpstrv (pl_command_get_launcher (command, 2), ssh);
  g_assert_null (pl_command_get_launcher (command, 3));

  pl_command_set_launcher (command, pl_command_get_launcher (command, 2));
  g_assert_cmpuint (pl_command_get_n_launchers (command), ==, 1);
  g_assert_cmpstrv (pl_command_get_launcher (command, 0), ssh);

  pl_command_set_launcher (command, NULL);
  g_assert_cmpuint (pl_command_get_n_launchers (command), ==, 0);
  g_assert_null (pl_command_get_launcher (command, 0));
}

static GBytes *
get_some_bytes (void)
{
  static GBytes *bytes;

  if (bytes == NULL)
    bytes = g_bytes_new_static ("some", 4);
  return bytes;
}

static void
set_all (PlCommand *command)
{
  pl_command_set_data (command, get_some_bytes ());
  pl_command_set_protocol (command, PL_PROTOCOL_LINES);
  pl_command_set_quoting (command, PL_QUOTING_SHELL);
  pl_command_set_cwd (command, "/tmp");
  pl_command_set_prefetch (command, 1024);
  pl_command_set_start_timeout (command, 1);
  pl_command_set_silence (command, 2);
  pl_command_set_grace (command, 3);
  pl_command_set_stderr_mode (command, PL_STDERR_COLLECT);
  pl_command_set_result_type (command, G_TYPE_BYTES);
}

static void
count_notify_cb (GObject *object, GParamSpec *pspec, gpointer user_data)
{
  int *count = user_data;

  *count += 1;
}

static void
test_changes_are_told_once (void)
{
  g_autoptr(PlCommand) command = pl_command_new (sed);
  int count = 0;

  g_signal_connect (command, "notify", G_CALLBACK (count_notify_cb), &count);
  set_all (command);
  g_assert_cmpint (count, ==, 10);
  set_all (command);
  g_assert_cmpint (count, ==, 10);

  pl_command_set_cwd (command, pl_command_get_cwd (command));
  pl_command_set_cwd (command, NULL);
  pl_command_set_cwd (command, NULL);
  g_assert_cmpint (count, ==, 11);
}

static void
test_properties_are_what_setters_set (void)
{
  g_autoptr(PlCommand) set = pl_command_new (sed);
  g_autoptr(PlCommand) made = g_object_new (PL_TYPE_COMMAND,
                                            "argv", sed,
                                            "protocol", PL_PROTOCOL_LINES,
                                            "quoting", PL_QUOTING_SHELL,
                                            "cwd", "/tmp",
                                            "prefetch", 1024,
                                            "start-timeout", 1,
                                            "silence", 2,
                                            "grace", 3,
                                            "stderr-mode", PL_STDERR_COLLECT,
                                            "result-type", G_TYPE_BYTES,
                                            "data", get_some_bytes (),
                                            NULL);
  g_autofree GParamSpec **pspecs = NULL;
  guint n_pspecs;

  set_all (set);
  pspecs = g_object_class_list_properties (G_OBJECT_GET_CLASS (set), &n_pspecs);
  for (guint i = 0; i < n_pspecs; i++)
    {
      g_auto(GValue) a = G_VALUE_INIT;
      g_auto(GValue) b = G_VALUE_INIT;

      g_object_get_property (G_OBJECT (set), pspecs[i]->name, &a);
      g_object_get_property (G_OBJECT (made), pspecs[i]->name, &b);
      if (G_VALUE_HOLDS (&a, G_TYPE_STRV))
        g_assert_cmpstrv (g_value_get_boxed (&a), g_value_get_boxed (&b));
      else
        g_assert_cmpint (g_param_values_cmp (pspecs[i], &a, &b), ==, 0);
    }
}

static void
test_data_can_be_unset (void)
{
  g_autoptr(PlCommand) command = pl_command_new (sed);

  pl_command_set_data (command, get_some_bytes ());
  g_assert_true (pl_command_get_data (command) == get_some_bytes ());
  pl_command_set_data (command, NULL);
  g_assert_null (pl_command_get_data (command));
}

static void
never (void)
{
  g_assert_not_reached ();
}

static void
count_free_cb (gpointer data, GClosure *closure)
{
  int *n_freed = data;

  *n_freed += 1;
}

static void
set_codec (PlCommand *command, int *n_freed)
{
  pl_command_set_codec (command,
                        g_cclosure_new (G_CALLBACK (never), n_freed, count_free_cb),
                        g_cclosure_new (G_CALLBACK (never), n_freed, count_free_cb),
                        G_TYPE_INT);
}

static void
test_codec_is_replaced_and_unset (void)
{
  g_autoptr(PlCommand) command = pl_command_new (sed);
  int n_freed = 0;

  set_codec (command, &n_freed);
  set_codec (command, &n_freed);
  g_assert_cmpint (n_freed, ==, 2);
  pl_command_set_codec (command, NULL, NULL, G_TYPE_NONE);
  g_assert_cmpint (n_freed, ==, 4);
  set_codec (command, &n_freed);
  g_clear_object (&command);
  g_assert_cmpint (n_freed, ==, 6);
}

static void
test_no_result_type_is_the_default (void)
{
  g_autoptr(PlCommand) command = pl_command_new (sed);

  pl_command_set_result_type (command, G_TYPE_STRING);
  pl_command_set_result_type (command, G_TYPE_INVALID);
  g_assert_true (pl_command_get_result_type (command) == G_TYPE_NONE);
}

#define assert_refused(call, text) \
  G_STMT_START { \
    g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, text); \
    call; \
    g_test_assert_expected_messages (); \
  } G_STMT_END

static void
test_null_arguments_are_refused (void)
{
  g_autoptr(PlCommand) command = pl_command_new (sed);

  assert_refused (g_assert_null (pl_command_new (NULL)), "pl_command_new:*argv != NULL*");
  assert_refused (g_assert_null (pl_command_new_self (NULL)), "*new_self:*function != NULL*");
  assert_refused (pl_command_add_launcher (command, NULL), "*launcher != NULL*");
  assert_refused (pl_command_setenv (command, NULL, "x"), "*name != NULL*");
  assert_refused (pl_command_setenv (command, "A", NULL), "*value != NULL*");
  assert_refused (pl_command_unsetenv (command, NULL), "*name != NULL*");

  assert_refused (g_assert_null (pl_command_get_argv (NULL)), "*IS_COMMAND*");
  assert_refused (g_assert_null (pl_command_get_launcher (NULL, 0)), "*IS_COMMAND*");
  assert_refused (pl_command_set_launcher (NULL, sed), "*IS_COMMAND*");
  assert_refused (pl_command_set_cwd (NULL, "/"), "*IS_COMMAND*");
}

static void
test_values_that_cannot_be_are_refused (void)
{
  g_autoptr(PlCommand) command = pl_command_new (sed);

  assert_refused (pl_command_set_protocol (command, 3), "*set_protocol:*");
  assert_refused (pl_command_set_quoting (command, 3), "*set_quoting:*");
  assert_refused (pl_command_set_stderr_mode (command, 2), "*set_stderr_mode:*");
  assert_refused (pl_command_set_prefetch (command, -2), "*prefetch >= -1*");
  assert_refused (pl_command_set_prefetch (command, 1025), "*prefetch <= *");
  assert_refused (pl_command_setenv (command, "", "x"), "*name*");
  assert_refused (pl_command_setenv (command, "A=B", "x"), "*name*");
  assert_refused (pl_command_unsetenv (command, "A=B"), "*name*");
  g_assert_cmpint (pl_command_get_prefetch (command), ==, -1);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);

  g_test_add_func ("/command/has-defaults", test_has_defaults);
  g_test_add_func ("/command/defaults-are-those-of-the-properties",
                   test_defaults_are_those_of_the_properties);
  g_test_add_func ("/command/copies-arguments", test_copies_arguments);
  g_test_add_func ("/command/starts-this-program", test_starts_this_program);
  g_test_add_func ("/command/empty-arguments-are-taken", test_empty_arguments_are_taken);
  g_test_add_func ("/command/launchers-are-added-and-replaced",
                   test_launchers_are_added_and_replaced);
  g_test_add_func ("/command/changes-are-told-once", test_changes_are_told_once);
  g_test_add_func ("/command/properties-are-what-setters-set",
                   test_properties_are_what_setters_set);
  g_test_add_func ("/command/data-can-be-unset", test_data_can_be_unset);
  g_test_add_func ("/command/codec-is-replaced-and-unset", test_codec_is_replaced_and_unset);
  g_test_add_func ("/command/no-result-type-is-the-default", test_no_result_type_is_the_default);
  g_test_add_func ("/command/null-arguments-are-refused", test_null_arguments_are_refused);
  g_test_add_func ("/command/values-that-cannot-be-are-refused",
                   test_values_that_cannot_be_are_refused);

  return pl_test_run ();
}
