/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-frontier-private.h"

/* How an ordered stage learns, of each element that it holds, that nothing that sorts before it can
 * still come.
 *
 * Whatever may still become an element of the stage has a ticket, with the least index that can
 * come of it. Each element that travels towards the stage has one, of its own index, until its
 * place is taken by what has been made of it, or nothing has: a filter has dropped it, it has timed
 * out, it has been skipped. What makes elements with indices that count up, as a source, or the
 * function of a flat_map on one element, has one that advances with the count. So the least of all
 * tickets is what the stage has to wait for; it need not know why one is gone.
 *
 * An element that can reach several ordered stages, none behind another, has a ticket for each:
 * they hang together, and what follows calls them one. Behind an ordered stage everything is in
 * order, so it is to the next one what a source is. */

struct _PlFrontier
{
  /* fixed */
  PlFrontierFunc passed;
  gpointer user_data;

  /* under the mutex */
  GMutex mutex;
  GSequence *tickets;
  gboolean is_awaited;
  PlIndex awaited; /* what the stage wants to know of when it has passed */
};

struct _PlTicket
{
  PlFrontier *frontier;
  GSequenceIter *place;
  PlIndex index;
  PlTicket *next; /* for another frontier */
};

/* @passed is called, from any thread, when an index that has not passed has. */
PlFrontier *
pl_frontier_new (PlFrontierFunc passed, gpointer user_data)
{
  PlFrontier *self = g_new0 (PlFrontier, 1);

  self->passed = passed;
  self->user_data = user_data;
  g_mutex_init (&self->mutex);
  self->tickets = g_sequence_new (NULL);
  return self;
}

/* From now on nothing is told: the stage is about to be freed, before what is on its way to it. */
void
pl_frontier_close (PlFrontier *self)
{
  g_mutex_lock (&self->mutex);
  self->is_awaited = FALSE;
  g_mutex_unlock (&self->mutex);
}

/* Nobody has a ticket any more. */
void
pl_frontier_free (PlFrontier *self)
{
  g_assert (g_sequence_is_empty (self->tickets));

  g_sequence_free (self->tickets);
  pl_index_clear (&self->awaited);
  g_mutex_clear (&self->mutex);
  g_free (self);
}

static int
pl_ticket_compare (gconstpointer a, gconstpointer b, gpointer user_data)
{
  return pl_index_compare (&((const PlTicket *) a)->index, &((const PlTicket *) b)->index);
}

static PlTicket *
pl_frontier_get_first_locked (PlFrontier *self)
{
  GSequenceIter *first = g_sequence_get_begin_iter (self->tickets);

  return g_sequence_iter_is_end (first) ? NULL : g_sequence_get (first);
}

static gboolean
pl_frontier_has_passed_locked (PlFrontier *self, const PlIndex *index)
{
  PlTicket *first = pl_frontier_get_first_locked (self);

  return first == NULL || pl_index_compare (&first->index, index) >= 0;
}

/* Tells whether nothing that sorts before @index can still come. If something can, it is told
 * later when that has passed; of several such questions the last counts. */
gboolean
pl_frontier_has_passed (PlFrontier *self, const PlIndex *index)
{
  gboolean has_passed;

  g_mutex_lock (&self->mutex);
  has_passed = pl_frontier_has_passed_locked (self, index);
  pl_index_clear (&self->awaited);
  self->is_awaited = !has_passed;
  if (!has_passed)
    pl_index_copy (index, &self->awaited);
  g_mutex_unlock (&self->mutex);

  return has_passed;
}

/* Makes @index, which is uninitialised, the least that can still come. Returns FALSE if nothing
 * can. */
gboolean
pl_frontier_get_first (PlFrontier *self, PlIndex *index)
{
  PlTicket *first;

  g_mutex_lock (&self->mutex);
  first = pl_frontier_get_first_locked (self);
  if (first != NULL)
    pl_index_copy (&first->index, index);
  g_mutex_unlock (&self->mutex);

  return first != NULL;
}

/* Leaves the mutex, and tells what has passed since it was taken. */
static void
pl_frontier_unlock_and_tell (PlFrontier *self)
{
  gboolean tell = self->is_awaited && pl_frontier_has_passed_locked (self, &self->awaited);

  if (tell)
    self->is_awaited = FALSE;
  g_mutex_unlock (&self->mutex);

  if (tell)
    self->passed (self->user_data);
}

PlTicket *
pl_ticket_new_for_each (GPtrArray *frontiers, const PlIndex *index)
{
  PlTicket *first = NULL;

  for (guint i = 0; i < frontiers->len; i++)
    {
      PlFrontier *frontier = g_ptr_array_index (frontiers, i);
      PlTicket *self = g_new0 (PlTicket, 1);

      self->frontier = frontier;
      self->next = first;
      pl_index_copy (index, &self->index);
      first = self;

      g_mutex_lock (&frontier->mutex);
      self->place = g_sequence_insert_sorted (frontier->tickets, self, pl_ticket_compare, NULL);
      g_mutex_unlock (&frontier->mutex);
    }

  return first;
}

/* From now on nothing that sorts before @index, which is not less than before, can come of it. */
void
pl_ticket_advance (PlTicket *self, const PlIndex *index)
{
  for (; self != NULL; self = self->next)
    {
      g_mutex_lock (&self->frontier->mutex);
      pl_index_clear (&self->index);
      pl_index_copy (index, &self->index);
      g_sequence_sort_changed (self->place, pl_ticket_compare, NULL);
      pl_frontier_unlock_and_tell (self->frontier);
    }
}

/* Nothing can come of it any more, but what has a ticket of its own. */
void
pl_ticket_free (PlTicket *self)
{
  while (self != NULL)
    {
      PlTicket *next = self->next;

      g_mutex_lock (&self->frontier->mutex);
      g_sequence_remove (self->place);
      pl_frontier_unlock_and_tell (self->frontier);

      pl_index_clear (&self->index);
      g_free (self);
      self = next;
    }
}
