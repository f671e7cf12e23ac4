/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "pl-callback-private.h"
#include "pl-worker.h"

G_BEGIN_DECLS

/* What a thread is to do inside of the closure that surrounds it. */
typedef struct _PlSurrounded PlSurrounded;

PlSurrounded *pl_surrounded_new (PlCallback *callback,
                                 PlWorker *worker,
                                 GFunc func,
                                 gpointer data);

void pl_surrounded_free (PlSurrounded *self);

void pl_surrounded_main (gpointer data, gpointer user_data);

G_END_DECLS
