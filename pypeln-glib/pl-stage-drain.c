/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-stage-private.h"

#include "pl-iterator-private.h"
#include "pl-list-model-private.h"
#include "pl-thread.h"

/* Whole runs: what PlStage offers to those who do not care for single elements. */

/* Enough to make the cost of a call small, few enough for a main context to go on. */
#define VALUES_PER_CALL 64

static GArray *
pl_stage_new_array (void)
{
  GArray *array = g_array_new (FALSE, FALSE, sizeof (GValue));

  g_array_set_clear_func (array, (GDestroyNotify) g_value_unset);
  return array;
}

/* Moves what the iterator took last to @array, or drops it if that is NULL. */
static void
pl_stage_move_values (PlIterator *iterator, GArray *array)
{
  GArray *values = pl_iterator_get_values (iterator);

  if (array == NULL)
    {
      g_array_set_size (values, 0);
      return;
    }

  g_array_append_vals (array, values->data, values->len);
  memset (values->data, 0, values->len * sizeof (GValue));
  g_array_set_size (values, 0);
}

static gboolean
pl_stage_drain (PlStage *self, GArray *array, GCancellable *cancellable, GError **error)
{
  g_autoptr(PlIterator) iterator = pl_stage_iterate (self);
  g_autoptr(GError) local_error = NULL;
  guint n_values;

  while (pl_iterator_next_values (iterator, VALUES_PER_CALL, &n_values, cancellable, &local_error))
    pl_stage_move_values (iterator, array);

  if (local_error == NULL)
    return TRUE;

  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

static void
pl_stage_drain_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  PlIterator *iterator = PL_ITERATOR (object);
  g_autoptr(GTask) task = user_data;
  GCancellable *cancellable = g_task_get_cancellable (task);
  GArray *array = g_task_get_task_data (task);
  GError *error = NULL;
  guint n_values;

  if (pl_iterator_next_values_finish (iterator, result, &n_values, &error) != NULL)
    {
      pl_stage_move_values (iterator, array);
      pl_iterator_next_values_async (iterator, VALUES_PER_CALL, cancellable,
                                     pl_stage_drain_cb, g_steal_pointer (&task));
      return;
    }

  if (error != NULL)
    g_task_return_error (task, error);
  else if (array != NULL)
    g_task_return_pointer (task, g_array_ref (array), (GDestroyNotify) g_array_unref);
  else
    g_task_return_boolean (task, TRUE);
}

/* Takes @array. */
static void
pl_stage_drain_async (PlStage *self, GArray *array, GTask *task)
{
  g_autoptr(PlIterator) iterator = pl_stage_iterate (self);

  g_task_set_check_cancellable (task, FALSE);
  if (array != NULL)
    g_task_set_task_data (task, array, (GDestroyNotify) g_array_unref);

  pl_iterator_next_values_async (iterator, VALUES_PER_CALL, g_task_get_cancellable (task),
                                 pl_stage_drain_cb, task);
}

/**
 * pl_stage_run:
 * @self: a stage
 * @cancellable: (nullable): a cancellable that cancels the run
 * @error: (nullable): return location for a [type@GLib.Error]
 *
 * Runs the pipeline that ends in @self, drops its elements, and waits for the end.
 *
 * It fails as [method@Pl.Iterator.next] does. pypeln: `run (stage)`
 *
 * Returns: TRUE, or FALSE with @error set if the run has failed
 *
 * Since: 1.0
 */
gboolean
pl_stage_run (PlStage *self, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (PL_IS_STAGE (self), FALSE);
  g_return_val_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return pl_stage_drain (self, NULL, cancellable, error);
}

/**
 * pl_stage_run_async:
 * @self: a stage
 * @cancellable: (nullable): a cancellable that cancels the run
 * @callback: (scope async) (closure user_data): called when the run has ended
 * @user_data: data for @callback
 *
 * Runs the pipeline that ends in @self, drops its elements, and does not wait.
 *
 * @callback is called on the thread-default main context of the caller. See
 * [method@Pl.Iterator.next_async] for where sync stages run. pypeln: `await stage`
 *
 * Since: 1.0
 */
void
pl_stage_run_async (PlStage *self,
                    GCancellable *cancellable,
                    GAsyncReadyCallback callback,
                    gpointer user_data)
{
  GTask *task;

  g_return_if_fail (PL_IS_STAGE (self));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, PL_SOURCE_TAG (pl_stage_run_async));
  pl_stage_drain_async (self, NULL, task);
}

/**
 * pl_stage_run_finish:
 * @self: a stage
 * @result: what the callback was given
 * @error: (nullable): return location for a [type@GLib.Error]
 *
 * Ends what [method@Pl.Stage.run_async] began.
 *
 * Returns: TRUE, or FALSE with @error set if the run has failed
 *
 * Since: 1.0
 */
