/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined (PYPELN_GLIB_INSIDE) && !defined (PL_COMPILATION)
#error "Only <pypeln-glib/pypeln-glib.h> can be included directly."
#endif

#include <pypeln-glib/pl-types.h>

G_BEGIN_DECLS

#define PL_TYPE_STAGE_STATUS (pl_stage_status_get_type ())
PL_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (PlStageStatus, pl_stage_status, PL, STAGE_STATUS, GObject)

PL_AVAILABLE_IN_1_0
PlStage *pl_stage_status_get_stage (PlStageStatus *self);

PL_AVAILABLE_IN_1_0
gboolean pl_stage_status_get_done (PlStageStatus *self);

PL_AVAILABLE_IN_1_0
guint pl_stage_status_get_active_workers (PlStageStatus *self);

PL_AVAILABLE_IN_1_0
guint64 pl_stage_status_get_elements_in (PlStageStatus *self);

PL_AVAILABLE_IN_1_0
guint64 pl_stage_status_get_elements_out (PlStageStatus *self);

PL_AVAILABLE_IN_1_0
guint64 pl_stage_status_get_elements_dropped (PlStageStatus *self);

PL_AVAILABLE_IN_1_0
guint64 pl_stage_status_get_elements_failed (PlStageStatus *self);

PL_AVAILABLE_IN_1_0
guint64 pl_stage_status_get_elements_timed_out (PlStageStatus *self);

PL_AVAILABLE_IN_1_0
guint64 pl_stage_status_get_retries (PlStageStatus *self);

PL_AVAILABLE_IN_1_0
guint pl_stage_status_get_queue_length (PlStageStatus *self);

PL_AVAILABLE_IN_1_0
guint pl_stage_status_get_queue_bound (PlStageStatus *self);

PL_AVAILABLE_IN_1_0
gint64 pl_stage_status_get_busy_time (PlStageStatus *self);

PL_AVAILABLE_IN_1_0
gint64 pl_stage_status_get_input_wait_time (PlStageStatus *self);

PL_AVAILABLE_IN_1_0
gint64 pl_stage_status_get_output_wait_time (PlStageStatus *self);

G_END_DECLS
