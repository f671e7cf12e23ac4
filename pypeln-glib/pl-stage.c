/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-stage-private.h"

#include "pl-enum-types.h"
#include "pl-iterator-private.h"

/**
 * PlStage:
 *
 * A lazy description of one step of a pipeline.
 *
 * A stage holds the stages that it takes its elements from, and its settings. It holds nothing that
 * runs: building stages starts nothing, and each [method@Pl.Stage.iterate] starts a run of its own.
 * So a stage can be iterated many times, also at once, and can feed several stages.
 *
 * What a stage does with an element is its operation, a subclass such as [class@Pl.Map]; who does
 * it is its [property@Pl.Stage:kind]. Kinds mix freely in one pipeline. Stages are made by
 * functions that say both, such as [func@Pl.thread_map], and by the constructors of
 * [class@Pl.Source].
 *
 * Settings are read when a run starts. A stage may be used from any thread, as long as none changes
 * it meanwhile.
 *
 * Since: 1.0
 */

G_DEFINE_ABSTRACT_TYPE (PlStage, pl_stage, G_TYPE_OBJECT)

enum
{
  PROP_NAME = 1,
  PROP_KIND,
  PROP_WORKERS,
  PROP_MAXSIZE,
  PROP_TIMEOUT,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];

/* The name in messages, and of threads: what the user called the stage, or what it does. */
const char *
pl_stage_get_label (PlStage *self, const PlStageSettings *settings)
{
  return settings->name != NULL ? settings->name : PL_STAGE_GET_CLASS (self)->operation;
}

/* Puts in front of the message where it happened: “stage “resize” (thread map, worker 2, element
 * 17): ”, where @details is what comes behind the operation. */
void
pl_stage_prefix_error (PlStage *self,
                       const PlStageSettings *settings,
                       const char *details,
                       GError **error)
{
  g_autoptr(GEnumClass) kinds = g_type_class_ref (PL_TYPE_WORKER_KIND);

  g_prefix_error (error, "stage “%s” (%s %s%s): ",
                  pl_stage_get_label (self, settings),
                  g_enum_get_value (kinds, settings->kind)->value_nick,
                  PL_STAGE_GET_CLASS (self)->operation,
                  details);
}

/* Makes a stage; takes @callback, which may be NULL as @input may. */
PlStage *
pl_stage_new (GType type, PlWorkerKind kind, PlStage *input, PlCallback *callback)
{
  PlStage *self = g_object_new (type, "kind", kind, NULL);

  self->callback = callback;
  if (input != NULL)
    pl_stage_add_input (self, input);
  return self;
}

static void
pl_stage_get_property (GObject *object, guint property, GValue *value, GParamSpec *pspec)
{
  PlStage *self = PL_STAGE (object);

  switch (property)
    {
    case PROP_NAME:
      g_value_set_string (value, self->settings.name);
      break;

    case PROP_KIND:
      g_value_set_enum (value, self->settings.kind);
      break;

    case PROP_WORKERS:
      g_value_set_uint (value, self->settings.workers);
      break;

    case PROP_MAXSIZE:
      g_value_set_uint (value, self->settings.maxsize);
      break;

    case PROP_TIMEOUT:
      g_value_set_uint (value, self->settings.timeout);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property, pspec);
    }
}

static void
pl_stage_set_property (GObject *object, guint property, const GValue *value, GParamSpec *pspec)
{
  PlStage *self = PL_STAGE (object);

  switch (property)
    {
    case PROP_NAME:
      pl_stage_set_name (self, g_value_get_string (value));
      break;

    case PROP_KIND:
      pl_stage_set_kind (self, g_value_get_enum (value));
      break;

    case PROP_WORKERS:
      pl_stage_set_workers (self, g_value_get_uint (value));
      break;

    case PROP_MAXSIZE:
      pl_stage_set_maxsize (self, g_value_get_uint (value));
      break;

    case PROP_TIMEOUT:
      pl_stage_set_timeout (self, g_value_get_uint (value));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property, pspec);
    }
}

static void
pl_stage_dispose (GObject *object)
{
  g_ptr_array_set_size (PL_STAGE (object)->inputs, 0);

  G_OBJECT_CLASS (pl_stage_parent_class)->dispose (object);
}

static void
pl_stage_finalize (GObject *object)
{
  PlStage *self = PL_STAGE (object);

  pl_stage_settings_clear (&self->settings);
  g_ptr_array_unref (self->inputs);
  g_clear_pointer (&self->callback, pl_callback_unref);

  G_OBJECT_CLASS (pl_stage_parent_class)->finalize (object);
}

