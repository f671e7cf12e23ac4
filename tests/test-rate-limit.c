/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-kept.h"
#include "pl-test-thread.h"

#include <math.h>

/* How often the function of a task stage is called in a second. Time is what is tested: the least
 * that calls are to take is exact, and the most a machine that has other things to do may take. */

/* What a run may take beyond what it should. */
#define SLACK_USEC (5 * G_USEC_PER_SEC)

/* When the function was called. */
typedef struct
{
  gint64 start; /* before anything could be called */
  gint64 times[16];
  int n_calls;
  int n_failures; /* of the first calls */
} PlTestRate;

static gboolean
may_fail (PlTestRate *test)
{
  test->times[test->n_calls++] = g_get_monotonic_time ();
  return test->n_failures-- > 0;
}

static void
note_time (const GValue *element, GTask *task, PlWorker *worker, gpointer user_data)
{
  if (may_fail (user_data))
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_BUSY, "busy");
  else
    pl_test_return_int (task, g_value_get_int (element));
}

static gboolean
note_time_and_return (const GValue *element,
                      GValue *result,
                      PlWorker *worker,
                      gpointer user_data,
                      GError **error)
{
  may_fail (user_data);
  return pl_test_add1 (element, result, worker, NULL, error);
}

/* After a burst calls come at intervals: one that comes late because others have the processor may
 * be made up for by later ones, but never is there more than the burst ahead of the rate. */
static void
assert_rate (const PlTestRate *test, double per_second, int burst)
{
  for (int i = burst; i < test->n_calls; i++)
    {
      gint64 due = test->start + (gint64) ((i - burst + 1) * G_USEC_PER_SEC / per_second);

      g_assert_cmpint (test->times[i], >=, due);
    }
  g_assert_cmpint (test->times[test->n_calls - 1] - test->times[0], <,
                   (gint64) (test->n_calls * G_USEC_PER_SEC / per_second) + SLACK_USEC);
}

static void
test_calls_keep_to_the_rate (void)
{
  PlTestRate test = { .start = g_get_monotonic_time (), .n_failures = 0 };
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 15);
  g_autoptr(PlStage) stage = pl_task_map (numbers, note_time, &test, NULL);

  pl_stage_set_workers (stage, 0);
  pl_stage_set_rate_limit (stage, 50, 5);
  pl_test_assert_ints (stage, "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14");
  g_assert_cmpint (test.n_calls, ==, 15);
  g_assert_cmpint (test.times[14] - test.start, >=, 200000);
  assert_rate (&test, 50, 5);
}

static void
test_functions_that_return_keep_to_it_too (void)
{
  PlTestRate test = { .start = g_get_monotonic_time (), .n_failures = 0 };
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 6);
  g_autoptr(PlStage) stage = pl_sync_map (numbers, note_time_and_return, &test, NULL);

  pl_stage_set_kind (stage, PL_WORKER_KIND_TASK);
  pl_stage_set_rate_limit (stage, 50, 1);
  pl_test_assert_ints (stage, "1 2 3 4 5 6");
  assert_rate (&test, 50, 1);
}

static void
test_retries_keep_to_it_too (void)
{
  PlTestRate test = { .start = g_get_monotonic_time (), .n_failures = 4 };
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 2);
  g_autoptr(PlStage) stage = pl_task_map (numbers, note_time, &test, NULL);

  pl_stage_set_retries (stage, 4);
  pl_stage_set_rate_limit (stage, 50, 2);
  pl_test_assert_ints (stage, "0 1");
  g_assert_cmpint (test.n_calls, ==, 6);
  assert_rate (&test, 50, 2);
}

/* The next call would be in more than a quarter of an hour. */
#define SELDOM 0.001

static void
test_burst_begins_at_once (void)
{
  g_auto(PlTestKept) kept = PL_TEST_KEPT_INIT;
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 10);
  g_autoptr(PlStage) stage = pl_task_map (numbers, pl_test_keep, &kept, NULL);
  g_autoptr(PlIterator) iterator = NULL;

  pl_stage_set_workers (stage, 0);
  pl_stage_set_rate_limit (stage, SELDOM, 5);
  iterator = pl_stage_iterate (stage);
  pl_test_settle ();
  g_assert_cmpint (kept.counts.calls, ==, 5);
  pl_test_kept_answer_all (&kept);
  g_assert_cmpint (kept.counts.calls, ==, 5);
}

