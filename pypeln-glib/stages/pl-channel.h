/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined (PYPELN_GLIB_INSIDE) && !defined (PL_COMPILATION)
#error "Only <pypeln-glib/pypeln-glib.h> can be included directly."
#endif

#include <pypeln-glib/pl-stage.h>

G_BEGIN_DECLS

#define PL_TYPE_CHANNEL (pl_channel_get_type ())
PL_DECLARE_INTERNAL_TYPE (PlChannel, pl_channel, PL, CHANNEL, PlStage)

PL_AVAILABLE_IN_1_0
PlStage *pl_channel_new (guint maxsize);

PL_AVAILABLE_IN_1_0
gboolean pl_channel_push (PlChannel *self,
                          const GValue *value,
                          GCancellable *cancellable,
                          GError **error);

PL_AVAILABLE_IN_1_0
void pl_channel_push_async (PlChannel *self,
                            const GValue *value,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data);

PL_AVAILABLE_IN_1_0
gboolean pl_channel_push_finish (PlChannel *self,
                                 GAsyncResult *result,
                                 GError **error);

PL_AVAILABLE_IN_1_0
void pl_channel_close (PlChannel *self);

G_END_DECLS
