/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-util.h"

/* What holds however many elements, workers and stages there are. */

/* A boxed type that counts its copies. */

static GType counted_type;

typedef struct
{
  int number;
} Counted;

static int n_copies;
static int n_alive;

static Counted *
counted_new (int number)
{
  Counted *counted = g_new (Counted, 1);

  counted->number = number;
  g_atomic_int_inc (&n_alive);
  return counted;
}

static gpointer
counted_copy (gpointer counted)
{
  g_atomic_int_inc (&n_copies);
  return counted_new (((Counted *) counted)->number);
}

static void
counted_free (gpointer counted)
{
  g_atomic_int_add (&n_alive, -1);
  g_free (counted);
}

static gboolean
make_counted (GValue *value, PlWorker *worker, gpointer user_data, GError **error)
{
  int *n = user_data;

  if (*n == 200)
    return FALSE;

  g_value_init (value, counted_type);
  g_value_take_boxed (value, counted_new ((*n)++));
  return TRUE;
}

static gboolean
double_counted (const GValue *element,
                GValue *result,
                PlWorker *worker,
                gpointer user_data,
                GError **error)
{
  const Counted *counted = g_value_get_boxed (element);

  g_value_init (result, counted_type);
  g_value_take_boxed (result, counted_new (counted->number * 2));
  return TRUE;
}

static gboolean
emit_counted (const GValue *element, PlWorker *worker, gpointer user_data, GError **error)
{
  const Counted *counted = g_value_get_boxed (element);
  GValue value = G_VALUE_INIT;

  g_value_init (&value, counted_type);
  g_value_take_boxed (&value, counted_new (counted->number));
  return pl_worker_emit_take (worker, &value, error);
}

static void
test_elements_are_moved_not_copied (const PlTestKind *kind)
{
  int n = 0;
  g_autoptr(PlStage) source = pl_source_new_for_func (make_counted, &n, NULL);
  g_autoptr(PlStage) kept = kind->filter (source, pl_test_keep_all, NULL, NULL);
  g_autoptr(PlStage) doubled = kind->map (kept, double_counted, NULL, NULL);
  g_autoptr(PlStage) emitted = kind->flat_map (doubled, emit_counted, NULL, NULL);
  g_autoptr(PlStage) all = kind->concat (&emitted, 1);
  g_autoptr(PlStage) ordered = kind->ordered (all);
  g_autoptr(PlIterator) iterator = NULL;
  g_auto(GValue) value = G_VALUE_INIT;
  int sum = 0;

  g_atomic_int_set (&n_copies, 0);
  pl_stage_set_workers (doubled, 3);
  pl_stage_set_maxsize (doubled, 2);
  pl_stage_set_retries (emitted, 1);
  pl_stage_set_timeout (kept, G_MAXINT);
  iterator = pl_stage_iterate (ordered);
  while (pl_iterator_next (iterator, &value, NULL, NULL))
    sum += ((Counted *) g_value_get_boxed (&value))->number;

  g_assert_cmpint (sum, ==, 199 * 200);
  if (!kind->answers_task)
    g_assert_cmpint (g_atomic_int_get (&n_copies), ==, 0);
  g_assert_cmpint (g_atomic_int_get (&n_alive), ==, 0);
}

/* Each consumer but one needs a copy of its own. */
static void
test_branches_copy_once_less (void)
{
  int n = 0;
  g_autoptr(PlStage) source = pl_source_new_for_func (make_counted, &n, NULL);
  g_autoptr(PlStage) shared = pl_thread_filter (source, pl_test_keep_all, NULL, NULL);
  g_autoptr(PlStage) all = pl_thread_concat ((PlStage *[]) { shared, shared, shared }, 3);

  g_atomic_int_set (&n_copies, 0);
  g_assert_true (pl_stage_run (all, NULL, NULL));
  g_assert_cmpint (g_atomic_int_get (&n_copies), ==, 2 * 200);
  g_assert_cmpint (g_atomic_int_get (&n_alive), ==, 0);
}

