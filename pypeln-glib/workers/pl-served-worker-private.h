/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "pl-worker-private.h"

G_BEGIN_DECLS

/* Passes on what the function emits for the element at hand; may wait. */
typedef gboolean (*PlServedEmitFunc) (gpointer user_data, const GValue *value, GError **error);

PlWorker *pl_served_worker_new (PlNode *node,
                                guint index,
                                PlServedEmitFunc emit,
                                gpointer user_data);

gboolean pl_served_worker_call (PlWorker *worker,
                                PlElement *element,
                                GValue *returned,
                                GError **error);

G_END_DECLS
