/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-embed.h"

#include "pl-interpreter-private.h"

/* How an event loop that is none of GLib's iterates a main context. */

/* For how long it dispatches before the other loop goes on, in microseconds. */
#define SLICE_USEC 2000

/**
 * pl_embed_get_fd:
 * @context: a main context that has no sources yet
 *
 * Gets the file descriptor that tells an event loop which is none of GLib's when to call
 * [func@Pl.embed_iterate]: something can be read from it when another thread has made a source of
 * @context ready.
 *
 * So the task stages of a run can be on the thread of such a loop: it makes a main context,
 * acquires it for as long as there are runs, and hands it to [method@Pl.Stage.iterate_on]. Sources
 * with file descriptors of their own are not seen by it.
 *
 * Returns: the file descriptor, which belongs to @context; -1 if it has sources with others already
 *
 * Since: 1.0
 */
gint
pl_embed_get_fd (GMainContext *context)
{
  GPollFD polled = { .fd = -1 };
  int priority, timeout, n;

  g_return_val_if_fail (context != NULL, -1);
  g_return_val_if_fail (g_main_context_acquire (context), -1);

  g_main_context_prepare (context, &priority);
  n = g_main_context_query (context, G_MAXINT, &timeout, &polled, 1);
  g_main_context_release (context);

  return n == 1 ? (gint) polled.fd : -1;
}

/**
 * pl_embed_iterate:
 * @context: a main context that this thread owns, or that no thread does
 *
 * Dispatches what is ready on @context, for a few milliseconds at most, and never waits. Meanwhile
 * @context is this thread's default one.
 *
 * The loop calls it when it has seen that it can read from [func@Pl.embed_get_fd], when the time is
 * over that the last call has returned, and when something may have become ready by what its own
 * thread has called.
 *
 * Returns: after how many milliseconds it is to be called again if nothing else happens: 0 if more
 *   is ready, -1 if that is never
 *
 * Since: 1.0
 */
gint
pl_embed_iterate (GMainContext *context)
{
  gint64 end_time = g_get_monotonic_time () + SLICE_USEC;
  gboolean is_ready;
  int priority;
  int timeout = -1;
  gboolean has_lock;

  g_return_val_if_fail (context != NULL, -1);
  g_return_val_if_fail (g_main_context_acquire (context), -1);

  has_lock = pl_interpreter_enter ();
  g_main_context_push_thread_default (context);
  while ((is_ready = g_main_context_iteration (context, FALSE)) &&
         g_get_monotonic_time () < end_time)
    continue;
  g_main_context_pop_thread_default (context);

  if (is_ready || g_main_context_prepare (context, &priority))
    timeout = 0;
  else
    g_main_context_query (context, G_MAXINT, &timeout, NULL, 0);

  g_main_context_release (context);
  if (has_lock)
    pl_interpreter_leave ();
  return timeout;
}