static void
test_thousand_workers (void)
{
  const guint n_workers = pl_test_rounds (1000);
  guint n_threads = pl_test_count_threads ();
  PlTestCounts counts = { 0 };
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 5000);
  g_autoptr(PlStage) added = pl_thread_map (numbers, pl_test_add1, &counts, NULL);
  g_autoptr(PlStage) ordered = pl_sync_ordered (added);
  g_autoptr(GArray) values = NULL;

  pl_stage_set_workers (added, n_workers);
  pl_stage_set_maxsize (added, 8);
  pl_stage_set_on_start (added, pl_test_on_start, &counts, NULL);
  pl_stage_set_on_done (added, pl_test_on_done, &counts, NULL);

  values = pl_stage_collect (ordered, NULL, NULL);
  g_assert_cmpuint (values->len, ==, 5000);
  for (guint i = 0; i < values->len; i++)
    g_assert_cmpint (g_value_get_int (&g_array_index (values, GValue, i)), ==, i + 1);

  g_assert_cmpint (counts.calls, ==, 5000);
  g_assert_cmpint (counts.starts, ==, n_workers);
  g_assert_cmpint (counts.dones, ==, n_workers);
  pl_test_wait_for_threads (n_threads);
}

static void
test_64_stages (const PlTestKind *kind)
{
  g_autoptr(PlStage) last = pl_source_new_range (0, 500);
  g_autoptr(GArray) values = NULL;

  for (int i = 0; i < 64; i++)
    {
      g_autoptr(PlStage) input = g_steal_pointer (&last);

      last = kind->map (input, pl_test_add1, NULL, NULL);
      pl_stage_set_maxsize (last, 1 + i % 3);
    }

  values = pl_stage_collect (last, NULL, NULL);
  g_assert_cmpuint (values->len, ==, 500);
  for (guint i = 0; i < values->len; i++)
    g_assert_cmpint (g_value_get_int (&g_array_index (values, GValue, i)), ==, i + 64);
}

static gsize
count_resident_pages (void)
{
  g_autofree char *text = NULL;
  g_auto(GStrv) fields = NULL;

  g_assert_true (g_file_get_contents ("/proc/self/statm", &text, NULL, NULL));
  fields = g_strsplit (text, " ", 3);
  return g_ascii_strtoull (fields[1], NULL, 10);
}

/* Ten times as many elements take no more memory. */
static void
test_memory_is_flat (const PlTestKind *kind)
{
  PlTestCounts counts = { 0 };
  g_autoptr(PlStage) endless = pl_source_new_for_func (pl_test_count_up, &counts, NULL);
  g_autoptr(PlStage) added = kind->map (endless, pl_test_add1, NULL, NULL);
  g_autoptr(PlStage) again = pl_thread_map (added, pl_test_add1, NULL, NULL);
  g_autoptr(PlStage) last = kind->map (again, pl_test_add1, NULL, NULL);
  g_autoptr(PlIterator) iterator = NULL;
  const int n = pl_test_rounds (kind->answers_task ? 10000 : 100000);
  gsize n_pages = 0;

#if defined (__SANITIZE_ADDRESS__) || defined (__SANITIZE_THREAD__)
  /* They keep what has been freed, or where it was allocated, and a main context allocates. */
  if (kind->kind == PL_WORKER_KIND_TASK)
    return;
#endif

  pl_stage_set_maxsize (added, 100);
  pl_stage_set_maxsize (again, 100);
  pl_stage_set_workers (again, 2);
  pl_stage_set_maxsize (last, 100);
  iterator = pl_stage_iterate (last);
  for (int i = 0; i < 10 * n; i++)
    {
      if (i == n)
        n_pages = count_resident_pages ();
      pl_test_take_int (iterator);
    }

  /* A megabyte is a byte an element, and ten of those that have a GTask. */
  g_assert_cmpuint (count_resident_pages (), <=, n_pages + 256);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  counted_type = g_boxed_type_register_static ("Counted", counted_copy, counted_free);

  pl_test_add ("/limits/elements-are-moved-not-copied", test_elements_are_moved_not_copied);
  g_test_add_func ("/limits/branches-copy-once-less", test_branches_copy_once_less);
  g_test_add_func ("/limits/thousand-workers", test_thousand_workers);
  pl_test_add ("/limits/64-stages", test_64_stages);
  pl_test_add ("/limits/memory-is-flat", test_memory_is_flat);

  return pl_test_run ();
}
