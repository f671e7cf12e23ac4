/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-job.h"
#include "pl-test-memory.h"
#include "pl-test-pool.h"
#include "pl-test-thread.h"

/* Jobs that nobody waits for any more: they are told so once, and never when they have been
 * answered. */

/* Much more than an answer at once takes on a machine that has other things to do. */
#define TIMEOUT_MS 250

static void
test_late_job_is_told_once (void)
{
  g_auto(PlTestJobs) jobs;

  pl_test_jobs_init (&jobs, pl_test_job_map, 4, pl_test_job_keep_first);
  pl_stage_set_timeout (jobs.stage, TIMEOUT_MS);
  pl_test_assert_ints (jobs.stage, "2 3 4");
  g_assert_cmpint (jobs.n_cancelled, ==, 1);
  g_assert_true (pl_test_jobs_is_cancelled (&jobs, pl_test_jobs_get (&jobs, 0)));
  g_assert_false (pl_job_answer (pl_test_jobs_get (&jobs, 0)));
  g_assert_cmpint (jobs.n_results, ==, 3);
}

static void
test_late_job_is_not_tried_again (void)
{
  g_auto(PlTestJobs) jobs;

  pl_test_jobs_init (&jobs, pl_test_job_map, 4, pl_test_job_keep_first);
  pl_stage_set_timeout (jobs.stage, TIMEOUT_MS);
  pl_stage_set_retries (jobs.stage, 3);
  pl_test_assert_ints (jobs.stage, "2 3 4");
  g_assert_cmpint (jobs.counts.calls, ==, 4);
}

/* How a run ends while jobs are under way. */

static void
drop_iterator (PlIterator **iterator)
{
  g_clear_object (iterator);
}

static void
close_iterator (PlIterator **iterator)
{
  pl_iterator_close (*iterator);
}

static void
close_elsewhere (PlIterator **iterator)
{
  g_autoptr(GThread) thread = g_thread_new ("close", pl_test_close_thread, *iterator);

  /* It waits for this thread to iterate the context, or does so itself where it can. */
  g_thread_join (g_steal_pointer (&thread));
}

