/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-gallery.h"

gpointer
pl_test_gallery_get_child (GtkWidget *window, const char *name)
{
  GObject *child = gtk_widget_get_template_child (window, GALLERY_TYPE_WINDOW, name);

  g_assert_nonnull (child);
  return child;
}

void
pl_test_gallery_open (GtkWidget *window, const char *folder)
{
  g_autoptr(GFile) file = g_file_new_for_path (folder);

  gtk_window_present (GTK_WINDOW (window));
  gallery_window_open (GALLERY_WINDOW (window), file);
}

typedef gboolean (*Matches) (GtkWidget *widget, const char *text, const char *css_class);

/* Finds a widget that matches, and is to be seen. */
static GtkWidget *
find (GtkWidget *widget, Matches matches, const char *text, const char *css_class)
{
  GtkWidget *found = NULL;

  if (!gtk_widget_get_child_visible (widget) || !gtk_widget_get_visible (widget))
    return NULL;
  if (matches (widget, text, css_class))
    return widget;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = find (child, matches, text, css_class);
  return found;
}

static gboolean
is_button (GtkWidget *widget, const char *action, const char *css_class)
{
  return GTK_IS_BUTTON (widget) &&
         g_strcmp0 (gtk_actionable_get_action_name (GTK_ACTIONABLE (widget)), action) == 0;
}

static GtkWidget *
find_button (GtkWidget *window, const char *action)
{
  GtkWidget *button = find (window, is_button, action, NULL);

  g_assert_nonnull (button);
  return button;
}

void
pl_test_gallery_click (GtkWidget *window, const char *action)
{
  g_assert_true (pl_test_gallery_can_click (window, action));
  g_signal_emit_by_name (find_button (window, action), "clicked");
}

gboolean
pl_test_gallery_can_click (GtkWidget *window, const char *action)
{
  return gtk_widget_get_sensitive (find_button (window, action));
}

/* 0: threads, 1: processes. */
void
pl_test_gallery_choose (GtkWidget *window, guint kind)
{
  gtk_drop_down_set_selected (pl_test_gallery_get_child (window, "kinds"), kind);
}

/* How many items there are, those that have failed included. */
guint
pl_test_gallery_count (GtkWidget *window)
{
  GtkGridView *grid = pl_test_gallery_get_child (window, "grid");
  GtkSelectionModel *model = gtk_grid_view_get_model (grid);

  return model != NULL ? g_list_model_get_n_items (G_LIST_MODEL (model)) : 0;
}

void
pl_test_gallery_wait_for_pictures (GtkWidget *window, guint n_pictures)
{
  while (pl_test_gallery_count (window) < n_pictures)
    g_main_context_iteration (NULL, TRUE);
}

void
pl_test_gallery_wait_until_ended (GtkWidget *window)
{
  while (pl_test_gallery_can_click (window, "win.cancel"))
    g_main_context_iteration (NULL, TRUE);
}

static gboolean
is_inscription (GtkWidget *widget, const char *text, const char *css_class)
{
  return GTK_IS_INSCRIPTION (widget) &&
         g_strcmp0 (gtk_inscription_get_text (GTK_INSCRIPTION (widget)), text) == 0 &&
         gtk_widget_has_css_class (gtk_widget_get_parent (widget), css_class);
}

/* Tells whether there is a text in a cell of a class. */
gboolean
pl_test_gallery_shows (GtkWidget *window, const char *text, const char *css_class)
{
  return find (window, is_inscription, text, css_class) != NULL;
}

void
pl_test_gallery_wait_until_it_shows (GtkWidget *window, const char *text, const char *css_class)
{
  while (!pl_test_gallery_shows (window, text, css_class))
    g_main_context_iteration (NULL, TRUE);
}

const char *
pl_test_gallery_get_text (GtkWidget *window, const char *name)
{
  return gtk_label_get_text (pl_test_gallery_get_child (window, name));
}

/* What the table tells of a stage, but how busy it was: its name, then its numbers. */
char *
pl_test_gallery_get_figures (GtkWidget *window, int row)
{
  GtkGrid *grid = pl_test_gallery_get_child (window, "figures");
  GString *figures = g_string_new (NULL);

  for (int column = 0; column < 7; column++)
    {
      GtkWidget *label = gtk_grid_get_child_at (grid, column, row);

      g_string_append_printf (figures, "%s%s", column > 0 ? " " : "",
                              gtk_label_get_text (GTK_LABEL (label)));
    }
  return g_string_free (figures, FALSE);
}

static gboolean
timeout_cb (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
  return G_SOURCE_REMOVE;
}

/* Lets the window do what it does for a while. */
void
pl_test_rest (guint msec)
{
  gboolean is_over = FALSE;

  g_timeout_add (msec, timeout_cb, &is_over);
  while (!is_over)
    g_main_context_iteration (NULL, TRUE);
}
