/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-board.h"
#include "pl-test-util.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* What becomes of a stage when its processes do not do as they should, or their parent does not. */

#define PARENT "--parent"
#define LINGER "--linger"

/* Time is what is tested where these are used. */
#define SILENCE_MS 400
#define LONG_MS (3 * SILENCE_MS)

#define N_ELEMENTS 50
#define POISON 25

static int frames_fd; /* in a worker process, where its frames go */
static guint n_first_fds;

/* What processes do */

static void
do_exit (void)
{
  _exit (3);
}

static void
do_kill (void)
{
  raise (SIGKILL);
}

static void
do_stop (void)
{
  raise (SIGSTOP);
}

static void
do_garbage (void)
{
  g_assert_cmpint (write (frames_fd, "This is no frame.\n", 18), ==, 18);
  pause ();
}

typedef struct
{
  const char *name; /* of the function too */
  void (*func) (void);
  int code;
  const char *text; /* part of the message */
} Poison;

static const Poison poisons[] = {
  { "exit", do_exit, PL_ERROR_WORKER_EXITED, "The worker process exited with status 3" },
  { "kill", do_kill, PL_ERROR_WORKER_EXITED, "The worker process was killed by signal 9 (Killed)" },
  { "stop", do_stop, PL_ERROR_WORKER_SILENT, "has given no sign of life for 400 ms" },
  { "garbage", do_garbage, PL_ERROR_PROTOCOL, "“This is no frame." },
};

/* One element does something to its process, each time or only the first. */
static void
take_poison (int number, const Poison *poison, gboolean is_once)
{
  PlTestBoard *board = pl_test_board_get ();
  int attempt = g_atomic_int_add (&board->attempts[number], 1);

  if (number == POISON && (!is_once || attempt == 0))
    poison->func ();
}

static gboolean
be_poisoned (const GValue *element,
             GValue *result,
             PlWorker *worker,
             gpointer user_data,
             GError **error)
{
  take_poison (g_value_get_int (element), user_data, FALSE);
  return pl_test_add1 (element, result, worker, NULL, error);
}

static gboolean
be_poisoned_once (const GValue *element,
                  GValue *result,
                  PlWorker *worker,
                  gpointer user_data,
                  GError **error)
{
  take_poison (g_value_get_int (element), user_data, TRUE);
  return pl_test_add1 (element, result, worker, NULL, error);
}

/* The first process starts, and then none does any more. */
static gboolean
start_once (PlWorker *worker, gpointer user_data, GError **error)
{
  pl_test_board_enter (worker, NULL, NULL);
  if (g_atomic_int_get (&pl_test_board_get ()->starts) > 1)
    _exit (4);
  return TRUE;
}

static gboolean
start_for_long (PlWorker *worker, gpointer user_data, GError **error)
{
  pl_test_board_enter (worker, NULL, NULL);
  g_usleep (LONG_MS * 1000);
  return TRUE;
}

/* Waits until the test says that it may go on. */
static gboolean
wait_for_release (const GValue *element,
                  GValue *result,
                  PlWorker *worker,
                  gpointer user_data,
                  GError **error)
{
  PlTestBoard *board = pl_test_board_get ();

  g_atomic_int_inc (&board->calls);
  pl_test_wait_for (&board->releases, 1);
  return pl_test_add1 (element, result, worker, NULL, error);
}

/* Computes, and nothing makes it end. */
static gboolean
compute_for_ever (const GValue *element,
                  GValue *result,
                  PlWorker *worker,
                  gpointer user_data,
                  GError **error)
{
  g_atomic_int_inc (&pl_test_board_get ()->calls);
  while (TRUE)
    pause ();
  return FALSE;
}

static gboolean
stop_at_the_first (const GValue *element,
                   GValue *result,
                   PlWorker *worker,
                   gpointer user_data,
                   GError **error)
{
  if (g_value_get_int (element) == 0)
    raise (SIGSTOP);
  return pl_test_add1 (element, result, worker, NULL, error);
}

static gboolean
get_n_fds (const GValue *element,
           GValue *result,
           PlWorker *worker,
           gpointer user_data,
           GError **error)
{
  g_value_init (result, G_TYPE_INT);
  g_value_set_int (result, n_first_fds);
  return TRUE;
}

/* Emits, then dies when told to. */
static gboolean
emit_and_wait (const GValue *element, PlWorker *worker, gpointer user_data, GError **error)
{
  return pl_worker_emit (worker, element, error) && pl_worker_emit (worker, element, error);
}

