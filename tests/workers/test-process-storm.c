/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-board.h"
#include "pl-test-memory.h"
#include "pl-test-util.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* Process workers whose processes die all the time: by themselves, with elements that are to be
 * tried again, and by the hand of whoever takes the results. None is lost, none comes twice, and
 * nothing stays behind.
 *
 * Each round has a seed of its own, which says what elements do to their processes, though not who
 * is quicker. PL_TEST_SEED=SEED repeats the round of that seed, as often as there would be
 * rounds. */

#define N_WORKERS 4

/* Longer than a machine that has other things to do keeps a process from running, mostly: one that
 * it does is tried again. */
#define SILENCE_MS 400
#define TIMEOUT_MS 400

#ifdef __SANITIZE_ADDRESS__
#define N_ELEMENTS (PL_TEST_BOARD_ELEMENTS / 10)
#else
#define N_ELEMENTS PL_TEST_BOARD_ELEMENTS
#endif

static int frames_fd; /* in a worker process, where its frames go */

/* The processes */

typedef enum
{
  FATE_NONE,
  FATE_EXIT,
  FATE_KILL,
  FATE_GARBAGE,
  FATE_HALF_A_FRAME,
  FATE_STOP,
} Fate;

/* One element of @n has a fate other than none, if it has not come to a function before. */
static guint
draw (const PlTestBoard *board, gint64 number, guint n)
{
  guint64 hash = (board->seed * G_GUINT64_CONSTANT (1000003) + number) *
                 G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);

  return (hash >> 33) % n;
}

static void
write_frames (gconstpointer data, gsize size)
{
  g_assert_cmpint (write (frames_fd, data, size), ==, size);
}

static void
suffer (Fate fate)
{
  static const char half[26] = "\x64\0\0\0PL\1a\1\0\0\0\0\0\0\0and so on";

  switch (fate)
    {
    case FATE_EXIT:
      _exit (7);

    case FATE_KILL:
      raise (SIGKILL);
      break;

    case FATE_GARBAGE:
      write_frames ("All is well so far.\n", 20);
      break;

    case FATE_HALF_A_FRAME:
      write_frames (half, sizeof half);
      _exit (EXIT_SUCCESS);

    case FATE_STOP:
      raise (SIGSTOP);
      break;

    case FATE_NONE:
    default:
      break;
    }
}

/* Each dies of what comes up first, and a few stop: that costs the time of the silence. The last
 * one waits until nobody else kills: a process that dies after it has had all that it would get,
 * when it ends, is an error of the run. */
static void
begin (gint64 number)
{
  PlTestBoard *board = pl_test_board_get ();
  guint drawn = draw (board, number, 20000);

  if (number == board->last)
    pl_test_wait_for (&board->releases, 1);
  if (g_atomic_int_add (&board->attempts[number], 1) > 0)
    return;
  if (drawn == 0)
    suffer (FATE_STOP);
  else if (drawn < 30)
    suffer (FATE_EXIT + drawn % 4);
}

static gboolean
storm (const GValue *element, GValue *result, PlWorker *worker, gpointer user_data, GError **error)
{
  begin (g_value_get_int (element));
  g_value_init (result, G_TYPE_INT);
  g_value_copy (element, result);
  return TRUE;
}

/* What it has emitted for an element that it dies with does not count. */
static gboolean
storm_twice (const GValue *element, PlWorker *worker, gpointer user_data, GError **error)
{
  g_auto(GValue) negative = G_VALUE_INIT;

  g_value_init (&negative, G_TYPE_INT);
  g_value_set_int (&negative, -1 - g_value_get_int (element));
  if (!pl_worker_emit (worker, &negative, error))
    return FALSE;

  begin (g_value_get_int (element));
  return pl_worker_emit (worker, element, error);
}

