/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-thread.h"
#include "pl-test-util.h"

/* What becomes of elements that a function fails with. */

typedef struct
{
  PlTestCounts counts;
  int n_failures; /* how often each element fails before it succeeds; negative: always */
  GString *skipped;
  GThread *thread;
} PlTestPolicy;

static PlTestPolicy *
policy_new (int n_failures, GString *skipped)
{
  PlTestPolicy *self = pl_test_new_shared (PlTestPolicy);

  self->n_failures = n_failures;
  self->skipped = skipped;
  self->thread = g_thread_self ();
  return self;
}

/* Element 2 fails as often as the test says. */
static gboolean
may_fail (PlTestPolicy *test, const GValue *element, GError **error)
{
  if (g_value_get_int (element) != 2)
    return FALSE;

  if (test->n_failures >= 0 && g_atomic_int_add (&test->counts.calls, 1) >= test->n_failures)
    return FALSE;

  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_BUSY, "busy");
  return TRUE;
}

static gboolean
map_may_fail (const GValue *element,
              GValue *result,
              PlWorker *worker,
              gpointer user_data,
              GError **error)
{
  if (may_fail (user_data, element, error))
    return FALSE;
  return pl_test_add1 (element, result, worker, NULL, error);
}

static gboolean
filter_may_fail (const GValue *element,
                 gboolean *keep,
                 PlWorker *worker,
                 gpointer user_data,
                 GError **error)
{
  *keep = TRUE;
  return !may_fail (user_data, element, error);
}

/* Emits one before it may fail, and one after. */
static gboolean
expand_may_fail (const GValue *element, PlWorker *worker, gpointer user_data, GError **error)
{
  for (int i = 0; i < 2; i++)
    {
      if (!pl_test_worker_emit_int (worker, g_value_get_int (element) * 10 + i, error) ||
          may_fail (user_data, element, error))
        return FALSE;
    }

  return TRUE;
}

static void
skipped_cb (PlStage *stage, const GValue *element, const GError *error, gpointer user_data)
{
  PlTestPolicy *test = user_data;

  g_assert_true (g_thread_self () == test->thread);
  g_string_append_printf (test->skipped, "%d: %s;", g_value_get_int (element), error->message);
}

static void
test_skip_goes_on_without_the_element (const PlTestKind *kind)
{
  PlTestPolicy *test = policy_new (-1, NULL);
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 5);
  g_autoptr(PlStage) failing = kind->map (numbers, map_may_fail, test, NULL);
  g_autoptr(PlIterator) iterator = NULL;
  g_autoptr(PlRunStatus) status = NULL;
  PlStageStatus *figures;
  g_auto(GValue) value = G_VALUE_INIT;
  int sum = 0;

  pl_stage_set_error_policy (failing, PL_ERROR_POLICY_SKIP);
  iterator = pl_stage_iterate (failing);
  while (pl_iterator_next (iterator, &value, NULL, NULL))
    sum += g_value_get_int (&value);
  g_assert_cmpint (sum, ==, 1 + 2 + 4 + 5);

  status = pl_iterator_dup_status (iterator);
  figures = pl_run_status_get_stage_status (status, failing);
  g_assert_cmpuint (pl_stage_status_get_elements_failed (figures), ==, 1);
  g_assert_cmpuint (pl_stage_status_get_elements_out (figures), ==, 4);
}

static void
test_skipped_tells_before_the_end (const PlTestKind *kind)
{
  g_autoptr(GString) skipped = g_string_new (NULL);
  PlTestPolicy *test = policy_new (-1, skipped);
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 5);
  g_autoptr(PlStage) failing = kind->map (numbers, map_may_fail, test, NULL);
  g_autoptr(GError) error = NULL;

  pl_stage_set_error_policy (failing, PL_ERROR_POLICY_SKIP);
  g_signal_connect (failing, "skipped", G_CALLBACK (skipped_cb), test);

  g_assert_true (pl_stage_run (failing, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (skipped->str, ==, "2: busy;");
}

static void
test_skipped_tells_in_a_main_loop (const PlTestKind *kind)
{
  g_autoptr(GString) skipped = g_string_new (NULL);
  PlTestPolicy *test = policy_new (-1, skipped);
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 5);
  g_autoptr(PlStage) failing = kind->map (numbers, map_may_fail, test, NULL);
  g_autoptr(GArray) values = NULL;

  pl_stage_set_error_policy (failing, PL_ERROR_POLICY_SKIP);
  g_signal_connect (failing, "skipped", G_CALLBACK (skipped_cb), test);

  values = pl_test_collect_async (failing);
  g_assert_cmpuint (values->len, ==, 4);
  g_assert_cmpstr (skipped->str, ==, "2: busy;");
}

