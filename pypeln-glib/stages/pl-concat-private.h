/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "pl-concat.h"

G_BEGIN_DECLS

PlStage *pl_concat_new (PlWorkerKind kind, PlStage **inputs, gsize n_inputs);

G_END_DECLS
