/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-kept.h"
#include "pl-test-thread.h"

/* What waits for the on_start and on_done of a task stage, which answer later, and what they share
 * with its elements. */

static void
keep_start (GTask *task, PlWorker *worker, gpointer user_data)
{
  PlTestKept *kept = user_data;

  kept->counts.starts++;
  pl_test_keep_task (kept, task);
}

static void
keep_done (PlStageStatus *status, GTask *task, PlWorker *worker, gpointer user_data)
{
  PlTestKept *kept = user_data;

  kept->counts.dones++;
  pl_test_keep_task (kept, task);
}

static void
let_go (PlTestKept *kept)
{
  g_autoptr(GTask) task = pl_test_kept_steal (kept, 0);

  g_task_return_boolean (task, TRUE);
  pl_test_settle ();
}

static PlStage *
make_kept_stage (PlTestKept *start, PlTestKept *done, PlTestCounts *counts)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 3);
  PlStage *stage = pl_sync_map (numbers, pl_test_add1, counts, NULL);

  pl_stage_set_kind (stage, PL_WORKER_KIND_TASK);
  pl_stage_set_on_start_task (stage, keep_start, start, NULL);
  pl_stage_set_on_done_task (stage, keep_done, done, NULL);
  return stage;
}

static void
next_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GError) error = NULL;
  g_auto(GValue) value = G_VALUE_INIT;

  g_assert_false (pl_iterator_next_finish (PL_ITERATOR (object), result, &value, &error));
  g_assert_no_error (error);
  *(gboolean *) user_data = TRUE;
}

static void
test_elements_wait_for_the_start_and_the_end_for_on_done (void)
{
  g_auto(PlTestKept) start = PL_TEST_KEPT_INIT;
  g_auto(PlTestKept) done = PL_TEST_KEPT_INIT;
  PlTestCounts counts = { 0 };
  g_autoptr(PlStage) stage = make_kept_stage (&start, &done, &counts);
  g_autoptr(PlIterator) iterator = pl_stage_iterate (stage);
  gboolean has_ended = FALSE;

  pl_test_settle ();
  g_assert_cmpint (start.counts.starts, ==, 1);
  g_assert_cmpint (counts.calls, ==, 0);
  let_go (&start);
  g_assert_cmpint (counts.calls, ==, 3);
  g_assert_cmpint (done.counts.dones, ==, 1);
  for (int i = 1; i <= 3; i++)
    g_assert_cmpint (pl_test_take_int (iterator), ==, i);

  pl_iterator_next_async (iterator, NULL, next_cb, &has_ended);
  pl_test_settle ();
  g_assert_false (has_ended);
  let_go (&done);
  g_assert_true (has_ended);
}

static gboolean
return_true_cb (gpointer task)
{
  g_task_return_boolean (task, TRUE);
  return G_SOURCE_REMOVE;
}

static gboolean
return_busy_cb (gpointer task)
{
  g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_BUSY, "busy");
  return G_SOURCE_REMOVE;
}

/* Answers the start, well or with an error, when it is told that the run is cancelled. */
static void
start_cancelled_cb (GCancellable *cancellable, gpointer task)
{
  pl_test_later (task, return_true_cb);
}

static void
start_failed_cb (GCancellable *cancellable, gpointer task)
{
  pl_test_later (task, return_busy_cb);
}

