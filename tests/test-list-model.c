/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-list.h"

/* Simulates work: at least this long, whatever else the machine does. */
#define WORK_USEC 1000

/* More of that than a dispatch of a few milliseconds has time for. */
#define MAX_WORK_PER_DISPATCH 5

/* The most items that those who need so long for each are told of at once. */
#define MAX_SLOW_BATCH 16

static int
get_int (GListModel *list, guint position)
{
  g_autoptr(PlValueObject) item = g_list_model_get_item (list, position);

  return g_value_get_int (pl_value_object_get_value (item));
}

static PlStage *
make_range (const PlTestKind *kind, int n)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, n);

  return kind->map (numbers, pl_test_add1, NULL, NULL);
}

static void
test_fills_with_each_element (const PlTestKind *kind)
{
  g_autoptr(PlStage) added = make_range (kind, 1000);
  g_autoptr(GListModel) list = pl_stage_to_list_model (added);
  PlTestTold told = { 0 };

  pl_test_listen (list, &told);
  g_assert_cmpuint (g_list_model_get_n_items (list), ==, 0);
  pl_test_iterate_until_ended (list);
  g_assert_cmpuint (g_list_model_get_n_items (list), ==, 1000);
  g_assert_cmpuint (told.n_items, ==, 1000);
  for (int i = 0; i < 1000; i++)
    g_assert_cmpint (get_int (list, i), ==, i + 1);
  g_assert_null (g_list_model_get_item (list, 1000));
}

static gboolean
make_object (const GValue *element,
             GValue *result,
             PlWorker *worker,
             gpointer user_data,
             GError **error)
{
  GObject **objects = user_data;

  g_value_init (result, g_value_get_int (element) == 0 ? G_TYPE_FILE : G_TYPE_OBJECT);
  g_value_set_object (result, objects[g_value_get_int (element)]);
  return TRUE;
}

static void
test_objects_are_the_items (const PlTestKind *kind)
{
  g_autoptr(GFile) file = g_file_new_for_path ("/");
  g_autoptr(GObject) object = g_object_new (G_TYPE_OBJECT, NULL);
  GObject *objects[] = { G_OBJECT (file), object };
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 2);
  g_autoptr(PlStage) made = kind->map (numbers, make_object, objects, NULL);
  GListModel *list = pl_stage_to_list_model (made);

  g_assert_true (g_list_model_get_item_type (list) == G_TYPE_OBJECT);
  pl_test_iterate_until_ended (list);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr(GObject) item = g_list_model_get_item (list, i);

      g_assert_true (item == objects[i]);
    }

  g_assert_finalize_object (list);
  g_assert_finalize_object (g_steal_pointer (&object));
}

static int n_copies;
static int n_frees;

static gpointer
counted_copy (gpointer boxed)
{
  g_atomic_int_inc (&n_copies);
  return g_memdup2 (boxed, sizeof (int));
}

static void
counted_free (gpointer boxed)
{
  g_atomic_int_inc (&n_frees);
  g_free (boxed);
}

static gboolean
make_counted (const GValue *element,
              GValue *result,
              PlWorker *worker,
              gpointer user_data,
              GError **error)
{
  g_value_init (result, g_type_from_name ("PlTestCounted"));
  g_value_take_boxed (result, g_new0 (int, 1));
  return TRUE;
}

static void
test_elements_are_moved (const PlTestKind *kind)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 10);
  g_autoptr(PlStage) made = kind->map (numbers, make_counted, NULL, NULL);
  g_autoptr(GListModel) list = NULL;

  if (g_type_from_name ("PlTestCounted") == 0)
    g_boxed_type_register_static ("PlTestCounted", counted_copy, counted_free);
  n_frees = 0;

  list = pl_stage_to_list_model (made);
  pl_test_iterate_until_ended (list);
  g_assert_cmpint (n_copies, ==, 0);
  g_assert_cmpint (n_frees, ==, 0);
  g_clear_object (&list);
  g_assert_cmpint (n_copies, ==, 0);
  g_assert_cmpint (n_frees, ==, 10);
}

