/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "workers/pl-process-worker-private.h"

#include "pl-debug-private.h"
#include "pl-error.h"
#include "pl-interpreter-private.h"
#include "pl-run-private.h"
#include "pl-stage-private.h"
#include "pl-worker-main-private.h"

/* How the process of a worker starts, what there is to see of its life, and how it ends: in the
 * end it is replaced, and what it had in hand has failed. */

/* A process that has nothing in hand, and ends before it could begin, is started again: so often,
 * and each time after twice as long, from this on, in microseconds. */
#define MAX_STARTS 5
#define FIRST_PAUSE (G_USEC_PER_SEC / 10)

/* It is looked so often in the time that a process may be silent whether it has been heard. Looks
 * are counted, not time: who has been stopped, and goes on, has not been silent. */
#define LOOKS_PER_SILENCE 4

static void
pl_process_worker_forget_child (PlProcessWorker *self)
{
  self->child = NULL;
  self->is_ready = FALSE;
  self->is_recalling = FALSE;
  self->has_greeted = FALSE;
  self->has_said_end = FALSE;
  self->n_steps_owed = 0;
  self->look_time = 0;
  self->start_time = 0;
  pl_process_pool_rest (self->pool, PL_WORKER (self)->index);
  pl_process_pool_end_asking (self->pool, PL_WORKER (self)->index);
}

/* The process is to end in its own time, and there may be another in its place at once. */
static void
pl_process_worker_abandon (PlProcessWorker *self, PlChildStop stop)
{
  PlChild *child = self->child;

  pl_process_worker_forget_child (self);
  pl_child_stop (child, stop);
  g_ptr_array_add (self->ending, child);
}

/* Frees those that are over. */
static void
pl_process_worker_reap (PlProcessWorker *self)
{
  for (guint i = self->ending->len; i > 0; i--)
    {
      if (pl_child_is_over (g_ptr_array_index (self->ending, i - 1)))
        g_ptr_array_remove_index (self->ending, i - 1);
    }
}

/* The process is ready to begin with elements. */
void
pl_process_worker_set_ready (PlProcessWorker *self)
{
  self->is_ready = TRUE;
  self->start_time = 0;
  pl_process_pool_note_start (self->pool, !self->has_tried, TRUE);
  self->has_tried = TRUE;
}

/* Tells whether a process is to be started once more. The first time each launcher is tried; if
 * none does, and that is no better for any other worker, nothing is. */
static gboolean
pl_process_worker_may_start_again (PlProcessWorker *self, guint n_launchers)
{
  gboolean is_hopeful;

  if (!self->has_tried && self->n_failed_starts < n_launchers)
    return TRUE;

  is_hopeful = pl_process_pool_note_start (self->pool, !self->has_tried, FALSE);
  self->has_tried = TRUE;
  return is_hopeful && self->n_failed_starts < MAX (MAX_STARTS, n_launchers);
}

/* A process could not be started, or has ended before there was anything in its hand. It may have
 * been the place: there is another attempt with the next launcher. */
static void
pl_process_worker_handle_failed_start (PlProcessWorker *self, GError *error)
{
  PlWorker *worker = PL_WORKER (self);
  guint n_launchers = MAX (pl_command_get_n_launchers (self->command), 1);

  self->n_failed_starts++;
  self->launcher = (self->launcher + 1) % n_launchers;
  if (!pl_process_worker_may_start_again (self, n_launchers))
    {
      pl_worker_fail (worker, error, NULL);
      return;
    }

  PL_DEBUG ("stage “%s”, worker %u: starts a process again: %s",
            pl_stage_get_label (worker->stage, &worker->node->settings), worker->index,
            error->message);
  g_error_free (error);
  self->start_time = g_get_monotonic_time ();
  if (self->has_tried)
    self->start_time += FIRST_PAUSE << (self->n_failed_starts - 1);
}

/* Starts the process, for @element alone if it is not NULL. */
gboolean
pl_process_worker_start_child (PlProcessWorker *self, const char *element, GError **error)
{
  const PlChildSink sink = { self->talk->get_space, self->talk->add, self };
  const char *program = NULL;
  g_auto(GStrv) argv = NULL;
  gpointer paused;

  if (pl_command_get_function (self->command) != NULL)
    program = pl_worker_get_program (NULL);
  argv = pl_command_build_argv (self->command, self->launcher, program, element);

  paused = pl_interpreter_pause ();
  self->child = pl_child_new (self->command, argv, self->launcher, self->child_name, &sink, error);
  pl_interpreter_go_on (paused);
  if (self->child == NULL)
    return FALSE;

  PL_DEBUG ("%s: process %d, %s", self->child_name, pl_child_get_pid (self->child), argv[0]);
  self->talk->begin (self);
  pl_child_flush (self->child);
  return TRUE;
}

