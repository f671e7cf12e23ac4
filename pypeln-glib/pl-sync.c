/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-sync.h"

#include "pl-callback-private.h"
#include "pl-stage-private.h"
#include "stages/pl-concat-private.h"
#include "stages/pl-map-private.h"
#include "stages/pl-ordered.h"

/* The constructors of sync stages: pypeln's `pl.sync`. */

/**
 * pl_sync_map:
 * @input: the stage to take elements from
 * @func: (scope notified) (closure user_data) (destroy notify): makes the result of an element
 * @user_data: data for @func
 * @notify: (nullable): frees @user_data, when neither the stage nor a run needs it any more
 *
 * Creates a stage that makes one element of each with a function. It runs inside of whoever takes
 * elements from the stage, one element after the other. pypeln: `pl.sync.map`
 *
 * Returns: (transfer full): the stage
 *
 * Since: 1.0
 */
PlStage *
pl_sync_map (PlStage *input,
             PlMapFunc func,
             gpointer user_data,
             GDestroyNotify notify)
{
  g_return_val_if_fail (PL_IS_STAGE (input), NULL);
  g_return_val_if_fail (func != NULL, NULL);

  return pl_map_new (PL_WORKER_KIND_SYNC, input,
                     pl_callback_new (G_CALLBACK (func), user_data, notify), G_TYPE_NONE);
}

/**
 * pl_sync_map_with_closure: (rename-to pl_sync_map)
 * @input: the stage to take elements from
 * @closure: makes the result of an element; it is called with the element, and returns the result
 * @result_type: the type of the results; with G_TYPE_NONE the closure initialises its return value,
 *   as that of a language binding may do
 *
 * Creates a stage that makes one element of each with a closure. It runs inside of whoever takes
 * elements from the stage, one element after the other.
 *
 * The closure fails with [method@Pl.Worker.set_error] on [func@Pl.Worker.get_current].
 *
 * Returns: (transfer full): the stage
 *
 * Since: 1.0
 */
PlStage *
pl_sync_map_with_closure (PlStage *input,
                          GClosure *closure,
                          GType result_type)
{
  g_return_val_if_fail (PL_IS_STAGE (input), NULL);
  g_return_val_if_fail (closure != NULL, NULL);
  g_return_val_if_fail (result_type == G_TYPE_NONE || G_TYPE_IS_VALUE (result_type), NULL);

  return pl_map_new (PL_WORKER_KIND_SYNC, input, pl_callback_new_for_closure (closure),
                     result_type);
}

/**
 * pl_sync_filter:
 * @input: the stage to take elements from
 * @func: (scope notified) (closure user_data) (destroy notify): decides whether an element is kept
 * @user_data: data for @func
 * @notify: (nullable): frees @user_data, when neither the stage nor a run needs it any more
 *
 * Creates a stage that passes on the elements that a function says are to be kept. It runs inside
 * of whoever takes elements from the stage, one element after the other. pypeln: `pl.sync.filter`
 *
 * Returns: (transfer full): the stage
 *
 * Since: 1.0
 */
PlStage *
pl_sync_filter (PlStage *input,
                PlFilterFunc func,
                gpointer user_data,
                GDestroyNotify notify)
{
  g_return_val_if_fail (PL_IS_STAGE (input), NULL);
  g_return_val_if_fail (func != NULL, NULL);

  return pl_stage_new (PL_TYPE_FILTER, PL_WORKER_KIND_SYNC, input,
                       pl_callback_new (G_CALLBACK (func), user_data, notify));
}

/**
 * pl_sync_filter_with_closure: (rename-to pl_sync_filter)
 * @input: the stage to take elements from
 * @closure: decides whether an element is kept; it is called with the element, and returns a
 *   boolean
 *
 * Creates a stage that passes on the elements that a closure says are to be kept. It runs inside of
 * whoever takes elements from the stage, one element after the other.
 *
 * The closure fails with [method@Pl.Worker.set_error] on [func@Pl.Worker.get_current].
 *
 * Returns: (transfer full): the stage
 *
 * Since: 1.0
 */
PlStage *
pl_sync_filter_with_closure (PlStage *input,
                             GClosure *closure)
{
  g_return_val_if_fail (PL_IS_STAGE (input), NULL);
  g_return_val_if_fail (closure != NULL, NULL);

  return pl_stage_new (PL_TYPE_FILTER, PL_WORKER_KIND_SYNC, input,
                       pl_callback_new_for_closure (closure));
}

/**
 * pl_sync_each:
 * @input: the stage to take elements from
 * @func: (scope notified) (closure user_data) (destroy notify): does something with an element
 * @user_data: data for @func
 * @notify: (nullable): frees @user_data, when neither the stage nor a run needs it any more
 *
 * Creates a stage that calls a function with each element and passes none on. It runs inside of
 * whoever takes elements from the stage, one element after the other. pypeln: `pl.sync.each`
 *
 * Returns: (transfer full): the stage
 *
 * Since: 1.0
 */
