/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-channel.h"

#include "pl-home-private.h"
#include "pl-iterator-private.h"
#include "pl-monitor-private.h"
#include "pl-stage-private.h"
#include "pl-worker-private.h"

/**
 * PlChannel:
 *
 * A source that elements are pushed into: where events enter a pipeline.
 *
 * It holds up to [property@Pl.Stage:maxsize] elements that no run has taken yet; whoever pushes one
 * more waits for a place, with [method@Pl.Channel.push] or [method@Pl.Channel.push_async]. After
 * [method@Pl.Channel.close] a run takes what is left, and then is at its end.
 *
 * The channel outlives its runs: what one has not taken is there for the next, and runs at the same
 * time divide the elements among them. Its kind is thread, since it waits for elements: a run has a
 * thread for it, and each consumer in the run gets every element.
 *
 * Since: 1.0
 */

/* What is pushed and has no place yet: an asynchronous call that waits. */
typedef struct
{
  GValue value;
  GSource *cancelled; /* NULL where there is no cancellable */
} PlChannelPush;

/* What takes for one run, and waits again and again. */
typedef struct
{
  GCancellable *cancellable;
  gulong cancelled_id;
} PlChannelTaker;

struct _PlChannel
{
  PlStage parent_instance;

  /* inside of the monitor */
  PlMonitor monitor;
  GQueue values; /* GValue */
  GQueue pushes; /* GTask of a PlChannelPush: they get a place in this order */
  gboolean is_closed;
};

struct _PlChannelClass
{
  PlStageClass parent_class;
};

G_DEFINE_FINAL_TYPE (PlChannel, pl_channel, PL_TYPE_STAGE)

static void
pl_channel_value_free (gpointer data)
{
  GValue *value = data;

  pl_home_unset_value (value);
  g_free (value);
}

static void
pl_channel_push_free (gpointer data)
{
  PlChannelPush *push = data;

  if (G_VALUE_TYPE (&push->value) != 0)
    pl_home_unset_value (&push->value);
  g_clear_pointer (&push->cancelled, g_source_unref);
  g_free (push);
}

static void
pl_channel_set_closed_error (GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CLOSED, "The channel has been closed");
}

/* Moves @value, which is left empty, into the channel. */
static void
pl_channel_add_locked (PlChannel *self, GValue *value)
{
  GValue *held = g_memdup2 (value, sizeof *value);

  memset (value, 0, sizeof *value);
  g_queue_push_tail (&self->values, held);
}

static gboolean
pl_channel_has_place_locked (PlChannel *self)
{
  guint maxsize = PL_STAGE (self)->settings.maxsize;

  return maxsize == 0 || self->values.length < maxsize;
}

/* A place is free: the first call that waits for one gets it. Returns that call, to be completed
 * without the lock. */
static GTask *
pl_channel_admit_locked (PlChannel *self)
{
  GTask *task = NULL;

  if (pl_channel_has_place_locked (self))
    task = g_queue_pop_head (&self->pushes);
  if (task != NULL)
    pl_channel_add_locked (self, &((PlChannelPush *) g_task_get_task_data (task))->value);
  return task;
}

