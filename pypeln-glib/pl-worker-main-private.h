/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The first argument of a worker process of this very program; the function's name is the other. */
#define PL_WORKER_OPTION "--pypeln-worker"

const char *pl_worker_get_program (GError **error);

G_END_DECLS
