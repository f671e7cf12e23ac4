/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "pl-stage-status.h"

G_BEGIN_DECLS

PlStageStatus *pl_stage_status_new (PlStage *stage,
                                    guint active_workers,
                                    guint64 elements_in,
                                    guint64 elements_out);

G_END_DECLS