static void
test_changes_are_told_once (const PlTestKind *kind)
{
  g_autoptr(PlStage) added = make_range (kind, 100);
  g_autoptr(GListModel) list = pl_stage_to_list_model (added);
  PlTestTold told = { 0 };
  guint n_items;
  guint n_elements;
  gboolean pending;
  GType item_type;

  pl_test_listen (list, &told);
  pl_test_iterate_until_ended (list);
  pl_test_iterate_while_ready ();
  g_assert_cmpuint (told.n_notified_items, ==, told.n_batches);
  g_assert_cmpuint (told.n_notified_elements, ==, told.n_batches);
  g_assert_cmpuint (told.n_notified_pending, ==, 1);
  g_assert_cmpuint (told.n_notified_errors, ==, 0);

  g_object_get (list, "n-items", &n_items, "n-elements", &n_elements, "pending", &pending,
                "item-type", &item_type, NULL);
  g_assert_cmpuint (n_items, ==, 100);
  g_assert_cmpuint (n_elements, ==, 100);
  g_assert_cmpuint (pl_list_model_get_n_elements (PL_LIST_MODEL (list)), ==, 100);
  g_assert_false (pending);
  g_assert_true (item_type == G_TYPE_OBJECT);
}

static void
test_empty_pipeline_ends_without_items (const PlTestKind *kind)
{
  g_autoptr(PlStage) added = make_range (kind, 0);
  g_autoptr(GListModel) list = pl_stage_to_list_model (added);
  PlTestTold told = { 0 };

  pl_test_listen (list, &told);
  g_assert_true (pl_list_model_get_pending (PL_LIST_MODEL (list)));
  pl_test_iterate_until_ended (list);
  g_assert_cmpuint (told.n_batches, ==, 0);
  g_assert_cmpuint (told.n_notified_items, ==, 0);
  g_assert_cmpuint (told.n_notified_pending, ==, 1);
  g_assert_null (pl_list_model_get_error (PL_LIST_MODEL (list)));
}

static void
pending_cb (GObject *object, GParamSpec *pspec, gpointer user_data)
{
  PlListModel *list = PL_LIST_MODEL (object);
  PlTestTold *told = user_data;

  g_assert_false (pl_list_model_get_pending (list));
  g_assert_nonnull (pl_list_model_get_error (list));
  g_assert_cmpuint (told->n_items, ==, g_list_model_get_n_items (G_LIST_MODEL (list)));
}

static void
test_error_is_told (const PlTestKind *kind)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 10);
  g_autoptr(PlStage) failing = kind->map (numbers, pl_test_fail, GINT_TO_POINTER (5), NULL);
  g_autoptr(GListModel) list = pl_stage_to_list_model (failing);
  g_autoptr(GError) error = NULL;
  PlTestTold told = { 0 };

  pl_test_listen (list, &told);
  g_signal_connect (list, "notify::pending", G_CALLBACK (pending_cb), &told);
  g_assert_null (pl_list_model_get_error (PL_LIST_MODEL (list)));
  pl_test_iterate_until_ended (list);

  g_assert_cmpuint (told.n_notified_errors, ==, 1);
  g_assert_cmpuint (told.n_notified_pending, ==, 1);
  g_object_get (list, "error", &error, NULL);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
  g_assert_true (g_str_has_suffix (error->message, "element 5): no space"));
  g_assert_error (pl_list_model_get_error (PL_LIST_MODEL (list)), G_IO_ERROR, G_IO_ERROR_NO_SPACE);
}

/* Fails with what @user_data points to, once the test has set it. */
static gboolean
fail_when_told (const GValue *element, PlWorker *worker, gpointer user_data, GError **error)
{
  pl_test_wait_for (user_data, 1);
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE, "no space");
  return FALSE;
}

