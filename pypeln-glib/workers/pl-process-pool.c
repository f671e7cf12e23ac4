/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "workers/pl-process-pool-private.h"

#include "pl-stage-private.h"

/* What the workers of a process stage share: the elements that are on their way between them.
 *
 * A worker has one element in hand, and may have others ahead: they have been sent to its process,
 * which has not begun with them. They come back when the process dies, and when another worker has
 * nothing to do: no worker is idle while an element of its stage waits anywhere. What has come back
 * is for whoever asks first, one by one, and before what is in the stage's queue.
 *
 * The stage has come to its end when its queue has, and nothing is in anybody's hand: until then
 * something may still come back. */

/* A bound that is smaller is for the queue alone. */
#define MIN_DIVIDED_BOUND 32

/* A worker, as the others see it. */
typedef struct
{
  PlWaker *waker;   /* NULL: it has not joined, or has departed */
  guint n_ahead;
  gboolean is_idle;  /* it waits for an element */
  gboolean is_asked; /* for what it has ahead */
} PlProcessMember;

struct _PlProcessPool
{
  gatomicrefcount ref_count;

  /* fixed */
  PlQueue *queue;
  guint n_members;
  guint prefetch; /* how many elements a worker may have ahead */

  /* under the mutex */
  GMutex mutex;
  PlProcessMember *members;
  GQueue calls; /* PlProcessCall: those that have come back */
  guint n_in_hand;
  guint n_idle;
  guint n_untried; /* members of which it is not known yet whether they can start */
  gboolean has_been_ready; /* one of them has */
  gboolean is_over; /* there will be nothing to take any more */
};

void
pl_process_call_free (PlProcessCall *self)
{
  pl_ticket_clear (&self->call.ticket);
  g_clear_pointer (&self->call.attempt, g_array_unref);
  pl_element_clear (&self->element);
  g_free (self);
}

void
pl_process_calls_clear (GQueue *calls)
{
  while (calls->length > 0)
    pl_process_call_free (g_queue_pop_head_link (calls)->data);
}

