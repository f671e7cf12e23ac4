/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-stage-status-private.h"

#include "pl-stage.h"

/**
 * PlStageStatus:
 *
 * The figures of one stage in one run, as they were at one moment. They do not change.
 *
 * pypeln: `stage_status`
 *
 * Since: 1.0
 */

struct _PlStageStatus
{
  GObject parent_instance;

  PlStage *stage;
  PlStageFigures figures;
};

G_DEFINE_FINAL_TYPE (PlStageStatus, pl_stage_status, G_TYPE_OBJECT)

enum
{
  PROP_STAGE = 1,
  PROP_DONE,
  PROP_ACTIVE_WORKERS,
  PROP_ELEMENTS_IN,
  PROP_ELEMENTS_OUT,
  PROP_ELEMENTS_DROPPED,
  PROP_ELEMENTS_FAILED,
  PROP_ELEMENTS_TIMED_OUT,
  PROP_RETRIES,
  PROP_QUEUE_LENGTH,
  PROP_QUEUE_BOUND,
  PROP_BUSY_TIME,
  PROP_INPUT_WAIT_TIME,
  PROP_OUTPUT_WAIT_TIME,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];

static void
pl_stage_status_get_property (GObject *object, guint property, GValue *value, GParamSpec *pspec)
{
  PlStageStatus *self = PL_STAGE_STATUS (object);
  const PlStageFigures *figures = &self->figures;

  switch (property)
    {
    case PROP_STAGE:
      g_value_set_object (value, self->stage);
      break;

    case PROP_DONE:
      g_value_set_boolean (value, self->figures.n_active == 0);
      break;

    case PROP_ACTIVE_WORKERS:
      g_value_set_uint (value, figures->n_active);
      break;

    case PROP_ELEMENTS_IN:
      g_value_set_uint64 (value, figures->n_in);
      break;

    case PROP_ELEMENTS_OUT:
      g_value_set_uint64 (value, figures->n_out);
      break;

    case PROP_ELEMENTS_DROPPED:
      g_value_set_uint64 (value, figures->n_dropped);
      break;

    case PROP_ELEMENTS_FAILED:
      g_value_set_uint64 (value, figures->n_failed);
      break;

    case PROP_ELEMENTS_TIMED_OUT:
      g_value_set_uint64 (value, figures->n_timed_out);
      break;

    case PROP_RETRIES:
      g_value_set_uint64 (value, figures->n_retries);
      break;

    case PROP_QUEUE_LENGTH:
      g_value_set_uint (value, figures->queue_length);
      break;

    case PROP_QUEUE_BOUND:
      g_value_set_uint (value, figures->queue_bound);
      break;

    case PROP_BUSY_TIME:
      g_value_set_int64 (value, figures->time[PL_ACTIVITY_BUSY]);
      break;

    case PROP_INPUT_WAIT_TIME:
      g_value_set_int64 (value, figures->time[PL_ACTIVITY_WAITING]);
      break;

    case PROP_OUTPUT_WAIT_TIME:
      g_value_set_int64 (value, figures->time[PL_ACTIVITY_BLOCKED]);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property, pspec);
    }
}

static void
pl_stage_status_finalize (GObject *object)
{
  g_clear_object (&PL_STAGE_STATUS (object)->stage);

  G_OBJECT_CLASS (pl_stage_status_parent_class)->finalize (object);
}

