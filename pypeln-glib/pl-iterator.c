/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-iterator-private.h"

#include "pl-context-private.h"
#include "pl-exception.h"
#include "pl-handle.h"
#include "pl-home-private.h"
#include "pl-run-builder-private.h"
#include "pl-run-private.h"
#include "pl-run-status-private.h"

/**
 * PlIterator:
 *
 * One run of a pipeline: what its consumer holds.
 *
 * [method@Pl.Iterator.next] waits for the next element; [method@Pl.Iterator.next_async] does not;
 * [method@Pl.Iterator.next_values] and its asynchronous sister take many at once. They may be
 * called from any thread, one at a time: another call meanwhile fails with
 * [error@Gio.IOErrorEnum.PENDING].
 *
 * The first error of the run, and cancelling, end it: everything is stopped, all threads are
 * joined, and then a call fails, once. Elements that were waiting for the consumer are dropped.
 * After the error, as after the end, there are no more elements.
 *
 * There is one exception: functions that have timed out, see [property@Pl.Stage:timeout], and do
 * not return for longer than a grace period of one second. Their threads are not joined.
 *
 * Task stages run on a main context: the thread-default one of the thread that started the run, if
 * it has one; otherwise the global default context, unless another thread iterates that: then a
 * context of this library's own. A call that waits iterates it, where no other thread does. Their
 * tasks need not have been answered at the end of the run, but `on_start` and `on_done` have.
 *
 * Dropping the last reference closes the iterator, see [method@Pl.Iterator.close], but does not
 * wait for task stages: their tasks are cancelled, and `on_done` is called, by whoever iterates the
 * context; at once if that is this thread, or nobody.
 *
 * pypeln: what `iter(stage)` returns
 *
 * Since: 1.0
 */

G_DEFINE_FINAL_TYPE (PlIterator, pl_iterator, G_TYPE_OBJECT)

enum
{
  PROP_STATUS = 1,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];

static void
pl_iterator_get_property (GObject *object, guint property, GValue *value, GParamSpec *pspec)
{
  switch (property)
    {
    case PROP_STATUS:
      g_value_take_object (value, pl_iterator_dup_status (PL_ITERATOR (object)));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property, pspec);
    }
}

static void pl_iterator_stop (PlIterator *self, gboolean guests);

static void
pl_iterator_dispose (GObject *object)
{
  PlIterator *self = PL_ITERATOR (object);

  if (self->run != NULL && (self->is_finished || !pl_home_puts_off_dispose (object)))
    {
      pl_reporter_stop (pl_run_get_reporter (self->run));
      pl_iterator_stop (self, FALSE);
    }

  G_OBJECT_CLASS (pl_iterator_parent_class)->dispose (object);
}

static void
pl_iterator_finalize (GObject *object)
{
  PlIterator *self = PL_ITERATOR (object);

  g_array_unref (self->values);
  g_clear_pointer (&self->handles, g_ptr_array_unref);
  g_clear_pointer (&self->places, g_array_unref);
  pl_iterator_clear_value (&self->exception);
  g_clear_pointer (&self->waker, pl_waker_unref);
  g_clear_pointer (&self->ready, pl_iterator_ready_stop);
  g_clear_pointer (&self->fd_context, g_main_context_unref);
  g_clear_pointer (&self->run, pl_run_unref);
  g_clear_object (&self->last);
  g_mutex_clear (&self->mutex);

  G_OBJECT_CLASS (pl_iterator_parent_class)->finalize (object);
}

