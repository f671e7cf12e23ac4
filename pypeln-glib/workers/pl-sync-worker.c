/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "workers/pl-sync-worker-private.h"

#include "pl-backlog-private.h"
#include "pl-intake-private.h"
#include "pl-run-private.h"

/* The worker of a sync stage, and of each source. It has no thread: whoever takes an element from
 * it makes it take one from its inputs in turn, and runs the operation on it. */

typedef struct
{
  PlWorker parent_instance;

  /* What the operation made of the last element and nobody has taken yet: most often one. A
   * function that emits does so as often as it likes; closures that make one a call are suspended
   * in between. */
  PlElement first;
  PlBacklog others;

  PlIntake intake;
  gboolean is_exhausted; /* there is nothing more to make */
} PlSyncWorker;

typedef PlWorkerClass PlSyncWorkerClass;

static GType pl_sync_worker_get_type (void);

G_DEFINE_FINAL_TYPE (PlSyncWorker, pl_sync_worker, PL_TYPE_WORKER)

#define PL_SYNC_WORKER(self) ((PlSyncWorker *) (self))

static gboolean
pl_sync_worker_put (PlWorker *worker, PlElement *element, GError **error)
{
  PlSyncWorker *self = PL_SYNC_WORKER (worker);

  if (pl_run_is_cancelled (worker->node->run))
    {
      pl_worker_set_cancelled (worker, error);
      return FALSE;
    }

  element->ticket = pl_ticket_new (worker->node->frontiers_ahead, &element->index);
  if (G_VALUE_TYPE (&self->first.value) == 0 && pl_backlog_is_empty (&self->others))
    pl_element_move (element, &self->first);
  else
    pl_backlog_push (&self->others, element);
  return TRUE;
}

/* Takes what the operation has made and nobody has taken yet. */
static gboolean
pl_sync_worker_take_made (PlSyncWorker *self, PlElement *element)
{
  if (G_VALUE_TYPE (&self->first.value) != 0)
    {
      pl_element_move (&self->first, element);
      return TRUE;
    }

  if (pl_backlog_is_empty (&self->others))
    return FALSE;

  pl_backlog_pop (&self->others, element);
  return TRUE;
}

/* Has the operation make more. */
static PlFlow
pl_sync_worker_make (PlSyncWorker *self, gboolean wait)
{
  PlWorker *worker = PL_WORKER (self);
  g_auto(PlElement) element = PL_ELEMENT_INIT;
  PlFlow taken;

  if (worker->node->inputs->len == 0)
    return pl_worker_generate (worker) ? PL_FLOW_OK : PL_FLOW_END;
  if (worker->is_suspended)
    return pl_worker_go_on (worker) ? PL_FLOW_OK : PL_FLOW_END;

  taken = pl_intake_take (&self->intake, &element, wait);
  if (taken == PL_FLOW_OK)
    return pl_worker_process (worker, &element) ? PL_FLOW_OK : PL_FLOW_END;

  if (!pl_worker_flush (worker, taken == PL_FLOW_END))
    return PL_FLOW_END;
  return taken;
}

static gboolean
pl_sync_worker_is_late (PlSyncWorker *self)
{
  gint64 slice_end = PL_WORKER (self)->slice_end;

  return slice_end != 0 && g_get_monotonic_time () >= slice_end;
}

static PlFlow
pl_sync_worker_take (PlWorker *worker, PlElement *element, gboolean wait)
{
  PlSyncWorker *self = PL_SYNC_WORKER (worker);
  gboolean has_tried = FALSE;

  if (!worker->has_begun && pl_worker_begin (worker) != PL_FLOW_OK)
    self->is_exhausted = TRUE;

  while (!pl_run_is_cancelled (worker->node->run))
    {
      PlFlow taken;

      if (pl_sync_worker_take_made (self, element))
        return PL_FLOW_OK;
      if (self->is_exhausted)
        break;

      /* Not before one attempt, so that a consumer which is always late gets on too. */
      if (has_tried && !wait && pl_sync_worker_is_late (self))
        return PL_FLOW_AGAIN;
      has_tried = TRUE;

      taken = pl_sync_worker_make (self, wait);
      self->is_exhausted = taken == PL_FLOW_END;
      if (taken == PL_FLOW_AGAIN)
        return pl_sync_worker_take_made (self, element) ? PL_FLOW_OK : PL_FLOW_AGAIN;
    }

  pl_worker_end (worker);
  return PL_FLOW_END;
}

static void
pl_sync_worker_clear (PlWorker *worker)
{
  PlSyncWorker *self = PL_SYNC_WORKER (worker);

  pl_element_clear (&self->first);
  pl_backlog_drop (&self->others);
}

static void
pl_sync_worker_finalize (GObject *object)
{
  PlSyncWorker *self = PL_SYNC_WORKER (object);

  pl_backlog_clear (&self->others);
  pl_intake_clear (&self->intake);

  G_OBJECT_CLASS (pl_sync_worker_parent_class)->finalize (object);
}

static void
pl_sync_worker_class_init (PlSyncWorkerClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = pl_sync_worker_finalize;

  klass->put = pl_sync_worker_put;
  klass->take = pl_sync_worker_take;
  klass->clear = pl_sync_worker_clear;
}

static void
pl_sync_worker_init (PlSyncWorker *self)
{
  pl_backlog_init (&self->others);
}

/* The node has its inputs already. */
PlWorker *
pl_sync_worker_new (PlNode *node)
{
  PlWorker *worker = pl_worker_new (pl_sync_worker_get_type (), node, 0);

  worker->is_sampled = TRUE;
  worker->may_suspend = TRUE;
  pl_intake_init (&PL_SYNC_WORKER (worker)->intake, node->inputs);
  return worker;
}
