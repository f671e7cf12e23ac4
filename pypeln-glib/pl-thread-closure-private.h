/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "pl-worker.h"

G_BEGIN_DECLS

void pl_surround (PlWorker *worker, GFunc func, gpointer data);

G_END_DECLS
