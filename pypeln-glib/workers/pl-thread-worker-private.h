/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "pl-worker-private.h"

G_BEGIN_DECLS

PlWorker *pl_thread_worker_new (PlNode *node, guint index);

G_END_DECLS
