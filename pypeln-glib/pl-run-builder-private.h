/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "pl-run-private.h"

G_BEGIN_DECLS

PlRun *pl_run_build (PlStage *last, guint maxsize, GMainContext *context);

G_END_DECLS
