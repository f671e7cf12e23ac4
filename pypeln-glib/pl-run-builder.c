/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-run-builder-private.h"

#include "pl-error.h"
#include "pl-run-private.h"
#include "pl-stage-check-private.h"
#include "pl-stage-private.h"
#include "pl-worker-private.h"
#include "workers/pl-process-worker-private.h"
#include "workers/pl-sync-worker-private.h"
#include "workers/pl-task-worker-private.h"
#include "workers/pl-thread-worker-private.h"

/* Builds a run from the stage whose elements are wanted, back to the sources.
 *
 * A stage with threads becomes one node, however many consumers it has: each consumer gets a queue,
 * and each queue every element. A sync stage is run by whoever takes from it, so it becomes a node
 * of its own for each consumer: inside of the thread of the consumer of the run, or, where the
 * consumer is a stage with a queue, with a thread that feeds it. The consumer can be a task stage
 * too: that runs on a main context, and so do the sync stages in front of it, but for sources that
 * would keep the context waiting; those are fed. */

typedef struct
{
  PlRun *run;
  GHashTable *nodes;   /* PlStage to PlNode: those with threads */
  GHashTable *pending; /* PlStage: on the way from the last stage to the one at hand */
  GError *error;
} PlRunBuilder;

static gboolean pl_run_builder_make_input (PlRunBuilder *self,
                                            PlStage *stage,
                                            guint maxsize,
                                            PlNode *consumer,
                                            gboolean on_context,
                                            PlInput *input);

static gboolean pl_run_builder_connect (PlRunBuilder *self,
                                         PlStage *stage,
                                         PlQueue *queue,
                                         PlNode *consumer,
                                         gboolean on_context);

/* Tells whether @stage is run by whoever takes from it, which does so on a main context or not. */
static gboolean
pl_run_builder_is_sync (PlStage *stage, gboolean on_context)
{
  PlStageClass *klass = PL_STAGE_GET_CLASS (stage);

  return stage->settings.kind == PL_WORKER_KIND_SYNC &&
         !(on_context && klass->blocks != NULL && klass->blocks (stage));
}

/* Finds what no run can be built of. */
static gboolean
pl_run_builder_check_stage (PlRunBuilder *self, PlStage *stage)
{
  if (g_hash_table_contains (self->pending, stage))
    {
      g_set_error_literal (&self->error, PL_ERROR, PL_ERROR_CYCLE,
                           "The stage is its own input, over the stages in between");
      pl_stage_prefix_error (stage, &stage->settings, "", &self->error);
      return FALSE;
    }

  return pl_stage_check (stage, &self->error);
}

/* Where there is no function, there is nothing for a process to run. */
static gboolean
pl_run_builder_has_processes (PlNode *node)
{
  return node->settings.kind == PL_WORKER_KIND_PROCESS &&
         PL_STAGE_GET_CLASS (node->stage)->needs_callback;
}

/* The one place that knows the kinds of workers. */
static void
pl_run_builder_add_workers (PlNode *node)
{
  PlStageClass *klass = PL_STAGE_GET_CLASS (node->stage);
  gboolean is_source = klass->max_inputs == 0;
  guint n_workers = klass->restores_order ? 1 : node->settings.workers;
  g_autoptr(PlProcessPool) pool = NULL;

  if (is_source || node->settings.kind == PL_WORKER_KIND_SYNC)
    {
      pl_node_add_worker (node, pl_sync_worker_new (node));
      return;
    }

  if (node->settings.kind == PL_WORKER_KIND_TASK)
    {
      pl_node_add_worker (node, pl_task_worker_new (node));
      return;
    }

  if (pl_run_builder_has_processes (node))
    pool = pl_process_pool_new (node, n_workers);

  for (guint i = 0; i < n_workers; i++)
    pl_node_add_worker (node, pool != NULL ? pl_process_worker_new (node, i, pool)
                                           : pl_thread_worker_new (node, i));
}

