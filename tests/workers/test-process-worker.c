/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-process.h"

#include <signal.h>
#include <unistd.h>

/* What is special to stages whose functions run in processes: their order, their elements, and what
 * becomes of those that are lost. */

#define N_ELEMENTS 24
#define TIMEOUT_MS 250

typedef struct
{
  PlTestCounts counts;
  int n_calls[N_ELEMENTS];
  int n_starts[2];
  int is_seen;
} PlTestWork;

static void
wait_until_killed (void)
{
  for (;;)
    pause ();
}

/* Each third element works, each other third fails or kills its process at first, and the last one
 * always does. */
static gboolean
map_shakily (const GValue *element,
             GValue *result,
             PlWorker *worker,
             gpointer user_data,
             GError **error)
{
  PlTestWork *test = user_data;
  int number = g_value_get_int (element);
  gboolean is_first = g_atomic_int_add (&test->n_calls[number], 1) == 0;

  if (number == N_ELEMENTS - 1 || (number % 3 == 1 && is_first))
    kill (getpid (), SIGKILL);

  if (number % 3 == 2 && is_first)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_BUSY, "busy");
      return FALSE;
    }

  return pl_test_add1 (element, result, worker, NULL, error);
}

static void
test_keeps_order_over_retries_and_crashes (void)
{
  PlTestWork *test = pl_test_new_shared (PlTestWork);
  g_autoptr(PlStage) numbers = pl_source_new_range (0, N_ELEMENTS);
  g_autoptr(PlStage) shaky = pl_test_process.map (numbers, map_shakily, test, NULL);
  g_autoptr(PlIterator) iterator = NULL;
  g_autoptr(PlRunStatus) status = NULL;
  g_autoptr(GError) error = NULL;
  g_auto(GValue) value = G_VALUE_INIT;
  PlStageStatus *figures;
  int n = 0;

  pl_stage_set_retries (shaky, 2);
  pl_stage_set_error_policy (shaky, PL_ERROR_POLICY_SKIP);
  iterator = pl_stage_iterate (shaky);
  while (pl_iterator_next (iterator, &value, NULL, &error))
    g_assert_cmpint (g_value_get_int (&value), ==, ++n);
  g_assert_no_error (error);
  g_assert_cmpint (n, ==, N_ELEMENTS - 1);

  for (int i = 0; i < N_ELEMENTS; i++)
    g_assert_cmpint (test->n_calls[i], ==, i == N_ELEMENTS - 1 ? 3 : i % 3 == 0 ? 1 : 2);

  status = pl_iterator_dup_status (iterator);
  figures = pl_run_status_get_stage_status (status, shaky);
  g_assert_cmpuint (pl_stage_status_get_elements_in (figures), ==, N_ELEMENTS);
  g_assert_cmpuint (pl_stage_status_get_elements_out (figures), ==, N_ELEMENTS - 1);
  g_assert_cmpuint (pl_stage_status_get_elements_failed (figures), ==, 1);
  g_assert_cmpuint (pl_stage_status_get_elements_timed_out (figures), ==, 0);
  g_assert_cmpuint (pl_stage_status_get_retries (figures), ==, N_ELEMENTS / 3 * 2 + 1);
}

/* Without retries, elements are sent ahead: they have not begun, and come to the next process. */
static gboolean
map_or_be_gone (const GValue *element,
                GValue *result,
                PlWorker *worker,
                gpointer user_data,
                GError **error)
{
  PlTestWork *test = user_data;
  int number = g_value_get_int (element);

  g_atomic_int_inc (&test->n_calls[number]);
  if (number % 8 == 3)
    kill (getpid (), SIGKILL);
  if (number == 12)
    wait_until_killed ();

  return pl_test_add1 (element, result, worker, NULL, error);
}

static void
test_keeps_order_over_skips_and_timeouts (void)
{
  PlTestWork *test = pl_test_new_shared (PlTestWork);
  g_autoptr(PlStage) numbers = pl_source_new_range (0, N_ELEMENTS);
  g_autoptr(PlStage) gone = pl_test_process.map (numbers, map_or_be_gone, test, NULL);

  pl_stage_set_error_policy (gone, PL_ERROR_POLICY_SKIP);
  pl_stage_set_timeout (gone, TIMEOUT_MS);
  pl_test_assert_ints (gone, "1 2 3 5 6 7 8 9 10 11 14 15 16 17 18 19 21 22 23 24");
  for (int i = 0; i < N_ELEMENTS; i++)
    g_assert_cmpint (test->n_calls[i], ==, 1);
}

