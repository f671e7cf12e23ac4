/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-job.h"

#include "pl-exception.h"
#include "pl-handle.h"
#include "pl-job-closures-private.h"
#include "pl-job-private.h"
#include "pl-stage-private.h"
#include "pl-task.h"
#include "pl-worker-private.h"
#include "workers/pl-task-worker-private.h"

/* Task stages for language bindings, to which an object for each element is dear: what the closure
 * of such a stage is given to answer is a number, the job. Behind each is a GTask, as the functions
 * of other task stages have it; this table knows which.
 *
 * A job is in the table from when its element begins until it is answered, or nobody wants the
 * answer any more, which the worker tells on its context. Whoever takes it out has the task to
 * himself; the other comes too late. */

typedef struct
{
  gint64 number;
  GTask *task;
  PlCall *call;        /* of the worker, for as long as the job is not over */
  gboolean is_waiting; /* for room; under the mutex */
} PlJob;

static GMutex mutex;
static GHashTable *jobs; /* gint64 to PlJob, which has it; under the mutex */
static gint64 last_number; /* under the mutex */

/* They are there for as long as a task is: that has the worker, which has the stage. */
static PlJobClosures *
pl_job_get_closures (GTask *task)
{
  PlWorker *worker = g_task_get_source_object (task);

  return worker->stage->callback->user_data;
}

static void
pl_job_free (PlJob *self)
{
  g_object_unref (self->task);
  g_free (self);
}

static void
pl_job_add (PlJob *self)
{
  g_mutex_lock (&mutex);
  if (jobs == NULL)
    jobs = g_hash_table_new (g_int64_hash, g_int64_equal);
  self->number = ++last_number;
  g_hash_table_insert (jobs, &self->number, self);
  g_mutex_unlock (&mutex);
}

/* Under the mutex: NULL if the job is over. */
static PlJob *
pl_job_find (gint64 number)
{
  return jobs != NULL ? g_hash_table_lookup (jobs, &number) : NULL;
}

/* Takes a job out of the table, for good: NULL if it is over. */
static PlJob *
pl_job_steal (gint64 number)
{
  PlJob *self;

  g_mutex_lock (&mutex);
  self = pl_job_find (number);
  if (self != NULL)
    g_hash_table_steal (jobs, &number);
  g_mutex_unlock (&mutex);

  return self;
}

static GTask *
pl_job_dup_task (gint64 number)
{
  GTask *task;
  PlJob *self;

  g_mutex_lock (&mutex);
  self = pl_job_find (number);
  task = self != NULL ? g_object_ref (self->task) : NULL;
  g_mutex_unlock (&mutex);

  return task;
}

/* Sets whether the job waits for room. Returns FALSE if that is nothing new. */
static gboolean
pl_job_set_waiting (gint64 number, gboolean is_waiting)
{
  gboolean has_changed;
  PlJob *self;

  g_mutex_lock (&mutex);
  self = pl_job_find (number);
  has_changed = self != NULL && self->is_waiting != is_waiting;
  if (has_changed)
    self->is_waiting = is_waiting;
  g_mutex_unlock (&mutex);

  return has_changed;
}

/* The element has timed out, or the run has ended, on the context. */
static void
pl_job_abandoned_cb (gint64 number)
{
  PlJob *self = pl_job_steal (number);

  if (self == NULL)
    return;

  pl_job_closures_tell (pl_job_get_closures (self->task), number, PL_JOB_EVENT_CANCELLED);

  /* Nobody listens, but a task has to be answered. */
  g_task_return_new_error (self->task, G_IO_ERROR, G_IO_ERROR_CANCELLED,
                           "Nobody waits for the job any more");
  pl_job_free (self);
}

/* There is room behind the stage again, on the context. */
static void
pl_job_room_cb (gint64 number)
{
  g_autoptr(GTask) task = pl_job_dup_task (number);

  if (task != NULL && pl_job_set_waiting (number, FALSE))
    pl_job_closures_tell (pl_job_get_closures (task), number, PL_JOB_EVENT_ROOM);
}

void
pl_job_begin (const GValue *element, GTask *task, PlWorker *worker, gpointer user_data)
{
  PlJobClosures *closures = user_data;
  g_autoptr(GError) error = NULL;
  PlJob *self = g_new0 (PlJob, 1);
  gint64 number;

  self->task = g_object_ref (task);
  self->call = worker->call;
  pl_job_add (self);
  number = self->number;
  pl_task_call_notify (worker, pl_job_abandoned_cb, number);

  pl_job_closures_begin (closures, element, number);

  error = g_steal_pointer (&worker->error);
  if (error != NULL)
    pl_job_fail (number, error);
}