static void
test_items_stay_after_an_error (void)
{
  int is_told = 0;
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 10);
  g_autoptr(PlStage) added = pl_thread_map (numbers, pl_test_add1, NULL, NULL);
  g_autoptr(PlStage) one = pl_source_new_range (0, 1);
  g_autoptr(PlStage) failing = pl_thread_each (one, fail_when_told, &is_told, NULL);
  g_autoptr(PlStage) both = pl_thread_concat ((PlStage *[]) { added, failing }, 2);
  g_autoptr(GListModel) list = pl_stage_to_list_model (both);

  pl_test_iterate_until_filled (list, 10);
  g_assert_true (pl_list_model_get_pending (PL_LIST_MODEL (list)));
  g_atomic_int_set (&is_told, 1);
  pl_test_iterate_until_ended (list);
  g_assert_nonnull (pl_list_model_get_error (PL_LIST_MODEL (list)));
  g_assert_cmpuint (g_list_model_get_n_items (list), ==, 10);
  g_assert_cmpint (get_int (list, 9), ==, 10);
}

static void
test_wrong_pipeline_is_the_error (void)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 10);
  g_autoptr(PlStage) added = pl_thread_map (numbers, pl_test_add1, NULL, NULL);
  g_autoptr(GListModel) list = NULL;

  pl_stage_set_workers (added, 0);
  list = pl_stage_to_list_model (added);
  pl_test_iterate_until_ended (list);
  g_assert_error (pl_list_model_get_error (PL_LIST_MODEL (list)), PL_ERROR,
                  PL_ERROR_INVALID_WORKERS);
}

static void
skipped_cb (PlStage *stage, const GValue *element, const GError *error, gpointer user_data)
{
  guint *n_skipped = user_data;

  g_assert_cmpint (g_value_get_int (element), ==, 5);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
  (*n_skipped)++;
}

static void
test_skipped_elements_are_told (const PlTestKind *kind)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 10);
  g_autoptr(PlStage) failing = kind->map (numbers, pl_test_fail, GINT_TO_POINTER (5), NULL);
  g_autoptr(GListModel) list = NULL;
  guint n_skipped = 0;

  pl_stage_set_error_policy (failing, PL_ERROR_POLICY_SKIP);
  g_signal_connect (failing, "skipped", G_CALLBACK (skipped_cb), &n_skipped);
  list = pl_stage_to_list_model (failing);
  pl_test_iterate_until_ended (list);
  g_assert_cmpuint (n_skipped, ==, 1);
  g_assert_cmpuint (g_list_model_get_n_items (list), ==, 9);
}

/* A model that is asked for its items, and the number of those that it has told of. */
typedef struct
{
  GListModel *list;
  PlTestTold told;
  guint n_calls;
} PlTestAsk;

static void
ask_model (PlTestAsk *ask)
{
  ask->n_calls++;
  if (ask->list != NULL)
    {
      g_assert_cmpuint (g_list_model_get_n_items (ask->list), ==, ask->told.n_items);
      g_assert_null (g_list_model_get_item (ask->list, ask->told.n_items));
    }
}

static void
ask_when_skipped_cb (PlStage *stage, const GValue *element, const GError *error, gpointer user_data)
{
  ask_model (user_data);
}

static gboolean
ask_in_function (const GValue *element, PlWorker *worker, gpointer user_data, GError **error)
{
  ask_model (user_data);
  return TRUE;
}

