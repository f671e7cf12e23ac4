/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-util.h"

/* Each element takes its own time, so that with several workers later ones overtake it. */
static void
dawdle (int number)
{
  g_usleep (number % 97 * 31 % 97);
}

static gboolean
identity (const GValue *element,
          GValue *result,
          PlWorker *worker,
          gpointer user_data,
          GError **error)
{
  dawdle (g_value_get_int (element));
  g_value_init (result, G_TYPE_INT);
  g_value_copy (element, result);
  return TRUE;
}

static gboolean
is_not_third (const GValue *element,
              gboolean *keep,
              PlWorker *worker,
              gpointer user_data,
              GError **error)
{
  dawdle (g_value_get_int (element) + 5);
  *keep = g_value_get_int (element) % 3 != 0;
  return TRUE;
}

/* Makes n mod 4 elements of n: n * 10 and up. */
static gboolean
expand (const GValue *element, PlWorker *worker, gpointer user_data, GError **error)
{
  int n = g_value_get_int (element);

  for (int i = 0; i < n % 4; i++)
    {
      g_auto(GValue) value = G_VALUE_INIT;

      dawdle (n + i);
      g_value_init (&value, G_TYPE_INT);
      g_value_set_int (&value, n * 10 + i);
      if (!pl_worker_emit_take (worker, &value, error))
        return FALSE;
    }

  return TRUE;
}

static PlStage *
with_workers (PlStage *stage, guint workers, guint maxsize)
{
  pl_stage_set_workers (stage, workers);
  pl_stage_set_maxsize (stage, maxsize);
  return stage;
}

/* The values of @stage are in order; tells how many there are. */
static guint
assert_ascending (PlStage *stage)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GArray) values = pl_stage_collect (stage, NULL, &error);

  g_assert_no_error (error);
  for (guint i = 1; i < values->len; i++)
    g_assert_cmpint (g_value_get_int (&g_array_index (values, GValue, i - 1)), <,
                     g_value_get_int (&g_array_index (values, GValue, i)));
  return values->len;
}

static void
test_restores_order_of_a_map (const PlTestKind *kind)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 500);
  g_autoptr(PlStage) same = with_workers (pl_thread_map (numbers, identity, NULL, NULL), 4, 3);
  g_autoptr(PlStage) ordered = kind->ordered (same);

  g_assert_cmpuint (assert_ascending (ordered), ==, 500);
}

static void
test_dropped_elements_hold_up_nothing (const PlTestKind *kind)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 500);
  g_autoptr(PlStage) kept = with_workers (pl_thread_filter (numbers, is_not_third, NULL, NULL),
                                          4, 2);
  g_autoptr(PlStage) same = with_workers (pl_thread_map (kept, identity, NULL, NULL), 3, 0);
  g_autoptr(PlStage) ordered = kind->ordered (same);

  g_assert_cmpuint (assert_ascending (ordered), ==, 333);
}

static void
test_is_exact_over_nested_flat_maps (const PlTestKind *kind)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 200);
  g_autoptr(PlStage) first = with_workers (pl_thread_flat_map (numbers, expand, NULL, NULL), 3, 2);
  g_autoptr(PlStage) kept = with_workers (pl_thread_filter (first, is_not_third, NULL, NULL), 2, 1);
  g_autoptr(PlStage) second = with_workers (pl_thread_flat_map (kept, expand, NULL, NULL), 3, 2);
  g_autoptr(PlStage) last = pl_sync_flat_map (second, expand, NULL, NULL);
  g_autoptr(PlStage) same = with_workers (pl_thread_map (last, identity, NULL, NULL), 3, 2);
  g_autoptr(PlStage) ordered = kind->ordered (same);
  g_autoptr(PlStage) plain_first = pl_sync_flat_map (numbers, expand, NULL, NULL);
  g_autoptr(PlStage) plain_kept = pl_sync_filter (plain_first, is_not_third, NULL, NULL);
  g_autoptr(PlStage) plain_second = pl_sync_flat_map (plain_kept, expand, NULL, NULL);
  g_autoptr(PlStage) plain_last = pl_sync_flat_map (plain_second, expand, NULL, NULL);
  g_autofree char *in_order = pl_test_run_ints (plain_last);

  g_assert_cmpuint (strlen (in_order), >, 1000);
  pl_test_assert_ints (ordered, in_order);
}

