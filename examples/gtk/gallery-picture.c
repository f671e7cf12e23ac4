/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gallery-picture.h"

#include <pypeln-glib/pypeln-glib.h>

/* An item of the grid: a file with its thumbnail, or with what it has failed with. Workers make
 * them, and nothing in them changes afterwards.
 *
 * The thumbnail is an encoded image of some kilobytes. Only the cells of the grid, of which there
 * are some hundreds, have the pixels. */
struct _GalleryPicture
{
  GObject parent_instance;

  GFile *file;
  GBytes *thumbnail; /* NULL if it has failed */
  int width;
  int height;
  char *message; /* NULL unless it has failed */
};

G_DEFINE_FINAL_TYPE (GalleryPicture, gallery_picture, G_TYPE_OBJECT)

static void
gallery_picture_finalize (GObject *object)
{
  GalleryPicture *self = GALLERY_PICTURE (object);

  g_clear_object (&self->file);
  g_clear_pointer (&self->thumbnail, g_bytes_unref);
  g_free (self->message);

  G_OBJECT_CLASS (gallery_picture_parent_class)->finalize (object);
}

static void
gallery_picture_class_init (GalleryPictureClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = gallery_picture_finalize;
}

static void
gallery_picture_init (GalleryPicture *self)
{
}

GalleryPicture *
gallery_picture_new (GFile *file, GBytes *thumbnail, int width, int height)
{
  GalleryPicture *self = g_object_new (GALLERY_TYPE_PICTURE, NULL);

  self->file = g_object_ref (file);
  self->thumbnail = g_bytes_ref (thumbnail);
  self->width = width;
  self->height = height;
  return self;
}

GalleryPicture *
gallery_picture_new_failed (GFile *file, const char *message)
{
  GalleryPicture *self = g_object_new (GALLERY_TYPE_PICTURE, NULL);

  self->file = g_object_ref (file);
  self->message = g_strdup (message);
  return self;
}

GFile *
gallery_picture_get_file (GalleryPicture *self)
{
  return self->file;
}

const char *
gallery_picture_get_message (GalleryPicture *self)
{
  return self->message;
}

char *
gallery_picture_dup_name (GalleryPicture *self)
{
  g_autofree char *name = g_file_get_basename (self->file);

  return g_filename_display_name (name);
}

char *
gallery_picture_dup_details (GalleryPicture *self)
{
  if (self->message != NULL)
    return g_strdup (self->message);

  return g_strdup_printf ("%d × %d", self->width, self->height);
}

/* NULL if there is no thumbnail. */
GdkTexture *
gallery_picture_make_texture (GalleryPicture *self)
{
  return self->thumbnail != NULL ? gdk_texture_new_from_bytes (self->thumbnail, NULL) : NULL;
}

/* How a picture comes back from a worker process. */

static GVariant *
gallery_picture_encode (const GValue *value, gpointer user_data, GError **error)
{
  GalleryPicture *self = g_value_get_object (value);
  g_autofree char *uri = g_file_get_uri (self->file);
  GVariant *thumbnail = g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, self->thumbnail, TRUE);

  return g_variant_new ("(sii@ay)", uri, self->width, self->height, thumbnail);
}

static gboolean
gallery_picture_decode (GVariant *variant, GValue *value, gpointer user_data, GError **error)
{
  const char *uri;
  g_autoptr(GVariant) data = NULL;
  g_autoptr(GBytes) thumbnail = NULL;
  g_autoptr(GFile) file = NULL;
  int width;
  int height;

  if (!g_variant_is_of_type (variant, G_VARIANT_TYPE ("(siiay)")))
    {
      g_set_error_literal (error, PL_ERROR, PL_ERROR_INVALID_VALUE, "That is no picture");
      return FALSE;
    }

  g_variant_get (variant, "(&sii@ay)", &uri, &width, &height, &data);
  file = g_file_new_for_uri (uri);
  thumbnail = g_variant_get_data_as_bytes (data);
  g_value_take_object (value, gallery_picture_new (file, thumbnail, width, height));
  return TRUE;
}

/* To be called in the program and in its worker processes, before pl_worker_init(). */
void
gallery_picture_register_codec (void)
{
  pl_codec_register (GALLERY_TYPE_PICTURE, gallery_picture_encode, gallery_picture_decode,
                     NULL, NULL);
}