PlProcessPool *
pl_process_pool_new (PlNode *node, guint n_workers)
{
  PlProcessPool *self = g_new0 (PlProcessPool, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->queue = node->queue;
  self->n_members = n_workers;
  self->n_untried = n_workers;
  self->members = g_new0 (PlProcessMember, n_workers);
  g_mutex_init (&self->mutex);
  g_queue_init (&self->calls);
  return self;
}

PlProcessPool *
pl_process_pool_ref (PlProcessPool *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
pl_process_pool_unref (PlProcessPool *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  pl_process_pool_clear (self);
  g_free (self->members);
  g_mutex_clear (&self->mutex);
  g_free (self);
}

/* How many places of @queue may belong to elements that workers have ahead: some of a bound that
 * has more than a few. */
static guint
pl_process_pool_get_room (PlQueue *queue)
{
  guint bound = pl_queue_get_bound (queue);
  guint n_set_aside = pl_queue_get_set_aside (queue);
  guint n_room = bound >= MIN_DIVIDED_BOUND ? bound / 2 : 0;

  if (bound == 0)
    return G_MAXUINT;
  return n_room > n_set_aside ? n_room - n_set_aside : 0;
}

/* Before the run starts: finds out how many elements each worker of @node may have ahead, at most
 * @prefetch. They count as if they were still in front of the stage, and what is made of them as if
 * it were behind it already, so that bounds are kept whatever the processes do. What a flat_map
 * makes is not known: it asks before each element. */
void
pl_process_pool_plan (PlProcessPool *self, PlNode *node, guint prefetch)
{
  gboolean emits = PL_STAGE_GET_CLASS (node->stage)->emits;
  GArray *outputs = node->outputs;

  prefetch = MIN (prefetch, pl_process_pool_get_room (node->queue) / self->n_members);
  for (guint i = 0; i < outputs->len && !emits; i++)
    {
      PlQueue *queue = g_array_index (outputs, PlOutput, i).queue;

      prefetch = MIN (prefetch, pl_process_pool_get_room (queue) / self->n_members);
    }

  self->prefetch = prefetch;
  pl_queue_set_aside (node->queue, prefetch * self->n_members);
  for (guint i = 0; i < outputs->len && !emits; i++)
    pl_queue_set_aside (g_array_index (outputs, PlOutput, i).queue, prefetch * self->n_members);
}

guint
pl_process_pool_get_prefetch (PlProcessPool *self)
{
  return self->prefetch;
}

/* Drops the elements that nobody has in hand. */
void
pl_process_pool_clear (PlProcessPool *self)
{
  pl_process_calls_clear (&self->calls);
}

void
pl_process_pool_join (PlProcessPool *self, guint index, PlWaker *waker)
{
  g_mutex_lock (&self->mutex);
  self->members[index].waker = pl_waker_ref (waker);
  g_mutex_unlock (&self->mutex);
}

static void
pl_process_pool_set_idle_locked (PlProcessPool *self, PlProcessMember *member, gboolean is_idle)
{
  if (member->is_idle == is_idle)
    return;

  member->is_idle = is_idle;
  if (is_idle)
    self->n_idle++;
  else
    self->n_idle--;
}

/* The worker does not wait for an element any more, though it has none. */
void
pl_process_pool_rest (PlProcessPool *self, guint index)
{
  PlProcessMember *member = &self->members[index];

  g_mutex_lock (&self->mutex);
  if (member->is_idle)
    pl_queue_leave (self->queue, member->waker);
  pl_process_pool_set_idle_locked (self, member, FALSE);
  g_mutex_unlock (&self->mutex);
}

void
pl_process_pool_depart (PlProcessPool *self, guint index)
{
  PlProcessMember *member = &self->members[index];

  g_mutex_lock (&self->mutex);
  pl_process_pool_set_idle_locked (self, member, FALSE);
  member->n_ahead = 0;
  g_clear_pointer (&member->waker, pl_waker_unref);
  g_mutex_unlock (&self->mutex);
}

static PlProcessCall *
pl_process_call_new (PlWorker *worker, PlElement *element)
{
  PlProcessCall *self = g_new0 (PlProcessCall, 1);

  self->link.data = self;
  pl_element_move (element, &self->element);
  self->call.index = self->element.index;
  self->call.ticket = g_steal_pointer (&self->element.ticket);
  self->call.attempt = pl_worker_new_attempt (worker);
  return self;
}

/* Takes from the stage's queue. */
static PlFlow
pl_process_pool_take_new_locked (PlProcessPool *self,
                                 PlWorker *worker,
                                 PlWaker *waker,
                                 PlProcessCall **call)
{
  g_auto(PlElement) element = PL_ELEMENT_INIT;
  PlFlow taken = pl_queue_take (self->queue, &element, FALSE, waker);

  if (taken != PL_FLOW_OK)
    return taken;

  self->n_in_hand++;
  pl_worker_count (&worker->n_in);
  *call = pl_process_call_new (worker, &element);
  return PL_FLOW_OK;
}

/* Asks the one that has most ahead to give it back, if nobody has been asked. */
static void
pl_process_pool_ask_locked (PlProcessPool *self)
{
  PlProcessMember *most = NULL;

  for (guint i = 0; i < self->n_members; i++)
    {
      PlProcessMember *member = &self->members[i];

      if (member->n_ahead > 0 && (most == NULL || member->n_ahead > most->n_ahead))
        most = member;
    }

  if (most == NULL || most->is_asked)
    return;

  most->is_asked = TRUE;
  pl_waker_wake (most->waker);
}

/* All is over: those that are still about to start hear of it too. */
static void
pl_process_pool_end_locked (PlProcessPool *self)
{
  self->is_over = TRUE;
  for (guint i = 0; i < self->n_members; i++)
    {
      if (self->members[i].waker != NULL)
        pl_waker_wake (self->members[i].waker);
    }
}

/* Takes an element for a worker that has none. If there is none at the moment the worker waits: it
 * is woken when there may be one, or when all is over. */
PlFlow
pl_process_pool_take (PlProcessPool *self, PlWorker *worker, PlProcessCall **call)
{
  PlProcessMember *member = &self->members[worker->index];
  PlFlow taken = PL_FLOW_OK;

  g_mutex_lock (&self->mutex);
  if (self->calls.length > 0)
    {
      *call = g_queue_pop_head_link (&self->calls)->data;
      if (member->is_idle)
        pl_queue_leave (self->queue, member->waker);
    }
  else
    {
      taken = pl_process_pool_take_new_locked (self, worker, member->waker, call);
      if (taken == PL_FLOW_END && self->n_in_hand > 0)
        taken = PL_FLOW_AGAIN;
    }

  if (taken == PL_FLOW_END && !self->is_over)
    pl_process_pool_end_locked (self);
  pl_process_pool_set_idle_locked (self, member, taken == PL_FLOW_AGAIN);
  if (taken == PL_FLOW_AGAIN)
    pl_process_pool_ask_locked (self);
  g_mutex_unlock (&self->mutex);

  return taken;
}

/* Takes an element for a worker that has one in hand, and does not wait for it. NULL: there is none
 * that another worker would not begin with at once. */
PlProcessCall *
pl_process_pool_take_ahead (PlProcessPool *self, PlWorker *worker)
{
  PlProcessCall *call = NULL;

  g_mutex_lock (&self->mutex);
  if (self->n_idle == 0 && self->calls.length == 0 &&
      pl_process_pool_take_new_locked (self, worker, NULL, &call) != PL_FLOW_OK)
    call = NULL;
  g_mutex_unlock (&self->mutex);

  return call;
}

static void
pl_process_pool_wake_idle_locked (PlProcessPool *self, guint n_calls)
{
  for (guint i = 0; i < self->n_members && n_calls > 0; i++)
    {
      if (!self->members[i].is_idle)
        continue;

      pl_waker_wake (self->members[i].waker);
      n_calls--;
    }
}

/* Moves @calls, which nobody has begun or which are to begin again, in front of all others. */
void
pl_process_pool_give_back (PlProcessPool *self, GQueue *calls)
{
  guint n_calls = calls->length;

  g_mutex_lock (&self->mutex);
  while (calls->length > 0)
    g_queue_push_head_link (&self->calls, g_queue_pop_tail_link (calls));
  pl_process_pool_wake_idle_locked (self, n_calls);
  g_mutex_unlock (&self->mutex);
}

/* It is known what has come of one element. */
void
pl_process_pool_settle (PlProcessPool *self)
{
  g_mutex_lock (&self->mutex);
  if (--self->n_in_hand == 0)
    pl_process_pool_wake_idle_locked (self, G_MAXUINT);
  g_mutex_unlock (&self->mutex);
}

/* Tells how many elements the worker has ahead now. */
void
pl_process_pool_set_ahead (PlProcessPool *self, guint index, guint n_ahead)
{
  g_mutex_lock (&self->mutex);
  self->members[index].n_ahead = n_ahead;
  g_mutex_unlock (&self->mutex);
}

/* The worker, if it has been asked for what it had ahead, has given back what it could. */
void
pl_process_pool_end_asking (PlProcessPool *self, guint index)
{
  g_mutex_lock (&self->mutex);
  self->members[index].is_asked = FALSE;
  if (self->n_idle > 0 && self->calls.length == 0)
    pl_process_pool_ask_locked (self);
  g_mutex_unlock (&self->mutex);
}

/* Tells whether the worker is to give back what it has ahead. */
gboolean
pl_process_pool_wants_back (PlProcessPool *self, guint index)
{
  gboolean is_asked;

  g_mutex_lock (&self->mutex);
  is_asked = self->members[index].is_asked;
  g_mutex_unlock (&self->mutex);

  return is_asked;
}

/* A worker that @is_first in this has become ready, or has failed to start in each way there is.
 * Tells whether there is hope for one that has failed: another has started, or may yet. */
gboolean
pl_process_pool_note_start (PlProcessPool *self, gboolean is_first, gboolean is_ready)
{
  gboolean is_hopeful;

  g_mutex_lock (&self->mutex);
  if (is_first)
    self->n_untried--;
  self->has_been_ready |= is_ready;
  is_hopeful = self->has_been_ready || self->n_untried > 0;
  g_mutex_unlock (&self->mutex);

  return is_hopeful;
}

/* Tells whether others have done all that there was to do. */
gboolean
pl_process_pool_is_over (PlProcessPool *self)
{
  gboolean is_over;

  g_mutex_lock (&self->mutex);
  is_over = self->is_over;
  g_mutex_unlock (&self->mutex);

  return is_over;
}
