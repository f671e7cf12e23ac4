/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-job.h"
#include "pl-test-kept.h"
#include "pl-test-pool.h"

#include <glib-unix.h>
#include <poll.h>
#include <unistd.h>

/* How a loop that is none of GLib's, here of poll(), iterates a main context. */

typedef struct
{
  GMainContext *context;
  int fd;
  int milliseconds; /* after which it is to iterate the context; -1: never */
  int n_wakeups;    /* how often poll() has returned */
} PlTestLoop;

static void
pl_test_loop_init (PlTestLoop *self)
{
  self->context = g_main_context_new ();
  g_assert_true (g_main_context_acquire (self->context));
  self->fd = pl_embed_get_fd (self->context);
  self->milliseconds = 0;
  self->n_wakeups = 0;
  g_assert_cmpint (self->fd, >=, 0);
}

/* However slow the machine is: a call does what it can in its time. Returns what the last one has
 * told. */
static int
pl_test_loop_settle (PlTestLoop *self)
{
  int milliseconds;

  while ((milliseconds = pl_embed_iterate (self->context)) == 0)
    continue;
  return milliseconds;
}

static void
pl_test_loop_clear (PlTestLoop *self)
{
  pl_test_loop_settle (self);
  g_main_context_release (self->context);
  g_main_context_unref (self->context);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PlTestLoop, pl_test_loop_clear)

static gboolean
pl_test_loop_poll (PlTestLoop *self, int milliseconds)
{
  struct pollfd polled = { .fd = self->fd, .events = POLLIN };

  return poll (&polled, 1, milliseconds) == 1;
}

static void
pl_test_loop_step (PlTestLoop *self)
{
  if (self->milliseconds != 0)
    {
      pl_test_loop_poll (self, self->milliseconds);
      self->n_wakeups++;
    }
  self->milliseconds = pl_embed_iterate (self->context);
}

/* This thread itself may have made something ready. */
static void
pl_test_loop_kick (PlTestLoop *self)
{
  self->milliseconds = 0;
}

/* Nothing is ready, nor will be. */
static void
assert_idle (PlTestLoop *self)
{
  g_assert_cmpint (pl_test_loop_settle (self), ==, -1);
  g_assert_cmpint (pl_embed_iterate (self->context), ==, -1);
  g_assert_false (pl_test_loop_poll (self, 100));
}

static void
attach (PlTestLoop *self, GSource *source, GSourceFunc func, gpointer data)
{
  g_source_set_callback (source, func, data, NULL);
  g_source_attach (source, self->context);
  g_source_unref (source);
}

static gboolean
count_cb (gpointer user_data)
{
  (*(int *) user_data)++;
  return G_SOURCE_REMOVE;
}

static gboolean
count_on_cb (gpointer user_data)
{
  (*(int *) user_data)++;
  return G_SOURCE_CONTINUE;
}

static void
test_never_without_sources (void)
{
  g_auto(PlTestLoop) loop;

  pl_test_loop_init (&loop);
  g_assert_cmpint (pl_embed_iterate (loop.context), ==, -1);
  g_assert_cmpint (pl_embed_get_fd (loop.context), ==, loop.fd);
  g_assert_false (pl_test_loop_poll (&loop, 0));
}

static void
test_what_is_ready_is_dispatched (void)
{
  g_auto(PlTestLoop) loop;
  int n = 0;

  pl_test_loop_init (&loop);
  for (int i = 0; i < 10; i++)
    attach (&loop, g_idle_source_new (), count_cb, &n);
  g_assert_cmpint (pl_test_loop_settle (&loop), ==, -1);
  g_assert_cmpint (n, ==, 10);
}

/* Other sources of the loop have their turn. */
static void
test_slice_comes_to_its_end (void)
{
  g_auto(PlTestLoop) loop;
  int n = 0;

  pl_test_loop_init (&loop);
  attach (&loop, g_idle_source_new (), count_on_cb, &n);
  g_assert_cmpint (pl_embed_iterate (loop.context), ==, 0);
  g_assert_cmpint (n, >, 0);
  g_source_destroy (g_main_context_find_source_by_user_data (loop.context, &n));
}

