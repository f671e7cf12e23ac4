/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined (PYPELN_GLIB_INSIDE) && !defined (PL_COMPILATION)
#error "Only <pypeln-glib/pypeln-glib.h> can be included directly."
#endif

#include <gio/gio.h>

#include <pypeln-glib/pl-enums.h>
#include <pypeln-glib/pl-types.h>

G_BEGIN_DECLS

PL_AVAILABLE_IN_1_0
PlStage *pl_job_map (PlStage *input,
                     GClosure *begin,
                     GClosure *result,
                     GClosure *tell,
                     GType result_type);

PL_AVAILABLE_IN_1_0
PlStage *pl_job_filter (PlStage *input,
                        GClosure *begin,
                        GClosure *result,
                        GClosure *tell);

PL_AVAILABLE_IN_1_0
PlStage *pl_job_each (PlStage *input,
                      GClosure *begin,
                      GClosure *tell);

PL_AVAILABLE_IN_1_0
PlStage *pl_job_flat_map (PlStage *input,
                          GClosure *begin,
                          GClosure *result,
                          GClosure *tell,
                          GType element_type);

PL_AVAILABLE_IN_1_0
PlStage *pl_job_source (GClosure *begin,
                        GClosure *result,
                        GClosure *tell,
                        GType element_type);

PL_AVAILABLE_IN_1_0
const gint64 *pl_job_get_element_index (gint64 job,
                                        guint *n_indices);

PL_AVAILABLE_IN_1_0
GCancellable *pl_job_get_cancellable (gint64 job);

PL_AVAILABLE_IN_1_0
gboolean pl_job_answer (gint64 job);

PL_AVAILABLE_IN_1_0
gboolean pl_job_answer_with_value (gint64 job,
                                   const GValue *result);

PL_AVAILABLE_IN_1_0
gboolean pl_job_answer_with_handle (gint64 job,
                                    gint64 number);

PL_AVAILABLE_IN_1_0
gboolean pl_job_fail (gint64 job,
                      const GError *error);

PL_AVAILABLE_IN_1_0
gboolean pl_job_fail_with_exception (gint64 job,
                                     const GValue *exception,
                                     const char *message);

PL_AVAILABLE_IN_1_0
PlEmission pl_job_emit (gint64 job);

G_END_DECLS
