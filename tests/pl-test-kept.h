/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "pl-test-util.h"

G_BEGIN_DECLS

/* What functions of task stages keep until the test answers it. */
typedef struct
{
  PlTestCounts counts;
  GPtrArray *tasks; /* GTask, by when they came */
} PlTestKept;

#define PL_TEST_KEPT_INIT { { 0 }, g_ptr_array_new_with_free_func (g_object_unref) }

void pl_test_kept_clear (PlTestKept *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PlTestKept, pl_test_kept_clear)

void pl_test_keep_task (PlTestKept *self, GTask *task);

void pl_test_keep (const GValue *element, GTask *task, PlWorker *worker, gpointer user_data);

GTask *pl_test_kept_steal (PlTestKept *self, guint position);

void pl_test_kept_answer (PlTestKept *self, guint position);

void pl_test_kept_answer_all (PlTestKept *self);

void pl_test_kept_wait (PlTestKept *self, guint n_tasks);

/* Answers. */

void pl_test_return_int (GTask *task, int number);

void pl_test_return_add1 (GTask *task);

gboolean pl_test_return_add1_cb (gpointer task);

gboolean pl_test_emit_int (GTask *task, int number);

/* Functions of task stages that answer at once, with the element and with the next number. */

void pl_test_answer_same (const GValue *element,
                          GTask *task,
                          PlWorker *worker,
                          gpointer user_data);

void pl_test_answer_add1 (const GValue *element,
                          GTask *task,
                          PlWorker *worker,
                          gpointer user_data);

/* Has @func called with @task, from an idle source, or in a thread of its own. */

void pl_test_later (GTask *task, GSourceFunc func);

void pl_test_in_thread (GTask *task, GThreadFunc func);

/* How a function deals with its task. */
typedef struct
{
  const char *name;
  void (*func) (GTask *task);
} PlTestWay;

/* Ways not to answer. */

void pl_test_drop_at_once (GTask *task);

void pl_test_drop_later (GTask *task);

void pl_test_drop_in_a_thread (GTask *task);

/* Iterates the main context until it has happened. */
#define pl_test_iterate_until(condition) \
  G_STMT_START { \
    while (!(condition)) \
      g_main_context_iteration (NULL, TRUE); \
  } G_STMT_END

G_END_DECLS
