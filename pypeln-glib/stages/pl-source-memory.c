/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-source-private.h"

#include <gio/gio.h>

/* Sources of what is in memory: each holds its elements in a form of its own, and a cursor is the
 * number of the next. */

static gpointer
pl_source_memory_open (gpointer data)
{
  return g_new0 (gsize, 1);
}

/* The range. */

typedef struct
{
  gint start;
  gint stop;
} PlSourceRange;

static gboolean
pl_source_range_next (gpointer data,
                      gpointer cursor,
                      GValue *value,
                      GCancellable *cancellable,
                      GError **error)
{
  PlSourceRange *range = data;
  gsize *position = cursor;
  gint64 number = range->start + (gint64) *position;

  if (number >= range->stop)
    return FALSE;

  (*position)++;
  g_value_init (value, G_TYPE_INT);
  g_value_set_int (value, number);
  return TRUE;
}

/**
 * pl_source_new_range: (constructor)
 * @start: the first number
 * @stop: the number behind the last one
 *
 * Creates a source of numbers, each one more than the one before. They are `G_TYPE_INT` values.
 *
 * There is none if @stop is not greater than @start. pypeln: `range (start, stop)` as a stage's
 * input
 *
 * Returns: (transfer full): the source
 *
 * Since: 1.0
 */
PlStage *
pl_source_new_range (gint start, gint stop)
{
  static const PlSourceOrigin origin = {
    .open = pl_source_memory_open,
    .next = pl_source_range_next,
    .close = g_free,
    .free = g_free,
  };
  PlSourceRange *range = g_new (PlSourceRange, 1);

  range->start = start;
  range->stop = stop;
  return pl_source_new (&origin, range);
}

/* Values. */

static gboolean
pl_source_values_next (gpointer data,
                       gpointer cursor,
                       GValue *value,
                       GCancellable *cancellable,
                       GError **error)
{
  GArray *values = data;
  gsize *position = cursor;
  const GValue *next;

  if (*position == values->len)
    return FALSE;

  next = &g_array_index (values, GValue, (*position)++);
  g_value_init (value, G_VALUE_TYPE (next));
  g_value_copy (next, value);
  return TRUE;
}

static void
pl_source_values_free (gpointer data)
{
  g_array_unref (data);
}

/**
 * pl_source_new_for_values: (constructor)
 * @values: (array length=n_values) (nullable): the elements
 * @n_values: the number of elements, which may be 0
 *
 * Creates a source of values, which are copied.
 *
 * Returns: (transfer full): the source
 *
 * Since: 1.0
 */
PlStage *
pl_source_new_for_values (const GValue *values, gsize n_values)
{
  static const PlSourceOrigin origin = {
    .open = pl_source_memory_open,
    .next = pl_source_values_next,
    .close = g_free,
    .free = pl_source_values_free,
  };
  GArray *copies;

  g_return_val_if_fail (values != NULL || n_values == 0, NULL);
  g_return_val_if_fail (n_values <= G_MAXUINT, NULL);

  for (gsize i = 0; i < n_values; i++)
    g_return_val_if_fail (G_IS_VALUE (&values[i]), NULL);

  copies = g_array_sized_new (FALSE, TRUE, sizeof (GValue), n_values);
  g_array_set_clear_func (copies, (GDestroyNotify) g_value_unset);
  g_array_set_size (copies, n_values);
  for (gsize i = 0; i < n_values; i++)
    {
      GValue *copy = &g_array_index (copies, GValue, i);

      g_value_init (copy, G_VALUE_TYPE (&values[i]));
      g_value_copy (&values[i], copy);
    }

  return pl_source_new (&origin, copies);
}

/* Strings. */

static gboolean
pl_source_strv_next (gpointer data,
                     gpointer cursor,
                     GValue *value,
                     GCancellable *cancellable,
                     GError **error)
{
  GStrv strings = data;
  gsize *position = cursor;

  if (strings[*position] == NULL)
    return FALSE;

  g_value_init (value, G_TYPE_STRING);
  g_value_set_string (value, strings[(*position)++]);
  return TRUE;
}

static void
pl_source_strv_free (gpointer data)
{
  g_strfreev (data);
}