static void
test_skip_holds_up_no_order (const PlTestKind *kind)
{
  PlTestPolicy *test = policy_new (-1, NULL);
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 5);
  g_autoptr(PlStage) failing = kind->filter (numbers, filter_may_fail, test, NULL);
  g_autoptr(PlStage) ordered = kind->ordered (failing);

  pl_stage_set_workers (failing, 3);
  pl_stage_set_error_policy (failing, PL_ERROR_POLICY_SKIP);
  pl_test_assert_ints (ordered, "0 1 3 4");
}

static void
test_retries_call_again (const PlTestKind *kind)
{
  PlTestPolicy *test = policy_new (3, NULL);
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 5);
  g_autoptr(PlStage) failing = kind->map (numbers, map_may_fail, test, NULL);

  pl_stage_set_retries (failing, 3);
  pl_test_assert_ints (failing, "1 2 3 4 5");
  g_assert_cmpint (test->counts.calls, ==, 4);
}

static void
test_last_retry_fails_the_run (const PlTestKind *kind)
{
  PlTestPolicy *test = policy_new (3, NULL);
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 5);
  g_autoptr(PlStage) failing = kind->map (numbers, map_may_fail, test, NULL);

  pl_stage_set_retries (failing, 2);
  pl_test_assert_run_error (failing, G_IO_ERROR, G_IO_ERROR_BUSY,
                            pl_test_pick_text (kind,
                                "stage “map” (sync map, element 2): busy",
                                "stage “map” (thread map, worker 0, element 2): busy"));
  g_assert_cmpint (test->counts.calls, ==, 3);
}

static void
test_failed_calls_of_a_flat_map_leave_nothing (const PlTestKind *kind)
{
  PlTestPolicy *test = policy_new (2, NULL);
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 4);
  g_autoptr(PlStage) failing = kind->flat_map (numbers, expand_may_fail, test, NULL);
  g_autoptr(PlStage) ordered = kind->ordered (failing);

  pl_stage_set_retries (failing, 5);
  pl_test_assert_ints (ordered, "0 1 10 11 20 21 30 31");
}

/* Element 2 is skipped, and what its last call has emitted is not taken for the next one's. */
static void
test_last_call_of_a_flat_map_leaves_nothing (const PlTestKind *kind)
{
  PlTestPolicy *test = policy_new (-1, NULL);
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 4);
  g_autoptr(PlStage) failing = kind->flat_map (numbers, expand_may_fail, test, NULL);

  pl_stage_set_retries (failing, 2);
  pl_stage_set_error_policy (failing, PL_ERROR_POLICY_SKIP);
  pl_test_assert_ints (failing, "0 1 10 11 30 31");
}

static void
test_without_retries_what_was_emitted_stays (const PlTestKind *kind)
{
  PlTestPolicy *test = policy_new (-1, NULL);
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 4);
  g_autoptr(PlStage) failing = kind->flat_map (numbers, expand_may_fail, test, NULL);

  pl_stage_set_error_policy (failing, PL_ERROR_POLICY_SKIP);
  pl_test_assert_ints (failing, "0 1 10 11 20 30 31");
}

/* Each wait is twice as long as the one before. */
static void
test_retries_back_off (const PlTestKind *kind)
{
  PlTestPolicy *test = policy_new (3, NULL);
  g_autoptr(PlStage) numbers = pl_source_new_range (2, 3);
  g_autoptr(PlStage) failing = kind->map (numbers, map_may_fail, test, NULL);
  gint64 begin = g_get_monotonic_time ();

  pl_stage_set_retries (failing, 3);
  pl_stage_set_retry_delay (failing, 10);
  pl_test_assert_ints (failing, "3");
  g_assert_cmpint (g_get_monotonic_time () - begin, >=, (10 + 20 + 40) * 1000);
}

/* Cancels the second of @data when the first has been counted. */
static gpointer
cancel_after_a_call (gpointer data)
{
  gpointer *both = data;

  pl_test_wait_for (both[0], 1);
  return pl_test_cancel_thread (both[1]);
}

