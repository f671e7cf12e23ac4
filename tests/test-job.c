/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-job.h"
#include "pl-test-memory.h"

/* How jobs are answered, and what comes of that. */

typedef struct
{
  const char *name;
  PlStage *(*make) (PlTestJobs *jobs, PlStage *input);
  const char *ints; /* of 0 to 3 */
  guint n_closures;
} PlTestOperation;

static const PlTestOperation operations[] = {
  { "map", pl_test_job_map, "1 2 3 4", 3 },
  { "filter", pl_test_job_filter, "1 3", 3 },
  { "each", pl_test_job_each, "", 2 },
  { "flat_map", pl_test_job_flat_map, "0 11 22 33", 3 },
};

typedef struct
{
  const char *name;
  PlTestJobFunc answer;
} PlTestMoment;

static const PlTestMoment moments[] = {
  { "at-once", pl_test_job_answer_at_once },
  { "later", pl_test_job_answer_later },
  { "elsewhere", pl_test_job_answer_elsewhere },
};

typedef struct
{
  const PlTestOperation *operation;
  const PlTestMoment *moment;
  guint workers;
} PlTestCase;

static const PlTestCase *current;

static void
begin_current (PlTestJobs *jobs, gint64 job, int element)
{
  if (current->operation->make == pl_test_job_flat_map)
    g_assert_cmpint (pl_job_emit (job), ==, PL_EMISSION_MORE);
  current->moment->answer (jobs, job, element);
}

static void
test_answers_are_results (gconstpointer data)
{
  const PlTestOperation *operation;
  g_auto(PlTestJobs) jobs;

  current = data;
  operation = current->operation;
  pl_test_jobs_init (&jobs, operation->make, 4, begin_current);
  pl_stage_set_workers (jobs.stage, current->workers);
  if (current->workers == 1)
    pl_test_assert_ints (jobs.stage, operation->ints);
  else
    pl_test_assert_sorted_ints (jobs.stage, operation->ints);
  g_assert_cmpint (jobs.counts.calls, ==, 4);
  g_assert_cmpint (jobs.n_cancelled, ==, 0);

  /* A thread that has answered a moment ago may still hold the job. */
  g_clear_object (&jobs.stage);
  pl_test_settle ();
  pl_test_wait_for (&jobs.counts.frees, operation->n_closures);
  g_assert_cmpint (jobs.counts.frees, ==, operation->n_closures);
}

static void
test_unbounded_stage_has_all_in_flight (void)
{
  g_auto(PlTestJobs) jobs;

  pl_test_jobs_init (&jobs, pl_test_job_map, 1000, pl_test_job_keep);
  pl_stage_set_workers (jobs.stage, 0);
  pl_test_jobs_start (&jobs, 0);
  g_assert_cmpuint (pl_test_jobs_count (&jobs), ==, 1000);

  /* In the order of the answers. */
  for (int i = 999; i >= 0; i--)
    g_assert_true (pl_job_answer (pl_test_jobs_get (&jobs, i)));
  for (int i = 1000; i >= 1; i--)
    g_assert_cmpint (pl_test_take_int (jobs.iterator), ==, i);
  pl_test_assert_end (jobs.iterator);
}

static void
test_workers_bound_what_is_in_flight (void)
{
  g_auto(PlTestJobs) jobs;

  pl_test_jobs_init (&jobs, pl_test_job_map, 10, pl_test_job_keep);
  pl_stage_set_workers (jobs.stage, 3);
  pl_test_jobs_start (&jobs, 0);
  for (guint n = 3; n <= 10; n++)
    {
      pl_test_settle ();
      g_assert_cmpuint (pl_test_jobs_count (&jobs), ==, n);
      g_assert_true (pl_job_answer (pl_test_jobs_get (&jobs, n - 3)));
    }
}

static void
test_number_has_one_answer (void)
{
  g_auto(PlTestJobs) jobs;
  gint64 first, second;

  pl_test_jobs_init (&jobs, pl_test_job_map, 2, pl_test_job_keep);
  pl_stage_set_workers (jobs.stage, 2);
  pl_test_jobs_start (&jobs, 0);
  first = pl_test_jobs_get (&jobs, 0);
  second = pl_test_jobs_get (&jobs, 1);
  g_assert_cmpint (first, !=, second);

  g_assert_true (pl_job_answer (first));
  g_assert_false (pl_job_answer (first));
  g_assert_false (pl_test_job_fail (first));
  g_assert_true (pl_test_job_fail (second));
  g_assert_false (pl_job_answer (second));
  g_assert_false (pl_test_job_fail (second));
  g_assert_cmpint (jobs.n_results, ==, 1);
}

