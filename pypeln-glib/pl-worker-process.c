/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-worker-private.h"

#include "pl-debug-private.h"
#include "pl-error.h"
#include "pl-interpreter-private.h"
#include "pl-monitor-private.h"
#include "pl-run-private.h"
#include "pl-stage-private.h"
#include "pl-supervisor-private.h"

/* What a worker does with elements: it processes them, or generates them, and puts what comes of
 * it. All of it runs where the worker does, see pl-worker-life.c. */

/* Ends the run with @error, which it takes, and tells where it happened: @details stands for the
 * element where there is none at hand. When the run has ended already, nobody asks. */
void
pl_worker_fail (PlWorker *self, GError *error, const char *details)
{
  const PlStageSettings *settings = &self->node->settings;
  g_autofree char *path = NULL;
  g_autoptr(GString) where = NULL;

  if (pl_run_is_cancelled (self->node->run))
    {
      g_clear_error (&error);
      return;
    }

  if (PL_WORKER_GET_CLASS (self)->fail != NULL)
    {
      PL_WORKER_GET_CLASS (self)->fail (self, error);
      return;
    }

  where = g_string_new (NULL);

  if (settings->kind != PL_WORKER_KIND_SYNC)
    g_string_append_printf (where, ", worker %u", self->index);
  if (details != NULL)
    g_string_append_printf (where, ", %s", details);
  else if (self->call != NULL && self->call->index.n > 0)
    {
      path = pl_index_to_string (&self->call->index);
      g_string_append_printf (where, ", element %s", path);
    }

  pl_stage_prefix_error (self->stage, settings, where->str, &error);
  pl_run_fail (self->node->run, error);
}

/* A function that fails tells why. */
void
pl_worker_ensure_error (gboolean done, GError **error)
{
  if (!done && *error == NULL)
    g_set_error_literal (error, PL_ERROR, PL_ERROR_UNSET_ERROR,
                         "The function failed without setting an error");
}

static gboolean
pl_worker_never (gpointer user_data)
{
  return FALSE;
}

/* How long to wait, in microseconds, before the function is called again: each time twice as
 * long. */
gint64
pl_worker_get_retry_delay (PlWorker *self, guint attempt)
{
  return (self->node->settings.retry_delay * G_GINT64_CONSTANT (1000)) << MIN (attempt, 16);
}

/* Waits before the function is called again. Returns FALSE, with @error set, if it is not to be
 * any more. */
static gboolean
pl_worker_back_off (PlWorker *self, guint attempt, GError **error)
{
  gint64 delay = pl_worker_get_retry_delay (self, attempt);
  gpointer paused;
  PlMonitor monitor;
  gulong id = 0;

  if (delay == 0)
    return TRUE;

  paused = pl_interpreter_pause ();
  pl_monitor_init (&monitor);
  pl_monitor_enter_when (&monitor, pl_worker_never, NULL, self->cancellable, &id,
                         g_get_monotonic_time () + delay);
  pl_monitor_leave (&monitor);
  g_cancellable_disconnect (self->cancellable, id);
  pl_monitor_clear (&monitor);
  pl_interpreter_go_on (paused);

  if (!pl_run_is_cancelled (self->node->run))
    return TRUE;

  pl_worker_set_cancelled (self, error);
  return FALSE;
}

/* The function has failed for the time that @attempt counts, from 0: tells whether it is to be
 * called again; forgets @error then. */
static gboolean
pl_worker_may_retry (PlWorker *self, guint attempt, GError **error)
{
  if (attempt == self->retries || pl_run_is_cancelled (self->node->run))
    return FALSE;

  pl_worker_ensure_error (FALSE, error);
  PL_DEBUG ("stage “%s”, worker %u: tries again: %s",
            pl_stage_get_label (self->stage, &self->node->settings), self->index,
            (*error)->message);
  g_clear_error (error);
  pl_worker_count (&self->n_retries);
  return TRUE;
}

