/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-waker-private.h"

struct _PlWaker
{
  gatomicrefcount ref_count;

  GSource *source; /* NULL: a thread */

  /* under the mutex */
  GMutex mutex;
  GCond woken;
  gboolean is_woken;
};

/* With @source, waking makes it ready at once; its dispatch sets the ready time back before it
 * looks. Without one, waking ends pl_waker_wait(). */
PlWaker *
pl_waker_new (GSource *source)
{
  PlWaker *self = g_new0 (PlWaker, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->source = source != NULL ? g_source_ref (source) : NULL;
  g_mutex_init (&self->mutex);
  g_cond_init (&self->woken);
  return self;
}

PlWaker *
pl_waker_ref (PlWaker *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
pl_waker_unref (PlWaker *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_clear_pointer (&self->source, g_source_unref);
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->woken);
  g_free (self);
}

void
pl_waker_wake (PlWaker *self)
{
  if (self->source != NULL)
    {
      g_source_set_ready_time (self->source, 0);
      return;
    }

  g_mutex_lock (&self->mutex);
  self->is_woken = TRUE;
  g_cond_signal (&self->woken);
  g_mutex_unlock (&self->mutex);
}

/* Waits until the waker has been woken since the last wait. */
void
pl_waker_wait (PlWaker *self)
{
  g_mutex_lock (&self->mutex);
  while (!self->is_woken)
    g_cond_wait (&self->woken, &self->mutex);
  self->is_woken = FALSE;
  g_mutex_unlock (&self->mutex);
}
