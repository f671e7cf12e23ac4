/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-list-model-private.h"

#include "pl-home-private.h"
#include "pl-run-builder-private.h"
#include "pl-run-private.h"
#include "pl-run-status-private.h"
#include "pl-value-object-private.h"

/**
 * PlListModel:
 *
 * A list of the elements of a pipeline, which fills while the pipeline runs.
 *
 * It is what [method@Pl.Stage.to_list_model] returns, and a [iface@Gio.ListModel] for list widgets:
 * elements are appended as they arrive, and stay. Those that are objects are the items themselves;
 * all others, an object that is NULL included, are the values of [class@Pl.ValueObject]s.
 *
 * The model fills on the thread-default main context of whoever made it, at
 * [const@GLib.PRIORITY_DEFAULT_IDLE], so that input and drawing go first. It takes what there is,
 * for a few milliseconds at most, tells of it with one [signal@Gio.ListModel::items-changed], and
 * lets the main loop go on. Where those who listen take long themselves, as a view does that makes
 * widgets, it tells of fewer items at once.
 *
 * Sync stages behind the last stage of another kind run on that context too: a function that takes
 * longer than a frame holds the loop up, so make its stage a thread stage. Task stages run on the
 * context that [class@Pl.Iterator] tells of.
 *
 * [method@Pl.ListModel.cancel] ends the run early, and does not wait for it. The list does not keep
 * itself alive: dropping the last reference cancels the run too, but waits until all its threads
 * have ended, and nothing is told after that. Use it on the thread of its context only; the last
 * reference may be dropped on any.
 *
 * Since: 1.0
 */

/* For how long a dispatch takes elements, in microseconds: an eighth of a frame at 60 Hz. */
#define SLICE_USEC 2000

/* The least number of items that a batch is limited to. Some listeners take about as long for one
 * item as for a hundred, so they are not to be told of each. */
#define MIN_BATCH 16

struct _PlListModel
{
  GObject parent_instance;

  GPtrArray *items;
  GPtrArray *taken; /* items that nobody has been told of, so that they are not there yet */
  GError *error;
  PlStage *last;
  guint max_batch; /* how many items to tell of at once */
  PlStopwatch stopwatch;
  PlRunStatus *final_status; /* NULL until the run has ended */

  /* NULL when the run has ended */
  PlRun *run;
  GSource *source;
  PlWaker *waker; /* of the source */

  gboolean is_taking; /* functions of sync stages may be under way */
};

static void pl_list_model_list_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (PlListModel, pl_list_model, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, pl_list_model_list_init))

enum
{
  PROP_ITEM_TYPE = 1,
  PROP_N_ITEMS,
  PROP_N_ELEMENTS,
  PROP_PENDING,
  PROP_ERROR,
  PROP_STATUS,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];

/* Moves what @value holds to an item. */
static gpointer
pl_list_model_make_item (GValue *value)
{
  GObject *object = G_VALUE_HOLDS_OBJECT (value) ? g_value_get_object (value) : NULL;

  if (object == NULL)
    return pl_value_object_new_take (value);

  memset (value, 0, sizeof *value);
  return object;
}

/* Takes what there is, for as long as a dispatch may last. Says PL_FLOW_OK where it may go on at
 * once. */
static PlFlow
pl_list_model_take (PlListModel *self, const PlInput *input)
{
  gint64 slice_end = g_get_monotonic_time () + SLICE_USEC;
  gboolean is_late;
  PlFlow taken;

  pl_input_set_slice_end (input, slice_end);
  do
    {
      g_auto(PlElement) element = PL_ELEMENT_INIT;

      taken = pl_input_take (input, &element, FALSE);
      if (taken == PL_FLOW_OK)
        g_ptr_array_add (self->taken, pl_list_model_make_item (&element.value));
      is_late = g_get_monotonic_time () >= slice_end;
    }
  while (taken == PL_FLOW_OK && !is_late && self->taken->len < self->max_batch);

  /* Sync stages that are late say so too, and then nobody wakes the source. */
  return taken == PL_FLOW_AGAIN && is_late ? PL_FLOW_OK : taken;
}

/* The end of the elements has been seen: tells whether that of the threads has, or soon will be. */
static gboolean
pl_list_model_is_over (PlListModel *self)
{
  PlThreads *threads = pl_run_get_threads (self->run);

  if (!pl_threads_are_over (threads, self->waker))
    return FALSE;

  pl_run_join (self->run, TRUE);
  pl_reporter_flush (pl_run_get_reporter (self->run));
  return self->run != NULL;
}

