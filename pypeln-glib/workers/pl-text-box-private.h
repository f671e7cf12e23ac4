/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* No more is kept of what a program writes, in bytes. */
#define PL_TEXT_MAX_SIZE (1024u * 1024 * 1024)

/* Text that comes in pieces, and is taken in lines, or as a whole. */
typedef struct
{
  GByteArray *bytes;
  gsize length;    /* of what has come; behind it there is space */
  gsize n_taken;   /* of it */
  gsize n_scanned; /* for the end of a line */
} PlTextBox;

void pl_text_box_init (PlTextBox *self);

void pl_text_box_clear (PlTextBox *self);

void pl_text_box_drop (PlTextBox *self);

guint8 *pl_text_box_get_space (PlTextBox *self, gsize *size);

void pl_text_box_add (PlTextBox *self, gsize size);

gboolean pl_text_box_check_size (PlTextBox *self, GError **error);

gboolean pl_text_box_take_line (PlTextBox *self,
                                const guint8 **line,
                                gsize *length,
                                GError **error);

const guint8 *pl_text_box_get_rest (PlTextBox *self, gsize *length);

G_END_DECLS
