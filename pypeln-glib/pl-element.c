/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-element-private.h"

/* Makes @child, which is uninitialised, the path of @parent with @last behind it. */
void
pl_index_append (const PlIndex *parent, gint64 last, PlIndex *child)
{
  child->n = parent->n + 1;

  if (child->n == 1)
    {
      child->path.one = last;
      return;
    }

  child->path.many = g_new (gint64, child->n);
  memcpy (child->path.many, pl_index_get_path (parent), parent->n * sizeof (gint64));
  child->path.many[parent->n] = last;
}

/* Makes @to, which is uninitialised, a copy of @from. */
void
pl_index_copy (const PlIndex *from, PlIndex *to)
{
  *to = *from;
  if (to->n > 1)
    to->path.many = g_memdup2 (from->path.many, from->n * sizeof (gint64));
}

/* Sorts paths as a dictionary does words: a path comes before those that it begins. */
int
pl_index_compare (const PlIndex *a, const PlIndex *b)
{
  const gint64 *path_a = pl_index_get_path (a);
  const gint64 *path_b = pl_index_get_path (b);

  for (guint i = 0; i < MIN (a->n, b->n); i++)
    {
      if (path_a[i] != path_b[i])
        return path_a[i] < path_b[i] ? -1 : 1;
    }

  return a->n < b->n ? -1 : a->n > b->n;
}

/* As people read it in messages: “17”, and “17.0.3” behind flat_maps. */
char *
pl_index_to_string (const PlIndex *index)
{
  GString *string = g_string_new (NULL);
  const gint64 *path = pl_index_get_path (index);

  for (guint i = 0; i < index->n; i++)
    g_string_append_printf (string, "%s%" G_GINT64_FORMAT, i > 0 ? "." : "", path[i]);

  return g_string_free (string, FALSE);
}

/* Makes @to, which is uninitialised, a copy of @from, without a ticket. */
void
pl_element_copy (const PlElement *from, PlElement *to)
{
  static const PlElement empty = PL_ELEMENT_INIT;

  *to = empty;
  g_value_init (&to->value, G_VALUE_TYPE (&from->value));
  g_value_copy (&from->value, &to->value);

  pl_index_copy (&from->index, &to->index);
}
