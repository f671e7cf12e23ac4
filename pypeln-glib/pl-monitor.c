/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-monitor-private.h"

void
pl_monitor_init (PlMonitor *self)
{
  g_mutex_init (&self->mutex);
  g_cond_init (&self->changed);
  self->n_waiting = 0;
}

void
pl_monitor_clear (PlMonitor *self)
{
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->changed);
}

void
pl_monitor_enter (PlMonitor *self)
{
  g_mutex_lock (&self->mutex);
}

static void
pl_monitor_cancelled_cb (GCancellable *cancellable, gpointer user_data)
{
  PlMonitor *self = user_data;

  g_mutex_lock (&self->mutex);
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->mutex);
}

/* Enters when @is_ready says so, when @cancellable has fired, or at @end_time, where that is not 0.
 * If it has to wait and @id is 0, it connects to @cancellable and sets @id, which is for
 * g_cancellable_disconnect(); not before pl_monitor_leave(), since that waits for a callback that
 * is under way. Who waits again and again keeps it. */
void
pl_monitor_enter_when (PlMonitor *self,
                       PlMonitorFunc is_ready,
                       gpointer user_data,
                       GCancellable *cancellable,
                       gulong *id,
                       gint64 end_time)
{
  gboolean has_time = TRUE;

  g_mutex_lock (&self->mutex);
  if (is_ready (user_data) || g_cancellable_is_cancelled (cancellable))
    return;

  /* Connecting may call back at once, and the callback enters. */
  if (cancellable != NULL && *id == 0)
    {
      g_mutex_unlock (&self->mutex);
      *id = g_cancellable_connect (cancellable, G_CALLBACK (pl_monitor_cancelled_cb), self, NULL);
      g_mutex_lock (&self->mutex);
    }

  self->n_waiting++;
  while (has_time && !is_ready (user_data) && !g_cancellable_is_cancelled (cancellable))
    {
      if (end_time == 0)
        g_cond_wait (&self->changed, &self->mutex);
      else
        has_time = g_cond_wait_until (&self->changed, &self->mutex, end_time);
    }
  self->n_waiting--;
}

/* Leaves, and lets those that wait look at what has changed. */
void
pl_monitor_leave (PlMonitor *self)
{
  /* It is a system call, also where nobody waits. */
  if (self->n_waiting > 0)
    g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->mutex);
}
