/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "pl-stage-status.h"
#include "pl-stopwatch-private.h"

G_BEGIN_DECLS

/* What is counted of a stage in one run. Times are in microseconds. */
typedef struct
{
  guint n_workers;
  guint n_active;
  guint64 n_in;
  guint64 n_out;
  guint64 n_dropped;
  guint64 n_failed;
  guint64 n_timed_out;
  guint64 n_retries;
  guint queue_length;
  guint queue_bound;
  gint64 time[PL_N_ACTIVITIES];
} PlStageFigures;

void pl_stage_figures_add (PlStageFigures *self, const PlStageFigures *other);

PlStageStatus *pl_stage_status_new (PlStage *stage, const PlStageFigures *figures);

const PlStageFigures *pl_stage_status_get_figures (PlStageStatus *self);

G_END_DECLS
