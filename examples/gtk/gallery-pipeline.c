/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gallery-pipeline.h"

#include "gallery-picture.h"

#include <errno.h>
#include <sys/resource.h>

/* What becomes of a folder: a source walks it, a thread selects pictures by the types of the files,
 * and threads or processes make a thumbnail of each. */

#define THUMBNAIL_SIZE 128
#define BLOCK_SIZE (64 * 1024)
#define TIMEOUT_MSEC 10000
#define NICENESS 10
#define ATTRIBUTES G_FILE_ATTRIBUTE_STANDARD_TYPE "," G_FILE_ATTRIBUTE_STANDARD_FAST_CONTENT_TYPE

/* Name of the function that runs in worker processes. */
#define THUMBNAIL "thumbnail"

static gboolean
select_picture (const GValue *element,
                gboolean *keep,
                PlWorker *worker,
                gpointer user_data,
                GError **error)
{
  g_autoptr(GFileInfo) info = g_file_query_info (g_value_get_object (element), ATTRIBUTES,
                                                 G_FILE_QUERY_INFO_NONE,
                                                 pl_worker_get_cancellable (worker), NULL);
  const char *type = info == NULL ? NULL :
    g_file_info_get_attribute_string (info, G_FILE_ATTRIBUTE_STANDARD_FAST_CONTENT_TYPE);

  *keep = type != NULL && g_file_info_get_file_type (info) == G_FILE_TYPE_REGULAR &&
          g_str_has_prefix (type, "image/");
  return TRUE;
}

typedef struct
{
  int width;
  int height;
} Size;

/* Large pictures are loaded at the size of a thumbnail, which takes less time and memory. */
static void
size_prepared_cb (GdkPixbufLoader *loader, int width, int height, Size *size)
{
  double scale = MIN (1, (double) THUMBNAIL_SIZE / MAX (width, height));

  size->width = width;
  size->height = height;
  gdk_pixbuf_loader_set_size (loader, MAX (1, width * scale), MAX (1, height * scale));
}

static gboolean
feed_loader (GdkPixbufLoader *loader, GFile *file, GCancellable *cancellable, GError **error)
{
  g_autoptr(GFileInputStream) stream = g_file_read (file, cancellable, error);
  g_autofree guchar *block = g_malloc (BLOCK_SIZE);
  gssize n_read;

  if (stream == NULL)
    return FALSE;

  while ((n_read = g_input_stream_read (G_INPUT_STREAM (stream), block, BLOCK_SIZE,
                                        cancellable, error)) > 0)
    if (!gdk_pixbuf_loader_write (loader, block, n_read, error))
      return FALSE;
  return n_read == 0;
}

static GdkPixbuf *
load_pixbuf (GFile *file, Size *size, GCancellable *cancellable, GError **error)
{
  g_autoptr(GdkPixbufLoader) loader = gdk_pixbuf_loader_new ();
  GdkPixbuf *pixbuf;

  g_signal_connect (loader, "size-prepared", G_CALLBACK (size_prepared_cb), size);
  if (!feed_loader (loader, file, cancellable, error))
    {
      gdk_pixbuf_loader_close (loader, NULL);
      return NULL;
    }
  if (!gdk_pixbuf_loader_close (loader, error))
    return NULL;

  pixbuf = gdk_pixbuf_loader_get_pixbuf (loader);
  if (pixbuf == NULL)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "There is no picture in it");
  return pixbuf != NULL ? gdk_pixbuf_apply_embedded_orientation (pixbuf) : NULL;
}

static GBytes *
encode_pixbuf (GdkPixbuf *pixbuf, GError **error)
{
  const char *type = gdk_pixbuf_get_has_alpha (pixbuf) ? "png" : "jpeg";
  char *data;
  gsize length;

  if (!gdk_pixbuf_save_to_buffer (pixbuf, &data, &length, type, error, NULL))
    return NULL;

  return g_bytes_new_take (data, length);
}