static void
pl_stage_class_init (PlStageClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->dispose = pl_stage_dispose;
  object_class->finalize = pl_stage_finalize;
  object_class->get_property = pl_stage_get_property;
  object_class->set_property = pl_stage_set_property;

  /**
   * PlStage:name: (getter get_name) (setter set_name)
   *
   * What errors and threads call the stage. Without a name they call it after its operation.
   *
   * Since: 1.0
   */
  properties[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, flags);

  /**
   * PlStage:kind: (getter get_kind) (setter set_kind)
   *
   * Who runs the operation.
   *
   * Since: 1.0
   */
  properties[PROP_KIND] = g_param_spec_enum ("kind", NULL, NULL, PL_TYPE_WORKER_KIND,
                                             PL_WORKER_KIND_SYNC, flags);

  /**
   * PlStage:workers: (getter get_workers) (setter set_workers)
   *
   * How many workers run the operation at once. 0 is an error when the stage is run, and so is more
   * than 65535.
   *
   * Sync stages and sources accept the number and have one worker. pypeln: `workers`
   *
   * Since: 1.0
   */
  properties[PROP_WORKERS] = g_param_spec_uint ("workers", NULL, NULL, 0, G_MAXUINT, 1, flags);

  /**
   * PlStage:maxsize: (getter get_maxsize) (setter set_maxsize)
   *
   * How many elements may wait in front of the stage; 0 is as many as come.
   *
   * Where it is 0, the least maxsize that one of the inputs has set counts in its place. The
   * maxsize of the last stage bounds what waits for the consumer too. pypeln: `maxsize`
   *
   * Since: 1.0
   */
  properties[PROP_MAXSIZE] = g_param_spec_uint ("maxsize", NULL, NULL, 0, G_MAXUINT, 0, flags);

  /**
   * PlStage:timeout: (getter get_timeout) (setter set_timeout)
   *
   * How long the function may take for an element, in milliseconds; 0 is as long as it likes.
   *
   * Runs do not look at it yet. pypeln: `timeout`, in seconds
   *
   * Since: 1.0
   */
  properties[PROP_TIMEOUT] = g_param_spec_uint ("timeout", NULL, NULL, 0, G_MAXUINT, 0, flags);

  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
}

static void
pl_stage_init (PlStage *self)
{
  self->settings.workers = 1;
  self->inputs = g_ptr_array_new_with_free_func (g_object_unref);
}

/**
 * pl_stage_add_input:
 * @self: a stage
 * @input: a stage to take elements from
 *
 * Adds a stage to those that @self takes its elements from.
 *
 * Sources have no inputs, [class@Pl.Concat] has any number, and the others have one. The same stage
 * may be added twice, and gives its elements twice then.
 *
 * Since: 1.0
 */
void
pl_stage_add_input (PlStage *self, PlStage *input)
{
  g_return_if_fail (PL_IS_STAGE (self));
  g_return_if_fail (PL_IS_STAGE (input));
  g_return_if_fail (self->inputs->len < PL_STAGE_GET_CLASS (self)->max_inputs);

  g_ptr_array_add (self->inputs, g_object_ref (input));
}

/**
 * pl_stage_get_n_inputs:
 * @self: a stage
 *
 * Gets the number of stages that @self takes its elements from.
 *
 * Returns: the number of stages
 *
 * Since: 1.0
 */
guint
pl_stage_get_n_inputs (PlStage *self)
{
  g_return_val_if_fail (PL_IS_STAGE (self), 0);

  return self->inputs->len;
}

/**
 * pl_stage_get_input:
 * @self: a stage
 * @position: which of the inputs, from 0
 *
 * Gets one of the stages that @self takes its elements from.
 *
 * Returns: (transfer none) (nullable): the stage, or NULL if there are not as many
 *
 * Since: 1.0
 */
PlStage *
pl_stage_get_input (PlStage *self, guint position)
{
  g_return_val_if_fail (PL_IS_STAGE (self), NULL);

  return position < self->inputs->len ? g_ptr_array_index (self->inputs, position) : NULL;
}

/**
 * pl_stage_get_kind: (get-property kind)
 * @self: a stage
 *
 * Gets who runs the operation.
 *
 * Returns: the kind of worker
 *
 * Since: 1.0
 */
PlWorkerKind
pl_stage_get_kind (PlStage *self)
{
  g_return_val_if_fail (PL_IS_STAGE (self), PL_WORKER_KIND_SYNC);

  return self->settings.kind;
}