static void
register_functions (void)
{
  PlStage *starting = pl_worker_register_map ("start-once", be_poisoned,
                                              (gpointer) &poisons[0], NULL);

  pl_stage_set_on_start (starting, start_once, NULL, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (poisons); i++)
    {
      g_autofree char *once = g_strconcat (poisons[i].name, "-once", NULL);
      gpointer poison = (gpointer) &poisons[i];

      pl_stage_set_on_start (pl_worker_register_map (poisons[i].name, be_poisoned, poison, NULL),
                             pl_test_board_enter, NULL, NULL);
      pl_stage_set_on_start (pl_worker_register_map (once, be_poisoned_once, poison, NULL),
                             pl_test_board_enter, NULL, NULL);
    }

  pl_stage_set_on_start (pl_worker_register_map ("start-for-long", pl_test_add1, NULL, NULL),
                         start_for_long, NULL, NULL);
  pl_stage_set_on_start (pl_worker_register_map ("wait", wait_for_release, NULL, NULL),
                         pl_test_board_enter, NULL, NULL);
  pl_stage_set_on_start (pl_worker_register_map ("compute", compute_for_ever, NULL, NULL),
                         pl_test_board_enter, NULL, NULL);
  pl_stage_set_on_start (pl_worker_register_map ("stop-at-first", stop_at_the_first, NULL, NULL),
                         pl_test_board_enter, NULL, NULL);
  pl_stage_set_on_start (pl_worker_register_flat_map ("emit", emit_and_wait, NULL, NULL),
                         pl_test_board_enter, NULL, NULL);
  pl_worker_register_map ("n-fds", get_n_fds, NULL, NULL);
}

/* Their parent */

static char *program;

static PlStage *
new_map_of (PlCommand *command, guint n_elements, guint n_workers)
{
  g_autoptr(PlStage) source = pl_source_new_range (0, n_elements);
  PlStage *stage = pl_process_map (source, command);

  pl_stage_set_workers (stage, n_workers);
  return stage;
}

static PlStage *
new_map (const char *function, guint n_elements, guint n_workers, guint silence)
{
  g_autoptr(PlCommand) command = pl_command_new_self (function);

  pl_command_set_silence (command, silence);
  return new_map_of (command, n_elements, n_workers);
}

static void
assert_error_is (const GError *error, const Poison *poison)
{
  g_assert_error (error, PL_ERROR, poison->code);
  pl_test_assert_has_text (error->message, poison->text);
}

/* All numbers up to the last, but for one that there may not be. */
static void
assert_has_all_but (GArray *values, int missing)
{
  gboolean seen[N_ELEMENTS] = { FALSE };

  for (guint i = 0; i < values->len; i++)
    {
      int number = g_value_get_int (&g_array_index (values, GValue, i)) - 1;

      g_assert_false (seen[number]);
      seen[number] = TRUE;
    }
  for (int number = 0; number < N_ELEMENTS; number++)
    g_assert_cmpint (seen[number], ==, number != missing);
}

static void
test_abort (gconstpointer data)
{
  const Poison *poison = data;
  g_autoptr(PlStage) stage = new_map (poison->name, N_ELEMENTS, 2, SILENCE_MS);
  g_autoptr(GError) error = NULL;

  pl_test_board_clear ();
  g_assert_false (pl_stage_run (stage, NULL, &error));
  assert_error_is (error, poison);
  pl_test_assert_has_text (error->message, ", element 25): ");
  pl_test_assert_no_children ();
}

typedef struct
{
  const Poison *poison;
  guint n;
} Skipped;

static void
skipped_cb (PlStage *stage, const GValue *element, const GError *error, Skipped *skipped)
{
  g_assert_cmpint (g_value_get_int (element), ==, POISON);
  assert_error_is (error, skipped->poison);
  skipped->n++;
}

/* The element is tried as often as it may be; those ahead of it come out, from whomever. */
static void
check_skip (const Poison *poison, guint n_workers, guint retries)
{
  g_autoptr(PlStage) stage = new_map (poison->name, N_ELEMENTS, n_workers, SILENCE_MS);
  PlTestBoard *board = pl_test_board_clear ();
  Skipped skipped = { poison, 0 };
  g_autoptr(GArray) values = NULL;
  g_autoptr(GError) error = NULL;

  pl_stage_set_error_policy (stage, PL_ERROR_POLICY_SKIP);
  pl_stage_set_retries (stage, retries);
  g_signal_connect (stage, "skipped", G_CALLBACK (skipped_cb), &skipped);
  values = pl_stage_collect (stage, NULL, &error);

  g_assert_no_error (error);
  assert_has_all_but (values, POISON);
  g_assert_cmpuint (skipped.n, ==, 1);
  g_assert_cmpint (board->attempts[POISON], ==, 1 + retries);
  g_assert_cmpint (board->starts, ==, n_workers + 1 + retries);
  pl_test_assert_no_children ();
}

