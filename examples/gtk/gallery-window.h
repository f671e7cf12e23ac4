/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define GALLERY_TYPE_WINDOW (gallery_window_get_type ())
G_DECLARE_FINAL_TYPE (GalleryWindow, gallery_window, GALLERY, WINDOW, GtkApplicationWindow)

GtkWidget *gallery_window_new (GtkApplication *application);

void gallery_window_open (GalleryWindow *self, GFile *folder);

G_END_DECLS
