/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "workers/pl-task-worker-private.h"

#include "pl-answer-private.h"
#include "pl-context-private.h"
#include "pl-debug-private.h"
#include "pl-run-private.h"
#include "pl-stage-private.h"

/* The elements that a task worker has under way: how they begin, what becomes of them, and how it
 * lets go of them. */

/* Makes a call anew, or of one that is not used any more. */
static PlTaskCall *
pl_task_worker_make_call (PlTaskWorker *self)
{
  PlTaskCall *call = self->unused.length > 0 ? g_queue_pop_head_link (&self->unused)->data
                                             : pl_task_call_new ();

  if (self->answers_task)
    pl_task_call_make_task (call, PL_WORKER (self), self->timeout > 0);
  return call;
}

PlTaskCall *
pl_task_worker_new_call (PlTaskWorker *self)
{
  if (self->spares->len > 0)
    return g_ptr_array_steal_index_fast (self->spares, self->spares->len - 1);

  return pl_task_worker_make_call (self);
}

/* @call is not used any more. */
static void
pl_task_worker_recycle (PlTaskWorker *self, PlTaskCall *call)
{
  if (call->is_answered)
    {
      pl_task_call_reuse (call);
      g_ptr_array_add (self->spares, call);
    }
  else
    {
      pl_task_call_clear (call);
      g_queue_push_head_link (&self->unused, &call->link);
    }
}

/* Makes calls ahead: twice as many as were answered at once, and one to see whether they are. */
void
pl_task_worker_make_spares (PlTaskWorker *self)
{
  guint n = self->answers_task ? CLAMP (self->n_at_once * 2, 1, PL_TASK_SLICE) : 0;

  while (self->spares->len < n)
    g_ptr_array_add (self->spares, pl_task_worker_make_call (self));
}

void
pl_task_worker_discard_spares (PlTaskWorker *self)
{
  while (self->spares->len > 0)
    pl_task_call_discard (g_ptr_array_steal_index_fast (self->spares, self->spares->len - 1));
}

/* Has the element of @call, which is taken, wait until the function is to be called again. */
static void
pl_task_worker_delay (PlTaskWorker *self, PlTaskCall *call)
{
  PlTaskCall *next = pl_task_worker_new_call (self);
  GList *before = self->delayed.tail;

  pl_task_call_renew (call, next);
  next->time = g_get_monotonic_time () +
               pl_worker_get_retry_delay (PL_WORKER (self), next->attempt++);
  pl_task_worker_recycle (self, call);

  while (before != NULL && ((PlTaskCall *) before->data)->time > next->time)
    before = before->prev;
  g_queue_insert_after_link (&self->delayed, before, &next->link);
}

/* It is known what has come of @call, which is current, and taken: the function is @done, or has
 * failed with @error, which is taken too. */
static void
pl_task_worker_settle (PlTaskWorker *self, PlTaskCall *call, gboolean done, GError *error)
{
  PlWorker *worker = PL_WORKER (self);

  if (!pl_worker_settle (worker, &call->element, call->attempt, done, error))
    {
      pl_task_worker_delay (self, call);
      return;
    }

  pl_task_worker_recycle (self, call);
  pl_reporter_note (worker->node->reporter);
}

/* An element has timed out. */
static void
pl_task_worker_count_late (PlTaskWorker *self)
{
  PlNode *node = PL_WORKER (self)->node;

  PL_DEBUG ("stage “%s”, worker 0: the element has timed out after %u ms",
            pl_stage_get_label (node->stage, &node->settings), node->settings.timeout);

  g_atomic_pointer_add (&node->n_timed_out, 1);
  pl_reporter_note (node->reporter);
}

/* Takes what @task has been answered with. */
static void
pl_task_worker_propagate (PlTaskWorker *self, GTask *task, GValue *returned, GError **error)
{
  if (PL_STAGE_GET_CLASS (PL_WORKER (self)->stage)->returns == PL_RETURNS_VALUE)
    g_task_propagate_value (task, returned, error);
  else
    {
      g_value_init (returned, G_TYPE_BOOLEAN);
      g_value_set_boolean (returned, g_task_propagate_boolean (task, error));
    }
}

/* Goes on as the operation does with what has been returned. */
static gboolean
pl_task_worker_accept (PlTaskWorker *self, PlTaskCall *call, GValue *returned, GError **error)
{
  PlWorker *worker = PL_WORKER (self);
  PlStageClass *klass = PL_STAGE_GET_CLASS (worker->stage);

  if (klass->accept != NULL)
    return klass->accept (worker->stage, &call->element, returned, worker, error);
  return g_value_get_boolean (returned);
}