static void
test_skip (gconstpointer poison)
{
  check_skip (poison, 1, 0);
  check_skip (poison, 2, 0);
}

static void
test_skip_after_retries (gconstpointer poison)
{
  check_skip (poison, 1, 3);
  check_skip (poison, 2, 3);
}

static void
check_retry (const Poison *poison, guint n_workers)
{
  g_autofree char *function = g_strconcat (poison->name, "-once", NULL);
  g_autoptr(PlStage) stage = new_map (function, N_ELEMENTS, n_workers, SILENCE_MS);
  PlTestBoard *board = pl_test_board_clear ();
  g_autoptr(GArray) values = NULL;
  g_autoptr(GError) error = NULL;

  pl_stage_set_retries (stage, 1);
  values = pl_stage_collect (stage, NULL, &error);

  g_assert_no_error (error);
  assert_has_all_but (values, -1);
  g_assert_cmpint (board->attempts[POISON], ==, 2);
  g_assert_cmpint (board->starts, ==, n_workers + 1);
  for (guint i = 0; n_workers == 1 && i < values->len; i++)
    g_assert_cmpint (g_value_get_int (&g_array_index (values, GValue, i)), ==, i + 1);
  pl_test_assert_no_children ();
}

static void
test_retry (gconstpointer poison)
{
  check_retry (poison, 1);
  check_retry (poison, 2);
}

/* One start is tried, since nobody knows whether there can ever be another. */
static void
test_dies_at_the_first_start (void)
{
  const char *argv[] = { "false", NULL };
  g_autoptr(PlCommand) command = pl_command_new (argv);
  g_autoptr(PlStage) stage = new_map_of (command, N_ELEMENTS, 1);
  g_autoptr(GError) error = NULL;

  g_assert_false (pl_stage_run (stage, NULL, &error));
  g_assert_error (error, PL_ERROR, PL_ERROR_WORKER_START);
  pl_test_assert_has_text (error->message,
                           "The worker process was not ready, and exited with status 1");
  pl_test_assert_no_children ();
}

/* After one that was ready there are five, with pauses of 0.1, 0.2, 0.4 and 0.8 s. */
static void
test_dies_at_each_start (void)
{
  g_autoptr(PlStage) stage = new_map ("start-once", N_ELEMENTS, 1, 0);
  PlTestBoard *board = pl_test_board_clear ();
  gint64 time = g_get_monotonic_time ();
  g_autoptr(GError) error = NULL;

  pl_stage_set_error_policy (stage, PL_ERROR_POLICY_SKIP);
  g_assert_false (pl_stage_run (stage, NULL, &error));

  g_assert_error (error, PL_ERROR, PL_ERROR_WORKER_START);
  pl_test_assert_has_text (error->message,
                           "The worker process was not ready, and exited with status 4");
  g_assert_cmpint (board->starts, ==, 6);
  g_assert_cmpint (g_get_monotonic_time () - time, >=, 15 * G_USEC_PER_SEC / 10);
  pl_test_assert_no_children ();
}

/* Who starts, but does not greet, has a time for it. */
static void
test_start_timeout (void)
{
  const char *argv[] = { "sleep", "600", NULL };
  g_autoptr(PlCommand) command = pl_command_new (argv);
  g_autoptr(PlStage) stage = new_map_of (command, N_ELEMENTS, 2);
  g_autoptr(GError) error = NULL;

  pl_command_set_start_timeout (command, 100);
  g_assert_false (pl_stage_run (stage, NULL, &error));
  g_assert_error (error, PL_ERROR, PL_ERROR_WORKER_START);
  pl_test_assert_has_text (error->message, "The worker process was not ready after 100 ms");
  pl_test_assert_no_children ();
}

/* An on_start may take long: the thread that reads gives signs of life. */
static void
test_long_start_is_no_silence (void)
{
  g_autoptr(PlStage) stage = new_map ("start-for-long", 3, 1, SILENCE_MS);
  PlTestBoard *board = pl_test_board_clear ();

  pl_test_assert_ints (stage, "1 2 3");
  g_assert_cmpint (board->starts, ==, 1);
  pl_test_assert_no_children ();
}

