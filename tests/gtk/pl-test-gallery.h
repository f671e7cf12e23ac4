/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "gallery-window.h"

G_BEGIN_DECLS

/* A window of the gallery, as somebody sees it who sits in front of it. */

void pl_test_gallery_open (GtkWidget *window, const char *folder);

void pl_test_gallery_click (GtkWidget *window, const char *action);

gboolean pl_test_gallery_can_click (GtkWidget *window, const char *action);

void pl_test_gallery_choose (GtkWidget *window, guint kind);

guint pl_test_gallery_count (GtkWidget *window);

void pl_test_gallery_wait_for_pictures (GtkWidget *window, guint n_pictures);

void pl_test_gallery_wait_until_ended (GtkWidget *window);

gboolean pl_test_gallery_shows (GtkWidget *window, const char *text, const char *css_class);

void pl_test_gallery_wait_until_it_shows (GtkWidget *window,
                                          const char *text,
                                          const char *css_class);

gpointer pl_test_gallery_get_child (GtkWidget *window, const char *name);

const char *pl_test_gallery_get_text (GtkWidget *window, const char *name);

char *pl_test_gallery_get_figures (GtkWidget *window, int row);

void pl_test_rest (guint msec);

G_END_DECLS