/* Two sources and a branch: each index comes three times. */
static void
test_merges_concats (const PlTestKind *kind)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 100);
  g_autoptr(PlStage) others = pl_source_new_range (0, 100);
  g_autoptr(PlStage) same = with_workers (pl_thread_map (numbers, identity, NULL, NULL), 3, 2);
  g_autoptr(PlStage) again = with_workers (pl_thread_map (same, identity, NULL, NULL), 2, 1);
  g_autoptr(PlStage) all = pl_thread_concat ((PlStage *[]) { same, again, others }, 3);
  g_autoptr(PlStage) ordered = kind->ordered (all);
  g_autofree char *ints = pl_test_run_ints (ordered);
  g_autoptr(GString) expected = g_string_new ("0 0 0");

  for (int i = 1; i < 100; i++)
    g_string_append_printf (expected, " %d %d %d", i, i, i);
  g_assert_cmpstr (ints, ==, expected->str);
}

static void
test_elements_with_equal_indices_keep_their_order (const PlTestKind *kind)
{
  g_autoptr(PlStage) few = pl_source_new_range (0, 3);
  g_autoptr(PlStage) others = pl_source_new_range (10, 13);
  g_autoptr(PlStage) turns = pl_sync_concat ((PlStage *[]) { others, few }, 2);
  g_autoptr(PlStage) ordered = kind->ordered (turns);

  pl_test_assert_ints (ordered, "10 0 11 1 12 2");
}

/* The element that is held up comes out once the one before it has been dropped, though no other
 * element follows that would make the stage look. */
typedef struct
{
  GMutex mutex;
  GCond changed;
  gboolean is_open;
  PlTestCounts counts;
} PlTestGate;

static gboolean
drop_behind_gate (const GValue *element,
                  gboolean *keep,
                  PlWorker *worker,
                  gpointer user_data,
                  GError **error)
{
  PlTestGate *gate = user_data;

  g_atomic_int_inc (&gate->counts.calls);
  *keep = g_value_get_int (element) > 0;
  if (*keep)
    return TRUE;

  g_mutex_lock (&gate->mutex);
  while (!gate->is_open)
    g_cond_wait (&gate->changed, &gate->mutex);
  g_mutex_unlock (&gate->mutex);
  return TRUE;
}

static gpointer
next_thread (gpointer data)
{
  g_auto(GValue) value = G_VALUE_INIT;

  g_assert_true (pl_iterator_next (data, &value, NULL, NULL));
  return GINT_TO_POINTER (g_value_get_int (&value));
}

static void
test_a_late_drop_releases_what_waits (const PlTestKind *kind)
{
  for (guint round = 0; round < pl_test_rounds (100); round++)
    {
      PlTestGate gate = { 0 };
      g_autoptr(PlStage) channel = pl_channel_new (0);
      g_autoptr(PlStage) kept = NULL;
      g_autoptr(PlStage) ordered = NULL;
      g_autoptr(PlIterator) iterator = NULL;
      GThread *thread;

      kept = with_workers (pl_thread_filter (channel, drop_behind_gate, &gate, NULL), 2, 0);
      ordered = kind->ordered (kept);
      iterator = pl_stage_iterate (ordered);
      for (int i = 0; i < 2; i++)
        {
          g_auto(GValue) value = G_VALUE_INIT;

          g_value_init (&value, G_TYPE_INT);
          g_value_set_int (&value, i);
          g_assert_true (pl_channel_push (PL_CHANNEL (channel), &value, NULL, NULL));
        }

      thread = g_thread_new ("next", next_thread, iterator);
      pl_test_wait_for (&gate.counts.calls, 2);
      g_mutex_lock (&gate.mutex);
      gate.is_open = TRUE;
      g_cond_signal (&gate.changed);
      g_mutex_unlock (&gate.mutex);

      g_assert_cmpint (GPOINTER_TO_INT (g_thread_join (thread)), ==, 1);
    }
}

static gboolean
count_forever (const GValue *element, PlWorker *worker, gpointer user_data, GError **error)
{
  GValue value = G_VALUE_INIT;

  do
    {
      g_value_init (&value, G_TYPE_INT);
      g_value_set_int (&value, g_atomic_int_add ((int *) user_data, 1));
    }
  while (pl_worker_emit_take (worker, &value, error));

  return FALSE;
}

/* One element becomes endlessly many, and none of them waits for the end of it. */
static void
test_streams_out_of_one_flat_map (const PlTestKind *kind)
{
  int count = 0;
  g_autoptr(PlStage) one = pl_source_new_range (0, 1);
  g_autoptr(PlStage) endless = with_workers (pl_thread_flat_map (one, count_forever, &count, NULL),
                                             1, 4);
  g_autoptr(PlStage) same = with_workers (pl_thread_map (endless, identity, NULL, NULL), 3, 4);
  g_autoptr(PlStage) ordered = kind->ordered (same);
  g_autoptr(PlIterator) iterator = NULL;

  pl_stage_set_maxsize (ordered, 4);
  iterator = pl_stage_iterate (ordered);
  for (int i = 0; i < 300; i++)
    g_assert_cmpint (pl_test_take_int (iterator), ==, i);
}

