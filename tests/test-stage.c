/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-util.h"

static void
count_notify_cb (GObject *object, GParamSpec *pspec, gpointer user_data)
{
  (*(int *) user_data)++;
}

static void
test_has_its_settings_as_properties (void)
{
  g_autoptr(PlStage) stage = pl_source_new_range (0, 1);
  g_autofree char *name = NULL;
  PlWorkerKind kind;
  PlErrorPolicy error_policy;
  guint workers, maxsize, timeout, retries, retry_delay;

  g_object_get (stage, "name", &name, "kind", &kind, "workers", &workers, "maxsize", &maxsize,
                "timeout", &timeout, "retries", &retries, "retry-delay", &retry_delay,
                "error-policy", &error_policy, NULL);
  g_assert_null (name);
  g_assert_cmpint (kind, ==, PL_WORKER_KIND_SYNC);
  g_assert_cmpuint (workers, ==, 1);
  g_assert_cmpuint (maxsize, ==, 0);
  g_assert_cmpuint (timeout, ==, 0);
  g_assert_cmpuint (retries, ==, 0);
  g_assert_cmpuint (retry_delay, ==, 0);
  g_assert_cmpint (error_policy, ==, PL_ERROR_POLICY_ABORT);

  g_object_set (stage, "name", "n", "kind", PL_WORKER_KIND_THREAD, "workers", 2, "maxsize", 3,
                "timeout", 4, "retries", 5, "retry-delay", 6,
                "error-policy", PL_ERROR_POLICY_SKIP, NULL);
  g_assert_cmpstr (pl_stage_get_name (stage), ==, "n");
  g_assert_cmpint (pl_stage_get_kind (stage), ==, PL_WORKER_KIND_THREAD);
  g_assert_cmpuint (pl_stage_get_workers (stage), ==, 2);
  g_assert_cmpuint (pl_stage_get_maxsize (stage), ==, 3);
  g_assert_cmpuint (pl_stage_get_timeout (stage), ==, 4);
  g_assert_cmpuint (pl_stage_get_retries (stage), ==, 5);
  g_assert_cmpuint (pl_stage_get_retry_delay (stage), ==, 6);
  g_assert_cmpint (pl_stage_get_error_policy (stage), ==, PL_ERROR_POLICY_SKIP);
}

static void
test_notifies_of_changes_only (void)
{
  g_autoptr(PlStage) stage = pl_source_new_range (0, 1);
  int n_notified = 0;

  g_signal_connect (stage, "notify", G_CALLBACK (count_notify_cb), &n_notified);
  for (int i = 0; i < 2; i++)
    {
      pl_stage_set_name (stage, "n");
      pl_stage_set_kind (stage, PL_WORKER_KIND_THREAD);
      pl_stage_set_workers (stage, 2);
      pl_stage_set_maxsize (stage, 3);
      pl_stage_set_timeout (stage, 4);
      pl_stage_set_retries (stage, 5);
      pl_stage_set_retry_delay (stage, 6);
      pl_stage_set_error_policy (stage, PL_ERROR_POLICY_SKIP);
    }
  g_assert_cmpint (n_notified, ==, 8);
}

static void
test_refuses_what_is_no_kind (void)
{
  g_autoptr(PlStage) stage = pl_source_new_range (0, 1);

  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "pl_stage_set_kind*");
  pl_stage_set_kind (stage, 99);
  g_test_assert_expected_messages ();
  g_assert_cmpint (pl_stage_get_kind (stage), ==, PL_WORKER_KIND_SYNC);
}

static void
test_refuses_what_is_no_error_policy (void)
{
  g_autoptr(PlStage) stage = pl_source_new_range (0, 1);

  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "pl_stage_set_error_policy*");
  pl_stage_set_error_policy (stage, 99);
  g_test_assert_expected_messages ();
  g_assert_cmpint (pl_stage_get_error_policy (stage), ==, PL_ERROR_POLICY_ABORT);
}

static void
test_has_as_many_inputs_as_its_operation (void)
{
  g_autoptr(PlStage) a = pl_source_new_range (0, 1);
  g_autoptr(PlStage) b = pl_source_new_range (0, 1);
  g_autoptr(PlStage) map = pl_sync_map (a, pl_test_add1, NULL, NULL);
  g_autoptr(PlStage) concat = pl_sync_concat ((PlStage *[]) { a }, 1);

  pl_stage_add_input (concat, b);
  g_assert_cmpuint (pl_stage_get_n_inputs (concat), ==, 2);
  g_assert_true (pl_stage_get_input (concat, 0) == a);
  g_assert_true (pl_stage_get_input (concat, 1) == b);
  g_assert_null (pl_stage_get_input (concat, 2));

  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "pl_stage_add_input*max_inputs*");
  pl_stage_add_input (map, b);
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "pl_stage_add_input*max_inputs*");
  pl_stage_add_input (a, b);
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "pl_stage_add_input*IS_STAGE*");
  pl_stage_add_input (concat, NULL);
  g_test_assert_expected_messages ();
}

