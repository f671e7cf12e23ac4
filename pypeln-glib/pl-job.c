/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-job.h"

#include "pl-callback-private.h"
#include "pl-enum-types.h"
#include "pl-error.h"
#include "pl-exception.h"
#include "pl-handle.h"
#include "pl-stage-private.h"
#include "pl-task.h"
#include "pl-worker-private.h"
#include "stages/pl-each.h"
#include "stages/pl-filter.h"
#include "stages/pl-flat-map.h"
#include "stages/pl-map.h"
#include "stages/pl-source.h"
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
  GClosure *begin;
  GClosure *result; /* NULL: the function returns nothing */
  GClosure *tell;
  GType result_type;
} PlJobClosures;

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

static void
pl_job_closures_free (gpointer data)
{
  PlJobClosures *self = data;

  g_closure_unref (self->begin);
  g_clear_pointer (&self->result, g_closure_unref);
  g_closure_unref (self->tell);
  g_free (self);
}

/* They are there for as long as a task is: that has the worker, which has the stage. */
static PlJobClosures *
pl_job_get_closures (GTask *task)
{
  PlWorker *worker = g_task_get_source_object (task);

  return worker->stage->callback->user_data;
}

static GClosure *
pl_job_take_closure (GClosure *closure)
{
  if (closure == NULL)
    return NULL;

  g_closure_ref (closure);
  g_closure_sink (closure);
  if (G_CLOSURE_NEEDS_MARSHAL (closure))
    g_closure_set_marshal (closure, g_cclosure_marshal_generic);
  return closure;
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

/* Tells the binding what has happened to a job. */
static void
pl_job_tell (GTask *task, gint64 number, PlJobEvent event)
{
  GValue arguments[2] = { G_VALUE_INIT, G_VALUE_INIT };

  g_value_init (&arguments[0], G_TYPE_INT64);
  g_value_set_int64 (&arguments[0], number);
  g_value_init (&arguments[1], PL_TYPE_JOB_EVENT);
  g_value_set_enum (&arguments[1], event);
  g_closure_invoke (pl_job_get_closures (task)->tell, NULL, 2, arguments, NULL);
}

/* The element has timed out, or the run has ended, on the context. */
static void
pl_job_abandoned_cb (gint64 number)
{
  PlJob *self = pl_job_steal (number);

  if (self == NULL)
    return;

  pl_job_tell (self->task, number, PL_JOB_EVENT_CANCELLED);

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
    pl_job_tell (task, number, PL_JOB_EVENT_ROOM);
}

static void
pl_job_set_number (GValue *value, gint64 number)
{
  g_value_init (value, G_TYPE_INT64);
  g_value_set_int64 (value, number);
}

/* What the stage's function is. */
static void
pl_job_begin (const GValue *element, GTask *task, PlWorker *worker, gpointer user_data)
{
  PlJobClosures *closures = user_data;
  GValue arguments[3] = { G_VALUE_INIT, G_VALUE_INIT, G_VALUE_INIT };
  gboolean is_handle = G_VALUE_TYPE (element) == PL_TYPE_HANDLE;
  g_autoptr(GError) error = NULL;
  PlJob *self = g_new0 (PlJob, 1);
  gint64 number;

  self->task = g_object_ref (task);
  self->call = worker->call;
  pl_job_add (self);
  number = self->number;
  pl_task_call_notify (worker, pl_job_abandoned_cb, number);

  /* A closure gets the value itself, which it does not change. */
  if (is_handle)
    pl_job_set_number (&arguments[0], pl_handle_get_number (g_value_get_boxed (element)));
  else
    memcpy (&arguments[0], element, sizeof *element);
  pl_job_set_number (&arguments[1], number);
  g_value_init (&arguments[2], G_TYPE_BOOLEAN);
  g_value_set_boolean (&arguments[2], is_handle);
  g_closure_invoke (closures->begin, NULL, is_handle ? 3 : 2, arguments, NULL);

  error = g_steal_pointer (&worker->error);
  if (error != NULL)
    pl_job_fail (number, error);
}

/* Has the binding give the result of a job, or the element that it emits. */
static gboolean
pl_job_take_result (GTask *task, gint64 number, GValue *result, GError **error)
{
  PlJobClosures *closures = pl_job_get_closures (task);
  GValue argument = G_VALUE_INIT;

  if (closures->result_type != G_TYPE_NONE)
    g_value_init (result, closures->result_type);
  g_value_init (&argument, G_TYPE_INT64);
  g_value_set_int64 (&argument, number);
  g_closure_invoke (closures->result, result, 1, &argument, NULL);

  if (G_VALUE_TYPE (result) != 0)
    return TRUE;

  g_set_error_literal (error, PL_ERROR, PL_ERROR_UNSET_RESULT,
                       "The closure for results left its return value uninitialised; "
                       "g_value_init() and set it, or give the stage a result type");
  return FALSE;
}

/* Makes a stage of @type; a @result of NULL is for functions that return nothing. */
static PlStage *
pl_job_new_stage (GType type,
                  PlStage *input,
                  GClosure *begin,
                  GClosure *result,
                  GClosure *tell,
                  GType result_type)
{
  PlJobClosures *closures = g_new0 (PlJobClosures, 1);

  closures->begin = pl_job_take_closure (begin);
  closures->result = pl_job_take_closure (result);
  closures->tell = pl_job_take_closure (tell);
  closures->result_type = result_type;

  return pl_stage_new (type, PL_WORKER_KIND_TASK, input,
                       pl_callback_new_for_task (G_CALLBACK (pl_job_begin), closures,
                                                 pl_job_closures_free));
}

/**
 * pl_job_map:
 * @input: the stage to take elements from
 * @begin: begins an element: it is called with that and the number of its job, which is a gint64,
 *   and returns nothing; where the element is a [struct@Pl.Handle] it gets the number of that, a
 *   gint64, in its place, and TRUE as a third argument
 * @result: gives the result of a job: it is called with the number, and returns the result
 * @tell: is told what happens to a job: it is called with the number and a [enum@Pl.JobEvent], and
 *   returns nothing
 * @result_type: the type of the results; with G_TYPE_NONE @result initialises its return value, as
 *   that of a language binding may do
 *
 * Creates a stage that makes one element of each, as [func@Pl.task_map] does, without an object for
 * each element.
 *
 * It is for language bindings, to which such objects are dear. @begin is called on the run's main
 * context. When the job is done [func@Pl.job_answer] is called, now or later, from any thread, and
 * that calls @result. A job that fails is told by [func@Pl.job_fail] or, while @begin runs, by
 * [method@Pl.Worker.set_error]. Numbers are used for one job only in a program.
 *
 * Returns: (transfer full): the stage
 *
 * Since: 1.0
 */
PlStage *
pl_job_map (PlStage *input,
            GClosure *begin,
            GClosure *result,
            GClosure *tell,
            GType result_type)
{
  g_return_val_if_fail (PL_IS_STAGE (input), NULL);
  g_return_val_if_fail (begin != NULL, NULL);
  g_return_val_if_fail (result != NULL, NULL);
  g_return_val_if_fail (tell != NULL, NULL);
  g_return_val_if_fail (result_type == G_TYPE_NONE || G_TYPE_IS_VALUE (result_type), NULL);

  return pl_job_new_stage (PL_TYPE_MAP, input, begin, result, tell, result_type);
}

/**
 * pl_job_filter:
 * @input: the stage to take elements from
 * @begin: begins an element, see [func@Pl.job_map]
 * @result: tells whether the element of a job is kept: it is called with the number, and returns a
 *   boolean
 * @tell: is told what happens to a job
 *
 * Creates a stage that passes on some of its elements, as [func@Pl.task_filter] does, without an
 * object for each element.
 *
 * Returns: (transfer full): the stage
 *
 * Since: 1.0
 */
PlStage *
pl_job_filter (PlStage *input, GClosure *begin, GClosure *result, GClosure *tell)
{
  g_return_val_if_fail (PL_IS_STAGE (input), NULL);
  g_return_val_if_fail (begin != NULL, NULL);
  g_return_val_if_fail (result != NULL, NULL);
  g_return_val_if_fail (tell != NULL, NULL);

  return pl_job_new_stage (PL_TYPE_FILTER, input, begin, result, tell, G_TYPE_BOOLEAN);
}

/**
 * pl_job_each:
 * @input: the stage to take elements from
 * @begin: begins an element, see [func@Pl.job_map]
 * @tell: is told what happens to a job
 *
 * Creates a stage that does something with each element and passes none on, as [func@Pl.task_each]
 * does, without an object for each element.
 *
 * Returns: (transfer full): the stage
 *
 * Since: 1.0
 */
PlStage *
pl_job_each (PlStage *input, GClosure *begin, GClosure *tell)
{
  g_return_val_if_fail (PL_IS_STAGE (input), NULL);
  g_return_val_if_fail (begin != NULL, NULL);
  g_return_val_if_fail (tell != NULL, NULL);

  return pl_job_new_stage (PL_TYPE_EACH, input, begin, NULL, tell, G_TYPE_NONE);
}

/**
 * pl_job_flat_map:
 * @input: the stage to take elements from
 * @begin: begins an element, see [func@Pl.job_map]
 * @result: gives an element that a job emits: it is called with the number, and returns the element
 * @tell: is told what happens to a job
 * @element_type: the type of the elements; with G_TYPE_NONE @result initialises its return value,
 *   as that of a language binding may do
 *
 * Creates a stage that makes none, one or many elements of each, as [func@Pl.task_flat_map] does,
 * without an object for each element.
 *
 * Before a job is answered it emits its elements with [func@Pl.job_emit], which calls @result.
 *
 * Returns: (transfer full): the stage
 *
 * Since: 1.0
 */
PlStage *
pl_job_flat_map (PlStage *input,
                 GClosure *begin,
                 GClosure *result,
                 GClosure *tell,
                 GType element_type)
{
  g_return_val_if_fail (PL_IS_STAGE (input), NULL);
  g_return_val_if_fail (begin != NULL, NULL);
  g_return_val_if_fail (result != NULL, NULL);
  g_return_val_if_fail (tell != NULL, NULL);
  g_return_val_if_fail (element_type == G_TYPE_NONE || G_TYPE_IS_VALUE (element_type), NULL);

  return pl_job_new_stage (PL_TYPE_FLAT_MAP, input, begin, result, tell, element_type);
}

/**
 * pl_job_source:
 * @begin: begins to make elements, see [func@Pl.job_map]: it is called once in each run, with 0 and
 *   the number of a job
 * @result: gives an element that the job emits: it is called with the number, and returns the
 *   element
 * @tell: is told what happens to the job
 * @element_type: the type of the elements; with G_TYPE_NONE @result initialises its return value,
 *   as that of a language binding may do
 *
 * Creates a source of what a job emits, as [func@Pl.job_flat_map] does what jobs make of elements:
 * for what a language gives one by one, and has to be waited for.
 *
 * The elements are numbered as those of any source.
 *
 * Returns: (transfer full): the stage
 *
 * Since: 1.0
 */
PlStage *
pl_job_source (GClosure *begin, GClosure *result, GClosure *tell, GType element_type)
{
  g_autoptr(PlStage) once = NULL;
  PlStage *stage;

  g_return_val_if_fail (begin != NULL, NULL);
  g_return_val_if_fail (result != NULL, NULL);
  g_return_val_if_fail (tell != NULL, NULL);
  g_return_val_if_fail (element_type == G_TYPE_NONE || G_TYPE_IS_VALUE (element_type), NULL);

  once = pl_source_new_range (0, 1);
  stage = pl_job_new_stage (PL_TYPE_FLAT_MAP, once, begin, result, tell, element_type);
  stage->is_origin = TRUE;

  /* Its input is to be seen to end: what came from there next would sort between these. */
  pl_stage_set_workers (stage, 0);
  return stage;
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
  PlReturns returns;

  if (self == NULL)
    return FALSE;

  worker = g_task_get_source_object (self->task);
  returns = PL_STAGE_GET_CLASS (worker->stage)->returns;
  if (returns == PL_RETURNS_NOTHING)
    g_task_return_boolean (self->task, TRUE);
  else if (!pl_job_take_result (self->task, job, &result, &error))
    g_task_return_error (self->task, error);
  else if (returns == PL_RETURNS_VALUE)
    g_task_return_value (self->task, &result);
  else
    g_task_return_boolean (self->task, g_value_get_boolean (&result));

  pl_job_free (self);
  return TRUE;
}

static gboolean
pl_job_return_value (gint64 job, const GValue *result)
{
  PlJob *self = pl_job_steal (job);
  PlWorker *worker;

  if (self == NULL)
    return FALSE;

  worker = g_task_get_source_object (self->task);
  g_return_val_if_fail (PL_STAGE_GET_CLASS (worker->stage)->returns == PL_RETURNS_VALUE, FALSE);

  g_task_return_value (self->task, (GValue *) result); /* copies it */
  pl_job_free (self);
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
  g_return_val_if_fail (G_IS_VALUE (result), FALSE);

  return pl_job_return_value (job, result);
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

  g_task_return_error (self->task, g_error_copy (error));
  pl_job_free (self);
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

  if (!pl_job_take_result (task, job, &value, &error))
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