static void
test_works_on_an_infinite_source (const PlTestKind *kind)
{
  PlTestCounts counts = { 0 };
  g_autoptr(PlStage) endless = pl_source_new_for_func (pl_test_count_up, &counts, NULL);
  g_autoptr(PlStage) same = with_workers (pl_thread_map (endless, identity, NULL, NULL), 4, 2);
  g_autoptr(PlStage) ordered = kind->ordered (same);
  g_autoptr(PlIterator) iterator = NULL;

  pl_stage_set_maxsize (ordered, 2);
  iterator = pl_stage_iterate (ordered);
  for (int i = 0; i < 500; i++)
    g_assert_cmpint (pl_test_take_int (iterator), ==, i);
}

/* Behind an ordered stage and a branch beside it, which it is not to overtake. */
static void
test_works_behind_another (const PlTestKind *kind)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 100);
  g_autoptr(PlStage) same = with_workers (pl_thread_map (numbers, identity, NULL, NULL), 3, 2);
  g_autoptr(PlStage) kept = with_workers (pl_thread_filter (same, is_not_third, NULL, NULL), 2, 0);
  g_autoptr(PlStage) inner = kind->ordered (kept);
  g_autoptr(PlStage) other = with_workers (pl_thread_map (same, identity, NULL, NULL), 2, 0);
  g_autoptr(PlStage) all = pl_thread_concat ((PlStage *[]) { inner, other }, 2);
  g_autoptr(PlStage) outer = kind->ordered (all);
  g_autofree char *ints = pl_test_run_ints (outer);
  g_autoptr(GString) expected = g_string_new ("0");

  for (int i = 1; i < 100; i++)
    g_string_append_printf (expected, i % 3 == 0 ? " %d" : " %d %d", i, i);
  g_assert_cmpstr (ints, ==, expected->str);
}

/* An element that only the inner one's branch has, and that is dropped there, holds up nothing: the
 * inner one tells the outer how far it is though nothing comes out of it. */
static void
test_an_empty_one_holds_up_nothing (const PlTestKind *kind)
{
  PlTestCounts counts = { 0 };
  g_autoptr(PlStage) endless = pl_source_new_for_func (pl_test_count_up, &counts, NULL);
  g_autoptr(PlStage) same = with_workers (pl_thread_map (endless, identity, NULL, NULL), 2, 2);
  g_autoptr(PlStage) none = pl_thread_each (same, pl_test_each_nothing, NULL, NULL);
  g_autoptr(PlStage) inner = kind->ordered (none);
  g_autoptr(PlStage) all = pl_thread_concat ((PlStage *[]) { inner, same }, 2);
  g_autoptr(PlStage) outer = kind->ordered (all);
  g_autoptr(PlIterator) iterator = pl_stage_iterate (outer);

  for (int i = 0; i < 200; i++)
    g_assert_cmpint (pl_test_take_int (iterator), ==, i);
}

static void
test_is_asynchronous_too (const PlTestKind *kind)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 200);
  g_autoptr(PlStage) kept = with_workers (pl_thread_filter (numbers, is_not_third, NULL, NULL),
                                          3, 2);
  g_autoptr(PlStage) ordered = kind->ordered (kept);
  g_autoptr(GArray) values = pl_test_collect_async (ordered);

  g_assert_cmpuint (values->len, ==, 133);
  for (guint i = 0; i < values->len; i++)
    g_assert_cmpint (g_value_get_int (&g_array_index (values, GValue, i)), ==, 1 + i + i / 2);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);

  pl_test_add_anywhere ("/ordered/restores-order-of-a-map", test_restores_order_of_a_map);
  pl_test_add_anywhere ("/ordered/dropped-elements-hold-up-nothing",
                        test_dropped_elements_hold_up_nothing);
  pl_test_add_anywhere ("/ordered/is-exact-over-nested-flat-maps",
                        test_is_exact_over_nested_flat_maps);
  pl_test_add_anywhere ("/ordered/merges-concats", test_merges_concats);
  pl_test_add_anywhere ("/ordered/elements-with-equal-indices-keep-their-order",
                        test_elements_with_equal_indices_keep_their_order);
  pl_test_add_anywhere ("/ordered/a-late-drop-releases-what-waits",
                        test_a_late_drop_releases_what_waits);
  pl_test_add_anywhere ("/ordered/streams-out-of-one-flat-map", test_streams_out_of_one_flat_map);
  pl_test_add_anywhere ("/ordered/works-on-an-infinite-source", test_works_on_an_infinite_source);
  pl_test_add_anywhere ("/ordered/works-behind-another", test_works_behind_another);
  pl_test_add_anywhere ("/ordered/an-empty-one-holds-up-nothing",
                        test_an_empty_one_holds_up_nothing);
  pl_test_add_anywhere ("/ordered/is-asynchronous-too", test_is_asynchronous_too);

  return pl_test_run ();
}
