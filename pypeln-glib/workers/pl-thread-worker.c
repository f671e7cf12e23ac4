/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "workers/pl-thread-worker-private.h"

#include "pl-run-private.h"
#include "pl-thread-closure-private.h"

/* A worker that is a thread: it takes elements from its stage's queue, runs the operation on them,
 * and puts what comes of it into the queues of the stage's consumers.
 *
 * The closure that surrounds what it does is entered with the first element, or with the worker's
 * on_start or on_done: a worker that has nothing to call need not enter a language. */

typedef struct
{
  PlWorker parent_instance;
  PlElement first; /* taken before the closure is entered */
  gboolean has_first;
} PlThreadWorker;

typedef PlWorkerClass PlThreadWorkerClass;

static GType pl_thread_worker_get_type (void);

G_DEFINE_FINAL_TYPE (PlThreadWorker, pl_thread_worker, PL_TYPE_WORKER)

#define PL_THREAD_WORKER(self) ((PlThreadWorker *) (self))

static PlFlow
pl_thread_worker_take (PlWorker *self, PlElement *element)
{
  PlThreadWorker *thread = PL_THREAD_WORKER (self);
  PlFlow taken;

  if (thread->has_first)
    {
      thread->has_first = FALSE;
      pl_element_move (&thread->first, element);
      /* Whoever is inside of the closure is told from now on, and not of what was before. */
      return pl_run_is_cancelled (self->node->run) ? PL_FLOW_END : PL_FLOW_OK;
    }

  taken = pl_queue_take (self->node->queue, element, FALSE, NULL);
  if (taken != PL_FLOW_AGAIN)
    return taken;

  pl_worker_switch (self, PL_ACTIVITY_WAITING);
  taken = pl_queue_take (self->node->queue, element, TRUE, NULL);
  pl_worker_switch (self, PL_ACTIVITY_BUSY);
  return taken;
}

/* Takes one element and does what is to be done with it. Returns FALSE at the end. */
static gboolean
pl_thread_worker_step (PlWorker *self)
{
  g_auto(PlElement) element = PL_ELEMENT_INIT;

  switch (pl_thread_worker_take (self, &element))
    {
    case PL_FLOW_OK:
      return pl_worker_process (self, &element);

    case PL_FLOW_AGAIN:
      return pl_worker_flush (self, FALSE);

    case PL_FLOW_END:
      if (!pl_run_is_cancelled (self->node->run))
        pl_worker_flush (self, TRUE);
      break;

    default:
      g_assert_not_reached ();
    }

  return FALSE;
}

static void
pl_thread_worker_run (gpointer data, gpointer user_data)
{
  PlWorker *self = data;
  gboolean more = self->has_begun || pl_worker_begin (self) == PL_FLOW_OK;

  while (more)
    more = pl_thread_worker_step (self);

  if (self->has_expired)
    pl_worker_release (self);
  else
    pl_worker_end (self);
}

/* Waits until there is something to call. Returns FALSE if there never is. */
static gboolean
pl_thread_worker_find_call (PlWorker *self)
{
  const PlStageSettings *settings = &self->node->settings;
  PlThreadWorker *thread = PL_THREAD_WORKER (self);
  PlFlow taken;

  if (settings->on_start != NULL || settings->on_done != NULL)
    return TRUE;
  if (pl_worker_begin (self) != PL_FLOW_OK)
    return FALSE;

  while ((taken = pl_thread_worker_take (self, &thread->first)) == PL_FLOW_AGAIN)
    {
      if (!pl_worker_flush (self, FALSE))
        return FALSE;
    }
  thread->has_first = taken == PL_FLOW_OK;
  return thread->has_first;
}

static void
pl_thread_worker_main (gpointer data, gpointer user_data)
{
  PlWorker *self = data;

  if (self->node->settings.around_thread == NULL || pl_thread_worker_find_call (self))
    pl_surround (self, pl_thread_worker_run, self);
  else
    pl_thread_worker_run (self, NULL);
  g_object_unref (self);
}

static gboolean
pl_thread_worker_start (PlWorker *self, GError **error)
{
  /* It may be late, and then outlives the node. */
  g_object_ref (self);
  if (pl_run_spawn (self->node->run, self->node, pl_thread_worker_main, self, &self->thread, error))
    return TRUE;

  g_object_unref (self);
  return FALSE;
}

static gboolean
pl_thread_worker_put (PlWorker *self, PlElement *element, GError **error)
{
  return pl_node_put (self->node, self, element, error);
}

/* The new worker takes over the old one's part in the count of those that have to end. */
static void
pl_thread_worker_replace (PlWorker *self)
{
  PlNode *node = self->node;
  PlWorker *worker = pl_thread_worker_new (node, self->index);
  GError *error = NULL;

  pl_node_replace_worker (node, self, worker);
  if (!pl_run_is_cancelled (node->run) && pl_worker_start (worker, &error))
    return;

  if (error != NULL)
    {
      pl_stage_prefix_error (node->stage, &node->settings, "", &error);
      pl_run_fail (node->run, error);
    }
  pl_worker_end (worker);
}

static void
pl_thread_worker_class_init (PlThreadWorkerClass *klass)
{
  klass->start = pl_thread_worker_start;
  klass->put = pl_thread_worker_put;
  klass->replace = pl_thread_worker_replace;
}

static void
pl_thread_worker_init (PlThreadWorker *self)
{
}

PlWorker *
pl_thread_worker_new (PlNode *node, guint index)
{
  return pl_worker_new (pl_thread_worker_get_type (), node, index);
}
