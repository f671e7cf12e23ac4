/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-iterator-private.h"

#include "pl-context-private.h"

/* Calls that wait. */

/* For how long calls that need not wait leave a main context alone, and then go on with it, in
 * microseconds. */
#define TURN_USEC 1000

/* How often a call that a file descriptor interrupts gives up its time slice before it sleeps. */
#define N_YIELDS 4

/* Where stages run on a main context, has them go on now and then: there may be elements from
 * others, so many that this thread never has to wait. */
static void
pl_iterator_take_turn (PlIterator *self, GCancellable *cancellable)
{
  GMainContext *context = pl_run_get_context (self->run);
  gint64 now;
  gulong id;

  if (context == NULL)
    return;

  now = g_get_monotonic_time ();
  if (now < self->turn_time)
    return;

  id = pl_iterator_connect (self, cancellable);
  pl_context_go_on (context, now + TURN_USEC);
  g_cancellable_disconnect (cancellable, id);
  self->turn_time = g_get_monotonic_time () + TURN_USEC;
}

/* Takes as pl_iterator_take() does, without waiting. Sync stages that pass nothing on stop after a
 * while, since there is something else to do; @is_late tells that they have not done all they
 * can. */
static PlFlow
pl_iterator_take_slice (PlIterator *self, guint max_values, gboolean *is_late)
{
  const PlInput *input = pl_run_get_input (self->run);
  gint64 slice_end;
  PlFlow taken;

  *is_late = FALSE;
  if (input->worker == NULL)
    return pl_iterator_take (self, max_values, FALSE);

  slice_end = g_get_monotonic_time () + TURN_USEC;
  pl_input_set_slice_end (input, slice_end);
  taken = pl_iterator_take (self, max_values, FALSE);
  pl_input_set_slice_end (input, 0);

  *is_late = taken == PL_FLOW_AGAIN && g_get_monotonic_time () >= slice_end;
  return taken;
}

/* Takes as pl_iterator_take() does, and waits for it. Where stages run on a main context that
 * nobody else iterates this thread does so. */
static PlFlow
pl_iterator_wait (PlIterator *self, guint max_values)
{
  GMainContext *context = pl_run_get_context (self->run);
  gboolean is_late;
  PlFlow taken;

  if (context == NULL)
    return pl_iterator_take (self, max_values, TRUE);

  /* A call that does not wait has one of its own in the meantime. */
  if (self->waker == NULL)
    self->waker = pl_waker_new (context);
  pl_iterator_set_waker (self, self->waker);

  while ((taken = pl_iterator_take_slice (self, max_values, &is_late)) == PL_FLOW_AGAIN)
    {
      if (is_late)
        pl_context_go_on (context, g_get_monotonic_time () + TURN_USEC);
      else
        pl_context_wait (context, self->waker);
    }
  return taken;
}

/* Waits until there may be something to take, or something can be read from the file descriptor of
 * @poll. */
static void
pl_iterator_sleep_or_poll (PlIterator *self, PlWaker *waker, GPollFD *poll, gboolean is_late)
{
  GMainContext *context = pl_run_get_context (self->run);

  if (is_late)
    {
      if (context != NULL)
        pl_context_go_on (context, g_get_monotonic_time () + TURN_USEC);
      g_main_context_iteration (self->fd_context, FALSE);
    }
  else if (context != NULL)
    {
      pl_context_wait_or_poll (context, waker, self->fd_context, poll);
    }
  else if (!pl_waker_look (waker))
    {
      g_main_context_iteration (self->fd_context, TRUE);
    }
}

/* Takes as pl_iterator_wait() does, but waits no longer than until something can be read from @fd.
 * Says PL_FLOW_AGAIN then. */
static PlFlow
pl_iterator_wait_or_fd (PlIterator *self, guint max_values, int fd)
{
  g_autoptr(PlWaker) waker = NULL;
  GPollFD poll = { .fd = fd, .events = G_IO_IN };
  PlFlow taken = PL_FLOW_AGAIN;
  gboolean is_late;

  /* As threads do that wait for a queue: most elements come that soon, and sleeping is dear. */
  for (guint i = 0; i < N_YIELDS && taken == PL_FLOW_AGAIN; i++)
    {
      g_thread_yield ();
      taken = pl_iterator_take_slice (self, max_values, &is_late);
    }
  if (taken != PL_FLOW_AGAIN)
    return taken;

  if (self->fd_context == NULL)
    self->fd_context = g_main_context_new ();

  g_main_context_add_poll (self->fd_context, &poll, G_PRIORITY_DEFAULT);
  waker = pl_waker_new_for_two (pl_run_get_context (self->run), self->fd_context);
  pl_iterator_set_waker (self, waker);

  while ((taken = pl_iterator_take_slice (self, max_values, &is_late)) == PL_FLOW_AGAIN &&
         poll.revents == 0)
    pl_iterator_sleep_or_poll (self, waker, &poll, is_late);

  pl_iterator_set_waker (self, NULL);
  g_main_context_remove_poll (self->fd_context, &poll);
  return taken;
}

/* Takes as pl_iterator_take() does, at least one unless there are no more; waits for it, or, if @fd
 * is not -1, until something can be read from that: then it returns FALSE without an error, and the
 * iterator is not finished. */
