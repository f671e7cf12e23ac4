/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-util.h"

static gboolean
take_a_while (const GValue *element,
              GValue *result,
              PlWorker *worker,
              gpointer user_data,
              GError **error)
{
  g_usleep (GPOINTER_TO_INT (user_data));
  return pl_test_add1 (element, result, worker, NULL, error);
}

static void
test_counts_elements (const PlTestKind *kind)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 100);
  g_autoptr(PlStage) even = kind->filter (numbers, pl_test_keep_even, NULL, NULL);
  g_autoptr(PlStage) added = kind->map (even, pl_test_add1, NULL, NULL);
  g_autoptr(PlIterator) iterator = NULL;
  g_autoptr(PlRunStatus) status = NULL;
  g_auto(GValue) value = G_VALUE_INIT;
  PlStageStatus *figures;

  pl_stage_set_workers (even, 3);
  iterator = pl_stage_iterate (added);
  while (pl_iterator_next (iterator, &value, NULL, NULL))
    continue;

  status = pl_iterator_dup_status (iterator);
  g_assert_true (pl_run_status_get_done (status));
  g_assert_cmpuint (pl_run_status_get_elements (status), ==, 50);
  g_assert_cmpint (pl_run_status_get_elapsed (status), >, 0);
  g_assert_cmpuint (pl_run_status_get_stages (status)->len, ==, 3);

  figures = pl_run_status_get_stage_status (status, numbers);
  g_assert_cmpuint (pl_stage_status_get_elements_out (figures), ==, 100);
  figures = pl_run_status_get_stage_status (status, even);
  g_assert_cmpuint (pl_stage_status_get_elements_in (figures), ==, 100);
  g_assert_cmpuint (pl_stage_status_get_elements_out (figures), ==, 50);
  g_assert_cmpuint (pl_stage_status_get_elements_dropped (figures), ==, 50);
  figures = pl_run_status_get_stage_status (status, added);
  g_assert_cmpuint (pl_stage_status_get_elements_in (figures), ==, 50);
  g_assert_cmpuint (pl_stage_status_get_elements_out (figures), ==, 50);
  g_assert_cmpuint (pl_stage_status_get_active_workers (figures), ==, 0);
}

static void
test_counts_a_branched_sync_stage_once_per_consumer (void)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 10);
  g_autoptr(PlStage) added = pl_sync_map (numbers, pl_test_add1, NULL, NULL);
  g_autoptr(PlStage) both = pl_thread_concat ((PlStage *[]) { added, added }, 2);
  g_autoptr(PlIterator) iterator = pl_stage_iterate (both);
  g_autoptr(PlRunStatus) status = NULL;
  g_auto(GValue) value = G_VALUE_INIT;

  while (pl_iterator_next (iterator, &value, NULL, NULL))
    continue;

  status = pl_iterator_dup_status (iterator);
  g_assert_cmpuint (pl_run_status_get_stages (status)->len, ==, 3);
  g_assert_cmpuint (pl_stage_status_get_elements_in (
                      pl_run_status_get_stage_status (status, added)), ==, 20);
}

static guint
get_queue_bound (PlStage *stage)
{
  g_autoptr(PlIterator) iterator = pl_stage_iterate (stage);
  g_autoptr(PlRunStatus) status = pl_iterator_dup_status (iterator);

  return pl_stage_status_get_queue_bound (pl_run_status_get_stage_status (status, stage));
}

/* A sync stage has a queue for each input with threads, and none for the others. */
static void
test_adds_up_bounds (void)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 10);
  g_autoptr(PlStage) a = pl_thread_map (numbers, pl_test_add1, NULL, NULL);
  g_autoptr(PlStage) b = pl_thread_map (numbers, pl_test_add1, NULL, NULL);
  g_autoptr(PlStage) both = pl_sync_concat ((PlStage *[]) { a, b }, 2);
  g_autoptr(PlStage) mixed = pl_sync_concat ((PlStage *[]) { numbers, a, numbers }, 3);
  g_autoptr(PlStage) added = pl_sync_map (numbers, pl_test_add1, NULL, NULL);

  pl_stage_set_maxsize (a, 3);
  g_assert_cmpuint (get_queue_bound (a), ==, 3);
  g_assert_cmpuint (get_queue_bound (both), ==, 0);
  pl_stage_set_maxsize (b, 4);
  g_assert_cmpuint (get_queue_bound (both), ==, 7);

  g_assert_cmpuint (get_queue_bound (mixed), ==, 3);
  g_assert_cmpuint (get_queue_bound (added), ==, 0);
}

/* While the consumer stands still, the figures are those of semantics 10: of 20 elements one is
 * taken, three wait, and one waits for its place. */
