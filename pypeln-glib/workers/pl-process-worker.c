/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "workers/pl-process-worker-private.h"

#include "pl-interpreter-private.h"
#include "pl-run-private.h"
#include "pl-stage-private.h"
#include "pl-thread-closure-private.h"

#include <signal.h>

/* A worker that is a process. In this program it is a thread, which runs a main context of its own:
 * elements, places behind the stage, what the process says, how it ends, and time, all are events
 * there. After each of them it does what there is to do, so nothing here waits for anything
 * else. */

typedef PlWorkerClass PlProcessWorkerClass;

static GType pl_process_worker_get_type (void);

G_DEFINE_FINAL_TYPE (PlProcessWorker, pl_process_worker, PL_TYPE_WORKER)

static void
pl_process_worker_note_activity (PlProcessWorker *self)
{
  PlWorker *worker = PL_WORKER (self);
  PlActivity activity = PL_ACTIVITY_WAITING;

  if (!pl_outbox_is_empty (&self->outbox))
    activity = PL_ACTIVITY_BLOCKED;
  else if (self->in_flight.length > 0)
    activity = PL_ACTIVITY_BUSY;

  if (worker->stopwatch.activity != activity)
    pl_worker_switch (worker, activity);
}

/* A closure is about to be called: those that come after it in the same step find the lock of their
 * interpreter taken already. */
void
pl_process_worker_keep_lock (PlProcessWorker *self)
{
  if (!self->has_lock)
    self->has_lock = pl_interpreter_enter ();
}

static void
pl_process_worker_leave_lock (PlProcessWorker *self)
{
  if (self->has_lock)
    pl_interpreter_leave ();
  self->has_lock = FALSE;
}

/* Does what the process has said, until what it made waits for a place. */
static void
pl_process_worker_receive (PlProcessWorker *self)
{
  GError *error = NULL;

  while (self->child != NULL && pl_outbox_is_empty (&self->outbox) &&
         !pl_child_is_stopping (self->child) && self->talk->receive (self, &error))
    continue;

  /* It cannot be trusted any more. */
  if (error != NULL)
    pl_process_worker_give_up (self, error);
}

/* What has been emitted has found its place: the function may go on. */
static void
pl_process_worker_pay_steps (PlProcessWorker *self)
{
  for (; self->n_steps_owed > 0; self->n_steps_owed--)
    pl_frame_append (pl_child_get_out (self->child), PL_FRAME_GO, 0, NULL, NULL);
}

/* Gives back what the process has not begun with, if another worker has nothing to do. */
static void
pl_process_worker_recall (PlProcessWorker *self)
{
  if (!self->talk->returns || self->is_recalling || !self->is_ready ||
      !pl_process_pool_wants_back (self->pool, PL_WORKER (self)->index))
    return;

  self->is_recalling = TRUE;
  pl_frame_append (pl_child_get_out (self->child), PL_FRAME_RECALL, 0, NULL, NULL);
}

/* When there will be something to do, if nothing else happens before. */
static gint64
pl_process_worker_get_ready_time (PlProcessWorker *self)
{
  gint64 time = G_MAXINT64;

  /* The process is gone, and the next one is to be started. */
  if (self->child == NULL && self->talk->is_ahead && !self->has_finished && self->start_time == 0)
    return 0;

  if (self->delayed.length > 0)
    time = ((PlProcessCall *) self->delayed.head->data)->time;
  if (self->deadline != 0 && self->remaining == 0)
    time = MIN (time, self->deadline);
  if (self->look_time != 0)
    time = MIN (time, self->look_time);
  if (self->start_time != 0 && !self->is_ready)
    time = MIN (time, self->start_time);
  return time < G_MAXINT64 ? time : -1;
}

