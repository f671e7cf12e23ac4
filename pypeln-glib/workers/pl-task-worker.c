/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "workers/pl-task-worker-private.h"

#include "pl-answer-private.h"
#include "pl-backlog-private.h"
#include "pl-context-private.h"
#include "pl-debug-private.h"
#include "pl-intake-private.h"
#include "pl-rate-private.h"
#include "pl-run-private.h"
#include "pl-stage-private.h"
#include "workers/pl-task-call-private.h"

/* The worker of a task stage. It has no thread: it is a source on the run's main context, which is
 * woken when there may be something to do, and then has the function begin elements, until as many
 * are under way as the stage has workers, there are none, or what has been made of others finds no
 * place behind the stage. What is made of an element is put when its task is answered, from inside
 * of that answer, which comes on the context too. So all of this is for the thread that has the
 * context, and no function is called from inside of an answer.
 *
 * A dispatch lasts for a slice of time at most. If there is more to do then it goes on in the next
 * one, at the priority of idle sources, so that a main loop which has events, or windows to draw,
 * goes first.
 *
 * Tasks are made ahead, see pl_task_call_new(): as many as the function seems to answer at once. */

/* For how long a dispatch has elements begin, in microseconds, and how many at most. */
#define SLICE_USEC 1000
#define SLICE_ELEMENTS 64

/* What has been emitted on another thread. */
typedef struct
{
  PlTaskCall *call;
  GValue value;
} PlTaskEmitted;

typedef struct
{
  PlWorker parent_instance;

  /* fixed while the run lasts */
  GSource *source;
  PlWaker *waker; /* of the source */
  guint limit;    /* how many elements may be under way */
  gint64 timeout; /* of tasks, in microseconds; 0: none */
  gboolean answers_task;

  PlIntake intake;
  PlRate rate;
  GQueue in_flight;  /* PlTaskCall: by when they time out */
  GQueue delayed;    /* PlTaskCall: by when they are to be called again */
  GPtrArray *spares; /* PlTaskCall: made ahead */
  PlBacklog outbox;  /* what has no place behind the stage */
  guint n_put;       /* consumers that have the first of it */
  guint n_at_once;   /* calls in this dispatch that were answered at once */

  gboolean is_running;   /* it is being dispatched */
  gboolean is_filling;   /* it has elements begin */
  gboolean is_starting;  /* an on_start has not answered yet */
  gboolean has_no_more;  /* the inputs have come to their end */
  gboolean has_flushed;  /* what the operation held back has been put too */
  gboolean is_throttled; /* only the rate limit keeps it from beginning an element */

  gboolean is_started; /* atomic */
  GArray *emitted;     /* PlTaskEmitted, under the mutex */
} PlTaskWorker;

typedef PlWorkerClass PlTaskWorkerClass;

static GType pl_task_worker_get_type (void);

G_DEFINE_FINAL_TYPE (PlTaskWorker, pl_task_worker, PL_TYPE_WORKER)

#define PL_TASK_WORKER(self) ((PlTaskWorker *) (self))

/* Tells whether @worker is one of these. */
gboolean
pl_task_worker_check (gpointer worker)
{
  return G_TYPE_CHECK_INSTANCE_TYPE (worker, pl_task_worker_get_type ());
}

/* Puts what had no place, as far as there is some now. */
static void
pl_task_worker_put_backlog (PlTaskWorker *self)
{
  PlNode *node = PL_WORKER (self)->node;

  while (!pl_backlog_is_empty (&self->outbox))
    {
      g_auto(PlElement) element = PL_ELEMENT_INIT;

      if (pl_node_try_to_put (node, pl_backlog_peek (&self->outbox), &self->n_put, self->waker) !=
          PL_FLOW_OK)
        break;
      pl_backlog_pop (&self->outbox, &element);
    }
}

