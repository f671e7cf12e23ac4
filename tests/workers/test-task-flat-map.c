/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-kept.h"

/* What the functions of task flat_maps emit before they answer. */

#define N_EMITTED 20

static gboolean
emit_all_cb (gpointer task)
{
  int number = g_value_get_int (g_task_get_task_data (task));

  for (int i = 0; i < N_EMITTED; i++)
    g_assert_true (pl_test_emit_int (task, number * N_EMITTED + i));
  g_task_return_boolean (task, TRUE);
  return G_SOURCE_REMOVE;
}

static gboolean
emit_next_cb (gpointer task)
{
  int number = g_value_get_int (g_task_get_task_data (task));
  int *n_emitted = g_object_get_data (task, "emitted");

  g_assert_true (pl_test_emit_int (task, number * N_EMITTED + (*n_emitted)++));
  if (*n_emitted < N_EMITTED)
    return G_SOURCE_CONTINUE;

  g_task_return_boolean (task, TRUE);
  return G_SOURCE_REMOVE;
}

static gpointer
emit_all_thread (gpointer data)
{
  g_autoptr(GTask) task = data;

  emit_all_cb (task);
  return NULL;
}

/* From inside of the function, from an idle source, by and by, or from a thread. */
static void
emit_somehow (const GValue *element, GTask *task, PlWorker *worker, gpointer user_data)
{
  g_task_set_task_data (task, (gpointer) element, NULL);
  switch (g_value_get_int (element) % 4)
    {
    case 0:
      emit_all_cb (task);
      break;

    case 1:
      pl_test_later (task, emit_all_cb);
      break;

    case 2:
      g_object_set_data_full (G_OBJECT (task), "emitted", g_new0 (int, 1), g_free);
      pl_test_later (task, emit_next_cb);
      break;

    default:
      pl_test_in_thread (task, emit_all_thread);
    }
}

/* Whatever is done meanwhile with others. */
static void
test_emissions_of_an_element_keep_their_order (gconstpointer data)
{
  const int n_elements = pl_test_rounds (200);
  g_autoptr(PlStage) numbers = pl_source_new_range (0, n_elements);
  g_autoptr(PlStage) stage = pl_task_flat_map (numbers, emit_somehow, NULL, NULL);
  g_autoptr(PlIterator) iterator = NULL;
  g_autofree int *n_seen = g_new0 (int, n_elements);
  g_auto(GValue) value = G_VALUE_INIT;
  guint n = 0;

  pl_stage_set_workers (stage, 4);
  pl_stage_set_maxsize (stage, GPOINTER_TO_UINT (data));
  iterator = pl_stage_iterate (stage);
  for (; pl_iterator_next (iterator, &value, NULL, NULL); n++)
    {
      int number = g_value_get_int (&value);

      g_assert_cmpint (number % N_EMITTED, ==, n_seen[number / N_EMITTED]++);
    }
  g_assert_cmpuint (n, ==, n_elements * N_EMITTED);
}

/* Tells the path of its element, which is to be that in which the source's numbers were taken
 * apart. */
static void
check_path (const GValue *element, GTask *task, PlWorker *worker, gpointer user_data)
{
  int number = g_value_get_int (element);
  guint n_indices;
  const gint64 *path = pl_worker_get_element_index (worker, &n_indices);

  g_assert_cmpuint (n_indices, ==, 2);
  g_assert_cmpint (path[0], ==, number / N_EMITTED);
  g_assert_cmpint (path[1], ==, number % N_EMITTED);
  pl_test_return_int (task, number);
}

static void
test_paths_say_where_elements_come_from (void)
{
  const int n_elements = pl_test_rounds (200);
  g_autoptr(PlStage) numbers = pl_source_new_range (0, n_elements);
  g_autoptr(PlStage) stage = pl_task_flat_map (numbers, emit_somehow, NULL, NULL);
  g_autoptr(PlStage) checked = pl_task_map (stage, check_path, NULL, NULL);
  g_autoptr(PlStage) ordered = pl_task_ordered (checked);
  g_autoptr(PlIterator) iterator = NULL;
  g_auto(GValue) value = G_VALUE_INIT;
  int n = 0;

  pl_stage_set_workers (stage, 8);
  pl_stage_set_workers (checked, 3);
  iterator = pl_stage_iterate (ordered);
  for (; pl_iterator_next (iterator, &value, NULL, NULL); n++)
    g_assert_cmpint (g_value_get_int (&value), ==, n);
  g_assert_cmpint (n, ==, n_elements * N_EMITTED);
}