/* The function is not called any more. */
static void
test_cancelling_ends_the_wait (const PlTestKind *kind)
{
  PlTestPolicy *test = policy_new (3, NULL);
  g_autoptr(PlStage) numbers = pl_source_new_range (2, 3);
  g_autoptr(PlStage) failing = kind->map (numbers, map_may_fail, test, NULL);
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(GError) error = NULL;
  GThread *thread;

  pl_stage_set_retries (failing, 3);
  pl_stage_set_retry_delay (failing, G_MAXUINT);
  thread = g_thread_new ("cancel", cancel_after_a_call,
                         (gpointer[]) { &test->counts.calls, cancellable });
  g_assert_false (pl_stage_run (failing, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_thread_join (thread);
  g_assert_cmpint (test->counts.calls, ==, 1);
}

/* How an endless function has been told. */
typedef struct
{
  int n_emitted;
  int n_told;
  char message[64];
} PlTestEndless;

/* With element 1 it goes on until it cannot emit any more, and looks at nothing else. */
static gboolean
expand_endlessly (const GValue *element, PlWorker *worker, gpointer user_data, GError **error)
{
  PlTestEndless *test = user_data;
  g_autoptr(GError) failure = NULL;

  if (g_value_get_int (element) != 1)
    return pl_test_worker_emit_int (worker, g_value_get_int (element), error);

  while (pl_test_worker_emit_int (worker, 1, &failure))
    {
      g_atomic_int_inc (&test->n_emitted);
      g_usleep (100);
    }

  g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_strlcpy (test->message, failure->message, sizeof test->message);
  g_atomic_int_inc (&test->n_told);
  g_propagate_error (error, g_steal_pointer (&failure));
  return FALSE;
}

static gpointer
cancel_endless_thread (gpointer data)
{
  PlTestEndless *test = ((gpointer *) data)[0];

  pl_test_wait_for (&test->n_emitted, 10);
  return pl_test_cancel_thread (((gpointer *) data)[1]);
}

static void
test_cancel_ends_an_endless_flat_map (const PlTestKind *kind)
{
  PlTestEndless *test = pl_test_new_shared (PlTestEndless);
  g_autoptr(PlStage) numbers = pl_source_new_range (1, 2);
  g_autoptr(PlStage) endless = kind->flat_map (numbers, expand_endlessly, test, NULL);
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(GError) error = NULL;
  GThread *thread;

  pl_stage_set_retries (endless, 1);
  thread = g_thread_new ("cancel", cancel_endless_thread, (gpointer[]) { test, cancellable });
  g_assert_false (pl_stage_run (endless, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpint (test->n_told, ==, 1);
  g_assert_cmpstr (test->message, ==, "The run has been cancelled");
  g_thread_join (thread);
}

/* Nothing of what it has emitted stays, and it is not called again. A process is not told, but
 * killed. */
static void
test_timeout_ends_an_endless_flat_map (const PlTestKind *kind)
{
  PlTestEndless *test = pl_test_new_shared (PlTestEndless);
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 3);
  g_autoptr(PlStage) endless = kind->flat_map (numbers, expand_endlessly, test, NULL);

  pl_stage_set_retries (endless, 1);
  pl_stage_set_timeout (endless, 250);
  pl_test_assert_ints (endless, "0 2");
  if (kind->kind == PL_WORKER_KIND_PROCESS)
    return;

  pl_test_wait_for (&test->n_told, 1);
  g_assert_cmpstr (test->message, ==, "The element has timed out");
}

static gboolean
fail_always (GValue *value, PlWorker *worker, gpointer user_data, GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_BUSY, "busy");
  return FALSE;
}

static void
test_error_in_a_source_is_not_skipped (void)
{
  g_autoptr(PlStage) source = pl_source_new_for_func (fail_always, NULL, NULL);

  pl_stage_set_error_policy (source, PL_ERROR_POLICY_SKIP);
  pl_stage_set_retries (source, 2);
  pl_test_assert_run_error (source, G_IO_ERROR, G_IO_ERROR_BUSY,
                            "stage “source” (sync source, element 0): busy");
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);

  pl_test_add_anywhere ("/error-policy/skip-goes-on-without-the-element",
                        test_skip_goes_on_without_the_element);
  pl_test_add_anywhere ("/error-policy/skipped-tells-before-the-end",
                        test_skipped_tells_before_the_end);
  pl_test_add_anywhere ("/error-policy/skipped-tells-in-a-main-loop",
                        test_skipped_tells_in_a_main_loop);
  pl_test_add_anywhere ("/error-policy/skip-holds-up-no-order", test_skip_holds_up_no_order);
  pl_test_add_anywhere ("/error-policy/without-retries-what-was-emitted-stays",
                        test_without_retries_what_was_emitted_stays);
  g_test_add_func ("/error-policy/error-in-a-source-is-not-skipped",
                   test_error_in_a_source_is_not_skipped);
  pl_test_add_anywhere ("/retries/call-again", test_retries_call_again);
  pl_test_add_anywhere ("/retries/last-one-fails-the-run", test_last_retry_fails_the_run);
  pl_test_add_anywhere ("/retries/failed-calls-of-a-flat-map-leave-nothing",
                        test_failed_calls_of_a_flat_map_leave_nothing);
  pl_test_add_anywhere ("/retries/last-call-of-a-flat-map-leaves-nothing",
                        test_last_call_of_a_flat_map_leaves_nothing);
  pl_test_add_anywhere ("/retries/back-off", test_retries_back_off);
  pl_test_add_anywhere ("/retries/cancelling-ends-the-wait", test_cancelling_ends_the_wait);
  pl_test_add_returning_anywhere ("/retries/cancel-ends-an-endless-flat-map",
                                  test_cancel_ends_an_endless_flat_map);
  pl_test_add_returning_anywhere ("/retries/timeout-ends-an-endless-flat-map",
                                  test_timeout_ends_an_endless_flat_map);

  return pl_test_run ();
}
