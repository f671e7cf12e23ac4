/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-worker-private.h"

#include "pl-error.h"
#include "pl-run-private.h"
#include "pl-stage-private.h"
#include "pl-stage-status.h"

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
 * on. One that is kept beyond the run tells its index and its stage, and does nothing else.
 *
 * pypeln: `worker_info`, and the namespace of resources.
 *
 * Since: 1.0
 */

G_DEFINE_ABSTRACT_TYPE (PlWorker, pl_worker, G_TYPE_OBJECT)

/* The worker whose function runs on this thread. A sync stage can run inside of a function of
 * another run, so whoever sets it puts the former one back. */
static _Thread_local PlWorker *current_worker;

static void
pl_worker_close_state (PlWorker *self)
{
  PlStageClass *klass = PL_STAGE_GET_CLASS (self->stage);
  gpointer state = g_steal_pointer (&self->state);

  if (state != NULL && klass->close != NULL)
    klass->close (self->stage, state);
}

static void
pl_worker_finalize (GObject *object)
{
  PlWorker *self = PL_WORKER (object);

  g_clear_object (&self->stage);
  g_clear_object (&self->cancellable);
  g_clear_error (&self->error);

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
  self->cancellable = g_cancellable_new ();
}

/* Adds a worker to @node, before its run starts. */
PlWorker *
pl_worker_new (GType type, PlNode *node, guint index)
{
  PlWorker *self = g_object_new (type, NULL);
  PlStageClass *klass = PL_STAGE_GET_CLASS (node->stage);

  self->node = node;
  self->stage = g_object_ref (node->stage);
  self->index = index;
  if (klass->open != NULL)
    self->state = klass->open (self->stage);

  pl_node_add_worker (node, self);
  return self;
}

/* The run is gone; the user may still hold the worker. */
void
pl_worker_detach (PlWorker *self)
{
  pl_worker_close_state (self);
  g_clear_pointer (&self->resources, g_hash_table_unref);
  self->node = NULL;
}

gboolean
pl_worker_start (PlWorker *self, GError **error)
{
  return PL_WORKER_GET_CLASS (self)->start (self, error);
}

/* Ends the run with @error, which it takes, and tells where it happened: @details stands for the
 * element where there is none at hand. When the run has ended already, nobody asks. */
static void
pl_worker_fail (PlWorker *self, GError *error, const char *details)
{
  const PlStageSettings *settings = &self->node->settings;
  g_autofree char *path = NULL;
  g_autoptr(GString) where = NULL;

  if (pl_run_is_cancelled (self->node->run))
    {
      g_clear_error (&error);
      return;
    }

  where = g_string_new (NULL);

  if (settings->kind != PL_WORKER_KIND_SYNC)
    g_string_append_printf (where, ", worker %u", self->index);
  if (details != NULL)
    g_string_append_printf (where, ", %s", details);
  else if (self->element_index != NULL)
    {
      path = pl_index_to_string (self->element_index);
      g_string_append_printf (where, ", element %s", path);
    }

  if (error == NULL)
    error = g_error_new_literal (PL_ERROR, PL_ERROR_UNSET_ERROR,
                                 "The function failed without setting an error");
  pl_stage_prefix_error (self->stage, settings, where->str, &error);
  pl_run_fail (self->node->run, error);
}

/* Runs the stage's on_start, on the worker's thread. Returns FALSE if there is nothing else to be
 * done but to end. */
gboolean
pl_worker_begin (PlWorker *self)
{
  PlCallback *on_start = self->node->settings.on_start;
  PlWorker *former = current_worker;
  g_autoptr(GError) error = NULL;
  gboolean done = TRUE;

  self->has_begun = TRUE;
  if (pl_run_is_cancelled (self->node->run))
    return FALSE;

  current_worker = self;
  if (on_start != NULL && on_start->closure != NULL)
    done = pl_worker_invoke (self, on_start, NULL, NULL, &error);
  else if (on_start != NULL)
    done = ((PlStartFunc) on_start->func) (self, on_start->user_data, &error);
  current_worker = former;

  self->has_started = done;
  if (!done)
    pl_worker_fail (self, g_steal_pointer (&error), "on_start");
  return done;
}

/* Has the operation turn @element into what comes of it, and clears it. Returns FALSE if the run
 * has failed or has been cancelled. */
gboolean
pl_worker_process (PlWorker *self, PlElement *element)
{
  PlStageClass *klass = PL_STAGE_GET_CLASS (self->stage);
  PlWorker *former = current_worker;
  PlIndex index = element->index;
  GError *error = NULL;
  gboolean done;

  current_worker = self;
  self->element_index = &index;
  self->n_emitted = 0;
  pl_worker_count (&self->n_in);

  done = klass->process (self->stage, element, self, &error);
  if (!done)
    pl_worker_fail (self, error, NULL);

  self->element_index = NULL;
  current_worker = former;
  pl_element_clear (element);
  return done;
}

