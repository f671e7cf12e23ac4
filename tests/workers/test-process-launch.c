/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-util.h"

#include <glib/gstdio.h>

/* Launchers that do not start each process: the first that gets to make a folder is unlucky. */

static gboolean
square (const GValue *element,
        GValue *result,
        PlWorker *worker,
        gpointer user_data,
        GError **error)
{
  g_value_init (result, G_TYPE_INT);
  g_value_set_int (result, g_value_get_int (element) * g_value_get_int (element));
  return TRUE;
}

/* Runs as many workers as asked for, of which the launcher does @bad_luck to the first. */
static char *
run_unlucky (const char *bad_luck, guint n_workers, GError **error)
{
  g_autofree char *dir = g_dir_make_tmp ("pl-test-XXXXXX", NULL);
  g_autofree char *mark = g_build_filename (dir, "first", NULL);
  g_autofree char *script = g_strdup_printf ("mkdir '%s' 2>/dev/null && { %s; }; exec \"$@\"",
                                             mark, bad_luck);
  const char *launcher[] = { "sh", "-c", script, "sh", NULL };
  g_autoptr(PlCommand) command = pl_command_new_self ("square");
  g_autoptr(PlStage) source = pl_source_new_range (0, 5);
  g_autoptr(PlStage) stage = pl_process_map (source, command);
  g_autoptr(PlStage) ordered = pl_sync_ordered (stage);
  g_autoptr(GArray) results = NULL;
  GString *text = NULL;

  pl_command_set_launcher (command, launcher);
  pl_stage_set_workers (stage, n_workers);

  results = pl_stage_collect (ordered, NULL, error);
  if (results != NULL)
    {
      text = g_string_new (NULL);
      for (guint i = 0; i < results->len; i++)
        g_string_append_printf (text, "%d ", g_value_get_int (&g_array_index (results, GValue, i)));
    }

  g_rmdir (mark);
  g_rmdir (dir);
  return text != NULL ? g_string_free (text, FALSE) : NULL;
}

static void
test_retried_while_another_may_start (void)
{
  for (guint n_workers = 2; n_workers < 5; n_workers++)
    {
      g_autoptr(GError) error = NULL;
      g_autofree char *text = run_unlucky ("exit 255", n_workers, &error);

      g_assert_no_error (error);
      g_assert_cmpstr (text, ==, "0 1 4 9 16 ");
    }
}

static void
test_fails_where_there_is_no_other (void)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *text = run_unlucky ("exit 255", 1, &error);

  g_assert_error (error, PL_ERROR, PL_ERROR_WORKER_START);
  g_assert_cmpstr (error->message, ==,
                   "stage “map” (process map, worker 0): The worker process was not ready, and "
                   "exited with status 255");
  g_assert_null (text);
}

static void
test_not_waited_for_when_all_is_done (void)
{
  g_autoptr(GError) error = NULL;
  gint64 start = g_get_monotonic_time ();
  g_autofree char *text = run_unlucky ("exec sleep 1000", 2, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, "0 1 4 9 16 ");

  /* Not for the command's start-timeout, which is a minute. */
  g_assert_cmpint (g_get_monotonic_time () - start, <, 40 * G_USEC_PER_SEC);
}

int
main (int argc, char **argv)
{
  pl_worker_register_map ("square", square, NULL, NULL);
  pl_worker_init (&argc, &argv);
  pl_test_init (&argc, &argv);

  g_test_add_func ("/process/launch/retried-while-another-may-start",
                   test_retried_while_another_may_start);
  g_test_add_func ("/process/launch/fails-where-there-is-no-other",
                   test_fails_where_there_is_no_other);
  g_test_add_func ("/process/launch/not-waited-for-when-all-is-done",
                   test_not_waited_for_when_all_is_done);

  return pl_test_run ();
}
