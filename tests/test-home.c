/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include <pypeln-glib/pypeln-glib.h>

/* What a language with one thread is promised. All tests share the thread that has claimed it. */

static GThread *home;
static guint n_released;
static gint64 last_released;
static guint n_calls;

static void
released_cb (guint n_gone, gpointer user_data)
{
  guint n_numbers;
  g_autofree gint64 *numbers = pl_handle_take_released (&n_numbers);

  g_assert_true (g_thread_self () == home);
  g_assert_cmpuint (n_numbers, >=, n_gone);
  g_assert_cmpuint (n_gone, >, 0);
  n_released += n_numbers;
  last_released = numbers[n_numbers - 1];
}

static gint
negate_cb (gint number, gpointer user_data)
{
  g_assert_true (g_thread_self () == home);
  n_calls++;
  return -number;
}

static void
done_cb (PlStageStatus *status, gpointer user_data)
{
  n_calls++;
}

static GClosure *
new_closure (GCallback func)
{
  GClosure *closure = g_cclosure_new (func, NULL, NULL);

  g_closure_set_marshal (closure, g_cclosure_marshal_generic);
  return closure;
}

static gpointer
unref_main (gpointer data)
{
  pl_handle_unref (data);
  return NULL;
}

static void
test_handle_is_released_at_home (void)
{
  PlHandle *handle = pl_handle_new (17);
  guint n_numbers;

  n_released = 0;
  last_released = 0;
  g_assert_cmpint (pl_handle_get_number (handle), ==, 17);
  pl_handle_unref (pl_handle_ref (handle));
  g_thread_join (g_thread_new ("elsewhere", unref_main, handle));

  g_assert_cmpint (last_released, ==, 0);
  while (last_released == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (last_released, ==, 17);
  g_assert_cmpuint (n_released, ==, 1);

  g_assert_null (pl_handle_take_released (&n_numbers));
  g_assert_cmpuint (n_numbers, ==, 0);
}

static void
begin_cb (gint64 element, gint64 job, gboolean is_handle, gpointer user_data)
{
  g_assert_true (is_handle);
  g_assert_true (pl_job_answer_with_handle (job, element + 100));
  g_assert_false (pl_job_answer_with_handle (job, 99));
}

static void
ignore_cb (gint64 job, gpointer user_data)
{
  g_assert_not_reached ();
}

/* A stage of handles with the numbers from 1 to @n. */
static PlStage *
new_handles (guint n)
{
  g_autoptr(GArray) values = g_array_new (FALSE, TRUE, sizeof (GValue));
  PlStage *stage;

  g_array_set_clear_func (values, (GDestroyNotify) g_value_unset);
  for (guint i = 1; i <= n; i++)
    {
      GValue value = G_VALUE_INIT;

      g_value_init (&value, PL_TYPE_HANDLE);
      g_value_take_boxed (&value, pl_handle_new (i));
      g_array_append_val (values, value);
    }
  stage = pl_source_new_for_values ((const GValue *) (gpointer) values->data, n);
  return stage;
}

static void
test_handles_travel_as_numbers (void)
{
  g_autoptr(PlStage) handles = new_handles (3);
  g_autoptr(PlStage) stage =
    pl_job_map (handles, new_closure (G_CALLBACK (begin_cb)), new_closure (G_CALLBACK (ignore_cb)),
                new_closure (G_CALLBACK (ignore_cb)), G_TYPE_NONE);
  g_autoptr(PlIterator) iterator = pl_stage_iterate (stage);
  gint64 expected = 101;
  const GValue *values;
  guint n_values;

  n_released = 0;
  pl_iterator_open_handles (iterator);
  while ((values = pl_iterator_next_values (iterator, 10, &n_values, NULL, NULL)) != NULL)
    {
      guint n_places;
      const guint *places = pl_iterator_get_handle_places (iterator, &n_places);

      g_assert_cmpuint (n_places, ==, n_values);
      for (guint i = 0; i < n_values; i++)
        {
          g_assert_cmpuint (places[i], ==, i);
          g_assert_cmpint (g_value_get_int64 (&values[i]), ==, expected++);
        }
    }
  g_assert_cmpint (expected, ==, 104);

  /* Those of the results, and those that came too late. */
  while (n_released < 6)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (n_released, ==, 6);
}

static void
test_closures_are_not_called_elsewhere (void)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 3);
  g_autoptr(PlStage) negated =
    pl_sync_map_with_closure (numbers, new_closure (G_CALLBACK (negate_cb)), G_TYPE_INT);
  g_autoptr(PlStage) threads = pl_thread_concat (&negated, 1);
  g_autoptr(PlStage) context = pl_task_concat (&negated, 1);
  g_autoptr(PlStage) behind = pl_thread_concat (&context, 1);
  g_autoptr(GError) error = NULL;

  n_calls = 0;
  g_assert_false (pl_stage_run (threads, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
  g_assert_cmpuint (n_calls, ==, 0);

  g_clear_error (&error);
  g_assert_true (pl_stage_run (behind, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (n_calls, ==, 3);
}

static void
test_iterator_that_is_dropped_ends_later (void)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, G_MAXINT);
  PlIterator *iterator;
  g_auto(GValue) value = G_VALUE_INIT;

  pl_stage_set_on_done_with_closure (numbers, new_closure (G_CALLBACK (done_cb)));
  iterator = pl_stage_iterate (numbers);
  g_assert_true (pl_iterator_next (iterator, &value, NULL, NULL));

  n_calls = 0;
  g_object_unref (iterator);
  g_assert_cmpuint (n_calls, ==, 0);
  while (n_calls == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (n_calls, ==, 1);
}

static void
test_json_is_its_text (void)
{
  g_autoptr(PlJson) json = pl_json_new ("[1]");

  g_assert_cmpstr (pl_json_get_text (json), ==, "[1]");
  pl_json_unref (pl_json_ref (json));
  g_assert_true (G_TYPE_IS_BOXED (PL_TYPE_JSON));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  home = g_thread_self ();
  pl_home_claim (G_TYPE_STRV, new_closure (G_CALLBACK (negate_cb)));
  pl_handle_set_released (new_closure (G_CALLBACK (released_cb)));

  g_test_add_func ("/home/handle-is-released-at-home", test_handle_is_released_at_home);
  g_test_add_func ("/home/handles-travel-as-numbers", test_handles_travel_as_numbers);
  g_test_add_func ("/home/closures-are-not-called-elsewhere",
                   test_closures_are_not_called_elsewhere);
  g_test_add_func ("/home/iterator-that-is-dropped-ends-later",
                   test_iterator_that_is_dropped_ends_later);
  g_test_add_func ("/json/is-its-text", test_json_is_its_text);
  return g_test_run ();
}
