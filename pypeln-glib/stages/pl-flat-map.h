/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined (PYPELN_GLIB_INSIDE) && !defined (PL_COMPILATION)
#error "Only <pypeln-glib/pypeln-glib.h> can be included directly."
#endif

#include <pypeln-glib/pl-stage.h>

G_BEGIN_DECLS

/**
 * PlFlatMapFunc:
 * @element: the element; it belongs to the caller and is gone when the function returns
 * @worker: (transfer none): the worker that runs the function
 * @user_data: what was given with the function
 * @error: (nullable): return location for a [type@GLib.Error]
 *
 * Makes none, one or many elements of one: it calls [method@Pl.Worker.emit] for each.
 *
 * Called where a [callback@Pl.MapFunc] is.
 *
 * Returns: TRUE, or FALSE with @error set, which ends the run
 *
 * Since: 1.0
 */
typedef gboolean (*PlFlatMapFunc) (const GValue *element,
                                   PlWorker *worker,
                                   gpointer user_data,
                                   GError **error);

#define PL_TYPE_FLAT_MAP (pl_flat_map_get_type ())
PL_DECLARE_INTERNAL_TYPE (PlFlatMap, pl_flat_map, PL, FLAT_MAP, PlStage)

PL_AVAILABLE_IN_1_0
PlStage *pl_flat_map_new_for_generator (PlWorkerKind kind,
                                        PlStage *input,
                                        GClosure *begin,
                                        GClosure *next,
                                        GType element_type);

G_END_DECLS
