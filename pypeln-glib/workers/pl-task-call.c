/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "workers/pl-task-call-private.h"

#include "pl-answer-private.h"
#include "pl-exception.h"
#include "pl-stage-private.h"
#include "pl-task.h"

/* A call and the GTask that the function answers. The call has a reference to its task at first,
 * and keeps that for a while when the function has returned: most tasks that are quick are answered
 * by then. After that the task knows the call instead, and tells when the last reference to it is
 * gone and there will never be an answer, on any thread. Whether anybody still waits for the answer
 * is another matter. */

static G_DEFINE_QUARK (pl-task-call, pl_task_call)

/* The task has been answered, on the worker's context. */
static void
pl_task_call_answered_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  PlWorker *worker = PL_WORKER (object);
  PlTaskCall *self = user_data;

  if (self->is_known)
    {
      g_mutex_lock (&worker->mutex);
      g_object_steal_qdata (G_OBJECT (result), pl_task_call_quark ());
      g_mutex_unlock (&worker->mutex);
    }

  if (self->is_under_way)
    pl_task_worker_answered (worker, self, G_TASK (result));
  else
    pl_task_call_free (self);
}

static gboolean
pl_task_call_free_cb (gpointer user_data)
{
  pl_task_call_free (user_data);
  return G_SOURCE_REMOVE;
}

/* The task is gone, and has not been answered. */
static void
pl_task_call_dropped_cb (gpointer data)
{
  PlTaskCall *self = data;
  g_autoptr(PlWorker) worker = g_object_ref (self->worker);
  gboolean is_under_way;

  g_mutex_lock (&worker->mutex);
  is_under_way = self->is_under_way;
  if (is_under_way)
    pl_task_worker_add_dropped (worker, self);
  g_mutex_unlock (&worker->mutex);

  if (!is_under_way)
    g_main_context_invoke (worker->context, pl_task_call_free_cb, self);
}

PlTaskCall *
pl_task_call_new (void)
{
  PlTaskCall *self = g_new0 (PlTaskCall, 1);

  self->link.data = self;
  return self;
}

/* Makes the task of a call: before it is known for which element. A task that is answered in the
 * very dispatch it was made in has to wait for the next one; one that was made before that need
 * not. */
void
pl_task_call_make_task (PlTaskCall *self, PlWorker *worker, gboolean has_timeout)
{
  self->worker = worker;

  /* Where nothing but the end of the run can cancel it, one cancellable is enough for all. */
  if (has_timeout)
    self->cancellable = g_cancellable_new ();
  self->task = g_task_new (worker, has_timeout ? self->cancellable : worker->cancellable,
                           pl_task_call_answered_cb, self);
}

static void
pl_task_call_make_known (PlTaskCall *self, GTask *task)
{
  if (self->is_known)
    return;

  self->is_known = TRUE;
  g_object_set_qdata_full (G_OBJECT (task), pl_task_call_quark (), self,
                           pl_task_call_dropped_cb);
}

/* From now on nobody but the function holds the task. If it does not either, and nobody waits for
 * the answer, the call may be gone now. */
void
pl_task_call_let_go (PlTaskCall *self)
{
  g_autoptr(GTask) task = g_steal_pointer (&self->task);

  if (task != NULL)
    pl_task_call_make_known (self, task);
}

/* The call that @task is for, under the mutex of its worker or on its context; NULL when it has
 * been answered. */
PlTaskCall *
pl_task_call_of (GTask *task)
{
  return g_object_get_qdata (G_OBJECT (task), pl_task_call_quark ());
}

/* From inside of the function of a call of @worker: has @func called with @number if there comes a
 * time when nobody waits for the answer any more. */
void
pl_task_call_notify (PlWorker *worker, PlTaskNoticeFunc func, gint64 number)
{
  PlTaskCall *self = (PlTaskCall *) worker->call;

  self->notice = (PlTaskNotice) { func, number };
}

/* Makes a call whose task has not been answered, and need not be, as good as new. */
void
pl_task_call_reuse (PlTaskCall *self)
{
  pl_ticket_clear (&self->call.ticket);
  pl_element_clear (&self->element);
  g_clear_pointer (&self->call.attempt, g_array_unref);
  self->notice = (PlTaskNotice) { NULL, 0 };
  self->attempt = 0;
  self->is_answered = FALSE;
  self->is_under_way = FALSE;
}

/* Makes a call that has no task any more as good as new. */
void
pl_task_call_clear (PlTaskCall *self)
{
  pl_task_call_reuse (self);
  g_clear_object (&self->cancellable);
  if (self->is_abandoned)
    g_object_unref (self->worker);
  self->worker = NULL;
  g_clear_object (&self->task);
  self->is_known = FALSE;
  self->is_late = FALSE;
  self->is_abandoned = FALSE;
}

void
pl_task_call_free (PlTaskCall *self)
{
  pl_task_call_clear (self);
  g_free (self);
}

