/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Memory for large payloads. */
typedef struct _PlBlockPool PlBlockPool;

/* Some of it. */
typedef struct
{
  PlBlockPool *pool;
  gsize size;
  guint8 data[];
} PlBlock;

PlBlockPool *pl_block_pool_new (void);

void pl_block_pool_close (PlBlockPool *self);

gsize pl_block_pool_get_kept (PlBlockPool *self);

PlBlock *pl_block_pool_take (PlBlockPool *self, gsize size);

void pl_block_free (PlBlock *self);

PlBlock *pl_block_grow (PlBlock *self, gsize size);

GBytes *pl_block_free_to_bytes (PlBlock *self, gsize size);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlBlockPool, pl_block_pool_close)

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlBlock, pl_block_free)

G_END_DECLS
