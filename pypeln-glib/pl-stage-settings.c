/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-stage-private.h"

#include "pl-command-private.h"
#include "pl-enum-types.h"

/* The settings of a stage, which are its properties; see pl-stage-hooks.c for the functions among
 * them. */

enum
{
  PROP_NAME = 1,
  PROP_KIND,
  PROP_WORKERS,
  PROP_MAXSIZE,
  PROP_TIMEOUT,
  PROP_RETRIES,
  PROP_RETRY_DELAY,
  PROP_ERROR_POLICY,
  PROP_RATE_LIMIT,
  PROP_RATE_BURST,
  PROP_COMMAND,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];

void
pl_stage_settings_init (PlStageSettings *self)
{
  self->workers = 1;
  self->rate_burst = 1;
}

/* Makes @to, which is uninitialised, a copy of @from. */
void
pl_stage_settings_copy (const PlStageSettings *from, PlStageSettings *to)
{
  *to = *from;
  to->name = g_strdup (from->name);
  if (from->command != NULL)
    to->command = pl_command_dup (from->command);
  if (from->on_start != NULL)
    pl_callback_ref (from->on_start);
  if (from->on_done != NULL)
    pl_callback_ref (from->on_done);
  if (from->around_thread != NULL)
    pl_callback_ref (from->around_thread);
}

void
pl_stage_settings_clear (PlStageSettings *self)
{
  g_clear_pointer (&self->name, g_free);
  g_clear_object (&self->command);
  g_clear_pointer (&self->on_start, pl_callback_unref);
  g_clear_pointer (&self->on_done, pl_callback_unref);
  g_clear_pointer (&self->around_thread, pl_callback_unref);
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

    case PROP_RETRIES:
      g_value_set_uint (value, self->settings.retries);
      break;

    case PROP_RETRY_DELAY:
      g_value_set_uint (value, self->settings.retry_delay);
      break;

    case PROP_ERROR_POLICY:
      g_value_set_enum (value, self->settings.error_policy);
      break;

    case PROP_RATE_LIMIT:
      g_value_set_double (value, self->settings.rate_limit);
      break;

    case PROP_RATE_BURST:
      g_value_set_uint (value, self->settings.rate_burst);
      break;

    case PROP_COMMAND:
      g_value_set_object (value, self->settings.command);
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

    case PROP_RETRIES:
      pl_stage_set_retries (self, g_value_get_uint (value));
      break;

    case PROP_RETRY_DELAY:
      pl_stage_set_retry_delay (self, g_value_get_uint (value));
      break;

    case PROP_ERROR_POLICY:
      pl_stage_set_error_policy (self, g_value_get_enum (value));
      break;

    case PROP_RATE_LIMIT:
      pl_stage_set_rate_limit (self, g_value_get_double (value), self->settings.rate_burst);
      break;

    case PROP_RATE_BURST:
      pl_stage_set_rate_limit (self, self->settings.rate_limit, g_value_get_uint (value));
      break;

    case PROP_COMMAND:
      pl_stage_set_command (self, g_value_get_object (value));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property, pspec);
    }
}

