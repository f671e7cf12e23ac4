/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "pl-worker-private.h"

G_BEGIN_DECLS

PlWorker *pl_task_worker_new (PlNode *node);

G_END_DECLS
