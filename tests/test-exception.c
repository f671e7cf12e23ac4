/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-util.h"

/* Leaves an object in @value whose end is counted. */
static void
init_exception (GValue *value, PlTestCounts *counts)
{
  GObject *object = g_object_new (G_TYPE_OBJECT, NULL);

  g_object_set_data_full (object, "counts", counts, pl_test_on_free);
  g_value_init (value, G_TYPE_OBJECT);
  g_value_take_object (value, object);
}

static gboolean
raise_in_c (const GValue *element,
            GValue *result,
            PlWorker *worker,
            gpointer user_data,
            GError **error)
{
  PlTestCounts *counts = user_data;
  g_auto(GValue) exception = G_VALUE_INIT;

  g_atomic_int_inc (&counts->calls);
  init_exception (&exception, counts);
  g_propagate_error (error, pl_exception_new (&exception, "raised"));
  return FALSE;
}

static int
raise_in_closure (int element, gpointer user_data)
{
  g_auto(GValue) exception = G_VALUE_INIT;

  init_exception (&exception, user_data);
  pl_worker_set_exception (pl_worker_get_current (), &exception, "raised");
  return 0;
}

static void
test_error_has_a_copy_of_the_value (void)
{
  g_auto(GValue) value = G_VALUE_INIT;
  g_autoptr(GError) error = NULL;
  g_autoptr(GError) copy = NULL;
  PlTestCounts counts = { 0 };
  GObject *object;

  init_exception (&value, &counts);
  object = g_value_get_object (&value);
  error = pl_exception_new (&value, "raised");
  g_value_unset (&value);
  g_assert_error (error, PL_EXCEPTION, 0);
  g_assert_cmpstr (error->message, ==, "raised");

  g_prefix_error (&error, "%s: ", "here");
  copy = g_error_copy (error);
  g_clear_error (&error);
  g_assert_cmpstr (copy->message, ==, "here: raised");
  g_assert_true (g_value_get_object (pl_exception_get_value (copy)) == object);

  g_assert_cmpint (counts.frees, ==, 0);
  g_clear_error (&copy);
  g_assert_cmpint (counts.frees, ==, 1);
}

static void
test_other_errors_have_no_value (void)
{
  g_autoptr(GError) other = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, "other");
  g_autoptr(GError) bare = g_error_new_literal (PL_EXCEPTION, 0, "bare");
  g_autoptr(GError) copy = g_error_copy (bare);

  g_assert_null (pl_exception_get_value (other));
  g_assert_null (pl_exception_get_value (bare));
  g_assert_null (pl_exception_get_value (copy));
}

static void
assert_iterator_has_exception (PlStage *stage, PlTestCounts *counts)
{
  g_autoptr(PlIterator) iterator = pl_stage_iterate (stage);
  g_autoptr(GError) error = NULL;
  g_auto(GValue) value = G_VALUE_INIT;
  const GValue *exception;

  g_assert_null (pl_iterator_get_exception (iterator));
  g_assert_false (pl_iterator_next (iterator, &value, NULL, &error));
  g_assert_error (error, PL_EXCEPTION, 0);
  g_assert_true (g_str_has_prefix (error->message, "stage “map” ("));
  g_assert_true (g_str_has_suffix (error->message, ", element 0): raised"));

  exception = pl_iterator_get_exception (iterator);
  g_assert_true (pl_exception_get_value (error) != exception);
  g_assert_true (g_value_get_object (exception) ==
                 g_value_get_object (pl_exception_get_value (error)));

  g_clear_error (&error);
  g_assert_false (pl_iterator_next (iterator, &value, NULL, NULL));
  g_assert_cmpint (counts->frees, ==, 0);
  g_assert_true (pl_iterator_get_exception (iterator) == exception);
  pl_iterator_close (iterator);
  g_assert_null (pl_iterator_get_exception (iterator));
  g_assert_cmpint (counts->frees, ==, 1);
  g_assert_finalize_object (g_steal_pointer (&iterator));
  g_assert_cmpint (counts->frees, ==, 1);
}

static void
test_iterator_has_the_exception (const PlTestKind *kind)
{
  PlTestCounts counts = { 0 };
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 1);
  g_autoptr(PlStage) raising = kind->map (numbers, raise_in_c, &counts, NULL);

  assert_iterator_has_exception (raising, &counts);
}

