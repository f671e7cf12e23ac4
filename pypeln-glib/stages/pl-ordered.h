/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined (PYPELN_GLIB_INSIDE) && !defined (PL_COMPILATION)
#error "Only <pypeln-glib/pypeln-glib.h> can be included directly."
#endif

#include <pypeln-glib/pl-stage.h>

G_BEGIN_DECLS

#define PL_TYPE_ORDERED (pl_ordered_get_type ())
PL_DECLARE_INTERNAL_TYPE (PlOrdered, pl_ordered, PL, ORDERED, PlStage)

G_END_DECLS