/* @call, which is taken, has been answered with @returned or @error, which are taken too. */
static void
pl_task_worker_end_call (PlTaskWorker *self, PlTaskCall *call, GValue *returned, GError *error)
{
  PlWorker *worker = PL_WORKER (self);
  PlRun *run = worker->node->run;
  PlWorkerPlace former;
  gboolean done;

  g_queue_unlink (&self->in_flight, &call->link);
  pl_run_enter (run);
  if (PL_STAGE_GET_CLASS (worker->stage)->emits)
    pl_task_worker_put_emitted (self);

  if (call->is_late)
    {
      pl_task_worker_count_late (self);
      pl_task_worker_recycle (self, call);
    }
  else
    {
      pl_worker_enter (worker, &call->call, &former);
      done = error == NULL && pl_task_worker_accept (self, call, returned, &error);
      pl_task_worker_settle (self, call, done, error);
      pl_worker_leave (worker, &former);
    }
  pl_run_leave (run);

  if (!self->is_running)
    pl_waker_wake (self->waker);
}

/* The task of @call, which is taken, has been answered. */
void
pl_task_worker_answered (PlWorker *worker, PlTaskCall *call, GTask *task)
{
  PlTaskWorker *self = PL_TASK_WORKER (worker);
  g_auto(GValue) returned = G_VALUE_INIT;
  GError *error = NULL;

  pl_task_worker_propagate (self, task, &returned, &error);
  pl_task_worker_end_call (self, call, &returned, error);
}

/* From any thread, for functions that keep their tasks: answers a call without its task, which then
 * is there for another element. Takes what @returned holds, or @error. Returns FALSE if it is the
 * task that has to be answered: on another thread than the context's, where nobody waits for the
 * answer, or where each element has a cancellable of its own. */
gboolean
pl_task_worker_answer (PlWorker *worker, PlCall *answered, GValue *returned, GError *error)
{
  PlTaskWorker *self = PL_TASK_WORKER (worker);
  PlTaskCall *call = (PlTaskCall *) answered;
  gboolean is_pushed;

  if (!g_main_context_is_owner (worker->context) || !call->is_under_way || call->is_known ||
      self->timeout > 0)
    return FALSE;

  call->is_answered = TRUE;
  is_pushed = pl_context_push (worker->context);
  pl_task_worker_end_call (self, call, returned, error);
  if (is_pushed)
    g_main_context_pop_thread_default (worker->context);
  return TRUE;
}

/* On any thread, under the mutex: the task of @call is gone, and has not been answered. */
void
pl_task_worker_add_dropped (PlWorker *worker, PlTaskCall *call)
{
  PlTaskWorker *self = PL_TASK_WORKER (worker);

  self->dropped = g_slist_prepend (self->dropped, call);
  pl_waker_wake (self->waker);
}

/* Such a function has failed, if anybody still waits for it. */
void
pl_task_worker_settle_dropped (PlTaskWorker *self)
{
  PlWorker *worker = PL_WORKER (self);
  g_autoptr(GSList) dropped = NULL;

  g_mutex_lock (&worker->mutex);
  dropped = g_slist_reverse (g_steal_pointer (&self->dropped));
  g_mutex_unlock (&worker->mutex);

  for (GSList *link = dropped; link != NULL; link = link->next)
    {
      PlTaskCall *call = link->data;
      PlWorkerPlace former;

      if (!call->is_under_way)
        {
          pl_task_call_free (call);
          continue;
        }

      g_queue_unlink (&self->in_flight, &call->link);
      pl_task_worker_put_emitted (self);
      pl_worker_enter (worker, &call->call, &former);
      pl_task_worker_settle (self, call, FALSE, pl_answer_new_dropped_error ());
      pl_worker_leave (worker, &former);
    }
}

/* Tells whether there are calls that have not let go of their tasks. */
gboolean
pl_task_worker_has_young (PlTaskWorker *self)
{
  return !self->keeps_task && self->in_flight.length > 0 &&
         ((PlTaskCall *) self->in_flight.tail->data)->task != NULL;
}

/* What has been under way for a whole turn of the context lets go of its task: these are the last
 * ones. Where this dispatch is ahead of answers, what began in the last one has yet to have its
 * turn. */
void
pl_task_worker_let_go (PlTaskWorker *self)
{
  GList *link = self->keeps_task ? NULL : self->in_flight.tail;

  while (link != NULL && ((PlTaskCall *) link->data)->task != NULL)
    {
      PlTaskCall *call = link->data;

      link = link->prev;
      if (!self->is_ahead || !call->is_new)
        pl_task_call_let_go (call);
      call->is_new = FALSE;
    }
}

