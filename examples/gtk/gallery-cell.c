/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gallery-cell.h"

#include "gallery-picture.h"

/* A cell of the grid: a thumbnail, the name of the file, and its size or what it has failed with.
 * The grid has some hundreds of them, and has each show one picture after the other. */

#define THUMBNAIL_SIZE 128
#define NAME_WIDTH 16

static GtkWidget *
make_label (const char *css_class, PangoEllipsizeMode ellipsize)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_ellipsize (GTK_LABEL (label), ellipsize);
  gtk_label_set_width_chars (GTK_LABEL (label), NAME_WIDTH);
  gtk_label_set_max_width_chars (GTK_LABEL (label), NAME_WIDTH);
  gtk_widget_add_css_class (label, css_class);
  return label;
}

/* The tooltip is made when it is asked for: setting one takes as long as all else that a cell does
 * to show a picture. */
static gboolean
query_tooltip_cb (GtkWidget *box,
                  int x,
                  int y,
                  gboolean keyboard_mode,
                  GtkTooltip *tooltip,
                  GtkListItem *item)
{
  GalleryPicture *picture = gtk_list_item_get_item (item);
  g_autofree char *name = picture != NULL ? gallery_picture_dup_name (picture) : NULL;
  const char *message = picture != NULL ? gallery_picture_get_message (picture) : NULL;

  gtk_tooltip_set_text (tooltip, message != NULL ? message : name);
  return name != NULL;
}

static void
setup_cb (GtkListItemFactory *factory, GtkListItem *item, gpointer user_data)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);
  GtkWidget *image = gtk_image_new ();

  gtk_image_set_pixel_size (GTK_IMAGE (image), THUMBNAIL_SIZE);
  gtk_widget_set_size_request (image, THUMBNAIL_SIZE, THUMBNAIL_SIZE);
  gtk_widget_add_css_class (box, "cell");
  gtk_widget_set_has_tooltip (box, TRUE);
  g_signal_connect (box, "query-tooltip", G_CALLBACK (query_tooltip_cb), item);
  gtk_box_append (GTK_BOX (box), image);
  gtk_box_append (GTK_BOX (box), make_label ("caption-heading", PANGO_ELLIPSIZE_MIDDLE));
  gtk_box_append (GTK_BOX (box), make_label ("caption", PANGO_ELLIPSIZE_END));
  gtk_list_item_set_child (item, box);
}

static void
bind_cb (GtkListItemFactory *factory, GtkListItem *item, gpointer user_data)
{
  GalleryPicture *picture = gtk_list_item_get_item (item);
  GtkWidget *box = gtk_list_item_get_child (item);
  GtkWidget *image = gtk_widget_get_first_child (box);
  GtkWidget *name = gtk_widget_get_next_sibling (image);
  GtkWidget *details = gtk_widget_get_next_sibling (name);
  g_autoptr(GdkTexture) texture = gallery_picture_make_texture (picture);
  g_autofree char *name_text = gallery_picture_dup_name (picture);
  g_autofree char *details_text = gallery_picture_dup_details (picture);
  const char *message = gallery_picture_get_message (picture);

  if (texture != NULL)
    gtk_image_set_from_paintable (GTK_IMAGE (image), GDK_PAINTABLE (texture));
  else
    gtk_image_set_from_icon_name (GTK_IMAGE (image), "image-missing-symbolic");

  gtk_label_set_text (GTK_LABEL (name), name_text);
  gtk_label_set_text (GTK_LABEL (details), details_text);
  if (message != NULL)
    gtk_widget_add_css_class (box, "failed");
  else
    gtk_widget_remove_css_class (box, "failed");
}

/* A cell that is out of sight needs no pixels. */
static void
unbind_cb (GtkListItemFactory *factory, GtkListItem *item, gpointer user_data)
{
  GtkWidget *box = gtk_list_item_get_child (item);

  gtk_image_clear (GTK_IMAGE (gtk_widget_get_first_child (box)));
}

GtkListItemFactory *
gallery_cell_factory_new (void)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();

  g_signal_connect (factory, "setup", G_CALLBACK (setup_cb), NULL);
  g_signal_connect (factory, "bind", G_CALLBACK (bind_cb), NULL);
  g_signal_connect (factory, "unbind", G_CALLBACK (unbind_cb), NULL);
  return factory;
}
