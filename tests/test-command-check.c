/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-command-private.h"
#include "pl-error.h"

/* What a run asks a command for beside its arguments. */

static const char * const cat[] = { "cat", "{}", NULL };
static const char * const ssh[] = { "ssh", "host1", NULL };

#define assert_passes(command, operation) \
  G_STMT_START { \
    g_autoptr(GError) error_got = NULL; \
    g_assert_true (pl_command_check (command, operation, &error_got)); \
    g_assert_no_error (error_got); \
  } G_STMT_END

#define assert_fails(command, operation, code, text) \
  G_STMT_START { \
    g_autoptr(GError) error_got = NULL; \
    g_assert_false (pl_command_check (command, operation, &error_got)); \
    g_assert_error (error_got, PL_ERROR, code); \
    g_assert_cmpstr (error_got->message, ==, text); \
  } G_STMT_END

static void
test_lines_do_for_map_and_each (void)
{
  g_autoptr(PlCommand) command = pl_command_new (cat);

  pl_command_set_protocol (command, PL_PROTOCOL_LINES);
  assert_passes (command, "map");
  assert_passes (command, "each");
  assert_fails (command, "filter", PL_ERROR_INVALID_KIND,
                "“protocol” is lines, which does for map and each, and not for filter");
  assert_fails (command, "flat_map", PL_ERROR_INVALID_KIND,
                "“protocol” is lines, which does for map and each, and not for flat_map");
}

static void
test_other_protocols_do_for_all (void)
{
  g_autoptr(PlCommand) command = pl_command_new (cat);

  assert_passes (command, "flat_map");
  pl_command_set_protocol (command, PL_PROTOCOL_ONESHOT);
  assert_passes (command, "flat_map");
}

static void
test_this_program_speaks_frames (void)
{
  g_autoptr(PlCommand) command = pl_command_new_self ("shrink");

  assert_passes (command, "filter");
  pl_command_set_protocol (command, PL_PROTOCOL_ONESHOT);
  assert_fails (command, "map", PL_ERROR_INVALID_KIND,
                "The command starts a function of this program, so “protocol” has to be frames");
}

static void
test_there_is_a_program (void)
{
  const char * const none[] = { NULL };
  const char * const empty[] = { "", "x", NULL };
  const char * const * const argvs[] = { NULL, none, empty };

  for (guint i = 0; i < G_N_ELEMENTS (argvs); i++)
    {
      g_autoptr(PlCommand) command = g_object_new (PL_TYPE_COMMAND, "argv", argvs[i], NULL);

      assert_fails (command, "map", PL_ERROR_INVALID_VALUE,
                    "The command has no program to start; the first of “argv” is its name");
    }
}

static void
test_there_is_one_program (void)
{
  g_autoptr(PlCommand) command = g_object_new (PL_TYPE_COMMAND,
                                               "argv", cat,
                                               "function", "shrink",
                                               NULL);

  assert_fails (command, "map", PL_ERROR_INVALID_VALUE,
                "The command has both “argv” and “function”; it starts one of them");
}

static void
test_results_are_strings_or_bytes (void)
{
  g_autoptr(PlCommand) command = pl_command_new (cat);

  pl_command_set_result_type (command, G_TYPE_STRING);
  assert_passes (command, "map");
  pl_command_set_result_type (command, G_TYPE_BYTES);
  assert_passes (command, "map");
  pl_command_set_result_type (command, G_TYPE_INT);
  assert_fails (command, "map", PL_ERROR_INVALID_VALUE,
                "“result-type” is gint; it can be gchararray or GBytes");
}

static void
never (void)
{
  g_assert_not_reached ();
}

