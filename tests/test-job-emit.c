/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-job.h"

/* What the jobs of a flat_map emit, and how far ahead of the consumer they get. */

/* Emits until it is to wait. */
static void
emit_while_more (PlTestJobs *jobs, gint64 job, int element)
{
  while (pl_job_emit (job) == PL_EMISSION_MORE)
    continue;
}

/* One is taken, three wait for the consumer, and one for a place among them. */
static void
test_endless_job_keeps_to_the_bound (void)
{
  g_auto(PlTestJobs) jobs;

  pl_test_jobs_init (&jobs, pl_test_job_flat_map, 1, emit_while_more);
  jobs.room = emit_while_more;
  pl_test_jobs_start (&jobs, 3);
  for (int n_taken = 0; n_taken < 100; n_taken++)
    {
      pl_test_settle ();
      g_assert_cmpint (jobs.n_results, ==, n_taken + 4);
      g_assert_cmpint (jobs.n_rooms, ==, n_taken);
      g_assert_cmpint (pl_test_take_int (jobs.iterator), ==, n_taken);
    }

  g_clear_object (&jobs.iterator);
  pl_test_settle ();
  g_assert_cmpint (jobs.n_cancelled, ==, 1);
}

/* Each job has one that waits for a place. */
static void
test_endless_jobs_keep_to_the_bound (void)
{
  g_auto(PlTestJobs) jobs;

  pl_test_jobs_init (&jobs, pl_test_job_flat_map, 3, pl_test_job_keep);
  jobs.room = emit_while_more;
  pl_stage_set_workers (jobs.stage, 3);
  pl_test_jobs_start (&jobs, 2);
  for (guint i = 0; i < 3; i++)
    emit_while_more (&jobs, pl_test_jobs_get (&jobs, i), i);

  for (int n_taken = 0; n_taken < 100; n_taken++)
    {
      pl_test_settle ();
      g_assert_cmpint (jobs.n_results, <=, n_taken + 2 + 3);
      g_assert_cmpint (jobs.n_results, >, n_taken + 2);
      pl_test_take_int (jobs.iterator);
    }
}

static void
test_unbounded_output_has_room (void)
{
  g_auto(PlTestJobs) jobs;
  gint64 job;

  pl_test_jobs_init (&jobs, pl_test_job_flat_map, 1, pl_test_job_keep);
  pl_test_jobs_start (&jobs, 0);
  job = pl_test_jobs_get (&jobs, 0);
  for (int i = 0; i < 1000; i++)
    g_assert_cmpint (pl_job_emit (job), ==, PL_EMISSION_MORE);
  g_assert_true (pl_job_answer (job));
  g_assert_cmpint (pl_job_emit (job), ==, PL_EMISSION_STOP);
  pl_test_settle ();
  g_assert_cmpint (jobs.n_rooms, ==, 0);
}

/* Nobody is there to tell when there is room: what a job that does not wait emits is kept. */
static void
test_what_does_not_wait_is_kept (void)
{
  g_auto(PlTestJobs) jobs;
  gint64 job;

  pl_test_jobs_init (&jobs, pl_test_job_flat_map, 1, pl_test_job_keep);
  pl_test_jobs_start (&jobs, 1);
  job = pl_test_jobs_get (&jobs, 0);
  for (int i = 0; i < 100; i++)
    g_assert_cmpint (pl_job_emit (job), ==, i == 0 ? PL_EMISSION_MORE : PL_EMISSION_WAIT);
  g_assert_true (pl_job_answer (job));

  for (int i = 0; i < 100; i++)
    g_assert_cmpint (pl_test_take_int (jobs.iterator), ==, i);
  pl_test_assert_end (jobs.iterator);
  g_assert_cmpint (jobs.n_rooms, ==, 0);
}

