/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-program.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What becomes of process stages when the system gives no more files, processes or threads: the
 * linker puts the functions below in the place of those that ask for them. */

#define UNLIMITED G_MAXINT

static int n_processes = UNLIMITED; /* that are allowed still */
static int n_threads = UNLIMITED;

GSubprocess *__real_g_subprocess_launcher_spawnv (GSubprocessLauncher *launcher,
                                                  const char * const *argv,
                                                  GError **error);
GSubprocess *__wrap_g_subprocess_launcher_spawnv (GSubprocessLauncher *launcher,
                                                  const char * const *argv,
                                                  GError **error);
GThread *__real_g_thread_try_new (const char *name,
                                  GThreadFunc func,
                                  gpointer data,
                                  GError **error);
GThread *__wrap_g_thread_try_new (const char *name,
                                  GThreadFunc func,
                                  gpointer data,
                                  GError **error);

GSubprocess *
__wrap_g_subprocess_launcher_spawnv (GSubprocessLauncher *launcher,
                                     const char * const *argv,
                                     GError **error)
{
  if (g_atomic_int_get (&n_processes) == UNLIMITED || g_atomic_int_add (&n_processes, -1) > 0)
    return __real_g_subprocess_launcher_spawnv (launcher, argv, error);

  g_set_error_literal (error, G_SPAWN_ERROR, G_SPAWN_ERROR_FORK, "no more processes");
  return NULL;
}

GThread *
__wrap_g_thread_try_new (const char *name, GThreadFunc func, gpointer data, GError **error)
{
  if (n_threads == UNLIMITED || n_threads-- > 0)
    return __real_g_thread_try_new (name, func, data, error);

  g_set_error_literal (error, G_THREAD_ERROR, G_THREAD_ERROR_AGAIN, "no more threads");
  return NULL;
}

static PlCommand *
new_cat (void)
{
  return pl_test_new_program (PL_PROTOCOL_LINES, "cat", NULL);
}

/* Waits until there are no more than before. The kernel lists a thread for a moment after it has
 * been joined, and GLib closes in a thread of its own what tells it of the end of a process. */
static void
wait_for_threads_and_fds (guint n_before, guint n_fds)
{
  while (pl_test_count_threads () > n_before || pl_test_count_fds () > n_fds)
    g_usleep (100);
}

/* The error of a run of @stage, which names it, and which leaves nothing behind. */
static GError *
run_failing (PlStage *stage)
{
  guint n_before = pl_test_count_threads ();
  guint n_fds = pl_test_count_fds ();
  GError *error = NULL;

  g_assert_false (pl_stage_run (stage, NULL, &error));
  g_assert_nonnull (error);
  g_assert_true (g_str_has_prefix (error->message, "stage “"));
  wait_for_threads_and_fds (n_before, n_fds);
  g_assert_cmpuint (pl_test_count_children (), ==, 0);
  return error;
}

/* GLib starts a thread with the first process, and keeps it and its files. */
static void
run_once (void)
{
  g_autoptr(PlCommand) command = new_cat ();
  g_autoptr(PlStage) mapped = pl_test_map_words ("a", command);

  pl_test_assert_strings (mapped, "a");
}

/* Allows only @n_fds files more than there are, and returns how many there were allowed. */
static rlim_t
limit_fds (guint n_fds)
{
  struct rlimit limit;
  rlim_t former;
  int next = dup (STDERR_FILENO); /* they are numbered without gaps */

  close (next);
  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  former = limit.rlim_cur;
  limit.rlim_cur = next + n_fds;
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  return former;
}

static void
unlimit_fds (rlim_t former)
{
  struct rlimit limit;

  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  limit.rlim_cur = former;
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &limit), ==, 0);
}

/* It is GLib that finds out where another thread has taken what was there a moment ago, and says so
 * with another code. */
static void
assert_too_many_files (GError *error)
{
  g_assert_nonnull (error);
  g_assert_nonnull (strstr (error->message, g_strerror (EMFILE)));
}

/* However few there are: the run works, or fails. */
static void
test_few_files_are_an_error (void)
{
  guint n_failed = 0;

  run_once ();
  for (guint n_fds = 0; n_fds < 64; n_fds++)
    {
      g_autoptr(PlCommand) command = new_cat ();
      g_autoptr(PlStage) mapped = pl_test_map_words ("a b c", command);
      g_autoptr(GError) error = NULL;
      rlim_t former;
      gboolean done;

      pl_stage_set_workers (mapped, 3);
      former = limit_fds (n_fds);
      done = pl_stage_run (mapped, NULL, &error);
      unlimit_fds (former);
      g_assert_cmpuint (pl_test_count_children (), ==, 0);
      if (done)
        continue;

      n_failed++;
      assert_too_many_files (error);
      g_assert_true (g_str_has_prefix (error->message, "stage “map” (process map"));
    }
  g_assert_cmpuint (n_failed, >, 0);
  g_assert_cmpuint (n_failed, <, 64);
}

