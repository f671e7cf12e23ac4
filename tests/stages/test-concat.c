/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-util.h"

static void
test_gives_the_elements_of_all_inputs (const PlTestKind *kind)
{
  g_autoptr(PlStage) a = pl_source_new_range (0, 3);
  g_autoptr(PlStage) b = pl_source_new_range (3, 7);
  g_autoptr(PlStage) added = pl_thread_map (b, pl_test_add1, NULL, NULL);
  g_autoptr(PlStage) all = kind->concat ((PlStage *[]) { a, added }, 2);

  pl_test_assert_sorted_ints (all, "0 1 2 4 5 6 7");
}

static void
test_gives_a_repeated_input_twice (const PlTestKind *kind)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 3);
  g_autoptr(PlStage) added = pl_thread_map (numbers, pl_test_add1, NULL, NULL);
  g_autoptr(PlStage) all = kind->concat ((PlStage *[]) { added, added, numbers, numbers }, 4);

  pl_test_assert_sorted_ints (all, "0 0 1 1 1 1 2 2 2 2 3 3");
}

static void
test_of_nothing_is_an_error (const PlTestKind *kind)
{
  g_autoptr(PlStage) all = kind->concat (NULL, 0);
  g_autoptr(GError) error = NULL;

  g_assert_false (pl_stage_run (all, NULL, &error));
  g_assert_error (error, PL_ERROR, PL_ERROR_NO_INPUT);
}

static void
test_error_of_an_input_ends_the_run (const PlTestKind *kind)
{
  PlTestCounts counts = { 0 };
  g_autoptr(PlStage) endless = pl_source_new_for_func (pl_test_count_up, &counts, NULL);
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 9);
  g_autoptr(PlStage) failing = pl_thread_map (numbers, pl_test_fail, GINT_TO_POINTER (4), NULL);
  g_autoptr(PlStage) all = kind->concat ((PlStage *[]) { endless, failing }, 2);
  g_autoptr(GError) error = NULL;

  pl_stage_set_maxsize (all, 3);
  g_assert_false (pl_stage_run (all, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
}

static void
test_sync_takes_one_of_each_in_turn (void)
{
  g_autoptr(PlStage) a = pl_source_new_range (1, 3);
  g_autoptr(PlStage) b = pl_source_new_range (3, 6);
  g_autoptr(PlStage) all = pl_sync_concat ((PlStage *[]) { a, b }, 2);

  pl_test_assert_ints (all, "1 3 2 4 5");
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);

  pl_test_add_anywhere ("/concat/gives-the-elements-of-all-inputs",
                        test_gives_the_elements_of_all_inputs);
  pl_test_add_anywhere ("/concat/gives-a-repeated-input-twice", test_gives_a_repeated_input_twice);
  pl_test_add_anywhere ("/concat/of-nothing-is-an-error", test_of_nothing_is_an_error);
  pl_test_add_anywhere ("/concat/error-of-an-input-ends-the-run",
                        test_error_of_an_input_ends_the_run);
  g_test_add_func ("/concat/takes-one-of-each-in-turn/sync", test_sync_takes_one_of_each_in_turn);

  return pl_test_run ();
}