static void
test_unknown_numbers_are_over (void)
{
  const gint64 numbers[] = { 0, -1, G_MAXINT64, G_MININT64, G_GINT64_CONSTANT (1) << 32 };

  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    {
      g_assert_false (pl_job_answer (numbers[i]));
      g_assert_false (pl_test_job_fail (numbers[i]));
      g_assert_cmpint (pl_job_emit (numbers[i]), ==, PL_EMISSION_STOP);
    }
}

/* An error behind the answer is of no interest any more. */
static void
answer_and_set_error (PlTestJobs *jobs, gint64 job, int element)
{
  g_autoptr(GError) error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_BUSY, "busy");

  g_assert_true (pl_job_answer (job));
  pl_worker_set_error (pl_worker_get_current (), error);
}

static void
test_answer_comes_before_an_error (void)
{
  g_auto(PlTestJobs) jobs;

  pl_test_jobs_init (&jobs, pl_test_job_map, 4, answer_and_set_error);
  pl_test_assert_ints (jobs.stage, "1 2 3 4");
}

/* Element 2 fails. */

static void
fail_at_once (PlTestJobs *jobs, gint64 job, int element)
{
  g_assert_true (element == 2 ? pl_test_job_fail (job) : pl_job_answer (job));
}

static gboolean
fail_cb (gpointer data)
{
  g_assert_true (pl_test_job_fail ((gint64) GPOINTER_TO_SIZE (data)));
  return G_SOURCE_REMOVE;
}

static void
fail_later (PlTestJobs *jobs, gint64 job, int element)
{
  if (element == 2)
    g_idle_add (fail_cb, GSIZE_TO_POINTER (job));
  else
    pl_test_job_answer_later (jobs, job, element);
}

static gpointer
fail_thread (gpointer data)
{
  fail_cb (data);
  return NULL;
}

static void
fail_elsewhere (PlTestJobs *jobs, gint64 job, int element)
{
  if (element == 2)
    g_thread_join (g_thread_new ("fail", fail_thread, GSIZE_TO_POINTER (job)));
  else
    g_assert_true (pl_job_answer (job));
}

static void
set_error (PlTestJobs *jobs, gint64 job, int element)
{
  g_autoptr(GError) error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_BUSY, "busy");

  if (element == 2)
    pl_worker_set_error (pl_worker_get_current (), error);
  else
    g_assert_true (pl_job_answer (job));
}

typedef struct
{
  const char *name;
  PlTestJobFunc func;
} PlTestFailure;

static const PlTestFailure failures[] = {
  { "at-once", fail_at_once },
  { "later", fail_later },
  { "elsewhere", fail_elsewhere },
  { "set-error", set_error },
};

static void
test_failure_is_the_runs_error (gconstpointer data)
{
  const PlTestFailure *failure = data;

  for (guint i = 0; i < G_N_ELEMENTS (operations); i++)
    {
      g_auto(PlTestJobs) jobs;
      g_autofree char *text = g_strdup_printf ("stage “%s” (task %s, worker 0, element 2): busy",
                                               operations[i].name, operations[i].name);

      pl_test_jobs_init (&jobs, operations[i].make, 4, failure->func);
      pl_test_assert_run_error (jobs.stage, G_IO_ERROR, G_IO_ERROR_BUSY, text);
    }
}

static void
test_failed_element_may_be_skipped (gconstpointer data)
{
  const PlTestFailure *failure = data;
  g_auto(PlTestJobs) jobs;

  pl_test_jobs_init (&jobs, pl_test_job_map, 5, failure->func);
  pl_stage_set_error_policy (jobs.stage, PL_ERROR_POLICY_SKIP);
  pl_test_assert_ints (jobs.stage, "1 2 4 5");
}

/* Each element fails twice. */
static void
fail_twice (PlTestJobs *jobs, gint64 job, int element)
{
  int *n_failures = jobs->data;

  g_assert_true (n_failures[element]++ < 2 ? pl_test_job_fail (job) : pl_job_answer (job));
}

static void
test_each_try_is_a_job (void)
{
  int n_failures[4] = { 0 };
  g_auto(PlTestJobs) jobs;

  pl_test_jobs_init (&jobs, pl_test_job_map, 4, fail_twice);
  jobs.data = n_failures;
  pl_stage_set_workers (jobs.stage, 4);
  pl_stage_set_retries (jobs.stage, 2);
  pl_test_assert_sorted_ints (jobs.stage, "1 2 3 4");
  g_assert_cmpint (jobs.counts.calls, ==, 12);
  g_assert_cmpint (g_hash_table_size (jobs.elements), ==, 12);
  g_assert_cmpint (jobs.n_results, ==, 4);
}

static void
answer_number (int element, gint64 job, gpointer user_data)
{
  g_assert_true (pl_job_answer (job));
}