/* Completes an asynchronous call that is not, or no longer, among those that wait; takes both. */
static void
pl_channel_complete (GTask *task, GError *error)
{
  PlChannelPush *push = g_task_get_task_data (task);

  if (push->cancelled != NULL)
    g_source_destroy (push->cancelled);
  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

/* There is an element, or there will be none. */
static gboolean
pl_channel_can_take (gpointer user_data)
{
  PlChannel *self = user_data;

  return self->values.length > 0 || self->is_closed;
}

/* There is a place that nobody has waited for before, or there will be none. */
static gboolean
pl_channel_can_push (gpointer user_data)
{
  PlChannel *self = user_data;

  return (self->pushes.length == 0 && pl_channel_has_place_locked (self)) || self->is_closed;
}

static gpointer
pl_channel_taker_new (PlStage *stage)
{
  return g_new0 (PlChannelTaker, 1);
}

static void
pl_channel_taker_free (PlStage *stage, gpointer state)
{
  PlChannelTaker *taker = state;

  g_cancellable_disconnect (taker->cancellable, taker->cancelled_id);
  g_clear_object (&taker->cancellable);
  g_free (taker);
}

static gboolean
pl_channel_generate (PlStage *stage, gpointer state, PlWorker *worker, GError **error)
{
  PlChannel *self = PL_CHANNEL (stage);
  PlChannelTaker *taker = state;
  GValue *value;
  GTask *task = NULL;
  PlActivity activity;
  gboolean more;

  g_set_object (&taker->cancellable, worker->cancellable);
  activity = pl_worker_switch (worker, PL_ACTIVITY_WAITING);
  pl_monitor_enter_when (&self->monitor, pl_channel_can_take, self,
                         taker->cancellable, &taker->cancelled_id, 0);
  value = g_queue_pop_head (&self->values);
  if (value != NULL)
    task = pl_channel_admit_locked (self);
  pl_monitor_leave (&self->monitor);
  pl_worker_switch (worker, activity);

  more = value != NULL && pl_worker_put_value (worker, value, error);
  g_free (value);
  if (task != NULL)
    pl_channel_complete (task, NULL);
  return more;
}

static gboolean
pl_channel_blocks (PlStage *stage)
{
  return TRUE;
}

static void
pl_channel_finalize (GObject *object)
{
  PlChannel *self = PL_CHANNEL (object);

  g_queue_clear_full (&self->values, pl_channel_value_free);
  pl_monitor_clear (&self->monitor);

  G_OBJECT_CLASS (pl_channel_parent_class)->finalize (object);
}

static void
pl_channel_class_init (PlChannelClass *klass)
{
  PlStageClass *stage_class = PL_STAGE_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = pl_channel_finalize;

  stage_class->operation = "channel";
  stage_class->emits = TRUE;
  stage_class->open = pl_channel_taker_new;
  stage_class->close = pl_channel_taker_free;
  stage_class->generate = pl_channel_generate;
  stage_class->blocks = pl_channel_blocks;
}

static void
pl_channel_init (PlChannel *self)
{
  PL_STAGE (self)->settings.kind = PL_WORKER_KIND_THREAD;
  pl_monitor_init (&self->monitor);
}

/**
 * pl_channel_new: (constructor)
 * @maxsize: how many elements the channel holds; 0 is as many as are pushed
 *
 * Creates a source that elements are pushed into.
 *
 * Returns: (transfer full) (type Pl.Channel): the channel
 *
 * Since: 1.0
 */
PlStage *
pl_channel_new (guint maxsize)
{
  return g_object_new (PL_TYPE_CHANNEL, "maxsize", maxsize, NULL);
}

/**
 * pl_channel_push:
 * @self: a channel
 * @value: the element, which is copied
 * @cancellable: (nullable): a cancellable for the wait
 * @error: (nullable): return location for a [type@GLib.Error]
 *
 * Pushes an element, and waits for a place where the channel is full.
 *
 * May be called from any thread, but not, where it may have to wait, from the only one that takes
 * the elements. It fails with [error@Gio.IOErrorEnum.CLOSED] when the channel is closed, and with
 * [error@Gio.IOErrorEnum.CANCELLED] when @cancellable is cancelled; the element is not pushed then.
 *
 * Returns: TRUE, or FALSE with @error set
 *
 * Since: 1.0
 */
gboolean
pl_channel_push (PlChannel *self, const GValue *value, GCancellable *cancellable, GError **error)
{
  GValue copy = G_VALUE_INIT;
  gulong id = 0;

  g_return_val_if_fail (PL_IS_CHANNEL (self), FALSE);
  g_return_val_if_fail (G_IS_VALUE (value), FALSE);
  g_return_val_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  g_value_init (&copy, G_VALUE_TYPE (value));
  g_value_copy (value, &copy);

  pl_monitor_enter_when (&self->monitor, pl_channel_can_push, self, cancellable, &id, 0);
  if (self->is_closed)
    pl_channel_set_closed_error (error);
  else if (!g_cancellable_set_error_if_cancelled (cancellable, error))
    pl_channel_add_locked (self, &copy);
  pl_monitor_leave (&self->monitor);
  g_cancellable_disconnect (cancellable, id);

  if (G_VALUE_TYPE (&copy) == 0)
    return TRUE;

  g_value_unset (&copy);
  return FALSE;
}

/* Runs on the context of the call. */
static gboolean
pl_channel_push_cancelled_cb (GCancellable *cancellable, gpointer user_data)
{
  GTask *task = user_data;
  PlChannel *self = g_task_get_source_object (task);
  gboolean is_waiting;

  pl_monitor_enter (&self->monitor);
  is_waiting = g_queue_remove (&self->pushes, task);
  pl_monitor_leave (&self->monitor);

  if (is_waiting)
    {
      GError *error = NULL;

      g_cancellable_set_error_if_cancelled (cancellable, &error);
      pl_channel_complete (task, error);
    }
  return G_SOURCE_REMOVE;
}

/* Makes the call one that waits for its place; its context tells when it is cancelled. */
static void
pl_channel_wait_locked (PlChannel *self, GTask *task)
{
  PlChannelPush *push = g_task_get_task_data (task);
  GCancellable *cancellable = g_task_get_cancellable (task);

  g_queue_push_tail (&self->pushes, task);
  if (cancellable == NULL)
    return;

  push->cancelled = g_cancellable_source_new (cancellable);
  g_source_set_callback (push->cancelled, G_SOURCE_FUNC (pl_channel_push_cancelled_cb),
                         g_object_ref (task), g_object_unref);
  g_source_attach (push->cancelled, g_task_get_context (task));
}

/**
 * pl_channel_push_async:
 * @self: a channel
 * @value: the element, which is copied
 * @cancellable: (nullable): a cancellable for the wait
 * @callback: (scope async) (closure user_data): called when the element has been pushed
 * @user_data: data for @callback
 *
 * Pushes an element as soon as there is a place for it, and does not wait.
 *
 * Calls get a place in their order. @callback is called on the thread-default main context of the
 * caller. It fails as [method@Pl.Channel.push] does.
 *
 * Since: 1.0
 */
void
pl_channel_push_async (PlChannel *self,
                       const GValue *value,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer user_data)
{
  PlChannelPush *push;
  GTask *task;
  GError *error = NULL;
  gboolean has_to_wait = FALSE;

  g_return_if_fail (PL_IS_CHANNEL (self));
  g_return_if_fail (G_IS_VALUE (value));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  push = g_new0 (PlChannelPush, 1);
  g_value_init (&push->value, G_VALUE_TYPE (value));
  g_value_copy (value, &push->value);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, PL_SOURCE_TAG (pl_channel_push_async));
  g_task_set_task_data (task, push, pl_channel_push_free);

  /* An element that is in the channel is not to be reported as cancelled. */
  g_task_set_check_cancellable (task, FALSE);

  pl_monitor_enter (&self->monitor);
  if (self->is_closed)
    pl_channel_set_closed_error (&error);
  else if (!g_cancellable_set_error_if_cancelled (cancellable, &error))
    {
      has_to_wait = self->pushes.length > 0 || !pl_channel_has_place_locked (self);
      if (has_to_wait)
        pl_channel_wait_locked (self, task);
      else
        pl_channel_add_locked (self, &push->value);
    }
  pl_monitor_leave (&self->monitor);

  if (!has_to_wait)
    pl_channel_complete (task, error);
}

