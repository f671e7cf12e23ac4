/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "pl-node-private.h"

G_BEGIN_DECLS

/* What gives up functions that take longer than their stage allows. */

gboolean pl_supervisor_start (PlRun *run, PlNode *node, GError **error);

void pl_supervisor_start_clock (PlWorker *worker);

gboolean pl_supervisor_stop_clock (PlWorker *worker);

void pl_supervisor_resume_clock (PlWorker *worker);

G_END_DECLS
