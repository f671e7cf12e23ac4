/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-util.h"

static gboolean
is_odd (const GValue *element,
        gboolean *keep,
        PlWorker *worker,
        gpointer user_data,
        GError **error)
{
  *keep = g_value_get_int (element) % 2 == 1;
  return TRUE;
}

static gboolean
say_nothing (const GValue *element,
             gboolean *keep,
             PlWorker *worker,
             gpointer user_data,
             GError **error)
{
  return TRUE;
}

static gboolean
fail_at_2 (const GValue *element,
           gboolean *keep,
           PlWorker *worker,
           gpointer user_data,
           GError **error)
{
  if (g_value_get_int (element) != 2)
    return TRUE;

  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE, "no space");
  return FALSE;
}

static gboolean
closure_is_odd (int number, gpointer user_data)
{
  return number % 2 == 1;
}

static gboolean
get_object (GValue *value, PlWorker *worker, gpointer user_data, GError **error)
{
  GObject **object = user_data;

  if (*object == NULL)
    return FALSE;

  g_value_init (value, G_TYPE_OBJECT);
  g_value_take_object (value, g_steal_pointer (object));
  return TRUE;
}

static gboolean
keep_all (const GValue *element,
          gboolean *keep,
          PlWorker *worker,
          gpointer user_data,
          GError **error)
{
  g_assert_cmpuint (G_OBJECT (g_value_get_object (element))->ref_count, ==, 1);
  *keep = TRUE;
  return TRUE;
}

static void
test_passes_on_what_is_kept (const PlTestKind *kind)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 10);
  g_autoptr(PlStage) odd = kind->filter (numbers, is_odd, NULL, NULL);

  pl_test_assert_ints (odd, "1 3 5 7 9");
  pl_stage_set_workers (odd, 4);
  pl_test_assert_sorted_ints (odd, "1 3 5 7 9");
}

static void
test_drops_what_nothing_is_said_of (const PlTestKind *kind)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 10);
  g_autoptr(PlStage) none = kind->filter (numbers, say_nothing, NULL, NULL);

  pl_test_assert_ints (none, "");
}

static void
test_calls_a_closure_with_the_element (const PlTestKind *kind)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 10);
  GClosure *closure = g_cclosure_new (G_CALLBACK (closure_is_odd), NULL, NULL);
  g_autoptr(PlStage) odd = kind->filter_with_closure (numbers, closure);

  pl_test_assert_ints (odd, "1 3 5 7 9");
}

static void
test_error_tells_where (const PlTestKind *kind)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 10);
  g_autoptr(PlStage) failing = kind->filter (numbers, fail_at_2, NULL, NULL);

  pl_stage_set_name (failing, "odd ones");
  pl_test_assert_run_error (failing, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
                            pl_test_pick_text (kind,
                                "stage “odd ones” (sync filter, element 2): no space",
                                "stage “odd ones” (thread filter, worker 0, element 2): no space"));
}

/* Nothing but the element holds the object, from the source to the consumer. */
static void
test_moves_elements (const PlTestKind *kind)
{
  GObject *object = g_object_new (G_TYPE_OBJECT, NULL);
  GObject *given = object;
  g_autoptr(PlStage) source = pl_source_new_for_func (get_object, &given, NULL);
  g_autoptr(PlStage) kept = kind->filter (source, keep_all, NULL, NULL);
  g_autoptr(PlIterator) iterator = pl_stage_iterate (kept);
  g_auto(GValue) value = G_VALUE_INIT;

  g_assert_true (pl_iterator_next (iterator, &value, NULL, NULL));
  g_assert_true (g_value_get_object (&value) == object);
  g_assert_cmpuint (object->ref_count, ==, 1);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);

  pl_test_add_anywhere ("/filter/passes-on-what-is-kept", test_passes_on_what_is_kept);
  pl_test_add_anywhere ("/filter/drops-what-nothing-is-said-of",
                        test_drops_what_nothing_is_said_of);
  pl_test_add_anywhere ("/filter/calls-a-closure-with-the-element",
                        test_calls_a_closure_with_the_element);
  pl_test_add_anywhere ("/filter/error-tells-where", test_error_tells_where);
  pl_test_add ("/filter/moves-elements", test_moves_elements);

  return pl_test_run ();
}