/* A job that waits is told once, however often it has been said so. */
static void
test_room_is_told_once (void)
{
  g_auto(PlTestJobs) jobs;

  pl_test_jobs_init (&jobs, pl_test_job_flat_map, 1, pl_test_job_keep);
  pl_test_jobs_start (&jobs, 1);
  for (int i = 0; i < 10; i++)
    pl_job_emit (pl_test_jobs_get (&jobs, 0));
  for (int i = 0; i < 10; i++)
    {
      pl_test_settle ();
      g_assert_cmpint (jobs.n_rooms, ==, i == 9 ? 1 : 0);
      pl_test_take_int (jobs.iterator);
    }
}

/* Behind the end of the run, and behind a job's time. */
static void
test_nobody_wants_more_at_the_end (void)
{
  g_auto(PlTestJobs) jobs;

  pl_test_jobs_init (&jobs, pl_test_job_flat_map, 2, pl_test_job_keep);
  pl_stage_set_workers (jobs.stage, 2);
  pl_test_jobs_start (&jobs, 1);
  g_assert_cmpint (pl_job_emit (pl_test_jobs_get (&jobs, 0)), ==, PL_EMISSION_MORE);
  g_assert_cmpint (pl_job_emit (pl_test_jobs_get (&jobs, 0)), ==, PL_EMISSION_WAIT);
  pl_iterator_close (jobs.iterator);
  g_assert_cmpint (pl_job_emit (pl_test_jobs_get (&jobs, 0)), ==, PL_EMISSION_STOP);
  g_assert_cmpint (pl_job_emit (pl_test_jobs_get (&jobs, 1)), ==, PL_EMISSION_STOP);
  g_assert_cmpint (jobs.n_results, ==, 2);
  g_assert_cmpint (jobs.n_rooms, ==, 0);
  g_assert_cmpint (jobs.n_cancelled, ==, 2);
}

static void
test_what_a_late_job_emitted_stays (void)
{
  g_auto(PlTestJobs) jobs;

  pl_test_jobs_init (&jobs, pl_test_job_flat_map, 1, pl_test_job_keep);
  pl_stage_set_timeout (jobs.stage, 100);
  pl_test_jobs_start (&jobs, 1);
  g_assert_cmpint (pl_job_emit (pl_test_jobs_get (&jobs, 0)), ==, PL_EMISSION_MORE);
  g_assert_cmpint (pl_job_emit (pl_test_jobs_get (&jobs, 0)), ==, PL_EMISSION_WAIT);
  while (g_atomic_int_get (&jobs.n_cancelled) == 0)
    g_main_context_iteration (NULL, TRUE);

  for (int i = 0; i < 2; i++)
    g_assert_cmpint (pl_test_take_int (jobs.iterator), ==, i);
  pl_test_assert_end (jobs.iterator);
  g_assert_cmpint (jobs.n_rooms, ==, 0);
}

static void
emit_two_and_fail_once (PlTestJobs *jobs, gint64 job, int element)
{
  int *n_failures = jobs->data;

  g_assert_cmpint (pl_job_emit (job), !=, PL_EMISSION_STOP);
  g_assert_cmpint (pl_job_emit (job), !=, PL_EMISSION_STOP);
  g_assert_true ((*n_failures)++ == 0 ? pl_test_job_fail (job) : pl_job_answer (job));
}

static void
test_what_a_failed_try_emitted_is_gone (void)
{
  int n_failures = 0;
  g_auto(PlTestJobs) jobs;

  pl_test_jobs_init (&jobs, pl_test_job_flat_map, 1, emit_two_and_fail_once);
  jobs.data = &n_failures;
  pl_stage_set_retries (jobs.stage, 1);
  pl_test_assert_ints (jobs.stage, "2 3");
}

/* Paths are those of a flat_map. */
static void
emit_three (PlTestJobs *jobs, gint64 job, int element)
{
  for (int i = 0; i < 3; i++)
    g_assert_cmpint (pl_job_emit (job), !=, PL_EMISSION_STOP);
  pl_test_job_answer_later (jobs, job, element);
}

