/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "pl-types.h"

G_BEGIN_DECLS

gboolean pl_stage_check (PlStage *self, GError **error);

G_END_DECLS
