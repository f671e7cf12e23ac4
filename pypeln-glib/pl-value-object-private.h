/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "pl-value-object.h"

G_BEGIN_DECLS

PlValueObject *pl_value_object_new_take (GValue *value);

G_END_DECLS