/* Frees a call that has not been started. A task has to be answered all the same. */
void
pl_task_call_discard (PlTaskCall *self)
{
  g_autoptr(GTask) task = g_steal_pointer (&self->task);

  pl_ticket_clear (&self->call.ticket);
  if (task != NULL)
    g_task_return_boolean (task, FALSE);
  else
    pl_task_call_free (self);
}

/* Moves the element to @next, since a task is answered once. */
void
pl_task_call_renew (PlTaskCall *self, PlTaskCall *next)
{
  next->call = self->call;
  next->attempt = self->attempt;
  pl_element_move (&self->element, &next->element);
  memset (&self->call, 0, sizeof self->call);
}

/* Calls the function of @callback. Returns TRUE if its task has been answered already: then the
 * call is over. */
gboolean
pl_task_call_start (PlTaskCall *self, PlCallback *callback)
{
  /* An answer ends the call, but the task is to be there until the function has returned. */
  g_autoptr(GTask) task = callback->keeps_task ? g_object_ref (self->task)
                                               : g_steal_pointer (&self->task);

  self->is_under_way = TRUE;

  /* A function that can emit may do so on any thread. */
  if (PL_STAGE_GET_CLASS (self->worker->stage)->emits)
    pl_task_call_make_known (self, task);

  if (callback->closure != NULL)
    pl_answer_invoke (task, callback, &self->element.value);
  else
    ((PlTaskFunc) callback->func) (&self->element.value, task, self->worker, callback->user_data);

  /* The task itself is not asked: another thread may be answering it. */
  if (!self->is_under_way)
    return self->task == NULL;

  if (self->task == NULL)
    self->task = g_steal_pointer (&task);
  return FALSE;
}

/* Nobody waits for the answer any more, and from now on nothing is emitted. What has been before
 * is still to be put; pl_task_call_leave() follows. */
void
pl_task_call_abandon (PlTaskCall *self)
{
  g_mutex_lock (&self->worker->mutex);
  g_object_ref (self->worker);
  self->is_under_way = FALSE;
  self->is_abandoned = TRUE;
  g_mutex_unlock (&self->worker->mutex);
}

/* Leaves an abandoned call to its task. What the function was given stays until the answer comes,
 * and the worker, which lived for as long as anything was under way. */
void
pl_task_call_leave (PlTaskCall *self)
{
  pl_ticket_clear (&self->call.ticket);
  pl_task_call_let_go (self);
}

/**
 * pl_task_emit:
 * @task: the task that the function of a flat_map was given
 * @value: the value of the element, which is copied
 *
 * Passes an element on, from the function of a task flat_map, before the function answers its task.
 *
 * It may be called from any thread, and never waits: where the stage's output is full the element
 * is kept, and the stage begins no other one until it has been passed on. So what one element's
 * function emits is all that a stage can be ahead of its consumer, and it is the function that
 * bounds it.
 *
 * It returns FALSE when the element has timed out, the run has failed or been cancelled, or the
 * task has been answered: the function should come to its end then.
 *
 * pypeln: `yield` in the function of a `flat_map`
 *
 * Returns: TRUE if the element has been passed on, or will be
 *
 * Since: 1.0
 */
gboolean
pl_task_emit (GTask *task, const GValue *value)
{
  PlWorker *worker;

  g_return_val_if_fail (G_IS_TASK (task), FALSE);
  g_return_val_if_fail (G_IS_VALUE (value), FALSE);

  worker = g_task_get_source_object (task);
  g_return_val_if_fail (pl_task_worker_check (worker), FALSE);
  g_return_val_if_fail (PL_STAGE_GET_CLASS (worker->stage)->emits, FALSE);

  return pl_task_worker_emit (worker, task, value);
}

/**
 * pl_task_return_exception:
 * @task: the task that a function of a task stage was given
 * @exception: what has been raised or thrown
 * @message: what it says, for those who know nothing of such values
 *
 * Answers a task as g_task_return_error() does, with an error of the domain `PL_EXCEPTION` that has
 * a copy of @exception with it, see [method@Pl.Worker.set_exception].
 *
 * May be called from any thread that has a reference to @task.
 *
 * Since: 1.0
 */
void
pl_task_return_exception (GTask *task, const GValue *exception, const char *message)
{
  g_return_if_fail (G_IS_TASK (task));
  g_return_if_fail (G_IS_VALUE (exception));
  g_return_if_fail (message != NULL);

  g_task_return_error (task, pl_exception_new (exception, message));
}

/**
 * pl_task_get_worker:
 * @task: the task that a function of a task stage was given
 *
 * Gets the worker that a task's function was given: for callbacks that have the task alone.
 *
 * May be called from any thread that has a reference to @task.
 *
 * Returns: (transfer none): the worker
 *
 * Since: 1.0
 */
PlWorker *
pl_task_get_worker (GTask *task)
{
  gpointer worker;

  g_return_val_if_fail (G_IS_TASK (task), NULL);

  worker = g_task_get_source_object (task);
  g_return_val_if_fail (PL_IS_WORKER (worker), NULL);

  return worker;
}