static void
test_data_and_codecs_are_for_frames (void)
{
  g_autoptr(PlCommand) command = pl_command_new (cat);
  g_autoptr(GBytes) data = g_bytes_new_static ("some", 4);

  pl_command_set_data (command, data);
  assert_passes (command, "map");
  pl_command_set_protocol (command, PL_PROTOCOL_LINES);
  assert_fails (command, "map", PL_ERROR_INVALID_KIND,
                "The command has “data”, so “protocol” has to be frames");

  pl_command_set_data (command, NULL);
  pl_command_set_codec (command, g_cclosure_new (never, NULL, NULL),
                        g_cclosure_new (never, NULL, NULL), G_TYPE_INT);
  assert_fails (command, "map", PL_ERROR_INVALID_KIND,
                "The command has a codec, so “protocol” has to be frames");
  pl_command_set_protocol (command, PL_PROTOCOL_FRAMES);
  assert_passes (command, "map");
}

/* Nobody looks at what is in there. */
static void
test_data_is_not_too_large (void)
{
  static const guint8 byte;
  g_autoptr(PlCommand) command = pl_command_new (cat);
  g_autoptr(GBytes) data = g_bytes_new_static (&byte, 1024u * 1024 * 1024);

  pl_command_set_data (command, data);
  assert_fails (command, "map", PL_ERROR_INVALID_VALUE,
                "“data” has 1073741824 bytes, and may have 1072693248 at most");
}

static void
test_result_type_depends_on_what_is_an_element (void)
{
  g_autoptr(PlCommand) command = pl_command_new (cat);

  g_assert_true (pl_command_get_effective_result_type (command, TRUE) == G_TYPE_STRING);
  g_assert_true (pl_command_get_effective_result_type (command, FALSE) == G_TYPE_BYTES);
  pl_command_set_result_type (command, G_TYPE_STRING);
  g_assert_true (pl_command_get_effective_result_type (command, FALSE) == G_TYPE_STRING);
}

static void
test_prefetch_is_that_of_the_protocol (void)
{
  g_autoptr(PlCommand) command = pl_command_new (cat);

  g_assert_cmpuint (pl_command_get_effective_prefetch (command), ==, 64);
  pl_command_set_protocol (command, PL_PROTOCOL_LINES);
  g_assert_cmpuint (pl_command_get_effective_prefetch (command), ==, 0);
  pl_command_set_protocol (command, PL_PROTOCOL_ONESHOT);
  g_assert_cmpuint (pl_command_get_effective_prefetch (command), ==, 0);

  pl_command_set_prefetch (command, 3);
  g_assert_cmpuint (pl_command_get_effective_prefetch (command), ==, 0);
  pl_command_set_protocol (command, PL_PROTOCOL_LINES);
  g_assert_cmpuint (pl_command_get_effective_prefetch (command), ==, 3);
  pl_command_set_protocol (command, PL_PROTOCOL_FRAMES);
  g_assert_cmpuint (pl_command_get_effective_prefetch (command), ==, 3);
  pl_command_set_prefetch (command, 0);
  g_assert_cmpuint (pl_command_get_effective_prefetch (command), ==, 0);
}

/* Gives each property that can be set another value than its default. */
static void
set_all (PlCommand *command)
{
  g_autoptr(GBytes) data = g_bytes_new_static ("some", 4);

  g_object_set (command,
                "protocol", PL_PROTOCOL_ONESHOT,
                "quoting", PL_QUOTING_NONE,
                "cwd", "/tmp",
                "prefetch", 5,
                "start-timeout", 1,
                "silence", 2,
                "grace", 3,
                "stderr-mode", PL_STDERR_COLLECT,
                "result-type", G_TYPE_BYTES,
                "data", data,
                NULL);
}

