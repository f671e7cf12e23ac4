/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

char *pl_test_make_folder (void);

void pl_test_remove_folder (char *folder);

void pl_test_draw_picture (const char *path, guint32 seed, int width, int height);

void pl_test_draw_pictures (const char *folder, guint n_pictures, guint n_different, int width);

void pl_test_save_window (GtkWidget *window, const char *path);

G_END_DECLS
