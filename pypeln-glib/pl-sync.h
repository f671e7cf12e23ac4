/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined (PYPELN_GLIB_INSIDE) && !defined (PL_COMPILATION)
#error "Only <pypeln-glib/pypeln-glib.h> can be included directly."
#endif

#include <pypeln-glib/pl-stage.h>
#include <pypeln-glib/stages/pl-each.h>
#include <pypeln-glib/stages/pl-filter.h>
#include <pypeln-glib/stages/pl-flat-map.h>
#include <pypeln-glib/stages/pl-map.h>

G_BEGIN_DECLS

PL_AVAILABLE_IN_1_0
PlStage *pl_sync_map (PlStage *input,
                      PlMapFunc func,
                      gpointer user_data,
                      GDestroyNotify notify);

PL_AVAILABLE_IN_1_0
PlStage *pl_sync_map_with_closure (PlStage *input,
                                   GClosure *closure,
                                   GType result_type);

PL_AVAILABLE_IN_1_0
PlStage *pl_sync_filter (PlStage *input,
                         PlFilterFunc func,
                         gpointer user_data,
                         GDestroyNotify notify);

PL_AVAILABLE_IN_1_0
PlStage *pl_sync_filter_with_closure (PlStage *input,
                                      GClosure *closure);

PL_AVAILABLE_IN_1_0
PlStage *pl_sync_each (PlStage *input,
                       PlEachFunc func,
                       gpointer user_data,
                       GDestroyNotify notify);

PL_AVAILABLE_IN_1_0
PlStage *pl_sync_each_with_closure (PlStage *input,
                                    GClosure *closure);

PL_AVAILABLE_IN_1_0
PlStage *pl_sync_flat_map (PlStage *input,
                           PlFlatMapFunc func,
                           gpointer user_data,
                           GDestroyNotify notify);

PL_AVAILABLE_IN_1_0
PlStage *pl_sync_flat_map_with_closure (PlStage *input,
                                        GClosure *closure);

PL_AVAILABLE_IN_1_0
PlStage *pl_sync_concat (PlStage **inputs,
                         gsize n_inputs);

PL_AVAILABLE_IN_1_0
PlStage *pl_sync_ordered (PlStage *input);

G_END_DECLS
