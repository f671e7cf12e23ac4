/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-kept.h"

#include "pl-test-thread.h"

/* The element that a task is for is the task's data: functions get it there from any thread. */

/* Lets go of tasks that have not been answered, and has that happen. */
void
pl_test_kept_clear (PlTestKept *self)
{
  g_clear_pointer (&self->tasks, g_ptr_array_unref);
  pl_test_settle ();
}

void
pl_test_keep_task (PlTestKept *self, GTask *task)
{
  g_ptr_array_add (self->tasks, g_object_ref (task));
}

/* A function of a task stage. */
void
pl_test_keep (const GValue *element, GTask *task, PlWorker *worker, gpointer user_data)
{
  PlTestKept *self = user_data;

  self->counts.calls++;
  g_task_set_task_data (task, (gpointer) element, NULL);
  pl_test_keep_task (self, task);
}

GTask *
pl_test_kept_steal (PlTestKept *self, guint position)
{
  return g_ptr_array_steal_index (self->tasks, position);
}

/* Answers one with its element and 1, and has that happen. */
void
pl_test_kept_answer (PlTestKept *self, guint position)
{
  g_autoptr(GTask) task = pl_test_kept_steal (self, position);

  pl_test_return_add1 (task);
  pl_test_settle ();
}

/* Has all happen that does when each task is answered. */
void
pl_test_kept_answer_all (PlTestKept *self)
{
  pl_test_settle ();
  while (self->tasks->len > 0)
    pl_test_kept_answer (self, 0);
}

/* Waits for that many tasks to be kept. */
void
pl_test_kept_wait (PlTestKept *self, guint n_tasks)
{
  pl_test_iterate_until (self->tasks->len >= n_tasks);
}

void
pl_test_return_int (GTask *task, int number)
{
  g_auto(GValue) value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_INT);
  g_value_set_int (&value, number);
  g_task_return_value (task, &value);
}

/* The answer of a map, to a task whose data is its element. */
void
pl_test_return_add1 (GTask *task)
{
  pl_test_return_int (task, g_value_get_int (g_task_get_task_data (task)) + 1);
}

gboolean
pl_test_return_add1_cb (gpointer task)
{
  pl_test_return_add1 (task);
  return G_SOURCE_REMOVE;
}

gboolean
pl_test_emit_int (GTask *task, int number)
{
  g_auto(GValue) value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_INT);
  g_value_set_int (&value, number);
  return pl_task_emit (task, &value);
}

void
pl_test_answer_same (const GValue *element, GTask *task, PlWorker *worker, gpointer user_data)
{
  pl_test_return_int (task, g_value_get_int (element));
}

void
pl_test_answer_add1 (const GValue *element, GTask *task, PlWorker *worker, gpointer user_data)
{
  pl_test_return_int (task, g_value_get_int (element) + 1);
}

void
pl_test_later (GTask *task, GSourceFunc func)
{
  g_autoptr(GSource) source = g_idle_source_new ();

  g_source_set_callback (source, func, g_object_ref (task), g_object_unref);
  g_source_attach (source, g_task_get_context (task));
}

/* The thread takes a reference to the task. */
void
pl_test_in_thread (GTask *task, GThreadFunc func)
{
  g_thread_unref (g_thread_new ("answer", func, g_object_ref (task)));
}

void
pl_test_drop_at_once (GTask *task)
{
}

static gboolean
pl_test_drop_cb (gpointer task)
{
  return G_SOURCE_REMOVE;
}

void
pl_test_drop_later (GTask *task)
{
  pl_test_later (task, pl_test_drop_cb);
}

void
pl_test_drop_in_a_thread (GTask *task)
{
  pl_test_in_thread (task, pl_test_drop_thread);
}