/* Gives the class of all stages its properties. */
void
pl_stage_settings_install (GObjectClass *object_class)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

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
   * A function that answers a [class@Gio.Task] needs a task stage; all others can be of each kind
   * but process, where a [property@Pl.Stage:command] tells what runs. Concats and ordered stages
   * can be of each kind, a source is a sync or a thread stage. What does not fit is an error when
   * the stage is run.
   *
   * Since: 1.0
   */
  properties[PROP_KIND] = g_param_spec_enum ("kind", NULL, NULL, PL_TYPE_WORKER_KIND,
                                             PL_WORKER_KIND_SYNC, flags);

  /**
   * PlStage:workers: (getter get_workers) (setter set_workers)
   *
   * How many workers run the operation at once. In a thread or process stage 0 is an error when the
   * stage is run, and so is more than 65535.
   *
   * A task stage has one worker; there it is how many elements are under way at once, and 0 is as
   * many as there are. Sync stages, sources and ordered stages accept the number and have one
   * worker. pypeln: `workers`
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
   * When the time is over the run goes on without the element; what a flat_map has emitted for it
   * stays. The function is told by [method@Pl.Worker.get_cancellable], and what it does from then
   * on is thrown away. In a thread stage another worker, with the same index, takes its place at
   * once, and runs [method@Pl.Stage.set_on_start] first; the late one runs no on_done. The end of a
   * run waits for a late function for a second. In a sync stage the run goes on when the function
   * returns.
   *
   * In a process stage the process is killed, and another, with the same index, takes its place.
   * The time is that of the element in hand, not of those that have been sent ahead. Behind a
   * launcher the process is told to end by the end of its standard input, and the run ends when it
   * has.
   *
   * In a task stage it is the time until the function has answered. When it is over
   * [method@Gio.Task.get_cancellable] fires, and another element may begin at once; the answer
   * still has to come, and is ignored.
   *
   * The time in which the function waits for the stage's output, in [method@Pl.Worker.emit], does
   * not count. Sources, concats and ordered stages have no function, and no timeout. pypeln:
   * `timeout`, in seconds
   *
   * Since: 1.0
   */
  properties[PROP_TIMEOUT] = g_param_spec_uint ("timeout", NULL, NULL, 0, G_MAXUINT, 0, flags);

  /**
   * PlStage:retries: (getter get_retries) (setter set_retries)
   *
   * How often the function is called again with an element that it has failed with.
   *
   * What a flat_map emits is kept until its function has succeeded, so that a failed call leaves
   * nothing behind. A call that has timed out is not repeated; one whose process has died is, in
   * another process. pypeln has nothing like it.
   *
   * Since: 1.0
   */
  properties[PROP_RETRIES] = g_param_spec_uint ("retries", NULL, NULL, 0, G_MAXUINT, 0, flags);

  /**
   * PlStage:retry-delay: (getter get_retry_delay) (setter set_retry_delay)
   *
   * How long a worker waits before it calls the function again, in milliseconds. It waits twice as
   * long before each further call for the same element; after the time has doubled 16 times it
   * stays the same. Cancelling the run ends the wait. In a task stage other elements go on
   * meanwhile, and the one that waits counts as one under way. They go on in a process stage with
   * several workers too, and any of these may make the call.
   *
   * Since: 1.0
   */
  properties[PROP_RETRY_DELAY] =
    g_param_spec_uint ("retry-delay", NULL, NULL, 0, G_MAXUINT, 0, flags);

  /**
   * PlStage:error-policy: (getter get_error_policy) (setter set_error_policy)
   *
   * What becomes of the run when the function has failed with an element, and is not called again.
   *
   * It does not apply to [method@Pl.Stage.set_on_start], [method@Pl.Stage.set_on_done] and sources:
   * their errors are always the run's.
   *
   * Since: 1.0
   */
  properties[PROP_ERROR_POLICY] = g_param_spec_enum ("error-policy", NULL, NULL,
                                                     PL_TYPE_ERROR_POLICY,
                                                     PL_ERROR_POLICY_ABORT, flags);

  /**
   * PlStage:rate-limit: (getter get_rate_limit)
   *
   * How often the function is called in a second, at most, in a task stage; 0 is as often as there
   * are elements. Set with [method@Pl.Stage.set_rate_limit].
   *
   * It counts calls when they begin, those that repeat one which has failed included. A stage of
   * another kind that has one fails when it is run. pypeln has nothing like it.
   *
   * Since: 1.0
   */
  properties[PROP_RATE_LIMIT] = g_param_spec_double ("rate-limit", NULL, NULL, 0, G_MAXDOUBLE, 0,
                                                     flags);

  /**
   * PlStage:rate-burst: (getter get_rate_burst)
   *
   * How many calls may begin at once after a rest, where the stage has a
   * [property@Pl.Stage:rate-limit].
   *
   * Since: 1.0
   */
  properties[PROP_RATE_BURST] = g_param_spec_uint ("rate-burst", NULL, NULL, 1, G_MAXUINT, 1,
                                                   flags);

  /**
   * PlStage:command: (getter get_command) (setter set_command)
   *
   * How the processes of a process stage start, and which function they run. Stages of other kinds
   * have no use for it.
   *
   * Since: 1.0
   */
  properties[PROP_COMMAND] = g_param_spec_object ("command", NULL, NULL, PL_TYPE_COMMAND, flags);

  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
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
 * Gets how many workers run the operation at once, or how many elements a task stage has under way.
 *
 * Returns: the number of workers; 0, in a task stage, for no limit
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
 * @workers: the number of workers; 0, in a task stage, for no limit
 *
 * Sets how many workers run the operation at once, or how many elements a task stage has under way,
 * in runs that start from now on.
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

/**
 * pl_stage_get_retries: (get-property retries)
 * @self: a stage
 *
 * Gets how often the function is called again with an
 * element that it has failed with.
 *
 * Returns: the number of calls after the first
 *
 * Since: 1.0
 */
guint
pl_stage_get_retries (PlStage *self)
{
  g_return_val_if_fail (PL_IS_STAGE (self), 0);

  return self->settings.retries;
}

/**
 * pl_stage_set_retries: (set-property retries)
 * @self: a stage
 * @retries: the number of calls after the first
 *
 * Sets how often the function is called again with an element that it has failed
 * with, in runs that start from now on.
 *
 * Since: 1.0
 */
void
pl_stage_set_retries (PlStage *self, guint retries)
{
  g_return_if_fail (PL_IS_STAGE (self));

  if (self->settings.retries == retries)
    return;

  self->settings.retries = retries;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_RETRIES]);
}

/**
 * pl_stage_get_retry_delay: (get-property retry-delay)
 * @self: a stage
 *
 * Gets how long a worker waits before it calls the function again.
 *
 * Returns: the time in milliseconds
 *
 * Since: 1.0
 */
guint
pl_stage_get_retry_delay (PlStage *self)
{
  g_return_val_if_fail (PL_IS_STAGE (self), 0);

  return self->settings.retry_delay;
}