static gboolean
stop_sometimes (const GValue *element,
                GValue *result,
                PlWorker *worker,
                gpointer user_data,
                GError **error)
{
  PlTestBoard *board = pl_test_board_get ();
  int number = g_value_get_int (element);

  g_atomic_int_inc (&board->attempts[number]);
  if (draw (board, number, 2000) == 0)
    raise (SIGSTOP);

  g_value_init (result, G_TYPE_INT);
  g_value_set_int (result, number);
  return TRUE;
}

static void
register_functions (void)
{
  PlStage *stages[] = {
    pl_worker_register_map ("storm", storm, NULL, NULL),
    pl_worker_register_flat_map ("storm-twice", storm_twice, NULL, NULL),
    pl_worker_register_map ("stop-sometimes", stop_sometimes, NULL, NULL),
  };

  for (guint i = 0; i < G_N_ELEMENTS (stages); i++)
    pl_stage_set_on_start (stages[i], pl_test_board_enter, NULL, NULL);
}

/* Their parent */

typedef struct
{
  const char *function;
  PlStage *(*constructor) (PlStage *, PlCommand *);
  guint n_elements;
  guint maxsize;
  guint timeout;
  guint silence;
  gboolean kills;
} Round;

typedef struct
{
  guint8 *taken; /* how often each element has been */
  guint8 *taken_negative;
  guint n_taken;
  GRand *rand;
  guint next_kill; /* when so many have been taken */
  guint last_kill; /* when none is killed any more */
} Taking;

/* Kills a process, whatever it is at, or stops it. */
static void
kill_one (Taking *taking, PlTestBoard *board)
{
  int pid = g_atomic_int_get (&board->pids[g_rand_int_range (taking->rand, 0, N_WORKERS)]);

  pl_test_signal_child (pid, g_rand_int_range (taking->rand, 0, 20) == 0 ? SIGSTOP : SIGKILL);
  taking->next_kill = taking->n_taken + g_rand_int_range (taking->rand, 1, 3000);
}

static void
note_taken (Taking *taking, int number, guint n_elements)
{
  gboolean is_negative = number < 0;
  guint position = is_negative ? -1 - number : number;

  g_assert_cmpuint (position, <, n_elements);
  (is_negative ? taking->taken_negative : taking->taken)[position]++;
  taking->n_taken++;
}

static void
take_all (const Round *round, PlStage *stage, PlTestBoard *board, Taking *taking, guint64 *n_late)
{
  g_autoptr(PlIterator) iterator = pl_stage_iterate_bounded (stage, round->maxsize);
  g_autoptr(PlRunStatus) status = NULL;
  g_autoptr(GError) error = NULL;
  g_auto(GValue) value = G_VALUE_INIT;

  while (pl_iterator_next (iterator, &value, NULL, &error))
    {
      note_taken (taking, g_value_get_int (&value), round->n_elements);
      if (taking->n_taken >= taking->last_kill)
        g_atomic_int_set (&board->releases, 1);
      else if (round->kills && taking->n_taken >= taking->next_kill)
        kill_one (taking, board);
    }

  g_assert_no_error (error);
  status = pl_iterator_dup_status (iterator);
  *n_late = pl_stage_status_get_elements_timed_out (pl_run_status_get_stage_status (status, stage));
}

/* Every element has come once, but for as many as have timed out. */
static void
check_taken (const Round *round, const Taking *taking, guint64 n_late)
{
  gboolean is_twice = round->constructor == pl_process_flat_map;
  guint n_lost = 0;

  for (guint i = 0; i < round->n_elements; i++)
    {
      g_assert_cmpuint (taking->taken[i], <=, 1);
      g_assert_cmpuint (taking->taken_negative[i], ==, is_twice ? 1 : 0);
      n_lost += taking->taken[i] == 0;
    }
  g_assert_cmpuint (n_lost, ==, n_late);
}

