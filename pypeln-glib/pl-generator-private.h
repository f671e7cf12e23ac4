/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "pl-callback-private.h"
#include "pl-worker.h"

G_BEGIN_DECLS

/* Two closures that make elements one after the other: one begins, with something to iterate, and
 * the other gets the next element out of that. */
typedef struct
{
  PlCallback *begin;
  PlCallback *next;
  GType type; /* of what either returns */
} PlGenerator;

PlGenerator *pl_generator_new (GClosure *begin, GClosure *next, GType type);

void pl_generator_free (PlGenerator *self);

gboolean pl_generator_begin (PlGenerator *self,
                             PlWorker *worker,
                             const GValue *argument,
                             GValue *iterated,
                             GError **error);

gboolean pl_generator_next (PlGenerator *self,
                            PlWorker *worker,
                            const GValue *iterated,
                            GValue *value,
                            GError **error);

G_END_DECLS
