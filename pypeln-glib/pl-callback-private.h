/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* A user's function: either a C function with its data, or a closure. Stages hold it, and so do
 * their runs, since a stage may be given another one in the meantime; the destroy notify runs
 * once, when the last of them lets go. */
typedef struct
{
  gatomicrefcount ref_count;
  GCallback func;
  gpointer user_data;
  GDestroyNotify notify;
  GClosure *closure;
  gboolean is_at_home;   /* it is released on the thread that it was made on, see pl_home_claim() */
  gboolean answers_task; /* it is given a GTask, and answers that, now or later */
  gboolean keeps_task;   /* nobody else gets that task, and it is always answered */
} PlCallback;

PlCallback *pl_callback_new (GCallback func, gpointer user_data, GDestroyNotify notify);

PlCallback *pl_callback_new_for_closure (GClosure *closure);

PlCallback *pl_callback_new_for_task (GCallback func, gpointer user_data, GDestroyNotify notify);

PlCallback *pl_callback_new_for_task_closure (GClosure *closure);

PlCallback *pl_callback_ref (PlCallback *self);

void pl_callback_unref (PlCallback *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlCallback, pl_callback_unref)

G_END_DECLS
