/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-list.h"

static gboolean
make_null_file (const GValue *element,
                GValue *result,
                PlWorker *worker,
                gpointer user_data,
                GError **error)
{
  g_value_init (result, G_TYPE_FILE);
  return TRUE;
}

static void
test_null_objects_are_boxed (const PlTestKind *kind)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 1);
  g_autoptr(PlStage) made = kind->map (numbers, make_null_file, NULL, NULL);
  g_autoptr(GListModel) list = pl_stage_to_list_model (made);
  g_autoptr(PlValueObject) item = NULL;

  pl_test_iterate_until_ended (list);
  item = g_list_model_get_item (list, 0);
  g_assert_true (G_VALUE_HOLDS (pl_value_object_get_value (item), G_TYPE_FILE));
  g_assert_null (g_value_get_object (pl_value_object_get_value (item)));
}

static void
test_other_values_are_boxed (void)
{
  const char * const words[] = { "one", NULL };
  g_autoptr(PlStage) source = pl_source_new_for_strv (words);
  g_autoptr(GListModel) list = pl_stage_to_list_model (source);
  g_autoptr(PlValueObject) item = NULL;
  g_autoptr(PlValueObject) again = NULL;
  GValue *value = NULL;

  pl_test_iterate_until_ended (list);
  item = g_list_model_get_item (list, 0);
  again = g_list_model_get_item (list, 0);
  g_assert_true (item == again);
  g_assert_cmpstr (g_value_get_string (pl_value_object_get_value (item)), ==, "one");

  g_object_get (item, "value", &value, NULL);
  g_assert_cmpstr (g_value_get_string (value), ==, "one");
  g_boxed_free (G_TYPE_VALUE, value);
}

static void
test_without_a_value_holds_null (void)
{
  g_autoptr(PlValueObject) item = g_object_new (PL_TYPE_VALUE_OBJECT, NULL);

  g_assert_null (g_value_get_object (pl_value_object_get_value (item)));
}

static void
test_null_arguments_are_refused (void)
{
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "*get_value:*IS_VALUE_OBJECT*");
  g_assert_null (pl_value_object_get_value (NULL));
  g_test_assert_expected_messages ();
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);

  pl_test_add ("/value-object/null-objects-are-boxed", test_null_objects_are_boxed);
  g_test_add_func ("/value-object/other-values-are-boxed", test_other_values_are_boxed);
  g_test_add_func ("/value-object/without-a-value-holds-null", test_without_a_value_holds_null);
  g_test_add_func ("/value-object/null-arguments-are-refused", test_null_arguments_are_refused);

  return pl_test_run ();
}
