/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "pl-backlog-private.h"
#include "pl-worker-private.h"

G_BEGIN_DECLS

/* What a worker that cannot wait has made, and has no place behind the stage yet, in order. */
typedef struct
{
  PlBacklog elements;
  guint n_put; /* consumers that have the first of them already */
} PlOutbox;

void pl_outbox_init (PlOutbox *self);

void pl_outbox_clear (PlOutbox *self);

void pl_outbox_drop (PlOutbox *self);

gboolean pl_outbox_is_empty (PlOutbox *self);

void pl_outbox_flush (PlOutbox *self, PlWorker *worker, PlWaker *waker);

gboolean pl_outbox_put (PlOutbox *self,
                        PlWorker *worker,
                        PlElement *element,
                        PlWaker *waker,
                        GError **error);

G_END_DECLS