static gboolean
pl_task_worker_put (PlWorker *worker, PlElement *element, GError **error)
{
  PlTaskWorker *self = PL_TASK_WORKER (worker);
  PlFlow pushed = PL_FLOW_AGAIN;

  if (pl_run_is_cancelled (worker->node->run))
    pushed = PL_FLOW_END;
  else if (pl_backlog_is_empty (&self->outbox))
    pushed = pl_node_try_to_put (worker->node, element, &self->n_put, self->waker);

  if (pushed == PL_FLOW_END)
    {
      pl_worker_set_cancelled (worker, error);
      return FALSE;
    }

  if (pushed == PL_FLOW_AGAIN)
    {
      if (element->ticket == NULL)
        element->ticket = pl_ticket_new (worker->node->frontiers_ahead, &element->index);
      pl_backlog_push (&self->outbox, element);
    }
  return TRUE;
}

/* Puts what has been emitted on other threads. It comes before whatever is done about a call. */
static void
pl_task_worker_put_emitted (PlTaskWorker *self)
{
  PlWorker *worker = PL_WORKER (self);
  g_autoptr(GArray) emitted = NULL;

  g_mutex_lock (&worker->mutex);
  if (self->emitted->len > 0)
    {
      emitted = g_steal_pointer (&self->emitted);
      self->emitted = g_array_new (FALSE, TRUE, sizeof (PlTaskEmitted));
    }
  g_mutex_unlock (&worker->mutex);

  for (guint i = 0; emitted != NULL && i < emitted->len; i++)
    {
      PlTaskEmitted *one = &g_array_index (emitted, PlTaskEmitted, i);
      PlWorkerPlace former;

      pl_worker_enter (worker, &one->call->call, &former);
      pl_worker_put_value (worker, &one->value, NULL);
      pl_worker_leave (worker, &former);
    }
}

/* What the function of a flat_map passes on, from any thread. */
gboolean
pl_task_worker_emit (PlWorker *worker, GTask *task, const GValue *value)
{
  PlTaskWorker *self = PL_TASK_WORKER (worker);
  PlTaskEmitted emitted = { NULL, G_VALUE_INIT };
  PlWorkerPlace former;
  gboolean done;

  g_value_init (&emitted.value, G_VALUE_TYPE (value));
  g_value_copy (value, &emitted.value);

  g_mutex_lock (&worker->mutex);
  emitted.call = pl_task_call_of (task);
  done = emitted.call != NULL && emitted.call->is_under_way &&
         (self->timeout == 0 || g_get_monotonic_time () < emitted.call->time);
  if (done && !g_main_context_is_owner (worker->context))
    {
      g_array_append_val (self->emitted, emitted);
      pl_waker_wake (self->waker);
      g_mutex_unlock (&worker->mutex);
      return TRUE;
    }
  g_mutex_unlock (&worker->mutex);

  if (!done)
    {
      g_value_unset (&emitted.value);
      return FALSE;
    }

  pl_task_worker_put_emitted (self);
  pl_worker_enter (worker, &emitted.call->call, &former);
  done = pl_worker_put_value (worker, &emitted.value, NULL);
  pl_worker_leave (worker, &former);
  return done;
}

static PlTaskCall *
pl_task_worker_new_call (PlTaskWorker *self)
{
  if (self->spares->len > 0)
    return g_ptr_array_steal_index_fast (self->spares, self->spares->len - 1);

  return pl_task_call_new (PL_WORKER (self), self->answers_task, self->timeout > 0);
}

/* Makes calls ahead: twice as many as were answered at once, and one to see whether they are. */
static void
pl_task_worker_make_spares (PlTaskWorker *self)
{
  guint n = self->answers_task ? CLAMP (self->n_at_once * 2, 1, SLICE_ELEMENTS) : 0;

  while (self->spares->len < n)
    g_ptr_array_add (self->spares,
                     pl_task_call_new (PL_WORKER (self), TRUE, self->timeout > 0));
}

