/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined (PYPELN_GLIB_INSIDE) && !defined (PL_COMPILATION)
#error "Only <pypeln-glib/pypeln-glib.h> can be included directly."
#endif

#include <pypeln-glib/pl-types.h>

G_BEGIN_DECLS

#define PL_TYPE_LIST_MODEL (pl_list_model_get_type ())
PL_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (PlListModel, pl_list_model, PL, LIST_MODEL, GObject)

PL_AVAILABLE_IN_1_0
gboolean pl_list_model_get_pending (PlListModel *self);

PL_AVAILABLE_IN_1_0
const GError *pl_list_model_get_error (PlListModel *self);

PL_AVAILABLE_IN_1_0
guint pl_list_model_get_n_elements (PlListModel *self);

PL_AVAILABLE_IN_1_0
PlRunStatus *pl_list_model_dup_status (PlListModel *self);

PL_AVAILABLE_IN_1_0
void pl_list_model_cancel (PlListModel *self);

G_END_DECLS
