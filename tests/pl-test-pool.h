/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Threads that answer tasks. */

void pl_test_pool_start (void);

void pl_test_pool_push (GSourceFunc func, gpointer data);

gboolean pl_test_pool_is_idle (void);

G_END_DECLS