/* Hands on what a function that may be called again has made, now that it will not be. */
static gboolean
pl_worker_put_attempt (PlWorker *self, GError **error)
{
  g_autoptr(GArray) attempt = g_steal_pointer (&self->call->attempt);
  gboolean done = TRUE;

  if (attempt == NULL)
    return TRUE;

  for (guint i = 0; i < attempt->len && done; i++)
    done = pl_worker_put (self, &g_array_index (attempt, PlElement, i), error);

  g_array_set_size (attempt, 0);
  self->call->attempt = g_steal_pointer (&attempt);
  return done;
}

/* An operation that makes elements one by one asks, behind each, whether it is to return. Then it
 * is called again with the same element when another is wanted: that makes stages lazy which have
 * nothing else to wait in. Not where elements are kept until the function has succeeded. */
gboolean
pl_worker_suspend (PlWorker *self)
{
  self->is_suspended = self->may_suspend && self->call->attempt == NULL;
  return self->is_suspended;
}

/* The operation has come to the end of the element at hand. */
static void
pl_worker_clear_iterated (PlWorker *self)
{
  if (G_VALUE_TYPE (&self->iterated) != 0)
    g_value_unset (&self->iterated);
}

/* There is nobody any more to make the rest for. */
void
pl_worker_drop_unfinished (PlWorker *self)
{
  self->is_suspended = FALSE;
  pl_worker_clear_iterated (self);
  pl_element_clear (&self->unfinished);
  pl_ticket_clear (&self->only.ticket);
}

/* The function begins with an element, or goes on with it. */
static void
pl_worker_start_call (PlWorker *self)
{
  gboolean is_new = !self->is_suspended;

  self->is_suspended = FALSE;
  if (is_new)
    {
      pl_worker_count (&self->n_calls);
      self->call->n_emitted = 0;
    }

  if (self->timeout > 0 && is_new)
    pl_supervisor_start_clock (self);
  else if (self->timeout > 0)
    pl_supervisor_resume_clock (self);
}

/* Calls the function once. What a call that fails has made is gone. */
gboolean
pl_worker_call (PlWorker *self, PlElement *element, GError **error)
{
  PlStageClass *klass = PL_STAGE_GET_CLASS (self->stage);
  gsize n_before = self->n_calls - (self->is_suspended ? 1 : 0);
  gboolean is_timed = self->is_sampled && n_before % PL_WORKER_SAMPLE == 0;
  gboolean done;

  if (is_timed)
    pl_worker_switch (self, PL_ACTIVITY_BUSY);
  pl_worker_start_call (self);

  done = klass->process (self->stage, element, self, error);

  if (self->timeout > 0 && !pl_supervisor_stop_clock (self))
    {
      g_clear_error (error);
      self->is_suspended = FALSE;
      done = FALSE;
    }
  if (!done && self->call->attempt != NULL)
    g_array_set_size (self->call->attempt, 0);
  if (!self->is_suspended)
    {
      self->remaining = 0;
      pl_worker_clear_iterated (self);
    }
  if (is_timed)
    pl_worker_switch (self, PL_ACTIVITY_NONE);
  return done;
}

/* Calls the function, again if it fails and the stage retries. A worker that expires does not. */
static gboolean
pl_worker_try (PlWorker *self, PlElement *element, GError **error)
{
  for (guint attempt = 0;; attempt++)
    {
      gboolean done = pl_worker_call (self, element, error);

      if (self->has_expired)
        return FALSE;
      if (done)
        return pl_worker_put_attempt (self, error);
      if (!pl_worker_may_retry (self, attempt, error) ||
          !pl_worker_back_off (self, attempt, error))
        return FALSE;
    }
}

