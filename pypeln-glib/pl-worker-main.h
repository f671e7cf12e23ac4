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
PlStage *pl_worker_register_map (const char *name,
                                 PlMapFunc func,
                                 gpointer user_data,
                                 GDestroyNotify notify);

PL_AVAILABLE_IN_1_0
PlStage *pl_worker_register_map_with_closure (const char *name,
                                              GClosure *closure,
                                              GType result_type);

PL_AVAILABLE_IN_1_0
PlStage *pl_worker_register_filter (const char *name,
                                    PlFilterFunc func,
                                    gpointer user_data,
                                    GDestroyNotify notify);

PL_AVAILABLE_IN_1_0
PlStage *pl_worker_register_filter_with_closure (const char *name,
                                                 GClosure *closure);

PL_AVAILABLE_IN_1_0
PlStage *pl_worker_register_each (const char *name,
                                  PlEachFunc func,
                                  gpointer user_data,
                                  GDestroyNotify notify);

PL_AVAILABLE_IN_1_0
PlStage *pl_worker_register_each_with_closure (const char *name,
                                               GClosure *closure);

PL_AVAILABLE_IN_1_0
PlStage *pl_worker_register_flat_map (const char *name,
                                      PlFlatMapFunc func,
                                      gpointer user_data,
                                      GDestroyNotify notify);

PL_AVAILABLE_IN_1_0
PlStage *pl_worker_register_flat_map_with_closure (const char *name,
                                                   GClosure *closure);

PL_AVAILABLE_IN_1_0
void pl_worker_init (int *argc,
                     char ***argv);

PL_AVAILABLE_IN_1_0
int pl_worker_serve (const char *name);

G_END_DECLS
