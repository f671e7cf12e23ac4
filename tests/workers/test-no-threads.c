/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-util.h"

/* What becomes of a run when the system gives it no more threads: the linker puts the function
 * below in the place of g_thread_try_new(). */

static int n_allowed;

GThread *__real_g_thread_try_new (const char *name,
                                  GThreadFunc func,
                                  gpointer data,
                                  GError **error);
GThread *__wrap_g_thread_try_new (const char *name,
                                  GThreadFunc func,
                                  gpointer data,
                                  GError **error);

GThread *
__wrap_g_thread_try_new (const char *name, GThreadFunc func, gpointer data, GError **error)
{
  if (n_allowed-- > 0)
    return __real_g_thread_try_new (name, func, data, error);

  g_set_error_literal (error, G_THREAD_ERROR, G_THREAD_ERROR_AGAIN, "no more threads");
  return NULL;
}

static void
test_run_fails_and_what_started_is_joined (void)
{
  guint n_threads = pl_test_count_threads ();

  /* A feeder and four workers are wanted. */
  for (int allowed = 0; allowed < 5; allowed++)
    {
      PlTestCounts counts = { 0 };
      g_autoptr(PlStage) endless = pl_source_new_for_func (pl_test_count_up, &counts, NULL);
      g_autoptr(PlStage) added = pl_thread_map (endless, pl_test_add1, NULL, NULL);
      g_autoptr(GError) error = NULL;

      pl_stage_set_name (added, "resize");
      pl_stage_set_workers (added, 4);
      pl_stage_set_on_start (added, pl_test_on_start, &counts, NULL);
      pl_stage_set_on_done (added, pl_test_on_done, &counts, NULL);

      n_allowed = allowed;
      g_assert_false (pl_stage_run (added, NULL, &error));
      g_assert_error (error, G_THREAD_ERROR, G_THREAD_ERROR_AGAIN);
      g_assert_nonnull (strstr (error->message, "stage “"));
      g_assert_nonnull (strstr (error->message, "no more threads"));
      g_assert_cmpint (counts.starts, ==, counts.dones);
      pl_test_wait_for_threads (n_threads);
    }
}

static void
test_run_works_with_just_enough (void)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 3);
  g_autoptr(PlStage) added = pl_thread_map (numbers, pl_test_add1, NULL, NULL);

  n_allowed = 2;
  pl_test_assert_ints (added, "1 2 3");
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);

  g_test_add_func ("/no-threads/run-fails-and-what-started-is-joined",
                   test_run_fails_and_what_started_is_joined);
  g_test_add_func ("/no-threads/run-works-with-just-enough", test_run_works_with_just_enough);

  return pl_test_run ();
}
