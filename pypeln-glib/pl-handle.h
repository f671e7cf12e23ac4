/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined (PYPELN_GLIB_INSIDE) && !defined (PL_COMPILATION)
#error "Only <pypeln-glib/pypeln-glib.h> can be included directly."
#endif

#include <glib-object.h>

#include <pypeln-glib/pl-version.h>

G_BEGIN_DECLS

/**
 * PlHandle:
 *
 * A number that stands for a value of a language binding, which keeps the value itself in a table.
 *
 * It is an element for languages whose values the library cannot hold: those whose collector of
 * garbage does not see what a [struct@GObject.Value] refers to, or moves it. When the last
 * reference to the handle is gone, on whatever thread, the binding is told, see
 * [func@Pl.Handle.set_released].
 *
 * Since: 1.0
 */
typedef struct _PlHandle PlHandle;

#define PL_TYPE_HANDLE (pl_handle_get_type ())
PL_AVAILABLE_IN_1_0
GType pl_handle_get_type (void);

PL_AVAILABLE_IN_1_0
PlHandle *pl_handle_new (gint64 number);

PL_AVAILABLE_IN_1_0
PlHandle *pl_handle_ref (PlHandle *self);

PL_AVAILABLE_IN_1_0
void pl_handle_unref (PlHandle *self);

PL_AVAILABLE_IN_1_0
gint64 pl_handle_get_number (PlHandle *self);

PL_AVAILABLE_IN_1_0
void pl_handle_set_released (GClosure *closure);

PL_AVAILABLE_IN_1_0
gint64 *pl_handle_take_released (guint *n_numbers);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlHandle, pl_handle_unref)

G_END_DECLS
