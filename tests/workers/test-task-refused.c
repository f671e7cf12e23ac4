/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-kept.h"

/* What only task stages can have, and wrong arguments. */

static void
start_task (GTask *task, PlWorker *worker, gpointer user_data)
{
  g_task_return_boolean (task, TRUE);
}

static void
done_task (PlStageStatus *status, GTask *task, PlWorker *worker, gpointer user_data)
{
  g_task_return_boolean (task, TRUE);
}

static void
test_other_kinds_are_refused (gconstpointer data)
{
  PlWorkerKind kind = GPOINTER_TO_INT (data);
  g_auto(PlTestKept) kept = PL_TEST_KEPT_INIT;
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 3);
  g_autoptr(PlStage) task = pl_task_map (numbers, pl_test_keep, &kept, NULL);
  g_autoptr(PlStage) other = pl_thread_map (numbers, pl_test_add1, NULL, NULL);
  const char *name = kind == PL_WORKER_KIND_SYNC ? "sync" : "thread";
  g_autofree char *func = g_strdup_printf ("stage “map” (%s map): The function answers a GTask, so "
                                           "“kind” has to be task", name);
  g_autofree char *start = g_strdup_printf ("stage “resize” (%s map): on_start answers a GTask, so "
                                            "“kind” has to be task; others are set with "
                                            "pl_stage_set_on_start()", name);
  g_autofree char *done = g_strdup_printf ("stage “resize” (%s map): on_done answers a GTask, so "
                                           "“kind” has to be task; others are set with "
                                           "pl_stage_set_on_done()", name);
  g_autofree char *rate = g_strdup_printf ("stage “resize” (%s map): “rate-limit” is 2.5 a second, "
                                           "so “kind” has to be task", name);

  pl_stage_set_kind (task, kind);
  pl_test_assert_run_error (task, PL_ERROR, PL_ERROR_INVALID_KIND, func);
  g_assert_cmpint (kept.counts.calls, ==, 0);

  pl_stage_set_kind (other, kind);
  pl_stage_set_name (other, "resize");
  pl_stage_set_on_start_task (other, start_task, NULL, NULL);
  pl_test_assert_run_error (other, PL_ERROR, PL_ERROR_INVALID_KIND, start);
  pl_stage_set_on_start_task (other, NULL, NULL, NULL);
  pl_stage_set_on_done_task (other, done_task, NULL, NULL);
  pl_test_assert_run_error (other, PL_ERROR, PL_ERROR_INVALID_KIND, done);
  pl_stage_set_on_done_task (other, NULL, NULL, NULL);
  pl_stage_set_rate_limit (other, 2.5, 1);
  pl_test_assert_run_error (other, PL_ERROR, PL_ERROR_INVALID_KIND, rate);
  pl_stage_set_rate_limit (other, 0, 1);
  pl_test_assert_ints (other, "1 2 3");
}

static void
test_source_is_refused (void)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 3);
  g_autoptr(PlStage) added = pl_thread_map (numbers, pl_test_add1, NULL, NULL);

  pl_stage_set_kind (numbers, PL_WORKER_KIND_TASK);
  pl_test_assert_run_error (added, PL_ERROR, PL_ERROR_INVALID_KIND,
                            "stage “source” (task source): “kind” is task; a source can be sync or "
                            "thread, and task stages take their elements from both");
}

static void
test_arguments_are_checked (void)
{
  g_autoptr(PlStage) stage = pl_source_new_range (0, 3);

#define ASSERT_CRITICAL(call, pattern) \
  G_STMT_START { \
    g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, pattern); \
    call; \
    g_test_assert_expected_messages (); \
  } G_STMT_END

#define ASSERT_CONSTRUCTOR(name) \
  G_STMT_START { \
    ASSERT_CRITICAL (g_assert_null (pl_task_##name (NULL, pl_test_keep, NULL, NULL)), \
                     "pl_task_" #name ":*PL_IS_STAGE (input)*"); \
    ASSERT_CRITICAL (g_assert_null (pl_task_##name (stage, NULL, NULL, NULL)), \
                     "pl_task_" #name ":*func != NULL*"); \
    ASSERT_CRITICAL (g_assert_null (pl_task_##name##_with_closure (NULL, NULL)), \
                     "pl_task_" #name "_with_closure:*PL_IS_STAGE (input)*"); \
    ASSERT_CRITICAL (g_assert_null (pl_task_##name##_with_closure (stage, NULL)), \
                     "pl_task_" #name "_with_closure:*closure != NULL*"); \
  } G_STMT_END

  ASSERT_CONSTRUCTOR (map);
  ASSERT_CONSTRUCTOR (filter);
  ASSERT_CONSTRUCTOR (each);
  ASSERT_CONSTRUCTOR (flat_map);
  ASSERT_CRITICAL (g_assert_null (pl_task_concat (NULL, 1)), "pl_task_concat:*inputs != NULL*");
  ASSERT_CRITICAL (g_assert_null (pl_task_concat ((PlStage *[]) { stage, NULL }, 2)),
                   "pl_task_concat:*PL_IS_STAGE (inputs?i?)*");
  ASSERT_CRITICAL (g_assert_null (pl_task_ordered (NULL)), "pl_task_ordered:*PL_IS_STAGE*");
  ASSERT_CRITICAL (pl_stage_set_on_start_task (NULL, start_task, NULL, NULL),
                   "pl_stage_set_on_start_task:*PL_IS_STAGE*");
  ASSERT_CRITICAL (pl_stage_set_on_start_task_with_closure (NULL, NULL),
                   "pl_stage_set_on_start_task_with_closure:*PL_IS_STAGE*");
  ASSERT_CRITICAL (pl_stage_set_on_done_task (NULL, done_task, NULL, NULL),
                   "pl_stage_set_on_done_task:*PL_IS_STAGE*");
  ASSERT_CRITICAL (pl_stage_set_on_done_task_with_closure (NULL, NULL),
                   "pl_stage_set_on_done_task_with_closure:*PL_IS_STAGE*");
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);

#define ADD(name, func) g_test_add_func ("/task-refused/" name, func)
#define ADD_FOR(name, data, func) g_test_add_data_func ("/task-refused/" name, data, func)
  ADD_FOR ("other-kinds-are-refused/sync", GINT_TO_POINTER (PL_WORKER_KIND_SYNC),
           test_other_kinds_are_refused);
  ADD_FOR ("other-kinds-are-refused/thread", GINT_TO_POINTER (PL_WORKER_KIND_THREAD),
           test_other_kinds_are_refused);
  ADD ("source-is-refused", test_source_is_refused);
  ADD ("arguments-are-checked", test_arguments_are_checked);

  return pl_test_run ();
}