static void
test_closures_have_exceptions (const PlTestKind *kind)
{
  PlTestCounts counts = { 0 };
  GClosure *closure = g_cclosure_new (G_CALLBACK (raise_in_closure), &counts, NULL);
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 1);
  g_autoptr(PlStage) raising = NULL;

  g_closure_set_marshal (closure, g_cclosure_marshal_generic);
  raising = kind->map_with_closure (numbers, closure, G_TYPE_INT);
  assert_iterator_has_exception (raising, &counts);
}

static void
next_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  GError **error = user_data;
  g_auto(GValue) value = G_VALUE_INIT;

  g_assert_false (pl_iterator_next_finish (PL_ITERATOR (object), result, &value, error));
}

static void
test_asynchronous_calls_have_exceptions (const PlTestKind *kind)
{
  PlTestCounts counts = { 0 };
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 1);
  g_autoptr(PlStage) raising = kind->map (numbers, raise_in_c, &counts, NULL);
  g_autoptr(PlIterator) iterator = pl_stage_iterate (raising);
  g_autoptr(GError) error = NULL;

  pl_iterator_next_async (iterator, NULL, next_cb, &error);
  while (error == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (g_value_get_object (pl_exception_get_value (error)) ==
                 g_value_get_object (pl_iterator_get_exception (iterator)));
}

static void
test_other_errors_are_no_exceptions (const PlTestKind *kind)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 1);
  g_autoptr(PlStage) failing = kind->map (numbers, pl_test_fail, NULL, NULL);
  g_autoptr(PlIterator) iterator = pl_stage_iterate (failing);
  g_autoptr(GError) error = NULL;
  g_auto(GValue) value = G_VALUE_INIT;

  g_assert_false (pl_iterator_next (iterator, &value, NULL, &error));
  g_assert_nonnull (error);
  g_assert_null (pl_iterator_get_exception (iterator));
}

static void
skipped_cb (PlStage *stage, const GValue *element, const GError *error, gpointer user_data)
{
  int *n_skipped = user_data;

  g_assert_true (G_VALUE_HOLDS_OBJECT (pl_exception_get_value (error)));
  (*n_skipped)++;
}

static void
test_tried_again_and_skipped (const PlTestKind *kind)
{
  PlTestCounts counts = { 0 };
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 3);
  g_autoptr(PlStage) raising = kind->map (numbers, raise_in_c, &counts, NULL);
  g_autoptr(PlIterator) iterator = NULL;
  g_autoptr(GError) error = NULL;
  g_auto(GValue) value = G_VALUE_INIT;
  int n_skipped = 0;

  pl_stage_set_retries (raising, 1);
  pl_stage_set_error_policy (raising, PL_ERROR_POLICY_SKIP);
  g_signal_connect (raising, "skipped", G_CALLBACK (skipped_cb), &n_skipped);

  iterator = pl_stage_iterate (raising);
  g_assert_false (pl_iterator_next (iterator, &value, NULL, &error));
  g_assert_no_error (error);
  g_assert_null (pl_iterator_get_exception (iterator));
  g_assert_finalize_object (g_steal_pointer (&iterator));

  g_assert_cmpint (n_skipped, ==, 3);
  g_assert_cmpint (counts.calls, ==, 6);
  g_assert_cmpint (counts.frees, ==, 6);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);

  g_test_add_func ("/exception/error-has-a-copy-of-the-value",
                   test_error_has_a_copy_of_the_value);
  g_test_add_func ("/exception/other-errors-have-no-value", test_other_errors_have_no_value);
  pl_test_add_returning ("/exception/iterator-has-the-exception",
                         test_iterator_has_the_exception);
  pl_test_add_returning ("/exception/closures-have-exceptions", test_closures_have_exceptions);
  pl_test_add_returning ("/exception/asynchronous-calls-have-exceptions",
                         test_asynchronous_calls_have_exceptions);
  pl_test_add_returning ("/exception/other-errors-are-no-exceptions",
                         test_other_errors_are_no_exceptions);
  pl_test_add_returning ("/exception/tried-again-and-skipped", test_tried_again_and_skipped);

  return pl_test_run ();
}