/* A job that is not over, on the context, where nobody ends it meanwhile; else NULL. */
static PlJob *
pl_job_lookup (gint64 number)
{
  PlJob *self;

  g_mutex_lock (&mutex);
  self = pl_job_find (number);
  g_mutex_unlock (&mutex);

  return self;
}

/**
 * pl_job_get_element_index:
 * @job: the number of a job
 * @n_indices: (out): return location for the number of indices
 *
 * Gets where the element of a job comes from, see [method@Pl.Worker.get_element_index], also when
 * the closure that has begun it has returned.
 *
 * It is called on the run's main context.
 *
 * Returns: (array length=n_indices) (transfer none) (nullable): the path, which stays valid until
 *   the job is over; NULL if it is
 *
 * Since: 1.0
 */
const gint64 *
pl_job_get_element_index (gint64 job, guint *n_indices)
{
  PlJob *self;

  g_return_val_if_fail (n_indices != NULL, NULL);

  self = pl_job_lookup (job);
  *n_indices = self != NULL ? self->call->index.n : 0;
  return *n_indices > 0 ? pl_index_get_path (&self->call->index) : NULL;
}

/**
 * pl_job_get_cancellable:
 * @job: the number of a job
 *
 * Gets what fires when nobody waits for the job any more: its element has timed out, or the run has
 * ended.
 *
 * It is called on the run's main context.
 *
 * Returns: (transfer none) (nullable): the cancellable; NULL if the job is over
 *
 * Since: 1.0
 */
GCancellable *
pl_job_get_cancellable (gint64 job)
{
  PlJob *self = pl_job_lookup (job);

  return self != NULL ? g_task_get_cancellable (self->task) : NULL;
}

/* Answers a job that has been taken out of the table, and frees it. Takes what @result holds, or
 * @error. */
static void
pl_job_return (PlJob *self, GValue *result, GError *error)
{
  PlWorker *worker = g_task_get_source_object (self->task);

  if (!pl_task_worker_answer (worker, self->call, result, error))
    {
      if (error != NULL)
        g_task_return_error (self->task, error);
      else if (PL_STAGE_GET_CLASS (worker->stage)->returns == PL_RETURNS_VALUE)
        g_task_return_value (self->task, result);
      else
        g_task_return_boolean (self->task, g_value_get_boolean (result));
    }
  pl_job_free (self);
}

/**
 * pl_job_answer:
 * @job: the number of a job
 *
 * Tells that a job is done. The stage's closure for results is called before this returns, where
 * the stage has one and somebody still waits for the answer.
 *
 * May be called from any thread.
 *
 * Returns: TRUE, or FALSE if nobody waits for the answer any more
 *
 * Since: 1.0
 */
gboolean
pl_job_answer (gint64 job)
{
  PlJob *self = pl_job_steal (job);
  g_auto(GValue) result = G_VALUE_INIT;
  GError *error = NULL;
  PlWorker *worker;

  if (self == NULL)
    return FALSE;

  worker = g_task_get_source_object (self->task);
  if (PL_STAGE_GET_CLASS (worker->stage)->returns != PL_RETURNS_NOTHING)
    {
      pl_job_closures_take_result (pl_job_get_closures (self->task), job, &result, &error);
    }
  else
    {
      g_value_init (&result, G_TYPE_BOOLEAN);
      g_value_set_boolean (&result, TRUE);
    }

  pl_job_return (self, &result, error);
  return TRUE;
}

/* Whether the function that a job is for returns a value: under the mutex. */
static gboolean
pl_job_returns_value (PlJob *self)
{
  PlWorker *worker = g_task_get_source_object (self->task);

  return PL_STAGE_GET_CLASS (worker->stage)->returns == PL_RETURNS_VALUE;
}

/* Takes what @result holds. A job that takes no value is left as it is. */
static gboolean
pl_job_return_value (gint64 job, GValue *result)
{
  gboolean takes_value;
  PlJob *self;

  g_mutex_lock (&mutex);
  self = pl_job_find (job);
  takes_value = self == NULL || pl_job_returns_value (self);
  if (self != NULL && takes_value)
    g_hash_table_steal (jobs, &job);
  g_mutex_unlock (&mutex);

  g_return_val_if_fail (takes_value, FALSE);
  if (self == NULL)
    return FALSE;

  pl_job_return (self, result, NULL);
  return TRUE;
}

