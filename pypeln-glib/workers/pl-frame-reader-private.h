/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "pl-queue-private.h"
#include "workers/pl-block-pool-private.h"
#include "workers/pl-frame-private.h"

G_BEGIN_DECLS

/* What is read at once at most, in bytes: a pipe holds as much */
#define PL_FRAME_READER_BUFFER_SIZE (64 * 1024)

/* Makes frames of the bytes that come. Only one thread uses it at a time. */
typedef struct
{
  guint8 *buffer; /* of which start to end has not become frames yet */
  gsize start;
  gsize end;

  /* A frame that the buffer has no room for: its payload has memory of its own, which grows as it
   * comes. */
  PlFrame large;
  PlBlockPool *pool;
  PlBlock *payload; /* NULL: there is none */
  gsize size;
  gsize n_read;
} PlFrameReader;

void pl_frame_reader_init (PlFrameReader *self);

void pl_frame_reader_clear (PlFrameReader *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PlFrameReader, pl_frame_reader_clear)

guint8 *pl_frame_reader_get_space (PlFrameReader *self, gsize *n_bytes);

void pl_frame_reader_add (PlFrameReader *self, gsize n_bytes);

PlFlow pl_frame_reader_next (PlFrameReader *self, PlFrame *frame, GError **error);

gboolean pl_frame_reader_check_end (PlFrameReader *self, GError **error);

G_END_DECLS
