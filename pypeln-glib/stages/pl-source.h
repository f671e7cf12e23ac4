/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined (PYPELN_GLIB_INSIDE) && !defined (PL_COMPILATION)
#error "Only <pypeln-glib/pypeln-glib.h> can be included directly."
#endif

#include <pypeln-glib/pl-stage.h>

G_BEGIN_DECLS

/**
 * PlSourceFunc:
 * @value: (out caller-allocates): the next value: uninitialised, to be initialised and set
 * @worker: (transfer none): what runs the source: its resources, its cancellable
 * @user_data: what was given with the function
 * @error: (nullable): return location for a [type@GLib.Error]
 *
 * Makes the next element of a source.
 *
 * It runs on the thread that takes elements from the source: one call after the other, unless runs,
 * or several consumers in one run, take from the source on their own. A source of the kind thread
 * has one thread for all consumers of a run.
 *
 * Returns: TRUE with @value set; FALSE at the end; FALSE with @error set if it failed, which ends
 *   the run
 *
 * Since: 1.0
 */
typedef gboolean (*PlSourceFunc) (GValue *value,
                                  PlWorker *worker,
                                  gpointer user_data,
                                  GError **error);

#define PL_TYPE_SOURCE (pl_source_get_type ())
PL_DECLARE_INTERNAL_TYPE (PlSource, pl_source, PL, SOURCE, PlStage)

PL_AVAILABLE_IN_1_0
PlStage *pl_source_new_range (gint start,
                              gint stop);

PL_AVAILABLE_IN_1_0
PlStage *pl_source_new_for_values (const GValue *values,
                                   gsize n_values);

PL_AVAILABLE_IN_1_0
PlStage *pl_source_new_for_strv (const char * const *strings);

PL_AVAILABLE_IN_1_0
PlStage *pl_source_new_for_variant (GVariant *array);

PL_AVAILABLE_IN_1_0
PlStage *pl_source_new_for_list_model (GListModel *model);

PL_AVAILABLE_IN_1_0
PlStage *pl_source_new_for_lines (GInputStream *stream);

PL_AVAILABLE_IN_1_0
PlStage *pl_source_new_for_children (GFile *directory,
                                     gboolean recursive);

PL_AVAILABLE_IN_1_0
PlStage *pl_source_new_for_func (PlSourceFunc func,
                                 gpointer user_data,
                                 GDestroyNotify notify);

PL_AVAILABLE_IN_1_0
PlStage *pl_source_new_for_func_with_closure (GClosure *closure);

PL_AVAILABLE_IN_1_0
PlStage *pl_source_new_for_generator (GClosure *begin,
                                      GClosure *next,
                                      GType element_type);

G_END_DECLS
