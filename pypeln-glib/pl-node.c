/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-node-private.h"

#include "pl-stage-status-private.h"
#include "pl-worker-private.h"

#include <gio/gio.h>

PlNode *
pl_node_new (PlRun *run, PlStage *stage)
{
  PlNode *self = g_new0 (PlNode, 1);

  self->run = run;
  self->stage = g_object_ref (stage);
  pl_stage_settings_copy (&stage->settings, &self->settings);
  self->inputs = g_array_new (FALSE, FALSE, sizeof (PlInput));
  self->outputs = g_ptr_array_new ();
  self->workers = g_ptr_array_new_with_free_func (g_object_unref);
  return self;
}

void
pl_node_free (PlNode *self)
{
  for (guint i = 0; i < self->workers->len; i++)
    pl_worker_detach (g_ptr_array_index (self->workers, i));

  g_ptr_array_unref (self->workers);
  g_ptr_array_unref (self->outputs);
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
}

/* Moves @element to all consumers. Each but the last gets a copy. */
gboolean
pl_node_put (PlNode *self, PlElement *element, GError **error)
{
  gboolean done = TRUE;

  for (guint i = 0; i < self->outputs->len && done; i++)
    {
      PlQueue *queue = g_ptr_array_index (self->outputs, i);
      g_auto(PlElement) copy = PL_ELEMENT_INIT;

      if (i + 1 < self->outputs->len)
        pl_element_copy (element, &copy);
      else
        pl_element_move (element, &copy);
      done = pl_queue_push (queue, &copy, TRUE) == PL_FLOW_OK;
    }

  if (!done)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "The run has been cancelled");
  return done;
}

/* A worker leaves the active ones; returns the figures as they are then. */
PlStageStatus *
pl_node_deactivate_worker (PlNode *self)
{
  guint64 n_in = 0;
  guint64 n_out = 0;
  guint n_active = g_atomic_int_add (&self->n_active, -1) - 1;

  for (guint i = 0; i < self->workers->len; i++)
    {
      PlWorker *worker = g_ptr_array_index (self->workers, i);

      n_in += pl_worker_get_count (&worker->n_in);
      n_out += pl_worker_get_count (&worker->n_out);
    }

  return pl_stage_status_new (self->stage, n_active, n_in, n_out);
}

/* A worker has ended: behind the last one the stage's consumers see the end. */
void
pl_node_remove_worker (PlNode *self)
{
  if (!g_atomic_int_dec_and_test (&self->n_present))
    return;

  for (guint i = 0; i < self->outputs->len; i++)
    pl_queue_remove_producer (g_ptr_array_index (self->outputs, i));
}
