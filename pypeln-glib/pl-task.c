/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-task.h"

#include "pl-callback-private.h"
#include "pl-stage-private.h"
#include "stages/pl-concat-private.h"
#include "stages/pl-ordered.h"

/* The constructors of task stages: pypeln's `pl.task`. */

/**
 * pl_task_map:
 * @input: the stage to take elements from
 * @func: (scope notified) (closure user_data) (destroy notify): begins what makes the result of
 *   an element
 * @user_data: data for @func
 * @notify: (nullable): frees @user_data, when neither the stage, a run, nor a task needs it any
 *   more
 *
 * Creates a stage that makes one element of each, with a function that answers with the result, now
 * or later. As many elements as [property@Pl.Stage:workers] says are under way at once, without
 * threads; 0 is as many as there are. pypeln: `pl.task.map`
 *
 * Returns: (transfer full): the stage
 *
 * Since: 1.0
 */
PlStage *
pl_task_map (PlStage *input,
             PlTaskFunc func,
             gpointer user_data,
             GDestroyNotify notify)
{
  g_return_val_if_fail (PL_IS_STAGE (input), NULL);
  g_return_val_if_fail (func != NULL, NULL);

  return pl_stage_new (PL_TYPE_MAP, PL_WORKER_KIND_TASK, input,
                       pl_callback_new_for_task (G_CALLBACK (func), user_data, notify));
}

/**
 * pl_task_map_with_closure: (rename-to pl_task_map)
 * @input: the stage to take elements from
 * @closure: begins what makes the result of an element; it is called with the element and a
 *   [class@Gio.Task], and returns nothing
 *
 * Creates a stage that makes one element of each, with a closure that answers with the result, now
 * or later. As many elements as [property@Pl.Stage:workers] says are under way at once, without
 * threads; 0 is as many as there are.
 *
 * What the closure is called with it may keep; the task it has to, until it answers. It fails with
 * g_task_return_error(), or, before it returns, with [method@Pl.Worker.set_error] on
 * [func@Pl.Worker.get_current].
 *
 * Returns: (transfer full): the stage
 *
 * Since: 1.0
 */
PlStage *
pl_task_map_with_closure (PlStage *input,
                          GClosure *closure)
{
  g_return_val_if_fail (PL_IS_STAGE (input), NULL);
  g_return_val_if_fail (closure != NULL, NULL);

  return pl_stage_new (PL_TYPE_MAP, PL_WORKER_KIND_TASK, input,
                       pl_callback_new_for_task_closure (closure));
}

/**
 * pl_task_filter:
 * @input: the stage to take elements from
 * @func: (scope notified) (closure user_data) (destroy notify): begins what decides whether an
 *   element is kept
 * @user_data: data for @func
 * @notify: (nullable): frees @user_data, when neither the stage, a run, nor a task needs it any
 *   more
 *
 * Creates a stage that passes on the elements that a function says are to be kept, with a function
 * that answers with a boolean, TRUE to keep the element, now or later. As many elements as
 * [property@Pl.Stage:workers] says are under way at once, without threads; 0 is as many as there
 * are. pypeln: `pl.task.filter`
 *
 * Returns: (transfer full): the stage
 *
 * Since: 1.0
 */
PlStage *
pl_task_filter (PlStage *input,
                PlTaskFunc func,
                gpointer user_data,
                GDestroyNotify notify)
{
  g_return_val_if_fail (PL_IS_STAGE (input), NULL);
  g_return_val_if_fail (func != NULL, NULL);

  return pl_stage_new (PL_TYPE_FILTER, PL_WORKER_KIND_TASK, input,
                       pl_callback_new_for_task (G_CALLBACK (func), user_data, notify));
}

/**
 * pl_task_filter_with_closure: (rename-to pl_task_filter)
 * @input: the stage to take elements from
 * @closure: begins what decides whether an element is kept; it is called with the element and a
 *   [class@Gio.Task], and returns nothing
 *
 * Creates a stage that passes on the elements that a closure says are to be kept, with a closure
 * that answers with a boolean, TRUE to keep the element, now or later. As many elements as
 * [property@Pl.Stage:workers] says are under way at once, without threads; 0 is as many as there
 * are.
 *
 * What the closure is called with it may keep; the task it has to, until it answers. It fails with
 * g_task_return_error(), or, before it returns, with [method@Pl.Worker.set_error] on
 * [func@Pl.Worker.get_current].
 *
 * Returns: (transfer full): the stage
 *
 * Since: 1.0
 */
PlStage *
pl_task_filter_with_closure (PlStage *input,
                             GClosure *closure)
{
  g_return_val_if_fail (PL_IS_STAGE (input), NULL);
  g_return_val_if_fail (closure != NULL, NULL);

  return pl_stage_new (PL_TYPE_FILTER, PL_WORKER_KIND_TASK, input,
                       pl_callback_new_for_task_closure (closure));
}

/**
 * pl_task_each:
 * @input: the stage to take elements from
 * @func: (scope notified) (closure user_data) (destroy notify): begins what is to be done with an
 *   element
 * @user_data: data for @func
 * @notify: (nullable): frees @user_data, when neither the stage, a run, nor a task needs it any
 *   more
 *
 * Creates a stage that does something with each element and passes none on, with a function that
 * answers with TRUE, now or later. As many elements as [property@Pl.Stage:workers] says are under
 * way at once, without threads; 0 is as many as there are. pypeln: `pl.task.each`
 *
 * Returns: (transfer full): the stage
 *
 * Since: 1.0
 */
