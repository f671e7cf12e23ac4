/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "pl-callback-private.h"
#include "pl-map.h"

G_BEGIN_DECLS

PlStage *pl_map_new (PlWorkerKind kind, PlStage *input, PlCallback *callback, GType result_type);

G_END_DECLS
