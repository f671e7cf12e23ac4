/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-kept.h"

/* What the on_start and on_done of a task stage answer, when and from where. */

static void
return_true (GTask *task)
{
  g_task_return_boolean (task, TRUE);
}

static void
return_false (GTask *task)
{
  g_task_return_boolean (task, FALSE);
}

static void
return_busy (GTask *task)
{
  g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_BUSY, "busy");
}

static gboolean
return_true_cb (gpointer task)
{
  return_true (task);
  return G_SOURCE_REMOVE;
}

static gboolean
return_busy_cb (gpointer task)
{
  return_busy (task);
  return G_SOURCE_REMOVE;
}

static gpointer
return_true_thread (gpointer data)
{
  g_autoptr(GTask) task = data;

  return_true (task);
  return NULL;
}

static gpointer
return_busy_thread (gpointer data)
{
  g_autoptr(GTask) task = data;

  return_busy (task);
  return NULL;
}

static void
return_true_later (GTask *task)
{
  pl_test_later (task, return_true_cb);
}

static void
return_true_in_a_thread (GTask *task)
{
  pl_test_in_thread (task, return_true_thread);
}

static void
return_busy_later (GTask *task)
{
  pl_test_later (task, return_busy_cb);
}

static void
return_busy_in_a_thread (GTask *task)
{
  pl_test_in_thread (task, return_busy_thread);
}

static const PlTestWay answers[] = {
  { "at-once", return_true },
  { "later", return_true_later },
  { "in-a-thread", return_true_in_a_thread },
};

static const PlTestWay errors[] = {
  { "at-once", return_busy },
  { "later", return_busy_later },
  { "in-a-thread", return_busy_in_a_thread },
};

static const PlTestWay drops[] = {
  { "at-once", pl_test_drop_at_once },
  { "later", pl_test_drop_later },
  { "in-a-thread", pl_test_drop_in_a_thread },
};

typedef struct
{
  PlTestCounts counts;
  const PlTestWay *start;
  const PlTestWay *done;
} PlTestStart;

/* A thread that has answered may let go of its task, and so of the stage, last of all. */
static void
pl_test_start_clear (PlTestStart *self)
{
  pl_test_wait_for (&self->counts.frees, 2);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PlTestStart, pl_test_start_clear)

static void
on_start (GTask *task, PlWorker *worker, gpointer user_data)
{
  PlTestStart *test = user_data;

  g_assert_cmpint (test->counts.calls, ==, 0);
  g_assert_true (pl_task_get_worker (task) == worker);
  test->counts.starts++;
  test->start->func (task);
}

static void
on_done (PlStageStatus *status, GTask *task, PlWorker *worker, gpointer user_data)
{
  PlTestStart *test = user_data;

  g_assert_true (pl_stage_status_get_done (status));
  g_assert_cmpuint (pl_stage_status_get_active_workers (status), ==, 0);
  g_assert_true (pl_task_get_worker (task) == worker);
  test->counts.dones++;
  test->done->func (task);
}

static PlStage *
make_stage (PlTestStart *test)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 3);
  PlStage *stage = pl_sync_map (numbers, pl_test_add1, &test->counts, NULL);

  pl_stage_set_kind (stage, PL_WORKER_KIND_TASK);
  pl_stage_set_on_start_task (stage, on_start, test, pl_test_on_free);
  pl_stage_set_on_done_task (stage, on_done, test, pl_test_on_free);
  return stage;
}

static void
test_answers (gconstpointer data)
{
  g_auto(PlTestStart) test = { .start = data, .done = data };
  g_autoptr(PlStage) stage = make_stage (&test);

  pl_test_assert_ints (stage, "1 2 3");
  g_assert_cmpint (test.counts.starts, ==, 1);
  g_assert_cmpint (test.counts.dones, ==, 1);
  g_assert_cmpint (test.counts.frees, ==, 0);
  g_clear_object (&stage);

  /* A thread that has answered may have its task a little longer. */
  pl_test_wait_for (&test.counts.frees, 2);
}

static void
test_start_fails (gconstpointer data)
{
  g_auto(PlTestStart) test = { .start = data, .done = &answers[0] };
  g_autoptr(PlStage) stage = make_stage (&test);

  pl_test_assert_run_error (stage, G_IO_ERROR, G_IO_ERROR_BUSY,
                            "stage “map” (task map, worker 0, on_start): busy");
  g_assert_cmpint (test.counts.calls, ==, 0);
  g_assert_cmpint (test.counts.dones, ==, 0);
}