/**
 * pl_channel_push_finish:
 * @self: a channel
 * @result: what the callback was given
 * @error: (nullable): return location for a [type@GLib.Error]
 *
 * Ends what [method@Pl.Channel.push_async] began.
 *
 * Returns: TRUE if the element has been pushed, FALSE with @error set otherwise
 *
 * Since: 1.0
 */
gboolean
pl_channel_push_finish (PlChannel *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (PL_IS_CHANNEL (self), FALSE);
  g_return_val_if_fail (pl_is_result_of (result, self, pl_channel_push_async), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * pl_channel_close:
 * @self: a channel
 *
 * Says that there is nothing more to come. What the channel holds is still taken.
 *
 * Calls that wait for a place fail with [error@Gio.IOErrorEnum.CLOSED], as later ones do. May be
 * called from any thread, and more than once.
 *
 * Since: 1.0
 */
void
pl_channel_close (PlChannel *self)
{
  GQueue pushes = G_QUEUE_INIT;
  GTask *task;

  g_return_if_fail (PL_IS_CHANNEL (self));

  pl_monitor_enter (&self->monitor);
  self->is_closed = TRUE;
  pushes = self->pushes;
  g_queue_init (&self->pushes);
  pl_monitor_leave (&self->monitor);

  while ((task = g_queue_pop_head (&pushes)) != NULL)
    {
      GError *error = NULL;

      pl_channel_set_closed_error (&error);
      pl_channel_complete (task, error);
    }
}