static void
pl_stage_status_class_init (PlStageStatusClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->finalize = pl_stage_status_finalize;
  object_class->get_property = pl_stage_status_get_property;

  /**
   * PlStageStatus:stage:
   *
   * The stage that the figures are of.
   *
   * Since: 1.0
   */
  properties[PROP_STAGE] = g_param_spec_object ("stage", NULL, NULL, PL_TYPE_STAGE, flags);

  /**
   * PlStageStatus:done: (getter get_done)
   *
   * Whether no worker was active any more. pypeln: `stage_status.done`
   *
   * Since: 1.0
   */
  properties[PROP_DONE] = g_param_spec_boolean ("done", NULL, NULL, FALSE, flags);

  /**
   * PlStageStatus:active-workers: (getter get_active_workers)
   *
   * How many workers had not begun to end. pypeln: `stage_status.active_workers`
   *
   * Since: 1.0
   */
  properties[PROP_ACTIVE_WORKERS] =
    g_param_spec_uint ("active-workers", NULL, NULL, 0, G_MAXUINT, 0, flags);

  /**
   * PlStageStatus:elements-in: (getter get_elements_in)
   *
   * How many elements the workers had begun.
   *
   * Since: 1.0
   */
  properties[PROP_ELEMENTS_IN] =
    g_param_spec_uint64 ("elements-in", NULL, NULL, 0, G_MAXUINT64, 0, flags);

  /**
   * PlStageStatus:elements-out: (getter get_elements_out)
   *
   * How many elements the workers had passed on.
   *
   * Since: 1.0
   */
  properties[PROP_ELEMENTS_OUT] =
    g_param_spec_uint64 ("elements-out", NULL, NULL, 0, G_MAXUINT64, 0, flags);

  /**
   * PlStageStatus:elements-dropped: (getter get_elements_dropped)
   *
   * How many elements a filter had not kept.
   *
   * Since: 1.0
   */
  properties[PROP_ELEMENTS_DROPPED] =
    g_param_spec_uint64 ("elements-dropped", NULL, NULL, 0, G_MAXUINT64, 0, flags);

  /**
   * PlStageStatus:elements-failed: (getter get_elements_failed)
   *
   * How many elements the function had failed with and the run went on without, as
   * [property@Pl.Stage:error-policy] told it to.
   *
   * Since: 1.0
   */
  properties[PROP_ELEMENTS_FAILED] =
    g_param_spec_uint64 ("elements-failed", NULL, NULL, 0, G_MAXUINT64, 0, flags);

  /**
   * PlStageStatus:elements-timed-out: (getter get_elements_timed_out)
   *
   * How many elements had taken longer than [property@Pl.Stage:timeout].
   *
   * Since: 1.0
   */
  properties[PROP_ELEMENTS_TIMED_OUT] =
    g_param_spec_uint64 ("elements-timed-out", NULL, NULL, 0, G_MAXUINT64, 0, flags);

  /**
   * PlStageStatus:retries: (getter get_retries)
   *
   * How many calls had been repeated, see [property@Pl.Stage:retries].
   *
   * Since: 1.0
   */
  properties[PROP_RETRIES] =
    g_param_spec_uint64 ("retries", NULL, NULL, 0, G_MAXUINT64, 0, flags);

  /**
   * PlStageStatus:queue-length: (getter get_queue_length)
   *
   * How many elements waited in front of the stage.
   *
   * Since: 1.0
   */
  properties[PROP_QUEUE_LENGTH] =
    g_param_spec_uint ("queue-length", NULL, NULL, 0, G_MAXUINT, 0, flags);

  /**
   * PlStageStatus:queue-bound: (getter get_queue_bound)
   *
   * How many elements could wait in front of the stage; 0: as many as come.
   *
   * Since: 1.0
   */
  properties[PROP_QUEUE_BOUND] =
    g_param_spec_uint ("queue-bound", NULL, NULL, 0, G_MAXUINT, 0, flags);

  /**
   * PlStageStatus:busy-time: (getter get_busy_time)
   *
   * How long the workers had run functions, all together, in microseconds. In sync stages and
   * sources it is estimated from every sixteenth call; in a task stage it is the time in which an
   * element was under way.
   *
   * Since: 1.0
   */
  properties[PROP_BUSY_TIME] =
    g_param_spec_int64 ("busy-time", NULL, NULL, 0, G_MAXINT64, 0, flags);

  /**
   * PlStageStatus:input-wait-time: (getter get_input_wait_time)
   *
   * How long the workers had waited for elements, all together, in microseconds.
   *
   * Since: 1.0
   */
  properties[PROP_INPUT_WAIT_TIME] =
    g_param_spec_int64 ("input-wait-time", NULL, NULL, 0, G_MAXINT64, 0, flags);

  /**
   * PlStageStatus:output-wait-time: (getter get_output_wait_time)
   *
   * How long the workers had waited for a place behind the stage, all together, in microseconds.
   *
   * Since: 1.0
   */
  properties[PROP_OUTPUT_WAIT_TIME] =
    g_param_spec_int64 ("output-wait-time", NULL, NULL, 0, G_MAXINT64, 0, flags);

  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
}

