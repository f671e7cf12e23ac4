/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-worker-private.h"

#include "pl-exception.h"
#include "pl-home-private.h"
#include "pl-run-private.h"
#include "pl-stage-private.h"

#include <gio/gio.h>

/**
 * PlWorker:
 *
 * One worker of a stage in one run.
 *
 * It is what a stage's functions are given beside the element: who they run in, what
 * [callback@Pl.StartFunc] made for them, and a cancellable that fires when nobody wants their
 * result any more.
 *
 * A worker belongs to its run, and is used by the functions that run in it, on the thread they run
 * on; in a task stage, which has one worker, on the run's main context. One that is kept beyond the
 * run tells its index and its stage, and does nothing else.
 *
 * A function that runs in a worker process is given a worker in that process. It has the index of
 * the one in the run, and its stage is the one that [func@Pl.Worker.register_map] and its like have
 * returned there.
 *
 * pypeln: `worker_info`, and the namespace of resources.
 *
 * Since: 1.0
 */

G_DEFINE_ABSTRACT_TYPE (PlWorker, pl_worker, G_TYPE_OBJECT)

/* The worker whose function runs on this thread. */
static _Thread_local PlWorker *current_worker;

static void
pl_worker_finalize (GObject *object)
{
  PlWorker *self = PL_WORKER (object);

  g_clear_object (&self->stage);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->context, g_main_context_unref);
  g_clear_pointer (&self->run_context, g_main_context_unref);
  g_clear_pointer (&self->command_data, g_bytes_unref);
  g_clear_error (&self->error);
  g_clear_pointer (&self->only.attempt, g_array_unref);
  g_mutex_clear (&self->mutex);

  G_OBJECT_CLASS (pl_worker_parent_class)->finalize (object);
}

static void
pl_worker_class_init (PlWorkerClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = pl_worker_finalize;
}

static void
pl_worker_init (PlWorker *self)
{
  g_mutex_init (&self->mutex);
  self->cancellable = g_cancellable_new ();
}

/* Makes a worker of @node. */
PlWorker *
pl_worker_new (GType type, PlNode *node, guint index)
{
  PlWorker *self = g_object_new (type, NULL);
  PlStageClass *klass = PL_STAGE_GET_CLASS (node->stage);
  GMainContext *context = pl_run_get_wanted_context (node->run);

  self->node = node;
  self->stage = g_object_ref (node->stage);
  self->index = index;
  if (context != NULL)
    self->run_context = g_main_context_ref (context);
  if (klass->open != NULL)
    self->state = klass->open (self->stage);
  self->timeout = node->settings.timeout;
  self->retries = node->settings.retries;
  self->only.attempt = pl_worker_new_attempt (self);

  return self;
}

/* Where a function that may be called again keeps what it makes; NULL if it will not be. */
GArray *
pl_worker_new_attempt (PlWorker *self)
{
  GArray *attempt;

  if (self->retries == 0 || !PL_STAGE_GET_CLASS (self->stage)->emits)
    return NULL;

  attempt = g_array_new (FALSE, TRUE, sizeof (PlElement));
  g_array_set_clear_func (attempt, (GDestroyNotify) pl_element_clear);
  return attempt;
}

/* Frees what belongs to the worker's own thread. */
void
pl_worker_release (PlWorker *self)
{
  PlStageClass *klass = PL_STAGE_GET_CLASS (self->stage);
  gpointer state = g_steal_pointer (&self->state);

  if (state != NULL && klass->close != NULL)
    klass->close (self->stage, state);
  g_clear_pointer (&self->resources, g_hash_table_unref);
}

/* The run is gone; the user may still hold the worker. */
void
pl_worker_detach (PlWorker *self)
{
  PlWorkerClass *klass = PL_WORKER_GET_CLASS (self);

  if (klass->clear != NULL)
    klass->clear (self);
  if (self->only.attempt != NULL)
    g_array_set_size (self->only.attempt, 0);
  pl_ticket_clear (&self->standing);
  pl_worker_drop_unfinished (self);
  pl_worker_release (self);
  self->node = NULL;
}

