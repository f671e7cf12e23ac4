/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined (PYPELN_GLIB_INSIDE) && !defined (PL_COMPILATION)
#error "Only <pypeln-glib/pypeln-glib.h> can be included directly."
#endif

#include <pypeln-glib/pl-command.h>
#include <pypeln-glib/pl-stage.h>

G_BEGIN_DECLS

PL_AVAILABLE_IN_1_0
PlStage *pl_process_map (PlStage *input,
                         PlCommand *command);

PL_AVAILABLE_IN_1_0
PlStage *pl_process_filter (PlStage *input,
                            PlCommand *command);

PL_AVAILABLE_IN_1_0
PlStage *pl_process_each (PlStage *input,
                          PlCommand *command);

PL_AVAILABLE_IN_1_0
PlStage *pl_process_flat_map (PlStage *input,
                              PlCommand *command);

PL_AVAILABLE_IN_1_0
PlStage *pl_process_concat (PlStage **inputs,
                            gsize n_inputs);

PL_AVAILABLE_IN_1_0
PlStage *pl_process_ordered (PlStage *input);

G_END_DECLS