static void
test_paths_tell_which_emission (void)
{
  int n_calls = 0;
  g_auto(PlTestJobs) jobs;
  g_autoptr(PlStage) ordered = NULL;
  g_autoptr(PlStage) checked = NULL;

  pl_test_jobs_init (&jobs, pl_test_job_flat_map, 10, emit_three);
  pl_stage_set_workers (jobs.stage, 4);
  ordered = pl_task_ordered (jobs.stage);
  checked = pl_sync_each (ordered, pl_test_check_three, &n_calls, NULL);
  g_assert_true (pl_stage_run (checked, NULL, NULL));
  g_assert_cmpint (n_calls, ==, 30);
}

/* Jobs that emit on another thread: one thread a job, which waits when it is to. */

typedef struct
{
  GAsyncQueue *rooms; /* what the thread is told */
  gint64 job;
  int n_to_emit; /* then it answers; -1: none comes */
  GThread *thread;
} PlTestEmitter;

#define ROOM GINT_TO_POINTER (1)

static gpointer
emit_thread (gpointer data)
{
  PlTestEmitter *emitter = data;

  while (emitter->n_to_emit != 0)
    {
      PlEmission emission = pl_job_emit (emitter->job);

      if (emission == PL_EMISSION_STOP)
        return NULL;

      emitter->n_to_emit--;

      /* Only the context knows what there is room for. */
      g_assert_cmpint (emission, ==, PL_EMISSION_WAIT);
      if (g_async_queue_pop (emitter->rooms) != ROOM)
        return NULL;
    }

  pl_job_answer (emitter->job);
  return NULL;
}

static void
begin_thread (PlTestJobs *jobs, gint64 job, int element)
{
  PlTestEmitter *emitter = jobs->data;

  emitter += element;
  emitter->job = job;
  emitter->thread = g_thread_new ("emit", emit_thread, emitter);
}

static void
tell_thread (PlTestJobs *jobs, gint64 job, int element)
{
  PlTestEmitter *emitter = jobs->data;

  emitter += element;
  g_async_queue_push (emitter->rooms, ROOM);
}

static void
init_emitter (PlTestEmitter *emitter, int n_to_emit)
{
  *emitter = (PlTestEmitter) { .n_to_emit = n_to_emit };
  emitter->rooms = g_async_queue_new ();
}

/* The thread may wait for room, which does not come any more. */
static void
clear_emitter (PlTestEmitter *emitter)
{
  g_async_queue_push (emitter->rooms, emitter);
  g_thread_join (emitter->thread);
  g_async_queue_unref (emitter->rooms);
}

static void
test_threads_emit_all (void)
{
  const int n_to_emit = pl_test_rounds (2000);
  PlTestEmitter emitters[4];
  g_auto(PlTestJobs) jobs;
  g_auto(GValue) value = G_VALUE_INIT;
  int n_taken = 0;

  pl_test_jobs_init (&jobs, pl_test_job_flat_map, 4, begin_thread);
  jobs.data = emitters;
  jobs.room = tell_thread;
  for (guint i = 0; i < G_N_ELEMENTS (emitters); i++)
    init_emitter (&emitters[i], n_to_emit);
  pl_stage_set_workers (jobs.stage, 4);
  jobs.iterator = pl_stage_iterate_bounded (jobs.stage, 2);
  while (pl_iterator_next (jobs.iterator, &value, NULL, NULL))
    n_taken++;

  g_assert_cmpint (n_taken, ==, 4 * n_to_emit);
  g_assert_cmpint (jobs.n_results, ==, 4 * n_to_emit);
  for (guint i = 0; i < G_N_ELEMENTS (emitters); i++)
    clear_emitter (&emitters[i]);
}