static void
pl_iterator_class_init (PlIteratorClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = pl_iterator_get_property;
  object_class->dispose = pl_iterator_dispose;
  object_class->finalize = pl_iterator_finalize;

  /**
   * PlIterator:status: (getter dup_status)
   *
   * The figures of the run at the moment it is got.
   *
   * While the run goes on it is notified on the thread-default main context of whoever started the
   * run, at most 20 times a second, and not at all as long as nothing changes. The last one comes
   * after the last change, if the iterator still lives then.
   *
   * Since: 1.0
   */
  properties[PROP_STATUS] = g_param_spec_object ("status", NULL, NULL, PL_TYPE_RUN_STATUS,
                                                 G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
}

/* A value that has been moved out leaves an empty one behind. */
void
pl_iterator_clear_value (gpointer data)
{
  GValue *value = data;

  if (G_VALUE_TYPE (value) != 0)
    g_value_unset (value);
}

static void
pl_iterator_init (PlIterator *self)
{
  self->values = g_array_new (FALSE, TRUE, sizeof (GValue));
  g_array_set_clear_func (self->values, pl_iterator_clear_value);
  g_mutex_init (&self->mutex);
  self->is_finished = TRUE;
}

static void
pl_iterator_changed_cb (gpointer object)
{
  g_object_notify_by_pspec (object, properties[PROP_STATUS]);
}

/* Starts a run of @last, with at most @maxsize elements waiting for the consumer, and task stages
 * on @context or, if that is NULL, as is right for this thread. */
PlIterator *
pl_iterator_new (PlStage *last, guint maxsize, GMainContext *context)
{
  PlIterator *self = g_object_new (PL_TYPE_ITERATOR, NULL);

  pl_home_catch_up ();
  self->run = pl_run_build (last, maxsize, context);
  self->last = g_object_ref (last);
  self->is_finished = FALSE;

  pl_reporter_start (pl_run_get_reporter (self->run), pl_iterator_changed_cb, self);
  pl_run_start (self->run);
  return self;
}

/* What the last call took: the caller may move values out, and sets the length to 0 then. */
GArray *
pl_iterator_get_values (PlIterator *self)
{
  return self->values;
}

/* Returns FALSE without an error where the iterator is being closed: that is the end. */
gboolean
pl_iterator_begin (PlIterator *self, GError **error)
{
  if (g_atomic_int_compare_and_exchange (&self->is_pending, FALSE, TRUE))
    return TRUE;

  if (g_atomic_int_get (&self->is_closed))
    return FALSE;

  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_PENDING,
                       "The iterator has another call under way");
  return FALSE;
}

void
pl_iterator_end (PlIterator *self)
{
  g_atomic_int_set (&self->is_pending, FALSE);
}

void
pl_iterator_switch (PlIterator *self, PlActivity activity)
{
  gint64 now = g_get_monotonic_time ();

  g_mutex_lock (&self->mutex);
  pl_stopwatch_switch (&self->stopwatch, activity, now);
  g_mutex_unlock (&self->mutex);
}

/* The consumer has taken an element. */
void
pl_iterator_count (PlIterator *self)
{
  __atomic_store_n (&self->n_elements, self->n_elements + 1, __ATOMIC_RELAXED);
  pl_reporter_note (pl_run_get_reporter (self->run));
}

static PlFlow
pl_iterator_take_one (PlIterator *self, GValue *value, gboolean wait)
{
  PlElement element = PL_ELEMENT_INIT;
  PlFlow taken = pl_input_take (pl_run_get_input (self->run), &element, wait);

  if (taken != PL_FLOW_OK)
    return taken;

  *value = element.value;
  pl_index_clear (&element.index);
  pl_iterator_count (self);
  return PL_FLOW_OK;
}

/* Drops what the last call took. */
void
pl_iterator_drop_values (PlIterator *self)
{
  g_array_set_size (self->values, 0);
  while (self->n_ahead > 0)
    pl_iterator_pass_ahead (self);
  if (self->handles == NULL)
    return;

  g_ptr_array_set_size (self->handles, 0);
  g_array_set_size (self->places, 0);
}

/* Keeps a handle, and has its number be the value. */
static void
pl_iterator_open_handle (PlIterator *self, GValue *value)
{
  gint64 number = pl_handle_get_number (g_value_get_boxed (value));

  g_array_append_val (self->places, self->values->len);
  g_ptr_array_add (self->handles, g_value_dup_boxed (value));
  g_value_unset (value);
  g_value_init (value, G_TYPE_INT64);
  g_value_set_int64 (value, number);
}

/* Takes @value for the call's caller. */
void
pl_iterator_add_value (PlIterator *self, GValue *value)
{
  if (self->handles != NULL && G_VALUE_TYPE (value) == PL_TYPE_HANDLE)
    pl_iterator_open_handle (self, value);
  g_array_append_val (self->values, *value);
}

/* Takes what there is, up to @max_values, or, if that is 0, one; with @wait it waits for the
 * first. */
PlFlow
pl_iterator_take (PlIterator *self, guint max_values, gboolean wait)
{
  PlFlow taken = PL_FLOW_OK;

  if (max_values == 0)
    return pl_iterator_take_one (self, &self->value, wait);

  while (self->values->len < max_values && taken == PL_FLOW_OK)
    {
      GValue value = G_VALUE_INIT;

      taken = pl_iterator_take_one (self, &value, wait && self->values->len == 0);
      if (taken == PL_FLOW_OK)
        pl_iterator_add_value (self, &value);

      /* The next element of a sync stage has yet to be made: this one is not to wait for it. */
      if (pl_run_get_input (self->run)->worker != NULL)
        break;
    }

  return self->values->len > 0 ? PL_FLOW_OK : taken;
}