/* Has a stage without inputs put its next element. Returns FALSE at the end. */
gboolean
pl_worker_generate (PlWorker *self)
{
  static const PlIndex no_index = { 0 };
  PlStageClass *klass = PL_STAGE_GET_CLASS (self->stage);
  PlWorker *former = current_worker;
  GError *error = NULL;
  gboolean more;

  current_worker = self;
  self->element_index = &no_index;

  more = klass->generate (self->stage, self->state, self, &error);
  if (error != NULL)
    {
      g_autofree char *details = g_strdup_printf ("element %" G_GINT64_FORMAT, self->n_emitted);

      pl_worker_fail (self, error, details);
    }

  self->element_index = NULL;
  current_worker = former;
  return more;
}

static void
pl_worker_run_on_done (PlWorker *self, PlStageStatus *status)
{
  PlCallback *on_done = self->node->settings.on_done;
  PlWorker *former = current_worker;
  g_autoptr(GError) error = NULL;
  gboolean done;

  current_worker = self;
  if (on_done->closure != NULL)
    {
      GValue value = G_VALUE_INIT;

      g_value_init (&value, PL_TYPE_STAGE_STATUS);
      g_value_set_object (&value, status);
      done = pl_worker_invoke (self, on_done, &value, NULL, &error);
      g_value_unset (&value);
    }
  else
    {
      done = ((PlDoneFunc) on_done->func) (self, status, on_done->user_data, &error);
    }
  current_worker = former;

  if (!done)
    pl_worker_fail (self, g_steal_pointer (&error), "on_done");
}

/* Ends the worker, on its thread; one that never began is ended by whoever found that out. */
void
pl_worker_end (PlWorker *self)
{
  g_autoptr(PlStageStatus) status = NULL;

  if (self->has_ended)
    return;
  self->has_ended = TRUE;

  status = pl_node_deactivate_worker (self->node);
  if (self->has_started && self->node->settings.on_done != NULL)
    pl_worker_run_on_done (self, status);

  pl_worker_close_state (self);
  g_clear_pointer (&self->resources, g_hash_table_unref);
  pl_node_remove_worker (self->node);
}

/* Hands on what the operation made: moves @element, or leaves it to the caller and fails when the
 * run is cancelled. */
gboolean
pl_worker_put (PlWorker *self, PlElement *element, GError **error)
{
  if (!PL_WORKER_GET_CLASS (self)->put (self, element, error))
    return FALSE;

  pl_worker_count (&self->n_out);
  return TRUE;
}

/* Moves @value into a new element, behind those that have been made of the one at hand. */
gboolean
pl_worker_put_value (PlWorker *self, GValue *value, GError **error)
{
  static const GValue unset = G_VALUE_INIT;
  g_auto(PlElement) element = PL_ELEMENT_INIT;

  element.value = *value;
  *value = unset;
  pl_index_append (self->element_index, self->n_emitted++, &element.index);
  return pl_worker_put (self, &element, error);
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
 * Gets the worker's number among those of its stage.
 *
 * May be called from any thread. pypeln: `worker_info.index`
 *
 * Returns: a number from 0 to one less than the stage's workers; 0 in sync stages
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
 * pl_worker_get_cancellable:
 * @self: a worker
 *
 * Gets what fires when nobody wants the function's result any more, because the run has failed or
 * has been cancelled.
 *
 * A function that waits or works for long hands it on to what it calls, or looks at it now and
 * then: the end of the run waits for the function to return. What the function returns after it
 * has fired is thrown away.
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
 * pl_worker_get_element_index:
 * @self: a worker
 * @n_indices: (out): return location for the number of indices, which is 0 outside of a function
 *   that is called with an element
 *
 * Gets where the element that the worker has at hand comes from.
 *
 * Sources count their elements from 0. Maps and filters keep the index; each flat_map appends the
 * number of the element among those that it made of one. So most paths have one index, and have one
 * more for each flat_map on the way. pypeln: `element_index`
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

  *n_indices = self->element_index != NULL ? self->element_index->n : 0;
  return *n_indices > 0 ? pl_index_get_path (self->element_index) : NULL;
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
 * It is meant for [callback@Pl.StartFunc], and is called on the worker's thread. The copy is freed
 * there after [callback@Pl.DoneFunc]. pypeln: a key of the dict that `on_start` returns
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
  g_return_if_fail (self == current_worker);

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
 * It is called on the worker's thread.
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
  g_return_val_if_fail (self == current_worker, NULL);

  return self->resources != NULL ? g_hash_table_lookup (self->resources, name) : NULL;
}

/* Only inside of a function that makes elements of its own, and on its thread. */
static gboolean
pl_worker_may_emit (PlWorker *self)
{
  return self == current_worker && self->element_index != NULL &&
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
 * In thread stages it waits while the stage's output is full. It fails with
 * [error@Gio.IOErrorEnum.CANCELLED] when the run has failed or has been cancelled; the function
 * should then return with that error.
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