/* The other elements only keep the context busy. */
static void
begin_one_thread (PlTestJobs *jobs, gint64 job, int element)
{
  if (element == 0)
    begin_thread (jobs, job, element);
  else
    g_assert_true (pl_job_answer (job));
}

/* An endless one is never further ahead than one on the context would be, whatever else the context
 * does while the thread emits. */
static void
test_endless_thread_keeps_to_the_bound (void)
{
  const int n_rounds = pl_test_rounds (20000);
  PlTestCounts counts = { 0 };
  PlTestEmitter emitter;
  g_auto(PlTestJobs) jobs;
  g_autoptr(PlStage) endless = pl_source_new_for_func (pl_test_count_up, &counts, NULL);
  g_autoptr(PlStage) fed = pl_thread_concat (&endless, 1);

  pl_test_jobs_init_of (&jobs, pl_test_job_flat_map, fed, begin_one_thread);
  jobs.data = &emitter;
  jobs.room = tell_thread;
  init_emitter (&emitter, -1);
  pl_stage_set_workers (jobs.stage, 2);
  pl_stage_set_maxsize (jobs.stage, 1);
  jobs.iterator = pl_stage_iterate_bounded (jobs.stage, 1);
  for (int n_taken = 0; n_taken < n_rounds; n_taken++)
    {
      g_assert_cmpint (g_atomic_int_get (&jobs.n_results), <=, n_taken + 2);
      g_assert_cmpint (pl_test_take_int (jobs.iterator), ==, n_taken);
    }

  g_clear_object (&jobs.iterator);
  g_assert_true (pl_test_jobs_is_cancelled (&jobs, emitter.job));
  clear_emitter (&emitter);
}

/* Emissions on another thread race with the end of the run. */
static void
test_emissions_race_with_the_end (void)
{
  for (guint round = 0; round < pl_test_rounds (1000); round++)
    {
      PlTestEmitter emitters[2];
      g_auto(PlTestJobs) jobs;

      pl_test_jobs_init (&jobs, pl_test_job_flat_map, 2, begin_thread);
      jobs.data = emitters;
      jobs.room = tell_thread;
      init_emitter (&emitters[0], -1);
      init_emitter (&emitters[1], -1);
      pl_stage_set_workers (jobs.stage, 2);
      jobs.iterator = pl_stage_iterate_bounded (jobs.stage, round % 3);
      for (guint i = 0; i < 3 + round % 8; i++)
        pl_test_take_int (jobs.iterator);
      g_clear_object (&jobs.iterator);
      clear_emitter (&emitters[0]);
      clear_emitter (&emitters[1]);
      g_assert_cmpint (jobs.n_cancelled, ==, 2);
    }
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);

  /* As a main loop has it for as long as it runs. */
  g_main_context_acquire (NULL);

#define ADD(name, func) g_test_add_func ("/job-emit/" name, func)
  ADD ("endless-job-keeps-to-the-bound", test_endless_job_keeps_to_the_bound);
  ADD ("endless-jobs-keep-to-the-bound", test_endless_jobs_keep_to_the_bound);
  ADD ("unbounded-output-has-room", test_unbounded_output_has_room);
  ADD ("what-does-not-wait-is-kept", test_what_does_not_wait_is_kept);
  ADD ("room-is-told-once", test_room_is_told_once);
  ADD ("nobody-wants-more-at-the-end", test_nobody_wants_more_at_the_end);
  ADD ("what-a-late-job-emitted-stays", test_what_a_late_job_emitted_stays);
  ADD ("what-a-failed-try-emitted-is-gone", test_what_a_failed_try_emitted_is_gone);
  ADD ("paths-tell-which-emission", test_paths_tell_which_emission);
  ADD ("threads-emit-all", test_threads_emit_all);
  ADD ("endless-thread-keeps-to-the-bound", test_endless_thread_keeps_to_the_bound);
  ADD ("emissions-race-with-the-end", test_emissions_race_with_the_end);

  return pl_test_run ();
}
