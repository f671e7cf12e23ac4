/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined (PYPELN_GLIB_INSIDE) && !defined (PL_COMPILATION)
#error "Only <pypeln-glib/pypeln-glib.h> can be included directly."
#endif

#include <pypeln-glib/pl-stage.h>
#include <pypeln-glib/stages/pl-each.h>
#include <pypeln-glib/stages/pl-filter.h>
#include <pypeln-glib/stages/pl-flat-map.h>
#include <pypeln-glib/stages/pl-map.h>

G_BEGIN_DECLS

/**
 * PlTaskFunc:
 * @element: the element; it belongs to the caller, and stays until the task is answered
 * @task: (transfer none): what the function answers; it keeps a reference until it has
 * @worker: (transfer none): the worker that runs the function, one for the whole stage
 * @user_data: what was given with the function
 *
 * Begins what a task stage does with an element, and answers now or later, from any thread.
 *
 * It runs on the run's main context, and must not block that: it starts something asynchronous, and
 * answers when that is done. A map answers with g_task_return_value(), a filter with
 * g_task_return_boolean(), TRUE to keep the element; an each, and a flat_map when it has emitted
 * all with [func@Pl.task_emit], with g_task_return_boolean() and TRUE. All answer with
 * g_task_return_error() if they fail.
 *
 * [method@Gio.Task.get_cancellable] fires when nobody waits for the answer any more: the element
 * has timed out, or the run has ended. The function hands it on to what it calls, and still
 * answers; that answer is ignored. A function that lets go of @task without having answered has
 * failed with %PL_ERROR_UNANSWERED.
 *
 * [func@Pl.task_get_worker] gets @worker of @task later.
 *
 * Since: 1.0
 */
typedef void (*PlTaskFunc) (const GValue *element,
                            GTask *task,
                            PlWorker *worker,
                            gpointer user_data);

PL_AVAILABLE_IN_1_0
PlStage *pl_task_map (PlStage *input,
                        PlTaskFunc func,
                        gpointer user_data,
                        GDestroyNotify notify);

PL_AVAILABLE_IN_1_0
PlStage *pl_task_map_with_closure (PlStage *input,
                                     GClosure *closure);

PL_AVAILABLE_IN_1_0
PlStage *pl_task_filter (PlStage *input,
                           PlTaskFunc func,
                           gpointer user_data,
                           GDestroyNotify notify);

PL_AVAILABLE_IN_1_0
PlStage *pl_task_filter_with_closure (PlStage *input,
                                        GClosure *closure);

PL_AVAILABLE_IN_1_0
PlStage *pl_task_each (PlStage *input,
                         PlTaskFunc func,
                         gpointer user_data,
                         GDestroyNotify notify);

PL_AVAILABLE_IN_1_0
PlStage *pl_task_each_with_closure (PlStage *input,
                                      GClosure *closure);

PL_AVAILABLE_IN_1_0
PlStage *pl_task_flat_map (PlStage *input,
                             PlTaskFunc func,
                             gpointer user_data,
                             GDestroyNotify notify);

PL_AVAILABLE_IN_1_0
PlStage *pl_task_flat_map_with_closure (PlStage *input,
                                          GClosure *closure);

PL_AVAILABLE_IN_1_0
PlStage *pl_task_concat (PlStage **inputs,
                           gsize n_inputs);

PL_AVAILABLE_IN_1_0
PlStage *pl_task_ordered (PlStage *input);

PL_AVAILABLE_IN_1_0
gboolean pl_task_emit (GTask *task,
                       const GValue *value);

PL_AVAILABLE_IN_1_0
void pl_task_return_exception (GTask *task,
                               const GValue *exception,
                               const char *message);

PL_AVAILABLE_IN_1_0
PlWorker *pl_task_get_worker (GTask *task);

G_END_DECLS
