/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-run-builder-private.h"

#include "pl-error.h"
#include "pl-stage-private.h"
#include "workers/pl-sync-worker-private.h"
#include "workers/pl-thread-worker-private.h"

/* Builds a run from the stage whose elements are wanted, back to the sources.
 *
 * A stage with threads becomes one node, however many consumers it has: each consumer gets a queue,
 * and each queue every element. A sync stage is run by whoever takes from it, so it becomes a node
 * of its own for each consumer: inside of the thread of the consumer of the run, or, where the
 * consumer is a stage with a queue, with a thread that feeds it. */

/* More threads than any system starts: the rest is not worth its memory. */
#define MAX_WORKERS 65535

typedef struct
{
  PlRun *run;
  GHashTable *nodes;   /* PlStage to PlNode: those with threads */
  GHashTable *pending; /* PlStage: on the way from the last stage to the one at hand */
  GError *error;
} PlRunBuilder;

static gboolean pl_run_builder_connect (PlRunBuilder *self, PlStage *stage, PlQueue *queue);

static gboolean
pl_run_builder_check_stage (PlRunBuilder *self, PlStage *stage)
{
  PlStageClass *klass = PL_STAGE_GET_CLASS (stage);
  const PlStageSettings *settings = &stage->settings;

  if (g_hash_table_contains (self->pending, stage))
    g_set_error_literal (&self->error, PL_ERROR, PL_ERROR_CYCLE,
                         "The stage is its own input, over the stages in between");
  else if (klass->max_inputs > 0 && stage->inputs->len == 0)
    g_set_error_literal (&self->error, PL_ERROR, PL_ERROR_NO_INPUT,
                         "The stage has no input; give it one with pl_stage_add_input()");
  else if (klass->needs_callback && stage->callback == NULL)
    g_set_error (&self->error, PL_ERROR, PL_ERROR_NO_FUNCTION,
                 "The stage has no function; make it with a constructor such as pl_thread_%s()",
                 klass->operation);
  else if (settings->kind != PL_WORKER_KIND_SYNC &&
           (settings->workers == 0 || settings->workers > MAX_WORKERS))
    g_set_error (&self->error, PL_ERROR, PL_ERROR_INVALID_WORKERS,
                 "“workers” is %u; the stage needs at least 1, and can have %u",
                 settings->workers, MAX_WORKERS);

  if (self->error != NULL)
    pl_stage_prefix_error (stage, settings, "", &self->error);
  return self->error == NULL;
}

/* The one place that knows the kinds of workers. */
static void
pl_run_builder_add_workers (PlNode *node)
{
  gboolean is_source = PL_STAGE_GET_CLASS (node->stage)->max_inputs == 0;

  if (is_source || node->settings.kind == PL_WORKER_KIND_SYNC)
    {
      pl_sync_worker_new (node);
      return;
    }

  for (guint i = 0; i < node->settings.workers; i++)
    pl_thread_worker_new (node, i);
}

/* The queue in front of a stage is bounded by its maxsize; if that is 0, by the least that a stage
 * which puts into it has set. */
static guint
pl_run_builder_get_bound (guint maxsize, PlStage **producers, guint n_producers)
{
  guint bound = maxsize;

  for (guint i = 0; i < n_producers && maxsize == 0; i++)
    {
      guint other = producers[i]->settings.maxsize;

      if (other > 0 && (bound == 0 || other < bound))
        bound = other;
    }

  return bound;
}

/* Finds where a consumer without a queue of its own takes the elements of @stage. */
static gboolean
pl_run_builder_make_input (PlRunBuilder *self, PlStage *stage, guint maxsize, PlInput *input)
{
  PlNode *node;

  if (stage->settings.kind != PL_WORKER_KIND_SYNC)
    {
      input->queue = pl_run_add_queue (self->run, pl_run_builder_get_bound (maxsize, &stage, 1));
      return pl_run_builder_connect (self, stage, input->queue);
    }

  if (!pl_run_builder_check_stage (self, stage))
    return FALSE;

  node = pl_node_new (self->run, stage);
  pl_run_add_node (self->run, node);

  g_hash_table_add (self->pending, stage);
  for (guint i = 0; i < stage->inputs->len; i++)
    {
      PlInput from = { NULL };

      if (!pl_run_builder_make_input (self, g_ptr_array_index (stage->inputs, i),
                                      stage->settings.maxsize, &from))
        return FALSE;
      g_array_append_val (node->inputs, from);
    }
  g_hash_table_remove (self->pending, stage);

  pl_run_builder_add_workers (node);
  input->worker = g_ptr_array_index (node->workers, 0);
  return TRUE;
}

/* Finds or makes the one node of a stage with threads. */
static PlNode *
pl_run_builder_get_node (PlRunBuilder *self, PlStage *stage)
{
  PlNode *node;

  if (!pl_run_builder_check_stage (self, stage))
    return NULL;

  node = g_hash_table_lookup (self->nodes, stage);
  if (node != NULL)
    return node;

  node = pl_node_new (self->run, stage);
  pl_run_add_node (self->run, node);

  g_hash_table_add (self->pending, stage);
  if (stage->inputs->len > 0)
    node->queue = pl_run_add_queue (self->run,
                                    pl_run_builder_get_bound (stage->settings.maxsize,
                                                              (PlStage **) stage->inputs->pdata,
                                                              stage->inputs->len));
  for (guint i = 0; i < stage->inputs->len; i++)
    {
      if (!pl_run_builder_connect (self, g_ptr_array_index (stage->inputs, i), node->queue))
        return NULL;
    }
  g_hash_table_remove (self->pending, stage);

  pl_run_builder_add_workers (node);
  g_hash_table_insert (self->nodes, stage, node);
  return node;
}

/* Makes the elements of @stage go into @queue. */
static gboolean
pl_run_builder_connect (PlRunBuilder *self, PlStage *stage, PlQueue *queue)
{
  PlNode *node;

  if (stage->settings.kind == PL_WORKER_KIND_SYNC)
    {
      PlInput input = { NULL };

      node = pl_run_builder_make_input (self, stage, 0, &input) ? input.worker->node : NULL;
    }
  else
    {
      node = pl_run_builder_get_node (self, stage);
    }

  if (node == NULL)
    return FALSE;

  g_ptr_array_add (node->outputs, queue);
  pl_queue_add_producer (queue);
  return TRUE;
}

/* Builds and starts a run. It always succeeds: a run that cannot be is one that has failed. */
PlRun *
pl_run_build (PlStage *last, guint maxsize)
{
  PlRunBuilder self = {
    .run = pl_run_new (),
    .nodes = g_hash_table_new (NULL, NULL),
    .pending = g_hash_table_new (NULL, NULL),
  };
  PlInput input = { NULL };

  if (pl_run_builder_make_input (&self, last, maxsize, &input))
    {
      pl_run_set_input (self.run, &input);
      pl_run_start (self.run);
    }
  else
    {
      pl_run_unref (self.run);
      self.run = pl_run_new ();
      input.worker = NULL;
      input.queue = pl_run_add_queue (self.run, 0);
      pl_run_set_input (self.run, &input);
      pl_run_fail (self.run, self.error);
    }

  g_hash_table_unref (self.nodes);
  g_hash_table_unref (self.pending);
  return self.run;
}
