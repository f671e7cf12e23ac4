/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-util.h"

/* Debug output, of a program that says G_MESSAGES_DEBUG=pypeln and of one that does not. */

static gboolean
sleep_in_2 (const GValue *element,
            GValue *result,
            PlWorker *worker,
            gpointer user_data,
            GError **error)
{
  while (g_value_get_int (element) == 2 &&
         !g_cancellable_is_cancelled (pl_worker_get_cancellable (worker)))
    g_usleep (100);
  return pl_test_fail (element, result, worker, GINT_TO_POINTER (3), error);
}

static void
run_failing_pipeline (void)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (1, 5);
  g_autoptr(PlStage) failing = pl_thread_map (numbers, sleep_in_2, NULL, NULL);

  pl_stage_set_name (failing, "resize");
  pl_stage_set_timeout (failing, 500);
  pl_stage_set_retries (failing, 1);
  g_assert_false (pl_stage_run (failing, NULL, NULL));
}

static void
test_tells_starts_stops_timeouts_and_errors (void)
{
  if (g_test_subprocess ())
    {
      g_setenv ("G_MESSAGES_DEBUG", "pypeln", TRUE);
      run_failing_pipeline ();
      return;
    }

  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_passed ();
  /* What quotes look like depends on the locale. */
  g_test_trap_assert_stdout ("*pypeln*run *: starts*");
  g_test_trap_assert_stdout ("*stage *source*, worker 0: starts*");
  g_test_trap_assert_stdout ("*stage *resize*, worker 0: starts*");
  g_test_trap_assert_stdout ("*stage *resize*, worker 0: the element has timed out after 500 ms*"
                             "stage *resize*, worker 0: starts*");
  g_test_trap_assert_stdout ("*stage *resize*, worker 0: tries again: no space*");
  g_test_trap_assert_stdout ("*run *: stage *resize* (thread map, worker 0, element 2): no space*");
  g_test_trap_assert_stdout ("*stage *resize*, worker 0: stops*");
  g_test_trap_assert_stdout ("*run *: stops*");
}

static void
test_is_silent_otherwise (void)
{
  if (g_test_subprocess ())
    {
      g_unsetenv ("G_MESSAGES_DEBUG");
      run_failing_pipeline ();
      return;
    }

  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stdout_unmatched ("*resize*");
  g_test_trap_assert_stderr_unmatched ("*resize*");
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);

  g_test_add_func ("/debug/tells-starts-stops-timeouts-and-errors",
                   test_tells_starts_stops_timeouts_and_errors);
  g_test_add_func ("/debug/is-silent-otherwise", test_is_silent_otherwise);

  return pl_test_run ();
}