/* The function has failed with @error, which it takes. Returns TRUE if the run goes on. */
static gboolean
pl_worker_handle_error (PlWorker *self, PlElement *element, GError *error)
{
  PlNode *node = self->node;

  pl_worker_ensure_error (FALSE, &error);
  if (node->settings.error_policy == PL_ERROR_POLICY_ABORT || pl_run_is_cancelled (node->run))
    {
      pl_worker_fail (self, error, NULL);
      return FALSE;
    }

  PL_DEBUG ("stage “%s”, worker %u: skips an element: %s",
            pl_stage_get_label (self->stage, &node->settings), self->index, error->message);
  pl_worker_count (&self->n_failed);
  pl_reporter_add_skipped (node->reporter, self->stage, &element->value, error);
  g_error_free (error);
  return TRUE;
}

/* For workers that have several elements under way: it is known what has come of the call at hand,
 * after @attempt that have failed with @element. The function is @done, or has failed with @error,
 * which is taken. Returns FALSE if it is to be called again. */
gboolean
pl_worker_settle (PlWorker *self,
                  PlElement *element,
                  guint attempt,
                  gboolean done,
                  GError *error)
{
  if (done)
    done = pl_worker_put_attempt (self, &error);
  else if (self->call->attempt != NULL)
    g_array_set_size (self->call->attempt, 0);

  if (!done && pl_worker_may_retry (self, attempt, &error))
    return FALSE;

  if (!done)
    pl_worker_handle_error (self, element, error);
  return TRUE;
}

/* A worker that has expired, and has no thread of its own, goes on with the next element, as if it
 * had been replaced. Returns FALSE in others. */
gboolean
pl_worker_renew (PlWorker *self)
{
  GCancellable *former;

  if (!self->has_expired || self->thread != NULL)
    return FALSE;

  g_mutex_lock (&self->mutex);
  former = self->cancellable;
  self->cancellable = g_cancellable_new ();
  self->has_expired = FALSE;
  g_mutex_unlock (&self->mutex);

  g_object_unref (former);

  /* The run may have been cancelled in between. */
  if (pl_run_is_cancelled (self->node->run))
    pl_worker_fire (self);
  return TRUE;
}

/* Has the operation do with @element what it can now. */
static gboolean
pl_worker_work (PlWorker *self, PlElement *element)
{
  PlWorkerPlace former;
  GError *error = NULL;
  gboolean goes_on;

  pl_worker_enter (self, &self->only, &former);

  goes_on = pl_worker_try (self, element, &error);
  if (self->has_expired)
    goes_on = pl_worker_renew (self);
  else if (!goes_on)
    goes_on = pl_worker_handle_error (self, element, error);

  pl_worker_leave (self, &former);
  if (!self->is_suspended)
    {
      pl_ticket_clear (&self->only.ticket);
      pl_element_clear (element);
    }
  if (!self->has_expired)
    pl_reporter_note (self->node->reporter);
  return goes_on;
}

/* Has the operation turn @element into what comes of it, and clears it; or keeps it, and is
 * suspended. Returns FALSE if the worker is not to go on: the run has failed or has been cancelled,
 * or, in a worker with a thread, it has expired; then the run may be gone, and nothing of it is
 * touched. */
gboolean
pl_worker_process (PlWorker *self, PlElement *element)
{
  gboolean goes_on;

  pl_worker_count (&self->n_in);
  self->only.index = element->index;
  self->only.ticket = g_steal_pointer (&element->ticket);

  goes_on = pl_worker_work (self, element);
  if (self->is_suspended)
    pl_element_move (element, &self->unfinished);
  return goes_on;
}

/* Goes on in the same way with the element that it has kept, when it is suspended. */
gboolean
pl_worker_go_on (PlWorker *self)
{
  return pl_worker_work (self, &self->unfinished);
}