static void
pl_task_notice_give (const PlTaskNotice *notice)
{
  if (notice->func != NULL)
    notice->func (notice->number);
}

/* The time for @call, which is taken, is over. */
static void
pl_task_worker_expire (PlTaskWorker *self, PlTaskCall *call)
{
  g_autoptr(GCancellable) cancellable = g_object_ref (call->cancellable);
  PlTaskNotice notice = call->notice;

  pl_task_worker_count_late (self);

  /* What has been emitted for it in time stays. */
  pl_task_call_abandon (call);
  pl_task_worker_put_emitted (self);
  pl_task_call_leave (call);
  g_cancellable_cancel (cancellable);
  pl_task_notice_give (&notice);
}

/* A main context that has been kept waiting is not to blame on tasks: what it can dispatch now may
 * be their answers. So a call whose time is over has one more turn of those. Returns TRUE if there
 * is one that waits for that. */
gboolean
pl_task_worker_expire_late (PlTaskWorker *self, gint64 now)
{
  gboolean is_last_turn = self->is_last_turn;

  self->is_last_turn = FALSE;
  while (self->in_flight.length > 0)
    {
      PlTaskCall *call = self->in_flight.head->data;

      if (call->time > now)
        break;

      self->is_last_turn = !is_last_turn;
      if (self->is_last_turn)
        break;

      g_queue_unlink (&self->in_flight, &call->link);
      pl_task_worker_expire (self, call);
    }

  return self->is_last_turn;
}

/* Calls a function that returns what it makes, or the operation where there is none; takes
 * @call. */
static void
pl_task_worker_process (PlTaskWorker *self, PlTaskCall *call)
{
  PlWorker *worker = PL_WORKER (self);
  GError *error = NULL;
  gboolean done = pl_worker_call (worker, &call->element, &error);

  if (pl_worker_renew (worker))
    pl_task_worker_recycle (self, call);
  else if (worker->is_suspended)
    self->unfinished = call;
  else
    pl_task_worker_settle (self, call, done, error);
}

/* Has the function begin with @call, which is taken. */
void
pl_task_worker_begin_call (PlTaskWorker *self, PlTaskCall *call, gint64 now)
{
  PlWorker *worker = PL_WORKER (self);
  PlWorkerPlace former;

  if (!worker->is_suspended)
    pl_rate_pass (&self->rate, now);

  pl_worker_enter (worker, &call->call, &former);
  if (!self->answers_task)
    {
      pl_task_worker_process (self, call);
    }
  else
    {
      pl_worker_count (&worker->n_calls);
      call->call.n_emitted = 0;
      call->time = self->timeout > 0 ? now + self->timeout : G_MAXINT64;
      call->is_new = TRUE;
      g_queue_push_tail_link (&self->in_flight, &call->link);
      if (pl_task_call_start (call, worker->stage->callback))
        self->n_at_once++;
    }
  pl_worker_leave (worker, &former);
}

/* Lets go of all that is under way, and tells it so. */
void
pl_task_worker_abandon_all (PlTaskWorker *self)
{
  PlWorker *worker = PL_WORKER (self);
  g_autoptr(GPtrArray) cancellables = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr(GArray) notices = g_array_new (FALSE, FALSE, sizeof (PlTaskNotice));
  GQueue abandoned = self->in_flight;

  /* Before anything is cancelled: after that tasks take longer to be answered. */
  pl_task_worker_discard_spares (self);
  while (self->delayed.length > 0)
    pl_task_call_discard (g_queue_pop_head_link (&self->delayed)->data);
  pl_worker_drop_unfinished (worker);
  if (self->unfinished != NULL)
    pl_task_worker_recycle (self, g_steal_pointer (&self->unfinished));

  g_queue_init (&self->in_flight);
  for (GList *link = abandoned.head; link != NULL; link = link->next)
    {
      PlTaskCall *call = link->data;

      if (call->cancellable != NULL)
        g_ptr_array_add (cancellables, g_object_ref (call->cancellable));
      g_array_append_val (notices, call->notice);
      pl_task_call_abandon (call);
    }

  pl_task_worker_put_emitted (self);
  while (abandoned.length > 0)
    pl_task_call_leave (g_queue_pop_head_link (&abandoned)->data);
  pl_task_worker_settle_dropped (self);

  pl_worker_fire (worker);
  for (guint i = 0; i < cancellables->len; i++)
    g_cancellable_cancel (g_ptr_array_index (cancellables, i));
  for (guint i = 0; i < notices->len; i++)
    pl_task_notice_give (&g_array_index (notices, PlTaskNotice, i));
}