static void
test_time_of_the_next_source_is_told (void)
{
  g_auto(PlTestLoop) loop;
  gint64 begin = g_get_monotonic_time ();
  int n = 0;
  int milliseconds;

  pl_test_loop_init (&loop);
  attach (&loop, g_timeout_source_new (200), count_cb, &n);
  attach (&loop, g_timeout_source_new (60 * 1000), count_on_cb, &loop);
  milliseconds = pl_test_loop_settle (&loop);
  g_assert_cmpint (milliseconds, >, 0);
  g_assert_cmpint (milliseconds, <=, 200);

  while (n == 0)
    pl_test_loop_step (&loop);
  g_assert_cmpint (g_get_monotonic_time () - begin, >=, 200 * 1000);
  milliseconds = pl_test_loop_settle (&loop);
  g_assert_cmpint (milliseconds, >, 1000);
  g_source_destroy (g_main_context_find_source_by_user_data (loop.context, &loop));
}

typedef struct
{
  PlTestLoop *loop;
  int *n;
} PlTestWake;

static gpointer
attach_thread (gpointer data)
{
  PlTestWake *wake = data;

  attach (wake->loop, g_idle_source_new (), count_cb, wake->n);
  return NULL;
}

/* None gets lost, whenever it comes. */
static void
test_other_threads_wake_the_loop (void)
{
  g_auto(PlTestLoop) loop;
  int n = 0;

  pl_test_loop_init (&loop);
  for (int round = 1; round <= (int) pl_test_rounds (2000); round++)
    {
      PlTestWake wake = { &loop, &n };
      GThread *thread = g_thread_new ("wake", attach_thread, &wake);

      while (n < round)
        {
          int milliseconds = pl_embed_iterate (loop.context);

          if (n < round && milliseconds != 0)
            g_assert_true (pl_test_loop_poll (&loop, milliseconds));
        }
      g_thread_join (thread);
    }
  assert_idle (&loop);
}

static gboolean
check_default_cb (gpointer user_data)
{
  PlTestLoop *loop = user_data;

  g_assert_true (g_main_context_get_thread_default () == loop->context);
  return G_SOURCE_REMOVE;
}

static void
test_context_is_the_default_meanwhile (void)
{
  g_auto(PlTestLoop) loop;

  pl_test_loop_init (&loop);
  attach (&loop, g_idle_source_new (), check_default_cb, &loop);
  pl_embed_iterate (loop.context);
  g_assert_null (g_main_context_get_thread_default ());
}

static void
test_files_of_others_are_refused (void)
{
  g_autoptr(GMainContext) context = g_main_context_new ();
  GSource *source = g_unix_fd_source_new (STDIN_FILENO, G_IO_IN);

  g_source_attach (source, context);
  g_assert_cmpint (pl_embed_get_fd (context), ==, -1);
  g_source_destroy (source);
  g_source_unref (source);
  g_assert_cmpint (pl_embed_get_fd (context), >=, 0);
}

/* Pipelines: what the consumer has taken, on the loop's own thread. */

typedef struct
{
  PlTestLoop *loop;
  PlIterator *iterator;
  GString *ints;
  gboolean is_over;
  GError *error;
} PlTestConsumer;

static void pl_test_consumer_take (PlTestConsumer *self);

static void
pl_test_consumer_taken_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  PlTestConsumer *self = user_data;
  const GValue *values;
  guint n;

  values = pl_iterator_next_values_finish (self->iterator, result, &n, &self->error);
  for (guint i = 0; i < n; i++)
    g_string_append_printf (self->ints, "%d ", g_value_get_int (&values[i]));
  if (values != NULL)
    pl_test_consumer_take (self);
  else
    self->is_over = TRUE;
}

static void
pl_test_consumer_take (PlTestConsumer *self)
{
  g_main_context_push_thread_default (self->loop->context);
  pl_iterator_next_values_async (self->iterator, 4, NULL, pl_test_consumer_taken_cb, self);
  g_main_context_pop_thread_default (self->loop->context);
}

static void
pl_test_consumer_start (PlTestConsumer *self, PlTestLoop *loop, PlStage *stage, guint maxsize)
{
  *self = (PlTestConsumer) { .loop = loop, .ints = g_string_new (NULL) };
  self->iterator = pl_stage_iterate_on (stage, maxsize, loop->context);
  pl_test_consumer_take (self);
  pl_test_loop_kick (loop);
}

