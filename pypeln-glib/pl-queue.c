/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-queue-private.h"

/* What joins stages: many producers, many consumers, bounded in elements, first in, first out.
 *
 * An element travels in an item, and two GAsyncQueues carry the items round: through `full` to the
 * consumers, through `empty` back to the producers. With a bound there are never more items than
 * it allows, so that a producer that finds none has to wait for one to come back: `empty` is the
 * bound and the allocator at once. A place is free as soon as its element is taken.
 *
 * The end and the cancelling of a run are marks that travel the same way, so whoever waits is woken
 * by them as by any element, and nobody has to poll. A mark is put back by whoever finds it, for
 * those that come after. A producer that waits for an empty item is woken by a mark of its own.
 *
 * Who cannot wait in g_async_queue_pop(), as a main context, or a thread that waits for several
 * queues, leaves a waker, and looks afterwards. Pushing and looking for the waker happen under the
 * one lock of `full`, so either the consumer finds what was pushed, or the producer finds the
 * waker. */

typedef struct
{
  PlElement element;
} PlQueueItem;

struct _PlQueue
{
  /* fixed */
  guint bound;
  GAsyncQueue *full;
  GAsyncQueue *empty;

  /* atomic */
  guint n_items;
  guint n_producers;
  gboolean cancelled;

  /* under the lock of full */
  PlWaker *waker;
};

static PlQueueItem end_mark;

/* A queue without bound, if @bound is 0, holds what is put into it. */
PlQueue *
pl_queue_new (guint bound)
{
  PlQueue *self = g_new0 (PlQueue, 1);

  self->bound = bound;
  self->full = g_async_queue_new ();
  self->empty = g_async_queue_new ();
  return self;
}

static void
pl_queue_clear_items (GAsyncQueue *items)
{
  PlQueueItem *item;

  while ((item = g_async_queue_try_pop (items)) != NULL)
    {
      if (item == &end_mark)
        continue;
      pl_element_clear (&item->element);
      g_free (item);
    }

  g_async_queue_unref (items);
}

/* Frees the queue with what is still in it; nobody may be using it any more. */
void
pl_queue_free (PlQueue *self)
{
  pl_queue_clear_items (self->full);
  pl_queue_clear_items (self->empty);
  g_clear_pointer (&self->waker, pl_waker_unref);
  g_free (self);
}

static void
pl_queue_push_full (PlQueue *self, PlQueueItem *item, gboolean in_front)
{
  g_async_queue_lock (self->full);
  if (in_front)
    g_async_queue_push_front_unlocked (self->full, item);
  else
    g_async_queue_push_unlocked (self->full, item);
  if (self->waker != NULL)
    pl_waker_wake (self->waker);
  g_async_queue_unlock (self->full);
}

/* The queue ends when as many producers have been removed as were added. */
void
pl_queue_add_producer (PlQueue *self)
{
  g_atomic_int_inc (&self->n_producers);
}

void
pl_queue_remove_producer (PlQueue *self)
{
  if (g_atomic_int_dec_and_test (&self->n_producers))
    pl_queue_push_full (self, &end_mark, FALSE);
}

/* Takes an empty item, or makes one as long as the bound has room; waits for one otherwise. */
static PlQueueItem *
pl_queue_take_empty (PlQueue *self)
{
  PlQueueItem *item;

  if (self->bound == 0)
    return g_new0 (PlQueueItem, 1);

  item = g_async_queue_try_pop (self->empty);
  if (item != NULL)
    return item;

  if ((guint) g_atomic_int_get (&self->n_items) < self->bound &&
      (guint) g_atomic_int_add (&self->n_items, 1) < self->bound)
    return g_new0 (PlQueueItem, 1);

  return g_async_queue_pop (self->empty);
}

/* Moves @element into the queue, waiting for a place. Returns FALSE, and leaves the element to the
 * caller, if the queue is cancelled before there is one. */
gboolean
pl_queue_push (PlQueue *self, PlElement *element)
{
  PlQueueItem *item;

  if (g_atomic_int_get (&self->cancelled))
    return FALSE;

  item = pl_queue_take_empty (self);
  if (item == &end_mark)
    {
      g_async_queue_push_front (self->empty, item);
      return FALSE;
    }

  pl_element_move (element, &item->element);
  pl_queue_push_full (self, item, FALSE);
  return TRUE;
}

/* Moves the first element of the queue into @element, which is empty. */
PlTake
pl_queue_take (PlQueue *self, PlElement *element, gboolean wait)
{
  PlQueueItem *item;

  item = wait ? g_async_queue_pop (self->full) : g_async_queue_try_pop (self->full);
  if (item == NULL)
    return PL_TAKE_AGAIN;

  if (item == &end_mark)
    {
      pl_queue_push_full (self, item, TRUE);
      return PL_TAKE_END;
    }

  pl_element_move (&item->element, element);
  if (self->bound > 0)
    g_async_queue_push (self->empty, item);
  else
    g_free (item);
  return PL_TAKE_ELEMENT;
}

/* From now on @waker is woken whenever there is something to take, the end included; it is to be
 * set before the attempt that finds nothing. */
void
pl_queue_set_waker (PlQueue *self, PlWaker *waker)
{
  PlWaker *old;

  g_async_queue_lock (self->full);
  old = self->waker;
  self->waker = waker != NULL ? pl_waker_ref (waker) : NULL;
  g_async_queue_unlock (self->full);

  g_clear_pointer (&old, pl_waker_unref);
}

/* Ends the queue at once for both sides: what is in it stays in it until it is freed. */
void
pl_queue_cancel (PlQueue *self)
{
  g_atomic_int_set (&self->cancelled, TRUE);
  g_async_queue_push_front (self->empty, &end_mark);
  pl_queue_push_full (self, &end_mark, TRUE);
}
