/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "workers/pl-process-worker-private.h"

#include "pl-debug-private.h"
#include "pl-run-private.h"
#include "pl-stage-private.h"

/* The elements that a process worker has: the first is in hand, the others are ahead. */

/* While so much waits to be sent, in bytes, nothing is sent ahead. */
#define MAX_UNSENT (256 * 1024)

/* While the process has so much, in bytes, it has one element ahead at most: as many large ones as
 * it may have small ones would not fit into the processor's cache, and would take much memory. */
#define MAX_SIZE (1024 * 1024)

void
pl_process_worker_note_ahead (PlProcessWorker *self)
{
  guint n_ahead = self->in_flight.length > 1 ? self->in_flight.length - 1 : 0;

  if (self->in_flight.length == 0)
    self->deadline = 0;
  if (self->talk->returns)
    pl_process_pool_set_ahead (self->pool, PL_WORKER (self)->index, n_ahead);
}

/* The process begins with the first element, as far as is known here. */
static void
pl_process_worker_start_clock (PlProcessWorker *self)
{
  self->deadline = 0;
  self->remaining = 0;
  if (self->timeout > 0 && self->in_flight.length > 0)
    self->deadline = g_get_monotonic_time () + self->timeout;
}

static void
pl_process_worker_free_call (PlProcessWorker *self, PlProcessCall *call)
{
  pl_process_call_free (call);
  pl_process_pool_settle (self->pool);
  pl_reporter_note (PL_WORKER (self)->node->reporter);
}

/* Has @call, which is taken, wait until it is to be called again. */
static void
pl_process_worker_delay (PlProcessWorker *self, PlProcessCall *call)
{
  GList *before = self->delayed.tail;

  call->time = g_get_monotonic_time () +
               pl_worker_get_retry_delay (PL_WORKER (self), call->attempt++);
  while (before != NULL && ((PlProcessCall *) before->data)->time > call->time)
    before = before->prev;
  g_queue_insert_after_link (&self->delayed, before, &call->link);
}

/* What may be called again now is for whoever asks first. */
void
pl_process_worker_wake_delayed (PlProcessWorker *self, gint64 now)
{
  GQueue due = G_QUEUE_INIT;

  while (self->delayed.length > 0 &&
         ((PlProcessCall *) self->delayed.head->data)->time <= now)
    g_queue_push_tail_link (&due, g_queue_pop_head_link (&self->delayed));

  if (due.length > 0)
    pl_process_pool_give_back (self->pool, &due);
}

/* It is known what has come of @call, which is current, and taken: the function is @done, or has
 * failed with @error, which is taken too. */
static void
pl_process_worker_settle (PlProcessWorker *self, PlProcessCall *call, gboolean done, GError *error)
{
  if (pl_worker_settle (PL_WORKER (self), &call->element, call->attempt, done, error))
    pl_process_worker_free_call (self, call);
  else
    pl_process_worker_delay (self, call);
}

/* The function has returned @returned, if it returns something, for the element in hand, or has
 * failed with @error, which is taken. */
void
pl_process_worker_accept (PlProcessWorker *self, GValue *returned, GError *error)
{
  PlWorker *worker = PL_WORKER (self);
  PlStageClass *klass = PL_STAGE_GET_CLASS (worker->stage);
  PlProcessCall *call = g_queue_pop_head_link (&self->in_flight)->data;
  PlWorkerPlace former;
  gboolean done = error == NULL;

  self->n_failed_starts = 0;
  pl_process_worker_note_ahead (self);
  pl_process_worker_start_clock (self);

  pl_worker_enter (worker, &call->call, &former);
  if (done && klass->accept != NULL)
    done = klass->accept (worker->stage, &call->element, returned, worker, &error);
  pl_process_worker_settle (self, call, done, error);
  pl_worker_leave (worker, &former);
}

/* The function has emitted @value, which is moved, for the element in hand. */
void
pl_process_worker_emit (PlProcessWorker *self, GValue *value)
{
  PlWorker *worker = PL_WORKER (self);
  PlProcessCall *call = self->in_flight.head->data;
  PlWorkerPlace former;

  pl_worker_enter (worker, &call->call, &former);
  pl_worker_put_value (worker, value, NULL);
  pl_worker_leave (worker, &former);
}

/* What the process has not begun with is for whoever asks first. */
void
pl_process_worker_give_back_ahead (PlProcessWorker *self)
{
  GQueue ahead = G_QUEUE_INIT;

  while (self->in_flight.length > 1)
    g_queue_push_head_link (&ahead, g_queue_pop_tail_link (&self->in_flight));

  pl_process_worker_note_ahead (self);
  pl_process_pool_give_back (self->pool, &ahead);
}

