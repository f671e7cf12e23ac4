/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Compresses the log files below a directory, each into one of the same name with .gz behind it.
 *
 * Worker processes do it, on this machine or on others that have the same files. They run gzip, or
 * a function of this very program: see log-worker.c. A worker that is killed, because it takes too
 * long or as the user interrupts, leaves nothing behind: it writes into a folder of the program's
 * own, and moves what is complete to its place. */

#include "log-worker.h"

#include <errno.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <locale.h>
#include <stdio.h>
#include <unistd.h>

#define MAXSIZE 256

#define LOG_NAME "\\.log(\\.[0-9]+)?$"

#define STAT_ATTRIBUTES G_FILE_ATTRIBUTE_STANDARD_TYPE "," \
                        G_FILE_ATTRIBUTE_STANDARD_SIZE "," \
                        G_FILE_ATTRIBUTE_TIME_MODIFIED

static GFileInfo *
query_info (GFile *file, GError **error)
{
  return g_file_query_info (file, STAT_ATTRIBUTES, G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS, NULL,
                            error);
}

static guint64
get_time (GFileInfo *info)
{
  return g_file_info_get_attribute_uint64 (info, G_FILE_ATTRIBUTE_TIME_MODIFIED);
}

/* The first stage: keeps log files that have not been compressed since they were written. */
static gboolean
needs_compression (const GValue *element,
                   gboolean *keep,
                   PlWorker *worker,
                   gpointer user_data,
                   GError **error)
{
  GFile *file = g_value_get_object (element);
  g_autofree char *name = g_file_get_basename (file);
  g_autoptr(GFile) compressed = log_worker_dup_target (file);
  g_autoptr(GFileInfo) info = NULL;
  g_autoptr(GFileInfo) compressed_info = NULL;

  *keep = FALSE;
  if (!g_regex_match_simple (LOG_NAME, name, G_REGEX_RAW, 0))
    return TRUE;

  info = query_info (file, error);
  if (info == NULL)
    return FALSE;

  compressed_info = query_info (compressed, NULL);
  *keep = g_file_info_get_file_type (info) == G_FILE_TYPE_REGULAR &&
          (compressed_info == NULL || get_time (compressed_info) < get_time (info));
  return TRUE;
}

/* The program itself, in the main loop. */
typedef struct
{
  GMainLoop *loop;
  GCancellable *cancellable;
  GFile *directory;
  PlStage *compressed;
  guint64 size_before;
  guint64 size_after;
  guint n_files;
  int exit_status;
} App;

static const char *
get_clear_line (void)
{
  return isatty (STDERR_FILENO) ? "\r\033[K" : "";
}

static double
get_percentage (guint64 part, guint64 whole)
{
  return whole > 0 ? 100.0 * part / whole : 100.0;
}

static void
report (App *self, GFile *file, const char *message)
{
  g_autofree char *path = g_file_get_path (file);
  g_autofree char *name = g_filename_display_name (path);

  g_printerr ("%s%s: %s\n", get_clear_line (), name, message);
  self->exit_status = EXIT_FAILURE;
}

static void
skipped_cb (PlStage *stage, const GValue *element, const GError *error, gpointer user_data)
{
  report (user_data, g_value_get_object (element), error->message);
}

static void
print_file (App *self, GFile *file)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GFile) compressed = log_worker_dup_target (file);
  g_autoptr(GFileInfo) before = query_info (file, &error);
  g_autoptr(GFileInfo) after = before != NULL ? query_info (compressed, &error) : NULL;
  g_autofree char *path = g_file_get_relative_path (self->directory, file);
  g_autofree char *name = g_filename_display_name (path);
  goffset size_before;
  goffset size_after;

  if (after == NULL)
    {
      report (self, file, error->message);
      return;
    }

  size_before = g_file_info_get_size (before);
  size_after = g_file_info_get_size (after);
  printf ("%12" G_GOFFSET_FORMAT " %12" G_GOFFSET_FORMAT " %5.1f%%  %s\n", size_before, size_after,
          get_percentage (size_after, size_before), name);
  self->size_before += size_before;
  self->size_after += size_after;
  self->n_files++;
}