gboolean
pl_stage_run_finish (PlStage *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (PL_IS_STAGE (self), FALSE);
  g_return_val_if_fail (pl_is_result_of (result, self, pl_stage_run_async), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * pl_stage_collect:
 * @self: a stage
 * @cancellable: (nullable): a cancellable that cancels the run
 * @error: (nullable): return location for a [type@GLib.Error]
 *
 * Runs the pipeline that ends in @self, and waits for all its elements.
 *
 * It fails as [method@Pl.Iterator.next] does. pypeln: `list (stage)`
 *
 * Returns: (transfer full) (element-type GValue) (nullable): the elements, or NULL with @error set
 *   if the run has failed
 *
 * Since: 1.0
 */
GArray *
pl_stage_collect (PlStage *self, GCancellable *cancellable, GError **error)
{
  g_autoptr(GArray) array = NULL;

  g_return_val_if_fail (PL_IS_STAGE (self), NULL);
  g_return_val_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  array = pl_stage_new_array ();
  if (!pl_stage_drain (self, array, cancellable, error))
    return NULL;
  return g_steal_pointer (&array);
}

/**
 * pl_stage_collect_async:
 * @self: a stage
 * @cancellable: (nullable): a cancellable that cancels the run
 * @callback: (scope async) (closure user_data): called when the run has ended
 * @user_data: data for @callback
 *
 * Runs the pipeline that ends in @self, gathers all its elements, and does not wait.
 *
 * @callback is called on the thread-default main context of the caller. See
 * [method@Pl.Iterator.next_async] for where sync stages run. pypeln: `await stage`
 *
 * Since: 1.0
 */
void
pl_stage_collect_async (PlStage *self,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data)
{
  GTask *task;

  g_return_if_fail (PL_IS_STAGE (self));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, PL_SOURCE_TAG (pl_stage_collect_async));
  pl_stage_drain_async (self, pl_stage_new_array (), task);
}

/**
 * pl_stage_collect_finish:
 * @self: a stage
 * @result: what the callback was given
 * @error: (nullable): return location for a [type@GLib.Error]
 *
 * Ends what [method@Pl.Stage.collect_async] began.
 *
 * Returns: (transfer full) (element-type GValue) (nullable): the elements, or NULL with @error set
 *   if the run has failed
 *
 * Since: 1.0
 */
GArray *
pl_stage_collect_finish (PlStage *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (PL_IS_STAGE (self), NULL);
  g_return_val_if_fail (pl_is_result_of (result, self, pl_stage_collect_async), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * pl_stage_to_list_model:
 * @self: a stage
 *
 * Starts a run of the pipeline that ends in @self, and makes a list that fills while it goes on.
 *
 * The list fills on the thread-default main context of the caller, in batches that leave the main
 * loop time to draw; [class@Pl.ListModel] tells more, and has properties for whether the run goes
 * on and what it has failed with. What is wrong with the pipeline is told there too. Dropping the
 * list cancels the run.
 *
 * Returns: (transfer full): the list, a [class@Pl.ListModel]
 *
 * Since: 1.0
 */
GListModel *
pl_stage_to_list_model (PlStage *self)
{
  g_return_val_if_fail (PL_IS_STAGE (self), NULL);

  return G_LIST_MODEL (pl_list_model_new (self, self->settings.maxsize));
}

/**
 * pl_run:
 * @stages: (array length=n_stages) (nullable): the stages
 * @n_stages: the number of stages, which may be 0
 * @cancellable: (nullable): a cancellable that cancels the run
 * @error: (nullable): return location for a [type@GLib.Error]
 *
 * Runs several stages together, drops their elements, and waits for the end of all.
 *
 * They are one run: a stage that several of them take from runs once, and an error of one ends all.
 * Sync stages have a thread each. pypeln: `run (*stages)`
 *
 * Returns: TRUE, or FALSE with @error set if the run has failed
 *
 * Since: 1.0
 */
gboolean
pl_run (PlStage **stages, gsize n_stages, GCancellable *cancellable, GError **error)
{
  g_autoptr(PlStage) all = NULL;

  g_return_val_if_fail (stages != NULL || n_stages == 0, FALSE);
  g_return_val_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  for (gsize i = 0; i < n_stages; i++)
    g_return_val_if_fail (PL_IS_STAGE (stages[i]), FALSE);

  if (n_stages == 0)
    return !g_cancellable_set_error_if_cancelled (cancellable, error);

  all = n_stages == 1 ? g_object_ref (stages[0]) : pl_thread_concat (stages, n_stages);
  return pl_stage_drain (all, NULL, cancellable, error);
}
