/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-process.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

/* How runs with processes end before their elements do: nothing is left of them. */

#define N_WORKERS 3

typedef struct
{
  PlTestCounts counts;
  int cancelled;
} PlTestEnd;

/* Works until it is told not to. */
static gboolean
work_until_cancelled (const GValue *element,
                      GValue *result,
                      PlWorker *worker,
                      gpointer user_data,
                      GError **error)
{
  PlTestEnd *test = user_data;
  gboolean done = pl_test_wait_until_cancelled (element, result, worker, &test->counts, error);

  g_atomic_int_inc (&test->cancelled);
  return done;
}

/* Never looks up. */
static gboolean
work_for_ever (const GValue *element,
               GValue *result,
               PlWorker *worker,
               gpointer user_data,
               GError **error)
{
  PlTestEnd *test = user_data;

  g_atomic_int_inc (&test->counts.calls);
  while (TRUE)
    pause ();
  return TRUE;
}

static PlStage *
new_stage (PlMapFunc func, PlTestEnd *test)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 100);
  PlStage *stage = pl_test_process.map (numbers, func, test, NULL);

  /* What is tested is that the functions are told, however slow the machine is. */
  pl_command_set_grace (pl_stage_get_command (stage), func == work_for_ever ? 100 : 30000);
  pl_stage_set_workers (stage, N_WORKERS);
  pl_test_set_on_start (stage, pl_test_on_start, &test->counts);
  pl_test_set_on_done (stage, pl_test_on_done, &test->counts);
  return stage;
}

static void
assert_no_children (void)
{
  siginfo_t info;

  g_assert_cmpint (waitid (P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT), ==, -1);
  g_assert_cmpint (errno, ==, ECHILD);
}

static void
assert_told (PlTestEnd *test)
{
  g_assert_cmpint (test->counts.calls, ==, N_WORKERS);
  g_assert_cmpint (test->cancelled, ==, N_WORKERS);
  g_assert_cmpint (test->counts.starts, ==, N_WORKERS);
  g_assert_cmpint (test->counts.dones, ==, N_WORKERS);
  assert_no_children ();
}

static void
test_closing_the_iterator_tells_the_functions (void)
{
  guint n_fds = pl_test_count_fds ();
  guint n_threads = pl_test_count_threads ();
  PlTestEnd *test = pl_test_new_shared (PlTestEnd);
  g_autoptr(PlStage) stage = new_stage (work_until_cancelled, test);
  g_autoptr(PlIterator) iterator = pl_stage_iterate (stage);

  pl_test_wait_for (&test->counts.calls, N_WORKERS);
  pl_iterator_close (iterator);
  assert_told (test);

  g_clear_object (&iterator);
  pl_test_wait_for_fds (n_fds);
  pl_test_wait_for_threads (n_threads);
}

static void
test_dropping_the_iterator_tells_the_functions (void)
{
  PlTestEnd *test = pl_test_new_shared (PlTestEnd);
  g_autoptr(PlStage) stage = new_stage (work_until_cancelled, test);
  g_autoptr(PlIterator) iterator = pl_stage_iterate (stage);

  pl_test_wait_for (&test->counts.calls, N_WORKERS);
  g_clear_object (&iterator);
  assert_told (test);
}

typedef struct
{
  PlTestEnd *test;
  GCancellable *cancellable;
} PlTestCancel;

static gpointer
cancel_thread (gpointer data)
{
  PlTestCancel *cancel = data;

  pl_test_wait_for (&cancel->test->counts.calls, N_WORKERS);
  g_cancellable_cancel (cancel->cancellable);
  return NULL;
}