static char *
describe_figures (App *self, PlRunStatus *status)
{
  PlStageStatus *figures = pl_run_status_get_stage_status (status, self->compressed);
  guint64 n_done = pl_stage_status_get_elements_out (figures);
  guint64 n_kept_as_is = pl_stage_status_get_elements_dropped (figures);
  guint64 n_failed = pl_stage_status_get_elements_failed (figures);
  guint64 n_timed_out = pl_stage_status_get_elements_timed_out (figures);
  guint64 n_busy = pl_stage_status_get_elements_in (figures) - n_done - n_kept_as_is - n_failed -
                   n_timed_out;
  double seconds = pl_run_status_get_elapsed (status) / (double) G_USEC_PER_SEC;

  return g_strdup_printf ("%" G_GUINT64_FORMAT " done, %" G_GUINT64_FORMAT " no smaller, "
                          "%" G_GUINT64_FORMAT " failed, %" G_GUINT64_FORMAT " timed out, "
                          "%" G_GUINT64_FORMAT " busy; %.2f s, %.0f files a second",
                          n_done, n_kept_as_is, n_failed, n_timed_out, n_busy, seconds,
                          (n_done + n_kept_as_is) / MAX (seconds, 0.01));
}

static void
status_cb (PlIterator *iterator, GParamSpec *pspec, gpointer user_data)
{
  g_autoptr(PlRunStatus) status = pl_iterator_dup_status (iterator);
  g_autofree char *figures = describe_figures (user_data, status);

  if (isatty (STDERR_FILENO))
    g_printerr ("%s%s", get_clear_line (), figures);
}

static void
print_summary (App *self, PlIterator *iterator)
{
  g_autoptr(PlRunStatus) status = pl_iterator_dup_status (iterator);
  g_autofree char *figures = describe_figures (self, status);
  g_autofree char *before = g_format_size (self->size_before);
  g_autofree char *after = g_format_size (self->size_after);
  PlStageStatus *compressed = pl_run_status_get_stage_status (status, self->compressed);

  if (pl_stage_status_get_elements_timed_out (compressed) > 0)
    self->exit_status = EXIT_FAILURE;
  g_printerr ("%s%s\n", get_clear_line (), figures);
  g_printerr ("%u files, %s before, %s after: %.1f%%\n", self->n_files, before, after,
              get_percentage (self->size_after, self->size_before));
}

/* What has been compressed by now. */
static void
next_values_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  App *self = user_data;
  PlIterator *iterator = PL_ITERATOR (object);
  g_autoptr(GError) error = NULL;
  guint n_values;
  const GValue *values = pl_iterator_next_values_finish (iterator, result, &n_values, &error);

  if (values != NULL)
    {
      if (isatty (STDOUT_FILENO))
        g_printerr ("%s", get_clear_line ());
      for (guint i = 0; i < n_values; i++)
        print_file (self, g_value_get_object (&values[i]));
      fflush (stdout);
      pl_iterator_next_values_async (iterator, MAXSIZE, self->cancellable, next_values_cb, self);
      return;
    }

  print_summary (self, iterator);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_printerr ("Interrupted\n");
      self->exit_status = 130;
    }
  else if (error != NULL)
    {
      g_printerr ("%s\n", error->message);
      self->exit_status = EXIT_FAILURE;
    }
  g_main_loop_quit (self->loop);
}

/* The iterator tells when all workers have ended. */
static gboolean
interrupt_cb (gpointer user_data)
{
  App *self = user_data;

  g_cancellable_cancel (self->cancellable);
  return G_SOURCE_CONTINUE;
}

/* Removes the folder of what is not complete, and what has been left there. */
static void
remove_folder (const char *path)
{
  g_autoptr(GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *left = g_build_filename (path, name, NULL);

      g_unlink (left);
    }
  g_rmdir (path);
}