static void
test_tells_what_waits (void)
{
  PlTestCounts counts = { 0 };
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 20);
  g_autoptr(PlStage) added = pl_thread_map (numbers, pl_test_add1, &counts, NULL);
  g_autoptr(PlIterator) iterator = pl_stage_iterate_bounded (added, 3);
  g_autoptr(PlRunStatus) status = NULL;
  PlStageStatus *figures;

  pl_test_take_int (iterator);
  pl_test_wait_for (&counts.calls, 5);
  do
    {
      g_clear_object (&status);
      status = pl_iterator_dup_status (iterator);
      figures = pl_run_status_get_stage_status (status, added);
    }
  while (pl_stage_status_get_output_wait_time (figures) < 1000);

  g_assert_cmpint (counts.calls, ==, 5);
  g_assert_false (pl_run_status_get_done (status));
  g_assert_cmpuint (pl_run_status_get_elements (status), ==, 1);
  g_assert_cmpuint (pl_run_status_get_queue_length (status), ==, 3);
  g_assert_cmpuint (pl_run_status_get_queue_bound (status), ==, 3);
  g_assert_cmpuint (pl_stage_status_get_active_workers (figures), ==, 1);
  g_assert_cmpuint (pl_stage_status_get_elements_out (figures), ==, 4);
  g_assert_null (pl_run_status_get_bottleneck (status));
}

/* Of three stages, the slow one is named; the one before it waits for places, the one behind it for
 * elements. */
static void
test_names_the_bottleneck (const PlTestKind *kind)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 40);
  g_autoptr(PlStage) first = pl_thread_map (numbers, pl_test_add1, NULL, NULL);
  g_autoptr(PlStage) slow = kind->map (first, take_a_while, GINT_TO_POINTER (2000), NULL);
  g_autoptr(PlStage) last = pl_thread_map (slow, pl_test_add1, NULL, NULL);
  g_autoptr(PlIterator) iterator = NULL;
  g_autoptr(PlRunStatus) status = NULL;
  g_auto(GValue) value = G_VALUE_INIT;
  PlStageStatus *figures;

  pl_stage_set_maxsize (first, 1);
  pl_stage_set_maxsize (slow, 1);
  iterator = pl_stage_iterate (last);
  while (pl_iterator_next (iterator, &value, NULL, NULL))
    continue;

  status = pl_iterator_dup_status (iterator);
  g_assert_true (pl_run_status_get_bottleneck (status) == slow);

  figures = pl_run_status_get_stage_status (status, slow);
  g_assert_cmpint (pl_stage_status_get_busy_time (figures), >=, 40 * 2000);
  figures = pl_run_status_get_stage_status (status, first);
  g_assert_cmpint (pl_stage_status_get_output_wait_time (figures), >, 40 * 1000);
  g_assert_cmpint (pl_stage_status_get_busy_time (figures), <, 40 * 1000);
  figures = pl_run_status_get_stage_status (status, last);
  g_assert_cmpint (pl_stage_status_get_input_wait_time (figures), >, 40 * 1000);
}

static void
test_slow_consumer_is_no_stage (const PlTestKind *kind)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 20);
  g_autoptr(PlStage) added = kind->map (numbers, pl_test_add1, NULL, NULL);
  g_autoptr(PlIterator) iterator = pl_stage_iterate_bounded (added, 1);
  g_autoptr(PlRunStatus) status = NULL;
  g_auto(GValue) value = G_VALUE_INIT;

  while (pl_iterator_next (iterator, &value, NULL, NULL))
    {
      /* A task that cannot be answered since the consumer has the main context is under way. */
      pl_test_settle ();
      g_usleep (1000);
    }

  status = pl_iterator_dup_status (iterator);
  g_assert_null (pl_run_status_get_bottleneck (status));
}

static gpointer
status_thread (gpointer data)
{
  gboolean is_done = FALSE;
  guint64 n_before = 0;

  while (!is_done)
    {
      g_autoptr(PlRunStatus) status = pl_iterator_dup_status (data);
      guint64 n = pl_run_status_get_elements (status);

      g_assert_cmpuint (n, >=, n_before);
      n_before = n;
      is_done = pl_run_status_get_done (status);
    }

  return NULL;
}

static void
test_can_be_read_from_any_thread_at_any_moment (const PlTestKind *kind)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, pl_test_rounds (20000));
  g_autoptr(PlStage) first = pl_thread_map (numbers, pl_test_add1, NULL, NULL);
  g_autoptr(PlStage) added = kind->map (first, pl_test_add1, NULL, NULL);
  g_autoptr(PlIterator) iterator = NULL;
  g_auto(GValue) value = G_VALUE_INIT;
  GThread *threads[2];

  pl_stage_set_timeout (first, 1);
  pl_stage_set_workers (first, 2);
  pl_stage_set_maxsize (first, 4);
  iterator = pl_stage_iterate (added);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("status", status_thread, iterator);

  while (pl_iterator_next (iterator, &value, NULL, NULL))
    continue;
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
}

typedef struct
{
  GThread *thread;
  int n_notified;
} PlTestNotify;

