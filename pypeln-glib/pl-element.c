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

/* Makes @to, which is uninitialised, a copy of @from. */
void
pl_element_copy (const PlElement *from, PlElement *to)
{
  static const PlElement empty = PL_ELEMENT_INIT;

  *to = empty;
  g_value_init (&to->value, G_VALUE_TYPE (&from->value));
  g_value_copy (&from->value, &to->value);

  to->index = from->index;
  if (to->index.n > 1)
    to->index.path.many = g_memdup2 (from->index.path.many, from->index.n * sizeof (gint64));
}
