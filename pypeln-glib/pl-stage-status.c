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
  guint active_workers;
  guint64 elements_in;
  guint64 elements_out;
};

G_DEFINE_FINAL_TYPE (PlStageStatus, pl_stage_status, G_TYPE_OBJECT)

enum
{
  PROP_STAGE = 1,
  PROP_DONE,
  PROP_ACTIVE_WORKERS,
  PROP_ELEMENTS_IN,
  PROP_ELEMENTS_OUT,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];

static void
pl_stage_status_get_property (GObject *object, guint property, GValue *value, GParamSpec *pspec)
{
  PlStageStatus *self = PL_STAGE_STATUS (object);

  switch (property)
    {
    case PROP_STAGE:
      g_value_set_object (value, self->stage);
      break;

    case PROP_DONE:
      g_value_set_boolean (value, self->active_workers == 0);
      break;

    case PROP_ACTIVE_WORKERS:
      g_value_set_uint (value, self->active_workers);
      break;

    case PROP_ELEMENTS_IN:
      g_value_set_uint64 (value, self->elements_in);
      break;

    case PROP_ELEMENTS_OUT:
      g_value_set_uint64 (value, self->elements_out);
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

  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
}

static void
pl_stage_status_init (PlStageStatus *self)
{
}

PlStageStatus *
pl_stage_status_new (PlStage *stage,
                     guint active_workers,
                     guint64 elements_in,
                     guint64 elements_out)
{
  PlStageStatus *self = g_object_new (PL_TYPE_STAGE_STATUS, NULL);

  self->stage = g_object_ref (stage);
  self->active_workers = active_workers;
  self->elements_in = elements_in;
  self->elements_out = elements_out;
  return self;
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

  return self->active_workers == 0;
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

  return self->active_workers;
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

  return self->elements_in;
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

  return self->elements_out;
}