static void
cancel_call (PlIterator **iterator)
{
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(GError) error = NULL;
  g_auto(GValue) value = G_VALUE_INIT;

  g_cancellable_cancel (cancellable);
  g_assert_false (pl_iterator_next (*iterator, &value, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

typedef struct
{
  const char *name;
  void (*func) (PlIterator **iterator);
} PlTestEnd;

static const PlTestEnd ends[] = {
  { "drop", drop_iterator },
  { "close", close_iterator },
  { "close-elsewhere", close_elsewhere },
  { "cancel", cancel_call },
};

/* Jobs 0 and 2 are answered before the run ends, the other two never are. */
static void
test_end_of_the_run_is_told_once (gconstpointer data)
{
  const PlTestEnd *end = data;
  g_auto(PlTestJobs) jobs;

  pl_test_jobs_init (&jobs, pl_test_job_map, 4, pl_test_job_keep);
  pl_stage_set_workers (jobs.stage, 4);
  pl_test_jobs_start (&jobs, 0);
  g_assert_true (pl_job_answer (pl_test_jobs_get (&jobs, 0)));
  g_assert_true (pl_job_answer (pl_test_jobs_get (&jobs, 2)));
  end->func (&jobs.iterator);
  pl_test_settle ();

  g_assert_cmpint (jobs.n_cancelled, ==, 2);
  g_assert_true (pl_test_jobs_is_cancelled (&jobs, pl_test_jobs_get (&jobs, 1)));
  g_assert_true (pl_test_jobs_is_cancelled (&jobs, pl_test_jobs_get (&jobs, 3)));
  g_assert_false (pl_test_job_fail (pl_test_jobs_get (&jobs, 1)));
  g_assert_cmpint (jobs.n_results, ==, 2);
}

static void
test_error_of_one_is_told_to_the_others (void)
{
  g_auto(PlTestJobs) jobs;

  pl_test_jobs_init (&jobs, pl_test_job_each, 4, pl_test_job_keep);
  pl_stage_set_workers (jobs.stage, 4);
  pl_test_jobs_start (&jobs, 0);
  g_assert_true (pl_test_job_fail (pl_test_jobs_get (&jobs, 1)));
  pl_test_assert_iterator_error (jobs.iterator, G_IO_ERROR, G_IO_ERROR_BUSY,
                                 "stage “each” (task each, worker 0, element 1): busy");
  g_assert_cmpint (jobs.n_cancelled, ==, 3);
}

/* What the user does with the worker's cancellable is told to nobody but its functions. */
static void
keep_and_fire (PlTestJobs *jobs, gint64 job, int element)
{
  GCancellable *cancellable = pl_worker_get_cancellable (pl_worker_get_current ());

  g_thread_join (g_thread_new ("fire", pl_test_cancel_thread, cancellable));
}

static void
test_only_the_run_cancels (void)
{
  g_auto(PlTestJobs) jobs;

  pl_test_jobs_init (&jobs, pl_test_job_each, 2, keep_and_fire);
  pl_stage_set_workers (jobs.stage, 2);
  pl_test_jobs_start (&jobs, 0);
  g_assert_cmpint (jobs.n_cancelled, ==, 0);
  g_clear_object (&jobs.iterator);
  g_assert_cmpint (jobs.n_cancelled, ==, 2);
}

/* The stage is there for as long as its jobs are, and no longer. */
static void
test_closures_go_with_the_last_job (void)
{
  g_auto(PlTestJobs) jobs;

  pl_test_jobs_init (&jobs, pl_test_job_map, 1, pl_test_job_keep);
  pl_test_jobs_start (&jobs, 0);
  g_clear_object (&jobs.stage);
  g_assert_cmpint (jobs.counts.frees, ==, 0);
  g_clear_object (&jobs.iterator);
  pl_test_settle ();
  g_assert_cmpint (jobs.counts.frees, ==, 3);
}

/* From inside of a job, from inside of being told, and with the context still full of answers. */

static void
close_own (PlTestJobs *jobs, gint64 job, int element)
{
  if (element == 2)
    pl_iterator_close (jobs->iterator);
}

static void
test_job_may_close_its_run (void)
{
  g_auto(PlTestJobs) jobs;

  pl_test_jobs_init (&jobs, pl_test_job_each, 10, close_own);
  pl_stage_set_workers (jobs.stage, 10);
  pl_test_jobs_start (&jobs, 0);
  g_assert_cmpint (jobs.counts.calls, ==, 3);
  g_assert_cmpint (jobs.n_cancelled, ==, 3);
}

/* Jobs that are never answered. */
static void
leave_jobs (guint n_jobs, gboolean is_late)
{
  g_auto(PlTestJobs) jobs;

  pl_test_jobs_init (&jobs, pl_test_job_each, n_jobs, pl_test_job_keep);
  pl_stage_set_workers (jobs.stage, 0);
  pl_stage_set_timeout (jobs.stage, is_late ? 1 : 0);
  pl_test_jobs_start (&jobs, 0);
  if (is_late)
    pl_test_assert_end (jobs.iterator);
  else
    pl_test_iterate_until_begun (&jobs, n_jobs);

  g_clear_object (&jobs.iterator);
  g_assert_cmpint (jobs.counts.calls, ==, n_jobs);
  g_assert_cmpint (jobs.n_cancelled, ==, n_jobs);
}

static void
test_jobs_that_are_never_answered_leave_nothing (gconstpointer data)
{
  gboolean is_late = GPOINTER_TO_INT (data);
  gsize n_bytes;

  for (int i = 0; i < 3; i++)
    leave_jobs (pl_test_rounds (10000), is_late);
  n_bytes = pl_test_count_bytes ();
  for (int i = 0; i < 3; i++)
    leave_jobs (pl_test_rounds (10000), is_late);
  pl_test_assert_bytes (n_bytes);
}

/* Races. */

typedef struct
{
  PlTestJobs *jobs;
  gint64 job;
  int *n_answered;
} PlTestRacer;

static gboolean
answer_or_not_cb (gpointer data)
{
  g_autofree PlTestRacer *racer = data;

  if (pl_job_answer (racer->job))
    {
      g_atomic_int_inc (racer->n_answered);
      g_assert_false (pl_test_jobs_is_cancelled (racer->jobs, racer->job));
    }
  return G_SOURCE_REMOVE;
}

static void
race (PlTestJobs *jobs, gint64 job, int element)
{
  PlTestRacer *racer = g_new (PlTestRacer, 1);

  racer->jobs = jobs;
  racer->job = job;
  racer->n_answered = jobs->data;
  pl_test_pool_push (answer_or_not_cb, racer);
}

/* An answer on another thread races with the time that a job has: each job has the one or the
 * other. */
static void
test_answers_race_with_timeouts (void)
{
  const guint n_jobs = pl_test_rounds (20000);
  int n_answered = 0;
  g_auto(PlTestJobs) jobs;
  g_autoptr(GArray) values = NULL;

  pl_test_pool_start ();
  pl_test_jobs_init (&jobs, pl_test_job_map, n_jobs, race);
  jobs.data = &n_answered;
  pl_stage_set_workers (jobs.stage, 100);
  pl_stage_set_timeout (jobs.stage, 1);
  values = pl_stage_collect (jobs.stage, NULL, NULL);
  while (!pl_test_pool_is_idle ())
    g_thread_yield ();

  g_test_message ("%d of %u in time, %u of them counted", n_answered, n_jobs, values->len);
  g_assert_cmpint (n_answered + jobs.n_cancelled, ==, n_jobs);
  g_assert_cmpuint (values->len, <=, n_answered);
}

/* It races with the end of the run. */
static void
test_answers_race_with_the_end (void)
{
  pl_test_pool_start ();
  for (guint round = 0; round < pl_test_rounds (2000); round++)
    {
      int n_answered = 0;
      g_auto(PlTestJobs) jobs;

      pl_test_jobs_init (&jobs, pl_test_job_map, 8, race);
      jobs.data = &n_answered;
      pl_stage_set_workers (jobs.stage, 8);
      jobs.iterator = pl_stage_iterate (jobs.stage);
      g_main_context_iteration (NULL, FALSE);
      g_clear_object (&jobs.iterator);
      while (!pl_test_pool_is_idle ())
        g_thread_yield ();
      pl_test_settle ();
      g_assert_cmpint (n_answered + jobs.n_cancelled, ==, jobs.counts.calls);

      g_clear_object (&jobs.stage);
      pl_test_settle ();
      g_assert_cmpint (jobs.counts.frees, ==, 3);
    }
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);

#define ADD(name, func) g_test_add_func ("/job-cancel/" name, func)
  ADD ("late-job-is-told-once", test_late_job_is_told_once);
  ADD ("late-job-is-not-tried-again", test_late_job_is_not_tried_again);
  ADD ("error-of-one-is-told-to-the-others", test_error_of_one_is_told_to_the_others);
  ADD ("only-the-run-cancels", test_only_the_run_cancels);
  ADD ("closures-go-with-the-last-job", test_closures_go_with_the_last_job);
  ADD ("job-may-close-its-run", test_job_may_close_its_run);
  g_test_add_data_func ("/job-cancel/jobs-that-are-never-answered-leave-nothing/cancelled",
                        GINT_TO_POINTER (FALSE), test_jobs_that_are_never_answered_leave_nothing);
  g_test_add_data_func ("/job-cancel/jobs-that-are-never-answered-leave-nothing/late",
                        GINT_TO_POINTER (TRUE), test_jobs_that_are_never_answered_leave_nothing);
  ADD ("answers-race-with-timeouts", test_answers_race_with_timeouts);
  ADD ("answers-race-with-the-end", test_answers_race_with_the_end);

  for (guint i = 0; i < G_N_ELEMENTS (ends); i++)
    {
      g_autofree char *path = g_strdup_printf ("/job-cancel/end-of-the-run-is-told-once/%s",
                                               ends[i].name);

      g_test_add_data_func (path, &ends[i], test_end_of_the_run_is_told_once);
    }

  return pl_test_run ();
}
