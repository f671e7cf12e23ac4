/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "workers/pl-text-box-private.h"

#include "pl-error.h"

#include <string.h>

/* So much space there is at least, in bytes. */
#define MIN_SPACE 4096

void
pl_text_box_init (PlTextBox *self)
{
  *self = (PlTextBox) { .bytes = g_byte_array_new () };
}

void
pl_text_box_clear (PlTextBox *self)
{
  g_byte_array_unref (self->bytes);
}

/* Drops what has come. What was large is not kept as space. */
void
pl_text_box_drop (PlTextBox *self)
{
  pl_text_box_clear (self);
  pl_text_box_init (self);
}

/* Tells where the next bytes go, and how many. */
guint8 *
pl_text_box_get_space (PlTextBox *self, gsize *size)
{
  /* What has been taken is let go of when it is half of all. */
  if (self->n_taken > 0 && self->n_taken >= self->length / 2)
    {
      memmove (self->bytes->data, self->bytes->data + self->n_taken,
               self->length - self->n_taken);
      self->length -= self->n_taken;
      self->n_scanned -= self->n_taken;
      self->n_taken = 0;
    }

  if (self->bytes->len - self->length < MIN_SPACE)
    g_byte_array_set_size (self->bytes, MAX (self->length, MIN_SPACE) * 2);

  *size = self->bytes->len - self->length;
  return self->bytes->data + self->length;
}

void
pl_text_box_add (PlTextBox *self, gsize size)
{
  self->length += size;
}

gboolean
pl_text_box_check_size (PlTextBox *self, GError **error)
{
  if (self->length - self->n_taken <= PL_TEXT_MAX_SIZE)
    return TRUE;

  g_set_error_literal (error, PL_ERROR, PL_ERROR_PROTOCOL,
                       "The program wrote more than 1 GiB for one element");
  return FALSE;
}

/* Takes the next line, which is there until more comes, without its end. Returns FALSE if there is
 * none, with @error set if it has grown too long. */
gboolean
pl_text_box_take_line (PlTextBox *self, const guint8 **line, gsize *length, GError **error)
{
  const guint8 *end = NULL;

  if (self->n_scanned < self->length)
    end = memchr (self->bytes->data + self->n_scanned, '\n', self->length - self->n_scanned);
  if (end == NULL)
    {
      self->n_scanned = self->length;
      pl_text_box_check_size (self, error);
      return FALSE;
    }

  *line = self->bytes->data + self->n_taken;
  *length = end - *line;
  self->n_taken += *length + 1;
  self->n_scanned = self->n_taken;
  return TRUE;
}

/* What has come and has not been taken. */
const guint8 *
pl_text_box_get_rest (PlTextBox *self, gsize *length)
{
  *length = self->length - self->n_taken;
  return self->bytes->data + self->n_taken;
}
