/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "workers/pl-task-worker-private.h"

#include "pl-run-private.h"
#include "pl-stage-private.h"

/* How a task worker puts what has been made: it cannot wait, so what finds no place behind the
 * stage is kept, in order, until there is one. */

/* Puts what had no place, as far as there is some now. */
void
pl_task_worker_put_backlog (PlTaskWorker *self)
{
  pl_outbox_flush (&self->outbox, PL_WORKER (self), self->waker);
}

gboolean
pl_task_worker_put (PlWorker *worker, PlElement *element, GError **error)
{
  PlTaskWorker *self = PL_TASK_WORKER (worker);

  return pl_outbox_put (&self->outbox, worker, element, self->waker, error);
}

/* Puts what has been emitted on other threads. It comes before whatever is done about a call. */
void
pl_task_worker_put_emitted (PlTaskWorker *self)
{
  PlWorker *worker = PL_WORKER (self);
  g_autoptr(GArray) emitted = NULL;

  g_mutex_lock (&worker->mutex);
  if (self->emitted->len > 0)
    {
      emitted = g_steal_pointer (&self->emitted);
      self->emitted = g_array_new (FALSE, TRUE, sizeof (PlTaskEmitted));
    }
  g_mutex_unlock (&worker->mutex);

  for (guint i = 0; emitted != NULL && i < emitted->len; i++)
    {
      PlTaskEmitted *one = &g_array_index (emitted, PlTaskEmitted, i);
      PlWorkerPlace former;

      pl_worker_enter (worker, &one->call->call, &former);
      pl_worker_put_value (worker, &one->value, NULL);
      pl_worker_leave (worker, &former);
    }
}

/* What the function of a flat_map passes on, from any thread. */
gboolean
pl_task_worker_emit (PlWorker *worker, GTask *task, const GValue *value)
{
  PlTaskWorker *self = PL_TASK_WORKER (worker);
  PlTaskEmitted emitted = { NULL, G_VALUE_INIT };
  PlWorkerPlace former;
  gboolean done;

  g_value_init (&emitted.value, G_VALUE_TYPE (value));
  g_value_copy (value, &emitted.value);

  g_mutex_lock (&worker->mutex);
  emitted.call = pl_task_call_of (task);
  done = emitted.call != NULL && emitted.call->is_under_way;

  /* A function that does nothing but emit may keep the context from seeing that it is late. */
  if (done && self->timeout > 0 && g_get_monotonic_time () >= emitted.call->time)
    {
      emitted.call->is_late = TRUE;
      done = FALSE;
    }

  if (done && !g_main_context_is_owner (worker->context))
    {
      g_array_append_val (self->emitted, emitted);
      pl_waker_wake (self->waker);
      g_mutex_unlock (&worker->mutex);
      return TRUE;
    }
  g_mutex_unlock (&worker->mutex);

  if (!done)
    {
      g_value_unset (&emitted.value);
      return FALSE;
    }

  pl_task_worker_put_emitted (self);
  pl_worker_enter (worker, &emitted.call->call, &former);
  done = pl_worker_put_value (worker, &emitted.value, NULL);
  pl_worker_leave (worker, &former);
  return done;
}

/* Tells whether what a call emits next has a place behind the stage, or is at least the only one
 * that has none. Other threads do not know. */
gboolean
pl_task_worker_has_room (PlWorker *worker)
{
  return g_main_context_is_owner (worker->context) &&
         pl_outbox_is_empty (&PL_TASK_WORKER (worker)->outbox);
}

/* Has @func called with @number when there is room, unless the run ends before. From any thread. */
void
pl_task_worker_wait_for_room (PlWorker *worker, PlTaskNoticeFunc func, gint64 number)
{
  PlTaskWorker *self = PL_TASK_WORKER (worker);
  PlTaskNotice notice = { func, number };

  g_mutex_lock (&worker->mutex);
  g_array_append_val (self->waiting, notice);
  g_mutex_unlock (&worker->mutex);

  /* What was in the way may be gone by now. */
  pl_waker_wake (self->waker);
}

/* There may be room behind the stage. Not while something that was emitted on another thread has
 * yet to be put there: that comes first, and has woken the worker. */
void
pl_task_worker_tell_room (PlTaskWorker *self)
{
  PlWorker *worker = PL_WORKER (self);
  g_autoptr(GArray) waiting = NULL;

  if (!pl_outbox_is_empty (&self->outbox))
    return;

  g_mutex_lock (&worker->mutex);
  if (self->waiting->len > 0 && self->emitted->len == 0)
    {
      waiting = g_steal_pointer (&self->waiting);
      self->waiting = g_array_new (FALSE, FALSE, sizeof (PlTaskNotice));
    }
  g_mutex_unlock (&worker->mutex);

  for (guint i = 0; waiting != NULL && i < waiting->len; i++)
    {
      const PlTaskNotice *notice = &g_array_index (waiting, PlTaskNotice, i);

      notice->func (notice->number);
    }
}