static void
notify_cb (GObject *object, GParamSpec *pspec, gpointer user_data)
{
  PlTestNotify *test = user_data;

  g_assert_true (g_thread_self () == test->thread);
  test->n_notified++;
}

static void
next_values_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  PlIterator *iterator = PL_ITERATOR (object);
  gboolean *is_done = user_data;
  guint n_values;

  *is_done = pl_iterator_next_values_finish (iterator, result, &n_values, NULL) == NULL;
  if (!*is_done)
    pl_iterator_next_values_async (iterator, 10, NULL, next_values_cb, is_done);
}

/* On the context of the starter, at most 20 times a second. */
static void
test_notifies_on_the_starters_context (const PlTestKind *kind)
{
  PlTestNotify test = { g_thread_self (), 0 };
  gint64 begin = g_get_monotonic_time ();
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 400);
  g_autoptr(PlStage) slow = pl_thread_map (numbers, take_a_while, GINT_TO_POINTER (1000), NULL);
  g_autoptr(PlStage) added = kind->map (slow, pl_test_add1, NULL, NULL);
  g_autoptr(PlIterator) iterator = pl_stage_iterate (added);
  gboolean is_done = FALSE;

  g_signal_connect (iterator, "notify::status", G_CALLBACK (notify_cb), &test);
  pl_iterator_next_values_async (iterator, 10, NULL, next_values_cb, &is_done);
  while (!is_done)
    g_main_context_iteration (NULL, TRUE);

  g_assert_cmpint (test.n_notified, >, 2);
  g_assert_cmpint (test.n_notified, <=, 1 + (g_get_monotonic_time () - begin) / 50000);
}

static void
test_draws_a_graph (void)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 10);
  g_autoptr(PlStage) added = pl_thread_map (numbers, pl_test_add1, NULL, NULL);
  g_autoptr(PlStage) both = pl_sync_concat ((PlStage *[]) { added, numbers }, 2);
  g_autofree char *graph = NULL;

  pl_stage_set_name (added, "a \"quoted\\ name\"");
  pl_stage_set_workers (added, 3);
  pl_stage_set_maxsize (added, 4);
  pl_stage_set_timeout (added, 500);
  graph = pl_stage_to_dot (both);
  g_assert_cmpstr (graph, ==,
                   "digraph pipeline {\n"
                   "  rankdir=LR;\n"
                   "  node [shape=box];\n"
                   "  stage1 [label=\"concat\\nsync concat\"];\n"
                   "  stage2 [label=\"a \\\"quoted\\\\ name\\\"\\nthread map\\nworkers 3\\n"
                   "maxsize 4\\ntimeout 500 ms\"];\n"
                   "  stage3 [label=\"source\\nsync source\"];\n"
                   "  stage3 -> stage2;\n"
                   "  stage2 -> stage1;\n"
                   "  stage3 -> stage1;\n"
                   "}\n");
}

static void
test_draws_a_graph_with_figures (void)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 10);
  g_autoptr(PlStage) slow = pl_thread_map (numbers, take_a_while, GINT_TO_POINTER (1000), NULL);
  g_autoptr(PlIterator) iterator = pl_stage_iterate (slow);
  g_autoptr(PlRunStatus) status = NULL;
  g_autofree char *graph = NULL;
  g_auto(GValue) value = G_VALUE_INIT;

  while (pl_iterator_next (iterator, &value, NULL, NULL))
    continue;

  status = pl_iterator_dup_status (iterator);
  graph = pl_run_status_to_dot (status);
  g_assert_nonnull (strstr (graph, "stage1 [label=\"map\\nthread map\\nin 10, out 10\\nbusy "));
  g_assert_nonnull (strstr (graph, " %\", penwidth=3];\n"));
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);

  pl_test_add ("/run-status/counts-elements", test_counts_elements);
  g_test_add_func ("/run-status/counts-a-branched-sync-stage-once-per-consumer",
                   test_counts_a_branched_sync_stage_once_per_consumer);
  g_test_add_func ("/run-status/adds-up-bounds", test_adds_up_bounds);
  g_test_add_func ("/run-status/tells-what-waits", test_tells_what_waits);
  pl_test_add ("/run-status/names-the-bottleneck", test_names_the_bottleneck);
  pl_test_add ("/run-status/slow-consumer-is-no-stage", test_slow_consumer_is_no_stage);
  pl_test_add ("/run-status/can-be-read-from-any-thread-at-any-moment",
               test_can_be_read_from_any_thread_at_any_moment);
  pl_test_add ("/run-status/notifies-on-the-starters-context",
               test_notifies_on_the_starters_context);
  g_test_add_func ("/run-status/draws-a-graph", test_draws_a_graph);
  g_test_add_func ("/run-status/draws-a-graph-with-figures", test_draws_a_graph_with_figures);

  return pl_test_run ();
}