static void
pl_iterator_keep_exception (PlIterator *self, const GError *error)
{
  const GValue *exception = pl_exception_get_value (error);

  if (exception == NULL)
    return;

  pl_iterator_clear_value (&self->exception);
  g_value_init (&self->exception, G_VALUE_TYPE (exception));
  g_value_copy (exception, &self->exception);
}

/* The end has been seen and the threads have ended, or soon will: tells how it went. */
void
pl_iterator_finish (PlIterator *self, gboolean guests, GError **error)
{
  GError *run_error;

  pl_run_join (self->run, guests);
  pl_reporter_flush (pl_run_get_reporter (self->run));
  self->is_finished = TRUE;

  run_error = pl_run_steal_error (self->run);
  if (run_error == NULL)
    return;

  pl_iterator_keep_exception (self, run_error);
  g_propagate_error (error, run_error);
}

/* Cancelling a call cancels the run: its functions are told by their cancellables, and the call
 * returns as soon as they have. */
static void
pl_iterator_cancelled_cb (GCancellable *cancellable, gpointer user_data)
{
  PlRun *run = user_data;
  GError *error = NULL;

  g_cancellable_set_error_if_cancelled (cancellable, &error);
  pl_run_fail (run, error);
}

/* Has the run wake @waker when there may be something to take, until the next one is set. */
void
pl_iterator_set_waker (PlIterator *self, PlWaker *waker)
{
  if (self->set_waker == waker)
    return;

  pl_input_set_waker (pl_run_get_input (self->run), waker);
  self->set_waker = waker;
  if (self->ready != NULL)
    pl_iterator_ready_interrupt (self->ready);
}

gulong
pl_iterator_connect (PlIterator *self, GCancellable *cancellable)
{
  if (cancellable == NULL)
    return 0;

  return g_cancellable_connect (cancellable, G_CALLBACK (pl_iterator_cancelled_cb),
                                self->run, NULL);
}

/* Moves @from to @value; if that is NULL or empty, as at the end and on errors, makes @value hold
 * NULL, since bindings cannot do with a value that holds nothing at all. */
void
pl_iterator_move_value (GValue *from, GValue *value)
{
  if (G_VALUE_TYPE (value) != 0)
    g_value_unset (value);

  if (from != NULL && G_VALUE_TYPE (from) != 0)
    {
      *value = *from;
      memset (from, 0, sizeof *from);
    }
  else
    {
      g_value_init (value, G_TYPE_OBJECT);
    }
}

/**
 * pl_iterator_next:
 * @self: an iterator
 * @value: (out caller-allocates): the next element; what @value held before is released. At the end
 *   and on errors it holds an object, which is NULL
 * @cancellable: (nullable): a cancellable that cancels the run
 * @error: (nullable): return location for a [type@GLib.Error]
 *
 * Waits for the next element, and moves it to @value.
 *
 * Sync stages behind the last stage of another kind run inside of this call, and so does what else
 * is on the main context of task stages, where this thread iterates it. It fails with the first
 * error of the run, when all its threads have ended; with [error@Gio.IOErrorEnum.CANCELLED] if
 * @cancellable was cancelled or another thread closed the iterator; and with
 * [error@Gio.IOErrorEnum.PENDING] if another call is under way. pypeln: `next(iterator)`
 *
 * Returns: TRUE if there is an element; FALSE at the end, and FALSE with @error set if the run has
 *   failed
 *
 * Since: 1.0
 */
gboolean
pl_iterator_next (PlIterator *self, GValue *value, GCancellable *cancellable, GError **error)
{
  gboolean taken;

  g_return_val_if_fail (PL_IS_ITERATOR (self), FALSE);
  g_return_val_if_fail (value != NULL, FALSE);
  g_return_val_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  if (!pl_iterator_begin (self, error))
    {
      if (G_VALUE_TYPE (value) == 0)
        g_value_init (value, G_TYPE_OBJECT);
      return FALSE;
    }

  taken = pl_iterator_take_blocking (self, 0, -1, cancellable, error);
  pl_iterator_move_value (&self->value, value);
  pl_iterator_end (self);
  return taken;
}