static void
run (App *self)
{
  guint interrupt_id = g_unix_signal_add (SIGINT, interrupt_cb, self);
  guint terminate_id = g_unix_signal_add (SIGTERM, interrupt_cb, self);
  g_autoptr(PlIterator) iterator = pl_stage_iterate_bounded (self->compressed, MAXSIZE);

  g_signal_connect (iterator, "notify::status", G_CALLBACK (status_cb), self);
  pl_iterator_next_values_async (iterator, MAXSIZE, self->cancellable, next_values_cb, self);
  g_main_loop_run (self->loop);

  g_source_remove (interrupt_id);
  g_source_remove (terminate_id);
}

static int
compress_logs (GFile *directory, PlCommand *command, int n_workers, int timeout)
{
  g_autofree char *path = g_file_get_path (directory);
  g_autofree char *folder = g_build_filename (path, ".compress-logs-XXXXXX", NULL);
  g_autoptr(GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(PlStage) files = pl_source_new_for_children (directory, TRUE);
  g_autoptr(PlStage) logs = pl_sync_filter (files, needs_compression, NULL, NULL);
  g_autoptr(PlStage) compressed = pl_process_filter (logs, command);
  App app = { .loop = loop, .cancellable = cancellable, .directory = directory,
              .compressed = compressed };

  if (g_mkdtemp (folder) == NULL)
    {
      g_printerr ("%s: %s\n", path, g_strerror (errno));
      return EXIT_FAILURE;
    }
  pl_command_setenv (command, FOLDER_VARIABLE, folder);

  pl_stage_set_name (files, "walk");
  pl_stage_set_name (logs, "find-logs");
  pl_stage_set_name (compressed, "compress");
  pl_stage_set_error_policy (logs, PL_ERROR_POLICY_SKIP);
  pl_stage_set_error_policy (compressed, PL_ERROR_POLICY_SKIP);
  g_signal_connect (logs, "skipped", G_CALLBACK (skipped_cb), &app);
  g_signal_connect (compressed, "skipped", G_CALLBACK (skipped_cb), &app);
  pl_stage_set_workers (compressed, n_workers);
  pl_stage_set_maxsize (compressed, MAXSIZE);
  pl_stage_set_timeout (compressed, timeout);

  run (&app);
  remove_folder (folder);
  return app.exit_status;
}

int
main (int argc, char **argv)
{
  int n_workers = g_get_num_processors ();
  int timeout = 0;
  g_autofree char *with = NULL;
  g_auto(GStrv) hosts = NULL;
  const GOptionEntry entries[] = {
    { "with", 0, 0, G_OPTION_ARG_STRING, &with, "What workers run: a program, which is gzip, or a "
                                                "function of this one", "program|function" },
    { "workers", 'w', 0, G_OPTION_ARG_INT, &n_workers, "Worker processes", "N" },
    { "timeout", 't', 0, G_OPTION_ARG_INT, &timeout, "Time for each file; 0: no limit", "MS" },
    { "on", 0, 0, G_OPTION_ARG_STRING_ARRAY, &hosts, "A machine for workers, over ssh, which has "
                                                     "the same files; may be repeated", "HOST" },
    G_OPTION_ENTRY_NULL
  };
  g_autoptr(GOptionContext) context = g_option_context_new ("DIRECTORY");
  g_autoptr(PlCommand) command = NULL;
  g_autoptr(GFile) directory = NULL;
  g_autoptr(GError) error = NULL;

  log_worker_init (&argc, &argv);
  setlocale (LC_ALL, "");

  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_set_summary (context, "Compresses all log files of a tree with gzip, and keeps "
                                         "them.");
  if (g_option_context_parse (context, &argc, &argv, &error))
    command = log_worker_new_command (with != NULL ? with : "program", hosts);
  if (command == NULL || argc != 2 || n_workers < 1 || timeout < 0)
    {
      g_printerr ("%s\n", error != NULL ? error->message
                                        : "Give one directory, program or function, at least 1 "
                                          "worker, and no negative time.");
      return 2;
    }

  directory = g_file_new_for_commandline_arg (argv[1]);
  return compress_logs (directory, command, n_workers, timeout);
}
