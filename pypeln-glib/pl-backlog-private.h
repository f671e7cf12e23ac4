/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "pl-element-private.h"

G_BEGIN_DECLS

/* Elements that a worker has made and nobody has taken yet, first in, first out. */
typedef struct
{
  GArray *elements; /* PlElement */
  guint n_taken;    /* how many of them have been taken */
} PlBacklog;

void pl_backlog_init (PlBacklog *self);

void pl_backlog_clear (PlBacklog *self);

void pl_backlog_drop (PlBacklog *self);

void pl_backlog_push (PlBacklog *self, PlElement *element);

void pl_backlog_pop (PlBacklog *self, PlElement *element);

static inline gboolean
pl_backlog_is_empty (const PlBacklog *self)
{
  return self->elements->len == 0;
}

/* The first one, which stays. */
static inline PlElement *
pl_backlog_peek (const PlBacklog *self)
{
  return &g_array_index (self->elements, PlElement, self->n_taken);
}

G_END_DECLS
