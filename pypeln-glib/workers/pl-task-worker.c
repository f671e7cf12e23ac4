/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "workers/pl-task-worker-private.h"

#include "pl-context-private.h"
#include "pl-run-private.h"

/* The worker of a task stage. It has no thread: it is a source on the run's main context, which is
 * woken when there may be something to do, and then has the function begin elements, until as many
 * are under way as the stage has workers, there are none, or what has been made of others finds no
 * place behind the stage. What is made of an element is put when its task is answered, from inside
 * of that answer, which comes on the context too. So all of this is for the thread that has the
 * context, and no function is called from inside of an answer.
 *
 * A dispatch lasts for a slice of time at most. If there is more to do then it goes on in the next
 * one, at the priority of idle sources, so that a main loop which has events, or windows to draw,
 * goes first. Once a slice a dispatch that has little to do gives way too: with small bounds one
 * stage wakes the other without end.
 *
 * Tasks are made ahead, see pl_task_call_new(): as many as the function seems to answer at once. */

/* For how long a dispatch has elements begin, in microseconds; the clock is looked at after each of
 * so many. */
#define SLICE_USEC 1000
#define ELEMENTS_PER_LOOK 4

typedef PlWorkerClass PlTaskWorkerClass;

static GType pl_task_worker_get_type (void);

G_DEFINE_FINAL_TYPE (PlTaskWorker, pl_task_worker, PL_TYPE_WORKER)

/* Tells whether @worker is one of these. */
gboolean
pl_task_worker_check (gpointer worker)
{
  return G_TYPE_CHECK_INSTANCE_TYPE (worker, pl_task_worker_get_type ());
}

/* Takes the next element from the inputs: NULL if there is none at the moment. */
static PlTaskCall *
pl_task_worker_take (PlTaskWorker *self)
{
  PlWorker *worker = PL_WORKER (self);
  g_auto(PlElement) element = PL_ELEMENT_INIT;
  PlTaskCall *call;
  PlFlow taken = pl_intake_take (&self->intake, &element, FALSE);

  if (taken != PL_FLOW_OK)
    {
      self->has_no_more = taken == PL_FLOW_END;
      pl_worker_flush (worker, FALSE);
      return NULL;
    }

  pl_worker_count (&worker->n_in);
  call = pl_task_worker_new_call (self);
  pl_element_move (&element, &call->element);
  call->call.index = call->element.index;
  if (worker->stage->is_origin)
    call->call.index.n = 0;
  call->call.ticket = g_steal_pointer (&call->element.ticket);
  call->call.attempt = pl_worker_new_attempt (worker);
  return call;
}

/* Finds the next call that may begin now, or go on: one that is to be called again, or one with a
 * new element. NULL if there is none. */
static PlTaskCall *
pl_task_worker_find_call (PlTaskWorker *self, gint64 now)
{
  gboolean may_begin = pl_rate_get_time (&self->rate) <= now;
  PlTaskCall *call = self->delayed.length > 0 ? self->delayed.head->data : NULL;

  if (!pl_outbox_is_empty (&self->outbox))
    return NULL;

  if (self->unfinished != NULL)
    return g_steal_pointer (&self->unfinished);

  if (call != NULL && call->time <= now)
    {
      if (!may_begin)
        return NULL;

      g_queue_unlink (&self->delayed, &call->link);
      return call;
    }

  if (self->has_no_more || self->in_flight.length + self->delayed.length >= self->limit)
    return NULL;

  /* Whatever the rate is: the end is not to wait for that. */
  call = pl_task_worker_take (self);
  if (call == NULL || may_begin)
    return call;

  call->time = now;
  g_queue_push_head_link (&self->delayed, &call->link);
  return NULL;
}

/* From now on each element that is taken is for this slice. */
static void
pl_task_worker_set_slice_end (PlTaskWorker *self, gint64 slice_end)
{
  GArray *inputs = self->intake.inputs;

  for (guint i = 0; i < inputs->len; i++)
    pl_input_set_slice_end (&g_array_index (inputs, PlInput, i), slice_end);
}

/* Tells whether there are elements that it has taken and is not done with. */
static gboolean
pl_task_worker_is_busy (PlTaskWorker *self)
{
  return self->in_flight.length + self->delayed.length > 0 || self->unfinished != NULL;
}

