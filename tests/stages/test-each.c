/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-util.h"

static gboolean
add_to_sum (const GValue *element, PlWorker *worker, gpointer user_data, GError **error)
{
  g_atomic_int_add ((int *) user_data, g_value_get_int (element));
  return TRUE;
}

static gboolean
fail (const GValue *element, PlWorker *worker, gpointer user_data, GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE, "no space");
  return FALSE;
}

static void
closure_add_to_sum (int number, gpointer user_data)
{
  g_atomic_int_add ((int *) user_data, number);
}

static void
test_sees_each_element_and_gives_none (const PlTestKind *kind)
{
  int *sum = pl_test_new_shared (int);
  g_autoptr(PlStage) numbers = pl_source_new_range (1, 101);
  g_autoptr(PlStage) each = kind->each (numbers, add_to_sum, sum, NULL);

  pl_stage_set_workers (each, 3);
  pl_test_assert_ints (each, "");
  g_assert_cmpint (*sum, ==, 5050);
}

static void
test_calls_a_closure_with_the_element (const PlTestKind *kind)
{
  int *sum = pl_test_new_shared (int);
  g_autoptr(PlStage) numbers = pl_source_new_range (1, 101);
  GClosure *closure = g_cclosure_new (G_CALLBACK (closure_add_to_sum), sum, NULL);
  g_autoptr(PlStage) each = kind->each_with_closure (numbers, closure);

  g_assert_true (pl_stage_run (each, NULL, NULL));
  g_assert_cmpint (*sum, ==, 5050);
}

static void
test_error_ends_the_run (const PlTestKind *kind)
{
  PlTestCounts counts = { 0 };
  g_autoptr(PlStage) numbers = pl_source_new_for_func (pl_test_count_up, &counts, NULL);
  g_autoptr(PlStage) each = kind->each (numbers, fail, NULL, NULL);
  g_autoptr(GError) error = NULL;

  g_assert_false (pl_stage_run (each, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);

  pl_test_add_anywhere ("/each/sees-each-element-and-gives-none",
                        test_sees_each_element_and_gives_none);
  pl_test_add_anywhere ("/each/calls-a-closure-with-the-element",
                        test_calls_a_closure_with_the_element);
  pl_test_add_anywhere ("/each/error-ends-the-run", test_error_ends_the_run);

  return pl_test_run ();
}
