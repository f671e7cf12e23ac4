/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-iterator-private.h"

/* Calls that do not wait: each is a source on the caller's context, which takes what there is when
 * somebody wakes it.
 *
 * A loop of such calls may never wait: where elements come faster than they are taken, or where a
 * call runs sync stages that pass nothing on. After a slice of that it goes on at the priority of
 * idle sources, so that windows are drawn. */

#define SLICE_USEC 2000

/* An asynchronous call under way. */
typedef struct
{
  guint max_values; /* 0: one, which is moved to `value` */
  GValue value;
  GSource *source;
  PlWaker *waker; /* of the source */
  gulong cancelled_id;
} PlIteratorCall;

static void
pl_iterator_call_free (gpointer data)
{
  PlIteratorCall *call = data;

  pl_iterator_clear_value (&call->value);
  g_clear_pointer (&call->source, g_source_unref);
  g_clear_pointer (&call->waker, pl_waker_unref);
  g_free (call);
}

/* Has the call go on behind what is more urgent than idle sources if a slice is over. */
static void
pl_iterator_call_set_priority (PlIteratorCall *call, GTask *task, gboolean is_late)
{
  int priority = g_task_get_priority (task);

  if (is_late)
    priority = MAX (priority, G_PRIORITY_DEFAULT_IDLE);
  if (g_source_get_priority (call->source) != priority)
    g_source_set_priority (call->source, priority);
}

/* Takes, on the context of the call, what there is; comes again when it is woken. */
static gboolean
pl_iterator_call_cb (gpointer user_data)
{
  GTask *task = user_data;
  PlIterator *self = g_task_get_source_object (task);
  PlIteratorCall *call = g_task_get_task_data (task);
  const PlInput *input = pl_run_get_input (self->run);
  gint64 slice_end = g_get_monotonic_time () + SLICE_USEC;
  gboolean is_late;
  PlFlow taken;
  GError *error = NULL;

  if (self->turn_end == 0 || g_source_get_priority (call->source) >= G_PRIORITY_DEFAULT_IDLE)
    self->turn_end = slice_end;

  pl_input_set_slice_end (input, slice_end);
  taken = pl_iterator_take (self, call->max_values, FALSE);
  pl_input_set_slice_end (input, 0);
  if (taken == PL_FLOW_AGAIN)
    {
      /* Sync stages that are late say so too, and then nobody wakes the source. */
      is_late = g_get_monotonic_time () >= slice_end;
      pl_iterator_call_set_priority (call, task, is_late);
      self->turn_end = 0;
      if (is_late)
        pl_waker_wake (call->waker);
      pl_iterator_switch (self, PL_ACTIVITY_WAITING);
      return G_SOURCE_CONTINUE;
    }

  if (taken == PL_FLOW_END)
    {
      pl_input_finish (input);
      if (!pl_threads_are_over (pl_run_get_threads (self->run), call->waker))
        return G_SOURCE_CONTINUE;
    }

  pl_iterator_set_waker (self, NULL);
  pl_iterator_switch (self, PL_ACTIVITY_BUSY);
  g_cancellable_disconnect (g_task_get_cancellable (task), call->cancelled_id);

  if (taken == PL_FLOW_END)
    pl_iterator_finish (self, TRUE, &error);
  else if (call->max_values == 0)
    pl_iterator_move_value (&self->value, &call->value);
  pl_iterator_end (self);

  /* The task may live for longer, as until a garbage collector comes by. A source that somebody
   * holds, though it has been destroyed, is one that its context goes over in each iteration. */
  g_clear_pointer (&call->source, g_source_unref);
  g_clear_pointer (&call->waker, pl_waker_unref);

  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, taken == PL_FLOW_OK);
  return G_SOURCE_REMOVE;
}

/* Takes @task. */
static void
pl_iterator_call (PlIterator *self, guint max_values, GTask *task)
{
  GError *error = NULL;
  gboolean has_begun = pl_iterator_begin (self, &error);
  PlIteratorCall *call;
  gboolean is_late;
  g_autoptr(PlWaker) waker = NULL;

  /* What has been taken is not to be lost to a cancellable that fires afterwards. */
  g_task_set_check_cancellable (task, FALSE);

  if (!has_begun || self->is_finished)
    {
      if (has_begun)
        pl_iterator_end (self);
      if (error != NULL)
        g_task_return_error (task, error);
      else
        g_task_return_boolean (task, FALSE);
      g_object_unref (task);
      return;
    }

  pl_iterator_drop_values (self);
  call = g_new0 (PlIteratorCall, 1);
  call->max_values = max_values;
  call->source = pl_waker_source_new ("PlIterator call", pl_iterator_call_cb, task, g_object_unref);
  g_task_set_task_data (task, call, pl_iterator_call_free);

  is_late = self->turn_end != 0 && g_get_monotonic_time () >= self->turn_end;
  pl_iterator_call_set_priority (call, task, is_late);
  g_source_attach (call->source, g_task_get_context (task));
  call->waker = pl_waker_new_for_source (call->source);

  /* Once it can be woken, another thread may dispatch the source, and the call may end. */
  waker = pl_waker_ref (call->waker);
  call->cancelled_id = pl_iterator_connect (self, g_task_get_cancellable (task));
  pl_iterator_set_waker (self, waker);
  pl_waker_wake (waker);
}