/* A view relies on it: whatever runs on the context between the two sees the items as they were. */
static void
test_items_are_there_when_they_are_told (const PlTestKind *kind)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 10);
  g_autoptr(PlStage) failing = kind->map (numbers, pl_test_fail, GINT_TO_POINTER (5), NULL);
  PlTestAsk ask = { 0 };
  g_autoptr(PlStage) asking = pl_sync_each (failing, ask_in_function, &ask, NULL);
  g_autoptr(PlStage) both = pl_sync_concat ((PlStage *[]) { failing, asking }, 2);
  guint n_threads = pl_test_count_threads ();
  g_autoptr(GListModel) list = NULL;

  pl_stage_set_error_policy (failing, PL_ERROR_POLICY_SKIP);
  g_signal_connect (failing, "skipped", G_CALLBACK (ask_when_skipped_cb), &ask);
  list = pl_stage_to_list_model (both);
  if (kind->kind == PL_WORKER_KIND_THREAD)
    pl_test_wait_for_threads (n_threads);

  ask.list = list;
  pl_test_listen (list, &ask.told);
  pl_test_iterate_until_ended (list);
  g_assert_cmpuint (ask.n_calls, >=, 10);
}

static void
test_fills_on_the_callers_context (const PlTestKind *kind)
{
  g_autoptr(GMainContext) context = g_main_context_new ();
  g_autoptr(PlStage) added = make_range (kind, 100);
  g_autoptr(GListModel) list = NULL;

  g_main_context_push_thread_default (context);
  list = pl_stage_to_list_model (added);
  g_main_context_pop_thread_default (context);

  g_assert_false (g_main_context_pending (NULL));
  while (pl_list_model_get_pending (PL_LIST_MODEL (list)))
    g_main_context_iteration (context, TRUE);
  g_assert_cmpuint (g_list_model_get_n_items (list), ==, 100);
}

static guint
attach_redraw (guint *n_redraws)
{
  return g_idle_add_full (PL_TEST_REDRAW_PRIORITY, pl_test_count_cb, n_redraws, NULL);
}

/* As long as there is something to draw, which here is always, the model does not fill. */
static void
test_drawing_goes_first (const PlTestKind *kind)
{
  PlTestCounts counts = { 0 };
  g_autoptr(PlStage) endless = pl_test_make_endless (kind, &counts);
  g_autoptr(GListModel) list = pl_stage_to_list_model (endless);
  guint n_redraws = 0;
  guint id = attach_redraw (&n_redraws);

  while (n_redraws < 100)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (g_list_model_get_n_items (list), ==, 0);

  g_source_remove (id);
  pl_test_iterate_until_filled (list, 1);
}

static gboolean
work (const GValue *element, GValue *result, PlWorker *worker, gpointer user_data, GError **error)
{
  g_usleep (WORK_USEC);
  return pl_test_add1 (element, result, worker, user_data, error);
}

static gboolean
drop_all (const GValue *element,
          gboolean *keep,
          PlWorker *worker,
          gpointer user_data,
          GError **error)
{
  PlTestCounts *counts = user_data;

  g_usleep (WORK_USEC);
  g_atomic_int_inc (&counts->calls);
  *keep = FALSE;
  return TRUE;
}

/* However slow the machine is: the more time an element takes, the fewer there are in a batch. */
static void
test_batches_leave_the_loop_time (void)
{
  PlTestCounts counts = { 0 };
  g_autoptr(PlStage) endless = pl_source_new_for_func (pl_test_count_up, &counts, NULL);
  g_autoptr(PlStage) worked = pl_sync_map (endless, work, NULL, NULL);
  g_autoptr(GListModel) list = pl_stage_to_list_model (worked);
  PlTestTold told = { 0 };

  pl_test_listen (list, &told);
  while (told.n_batches < 20)
    {
      guint n_before = told.n_batches;

      g_main_context_iteration (NULL, TRUE);
      g_assert_cmpuint (told.n_batches, <=, n_before + 1);
    }
  g_assert_cmpuint (told.largest_batch, <=, MAX_WORK_PER_DISPATCH);
}