/**
 * pl_stage_set_retry_delay: (set-property retry-delay)
 * @self: a stage
 * @retry_delay: the time in milliseconds
 *
 * Sets how long a worker waits before it calls the function again, in runs that start from now on.
 *
 * Since: 1.0
 */
void
pl_stage_set_retry_delay (PlStage *self, guint retry_delay)
{
  g_return_if_fail (PL_IS_STAGE (self));

  if (self->settings.retry_delay == retry_delay)
    return;

  self->settings.retry_delay = retry_delay;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_RETRY_DELAY]);
}

/**
 * pl_stage_get_error_policy: (get-property error-policy)
 * @self: a stage
 *
 * Gets what becomes of the run when the function has failed with an element.
 *
 * Returns: the policy
 *
 * Since: 1.0
 */
PlErrorPolicy
pl_stage_get_error_policy (PlStage *self)
{
  g_return_val_if_fail (PL_IS_STAGE (self), PL_ERROR_POLICY_ABORT);

  return self->settings.error_policy;
}

/**
 * pl_stage_set_error_policy: (set-property error-policy)
 * @self: a stage
 * @error_policy: the policy
 *
 * Sets what becomes of the run when the function has failed with an element, in runs that start
 * from now on.
 *
 * Since: 1.0
 */
void
pl_stage_set_error_policy (PlStage *self, PlErrorPolicy error_policy)
{
  g_autoptr(GEnumClass) policies = g_type_class_ref (PL_TYPE_ERROR_POLICY);

  g_return_if_fail (PL_IS_STAGE (self));
  g_return_if_fail (g_enum_get_value (policies, error_policy) != NULL);

  if (self->settings.error_policy == error_policy)
    return;

  self->settings.error_policy = error_policy;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ERROR_POLICY]);
}

/**
 * pl_stage_get_rate_limit: (get-property rate-limit)
 * @self: a stage
 *
 * Gets how often the function of a task stage is called in a second, at most.
 *
 * Returns: the number of calls; 0 is as often as there are elements
 *
 * Since: 1.0
 */
double
pl_stage_get_rate_limit (PlStage *self)
{
  g_return_val_if_fail (PL_IS_STAGE (self), 0);

  return self->settings.rate_limit;
}

/**
 * pl_stage_get_rate_burst: (get-property rate-burst)
 * @self: a stage
 *
 * Gets how many calls of a stage with a rate limit may begin at once after a rest.
 *
 * Returns: the number of calls
 *
 * Since: 1.0
 */
guint
pl_stage_get_rate_burst (PlStage *self)
{
  g_return_val_if_fail (PL_IS_STAGE (self), 0);

  return self->settings.rate_burst;
}

/**
 * pl_stage_set_rate_limit:
 * @self: a stage
 * @per_second: the number of calls, which need not be whole; 0 is as often as there are elements
 * @burst: how many calls may begin at once after a rest, at least 1
 *
 * Sets how often the function of a task stage is called in a second, at most, in runs that start
 * from now on.
 *
 * It is for the services that functions call, and their limits: 10 calls a second with a burst of
 * 20 lets the first 20 elements begin at once, and then one each tenth of a second; after a rest of
 * half a second, 5 at once. Elements wait in front of the stage meanwhile, up to its
 * [property@Pl.Stage:maxsize].
 *
 * Since: 1.0
 */
void
pl_stage_set_rate_limit (PlStage *self, double per_second, guint burst)
{
  g_return_if_fail (PL_IS_STAGE (self));
  g_return_if_fail (per_second >= 0 && per_second <= G_MAXDOUBLE);
  g_return_if_fail (burst >= 1);

  g_object_freeze_notify (G_OBJECT (self));
  if (self->settings.rate_limit < per_second || self->settings.rate_limit > per_second)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_RATE_LIMIT]);
  if (self->settings.rate_burst != burst)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_RATE_BURST]);

  self->settings.rate_limit = per_second;
  self->settings.rate_burst = burst;
  g_object_thaw_notify (G_OBJECT (self));
}

/**
 * pl_stage_get_command: (get-property command)
 * @self: a stage
 *
 * Gets how the processes of a process stage start.
 *
 * Returns: (transfer none) (nullable): the command, or NULL if it has none
 *
 * Since: 1.0
 */
PlCommand *
pl_stage_get_command (PlStage *self)
{
  g_return_val_if_fail (PL_IS_STAGE (self), NULL);

  return self->settings.command;
}

/**
 * pl_stage_set_command: (set-property command)
 * @self: a stage
 * @command: (nullable): the command
 *
 * Sets how the processes of a process stage start, in runs that start from now on. A run uses the
 * command as it is when the run starts.
 *
 * Since: 1.0
 */
void
pl_stage_set_command (PlStage *self, PlCommand *command)
{
  g_return_if_fail (PL_IS_STAGE (self));
  g_return_if_fail (command == NULL || PL_IS_COMMAND (command));

  if (g_set_object (&self->settings.command, command))
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_COMMAND]);
}
