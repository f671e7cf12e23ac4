/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-node-private.h"

#include "pl-run-private.h"
#include "pl-worker-private.h"

#include <gio/gio.h>

PlNode *
pl_node_new (PlRun *run, PlStage *stage)
{
  PlNode *self = g_new0 (PlNode, 1);

  self->run = run;
  self->reporter = pl_run_get_reporter (run);
  self->stage = g_object_ref (stage);
  pl_stage_settings_copy (&stage->settings, &self->settings);
  if (!PL_STAGE_GET_CLASS (stage)->needs_callback)
    {
      /* There is no function that could be late, or be called again. */
      self->settings.timeout = 0;
      self->settings.retries = 0;
    }
  self->inputs = g_array_new (FALSE, FALSE, sizeof (PlInput));
  self->outputs = g_array_new (FALSE, FALSE, sizeof (PlOutput));
  g_mutex_init (&self->mutex);
  self->workers = g_ptr_array_new_with_free_func (g_object_unref);
  return self;
}

/* The frontiers are freed by the run, after all tickets. */
void
pl_node_free (PlNode *self)
{
  for (guint i = 0; i < self->workers->len; i++)
    pl_worker_detach (g_ptr_array_index (self->workers, i));

  g_ptr_array_unref (self->workers);
  g_mutex_clear (&self->mutex);
  g_clear_pointer (&self->frontiers_ahead, g_ptr_array_unref);
  g_clear_pointer (&self->frontiers_here, g_ptr_array_unref);
  g_clear_pointer (&self->waker, pl_waker_unref);
  g_array_unref (self->outputs);
  g_array_unref (self->inputs);
  pl_stage_settings_clear (&self->settings);
  g_object_unref (self->stage);
  g_free (self);
}

/* Before the run starts: each worker has to end once, whether it starts or not. */
void
pl_node_add_worker (PlNode *self, PlWorker *worker)
{
  g_ptr_array_add (self->workers, worker);
  self->n_active++;
  self->n_present++;
  pl_run_add_worker (self->run);
}

/* The workers at the moment. */
GPtrArray *
pl_node_dup_workers (PlNode *self)
{
  GPtrArray *workers = g_ptr_array_new_with_free_func (g_object_unref);

  g_mutex_lock (&self->mutex);
  for (guint i = 0; i < self->workers->len; i++)
    g_ptr_array_add (workers, g_object_ref (g_ptr_array_index (self->workers, i)));
  g_mutex_unlock (&self->mutex);

  return workers;
}

/* Puts @worker, which it takes, in the place of @former, which has been given up. */
void
pl_node_replace_worker (PlNode *self, PlWorker *former, PlWorker *worker)
{
  guint position;

  g_mutex_lock (&self->mutex);
  if (g_ptr_array_find (self->workers, former, &position))
    {
      pl_worker_add_figures (former, &self->retired);
      self->workers->pdata[position] = worker;
    }
  g_mutex_unlock (&self->mutex);

  g_object_unref (former);
}

void
pl_node_add_output (PlNode *self, PlQueue *queue, PlNode *consumer)
{
  g_array_append_val (self->outputs, ((PlOutput) { queue, consumer }));
}

/* Tells whether what the worker that does not run by itself makes goes into queues. */
gboolean
pl_node_is_fed (PlNode *self)
{
  return self->outputs->len > 0 && g_array_index (self->outputs, PlOutput, 0).queue != NULL;
}

/* Tells whether the supervisor is to keep the time of the functions. */
gboolean
pl_node_is_supervised (PlNode *self)
{
  PlCallback *callback = self->stage->callback;

  return self->settings.timeout > 0 && callback != NULL && !callback->answers_task;
}

/* Tells whether whoever does the work of the stage, and of those that it pulls, may keep the lock
 * of an interpreter: all that may take a while are closures of the interpreter's. A process worker
 * waits for its process. */
gboolean
pl_node_may_keep_lock (PlNode *self)
{
  PlStageClass *klass = PL_STAGE_GET_CLASS (self->stage);

  if (self->settings.kind == PL_WORKER_KIND_PROCESS ||
      (klass->blocks != NULL && klass->blocks (self->stage)))
    return FALSE;

  if (self->settings.around_thread == NULL &&
      (self->stage->callback != NULL || self->inputs->len > 0))
    return FALSE;

  for (guint i = 0; i < self->inputs->len; i++)
    {
      const PlInput *input = &g_array_index (self->inputs, PlInput, i);

      if (input->worker != NULL && !pl_node_may_keep_lock (input->worker->node))
        return FALSE;
    }

  return TRUE;
}

/* Makes @element's ticket one for @output alone, and returns the former one. */
static PlTicket *
pl_node_swap_ticket (const PlOutput *output, PlElement *element)
{
  PlTicket *former = element->ticket;

  element->ticket = NULL;
  if (output->consumer != NULL)
    element->ticket = pl_ticket_new (output->consumer->frontiers_here, &element->index);
  return former;
}

/* Moves @element into @output, whose queue may be full. */
static PlFlow
pl_node_put_into (const PlOutput *output, PlWorker *worker, PlElement *element)
{
  PlTicket *former = pl_node_swap_ticket (output, element);
  PlActivity activity;
  PlFlow pushed;

  pl_ticket_clear (&former);

  pushed = pl_queue_push (output->queue, element, FALSE, NULL);
  if (pushed != PL_FLOW_AGAIN)
    return pushed;

  activity = pl_worker_switch (worker, PL_ACTIVITY_BLOCKED);
  pushed = pl_queue_push (output->queue, element, TRUE, NULL);
  pl_worker_switch (worker, activity);
  return pushed;
}