/* Has a stage without inputs put its next element. Returns FALSE at the end. */
gboolean
pl_worker_generate (PlWorker *self)
{
  PlStageClass *klass = PL_STAGE_GET_CLASS (self->stage);
  PlWorkerPlace former;
  gboolean is_timed = self->n_calls % PL_WORKER_SAMPLE == 0;
  GError *error = NULL;
  gboolean more;

  pl_worker_count (&self->n_calls);
  if (is_timed)
    pl_worker_switch (self, PL_ACTIVITY_BUSY);
  pl_worker_enter (self, &self->only, &former);

  more = klass->generate (self->stage, self->state, self, &error);
  if (error != NULL)
    {
      g_autofree char *details = g_strdup_printf ("element %" G_GINT64_FORMAT,
                                                  self->only.n_emitted);

      pl_worker_fail (self, error, details);
    }

  if (is_timed)
    pl_worker_switch (self, PL_ACTIVITY_NONE);
  pl_worker_leave (self, &former);
  pl_reporter_note (self->node->reporter);
  return more;
}

/* What makes elements in order has made @last, and will make none before the next any more. */
static void
pl_worker_advance (PlWorker *self, gint64 last)
{
  PlTicket *ticket = self->standing != NULL ? self->standing : self->call->ticket;
  g_auto(PlIndex) next = { 0 };

  if (ticket == NULL)
    return;

  pl_index_append (&self->call->index, last + 1, &next);
  pl_ticket_advance (ticket, &next);
}

/* Tells a function that emits why it is not to go on. */
void
pl_worker_set_cancelled (PlWorker *self, GError **error)
{
  gboolean has_expired;

  g_mutex_lock (&self->mutex);
  has_expired = self->has_expired;
  g_mutex_unlock (&self->mutex);

  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED,
                       has_expired ? "The element has timed out" : "The run has been cancelled");
}

/* Keeps @element until it is known that the function will not be called again. No queue tells the
 * function here that the run is cancelled, and its clock is not stopped: its cancellable knows. */
static gboolean
pl_worker_keep (PlWorker *self, PlElement *element, GError **error)
{
  guint n = self->call->attempt->len;

  if (g_cancellable_is_cancelled (self->cancellable) || pl_run_is_cancelled (self->node->run))
    {
      pl_worker_set_cancelled (self, error);
      return FALSE;
    }

  g_array_set_size (self->call->attempt, n + 1);
  pl_element_move (element, &g_array_index (self->call->attempt, PlElement, n));
  return TRUE;
}

/* Hands on what the operation made: moves @element, or leaves it to the caller and fails, when the
 * run is cancelled or the worker has expired. */
gboolean
pl_worker_put (PlWorker *self, PlElement *element, GError **error)
{
  gint64 last = pl_index_get_path (&element->index)[element->index.n - 1];
  gboolean emits = PL_STAGE_GET_CLASS (self->stage)->emits;
  gboolean done;

  if (self->call != NULL && self->call->attempt != NULL)
    return pl_worker_keep (self, element, error);

  if (self->timeout > 0 && !pl_supervisor_stop_clock (self))
    {
      pl_worker_set_cancelled (self, error);
      return FALSE;
    }

  done = PL_WORKER_GET_CLASS (self)->put (self, element, error);
  if (done)
    pl_worker_count (&self->n_out);
  if (done && emits)
    pl_worker_advance (self, last);

  /* What makes one element has done so, and is not to be late afterwards. */
  if (emits && self->remaining > 0)
    pl_supervisor_resume_clock (self);
  return done;
}

/* Moves @value into a new element, behind those that have been made of the one at hand. */
gboolean
pl_worker_put_value (PlWorker *self, GValue *value, GError **error)
{
  static const GValue unset = G_VALUE_INIT;
  g_auto(PlElement) element = PL_ELEMENT_INIT;

  element.value = *value;
  *value = unset;
  pl_index_append (&self->call->index, self->call->n_emitted++, &element.index);
  return pl_worker_put (self, &element, error);
}

/* The operation makes nothing of the element at hand. One that has timed out is counted as that. */
void
pl_worker_drop (PlWorker *self)
{
  if (self->timeout == 0 || pl_supervisor_stop_clock (self))
    pl_worker_count (&self->n_dropped);
}