static void
emit_number (int element, gint64 job, gpointer user_data)
{
  g_assert_cmpint (pl_job_emit (job), ==, PL_EMISSION_STOP);
  g_assert_false (pl_job_answer (job));
}

/* A result that the closure has left uninitialised. */
static void
test_unset_result_is_an_error (void)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 1);
  g_autoptr(PlStage) map = NULL;
  g_autoptr(PlStage) flat_map = NULL;

  map = pl_job_map (numbers, g_cclosure_new (G_CALLBACK (answer_number), NULL, NULL),
                    pl_test_new_idle_closure (), pl_test_new_idle_closure (), G_TYPE_NONE);
  pl_test_assert_run_error (map, PL_ERROR, PL_ERROR_UNSET_RESULT,
                            "stage “map” (task map, worker 0, element 0): The closure for results "
                            "left its return value uninitialised; g_value_init() and set it, or "
                            "give the stage a result type");

  flat_map = pl_job_flat_map (numbers, g_cclosure_new (G_CALLBACK (emit_number), NULL, NULL),
                              pl_test_new_idle_closure (), pl_test_new_idle_closure (),
                              G_TYPE_NONE);
  pl_test_assert_run_error (flat_map, PL_ERROR, PL_ERROR_UNSET_RESULT,
                            "stage “flat_map” (task flat_map, worker 0, element 0): The closure "
                            "for results left its return value uninitialised; g_value_init() and "
                            "set it, or give the stage a result type");
}

/* The closure chooses the type. */
static void
return_name (GClosure *closure,
             GValue *result,
             guint n_arguments,
             const GValue *arguments,
             gpointer hint,
             gpointer data)
{
  g_assert_cmpuint (G_VALUE_TYPE (result), ==, 0);
  g_assert_cmpuint (n_arguments, ==, 1);
  g_assert_true (G_VALUE_HOLDS_INT64 (&arguments[0]));
  g_value_init (result, G_TYPE_STRING);
  g_value_set_static_string (result, "name");
}

static void
test_result_may_be_of_any_type (void)
{
  GClosure *result = g_closure_new_simple (sizeof (GClosure), NULL);
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 1);
  g_autoptr(PlStage) map = NULL;
  g_autoptr(PlIterator) iterator = NULL;
  g_auto(GValue) value = G_VALUE_INIT;

  g_closure_set_marshal (result, return_name);
  map = pl_job_map (numbers, g_cclosure_new (G_CALLBACK (answer_number), NULL, NULL), result,
                    pl_test_new_idle_closure (), G_TYPE_NONE);
  iterator = pl_stage_iterate (map);
  g_assert_true (pl_iterator_next (iterator, &value, NULL, NULL));
  g_assert_cmpstr (g_value_get_string (&value), ==, "name");
}

/* Whatever has been answered is gone. */
static void
answer_without_traces (int element, gint64 job, gpointer user_data)
{
  g_assert_true (pl_job_answer (job));
}

static int
get_number (gint64 job, gpointer user_data)
{
  return (int) job;
}

static void
drain_jobs (guint n_jobs)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, n_jobs);
  g_autoptr(PlStage) stage = NULL;
  g_autoptr(PlIterator) iterator = NULL;
  guint n_seen = 0;
  guint n;

  stage = pl_job_map (numbers, g_cclosure_new (G_CALLBACK (answer_without_traces), NULL, NULL),
                      g_cclosure_new (G_CALLBACK (get_number), NULL, NULL),
                      pl_test_new_idle_closure (), G_TYPE_INT);
  pl_stage_set_workers (stage, 16);
  iterator = pl_stage_iterate_bounded (stage, 64);
  while (pl_iterator_next_values (iterator, 64, &n, NULL, NULL) != NULL)
    n_seen += n;
  g_assert_cmpuint (n_seen, ==, n_jobs);
}

static void
test_many_jobs_leave_nothing_behind (void)
{
  gsize n_bytes;

  drain_jobs (pl_test_rounds (10000));
  n_bytes = pl_test_count_bytes ();
  drain_jobs (pl_test_rounds (100000));
  pl_test_assert_bytes (n_bytes);
}

static void
test_arguments_are_checked (void)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 1);
  g_autoptr(GClosure) closure = pl_test_new_idle_closure ();

  g_closure_ref (closure);
  g_closure_sink (closure);

#define EXPECT(pattern) g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, pattern)
  EXPECT ("pl_job_map:*PL_IS_STAGE*");
  g_assert_null (pl_job_map (NULL, closure, closure, closure, G_TYPE_INT));
  EXPECT ("pl_job_map:*begin*");
  g_assert_null (pl_job_map (numbers, NULL, closure, closure, G_TYPE_INT));
  EXPECT ("pl_job_filter:*result*");
  g_assert_null (pl_job_filter (numbers, closure, NULL, closure));
  EXPECT ("pl_job_each:*tell*");
  g_assert_null (pl_job_each (numbers, closure, NULL));
  EXPECT ("pl_job_flat_map:*element_type*");
  g_assert_null (pl_job_flat_map (numbers, closure, closure, closure, G_TYPE_INVALID));
  EXPECT ("pl_job_fail:*error*");
  g_assert_false (pl_job_fail (1, NULL));
  g_test_assert_expected_messages ();
}

