/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "log-worker.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define FUNCTION "compress"

/* The program of a worker, for the shell; $1 is the file. The filter keeps an element with exit
 * status 0 and drops it with 1; any other is a failure, and its error quotes what has been
 * printed. */
#define SCRIPT \
  "part=$(mktemp -p \"$" FOLDER_VARIABLE "\") && " \
  "gzip -c \"$1\" >\"$part\" && " \
  "cp -p --attributes-only \"$1\" \"$part\" && " \
  "before=$(stat -c %s \"$1\") && after=$(stat -c %s \"$part\") || exit 2\n" \
  "[ \"$after\" -lt \"$before\" ] || { rm \"$part\"; exit 1; }\n" \
  "mv -T \"$part\" \"$1.gz\" || exit 2\n"

/* The name of a file's compressed twin. */
GFile *
log_worker_dup_target (GFile *file)
{
  g_autofree char *path = g_file_get_path (file);
  g_autofree char *target = g_strconcat (path, ".gz", NULL);

  return g_file_new_for_path (target);
}

/* Makes an empty file that nobody else can read, in the folder for what is not complete. */
static GFile *
make_part (GError **error)
{
  const char *folder = g_getenv (FOLDER_VARIABLE);
  g_autofree char *path = g_build_filename (folder != NULL ? folder : ".", "part-XXXXXX", NULL);
  int fd = g_mkstemp (path);

  if (fd == -1)
    {
      int saved_errno = errno;

      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved_errno), "%s: %s", path,
                   g_strerror (saved_errno));
      return NULL;
    }

  close (fd);
  return g_file_new_for_path (path);
}

static gboolean
compress_into (GFile *file, GFile *part, GCancellable *cancellable, GError **error)
{
  g_autoptr(GZlibCompressor) compressor = g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP, -1);
  g_autoptr(GFileInputStream) input = g_file_read (file, cancellable, error);
  g_autoptr(GFileOutputStream) output = NULL;
  g_autoptr(GOutputStream) converter = NULL;

  if (input != NULL)
    output = g_file_append_to (part, G_FILE_CREATE_NONE, cancellable, error);
  if (output == NULL)
    return FALSE;

  converter = g_converter_output_stream_new (G_OUTPUT_STREAM (output), G_CONVERTER (compressor));
  return g_output_stream_splice (converter, G_INPUT_STREAM (input),
                                 G_OUTPUT_STREAM_SPLICE_CLOSE_TARGET, cancellable, error) >= 0 &&
         g_file_copy_attributes (file, part, G_FILE_COPY_NONE, cancellable, error);
}

static gboolean
get_size (GFile *file, goffset *size, GCancellable *cancellable, GError **error)
{
  g_autoptr(GFileInfo) info = g_file_query_info (file, G_FILE_ATTRIBUTE_STANDARD_SIZE,
                                                 G_FILE_QUERY_INFO_NONE, cancellable, error);

  if (info != NULL)
    *size = g_file_info_get_size (info);
  return info != NULL;
}

/* The function of a worker. What it leaves behind if it fails is removed with the folder. */
static gboolean
compress (const GValue *element,
          gboolean *keep,
          PlWorker *worker,
          gpointer user_data,
          GError **error)
{
  GFile *file = g_value_get_object (element);
  GCancellable *cancellable = pl_worker_get_cancellable (worker);
  g_autoptr(GFile) part = make_part (error);
  g_autoptr(GFile) target = log_worker_dup_target (file);
  goffset before;
  goffset after;

  if (part == NULL || !compress_into (file, part, cancellable, error) ||
      !get_size (file, &before, cancellable, error) ||
      !get_size (part, &after, cancellable, error))
    return FALSE;

  *keep = after < before;
  if (!*keep)
    return g_file_delete (part, cancellable, error);

  return g_file_move (part, target, G_FILE_COPY_OVERWRITE | G_FILE_COPY_NO_FALLBACK_FOR_MOVE,
                      cancellable, NULL, NULL, error);
}

/* Makes the program its own worker: in a worker process this does not return. */
void
log_worker_init (int *argc, char ***argv)
{
  pl_worker_register_filter (FUNCTION, compress, NULL, NULL);
  pl_worker_init (argc, argv);
}

static PlCommand *
new_program (void)
{
  const char * const argv[] = { "sh", "-c", SCRIPT, "compress-logs", "{}", NULL };
  PlCommand *command = pl_command_new (argv);

  pl_command_set_protocol (command, PL_PROTOCOL_ONESHOT);
  pl_command_set_stderr_mode (command, PL_STDERR_COLLECT);
  return command;
}

/* Tells how workers are started that run the "program" or the "function"; if it is another word
 * there are none, and NULL is returned. They take turns with the hosts, if there are any. */
PlCommand *
log_worker_new_command (const char *with, char **hosts)
{
  PlCommand *command;

  if (g_str_equal (with, "program"))
    command = new_program ();
  else if (g_str_equal (with, "function"))
    command = pl_command_new_self (FUNCTION);
  else
    return NULL;

  for (guint i = 0; hosts != NULL && hosts[i] != NULL; i++)
    {
      const char * const launcher[] = { "ssh", "-T", "-o", "BatchMode=yes", hosts[i], NULL };

      pl_command_add_launcher (command, launcher);
    }
  return command;
}
