/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-threads-private.h"

#include "pl-interpreter-private.h"

/* What runs in a run: threads, and guests, which run on a main context. The run is over when all
 * have ended.
 *
 * Each thread is joined once, by whoever ends the run, except for those that have
 * been given up: their function has taken longer than its stage allows, and may never return. Such
 * a thread is late. It has no part in the run any more, and does not keep it alive; it keeps this.
 *
 * One of the threads, if the run has a supervisor, sleeps here until there is something to be done
 * at a certain time, see pl-supervisor.c. */

struct _PlThreads
{
  gatomicrefcount ref_count;

  /* under the mutex */
  GMutex mutex;
  GCond changed;
  GPtrArray *handles; /* GThread: not joined yet */
  guint n_running;    /* not ended yet */
  guint n_late;       /* given up, and not ended yet */
  guint n_guests;     /* not ended yet */
  gboolean is_cancelled;
  gboolean is_dismissed;
  gint64 alarm; /* also read without it: atomic */
  GPtrArray *wakers; /* PlWaker: those that wait for the end of all */
};

struct _PlThread
{
  PlThreads *threads;
  GThread *handle;
  GFunc func;
  gpointer data;

  /* under the mutex */
  gpointer owner; /* NULL when the thread is late */
  GDestroyNotify owner_unref;
};

/* Those that this thread is one of. */
static _Thread_local PlThreads *current_threads;

PlThreads *
pl_threads_new (void)
{
  PlThreads *self = g_new0 (PlThreads, 1);

  g_atomic_ref_count_init (&self->ref_count);
  g_mutex_init (&self->mutex);
  g_cond_init (&self->changed);
  self->handles = g_ptr_array_new_with_free_func ((GDestroyNotify) g_thread_unref);
  self->alarm = G_MAXINT64;
  self->wakers = g_ptr_array_new_with_free_func ((GDestroyNotify) pl_waker_unref);
  return self;
}

PlThreads *
pl_threads_ref (PlThreads *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
pl_threads_unref (PlThreads *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_ptr_array_unref (self->handles);
  g_ptr_array_unref (self->wakers);
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->changed);
  g_free (self);
}

static gboolean
pl_threads_are_over_locked (PlThreads *self)
{
  return self->n_running == 0 && self->n_guests == 0;
}

/* One has ended. */
static void
pl_threads_tell_locked (PlThreads *self)
{
  if (pl_threads_are_over_locked (self))
    {
      for (guint i = 0; i < self->wakers->len; i++)
        pl_waker_wake (g_ptr_array_index (self->wakers, i));
      g_ptr_array_set_size (self->wakers, 0);
    }
  g_cond_broadcast (&self->changed);
}

static gpointer
pl_threads_main (gpointer data)
{
  PlThread *thread = data;
  PlThreads *self = thread->threads;

  current_threads = self;
  thread->func (thread->data, NULL);

  g_mutex_lock (&self->mutex);
  if (thread->owner == NULL)
    self->n_late--;
  else
    self->n_running--;
  pl_threads_tell_locked (self);
  g_mutex_unlock (&self->mutex);

  if (thread->owner != NULL)
    thread->owner_unref (thread->owner);
  g_free (thread);
  pl_threads_unref (self);
  return NULL;
}

/* Runs @func in a new thread, which takes @owner, a reference, and gives it back at its end; on
 * errors it stays with the caller. @thread, if it is not NULL, is set before the thread runs. */
gboolean
pl_threads_spawn (PlThreads *self,
                  const char *name,
                  GFunc func,
                  gpointer data,
                  gpointer owner,
                  GDestroyNotify owner_unref,
                  PlThread **thread,
                  GError **error)
{
  PlThread *new_thread = g_new0 (PlThread, 1);

  new_thread->threads = pl_threads_ref (self);
  new_thread->func = func;
  new_thread->data = data;
  new_thread->owner = owner;
  new_thread->owner_unref = owner_unref;
  if (thread != NULL)
    *thread = new_thread;

  /* Under the mutex, so that the thread cannot be seen to end before it is seen at all. */
  g_mutex_lock (&self->mutex);
  new_thread->handle = g_thread_try_new (name, pl_threads_main, new_thread, error);
  if (new_thread->handle != NULL)
    {
      g_ptr_array_add (self->handles, new_thread->handle);
      self->n_running++;
      g_mutex_unlock (&self->mutex);
      return TRUE;
    }
  g_mutex_unlock (&self->mutex);

  g_prefix_error (error, "Cannot start a thread (fewer workers need fewer of them): ");
  if (thread != NULL)
    *thread = NULL;
  g_free (new_thread);
  pl_threads_unref (self);
  return FALSE;
}