static void
pl_stage_status_init (PlStageStatus *self)
{
}

PlStageStatus *
pl_stage_status_new (PlStage *stage, const PlStageFigures *figures)
{
  PlStageStatus *self = g_object_new (PL_TYPE_STAGE_STATUS, NULL);

  self->stage = g_object_ref (stage);
  self->figures = *figures;
  return self;
}

const PlStageFigures *
pl_stage_status_get_figures (PlStageStatus *self)
{
  return &self->figures;
}

/* The figures of a stage that has several nodes in a run are the sum of theirs. */
void
pl_stage_figures_add (PlStageFigures *self, const PlStageFigures *other)
{
  self->n_workers += other->n_workers;
  self->n_active += other->n_active;
  self->n_in += other->n_in;
  self->n_out += other->n_out;
  self->n_dropped += other->n_dropped;
  self->n_failed += other->n_failed;
  self->n_timed_out += other->n_timed_out;
  self->n_retries += other->n_retries;
  self->queue_length += other->queue_length;
  self->queue_bound += other->queue_bound;
  for (guint i = 0; i < PL_N_ACTIVITIES; i++)
    self->time[i] += other->time[i];
}

/**
 * pl_stage_status_get_stage:
 * @self: a status
 *
 * Gets the stage that the figures are of.
 *
 * Returns: (transfer none): the stage
 *
 * Since: 1.0
 */
PlStage *
pl_stage_status_get_stage (PlStageStatus *self)
{
  g_return_val_if_fail (PL_IS_STAGE_STATUS (self), NULL);

  return self->stage;
}

/**
 * pl_stage_status_get_done: (get-property done)
 * @self: a status
 *
 * Tells whether no worker was active any more: the last worker's [callback@Pl.DoneFunc] sees this.
 *
 * Returns: TRUE if none was
 *
 * Since: 1.0
 */
gboolean
pl_stage_status_get_done (PlStageStatus *self)
{
  g_return_val_if_fail (PL_IS_STAGE_STATUS (self), FALSE);

  return self->figures.n_active == 0;
}

/**
 * pl_stage_status_get_active_workers: (get-property active-workers)
 * @self: a status
 *
 * Gets how many workers had not begun to end.
 *
 * Returns: the number of workers
 *
 * Since: 1.0
 */
guint
pl_stage_status_get_active_workers (PlStageStatus *self)
{
  g_return_val_if_fail (PL_IS_STAGE_STATUS (self), 0);

  return self->figures.n_active;
}

/**
 * pl_stage_status_get_elements_in: (get-property elements-in)
 * @self: a status
 *
 * Gets how many elements the workers had begun.
 *
 * Returns: the number of elements
 *
 * Since: 1.0
 */
guint64
pl_stage_status_get_elements_in (PlStageStatus *self)
{
  g_return_val_if_fail (PL_IS_STAGE_STATUS (self), 0);

  return self->figures.n_in;
}

/**
 * pl_stage_status_get_elements_out: (get-property elements-out)
 * @self: a status
 *
 * Gets how many elements the workers had passed on.
 *
 * Returns: the number of elements
 *
 * Since: 1.0
 */
guint64
pl_stage_status_get_elements_out (PlStageStatus *self)
{
  g_return_val_if_fail (PL_IS_STAGE_STATUS (self), 0);

  return self->figures.n_out;
}

/**
 * pl_stage_status_get_elements_dropped: (get-property elements-dropped)
 * @self: a status
 *
 * Gets how many elements a filter had not kept.
 *
 * Returns: the number of elements
 *
 * Since: 1.0
 */