/**
 * pl_stage_set_kind: (set-property kind)
 * @self: a stage
 * @kind: the kind of worker
 *
 * Sets who runs the operation in runs that start from now on.
 *
 * Since: 1.0
 */
void
pl_stage_set_kind (PlStage *self, PlWorkerKind kind)
{
  g_autoptr(GEnumClass) kinds = g_type_class_ref (PL_TYPE_WORKER_KIND);

  g_return_if_fail (PL_IS_STAGE (self));
  g_return_if_fail (g_enum_get_value (kinds, kind) != NULL);

  if (self->settings.kind == kind)
    return;

  self->settings.kind = kind;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_KIND]);
}

/**
 * pl_stage_get_name: (get-property name)
 * @self: a stage
 *
 * Gets what errors and threads call the stage.
 *
 * Returns: (transfer none) (nullable): the name, or NULL if none has been set
 *
 * Since: 1.0
 */
const char *
pl_stage_get_name (PlStage *self)
{
  g_return_val_if_fail (PL_IS_STAGE (self), NULL);

  return self->settings.name;
}

/**
 * pl_stage_set_name: (set-property name)
 * @self: a stage
 * @name: (nullable): the name
 *
 * Sets what errors and threads call the stage in runs that start from now on.
 *
 * Since: 1.0
 */
void
pl_stage_set_name (PlStage *self, const char *name)
{
  g_return_if_fail (PL_IS_STAGE (self));

  if (g_strcmp0 (self->settings.name, name) == 0)
    return;

  g_free (self->settings.name);
  self->settings.name = g_strdup (name);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_NAME]);
}

/**
 * pl_stage_get_workers: (get-property workers)
 * @self: a stage
 *
 * Gets how many workers run the operation at once.
 *
 * Returns: the number of workers
 *
 * Since: 1.0
 */
guint
pl_stage_get_workers (PlStage *self)
{
  g_return_val_if_fail (PL_IS_STAGE (self), 0);

  return self->settings.workers;
}

/**
 * pl_stage_set_workers: (set-property workers)
 * @self: a stage
 * @workers: the number of workers
 *
 * Sets how many workers run the operation at once, in runs that start from now on.
 *
 * Since: 1.0
 */
void
pl_stage_set_workers (PlStage *self, guint workers)
{
  g_return_if_fail (PL_IS_STAGE (self));

  if (self->settings.workers == workers)
    return;

  self->settings.workers = workers;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_WORKERS]);
}

/**
 * pl_stage_get_maxsize: (get-property maxsize)
 * @self: a stage
 *
 * Gets how many elements may wait in front of the stage.
 *
 * Returns: the number of elements, or 0 for no bound
 *
 * Since: 1.0
 */
guint
pl_stage_get_maxsize (PlStage *self)
{
  g_return_val_if_fail (PL_IS_STAGE (self), 0);

  return self->settings.maxsize;
}

/**
 * pl_stage_set_maxsize: (set-property maxsize)
 * @self: a stage
 * @maxsize: the number of elements, or 0 for no bound
 *
 * Sets how many elements may wait in front of the stage, in runs that start from now on.
 *
 * Since: 1.0
 */
void
pl_stage_set_maxsize (PlStage *self, guint maxsize)
{
  g_return_if_fail (PL_IS_STAGE (self));

  if (self->settings.maxsize == maxsize)
    return;

  self->settings.maxsize = maxsize;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_MAXSIZE]);
}

/**
 * pl_stage_get_timeout: (get-property timeout)
 * @self: a stage
 *
 * Gets how long the function may take for an element.
 *
 * Returns: the time in milliseconds, or 0 for no limit
 *
 * Since: 1.0
 */
guint
pl_stage_get_timeout (PlStage *self)
{
  g_return_val_if_fail (PL_IS_STAGE (self), 0);

  return self->settings.timeout;
}

/**
 * pl_stage_set_timeout: (set-property timeout)
 * @self: a stage
 * @timeout: the time in milliseconds, or 0 for no limit
 *
 * Sets how long the function may take for an element, in runs that start from now on.
 *
 * Since: 1.0
 */
void
pl_stage_set_timeout (PlStage *self, guint timeout)
{
  g_return_if_fail (PL_IS_STAGE (self));

  if (self->settings.timeout == timeout)
    return;

  self->settings.timeout = timeout;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_TIMEOUT]);
}

static void
pl_stage_take_callback (PlCallback **place, PlCallback *callback)
{
  g_clear_pointer (place, pl_callback_unref);
  *place = callback;
}