/**
 * pl_source_new_for_strv: (constructor)
 * @strings: (array zero-terminated=1): the elements
 *
 * Creates a source of strings, which are copied.
 *
 * Returns: (transfer full): the source
 *
 * Since: 1.0
 */
PlStage *
pl_source_new_for_strv (const char * const *strings)
{
  static const PlSourceOrigin origin = {
    .open = pl_source_memory_open,
    .next = pl_source_strv_next,
    .close = g_free,
    .free = pl_source_strv_free,
  };

  g_return_val_if_fail (strings != NULL, NULL);

  return pl_source_new (&origin, g_strdupv ((GStrv) strings));
}

/* The children of a variant. */

static gboolean
pl_source_variant_next (gpointer data,
                        gpointer cursor,
                        GValue *value,
                        GCancellable *cancellable,
                        GError **error)
{
  GVariant *array = data;
  gsize *position = cursor;
  g_autoptr(GVariant) child = NULL;

  if (*position == g_variant_n_children (array))
    return FALSE;

  child = g_variant_get_child_value (array, (*position)++);
  g_dbus_gvariant_to_gvalue (child, value);
  return TRUE;
}

static void
pl_source_variant_free (gpointer data)
{
  g_variant_unref (data);
}

/**
 * pl_source_new_for_variant: (constructor)
 * @array: an array; a floating reference is taken
 *
 * Creates a source of the children of a [type@GLib.Variant] that is an array.
 *
 * Children of a basic type, and arrays of strings, are values of the type that
 * [func@Gio.dbus_gvariant_to_gvalue] gives them: `i` is a `G_TYPE_INT`, `s` a `G_TYPE_STRING`, `as`
 * a `G_TYPE_STRV`. Others are `G_TYPE_VARIANT` values.
 *
 * Returns: (transfer full): the source
 *
 * Since: 1.0
 */
PlStage *
pl_source_new_for_variant (GVariant *array)
{
  static const PlSourceOrigin origin = {
    .open = pl_source_memory_open,
    .next = pl_source_variant_next,
    .close = g_free,
    .free = pl_source_variant_free,
  };

  g_return_val_if_fail (array != NULL, NULL);
  g_return_val_if_fail (g_variant_is_of_type (array, G_VARIANT_TYPE_ARRAY), NULL);

  return pl_source_new (&origin, g_variant_ref_sink (array));
}

/* The items of a list model. A model belongs to the thread that changes it, which is taken to be
 * the one that starts runs; the items are looked up there. */

typedef struct
{
  GPtrArray *items;
  guint position;
} PlSourceItems;

static gpointer
pl_source_list_model_open (gpointer data)
{
  GListModel *model = data;
  PlSourceItems *items = g_new0 (PlSourceItems, 1);
  guint n_items = g_list_model_get_n_items (model);

  items->items = g_ptr_array_new_full (n_items, g_object_unref);
  for (guint i = 0; i < n_items; i++)
    g_ptr_array_add (items->items, g_list_model_get_item (model, i));
  return items;
}

static gboolean
pl_source_list_model_next (gpointer data,
                           gpointer cursor,
                           GValue *value,
                           GCancellable *cancellable,
                           GError **error)
{
  PlSourceItems *items = cursor;
  GObject *item;

  if (items->position == items->items->len)
    return FALSE;

  item = g_ptr_array_index (items->items, items->position++);
  g_value_init (value, G_OBJECT_TYPE (item));
  g_value_set_object (value, item);
  return TRUE;
}

static void
pl_source_list_model_close (gpointer cursor)
{
  PlSourceItems *items = cursor;

  g_ptr_array_unref (items->items);
  g_free (items);
}

/**
 * pl_source_new_for_list_model: (constructor)
 * @model: a list model
 *
 * Creates a source of the items of a list model.
 *
 * Each run takes the items that the model has when the run starts, on the thread that starts it.
 *
 * Returns: (transfer full): the source
 *
 * Since: 1.0
 */
PlStage *
pl_source_new_for_list_model (GListModel *model)
{
  static const PlSourceOrigin origin = {
    .open = pl_source_list_model_open,
    .next = pl_source_list_model_next,
    .close = pl_source_list_model_close,
    .free = g_object_unref,
  };

  g_return_val_if_fail (G_IS_LIST_MODEL (model), NULL);

  return pl_source_new (&origin, g_object_ref (model));
}
