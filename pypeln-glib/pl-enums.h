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
 * @PL_WORKER_KIND_TASK: no thread: a main context runs the stage, and has as many elements under
 *   way at once as the stage has workers. pypeln: `pl.task`
 *
 * Who runs a stage's operation.
 *
 * Since: 1.0
 */
typedef enum
{
  PL_WORKER_KIND_SYNC,
  PL_WORKER_KIND_THREAD,
  PL_WORKER_KIND_TASK,
} PlWorkerKind;

/**
 * PlErrorPolicy:
 * @PL_ERROR_POLICY_ABORT: the run ends with the error. pypeln knows this one alone
 * @PL_ERROR_POLICY_SKIP: the run goes on without the element, which is counted, see
 *   [method@Pl.StageStatus.get_elements_failed], and told by [signal@Pl.Stage::skipped]; what a
 *   flat_map has emitted for it stays, unless the stage has [property@Pl.Stage:retries]
 *
 * What becomes of a run when a stage's function has failed with an element.
 *
 * Since: 1.0
 */
typedef enum
{
  PL_ERROR_POLICY_ABORT,
  PL_ERROR_POLICY_SKIP,
} PlErrorPolicy;

G_END_DECLS
