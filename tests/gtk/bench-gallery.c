/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Measures the frames that the gallery draws while its pipeline runs; see README.md in
 * tests/benchmarks. It can save what the window looks like, which is the picture in the docs. */

#include "gallery-pipeline.h"
#include "pl-test-gallery.h"
#include "pl-test-pictures.h"

#include <locale.h>
#include <stdio.h>
#include <time.h>

#define REST_MSEC 2000
#define FRAME_MSEC (1000.0 / 60)

static int n_pictures = 10000;
static int n_different = 100;
static int width = 640;
static char *kind = NULL;
static char *screenshot = NULL;

static const GOptionEntry entries[] = {
  { "pictures", 0, 0, G_OPTION_ARG_INT, &n_pictures, "Files in the folder", "N" },
  { "different", 0, 0, G_OPTION_ARG_INT, &n_different, "Of them that are no links", "N" },
  { "width", 0, 0, G_OPTION_ARG_INT, &width, "Pixels in a row of a picture", "N" },
  { "kind", 0, 0, G_OPTION_ARG_STRING, &kind, "Who makes thumbnails", "threads|processes" },
  { "screenshot", 0, 0, G_OPTION_ARG_FILENAME, &screenshot, "Save the window there, and end",
    "FILE" },
  G_OPTION_ENTRY_NULL
};

/* Between the beginnings of two frames: the time, and that of the processor which this thread has
 * taken, in milliseconds. What else the machine does is in the first alone. */
typedef struct
{
  GArray *gaps;
  GArray *costs;
  double last_time;
  double last_cost;
} Frames;

static double
get_msec (clockid_t clock)
{
  struct timespec now;

  clock_gettime (clock, &now);
  return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

static void
before_paint_cb (GdkFrameClock *clock, Frames *frames)
{
  double time = get_msec (CLOCK_MONOTONIC);
  double cost = get_msec (CLOCK_THREAD_CPUTIME_ID);
  double gap = time - frames->last_time;
  double used = cost - frames->last_cost;

  if (frames->last_time != 0)
    {
      g_array_append_val (frames->gaps, gap);
      g_array_append_val (frames->costs, used);
    }
  frames->last_time = time;
  frames->last_cost = cost;
}

static int
compare_doubles (gconstpointer a, gconstpointer b)
{
  double difference = *(const double *) a - *(const double *) b;

  return (difference > 0) - (difference < 0);
}

/* By how much the one at @rank was longer than a period. */
static double
get_excess (GArray *sorted, double rank)
{
  guint position = rank * (sorted->len - 1);

  return MAX (0, g_array_index (sorted, double, position) - FRAME_MSEC);
}

static void
print_frames (const char *phase, Frames *frames, const char *more)
{
  GArray *gaps = frames->gaps;
  GArray *costs = frames->costs;
  double sum = 0;

  for (guint i = 0; i < gaps->len; i++)
    sum += g_array_index (gaps, double, i);
  g_array_sort (gaps, compare_doubles);
  g_array_sort (costs, compare_doubles);

  printf ("phase=%s frames=%u per_second=%.1f worst_ms=%.1f p99_ms=%.1f worst_cpu_ms=%.1f "
          "p99_cpu_ms=%.1f median_used_ms=%.1f%s\n", phase, gaps->len, gaps->len * 1000 / sum,
          get_excess (gaps, 1), get_excess (gaps, 0.99), get_excess (costs, 1),
          get_excess (costs, 0.99), g_array_index (costs, double, costs->len / 2), more);
  fflush (stdout);
}

static void
frames_begin (Frames *frames, GdkFrameClock *clock)
{
  *frames = (Frames) { .gaps = g_array_new (FALSE, FALSE, sizeof (double)),
                       .costs = g_array_new (FALSE, FALSE, sizeof (double)) };
  g_signal_connect (clock, "before-paint", G_CALLBACK (before_paint_cb), frames);
}

static void
frames_end (Frames *frames, GdkFrameClock *clock)
{
  g_signal_handlers_disconnect_by_data (clock, frames);
  g_array_unref (frames->gaps);
  g_array_unref (frames->costs);
}

/* Has the whole window drawn in each frame, as something that moves in it would. */
static gboolean
tick_cb (GtkWidget *window, GdkFrameClock *clock, gpointer user_data)
{
  gtk_widget_queue_draw (window);
  return G_SOURCE_CONTINUE;
}

static void
measure (GtkWidget *window, const char *folder)
{
  GdkFrameClock *clock = gtk_widget_get_frame_clock (window);
  g_autofree char *more = NULL;
  gint64 start;
  Frames frames;

  frames_begin (&frames, clock);
  pl_test_rest (REST_MSEC);
  print_frames ("rest", &frames, "");
  frames_end (&frames, clock);

  frames_begin (&frames, clock);
  start = g_get_monotonic_time ();
  pl_test_gallery_open (window, folder);
  pl_test_gallery_wait_until_ended (window);
  more = g_strdup_printf (" items=%u seconds=%.2f", pl_test_gallery_count (window),
                          (g_get_monotonic_time () - start) / (double) G_USEC_PER_SEC);
  print_frames ("run", &frames, more);
  frames_end (&frames, clock);

  frames_begin (&frames, clock);
  pl_test_rest (REST_MSEC);
  print_frames ("shown", &frames, "");
  frames_end (&frames, clock);
}

/* One file that is no picture and one that claims to be, so that something is dropped and fails. */
static void
add_others (const char *folder)
{
  g_autofree char *notes = g_build_filename (folder, "notes.txt", NULL);
  g_autofree char *broken = g_build_filename (folder, "broken.jpg", NULL);

  g_assert_true (g_file_set_contents (notes, "no picture", -1, NULL));
  g_assert_true (g_file_set_contents (broken, "no picture", -1, NULL));
}

static void
take_screenshot (GtkWidget *window, const char *folder)
{
  pl_test_gallery_open (window, folder);
  pl_test_gallery_wait_until_ended (window);
  pl_test_save_window (window, screenshot);
}

int
main (int argc, char **argv)
{
  g_autoptr(GOptionContext) context = g_option_context_new (NULL);
  g_autoptr(GError) error = NULL;
  g_autofree char *name = NULL;
  char *folder;
  GtkWidget *window;

  gallery_pipeline_register ();
  pl_worker_init (&argc, &argv);

  setlocale (LC_ALL, "");
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    {
      g_printerr ("%s\n", error->message);
      return 2;
    }

  gtk_init ();
  folder = pl_test_make_folder ();
  if (screenshot != NULL)
    add_others (folder);
  pl_test_draw_pictures (folder, n_pictures, MIN (n_different, n_pictures), width);

  window = gallery_window_new (NULL);
  pl_test_gallery_choose (window, g_strcmp0 (kind, "processes") == 0);
  gtk_window_present (GTK_WINDOW (window));
  gtk_widget_add_tick_callback (window, tick_cb, NULL, NULL);

  if (screenshot != NULL)
    take_screenshot (window, folder);
  else
    measure (window, folder);

  gtk_window_destroy (GTK_WINDOW (window));
  pl_test_remove_folder (folder);
  return 0;
}