static void
run_round (const Round *round, guint seed)
{
  PlTestBoard *board = pl_test_board_clear ();
  g_autoptr(PlCommand) command = pl_command_new_self (round->function);
  g_autoptr(PlStage) source = pl_source_new_range (0, round->n_elements);
  g_autoptr(PlStage) stage = round->constructor (source, command);
  g_autofree guint8 *taken = g_malloc0 (round->n_elements);
  g_autofree guint8 *taken_negative = g_malloc0 (round->n_elements);
  g_autoptr(GRand) rand = g_rand_new_with_seed (seed);
  Taking taking = { taken, taken_negative, 0, rand, 0, round->n_elements / 2 };
  guint64 n_late;

  board->seed = seed;
  board->last = round->n_elements - 1;
  pl_command_set_silence (command, round->silence);
  pl_command_set_stderr_mode (command, PL_STDERR_COLLECT);
  pl_stage_set_workers (stage, N_WORKERS);
  pl_stage_set_retries (stage, 1000);
  pl_stage_set_timeout (stage, round->timeout);

  take_all (round, stage, board, &taking, &n_late);
  check_taken (round, &taking, n_late);
  g_test_message ("seed %u: %d processes for %u elements, %" G_GUINT64_FORMAT " timed out", seed,
                  board->starts, round->n_elements, n_late);
  pl_test_assert_no_children ();
}

/* After a first round everything is as before it. */
static void
run_rounds (guint n_rounds, const Round *round)
{
  const char *told = g_getenv ("PL_TEST_SEED");
  guint seed = told != NULL ? g_ascii_strtoull (told, NULL, 10) : (guint) g_test_rand_int ();
  Round first = *round;
  guint n_threads = pl_test_count_threads ();
  guint n_fds = pl_test_count_fds ();
  gsize n_bytes;

  first.n_elements = MIN (round->n_elements, 5000);
  run_round (&first, seed);
  pl_test_wait_for_threads (n_threads);
  n_bytes = pl_test_count_bytes ();

  for (guint i = 0; i < n_rounds; i++)
    run_round (round, told != NULL ? seed : seed + i);

  pl_test_wait_for_threads (n_threads);
  pl_test_wait_for_fds (n_fds);
  pl_test_assert_bytes (n_bytes);
}

static void
test_map (void)
{
  const Round round = {
    .function = "storm",
    .constructor = pl_process_map,
    .n_elements = pl_test_rounds (N_ELEMENTS),
    .silence = SILENCE_MS,
    .kills = TRUE,
  };

  run_rounds (1, &round);
}

static void
test_bounded_map (void)
{
  const Round round = {
    .function = "storm",
    .constructor = pl_process_map,
    .n_elements = pl_test_rounds (N_ELEMENTS / 20),
    .maxsize = 3,
    .silence = SILENCE_MS,
    .kills = TRUE,
  };

  run_rounds (pl_test_rounds (2), &round);
}

static void
test_flat_map (void)
{
  const Round round = {
    .function = "storm-twice",
    .constructor = pl_process_flat_map,
    .n_elements = pl_test_rounds (N_ELEMENTS / 5),
    .silence = SILENCE_MS,
    .kills = TRUE,
  };

  run_rounds (pl_test_rounds (2), &round);
}

/* Those that stop their process take too long, and are dropped. */
static void
test_timeout (void)
{
  const Round round = {
    .function = "stop-sometimes",
    .constructor = pl_process_map,
    .n_elements = pl_test_rounds (N_ELEMENTS / 5),
    .timeout = TIMEOUT_MS,
  };

  run_rounds (pl_test_rounds (2), &round);
}

int
main (int argc, char **argv)
{
  int result;

  frames_fd = fcntl (STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  register_functions ();
  pl_worker_init (&argc, &argv);
  pl_test_board_init ();
  pl_test_init (&argc, &argv);
  pl_test_start_first_child ();

  g_test_add_func ("/process-storm/map", test_map);
  g_test_add_func ("/process-storm/bounded-map", test_bounded_map);
  g_test_add_func ("/process-storm/flat-map", test_flat_map);
  g_test_add_func ("/process-storm/timeout", test_timeout);

  result = pl_test_run ();
  pl_test_board_remove ();
  return result;
}
