/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "workers/pl-thread-worker-private.h"

#include "pl-run-private.h"

/* A worker that is a thread: it takes elements from its stage's queue, runs the operation on them,
 * and puts what comes of it into the queues of the stage's consumers. */

typedef PlWorker PlThreadWorker;
typedef PlWorkerClass PlThreadWorkerClass;

static GType pl_thread_worker_get_type (void);

G_DEFINE_FINAL_TYPE (PlThreadWorker, pl_thread_worker, PL_TYPE_WORKER)

static void
pl_thread_worker_main (gpointer data, gpointer user_data)
{
  PlWorker *self = data;
  g_auto(PlElement) element = PL_ELEMENT_INIT;
  gboolean more = pl_worker_begin (self);

  while (more && pl_queue_take (self->node->queue, &element, TRUE) == PL_FLOW_OK)
    more = pl_worker_process (self, &element);

  pl_worker_end (self);
}

static gboolean
pl_thread_worker_start (PlWorker *self, GError **error)
{
  return pl_run_spawn (self->node->run, self->node, pl_thread_worker_main, self, error);
}

static gboolean
pl_thread_worker_put (PlWorker *self, PlElement *element, GError **error)
{
  return pl_node_put (self->node, element, error);
}

static void
pl_thread_worker_class_init (PlThreadWorkerClass *klass)
{
  klass->start = pl_thread_worker_start;
  klass->put = pl_thread_worker_put;
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
