/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-stage-private.h"

/* The functions that the workers of a stage begin and end with. */

static void
pl_stage_take_callback (PlCallback **place, PlCallback *callback)
{
  g_clear_pointer (place, pl_callback_unref);
  *place = callback;
}

/**
 * pl_stage_set_on_start:
 * @self: a stage
 * @func: (scope notified) (nullable) (closure user_data) (destroy notify): what each worker runs
 *   before its first element
 * @user_data: data for @func
 * @notify: (nullable): frees @user_data, when neither the stage nor a run needs it any more
 *
 * Sets what each worker runs before its first element, in runs that start from now on.
 *
 * Workers start for an empty source too. In a process stage it runs in the process, and so is set
 * on the stage that [func@Pl.Worker.register_map] and its like return. pypeln: `on_start`
 *
 * Since: 1.0
 */
void
pl_stage_set_on_start (PlStage *self,
                       PlStartFunc func,
                       gpointer user_data,
                       GDestroyNotify notify)
{
  g_return_if_fail (PL_IS_STAGE (self));

  pl_stage_take_callback (&self->settings.on_start,
                          func != NULL ? pl_callback_new (G_CALLBACK (func), user_data, notify)
                                       : NULL);
}

/**
 * pl_stage_set_on_start_with_closure: (rename-to pl_stage_set_on_start)
 * @self: a stage
 * @closure: (nullable): what each worker runs before its first element; it is called with the
 *   [class@Pl.Worker], and returns nothing
 *
 * Sets what each worker runs before its first element, in runs that start from now on.
 *
 * The closure keeps what the worker needs with [method@Pl.Worker.set_resource], and fails with
 * [method@Pl.Worker.set_error].
 *
 * Since: 1.0
 */
void
pl_stage_set_on_start_with_closure (PlStage *self, GClosure *closure)
{
  g_return_if_fail (PL_IS_STAGE (self));

  pl_stage_take_callback (&self->settings.on_start,
                          closure != NULL ? pl_callback_new_for_closure (closure) : NULL);
}

/**
 * pl_stage_set_on_done:
 * @self: a stage
 * @func: (scope notified) (nullable) (closure user_data) (destroy notify): what each worker runs
 *   after its last element
 * @user_data: data for @func
 * @notify: (nullable): frees @user_data, when neither the stage nor a run needs it any more
 *
 * Sets what each worker runs after its last element, in runs that start from now on.
 *
 * It runs in every worker whose start succeeded, also when the run fails or is cancelled. In a
 * process stage it runs in the process, and so is set on the stage that
 * [func@Pl.Worker.register_map] and its like return; a process that is killed runs none.
 * pypeln: `on_done`
 *
 * Since: 1.0
 */
void
pl_stage_set_on_done (PlStage *self,
                      PlDoneFunc func,
                      gpointer user_data,
                      GDestroyNotify notify)
{
  g_return_if_fail (PL_IS_STAGE (self));

  pl_stage_take_callback (&self->settings.on_done,
                          func != NULL ? pl_callback_new (G_CALLBACK (func), user_data, notify)
                                       : NULL);
}

/**
 * pl_stage_set_on_done_with_closure: (rename-to pl_stage_set_on_done)
 * @self: a stage
 * @closure: (nullable): what each worker runs after its last element; it is called with the
 *   [class@Pl.StageStatus], and returns nothing
 *
 * Sets what each worker runs after its last element, in runs that start from now on.
 *
 * Since: 1.0
 */
void
pl_stage_set_on_done_with_closure (PlStage *self, GClosure *closure)
{
  g_return_if_fail (PL_IS_STAGE (self));

  pl_stage_take_callback (&self->settings.on_done,
                          closure != NULL ? pl_callback_new_for_closure (closure) : NULL);
}

/**
 * pl_stage_set_on_start_task:
 * @self: a stage
 * @func: (scope notified) (nullable) (closure user_data) (destroy notify): what the worker runs
 *   before its first element
 * @user_data: data for @func
 * @notify: (nullable): frees @user_data, when neither the stage nor a run needs it any more
 *
 * Sets what the worker of a task stage runs before its first element, in runs that start from now
 * on, with a function that answers later.
 *
 * It takes the place of what [method@Pl.Stage.set_on_start] has set. No element begins before it
 * has answered. pypeln: an `async` function as `on_start`
 *
 * Since: 1.0
 */
void
pl_stage_set_on_start_task (PlStage *self,
                            PlTaskStartFunc func,
                            gpointer user_data,
                            GDestroyNotify notify)
{
  g_return_if_fail (PL_IS_STAGE (self));

  pl_stage_take_callback (&self->settings.on_start,
                          func != NULL
                            ? pl_callback_new_for_task (G_CALLBACK (func), user_data, notify)
                            : NULL);
}

/**
 * pl_stage_set_on_start_task_with_closure: (rename-to pl_stage_set_on_start_task)
 * @self: a stage
 * @closure: (nullable): what the worker runs before its first element; it is called with the
 *   [class@Pl.Worker] and a [class@Gio.Task], which it answers with TRUE
 *
 * Sets what the worker of a task stage runs before its first element, in runs that start from now
 * on, with a closure that answers later.
 *
 * Since: 1.0
 */
void
pl_stage_set_on_start_task_with_closure (PlStage *self, GClosure *closure)
{
  g_return_if_fail (PL_IS_STAGE (self));

  pl_stage_take_callback (&self->settings.on_start,
                          closure != NULL ? pl_callback_new_for_task_closure (closure) : NULL);
}

/**
 * pl_stage_set_on_done_task:
 * @self: a stage
 * @func: (scope notified) (nullable) (closure user_data) (destroy notify): what the worker runs
 *   after its last element
 * @user_data: data for @func
 * @notify: (nullable): frees @user_data, when neither the stage nor a run needs it any more
 *
 * Sets what the worker of a task stage runs after its last element, in runs that start from now on,
 * with a function that answers later.
 *
 * It takes the place of what [method@Pl.Stage.set_on_done] has set. The consumer sees the end when
 * it has answered; nothing cancels it. pypeln: an `async` function as `on_done`
 *
 * Since: 1.0
 */
void
pl_stage_set_on_done_task (PlStage *self,
                           PlTaskDoneFunc func,
                           gpointer user_data,
                           GDestroyNotify notify)
{
  g_return_if_fail (PL_IS_STAGE (self));

  pl_stage_take_callback (&self->settings.on_done,
                          func != NULL
                            ? pl_callback_new_for_task (G_CALLBACK (func), user_data, notify)
                            : NULL);
}

/**
 * pl_stage_set_on_done_task_with_closure: (rename-to pl_stage_set_on_done_task)
 * @self: a stage
 * @closure: (nullable): what the worker runs after its last element; it is called with the
 *   [class@Pl.StageStatus] and a [class@Gio.Task], which it answers with TRUE
 *
 * Sets what the worker of a task stage runs after its last element, in runs that start from now on,
 * with a closure that answers later.
 *
 * Since: 1.0
 */
void
pl_stage_set_on_done_task_with_closure (PlStage *self, GClosure *closure)
{
  g_return_if_fail (PL_IS_STAGE (self));

  pl_stage_take_callback (&self->settings.on_done,
                          closure != NULL ? pl_callback_new_for_task_closure (closure) : NULL);
}