/* Takes what has arrived; tells whether the run has ended. What runs in here may dispose the
 * model. */
static gboolean
pl_list_model_fill (PlListModel *self)
{
  g_autoptr(PlRun) run = pl_run_ref (self->run);
  const PlInput *input = pl_run_get_input (run);
  gboolean has_ended = FALSE;
  PlFlow taken;

  self->is_taking = TRUE;
  taken = pl_list_model_take (self, input);
  if (taken == PL_FLOW_END || self->run == NULL)
    pl_input_finish (input);
  self->is_taking = FALSE;

  if (taken == PL_FLOW_END && self->run != NULL)
    has_ended = pl_list_model_is_over (self);

  if (self->run == NULL)
    g_ptr_array_set_size (self->taken, 0);
  else if (taken == PL_FLOW_OK)
    pl_waker_wake (self->waker);
  return has_ended;
}

static void
pl_list_model_switch (PlListModel *self, PlActivity activity)
{
  pl_stopwatch_switch (&self->stopwatch, activity, g_get_monotonic_time ());
}

static void
pl_list_model_clear_run (PlListModel *self)
{
  self->final_status = pl_list_model_dup_status (self);
  pl_reporter_stop (pl_run_get_reporter (self->run));
  g_source_destroy (self->source);

  g_clear_pointer (&self->run, pl_run_unref);
  g_clear_pointer (&self->source, g_source_unref);
  g_clear_pointer (&self->waker, pl_waker_unref);
}

/* Appends what has been taken and tells of it. Limits the next batch: to what those who listen can
 * do in a slice, or to twice as many as long as they can do more. */
static void
pl_list_model_append_taken (PlListModel *self)
{
  guint n_before = self->items->len;
  guint n_added = self->taken->len;
  gint64 start = g_get_monotonic_time ();
  gint64 elapsed;

  if (n_added == 0)
    return;

  g_ptr_array_extend_and_steal (self->items, self->taken);
  self->taken = g_ptr_array_new_with_free_func (g_object_unref);

  g_list_model_items_changed (G_LIST_MODEL (self), n_before, 0, n_added);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_N_ITEMS]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_N_ELEMENTS]);

  elapsed = g_get_monotonic_time () - start;
  if (elapsed > SLICE_USEC)
    self->max_batch = MAX (MIN_BATCH, n_added * SLICE_USEC / elapsed);
  else if (n_added >= self->max_batch && self->max_batch < G_MAXINT)
    self->max_batch *= 2;
}

static void
pl_list_model_notify_end (PlListModel *self)
{
  if (self->error != NULL)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ERROR]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATUS]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PENDING]);
}

/* The source fills the model, and is not to keep it alive. */
static gboolean
pl_list_model_source_cb (gpointer user_data)
{
  GWeakRef *model = user_data;
  g_autoptr(PlListModel) self = g_weak_ref_get (model);
  gboolean has_ended;

  if (self == NULL)
    return G_SOURCE_REMOVE;

  pl_list_model_switch (self, PL_ACTIVITY_BUSY);
  has_ended = pl_list_model_fill (self);
  pl_list_model_switch (self, PL_ACTIVITY_WAITING);

  /* If a function has dropped the model, it ends here, before it tells anybody. */
  g_clear_object (&self);
  self = g_weak_ref_get (model);
  if (self == NULL || self->run == NULL)
    return G_SOURCE_REMOVE;

  /* All has changed before anything is told. */
  if (has_ended)
    {
      self->error = pl_run_steal_error (self->run);
      pl_list_model_clear_run (self);
    }
  pl_list_model_append_taken (self);
  if (has_ended)
    pl_list_model_notify_end (self);
  return has_ended ? G_SOURCE_REMOVE : G_SOURCE_CONTINUE;
}

static void
pl_list_model_source_notify (gpointer user_data)
{
  GWeakRef *model = user_data;

  g_weak_ref_clear (model);
  g_free (model);
}

static GSource *
pl_list_model_source_new (PlListModel *self)
{
  GWeakRef *model = g_new0 (GWeakRef, 1);
  GSource *source = pl_waker_source_new ("PlListModel", pl_list_model_source_cb, model,
                                         pl_list_model_source_notify);

  g_weak_ref_init (model, self);
  g_source_set_priority (source, G_PRIORITY_DEFAULT_IDLE);
  return source;
}

static GType
pl_list_model_get_item_type (GListModel *list)
{
  return G_TYPE_OBJECT;
}

