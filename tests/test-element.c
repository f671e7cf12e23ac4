/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-element-private.h"

#include <string.h>

static void
test_index_of_one_dimension_allocates_nothing (void)
{
  const PlIndex none = { 0 };
  PlIndex index;

  pl_index_append (&none, 7, &index);
  g_assert_cmpuint (index.n, ==, 1);
  g_assert_true (pl_index_get_path (&index) == &index.path.one);
  g_assert_cmpint (*pl_index_get_path (&index), ==, 7);
}

static void
test_index_appends_behind_its_parent (void)
{
  const PlIndex none = { 0 };
  g_autofree char *string = NULL;
  PlIndex a, b, c;

  pl_index_append (&none, 17, &a);
  pl_index_append (&a, 0, &b);
  pl_index_append (&b, G_MAXINT64, &c);
  string = pl_index_to_string (&c);
  g_assert_cmpstr (string, ==, "17.0.9223372036854775807");

  pl_index_clear (&a);
  pl_index_clear (&b);
  pl_index_clear (&c);
}

static void
test_move_leaves_nothing_behind (void)
{
  g_auto(PlElement) from = PL_ELEMENT_INIT;
  g_auto(PlElement) to = PL_ELEMENT_INIT;
  const char *string;

  g_value_init (&from.value, G_TYPE_STRING);
  g_value_set_string (&from.value, "moved");
  string = g_value_get_string (&from.value);
  from.index.n = 1;
  from.index.path.one = 3;

  pl_element_move (&from, &to);
  g_assert_false (G_IS_VALUE (&from.value));
  g_assert_cmpuint (from.index.n, ==, 0);
  g_assert_true (g_value_get_string (&to.value) == string);
  g_assert_cmpint (to.index.path.one, ==, 3);
}

static void
test_copy_shares_nothing (void)
{
  const PlIndex parent = { 1, { 5 } };
  g_auto(PlElement) from = PL_ELEMENT_INIT;
  g_auto(PlElement) to = PL_ELEMENT_INIT;

  g_value_init (&from.value, G_TYPE_STRING);
  g_value_set_string (&from.value, "copied");
  pl_index_append (&parent, 6, &from.index);

  pl_element_copy (&from, &to);
  g_assert_cmpstr (g_value_get_string (&to.value), ==, "copied");
  g_assert_true (g_value_get_string (&to.value) != g_value_get_string (&from.value));
  g_assert_true (to.index.path.many != from.index.path.many);
  g_assert_cmpmem (to.index.path.many, 2 * sizeof (gint64),
                   from.index.path.many, 2 * sizeof (gint64));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/element/index-of-one-dimension-allocates-nothing",
                   test_index_of_one_dimension_allocates_nothing);
  g_test_add_func ("/element/index-appends-behind-its-parent",
                   test_index_appends_behind_its_parent);
  g_test_add_func ("/element/move-leaves-nothing-behind", test_move_leaves_nothing_behind);
  g_test_add_func ("/element/copy-shares-nothing", test_copy_shares_nothing);

  return g_test_run ();
}