/* Tells whether the worker runs by itself. */
gboolean
pl_worker_is_active (PlWorker *self)
{
  return PL_WORKER_GET_CLASS (self)->start != NULL;
}

gboolean
pl_worker_start (PlWorker *self, GError **error)
{
  return PL_WORKER_GET_CLASS (self)->start (self, error);
}

/* What the worker does from now on, from its thread. Returns what it did before. */
PlActivity
pl_worker_switch (PlWorker *self, PlActivity activity)
{
  gint64 now = g_get_monotonic_time ();
  PlActivity former;

  g_mutex_lock (&self->mutex);
  former = pl_stopwatch_switch (&self->stopwatch, activity, now);
  g_mutex_unlock (&self->mutex);

  return former;
}

/* The run has been cancelled, on any thread. */
void
pl_worker_cancel (PlWorker *self)
{
  PlWorkerClass *klass = PL_WORKER_GET_CLASS (self);

  if (klass->cancel != NULL)
    klass->cancel (self);
  else
    pl_worker_fire (self);
}

/* Has the worker see that the run has been cancelled, before this returns, if this thread runs
 * it. */
void
pl_worker_hurry (PlWorker *self)
{
  PlWorkerClass *klass = PL_WORKER_GET_CLASS (self);

  if (klass->hurry != NULL)
    klass->hurry (self);
}

/* Tells the worker's function that nobody wants what it makes. */
void
pl_worker_fire (PlWorker *self)
{
  g_autoptr(GCancellable) cancellable = NULL;

  g_mutex_lock (&self->mutex);
  cancellable = g_object_ref (self->cancellable);
  g_mutex_unlock (&self->mutex);

  g_cancellable_cancel (cancellable);
}

/* Adds what the worker has done so far, from any thread. */
void
pl_worker_add_figures (PlWorker *self, PlStageFigures *figures)
{
  gint64 now = g_get_monotonic_time ();
  gsize n_calls = pl_worker_get_count (&self->n_calls);

  figures->n_in += pl_worker_get_count (&self->n_in);
  figures->n_out += pl_worker_get_count (&self->n_out);
  figures->n_dropped += pl_worker_get_count (&self->n_dropped);
  figures->n_failed += pl_worker_get_count (&self->n_failed);
  figures->n_retries += pl_worker_get_count (&self->n_retries);

  g_mutex_lock (&self->mutex);
  for (guint i = 0; i < PL_N_ACTIVITIES; i++)
    {
      gint64 time = pl_stopwatch_get (&self->stopwatch, i, now);

      /* Of the calls of a worker that is sampled, only some have been timed. */
      if (i == PL_ACTIVITY_BUSY && self->is_sampled && n_calls > 0)
        time = time * (n_calls / (double) PL_WORKER_N_TIMED (n_calls));
      figures->time[i] += time;
    }
  g_mutex_unlock (&self->mutex);
}

/* The functions that run on this thread from now on run in this worker, for @call, which may be
 * NULL. A sync stage can run inside of a function of another run, and a task can be answered inside
 * of another's function, so pl_worker_leave() is given back what this sets. */
void
pl_worker_enter (PlWorker *self, PlCall *call, PlWorkerPlace *former)
{
  former->worker = current_worker;
  former->call = self->call;
  current_worker = self;
  self->call = call;
}

void
pl_worker_leave (PlWorker *self, const PlWorkerPlace *former)
{
  self->call = former->call;
  current_worker = former->worker;
}

/* Calls the closure of @callback with @argument, in most cases an element, or with the worker where
 * there is none. An error that the closure left with pl_worker_set_error() is its failure. */
