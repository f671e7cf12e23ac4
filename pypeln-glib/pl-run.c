/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-run-private.h"

#include "pl-context-private.h"
#include "pl-debug-private.h"
#include "pl-stage-private.h"
#include "pl-supervisor-private.h"
#include "pl-thread-closure-private.h"
#include "pl-worker-private.h"

/* One execution of a pipeline: its queues, its workers, its threads, its first error.
 *
 * A run is built (see pl-run-builder.c), started, and then ends in one of two ways: its workers
 * come to the end of their elements, or it is cancelled, by an error or by the consumer. Cancelling
 * ends all queues and fires the workers' cancellables, which wakes whoever waits; threads, and
 * workers on a main context, then end by themselves. Either way the run is over when the last of
 * them is, and the consumer, which learns of it from its own queue or from the waker it left, waits
 * for them before it tells.
 *
 * The consumer holds the run, and so does each of its threads, unless it is late, and each worker
 * on a main context. */

struct _PlRun
{
  gatomicrefcount ref_count;

  /* fixed when the run starts */
  GPtrArray *nodes;
  GPtrArray *queues;
  GPtrArray *frontiers;
  PlThreads *threads;
  PlReporter *reporter;
  PlInput input; /* where the consumer takes elements */
  gint64 start_time;
  GMainContext *wanted_context; /* where they are to run; NULL: as is right for the starter */
  GMainContext *context; /* where workers without a thread run; NULL: there are none */

  guint n_inside; /* of them on the stack of the thread that has the context, and for that alone */

  /* atomic */
  gboolean is_cancelled;
  guint n_workers; /* not ended yet */

  /* under the mutex */
  GMutex mutex;
  GError *error;
  gint64 end_time; /* of the last worker; 0: it goes on */
};

