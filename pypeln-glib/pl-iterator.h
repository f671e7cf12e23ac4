/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined (PYPELN_GLIB_INSIDE) && !defined (PL_COMPILATION)
#error "Only <pypeln-glib/pypeln-glib.h> can be included directly."
#endif

#include <pypeln-glib/pl-types.h>

G_BEGIN_DECLS

#define PL_TYPE_ITERATOR (pl_iterator_get_type ())
PL_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (PlIterator, pl_iterator, PL, ITERATOR, GObject)

PL_AVAILABLE_IN_1_0
gboolean pl_iterator_next (PlIterator *self,
                           GValue *value,
                           GCancellable *cancellable,
                           GError **error);

PL_AVAILABLE_IN_1_0
void pl_iterator_next_async (PlIterator *self,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data);

PL_AVAILABLE_IN_1_0
gboolean pl_iterator_next_finish (PlIterator *self,
                                  GAsyncResult *result,
                                  GValue *value,
                                  GError **error);

PL_AVAILABLE_IN_1_0
const GValue *pl_iterator_next_values (PlIterator *self,
                                       guint max_values,
                                       guint *n_values,
                                       GCancellable *cancellable,
                                       GError **error);

PL_AVAILABLE_IN_1_0
const GValue *pl_iterator_try_next_values (PlIterator *self,
                                           guint max_values,
                                           guint *n_values);

PL_AVAILABLE_IN_1_0
const GValue *pl_iterator_try_next_ahead (PlIterator *self,
                                          guint max_values,
                                          guint *n_values);

PL_AVAILABLE_IN_1_0
gboolean pl_iterator_take_ahead (PlIterator *self);

PL_AVAILABLE_IN_1_0
gboolean pl_iterator_set_ready (PlIterator *self,
                                GClosure *ready);

PL_AVAILABLE_IN_1_0
const GValue *pl_iterator_next_values_or_fd (PlIterator *self,
                                             guint max_values,
                                             gint fd,
                                             guint *n_values,
                                             gboolean *is_readable,
                                             GError **error);

PL_AVAILABLE_IN_1_0
void pl_iterator_next_values_async (PlIterator *self,
                                    guint max_values,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data);

PL_AVAILABLE_IN_1_0
const GValue *pl_iterator_next_values_finish (PlIterator *self,
                                              GAsyncResult *result,
                                              guint *n_values,
                                              GError **error);

PL_AVAILABLE_IN_1_0
void pl_iterator_close (PlIterator *self);

PL_AVAILABLE_IN_1_0
PlRunStatus *pl_iterator_dup_status (PlIterator *self);

PL_AVAILABLE_IN_1_0
const GValue *pl_iterator_get_exception (PlIterator *self);

PL_AVAILABLE_IN_1_0
void pl_iterator_open_handles (PlIterator *self);

PL_AVAILABLE_IN_1_0
const guint *pl_iterator_get_handle_places (PlIterator *self,
                                            guint *n_places);

G_END_DECLS