static void
emit_without_leave (PlTestJobs *jobs, gint64 job, int element)
{
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "pl_job_emit:*emits*");
  g_assert_cmpint (pl_job_emit (job), ==, PL_EMISSION_STOP);
  g_test_assert_expected_messages ();
  g_assert_true (pl_job_answer (job));
}

static void
test_only_flat_maps_emit (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (operations); i++)
    {
      gboolean is_each = operations[i].make == pl_test_job_each;
      PlTestJobs jobs;

      if (operations[i].make == pl_test_job_flat_map)
        continue;

      pl_test_jobs_init (&jobs, operations[i].make, 4, emit_without_leave);
      pl_test_assert_ints (jobs.stage, operations[i].ints);
      g_assert_cmpint (jobs.n_results, ==, is_each ? 0 : 4);
      pl_test_jobs_clear (&jobs);
    }
}

/* The number is as good as before. */
static void
answer_with_a_value (PlTestJobs *jobs, gint64 job, int element)
{
  g_auto(GValue) value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_INT);
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "pl_job_*:*takes_value*");
  g_assert_false (pl_job_answer_with_value (job, &value));
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "pl_job_*:*takes_value*");
  g_assert_false (pl_job_answer_with_handle (job, 1));
  g_test_assert_expected_messages ();
  g_assert_true (pl_job_answer (job));
}

static void
test_only_maps_are_answered_with_values (void)
{
  for (guint i = 1; i < G_N_ELEMENTS (operations); i++)
    {
      g_auto(PlTestJobs) jobs;

      pl_test_jobs_init (&jobs, operations[i].make, 4, answer_with_a_value);
      pl_test_assert_ints (jobs.stage, operations[i].make == pl_test_job_filter ? "1 3" : "");
      g_clear_object (&jobs.stage);
      pl_test_settle ();
      g_assert_cmpint (jobs.counts.frees, ==, operations[i].n_closures);
    }
}

static void
add_answers (void)
{
  const guint workers[] = { 1, 0, 3 };

  for (guint i = 0; i < G_N_ELEMENTS (operations) * G_N_ELEMENTS (moments) * 3; i++)
    {
      PlTestCase *test_case = g_new (PlTestCase, 1);
      g_autofree char *path = NULL;

      test_case->workers = workers[i % 3];
      test_case->moment = &moments[i / 3 % G_N_ELEMENTS (moments)];
      test_case->operation = &operations[i / 3 / G_N_ELEMENTS (moments)];
      path = g_strdup_printf ("/job/answers-are-results/%s/%s/%u", test_case->operation->name,
                              test_case->moment->name, test_case->workers);
      g_test_add_data_func_full (path, test_case, test_answers_are_results, g_free);
    }
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);

  add_answers ();

#define ADD(name, func) g_test_add_func ("/job/" name, func)
  ADD ("unbounded-stage-has-all-in-flight", test_unbounded_stage_has_all_in_flight);
  ADD ("workers-bound-what-is-in-flight", test_workers_bound_what_is_in_flight);
  ADD ("number-has-one-answer", test_number_has_one_answer);
  ADD ("unknown-numbers-are-over", test_unknown_numbers_are_over);
  ADD ("answer-comes-before-an-error", test_answer_comes_before_an_error);
  ADD ("each-try-is-a-job", test_each_try_is_a_job);
  ADD ("unset-result-is-an-error", test_unset_result_is_an_error);
  ADD ("result-may-be-of-any-type", test_result_may_be_of_any_type);
  ADD ("many-jobs-leave-nothing-behind", test_many_jobs_leave_nothing_behind);
  ADD ("arguments-are-checked", test_arguments_are_checked);
  ADD ("only-flat-maps-emit", test_only_flat_maps_emit);
  ADD ("only-maps-are-answered-with-values", test_only_maps_are_answered_with_values);

  for (guint i = 0; i < G_N_ELEMENTS (failures); i++)
    {
      g_autofree char *error = g_strdup_printf ("/job/failure-is-the-runs-error/%s",
                                                failures[i].name);
      g_autofree char *skipped = g_strdup_printf ("/job/failed-element-may-be-skipped/%s",
                                                  failures[i].name);

      g_test_add_data_func (error, &failures[i], test_failure_is_the_runs_error);
      g_test_add_data_func (skipped, &failures[i], test_failed_element_may_be_skipped);
    }

  return pl_test_run ();
}