static void
pl_task_worker_note_activity (PlTaskWorker *self)
{
  PlWorker *worker = PL_WORKER (self);
  PlActivity activity = PL_ACTIVITY_WAITING;

  if (self->is_filling || pl_task_worker_is_busy (self))
    activity = PL_ACTIVITY_BUSY;
  else if (!pl_outbox_is_empty (&self->outbox))
    activity = PL_ACTIVITY_BLOCKED;

  if (worker->stopwatch.activity != activity)
    pl_worker_switch (worker, activity);
}

/* Has the function begin elements. Returns TRUE if the slice has come to its end before them. */
static gboolean
pl_task_worker_fill (PlTaskWorker *self, gint64 now)
{
  PlRun *run = PL_WORKER (self)->node->run;
  gint64 slice_end = now + SLICE_USEC;
  gboolean more = !pl_run_is_cancelled (run);

  self->is_filling = TRUE;
  pl_task_worker_note_activity (self);
  self->n_at_once = 0;
  pl_task_worker_set_slice_end (self, slice_end);

  for (guint n = 1; n <= self->slice && now < slice_end && more; n++)
    {
      PlTaskCall *call = pl_task_worker_find_call (self, now);

      if (call == NULL)
        {
          /* Sync stages that are late have nothing to pass on either, but will. */
          more = g_get_monotonic_time () >= slice_end;
          break;
        }

      pl_task_worker_begin_call (self, call, now);
      more = !pl_run_is_cancelled (run);

      /* Tasks that have been made ahead are quicker: there are more of them in the next
       * dispatch. */
      if (self->n_at_once > 0 && self->spares->len == 0)
        break;

      if (self->is_timed || n % ELEMENTS_PER_LOOK == 0)
        now = g_get_monotonic_time ();
    }

  self->is_filling = FALSE;
  return more;
}

/* When there will be something to do, if nothing else happens before. */
static gint64
pl_task_worker_get_ready_time (PlTaskWorker *self)
{
  gint64 time = G_MAXINT64;
  gint64 rate_time = pl_rate_get_time (&self->rate);

  if (self->in_flight.length > 0)
    time = ((PlTaskCall *) self->in_flight.head->data)->time;
  if (self->delayed.length > 0 && pl_outbox_is_empty (&self->outbox))
    time = MIN (time, MAX (((PlTaskCall *) self->delayed.head->data)->time, rate_time));
  return time < G_MAXINT64 ? time : -1;
}

/* Has the source come again when there is something to do. That is at once, but behind what is more
 * urgent, where there are @more elements to begin, or something is to be done about those under way
 * @after_answers that are on their way. */
static void
pl_task_worker_schedule (PlTaskWorker *self, gboolean more, gboolean after_answers)
{
  gboolean is_ready = more || after_answers;
  int priority = is_ready ? G_PRIORITY_DEFAULT_IDLE : G_PRIORITY_DEFAULT;
  gint64 time = pl_task_worker_get_ready_time (self);

  /* That also puts it behind others of its priority. While there is more it keeps its place among
   * them, ahead of the answers to the last slice: with these still under way when the next slice
   * begins, the context and the allocator need not shrink and grow again with each. */
  self->is_ahead = !after_answers;
  if (after_answers || g_source_get_priority (self->source) != priority)
    g_source_set_priority (self->source, priority);

  if (is_ready)
    pl_waker_wake (self->waker);
  else if (time != -1)
    g_source_set_ready_time (self->source, time);
}

/* Tells whether all has been done, and put. */
static gboolean
pl_task_worker_has_finished (PlTaskWorker *self)
{
  if (!self->has_no_more || pl_task_worker_is_busy (self))
    return FALSE;

  if (!self->has_flushed && pl_outbox_is_empty (&self->outbox))
    {
      self->has_flushed = TRUE;
      pl_worker_flush (PL_WORKER (self), TRUE);
    }
  return self->has_flushed && pl_outbox_is_empty (&self->outbox);
}

/* Ends the workers that run in this one. */
static void
pl_task_worker_finish_inputs (PlTaskWorker *self)
{
  GArray *inputs = self->intake.inputs;

  for (guint i = 0; i < inputs->len; i++)
    pl_input_finish (&g_array_index (inputs, PlInput, i));
}