PlStage *
pl_task_each (PlStage *input,
              PlTaskFunc func,
              gpointer user_data,
              GDestroyNotify notify)
{
  g_return_val_if_fail (PL_IS_STAGE (input), NULL);
  g_return_val_if_fail (func != NULL, NULL);

  return pl_stage_new (PL_TYPE_EACH, PL_WORKER_KIND_TASK, input,
                       pl_callback_new_for_task (G_CALLBACK (func), user_data, notify));
}

/**
 * pl_task_each_with_closure: (rename-to pl_task_each)
 * @input: the stage to take elements from
 * @closure: begins what is to be done with an element; it is called with the element and a
 *   [class@Gio.Task], and returns nothing
 *
 * Creates a stage that does something with each element and passes none on, with a closure that
 * answers with TRUE, now or later. As many elements as [property@Pl.Stage:workers] says are under
 * way at once, without threads; 0 is as many as there are.
 *
 * What the closure is called with it may keep; the task it has to, until it answers. It fails with
 * g_task_return_error(), or, before it returns, with [method@Pl.Worker.set_error] on
 * [func@Pl.Worker.get_current].
 *
 * Returns: (transfer full): the stage
 *
 * Since: 1.0
 */
PlStage *
pl_task_each_with_closure (PlStage *input,
                           GClosure *closure)
{
  g_return_val_if_fail (PL_IS_STAGE (input), NULL);
  g_return_val_if_fail (closure != NULL, NULL);

  return pl_stage_new (PL_TYPE_EACH, PL_WORKER_KIND_TASK, input,
                       pl_callback_new_for_task_closure (closure));
}

/**
 * pl_task_flat_map:
 * @input: the stage to take elements from
 * @func: (scope notified) (closure user_data) (destroy notify): begins what makes elements of an
 *   element, and emits them with [func@Pl.task_emit]
 * @user_data: data for @func
 * @notify: (nullable): frees @user_data, when neither the stage, a run, nor a task needs it any
 *   more
 *
 * Creates a stage that makes none, one or many elements of each, with a function that answers with
 * TRUE when it has emitted all, now or later. As many elements as [property@Pl.Stage:workers] says
 * are under way at once, without threads; 0 is as many as there are. pypeln: `pl.task.flat_map`
 *
 * Returns: (transfer full): the stage
 *
 * Since: 1.0
 */
PlStage *
pl_task_flat_map (PlStage *input,
                  PlTaskFunc func,
                  gpointer user_data,
                  GDestroyNotify notify)
{
  g_return_val_if_fail (PL_IS_STAGE (input), NULL);
  g_return_val_if_fail (func != NULL, NULL);

  return pl_stage_new (PL_TYPE_FLAT_MAP, PL_WORKER_KIND_TASK, input,
                       pl_callback_new_for_task (G_CALLBACK (func), user_data, notify));
}

/**
 * pl_task_flat_map_with_closure: (rename-to pl_task_flat_map)
 * @input: the stage to take elements from
 * @closure: begins what makes elements of an element, and emits them with [func@Pl.task_emit]; it
 *   is called with the element and a [class@Gio.Task], and returns nothing
 *
 * Creates a stage that makes none, one or many elements of each, with a closure that answers with
 * TRUE when it has emitted all, now or later. As many elements as [property@Pl.Stage:workers] says
 * are under way at once, without threads; 0 is as many as there are.
 *
 * What the closure is called with it may keep; the task it has to, until it answers. It fails with
 * g_task_return_error(), or, before it returns, with [method@Pl.Worker.set_error] on
 * [func@Pl.Worker.get_current].
 *
 * Returns: (transfer full): the stage
 *
 * Since: 1.0
 */
PlStage *
pl_task_flat_map_with_closure (PlStage *input,
                               GClosure *closure)
{
  g_return_val_if_fail (PL_IS_STAGE (input), NULL);
  g_return_val_if_fail (closure != NULL, NULL);

  return pl_stage_new (PL_TYPE_FLAT_MAP, PL_WORKER_KIND_TASK, input,
                       pl_callback_new_for_task_closure (closure));
}

/**
 * pl_task_concat:
 * @inputs: (array length=n_inputs): the stages to take elements from
 * @n_inputs: the number of stages
 *
 * Creates a stage that passes on the elements of several stages, as they come, on the run's main
 * context. Of sync inputs it takes one each in turn. pypeln: `pl.task.concat`
 *
 * Returns: (transfer full): the stage
 *
 * Since: 1.0
 */
PlStage *
pl_task_concat (PlStage **inputs, gsize n_inputs)
{
  g_return_val_if_fail (inputs != NULL || n_inputs == 0, NULL);

  for (gsize i = 0; i < n_inputs; i++)
    g_return_val_if_fail (PL_IS_STAGE (inputs[i]), NULL);

  return pl_concat_new (PL_WORKER_KIND_TASK, inputs, n_inputs);
}

/**
 * pl_task_ordered:
 * @input: the stage to take elements from
 *
 * Creates a stage that puts elements back into the order of their indices, see [class@Pl.Ordered].
 * It runs on the run's main context. pypeln: `pl.task.ordered`
 *
 * Returns: (transfer full): the stage
 *
 * Since: 1.0
 */
PlStage *
pl_task_ordered (PlStage *input)
{
  g_return_val_if_fail (PL_IS_STAGE (input), NULL);

  return pl_stage_new (PL_TYPE_ORDERED, PL_WORKER_KIND_TASK, input, NULL);
}
