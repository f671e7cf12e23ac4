/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Drives the window of the gallery, and looks at what is to be seen in it. */

#include "gallery-pipeline.h"
#include "pl-test-gallery.h"
#include "pl-test-pictures.h"
#include "pl-test-program.h"

#include <unistd.h>

#define N_MANY 10000

/* More pictures of this size than can be done before somebody clicks. */
#define N_SLOW 5000
#define SLOW_WIDTH 1000

#define TIMEOUT_SECONDS 300

typedef struct
{
  char *folder;
  GtkWidget *window;
} Fixture;

/* Each test is run with threads, and with processes, which the data tells. */
static void
set_up (Fixture *fixture, gconstpointer kind)
{
  fixture->folder = pl_test_make_folder ();
  fixture->window = gallery_window_new (NULL);
  pl_test_gallery_choose (fixture->window, GPOINTER_TO_UINT (kind));
}

/* Threads of a run; those of GTK come and go as they like. */
static guint
count_workers (void)
{
  g_autoptr(GDir) dir = g_dir_open ("/proc/self/task", 0, NULL);
  guint n_workers = 0;
  const char *task;

  while ((task = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_strdup_printf ("/proc/self/task/%s/comm", task);
      g_autofree char *name = NULL;

      if (g_file_get_contents (path, &name, NULL, NULL))
        n_workers += g_str_has_prefix (name, "pl-");
    }
  return n_workers;
}

/* None of the runs has left anybody behind. The kernel lists a thread for a moment after it has
 * been joined. */
static void
assert_nobody_works (void)
{
  g_assert_cmpuint (pl_test_count_children (), ==, 0);
  while (count_workers () > 0)
    g_usleep (100);
}

static void
tear_down (Fixture *fixture, gconstpointer kind)
{
  g_object_add_weak_pointer (G_OBJECT (fixture->window), (gpointer *) &fixture->window);
  gtk_window_destroy (GTK_WINDOW (fixture->window));
  while (fixture->window != NULL)
    g_main_context_iteration (NULL, TRUE);
  assert_nobody_works ();
  pl_test_remove_folder (fixture->folder);
}

static void
add_file (Fixture *fixture, const char *name)
{
  g_autofree char *path = g_build_filename (fixture->folder, name, NULL);

  g_assert_true (g_file_set_contents (path, "no picture", -1, NULL));
}

static void
assert_text (Fixture *fixture, const char *name, const char *text)
{
  g_assert_cmpstr (pl_test_gallery_get_text (fixture->window, name), ==, text);
}

static void
assert_figures (Fixture *fixture, int row, const char *expected)
{
  g_autofree char *figures = pl_test_gallery_get_figures (fixture->window, row);

  g_assert_cmpstr (figures, ==, expected);
}

static double
get_fraction (Fixture *fixture)
{
  return gtk_progress_bar_get_fraction (pl_test_gallery_get_child (fixture->window,
                                                                   "progress_bar"));
}

static const char *
get_page (Fixture *fixture)
{
  return gtk_stack_get_visible_child_name (pl_test_gallery_get_child (fixture->window, "stack"));
}

static gboolean
shows_error (Fixture *fixture)
{
  return gtk_info_bar_get_revealed (pl_test_gallery_get_child (fixture->window, "error_bar"));
}

static void
test_nothing_is_open_at_first (Fixture *fixture, gconstpointer kind)
{
  gtk_window_present (GTK_WINDOW (fixture->window));
  g_assert_cmpstr (get_page (fixture), ==, "message");
  assert_text (fixture, "message", "Open a folder to see its pictures");
  g_assert_false (pl_test_gallery_can_click (fixture->window, "win.cancel"));
  g_assert_false (pl_test_gallery_can_click (fixture->window, "win.restart"));
  g_assert_true (pl_test_gallery_can_click (fixture->window, "win.open"));
}

static GtkWidget *
find_dialog (void)
{
  GListModel *windows = gtk_window_get_toplevels ();

  for (guint i = 0; i < g_list_model_get_n_items (windows); i++)
    {
      g_autoptr(GtkWidget) window = g_list_model_get_item (windows, i);

      if (GTK_IS_FILE_CHOOSER (window))
        return window;
    }
  return NULL;
}

static void
test_asks_for_a_folder (Fixture *fixture, gconstpointer kind)
{
  gtk_window_present (GTK_WINDOW (fixture->window));
  g_assert_null (find_dialog ());
  pl_test_gallery_click (fixture->window, "win.open");
  g_assert_nonnull (find_dialog ());

  gtk_dialog_response (GTK_DIALOG (find_dialog ()), GTK_RESPONSE_CANCEL);
  while (find_dialog () != NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpstr (get_page (fixture), ==, "message");
  g_assert_false (pl_test_gallery_can_click (fixture->window, "win.restart"));
}

static void
test_shows_each_picture (Fixture *fixture, gconstpointer kind)
{
  g_autofree char *png = g_build_filename (fixture->folder, "a.png", NULL);

  /* As many as are to be seen without scrolling. */
  pl_test_draw_pictures (fixture->folder, 7, 7, 200);
  pl_test_draw_picture (png, 0, 300, 50);
  add_file (fixture, "notes.txt");

  pl_test_gallery_open (fixture->window, fixture->folder);
  g_assert_true (pl_test_gallery_can_click (fixture->window, "win.cancel"));
  pl_test_gallery_wait_until_ended (fixture->window);

  g_assert_cmpuint (pl_test_gallery_count (fixture->window), ==, 8);
  g_assert_cmpstr (get_page (fixture), ==, "pictures");
  g_assert_cmpfloat (get_fraction (fixture), ==, 1);
  assert_text (fixture, "subtitle", fixture->folder);
  assert_text (fixture, "progress_label", "8 of 8 pictures — done");
  assert_figures (fixture, 1, "Walk 0 0 0 9 0 0");
  assert_figures (fixture, 2, "Select 0 0 9 8 1 0");
  assert_figures (fixture, 3, "Thumbnail 0 0 8 8 0 0");
  g_assert_false (shows_error (fixture));

  pl_test_gallery_wait_until_it_shows (fixture->window, "a.png", "cell");
  pl_test_gallery_wait_until_it_shows (fixture->window, "300 × 50", "cell");
  pl_test_gallery_wait_until_it_shows (fixture->window, "picture-00006.jpg", "cell");
  g_assert_false (pl_test_gallery_shows (fixture->window, "notes.txt", "cell"));
}

static void
test_shows_what_has_failed (Fixture *fixture, gconstpointer kind)
{
  pl_test_draw_pictures (fixture->folder, 3, 3, 200);
  add_file (fixture, "broken.jpg");

  pl_test_gallery_open (fixture->window, fixture->folder);
  pl_test_gallery_wait_until_ended (fixture->window);

  g_assert_cmpuint (pl_test_gallery_count (fixture->window), ==, 4);
  g_assert_cmpfloat (get_fraction (fixture), ==, 1);
  assert_text (fixture, "progress_label", "4 of 4 pictures, 1 failed — done");
  assert_figures (fixture, 3, "Thumbnail 0 0 4 3 0 1");
  pl_test_gallery_wait_until_it_shows (fixture->window, "broken.jpg", "failed");
  pl_test_gallery_wait_until_it_shows (fixture->window, "Unrecognized image file format",
                                       "failed");
  g_assert_false (pl_test_gallery_shows (fixture->window, "picture-00000.jpg", "failed"));
  g_assert_false (shows_error (fixture));
}

static void
test_shows_that_all_have_failed (Fixture *fixture, gconstpointer kind)
{
  add_file (fixture, "broken.jpg");
  pl_test_gallery_open (fixture->window, fixture->folder);
  pl_test_gallery_wait_until_ended (fixture->window);
  g_assert_cmpstr (get_page (fixture), ==, "pictures");
  pl_test_gallery_wait_until_it_shows (fixture->window, "broken.jpg", "failed");
}

static void
test_shows_that_there_are_none (Fixture *fixture, gconstpointer kind)
{
  add_file (fixture, "notes.txt");
  pl_test_gallery_open (fixture->window, fixture->folder);
  pl_test_gallery_wait_until_ended (fixture->window);
  g_assert_cmpstr (get_page (fixture), ==, "message");
  assert_text (fixture, "message", "There are no pictures");
}

static void
test_shows_why_the_run_has_failed (Fixture *fixture, gconstpointer kind)
{
  g_autofree char *missing = g_build_filename (fixture->folder, "missing", NULL);
  const char *text;

  pl_test_gallery_open (fixture->window, missing);
  pl_test_gallery_wait_until_ended (fixture->window);
  text = pl_test_gallery_get_text (fixture->window, "error_label");
  g_assert_true (shows_error (fixture));
  g_assert_true (g_str_has_prefix (text, "stage “Walk” ("));
  g_assert_true (g_str_has_suffix (text, "No such file or directory"));

  /* The next one goes well. */
  pl_test_draw_pictures (fixture->folder, 3, 3, 200);
  pl_test_gallery_open (fixture->window, fixture->folder);
  g_assert_false (shows_error (fixture));
  pl_test_gallery_wait_until_ended (fixture->window);
  g_assert_false (shows_error (fixture));
  g_assert_cmpuint (pl_test_gallery_count (fixture->window), ==, 3);
}

static void
test_cancels (Fixture *fixture, gconstpointer kind)
{
  guint n_pictures;

  pl_test_draw_pictures (fixture->folder, N_SLOW, 1, SLOW_WIDTH);
  pl_test_gallery_open (fixture->window, fixture->folder);
  pl_test_gallery_wait_for_pictures (fixture->window, 3);

  pl_test_gallery_click (fixture->window, "win.cancel");
  pl_test_gallery_wait_until_ended (fixture->window);
  assert_nobody_works ();

  n_pictures = pl_test_gallery_count (fixture->window);
  g_assert_cmpuint (n_pictures, >=, 3);
  g_assert_cmpuint (n_pictures, <, N_SLOW);
  g_assert_cmpfloat (get_fraction (fixture), <, 1);
  g_assert_true (g_str_has_suffix (pl_test_gallery_get_text (fixture->window, "progress_label"),
                                   " pictures — cancelled"));
  g_assert_false (shows_error (fixture));
  g_assert_true (pl_test_gallery_can_click (fixture->window, "win.restart"));
}

static void
test_starts_again (Fixture *fixture, gconstpointer kind)
{
  pl_test_draw_pictures (fixture->folder, 20, 20, 200);
  add_file (fixture, "broken.jpg");
  pl_test_gallery_open (fixture->window, fixture->folder);
  for (int i = 0; i < 3; i++)
    {
      pl_test_gallery_wait_until_ended (fixture->window);
      assert_text (fixture, "progress_label", "21 of 21 pictures, 1 failed — done");
      g_assert_cmpuint (pl_test_gallery_count (fixture->window), ==, 21);
      pl_test_gallery_click (fixture->window, "win.restart");
      g_assert_cmpuint (pl_test_gallery_count (fixture->window), ==, 0);
    }
}

/* Those that were under way neither come into the new list nor hold it up. */
static void
test_starts_again_in_its_midst (Fixture *fixture, gconstpointer kind)
{
  pl_test_draw_pictures (fixture->folder, N_SLOW, 1, SLOW_WIDTH);
  pl_test_gallery_open (fixture->window, fixture->folder);
  for (int i = 0; i < 5; i++)
    {
      pl_test_gallery_wait_for_pictures (fixture->window, 1);
      pl_test_gallery_click (fixture->window, "win.restart");
      g_assert_cmpuint (pl_test_gallery_count (fixture->window), ==, 0);
    }

  pl_test_remove_folder (fixture->folder);
  fixture->folder = pl_test_make_folder ();
  pl_test_draw_pictures (fixture->folder, 5, 5, 200);
  pl_test_gallery_open (fixture->window, fixture->folder);
  pl_test_gallery_wait_until_ended (fixture->window);
  assert_text (fixture, "progress_label", "5 of 5 pictures — done");
  g_assert_cmpuint (pl_test_gallery_count (fixture->window), ==, 5);
}

static void
test_goes_over_to_the_other_kind (Fixture *fixture, gconstpointer kind)
{
  pl_test_draw_pictures (fixture->folder, N_SLOW, 1, SLOW_WIDTH);
  pl_test_gallery_open (fixture->window, fixture->folder);
  pl_test_gallery_wait_for_pictures (fixture->window, 1);
  pl_test_gallery_choose (fixture->window, kind == NULL);
  g_assert_cmpuint (pl_test_gallery_count (fixture->window), ==, 0);
  pl_test_gallery_wait_for_pictures (fixture->window, 1);
}

static void
test_may_be_closed_in_its_midst (Fixture *fixture, gconstpointer kind)
{
  pl_test_draw_pictures (fixture->folder, N_SLOW, 1, SLOW_WIDTH);
  pl_test_gallery_open (fixture->window, fixture->folder);
  pl_test_gallery_wait_for_pictures (fixture->window, 1);
}

static void
test_shows_ten_thousand (Fixture *fixture, gconstpointer kind)
{
  pl_test_draw_pictures (fixture->folder, N_MANY, 100, 64);
  pl_test_gallery_open (fixture->window, fixture->folder);
  pl_test_gallery_wait_until_ended (fixture->window);
  g_assert_cmpuint (pl_test_gallery_count (fixture->window), ==, N_MANY);
  g_assert_cmpfloat (get_fraction (fixture), ==, 1);
  assert_text (fixture, "progress_label", "10000 of 10000 pictures — done");
  assert_figures (fixture, 3, "Thumbnail 0 0 10000 10000 0 0");
}

int
main (int argc, char **argv)
{
  const struct
  {
    const char *name;
    void (*func) (Fixture *fixture, gconstpointer kind);
  } tests[] = {
    { "nothing-is-open-at-first", test_nothing_is_open_at_first },
    { "asks-for-a-folder", test_asks_for_a_folder },
    { "shows-each-picture", test_shows_each_picture },
    { "shows-what-has-failed", test_shows_what_has_failed },
    { "shows-that-all-have-failed", test_shows_that_all_have_failed },
    { "shows-that-there-are-none", test_shows_that_there_are_none },
    { "shows-why-the-run-has-failed", test_shows_why_the_run_has_failed },
    { "cancels", test_cancels },
    { "starts-again", test_starts_again },
    { "starts-again-in-its-midst", test_starts_again_in_its_midst },
    { "goes-over-to-the-other-kind", test_goes_over_to_the_other_kind },
    { "may-be-closed-in-its-midst", test_may_be_closed_in_its_midst },
    { "shows-ten-thousand", test_shows_ten_thousand },
  };
  const char * const kinds[] = { "threads", "processes" };

  gallery_pipeline_register ();
  pl_worker_init (&argc, &argv);

  g_test_init (&argc, &argv, NULL);
  alarm (TIMEOUT_SECONDS);
  gtk_init ();

  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    for (guint kind = 0; kind < G_N_ELEMENTS (kinds); kind++)
      {
        g_autofree char *path = g_strdup_printf ("/gallery/%s/%s", tests[i].name, kinds[kind]);

        g_test_add (path, Fixture, GUINT_TO_POINTER (kind), set_up, tests[i].func, tear_down);
      }
  return g_test_run ();
}
