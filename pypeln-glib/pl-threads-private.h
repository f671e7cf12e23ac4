/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "pl-waker-private.h"

G_BEGIN_DECLS

/* What runs in a run, and one of its threads. */
typedef struct _PlThreads PlThreads;
typedef struct _PlThread PlThread;

PlThreads *pl_threads_new (void);

PlThreads *pl_threads_ref (PlThreads *self);

void pl_threads_unref (PlThreads *self);

gboolean pl_threads_spawn (PlThreads *self,
                           const char *name,
                           GFunc func,
                           gpointer data,
                           gpointer owner,
                           GDestroyNotify owner_unref,
                           PlThread **thread,
                           GError **error);

void pl_threads_give_up (PlThreads *self, PlThread *thread);

void pl_threads_add_guest (PlThreads *self);

void pl_threads_remove_guest (PlThreads *self);

gboolean pl_threads_have_this (PlThreads *self);

gboolean pl_threads_are_over (PlThreads *self, PlWaker *waker);

void pl_threads_join (PlThreads *self);

void pl_threads_set_alarm (PlThreads *self, gint64 time);

gboolean pl_threads_sleep (PlThreads *self);

void pl_threads_cancel (PlThreads *self);

void pl_threads_dismiss (PlThreads *self);

guint pl_threads_wait_for_late (PlThreads *self, gint64 end_time);

G_END_DECLS