/* Moves @element, which @worker has at hand, to all consumers. Each but the last gets a copy. */
gboolean
pl_node_put (PlNode *self, PlWorker *worker, PlElement *element, GError **error)
{
  guint last = self->outputs->len - 1;
  PlFlow pushed = PL_FLOW_OK;

  for (guint i = 0; i < last && pushed == PL_FLOW_OK; i++)
    {
      g_auto(PlElement) copy = PL_ELEMENT_INIT;

      pl_element_copy (element, &copy);
      pushed = pl_node_put_into (&g_array_index (self->outputs, PlOutput, i), worker, &copy);
    }

  if (pushed == PL_FLOW_OK)
    pushed = pl_node_put_into (&g_array_index (self->outputs, PlOutput, last), worker, element);

  if (pushed == PL_FLOW_OK)
    return TRUE;

  pl_worker_set_cancelled (worker, error);
  return FALSE;
}

/* Moves @element into @output if there is a place; has @waker woken when there may be one. */
static PlFlow
pl_node_try_to_put_into (const PlOutput *output, PlElement *element, PlWaker *waker)
{
  PlTicket *former = pl_node_swap_ticket (output, element);
  PlFlow pushed = pl_queue_push (output->queue, element, FALSE, waker);

  if (pushed != PL_FLOW_OK)
    {
      pl_ticket_clear (&element->ticket);
      element->ticket = g_steal_pointer (&former);
    }
  pl_ticket_clear (&former);
  return pushed;
}

/* Moves @element to all consumers as pl_node_put() does, without waiting: where one has no place it
 * says PL_FLOW_AGAIN, has @waker woken when there may be one, and counts in @n_put those that have
 * it already, to go on there. */
PlFlow
pl_node_try_to_put (PlNode *self, PlElement *element, guint *n_put, PlWaker *waker)
{
  guint last = self->outputs->len - 1;
  PlFlow pushed = PL_FLOW_OK;

  for (; *n_put < last && pushed == PL_FLOW_OK; *n_put += pushed == PL_FLOW_OK)
    {
      g_auto(PlElement) copy = PL_ELEMENT_INIT;

      pl_element_copy (element, &copy);
      pushed = pl_node_try_to_put_into (&g_array_index (self->outputs, PlOutput, *n_put), &copy,
                                        waker);
    }

  if (pushed == PL_FLOW_OK)
    pushed = pl_node_try_to_put_into (&g_array_index (self->outputs, PlOutput, last), element,
                                      waker);
  if (pushed == PL_FLOW_OK)
    *n_put = 0;
  return pushed;
}

/* Has whoever waits in front of the stage look again. */
void
pl_node_nudge (PlNode *self)
{
  if (self->queue != NULL)
    pl_queue_nudge (self->queue);
  if (self->waker != NULL)
    pl_waker_wake (self->waker);

  for (guint i = 0; i < self->inputs->len; i++)
    pl_input_nudge (&g_array_index (self->inputs, PlInput, i));
}

/* Adds what waits in front of the stage, and what may: in one queue, or in those of the inputs that
 * have one. There is no bound if one of them has none. */
static void
pl_node_add_queue_figures (PlNode *self, PlStageFigures *figures)
{
  gboolean is_bounded = TRUE;

  if (self->queue != NULL)
    {
      figures->queue_length = pl_queue_get_length (self->queue);
      figures->queue_bound = pl_queue_get_bound (self->queue);
    }

  for (guint i = 0; i < self->inputs->len; i++)
    {
      PlQueue *queue = g_array_index (self->inputs, PlInput, i).queue;

      if (queue == NULL)
        continue;

      figures->queue_length += pl_queue_get_length (queue);
      figures->queue_bound += pl_queue_get_bound (queue);
      is_bounded &= pl_queue_get_bound (queue) != 0;
    }

  if (!is_bounded)
    figures->queue_bound = 0;
}

/* Makes @figures those of the stage at the moment. */
void
pl_node_get_figures (PlNode *self, PlStageFigures *figures)
{
  g_mutex_lock (&self->mutex);
  *figures = self->retired;
  for (guint i = 0; i < self->workers->len; i++)
    pl_worker_add_figures (g_ptr_array_index (self->workers, i), figures);
  figures->n_workers = self->workers->len;
  g_mutex_unlock (&self->mutex);

  figures->n_active = g_atomic_int_get (&self->n_active);
  figures->n_timed_out = (gsize) g_atomic_pointer_get (&self->n_timed_out);
  pl_node_add_queue_figures (self, figures);
}

/* A worker leaves the active ones; returns how many are left. */
guint
pl_node_deactivate_worker (PlNode *self)
{
  return g_atomic_int_add (&self->n_active, -1) - 1;
}

/* A worker has ended: behind the last one the stage's consumers see the end. */
void
pl_node_remove_worker (PlNode *self)
{
  if (g_atomic_int_dec_and_test (&self->n_present))
    {
      for (guint i = 0; i < self->outputs->len; i++)
        {
          PlOutput *output = &g_array_index (self->outputs, PlOutput, i);

          if (output->queue != NULL)
            pl_queue_remove_producer (output->queue);
        }
    }

  pl_run_remove_worker (self->run);
}
