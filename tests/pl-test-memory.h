/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

gsize pl_test_count_bytes (void);

void pl_test_assert_bytes (gsize n_bytes);

G_END_DECLS