/* Does what there is to do. Returns FALSE when there will not be anything more. */
static gboolean
pl_process_worker_step (PlProcessWorker *self)
{
  PlWorker *worker = PL_WORKER (self);
  gint64 now = g_get_monotonic_time ();

  if (pl_run_is_cancelled (worker->node->run))
    return FALSE;

  pl_outbox_flush (&self->outbox, worker, self->waker);
  pl_process_worker_receive (self);
  pl_process_worker_look_after (self, now);
  pl_process_worker_wake_delayed (self, now);

  if (!self->has_finished && (self->is_ready || !self->talk->is_ahead) && !self->is_finishing)
    pl_process_worker_fill (self);
  pl_process_worker_leave_lock (self);

  if (self->has_finished && self->child != NULL && !self->is_finishing)
    {
      self->is_finishing = TRUE;
      self->talk->finish (self);
    }

  if (self->child != NULL)
    {
      pl_process_worker_recall (self);
      if (pl_outbox_is_empty (&self->outbox))
        pl_process_worker_pay_steps (self);
      pl_child_set_paused (self->child, !pl_outbox_is_empty (&self->outbox));
      pl_child_flush (self->child);
    }

  g_source_set_ready_time (self->source, pl_process_worker_get_ready_time (self));
  pl_process_worker_note_activity (self);
  return !self->has_finished || self->child != NULL || !pl_outbox_is_empty (&self->outbox);
}

/* Writing to a process that has ended is an error that is seen here, and no signal to the
 * program. */
static void
pl_process_worker_block_sigpipe (void)
{
  sigset_t signals;

  sigemptyset (&signals);
  sigaddset (&signals, SIGPIPE);
  pthread_sigmask (SIG_BLOCK, &signals, NULL);
}

static void
pl_process_worker_run (gpointer data, gpointer user_data)
{
  PlProcessWorker *self = data;
  PlWorker *worker = data;

  pl_process_worker_block_sigpipe ();
  g_main_context_push_thread_default (self->loop);

  if (pl_worker_begin (worker) == PL_FLOW_OK)
    {
      while (pl_process_worker_step (self))
        g_main_context_iteration (self->loop, TRUE);
    }

  pl_process_worker_stop_all (self);
  pl_process_pool_depart (self->pool, worker->index);
  g_source_destroy (self->source);
  g_main_context_pop_thread_default (self->loop);

  pl_worker_end (worker);
}

static void
pl_process_worker_main (gpointer data, gpointer user_data)
{
  pl_surround (data, pl_process_worker_run, data);
  g_object_unref (data);
}

static gboolean
pl_process_worker_source_cb (gpointer user_data)
{
  return G_SOURCE_CONTINUE;
}

/* Tells whether some queue behind the stage has a bound. */
static gboolean
pl_process_worker_has_bounded_output (PlNode *node)
{
  for (guint i = 0; i < node->outputs->len; i++)
    {
      if (pl_queue_get_bound (g_array_index (node->outputs, PlOutput, i).queue) > 0)
        return TRUE;
    }

  return FALSE;
}

/* Before the run starts, when it is known what is in front of the stage of @worker, any one of its
 * workers, and behind it. What is called again would come behind what a process has ahead: with one
 * worker there is none of that. */
void
pl_process_worker_plan (PlWorker *worker)
{
  PlProcessWorker *self = PL_PROCESS_WORKER (worker);
  gboolean keeps_order = self->is_alone && worker->node->settings.retries > 0;

  pl_process_pool_plan (self->pool, worker->node,
                        keeps_order ? 0 : pl_command_get_effective_prefetch (self->command));
}

static gboolean
pl_process_worker_start (PlWorker *worker, GError **error)
{
  PlProcessWorker *self = PL_PROCESS_WORKER (worker);

  self->loop = pl_child_new_context (error);
  if (self->loop == NULL)
    return FALSE;

  self->is_bounded = pl_process_worker_has_bounded_output (worker->node);
  self->limit = 1 + pl_process_pool_get_prefetch (self->pool);
  self->source = pl_waker_source_new ("PlProcessWorker", pl_process_worker_source_cb, NULL, NULL);
  g_source_attach (self->source, self->loop);
  self->waker = pl_waker_new_for_source (self->source);
  pl_process_pool_join (self->pool, worker->index, self->waker);

  g_object_ref (self);
  if (pl_run_spawn (worker->node->run, worker->node, pl_process_worker_main, self,
                    &worker->thread, error))
    return TRUE;

  pl_process_pool_depart (self->pool, worker->index);
  g_object_unref (self);
  return FALSE;
}