/* Elements that are not due yet stay where they are, but for one: the stage learns from the attempt
 * to take it whether there are more. */
static void
test_elements_wait_in_front_of_the_stage (void)
{
  PlTestCounts counts = { 0 };
  g_auto(PlTestKept) kept = PL_TEST_KEPT_INIT;
  g_autoptr(PlStage) endless = pl_source_new_for_func (pl_test_count_up, &counts, NULL);
  g_autoptr(PlStage) stage = pl_task_map (endless, pl_test_keep, &kept, NULL);
  g_autoptr(PlIterator) iterator = NULL;

  pl_stage_set_kind (endless, PL_WORKER_KIND_THREAD);
  pl_stage_set_workers (stage, 0);
  pl_stage_set_maxsize (stage, 4);
  pl_stage_set_rate_limit (stage, SELDOM, 1);
  iterator = pl_stage_iterate (stage);
  pl_test_kept_wait (&kept, 1);
  pl_test_iterate_until (g_atomic_int_get (&counts.calls) == 1 + 1 + 4 + 1);
  pl_test_settle ();
  g_assert_cmpint (g_atomic_int_get (&counts.calls), ==, 1 + 1 + 4 + 1);
}

static void
test_end_waits_for_no_call (void)
{
  PlTestRate test = { .start = g_get_monotonic_time (), .n_failures = 0 };
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 2);
  g_autoptr(PlStage) stage = pl_task_map (numbers, note_time, &test, NULL);
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(GError) error = NULL;
  g_auto(GValue) value = G_VALUE_INIT;

  pl_stage_set_rate_limit (stage, SELDOM, 1);
  for (int cancels = 0; cancels < 2; cancels++)
    {
      g_autoptr(PlIterator) iterator = pl_stage_iterate (stage);

      g_assert_true (pl_iterator_next (iterator, &value, NULL, NULL));
      if (!cancels)
        {
          pl_iterator_close (iterator);
          continue;
        }

      g_timeout_add (10, pl_test_cancel_cb, cancellable);
      g_assert_false (pl_iterator_next (iterator, &value, cancellable, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    }
  g_assert_cmpint (test.n_calls, ==, 2);
}

/* Nor does an end that comes by itself: the rate is for calls. */
static void
test_end_of_the_elements_is_seen_at_once (void)
{
  for (guint workers = 0; workers < 3; workers++)
    {
      PlTestRate test = { .start = g_get_monotonic_time (), .n_failures = 0 };
      g_autoptr(PlStage) numbers = pl_source_new_range (0, 2);
      g_autoptr(PlStage) stage = pl_task_map (numbers, note_time, &test, NULL);

      pl_stage_set_workers (stage, workers);
      pl_stage_set_rate_limit (stage, SELDOM, 2);
      pl_test_assert_ints (stage, "0 1");
      pl_stage_set_kind (numbers, PL_WORKER_KIND_THREAD);
      pl_test_assert_ints (stage, "0 1");
    }
}

static void
test_runs_do_not_share_it (void)
{
  PlTestRate test = { .start = g_get_monotonic_time (), .n_failures = 0 };
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 2);
  g_autoptr(PlStage) stage = pl_task_map (numbers, note_time, &test, NULL);

  pl_stage_set_rate_limit (stage, SELDOM, 2);
  pl_test_assert_ints (stage, "0 1");
  pl_test_assert_ints (stage, "0 1");
}

/* Settings. */

static void
notify_cb (GObject *object, GParamSpec *pspec, gpointer user_data)
{
  g_string_append_printf (user_data, "%s;", pspec->name);
}

static void
test_is_two_properties (void)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 1);
  g_autoptr(PlStage) stage = pl_task_ordered (numbers);
  double rate_limit;
  guint rate_burst;

  g_object_get (stage, "rate-limit", &rate_limit, "rate-burst", &rate_burst, NULL);
  g_assert_cmpfloat (rate_limit, ==, 0);
  g_assert_cmpuint (rate_burst, ==, 1);

  g_object_set (stage, "rate-limit", 2.5, "rate-burst", 7, NULL);
  g_assert_cmpfloat (pl_stage_get_rate_limit (stage), ==, 2.5);
  g_assert_cmpuint (pl_stage_get_rate_burst (stage), ==, 7);

  pl_stage_set_rate_limit (stage, 0, 1);
  g_object_get (stage, "rate-limit", &rate_limit, "rate-burst", &rate_burst, NULL);
  g_assert_cmpfloat (rate_limit, ==, 0);
  g_assert_cmpuint (rate_burst, ==, 1);
}