PlStage *
pl_sync_each (PlStage *input,
              PlEachFunc func,
              gpointer user_data,
              GDestroyNotify notify)
{
  g_return_val_if_fail (PL_IS_STAGE (input), NULL);
  g_return_val_if_fail (func != NULL, NULL);

  return pl_stage_new (PL_TYPE_EACH, PL_WORKER_KIND_SYNC, input,
                       pl_callback_new (G_CALLBACK (func), user_data, notify));
}

/**
 * pl_sync_each_with_closure: (rename-to pl_sync_each)
 * @input: the stage to take elements from
 * @closure: does something with an element; it is called with the element, and returns nothing
 *
 * Creates a stage that calls a closure with each element and passes none on. It runs inside of
 * whoever takes elements from the stage, one element after the other.
 *
 * The closure fails with [method@Pl.Worker.set_error] on [func@Pl.Worker.get_current].
 *
 * Returns: (transfer full): the stage
 *
 * Since: 1.0
 */
PlStage *
pl_sync_each_with_closure (PlStage *input,
                           GClosure *closure)
{
  g_return_val_if_fail (PL_IS_STAGE (input), NULL);
  g_return_val_if_fail (closure != NULL, NULL);

  return pl_stage_new (PL_TYPE_EACH, PL_WORKER_KIND_SYNC, input,
                       pl_callback_new_for_closure (closure));
}

/**
 * pl_sync_flat_map:
 * @input: the stage to take elements from
 * @func: (scope notified) (closure user_data) (destroy notify): emits what it makes of an element
 * @user_data: data for @func
 * @notify: (nullable): frees @user_data, when neither the stage nor a run needs it any more
 *
 * Creates a stage that makes none, one or many elements of each with a function. It runs inside of
 * whoever takes elements from the stage, one element after the other. pypeln: `pl.sync.flat_map`
 *
 * Returns: (transfer full): the stage
 *
 * Since: 1.0
 */
PlStage *
pl_sync_flat_map (PlStage *input,
                  PlFlatMapFunc func,
                  gpointer user_data,
                  GDestroyNotify notify)
{
  g_return_val_if_fail (PL_IS_STAGE (input), NULL);
  g_return_val_if_fail (func != NULL, NULL);

  return pl_stage_new (PL_TYPE_FLAT_MAP, PL_WORKER_KIND_SYNC, input,
                       pl_callback_new (G_CALLBACK (func), user_data, notify));
}

/**
 * pl_sync_flat_map_with_closure: (rename-to pl_sync_flat_map)
 * @input: the stage to take elements from
 * @closure: emits what it makes of an element, with [method@Pl.Worker.emit] on
 *   [func@Pl.Worker.get_current]; it is called with the element, and returns nothing
 *
 * Creates a stage that makes none, one or many elements of each with a closure. It runs inside of
 * whoever takes elements from the stage, one element after the other.
 *
 * The closure fails with [method@Pl.Worker.set_error] on [func@Pl.Worker.get_current].
 *
 * Returns: (transfer full): the stage
 *
 * Since: 1.0
 */
PlStage *
pl_sync_flat_map_with_closure (PlStage *input,
                               GClosure *closure)
{
  g_return_val_if_fail (PL_IS_STAGE (input), NULL);
  g_return_val_if_fail (closure != NULL, NULL);

  return pl_stage_new (PL_TYPE_FLAT_MAP, PL_WORKER_KIND_SYNC, input,
                       pl_callback_new_for_closure (closure));
}

/**
 * pl_sync_concat:
 * @inputs: (array length=n_inputs): the stages to take elements from
 * @n_inputs: the number of stages
 *
 * Creates a stage that passes on the elements of several stages, one of each in turn.
 *
 * An input that has threads and nothing to give at the moment is passed over. One that is a sync
 * stage runs until it gives something, and keeps the others waiting for so long. pypeln:
 * `pl.sync.concat`
 *
 * Returns: (transfer full): the stage
 *
 * Since: 1.0
 */
PlStage *
pl_sync_concat (PlStage **inputs, gsize n_inputs)
{
  g_return_val_if_fail (inputs != NULL || n_inputs == 0, NULL);

  for (gsize i = 0; i < n_inputs; i++)
    g_return_val_if_fail (PL_IS_STAGE (inputs[i]), NULL);

  return pl_concat_new (PL_WORKER_KIND_SYNC, inputs, n_inputs);
}

/**
 * pl_sync_ordered:
 * @input: the stage to take elements from
 *
 * Creates a stage that puts elements back into the order of their indices, see [class@Pl.Ordered].
 * The elements are taken and put into order inside of whoever takes from this stage. pypeln:
 * `pl.sync.ordered`
 *
 * Returns: (transfer full): the stage
 *
 * Since: 1.0
 */
PlStage *
pl_sync_ordered (PlStage *input)
{
  g_return_val_if_fail (PL_IS_STAGE (input), NULL);

  return pl_stage_new (PL_TYPE_ORDERED, PL_WORKER_KIND_SYNC, input, NULL);
}
