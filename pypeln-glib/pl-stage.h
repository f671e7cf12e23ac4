/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined (PYPELN_GLIB_INSIDE) && !defined (PL_COMPILATION)
#error "Only <pypeln-glib/pypeln-glib.h> can be included directly."
#endif

#include <pypeln-glib/pl-enums.h>
#include <pypeln-glib/pl-types.h>

G_BEGIN_DECLS

/**
 * PlStartFunc:
 * @worker: (transfer none): the worker that starts
 * @user_data: what was given with the function
 * @error: (nullable): return location for a [type@GLib.Error]
 *
 * Runs once in each worker before its first element, on that worker's thread; in a task stage on
 * the run's main context, where [callback@Pl.TaskStartFunc] may answer later.
 *
 * It makes what the worker needs (a connection, a buffer, a parser) and leaves it with
 * [method@Pl.Worker.set_resource]. pypeln: `on_start`
 *
 * Returns: TRUE, or FALSE with @error set, which ends the run
 *
 * Since: 1.0
 */
typedef gboolean (*PlStartFunc) (PlWorker *worker,
                                 gpointer user_data,
                                 GError **error);

/**
 * PlDoneFunc:
 * @worker: (transfer none): the worker that ends
 * @status: (transfer none): the stage's figures, from when this worker had left its active ones
 * @user_data: what was given with the function
 * @error: (nullable): return location for a [type@GLib.Error]
 *
 * Runs once in each worker whose start succeeded after its last element, on that worker's thread,
 * also when the run ends by an error or is cancelled. In a task stage it runs on the run's main
 * context, where [callback@Pl.TaskDoneFunc] may answer later.
 *
 * Whatever it does has been done when the consumer sees the end. pypeln: `on_done`
 *
 * Returns: TRUE, or FALSE with @error set, which becomes the run's error unless there is one
 *   already
 *
 * Since: 1.0
 */
typedef gboolean (*PlDoneFunc) (PlWorker *worker,
                                PlStageStatus *status,
                                gpointer user_data,
                                GError **error);

/**
 * PlTaskStartFunc:
 * @task: (transfer none): what the function answers; it keeps a reference until it has
 * @worker: (transfer none): the worker that starts
 * @user_data: what was given with the function
 *
 * Runs once in a task stage before its first element, on the run's main context, and answers now or
 * later, from any thread.
 *
 * It answers with g_task_return_boolean(), TRUE, or with g_task_return_error(), which ends the run.
 * What it makes for the stage's functions it leaves with [method@Pl.Worker.set_resource], on the
 * context. [method@Gio.Task.get_cancellable] fires when the run is cancelled; the end of the run
 * waits for the answer. pypeln: an `async` function as `on_start`
 *
 * Since: 1.0
 */
typedef void (*PlTaskStartFunc) (GTask *task,
                                 PlWorker *worker,
                                 gpointer user_data);

/**
 * PlTaskDoneFunc:
 * @status: (transfer none): the stage's figures, from when the worker had left its active ones
 * @task: (transfer none): what the function answers; it keeps a reference until it has
 * @worker: (transfer none): the worker that ends
 * @user_data: what was given with the function
 *
 * Runs once in a task stage whose start succeeded after its last element, on the run's main
 * context, also when the run ends by an error or is cancelled; answers now or later, from any
 * thread.
 *
 * It answers with g_task_return_boolean(), TRUE, or with g_task_return_error(), which is the error
 * of the run if there is none yet. The resources stay until it has answered, and so does the run.
 * pypeln: an `async` function as `on_done`
 *
 * Since: 1.0
 */
typedef void (*PlTaskDoneFunc) (PlStageStatus *status,
                                GTask *task,
                                PlWorker *worker,
                                gpointer user_data);

#define PL_TYPE_STAGE (pl_stage_get_type ())
PL_DECLARE_INTERNAL_TYPE (PlStage, pl_stage, PL, STAGE, GObject)

PL_AVAILABLE_IN_1_0
void pl_stage_add_input (PlStage *self,
                         PlStage *input);

PL_AVAILABLE_IN_1_0
guint pl_stage_get_n_inputs (PlStage *self);

PL_AVAILABLE_IN_1_0
PlStage *pl_stage_get_input (PlStage *self,
                             guint position);

PL_AVAILABLE_IN_1_0
PlWorkerKind pl_stage_get_kind (PlStage *self);

PL_AVAILABLE_IN_1_0
void pl_stage_set_kind (PlStage *self,
                        PlWorkerKind kind);

PL_AVAILABLE_IN_1_0
const char *pl_stage_get_name (PlStage *self);

PL_AVAILABLE_IN_1_0
void pl_stage_set_name (PlStage *self,
                        const char *name);

PL_AVAILABLE_IN_1_0
guint pl_stage_get_workers (PlStage *self);

PL_AVAILABLE_IN_1_0
void pl_stage_set_workers (PlStage *self,
                           guint workers);

