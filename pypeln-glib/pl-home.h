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
void pl_home_claim (GType value_type, GClosure *closure);

G_END_DECLS
