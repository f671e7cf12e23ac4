/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "pl-test-graph.h"

G_BEGIN_DECLS

/* A graph is made, run and checked against its model: all of it as the seed says. */
void pl_test_round (guint seed, const PlTestLimits *limits);

G_END_DECLS
