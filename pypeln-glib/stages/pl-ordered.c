/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-ordered.h"

#include "pl-frontier-private.h"
#include "pl-stage-private.h"
#include "pl-worker-private.h"

/**
 * PlOrdered:
 *
 * A stage that puts elements back into the order of their indices: [func@Pl.thread_ordered],
 * [func@Pl.task_ordered], [func@Pl.process_ordered], [func@Pl.sync_ordered].
 *
 * An element is passed on as soon as nothing that sorts before it can still come, whatever lies
 * between the sources and this stage: elements that are dropped, skipped or time out hold up
 * nothing, and what a flat_map makes takes the place of what it was made of. Elements with the same
 * index, as a concat may bring, keep the order in which they come. So the stage works on endless
 * sources, and holds no more than has overtaken an element that is still on its way.
 *
 * One worker does it, however many the stage has. pypeln: `ordered`
 *
 * Since: 1.0
 */

struct _PlOrdered
{
  PlStage parent_instance;
};

struct _PlOrderedClass
{
  PlStageClass parent_class;
};

G_DEFINE_FINAL_TYPE (PlOrdered, pl_ordered, PL_TYPE_STAGE)

static void
pl_ordered_held_free (gpointer data)
{
  pl_element_clear (data);
  g_free (data);
}

/* What is held back, in order. */
static gpointer
pl_ordered_open (PlStage *stage)
{
  return g_sequence_new (pl_ordered_held_free);
}

static void
pl_ordered_close (PlStage *stage, gpointer state)
{
  g_sequence_free (state);
}

/* Those that are equal stay in the order in which they come: the new one sorts behind them. */
static int
pl_ordered_compare (gconstpointer a, gconstpointer b, gpointer new_element)
{
  int order = pl_index_compare (&((const PlElement *) a)->index, &((const PlElement *) b)->index);

  if (order != 0)
    return order;
  return a == new_element ? 1 : -1;
}

/* Puts what nothing can come before any more. */
static gboolean
pl_ordered_release (PlWorker *worker, gboolean at_end, GError **error)
{
  GSequence *held = worker->state;

  while (!g_sequence_is_empty (held))
    {
      GSequenceIter *first = g_sequence_get_begin_iter (held);
      PlElement *element = g_sequence_get (first);

      if (!at_end && !pl_frontier_has_passed (worker->node->frontier, &element->index))
        break;

      if (!pl_worker_put (worker, element, error))
        return FALSE;
      g_sequence_remove (first);
    }

  return TRUE;
}

/* To an ordered stage behind this one, what this one will make begins where its own frontier is.
 * Returns FALSE if something has passed in between, so that there may be more to release. */
static gboolean
pl_ordered_advance (PlWorker *worker)
{
  GSequence *held = worker->state;
  PlFrontier *frontier = worker->node->frontier;
  g_auto(PlIndex) first = { 0 };
  g_auto(PlIndex) next = { 0 };

  if (worker->standing == NULL)
    return TRUE;

  if (!pl_frontier_get_first (frontier, &first))
    return g_sequence_is_empty (held);

  if (!g_sequence_is_empty (held))
    {
      const PlElement *element = g_sequence_get (g_sequence_get_begin_iter (held));

      if (pl_index_compare (&first, &element->index) >= 0)
        return FALSE;
    }

  pl_ticket_advance (worker->standing, &first);

  /* The least index behind it: come again when that has passed. */
  pl_index_append (&first, 0, &next);
  return !pl_frontier_has_passed (frontier, &next);
}

static gboolean
pl_ordered_flush (PlStage *stage, PlWorker *worker, gboolean at_end, GError **error)
{
  do
    {
      if (!pl_ordered_release (worker, at_end, error))
        return FALSE;
    }
  while (!pl_ordered_advance (worker));

  return TRUE;
}

static gboolean
pl_ordered_process (PlStage *stage, PlElement *element, PlWorker *worker, GError **error)
{
  PlElement *held = g_new0 (PlElement, 1);

  pl_element_move (element, held);
  g_sequence_insert_sorted (worker->state, held, pl_ordered_compare, held);

  /* It is here: it is not to wait for itself. */
  pl_ticket_clear (&worker->call->ticket);
  return pl_ordered_flush (stage, worker, FALSE, error);
}

static void
pl_ordered_class_init (PlOrderedClass *klass)
{
  PlStageClass *stage_class = PL_STAGE_CLASS (klass);

  stage_class->operation = "ordered";
  stage_class->max_inputs = 1;
  stage_class->restores_order = TRUE;
  stage_class->process = pl_ordered_process;
  stage_class->flush = pl_ordered_flush;
  stage_class->open = pl_ordered_open;
  stage_class->close = pl_ordered_close;
}

static void
pl_ordered_init (PlOrdered *self)
{
}
