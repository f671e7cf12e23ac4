/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined (PYPELN_GLIB_INSIDE) && !defined (PL_COMPILATION)
#error "Only <pypeln-glib/pypeln-glib.h> can be included directly."
#endif

#include <pypeln-glib/pl-stage.h>

G_BEGIN_DECLS

/**
 * PlFilterFunc:
 * @element: the element; it belongs to the caller
 * @keep: (out): whether the element is passed on; FALSE unless the function says otherwise
 * @worker: (transfer none): the worker that runs the function
 * @user_data: what was given with the function
 * @error: (nullable): return location for a [type@GLib.Error]
 *
 * Decides whether an element is passed on.
 *
 * Called where a [callback@Pl.MapFunc] is.
 *
 * Returns: TRUE with @keep set, or FALSE with @error set, which ends the run
 *
 * Since: 1.0
 */
typedef gboolean (*PlFilterFunc) (const GValue *element,
                                  gboolean *keep,
                                  PlWorker *worker,
                                  gpointer user_data,
                                  GError **error);

#define PL_TYPE_FILTER (pl_filter_get_type ())
PL_DECLARE_INTERNAL_TYPE (PlFilter, pl_filter, PL, FILTER, PlStage)

G_END_DECLS
