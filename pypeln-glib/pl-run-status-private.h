/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "pl-run-private.h"
#include "pl-run-status.h"

G_BEGIN_DECLS

PlRunStatus *pl_run_status_new (PlRun *run,
                                PlStage *last,
                                guint64 n_elements,
                                gint64 consumer_waited);

G_END_DECLS
