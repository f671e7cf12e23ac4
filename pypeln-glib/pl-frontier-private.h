/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "pl-element-private.h"

G_BEGIN_DECLS

/* What one ordered stage knows of the elements that are on their way to it. */
typedef struct _PlFrontier PlFrontier;

typedef void (*PlFrontierFunc) (gpointer user_data);

PlFrontier *pl_frontier_new (PlFrontierFunc passed, gpointer user_data);

void pl_frontier_close (PlFrontier *self);

void pl_frontier_free (PlFrontier *self);

gboolean pl_frontier_has_passed (PlFrontier *self, const PlIndex *index);

gboolean pl_frontier_get_first (PlFrontier *self, PlIndex *index);

PlTicket *pl_ticket_new_for_each (GPtrArray *frontiers, const PlIndex *index);

/* Makes a ticket of @index for each of @frontiers; NULL if there are none. */
static inline PlTicket *
pl_ticket_new (GPtrArray *frontiers, const PlIndex *index)
{
  return frontiers->len > 0 ? pl_ticket_new_for_each (frontiers, index) : NULL;
}

void pl_ticket_advance (PlTicket *self, const PlIndex *index);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlTicket, pl_ticket_free)

G_END_DECLS
