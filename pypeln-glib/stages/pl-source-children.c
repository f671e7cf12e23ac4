/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-source-private.h"

#include <gio/gio.h>

/* A source of what is in a directory. Opening a directory blocks, so it is done where elements are
 * taken, when the first one in it is. */

#define ATTRIBUTES G_FILE_ATTRIBUTE_STANDARD_NAME "," G_FILE_ATTRIBUTE_STANDARD_TYPE

typedef struct
{
  GFile *directory;
  gboolean recursive;
} PlSourceChildren;

typedef struct
{
  GPtrArray *enumerators; /* from the directory down to the one at hand */
  GFile *next_directory;  /* the one to go down to next */
} PlSourceWalk;

static gpointer
pl_source_children_open (gpointer data)
{
  PlSourceChildren *children = data;
  PlSourceWalk *walk = g_new0 (PlSourceWalk, 1);

  walk->enumerators = g_ptr_array_new_with_free_func (g_object_unref);
  walk->next_directory = g_object_ref (children->directory);
  return walk;
}

/* Below the top, a directory that may not be read, or is gone by now, is one without children. */
static gboolean
pl_source_walk_is_fatal (PlSourceWalk *walk, const GError *error)
{
  return walk->enumerators->len == 0 ||
         !(g_error_matches (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED) ||
           g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND));
}

static gboolean
pl_source_walk_descend (PlSourceWalk *walk, GCancellable *cancellable, GError **error)
{
  g_autoptr(GFile) directory = g_steal_pointer (&walk->next_directory);
  g_autoptr(GError) local_error = NULL;
  GFileEnumerator *enumerator;

  if (directory == NULL)
    return TRUE;

  enumerator = g_file_enumerate_children (directory, ATTRIBUTES,
                                          G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS,
                                          cancellable, &local_error);
  if (enumerator != NULL)
    {
      g_ptr_array_add (walk->enumerators, enumerator);
      return TRUE;
    }

  if (pl_source_walk_is_fatal (walk, local_error))
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }

  g_debug ("Cannot list %s: %s", g_file_peek_path (directory), local_error->message);
  return TRUE;
}

static gboolean
pl_source_children_next (gpointer data,
                         gpointer cursor,
                         GValue *value,
                         GCancellable *cancellable,
                         GError **error)
{
  PlSourceChildren *children = data;
  PlSourceWalk *walk = cursor;
  GPtrArray *enumerators = walk->enumerators;

  if (!pl_source_walk_descend (walk, cancellable, error))
    return FALSE;

  while (enumerators->len > 0)
    {
      GFileEnumerator *enumerator = g_ptr_array_index (enumerators, enumerators->len - 1);
      GFileInfo *info;
      GFile *child;

      if (!g_file_enumerator_iterate (enumerator, &info, &child, cancellable, error))
        return FALSE;

      if (info == NULL)
        {
          g_ptr_array_set_size (enumerators, enumerators->len - 1);
          continue;
        }

      if (children->recursive && g_file_info_get_file_type (info) == G_FILE_TYPE_DIRECTORY)
        walk->next_directory = g_object_ref (child);

      g_value_init (value, G_TYPE_FILE);
      g_value_set_object (value, child);
      return TRUE;
    }

  return FALSE;
}

static void
pl_source_children_close (gpointer cursor)
{
  PlSourceWalk *walk = cursor;

  g_ptr_array_unref (walk->enumerators);
  g_clear_object (&walk->next_directory);
  g_free (walk);
}

static void
pl_source_children_free (gpointer data)
{
  PlSourceChildren *children = data;

  g_object_unref (children->directory);
  g_free (children);
}

/**
 * pl_source_new_for_children: (constructor)
 * @directory: a directory
 * @recursive: whether to give what is in its sub-directories too
 *
 * Creates a source of what is in a directory, as [iface@Gio.File] values, in no particular order.
 *
 * Sub-directories are elements, and with @recursive each comes before what is in it. Symbolic links
 * are elements and are not followed. A sub-directory that may not be read is an element with
 * nothing in it; that @directory cannot be read is an error of the run. Listing blocks, as reading
 * lines does: see [ctor@Pl.Source.new_for_lines].
 *
 * Returns: (transfer full): the source
 *
 * Since: 1.0
 */
PlStage *
pl_source_new_for_children (GFile *directory, gboolean recursive)
{
  static const PlSourceOrigin origin = {
    .blocks = TRUE,
    .open = pl_source_children_open,
    .next = pl_source_children_next,
    .close = pl_source_children_close,
    .free = pl_source_children_free,
  };
  PlSourceChildren *children;

  g_return_val_if_fail (G_IS_FILE (directory), NULL);

  children = g_new (PlSourceChildren, 1);
  children->directory = g_object_ref (directory);
  children->recursive = recursive;
  return pl_source_new (&origin, children);
}