static gboolean
pl_process_worker_put (PlWorker *worker, PlElement *element, GError **error)
{
  PlProcessWorker *self = PL_PROCESS_WORKER (worker);

  return pl_outbox_put (&self->outbox, worker, element, self->waker, error);
}

static void
pl_process_worker_cancel (PlWorker *worker)
{
  PlProcessWorker *self = PL_PROCESS_WORKER (worker);

  pl_worker_fire (worker);
  if (self->waker != NULL)
    pl_waker_wake (self->waker);
}

/* The run is gone. */
static void
pl_process_worker_clear (PlWorker *worker)
{
  PlProcessWorker *self = PL_PROCESS_WORKER (worker);

  pl_process_calls_clear (&self->in_flight);
  pl_process_calls_clear (&self->delayed);
  pl_outbox_drop (&self->outbox);
  pl_process_pool_clear (self->pool);
}

static void
pl_process_worker_finalize (GObject *object)
{
  PlProcessWorker *self = PL_PROCESS_WORKER (object);

  pl_outbox_clear (&self->outbox);
  g_ptr_array_unref (self->ending);
  pl_text_box_clear (&self->text);
  pl_frame_reader_clear (&self->reader);
  pl_process_worker_forget_cause (self);
  g_clear_pointer (&self->waker, pl_waker_unref);
  g_clear_pointer (&self->source, g_source_unref);
  g_clear_pointer (&self->loop, g_main_context_unref);
  pl_process_pool_unref (self->pool);
  g_object_unref (self->command);
  g_free (self->child_name);

  G_OBJECT_CLASS (pl_process_worker_parent_class)->finalize (object);
}

static void
pl_process_worker_class_init (PlProcessWorkerClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = pl_process_worker_finalize;

  klass->start = pl_process_worker_start;
  klass->put = pl_process_worker_put;
  klass->cancel = pl_process_worker_cancel;
  klass->clear = pl_process_worker_clear;
}

static void
pl_process_worker_init (PlProcessWorker *self)
{
  g_queue_init (&self->in_flight);
  g_queue_init (&self->delayed);
  pl_outbox_init (&self->outbox);
  self->ending = g_ptr_array_new_with_free_func ((GDestroyNotify) pl_child_free);
  pl_frame_reader_init (&self->reader);
  pl_text_box_init (&self->text);
}

static const PlTalk *
pl_process_worker_get_talk (PlCommand *command)
{
  switch (pl_command_get_protocol (command))
    {
    case PL_PROTOCOL_FRAMES:
      return &pl_frames_talk;

    case PL_PROTOCOL_LINES:
      return &pl_lines_talk;

    case PL_PROTOCOL_ONESHOT:
      return &pl_oneshot_talk;

    default:
      g_assert_not_reached ();
    }
}

/* The node has no outputs yet: what depends on them is found when the worker starts. */
PlWorker *
pl_process_worker_new (PlNode *node, guint index, PlProcessPool *pool)
{
  PlWorker *worker = pl_worker_new (pl_process_worker_get_type (), node, index);
  PlProcessWorker *self = PL_PROCESS_WORKER (worker);
  const PlStageSettings *settings = &node->settings;

  self->pool = pl_process_pool_ref (pool);
  self->command = g_object_ref (settings->command);
  self->talk = pl_process_worker_get_talk (self->command);
  self->is_alone = settings->workers == 1;
  self->launcher = index % MAX (pl_command_get_n_launchers (self->command), 1);
  self->child_name = g_strdup_printf ("stage “%s”, worker %u",
                                      pl_stage_get_label (node->stage, settings), index);

  /* Nobody else keeps the time. */
  self->timeout = settings->timeout * G_GINT64_CONSTANT (1000);
  worker->timeout = 0;
  return worker;
}