static gboolean
limit_at_bad (const GValue *element,
              GValue *result,
              PlWorker *worker,
              gpointer user_data,
              GError **error)
{
  rlim_t *former = user_data;

  if (g_str_equal (g_value_get_string (element), "bad"))
    *former = limit_fds (0);
  g_value_init (result, G_TYPE_STRING);
  g_value_copy (element, result);
  return TRUE;
}

/* The process ends when there are no files for another. */
static void
test_no_files_for_the_next_process (gconstpointer protocol)
{
  g_autoptr(PlCommand) command = pl_test_new_script (
    GPOINTER_TO_INT (protocol), GPOINTER_TO_INT (protocol) == PL_PROTOCOL_LINES
                                  ? "while read x; do [ $x != bad ] || exit 1; echo $x; done"
                                  : "cat");
  g_autoptr(PlStage) input = pl_test_new_words ("a bad b c");
  rlim_t former = 0;
  g_autoptr(PlStage) limited = pl_thread_map (input, limit_at_bad, &former, NULL);
  g_autoptr(PlStage) mapped = pl_process_map (limited, command);
  g_autoptr(GError) error = NULL;

  run_once ();
  if (GPOINTER_TO_INT (protocol) == PL_PROTOCOL_LINES)
    pl_stage_set_error_policy (mapped, PL_ERROR_POLICY_SKIP);

  g_assert_false (pl_stage_run (mapped, NULL, &error));
  unlimit_fds (former);
  assert_too_many_files (error);
  g_assert_true (g_str_has_prefix (error->message, "stage “map” (process map, worker 0"));
  g_assert_cmpuint (pl_test_count_children (), ==, 0);
}

static void
test_no_processes_are_an_error (void)
{
  g_autoptr(PlCommand) lines = new_cat ();
  g_autoptr(PlCommand) oneshot = pl_test_new_program (PL_PROTOCOL_ONESHOT, "cat", NULL);
  g_autoptr(PlStage) mapped = pl_test_map_words ("a b c d", lines);
  g_autoptr(PlStage) mapped_each = pl_test_map_words ("a b c d", oneshot);

  run_once ();
  pl_stage_set_workers (mapped, 3);
  for (int allowed = 0; allowed < 3; allowed++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(GError) error_each = NULL;

      n_processes = allowed;
      error = run_failing (mapped);
      g_assert_error (error, G_SPAWN_ERROR, G_SPAWN_ERROR_FORK);

      n_processes = allowed;
      error_each = run_failing (mapped_each);
      g_assert_error (error_each, G_SPAWN_ERROR, G_SPAWN_ERROR_FORK);
      g_assert_nonnull (strstr (error_each->message, "Cannot start a worker process: no more"));
    }
  n_processes = UNLIMITED;
}

/* What cannot be started for the moment is started a little later. */
static gpointer
allow_processes (gpointer data)
{
  while (g_atomic_int_get (&n_processes) >= 0)
    g_usleep (100);

  g_atomic_int_set (&n_processes, UNLIMITED);
  return NULL;
}

static void
test_waits_for_the_next_process (void)
{
  g_autoptr(PlCommand) command = pl_test_new_script (
    PL_PROTOCOL_LINES, "while read x; do [ $x != bad ] || exit 1; echo $x; done");
  g_autoptr(PlStage) mapped = pl_test_map_words ("a bad b c", command);
  GThread *helper;

  pl_stage_set_error_policy (mapped, PL_ERROR_POLICY_SKIP);
  n_processes = 1;
  helper = g_thread_new ("helper", allow_processes, NULL);
  pl_test_assert_strings (mapped, "a|b|c");
  g_thread_join (helper);
}

/* And if it is not in the end, that is an error. */
static void
test_does_not_wait_forever (void)
{
  g_autoptr(PlCommand) command = pl_test_new_script (
    PL_PROTOCOL_LINES, "while read x; do [ $x != bad ] || exit 1; echo $x; done");
  g_autoptr(PlStage) mapped = pl_test_map_words ("a bad b c", command);
  g_autoptr(GError) error = NULL;

  run_once ();
  pl_stage_set_error_policy (mapped, PL_ERROR_POLICY_SKIP);
  n_processes = 1;
  error = run_failing (mapped);
  g_assert_error (error, G_SPAWN_ERROR, G_SPAWN_ERROR_FORK);
  g_assert_cmpint (n_processes, ==, -5);
  n_processes = UNLIMITED;
}

