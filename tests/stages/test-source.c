/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-util.h"

#include <gio/gio.h>
#include <gio/gunixinputstream.h>
#include <glib-unix.h>
#include <unistd.h>

static gboolean
count_to_3 (GValue *value, PlWorker *worker, gpointer user_data, GError **error)
{
  PlTestCounts *counts = user_data;

  return counts->calls < 3 && pl_test_count_up (value, worker, user_data, error);
}

static gboolean
fail_at_2 (GValue *value, PlWorker *worker, gpointer user_data, GError **error)
{
  PlTestCounts *counts = user_data;

  if (counts->calls < 2)
    return pl_test_count_up (value, worker, user_data, error);

  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE, "no space");
  return FALSE;
}

static gboolean
leave_value_unset (GValue *value, PlWorker *worker, gpointer user_data, GError **error)
{
  return TRUE;
}

/* Emits two elements a call, and says at the third that it was the last one. */
static gboolean
closure_emit_two (PlWorker *worker, gpointer user_data)
{
  PlTestCounts *counts = user_data;
  GValue value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_INT);
  g_value_set_int (&value, counts->calls);
  pl_worker_emit (worker, &value, NULL);
  pl_worker_emit (worker, &value, NULL);
  return ++counts->calls < 3;
}

static char *
collect_strings (PlStage *stage)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GArray) values = pl_stage_collect (stage, NULL, &error);
  g_autoptr(GPtrArray) strings = g_ptr_array_new ();

  g_assert_no_error (error);
  for (guint i = 0; i < values->len; i++)
    g_ptr_array_add (strings,
                     (gpointer) g_value_get_string (&g_array_index (values, GValue, i)));
  g_ptr_array_add (strings, NULL);
  return g_strjoinv ("|", (GStrv) strings->pdata);
}

static void
test_range_gives_the_same_in_every_run (void)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (-2, 3);
  g_autoptr(PlStage) none = pl_source_new_range (3, -2);

  pl_test_assert_ints (numbers, "-2 -1 0 1 2");
  pl_test_assert_ints (numbers, "-2 -1 0 1 2");
  pl_test_assert_ints (none, "");
}

static void
test_range_reaches_the_limits (void)
{
  g_autoptr(PlStage) low = pl_source_new_range (G_MININT, G_MININT + 1);
  g_autoptr(PlStage) high = pl_source_new_range (G_MAXINT - 1, G_MAXINT);

  pl_test_assert_ints (low, "-2147483648");
  pl_test_assert_ints (high, "2147483646");
}

static void
test_values_are_copied (void)
{
  GValue values[2] = { G_VALUE_INIT, G_VALUE_INIT };
  g_autoptr(PlStage) source = NULL;
  g_autofree char *strings = NULL;

  g_value_init (&values[0], G_TYPE_STRING);
  g_value_set_string (&values[0], "a");
  g_value_init (&values[1], G_TYPE_STRING);
  g_value_set_string (&values[1], "b");
  source = pl_source_new_for_values (values, 2);
  g_value_unset (&values[0]);
  g_value_unset (&values[1]);

  strings = collect_strings (source);
  g_assert_cmpstr (strings, ==, "a|b");
}

static void
test_values_may_be_none (void)
{
  g_autoptr(PlStage) source = pl_source_new_for_values (NULL, 0);

  pl_test_assert_ints (source, "");
}

static void
test_values_must_be_initialised (void)
{
  const GValue value = G_VALUE_INIT;

  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "*_for_values*G_IS_VALUE*");
  g_assert_null (pl_source_new_for_values (&value, 1));
  g_test_assert_expected_messages ();
}

static void
test_strv_gives_its_strings (void)
{
  const char * const strings[] = { "a", "", "c", NULL };
  g_autoptr(PlStage) source = pl_source_new_for_strv (strings);
  g_autofree char *once = collect_strings (source);
  g_autofree char *twice = collect_strings (source);

  g_assert_cmpstr (once, ==, "a||c");
  g_assert_cmpstr (twice, ==, "a||c");
}

