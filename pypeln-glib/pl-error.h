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
 * PL_ERROR:
 *
 * The error domain of pypeln-glib. Its codes are those of [error@Pl.Error].
 *
 * Since: 1.0
 */
#define PL_ERROR (pl_error_quark ())

/**
 * PlError:
 * @PL_ERROR_UNSET_ERROR: a function told that it failed, and set no error that says why
 * @PL_ERROR_UNSET_RESULT: a function told that it succeeded, and left its result uninitialised
 * @PL_ERROR_NO_INPUT: a stage was run that has no stage to take its elements from
 * @PL_ERROR_NO_FUNCTION: a stage was run that has no function to call
 * @PL_ERROR_INVALID_WORKERS: a stage was run with a number of workers that it cannot have, as 0
 * @PL_ERROR_CYCLE: a stage was run that is, over other stages, its own input
 * @PL_ERROR_INVALID_KIND: a stage was run that workers of its kind cannot run, as one whose
 *   function answers a [class@Gio.Task] without a main context
 * @PL_ERROR_UNANSWERED: a function let go of its [class@Gio.Task] and had not answered it
 * @PL_ERROR_NOT_REGISTERED: a process stage was run with a function of this program that has not
 *   been registered
 * @PL_ERROR_UNSUPPORTED_TYPE: a value of a type that cannot travel between processes
 * @PL_ERROR_INVALID_VALUE: what another process sent, or a value that it was to be sent, is none
 *   that its type can have
 * @PL_ERROR_PROTOCOL: a worker process sent what is not the worker protocol
 * @PL_ERROR_WORKER_START: a worker process could not be started, or ended before it began
 * @PL_ERROR_WORKER_EXITED: a worker process exited, or was killed, while it had an element in hand
 * @PL_ERROR_WORKER_SILENT: a worker process gave no sign of life for too long
 * @PL_ERROR_WORKER_FAILED: a worker process failed with an error that has no domain here
 *
 * Errors of a run that pypeln-glib itself finds.
 *
 * What a user's function fails with keeps its own domain and code.
 *
 * Since: 1.0
 */
typedef enum
{
  PL_ERROR_UNSET_ERROR,
  PL_ERROR_UNSET_RESULT,
  PL_ERROR_NO_INPUT,
  PL_ERROR_NO_FUNCTION,
  PL_ERROR_INVALID_WORKERS,
  PL_ERROR_CYCLE,
  PL_ERROR_INVALID_KIND,
  PL_ERROR_UNANSWERED,
  PL_ERROR_NOT_REGISTERED,
  PL_ERROR_UNSUPPORTED_TYPE,
  PL_ERROR_INVALID_VALUE,
  PL_ERROR_PROTOCOL,
  PL_ERROR_WORKER_START,
  PL_ERROR_WORKER_EXITED,
  PL_ERROR_WORKER_SILENT,
  PL_ERROR_WORKER_FAILED,
} PlError;

PL_AVAILABLE_IN_1_0
GQuark pl_error_quark (void);

G_END_DECLS
