/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-input-private.h"

#include "pl-worker-private.h"

/* Waits for any of the queues that the worker's elements come from. */
static PlFlow
pl_input_take_of_any (const PlInput *self, PlElement *element)
{
  g_autoptr(PlWaker) waker = pl_waker_new (NULL);
  PlFlow taken;

  pl_input_set_waker (self, waker);
  while ((taken = PL_WORKER_GET_CLASS (self->worker)->take (self->worker, element, FALSE)) ==
         PL_FLOW_AGAIN)
    pl_waker_wait (waker);
  pl_input_set_waker (self, NULL);
  return taken;
}

/* Moves the next element into @element, which is empty. Without @wait it does not wait for other
 * threads, though it runs the functions of stages that have none. */
PlFlow
pl_input_take (const PlInput *self, PlElement *element, gboolean wait)
{
  PlFlow taken;

  if (self->queue != NULL)
    return pl_queue_take (self->queue, element, wait, NULL);

  taken = PL_WORKER_GET_CLASS (self->worker)->take (self->worker, element, wait);
  if (taken == PL_FLOW_AGAIN && wait)
    taken = pl_input_take_of_any (self, element);
  return taken;
}

/* Sets what is woken, see pl_queue_set_waker(), on each queue that elements come from. */
void
pl_input_set_waker (const PlInput *self, PlWaker *waker)
{
  GArray *inputs;

  if (self->queue != NULL)
    {
      pl_queue_set_waker (self->queue, waker);
      return;
    }

  inputs = self->worker->node->inputs;
  for (guint i = 0; i < inputs->len; i++)
    pl_input_set_waker (&g_array_index (inputs, PlInput, i), waker);
}

/* For a consumer that does not wait, and has other things to do: once the monotonic time is @time,
 * sync stages that have found nothing to pass on, as a filter that drops much, say PL_FLOW_AGAIN,
 * and the consumer has to come back by itself. Without it they go on until they have. */
void
pl_input_set_slice_end (const PlInput *self, gint64 time)
{
  GArray *inputs;

  if (self->worker == NULL)
    return;

  self->worker->slice_end = time;
  inputs = self->worker->node->inputs;
  for (guint i = 0; i < inputs->len; i++)
    pl_input_set_slice_end (&g_array_index (inputs, PlInput, i), time);
}

/* Ends the workers that have no thread of their own, if they have not come to the end. */
void
pl_input_finish (const PlInput *self)
{
  GArray *inputs;

  if (self->worker == NULL)
    return;

  inputs = self->worker->node->inputs;
  for (guint i = 0; i < inputs->len; i++)
    pl_input_finish (&g_array_index (inputs, PlInput, i));

  pl_worker_end (self->worker);
}

/* Has whoever waits for an element look again. */
void
pl_input_nudge (const PlInput *self)
{
  if (self->queue != NULL)
    pl_queue_nudge (self->queue);
  else
    pl_node_nudge (self->worker->node);
}
