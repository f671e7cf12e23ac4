/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "workers/pl-frame-reader-private.h"

#include "pl-error.h"

#include <string.h>

/* What the memory of a large payload begins with, in bytes. It is not used before it is written to;
 * from there on it doubles, so that whoever claims to send much and does not costs little. */
#define FIRST_SIZE (4 * 1024 * 1024)

void
pl_frame_reader_init (PlFrameReader *self)
{
  *self = (PlFrameReader) {
    .buffer = g_malloc (PL_FRAME_READER_BUFFER_SIZE),
    .pool = pl_block_pool_new (),
  };
}

void
pl_frame_reader_clear (PlFrameReader *self)
{
  g_clear_pointer (&self->buffer, g_free);
  g_clear_pointer (&self->payload, pl_block_free);
  g_clear_pointer (&self->pool, pl_block_pool_close);
}

static void
pl_frame_reader_grow (PlFrameReader *self)
{
  if (self->n_read == self->payload->size)
    self->payload = pl_block_grow (self->payload, MIN (self->size, 2 * self->payload->size));
}

/* Gets where the next bytes go, and how many of them at most, which is never 0. To be called when
 * pl_frame_reader_next() has said PL_FLOW_AGAIN, and at the beginning. */
guint8 *
pl_frame_reader_get_space (PlFrameReader *self, gsize *n_bytes)
{
  if (self->payload != NULL)
    {
      pl_frame_reader_grow (self);
      *n_bytes = MIN (self->payload->size, self->size) - self->n_read;
      return self->payload->data + self->n_read;
    }

  /* There is part of a frame at most. */
  if (self->start > 0)
    {
      memmove (self->buffer, self->buffer + self->start, self->end - self->start);
      self->end -= self->start;
      self->start = 0;
    }

  *n_bytes = PL_FRAME_READER_BUFFER_SIZE - self->end;
  return self->buffer + self->end;
}

/* Tells that @n_bytes have come to where pl_frame_reader_get_space() said. */
void
pl_frame_reader_add (PlFrameReader *self, gsize n_bytes)
{
  if (self->payload != NULL)
    self->n_read += n_bytes;
  else
    self->end += n_bytes;
}

/* Has @frame, whose payload the buffer has no room for, read into memory of its own. */
static void
pl_frame_reader_begin_large (PlFrameReader *self, const PlFrame *frame, gsize size)
{
  self->large = *frame;
  self->size = size;
  self->payload = pl_block_pool_take (self->pool, MIN (size, FIRST_SIZE));
  self->n_read = self->end - self->start - PL_FRAME_HEADER_SIZE;
  memcpy (self->payload->data, self->buffer + self->start + PL_FRAME_HEADER_SIZE, self->n_read);
  self->start = self->end = 0;
}

static PlFlow
pl_frame_reader_next_large (PlFrameReader *self, PlFrame *frame)
{
  if (self->n_read < self->size)
    return PL_FLOW_AGAIN;

  *frame = self->large;
  frame->payload = pl_block_free_to_bytes (g_steal_pointer (&self->payload), self->size);
  return PL_FLOW_OK;
}

/* Gets the next frame. PL_FLOW_AGAIN: it has not come yet, or not all of it. PL_FLOW_END: it never
 * will, since what came is none, and @error, a PL_ERROR_PROTOCOL, tells what is wrong. */
PlFlow
pl_frame_reader_next (PlFrameReader *self, PlFrame *frame, GError **error)
{
  const guint8 *data = self->buffer + self->start;
  gsize n_bytes = self->end - self->start;
  PlFrame next;
  gsize size = 0;

  if (self->payload != NULL)
    return pl_frame_reader_next_large (self, frame);

  if (!pl_frame_parse_header (&next, data, n_bytes, &size, error))
    return PL_FLOW_END;
  if (n_bytes < PL_FRAME_HEADER_SIZE)
    return PL_FLOW_AGAIN;

  if (size > n_bytes - PL_FRAME_HEADER_SIZE)
    {
      if (size > PL_FRAME_READER_BUFFER_SIZE - PL_FRAME_HEADER_SIZE)
        pl_frame_reader_begin_large (self, &next, size);
      return PL_FLOW_AGAIN;
    }

  if (size > 0)
    next.payload = g_bytes_new (data + PL_FRAME_HEADER_SIZE, size);
  self->start += PL_FRAME_HEADER_SIZE + size;
  *frame = next;
  return PL_FLOW_OK;
}

/* No more will come: whether that is between two frames, after all that came has been taken. Else
 * @error, a PL_ERROR_PROTOCOL, says so. */
gboolean
pl_frame_reader_check_end (PlFrameReader *self, GError **error)
{
  if (self->payload == NULL && self->start == self->end)
    return TRUE;

  if (self->payload != NULL ||
      !pl_frame_set_text_error (self->buffer + self->start, self->end - self->start, error))
    g_set_error_literal (error, PL_ERROR, PL_ERROR_PROTOCOL,
                         "What was read ends in the midst of a frame");
  return FALSE;
}