/**
 * pl_iterator_next_async:
 * @self: an iterator
 * @cancellable: (nullable): a cancellable that cancels the run
 * @callback: (scope async) (closure user_data): called when there is an element, at the end, or
 *   when the run has failed
 * @user_data: data for @callback
 *
 * Asks for the next element, without waiting for it.
 *
 * @callback is called on the thread-default main context of the caller, and gets the element with
 * [method@Pl.Iterator.next_finish]. Sync stages behind the last stage of another kind run on that
 * context too; where the source of such a pipeline waits for something, make it a
 * [enum@Pl.WorkerKind] thread stage. Task stages run on the context that [class@Pl.Iterator] tells
 * of. pypeln: `async for`
 *
 * Where elements come faster than they are taken one call after the other goes on for ever. Now and
 * then one has the priority [const@GLib.PRIORITY_DEFAULT_IDLE], so that windows are drawn.
 *
 * Since: 1.0
 */
void
pl_iterator_next_async (PlIterator *self,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data)
{
  GTask *task;

  g_return_if_fail (PL_IS_ITERATOR (self));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, PL_SOURCE_TAG (pl_iterator_next_async));
  pl_iterator_call (self, 0, task);
}

/**
 * pl_iterator_next_finish:
 * @self: an iterator
 * @result: what the callback was given
 * @value: (out caller-allocates): the next element, see [method@Pl.Iterator.next]
 * @error: (nullable): return location for a [type@GLib.Error]
 *
 * Ends what [method@Pl.Iterator.next_async] began. It fails as [method@Pl.Iterator.next] does.
 *
 * Returns: TRUE if there is an element; FALSE at the end, and FALSE with @error set if the run has
 *   failed
 *
 * Since: 1.0
 */
gboolean
pl_iterator_next_finish (PlIterator *self, GAsyncResult *result, GValue *value, GError **error)
{
  PlIteratorCall *call;
  gboolean taken;

  g_return_val_if_fail (PL_IS_ITERATOR (self), FALSE);
  g_return_val_if_fail (pl_is_result_of (result, self, pl_iterator_next_async), FALSE);
  g_return_val_if_fail (value != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  call = g_task_get_task_data (G_TASK (result));
  taken = g_task_propagate_boolean (G_TASK (result), error);
  pl_iterator_move_value (taken ? &call->value : NULL, value);
  return taken;
}

/**
 * pl_iterator_next_values_async:
 * @self: an iterator
 * @max_values: how many elements to take at most; at least 1
 * @cancellable: (nullable): a cancellable that cancels the run
 * @callback: (scope async) (closure user_data): called when there is an element, at the end, or
 *   when the run has failed
 * @user_data: data for @callback
 *
 * Asks for the next element and those that wait by then, without waiting for them.
 *
 * See [method@Pl.Iterator.next_async] for where things run, and [method@Pl.Iterator.next_values].
 *
 * Since: 1.0
 */
void
pl_iterator_next_values_async (PlIterator *self,
                               guint max_values,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data)
{
  GTask *task;

  g_return_if_fail (PL_IS_ITERATOR (self));
  g_return_if_fail (max_values > 0);
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, PL_SOURCE_TAG (pl_iterator_next_values_async));
  pl_iterator_call (self, max_values, task);
}

/**
 * pl_iterator_next_values_finish:
 * @self: an iterator
 * @result: what the callback was given
 * @n_values: (out): return location for the number of elements
 * @error: (nullable): return location for a [type@GLib.Error]
 *
 * Ends what [method@Pl.Iterator.next_values_async] began.
 *
 * Returns: (array length=n_values) (transfer none) (nullable): the elements, which belong to the
 *   iterator and stay until its next call; NULL at the end, and NULL with @error set if the run has
 *   failed
 *
 * Since: 1.0
 */
const GValue *
pl_iterator_next_values_finish (PlIterator *self,
                                GAsyncResult *result,
                                guint *n_values,
                                GError **error)
{
  g_return_val_if_fail (n_values != NULL, NULL);
  *n_values = 0;
  g_return_val_if_fail (PL_IS_ITERATOR (self), NULL);
  g_return_val_if_fail (pl_is_result_of (result, self, pl_iterator_next_values_async), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  if (!g_task_propagate_boolean (G_TASK (result), error))
    return NULL;

  *n_values = self->values->len;
  return (const GValue *) (gpointer) self->values->data;
}
