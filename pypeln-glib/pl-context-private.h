/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "pl-waker-private.h"

G_BEGIN_DECLS

GMainContext *pl_context_ref_for_starter (GError **error);

void pl_context_wait (GMainContext *context, PlWaker *waker);

void pl_context_wait_or_poll (GMainContext *context,
                              PlWaker *waker,
                              GMainContext *other,
                              GPollFD *poll);

gboolean pl_context_push (GMainContext *context);

void pl_context_go_on (GMainContext *context, gint64 end_time);

gboolean pl_context_dispatch (GMainContext *context, PlWaker *waker, GSource *source);

G_END_DECLS