static void
test_variant_gives_its_children (void)
{
  g_autoptr(PlStage) ints = pl_source_new_for_variant (g_variant_new_parsed ("[1, 2, 3]"));
  g_autoptr(PlStage) pairs = pl_source_new_for_variant (g_variant_new_parsed ("[(1, 'a')]"));
  g_autoptr(GArray) values = pl_stage_collect (pairs, NULL, NULL);

  pl_test_assert_ints (ints, "1 2 3");
  g_assert_cmpuint (values->len, ==, 1);
  g_assert_true (G_VALUE_HOLDS_VARIANT (&g_array_index (values, GValue, 0)));
}

static void
test_variant_must_be_an_array (void)
{
  g_autoptr(GVariant) number = g_variant_ref_sink (g_variant_new_int32 (1));

  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "*_for_variant*ARRAY*");
  g_assert_null (pl_source_new_for_variant (number));
  g_test_assert_expected_messages ();
}

static void
test_list_model_gives_the_items_of_the_start (void)
{
  g_autoptr(GListStore) store = g_list_store_new (G_TYPE_OBJECT);
  g_autoptr(GObject) item = g_object_new (G_TYPE_OBJECT, NULL);
  g_autoptr(PlStage) source = pl_source_new_for_list_model (G_LIST_MODEL (store));
  g_autoptr(PlIterator) iterator = NULL;
  g_auto(GValue) value = G_VALUE_INIT;

  g_list_store_append (store, item);
  iterator = pl_stage_iterate (source);
  g_list_store_remove_all (store);

  g_assert_true (pl_iterator_next (iterator, &value, NULL, NULL));
  g_assert_true (g_value_get_object (&value) == item);
  g_assert_false (pl_iterator_next (iterator, &value, NULL, NULL));
}

static void
test_lines_are_read_once (void)
{
  g_autoptr(GInputStream) stream =
    g_memory_input_stream_new_from_data ("one\n\nthree\nlast", -1, NULL);
  g_autoptr(PlStage) source = pl_source_new_for_lines (stream);
  g_autofree char *once = collect_strings (source);
  g_autofree char *twice = collect_strings (source);

  g_assert_cmpstr (once, ==, "one||three|last");
  g_assert_cmpstr (twice, ==, "");
  g_assert_false (g_input_stream_is_closed (stream));
}

static gpointer
iterate_thread (gpointer data)
{
  g_auto(GValue) value = G_VALUE_INIT;

  pl_iterator_next (data, &value, NULL, NULL);
  return NULL;
}

/* One run waits for a line that never comes, and so do others that wait for their turn. */
static void
test_lines_that_do_not_come_hold_up_no_end (void)
{
  int fds[2];

  g_assert_true (g_unix_open_pipe (fds, FD_CLOEXEC, NULL));
  for (guint round = 0; round < pl_test_rounds (50); round++)
    {
      g_autoptr(GInputStream) stream = g_unix_input_stream_new (fds[0], FALSE);
      g_autoptr(PlStage) source = pl_source_new_for_lines (stream);
      PlIterator *iterators[3];
      GThread *threads[G_N_ELEMENTS (iterators)];

      for (guint i = 0; i < G_N_ELEMENTS (iterators); i++)
        {
          iterators[i] = pl_stage_iterate (source);
          threads[i] = g_thread_new ("iterate", iterate_thread, iterators[i]);
        }

      for (guint i = G_N_ELEMENTS (iterators); i-- > 0;)
        {
          pl_iterator_close (iterators[i]);
          g_thread_join (threads[i]);
          g_object_unref (iterators[i]);
        }
    }
  close (fds[0]);
  close (fds[1]);
}

