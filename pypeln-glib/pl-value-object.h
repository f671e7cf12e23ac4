/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined (PYPELN_GLIB_INSIDE) && !defined (PL_COMPILATION)
#error "Only <pypeln-glib/pypeln-glib.h> can be included directly."
#endif

#include <pypeln-glib/pl-types.h>

G_BEGIN_DECLS

#define PL_TYPE_VALUE_OBJECT (pl_value_object_get_type ())
PL_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (PlValueObject, pl_value_object, PL, VALUE_OBJECT, GObject)

PL_AVAILABLE_IN_1_0
const GValue *pl_value_object_get_value (PlValueObject *self);

G_END_DECLS
