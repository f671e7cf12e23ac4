/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "workers/pl-sync-worker-private.h"

#include "pl-run-private.h"

/* The worker of a sync stage, and of each source. It has no thread: whoever takes an element from
 * it makes it take one from its inputs in turn, and runs the operation on it. */

typedef struct
{
  PlWorker parent_instance;

  /* What the operation made of the last element and nobody has taken yet: most often one. */
  PlElement first;
  GArray *others; /* PlElement */
  guint n_taken;  /* how many of the others have been taken */

  guint turn;            /* the input to take from next */
  guint n_ended;         /* inputs that have come to their end */
  GArray *ended;         /* gboolean, for each input */
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
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "The run has been cancelled");
      return FALSE;
    }

  element->ticket = pl_ticket_new (worker->node->frontiers_ahead, &element->index);
  if (G_VALUE_TYPE (&self->first.value) == 0 && self->others->len == 0)
    {
      pl_element_move (element, &self->first);
      return TRUE;
    }

  g_array_set_size (self->others, self->others->len + 1);
  pl_element_move (element, &g_array_index (self->others, PlElement, self->others->len - 1));
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

  if (self->n_taken == self->others->len)
    return FALSE;

  pl_element_move (&g_array_index (self->others, PlElement, self->n_taken++), element);
  if (self->n_taken == self->others->len)
    {
      g_array_set_size (self->others, 0);
      self->n_taken = 0;
    }
  return TRUE;
}

/* Takes from the inputs, one of each in turn; passes over those that have ended and those that have
 * nothing at the moment. It waits only for the last one that is left: an input may have nothing
 * because another is full, when one stage feeds both. */
static PlFlow
pl_sync_worker_take_input (PlSyncWorker *self, PlElement *element, gboolean wait)
{
  GArray *inputs = PL_WORKER (self)->node->inputs;

  for (guint n = 0; n < inputs->len; n++)
    {
      guint i = (self->turn + n) % inputs->len;
      gboolean is_last = self->n_ended + 1 == inputs->len;
      PlFlow taken;

      if (g_array_index (self->ended, gboolean, i))
        continue;

      taken = pl_input_take (&g_array_index (inputs, PlInput, i), element, wait && is_last);
      if (taken == PL_FLOW_OK)
        {
          self->turn = (i + 1) % inputs->len;
          return PL_FLOW_OK;
        }
      if (taken == PL_FLOW_END)
        {
          g_array_index (self->ended, gboolean, i) = TRUE;
          self->n_ended++;
        }
    }

  return self->n_ended == inputs->len ? PL_FLOW_END : PL_FLOW_AGAIN;
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

  taken = pl_sync_worker_take_input (self, &element, wait);
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

  if (!worker->has_begun && !pl_worker_begin (worker))
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
  g_array_set_size (self->others, 0);
  self->n_taken = 0;
}

static void
pl_sync_worker_finalize (GObject *object)
{
  PlSyncWorker *self = PL_SYNC_WORKER (object);

  g_array_unref (self->others);
  g_array_unref (self->ended);

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
  self->others = g_array_new (FALSE, TRUE, sizeof (PlElement));
  self->ended = g_array_new (FALSE, TRUE, sizeof (gboolean));
  g_array_set_clear_func (self->others, (GDestroyNotify) pl_element_clear);
}

/* The node has its inputs already. */
PlWorker *
pl_sync_worker_new (PlNode *node)
{
  PlWorker *worker = pl_worker_new (pl_sync_worker_get_type (), node, 0);

  worker->is_sampled = TRUE;
  g_array_set_size (PL_SYNC_WORKER (worker)->ended, node->inputs->len);
  return worker;
}
