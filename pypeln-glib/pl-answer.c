/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-answer-private.h"

#include "pl-error.h"
#include "pl-stage.h"
#include "pl-worker-private.h"

GError *
pl_answer_new_dropped_error (void)
{
  return g_error_new_literal (PL_ERROR, PL_ERROR_UNANSWERED,
                              "The function let go of its task without answering it; keep a "
                              "reference to the GTask until g_task_return_value(), "
                              "g_task_return_boolean() or g_task_return_error() is called");
}

/* The function holds a reference to its task for as long as it means to answer it. When the last is
 * gone and there has been no answer, there never will be: then the task itself gives one, an error,
 * which takes the way of all answers. */
static void
pl_answer_dropped_cb (gpointer data, GObject *task)
{
  gboolean *is_watched = data;

  *is_watched = FALSE;
  g_task_return_error (G_TASK (task), pl_answer_new_dropped_error ());
}

/* From now on somebody else is to hold @task. Sets @is_watched, which stays where it is until
 * pl_answer_unwatch(). */
void
pl_answer_watch (GTask *task, gboolean *is_watched)
{
  *is_watched = TRUE;
  g_object_weak_ref (G_OBJECT (task), pl_answer_dropped_cb, is_watched);
}

/* @task has been answered. */
void
pl_answer_unwatch (GTask *task, gboolean *is_watched)
{
  if (*is_watched)
    g_object_weak_unref (G_OBJECT (task), pl_answer_dropped_cb, is_watched);
  *is_watched = FALSE;
}

/* Calls the closure of @callback with @argument and @task. An error that it left with
 * pl_worker_set_error() is its answer. */
void
pl_answer_invoke (GTask *task, PlCallback *callback, const GValue *argument)
{
  PlWorker *worker = g_task_get_source_object (task);
  GValue arguments[2] = { G_VALUE_INIT, G_VALUE_INIT };

  /* A closure gets the values themselves, which it does not change. */
  memcpy (&arguments[0], argument, sizeof *argument);
  g_value_init (&arguments[1], G_TYPE_TASK);
  g_value_set_object (&arguments[1], task);
  g_closure_invoke (callback->closure, NULL, 2, arguments, NULL);
  g_value_unset (&arguments[1]);

  if (worker->error != NULL)
    g_task_return_error (task, g_steal_pointer (&worker->error));
}

static GTask *
pl_answer_new (PlWorker *worker, GCancellable *cancellable, GAsyncReadyCallback answered)
{
  GTask *task = g_task_new (worker, cancellable, answered, NULL);

  /* What it says counts, also when it says so late: on_done depends on it. */
  g_task_set_check_cancellable (task, FALSE);
  pl_answer_watch (task, &worker->is_watched);
  return task;
}

/* Calls @on_start; @answered is called when it has answered. */
void
pl_answer_start (PlWorker *worker, PlCallback *on_start, GAsyncReadyCallback answered)
{
  g_autoptr(GTask) task = pl_answer_new (worker, worker->cancellable, answered);
  GValue argument = G_VALUE_INIT;

  if (on_start->closure == NULL)
    {
      ((PlTaskStartFunc) on_start->func) (task, worker, on_start->user_data);
      return;
    }

  g_value_init (&argument, PL_TYPE_WORKER);
  g_value_set_object (&argument, worker);
  pl_answer_invoke (task, on_start, &argument);
  g_value_unset (&argument);
}

/* Calls @on_done, which nothing cancels; @answered is called when it has answered. */
void
pl_answer_end (PlWorker *worker,
               PlCallback *on_done,
               PlStageStatus *status,
               GAsyncReadyCallback answered)
{
  g_autoptr(GTask) task = pl_answer_new (worker, NULL, answered);
  GValue argument = G_VALUE_INIT;

  if (on_done->closure == NULL)
    {
      ((PlTaskDoneFunc) on_done->func) (status, task, worker, on_done->user_data);
      return;
    }

  g_value_init (&argument, PL_TYPE_STAGE_STATUS);
  g_value_set_object (&argument, status);
  pl_answer_invoke (task, on_done, &argument);
  g_value_unset (&argument);
}
