/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined (PYPELN_GLIB_INSIDE) && !defined (PL_COMPILATION)
#error "Only <pypeln-glib/pypeln-glib.h> can be included directly."
#endif

#include <pypeln-glib/pl-types.h>

G_BEGIN_DECLS

#define PL_TYPE_RUN_STATUS (pl_run_status_get_type ())
PL_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (PlRunStatus, pl_run_status, PL, RUN_STATUS, GObject)

PL_AVAILABLE_IN_1_0
GPtrArray *pl_run_status_get_stages (PlRunStatus *self);

PL_AVAILABLE_IN_1_0
PlStageStatus *pl_run_status_get_stage_status (PlRunStatus *self,
                                               PlStage *stage);

PL_AVAILABLE_IN_1_0
PlStage *pl_run_status_get_bottleneck (PlRunStatus *self);

PL_AVAILABLE_IN_1_0
gboolean pl_run_status_get_done (PlRunStatus *self);

PL_AVAILABLE_IN_1_0
gint64 pl_run_status_get_elapsed (PlRunStatus *self);

PL_AVAILABLE_IN_1_0
guint64 pl_run_status_get_elements (PlRunStatus *self);

PL_AVAILABLE_IN_1_0
guint pl_run_status_get_queue_length (PlRunStatus *self);

PL_AVAILABLE_IN_1_0
guint pl_run_status_get_queue_bound (PlRunStatus *self);

PL_AVAILABLE_IN_1_0
char *pl_run_status_to_dot (PlRunStatus *self);

G_END_DECLS