static void
pl_task_worker_discard_spares (PlTaskWorker *self)
{
  while (self->spares->len > 0)
    pl_task_call_discard (g_ptr_array_steal_index_fast (self->spares, self->spares->len - 1));
}

/* Has @call wait until it is to be called again; frees it. */
static void
pl_task_worker_delay (PlTaskWorker *self, PlTaskCall *call)
{
  PlTaskCall *next = pl_task_worker_new_call (self);
  GList *before = self->delayed.tail;

  pl_task_call_renew (call, next);
  next->time = g_get_monotonic_time () +
               pl_worker_get_retry_delay (PL_WORKER (self), next->attempt++);
  pl_task_call_free (call);

  while (before != NULL && ((PlTaskCall *) before->data)->time > next->time)
    before = before->prev;
  g_queue_insert_after_link (&self->delayed, before, &next->link);
}

/* It is known what has come of @call, which is current, and taken: the function is @done, or has
 * failed with @error, which is taken too. */
static void
pl_task_worker_settle (PlTaskWorker *self, PlTaskCall *call, gboolean done, GError *error)
{
  PlWorker *worker = PL_WORKER (self);

  if (done)
    done = pl_worker_put_attempt (worker, &error);
  else if (call->call.attempt != NULL)
    g_array_set_size (call->call.attempt, 0);

  if (!done && pl_worker_may_retry (worker, call->attempt, &error))
    {
      pl_task_worker_delay (self, call);
      return;
    }

  if (!done)
    pl_worker_handle_error (worker, &call->element, error);
  pl_task_call_free (call);
  pl_reporter_note (worker->node->reporter);
}

/* The task of @call, which is taken, has been answered. */
void
pl_task_worker_answered (PlWorker *worker, PlTaskCall *call, GTask *task)
{
  PlTaskWorker *self = PL_TASK_WORKER (worker);
  PlRun *run = worker->node->run;
  PlWorkerPlace former;
  GError *error = NULL;
  gboolean done;

  g_queue_unlink (&self->in_flight, &call->link);
  pl_run_enter (run);
  if (PL_STAGE_GET_CLASS (worker->stage)->emits)
    pl_task_worker_put_emitted (self);

  pl_worker_enter (worker, &call->call, &former);
  done = PL_STAGE_GET_CLASS (worker->stage)->finish (worker->stage, &call->element, task, worker,
                                                     &error);
  pl_task_worker_settle (self, call, done, error);
  pl_worker_leave (worker, &former);
  pl_run_leave (run);

  if (!self->is_running)
    pl_waker_wake (self->waker);
}

/* The time for @call, which is taken, is over. */
static void
pl_task_worker_expire (PlTaskWorker *self, PlTaskCall *call)
{
  PlWorker *worker = PL_WORKER (self);
  PlNode *node = worker->node;
  g_autoptr(GCancellable) cancellable = g_object_ref (g_task_get_cancellable (call->task));

  PL_DEBUG ("stage “%s”, worker 0: the element has timed out after %u ms",
            pl_stage_get_label (node->stage, &node->settings), node->settings.timeout);

  g_atomic_pointer_add (&node->n_timed_out, 1);
  pl_reporter_note (node->reporter);

  pl_task_call_abandon (call, worker);
  g_cancellable_cancel (cancellable);
}

static void
pl_task_worker_expire_late (PlTaskWorker *self, gint64 now)
{
  while (self->in_flight.length > 0)
    {
      PlTaskCall *call = self->in_flight.head->data;

      if (call->time > now)
        break;

      pl_task_worker_put_emitted (self);
      g_queue_unlink (&self->in_flight, &call->link);
      pl_task_worker_expire (self, call);
    }
}

/* Calls a function that returns what it makes, or the operation where there is none; takes
 * @call. */
