/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined (PYPELN_GLIB_INSIDE) && !defined (PL_COMPILATION)
#error "Only <pypeln-glib/pypeln-glib.h> can be included directly."
#endif

#include <glib-object.h>

#include <pypeln-glib/pl-version.h>

G_BEGIN_DECLS

/**
 * PL_EXCEPTION:
 *
 * The domain of errors that have a value with them, which stands for what a function has raised or
 * thrown. Their code is 0.
 *
 * Since: 1.0
 */
#define PL_EXCEPTION (pl_exception_quark ())

PL_AVAILABLE_IN_1_0
GQuark pl_exception_quark (void);

PL_AVAILABLE_IN_1_0
GError *pl_exception_new (const GValue *exception,
                          const char *message);

PL_AVAILABLE_IN_1_0
const GValue *pl_exception_get_value (const GError *error);

G_END_DECLS