static void
test_wrong_types_are_refused (void)
{
  g_autoptr(GObject) object = g_object_new (G_TYPE_OBJECT, NULL);
  g_autoptr(GError) error = NULL;

  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "pl_stage_iterate:*PL_IS_STAGE*");
  g_assert_null (pl_stage_iterate ((gpointer) object));
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "pl_stage_run:*PL_IS_STAGE*");
  g_assert_false (pl_stage_run (NULL, NULL, &error));
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "pl_stage_collect:*PL_IS_STAGE*");
  g_assert_null (pl_stage_collect (NULL, NULL, &error));
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "pl_run:*PL_IS_STAGE*");
  g_assert_false (pl_run ((PlStage *[]) { (gpointer) object }, 1, NULL, &error));
  g_test_assert_expected_messages ();
  g_assert_no_error (error);
}

static void
test_building_starts_nothing (void)
{
  PlTestCounts counts = { 0 };
  guint n_threads = pl_test_count_threads ();
  g_autoptr(PlStage) endless = pl_source_new_for_func (pl_test_count_up, &counts, NULL);
  g_autoptr(PlStage) added = pl_thread_map (endless, pl_test_add1, NULL, NULL);

  pl_stage_set_on_start (added, pl_test_on_start, &counts, NULL);
  g_assert_cmpuint (pl_test_count_threads (), ==, n_threads);
  g_assert_cmpint (counts.calls + counts.starts, ==, 0);
}

static void
test_settings_are_read_when_a_run_starts (void)
{
  PlTestCounts before = { 0 };
  PlTestCounts after = { 0 };
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 100);
  g_autoptr(PlStage) added = pl_thread_map (numbers, pl_test_add1, NULL, NULL);
  g_autoptr(PlIterator) iterator = NULL;
  g_auto(GValue) value = G_VALUE_INIT;

  pl_stage_set_maxsize (added, 1);
  pl_stage_set_on_done (added, pl_test_on_done, &before, pl_test_on_free);
  iterator = pl_stage_iterate (added);
  pl_stage_set_on_done (added, pl_test_on_done, &after, NULL);
  g_assert_cmpint (before.frees, ==, 0);

  while (pl_iterator_next (iterator, &value, NULL, NULL))
    continue;
  g_clear_object (&iterator);
  g_assert_cmpint (before.dones, ==, 1);
  g_assert_cmpint (before.frees, ==, 1);
  g_assert_cmpint (after.dones, ==, 0);
}

static gpointer
run_thread (gpointer data)
{
  return pl_test_run_sorted_ints (data);
}

static void
test_runs_are_independent (const PlTestKind *kind)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 500);
  g_autoptr(PlStage) added = kind->map (numbers, pl_test_add1, NULL, NULL);
  g_autofree char *expected = NULL;
  GThread *threads[4];

  pl_stage_set_workers (added, 2);
  pl_stage_set_maxsize (added, 2);
  expected = pl_test_run_sorted_ints (added);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("run", run_thread, added);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    {
      g_autofree char *got = g_thread_join (threads[i]);

      g_assert_cmpstr (got, ==, expected);
    }
}

static void
test_is_finalized_after_its_runs (const PlTestKind *kind)
{
  PlStage *numbers = pl_source_new_range (0, 10);
  PlStage *added = kind->map (numbers, pl_test_add1, NULL, NULL);
  PlIterator *iterator = pl_stage_iterate (added);

  g_assert_finalize_object (iterator);
  g_assert_finalize_object (added);
  g_assert_finalize_object (numbers);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);

  g_test_add_func ("/stage/has-its-settings-as-properties", test_has_its_settings_as_properties);
  g_test_add_func ("/stage/notifies-of-changes-only", test_notifies_of_changes_only);
  g_test_add_func ("/stage/refuses-what-is-no-kind", test_refuses_what_is_no_kind);
  g_test_add_func ("/stage/refuses-what-is-no-error-policy", test_refuses_what_is_no_error_policy);
  g_test_add_func ("/stage/has-as-many-inputs-as-its-operation",
                   test_has_as_many_inputs_as_its_operation);
  g_test_add_func ("/stage/wrong-types-are-refused", test_wrong_types_are_refused);
  g_test_add_func ("/stage/building-starts-nothing", test_building_starts_nothing);
  g_test_add_func ("/stage/settings-are-read-when-a-run-starts",
                   test_settings_are_read_when_a_run_starts);
  pl_test_add_anywhere ("/stage/runs-are-independent", test_runs_are_independent);
  pl_test_add_anywhere ("/stage/is-finalized-after-its-runs", test_is_finalized_after_its_runs);

  return pl_test_run ();
}
