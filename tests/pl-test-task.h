/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "pl-test-util.h"

G_BEGIN_DECLS

/* Task stages made of functions that return what they make: with a task that is answered at once,
 * with one that is answered later, from an idle source, with one that is answered from another
 * thread, and without one. */

extern const PlTestKind pl_test_task_at_once;

extern const PlTestKind pl_test_task_later;

extern const PlTestKind pl_test_task_elsewhere;

extern const PlTestKind pl_test_task_plain;

G_END_DECLS