PL_AVAILABLE_IN_1_0
guint pl_stage_get_maxsize (PlStage *self);

PL_AVAILABLE_IN_1_0
void pl_stage_set_maxsize (PlStage *self,
                           guint maxsize);

PL_AVAILABLE_IN_1_0
guint pl_stage_get_timeout (PlStage *self);

PL_AVAILABLE_IN_1_0
void pl_stage_set_timeout (PlStage *self,
                           guint timeout);

PL_AVAILABLE_IN_1_0
guint pl_stage_get_retries (PlStage *self);

PL_AVAILABLE_IN_1_0
void pl_stage_set_retries (PlStage *self,
                           guint retries);

PL_AVAILABLE_IN_1_0
guint pl_stage_get_retry_delay (PlStage *self);

PL_AVAILABLE_IN_1_0
void pl_stage_set_retry_delay (PlStage *self,
                               guint retry_delay);

PL_AVAILABLE_IN_1_0
PlErrorPolicy pl_stage_get_error_policy (PlStage *self);

PL_AVAILABLE_IN_1_0
void pl_stage_set_error_policy (PlStage *self,
                                PlErrorPolicy error_policy);

PL_AVAILABLE_IN_1_0
double pl_stage_get_rate_limit (PlStage *self);

PL_AVAILABLE_IN_1_0
PlCommand *pl_stage_get_command (PlStage *self);

PL_AVAILABLE_IN_1_0
void pl_stage_set_command (PlStage *self,
                           PlCommand *command);

PL_AVAILABLE_IN_1_0
guint pl_stage_get_rate_burst (PlStage *self);

PL_AVAILABLE_IN_1_0
void pl_stage_set_rate_limit (PlStage *self,
                              double per_second,
                              guint burst);

PL_AVAILABLE_IN_1_0
void pl_stage_set_on_start_task (PlStage *self,
                                 PlTaskStartFunc func,
                                 gpointer user_data,
                                 GDestroyNotify notify);

PL_AVAILABLE_IN_1_0
void pl_stage_set_on_start_task_with_closure (PlStage *self,
                                              GClosure *closure);

PL_AVAILABLE_IN_1_0
void pl_stage_set_on_done_task (PlStage *self,
                                PlTaskDoneFunc func,
                                gpointer user_data,
                                GDestroyNotify notify);

PL_AVAILABLE_IN_1_0
void pl_stage_set_on_done_task_with_closure (PlStage *self,
                                             GClosure *closure);

PL_AVAILABLE_IN_1_0
void pl_stage_set_on_start (PlStage *self,
                            PlStartFunc func,
                            gpointer user_data,
                            GDestroyNotify notify);

PL_AVAILABLE_IN_1_0
void pl_stage_set_on_start_with_closure (PlStage *self,
                                         GClosure *closure);

PL_AVAILABLE_IN_1_0
void pl_stage_set_on_done (PlStage *self,
                           PlDoneFunc func,
                           gpointer user_data,
                           GDestroyNotify notify);

PL_AVAILABLE_IN_1_0
void pl_stage_set_on_done_with_closure (PlStage *self,
                                        GClosure *closure);

PL_AVAILABLE_IN_1_0
void pl_stage_set_thread_closure (PlStage *self,
                                  GClosure *closure);

PL_AVAILABLE_IN_1_0
PlIterator *pl_stage_iterate (PlStage *self);

PL_AVAILABLE_IN_1_0
PlIterator *pl_stage_iterate_bounded (PlStage *self,
                                      guint maxsize);

PL_AVAILABLE_IN_1_0
PlIterator *pl_stage_iterate_on (PlStage *self,
                                 guint maxsize,
                                 GMainContext *context);

PL_AVAILABLE_IN_1_0
gboolean pl_stage_run (PlStage *self,
                       GCancellable *cancellable,
                       GError **error);

PL_AVAILABLE_IN_1_0
void pl_stage_run_async (PlStage *self,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data);

PL_AVAILABLE_IN_1_0
gboolean pl_stage_run_finish (PlStage *self,
                              GAsyncResult *result,
                              GError **error);

PL_AVAILABLE_IN_1_0
GArray *pl_stage_collect (PlStage *self,
                          GCancellable *cancellable,
                          GError **error);

PL_AVAILABLE_IN_1_0
void pl_stage_collect_async (PlStage *self,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data);

PL_AVAILABLE_IN_1_0
GArray *pl_stage_collect_finish (PlStage *self,
                                 GAsyncResult *result,
                                 GError **error);

PL_AVAILABLE_IN_1_0
const GError *pl_stage_get_skipped_error (void);

PL_AVAILABLE_IN_1_0
GListModel *pl_stage_to_list_model (PlStage *self);

PL_AVAILABLE_IN_1_0
gboolean pl_run (PlStage **stages,
                 gsize n_stages,
                 GCancellable *cancellable,
                 GError **error);

PL_AVAILABLE_IN_1_0
char *pl_stage_to_dot (PlStage *self);

G_END_DECLS