static void
test_timed_out_elements_are_not_retried (void)
{
  PlTestWork *test = pl_test_new_shared (PlTestWork);
  g_autoptr(PlStage) numbers = pl_source_new_range (12, 14);
  g_autoptr(PlStage) gone = pl_test_process.map (numbers, map_or_be_gone, test, NULL);

  pl_stage_set_retries (gone, 3);
  pl_stage_set_timeout (gone, TIMEOUT_MS);
  pl_test_assert_ints (gone, "14");
  g_assert_cmpint (test->n_calls[12], ==, 1);
}

static void
test_backpressure_is_exact (void)
{
  PlTestCounts *counts = pl_test_new_shared (PlTestCounts);
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 20);
  g_autoptr(PlStage) added = pl_test_process.map (numbers, pl_test_add1, counts, NULL);
  g_autoptr(PlIterator) iterator = NULL;

  iterator = pl_stage_iterate_bounded (added, 3);
  for (int n = 1; n <= 20; n++)
    {
      /* What has been taken, 3 queued, 1 waiting to be put. */
      pl_test_take_int (iterator);
      pl_test_wait_for (&counts->calls, MIN (n + 4, 20));
      g_assert_cmpint (g_atomic_int_get (&counts->calls), ==, MIN (n + 4, 20));
    }
  pl_test_assert_end (iterator);
}

/* Of a bound of 40, 20 places are for what the process has ahead. */
static void
test_what_is_ahead_counts_for_the_bound (void)
{
  PlTestCounts *counts = pl_test_new_shared (PlTestCounts);
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 200);
  g_autoptr(PlStage) added = pl_test_process.map (numbers, pl_test_add1, counts, NULL);
  g_autoptr(PlIterator) iterator = pl_stage_iterate_bounded (added, 40);
  g_autoptr(PlRunStatus) status = NULL;

  for (int n = 1; n <= 200; n++)
    {
      g_assert_cmpint (pl_test_take_int (iterator), ==, n);
      pl_test_wait_for (&counts->calls, MIN (n + 21, 200));
      g_assert_cmpint (g_atomic_int_get (&counts->calls), <=, n + 41);
    }
  pl_test_assert_end (iterator);

  status = pl_iterator_dup_status (iterator);
  g_assert_cmpuint (pl_run_status_get_queue_bound (status), ==, 40);
}

static gboolean
emit_without_end (const GValue *element, PlWorker *worker, gpointer user_data, GError **error)
{
  PlTestCounts *counts = user_data;
  GValue value = G_VALUE_INIT;

  do
    {
      g_value_init (&value, G_TYPE_INT);
      g_value_set_int (&value, g_atomic_int_add (&counts->calls, 1));
    }
  while (pl_worker_emit_take (worker, &value, error));

  return FALSE;
}

static void
test_emitting_waits_while_the_output_is_full (void)
{
  PlTestCounts *counts = pl_test_new_shared (PlTestCounts);
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 1);
  g_autoptr(PlStage) endless = pl_test_process.flat_map (numbers, emit_without_end, counts, NULL);
  g_autoptr(PlIterator) iterator = pl_stage_iterate_bounded (endless, 4);

  for (int n = 0; n < 100; n++)
    {
      g_assert_cmpint (pl_test_take_int (iterator), ==, n);
      pl_test_wait_for (&counts->calls, n + 6);
      g_assert_cmpint (g_atomic_int_get (&counts->calls), ==, n + 6);
    }
}

/* Returns when all three run at once. */
static gboolean
wait_for_the_others (const GValue *element,
                     GValue *result,
                     PlWorker *worker,
                     gpointer user_data,
                     GError **error)
{
  PlTestCounts *counts = user_data;

  g_atomic_int_inc (&counts->calls);
  pl_test_wait_for (&counts->calls, 3);
  return pl_test_add1 (element, result, worker, NULL, error);
}

static void
test_processes_run_at_once (void)
{
  PlTestCounts *counts = pl_test_new_shared (PlTestCounts);
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 3);
  g_autoptr(PlStage) added = pl_test_process.map (numbers, wait_for_the_others, counts, NULL);

  pl_stage_set_workers (added, 3);
  pl_test_assert_sorted_ints (added, "1 2 3");
}

/* No element waits for a slow one while there is a worker to take it, though it had been sent ahead
 * to the process that is slow; with @data a bound keeps elements from being sent ahead. */