/* The run has been cancelled: lets go of all that is under way, and tells it so. */
static void
pl_task_worker_stop (PlTaskWorker *self)
{
  PlWorker *worker = PL_WORKER (self);

  pl_task_worker_abandon_all (self);
  pl_outbox_drop (&self->outbox);
  pl_task_worker_finish_inputs (self);
  if (!self->is_starting)
    pl_worker_end (worker);
}

/* Does what there is to do. */
static void
pl_task_worker_run (PlTaskWorker *self)
{
  PlWorker *worker = PL_WORKER (self);
  gint64 now = g_get_monotonic_time ();
  gboolean is_last_turn;
  gboolean more;

  if (!worker->has_begun)
    self->is_starting = pl_worker_begin (worker) == PL_FLOW_AGAIN;

  if (pl_run_is_cancelled (worker->node->run))
    {
      pl_task_worker_stop (self);
      return;
    }
  if (self->is_starting)
    return;

  pl_task_worker_let_go (self);
  pl_task_worker_settle_dropped (self);
  is_last_turn = pl_task_worker_expire_late (self, now);
  pl_task_worker_put_emitted (self);
  pl_task_worker_put_backlog (self);
  pl_task_worker_tell_room (self);

  more = pl_task_worker_fill (self, now);

  if (pl_run_is_cancelled (worker->node->run))
    {
      pl_waker_wake (self->waker);
    }
  else if (pl_task_worker_has_finished (self))
    {
      pl_task_worker_discard_spares (self);
      pl_task_worker_finish_inputs (self);
      pl_worker_end (worker);
    }
  else
    {
      pl_task_worker_make_spares (self);
      pl_task_worker_note_activity (self);
      pl_task_worker_schedule (self, more,
                               is_last_turn || (!more && pl_task_worker_has_young (self)));
    }
}

/* Puts a dispatch off until what is more urgent than idle sources has been done, if that is due. */
static gboolean
pl_task_worker_gives_way (PlTaskWorker *self)
{
  gint64 now = g_get_monotonic_time ();

  if (self->turn_end == 0 || g_source_get_priority (self->source) == G_PRIORITY_DEFAULT_IDLE)
    self->turn_end = now + SLICE_USEC;
  if (now < self->turn_end || pl_run_is_cancelled (PL_WORKER (self)->node->run))
    return FALSE;

  g_source_set_priority (self->source, G_PRIORITY_DEFAULT_IDLE);
  pl_waker_wake (self->waker);
  return TRUE;
}

static gboolean
pl_task_worker_source_cb (gpointer user_data)
{
  PlTaskWorker *self = user_data;
  PlWorker *worker = PL_WORKER (self);
  g_autoptr(PlRun) run = NULL;

  if (!g_atomic_int_get (&self->is_started) || worker->has_ended ||
      pl_task_worker_gives_way (self))
    return G_SOURCE_CONTINUE;

  run = pl_run_ref (worker->node->run);
  g_object_ref (self);

  pl_run_enter (run);
  g_main_context_push_thread_default (worker->context);
  self->is_running = TRUE;
  pl_task_worker_run (self);
  self->is_running = FALSE;
  g_main_context_pop_thread_default (worker->context);
  pl_run_leave (run);

  g_object_unref (self);
  return G_SOURCE_CONTINUE;
}

static gboolean
pl_task_worker_start (PlWorker *worker, GError **error)
{
  PlTaskWorker *self = PL_TASK_WORKER (worker);
  GArray *inputs = worker->node->inputs;

  pl_run_ref (worker->node->run);
  pl_threads_add_guest (pl_run_get_threads (worker->node->run));
  for (guint i = 0; i < inputs->len; i++)
    pl_input_set_waker (&g_array_index (inputs, PlInput, i), self->waker);

  g_atomic_int_set (&self->is_started, TRUE);
  pl_waker_wake (self->waker);
  return TRUE;
}

/* Tasks are told on the context. A function that returns what it makes may be keeping that
 * waiting. */
static void
pl_task_worker_cancel (PlWorker *worker)
{
  PlTaskWorker *self = PL_TASK_WORKER (worker);

  if (!self->answers_task)
    pl_worker_fire (worker);
  pl_waker_wake (self->waker);
}