static void
test_lines_that_are_not_utf8_are_an_error (void)
{
  g_autoptr(GInputStream) stream =
    g_memory_input_stream_new_from_data ("one\n\xff\n", -1, NULL);
  g_autoptr(PlStage) source = pl_source_new_for_lines (stream);
  g_autoptr(GError) error = NULL;

  g_assert_false (pl_stage_run (source, NULL, &error));
  g_assert_error (error, G_CONVERT_ERROR, G_CONVERT_ERROR_ILLEGAL_SEQUENCE);
  g_assert_true (g_str_has_prefix (error->message, "stage “source” (sync source, element 1): "));
}

static int
compare_strings (gconstpointer a, gconstpointer b)
{
  return g_strcmp0 (*(const char * const *) a, *(const char * const *) b);
}

static char *
collect_children (GFile *directory, gboolean recursive)
{
  g_autoptr(PlStage) source = pl_source_new_for_children (directory, recursive);
  g_autoptr(GError) error = NULL;
  g_autoptr(GArray) values = pl_stage_collect (source, NULL, &error);
  g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);

  g_assert_no_error (error);
  for (guint i = 0; i < values->len; i++)
    {
      GFile *child = g_value_get_object (&g_array_index (values, GValue, i));

      g_ptr_array_add (paths, g_file_get_relative_path (directory, child));
    }

  g_ptr_array_sort (paths, compare_strings);
  g_ptr_array_add (paths, NULL);
  return g_strjoinv ("|", (GStrv) paths->pdata);
}

static void
test_children_are_those_of_the_directory (void)
{
  g_autofree char *path = g_dir_make_tmp ("pl-children-XXXXXX", NULL);
  g_autoptr(GFile) directory = g_file_new_for_path (path);
  g_autoptr(GFile) below = g_file_get_child (directory, "below");
  g_autoptr(GFile) file = g_file_get_child (below, "file");
  g_autoptr(GFile) link = g_file_get_child (below, "link");
  g_autofree char *flat = NULL;
  g_autofree char *deep = NULL;

  g_assert_true (g_file_make_directory (below, NULL, NULL));
  g_assert_true (g_file_replace_contents (file, "", 0, NULL, FALSE, 0, NULL, NULL, NULL));
  g_assert_true (g_file_make_symbolic_link (link, "..", NULL, NULL));

  flat = collect_children (directory, FALSE);
  deep = collect_children (directory, TRUE);
  g_assert_cmpstr (flat, ==, "below");
  g_assert_cmpstr (deep, ==, "below|below/file|below/link");

  g_file_delete (link, NULL, NULL);
  g_file_delete (file, NULL, NULL);
  g_file_delete (below, NULL, NULL);
  g_file_delete (directory, NULL, NULL);
}

