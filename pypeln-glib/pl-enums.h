/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined (PYPELN_GLIB_INSIDE) && !defined (PL_COMPILATION)
#error "Only <pypeln-glib/pypeln-glib.h> can be included directly."
#endif

#include <glib-object.h>

G_BEGIN_DECLS

/**
 * PlWorkerKind:
 * @PL_WORKER_KIND_SYNC: no worker of its own: the stage runs in whoever takes elements from it,
 *   one element after the other, in order. pypeln: `pl.sync`
 * @PL_WORKER_KIND_THREAD: as many threads as the stage has workers. pypeln: `pl.thread`
 *
 * Who runs a stage's operation.
 *
 * Since: 1.0
 */
typedef enum
{
  PL_WORKER_KIND_SYNC,
  PL_WORKER_KIND_THREAD,
} PlWorkerKind;

G_END_DECLS
