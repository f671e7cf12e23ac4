/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Who is to look again when something has changed: a thread that waits, or a source of a main
 * context. */
typedef struct _PlWaker PlWaker;

GSource *pl_waker_source_new (const char *name,
                              GSourceFunc func,
                              gpointer user_data,
                              GDestroyNotify notify);

PlWaker *pl_waker_new (GMainContext *context);

PlWaker *pl_waker_new_for_two (GMainContext *context, GMainContext *other);

PlWaker *pl_waker_new_for_source (GSource *source);

PlWaker *pl_waker_ref (PlWaker *self);

void pl_waker_unref (PlWaker *self);

void pl_waker_wake (PlWaker *self);

gboolean pl_waker_look (PlWaker *self);

void pl_waker_wait (PlWaker *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlWaker, pl_waker_unref)

G_END_DECLS
