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
 * @PL_WORKER_KIND_PROCESS: as many processes as the stage has workers, of this program or of any
 *   other, here or on other machines. pypeln: `pl.process`
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
  PL_WORKER_KIND_PROCESS,
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

/**
 * PlProtocol:
 * @PL_PROTOCOL_FRAMES: the worker protocol of pypeln-glib, which carries values of many types. A
 *   worker of this program speaks it, and so does one that calls
 *   `pl_worker_serve()`
 * @PL_PROTOCOL_LINES: a program that runs for long, and writes one line for each line it reads, as
 *   `sed -u` does
 * @PL_PROTOCOL_ONESHOT: a program that is started for each element, which it reads, or is given as
 *   an argument; what it writes is the result, and its exit status tells whether it has failed
 *
 * How a process stage talks to its workers.
 *
 * Since: 1.0
 */
typedef enum
{
  PL_PROTOCOL_FRAMES,
  PL_PROTOCOL_LINES,
  PL_PROTOCOL_ONESHOT,
} PlProtocol;

/**
 * PlQuoting:
 * @PL_QUOTING_AUTO: as the launcher needs it: `ssh` has its arguments quoted, others have not
 * @PL_QUOTING_NONE: the launcher passes arguments on as they are
 * @PL_QUOTING_SHELL: a shell parses the arguments once more on the way, so they are quoted for it
 *
 * What a launcher does to the arguments of the program that it starts.
 *
 * Since: 1.0
 */
typedef enum
{
  PL_QUOTING_AUTO,
  PL_QUOTING_NONE,
  PL_QUOTING_SHELL,
} PlQuoting;

/**
 * PlStderr:
 * @PL_STDERR_PASS: each line is printed with g_printerr(), behind the names of stage and worker
 * @PL_STDERR_COLLECT: nothing is printed; the last lines are part of the message when the worker
 *   fails
 *
 * What becomes of what worker processes write to their standard error.
 *
 * Since: 1.0
 */
typedef enum
{
  PL_STDERR_PASS,
  PL_STDERR_COLLECT,
} PlStderr;

/**
 * PlJobEvent:
 * @PL_JOB_EVENT_ROOM: a job that was to wait before it emits more need not wait any longer
 * @PL_JOB_EVENT_CANCELLED: nobody waits for the job any more: its element has timed out, or the run
 *   has ended
 *
 * What a task stage of [func@Pl.job_map] and its like tells of a job.
 *
 * Since: 1.0
 */
typedef enum
{
  PL_JOB_EVENT_ROOM,
  PL_JOB_EVENT_CANCELLED,
} PlJobEvent;

/**
 * PlEmission:
 * @PL_EMISSION_MORE: the element has been passed on, and the next one may follow at once
 * @PL_EMISSION_WAIT: the element has been taken, and the next one may follow when the job has been
 *   told of %PL_JOB_EVENT_ROOM
 * @PL_EMISSION_STOP: nobody wants the element, nor another
 *
 * What comes of an element that a job emits, see [func@Pl.job_emit].
 *
 * Since: 1.0
 */
typedef enum
{
  PL_EMISSION_MORE,
  PL_EMISSION_WAIT,
  PL_EMISSION_STOP,
} PlEmission;

G_END_DECLS