/* @thread, whose function has not returned, is late from now on. */
void
pl_threads_give_up (PlThreads *self, PlThread *thread)
{
  gpointer owner;

  g_mutex_lock (&self->mutex);
  owner = g_steal_pointer (&thread->owner);
  g_ptr_array_remove_fast (self->handles, thread->handle);
  self->n_running--;
  self->n_late++;
  g_mutex_unlock (&self->mutex);

  thread->owner_unref (owner);
}

/* Something runs from now on without a thread of its own. */
void
pl_threads_add_guest (PlThreads *self)
{
  g_mutex_lock (&self->mutex);
  self->n_guests++;
  g_mutex_unlock (&self->mutex);
}

void
pl_threads_remove_guest (PlThreads *self)
{
  g_mutex_lock (&self->mutex);
  self->n_guests--;
  pl_threads_tell_locked (self);
  g_mutex_unlock (&self->mutex);
}

/* Tells whether this thread is one of them, and so cannot wait for the end of all. */
gboolean
pl_threads_have_this (PlThreads *self)
{
  return current_threads == self;
}

/* Tells whether all have ended. If not, @waker is woken when they have: one for each who waits. */
gboolean
pl_threads_are_over (PlThreads *self, PlWaker *waker)
{
  gboolean are_over;

  g_mutex_lock (&self->mutex);
  are_over = pl_threads_are_over_locked (self);
  if (!are_over && !g_ptr_array_find (self->wakers, waker, NULL))
    g_ptr_array_add (self->wakers, pl_waker_ref (waker));
  g_mutex_unlock (&self->mutex);

  return are_over;
}

/* Waits until all threads have ended but those that are late; not for guests. */
void
pl_threads_join (PlThreads *self)
{
  g_autoptr(GPtrArray) handles = NULL;
  gpointer paused = pl_interpreter_pause ();

  g_mutex_lock (&self->mutex);
  while (self->n_running > 0)
    g_cond_wait (&self->changed, &self->mutex);
  handles = self->handles;
  self->handles = g_ptr_array_new_with_free_func ((GDestroyNotify) g_thread_unref);
  g_mutex_unlock (&self->mutex);

  g_ptr_array_set_free_func (handles, NULL);
  for (guint i = 0; i < handles->len; i++)
    g_thread_join (g_ptr_array_index (handles, i));
  pl_interpreter_go_on (paused);
}

/* Has pl_threads_sleep() return at @time, if it is not to return before that. */
void
pl_threads_set_alarm (PlThreads *self, gint64 time)
{
  if (__atomic_load_n (&self->alarm, __ATOMIC_SEQ_CST) <= time)
    return;

  g_mutex_lock (&self->mutex);
  if (time < self->alarm)
    {
      __atomic_store_n (&self->alarm, time, __ATOMIC_SEQ_CST);
      g_cond_broadcast (&self->changed);
    }
  g_mutex_unlock (&self->mutex);
}

/* Once the run is cancelled, its other threads are all that the one who sleeps is there for: what
 * the consumer runs may be what has cancelled it. */
static gboolean
pl_threads_may_rest_locked (PlThreads *self)
{
  return self->is_dismissed || (self->is_cancelled && self->n_running == 1);
}

/* Sleeps until the alarm goes off, which it does once. Returns FALSE when there will be nothing to
 * do any more. */
gboolean
pl_threads_sleep (PlThreads *self)
{
  gboolean may_rest;

  g_mutex_lock (&self->mutex);
  while (!pl_threads_may_rest_locked (self) && g_get_monotonic_time () < self->alarm)
    {
      if (self->alarm == G_MAXINT64)
        g_cond_wait (&self->changed, &self->mutex);
      else
        g_cond_wait_until (&self->changed, &self->mutex, self->alarm);
    }
  may_rest = pl_threads_may_rest_locked (self);
  __atomic_store_n (&self->alarm, G_MAXINT64, __ATOMIC_SEQ_CST);
  g_mutex_unlock (&self->mutex);

  return !may_rest;
}

void
pl_threads_cancel (PlThreads *self)
{
  g_mutex_lock (&self->mutex);
  self->is_cancelled = TRUE;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->mutex);
}

/* Nobody needs the thread in pl_threads_sleep() any more. */
void
pl_threads_dismiss (PlThreads *self)
{
  g_mutex_lock (&self->mutex);
  self->is_dismissed = TRUE;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->mutex);
}

/* Waits for threads that are late, until @end_time; returns how many still are. */
guint
pl_threads_wait_for_late (PlThreads *self, gint64 end_time)
{
  gpointer paused = pl_interpreter_pause ();
  guint n_late;

  g_mutex_lock (&self->mutex);
  while (self->n_late > 0 && g_cond_wait_until (&self->changed, &self->mutex, end_time))
    continue;
  n_late = self->n_late;
  g_mutex_unlock (&self->mutex);
  pl_interpreter_go_on (paused);

  return n_late;
}
