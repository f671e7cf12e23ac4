/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "pl-run-status.h"
#include "pl-stage.h"

G_BEGIN_DECLS

char *pl_dot_new (PlStage *last, PlRunStatus *status);

G_END_DECLS