gboolean
pl_worker_invoke (PlWorker *self,
                  PlCallback *callback,
                  const GValue *argument,
                  GValue *result,
                  GError **error)
{
  GValue worker = G_VALUE_INIT;

  if (G_UNLIKELY (pl_home_is_elsewhere () && pl_home_owns_closure (callback->closure)))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                           "The function belongs to another thread; put a task stage, as "
                           "pl_task_concat(), between it and stages that have threads");
      return FALSE;
    }

  if (argument == NULL)
    {
      g_value_init (&worker, PL_TYPE_WORKER);
      g_value_set_object (&worker, self);
    }

  g_closure_invoke (callback->closure, result, 1, argument != NULL ? argument : &worker, NULL);
  if (argument == NULL)
    g_value_unset (&worker);

  if (self->error == NULL)
    return TRUE;

  g_propagate_error (error, g_steal_pointer (&self->error));
  return FALSE;
}

/**
 * pl_worker_get_current:
 *
 * Gets the worker whose function runs on this thread.
 *
 * This is how a function that is given as a closure, and so is called with the element alone,
 * reaches its worker.
 *
 * Returns: (transfer none) (nullable): the worker, or NULL outside of a stage's functions
 *
 * Since: 1.0
 */
PlWorker *
pl_worker_get_current (void)
{
  return current_worker;
}

/**
 * pl_worker_get_index:
 * @self: a worker
 *
 * Gets the worker's number among those of its stage. A worker that takes the place of another has
 * its number, and so has a process that is started in the place of one that has ended.
 *
 * May be called from any thread. pypeln: `worker_info.index`
 *
 * Returns: a number from 0 to one less than the stage's workers; 0 in sync and task stages
 *
 * Since: 1.0
 */
guint
pl_worker_get_index (PlWorker *self)
{
  g_return_val_if_fail (PL_IS_WORKER (self), 0);

  return self->index;
}

/**
 * pl_worker_get_stage:
 * @self: a worker
 *
 * Gets the stage that the worker is one of.
 *
 * May be called from any thread.
 *
 * Returns: (transfer none): the stage
 *
 * Since: 1.0
 */
PlStage *
pl_worker_get_stage (PlWorker *self)
{
  g_return_val_if_fail (PL_IS_WORKER (self), NULL);

  return self->stage;
}

/**
 * pl_worker_get_command_data:
 * @self: a worker
 *
 * Gets what this worker process has been told when it was greeted, see [property@Pl.Command:data].
 *
 * May be called from any thread.
 *
 * Returns: (transfer none) (nullable): the data; NULL if there is none, and in a worker that is not
 *   in a process of its own
 *
 * Since: 1.0
 */
GBytes *
pl_worker_get_command_data (PlWorker *self)
{
  g_return_val_if_fail (PL_IS_WORKER (self), NULL);

  return self->command_data;
}

/**
 * pl_worker_get_cancellable:
 * @self: a worker
 *
 * Gets what fires when nobody wants the function's result any more: the run has failed or has been
 * cancelled, or the function has taken longer than [property@Pl.Stage:timeout].
 *
 * A function that waits or works for long hands it on to what it calls, or looks at it now and
 * then: the end of the run waits for the function to return, and for no longer than a second where
 * it has taken too long. What the function returns after it has fired is thrown away.
 *
 * In a sync stage each element that has timed out leaves another cancellable for those behind it.
 * In a worker process it fires when the process is to end: the run has failed or has been
 * cancelled, the program that has started it is gone, or, behind a launcher, the element's time is
 * over. Then the process ends after [property@Pl.Command:grace], even if the function has not
 * returned.
 * In a task stage this one tells of the end of the run alone, and [method@Gio.Task.get_cancellable]
 * of an element's time too.
 *
 * Returns: (transfer none): the cancellable
 *
 * Since: 1.0
 */
GCancellable *
pl_worker_get_cancellable (PlWorker *self)
{
  g_return_val_if_fail (PL_IS_WORKER (self), NULL);

  return self->cancellable;
}