static void
emit_three (const GValue *element, GTask *task, PlWorker *worker, gpointer user_data)
{
  ((PlTestCounts *) user_data)->calls++;
  for (int i = 0; i < 3; i++)
    g_assert_true (pl_test_emit_int (task, g_value_get_int (element) * 3 + i));
  g_task_return_boolean (task, TRUE);
}

/* What one function emits is all that the stage is ahead, however many workers it has: its next
 * element begins when all of that has a place. */
static void
test_full_output_lets_no_element_begin (void)
{
  PlTestCounts counts = { 0 };
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 10);
  g_autoptr(PlStage) stage = pl_task_flat_map (numbers, emit_three, &counts, NULL);
  g_autoptr(PlIterator) iterator = NULL;

  pl_stage_set_workers (stage, 4);
  iterator = pl_stage_iterate_bounded (stage, 1);
  for (int n_taken = 0; n_taken < 30; n_taken++)
    {
      pl_test_settle ();
      /* One is in the queue; the others have been put when it was the last of the three. */
      g_assert_cmpint (counts.calls, ==, MIN (1 + n_taken / 3 + (n_taken % 3 == 2), 10));
      g_assert_cmpint (pl_test_take_int (iterator), ==, n_taken);
    }
  pl_test_assert_end (iterator);
}

/* Those that have been told that nobody wants more. */
typedef struct
{
  int n_sources;
  int n_threads;
} PlTestTold;

/* Its pauses are for the memory that it would fill. */
static gpointer
emit_endlessly_thread (gpointer data)
{
  g_autoptr(GTask) task = data;
  PlTestTold *told = g_task_get_task_data (task);

  while (pl_test_emit_int (task, 1))
    g_usleep (100);
  g_atomic_int_inc (&told->n_threads);
  return NULL;
}

static gboolean
emit_endlessly_cb (gpointer task)
{
  PlTestTold *told = g_task_get_task_data (task);

  if (pl_test_emit_int (task, 1))
    return G_SOURCE_CONTINUE;

  told->n_sources++;
  return G_SOURCE_REMOVE;
}

static void
emit_endlessly (const GValue *element, GTask *task, PlWorker *worker, gpointer user_data)
{
  g_task_set_task_data (task, user_data, NULL);
  if (g_value_get_int (element) == 0)
    pl_test_in_thread (task, emit_endlessly_thread);
  else
    pl_test_later (task, emit_endlessly_cb);
}

static void
test_endless_emitter_is_told_of_the_end (void)
{
  PlTestTold told = { 0 };
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 2);
  g_autoptr(PlStage) stage = pl_task_flat_map (numbers, emit_endlessly, &told, NULL);
  g_autoptr(PlIterator) iterator = NULL;

  pl_stage_set_workers (stage, 2);
  iterator = pl_stage_iterate_bounded (stage, 1);
  for (int i = 0; i < 50; i++)
    pl_test_take_int (iterator);
  g_clear_object (&iterator);
  pl_test_iterate_until (told.n_sources == 1);
  pl_test_wait_for (&told.n_threads, 1);
}

/* An error of another element ends the run for the emitter too. */
static int n_objects;

static void
object_freed_cb (gpointer data, GObject *object)
{
  g_atomic_int_add (&n_objects, -1);
}

/* Ends when it is told to. */
static gpointer
emit_objects_thread (gpointer data)
{
  g_autoptr(GTask) task = data;
  gboolean goes_on = TRUE;

  while (goes_on)
    {
      g_auto(GValue) value = G_VALUE_INIT;
      GObject *object = g_object_new (G_TYPE_OBJECT, NULL);

      g_atomic_int_inc (&n_objects);
      g_object_weak_ref (object, object_freed_cb, NULL);
      g_value_init (&value, G_TYPE_OBJECT);
      g_value_take_object (&value, object);
      goes_on = pl_task_emit (task, &value);
      g_usleep (1); /* valgrind runs one thread at a time, and is not fair */
    }

  g_task_return_boolean (task, TRUE);
  return NULL;
}

static void
emit_objects (const GValue *element, GTask *task, PlWorker *worker, gpointer user_data)
{
  *(GThread **) user_data = g_thread_new ("emit", emit_objects_thread, g_object_ref (task));
}