/* Starts the process if it is time to. */
static void
pl_process_worker_start_ahead (PlProcessWorker *self, gint64 now)
{
  guint start_timeout = pl_command_get_start_timeout (self->command);
  GError *error = NULL;

  if (!self->talk->is_ahead || self->has_finished || now < self->start_time)
    return;

  if (!pl_process_worker_start_child (self, NULL, &error))
    {
      pl_process_worker_handle_failed_start (self, error);
      return;
    }

  self->start_time = 0;
  if (!self->talk->greets)
    pl_process_worker_set_ready (self);
  else if (start_timeout > 0)
    self->start_time = now + start_timeout * G_GINT64_CONSTANT (1000);
}

/* The process is over, and all that it said has been done. */
static void
pl_process_worker_handle_end (PlProcessWorker *self)
{
  PlChild *child = self->child;
  gboolean was_ready = self->is_ready;
  GError *error = NULL;

  if (self->talk->end (self, &error))
    was_ready = TRUE;
  pl_process_worker_forget_child (self);
  pl_child_free (child);

  if (error == NULL)
    return;
  if (was_ready && self->in_flight.length > 0)
    pl_process_worker_lose (self, error);
  else if (self->is_finishing)
    pl_worker_fail (PL_WORKER (self), error, "on_done");
  else
    pl_process_worker_handle_failed_start (self, error);
}

/* The process has not ended, and will not be waited for: what it had in hand has failed with
 * @error, which is taken, or, if that is NULL, has taken too long. */
void
pl_process_worker_give_up (PlProcessWorker *self, GError *error)
{
  gboolean is_far = pl_command_get_n_launchers (self->command) > 0;
  gboolean has_begun = self->in_flight.length > 0;

  pl_process_worker_abandon (self, is_far ? PL_CHILD_CLOSED : PL_CHILD_KILLED);
  if (has_begun)
    pl_process_worker_lose (self, error);
  else if (self->is_finishing)
    pl_worker_fail (PL_WORKER (self), error, "on_done");
  else
    pl_process_worker_handle_failed_start (self, error);
}

/* Listens for a sign of life, and asks for one. */
static void
pl_process_worker_listen (PlProcessWorker *self, gint64 now)
{
  guint silence = pl_command_get_silence (self->command);

  if (!self->talk->greets || silence == 0)
    return;

  if (self->look_time != 0 && now >= self->look_time)
    {
      gboolean may_speak = self->has_greeted && pl_outbox_is_empty (&self->outbox);

      self->n_quiet_looks = self->is_heard || !may_speak ? 0 : self->n_quiet_looks + 1;
      self->is_heard = FALSE;
      self->look_time = 0;
      pl_frame_append (pl_child_get_out (self->child), PL_FRAME_PING, 0, NULL, NULL);
    }

  if (self->n_quiet_looks >= LOOKS_PER_SILENCE)
    {
      pl_process_worker_give_up (
        self, g_error_new (PL_ERROR, PL_ERROR_WORKER_SILENT,
                           "The worker process has given no sign of life for %u ms", silence));
      return;
    }

  if (self->look_time == 0)
    self->look_time = now + silence * G_GINT64_CONSTANT (1000) / LOOKS_PER_SILENCE;
}

/* Tells whether the process has not begun yet, and may not for long, as one does that a launcher
 * has wait for its turn, or that has failed to start, and others have done all that there was. */
static gboolean
pl_process_worker_is_needless (PlProcessWorker *self)
{
  gboolean may_take_long = self->n_failed_starts > 0 ||
                           pl_command_get_n_launchers (self->command) > 0;

  return self->talk->greets && !self->has_greeted && !self->is_finishing && may_take_long &&
         pl_process_pool_is_over (self->pool);
}

/* Does what there is to do about the process. */
void
pl_process_worker_look_after (PlProcessWorker *self, gint64 now)
{
  pl_process_worker_reap (self);

  if (pl_process_worker_is_needless (self))
    {
      self->has_finished = TRUE;
      if (self->child != NULL)
        pl_process_worker_abandon (self, PL_CHILD_CLOSED);
    }
  else if (self->child == NULL)
    {
      pl_process_worker_start_ahead (self, now);
    }
  else if (pl_child_is_over (self->child))
    {
      if (pl_outbox_is_empty (&self->outbox))
        pl_process_worker_handle_end (self);
    }
  else if (self->talk->is_ahead && pl_child_has_closed_output (self->child))
    {
      /* How it ends is worth a while. */
      pl_child_stop (self->child, PL_CHILD_CLOSED);
    }
  else if (!self->is_ready && self->start_time != 0 && now >= self->start_time)
    {
      pl_process_worker_give_up (
        self, g_error_new (PL_ERROR, PL_ERROR_WORKER_START,
                           "The worker process was not ready after %u ms",
                           pl_command_get_start_timeout (self->command)));
    }
  else if (pl_process_worker_is_late (self, now))
    {
      pl_process_worker_give_up (self, NULL);
    }
  else
    {
      pl_process_worker_listen (self, now);
    }
}

/* The worker ends: waits until its processes have. */
void
pl_process_worker_stop_all (PlProcessWorker *self)
{
  if (self->child != NULL)
    pl_process_worker_abandon (self, self->talk->cancel);

  while (pl_process_worker_reap (self), self->ending->len > 0)
    g_main_context_iteration (self->loop, TRUE);
}
