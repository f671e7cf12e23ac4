/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-pictures.h"

#include <glib/gstdio.h>
#include <math.h>
#include <unistd.h>

/* Pictures to show in a gallery: landscapes, each drawn from a number. */

#define N_HILLS 4

char *
pl_test_make_folder (void)
{
  g_autoptr(GError) error = NULL;
  char *folder = g_dir_make_tmp ("gallery-XXXXXX", &error);

  g_assert_no_error (error);
  return folder;
}

/* Removes a folder that has files alone, and frees its name. */
void
pl_test_remove_folder (char *folder)
{
  g_autoptr(GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      g_assert_cmpint (g_unlink (path), ==, 0);
    }
  g_assert_cmpint (g_rmdir (folder), ==, 0);
  g_free (folder);
}

static void
set_colour (cairo_t *cr, double hue, double saturation, double value)
{
  float red;
  float green;
  float blue;

  gtk_hsv_to_rgb (hue - floor (hue), saturation, value, &red, &green, &blue);
  cairo_set_source_rgb (cr, red, green, blue);
}

static void
draw_sky (cairo_t *cr, GRand *rand, double hue, int width, int height)
{
  int n_bands = 64;

  for (int i = 0; i < n_bands; i++)
    {
      double up = (double) i / n_bands;

      set_colour (cr, hue + 0.08 * up, 0.55 - 0.4 * up, 0.75 + 0.25 * up);
      cairo_rectangle (cr, 0, height * up, width, (double) height / n_bands + 1);
      cairo_fill (cr);
    }

  set_colour (cr, 0.13, 0.35, 1);
  cairo_arc (cr, g_rand_double_range (rand, 0.15, 0.85) * width,
             g_rand_double_range (rand, 0.15, 0.45) * height, 0.07 * MIN (width, height), 0,
             2 * G_PI);
  cairo_fill (cr);
}

static void
draw_hill (cairo_t *cr, GRand *rand, double hue, int number, int width, int height)
{
  double top = (0.45 + 0.14 * number) * height;
  double phase = g_rand_double_range (rand, 0, 2 * G_PI);
  double waves = g_rand_double_range (rand, 0.6, 2);

  set_colour (cr, hue, 0.35 + 0.15 * number, 0.75 - 0.16 * number);
  cairo_move_to (cr, 0, height);
  for (int x = 0; x <= width; x += 2)
    {
      double angle = 2 * G_PI * waves * x / width + phase;

      cairo_line_to (cr, x, top - height * (0.08 * sin (angle) + 0.02 * sin (3.1 * angle)));
    }
  cairo_line_to (cr, width, height);
  cairo_close_path (cr);
  cairo_fill (cr);
}

void
pl_test_draw_picture (const char *path, guint32 seed, int width, int height)
{
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, width, height);
  cairo_t *cr = cairo_create (surface);
  GRand *rand = g_rand_new_with_seed (seed);
  double hue = g_rand_double (rand);
  double sky = 0.5 + g_rand_double_range (rand, -0.05, 0.35);
  g_autoptr(GdkPixbuf) pixbuf = NULL;
  g_autoptr(GError) error = NULL;

  draw_sky (cr, rand, sky, width, height);
  for (int i = 0; i < N_HILLS; i++)
    draw_hill (cr, rand, hue, i, width, height);

  pixbuf = gdk_pixbuf_get_from_surface (surface, 0, 0, width, height);
  gdk_pixbuf_save (pixbuf, path, g_str_has_suffix (path, ".png") ? "png" : "jpeg", &error, NULL);
  g_assert_no_error (error);

  g_rand_free (rand);
  cairo_destroy (cr);
  cairo_surface_destroy (surface);
}

/* Makes as many files, of which @n_different are drawn, and the others links to them. */
void
pl_test_draw_pictures (const char *folder, guint n_pictures, guint n_different, int width)
{
  for (guint i = 0; i < n_pictures; i++)
    {
      g_autofree char *path = g_strdup_printf ("%s/picture-%05u.jpg", folder, i);
      g_autofree char *original = g_strdup_printf ("%s/picture-%05u.jpg", folder, i % n_different);

      if (i < n_different)
        pl_test_draw_picture (path, i, i % 3 == 0 ? width * 3 / 4 : width,
                              i % 3 == 0 ? width : width * 3 / 4);
      else
        g_assert_cmpint (link (original, path), ==, 0);
    }
}

static void
invalidated_cb (GdkPaintable *paintable, gboolean *is_drawn)
{
  *is_drawn = TRUE;
}

/* Saves what is to be seen of a window, once it has been drawn the next time. */
void
pl_test_save_window (GtkWidget *window, const char *path)
{
  g_autoptr(GdkPaintable) paintable = gtk_widget_paintable_new (window);
  GtkSnapshot *snapshot = gtk_snapshot_new ();
  g_autoptr(GskRenderNode) node = NULL;
  g_autoptr(GdkTexture) texture = NULL;
  gboolean is_drawn = FALSE;

  g_signal_connect (paintable, "invalidate-contents", G_CALLBACK (invalidated_cb), &is_drawn);
  gtk_widget_queue_draw (window);
  while (!is_drawn)
    g_main_context_iteration (NULL, TRUE);

  gdk_paintable_snapshot (paintable, snapshot, gdk_paintable_get_intrinsic_width (paintable),
                          gdk_paintable_get_intrinsic_height (paintable));
  node = gtk_snapshot_free_to_node (snapshot);
  texture = gsk_renderer_render_texture (gtk_native_get_renderer (GTK_NATIVE (window)), node, NULL);
  g_assert_true (gdk_texture_save_to_png (texture, path));
}