/* There is never an element, only the looking for one. */
static void
test_filters_leave_the_loop_time (void)
{
  PlTestCounts counts = { 0 };
  PlTestCounts dropped = { 0 };
  g_autoptr(PlStage) endless = pl_source_new_for_func (pl_test_count_up, &counts, NULL);
  g_autoptr(PlStage) none = pl_sync_filter (endless, drop_all, &dropped, NULL);
  g_autoptr(PlStage) added = pl_sync_map (none, pl_test_add1, NULL, NULL);
  g_autoptr(GListModel) list = pl_stage_to_list_model (added);

  while (dropped.calls < 20)
    {
      int n_before = dropped.calls;

      g_main_context_iteration (NULL, TRUE);
      g_assert_cmpint (dropped.calls, <=, n_before + MAX_WORK_PER_DISPATCH);
    }
  g_assert_true (pl_list_model_get_pending (PL_LIST_MODEL (list)));
}

static void
listen_slowly_cb (GListModel *list, guint position, guint removed, guint added, gpointer user_data)
{
  g_usleep (added * WORK_USEC);
}

/* As many elements wait as would keep those who listen busy for two seconds. */
static void
test_slow_listeners_leave_the_loop_time (void)
{
  PlTestCounts counts = { 0 };
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 2000);
  g_autoptr(PlStage) added = pl_thread_map (numbers, pl_test_add1, &counts, NULL);
  g_autoptr(GListModel) list = pl_stage_to_list_model (added);
  PlTestTold told = { 0 };

  pl_test_wait_for (&counts.calls, 2000);
  pl_test_listen (list, &told);
  g_signal_connect (list, "items-changed", G_CALLBACK (listen_slowly_cb), NULL);
  pl_test_iterate_until_ended (list);
  g_assert_cmpuint (told.n_items, ==, 2000);
  g_assert_cmpuint (told.largest_batch, <=, MAX_SLOW_BATCH);
}

/* A source that is ready now and then, as a frame clock is, runs between the batches. */
static void
test_drawing_goes_on_meanwhile (const PlTestKind *kind)
{
  PlTestCounts counts = { 0 };
  g_autoptr(PlStage) endless = pl_test_make_endless (kind, &counts);
  g_autoptr(GListModel) list = pl_stage_to_list_model (endless);
  guint n_redraws = 0;
  guint id = g_timeout_add_full (PL_TEST_REDRAW_PRIORITY, 16, pl_test_count_cb, &n_redraws, NULL);

  while (n_redraws < 10)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (g_list_model_get_n_items (list), >, 0);
  g_source_remove (id);
}

/* The thread stage has made its elements before the model begins to look. */
static void
test_batches_have_many_elements (const PlTestKind *kind)
{
  PlTestCounts counts = { 0 };
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 2000);
  g_autoptr(PlStage) added = kind->map (numbers, pl_test_add1, &counts, NULL);
  g_autoptr(GListModel) list = NULL;
  PlTestTold told = { 0 };

  if (kind->kind == PL_WORKER_KIND_TASK)
    pl_stage_set_workers (added, 100);
  list = pl_stage_to_list_model (added);
  if (kind->kind == PL_WORKER_KIND_THREAD)
    pl_test_wait_for (&counts.calls, 2000);
  pl_test_listen (list, &told);
  pl_test_iterate_until_ended (list);
  g_assert_cmpuint (told.n_items, ==, 2000);
  g_assert_cmpuint (told.n_batches, <, 500);
}

static void
test_each_model_is_a_run_of_its_own (const PlTestKind *kind)
{
  g_autoptr(PlStage) added = make_range (kind, 10);
  g_autoptr(GListModel) first = pl_stage_to_list_model (added);
  g_autoptr(GListModel) second = pl_stage_to_list_model (added);

  pl_test_iterate_until_ended (first);
  pl_test_iterate_until_ended (second);
  g_assert_cmpuint (g_list_model_get_n_items (first), ==, 10);
  g_assert_cmpuint (g_list_model_get_n_items (second), ==, 10);
}

static void
test_without_a_stage_is_empty (void)
{
  g_autoptr(PlListModel) list = g_object_new (PL_TYPE_LIST_MODEL, NULL);

  g_assert_false (pl_list_model_get_pending (list));
  g_assert_null (pl_list_model_get_error (list));
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (list)), ==, 0);
}

