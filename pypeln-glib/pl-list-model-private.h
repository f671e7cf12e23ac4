/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "pl-list-model.h"

G_BEGIN_DECLS

PlListModel *pl_list_model_new (PlStage *last, guint maxsize);

G_END_DECLS
