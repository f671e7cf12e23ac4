/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "workers/pl-variant-private.h"

#include <string.h>

/* Whether serialised values are in normal form, at a cost that does not grow with the bytes in
 * them: GLib looks at each byte of an 'ay' by itself, which takes longer than to send it. Whatever
 * is in an array of numbers is in normal form, so only what is around it has to be looked at. */

/* What GLib does as quickly. */
#define SMALL_SIZE 256

/* The size of a number of the type @letter; 0 if that is the type of something else. */
static gsize
get_number_size (char letter)
{
  switch (letter)
    {
    case 'y': return 1;
    case 'n':
    case 'q': return 2;
    case 'i':
    case 'u': return 4;
    case 'x':
    case 't':
    case 'd': return 8;
    default: return 0;
    }
}

/* A variant is its value, a zero byte, and the type of the value. */
static gboolean
is_normal_variant (GVariant *value)
{
  g_autoptr(GVariant) child = g_variant_get_variant (value);

  return g_variant_get_size (value) ==
           g_variant_get_size (child) + 1 + strlen (g_variant_get_type_string (child)) &&
         pl_variant_is_normal (child);
}

/* A tuple of anything and a variant is the first, zeros up to a multiple of 8, the variant, and
 * where the first ends, in as few bytes as can count those of the tuple. */
static gboolean
is_normal_pair (GVariant *value)
{
  g_autoptr(GVariant) first = g_variant_get_child_value (value, 0);
  g_autoptr(GVariant) second = g_variant_get_child_value (value, 1);
  const guint8 *data = g_variant_get_data (value);
  gsize end = g_variant_get_size (first);
  gsize start = (end + 7) & ~(gsize) 7;
  gsize size = start + g_variant_get_size (second);
  guint32 offset = GUINT32_TO_LE ((guint32) end);
  gsize width = size + 1 <= G_MAXUINT8 ? 1 : size + 2 <= G_MAXUINT16 ? 2 : 4;

  if (size + width != g_variant_get_size (value) || memcmp (data + size, &offset, width) != 0)
    return FALSE;

  for (gsize i = end; i < start; i++)
    if (data[i] != 0)
      return FALSE;

  return pl_variant_is_normal (first) && pl_variant_is_normal (second);
}

/* Whether @value is in normal form, which has been read, and has at most 4 GiB. */
gboolean
pl_variant_is_normal (GVariant *value)
{
  gsize size = g_variant_get_size (value);
  const char *type = g_variant_get_type_string (value);

  if (size <= SMALL_SIZE)
    return g_variant_is_normal_form (value);
  if (strcmp (type, "v") == 0)
    return is_normal_variant (value);
  if (strcmp (type, "(axv)") == 0 || strcmp (type, "(sv)") == 0)
    return is_normal_pair (value);
  if (type[0] == 'a' && get_number_size (type[1]) > 0)
    return size % get_number_size (type[1]) == 0;
  return g_variant_is_normal_form (value);
}
