/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "pl-types.h"

G_BEGIN_DECLS

void pl_server_refuse (int in_fd, int out_fd, const GError *error);

gboolean pl_server_run (PlStage *stage, int in_fd, int out_fd, GError **error);

G_END_DECLS
