/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "pl-test-util.h"

G_BEGIN_DECLS

/* Worker processes that say what they should not. They are the test itself, which then does what a
 * script tells it. */

void pl_test_hostile_init (int argc, char **argv);

PlCommand *pl_test_new_hostile (const char *script);

G_END_DECLS
