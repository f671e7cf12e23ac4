/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "workers/pl-task-call-private.h"

#include "pl-answer-private.h"
#include "pl-stage-private.h"
#include "pl-task.h"

/* A call and the GTask that the function answers. The call is the source object of its task, and
 * nobody else holds it: when its last reference goes, with the task, either that has been answered,
 * and the call can be used again; or it has not been, and never will be. Whether anybody still
 * waits for the answer is another matter. */

typedef GObjectClass PlTaskCallClass;

static GType pl_task_call_get_type (void);

G_DEFINE_FINAL_TYPE (PlTaskCall, pl_task_call, G_TYPE_OBJECT)

#define PL_TASK_CALL(self) ((PlTaskCall *) (self))

/* The task has been answered, on the worker's context. */
static void
pl_task_call_answered_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  PlTaskCall *self = PL_TASK_CALL (object);

  self->is_open = FALSE;
  if (self->is_under_way)
    pl_task_worker_answered (self->worker, self, G_TASK (result));
  else
    pl_task_call_clear (self);
}

/* Lets go of a call whose task is gone. */
void
pl_task_call_close (PlTaskCall *self)
{
  self->is_open = FALSE;
  pl_task_call_clear (self);
  g_object_unref (self);
}

static gboolean
pl_task_call_close_cb (gpointer user_data)
{
  pl_task_call_close (user_data);
  return G_SOURCE_REMOVE;
}

/* The task is gone, on any thread, and has not been answered. What the function was given is freed
 * on the context. */
static void
pl_task_call_drop (PlTaskCall *self)
{
  PlWorker *worker = self->worker;
  gboolean is_under_way;

  g_object_ref (self);

  g_mutex_lock (&worker->mutex);
  is_under_way = self->is_under_way;
  if (is_under_way)
    pl_task_worker_add_dropped (worker, self);
  g_mutex_unlock (&worker->mutex);

  if (!is_under_way)
    g_main_context_invoke (worker->context, pl_task_call_close_cb, self);
}

static void
pl_task_call_dispose (GObject *object)
{
  PlTaskCall *self = PL_TASK_CALL (object);

  if (self->is_open)
    pl_task_call_drop (self);
  else if (!pl_task_worker_recycle (self->worker, self))
    G_OBJECT_CLASS (pl_task_call_parent_class)->dispose (object);
}

static void
pl_task_call_finalize (GObject *object)
{
  g_object_unref (PL_TASK_CALL (object)->worker);

  G_OBJECT_CLASS (pl_task_call_parent_class)->finalize (object);
}

static void
pl_task_call_class_init (PlTaskCallClass *klass)
{
  klass->dispose = pl_task_call_dispose;
  klass->finalize = pl_task_call_finalize;
}

static void
pl_task_call_init (PlTaskCall *self)
{
  self->link.data = self;
}

PlTaskCall *
pl_task_call_new (PlWorker *worker)
{
  PlTaskCall *self = g_object_new (pl_task_call_get_type (), NULL);

  self->worker = g_object_ref (worker);
  return self;
}

/* Makes the task of a call, which takes the reference to it, before it is known for which element.
 * A task that is answered in the very dispatch it was made in has to wait for the next one; one
 * that was made before that need not. */
void
pl_task_call_make_task (PlTaskCall *self, gboolean has_timeout)
{
  GCancellable *cancellable = self->worker->cancellable;

  /* Where nothing but the end of the run can cancel it, one cancellable is enough for all. */
  if (has_timeout)
    cancellable = self->cancellable = g_cancellable_new ();
  self->task = g_task_new (self, cancellable, pl_task_call_answered_cb, NULL);
  self->is_open = TRUE;
  g_object_unref (self);
}

/* Makes a call as good as new, but for its task. */
void
pl_task_call_clear (PlTaskCall *self)
{
  pl_ticket_clear (&self->call.ticket);
  pl_element_clear (&self->element);
  g_clear_pointer (&self->call.attempt, g_array_unref);
  g_clear_object (&self->cancellable);
  self->attempt = 0;
  self->is_spare = FALSE;
  self->is_under_way = FALSE;
}

/* Lets go of a call that has not been started. A task has to be answered all the same. */
void
pl_task_call_discard (PlTaskCall *self)
{
  g_autoptr(GTask) task = g_steal_pointer (&self->task);

  pl_ticket_clear (&self->call.ticket);
  if (task != NULL)
    g_task_return_boolean (task, FALSE);
  else
    pl_task_call_close (self);
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

/* Calls the function of @callback. Returns TRUE if it has answered already: then the call is
 * over. */
gboolean
pl_task_call_start (PlTaskCall *self, PlCallback *callback)
{
  PlWorker *worker = self->worker;
  g_autoptr(GTask) task = g_steal_pointer (&self->task);

  self->is_under_way = TRUE;
  if (callback->closure != NULL)
    pl_answer_invoke (task, callback, worker, &self->element.value);
  else
    ((PlTaskFunc) callback->func) (&self->element.value, task, worker, callback->user_data);

  return g_task_get_completed (task);
}

/* Nobody waits for the answer any more. What the function was given stays until it comes. */
void
pl_task_call_abandon (PlTaskCall *self)
{
  pl_ticket_clear (&self->call.ticket);

  g_mutex_lock (&self->worker->mutex);
  self->is_under_way = FALSE;
  g_mutex_unlock (&self->worker->mutex);
}

/* The call that @task is for; NULL if it is for none. */
static PlTaskCall *
pl_task_call_of (GTask *task)
{
  gpointer object = g_task_get_source_object (task);

  return G_TYPE_CHECK_INSTANCE_TYPE (object, pl_task_call_get_type ()) ? object : NULL;
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
  PlTaskCall *self;

  g_return_val_if_fail (G_IS_TASK (task), FALSE);
  g_return_val_if_fail (G_IS_VALUE (value), FALSE);

  self = pl_task_call_of (task);
  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (PL_STAGE_GET_CLASS (self->worker->stage)->emits, FALSE);

  return pl_task_worker_emit (self->worker, self, value);
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
  gpointer object;

  g_return_val_if_fail (G_IS_TASK (task), NULL);

  object = g_task_get_source_object (task);
  if (pl_task_call_of (task) != NULL)
    return PL_TASK_CALL (object)->worker;

  /* That of an on_start or on_done. */
  g_return_val_if_fail (PL_IS_WORKER (object), NULL);
  return object;
}

/**
 * pl_task_get_element_index:
 * @task: the task that a stage's function was given
 * @n_indices: (out): return location for the number of indices, which is 0 when the task has been
 *   answered
 *
 * Gets where the element that a task is for comes from, as [method@Pl.Worker.get_element_index]
 * does while the function runs.
 *
 * It is called on the run's main context, or on a thread which the function has given the task to.
 *
 * Returns: (array length=n_indices) (transfer none) (nullable): the path, which stays valid until
 *   the task is answered
 *
 * Since: 1.0
 */
const gint64 *
pl_task_get_element_index (GTask *task, guint *n_indices)
{
  PlTaskCall *self;

  g_return_val_if_fail (n_indices != NULL, NULL);
  *n_indices = 0;
  g_return_val_if_fail (G_IS_TASK (task), NULL);

  self = pl_task_call_of (task);
  g_return_val_if_fail (self != NULL, NULL);

  *n_indices = self->element.index.n;
  return *n_indices > 0 ? pl_index_get_path (&self->element.index) : NULL;
}
