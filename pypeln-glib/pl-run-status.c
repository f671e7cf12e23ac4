/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-run-status-private.h"

#include "pl-dot-private.h"
#include "pl-worker-private.h"

/**
 * PlRunStatus:
 *
 * The figures of a run, as they were at one moment. They do not change.
 *
 * [method@Pl.Iterator.dup_status] makes it. It has a [class@Pl.StageStatus] for each stage, and
 * tells which of them holds up the others.
 *
 * Since: 1.0
 */

struct _PlRunStatus
{
  GObject parent_instance;

  PlStage *last;
  GPtrArray *stages; /* PlStageStatus */
  PlStage *bottleneck;
  gint64 elapsed;
  guint64 n_elements;
  guint queue_length;
  guint queue_bound;
};

G_DEFINE_FINAL_TYPE (PlRunStatus, pl_run_status, G_TYPE_OBJECT)

enum
{
  PROP_STAGES = 1,
  PROP_BOTTLENECK,
  PROP_DONE,
  PROP_ELAPSED,
  PROP_ELEMENTS,
  PROP_QUEUE_LENGTH,
  PROP_QUEUE_BOUND,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];

static void
pl_run_status_get_property (GObject *object, guint property, GValue *value, GParamSpec *pspec)
{
  PlRunStatus *self = PL_RUN_STATUS (object);

  switch (property)
    {
    case PROP_STAGES:
      g_value_set_boxed (value, self->stages);
      break;

    case PROP_BOTTLENECK:
      g_value_set_object (value, self->bottleneck);
      break;

    case PROP_DONE:
      g_value_set_boolean (value, pl_run_status_get_done (self));
      break;

    case PROP_ELAPSED:
      g_value_set_int64 (value, self->elapsed);
      break;

    case PROP_ELEMENTS:
      g_value_set_uint64 (value, self->n_elements);
      break;

    case PROP_QUEUE_LENGTH:
      g_value_set_uint (value, self->queue_length);
      break;

    case PROP_QUEUE_BOUND:
      g_value_set_uint (value, self->queue_bound);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property, pspec);
    }
}

static void
pl_run_status_finalize (GObject *object)
{
  PlRunStatus *self = PL_RUN_STATUS (object);

  g_ptr_array_unref (self->stages);
  g_clear_object (&self->bottleneck);
  g_clear_object (&self->last);

  G_OBJECT_CLASS (pl_run_status_parent_class)->finalize (object);
}

static void
pl_run_status_class_init (PlRunStatusClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->get_property = pl_run_status_get_property;
  object_class->finalize = pl_run_status_finalize;

  /**
   * PlRunStatus:stages: (getter get_stages) (type GLib.PtrArray(PlStageStatus))
   *
   * The figures of each stage: of the last stage first, and of each before those of its inputs.
   *
   * Since: 1.0
   */
  properties[PROP_STAGES] = g_param_spec_boxed ("stages", NULL, NULL, G_TYPE_PTR_ARRAY, flags);

  /**
   * PlRunStatus:bottleneck: (getter get_bottleneck)
   *
   * The stage that holds up the others, see [method@Pl.RunStatus.get_bottleneck].
   *
   * Since: 1.0
   */
  properties[PROP_BOTTLENECK] = g_param_spec_object ("bottleneck", NULL, NULL, PL_TYPE_STAGE,
                                                     flags);

  /**
   * PlRunStatus:done: (getter get_done)
   *
   * Whether no stage had an active worker any more.
   *
   * Since: 1.0
   */
  properties[PROP_DONE] = g_param_spec_boolean ("done", NULL, NULL, FALSE, flags);

  /**
   * PlRunStatus:elapsed: (getter get_elapsed)
   *
   * How long the run had been going on, in microseconds.
   *
   * Since: 1.0
   */
  properties[PROP_ELAPSED] = g_param_spec_int64 ("elapsed", NULL, NULL, 0, G_MAXINT64, 0, flags);

  /**
   * PlRunStatus:elements: (getter get_elements)
   *
   * How many elements the consumer had taken.
   *
   * Since: 1.0
   */
  properties[PROP_ELEMENTS] = g_param_spec_uint64 ("elements", NULL, NULL, 0, G_MAXUINT64, 0,
                                                   flags);

  /**
   * PlRunStatus:queue-length: (getter get_queue_length)
   *
   * How many elements waited for the consumer.
   *
   * Since: 1.0
   */
  properties[PROP_QUEUE_LENGTH] = g_param_spec_uint ("queue-length", NULL, NULL, 0, G_MAXUINT, 0,
                                                     flags);

  /**
   * PlRunStatus:queue-bound: (getter get_queue_bound)
   *
   * How many elements could wait for the consumer; 0: as many as come.
   *
   * Since: 1.0
   */
  properties[PROP_QUEUE_BOUND] = g_param_spec_uint ("queue-bound", NULL, NULL, 0, G_MAXUINT, 0,
                                                    flags);

  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
}

