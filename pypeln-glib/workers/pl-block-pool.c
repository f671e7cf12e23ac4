/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "workers/pl-block-pool-private.h"

/* Memory for large payloads, which is used again. What is new has to be cleared by the kernel, page
 * by page, which takes longer than to read into it.
 *
 * A block is in use as long as the bytes that have been made of it, in any thread. Then it is kept,
 * unless the pool has been closed, or there are enough. */

/* So much is kept, in bytes. */
#define MAX_KEPT (8 * 1024 * 1024)

struct _PlBlockPool
{
  gatomicrefcount ref_count; /* of who has made it, and of the blocks in use */

  /* under the mutex */
  GMutex mutex;
  GQueue kept;  /* PlBlock: the one that was in use last is the first */
  gsize n_kept; /* in bytes */
  gboolean is_closed;
};

PlBlockPool *
pl_block_pool_new (void)
{
  PlBlockPool *self = g_new0 (PlBlockPool, 1);

  g_atomic_ref_count_init (&self->ref_count);
  g_mutex_init (&self->mutex);
  g_queue_init (&self->kept);
  return self;
}

static void
pl_block_pool_unref (PlBlockPool *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_mutex_clear (&self->mutex);
  g_free (self);
}

/* Nobody will take anything from it any more. */
void
pl_block_pool_close (PlBlockPool *self)
{
  g_mutex_lock (&self->mutex);
  self->is_closed = TRUE;
  g_queue_clear_full (&self->kept, g_free);
  g_mutex_unlock (&self->mutex);

  pl_block_pool_unref (self);
}

/* How much is kept at the moment, in bytes. */
gsize
pl_block_pool_get_kept (PlBlockPool *self)
{
  gsize n_kept;

  g_mutex_lock (&self->mutex);
  n_kept = self->n_kept;
  g_mutex_unlock (&self->mutex);

  return n_kept;
}

/* Takes a block that is kept and neither too small nor much too large, or makes one. */
PlBlock *
pl_block_pool_take (PlBlockPool *self, gsize size)
{
  PlBlock *block = NULL;

  g_mutex_lock (&self->mutex);
  for (GList *link = self->kept.head; link != NULL && block == NULL; link = link->next)
    {
      PlBlock *kept = link->data;

      if (kept->size < size || kept->size / 2 > size)
        continue;

      block = kept;
      self->n_kept -= block->size;
      g_queue_delete_link (&self->kept, link);
      break;
    }
  g_mutex_unlock (&self->mutex);

  if (block == NULL)
    {
      block = g_malloc (sizeof (PlBlock) + size);
      block->pool = self;
      block->size = size;
    }

  g_atomic_ref_count_inc (&self->ref_count);
  return block;
}

/* Gives the block back to its pool. */
void
pl_block_free (PlBlock *self)
{
  PlBlockPool *pool = self->pool;

  g_mutex_lock (&pool->mutex);
  if (pool->is_closed)
    {
      g_free (self);
    }
  else
    {
      g_queue_push_head (&pool->kept, self);
      pool->n_kept += self->size;
    }

  while (pool->n_kept > MAX_KEPT)
    {
      PlBlock *last = g_queue_pop_tail (&pool->kept);

      pool->n_kept -= last->size;
      g_free (last);
    }
  g_mutex_unlock (&pool->mutex);

  pl_block_pool_unref (pool);
}

/* Makes the block, of which only what is returned is left, a larger one. */
PlBlock *
pl_block_grow (PlBlock *self, gsize size)
{
  self = g_realloc (self, sizeof (PlBlock) + size);
  self->size = size;
  return self;
}

/* Makes bytes of the first @size of the block, which goes back when they are freed. */
GBytes *
pl_block_free_to_bytes (PlBlock *self, gsize size)
{
  return g_bytes_new_with_free_func (self->data, size, (GDestroyNotify) pl_block_free, self);
}
