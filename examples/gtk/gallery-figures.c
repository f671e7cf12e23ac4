/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gallery-figures.h"

/* The table of what each stage of a run does. Its first row, with the titles, is in the window's
 * description; the others are made here when they are needed first. */

enum
{
  COLUMN_STAGE,
  COLUMN_WORKERS,
  COLUMN_WAITING,
  COLUMN_IN,
  COLUMN_OUT,
  COLUMN_DROPPED,
  COLUMN_FAILED,
  COLUMN_BUSY,
};

static GtkLabel *
get_label (GtkGrid *grid, int column, int row)
{
  GtkWidget *label = gtk_grid_get_child_at (grid, column, row);

  if (label == NULL)
    {
      label = gtk_label_new (NULL);
      gtk_label_set_xalign (GTK_LABEL (label), column == COLUMN_STAGE ? 0 : 1);
      if (column != COLUMN_STAGE)
        gtk_widget_add_css_class (label, "numeric");
      gtk_grid_attach (grid, label, column, row, 1, 1);
    }
  return GTK_LABEL (label);
}

static void
show_number (GtkGrid *grid, int column, int row, guint64 number)
{
  g_autofree char *text = g_strdup_printf ("%'" G_GUINT64_FORMAT, number);

  gtk_label_set_text (get_label (grid, column, row), text);
}

/* Of all the time that workers had, how much they have worked. */
static int
get_percentage (PlStageStatus *figures)
{
  gint64 busy = pl_stage_status_get_busy_time (figures);
  gint64 all = busy + pl_stage_status_get_input_wait_time (figures) +
               pl_stage_status_get_output_wait_time (figures);

  return all > 0 ? busy * 100 / all : 0;
}

static void
show_stage (GtkGrid *grid, int row, PlStageStatus *figures, gboolean is_bottleneck)
{
  g_autofree char *busy = g_strdup_printf ("%d %%", get_percentage (figures));
  GtkLabel *name = get_label (grid, COLUMN_STAGE, row);

  gtk_label_set_text (name, pl_stage_get_name (pl_stage_status_get_stage (figures)));
  if (is_bottleneck)
    gtk_widget_add_css_class (GTK_WIDGET (name), "bottleneck");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (name), "bottleneck");
  show_number (grid, COLUMN_WORKERS, row, pl_stage_status_get_active_workers (figures));
  show_number (grid, COLUMN_WAITING, row, pl_stage_status_get_queue_length (figures));
  show_number (grid, COLUMN_IN, row, pl_stage_status_get_elements_in (figures));
  show_number (grid, COLUMN_OUT, row, pl_stage_status_get_elements_out (figures));
  show_number (grid, COLUMN_DROPPED, row, pl_stage_status_get_elements_dropped (figures));
  show_number (grid, COLUMN_FAILED, row, pl_stage_status_get_elements_failed (figures) +
                                         pl_stage_status_get_elements_timed_out (figures));
  gtk_label_set_text (get_label (grid, COLUMN_BUSY, row), busy);
}

/* The stages of a status come from the last one up; people read a pipeline from its source down. */
void
gallery_figures_show (GtkGrid *grid, PlRunStatus *status)
{
  GPtrArray *stages = pl_run_status_get_stages (status);
  PlStage *bottleneck = pl_run_status_get_bottleneck (status);

  for (guint i = 0; i < stages->len; i++)
    {
      PlStageStatus *figures = g_ptr_array_index (stages, i);

      show_stage (grid, stages->len - i, figures,
                  pl_stage_status_get_stage (figures) == bottleneck);
    }
}
