/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "workers/pl-process-worker-private.h"

#include "pl-error.h"
#include "pl-stage-private.h"
#include "workers/pl-plain-text-private.h"

#include <string.h>

/* How a worker talks to a program that is started for each element: that is its input, or one of
 * its arguments, and what it writes is what comes of it. Its exit status tells whether it has
 * failed; of a filter, whether the element is kept. */

static void
pl_oneshot_talk_begin (PlProcessWorker *self)
{
  pl_text_box_drop (&self->text);
}

static gboolean
pl_oneshot_talk_send (PlProcessWorker *self, PlProcessCall *call, GError **error)
{
  gboolean is_argument = pl_command_has_placeholder (self->command);
  g_autoptr(GBytes) text = pl_plain_text_encode (&call->element.value, error);
  g_autofree char *argument = NULL;
  gconstpointer data;
  gsize size;

  if (text == NULL)
    return FALSE;

  data = g_bytes_get_data (text, &size);
  if (size > PL_TEXT_MAX_SIZE || (is_argument && size > 0 && memchr (data, '\0', size) != NULL))
    {
      g_set_error_literal (error, PL_ERROR, PL_ERROR_INVALID_VALUE,
                           is_argument ? "The element has a zero byte, and cannot be an argument"
                                       : "The element is larger than 1 GiB");
      return FALSE;
    }

  if (is_argument)
    argument = g_strndup (data, size);
  if (!pl_process_worker_start_child (self, argument, error))
    return FALSE;

  if (!is_argument && size > 0)
    g_byte_array_append (pl_child_get_out (self->child), data, size);
  pl_child_close_input (self->child);
  return TRUE;
}

/* The lines of a flat_map are passed on as they come. */
static gboolean
pl_oneshot_talk_receive (PlProcessWorker *self, GError **error)
{
  PlStageClass *klass = PL_STAGE_GET_CLASS (PL_WORKER (self)->stage);
  GType type = pl_command_get_effective_result_type (self->command, klass->emits);
  g_auto(GValue) value = G_VALUE_INIT;
  const guint8 *line;
  gsize length;

  if (!klass->emits)
    return pl_text_box_check_size (&self->text, error) && FALSE;

  if (!pl_text_box_take_line (&self->text, &line, &length, error) ||
      !pl_plain_text_decode (line, length, type, &value, error))
    return FALSE;

  pl_process_worker_emit (self, &value);
  return TRUE;
}

/* Makes @returned what the program, which has succeeded, returned. */
static gboolean
pl_oneshot_talk_get_returned (PlProcessWorker *self, int status, GValue *returned, GError **error)
{
  PlStageClass *klass = PL_STAGE_GET_CLASS (PL_WORKER (self)->stage);
  GType type = pl_command_get_effective_result_type (self->command, klass->emits);
  g_auto(GValue) last = G_VALUE_INIT;
  const guint8 *rest;
  gsize length;

  rest = pl_text_box_get_rest (&self->text, &length);
  switch (klass->returns)
    {
    case PL_RETURNS_WHETHER:
      g_value_init (returned, G_TYPE_BOOLEAN);
      g_value_set_boolean (returned, status == 0);
      return TRUE;

    case PL_RETURNS_VALUE:
      if (type == G_TYPE_STRING && length > 0 && rest[length - 1] == '\n')
        length--;
      return pl_plain_text_decode (rest, length, type, returned, error);

    case PL_RETURNS_NOTHING:
      if (!klass->emits || length == 0)
        return TRUE;

      /* A last line without an end is one too. */
      if (!pl_plain_text_decode (rest, length, type, &last, error))
        return FALSE;
      pl_process_worker_emit (self, &last);
      return TRUE;

    default:
      g_assert_not_reached ();
    }
}

static gboolean
pl_oneshot_talk_end (PlProcessWorker *self, GError **error)
{
  gboolean is_filter =
    PL_STAGE_GET_CLASS (PL_WORKER (self)->stage)->returns == PL_RETURNS_WHETHER;
  g_auto(GValue) returned = G_VALUE_INIT;
  GError *element_error = NULL;
  int status = 0;

  if (!pl_child_exited_well (self->child, &status) || status > (is_filter ? 1 : 0))
    {
      g_autofree char *end = pl_child_describe_end (self->child);

      g_set_error (&element_error, PL_ERROR, PL_ERROR_WORKER_EXITED, "The program %s", end);
    }
  else
    {
      pl_oneshot_talk_get_returned (self, status, &returned, &element_error);
    }

  pl_process_worker_accept (self, &returned, element_error);
  return TRUE;
}

static void
pl_oneshot_talk_finish (PlProcessWorker *self)
{
}

static guint8 *
pl_oneshot_talk_get_space (gpointer worker, gsize *size)
{
  return pl_text_box_get_space (&PL_PROCESS_WORKER (worker)->text, size);
}

static void
pl_oneshot_talk_add (gpointer worker, gsize size)
{
  pl_text_box_add (&PL_PROCESS_WORKER (worker)->text, size);
}

const PlTalk pl_oneshot_talk = {
  .cancel = PL_CHILD_TERMINATED,
  .begin = pl_oneshot_talk_begin,
  .send = pl_oneshot_talk_send,
  .receive = pl_oneshot_talk_receive,
  .finish = pl_oneshot_talk_finish,
  .end = pl_oneshot_talk_end,
  .get_space = pl_oneshot_talk_get_space,
  .add = pl_oneshot_talk_add,
};