static guint
pl_list_model_get_n_items (GListModel *list)
{
  return PL_LIST_MODEL (list)->items->len;
}

static gpointer
pl_list_model_get_item (GListModel *list, guint position)
{
  PlListModel *self = PL_LIST_MODEL (list);

  return position < self->items->len ? g_object_ref (g_ptr_array_index (self->items, position))
                                     : NULL;
}

static void
pl_list_model_list_init (GListModelInterface *iface)
{
  iface->get_item_type = pl_list_model_get_item_type;
  iface->get_n_items = pl_list_model_get_n_items;
  iface->get_item = pl_list_model_get_item;
}

static void
pl_list_model_get_property (GObject *object, guint property, GValue *value, GParamSpec *pspec)
{
  PlListModel *self = PL_LIST_MODEL (object);

  switch (property)
    {
    case PROP_ITEM_TYPE:
      g_value_set_gtype (value, G_TYPE_OBJECT);
      break;

    case PROP_N_ITEMS:
    case PROP_N_ELEMENTS:
      g_value_set_uint (value, self->items->len);
      break;

    case PROP_PENDING:
      g_value_set_boolean (value, self->run != NULL);
      break;

    case PROP_ERROR:
      g_value_set_boxed (value, self->error);
      break;

    case PROP_STATUS:
      g_value_take_object (value, pl_list_model_dup_status (self));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property, pspec);
    }
}

static void
pl_list_model_dispose (GObject *object)
{
  PlListModel *self = PL_LIST_MODEL (object);

  if (self->run != NULL && !pl_home_puts_off_dispose (object))
    {
      g_autoptr(PlRun) run = pl_run_ref (self->run);

      pl_list_model_clear_run (self);
      pl_run_fail (run, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED,
                                             "The list model has been disposed"));

      /* From inside of a sync stage's function, that stage ends when the function has returned. */
      if (!self->is_taking)
        pl_input_finish (pl_run_get_input (run));
      pl_run_join (run, FALSE);
    }

  g_ptr_array_set_size (self->items, 0);
  g_ptr_array_set_size (self->taken, 0);

  G_OBJECT_CLASS (pl_list_model_parent_class)->dispose (object);
}

static void
pl_list_model_finalize (GObject *object)
{
  PlListModel *self = PL_LIST_MODEL (object);

  g_ptr_array_unref (self->items);
  g_ptr_array_unref (self->taken);
  g_clear_error (&self->error);
  g_clear_object (&self->last);
  g_clear_object (&self->final_status);

  G_OBJECT_CLASS (pl_list_model_parent_class)->finalize (object);
}

static void
pl_list_model_class_init (PlListModelClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->dispose = pl_list_model_dispose;
  object_class->finalize = pl_list_model_finalize;
  object_class->get_property = pl_list_model_get_property;

  /**
   * PlListModel:item-type:
   *
   * The type of the items: always [class@GObject.Object].
   *
   * Since: 1.0
   */
  properties[PROP_ITEM_TYPE] =
    g_param_spec_gtype ("item-type", NULL, NULL, G_TYPE_OBJECT, flags);

  /**
   * PlListModel:n-items:
   *
   * How many items the list has.
   *
   * Since: 1.0
   */
  properties[PROP_N_ITEMS] =
    g_param_spec_uint ("n-items", NULL, NULL, 0, G_MAXUINT, 0, flags);

  /**
   * PlListModel:n-elements: (getter get_n_elements)
   *
   * How many elements have arrived, each of which is an item.
   *
   * Since: 1.0
   */
  properties[PROP_N_ELEMENTS] =
    g_param_spec_uint ("n-elements", NULL, NULL, 0, G_MAXUINT, 0, flags);

  /**
   * PlListModel:pending: (getter get_pending)
   *
   * Whether the run goes on, so that elements may still come.
   *
   * Since: 1.0
   */
  properties[PROP_PENDING] = g_param_spec_boolean ("pending", NULL, NULL, FALSE, flags);

  /**
   * PlListModel:error: (getter get_error)
   *
   * What the run has failed with, if it has.
   *
   * Since: 1.0
   */
  properties[PROP_ERROR] = g_param_spec_boxed ("error", NULL, NULL, G_TYPE_ERROR, flags);

  /**
   * PlListModel:status: (getter dup_status)
   *
   * The figures of the run at the moment it is got. It is notified as [property@Pl.Iterator:status]
   * is.
   *
   * Since: 1.0
   */
  properties[PROP_STATUS] = g_param_spec_object ("status", NULL, NULL, PL_TYPE_RUN_STATUS, flags);

  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
}