/* What is emitted while the run ends is freed too. */
static void
test_nothing_emitted_is_left_behind (void)
{
  for (guint round = 0; round < pl_test_rounds (500); round++)
    {
      GThread *thread = NULL;
      g_autoptr(PlStage) numbers = pl_source_new_range (0, 1);
      g_autoptr(PlStage) stage = pl_task_flat_map (numbers, emit_objects, &thread, NULL);
      g_autoptr(PlIterator) iterator = pl_stage_iterate (stage);
      g_auto(GValue) value = G_VALUE_INIT;

      g_assert_true (pl_iterator_next (iterator, &value, NULL, NULL));
      g_clear_object (&iterator);
      g_thread_join (thread);
      g_value_unset (&value);
      pl_test_settle ();
      g_assert_cmpint (n_objects, ==, 0);
    }
}

static void
emit_and_fail (const GValue *element, GTask *task, PlWorker *worker, gpointer user_data)
{
  if (g_value_get_int (element) < 2)
    emit_endlessly (element, task, worker, user_data);
  else
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_BUSY, "busy");
}

static void
test_endless_emitter_is_told_of_an_error (void)
{
  PlTestTold told = { 0 };
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 3);
  g_autoptr(PlStage) stage = pl_task_flat_map (numbers, emit_and_fail, &told, NULL);

  pl_stage_set_workers (stage, 3);
  pl_test_assert_run_error (stage, G_IO_ERROR, G_IO_ERROR_BUSY,
                            "stage “flat_map” (task flat_map, worker 0, element 2): busy");
  pl_test_iterate_until (told.n_sources == 1);
  pl_test_wait_for (&told.n_threads, 1);
}

static void
test_arguments_are_checked (void)
{
  g_auto(PlTestKept) kept = PL_TEST_KEPT_INIT;
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 1);
  g_autoptr(PlStage) map = pl_task_map (numbers, pl_test_keep, &kept, NULL);
  g_autoptr(PlStage) flat_map = pl_task_flat_map (numbers, pl_test_keep, &kept, NULL);
  g_autoptr(PlIterator) iterator = pl_stage_iterate (map);
  g_autoptr(PlIterator) flat_iterator = NULL;
  g_autoptr(GTask) foreign = g_task_new (numbers, NULL, NULL, NULL);
  GValue unset = G_VALUE_INIT;

  pl_test_settle ();
  flat_iterator = pl_stage_iterate (flat_map);
  pl_test_settle ();
  g_assert_cmpuint (kept.tasks->len, ==, 2);

#define EXPECT(pattern) g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, pattern)
  EXPECT ("pl_task_emit:*G_IS_TASK*");
  g_assert_false (pl_task_emit (NULL, &unset));
  EXPECT ("pl_task_emit:*G_IS_VALUE*");
  g_assert_false (pl_task_emit (g_ptr_array_index (kept.tasks, 1), &unset));
  EXPECT ("pl_task_emit:*G_IS_VALUE*");
  g_assert_false (pl_task_emit (g_ptr_array_index (kept.tasks, 1), NULL));
  EXPECT ("pl_task_emit:*emits*");
  g_assert_false (pl_test_emit_int (g_ptr_array_index (kept.tasks, 0), 1));
  EXPECT ("pl_task_emit:*pl_task_worker_check*");
  g_assert_false (pl_test_emit_int (foreign, 1));
  g_test_assert_expected_messages ();
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);

#define ADD(name, func) g_test_add_func ("/task-flat-map/" name, func)
#define ADD_FOR(name, data, func) g_test_add_data_func ("/task-flat-map/" name, data, func)
  ADD_FOR ("emissions-of-an-element-keep-their-order/unbounded", GUINT_TO_POINTER (0),
           test_emissions_of_an_element_keep_their_order);
  ADD_FOR ("emissions-of-an-element-keep-their-order/bounded", GUINT_TO_POINTER (3),
           test_emissions_of_an_element_keep_their_order);
  ADD ("paths-say-where-elements-come-from", test_paths_say_where_elements_come_from);
  ADD ("full-output-lets-no-element-begin", test_full_output_lets_no_element_begin);
  ADD ("endless-emitter-is-told-of-the-end", test_endless_emitter_is_told_of_the_end);
  ADD ("endless-emitter-is-told-of-an-error", test_endless_emitter_is_told_of_an_error);
  ADD ("nothing-emitted-is-left-behind", test_nothing_emitted_is_left_behind);
  ADD ("arguments-are-checked", test_arguments_are_checked);

  return pl_test_run ();
}