static gpointer
continue_child (gpointer user_data)
{
  PlTestBoard *board = user_data;
  siginfo_t info;

  pl_test_wait_for (&board->starts, 1);
  g_assert_cmpint (waitid (P_PID, g_atomic_int_get (&board->pids[0]), &info, WSTOPPED | WNOWAIT),
                   ==, 0);
  g_assert_cmpint (info.si_code, ==, CLD_STOPPED);
  g_assert_true (pl_test_signal_child (board->pids[0], SIGCONT));
  return NULL;
}

static void
test_goes_on_after_a_short_stop (void)
{
  g_autoptr(PlStage) stage = new_map ("stop-at-first", 3, 1, 60000);
  PlTestBoard *board = pl_test_board_clear ();
  GThread *thread = g_thread_new ("continue", continue_child, board);

  pl_test_assert_ints (stage, "1 2 3");
  g_thread_join (thread);
  g_assert_cmpint (board->starts, ==, 1);
  pl_test_assert_no_children ();
}

/* What waits for a place behind the stage is not lost with its process, and a run that is left then
 * ends. */
static void
test_is_left_when_what_emits_has_died (void)
{
  g_autoptr(PlCommand) command = pl_command_new_self ("emit");
  g_autoptr(PlStage) source = pl_source_new_range (0, N_ELEMENTS);
  g_autoptr(PlStage) stage = pl_process_flat_map (source, command);
  PlTestBoard *board = pl_test_board_clear ();
  PlIterator *iterator = pl_stage_iterate_bounded (stage, 1);
  g_autoptr(PlRunStatus) status = pl_iterator_dup_status (iterator);
  siginfo_t info;

  while (pl_run_status_get_queue_length (status) == 0)
    {
      g_usleep (1000);
      g_object_unref (status);
      status = pl_iterator_dup_status (iterator);
    }

  g_assert_true (pl_test_signal_child (board->pids[0], SIGKILL));
  while (waitid (P_PID, board->pids[0], &info, WEXITED | WNOHANG | WNOWAIT) == 0)
    g_usleep (1000);
  g_object_unref (iterator);
  pl_test_assert_no_children ();
}

/* Children have their three pipes, and what they open themselves: here the folder that is read. */
static void
test_children_have_only_their_pipes (void)
{
  const char *argv[] = { "ls", "/proc/self/fd", NULL };
  g_autoptr(PlCommand) plain = pl_command_new (argv);
  g_autoptr(PlStage) listed = new_map_of (plain, 3, 2);
  g_autoptr(PlStage) counted = new_map ("n-fds", 3, 2, 0);
  int fds[] = { dup (STDERR_FILENO), dup2 (STDERR_FILENO, 40) };
  g_autoptr(GArray) values = NULL;
  g_autoptr(GError) error = NULL;

  pl_command_set_protocol (plain, PL_PROTOCOL_ONESHOT);
  pl_command_set_result_type (plain, G_TYPE_STRING);
  values = pl_stage_collect (listed, NULL, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < values->len; i++)
    g_assert_cmpstr (g_value_get_string (&g_array_index (values, GValue, i)), ==, "0\n1\n2\n3");

  pl_test_assert_ints (counted, "4 4 4");
  for (guint i = 0; i < G_N_ELEMENTS (fds); i++)
    close (fds[i]);
}

/* Parents: this program, started by itself, runs a stage, and something happens to it. */

