/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "pl-iterator.h"

G_BEGIN_DECLS

/* An asynchronous call is tagged with its function, which ISO C does not take for a pointer. */
#define PL_SOURCE_TAG(func) ((gpointer) (guintptr) (func))

PlIterator *pl_iterator_new (PlStage *last, guint maxsize);

GArray *pl_iterator_get_values (PlIterator *self);

G_END_DECLS