/**
 * pl_worker_get_run_context:
 * @self: a worker
 *
 * Gets the main context that [method@Pl.Stage.iterate_on] was given for the task stages of the run.
 *
 * It tells a function of a stage of any kind where what is asynchronous in its run happens, also if
 * the run has no task stage. May be called from any thread.
 *
 * Returns: (transfer none) (nullable): the main context, or NULL if the run was started otherwise
 *
 * Since: 1.0
 */
GMainContext *
pl_worker_get_run_context (PlWorker *self)
{
  g_return_val_if_fail (PL_IS_WORKER (self), NULL);

  return self->run_context;
}

/**
 * pl_worker_get_element_index:
 * @self: a worker
 * @n_indices: (out): return location for the number of indices, which is 0 outside of a function
 *   that is called with an element
 *
 * Gets where the element that the worker has at hand comes from.
 *
 * Sources count their elements from 0. Maps and filters keep the index; each flat_map appends the
 * number of the element among those that it made of one. So most paths have one index, and have one
 * more for each flat_map on the way. In a task stage the worker has an element at hand while its
 * function runs, and not from then on until that has answered. pypeln: `element_index`
 *
 * Returns: (array length=n_indices) (transfer none) (nullable): the path, which stays valid until
 *   the function returns
 *
 * Since: 1.0
 */
const gint64 *
pl_worker_get_element_index (PlWorker *self, guint *n_indices)
{
  g_return_val_if_fail (PL_IS_WORKER (self), NULL);
  g_return_val_if_fail (n_indices != NULL, NULL);

  *n_indices = self->call != NULL ? self->call->index.n : 0;
  return *n_indices > 0 ? pl_index_get_path (&self->call->index) : NULL;
}

/* A worker on a main context is used by functions that have returned, too. */
static gboolean
pl_worker_is_here (PlWorker *self)
{
  return self == current_worker ||
         (self->context != NULL && g_main_context_is_owner (self->context));
}

static void
pl_worker_free_resource (gpointer data)
{
  GValue *value = data;

  g_value_unset (value);
  g_free (value);
}

/**
 * pl_worker_set_resource:
 * @self: a worker
 * @name: a name of the caller's choice
 * @value: the resource
 *
 * Keeps a copy of @value for the worker's functions, in place of a former resource of that name.
 *
 * It is meant for [callback@Pl.StartFunc], and is called on the worker's thread; in task stages,
 * whose tasks share what is kept, on the run's main context at any time. The copy is freed there
 * after [callback@Pl.DoneFunc]. pypeln: a key of the dict that `on_start` returns
 *
 * Since: 1.0
 */
void
pl_worker_set_resource (PlWorker *self, const char *name, const GValue *value)
{
  GValue *copy;

  g_return_if_fail (PL_IS_WORKER (self));
  g_return_if_fail (name != NULL);
  g_return_if_fail (G_IS_VALUE (value));
  g_return_if_fail (pl_worker_is_here (self));

  if (self->resources == NULL)
    self->resources = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                             pl_worker_free_resource);

  copy = g_new0 (GValue, 1);
  g_value_init (copy, G_VALUE_TYPE (value));
  g_value_copy (value, copy);
  g_hash_table_replace (self->resources, g_strdup (name), copy);
}

/**
 * pl_worker_get_resource:
 * @self: a worker
 * @name: the resource's name
 *
 * Gets what was kept with [method@Pl.Worker.set_resource].
 *
 * It is called on the worker's thread; in task stages on the run's main context, at any time before
 * the end of the run.
 *
 * Returns: (transfer none) (nullable): the resource, or NULL if there is none of that name
 *
 * Since: 1.0
 */
const GValue *
pl_worker_get_resource (PlWorker *self, const char *name)
{
  g_return_val_if_fail (PL_IS_WORKER (self), NULL);
  g_return_val_if_fail (name != NULL, NULL);
  g_return_val_if_fail (pl_worker_is_here (self), NULL);

  return self->resources != NULL ? g_hash_table_lookup (self->resources, name) : NULL;
}