static void
test_children_of_a_missing_directory_are_an_error (void)
{
  g_autoptr(GFile) missing = g_file_new_for_path ("/nonexistent/directory");
  g_autoptr(PlStage) source = pl_source_new_for_children (missing, TRUE);
  g_autoptr(GError) error = NULL;

  g_assert_false (pl_stage_run (source, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

static void
test_func_is_called_until_it_says_no (void)
{
  PlTestCounts counts = { 0 };
  PlStage *source = pl_source_new_for_func (count_to_3, &counts, pl_test_on_free);

  pl_test_assert_ints (source, "0 1 2");
  pl_test_assert_ints (source, "");
  g_assert_finalize_object (source);
  g_assert_cmpint (counts.frees, ==, 1);
}

static void
test_func_fails (void)
{
  PlTestCounts counts = { 0 };
  g_autoptr(PlStage) source = pl_source_new_for_func (fail_at_2, &counts, NULL);

  pl_test_assert_run_error (source, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
                            "stage “source” (sync source, element 2): no space");
}

static void
test_func_that_leaves_its_value_unset_is_an_error (void)
{
  g_autoptr(PlStage) source = pl_source_new_for_func (leave_value_unset, NULL, NULL);
  g_autoptr(GError) error = NULL;

  g_assert_false (pl_stage_run (source, NULL, &error));
  g_assert_error (error, PL_ERROR, PL_ERROR_UNSET_RESULT);
}

static void
test_closure_emits_until_it_says_no (void)
{
  PlTestCounts counts = { 0 };
  GClosure *closure = g_cclosure_new (G_CALLBACK (closure_emit_two), &counts, NULL);
  g_autoptr(PlStage) source = pl_source_new_for_func_with_closure (closure);

  pl_test_assert_ints (source, "0 0 1 1 2 2");
  g_assert_cmpint (counts.calls, ==, 3);
}

static void
test_without_function_is_an_error (void)
{
  g_autoptr(PlStage) source = g_object_new (PL_TYPE_SOURCE, NULL);
  g_autoptr(GError) error = NULL;

  g_assert_false (pl_stage_run (source, NULL, &error));
  g_assert_error (error, PL_ERROR, PL_ERROR_NO_FUNCTION);
}

static void
test_nothing_is_pulled_before_iterating (void)
{
  PlTestCounts counts = { 0 };
  g_autoptr(PlStage) source = pl_source_new_for_func (pl_test_count_up, &counts, NULL);
  g_autoptr(PlIterator) iterator = NULL;

  iterator = pl_stage_iterate (source);
  g_assert_cmpint (counts.calls, ==, 0);
  pl_test_take_int (iterator);
  g_assert_cmpint (counts.calls, ==, 1);
}

static void
test_of_kind_thread_runs_once_for_all_consumers (void)
{
  PlTestCounts counts = { 0 };
  g_autoptr(PlStage) source = pl_source_new_for_func (count_to_3, &counts, NULL);
  g_autoptr(PlStage) a = pl_thread_map (source, pl_test_add1, NULL, NULL);
  g_autoptr(PlStage) b = pl_sync_map (source, pl_test_add1, NULL, NULL);
  g_autoptr(PlStage) all = pl_thread_concat ((PlStage *[]) { a, b, source }, 3);

  pl_stage_set_kind (source, PL_WORKER_KIND_THREAD);
  pl_test_assert_sorted_ints (all, "0 1 1 1 2 2 2 3 3");
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);

#define ADD(name, func) g_test_add_func ("/source/" name, func)
  ADD ("range-gives-the-same-in-every-run", test_range_gives_the_same_in_every_run);
  ADD ("range-reaches-the-limits", test_range_reaches_the_limits);
  ADD ("values-are-copied", test_values_are_copied);
  ADD ("values-may-be-none", test_values_may_be_none);
  ADD ("values-must-be-initialised", test_values_must_be_initialised);
  ADD ("strv-gives-its-strings", test_strv_gives_its_strings);
  ADD ("variant-gives-its-children", test_variant_gives_its_children);
  ADD ("variant-must-be-an-array", test_variant_must_be_an_array);
  ADD ("list-model-gives-the-items-of-the-start", test_list_model_gives_the_items_of_the_start);
  ADD ("lines-are-read-once", test_lines_are_read_once);
  ADD ("lines-that-do-not-come-hold-up-no-end", test_lines_that_do_not_come_hold_up_no_end);
  ADD ("lines-that-are-not-utf8-are-an-error", test_lines_that_are_not_utf8_are_an_error);
  ADD ("children-are-those-of-the-directory", test_children_are_those_of_the_directory);
  ADD ("children-of-a-missing-directory-are-an-error",
       test_children_of_a_missing_directory_are_an_error);
  ADD ("func-is-called-until-it-says-no", test_func_is_called_until_it_says_no);
  ADD ("func-fails", test_func_fails);
  ADD ("func-that-leaves-its-value-unset-is-an-error",
       test_func_that_leaves_its_value_unset_is_an_error);
  ADD ("closure-emits-until-it-says-no", test_closure_emits_until_it_says_no);
  ADD ("without-function-is-an-error", test_without_function_is_an_error);
  ADD ("nothing-is-pulled-before-iterating", test_nothing_is_pulled_before_iterating);
  ADD ("of-kind-thread-runs-once-for-all-consumers",
       test_of_kind_thread_runs_once_for_all_consumers);

  return pl_test_run ();
}