/* Cancels the run, and waits for it as pl_run_join() does. */
static void
pl_iterator_stop (PlIterator *self, gboolean guests)
{
  g_atomic_int_set (&self->is_closed, TRUE);
  pl_run_fail (self->run, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED,
                                               "The iterator has been closed"));

  /* With a call under way it is that call that tells. */
  if (pl_iterator_begin (self, NULL))
    {
      pl_input_finish (pl_run_get_input (self->run));
      pl_iterator_finish (self, guests, NULL);
      pl_iterator_clear_value (&self->exception);
      pl_iterator_end (self);
    }
  else
    {
      pl_run_join (self->run, guests);
    }
}

/**
 * pl_iterator_close:
 * @self: an iterator
 *
 * Cancels the run, if it has not come to its end, and waits until all its threads have ended, and
 * the `on_done` functions of task stages have answered. While it waits it iterates their main
 * context, where no other thread does. From inside of a function of a task stage it does not wait
 * for the run's task stages.
 *
 * May be called from any thread, and more than once. A call that is under way fails with
 * [error@Gio.IOErrorEnum.CANCELLED]; later ones find the end.
 *
 * Since: 1.0
 */
void
pl_iterator_close (PlIterator *self)
{
  g_return_if_fail (PL_IS_ITERATOR (self));

  if (self->run != NULL)
    pl_iterator_stop (self, TRUE);
}

/**
 * pl_iterator_dup_status: (get-property status)
 * @self: an iterator
 *
 * Gets the figures of the run as they are now.
 *
 * May be called from any thread, also while another call is under way, and after the end.
 *
 * Returns: (transfer full) (nullable): the figures, or NULL in an iterator that no stage made
 *
 * Since: 1.0
 */
PlRunStatus *
pl_iterator_dup_status (PlIterator *self)
{
  gint64 now = g_get_monotonic_time ();
  gint64 waited;

  g_return_val_if_fail (PL_IS_ITERATOR (self), NULL);

  if (self->run == NULL)
    return NULL;

  g_mutex_lock (&self->mutex);
  waited = pl_stopwatch_get (&self->stopwatch, PL_ACTIVITY_WAITING, now);
  g_mutex_unlock (&self->mutex);

  return pl_run_status_new (self->run, self->last,
                            __atomic_load_n (&self->n_elements, __ATOMIC_RELAXED), waited);
}

/**
 * pl_iterator_get_exception:
 * @self: an iterator
 *
 * Gets the value that the error of the run has with it, see `PL_EXCEPTION`.
 *
 * It is there when a call has failed with that error, and stays until the iterator is closed or
 * gone. What a language raises may have all in it that led there, and so this iterator: unless that
 * is closed neither ever goes. It is called by whoever makes the other calls, between two of them.
 *
 * Returns: (transfer none) (nullable): the value; NULL if the run has not failed, or its error has
 *   none
 *
 * Since: 1.0
 */
const GValue *
pl_iterator_get_exception (PlIterator *self)
{
  g_return_val_if_fail (PL_IS_ITERATOR (self), NULL);

  return G_VALUE_TYPE (&self->exception) != 0 ? &self->exception : NULL;
}

/**
 * pl_iterator_open_handles:
 * @self: an iterator
 *
 * Has calls for several elements give the number of each [struct@Pl.Handle], a gint64, in place of
 * the handle, and [method@Pl.Iterator.get_handle_places] tell which these are.
 *
 * It is for bindings to which an object for each element is dear, and is called before the first
 * call for elements.
 *
 * Since: 1.0
 */
void
pl_iterator_open_handles (PlIterator *self)
{
  g_return_if_fail (PL_IS_ITERATOR (self));

  if (self->handles != NULL)
    return;

  self->handles = g_ptr_array_new_with_free_func ((GDestroyNotify) pl_handle_unref);
  self->places = g_array_new (FALSE, FALSE, sizeof (guint));
}

/**
 * pl_iterator_get_handle_places:
 * @self: an iterator
 * @n_places: (out): return location for how many there are
 *
 * Gets which of the elements that the last call gave are numbers of handles, see
 * [method@Pl.Iterator.open_handles]. The handles live until the next call.
 *
 * Returns: (array length=n_places) (transfer none) (nullable): the places of these elements among
 *   the others, from the first to the last, which stay until the next call; NULL if there are none
 *
 * Since: 1.0
 */
const guint *
pl_iterator_get_handle_places (PlIterator *self, guint *n_places)
{
  g_return_val_if_fail (n_places != NULL, NULL);
  *n_places = 0;
  g_return_val_if_fail (PL_IS_ITERATOR (self), NULL);

  if (self->places == NULL || self->places->len == 0)
    return NULL;

  *n_places = self->places->len;
  return (const guint *) (gpointer) self->places->data;
}
