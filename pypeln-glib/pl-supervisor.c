/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-supervisor-private.h"

#include "pl-debug-private.h"
#include "pl-run-private.h"
#include "pl-threads-private.h"
#include "pl-worker-private.h"

/* The supervisor of a run is a thread that sleeps until the next deadline of one of its workers. A
 * run has one if one of its stages has a timeout; those of task stages keep the time themselves.
 *
 * A worker has a deadline while its function has an element at hand, and none while what the
 * function has made waits for a place. Both the worker, when it takes its deadline back, and the
 * supervisor, when that has passed, do so under the worker's mutex: whoever is first has the
 * element. Where it is the supervisor the worker has expired. What its function makes from then on
 * is thrown away, and so is the element; the function is told by its cancellable. If the worker has
 * a thread, that is given up, another worker takes its place, and the late thread touches nothing
 * of the run any more, see pl_worker_process(). A worker without one has nobody to take its place:
 * it goes on when the function returns. */

/* How long the end of a run waits for functions that are late. */
#define GRACE_PERIOD G_USEC_PER_SEC

static void
pl_supervisor_expire (PlWorker *worker, GCancellable *cancellable, PlTicket *ticket)
{
  PlWorkerClass *klass = PL_WORKER_GET_CLASS (worker);
  PlNode *node = worker->node;

  PL_DEBUG ("stage “%s”, worker %u: the element has timed out after %u ms",
            pl_stage_get_label (node->stage, &node->settings), worker->index, worker->timeout);

  g_atomic_pointer_add (&node->n_timed_out, 1);
  pl_ticket_free (ticket);
  g_cancellable_cancel (cancellable);

  if (klass->replace != NULL)
    klass->replace (worker);
}

/* Looks whether the worker's deadline has passed; if not, comes again then. */
static void
pl_supervisor_check (PlThreads *threads, PlWorker *worker, gint64 now)
{
  g_autoptr(GCancellable) cancellable = NULL;
  PlTicket *ticket = NULL;
  gboolean has_expired;

  g_mutex_lock (&worker->mutex);
  has_expired = worker->deadline != 0 && worker->deadline <= now;
  if (has_expired)
    {
      worker->has_expired = TRUE;
      worker->deadline = 0;
      ticket = g_steal_pointer (&worker->only.ticket);
      cancellable = g_object_ref (worker->cancellable);
      if (worker->thread != NULL)
        pl_threads_give_up (threads, worker->thread);
    }
  else if (worker->deadline != 0)
    {
      pl_threads_set_alarm (threads, worker->deadline);
    }
  g_mutex_unlock (&worker->mutex);

  if (has_expired)
    pl_supervisor_expire (worker, cancellable, ticket);
}

/* Those that begin an element meanwhile set the alarm themselves. */
static void
pl_supervisor_look (PlRun *run)
{
  PlThreads *threads = pl_run_get_threads (run);
  GPtrArray *nodes = pl_run_get_nodes (run);
  gint64 now = g_get_monotonic_time ();

  for (guint i = 0; i < nodes->len; i++)
    {
      PlNode *node = g_ptr_array_index (nodes, i);
      g_autoptr(GPtrArray) workers = NULL;

      if (!pl_node_is_supervised (node))
        continue;

      workers = pl_node_dup_workers (node);
      for (guint j = 0; j < workers->len; j++)
        pl_supervisor_check (threads, g_ptr_array_index (workers, j), now);
    }
}

static void
pl_supervisor_main (gpointer data, gpointer user_data)
{
  PlRun *run = data;
  PlThreads *threads = pl_run_get_threads (run);
  guint n_late;

  while (pl_threads_sleep (threads))
    pl_supervisor_look (run);

  n_late = pl_threads_wait_for_late (threads, g_get_monotonic_time () + GRACE_PERIOD);
  if (n_late > 0)
    PL_DEBUG ("the run ends without %u functions that have timed out and go on", n_late);
}

/* @node is the one whose timeout the run needs it for. */
gboolean
pl_supervisor_start (PlRun *run, PlNode *node, GError **error)
{
  return pl_run_spawn (run, node, pl_supervisor_main, run, NULL, error);
}

/* The worker's function begins an element. */
void
pl_supervisor_start_clock (PlWorker *worker)
{
  worker->remaining = worker->timeout * G_GINT64_CONSTANT (1000);
  pl_supervisor_resume_clock (worker);
}

/* The function waits for a place, or has returned. Returns FALSE if the worker has expired. */
gboolean
pl_supervisor_stop_clock (PlWorker *worker)
{
  gboolean has_expired;

  g_mutex_lock (&worker->mutex);
  has_expired = worker->has_expired;
  if (worker->deadline != 0)
    worker->remaining = MAX (worker->deadline - g_get_monotonic_time (), 1);
  worker->deadline = 0;
  g_mutex_unlock (&worker->mutex);

  return !has_expired;
}

/* The function goes on. */
void
pl_supervisor_resume_clock (PlWorker *worker)
{
  gint64 deadline = g_get_monotonic_time () + worker->remaining;

  g_mutex_lock (&worker->mutex);
  worker->deadline = deadline;
  g_mutex_unlock (&worker->mutex);

  pl_threads_set_alarm (pl_run_get_threads (worker->node->run), deadline);
}
