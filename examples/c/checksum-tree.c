/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Prints the SHA-256 digest of each file below a directory, sorted by name, as sha256sum does.
 *
 * A source walks the tree, and one worker thread for each processor reads the files. The walk stays
 * at most a few hundred files ahead of them. */

#include <pypeln-glib/pypeln-glib.h>

#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BLOCK_SIZE (256 * 1024)
#define MAXSIZE 256
#define PROGRESS_INTERVAL (G_USEC_PER_SEC / 10)

/* What becomes of a file: its digest, or NULL if it is no regular file. */
typedef struct
{
  char *path;
  char *digest;
  guint64 size;
} Result;

static void
result_clear (Result *self)
{
  g_free (self->path);
  g_free (self->digest);
}

static Result *
result_ref (Result *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
result_unref (Result *self)
{
  g_atomic_rc_box_release_full (self, (GDestroyNotify) result_clear);
}

#define TYPE_RESULT (result_get_type ())
static GType result_get_type (void);
G_DEFINE_BOXED_TYPE (Result, result, result_ref, result_unref)

/* A worker's buffer is made once, when the worker starts. */
static gboolean
make_buffer (PlWorker *worker, gpointer user_data, GError **error)
{
  g_auto(GValue) value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_BYTE_ARRAY);
  g_value_take_boxed (&value, g_byte_array_set_size (g_byte_array_new (), BLOCK_SIZE));
  pl_worker_set_resource (worker, "buffer", &value);
  return TRUE;
}

static gboolean
read_digest (GFile *file, Result *result, PlWorker *worker, GError **error)
{
  GCancellable *cancellable = pl_worker_get_cancellable (worker);
  GByteArray *buffer = g_value_get_boxed (pl_worker_get_resource (worker, "buffer"));
  g_autoptr(GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autoptr(GFileInputStream) stream = g_file_read (file, cancellable, error);
  gssize n_read;

  if (stream == NULL)
    return FALSE;

  while ((n_read = g_input_stream_read (G_INPUT_STREAM (stream), buffer->data, buffer->len,
                                        cancellable, error)) > 0)
    {
      g_checksum_update (checksum, buffer->data, n_read);
      result->size += n_read;
    }

  if (n_read == 0)
    result->digest = g_strdup (g_checksum_get_string (checksum));
  return n_read == 0;
}

/* Runs in the worker threads. Its stage skips the files that it fails with. */
static gboolean
checksum_file (const GValue *element,
               GValue *value,
               PlWorker *worker,
               gpointer user_data,
               GError **error)
{
  GFile *file = g_value_get_object (element);
  Result *result = g_atomic_rc_box_new0 (Result);
  g_autoptr(GFileInfo) info = NULL;

  result->path = g_file_get_path (file);
  g_value_init (value, TYPE_RESULT);
  g_value_take_boxed (value, result);

  info = g_file_query_info (file,
                            G_FILE_ATTRIBUTE_STANDARD_TYPE "," G_FILE_ATTRIBUTE_ACCESS_CAN_READ,
                            G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS,
                            pl_worker_get_cancellable (worker), error);
  if (info == NULL)
    return FALSE;

  if (g_file_info_get_file_type (info) == G_FILE_TYPE_REGULAR)
    return read_digest (file, result, worker, error);

  if (g_file_info_get_file_type (info) == G_FILE_TYPE_DIRECTORY &&
      !g_file_info_get_attribute_boolean (info, G_FILE_ATTRIBUTE_ACCESS_CAN_READ))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED, g_strerror (EACCES));
      return FALSE;
    }

  return TRUE;
}

/* Runs in the main thread, inside of pl_iterator_next(). */
static void
skipped_cb (PlStage *stage, const GValue *element, const GError *error, gpointer user_data)
{
  g_autofree char *path = g_file_get_path (g_value_get_object (element));
  guint *n_failures = user_data;

  g_printerr ("%s%s: %s\n", isatty (STDERR_FILENO) ? "\r\033[K" : "", path, error->message);
  (*n_failures)++;
}

static int
compare_paths (gconstpointer a, gconstpointer b)
{
  return strcmp ((*(const Result * const *) a)->path, (*(const Result * const *) b)->path);
}

/* The name behind the directory as the user gave it. sha256sum marks a name that has to be escaped
 * with a backslash at the start of the line. */