/* Runs in the worker threads, or in the worker processes. */
static gboolean
make_thumbnail (const GValue *element,
                GValue *result,
                PlWorker *worker,
                gpointer user_data,
                GError **error)
{
  GFile *file = g_value_get_object (element);
  Size size = { 0 };
  g_autoptr(GdkPixbuf) pixbuf = NULL;
  g_autoptr(GBytes) thumbnail = NULL;

  pixbuf = load_pixbuf (file, &size, pl_worker_get_cancellable (worker), error);
  thumbnail = pixbuf != NULL ? encode_pixbuf (pixbuf, error) : NULL;
  if (thumbnail == NULL)
    return FALSE;

  g_value_init (result, GALLERY_TYPE_PICTURE);
  g_value_take_object (result, gallery_picture_new (file, thumbnail, size.width, size.height));
  return TRUE;
}

/* The window goes first: all processors are at work, and it is to be drawn in time. For Linux this
 * is about the calling thread, or process, alone. */
static gboolean
be_nice (PlWorker *worker, gpointer user_data, GError **error)
{
  if (setpriority (PRIO_PROCESS, 0, NICENESS) == 0)
    return TRUE;

  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "Cannot become nice: %s",
               g_strerror (errno));
  return FALSE;
}

/* Makes known what worker processes are to run, and what they answer with. pl_worker_init() comes
 * next. */
void
gallery_pipeline_register (void)
{
  gallery_picture_register_codec ();
  pl_stage_set_on_start (pl_worker_register_map (THUMBNAIL, make_thumbnail, NULL, NULL),
                         be_nice, NULL, NULL);
}

/* Returns the last stage, whose elements are GalleryPictures. It skips the files that it fails
 * with, or that crash a worker process.
 *
 * Nothing bounds the files that wait for it: that is how the number of all pictures is known soon,
 * and they take little memory. */
PlStage *
gallery_pipeline_new (GFile *folder, PlWorkerKind kind)
{
  g_autoptr(PlStage) files = pl_source_new_for_children (folder, TRUE);
  g_autoptr(PlStage) pictures = pl_thread_filter (files, select_picture, NULL, NULL);
  PlStage *thumbnails;

  if (kind == PL_WORKER_KIND_PROCESS)
    {
      g_autoptr(PlCommand) command = pl_command_new_self (THUMBNAIL);

      thumbnails = pl_process_map (pictures, command);
    }
  else
    {
      thumbnails = pl_thread_map (pictures, make_thumbnail, NULL, NULL);
      pl_stage_set_on_start (thumbnails, be_nice, NULL, NULL);
    }

  pl_stage_set_on_start (pictures, be_nice, NULL, NULL);
  pl_stage_set_name (files, "Walk");
  pl_stage_set_name (pictures, "Select");
  pl_stage_set_name (thumbnails, "Thumbnail");
  pl_stage_set_workers (thumbnails, g_get_num_processors ());
  pl_stage_set_timeout (thumbnails, TIMEOUT_MSEC);
  pl_stage_set_error_policy (thumbnails, PL_ERROR_POLICY_SKIP);
  return thumbnails;
}

/* How many pictures there are so far, and how many of them are done, whatever has come of them. */
void
gallery_pipeline_get_progress (PlStage *thumbnails,
                               PlRunStatus *status,
                               guint64 *n_done,
                               guint64 *n_found)
{
  PlStageStatus *done = pl_run_status_get_stage_status (status, thumbnails);
  PlStageStatus *found = pl_run_status_get_stage_status (status,
                                                         pl_stage_get_input (thumbnails, 0));

  *n_done = *n_found = 0;
  if (done == NULL || found == NULL)
    return;

  *n_done = pl_stage_status_get_elements_out (done) + pl_stage_status_get_elements_failed (done) +
            pl_stage_status_get_elements_timed_out (done);
  *n_found = pl_stage_status_get_elements_out (found);
}