static PlNode *
pl_run_builder_new_node (PlRunBuilder *self, PlStage *stage)
{
  PlNode *node = pl_node_new (self->run, stage);

  if (PL_STAGE_GET_CLASS (stage)->restores_order)
    node->frontier = pl_run_add_frontier (self->run, node);
  pl_run_add_node (self->run, node);
  return node;
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

/* Makes a node of a sync stage, for one consumer. */
static PlNode *
pl_run_builder_make_sync_node (PlRunBuilder *self, PlStage *stage, gboolean on_context)
{
  PlNode *node;

  if (!pl_run_builder_check_stage (self, stage))
    return NULL;

  node = pl_run_builder_new_node (self, stage);

  g_hash_table_add (self->pending, stage);
  for (guint i = 0; i < stage->inputs->len; i++)
    {
      PlInput from = { NULL };

      if (!pl_run_builder_make_input (self, g_ptr_array_index (stage->inputs, i),
                                      stage->settings.maxsize, node, on_context, &from))
        return NULL;
      g_array_append_val (node->inputs, from);
    }
  g_hash_table_remove (self->pending, stage);

  pl_run_builder_add_workers (node);
  return node;
}

/* Finds where @consumer, which has no queue of its own, takes the elements of @stage. */
static gboolean
pl_run_builder_make_input (PlRunBuilder *self,
                           PlStage *stage,
                           guint maxsize,
                           PlNode *consumer,
                           gboolean on_context,
                           PlInput *input)
{
  PlNode *node;

  if (!pl_run_builder_is_sync (stage, on_context))
    {
      input->queue = pl_run_add_queue (self->run, pl_run_builder_get_bound (maxsize, &stage, 1));
      return pl_run_builder_connect (self, stage, input->queue, consumer, on_context);
    }

  node = pl_run_builder_make_sync_node (self, stage, on_context);
  if (node == NULL)
    return FALSE;

  pl_node_add_output (node, NULL, consumer);
  input->worker = g_ptr_array_index (node->workers, 0);
  return TRUE;
}

/* Makes the one queue that stages which do not run in @node's worker put into. */
static PlQueue *
pl_run_builder_add_queue (PlRunBuilder *self, PlStage *stage)
{
  return pl_run_add_queue (self->run,
                           pl_run_builder_get_bound (stage->settings.maxsize,
                                                     (PlStage **) stage->inputs->pdata,
                                                     stage->inputs->len));
}

/* Finds where threads of @node take elements: in one queue. */
static gboolean
pl_run_builder_make_thread_inputs (PlRunBuilder *self, PlNode *node)
{
  PlStage *stage = node->stage;

  if (stage->inputs->len > 0)
    node->queue = pl_run_builder_add_queue (self, stage);

  for (guint i = 0; i < stage->inputs->len; i++)
    {
      if (!pl_run_builder_connect (self, g_ptr_array_index (stage->inputs, i), node->queue, node,
                                   FALSE))
        return FALSE;
    }

  return TRUE;
}

/* Finds where a worker on a main context takes elements: it runs sync stages itself, and has one
 * queue for all others. */
static gboolean
pl_run_builder_make_task_inputs (PlRunBuilder *self, PlNode *node)
{
  PlStage *stage = node->stage;
  PlQueue *queue = NULL;

  for (guint i = 0; i < stage->inputs->len; i++)
    {
      PlStage *from = g_ptr_array_index (stage->inputs, i);
      PlInput input = { NULL };

      if (pl_run_builder_is_sync (from, TRUE))
        {
          if (!pl_run_builder_make_input (self, from, 0, node, TRUE, &input))
            return FALSE;
          g_array_append_val (node->inputs, input);
          continue;
        }

      if (queue == NULL)
        {
          queue = pl_run_builder_add_queue (self, stage);
          input.queue = queue;
          g_array_append_val (node->inputs, input);
        }
      if (!pl_run_builder_connect (self, from, queue, node, TRUE))
        return FALSE;
    }

  return pl_run_use_context (self->run, &self->error);
}

/* Finds or makes the one node of a stage that runs by itself. */
static PlNode *
pl_run_builder_get_node (PlRunBuilder *self, PlStage *stage)
{
  PlNode *node;

  if (!pl_run_builder_check_stage (self, stage))
    return NULL;

  node = g_hash_table_lookup (self->nodes, stage);
  if (node != NULL)
    return node;

  node = pl_run_builder_new_node (self, stage);

  g_hash_table_add (self->pending, stage);
  if (stage->settings.kind == PL_WORKER_KIND_TASK ? !pl_run_builder_make_task_inputs (self, node)
                                                  : !pl_run_builder_make_thread_inputs (self, node))
    return NULL;
  g_hash_table_remove (self->pending, stage);

  pl_run_builder_add_workers (node);
  g_hash_table_insert (self->nodes, stage, node);
  return node;
}

/* Makes the elements of @stage go into @queue, which is in front of @consumer. */
static gboolean
pl_run_builder_connect (PlRunBuilder *self,
                        PlStage *stage,
                        PlQueue *queue,
                        PlNode *consumer,
                        gboolean on_context)
{
  PlNode *node = pl_run_builder_is_sync (stage, on_context)
                   ? pl_run_builder_make_sync_node (self, stage, on_context)
                   : pl_run_builder_get_node (self, stage);

  if (node == NULL)
    return FALSE;

  pl_node_add_output (node, queue, consumer);
  pl_queue_add_producer (queue);
  return TRUE;
}

/* Finds the ordered stages that what @node makes can reach, without another in between. */
static void
pl_run_builder_find_frontiers (PlNode *node)
{
  if (node->frontiers_ahead != NULL)
    return;

  node->frontiers_ahead = g_ptr_array_new ();
  for (guint i = 0; i < node->outputs->len; i++)
    {
      PlNode *consumer = g_array_index (node->outputs, PlOutput, i).consumer;

      if (consumer == NULL)
        continue;

      pl_run_builder_find_frontiers (consumer);
      for (guint j = 0; j < consumer->frontiers_here->len; j++)
        {
          PlFrontier *frontier = g_ptr_array_index (consumer->frontiers_here, j);

          if (!g_ptr_array_find (node->frontiers_ahead, frontier, NULL))
            g_ptr_array_add (node->frontiers_ahead, frontier);
        }
    }

  if (node->frontier == NULL)
    {
      node->frontiers_here = g_ptr_array_ref (node->frontiers_ahead);
      return;
    }

  node->frontiers_here = g_ptr_array_new ();
  g_ptr_array_add (node->frontiers_here, node->frontier);
}

/* Before anything runs, processes share the bounds around their stages with the queues there. */
static void
pl_run_builder_plan_processes (PlRunBuilder *self)
{
  GPtrArray *nodes = pl_run_get_nodes (self->run);

  for (guint i = 0; i < nodes->len; i++)
    {
      PlNode *node = g_ptr_array_index (nodes, i);

      if (pl_run_builder_has_processes (node))
        pl_process_worker_plan (g_ptr_array_index (node->workers, 0));
    }
}

/* Before anything runs, what makes elements in order announces all of them. */
static void
pl_run_builder_add_tickets (PlRunBuilder *self)
{
  static const PlIndex no_index = { 0 };
  GPtrArray *nodes = pl_run_get_nodes (self->run);

  for (guint i = 0; i < nodes->len; i++)
    {
      PlNode *node = g_ptr_array_index (nodes, i);
      PlWorker *worker = g_ptr_array_index (node->workers, 0);

      pl_run_builder_find_frontiers (node);
      if (node->frontier != NULL || PL_STAGE_GET_CLASS (node->stage)->max_inputs == 0)
        worker->standing = pl_ticket_new (node->frontiers_ahead, &no_index);
    }
}

/* Builds a run, see pl_run_new(). It always succeeds: a run that cannot be is one that has
 * failed. */
PlRun *
pl_run_build (PlStage *last, guint maxsize, GMainContext *context)
{
  PlRunBuilder self = {
    .run = pl_run_new (context),
    .nodes = g_hash_table_new (NULL, NULL),
    .pending = g_hash_table_new (NULL, NULL),
  };
  PlInput input = { NULL };

  if (pl_run_builder_make_input (&self, last, maxsize, NULL, FALSE, &input))
    {
      pl_run_set_input (self.run, &input);
      pl_run_builder_plan_processes (&self);
      pl_run_builder_add_tickets (&self);
    }
  else
    {
      pl_run_unref (self.run);
      self.run = pl_run_new (context);
      input.worker = NULL;
      input.queue = pl_run_add_queue (self.run, 0);
      pl_run_set_input (self.run, &input);
      pl_run_fail (self.run, self.error);
    }

  g_hash_table_unref (self.nodes);
  g_hash_table_unref (self.pending);
  return self.run;
}
