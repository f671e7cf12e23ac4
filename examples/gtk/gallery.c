/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Shows the pictures in a folder: gallery [FOLDER]
 *
 * The files:
 *
 *   gallery-pipeline   the stages that make pictures of a folder
 *   gallery-picture    what they make, and how it comes back from a worker process
 *   gallery-window     runs the pipeline, and shows its list, its progress, its errors
 *   gallery-cell       a picture in the grid of the window
 *   gallery-figures    the table of what each stage does */

#include "gallery-pipeline.h"
#include "gallery-window.h"

static void
activate_cb (GtkApplication *application)
{
  gtk_window_present (GTK_WINDOW (gallery_window_new (application)));
}

static void
open_cb (GtkApplication *application, GFile **files, int n_files)
{
  for (int i = 0; i < n_files; i++)
    {
      GtkWidget *window = gallery_window_new (application);

      gtk_window_present (GTK_WINDOW (window));
      gallery_window_open (GALLERY_WINDOW (window), files[i]);
    }
}

int
main (int argc, char **argv)
{
  g_autoptr(GtkApplication) application = NULL;

  /* Before all else: a worker process makes thumbnails here, and does not return. */
  gallery_pipeline_register ();
  pl_worker_init (&argc, &argv);

  application = gtk_application_new ("org.pypeln.Gallery", G_APPLICATION_HANDLES_OPEN);
  g_signal_connect (application, "activate", G_CALLBACK (activate_cb), NULL);
  g_signal_connect (application, "open", G_CALLBACK (open_cb), NULL);
  return g_application_run (G_APPLICATION (application), argc, argv);
}
