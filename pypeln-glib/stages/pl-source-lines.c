/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-source-private.h"

#include "pl-monitor-private.h"

#include <gio/gio.h>

/* A source of the lines of a stream. The stream's place is its own, so the runs share it. */

typedef struct
{
  GDataInputStream *stream;

  /* Several runs, or consumers in one run, may want to read at once; they take turns. */
  PlMonitor monitor;
  gboolean is_reading;
} PlSourceLines;

static gpointer
pl_source_lines_open (gpointer data)
{
  return data;
}

static gboolean
pl_source_lines_is_free (gpointer user_data)
{
  return !((PlSourceLines *) user_data)->is_reading;
}

/* Waits until nobody else reads. */
static gboolean
pl_source_lines_begin (PlSourceLines *lines, GCancellable *cancellable, GError **error)
{
  gulong id = 0;
  gboolean is_cancelled;

  pl_monitor_enter_when (&lines->monitor, pl_source_lines_is_free, lines, cancellable, &id, 0);
  is_cancelled = g_cancellable_set_error_if_cancelled (cancellable, error);
  if (!is_cancelled)
    lines->is_reading = TRUE;
  pl_monitor_leave (&lines->monitor);
  g_cancellable_disconnect (cancellable, id);
  return !is_cancelled;
}

static void
pl_source_lines_end (PlSourceLines *lines)
{
  pl_monitor_enter (&lines->monitor);
  lines->is_reading = FALSE;
  pl_monitor_leave (&lines->monitor);
}

static gboolean
pl_source_lines_next (gpointer data,
                      gpointer cursor,
                      GValue *value,
                      GCancellable *cancellable,
                      GError **error)
{
  PlSourceLines *lines = data;
  char *line;

  if (!pl_source_lines_begin (lines, cancellable, error))
    return FALSE;
  line = g_data_input_stream_read_line_utf8 (lines->stream, NULL, cancellable, error);
  pl_source_lines_end (lines);

  if (line == NULL)
    return FALSE;

  g_value_init (value, G_TYPE_STRING);
  g_value_take_string (value, line);
  return TRUE;
}

static void
pl_source_lines_close (gpointer cursor)
{
}

static void
pl_source_lines_free (gpointer data)
{
  PlSourceLines *lines = data;

  g_object_unref (lines->stream);
  pl_monitor_clear (&lines->monitor);
  g_free (lines);
}

/**
 * pl_source_new_for_lines: (constructor)
 * @stream: a stream of UTF-8 text
 *
 * Creates a source of the lines of a stream, as strings without the newline at their end.
 *
 * The stream is read as far ahead as its buffer holds, and is not closed. A line that is not UTF-8
 * is an error, as what the stream fails with is. Reading blocks, so on a main context the source
 * should be a [enum@Pl.WorkerKind] thread stage, or have one behind it. The stream can be read
 * once: another run goes on where the last one left off.
 *
 * Returns: (transfer full): the source
 *
 * Since: 1.0
 */
PlStage *
pl_source_new_for_lines (GInputStream *stream)
{
  static const PlSourceOrigin origin = {
    .blocks = TRUE,
    .open = pl_source_lines_open,
    .next = pl_source_lines_next,
    .close = pl_source_lines_close,
    .free = pl_source_lines_free,
  };
  PlSourceLines *lines;

  g_return_val_if_fail (G_IS_INPUT_STREAM (stream), NULL);

  lines = g_new0 (PlSourceLines, 1);
  pl_monitor_init (&lines->monitor);
  lines->stream = g_data_input_stream_new (stream);
  g_filter_input_stream_set_close_base_stream (G_FILTER_INPUT_STREAM (lines->stream), FALSE);
  return pl_source_new (&origin, lines);
}