static void
test_end_fails (gconstpointer data)
{
  g_auto(PlTestStart) test = { .start = &answers[0], .done = data };
  g_autoptr(PlStage) stage = make_stage (&test);

  pl_test_assert_run_error (stage, G_IO_ERROR, G_IO_ERROR_BUSY,
                            "stage “map” (task map, worker 0, on_done): busy");
  g_assert_cmpint (test.counts.calls, ==, 3);
}

#define DROPPED \
  "The function let go of its task without answering it; keep a reference to the GTask until " \
  "g_task_return_value(), g_task_return_boolean() or g_task_return_error() is called"

static void
test_start_is_dropped (gconstpointer data)
{
  g_auto(PlTestStart) test = { .start = data, .done = &answers[0] };
  g_autoptr(PlStage) stage = make_stage (&test);

  pl_test_assert_run_error (stage, PL_ERROR, PL_ERROR_UNANSWERED,
                            "stage “map” (task map, worker 0, on_start): " DROPPED);
  g_assert_cmpint (test.counts.dones, ==, 0);
}

static void
test_end_is_dropped (gconstpointer data)
{
  g_auto(PlTestStart) test = { .start = &answers[0], .done = data };
  g_autoptr(PlStage) stage = make_stage (&test);

  pl_test_assert_run_error (stage, PL_ERROR, PL_ERROR_UNANSWERED,
                            "stage “map” (task map, worker 0, on_done): " DROPPED);
}

static void
test_false_is_an_error (void)
{
  static const PlTestWay way = { "false", return_false };
  g_auto(PlTestStart) test = { .start = &way, .done = &way };
  g_autoptr(PlStage) stage = make_stage (&test);

  pl_test_assert_run_error (stage, PL_ERROR, PL_ERROR_UNSET_ERROR,
                            "stage “map” (task map, worker 0, on_start): "
                            "The function failed without setting an error");
  test.start = &answers[0];
  test.counts.calls = 0;
  pl_test_assert_run_error (stage, PL_ERROR, PL_ERROR_UNSET_ERROR,
                            "stage “map” (task map, worker 0, on_done): "
                            "The function failed without setting an error");
}

/* The error of an element is the run's, whatever on_done says later. */
static void
test_error_of_the_end_comes_after_others (void)
{
  PlTestStart test = { .start = &answers[0], .done = &errors[1] };
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 3);
  g_autoptr(PlStage) stage = pl_sync_map (numbers, pl_test_fail, GINT_TO_POINTER (1), NULL);

  pl_stage_set_kind (stage, PL_WORKER_KIND_TASK);
  pl_stage_set_on_start_task (stage, on_start, &test, NULL);
  pl_stage_set_on_done_task (stage, on_done, &test, NULL);
  pl_test_assert_run_error (stage, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
                            "stage “map” (task map, worker 0, element 1): no space");
  g_assert_cmpint (test.counts.dones, ==, 1);
}

static void
test_one_takes_the_place_of_the_other (void)
{
  PlTestCounts plain = { 0 };
  g_auto(PlTestStart) test = { .start = &answers[1], .done = &answers[1] };
  g_autoptr(PlStage) stage = make_stage (&test);

  pl_stage_set_on_start (stage, pl_test_on_start, &plain, NULL);
  pl_stage_set_on_done (stage, pl_test_on_done, &plain, NULL);
  g_assert_cmpint (test.counts.frees, ==, 2);
  pl_test_assert_ints (stage, "1 2 3");
  g_assert_cmpint (plain.starts + plain.dones, ==, 2);
  g_assert_cmpint (test.counts.starts + test.counts.dones, ==, 0);
}

static void
add_for (const char *name, const PlTestWay *ways, guint n_ways, GTestDataFunc func)
{
  for (guint i = 0; i < n_ways; i++)
    {
      g_autofree char *path = g_strdup_printf ("/task-start-answer/%s/%s", name, ways[i].name);

      g_test_add_data_func (path, &ways[i], func);
    }
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);

#define ADD(name, func) g_test_add_func ("/task-start-answer/" name, func)
#define ADD_FOR(name, ways, func) add_for (name, ways, G_N_ELEMENTS (ways), func)
  ADD_FOR ("answers", answers, test_answers);
  ADD_FOR ("start-fails", errors, test_start_fails);
  ADD_FOR ("end-fails", errors, test_end_fails);
  ADD_FOR ("start-is-dropped", drops, test_start_is_dropped);
  ADD_FOR ("end-is-dropped", drops, test_end_is_dropped);
  ADD ("false-is-an-error", test_false_is_an_error);
  ADD ("error-of-the-end-comes-after-others", test_error_of_the_end_comes_after_others);
  ADD ("one-takes-the-place-of-the-other", test_one_takes_the_place_of_the_other);

  return pl_test_run ();
}