/* The end waits for the answer, and on_done runs if that is a good one. */
static void
test_start_is_told_when_the_run_is_cancelled (void)
{
  for (int succeeds = 0; succeeds < 2; succeeds++)
    {
      g_auto(PlTestKept) start = PL_TEST_KEPT_INIT;
      PlTestCounts counts = { 0 };
      g_autoptr(PlStage) stage = make_kept_stage (&start, NULL, &counts);
      g_autoptr(PlIterator) iterator = NULL;
      g_autoptr(GCancellable) cancellable = g_cancellable_new ();
      g_autoptr(GError) error = NULL;
      g_auto(GValue) value = G_VALUE_INIT;
      GTask *task;

      pl_stage_set_on_done (stage, pl_test_on_done, &counts, NULL);
      iterator = pl_stage_iterate (stage);
      pl_test_settle ();
      task = g_ptr_array_index (start.tasks, 0);
      g_cancellable_connect (g_task_get_cancellable (task),
                             G_CALLBACK (succeeds ? start_cancelled_cb : start_failed_cb),
                             task, NULL);
      g_idle_add (pl_test_cancel_cb, cancellable);
      g_assert_false (pl_iterator_next (iterator, &value, cancellable, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      g_assert_true (g_task_get_completed (task));
      g_assert_cmpint (counts.calls, ==, 0);
      g_assert_cmpint (counts.dones, ==, succeeds);
    }
}

/* Dropping the iterator waits for no answer; the run goes when it has come. */
static void
test_iterator_may_be_dropped_before_the_start_has_answered (void)
{
  g_auto(PlTestKept) start = PL_TEST_KEPT_INIT;
  g_auto(PlTestKept) done = PL_TEST_KEPT_INIT;
  PlTestCounts counts = { 0 };
  PlStage *stage = make_kept_stage (&start, &done, &counts);
  PlIterator *iterator = pl_stage_iterate (stage);
  GTask *task;

  pl_test_settle ();
  g_assert_finalize_object (iterator);
  task = g_ptr_array_index (start.tasks, 0);
  g_assert_true (g_cancellable_is_cancelled (g_task_get_cancellable (task)));

  let_go (&start);
  g_assert_cmpint (counts.calls, ==, 0);
  g_assert_cmpint (done.counts.dones, ==, 1);
  task = g_ptr_array_index (done.tasks, 0);
  g_assert_null (g_task_get_cancellable (task));
  let_go (&done);
  g_assert_finalize_object (stage);
}

/* What on_start leaves behind. */

static gboolean
set_resource_cb (gpointer data)
{
  GTask *task = data;
  g_autoptr(GObject) session = g_object_new (G_TYPE_OBJECT, NULL);
  g_auto(GValue) value = G_VALUE_INIT;

  g_object_add_weak_pointer (session, g_task_get_task_data (task));
  *(gpointer *) g_task_get_task_data (task) = session;
  g_value_init (&value, G_TYPE_OBJECT);
  g_value_set_object (&value, session);
  pl_worker_set_resource (pl_task_get_worker (task), "session", &value);
  g_task_return_boolean (task, TRUE);
  return G_SOURCE_REMOVE;
}

static void
open_session (GTask *task, PlWorker *worker, gpointer user_data)
{
  g_task_set_task_data (task, user_data, NULL);
  pl_test_later (task, set_resource_cb);
}

static gboolean
answer_with_session_cb (gpointer task)
{
  const GValue *session = pl_worker_get_resource (pl_task_get_worker (task), "session");

  g_task_return_value (task, (GValue *) session);
  return G_SOURCE_REMOVE;
}

static void
use_session (const GValue *element, GTask *task, PlWorker *worker, gpointer user_data)
{
  g_assert_nonnull (pl_worker_get_resource (worker, "session"));
  pl_test_later (task, answer_with_session_cb);
}

static void
close_session (PlStageStatus *status, GTask *task, PlWorker *worker, gpointer user_data)
{
  g_assert_nonnull (pl_worker_get_resource (worker, "session"));
  pl_test_keep_task (user_data, task);
}

static void
test_resources_are_shared_and_stay_until_on_done_has_answered (void)
{
  gpointer session = NULL;
  g_auto(PlTestKept) done = PL_TEST_KEPT_INIT;
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 10);
  g_autoptr(PlStage) stage = pl_task_map (numbers, use_session, NULL, NULL);
  g_autoptr(PlIterator) iterator = NULL;
  g_auto(GValue) value = G_VALUE_INIT;

  pl_stage_set_workers (stage, 4);
  pl_stage_set_on_start_task (stage, open_session, &session, NULL);
  pl_stage_set_on_done_task (stage, close_session, &done, NULL);
  iterator = pl_stage_iterate (stage);
  for (int i = 0; i < 10; i++)
    {
      g_assert_true (pl_iterator_next (iterator, &value, NULL, NULL));
      g_assert_true (g_value_get_object (&value) == session);
    }
  g_value_unset (&value);

  pl_test_kept_wait (&done, 1);
  g_assert_nonnull (session);
  let_go (&done);
  g_assert_null (session);
  g_assert_false (pl_iterator_next (iterator, &value, NULL, NULL));
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);

#define ADD(name, func) g_test_add_func ("/task-start/" name, func)
  ADD ("elements-wait-for-the-start-and-the-end-for-on-done",
       test_elements_wait_for_the_start_and_the_end_for_on_done);
  ADD ("start-is-told-when-the-run-is-cancelled", test_start_is_told_when_the_run_is_cancelled);
  ADD ("iterator-may-be-dropped-before-the-start-has-answered",
       test_iterator_may_be_dropped_before_the_start_has_answered);
  ADD ("resources-are-shared-and-stay-until-on-done-has-answered",
       test_resources_are_shared_and_stay_until_on_done_has_answered);

  return pl_test_run ();
}
