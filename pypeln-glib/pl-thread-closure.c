/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-thread-closure-private.h"

#include "pl-interpreter-private.h"
#include "pl-node-private.h"
#include "pl-stage-private.h"
#include "pl-worker-private.h"

/* A closure that surrounds all that a thread does for a stage. A language binding may have state
 * for each thread that enters it, which is dear to make for each call: with the closure on the
 * stack of the thread it is made once. */

typedef struct
{
  PlWorker *worker;
  GFunc func;
  gpointer data;
  gboolean keeps_lock; /* of an interpreter, from call to call */
  gboolean has_run;
} PlSurrounded;

/* What this thread has yet to do, or does. */
static _Thread_local PlSurrounded *current;

static void
pl_surrounded_run (PlSurrounded *self)
{
  gboolean has_lock = self->keeps_lock && pl_interpreter_enter ();

  self->has_run = TRUE;
  self->func (self->data, NULL);
  if (has_lock)
    pl_interpreter_leave ();
}

/* Calls @func, which does all that its thread is there for in the place of @worker, inside of the
 * closure that the stage has, if it has one. The run may be gone when the function has returned
 * late; a closure that has not called pl_worker_run_thread() is not to keep the run waiting for
 * ever. */
void
pl_surround (PlWorker *worker, GFunc func, gpointer data)
{
  PlCallback *callback = worker->node->settings.around_thread;
  g_auto(GValue) argument = G_VALUE_INIT;
  PlSurrounded self = { .worker = worker, .func = func, .data = data };

  if (callback == NULL)
    {
      func (data, NULL);
      return;
    }

  pl_callback_ref (callback);
  self.keeps_lock = pl_node_may_keep_lock (worker->node);
  g_value_init (&argument, PL_TYPE_WORKER);
  g_value_set_object (&argument, worker);

  current = &self;
  g_closure_invoke (callback->closure, NULL, 1, &argument, NULL);
  current = NULL;

  if (!self.has_run)
    pl_surrounded_run (&self);
  pl_callback_unref (callback);
}

/**
 * pl_worker_run_thread:
 * @self: the worker that the closure was called with
 *
 * Does all that the thread is there for, from inside of the closure that
 * [method@Pl.Stage.set_thread_closure] has set, and returns when that is done.
 *
 * Since: 1.0
 */
void
pl_worker_run_thread (PlWorker *self)
{
  g_return_if_fail (PL_IS_WORKER (self));
  g_return_if_fail (current != NULL && current->worker == self);
  g_return_if_fail (!current->has_run);

  pl_surrounded_run (current);
}

/**
 * pl_stage_set_thread_closure:
 * @self: a stage
 * @closure: (nullable): what surrounds all that a thread does; it is called with the
 *   [class@Pl.Worker], calls [method@Pl.Worker.run_thread] once, and returns nothing
 *
 * Sets a closure that is called on each thread which the stage has in runs that start from now on,
 * and inside of which that does its work.
 *
 * It is for language bindings. Where one has something to set up for a thread before it can call
 * functions there, it does so once, and not for each element: in Python a call from a thread that
 * is known takes a tenth of the time. The threads are those of the workers of a thread or process
 * stage, and the one that feeds the consumers of a sync stage or of a source. A worker of a thread
 * stage that never gets an element, and has no on_start or on_done to call, does without.
 *
 * The closure does not return before the thread is done, which may be after the end of the run
 * where the function of a stage with a [property@Pl.Stage:timeout] is late.
 *
 * Since: 1.0
 */
void
pl_stage_set_thread_closure (PlStage *self, GClosure *closure)
{
  PlCallback *callback;

  g_return_if_fail (PL_IS_STAGE (self));

  callback = closure != NULL ? pl_callback_new_for_closure (closure) : NULL;
  g_clear_pointer (&self->settings.around_thread, pl_callback_unref);
  self->settings.around_thread = callback;
}