static void
print_result (const Result *result, const char *directory, gsize prefix_length)
{
  g_autofree char *path = g_build_filename (directory, result->path + prefix_length, NULL);
  g_autoptr(GString) name = g_string_new (path);
  gboolean is_escaped = strpbrk (path, "\\\n\r") != NULL;

  g_string_replace (name, "\\", "\\\\", 0);
  g_string_replace (name, "\n", "\\n", 0);
  g_string_replace (name, "\r", "\\r", 0);
  printf ("%s%s  %s\n", is_escaped ? "\\" : "", result->digest, name->str);
}

static void
show_progress (guint n_files, guint64 n_bytes)
{
  static gint64 last;
  gint64 now = g_get_monotonic_time ();

  if (now - last >= PROGRESS_INTERVAL && isatty (STDERR_FILENO))
    {
      g_autofree char *size = g_format_size (n_bytes);

      g_printerr ("\r\033[K%u files, %s", n_files, size);
      last = now;
    }
}

/* Takes the results as they come, and keeps the digests. Returns FALSE if the run failed. */
static gboolean
take_results (PlIterator *iterator, GPtrArray *digests, guint64 *n_bytes)
{
  g_autoptr(GError) error = NULL;
  g_auto(GValue) value = G_VALUE_INIT;

  while (pl_iterator_next (iterator, &value, NULL, &error))
    {
      Result *result = g_value_get_boxed (&value);

      if (result->digest != NULL)
        {
          *n_bytes += result->size;
          g_ptr_array_add (digests, result_ref (result));
        }
      show_progress (digests->len, *n_bytes);
    }

  if (isatty (STDERR_FILENO))
    g_printerr ("\r\033[K");
  if (error != NULL)
    g_printerr ("%s\n", error->message);
  return error == NULL;
}

static gboolean
checksum_tree (const char *path, int n_workers)
{
  gint64 start = g_get_monotonic_time ();
  g_autoptr(GFile) directory = g_file_new_for_commandline_arg (path);
  g_autofree char *absolute = g_file_get_path (directory);
  g_autoptr(PlStage) files = pl_source_new_for_children (directory, TRUE);
  g_autoptr(PlStage) results = pl_thread_map (files, checksum_file, NULL, NULL);
  g_autoptr(PlIterator) iterator = NULL;
  g_autoptr(PlRunStatus) status = NULL;
  g_autoptr(GPtrArray) digests = g_ptr_array_new_with_free_func ((GDestroyNotify) result_unref);
  g_autofree char *size = NULL;
  PlStage *bottleneck;
  guint n_failures = 0;
  guint64 n_bytes = 0;
  double seconds;

  pl_stage_set_name (files, "walk");
  pl_stage_set_name (results, "checksum");
  pl_stage_set_workers (results, n_workers);
  pl_stage_set_maxsize (results, MAXSIZE);
  pl_stage_set_on_start (results, make_buffer, NULL, NULL);
  pl_stage_set_error_policy (results, PL_ERROR_POLICY_SKIP);
  g_signal_connect (results, "skipped", G_CALLBACK (skipped_cb), &n_failures);

  iterator = pl_stage_iterate (results);
  if (!take_results (iterator, digests, &n_bytes))
    return FALSE;

  g_ptr_array_sort (digests, compare_paths);
  for (guint i = 0; i < digests->len; i++)
    print_result (g_ptr_array_index (digests, i), path, strlen (absolute));

  status = pl_iterator_dup_status (iterator);
  bottleneck = pl_run_status_get_bottleneck (status);
  size = g_format_size (n_bytes);
  seconds = (g_get_monotonic_time () - start) / (double) G_USEC_PER_SEC;
  g_printerr ("%u files, %s, %u unreadable, %.2f s with %d workers; bottleneck: %s\n",
              digests->len, size, n_failures, seconds, n_workers,
              bottleneck != NULL ? pl_stage_get_name (bottleneck) : "none");
  return n_failures == 0;
}

int
main (int argc, char **argv)
{
  int n_workers = g_get_num_processors ();
  const GOptionEntry entries[] = {
    { "workers", 'w', 0, G_OPTION_ARG_INT, &n_workers, "Threads that read files", "N" },
    G_OPTION_ENTRY_NULL
  };
  g_autoptr(GOptionContext) context = g_option_context_new ("[DIRECTORY]");
  g_autoptr(GError) error = NULL;

  setlocale (LC_ALL, "");

  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_set_summary (context, "Prints the SHA-256 digests of all files of a tree.");
  if (!g_option_context_parse (context, &argc, &argv, &error) || argc > 2 || n_workers < 1)
    {
      g_printerr ("%s\n", error != NULL ? error->message
                                        : "Give one directory, and at least 1 worker.");
      return 2;
    }

  return checksum_tree (argc > 1 ? argv[1] : "/usr/share/doc", n_workers) ? 0 : 1;
}
