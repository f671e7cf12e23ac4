/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-context-private.h"

#include "pl-interpreter-private.h"

/* The main contexts that task stages run on, and threads that wait for what happens there.
 *
 * A context runs when somebody iterates it, and one thread at a time may. So a thread that waits
 * for something which may happen on a context iterates that itself where nobody else does. Where
 * another thread does it waits until it is woken, and it is woken too when that thread, having
 * waited for something in the same way, leaves the context to others. */

/* For runs that no main loop has anything to do with: under the mutex. */
static GMainContext *background;

/* Those that wait for a context, under the mutex. */
typedef struct
{
  GMainContext *context;
  PlWaker *waker;
} PlContextWaiter;

static GMutex mutex;
static GCond changed;
static GQueue waiters = G_QUEUE_INIT;

static gpointer
pl_context_background_main (gpointer data)
{
  GMainContext *context = data;

  /* Nobody else is to be its owner, so nobody hears of it before. */
  g_main_context_push_thread_default (context);
  g_mutex_lock (&mutex);
  background = g_main_context_ref (context);
  g_cond_broadcast (&changed);
  g_mutex_unlock (&mutex);

  while (TRUE)
    g_main_context_iteration (context, TRUE);

  return NULL;
}

/* The library's own context, with a thread that iterates it for as long as the program runs. */
static GMainContext *
pl_context_ref_background (GError **error)
{
  static gboolean is_starting;
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&mutex);

  while (background == NULL && is_starting)
    g_cond_wait (&changed, &mutex);

  if (background == NULL)
    {
      g_autoptr(GMainContext) context = g_main_context_new ();
      GThread *thread = g_thread_try_new ("pl-background", pl_context_background_main, context,
                                          error);

      if (thread == NULL)
        {
          g_prefix_error (error, "Cannot start the thread of the background main context: ");
          return NULL;
        }

      g_thread_unref (thread);
      is_starting = TRUE;
      while (background == NULL)
        g_cond_wait (&changed, &mutex);
    }

  return g_main_context_ref (background);
}

/* The context that a run's task stages run on, when this thread starts it: its thread-default one;
 * the global default one, if this thread iterates that or may; otherwise some other thread has a
 * main loop of its own there, and the library's background context it is. */
GMainContext *
pl_context_ref_for_starter (GError **error)
{
  GMainContext *context = g_main_context_get_thread_default ();

  if (context != NULL)
    return g_main_context_ref (context);

  if (!g_main_context_acquire (NULL))
    return pl_context_ref_background (error);

  g_main_context_release (NULL);
  return g_main_context_ref (g_main_context_default ());
}

/* Makes this thread the owner of @context; where another one is, has @waker woken when a thread has
 * released it in the same way. */
static gboolean
pl_context_acquire (GMainContext *context, PlWaker *waker)
{
  gboolean is_owner;

  g_mutex_lock (&mutex);
  is_owner = g_main_context_acquire (context);
  if (!is_owner)
    {
      PlContextWaiter *waiter = g_new0 (PlContextWaiter, 1);

      waiter->context = context;
      waiter->waker = waker;
      g_queue_push_tail (&waiters, waiter);
    }
  g_mutex_unlock (&mutex);

  return is_owner;
}

static void
pl_context_release (GMainContext *context)
{
  g_mutex_lock (&mutex);
  g_main_context_release (context);
  for (GList *link = waiters.head; link != NULL; link = link->next)
    {
      PlContextWaiter *waiter = link->data;

      if (waiter->context == context)
        pl_waker_wake (waiter->waker);
    }
  g_mutex_unlock (&mutex);
}

static void
pl_context_remove_waiter (PlWaker *waker)
{
  GList *next;

  g_mutex_lock (&mutex);
  for (GList *link = waiters.head; link != NULL; link = next)
    {
      PlContextWaiter *waiter = link->data;

      next = link->next;
      if (waiter->waker == waker)
        {
          g_queue_delete_link (&waiters, link);
          g_free (waiter);
        }
    }
  g_mutex_unlock (&mutex);
}

/* Iterates @context, which this thread has acquired, and releases it. What is dispatched finds its
 * own context as the thread's default one, whoever iterates it. */
static void
pl_context_iterate_once (GMainContext *context, PlWaker *waker)
{
  /* What woke it before it was the owner may have been seen by the iteration of another. */
  if (!pl_waker_look (waker))
    {
      g_main_context_push_thread_default (context);
      g_main_context_iteration (context, TRUE);
      g_main_context_pop_thread_default (context);
    }
  pl_context_release (context);
}

/* Waits until @waker, which is this thread's and was made for @context, is woken, or something has
 * happened on @context that this thread itself has dispatched. */
void
pl_context_wait (GMainContext *context, PlWaker *waker)
{
  gpointer paused = pl_interpreter_pause ();

  if (pl_context_acquire (context, waker))
    {
      pl_context_iterate_once (context, waker);
    }
  else
    {
      pl_waker_wait (waker);
      pl_context_remove_waiter (waker);
    }
  pl_interpreter_go_on (paused);
}

/* Waits in the same way, or until something has happened with @poll. @other, which is this thread's
 * alone, looks at that, and is where the thread waits as long as another one has @context; @waker
 * was made for both. */
void
pl_context_wait_or_poll (GMainContext *context,
                         PlWaker *waker,
                         GMainContext *other,
                         GPollFD *poll)
{
  if (pl_context_acquire (context, waker))
    {
      /* Before sources that are always ready. */
      g_main_context_add_poll (context, poll, G_PRIORITY_HIGH);
      pl_context_iterate_once (context, waker);
      g_main_context_remove_poll (context, poll);
      return;
    }

  if (!pl_waker_look (waker))
    g_main_context_iteration (other, TRUE);
  pl_context_remove_waiter (waker);
}

/* Dispatches what is ready, until @end_time at most; nothing if another thread has @context. */
void
pl_context_go_on (GMainContext *context, gint64 end_time)
{
  if (!g_main_context_acquire (context))
    return;

  g_main_context_push_thread_default (context);
  while (g_main_context_iteration (context, FALSE) && g_get_monotonic_time () < end_time)
    continue;
  g_main_context_pop_thread_default (context);
  pl_context_release (context);
}

/* Dispatches @source, which @waker wakes, and nothing else, before it returns, unless it has been
 * destroyed. Returns FALSE if another thread has @context: then that will do it. */
gboolean
pl_context_dispatch (GMainContext *context, PlWaker *waker, GSource *source)
{
  if (!g_main_context_acquire (context))
    {
      pl_waker_wake (waker);
      return FALSE;
    }

  if (!g_source_is_destroyed (source))
    {
      int priority = g_source_get_priority (source);

      /* What is ready with less than the highest priority is left alone. */
      g_source_set_priority (source, G_MININT);
      pl_waker_wake (waker);
      g_main_context_iteration (context, FALSE);
      if (!g_source_is_destroyed (source))
        g_source_set_priority (source, priority);
    }

  pl_context_release (context);
  return TRUE;
}

/* Makes @context this thread's default one, if it is not already. Returns whether it is to be
 * popped again. */
gboolean
pl_context_push (GMainContext *context)
{
  GMainContext *former = g_main_context_get_thread_default ();

  if (context == (former != NULL ? former : g_main_context_default ()))
    return FALSE;

  g_main_context_push_thread_default (context);
  return TRUE;
}
