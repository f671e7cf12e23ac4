/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined (PYPELN_GLIB_INSIDE) && !defined (PL_COMPILATION)
#error "Only <pypeln-glib/pypeln-glib.h> can be included directly."
#endif

#include <pypeln-glib/pl-version.h>

#include <glib-object.h>

G_BEGIN_DECLS

PL_AVAILABLE_IN_1_0
void pl_interpreter_set_lock (int (*is_held) (void),
                              gpointer (*get_thread) (void),
                              gpointer (*release) (void),
                              void (*acquire) (gpointer thread));

PL_AVAILABLE_IN_1_0
void pl_interpreter_set_bytes (GType object_type,
                               int (*get) (gpointer object, char **data, gssize *size),
                               gpointer (*make) (const char *data, gssize size),
                               void (*forget_error) (void));

G_END_DECLS
