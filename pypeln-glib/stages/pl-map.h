/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined (PYPELN_GLIB_INSIDE) && !defined (PL_COMPILATION)
#error "Only <pypeln-glib/pypeln-glib.h> can be included directly."
#endif

#include <pypeln-glib/pl-stage.h>

G_BEGIN_DECLS

/**
 * PlMapFunc:
 * @element: the element; it belongs to the caller and is gone when the function returns
 * @result: (out caller-allocates): the result: uninitialised, to be initialised and set
 * @worker: (transfer none): the worker that runs the function
 * @user_data: what was given with the function
 * @error: (nullable): return location for a [type@GLib.Error]
 *
 * Makes one element of another.
 *
 * In a thread stage it runs on its worker's thread, with up to as many others at once as the stage
 * has workers; in a sync stage on the thread that takes elements from the stage. In a stage whose
 * [property@Pl.Stage:kind] has been set to task it runs on the run's main context, one call after
 * the other; a [callback@Pl.TaskFunc] is for those.
 *
 * Returns: TRUE with @result set, or FALSE with @error set, which ends the run
 *
 * Since: 1.0
 */
typedef gboolean (*PlMapFunc) (const GValue *element,
                               GValue *result,
                               PlWorker *worker,
                               gpointer user_data,
                               GError **error);

#define PL_TYPE_MAP (pl_map_get_type ())
PL_DECLARE_INTERNAL_TYPE (PlMap, pl_map, PL, MAP, PlStage)

G_END_DECLS
