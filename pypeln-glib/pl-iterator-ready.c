/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-iterator-private.h"

#include "pl-callback-private.h"

/* Calls that take what is there, and do not wait; and who is told when there may be more. That is
 * one source and one closure for the whole run, where an asynchronous call makes both anew. */

/* How many elements are given before a main loop that does nothing but take them goes on. */
#define MANY 64

/* The iterator has a reference, and the source another: that may be dispatched while the iterator
 * goes. */
struct _PlIteratorReady
{
  GSource *source;
  PlWaker *waker; /* of the source */
  PlCallback *callback;
  guint n_given; /* since it has been told last */
  gboolean is_waiting;
};

static gboolean
pl_iterator_ready_cb (gpointer user_data)
{
  PlIteratorReady *self = user_data;
  GValue n_given = G_VALUE_INIT;

  if (g_source_get_priority (self->source) != G_PRIORITY_DEFAULT)
    g_source_set_priority (self->source, G_PRIORITY_DEFAULT);
  g_value_init (&n_given, G_TYPE_UINT);
  g_value_set_uint (&n_given, self->n_given);
  self->n_given = 0;
  g_closure_invoke (self->callback->closure, NULL, 1, &n_given, NULL);
  return G_SOURCE_CONTINUE;
}

static void
pl_iterator_ready_clear (gpointer data)
{
  PlIteratorReady *self = data;

  g_source_unref (self->source);
  g_clear_pointer (&self->waker, pl_waker_unref);
  pl_callback_unref (self->callback);
}

static void
pl_iterator_ready_release (gpointer self)
{
  g_atomic_rc_box_release_full (self, pl_iterator_ready_clear);
}

void
pl_iterator_ready_stop (PlIteratorReady *self)
{
  g_source_destroy (self->source);
  pl_iterator_ready_release (self);
}

/* The run has another waker now, which does not wake who waits to be told. */
void
pl_iterator_ready_interrupt (PlIteratorReady *self)
{
  if (self->is_waiting)
    pl_waker_wake (self->waker);
  self->is_waiting = FALSE;
}

/* The consumer has found nothing, or something after all. */
static void
pl_iterator_note_waiting (PlIterator *self, gboolean is_waiting)
{
  if (self->ready->is_waiting == is_waiting)
    return;

  self->ready->is_waiting = is_waiting;
  pl_iterator_switch (self, is_waiting ? PL_ACTIVITY_WAITING : PL_ACTIVITY_BUSY);
}

/* Takes as pl_iterator_take() does, for somebody who is told when there may be more. */
static PlFlow
pl_iterator_take_ready (PlIterator *self, guint max_values)
{
  PlFlow taken;

  pl_iterator_set_waker (self, self->ready->waker);
  if (self->ready->n_given >= MANY)
    return PL_FLOW_END;

  taken = pl_iterator_take (self, max_values, FALSE);
  pl_iterator_note_waiting (self, taken == PL_FLOW_AGAIN);
  self->ready->n_given += self->values->len;
  return taken;
}

/* Counts one of those as taken that have been given ahead. Returns FALSE if the run has been
 * cancelled. */
gboolean
pl_iterator_pass_ahead (PlIterator *self)
{
  self->n_ahead--;
  pl_iterator_count (self);
  return pl_queue_give_back (pl_run_get_input (self->run)->queue);
}

/* Gives more of what waits, up to @max_values in all. */
static void
pl_iterator_look_ahead (PlIterator *self, guint max_values)
{
  PlQueue *queue = pl_run_get_input (self->run)->queue;
  PlElement element = PL_ELEMENT_INIT;

  while (self->values->len < max_values && pl_queue_borrow (queue, &element))
    {
      pl_iterator_add_value (self, &element.value);
      pl_index_clear (&element.index);
      self->n_ahead++;
    }
}

/* Takes up to @max_values, or one and looks at the others. */
static const GValue *
pl_iterator_try (PlIterator *self, guint max_values, gboolean ahead, guint *n_values)
{
  guint n_taken = ahead ? 1 : max_values;
  PlFlow taken = PL_FLOW_END;

  if (pl_iterator_begin (self, NULL))
    {
      pl_iterator_drop_values (self);
      if (!self->is_finished && pl_run_get_input (self->run)->queue != NULL)
        taken = self->ready != NULL ? pl_iterator_take_ready (self, n_taken)
                                    : pl_iterator_take (self, n_taken, FALSE);
      if (ahead && taken == PL_FLOW_OK)
        pl_iterator_look_ahead (self, max_values);
      pl_iterator_end (self);
    }

  /* Only where it has to wait the queue tells. A loop that does nothing but take elements goes on
   * behind whatever else there is to do: windows are to be drawn. */
  if (taken == PL_FLOW_END && self->ready != NULL)
    {
      if (self->ready->n_given >= MANY)
        g_source_set_priority (self->ready->source, G_PRIORITY_DEFAULT_IDLE);
      pl_waker_wake (self->ready->waker);
    }
  if (taken != PL_FLOW_OK)
    return NULL;

  *n_values = self->values->len;
  return (const GValue *) (gpointer) self->values->data;
}

