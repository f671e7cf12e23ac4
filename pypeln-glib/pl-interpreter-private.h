/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "pl-interpreter.h"

G_BEGIN_DECLS

gboolean pl_interpreter_enter (void);

void pl_interpreter_leave (void);

gpointer pl_interpreter_pause (void);

void pl_interpreter_go_on (gpointer paused);

gboolean pl_interpreter_has_lock (void);

GType pl_interpreter_get_bytes_type (void);

gboolean pl_interpreter_get_bytes (const GValue *object, GValue *bytes);

gboolean pl_interpreter_make_bytes (const GValue *bytes, GValue *object);

G_END_DECLS