static void
pl_list_model_init (PlListModel *self)
{
  self->items = g_ptr_array_new_with_free_func (g_object_unref);
  self->taken = g_ptr_array_new_with_free_func (g_object_unref);
  self->max_batch = MIN_BATCH;
}

static void
pl_list_model_changed_cb (gpointer object)
{
  g_object_notify_by_pspec (object, properties[PROP_STATUS]);
}

/* Starts a run of @last, with at most @maxsize elements waiting for the model. */
PlListModel *
pl_list_model_new (PlStage *last, guint maxsize)
{
  PlListModel *self = g_object_new (PL_TYPE_LIST_MODEL, NULL);

  self->last = g_object_ref (last);
  self->run = pl_run_build (last, maxsize, NULL);
  self->source = pl_list_model_source_new (self);
  g_source_attach (self->source, g_main_context_get_thread_default ());
  self->waker = pl_waker_new_for_source (self->source);
  pl_input_set_waker (pl_run_get_input (self->run), self->waker);

  pl_list_model_switch (self, PL_ACTIVITY_WAITING);
  pl_reporter_start (pl_run_get_reporter (self->run), pl_list_model_changed_cb, self);
  pl_run_start (self->run);
  pl_waker_wake (self->waker);
  return self;
}

/**
 * pl_list_model_get_pending: (get-property pending)
 * @self: a list model
 *
 * Tells whether the run goes on, so that elements may still come.
 *
 * Returns: TRUE until the run has ended, or failed
 *
 * Since: 1.0
 */
gboolean
pl_list_model_get_pending (PlListModel *self)
{
  g_return_val_if_fail (PL_IS_LIST_MODEL (self), FALSE);

  return self->run != NULL;
}

/**
 * pl_list_model_get_error: (get-property error)
 * @self: a list model
 *
 * Gets what the run has failed with. The items that had arrived by then stay in the list.
 *
 * Returns: (transfer none) (nullable): the error, or NULL if the run goes on or has ended well
 *
 * Since: 1.0
 */
const GError *
pl_list_model_get_error (PlListModel *self)
{
  g_return_val_if_fail (PL_IS_LIST_MODEL (self), NULL);

  return self->error;
}

/**
 * pl_list_model_get_n_elements: (get-property n-elements)
 * @self: a list model
 *
 * Gets how many elements have arrived, as a measure of how far the run is.
 *
 * Returns: the number of elements, which is that of the items
 *
 * Since: 1.0
 */
guint
pl_list_model_get_n_elements (PlListModel *self)
{
  g_return_val_if_fail (PL_IS_LIST_MODEL (self), 0);

  return self->items->len;
}

/**
 * pl_list_model_dup_status: (get-property status)
 * @self: a list model
 *
 * Gets the figures of the run as they are now, or were at its end.
 *
 * Returns: (transfer full) (nullable): the figures, or NULL in a model that no stage made
 *
 * Since: 1.0
 */
PlRunStatus *
pl_list_model_dup_status (PlListModel *self)
{
  gint64 waited;

  g_return_val_if_fail (PL_IS_LIST_MODEL (self), NULL);

  if (self->final_status != NULL)
    return g_object_ref (self->final_status);
  if (self->run == NULL)
    return NULL;

  waited = pl_stopwatch_get (&self->stopwatch, PL_ACTIVITY_WAITING, g_get_monotonic_time ());
  return pl_run_status_new (self->run, self->last, self->items->len + self->taken->len, waited);
}

/**
 * pl_list_model_cancel:
 * @self: a list model
 *
 * Ends the run early, as for a button to stop it. The items that have arrived stay in the list, and
 * no more come.
 *
 * This does not wait. Functions that are under way see it in [method@Pl.Worker.get_cancellable].
 * When all threads and processes of the run have ended, [property@Pl.ListModel:error] is
 * [error@Gio.IOErrorEnum.CANCELLED], and [property@Pl.ListModel:pending] becomes FALSE. Nothing
 * happens if the run has ended already.
 *
 * Since: 1.0
 */
void
pl_list_model_cancel (PlListModel *self)
{
  g_return_if_fail (PL_IS_LIST_MODEL (self));

  if (self->run == NULL)
    return;

  pl_run_fail (self->run, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED,
                                               "The list model has been cancelled"));
  pl_waker_wake (self->waker);
}
