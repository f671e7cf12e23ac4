/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-backlog-private.h"

void
pl_backlog_init (PlBacklog *self)
{
  self->elements = g_array_new (FALSE, TRUE, sizeof (PlElement));
  g_array_set_clear_func (self->elements, (GDestroyNotify) pl_element_clear);
}

void
pl_backlog_clear (PlBacklog *self)
{
  g_array_unref (self->elements);
}

/* Drops all elements. */
void
pl_backlog_drop (PlBacklog *self)
{
  g_array_set_size (self->elements, 0);
  self->n_taken = 0;
}

/* Moves @element behind the others. */
void
pl_backlog_push (PlBacklog *self, PlElement *element)
{
  guint n = self->elements->len;

  g_array_set_size (self->elements, n + 1);
  pl_element_move (element, &g_array_index (self->elements, PlElement, n));
}

/* Moves the first one, which there is, to @element. The places of those that have been taken are
 * kept until they are half of all. */
void
pl_backlog_pop (PlBacklog *self, PlElement *element)
{
  pl_element_move (pl_backlog_peek (self), element);
  self->n_taken++;

  if (self->n_taken * 2 >= self->elements->len)
    {
      g_array_remove_range (self->elements, 0, self->n_taken);
      self->n_taken = 0;
    }
}