static void
pl_run_status_init (PlRunStatus *self)
{
  self->stages = g_ptr_array_new_with_free_func (g_object_unref);
}

/* The figures of the stage of nodes[position], or NULL if they have been told for one before it. */
static PlStageStatus *
pl_run_status_sum_up (GPtrArray *nodes, guint position)
{
  PlNode *node = g_ptr_array_index (nodes, position);
  PlStageFigures sum = { 0 };

  for (guint i = 0; i < nodes->len; i++)
    {
      PlNode *other = g_ptr_array_index (nodes, i);
      PlStageFigures figures;

      if (other->stage != node->stage)
        continue;
      if (i < position)
        return NULL;

      pl_node_get_figures (other, &figures);
      pl_stage_figures_add (&sum, &figures);
    }

  return pl_stage_status_new (node->stage, &sum);
}

/* How long the stages that the consumer runs, inside of its calls, have been busy. */
static gint64
pl_run_status_get_inline_time (const PlInput *input)
{
  PlStageFigures figures;
  gint64 time;

  if (input->worker == NULL)
    return 0;

  pl_node_get_figures (input->worker->node, &figures);
  time = figures.time[PL_ACTIVITY_BUSY];
  for (guint i = 0; i < input->worker->node->inputs->len; i++)
    time += pl_run_status_get_inline_time (&g_array_index (input->worker->node->inputs, PlInput,
                                                           i));
  return time;
}

/* Finds the stage whose workers are the busiest, if they are busier than the consumer, whose share
 * is @most. */
static void
pl_run_status_find_bottleneck (PlRunStatus *self, double most)
{
  for (guint i = 0; i < self->stages->len; i++)
    {
      PlStageStatus *status = g_ptr_array_index (self->stages, i);
      const PlStageFigures *figures = pl_stage_status_get_figures (status);
      double share = (double) figures->time[PL_ACTIVITY_BUSY] / MAX (figures->n_workers, 1);

      if (share > most)
        {
          most = share;
          g_set_object (&self->bottleneck, pl_stage_status_get_stage (status));
        }
    }
}

/* The consumer has taken @n_elements, and has waited for them for so many microseconds. */
PlRunStatus *
pl_run_status_new (PlRun *run, PlStage *last, guint64 n_elements, gint64 consumer_waited)
{
  PlRunStatus *self = g_object_new (PL_TYPE_RUN_STATUS, NULL);
  GPtrArray *nodes = pl_run_get_nodes (run);
  const PlInput *input = pl_run_get_input (run);

  self->last = g_object_ref (last);
  self->n_elements = n_elements;
  self->elapsed = pl_run_get_elapsed (run, g_get_monotonic_time ());
  if (input->queue != NULL)
    {
      self->queue_length = pl_queue_get_length (input->queue);
      self->queue_bound = pl_queue_get_bound (input->queue);
    }

  for (guint i = 0; i < nodes->len; i++)
    {
      PlStageStatus *status = pl_run_status_sum_up (nodes, i);

      if (status != NULL)
        g_ptr_array_add (self->stages, status);
    }

  pl_run_status_find_bottleneck (self, self->elapsed - consumer_waited -
                                         pl_run_status_get_inline_time (input));
  return self;
}

/**
 * pl_run_status_get_stages: (get-property stages)
 * @self: a status
 *
 * Gets the figures of each stage: of the last stage first, and of each before those of its inputs.
 *
 * A run that could not be built, because of what its first error tells, has none.
 *
 * Returns: (transfer none) (element-type PlStageStatus): the figures
 *
 * Since: 1.0
 */
GPtrArray *
pl_run_status_get_stages (PlRunStatus *self)
{
  g_return_val_if_fail (PL_IS_RUN_STATUS (self), NULL);

  return self->stages;
}