static int
run_as_parent (const char *what)
{
  const char *argv[] = { program, LINGER, NULL };
  g_autoptr(PlCommand) command = NULL;
  g_autoptr(PlStage) stage = NULL;

  if (g_str_equal (what, "lines") || g_str_equal (what, "oneshot"))
    {
      command = pl_command_new (argv);
      pl_command_set_protocol (command, *what == 'l' ? PL_PROTOCOL_LINES : PL_PROTOCOL_ONESHOT);
    }
  else
    {
      command = pl_command_new_self (what);
      pl_command_set_silence (command, SILENCE_MS);
    }

  stage = new_map_of (command, 4, 2);
  return pl_stage_run (stage, NULL, NULL) ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* A program that does not end by itself, whatever it reads. */
static int
linger (void)
{
  PlTestBoard *board = pl_test_board_get ();

  signal (SIGTERM, SIG_IGN);
  pl_test_board_enter_plainly (g_atomic_int_add (&board->calls, 1));
  while (TRUE)
    pause ();
  return EXIT_SUCCESS;
}

static int
start_parent (const char *what)
{
  const char *argv[] = { program, PARENT, what, NULL };
  g_autoptr(GError) error = NULL;
  GPid pid;

  g_spawn_async (NULL, (char **) argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &pid, &error);
  g_assert_no_error (error);
  return pid;
}

static void
assert_exit (int pid, int code, int status)
{
  siginfo_t info;

  g_assert_cmpint (waitid (P_PID, pid, &info, WEXITED), ==, 0);
  g_assert_cmpint (info.si_code, ==, code);
  g_assert_cmpint (info.si_status, ==, status);
}

/* The children of one that is killed come to this program, which sees how they end. */
static void
test_children_die_with_their_parent (gconstpointer what)
{
  PlTestBoard *board = pl_test_board_clear ();
  int pid;

  g_assert_cmpint (prctl (PR_SET_CHILD_SUBREAPER, 1), ==, 0);
  pid = start_parent (what);
  pl_test_wait_for (&board->calls, 2);
  pl_test_wait_for (&board->starts, 2);

  g_assert_cmpint (kill (pid, SIGKILL), ==, 0);
  assert_exit (pid, CLD_KILLED, SIGKILL);
  assert_exit (board->pids[0], CLD_KILLED, SIGKILL);
  assert_exit (board->pids[1], CLD_KILLED, SIGKILL);
  pl_test_assert_no_children ();
  g_assert_cmpint (prctl (PR_SET_CHILD_SUBREAPER, 0), ==, 0);
}

/* Neither side takes it for a silence of the other. */
static void
test_parent_stops_for_long (void)
{
  PlTestBoard *board = pl_test_board_clear ();
  int pid = start_parent ("wait");
  siginfo_t info;

  pl_test_wait_for (&board->calls, 2);
  g_assert_cmpint (kill (pid, SIGSTOP), ==, 0);
  g_assert_cmpint (waitid (P_PID, pid, &info, WSTOPPED), ==, 0);
  g_usleep (LONG_MS * 1000);
  g_assert_cmpint (kill (pid, SIGCONT), ==, 0);
  g_atomic_int_set (&board->releases, 1);

  assert_exit (pid, CLD_EXITED, EXIT_SUCCESS);
  g_assert_cmpint (board->starts, ==, 2);
}

static void
add_poisons (const char *path, GTestDataFunc func)
{
  for (guint i = 0; i < G_N_ELEMENTS (poisons); i++)
    {
      g_autofree char *poison_path = g_strdup_printf ("/process-supervision/%s/%s", path,
                                                      poisons[i].name);

      g_test_add_data_func (poison_path, &poisons[i], func);
    }
}

static int
run_tests (void)
{
  int result;

  pl_test_start_first_child ();
  add_poisons ("abort", test_abort);
  add_poisons ("skip", test_skip);
  add_poisons ("skip-after-retries", test_skip_after_retries);
  add_poisons ("retry", test_retry);
  g_test_add_func ("/process-supervision/dies-at-the-first-start", test_dies_at_the_first_start);
  g_test_add_func ("/process-supervision/dies-at-each-start", test_dies_at_each_start);
  g_test_add_func ("/process-supervision/start-timeout", test_start_timeout);
  g_test_add_func ("/process-supervision/long-start-is-no-silence", test_long_start_is_no_silence);
  g_test_add_func ("/process-supervision/goes-on-after-a-short-stop",
                   test_goes_on_after_a_short_stop);
  g_test_add_func ("/process-supervision/is-left-when-what-emits-has-died",
                   test_is_left_when_what_emits_has_died);
  g_test_add_func ("/process-supervision/children-have-only-their-pipes",
                   test_children_have_only_their_pipes);
  g_test_add_data_func ("/process-supervision/children-die-with-their-parent/frames", "compute",
                        test_children_die_with_their_parent);
  g_test_add_data_func ("/process-supervision/children-die-with-their-parent/lines", "lines",
                        test_children_die_with_their_parent);
  g_test_add_data_func ("/process-supervision/children-die-with-their-parent/oneshot", "oneshot",
                        test_children_die_with_their_parent);
  g_test_add_func ("/process-supervision/parent-stops-for-long", test_parent_stops_for_long);

  result = pl_test_run ();
  pl_test_board_remove ();
  return result;
}

int
main (int argc, char **argv)
{
  int result;

  if (argc == 2 && g_str_equal (argv[1], LINGER))
    return linger ();

  n_first_fds = pl_test_count_fds ();
  frames_fd = fcntl (STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  register_functions ();
  pl_worker_init (&argc, &argv);
  program = g_file_read_link ("/proc/self/exe", NULL);

  if (argc == 3 && g_str_equal (argv[1], PARENT))
    {
      result = run_as_parent (argv[2]);
    }
  else
    {
      pl_test_board_init ();
      pl_test_init (&argc, &argv);
      result = run_tests ();
    }

  g_free (program);
  return result;
}