guint64
pl_stage_status_get_elements_dropped (PlStageStatus *self)
{
  g_return_val_if_fail (PL_IS_STAGE_STATUS (self), 0);

  return self->figures.n_dropped;
}

/**
 * pl_stage_status_get_elements_failed: (get-property elements-failed)
 * @self: a status
 *
 * Gets how many elements the function had failed with and the run went on without.
 *
 * Returns: the number of elements
 *
 * Since: 1.0
 */
guint64
pl_stage_status_get_elements_failed (PlStageStatus *self)
{
  g_return_val_if_fail (PL_IS_STAGE_STATUS (self), 0);

  return self->figures.n_failed;
}

/**
 * pl_stage_status_get_elements_timed_out: (get-property elements-timed-out)
 * @self: a status
 *
 * Gets how many elements had taken too long.
 *
 * Returns: the number of elements
 *
 * Since: 1.0
 */
guint64
pl_stage_status_get_elements_timed_out (PlStageStatus *self)
{
  g_return_val_if_fail (PL_IS_STAGE_STATUS (self), 0);

  return self->figures.n_timed_out;
}

/**
 * pl_stage_status_get_retries: (get-property retries)
 * @self: a status
 *
 * Gets how many calls had been repeated.
 *
 * Returns: the number of calls
 *
 * Since: 1.0
 */
guint64
pl_stage_status_get_retries (PlStageStatus *self)
{
  g_return_val_if_fail (PL_IS_STAGE_STATUS (self), 0);

  return self->figures.n_retries;
}

/**
 * pl_stage_status_get_queue_length: (get-property queue-length)
 * @self: a status
 *
 * Gets how many elements waited in front of the stage.
 *
 * Returns: the number of elements
 *
 * Since: 1.0
 */
guint
pl_stage_status_get_queue_length (PlStageStatus *self)
{
  g_return_val_if_fail (PL_IS_STAGE_STATUS (self), 0);

  return self->figures.queue_length;
}

/**
 * pl_stage_status_get_queue_bound: (get-property queue-bound)
 * @self: a status
 *
 * Gets how many elements could wait in front of the stage.
 *
 * Returns: the number of elements, or 0 for no bound
 *
 * Since: 1.0
 */
guint
pl_stage_status_get_queue_bound (PlStageStatus *self)
{
  g_return_val_if_fail (PL_IS_STAGE_STATUS (self), 0);

  return self->figures.queue_bound;
}

/**
 * pl_stage_status_get_busy_time: (get-property busy-time)
 * @self: a status
 *
 * Gets how long the workers had run functions, all together; in a task stage, for how long an
 * element was under way.
 *
 * Returns: the time in microseconds
 *
 * Since: 1.0
 */
gint64
pl_stage_status_get_busy_time (PlStageStatus *self)
{
  g_return_val_if_fail (PL_IS_STAGE_STATUS (self), 0);

  return self->figures.time[PL_ACTIVITY_BUSY];
}

/**
 * pl_stage_status_get_input_wait_time: (get-property input-wait-time)
 * @self: a status
 *
 * Gets how long the workers had waited for elements, all together.
 *
 * Returns: the time in microseconds
 *
 * Since: 1.0
 */
gint64
pl_stage_status_get_input_wait_time (PlStageStatus *self)
{
  g_return_val_if_fail (PL_IS_STAGE_STATUS (self), 0);

  return self->figures.time[PL_ACTIVITY_WAITING];
}

/**
 * pl_stage_status_get_output_wait_time: (get-property output-wait-time)
 * @self: a status
 *
 * Gets how long the workers had waited for a place behind the stage, all together.
 *
 * Returns: the time in microseconds
 *
 * Since: 1.0
 */
gint64
pl_stage_status_get_output_wait_time (PlStageStatus *self)
{
  g_return_val_if_fail (PL_IS_STAGE_STATUS (self), 0);

  return self->figures.time[PL_ACTIVITY_BLOCKED];
}