/* @context is where task stages are to run; NULL: as is right for the thread that starts it. */
PlRun *
pl_run_new (GMainContext *context)
{
  PlRun *self = g_new0 (PlRun, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->nodes = g_ptr_array_new_with_free_func ((GDestroyNotify) pl_node_free);
  self->queues = g_ptr_array_new_with_free_func ((GDestroyNotify) pl_queue_free);
  self->frontiers = g_ptr_array_new_with_free_func ((GDestroyNotify) pl_frontier_free);
  self->threads = pl_threads_new ();
  self->reporter = pl_reporter_new ();
  self->start_time = g_get_monotonic_time ();
  self->wanted_context = context != NULL ? g_main_context_ref (context) : NULL;
  g_mutex_init (&self->mutex);
  return self;
}

PlRun *
pl_run_ref (PlRun *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
pl_run_unref (PlRun *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  /* Elements, in queues and in workers, have tickets of the frontiers. */
  for (guint i = 0; i < self->frontiers->len; i++)
    pl_frontier_close (g_ptr_array_index (self->frontiers, i));
  g_ptr_array_unref (self->queues);
  g_ptr_array_unref (self->nodes);
  g_ptr_array_unref (self->frontiers);
  pl_threads_unref (self->threads);
  pl_reporter_unref (self->reporter);
  g_clear_pointer (&self->wanted_context, g_main_context_unref);
  g_clear_pointer (&self->context, g_main_context_unref);
  g_clear_error (&self->error);
  g_mutex_clear (&self->mutex);
  g_free (self);
}

const PlInput *
pl_run_get_input (PlRun *self)
{
  return &self->input;
}

void
pl_run_set_input (PlRun *self, const PlInput *input)
{
  self->input = *input;
}

PlQueue *
pl_run_add_queue (PlRun *self, guint bound)
{
  PlQueue *queue = pl_queue_new (bound);

  g_ptr_array_add (self->queues, queue);
  return queue;
}

static void
pl_run_frontier_passed_cb (gpointer user_data)
{
  pl_node_nudge (user_data);
}

/* Makes what the ordered stage @node knows. */
PlFrontier *
pl_run_add_frontier (PlRun *self, PlNode *node)
{
  PlFrontier *frontier = pl_frontier_new (pl_run_frontier_passed_cb, node);

  g_ptr_array_add (self->frontiers, frontier);
  return frontier;
}

void
pl_run_add_node (PlRun *self, PlNode *node)
{
  g_ptr_array_add (self->nodes, node);
}

GPtrArray *
pl_run_get_nodes (PlRun *self)
{
  return self->nodes;
}

PlThreads *
pl_run_get_threads (PlRun *self)
{
  return self->threads;
}

PlReporter *
pl_run_get_reporter (PlRun *self)
{
  return self->reporter;
}

/* Finds the context for workers without a thread, before the run starts, on the starter's. */
gboolean
pl_run_use_context (PlRun *self, GError **error)
{
  if (self->context == NULL && self->wanted_context != NULL)
    self->context = g_main_context_ref (self->wanted_context);
  else if (self->context == NULL)
    self->context = pl_context_ref_for_starter (error);

  return self->context != NULL;
}

/* NULL: whoever starts the run has not said where task stages are to run. */
GMainContext *
pl_run_get_wanted_context (PlRun *self)
{
  return self->wanted_context;
}

/* NULL: the run has no use for one. */
GMainContext *
pl_run_get_context (PlRun *self)
{
  return self->context;
}

/* A worker on the context is at work. */
void
pl_run_enter (PlRun *self)
{
  self->n_inside++;
}

void
pl_run_leave (PlRun *self)
{
  self->n_inside--;
}

/* Tells whether this thread is inside of a function of the run, which then cannot wait for it. */
static gboolean
pl_run_is_inside (PlRun *self)
{
  return self->context != NULL && g_main_context_is_owner (self->context) && self->n_inside > 0;
}

/* Has the workers on the context see that the run is cancelled. */
static void
pl_run_hurry (PlRun *self)
{
  for (guint i = 0; i < self->nodes->len; i++)
    {
      g_autoptr(GPtrArray) workers = pl_node_dup_workers (g_ptr_array_index (self->nodes, i));

      for (guint j = 0; j < workers->len; j++)
        pl_worker_hurry (g_ptr_array_index (workers, j));
    }
}

/* Waits until all has ended that runs in the run, but for threads that are late; with @guests, for
 * workers on a main context too, which may still wait for an answer there. From inside of a
 * function of the run, as when that drops the last reference to its iterator, it does not: what is
 * inside ends after the function. */
void
pl_run_join (PlRun *self, gboolean guests)
{
  if (pl_threads_have_this (self->threads))
    return;

  if (self->context != NULL && !pl_run_is_inside (self))
    {
      g_autoptr(PlWaker) waker = pl_waker_new (self->context);

      if (pl_run_is_cancelled (self))
        pl_run_hurry (self);
      while (guests && !pl_threads_are_over (self->threads, waker))
        pl_context_wait (self->context, waker);
    }

  pl_threads_join (self->threads);
}

/* Moves what a worker that runs in its consumer makes into the queues of its stage's consumers. */
static void
pl_run_feed (gpointer data, gpointer user_data)
{
  PlWorker *worker = data;
  PlNode *node = worker->node;
  const PlInput input = { .worker = worker };
  g_auto(PlElement) element = PL_ELEMENT_INIT;

  while (pl_input_take (&input, &element, TRUE) == PL_FLOW_OK)
    {
      if (!pl_node_put (node, worker, &element, NULL))
        break;
    }

  pl_input_finish (&input);
}

static void
pl_run_feed_main (gpointer data, gpointer user_data)
{
  pl_surround (data, pl_run_feed, data);
}

/* Starts what runs @worker: itself; the thread that feeds the consumers of a worker which does not
 * run by itself; nothing where the consumer is to run it. */
static gboolean
pl_run_start_worker (PlRun *self, PlNode *node, PlWorker *worker, GError **error)
{
  if (pl_worker_is_active (worker))
    return pl_worker_start (worker, error);

  return !pl_node_is_fed (node) ||
         pl_run_spawn (self, node, pl_run_feed_main, worker, NULL, error);
}

static void
pl_run_start_node (PlRun *self, PlNode *node)
{
  g_autoptr(GPtrArray) workers = pl_node_dup_workers (node);
  GError *error = NULL;

  for (guint i = 0; i < workers->len; i++)
    {
      PlWorker *worker = g_ptr_array_index (workers, i);

      if (error != NULL || !pl_run_start_worker (self, node, worker, &error))
        pl_input_finish (&(PlInput) { .worker = worker });
    }

  if (error != NULL)
    {
      pl_stage_prefix_error (node->stage, &node->settings, "", &error);
      pl_run_fail (self, error);
    }
}

/* The first stage that has a timeout gives the supervisor its name. */
static void
pl_run_start_supervisor (PlRun *self)
{
  for (guint i = 0; i < self->nodes->len; i++)
    {
      PlNode *node = g_ptr_array_index (self->nodes, i);
      GError *error = NULL;

      if (!pl_node_is_supervised (node))
        continue;

      if (!pl_supervisor_start (self, node, &error))
        {
          pl_stage_prefix_error (node->stage, &node->settings, "", &error);
          pl_run_fail (self, error);
        }
      break;
    }
}

/* Starts everything; what fails is told by the run's error. */
void
pl_run_start (PlRun *self)
{
  PL_DEBUG ("run %p: starts, %u stages", (gpointer) self, self->nodes->len);

  pl_run_start_supervisor (self);
  for (guint i = 0; i < self->nodes->len; i++)
    pl_run_start_node (self, g_ptr_array_index (self->nodes, i));
}

/* Runs @func in a thread of the run, which is named after @node. */
gboolean
pl_run_spawn (PlRun *self,
              PlNode *node,
              GFunc func,
              gpointer data,
              PlThread **thread,
              GError **error)
{
  g_autofree char *name = g_strdup_printf ("pl-%s", pl_stage_get_label (node->stage,
                                                                        &node->settings));

  pl_run_ref (self);
  if (pl_threads_spawn (self->threads, name, func, data, self, (GDestroyNotify) pl_run_unref,
                        thread, error))
    return TRUE;

  pl_run_unref (self);
  return FALSE;
}

/* Before the run starts. */
void
pl_run_add_worker (PlRun *self)
{
  self->n_workers++;
}

void
pl_run_remove_worker (PlRun *self)
{
  if (!g_atomic_int_dec_and_test (&self->n_workers))
    return;

  g_mutex_lock (&self->mutex);
  self->end_time = g_get_monotonic_time ();
  g_mutex_unlock (&self->mutex);

  PL_DEBUG ("run %p: stops", (gpointer) self);
  pl_reporter_note (self->reporter);
  pl_threads_dismiss (self->threads);
}

/* How long the run has been going on, or did, in microseconds. */
gint64
pl_run_get_elapsed (PlRun *self, gint64 now)
{
  gint64 end_time;

  g_mutex_lock (&self->mutex);
  end_time = self->end_time;
  g_mutex_unlock (&self->mutex);

  return (end_time != 0 ? end_time : now) - self->start_time;
}

gboolean
pl_run_is_cancelled (PlRun *self)
{
  return g_atomic_int_get (&self->is_cancelled);
}

static void
pl_run_cancel (PlRun *self)
{
  for (guint i = 0; i < self->queues->len; i++)
    pl_queue_cancel (g_ptr_array_index (self->queues, i));

  for (guint i = 0; i < self->nodes->len; i++)
    {
      g_autoptr(GPtrArray) workers = pl_node_dup_workers (g_ptr_array_index (self->nodes, i));

      for (guint j = 0; j < workers->len; j++)
        pl_worker_cancel (g_ptr_array_index (workers, j));
    }

  pl_threads_cancel (self->threads);
}

/* Cancels the run. The first call's error, which is taken, is the run's. */
void
pl_run_fail (PlRun *self, GError *error)
{
  gboolean is_first;

  g_mutex_lock (&self->mutex);
  is_first = !self->is_cancelled;
  if (is_first)
    {
      if (self->end_time == 0)
        PL_DEBUG ("run %p: %s", (gpointer) self, error->message);
      self->error = error;
      g_atomic_int_set (&self->is_cancelled, TRUE);
    }
  g_mutex_unlock (&self->mutex);

  if (is_first)
    pl_run_cancel (self);
  else
    g_error_free (error);
}

/* The run's error, once. */
GError *
pl_run_steal_error (PlRun *self)
{
  GError *error;

  g_mutex_lock (&self->mutex);
  error = g_steal_pointer (&self->error);
  g_mutex_unlock (&self->mutex);

  return error;
}
