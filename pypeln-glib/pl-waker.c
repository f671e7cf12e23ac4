/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-waker-private.h"

#include "pl-interpreter-private.h"

struct _PlWaker
{
  gatomicrefcount ref_count;

  GSource *source;       /* NULL: a thread */
  GMainContext *context; /* the source's; or what the thread may be iterating; or NULL */
  GMainContext *other;   /* what it may be iterating in its place; or NULL */

  /* under the mutex */
  GMutex mutex;
  GCond woken;
  gboolean is_woken;
  gboolean is_waiting; /* the thread sleeps here: signalling is a system call, needed or not */
};

/* A source that wakers wake. It need not tell its context so from inside of that: there it is a
 * flag that the next iteration sees, without a system call. */
typedef struct
{
  GSource source;
  gboolean is_due; /* atomic */
} PlWakerSource;

static gboolean
pl_waker_source_prepare (GSource *source, int *timeout)
{
  *timeout = -1;
  return g_atomic_int_get (&((PlWakerSource *) source)->is_due);
}

static gboolean
pl_waker_source_check (GSource *source)
{
  return g_atomic_int_get (&((PlWakerSource *) source)->is_due);
}

static gboolean
pl_waker_source_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  /* Before it looks: what comes after the look wakes the source again. */
  g_source_set_ready_time (source, -1);
  g_atomic_int_set (&((PlWakerSource *) source)->is_due, FALSE);

  return callback (user_data);
}

/* Makes a source that calls @func when it has been woken, or when its ready time has come. */
GSource *
pl_waker_source_new (const char *name,
                     GSourceFunc func,
                     gpointer user_data,
                     GDestroyNotify notify)
{
  static GSourceFuncs funcs = {
    .prepare = pl_waker_source_prepare,
    .check = pl_waker_source_check,
    .dispatch = pl_waker_source_dispatch,
  };
  GSource *source = g_source_new (&funcs, sizeof (PlWakerSource));

  g_source_set_name (source, name);
  g_source_set_callback (source, func, user_data, notify);
  return source;
}

static PlWaker *
pl_waker_alloc (GSource *source, GMainContext *context)
{
  PlWaker *self = g_new0 (PlWaker, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->source = source != NULL ? g_source_ref (source) : NULL;
  self->context = context != NULL ? g_main_context_ref (context) : NULL;
  g_mutex_init (&self->mutex);
  g_cond_init (&self->woken);
  return self;
}

/* Waking ends pl_waker_wait(), and an iteration of @context, which may be NULL. */
PlWaker *
pl_waker_new (GMainContext *context)
{
  return pl_waker_alloc (NULL, context);
}

/* Waking ends an iteration of @other too: the thread waits in the one or in the other. */
PlWaker *
pl_waker_new_for_two (GMainContext *context, GMainContext *other)
{
  PlWaker *self = pl_waker_new (context);

  self->other = g_main_context_ref (other);
  return self;
}

/* Waking has @source, which is one of pl_waker_source_new() and attached, dispatched once. */
PlWaker *
pl_waker_new_for_source (GSource *source)
{
  return pl_waker_alloc (source, g_source_get_context (source));
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
  g_clear_pointer (&self->context, g_main_context_unref);
  g_clear_pointer (&self->other, g_main_context_unref);
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->woken);
  g_free (self);
}

static void
pl_waker_wake_context (GMainContext *context)
{
  if (context != NULL && !g_main_context_is_owner (context))
    g_main_context_wakeup (context);
}

void
pl_waker_wake (PlWaker *self)
{
  if (self->source != NULL)
    {
      if (g_atomic_int_compare_and_exchange (&((PlWakerSource *) self->source)->is_due,
                                             FALSE, TRUE))
        pl_waker_wake_context (self->context);
      return;
    }

  g_mutex_lock (&self->mutex);
  self->is_woken = TRUE;
  if (self->is_waiting)
    g_cond_signal (&self->woken);
  g_mutex_unlock (&self->mutex);
  pl_waker_wake_context (self->context);
  pl_waker_wake_context (self->other);
}

/* Tells whether the waker has been woken since the last look, or the last wait. */
gboolean
pl_waker_look (PlWaker *self)
{
  gboolean is_woken;

  g_mutex_lock (&self->mutex);
  is_woken = self->is_woken;
  self->is_woken = FALSE;
  g_mutex_unlock (&self->mutex);

  return is_woken;
}

/* Waits until the waker has been woken since the last wait. */
void
pl_waker_wait (PlWaker *self)
{
  gpointer paused = pl_interpreter_pause ();

  g_mutex_lock (&self->mutex);
  self->is_waiting = TRUE;
  while (!self->is_woken)
    g_cond_wait (&self->woken, &self->mutex);
  self->is_waiting = FALSE;
  self->is_woken = FALSE;
  g_mutex_unlock (&self->mutex);
  pl_interpreter_go_on (paused);
}