/**
 * pl_stage_set_on_start:
 * @self: a stage
 * @func: (scope notified) (nullable) (closure user_data) (destroy notify): what each worker runs
 *   before its first element
 * @user_data: data for @func
 * @notify: (nullable): frees @user_data, when neither the stage nor a run needs it any more
 *
 * Sets what each worker runs before its first element, in runs that start from now on.
 *
 * Workers start for an empty source too. pypeln: `on_start`
 *
 * Since: 1.0
 */
void
pl_stage_set_on_start (PlStage *self,
                       PlStartFunc func,
                       gpointer user_data,
                       GDestroyNotify notify)
{
  g_return_if_fail (PL_IS_STAGE (self));

  pl_stage_take_callback (&self->settings.on_start,
                          func != NULL ? pl_callback_new (G_CALLBACK (func), user_data, notify)
                                       : NULL);
}

/**
 * pl_stage_set_on_start_with_closure: (rename-to pl_stage_set_on_start)
 * @self: a stage
 * @closure: (nullable): what each worker runs before its first element; it is called with the
 *   [class@Pl.Worker], and returns nothing
 *
 * Sets what each worker runs before its first element, in runs that start from now on.
 *
 * The closure keeps what the worker needs with [method@Pl.Worker.set_resource], and fails with
 * [method@Pl.Worker.set_error].
 *
 * Since: 1.0
 */
void
pl_stage_set_on_start_with_closure (PlStage *self, GClosure *closure)
{
  g_return_if_fail (PL_IS_STAGE (self));

  pl_stage_take_callback (&self->settings.on_start,
                          closure != NULL ? pl_callback_new_for_closure (closure) : NULL);
}

/**
 * pl_stage_set_on_done:
 * @self: a stage
 * @func: (scope notified) (nullable) (closure user_data) (destroy notify): what each worker runs
 *   after its last element
 * @user_data: data for @func
 * @notify: (nullable): frees @user_data, when neither the stage nor a run needs it any more
 *
 * Sets what each worker runs after its last element, in runs that start from now on.
 *
 * It runs in every worker whose start succeeded, also when the run fails or is cancelled.
 * pypeln: `on_done`
 *
 * Since: 1.0
 */
void
pl_stage_set_on_done (PlStage *self,
                      PlDoneFunc func,
                      gpointer user_data,
                      GDestroyNotify notify)
{
  g_return_if_fail (PL_IS_STAGE (self));

  pl_stage_take_callback (&self->settings.on_done,
                          func != NULL ? pl_callback_new (G_CALLBACK (func), user_data, notify)
                                       : NULL);
}

/**
 * pl_stage_set_on_done_with_closure: (rename-to pl_stage_set_on_done)
 * @self: a stage
 * @closure: (nullable): what each worker runs after its last element; it is called with the
 *   [class@Pl.StageStatus], and returns nothing
 *
 * Sets what each worker runs after its last element, in runs that start from now on.
 *
 * Since: 1.0
 */
void
pl_stage_set_on_done_with_closure (PlStage *self, GClosure *closure)
{
  g_return_if_fail (PL_IS_STAGE (self));

  pl_stage_take_callback (&self->settings.on_done,
                          closure != NULL ? pl_callback_new_for_closure (closure) : NULL);
}

/**
 * pl_stage_iterate:
 * @self: a stage
 *
 * Starts a run of the pipeline that ends in @self.
 *
 * All threads start now and work ahead, as far as the stages' [property@Pl.Stage:maxsize] lets
 * them. What is wrong with the pipeline, or goes wrong in starting it, is the error of the first
 * [method@Pl.Iterator.next]. Dropping the iterator cancels the run.
 *
 * pypeln: `iter(stage)`
 *
 * Returns: (transfer full): the run
 *
 * Since: 1.0
 */
PlIterator *
pl_stage_iterate (PlStage *self)
{
  g_return_val_if_fail (PL_IS_STAGE (self), NULL);

  return pl_iterator_new (self, self->settings.maxsize);
}

/**
 * pl_stage_iterate_bounded:
 * @self: a stage
 * @maxsize: how many elements may wait for the consumer; 0 is as many as come
 *
 * Starts a run as [method@Pl.Stage.iterate] does, with a bound of its own for the consumer's queue
 * in place of the stage's [property@Pl.Stage:maxsize]. Sync stages have no such queue.
 *
 * pypeln: `to_iterable (stage, maxsize)`
 *
 * Returns: (transfer full): the run
 *
 * Since: 1.0
 */
PlIterator *
pl_stage_iterate_bounded (PlStage *self, guint maxsize)
{
  g_return_val_if_fail (PL_IS_STAGE (self), NULL);

  return pl_iterator_new (self, maxsize);
}