gboolean
pl_iterator_take_blocking (PlIterator *self,
                           guint max_values,
                           int fd,
                           GCancellable *cancellable,
                           GError **error)
{
  const PlInput *input;
  gboolean is_late;
  PlFlow taken = PL_FLOW_AGAIN;

  pl_iterator_drop_values (self);
  if (self->is_finished)
    return FALSE;

  input = pl_run_get_input (self->run);
  pl_reporter_flush (pl_run_get_reporter (self->run));
  pl_iterator_take_turn (self, cancellable);

  /* Connecting costs more than an element does, so not where there is no need to wait. */
  if (input->queue != NULL && !g_cancellable_is_cancelled (cancellable))
    taken = pl_iterator_take (self, max_values, FALSE);

  if (taken == PL_FLOW_AGAIN)
    {
      gulong id = pl_iterator_connect (self, cancellable);

      if (input->worker != NULL && (fd != -1 || pl_run_get_context (self->run) != NULL))
        taken = pl_iterator_take_slice (self, max_values, &is_late);
      else if (input->worker != NULL)
        taken = pl_iterator_take (self, max_values, FALSE);
      if (taken == PL_FLOW_AGAIN)
        {
          pl_iterator_switch (self, PL_ACTIVITY_WAITING);
          taken = fd == -1 ? pl_iterator_wait (self, max_values)
                           : pl_iterator_wait_or_fd (self, max_values, fd);
          pl_iterator_switch (self, PL_ACTIVITY_BUSY);
        }
      g_cancellable_disconnect (cancellable, id);
    }

  if (taken == PL_FLOW_OK)
    return TRUE;
  if (taken == PL_FLOW_AGAIN)
    return FALSE;

  pl_input_finish (input);
  pl_iterator_finish (self, TRUE, error);
  return FALSE;
}

static const GValue *
pl_iterator_take_values (PlIterator *self,
                         guint max_values,
                         int fd,
                         guint *n_values,
                         gboolean *is_readable,
                         GCancellable *cancellable,
                         GError **error)
{
  const GValue *values = NULL;

  if (!pl_iterator_begin (self, error))
    return NULL;

  if (pl_iterator_take_blocking (self, max_values, fd, cancellable, error))
    {
      values = (const GValue *) (gpointer) self->values->data;
      *n_values = self->values->len;
    }
  else
    *is_readable = !self->is_finished;

  pl_iterator_end (self);
  return values;
}

/**
 * pl_iterator_next_values:
 * @self: an iterator
 * @max_values: how many elements to take at most; at least 1
 * @n_values: (out): return location for the number of elements
 * @cancellable: (nullable): a cancellable that cancels the run
 * @error: (nullable): return location for a [type@GLib.Error]
 *
 * Waits for the next element, and takes with it those that wait already.
 *
 * This is [method@Pl.Iterator.next] for callers to whom a call is dear. It does not wait for more
 * than one element. It fails as that does.
 *
 * Returns: (array length=n_values) (transfer none) (nullable): the elements, which belong to the
 *   iterator and stay until its next call; NULL at the end, and NULL with @error set if the run has
 *   failed
 *
 * Since: 1.0
 */
const GValue *
pl_iterator_next_values (PlIterator *self,
                         guint max_values,
                         guint *n_values,
                         GCancellable *cancellable,
                         GError **error)
{
  gboolean is_readable; /* there is no file */

  g_return_val_if_fail (n_values != NULL, NULL);
  *n_values = 0;
  g_return_val_if_fail (PL_IS_ITERATOR (self), NULL);
  g_return_val_if_fail (max_values > 0, NULL);
  g_return_val_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return pl_iterator_take_values (self, max_values, -1, n_values, &is_readable, cancellable, error);
}

/**
 * pl_iterator_next_values_or_fd:
 * @self: an iterator
 * @max_values: how many elements to take at most; at least 1
 * @fd: a file descriptor
 * @n_values: (out): return location for the number of elements
 * @is_readable: (out): return location for whether @fd is why there are no elements
 * @error: (nullable): return location for a [type@GLib.Error]
 *
 * Waits for the next element as [method@Pl.Iterator.next_values] does, but no longer than until
 * something can be read from @fd. Then it returns without elements and without an error, the run
 * goes on, and so does the next call.
 *
 * It is for language bindings that have signals to handle meanwhile, and that learn of these by a
 * file descriptor, as Python by `signal.set_wakeup_fd()`.
 *
 * Returns: (array length=n_values) (transfer none) (nullable): the elements, which belong to the
 *   iterator and stay until its next call; NULL at the end and when something can be read from @fd,
 *   and NULL with @error set if the run has failed
 *
 * Since: 1.0
 */
const GValue *
pl_iterator_next_values_or_fd (PlIterator *self,
                               guint max_values,
                               gint fd,
                               guint *n_values,
                               gboolean *is_readable,
                               GError **error)
{
  g_return_val_if_fail (n_values != NULL && is_readable != NULL, NULL);
  *n_values = 0;
  *is_readable = FALSE;
  g_return_val_if_fail (PL_IS_ITERATOR (self), NULL);
  g_return_val_if_fail (max_values > 0, NULL);
  g_return_val_if_fail (fd >= 0, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return pl_iterator_take_values (self, max_values, fd, n_values, is_readable, NULL, error);
}
