/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gdk/gdk.h>

G_BEGIN_DECLS

#define GALLERY_TYPE_PICTURE (gallery_picture_get_type ())
G_DECLARE_FINAL_TYPE (GalleryPicture, gallery_picture, GALLERY, PICTURE, GObject)

GalleryPicture *gallery_picture_new (GFile *file, GBytes *thumbnail, int width, int height);

GalleryPicture *gallery_picture_new_failed (GFile *file, const char *message);

GFile *gallery_picture_get_file (GalleryPicture *self);

const char *gallery_picture_get_message (GalleryPicture *self);

char *gallery_picture_dup_name (GalleryPicture *self);

char *gallery_picture_dup_details (GalleryPicture *self);

GdkTexture *gallery_picture_make_texture (GalleryPicture *self);

void gallery_picture_register_codec (void);

G_END_DECLS
