/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-map-private.h"

#include "pl-error.h"
#include "pl-stage-private.h"
#include "pl-worker-private.h"

/**
 * PlMap:
 *
 * A stage that makes one element of each: [func@Pl.thread_map], [func@Pl.task_map],
 * [func@Pl.process_map], [func@Pl.sync_map].
 *
 * The result keeps the element's index. pypeln: `map`
 *
 * Since: 1.0
 */

struct _PlMap
{
  PlStage parent_instance;

  GType result_type; /* of a closure's result; G_TYPE_NONE: the closure's to choose */
};

struct _PlMapClass
{
  PlStageClass parent_class;
};

G_DEFINE_FINAL_TYPE (PlMap, pl_map, PL_TYPE_STAGE)

static gboolean
pl_map_call (PlMap *self, const GValue *element, GValue *result, PlWorker *worker, GError **error)
{
  PlCallback *callback = PL_STAGE (self)->callback;

  if (callback->closure == NULL)
    return ((PlMapFunc) callback->func) (element, result, worker, callback->user_data, error);

  if (self->result_type != G_TYPE_NONE)
    g_value_init (result, self->result_type);
  return pl_worker_invoke (worker, callback, element, result, error);
}

/* Puts @result, which takes the place of @element. */
static gboolean
pl_map_put (PlElement *element, PlElement *result, PlWorker *worker, GError **error)
{
  if (G_VALUE_TYPE (&result->value) == 0)
    {
      g_set_error_literal (error, PL_ERROR, PL_ERROR_UNSET_RESULT,
                           "The function succeeded and left its result uninitialised; "
                           "g_value_init() and set it, or give a closure a result type");
      return FALSE;
    }

  result->index = element->index;
  element->index.n = 0;
  return pl_worker_put (worker, result, error);
}

static gboolean
pl_map_process (PlStage *stage, PlElement *element, PlWorker *worker, GError **error)
{
  g_auto(PlElement) result = PL_ELEMENT_INIT;

  return pl_map_call (PL_MAP (stage), &element->value, &result.value, worker, error) &&
         pl_map_put (element, &result, worker, error);
}

static gboolean
pl_map_accept (PlStage *stage,
               PlElement *element,
               GValue *returned,
               PlWorker *worker,
               GError **error)
{
  static const GValue unset = G_VALUE_INIT;
  g_auto(PlElement) result = PL_ELEMENT_INIT;

  result.value = *returned;
  *returned = unset;
  return pl_map_put (element, &result, worker, error);
}

static void
pl_map_class_init (PlMapClass *klass)
{
  PlStageClass *stage_class = PL_STAGE_CLASS (klass);

  stage_class->operation = "map";
  stage_class->max_inputs = 1;
  stage_class->needs_callback = TRUE;
  stage_class->returns = PL_RETURNS_VALUE;
  stage_class->process = pl_map_process;
  stage_class->accept = pl_map_accept;
}

static void
pl_map_init (PlMap *self)
{
  self->result_type = G_TYPE_NONE;
}

/* Takes @callback. */
PlStage *
pl_map_new (PlWorkerKind kind, PlStage *input, PlCallback *callback, GType result_type)
{
  PlStage *stage = pl_stage_new (PL_TYPE_MAP, kind, input, callback);

  PL_MAP (stage)->result_type = result_type;
  return stage;
}