/* The process is gone: the function has failed with the element in hand and @error, which is
 * taken. NULL: the time for it is over. */
void
pl_process_worker_lose (PlProcessWorker *self, GError *error)
{
  PlWorker *worker = PL_WORKER (self);

  pl_process_worker_give_back_ahead (self);
  if (self->in_flight.length == 0)
    {
      g_clear_error (&error);
      return;
    }

  if (error != NULL)
    {
      pl_process_worker_accept (self, NULL, error);
      return;
    }

  g_atomic_pointer_add (&worker->node->n_timed_out, 1);
  PL_DEBUG ("stage “%s”, worker %u: the element has timed out after %u ms",
            pl_stage_get_label (worker->stage, &worker->node->settings), worker->index,
            worker->node->settings.timeout);
  pl_process_worker_free_call (self, g_queue_pop_head_link (&self->in_flight)->data);
  pl_process_worker_start_clock (self);
}

/* Tells whether the time for the element in hand is over. While what it has made waits for a place
 * its clock stands still. */
gboolean
pl_process_worker_is_late (PlProcessWorker *self, gint64 now)
{
  gboolean is_blocked = !pl_outbox_is_empty (&self->outbox);

  if (self->deadline == 0)
    return FALSE;

  if (is_blocked && self->remaining == 0)
    self->remaining = MAX (self->deadline - now, 1);
  else if (!is_blocked && self->remaining > 0)
    {
      self->deadline = now + self->remaining;
      self->remaining = 0;
    }
  return !is_blocked && self->deadline <= now;
}

/* Returns as how many bytes @call, which is taken, has been sent. */
static gsize
pl_process_worker_send (PlProcessWorker *self, PlProcessCall *call)
{
  PlWorker *worker = PL_WORKER (self);
  PlWorkerPlace former;
  GError *error = NULL;

  call->call.n_emitted = 0;
  if (self->talk->send (self, call, &error))
    {
      pl_worker_count (&worker->n_calls);
      g_queue_push_tail_link (&self->in_flight, &call->link);
      if (self->in_flight.length == 1)
        pl_process_worker_start_clock (self);
      return call->size;
    }

  pl_worker_enter (worker, &call->call, &former);
  pl_process_worker_settle (self, call, FALSE, error);
  pl_worker_leave (worker, &former);
  return 0;
}

/* How much the process has, in bytes. */
static gsize
pl_process_worker_get_size (PlProcessWorker *self)
{
  gsize size = 0;

  for (GList *link = self->in_flight.head; link != NULL; link = link->next)
    size += ((PlProcessCall *) link->data)->size;
  return size;
}

/* Tells whether the process, which has something in hand and @size bytes in all, may have one more
 * ahead. */
static gboolean
pl_process_worker_may_send_ahead (PlProcessWorker *self, gsize size)
{
  if (self->is_recalling || (self->in_flight.length > 1 && size > MAX_SIZE))
    return FALSE;

  if (pl_child_get_unsent (self->child) > MAX_UNSENT)
    pl_child_flush (self->child);
  return pl_child_get_unsent (self->child) <= MAX_UNSENT;
}

/* Takes the next element that the process, which has @size bytes of them, is to have. NULL: there
 * is none at the moment. */
static PlProcessCall *
pl_process_worker_take (PlProcessWorker *self, gsize size)
{
  PlProcessCall *call = NULL;

  if (self->is_alone && self->delayed.length > 0)
    return NULL;

  if (self->in_flight.length > 0)
    {
      if (!pl_process_worker_may_send_ahead (self, size))
        return NULL;
      return pl_process_pool_take_ahead (self->pool, PL_WORKER (self));
    }

  self->has_finished = pl_process_pool_take (self->pool, PL_WORKER (self), &call) == PL_FLOW_END;
  return call;
}

/* Has the process get elements, as many as it may have; not before it has come through half of
 * them, so that many travel together. */
void
pl_process_worker_fill (PlProcessWorker *self)
{
  PlProcessCall *call;
  gsize size;

  if (self->in_flight.length > self->limit / 2)
    return;

  size = pl_process_worker_get_size (self);
  while (self->in_flight.length < self->limit && pl_outbox_is_empty (&self->outbox) &&
         !pl_run_is_cancelled (PL_WORKER (self)->node->run) &&
         (call = pl_process_worker_take (self, size)) != NULL)
    size += pl_process_worker_send (self, call);

  pl_process_worker_note_ahead (self);
}