static void
pl_test_consumer_clear (PlTestConsumer *self)
{
  g_clear_object (&self->iterator);
  g_string_free (self->ints, TRUE);
  g_clear_error (&self->error);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PlTestConsumer, pl_test_consumer_clear)

static void
assert_ints (PlStage *stage, guint maxsize, const char *ints)
{
  g_auto(PlTestLoop) loop;
  g_auto(PlTestConsumer) consumer;

  pl_test_loop_init (&loop);
  pl_test_consumer_start (&consumer, &loop, stage, maxsize);
  while (!consumer.is_over)
    pl_test_loop_step (&loop);
  g_assert_no_error (consumer.error);
  g_assert_cmpstr (consumer.ints->str, ==, ints);
}

static gboolean
return_add1_cb (gpointer data)
{
  g_autoptr(GTask) task = data;

  pl_test_return_add1 (task);
  return G_SOURCE_REMOVE;
}

/* From another thread, from a source, and at once. */
static void
answer_somehow (const GValue *element, GTask *task, PlWorker *worker, gpointer user_data)
{
  g_task_set_task_data (task, (gpointer) element, NULL);
  switch (g_value_get_int (element) % 3)
    {
    case 0:
      pl_test_pool_push (return_add1_cb, g_object_ref (task));
      break;

    case 1:
      g_object_ref (task);
      pl_test_later (task, return_add1_cb);
      break;

    default:
      pl_test_return_add1 (task);
    }
}

static void
test_pipeline_runs (void)
{
  pl_test_pool_start ();
  for (guint maxsize = 0; maxsize < 3; maxsize++)
    {
      g_autoptr(PlStage) numbers = pl_source_new_range (0, 12);
      g_autoptr(PlStage) first = pl_task_map (numbers, answer_somehow, NULL, NULL);
      g_autoptr(PlStage) second = pl_thread_map (first, pl_test_add1, NULL, NULL);
      g_autoptr(PlStage) third = pl_task_map (second, answer_somehow, NULL, NULL);
      g_autoptr(PlStage) ordered = pl_sync_ordered (third);

      pl_stage_set_workers (first, 1 + maxsize);
      pl_stage_set_workers (third, 3);
      assert_ints (ordered, maxsize, "3 4 5 6 7 8 9 10 11 12 13 14 ");
    }
}

static void
test_timeouts_come (void)
{
  g_auto(PlTestJobs) jobs;

  pl_test_jobs_init (&jobs, pl_test_job_map, 3, pl_test_job_keep_first);
  pl_stage_set_timeout (jobs.stage, 50);
  assert_ints (jobs.stage, 0, "2 3 ");
  g_assert_cmpint (jobs.n_cancelled, ==, 1);
}

/* The loop sleeps until then, rather than look again and again. */
static void
test_rate_is_kept_without_polling (void)
{
  g_auto(PlTestLoop) loop;
  g_auto(PlTestConsumer) consumer;
  g_auto(PlTestJobs) jobs;
  gint64 begin = g_get_monotonic_time ();

  pl_test_jobs_init (&jobs, pl_test_job_map, 10, pl_test_job_answer_at_once);
  pl_stage_set_rate_limit (jobs.stage, 50, 1);
  pl_test_loop_init (&loop);
  pl_test_consumer_start (&consumer, &loop, jobs.stage, 0);
  while (!consumer.is_over)
    pl_test_loop_step (&loop);
  g_assert_cmpstr (consumer.ints->str, ==, "1 2 3 4 5 6 7 8 9 10 ");
  g_assert_cmpint (g_get_monotonic_time () - begin, >=, 9 * 20 * 1000);
  g_assert_cmpint (loop.n_wakeups, <, 100);
}

static void
fail_once (PlTestJobs *jobs, gint64 job, int element)
{
  int *n_failures = jobs->data;

  g_assert_true (n_failures[element]++ == 0 ? pl_test_job_fail (job) : pl_job_answer (job));
}

static void
test_retries_come_after_their_delay (void)
{
  int n_failures[3] = { 0 };
  g_auto(PlTestJobs) jobs;
  gint64 begin = g_get_monotonic_time ();

  pl_test_jobs_init (&jobs, pl_test_job_map, 3, fail_once);
  jobs.data = n_failures;
  pl_stage_set_retries (jobs.stage, 1);
  pl_stage_set_retry_delay (jobs.stage, 50);
  assert_ints (jobs.stage, 0, "1 2 3 ");
  g_assert_cmpint (g_get_monotonic_time () - begin, >=, 3 * 50 * 1000);
}