static void
test_slow_element_holds_up_no_other (gconstpointer data)
{
  int *is_seen = pl_test_new_shared (int);
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 200);
  g_autoptr(PlStage) added = pl_test_process.map (numbers, pl_test_hold_the_first, is_seen, NULL);
  g_autoptr(PlIterator) iterator = NULL;
  g_auto(GValue) value = G_VALUE_INIT;
  int sum = 0;

  pl_stage_set_workers (added, 2);
  pl_stage_set_maxsize (added, GPOINTER_TO_UINT (data));
  iterator = pl_stage_iterate (added);
  for (int i = 0; i < 199; i++)
    {
      g_assert_true (pl_iterator_next (iterator, &value, NULL, NULL));
      sum += g_value_get_int (&value);
    }
  g_assert_cmpint (sum, ==, 200 * 201 / 2 - 1);

  g_atomic_int_set (is_seen, 1);
  g_assert_true (pl_iterator_next (iterator, &value, NULL, NULL));
  g_assert_cmpint (g_value_get_int (&value), ==, 1);
}

typedef struct
{
  int may_end;
  int n_ended;
} PlTestProgress;

/* The first element takes until the test has seen how many are sent meanwhile. */
static gboolean
echo_when_told (const GValue *element,
                GValue *result,
                PlWorker *worker,
                gpointer user_data,
                GError **error)
{
  PlTestProgress *test = user_data;

  pl_test_wait_for (&test->may_end, 1);
  g_value_init (result, G_TYPE_UINT64);
  g_value_set_uint64 (result, g_bytes_get_size (g_value_get_boxed (element)));
  g_atomic_int_inc (&test->n_ended);
  return TRUE;
}

/* A source of the same bytes again and again. */
static PlStage *
new_source_of_bytes (gsize size)
{
  g_autoptr(GBytes) bytes = g_bytes_new_take (g_malloc0 (size), size);
  GValue values[100] = { G_VALUE_INIT };
  PlStage *source;

  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    {
      g_value_init (&values[i], G_TYPE_BYTES);
      g_value_set_boxed (&values[i], bytes);
    }

  source = pl_source_new_for_values (values, G_N_ELEMENTS (values));
  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    g_value_unset (&values[i]);
  return source;
}

static guint
count_sent (PlIterator *iterator, PlStage *stage)
{
  g_autoptr(PlRunStatus) status = pl_iterator_dup_status (iterator);

  return pl_stage_status_get_elements_in (pl_run_status_get_stage_status (status, stage));
}

typedef struct
{
  const char *path;
  gsize size;
  guint n_sent; /* while the first is in hand */
} PlTestAhead;

static const PlTestAhead aheads[] = {
  { "/process-worker/sends-ahead/many-small-elements", 10, 65 },
  { "/process-worker/sends-ahead/some-of-medium-size", 100 * 1024, 11 },
  { "/process-worker/sends-ahead/one-large-element", 1024 * 1024, 2 },
  { "/process-worker/sends-ahead/one-very-large-element", 8 * 1024 * 1024, 2 },
};

static void
test_sends_ahead (gconstpointer data)
{
  const PlTestAhead *ahead = data;
  PlTestProgress *test = pl_test_new_shared (PlTestProgress);
  g_autoptr(PlStage) source = new_source_of_bytes (ahead->size);
  g_autoptr(PlStage) echo = pl_test_process.map (source, echo_when_told, test, NULL);
  g_autoptr(PlIterator) iterator = NULL;
  g_auto(GValue) value = G_VALUE_INIT;

  iterator = pl_stage_iterate (echo);
  while (count_sent (iterator, echo) < ahead->n_sent)
    g_thread_yield ();

  g_assert_cmpuint (count_sent (iterator, echo), ==, ahead->n_sent);
  g_atomic_int_set (&test->may_end, 1);
  for (int i = 0; i < 20; i++)
    {
      guint n_sent = count_sent (iterator, echo);

      g_assert_cmpuint (n_sent, <=, g_atomic_int_get (&test->n_ended) + ahead->n_sent);
      g_assert_true (pl_iterator_next (iterator, &value, NULL, NULL));
      g_assert_cmpuint (g_value_get_uint64 (&value), ==, ahead->size);
    }
}

static gboolean
start_with_index (PlWorker *worker, gpointer user_data, GError **error)
{
  PlTestWork *test = user_data;
  g_auto(GValue) value = G_VALUE_INIT;
  guint index = pl_worker_get_index (worker);

  g_assert_cmpuint (index, <, G_N_ELEMENTS (test->n_starts));
  g_atomic_int_inc (&test->n_starts[index]);
  g_value_init (&value, G_TYPE_UINT);
  g_value_set_uint (&value, index);
  pl_worker_set_resource (worker, "index", &value);
  return pl_test_on_start (worker, &test->counts, error);
}

