/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A mutex, and a wait for what it protects that can be cancelled. */
typedef struct
{
  GMutex mutex;
  GCond changed;
  guint n_waiting; /* under the mutex */
} PlMonitor;

/* Tells, under the mutex, whether a wait is over. */
typedef gboolean (*PlMonitorFunc) (gpointer user_data);

void pl_monitor_init (PlMonitor *self);

void pl_monitor_clear (PlMonitor *self);

void pl_monitor_enter (PlMonitor *self);

void pl_monitor_enter_when (PlMonitor *self,
                            PlMonitorFunc is_ready,
                            gpointer user_data,
                            GCancellable *cancellable,
                            gulong *id,
                            gint64 end_time);

void pl_monitor_leave (PlMonitor *self);

G_END_DECLS