/**
 * pl_job_answer_with_value:
 * @job: the number of a job of a [func@Pl.job_map]
 * @result: its result
 *
 * Tells that a job is done, as [func@Pl.job_answer] does, and what its result is: the stage's
 * closure for results is not called. It is for results that there are already, of the type that the
 * stage has been given, if it has been given one.
 *
 * May be called from any thread.
 *
 * Returns: TRUE, or FALSE if nobody waits for the answer any more
 *
 * Since: 1.0
 */
gboolean
pl_job_answer_with_value (gint64 job, const GValue *result)
{
  g_auto(GValue) copy = G_VALUE_INIT;

  g_return_val_if_fail (G_IS_VALUE (result), FALSE);

  g_value_init (&copy, G_VALUE_TYPE (result));
  g_value_copy (result, &copy);
  return pl_job_return_value (job, &copy);
}

/**
 * pl_job_answer_with_handle:
 * @job: the number of a job of a [func@Pl.job_map]
 * @number: what the binding knows the result by
 *
 * Tells that a job is done, as [func@Pl.job_answer_with_value] does, and that its result is a
 * [struct@Pl.Handle] of @number: where such objects are dear nobody need make one. The handle is
 * gone at once if nobody waits for the answer any more.
 *
 * Returns: TRUE, or FALSE if nobody waits for the answer any more
 *
 * Since: 1.0
 */
gboolean
pl_job_answer_with_handle (gint64 job, gint64 number)
{
  g_auto(GValue) result = G_VALUE_INIT;

  g_value_init (&result, PL_TYPE_HANDLE);
  g_value_take_boxed (&result, pl_handle_new (number));
  return pl_job_return_value (job, &result);
}

/**
 * pl_job_fail:
 * @job: the number of a job
 * @error: what it has failed with
 *
 * Tells that a job has failed.
 *
 * May be called from any thread.
 *
 * Returns: TRUE, or FALSE if nobody waits for the answer any more
 *
 * Since: 1.0
 */
gboolean
pl_job_fail (gint64 job, const GError *error)
{
  PlJob *self;

  g_return_val_if_fail (error != NULL, FALSE);

  self = pl_job_steal (job);
  if (self == NULL)
    return FALSE;

  pl_job_return (self, NULL, g_error_copy (error));
  return TRUE;
}

/**
 * pl_job_fail_with_exception:
 * @job: the number of a job
 * @exception: what has been raised or thrown
 * @message: what it says, for those who know nothing of such values
 *
 * Tells that a job has failed, as [func@Pl.job_fail] does, with an error of the domain
 * `PL_EXCEPTION` that has a copy of @exception with it.
 *
 * Returns: TRUE, or FALSE if nobody waits for the answer any more
 *
 * Since: 1.0
 */
gboolean
pl_job_fail_with_exception (gint64 job, const GValue *exception, const char *message)
{
  g_autoptr(GError) error = NULL;

  g_return_val_if_fail (G_IS_VALUE (exception), FALSE);
  g_return_val_if_fail (message != NULL, FALSE);

  error = pl_exception_new (exception, message);
  return pl_job_fail (job, error);
}

/**
 * pl_job_emit:
 * @job: the number of a job of a [func@Pl.job_flat_map]
 *
 * Passes an element on. The stage's closure for results is called before this returns, and gives
 * the element, if somebody still waits for it.
 *
 * May be called from any thread. With %PL_EMISSION_WAIT the element has been taken, and the job is
 * to make the next one when it has been told of %PL_JOB_EVENT_ROOM: that is what bounds a job that
 * emits without end. On a thread that does not own the run's main context it is always so.
 *
 * Returns: what the job is to do
 *
 * Since: 1.0
 */
PlEmission
pl_job_emit (gint64 job)
{
  g_auto(GValue) value = G_VALUE_INIT;
  g_autoptr(GTask) task = pl_job_dup_task (job);
  g_autoptr(GError) error = NULL;
  PlWorker *worker;

  if (task == NULL)
    return PL_EMISSION_STOP;

  worker = g_task_get_source_object (task);
  g_return_val_if_fail (PL_STAGE_GET_CLASS (worker->stage)->emits, PL_EMISSION_STOP);

  if (!pl_job_closures_take_result (pl_job_get_closures (task), job, &value, &error))
    {
      pl_job_fail (job, error);
      return PL_EMISSION_STOP;
    }

  if (!pl_task_emit (task, &value))
    return PL_EMISSION_STOP;
  if (pl_task_worker_has_room (worker))
    return PL_EMISSION_MORE;

  /* One that does not wait is told once all the same. */
  if (pl_job_set_waiting (job, TRUE))
    pl_task_worker_wait_for_room (worker, pl_job_room_cb, job);
  return PL_EMISSION_WAIT;
}