/**
 * pl_iterator_try_next_values:
 * @self: an iterator
 * @max_values: how many elements to take at most; at least 1
 * @n_values: (out): return location for the number of elements
 *
 * Takes elements that wait already, and runs nothing for more.
 *
 * It is for callers to whom [method@Pl.Iterator.next_values_async] is dear, which they call when
 * there is nothing: that tells of the end and of errors too. Where the last stage is a sync one
 * there never is, since that makes an element when one is asked for.
 *
 * Returns: (array length=n_values) (transfer none) (nullable): the elements, which belong to the
 *   iterator and stay until its next call; NULL if none is waiting, or another call is under way
 *
 * Since: 1.0
 */
const GValue *
pl_iterator_try_next_values (PlIterator *self, guint max_values, guint *n_values)
{
  g_return_val_if_fail (n_values != NULL, NULL);
  *n_values = 0;
  g_return_val_if_fail (PL_IS_ITERATOR (self), NULL);
  g_return_val_if_fail (max_values > 0, NULL);

  return pl_iterator_try (self, max_values, FALSE, n_values);
}

/**
 * pl_iterator_try_next_ahead:
 * @self: an iterator
 * @max_values: how many elements to give at most; at least 1
 * @n_values: (out): return location for the number of elements
 *
 * Takes the next element, if it waits already, and gives those that wait behind it ahead of time.
 *
 * It is [method@Pl.Iterator.try_next_values] for where a bound is to be kept: what is given ahead
 * counts as waiting, until [method@Pl.Iterator.take_ahead] takes it, or the next call for elements
 * does, which takes all of it.
 *
 * Returns: (array length=n_values) (transfer none) (nullable): the elements, which belong to the
 *   iterator and stay until its next call; NULL if none is waiting, or another call is under way
 *
 * Since: 1.0
 */
const GValue *
pl_iterator_try_next_ahead (PlIterator *self, guint max_values, guint *n_values)
{
  g_return_val_if_fail (n_values != NULL, NULL);
  *n_values = 0;
  g_return_val_if_fail (PL_IS_ITERATOR (self), NULL);
  g_return_val_if_fail (max_values > 0, NULL);

  return pl_iterator_try (self, max_values, TRUE, n_values);
}

/**
 * pl_iterator_take_ahead:
 * @self: an iterator
 *
 * Takes the next one of the elements that [method@Pl.Iterator.try_next_ahead] has given ahead of
 * time. So its place is free.
 *
 * Returns: TRUE; FALSE if there is none, or the run has failed or been cancelled: the elements are
 *   dropped then
 *
 * Since: 1.0
 */
gboolean
pl_iterator_take_ahead (PlIterator *self)
{
  gboolean taken = FALSE;

  g_return_val_if_fail (PL_IS_ITERATOR (self), FALSE);

  if (!pl_iterator_begin (self, NULL))
    return FALSE;

  if (self->n_ahead > 0)
    taken = pl_iterator_pass_ahead (self);
  if (taken && self->ready != NULL)
    self->ready->n_given++;
  pl_iterator_end (self);
  return taken;
}

/**
 * pl_iterator_set_ready:
 * @self: an iterator
 * @ready: is called when there may be something to take, with how many elements have been given
 *   since the last time, a guint, and returns nothing
 *
 * Has a binding be told when it is worth while to call [method@Pl.Iterator.try_next_values] again,
 * after that has given nothing. It is for those to which [method@Pl.Iterator.next_values_async] is
 * dear, and is called before the first call for elements, once.
 *
 * @ready is called on the thread-default main context of the caller, where the calls for elements
 * are to be made too. It is called now and then without a reason. If there is nothing twice in a
 * row that may be the end, or an error, and [method@Pl.Iterator.next_values_async] tells. So that a
 * main loop goes on, [method@Pl.Iterator.try_next_values] gives nothing, though there may be
 * something, when it has given many elements since @ready was called last; then @ready is called
 * again, at [const@GLib.PRIORITY_DEFAULT_IDLE].
 *
 * Returns: TRUE; FALSE where @ready is never called, since the last stage is a sync one
 *
 * Since: 1.0
 */
gboolean
pl_iterator_set_ready (PlIterator *self, GClosure *ready)
{
  g_autoptr(GMainContext) context = NULL;

  g_return_val_if_fail (PL_IS_ITERATOR (self), FALSE);
  g_return_val_if_fail (ready != NULL, FALSE);
  g_return_val_if_fail (self->ready == NULL, FALSE);

  if (self->run == NULL || pl_run_get_input (self->run)->queue == NULL)
    {
      g_closure_sink (g_closure_ref (ready));
      g_closure_unref (ready);
      return FALSE;
    }

  self->ready = g_atomic_rc_box_new0 (PlIteratorReady);
  self->ready->callback = pl_callback_new_for_closure (ready);
  self->ready->source = pl_waker_source_new ("PlIterator ready", pl_iterator_ready_cb,
                                             g_atomic_rc_box_acquire (self->ready),
                                             pl_iterator_ready_release);

  context = g_main_context_ref_thread_default ();
  g_source_attach (self->ready->source, context);
  self->ready->waker = pl_waker_new_for_source (self->ready->source);
  return TRUE;
}