static void
pl_task_worker_process (PlTaskWorker *self, PlTaskCall *call)
{
  GError *error = NULL;
  gboolean done = pl_worker_call (PL_WORKER (self), &call->element, &error);

  if (!pl_worker_renew (PL_WORKER (self)))
    pl_task_worker_settle (self, call, done, error);
  else
    pl_task_call_free (call);
}

/* Has the function begin with @call, which is taken. */
static void
pl_task_worker_begin_call (PlTaskWorker *self, PlTaskCall *call, gint64 now)
{
  PlWorker *worker = PL_WORKER (self);
  PlWorkerPlace former;

  pl_rate_pass (&self->rate, now);

  pl_worker_enter (worker, &call->call, &former);
  if (!self->answers_task)
    {
      pl_task_worker_process (self, call);
    }
  else
    {
      pl_worker_count (&worker->n_calls);
      call->call.n_emitted = 0;
      call->time = self->timeout > 0 ? now + self->timeout : G_MAXINT64;
      g_queue_push_tail_link (&self->in_flight, &call->link);
      if (pl_task_call_start (call, worker, worker->stage->callback))
        self->n_at_once++;
    }
  pl_worker_leave (worker, &former);
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
  call->call.ticket = g_steal_pointer (&call->element.ticket);
  call->call.attempt = pl_worker_new_attempt (worker);
  return call;
}

/* Finds the next call that may begin now: one that is to be called again, or one with a new
 * element. NULL if there is none. */
static PlTaskCall *
pl_task_worker_find_call (PlTaskWorker *self, gint64 now)
{
  PlTaskCall *delayed = self->delayed.length > 0 ? self->delayed.head->data : NULL;
  gboolean is_due = delayed != NULL && delayed->time <= now;

  if (!pl_backlog_is_empty (&self->outbox))
    return NULL;
  if (!is_due &&
      (self->has_no_more || self->in_flight.length + self->delayed.length >= self->limit))
    return NULL;

  self->is_throttled = pl_rate_get_time (&self->rate) > now;
  if (self->is_throttled)
    return NULL;

  if (!is_due)
    return pl_task_worker_take (self);

  g_queue_unlink (&self->delayed, &delayed->link);
  return delayed;
}

static void
pl_task_worker_set_slice_end (PlTaskWorker *self, gint64 slice_end)
{
  GArray *inputs = self->intake.inputs;

  for (guint i = 0; i < inputs->len; i++)
    pl_input_set_slice_end (&g_array_index (inputs, PlInput, i), slice_end);
}

static void
pl_task_worker_note_activity (PlTaskWorker *self)
{
  PlWorker *worker = PL_WORKER (self);
  PlActivity activity = PL_ACTIVITY_WAITING;

  if (self->is_filling || self->in_flight.length + self->delayed.length > 0)
    activity = PL_ACTIVITY_BUSY;
  else if (!pl_backlog_is_empty (&self->outbox))
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
  gboolean more = TRUE;

  self->is_filling = TRUE;
  pl_task_worker_note_activity (self);
  self->n_at_once = 0;
  self->is_throttled = FALSE;
  pl_task_worker_set_slice_end (self, slice_end);

  for (guint n = 0; n < SLICE_ELEMENTS && now < slice_end && more; n++)
    {
      PlTaskCall *call = pl_task_worker_find_call (self, now);

      if (call != NULL)
        pl_task_worker_begin_call (self, call, now);

      /* Tasks that have been made ahead are quicker: there are more of them in the next
       * dispatch. */
      if (self->n_at_once > 0 && self->spares->len == 0)
        break;

      /* Sync stages that are late have nothing to pass on either, but will. */
      now = g_get_monotonic_time ();
      more = !pl_run_is_cancelled (run) && (call != NULL || now >= slice_end);
    }

  pl_task_worker_set_slice_end (self, 0);
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
  if (self->is_throttled)
    time = MIN (time, rate_time);
  if (self->delayed.length > 0 && pl_backlog_is_empty (&self->outbox))
    time = MIN (time, MAX (((PlTaskCall *) self->delayed.head->data)->time, rate_time));
  return time < G_MAXINT64 ? time : -1;
}

