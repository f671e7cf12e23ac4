/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "pl-interpreter.h"

G_BEGIN_DECLS

gboolean pl_interpreter_enter (void);

void pl_interpreter_leave (void);

gpointer pl_interpreter_pause (void);

void pl_interpreter_go_on (gpointer paused);

G_END_DECLS