/* Only inside of a function that makes elements of its own, and on its thread. */
static gboolean
pl_worker_may_emit (PlWorker *self)
{
  return self == current_worker && self->call != NULL &&
         PL_STAGE_GET_CLASS (self->stage)->emits;
}

/**
 * pl_worker_emit:
 * @self: a worker
 * @value: the value of the element
 * @error: (nullable): return location for a [type@GLib.Error]
 *
 * Passes an element on, from inside of the function of a flat_map or the closure of a source.
 *
 * In thread and process stages it waits while the stage's output is full. A function that answers a
 * [class@Gio.Task] uses [func@Pl.task_emit]. It fails with
 * [error@Gio.IOErrorEnum.CANCELLED] when the run has failed or has been cancelled, or the element
 * at hand has timed out; the function should then return with that error.
 *
 * @value is copied; see [method@Pl.Worker.emit_take] for one that is not.
 *
 * Returns: TRUE if the element has been passed on, FALSE with @error set otherwise
 *
 * Since: 1.0
 */
gboolean
pl_worker_emit (PlWorker *self, const GValue *value, GError **error)
{
  GValue copy = G_VALUE_INIT;

  g_return_val_if_fail (PL_IS_WORKER (self), FALSE);
  g_return_val_if_fail (G_IS_VALUE (value), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);
  g_return_val_if_fail (pl_worker_may_emit (self), FALSE);

  g_value_init (&copy, G_VALUE_TYPE (value));
  g_value_copy (value, &copy);
  return pl_worker_put_value (self, &copy, error);
}

/**
 * pl_worker_emit_take: (skip)
 * @self: a worker
 * @value: the value of the element, which is moved: it is uninitialised afterwards
 * @error: (nullable): return location for a [type@GLib.Error]
 *
 * Passes an element on as [method@Pl.Worker.emit] does, without a copy.
 *
 * Returns: TRUE if the element has been passed on, FALSE with @error set otherwise
 *
 * Since: 1.0
 */
gboolean
pl_worker_emit_take (PlWorker *self, GValue *value, GError **error)
{
  g_return_val_if_fail (PL_IS_WORKER (self), FALSE);
  g_return_val_if_fail (G_IS_VALUE (value), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);
  g_return_val_if_fail (pl_worker_may_emit (self), FALSE);

  return pl_worker_put_value (self, value, error);
}

/**
 * pl_worker_set_error:
 * @self: a worker
 * @error: the error
 *
 * Makes the closure that runs in the worker fail with a copy of @error, when it has returned; what
 * it returns is not used then.
 *
 * Closures cannot return an error, so this is their way to fail. C functions return theirs.
 *
 * Since: 1.0
 */
void
pl_worker_set_error (PlWorker *self, const GError *error)
{
  g_return_if_fail (PL_IS_WORKER (self));
  g_return_if_fail (error != NULL);
  g_return_if_fail (self == current_worker);

  g_clear_error (&self->error);
  self->error = g_error_copy (error);
}

/**
 * pl_worker_set_exception:
 * @self: a worker
 * @exception: what the closure has raised or thrown
 * @message: what it says, for those who know nothing of such values
 *
 * Makes the closure that runs in the worker fail as [method@Pl.Worker.set_error] does, with an
 * error of the domain `PL_EXCEPTION` that has a copy of @exception with it.
 *
 * If that ends the run, [method@Pl.Iterator.get_exception] gives it to the consumer.
 *
 * Since: 1.0
 */
void
pl_worker_set_exception (PlWorker *self, const GValue *exception, const char *message)
{
  g_return_if_fail (PL_IS_WORKER (self));
  g_return_if_fail (G_IS_VALUE (exception));
  g_return_if_fail (message != NULL);
  g_return_if_fail (self == current_worker);

  g_clear_error (&self->error);
  self->error = pl_exception_new (exception, message);
}
