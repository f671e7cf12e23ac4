/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gallery-cell.h"

#include "gallery-picture.h"

/* A cell of the grid: a thumbnail, the name of the file, and its size or what it has failed with.
 * The grid has some hundreds of them, and has each show one picture after the other. */

#define THUMBNAIL_SIZE 128
#define NAME_WIDTH 16

/* An inscription takes the same place whatever its text is, so that the grid need not be laid out
 * anew for each. */
static GtkWidget *
make_text (const char *css_class, GtkInscriptionOverflow overflow)
{
  GtkWidget *text = gtk_inscription_new (NULL);

  gtk_inscription_set_text_overflow (GTK_INSCRIPTION (text), overflow);
  gtk_inscription_set_min_chars (GTK_INSCRIPTION (text), NAME_WIDTH);
  gtk_inscription_set_nat_chars (GTK_INSCRIPTION (text), NAME_WIDTH);
  gtk_inscription_set_xalign (GTK_INSCRIPTION (text), 0.5);
  gtk_widget_add_css_class (text, css_class);
  return text;
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
  gtk_box_append (GTK_BOX (box), make_text ("caption-heading",
                                            GTK_INSCRIPTION_OVERFLOW_ELLIPSIZE_MIDDLE));
  gtk_box_append (GTK_BOX (box), make_text ("caption", GTK_INSCRIPTION_OVERFLOW_ELLIPSIZE_END));
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

  gtk_inscription_set_text (GTK_INSCRIPTION (name), name_text);
  gtk_inscription_set_text (GTK_INSCRIPTION (details), details_text);
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