static void
test_notifies_of_changes_only (void)
{
  g_autoptr(PlStage) stage = pl_source_new_range (0, 1);
  g_autoptr(GString) notified = g_string_new (NULL);

  g_signal_connect (stage, "notify", G_CALLBACK (notify_cb), notified);
  pl_stage_set_rate_limit (stage, 0, 1);
  g_assert_cmpstr (notified->str, ==, "");
  pl_stage_set_rate_limit (stage, 2, 1);
  g_assert_cmpstr (notified->str, ==, "rate-limit;");
  pl_stage_set_rate_limit (stage, 2, 3);
  g_assert_cmpstr (notified->str, ==, "rate-limit;rate-burst;");
  pl_stage_set_rate_limit (stage, 2, 3);
  g_assert_cmpstr (notified->str, ==, "rate-limit;rate-burst;");
}

static void
test_refuses_what_is_no_rate (void)
{
  static const double wrong[] = { -1, -G_MINDOUBLE, INFINITY, -INFINITY, NAN };
  g_autoptr(PlStage) stage = pl_source_new_range (0, 1);

  pl_stage_set_rate_limit (stage, 2, 3);
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL,
                             "pl_stage_set_rate_limit:*per_second*");
      pl_stage_set_rate_limit (stage, wrong[i], 1);
    }
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "pl_stage_set_rate_limit:*burst*");
  pl_stage_set_rate_limit (stage, 1, 0);
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "pl_stage_set_rate_limit:*IS_STAGE*");
  pl_stage_set_rate_limit (NULL, 1, 1);
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "pl_stage_get_rate_limit:*IS_STAGE*");
  pl_stage_get_rate_limit (NULL);
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "pl_stage_get_rate_burst:*IS_STAGE*");
  pl_stage_get_rate_burst (NULL);
  g_test_assert_expected_messages ();
  g_assert_cmpfloat (pl_stage_get_rate_limit (stage), ==, 2);
  g_assert_cmpuint (pl_stage_get_rate_burst (stage), ==, 3);
}

static void
test_extremes_are_rates_too (void)
{
  static const double extremes[] = { G_MINDOUBLE, G_MAXDOUBLE };

  for (guint i = 0; i < G_N_ELEMENTS (extremes); i++)
    {
      PlTestRate test = { .start = g_get_monotonic_time (), .n_failures = 0 };
      g_autoptr(PlStage) numbers = pl_source_new_range (0, 3);
      g_autoptr(PlStage) stage = pl_task_map (numbers, note_time, &test, NULL);

      pl_stage_set_rate_limit (stage, extremes[i], G_MAXUINT);
      pl_test_assert_ints (stage, "0 1 2");
    }
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);

#define ADD(name, func) g_test_add_func ("/rate-limit/" name, func)
  ADD ("calls-keep-to-the-rate", test_calls_keep_to_the_rate);
  ADD ("functions-that-return-keep-to-it-too", test_functions_that_return_keep_to_it_too);
  ADD ("retries-keep-to-it-too", test_retries_keep_to_it_too);
  ADD ("burst-begins-at-once", test_burst_begins_at_once);
  ADD ("elements-wait-in-front-of-the-stage", test_elements_wait_in_front_of_the_stage);
  ADD ("end-waits-for-no-call", test_end_waits_for_no_call);
  ADD ("end-of-the-elements-is-seen-at-once", test_end_of_the_elements_is_seen_at_once);
  ADD ("runs-do-not-share-it", test_runs_do_not_share_it);
  ADD ("is-two-properties", test_is_two_properties);
  ADD ("notifies-of-changes-only", test_notifies_of_changes_only);
  ADD ("refuses-what-is-no-rate", test_refuses_what_is_no_rate);
  ADD ("extremes-are-rates-too", test_extremes_are_rates_too);

  return pl_test_run ();
}
