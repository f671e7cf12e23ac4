/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "workers/pl-process-worker-private.h"

#include "pl-error.h"
#include "pl-stage-private.h"
#include "workers/pl-plain-text-private.h"

#include <string.h>

/* How a worker talks to a program that writes one line for each line it reads. */

static void
pl_lines_talk_begin (PlProcessWorker *self)
{
  pl_text_box_drop (&self->text);
}

static gboolean
pl_lines_talk_send (PlProcessWorker *self, PlProcessCall *call, GError **error)
{
  GByteArray *out = pl_child_get_out (self->child);
  g_autoptr(GBytes) text = pl_plain_text_encode (&call->element.value, error);
  gconstpointer data;
  gsize size;

  if (text == NULL)
    return FALSE;

  data = g_bytes_get_data (text, &size);
  if (size > PL_TEXT_MAX_SIZE || (size > 0 && memchr (data, '\n', size) != NULL))
    {
      g_set_error_literal (error, PL_ERROR, PL_ERROR_INVALID_VALUE,
                           "The element is more than a line, and the command's “protocol” is "
                           "lines; oneshot takes what has several");
      return FALSE;
    }

  if (size > 0)
    g_byte_array_append (out, data, size);
  g_byte_array_append (out, (const guint8 *) "\n", 1);
  return TRUE;
}

static gboolean
pl_lines_talk_receive (PlProcessWorker *self, GError **error)
{
  GType type = pl_command_get_effective_result_type (self->command, TRUE);
  g_auto(GValue) returned = G_VALUE_INIT;
  const guint8 *line;
  gsize length;

  if (!pl_text_box_take_line (&self->text, &line, &length, error))
    return FALSE;

  /* Which line is whose is not known any more, or has not been for long. */
  if (self->in_flight.length == 0)
    {
      pl_worker_fail (PL_WORKER (self),
                      g_error_new_literal (PL_ERROR, PL_ERROR_PROTOCOL, "The program wrote a line "
                                           "that no element has been sent for"), NULL);
      return FALSE;
    }

  if (PL_STAGE_GET_CLASS (PL_WORKER (self)->stage)->returns == PL_RETURNS_VALUE &&
      !pl_plain_text_decode (line, length, type, &returned, error))
    return FALSE;

  pl_process_worker_accept (self, &returned, NULL);
  return TRUE;
}

/* The program ends when it has read all. */
static void
pl_lines_talk_finish (PlProcessWorker *self)
{
  pl_child_stop (self->child, PL_CHILD_CLOSED);
}

static gboolean
pl_lines_talk_end (PlProcessWorker *self, GError **error)
{
  g_autofree char *end = NULL;

  if (self->is_finishing)
    return TRUE;

  end = pl_child_describe_end (self->child);
  g_set_error (error, PL_ERROR, PL_ERROR_WORKER_EXITED, "The program %s", end);
  return FALSE;
}

static guint8 *
pl_lines_talk_get_space (gpointer worker, gsize *size)
{
  return pl_text_box_get_space (&PL_PROCESS_WORKER (worker)->text, size);
}

static void
pl_lines_talk_add (gpointer worker, gsize size)
{
  pl_text_box_add (&PL_PROCESS_WORKER (worker)->text, size);
}

const PlTalk pl_lines_talk = {
  .is_ahead = TRUE,
  .cancel = PL_CHILD_TERMINATED,
  .begin = pl_lines_talk_begin,
  .send = pl_lines_talk_send,
  .receive = pl_lines_talk_receive,
  .finish = pl_lines_talk_finish,
  .end = pl_lines_talk_end,
  .get_space = pl_lines_talk_get_space,
  .add = pl_lines_talk_add,
};