/**
 * pl_run_status_get_stage_status:
 * @self: a status
 * @stage: a stage of the run
 *
 * Gets the figures of one stage.
 *
 * Returns: (transfer none) (nullable): the figures, or NULL if the run has no such stage
 *
 * Since: 1.0
 */
PlStageStatus *
pl_run_status_get_stage_status (PlRunStatus *self, PlStage *stage)
{
  g_return_val_if_fail (PL_IS_RUN_STATUS (self), NULL);
  g_return_val_if_fail (PL_IS_STAGE (stage), NULL);

  for (guint i = 0; i < self->stages->len; i++)
    {
      PlStageStatus *status = g_ptr_array_index (self->stages, i);

      if (pl_stage_status_get_stage (status) == stage)
        return status;
    }

  return NULL;
}

/**
 * pl_run_status_get_bottleneck: (get-property bottleneck)
 * @self: a status
 *
 * Gets the stage that holds up the others: the one whose workers had been busy for the greatest
 * part of the time. More workers, or a faster function, help there, and nowhere else.
 *
 * Returns: (transfer none) (nullable): the stage, or NULL if the consumer, or nobody, held up the
 *   others
 *
 * Since: 1.0
 */
PlStage *
pl_run_status_get_bottleneck (PlRunStatus *self)
{
  g_return_val_if_fail (PL_IS_RUN_STATUS (self), NULL);

  return self->bottleneck;
}

/**
 * pl_run_status_get_done: (get-property done)
 * @self: a status
 *
 * Tells whether no stage had an active worker any more.
 *
 * Returns: TRUE if none had
 *
 * Since: 1.0
 */
gboolean
pl_run_status_get_done (PlRunStatus *self)
{
  g_return_val_if_fail (PL_IS_RUN_STATUS (self), FALSE);

  for (guint i = 0; i < self->stages->len; i++)
    {
      if (!pl_stage_status_get_done (g_ptr_array_index (self->stages, i)))
        return FALSE;
    }

  return TRUE;
}

/**
 * pl_run_status_get_elapsed: (get-property elapsed)
 * @self: a status
 *
 * Gets how long the run had been going on.
 *
 * Returns: the time in microseconds
 *
 * Since: 1.0
 */
gint64
pl_run_status_get_elapsed (PlRunStatus *self)
{
  g_return_val_if_fail (PL_IS_RUN_STATUS (self), 0);

  return self->elapsed;
}

/**
 * pl_run_status_get_elements: (get-property elements)
 * @self: a status
 *
 * Gets how many elements the consumer had taken.
 *
 * Returns: the number of elements
 *
 * Since: 1.0
 */
guint64
pl_run_status_get_elements (PlRunStatus *self)
{
  g_return_val_if_fail (PL_IS_RUN_STATUS (self), 0);

  return self->n_elements;
}

/**
 * pl_run_status_get_queue_length: (get-property queue-length)
 * @self: a status
 *
 * Gets how many elements waited for the consumer.
 *
 * Returns: the number of elements; 0 where the last stage is a sync stage, which has no queue
 *
 * Since: 1.0
 */
guint
pl_run_status_get_queue_length (PlRunStatus *self)
{
  g_return_val_if_fail (PL_IS_RUN_STATUS (self), 0);

  return self->queue_length;
}

/**
 * pl_run_status_get_queue_bound: (get-property queue-bound)
 * @self: a status
 *
 * Gets how many elements could wait for the consumer.
 *
 * Returns: the number of elements, or 0 for no bound
 *
 * Since: 1.0
 */
guint
pl_run_status_get_queue_bound (PlRunStatus *self)
{
  g_return_val_if_fail (PL_IS_RUN_STATUS (self), 0);

  return self->queue_bound;
}

/**
 * pl_run_status_to_dot:
 * @self: a status
 *
 * Draws the pipeline with its figures, as [method@Pl.Stage.to_dot] does without. The bottleneck has
 * a thick border.
 *
 * Returns: (transfer full): the graph
 *
 * Since: 1.0
 */
char *
pl_run_status_to_dot (PlRunStatus *self)
{
  g_return_val_if_fail (PL_IS_RUN_STATUS (self), NULL);

  return pl_dot_new (self->last, self);
}