static void
test_no_threads_are_an_error (void)
{
  g_autoptr(PlCommand) command = new_cat ();
  g_autoptr(PlStage) mapped = pl_test_map_words ("a b c d", command);

  run_once ();
  pl_stage_set_workers (mapped, 4);

  /* A feeder and four workers are wanted. */
  for (int allowed = 0; allowed < 5; allowed++)
    {
      g_autoptr(GError) error = NULL;

      n_threads = allowed;
      error = run_failing (mapped);
      g_assert_error (error, G_THREAD_ERROR, G_THREAD_ERROR_AGAIN);
    }
  n_threads = UNLIMITED;
}

static void
test_many_workers_leave_nothing (void)
{
  g_autoptr(PlCommand) command = new_cat ();
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 2000);
  g_autoptr(PlStage) mapped = pl_process_map (numbers, command);
  guint n_fds;
  guint n_before;

  run_once ();
  n_fds = pl_test_count_fds ();
  n_before = pl_test_count_threads ();
  pl_stage_set_workers (mapped, 100);

  for (guint i = 0; i < pl_test_rounds (3); i++)
    {
      g_autoptr(GArray) values = pl_stage_collect (mapped, NULL, NULL);
      g_autoptr(PlIterator) iter = pl_stage_iterate (mapped);
      g_auto(GValue) value = G_VALUE_INIT;

      g_assert_cmpuint (values->len, ==, 2000);
      g_assert_true (pl_iterator_next (iter, &value, NULL, NULL));
      pl_iterator_close (iter);
      g_assert_cmpuint (pl_test_count_children (), ==, 0);
    }

  wait_for_threads_and_fds (n_before, n_fds);
}

/* From now on the system has no memory for another process, but for threads. Threads are started by
 * clone() where there is no clone3(), whose flags a filter cannot see. */
static gboolean
forbid_processes (void)
{
  struct sock_filter filter[] = {
    BPF_STMT (BPF_LD | BPF_W | BPF_ABS, offsetof (struct seccomp_data, nr)),
    BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 0, 1),
    BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
    BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 3),
    BPF_STMT (BPF_LD | BPF_W | BPF_ABS, offsetof (struct seccomp_data, args)),
    BPF_JUMP (BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 1, 0),
    BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOMEM),
    BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = { G_N_ELEMENTS (filter), filter };

  return prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         syscall (SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) == 0;
}

static void
assert_no_memory (PlCommand *command)
{
  g_autoptr(PlStage) mapped = pl_test_map_words ("a b c d", command);
  g_autoptr(GError) error = run_failing (mapped);

  g_assert_error (error, G_SPAWN_ERROR, G_SPAWN_ERROR_FORK);
  g_assert_nonnull (strstr (error->message, "Cannot start a worker process: "));
  g_assert_nonnull (strstr (error->message, g_strerror (ENOMEM)));
}

/* As the kernel says it, and not the linker. */
static void
test_no_memory_for_a_process_is_an_error (void)
{
  g_autoptr(PlCommand) lines = new_cat ();
  g_autoptr(PlCommand) oneshot = pl_test_new_program (PL_PROTOCOL_ONESHOT, "cat", NULL);

#ifdef __SANITIZE_ADDRESS__
  g_test_skip ("The leak sanitizer needs a process of its own");
  return;
#endif

  if (!g_test_subprocess ())
    {
      g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_INHERIT_STDERR);
      g_test_trap_assert_passed ();
      return;
    }

  run_once ();
  if (!forbid_processes ())
    {
      g_test_message ("System calls cannot be filtered here");
      return;
    }

  assert_no_memory (lines);
  assert_no_memory (oneshot);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);

  g_test_add_func ("/process-limits/few-files-are-an-error", test_few_files_are_an_error);
  g_test_add_data_func ("/process-limits/no-files-for-the-next-process/lines",
                        GINT_TO_POINTER (PL_PROTOCOL_LINES), test_no_files_for_the_next_process);
  g_test_add_data_func ("/process-limits/no-files-for-the-next-process/oneshot",
                        GINT_TO_POINTER (PL_PROTOCOL_ONESHOT),
                        test_no_files_for_the_next_process);
  g_test_add_func ("/process-limits/no-processes-are-an-error", test_no_processes_are_an_error);
  g_test_add_func ("/process-limits/no-memory-for-a-process-is-an-error",
                   test_no_memory_for_a_process_is_an_error);
  g_test_add_func ("/process-limits/waits-for-the-next-process",
                   test_waits_for_the_next_process);
  g_test_add_func ("/process-limits/does-not-wait-forever", test_does_not_wait_forever);
  g_test_add_func ("/process-limits/no-threads-are-an-error", test_no_threads_are_an_error);
  g_test_add_func ("/process-limits/many-workers-leave-nothing",
                   test_many_workers_leave_nothing);

  return pl_test_run ();
}
