/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-worker-private.h"

#include "pl-answer-private.h"
#include "pl-debug-private.h"
#include "pl-run-private.h"
#include "pl-stage-private.h"

/* How a worker begins and ends. All of it runs on the worker's thread, or on that of whoever takes
 * from a worker without one, or on the worker's main context. */

/* Has an operation that holds elements back hand on those that it can; @at_end: all. Returns FALSE
 * if the run has failed or has been cancelled. */
gboolean
pl_worker_flush (PlWorker *self, gboolean at_end)
{
  PlStageClass *klass = PL_STAGE_GET_CLASS (self->stage);
  PlWorkerPlace former;
  g_autoptr(GError) error = NULL;
  gboolean done;

  if (klass->flush == NULL)
    return TRUE;

  pl_worker_enter (self, NULL, &former);
  done = klass->flush (self->stage, self, at_end, &error);
  pl_worker_leave (self, &former);
  return done;
}

/* The on_start has returned, or answered, with @error, which it takes, if it has failed. Returns
 * FALSE if there is nothing else to be done but to end. */
static gboolean
pl_worker_finish_begin (PlWorker *self, gboolean done, GError *error)
{
  pl_worker_ensure_error (done, &error);
  self->has_started = done;
  if (!done)
    pl_worker_fail (self, error, "on_start");
  return done && pl_worker_flush (self, FALSE);
}

/* Takes what an on_start or on_done has answered. */
static gboolean
pl_worker_take_answer (PlWorker *self, GTask *task, GError **error)
{
  pl_answer_unwatch (task, &self->is_watched);
  return g_task_propagate_boolean (task, error);
}

static void
pl_worker_on_start_answered_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  PlWorker *self = PL_WORKER (object);
  GError *error = NULL;
  gboolean done = pl_worker_take_answer (self, G_TASK (result), &error);

  pl_worker_finish_begin (self, done, error);
  PL_WORKER_GET_CLASS (self)->resume (self);
}

/* Runs the stage's on_start. Says PL_FLOW_END if there is nothing else to be done but to end, and
 * PL_FLOW_AGAIN if it answers later: then the worker is resumed. */
PlFlow
pl_worker_begin (PlWorker *self)
{
  PlCallback *on_start = self->node->settings.on_start;
  gboolean is_later = on_start != NULL && on_start->answers_task;
  PlWorkerPlace former;
  GError *error = NULL;
  gboolean done = TRUE;

  self->has_begun = TRUE;
  if (pl_run_is_cancelled (self->node->run))
    return PL_FLOW_END;

  PL_DEBUG ("stage “%s”, worker %u: starts",
            pl_stage_get_label (self->stage, &self->node->settings), self->index);
  if (!self->is_sampled)
    pl_worker_switch (self, PL_ACTIVITY_BUSY);

  pl_worker_enter (self, NULL, &former);
  if (is_later)
    pl_answer_start (self, on_start, pl_worker_on_start_answered_cb);
  else if (on_start != NULL && on_start->closure != NULL)
    done = pl_worker_invoke (self, on_start, NULL, NULL, &error);
  else if (on_start != NULL)
    done = ((PlStartFunc) on_start->func) (self, on_start->user_data, &error);
  pl_worker_leave (self, &former);

  if (is_later)
    return PL_FLOW_AGAIN;
  return pl_worker_finish_begin (self, done, error) ? PL_FLOW_OK : PL_FLOW_END;
}

/* The last thing that a worker does. */
static void
pl_worker_depart (PlWorker *self)
{
  PlWorkerClass *klass = PL_WORKER_GET_CLASS (self);

  PL_DEBUG ("stage “%s”, worker %u: stops",
            pl_stage_get_label (self->stage, &self->node->settings), self->index);
  pl_worker_switch (self, PL_ACTIVITY_NONE);
  pl_ticket_clear (&self->standing);
  pl_worker_release (self);
  pl_node_remove_worker (self->node);

  if (klass->depart != NULL)
    klass->depart (self);
}

/* The on_done has returned, or answered, with @error, which it takes, if it has failed. */
static void
pl_worker_finish_end (PlWorker *self, gboolean done, GError *error)
{
  pl_worker_ensure_error (done, &error);
  if (!done)
    pl_worker_fail (self, error, "on_done");
  pl_worker_depart (self);
}

static void
pl_worker_on_done_answered_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  PlWorker *self = PL_WORKER (object);
  GError *error = NULL;
  gboolean done = pl_worker_take_answer (self, G_TASK (result), &error);

  pl_worker_finish_end (self, done, error);
}

static void
pl_worker_run_on_done (PlWorker *self, guint n_active)
{
  PlCallback *on_done = self->node->settings.on_done;
  gboolean is_later = on_done->answers_task;
  g_autoptr(PlStageStatus) status = NULL;
  PlStageFigures figures;
  PlWorkerPlace former;
  GError *error = NULL;
  gboolean done = TRUE;

  pl_node_get_figures (self->node, &figures);
  figures.n_active = n_active;
  status = pl_stage_status_new (self->stage, &figures);

  pl_worker_enter (self, NULL, &former);
  if (is_later)
    {
      pl_answer_end (self, on_done, status, pl_worker_on_done_answered_cb);
    }
  else if (on_done->closure != NULL)
    {
      GValue value = G_VALUE_INIT;

      g_value_init (&value, PL_TYPE_STAGE_STATUS);
      g_value_set_object (&value, status);
      done = pl_worker_invoke (self, on_done, &value, NULL, &error);
      g_value_unset (&value);
    }
  else
    {
      done = ((PlDoneFunc) on_done->func) (self, status, on_done->user_data, &error);
    }
  pl_worker_leave (self, &former);

  if (!is_later)
    pl_worker_finish_end (self, done, error);
}

/* Ends the worker; one that never began is ended by whoever found that out. With an on_done that
 * answers later it departs then. */
void
pl_worker_end (PlWorker *self)
{
  guint n_active;

  if (self->has_ended)
    return;
  self->has_ended = TRUE;

  pl_worker_drop_unfinished (self);
  n_active = pl_node_deactivate_worker (self->node);
  if (self->has_started && self->node->settings.on_done != NULL)
    pl_worker_run_on_done (self, n_active);
  else
    pl_worker_depart (self);
}