static void
test_null_arguments_are_refused (void)
{
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "pl_stage_to_list_model:*IS_STAGE*");
  g_assert_null (pl_stage_to_list_model (NULL));
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "*get_pending:*IS_LIST_MODEL*");
  g_assert_false (pl_list_model_get_pending (NULL));
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "*get_error:*IS_LIST_MODEL*");
  g_assert_null (pl_list_model_get_error (NULL));
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "*get_n_elements:*IS_LIST_MODEL*");
  g_assert_cmpuint (pl_list_model_get_n_elements (NULL), ==, 0);
  g_test_assert_expected_messages ();
}

static void
status_cb (GListModel *list, GParamSpec *pspec, gpointer user_data)
{
  g_autoptr(PlRunStatus) status = pl_list_model_dup_status (PL_LIST_MODEL (list));

  *(guint64 *) user_data = pl_run_status_get_elements (status);
}

/* While it fills, and once it has. */
static void
test_tells_how_the_run_is_doing (const PlTestKind *kind)
{
  g_autoptr(PlStage) added = make_range (kind, 1000);
  g_autoptr(GListModel) list = pl_stage_to_list_model (added);
  g_autoptr(PlRunStatus) before = pl_list_model_dup_status (PL_LIST_MODEL (list));
  g_autoptr(PlRunStatus) after = NULL;
  guint64 n_told = 0;

  g_assert_cmpuint (pl_run_status_get_elements (before), ==, 0);

  g_signal_connect (list, "notify::status", G_CALLBACK (status_cb), &n_told);
  pl_test_iterate_until_ended (list);
  g_assert_cmpuint (n_told, ==, 1000);

  after = pl_list_model_dup_status (PL_LIST_MODEL (list));
  g_assert_true (pl_run_status_get_done (after));
  g_assert_cmpuint (pl_stage_status_get_elements_out (
                      pl_run_status_get_stage_status (after, added)), ==, 1000);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);

#define ADD(name, func) pl_test_add ("/list-model/" name, func)
#define ADD_ONE(name, func) g_test_add_func ("/list-model/" name, func)
  ADD ("tells-how-the-run-is-doing", test_tells_how_the_run_is_doing);
  ADD ("fills-with-each-element", test_fills_with_each_element);
  ADD ("objects-are-the-items", test_objects_are_the_items);
  pl_test_add_returning ("/list-model/elements-are-moved", test_elements_are_moved);
  ADD ("changes-are-told-once", test_changes_are_told_once);
  ADD ("an-empty-pipeline-ends-without-items", test_empty_pipeline_ends_without_items);
  ADD ("error-is-told", test_error_is_told);
  ADD_ONE ("items-stay-after-an-error/thread", test_items_stay_after_an_error);
  ADD_ONE ("a-wrong-pipeline-is-the-error", test_wrong_pipeline_is_the_error);
  ADD ("skipped-elements-are-told", test_skipped_elements_are_told);
  ADD ("items-are-there-when-they-are-told", test_items_are_there_when_they_are_told);
  ADD ("fills-on-the-callers-context", test_fills_on_the_callers_context);
  ADD ("drawing-goes-first", test_drawing_goes_first);
  ADD ("drawing-goes-on-meanwhile", test_drawing_goes_on_meanwhile);
  ADD_ONE ("batches-leave-the-loop-time/sync", test_batches_leave_the_loop_time);
  ADD_ONE ("slow-listeners-leave-the-loop-time/thread", test_slow_listeners_leave_the_loop_time);
  ADD_ONE ("filters-leave-the-loop-time/sync", test_filters_leave_the_loop_time);
  ADD ("batches-have-many-elements", test_batches_have_many_elements);
  ADD ("each-model-is-a-run-of-its-own", test_each_model_is_a_run_of_its_own);
  ADD_ONE ("without-a-stage-is-empty", test_without_a_stage_is_empty);
  ADD_ONE ("null-arguments-are-refused", test_null_arguments_are_refused);

  return pl_test_run ();
}