static void
pl_task_worker_hurry (PlWorker *worker)
{
  PlTaskWorker *self = PL_TASK_WORKER (worker);

  pl_context_dispatch (worker->context, self->waker, self->source);
}

static void
pl_task_worker_resume (PlWorker *worker)
{
  PlTaskWorker *self = PL_TASK_WORKER (worker);

  self->is_starting = FALSE;
  pl_waker_wake (self->waker);
}

static void
pl_task_worker_depart (PlWorker *worker)
{
  PlRun *run = worker->node->run;

  g_source_destroy (PL_TASK_WORKER (worker)->source);
  pl_threads_remove_guest (pl_run_get_threads (run));
  pl_run_unref (run);
}

/* The run is gone. */
static void
pl_task_worker_clear (PlWorker *worker)
{
  PlTaskWorker *self = PL_TASK_WORKER (worker);

  g_source_destroy (self->source);
  g_clear_pointer (&self->unfinished, pl_task_call_free);
  pl_outbox_drop (&self->outbox);
}

static void
pl_task_worker_finalize (GObject *object)
{
  PlTaskWorker *self = PL_TASK_WORKER (object);

  g_source_unref (self->source);
  pl_waker_unref (self->waker);
  pl_intake_clear (&self->intake);
  g_ptr_array_unref (self->spares);
  pl_outbox_clear (&self->outbox);
  g_array_unref (self->emitted);
  g_array_unref (self->waiting);
  while (self->unused.length > 0)
    pl_task_call_free (g_queue_pop_head_link (&self->unused)->data);

  G_OBJECT_CLASS (pl_task_worker_parent_class)->finalize (object);
}

static void
pl_task_worker_class_init (PlTaskWorkerClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = pl_task_worker_finalize;

  klass->start = pl_task_worker_start;
  klass->put = pl_task_worker_put;
  klass->cancel = pl_task_worker_cancel;
  klass->hurry = pl_task_worker_hurry;
  klass->resume = pl_task_worker_resume;
  klass->depart = pl_task_worker_depart;
  klass->clear = pl_task_worker_clear;
}

static void
pl_task_worker_init (PlTaskWorker *self)
{
  self->spares = g_ptr_array_new ();
  self->emitted = g_array_new (FALSE, TRUE, sizeof (PlTaskEmitted));
  self->waiting = g_array_new (FALSE, FALSE, sizeof (PlTaskNotice));
  pl_outbox_init (&self->outbox);
}

/* The node has its inputs already, and the run a context. */
PlWorker *
pl_task_worker_new (PlNode *node)
{
  PlWorker *worker = pl_worker_new (pl_task_worker_get_type (), node, 0);
  PlTaskWorker *self = PL_TASK_WORKER (worker);
  const PlStageSettings *settings = &node->settings;
  PlCallback *callback = node->stage->callback;

  worker->context = g_main_context_ref (pl_run_get_context (node->run));
  self->limit = settings->workers > 0 ? settings->workers : G_MAXUINT;
  self->slice = CLAMP (self->limit / 2, PL_TASK_SLICE / 2, PL_TASK_SLICE);
  self->answers_task = callback != NULL && callback->answers_task;
  self->keeps_task = callback != NULL && callback->keeps_task;
  if (self->keeps_task)
    self->slice = CLAMP (self->limit, PL_TASK_SLICE / 2, PL_TASK_SLICE * 2);
  worker->may_suspend = !self->answers_task;
  if (self->answers_task)
    {
      /* Nobody else keeps the time. */
      self->timeout = settings->timeout * G_GINT64_CONSTANT (1000);
      worker->timeout = 0;
    }
  pl_rate_init (&self->rate, settings->rate_limit, settings->rate_burst);
  self->is_timed = self->timeout > 0 || settings->rate_limit > 0;
  pl_intake_init (&self->intake, node->inputs);

  self->source = pl_waker_source_new ("PlTaskWorker", pl_task_worker_source_cb, self, NULL);
  g_source_attach (self->source, worker->context);
  self->waker = pl_waker_new_for_source (self->source);
  node->waker = pl_waker_ref (self->waker);
  return worker;
}
