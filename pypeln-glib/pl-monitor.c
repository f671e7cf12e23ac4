/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-monitor-private.h"

void
pl_monitor_init (PlMonitor *self)
{
  g_mutex_init (&self->mutex);
  g_cond_init (&self->changed);
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
 * What it returns is for g_cancellable_disconnect(), after pl_monitor_leave(): that waits for a
 * callback that is under way. */
gulong
pl_monitor_enter_when (PlMonitor *self,
                       PlMonitorFunc is_ready,
                       gpointer user_data,
                       GCancellable *cancellable,
                       gint64 end_time)
{
  gulong id = 0;
  gboolean has_time = TRUE;

  g_mutex_lock (&self->mutex);
  if (is_ready (user_data) || g_cancellable_is_cancelled (cancellable))
    return 0;

  /* Connecting may call back at once, and the callback enters. */
  if (cancellable != NULL)
    {
      g_mutex_unlock (&self->mutex);
      id = g_cancellable_connect (cancellable, G_CALLBACK (pl_monitor_cancelled_cb), self, NULL);
      g_mutex_lock (&self->mutex);
    }

  while (has_time && !is_ready (user_data) && !g_cancellable_is_cancelled (cancellable))
    {
      if (end_time == 0)
        g_cond_wait (&self->changed, &self->mutex);
      else
        has_time = g_cond_wait_until (&self->changed, &self->mutex, end_time);
    }
  return id;
}

/* Leaves, and lets those that wait look at what has changed. */
void
pl_monitor_leave (PlMonitor *self)
{
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->mutex);
}
