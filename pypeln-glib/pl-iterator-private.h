/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "pl-iterator.h"

G_BEGIN_DECLS

/* An asynchronous call is tagged with its function, which ISO C does not take for a pointer. */
#define PL_SOURCE_TAG(func) ((gpointer) (guintptr) (func))

#define pl_is_result_of(result, self, func) \
  (g_task_is_valid (result, self) && \
   g_async_result_is_tagged (G_ASYNC_RESULT (result), PL_SOURCE_TAG (func)))

PlIterator *pl_iterator_new (PlStage *last, guint maxsize);

GArray *pl_iterator_get_values (PlIterator *self);

G_END_DECLS
