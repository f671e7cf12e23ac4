/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "pl-home-private.h"

#include <glib-object.h>

G_BEGIN_DECLS

/* Where an element comes from: a source counts (i), each flat_map appends (i, j). One dimension
 * allocates nothing. */
typedef struct
{
  guint n;
  union {
    gint64 one;
    gint64 *many;
  } path;
} PlIndex;

typedef struct _PlTicket PlTicket;

/* What travels between stages. Elements are moved: the place they leave is all zero. */
typedef struct
{
  GValue value;
  PlIndex index;
  PlTicket *ticket; /* tells the ordered stages that it goes to that it is on its way */
} PlElement;

#define PL_ELEMENT_INIT { G_VALUE_INIT, { 0, { 0 } }, NULL }

static inline const gint64 *
pl_index_get_path (const PlIndex *index)
{
  return index->n > 1 ? index->path.many : &index->path.one;
}

static inline void
pl_index_clear (PlIndex *index)
{
  if (index->n > 1)
    g_free (index->path.many);
  index->n = 0;
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PlIndex, pl_index_clear)

void pl_index_append (const PlIndex *parent, gint64 last, PlIndex *child);

void pl_index_copy (const PlIndex *from, PlIndex *to);

int pl_index_compare (const PlIndex *a, const PlIndex *b);

char *pl_index_to_string (const PlIndex *index);

void pl_ticket_free (PlTicket *ticket);

static inline void
pl_ticket_clear (PlTicket **ticket)
{
  if (*ticket != NULL)
    pl_ticket_free (*ticket);
  *ticket = NULL;
}

static inline void
pl_element_move (PlElement *from, PlElement *to)
{
  static const PlElement empty = PL_ELEMENT_INIT;

  *to = *from;
  *from = empty;
}

static inline void
pl_element_clear (PlElement *element)
{
  if (G_VALUE_TYPE (&element->value) != 0)
    pl_home_unset_value (&element->value);
  pl_index_clear (&element->index);
  pl_ticket_clear (&element->ticket);
}

void pl_element_copy (const PlElement *from, PlElement *to);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PlElement, pl_element_clear)

G_END_DECLS