static void
test_errors_come (void)
{
  g_auto(PlTestLoop) loop;
  g_auto(PlTestConsumer) consumer;
  int n_failures[3] = { 0 };
  g_auto(PlTestJobs) jobs;

  pl_test_jobs_init (&jobs, pl_test_job_map, 3, fail_once);
  jobs.data = n_failures;
  pl_test_loop_init (&loop);
  pl_test_consumer_start (&consumer, &loop, jobs.stage, 0);
  while (!consumer.is_over)
    pl_test_loop_step (&loop);
  g_assert_error (consumer.error, G_IO_ERROR, G_IO_ERROR_BUSY);
}

/* A run that waits for one answer, and then for its consumer. */
static void
test_idle_run_wakes_nobody (void)
{
  g_auto(PlTestLoop) loop;
  g_auto(PlTestConsumer) consumer;
  g_auto(PlTestJobs) jobs;
  PlTestCounts counts = { 0 };
  g_autoptr(PlStage) endless = pl_source_new_for_func (pl_test_count_up, &counts, NULL);
  g_autoptr(PlStage) added = pl_thread_map (endless, pl_test_add1, NULL, NULL);

  pl_test_jobs_init_of (&jobs, pl_test_job_map, added, pl_test_job_keep);
  pl_stage_set_maxsize (added, 2);
  pl_stage_set_maxsize (jobs.stage, 2);
  pl_test_loop_init (&loop);
  pl_test_consumer_start (&consumer, &loop, jobs.stage, 0);
  while (pl_test_jobs_count (&jobs) == 0)
    pl_test_loop_step (&loop);
  pl_test_wait_for (&counts.calls, 7);
  assert_idle (&loop);

  g_assert_true (pl_job_answer (pl_test_jobs_get (&jobs, 0)));
  pl_test_loop_kick (&loop);
  while (pl_test_jobs_count (&jobs) < 2)
    pl_test_loop_step (&loop);
  assert_idle (&loop);
  g_assert_cmpstr (consumer.ints->str, ==, "2 ");

  pl_iterator_close (consumer.iterator);
  pl_test_loop_kick (&loop);
  while (!consumer.is_over)
    pl_test_loop_step (&loop);
  g_assert_error (consumer.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  assert_idle (&loop);
}

static gpointer
iterate_thread (gpointer data)
{
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "pl_embed_iterate:*acquire*");
  g_assert_cmpint (pl_embed_iterate (data), ==, -1);
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "pl_embed_get_fd:*acquire*");
  g_assert_cmpint (pl_embed_get_fd (data), ==, -1);
  g_test_assert_expected_messages ();
  return NULL;
}

static void
test_context_is_for_one_thread (void)
{
  g_auto(PlTestLoop) loop;

  pl_test_loop_init (&loop);
  g_thread_join (g_thread_new ("iterate", iterate_thread, loop.context));
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);

#define ADD(name, func) g_test_add_func ("/embed/" name, func)
  ADD ("never-without-sources", test_never_without_sources);
  ADD ("what-is-ready-is-dispatched", test_what_is_ready_is_dispatched);
  ADD ("slice-comes-to-its-end", test_slice_comes_to_its_end);
  ADD ("time-of-the-next-source-is-told", test_time_of_the_next_source_is_told);
  ADD ("other-threads-wake-the-loop", test_other_threads_wake_the_loop);
  ADD ("context-is-the-default-meanwhile", test_context_is_the_default_meanwhile);
  ADD ("files-of-others-are-refused", test_files_of_others_are_refused);
  ADD ("pipeline-runs", test_pipeline_runs);
  ADD ("timeouts-come", test_timeouts_come);
  ADD ("rate-is-kept-without-polling", test_rate_is_kept_without_polling);
  ADD ("retries-come-after-their-delay", test_retries_come_after_their_delay);
  ADD ("errors-come", test_errors_come);
  ADD ("idle-run-wakes-nobody", test_idle_run_wakes_nobody);
  ADD ("context-is-for-one-thread", test_context_is_for_one_thread);

  return pl_test_run ();
}