/* Has the source come again when there is something to do. */
static void
pl_task_worker_schedule (PlTaskWorker *self, gboolean more)
{
  int priority = more ? G_PRIORITY_DEFAULT_IDLE : G_PRIORITY_DEFAULT;
  gint64 time = pl_task_worker_get_ready_time (self);

  if (g_source_get_priority (self->source) != priority)
    g_source_set_priority (self->source, priority);
  if (more)
    pl_waker_wake (self->waker);
  else if (time != -1)
    g_source_set_ready_time (self->source, time);
}

/* Tells whether all has been done, and put. */
static gboolean
pl_task_worker_has_finished (PlTaskWorker *self)
{
  if (!self->has_no_more || self->in_flight.length + self->delayed.length > 0)
    return FALSE;

  if (!self->has_flushed && pl_backlog_is_empty (&self->outbox))
    {
      self->has_flushed = TRUE;
      pl_worker_flush (PL_WORKER (self), TRUE);
    }
  return self->has_flushed && pl_backlog_is_empty (&self->outbox);
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
  g_autoptr(GPtrArray) cancellables = g_ptr_array_new_with_free_func (g_object_unref);

  /* Before anything is cancelled: after that tasks take longer to be answered. */
  pl_task_worker_discard_spares (self);
  while (self->delayed.length > 0)
    pl_task_call_discard (g_queue_pop_head_link (&self->delayed)->data);

  pl_task_worker_put_emitted (self);
  while (self->in_flight.length > 0)
    {
      PlTaskCall *call = g_queue_pop_head_link (&self->in_flight)->data;

      g_ptr_array_add (cancellables, g_object_ref (g_task_get_cancellable (call->task)));
      pl_task_call_abandon (call, worker);
    }
  pl_backlog_drop (&self->outbox);

  pl_worker_fire (worker);
  for (guint i = 0; i < cancellables->len; i++)
    g_cancellable_cancel (g_ptr_array_index (cancellables, i));

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

  pl_task_worker_expire_late (self, now);
  pl_task_worker_put_emitted (self);
  pl_task_worker_put_backlog (self);

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
      pl_task_worker_schedule (self, more);
    }
}

static gboolean
pl_task_worker_source_cb (gpointer user_data)
{
  PlTaskWorker *self = user_data;
  PlWorker *worker = PL_WORKER (self);
  g_autoptr(PlRun) run = NULL;

  if (!g_atomic_int_get (&self->is_started) || worker->has_ended)
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

  if (!g_source_is_destroyed (self->source))
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
  pl_backlog_drop (&self->outbox);
}

static void
pl_task_worker_finalize (GObject *object)
{
  PlTaskWorker *self = PL_TASK_WORKER (object);

  g_source_unref (self->source);
  pl_waker_unref (self->waker);
  pl_intake_clear (&self->intake);
  g_ptr_array_unref (self->spares);
  pl_backlog_clear (&self->outbox);
  g_array_unref (self->emitted);

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
  pl_backlog_init (&self->outbox);
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
  self->answers_task = callback != NULL && callback->answers_task;
  if (self->answers_task)
    {
      /* Nobody else keeps the time. */
      self->timeout = settings->timeout * G_GINT64_CONSTANT (1000);
      worker->timeout = 0;
    }
  pl_rate_init (&self->rate, settings->rate_limit, settings->rate_burst);
  pl_intake_init (&self->intake, node->inputs);

  self->source = pl_waker_source_new ("PlTaskWorker", pl_task_worker_source_cb, self, NULL);
  g_source_attach (self->source, worker->context);
  self->waker = pl_waker_new_for_source (self->source);
  node->waker = pl_waker_ref (self->waker);
  return worker;
}