static void
test_cancellable_tells_the_functions (void)
{
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  PlTestCancel cancel = { pl_test_new_shared (PlTestEnd), cancellable };
  g_autoptr(PlStage) stage = new_stage (work_until_cancelled, cancel.test);
  GThread *thread = g_thread_new ("cancel", cancel_thread, &cancel);
  g_autoptr(GError) error = NULL;

  g_assert_false (pl_stage_run (stage, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_thread_join (thread);
  assert_told (cancel.test);
}

static gboolean
fail_when_all_work (const GValue *element,
                    GValue *result,
                    PlWorker *worker,
                    gpointer user_data,
                    GError **error)
{
  PlTestEnd *test = user_data;

  if (g_value_get_int (element) != 0)
    return work_until_cancelled (element, result, worker, test, error);

  pl_test_wait_for (&test->counts.calls, N_WORKERS - 1);
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE, "no space");
  return FALSE;
}

/* An error ends the others as cancelling does, and it is the one that arrives. The one that has
 * failed may have begun with its next element. */
static void
test_error_tells_the_other_functions (void)
{
  PlTestEnd *test = pl_test_new_shared (PlTestEnd);
  g_autoptr(PlStage) stage = new_stage (fail_when_all_work, test);
  g_autoptr(GError) error = NULL;

  g_assert_false (pl_stage_run (stage, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
  g_assert_cmpint (test->cancelled, >=, N_WORKERS - 1);
  g_assert_cmpint (test->counts.dones, ==, N_WORKERS);
  assert_no_children ();
}

/* A process that does not end in its time is killed. */
static void
test_functions_that_do_not_listen_are_killed (void)
{
  guint n_fds = pl_test_count_fds ();
  PlTestEnd *test = pl_test_new_shared (PlTestEnd);
  g_autoptr(PlStage) stage = new_stage (work_for_ever, test);
  g_autoptr(PlIterator) iterator = pl_stage_iterate (stage);
  gint64 begin = g_get_monotonic_time ();

  pl_test_wait_for (&test->counts.calls, N_WORKERS);
  pl_iterator_close (iterator);
  g_assert_cmpint (g_get_monotonic_time () - begin, <, 60 * G_USEC_PER_SEC);
  g_assert_cmpint (test->counts.dones, ==, 0);
  assert_no_children ();

  g_clear_object (&iterator);
  pl_test_wait_for_fds (n_fds);
}

/* Processes are in any state when nobody wants them any more. */
static void
test_dropping_leaves_nothing (void)
{
  guint n_fds = pl_test_count_fds ();
  guint n_threads = pl_test_count_threads ();

  for (guint round = 0; round < pl_test_rounds_of (&pl_test_process, 1000); round++)
    {
      PlTestCounts counts = { 0 };
      g_autoptr(PlStage) endless = pl_source_new_for_func (pl_test_count_up, &counts, NULL);
      g_autoptr(PlStage) added = pl_test_process.map (endless, pl_test_add1, NULL, NULL);
      g_autoptr(PlIterator) iterator = NULL;

      pl_stage_set_workers (added, 1 + round % 3);
      pl_stage_set_maxsize (added, round % 4);
      iterator = pl_stage_iterate (added);
      for (guint i = 0; i < round % 5; i++)
        pl_test_take_int (iterator);
    }

  assert_no_children ();
  pl_test_wait_for_fds (n_fds);
  pl_test_wait_for_threads (n_threads);
}

/* One stage in two runs at once, each of which has processes of its own. */
static void
test_runs_have_processes_of_their_own (void)
{
  PlTestCounts *counts = pl_test_new_shared (PlTestCounts);
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 3);
  g_autoptr(PlStage) added = pl_test_process.map (numbers, pl_test_add1, counts, NULL);
  g_autoptr(PlIterator) one = NULL;
  g_autoptr(PlIterator) other = NULL;

  pl_test_set_on_start (added, pl_test_on_start, counts);
  one = pl_stage_iterate (added);
  other = pl_stage_iterate (added);
  for (int i = 1; i <= 3; i++)
    {
      g_assert_cmpint (pl_test_take_int (one), ==, i);
      g_assert_cmpint (pl_test_take_int (other), ==, i);
    }
  g_assert_cmpint (counts->starts, ==, 2);
  g_assert_cmpint (counts->calls, ==, 6);

  pl_test_assert_ints (added, "1 2 3");
  g_assert_cmpint (counts->starts, ==, 3);
}

/* Each of its consumers gets every element, and the function is called once for each. */
static void
test_branches_share_their_input (void)
{
  PlTestCounts *counts = pl_test_new_shared (PlTestCounts);
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 3);
  g_autoptr(PlStage) shared = pl_test_process.map (numbers, pl_test_add1, counts, NULL);
  g_autoptr(PlStage) a = pl_test_process.map (shared, pl_test_add1, NULL, NULL);
  g_autoptr(PlStage) b = pl_thread_map (shared, pl_test_add1, NULL, NULL);
  g_autoptr(PlStage) all = pl_process_concat ((PlStage *[]) { a, b, shared, shared }, 4);

  pl_test_assert_sorted_ints (all, "1 1 2 2 2 2 3 3 3 3 4 4");
  g_assert_cmpint (counts->calls, ==, 3);
}

typedef struct
{
  int is_traced; /* -1: nobody may trace */
  int may_let_go;
  int pid;
} PlTestTracing;

/* In a process of its own, which traces the one that has started it, as a debugger does, and does
 * not look at it any more. */
static void
trace_parent (PlTestTracing *test)
{
  gboolean is_traced = ptrace (PTRACE_SEIZE, getppid (), NULL, NULL) == 0;

  setsid ();
  g_atomic_int_set (&test->is_traced, is_traced ? 1 : -1);
  while (is_traced && g_atomic_int_get (&test->may_let_go) == 0)
    usleep (1000);
  _exit (EXIT_SUCCESS);
}

static gboolean
end_while_traced (const GValue *element,
                  GValue *result,
                  PlWorker *worker,
                  gpointer user_data,
                  GError **error)
{
  PlTestTracing *test = user_data;
  pid_t tracer = fork ();

  if (tracer == 0)
    trace_parent (test);

  prctl (PR_SET_PTRACER, tracer);
  while (g_atomic_int_get (&test->is_traced) == 0)
    usleep (1000);
  if (g_atomic_int_get (&test->is_traced) == 1)
    {
      g_atomic_int_set (&test->pid, getpid ());
      kill (getpid (), SIGKILL);
    }
  return pl_test_add1 (element, result, worker, NULL, error);
}

/* Tells whether what ended is a zombie: nobody has waited for it. */
static gboolean
is_zombie (int pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/stat", pid);
  g_autofree char *stat = NULL;

  return g_file_get_contents (path, &stat, NULL, NULL) && strstr (stat, ") Z ") != NULL;
}

/* A process that ends in the hands of a debugger cannot be waited for until that lets go. GLib then
 * takes it for one that has succeeded. */
static void
test_traced_process_is_waited_for (void)
{
  PlTestTracing *test = pl_test_new_shared (PlTestTracing);
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 1);
  g_autoptr(PlStage) ended = pl_test_process.map (numbers, end_while_traced, test, NULL);
  g_autoptr(PlIterator) iterator = pl_stage_iterate (ended);
  g_autoptr(GError) error = NULL;
  g_auto(GValue) value = G_VALUE_INIT;
  int pid;

  while (g_atomic_int_get (&test->is_traced) == 0)
    g_usleep (1000);
  if (g_atomic_int_get (&test->is_traced) == -1)
    {
      g_test_skip ("No process may trace another here");
      return;
    }

  while ((pid = g_atomic_int_get (&test->pid)) == 0 || !is_zombie (pid))
    g_usleep (1000);
  g_atomic_int_set (&test->may_let_go, 1);

  g_assert_false (pl_iterator_next (iterator, &value, NULL, &error));
  g_assert_error (error, PL_ERROR, PL_ERROR_WORKER_EXITED);
  g_assert_nonnull (strstr (error->message, "was killed by signal 9"));
  g_assert_false (is_zombie (pid));
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);

  /* The memory that is shared keeps a file open. */
  pl_test_shared_alloc (1);

#define ADD(name, func) g_test_add_func ("/process-end/" name, func)
  ADD ("closing-the-iterator-tells-the-functions", test_closing_the_iterator_tells_the_functions);
  ADD ("dropping-the-iterator-tells-the-functions",
       test_dropping_the_iterator_tells_the_functions);
  ADD ("cancellable-tells-the-functions", test_cancellable_tells_the_functions);
  ADD ("error-tells-the-other-functions", test_error_tells_the_other_functions);
  ADD ("functions-that-do-not-listen-are-killed", test_functions_that_do_not_listen_are_killed);
  ADD ("dropping-leaves-nothing", test_dropping_leaves_nothing);
  ADD ("runs-have-processes-of-their-own", test_runs_have_processes_of_their_own);
  ADD ("branches-share-their-input", test_branches_share_their_input);
  ADD ("traced-process-is-waited-for", test_traced_process_is_waited_for);

  return pl_test_run ();
}