/* Both workers are in it at once; then one of the two processes goes. */
static gboolean
check_index_or_be_gone (const GValue *element,
                        GValue *result,
                        PlWorker *worker,
                        gpointer user_data,
                        GError **error)
{
  PlTestWork *test = user_data;
  const GValue *index = pl_worker_get_resource (worker, "index");

  g_assert_cmpuint (g_value_get_uint (index), ==, pl_worker_get_index (worker));
  if (g_atomic_int_add (&test->counts.calls, 1) == 0)
    {
      pl_test_wait_for (&test->counts.starts, 2);
      kill (getpid (), SIGKILL);
    }
  return pl_test_add1 (element, result, worker, NULL, error);
}

static void
test_replaced_process_keeps_its_index (void)
{
  PlTestWork *test = pl_test_new_shared (PlTestWork);
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 50);
  g_autoptr(PlStage) added = pl_test_process.map (numbers, check_index_or_be_gone, test, NULL);

  pl_test_set_on_start (added, start_with_index, test);
  pl_test_set_on_done (added, pl_test_on_done, &test->counts);
  pl_stage_set_workers (added, 2);
  pl_stage_set_retries (added, 1);
  g_assert_true (pl_stage_run (added, NULL, NULL));

  /* The one that is gone may be replaced only if there is something left to do. */
  g_assert_cmpint (test->counts.calls, ==, 51);
  g_assert_cmpint (test->counts.starts, ==, test->n_starts[0] + test->n_starts[1]);
  g_assert_cmpint (test->counts.starts, >=, 2);
  g_assert_cmpint (test->counts.starts, <=, 3);
  g_assert_cmpint (test->counts.dones, ==, test->counts.starts - 1);
}

static gboolean
work_a_while (const GValue *element,
              GValue *result,
              PlWorker *worker,
              gpointer user_data,
              GError **error)
{
  g_usleep (2000);
  return pl_test_add1 (element, result, worker, NULL, error);
}

static void
test_busy_time_is_that_of_the_function (void)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 20);
  g_autoptr(PlStage) slow = pl_test_process.map (numbers, work_a_while, NULL, NULL);
  g_autoptr(PlIterator) iterator = pl_stage_iterate (slow);
  g_autoptr(PlRunStatus) status = NULL;
  g_auto(GValue) value = G_VALUE_INIT;
  PlStageStatus *figures;

  while (pl_iterator_next (iterator, &value, NULL, NULL))
    continue;
  status = pl_iterator_dup_status (iterator);
  figures = pl_run_status_get_stage_status (status, slow);
  g_assert_cmpint (pl_stage_status_get_busy_time (figures), >=, 20 * 2000);
}

/* What a function prints is not taken for what its process says. */
static gboolean
print_and_read (const GValue *element,
                GValue *result,
                PlWorker *worker,
                gpointer user_data,
                GError **error)
{
  char byte;

  g_print ("%d\n", g_value_get_int (element));
  g_assert_cmpint (read (STDIN_FILENO, &byte, 1), ==, 0);
  return pl_test_add1 (element, result, worker, NULL, error);
}

static void
test_functions_may_print (void)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 3);
  g_autoptr(PlStage) added = pl_test_process.map (numbers, print_and_read, NULL, NULL);

  pl_command_set_stderr_mode (pl_stage_get_command (added), PL_STDERR_COLLECT);
  pl_test_assert_ints (added, "1 2 3");
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);

#define ADD(name, func) g_test_add_func ("/process-worker/" name, func)
  ADD ("keeps-order-over-retries-and-crashes", test_keeps_order_over_retries_and_crashes);
  ADD ("keeps-order-over-skips-and-timeouts", test_keeps_order_over_skips_and_timeouts);
  ADD ("timed-out-elements-are-not-retried", test_timed_out_elements_are_not_retried);
  ADD ("backpressure-is-exact", test_backpressure_is_exact);
  ADD ("what-is-ahead-counts-for-the-bound", test_what_is_ahead_counts_for_the_bound);
  ADD ("emitting-waits-while-the-output-is-full", test_emitting_waits_while_the_output_is_full);
  ADD ("processes-run-at-once", test_processes_run_at_once);
  g_test_add_data_func ("/process-worker/slow-element-holds-up-no-other/ahead", NULL,
                        test_slow_element_holds_up_no_other);
  g_test_add_data_func ("/process-worker/slow-element-holds-up-no-other/bounded",
                        GUINT_TO_POINTER (4), test_slow_element_holds_up_no_other);
  for (guint i = 0; i < G_N_ELEMENTS (aheads); i++)
    g_test_add_data_func (aheads[i].path, &aheads[i], test_sends_ahead);
  ADD ("replaced-process-keeps-its-index", test_replaced_process_keeps_its_index);
  ADD ("busy-time-is-that-of-the-function", test_busy_time_is_that_of_the_function);
  ADD ("functions-may-print", test_functions_may_print);

  return pl_test_run ();
}
