/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "workers/pl-outbox-private.h"

#include "pl-run-private.h"

void
pl_outbox_init (PlOutbox *self)
{
  pl_backlog_init (&self->elements);
  self->n_put = 0;
}

void
pl_outbox_clear (PlOutbox *self)
{
  pl_backlog_clear (&self->elements);
}

void
pl_outbox_drop (PlOutbox *self)
{
  pl_backlog_drop (&self->elements);
  self->n_put = 0;
}

gboolean
pl_outbox_is_empty (PlOutbox *self)
{
  return pl_backlog_is_empty (&self->elements);
}

/* Puts what had no place, as far as there is some now; has @waker woken when there may be more. */
void
pl_outbox_flush (PlOutbox *self, PlWorker *worker, PlWaker *waker)
{
  while (!pl_backlog_is_empty (&self->elements))
    {
      g_auto(PlElement) element = PL_ELEMENT_INIT;

      if (pl_node_try_to_put (worker->node, pl_backlog_peek (&self->elements), &self->n_put,
                              waker) != PL_FLOW_OK)
        break;
      pl_backlog_pop (&self->elements, &element);
    }
}

/* Puts what @worker has made, or keeps it until pl_outbox_flush() can. */
gboolean
pl_outbox_put (PlOutbox *self,
               PlWorker *worker,
               PlElement *element,
               PlWaker *waker,
               GError **error)
{
  PlFlow pushed = PL_FLOW_AGAIN;

  if (pl_run_is_cancelled (worker->node->run))
    pushed = PL_FLOW_END;
  else if (pl_backlog_is_empty (&self->elements))
    pushed = pl_node_try_to_put (worker->node, element, &self->n_put, waker);

  if (pushed == PL_FLOW_END)
    {
      pl_worker_set_cancelled (worker, error);
      return FALSE;
    }

  if (pushed == PL_FLOW_AGAIN)
    {
      if (element->ticket == NULL)
        element->ticket = pl_ticket_new (worker->node->frontiers_ahead, &element->index);
      pl_backlog_push (&self->elements, element);
    }
  return TRUE;
}
