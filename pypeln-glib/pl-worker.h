/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined (PYPELN_GLIB_INSIDE) && !defined (PL_COMPILATION)
#error "Only <pypeln-glib/pypeln-glib.h> can be included directly."
#endif

#include <pypeln-glib/pl-types.h>

G_BEGIN_DECLS

#define PL_TYPE_WORKER (pl_worker_get_type ())
PL_DECLARE_INTERNAL_TYPE (PlWorker, pl_worker, PL, WORKER, GObject)

PL_AVAILABLE_IN_1_0
PlWorker *pl_worker_get_current (void);

PL_AVAILABLE_IN_1_0
guint pl_worker_get_index (PlWorker *self);

PL_AVAILABLE_IN_1_0
PlStage *pl_worker_get_stage (PlWorker *self);

PL_AVAILABLE_IN_1_0
GBytes *pl_worker_get_command_data (PlWorker *self);

PL_AVAILABLE_IN_1_0
GCancellable *pl_worker_get_cancellable (PlWorker *self);

PL_AVAILABLE_IN_1_0
GMainContext *pl_worker_get_run_context (PlWorker *self);

PL_AVAILABLE_IN_1_0
const gint64 *pl_worker_get_element_index (PlWorker *self,
                                           guint *n_indices);

PL_AVAILABLE_IN_1_0
void pl_worker_set_resource (PlWorker *self,
                             const char *name,
                             const GValue *value);

PL_AVAILABLE_IN_1_0
const GValue *pl_worker_get_resource (PlWorker *self,
                                      const char *name);

PL_AVAILABLE_IN_1_0
gboolean pl_worker_emit (PlWorker *self,
                         const GValue *value,
                         GError **error);

PL_AVAILABLE_IN_1_0
gboolean pl_worker_emit_take (PlWorker *self,
                              GValue *value,
                              GError **error);

PL_AVAILABLE_IN_1_0
void pl_worker_set_error (PlWorker *self,
                          const GError *error);

PL_AVAILABLE_IN_1_0
void pl_worker_set_at_end (PlWorker *self);

PL_AVAILABLE_IN_1_0
void pl_worker_run_thread (PlWorker *self);

PL_AVAILABLE_IN_1_0
void pl_worker_set_exception (PlWorker *self,
                              const GValue *exception,
                              const char *message);

G_END_DECLS