static void
assert_same_properties (PlCommand *command, PlCommand *copy)
{
  g_autofree GParamSpec **pspecs = NULL;
  guint n_pspecs;

  pspecs = g_object_class_list_properties (G_OBJECT_GET_CLASS (command), &n_pspecs);
  for (guint i = 0; i < n_pspecs; i++)
    {
      g_auto(GValue) a = G_VALUE_INIT;
      g_auto(GValue) b = G_VALUE_INIT;

      g_object_get_property (G_OBJECT (command), pspecs[i]->name, &a);
      g_object_get_property (G_OBJECT (copy), pspecs[i]->name, &b);
      if ((pspecs[i]->flags & G_PARAM_CONSTRUCT_ONLY) == 0)
        g_assert_false (g_param_value_defaults (pspecs[i], &a));
      if (!G_VALUE_HOLDS (&a, G_TYPE_STRV))
        g_assert_cmpint (g_param_values_cmp (pspecs[i], &a, &b), ==, 0);
    }
}

static void
test_copy_has_all (void)
{
  g_autoptr(PlCommand) command = pl_command_new (cat);
  g_autoptr(PlCommand) copy = NULL;
  g_auto(GStrv) argv = NULL;
  g_auto(GStrv) copied = NULL;

  set_all (command);
  pl_command_add_launcher (command, ssh);
  pl_command_add_launcher (command, cat);
  pl_command_setenv (command, "A", "1");
  pl_command_unsetenv (command, "B");
  pl_command_set_codec (command, g_cclosure_new (never, NULL, NULL),
                        g_cclosure_new (never, NULL, NULL), G_TYPE_INT);
  copy = pl_command_dup (command);

  assert_same_properties (command, copy);
  g_assert_cmpuint (pl_command_get_n_launchers (copy), ==, 2);
  argv = pl_command_build_argv (command, 1, NULL, NULL);
  copied = pl_command_build_argv (copy, 1, NULL, NULL);
  g_assert_cmpstrv (argv, copied);
  g_assert_true (copy->encode == command->encode);
  g_assert_true (copy->decode == command->decode);
  g_assert_true (copy->decoded_type == G_TYPE_INT);
}

static void
test_copy_of_this_program (void)
{
  g_autoptr(PlCommand) command = pl_command_new_self ("shrink");
  g_autoptr(PlCommand) copy = pl_command_dup (command);

  g_assert_cmpstr (pl_command_get_function (copy), ==, "shrink");
  g_assert_null (pl_command_get_argv (copy));
}

static void
test_copy_does_not_change (void)
{
  g_autoptr(PlCommand) command = pl_command_new (cat);
  g_autoptr(PlCommand) copy = pl_command_dup (command);
  g_auto(GStrv) argv = NULL;

  set_all (command);
  pl_command_set_launcher (command, ssh);
  pl_command_setenv (command, "A", "1");
  g_assert_cmpint (pl_command_get_grace (copy), ==, 500);
  argv = pl_command_build_argv (copy, 0, NULL, NULL);
  g_assert_cmpstrv (argv, cat);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/command-check/lines-do-for-map-and-each", test_lines_do_for_map_and_each);
  g_test_add_func ("/command-check/other-protocols-do-for-all", test_other_protocols_do_for_all);
  g_test_add_func ("/command-check/this-program-speaks-frames", test_this_program_speaks_frames);
  g_test_add_func ("/command-check/there-is-a-program", test_there_is_a_program);
  g_test_add_func ("/command-check/there-is-one-program", test_there_is_one_program);
  g_test_add_func ("/command-check/results-are-strings-or-bytes",
                   test_results_are_strings_or_bytes);
  g_test_add_func ("/command-check/data-and-codecs-are-for-frames",
                   test_data_and_codecs_are_for_frames);
  g_test_add_func ("/command-check/data-is-not-too-large", test_data_is_not_too_large);
  g_test_add_func ("/command-check/result-type-depends-on-what-is-an-element",
                   test_result_type_depends_on_what_is_an_element);
  g_test_add_func ("/command-check/prefetch-is-that-of-the-protocol",
                   test_prefetch_is_that_of_the_protocol);
  g_test_add_func ("/command-check/copy-has-all", test_copy_has_all);
  g_test_add_func ("/command-check/copy-of-this-program", test_copy_of_this_program);
  g_test_add_func ("/command-check/copy-does-not-change", test_copy_does_not_change);

  return g_test_run ();
}
