/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-filter.h"

#include "pl-stage-private.h"
#include "pl-worker-private.h"

/**
 * PlFilter:
 *
 * A stage that passes some of its elements on: [func@Pl.thread_filter], [func@Pl.task_filter],
 * [func@Pl.process_filter], [func@Pl.sync_filter].
 *
 * Elements keep their index. pypeln: `filter`
 *
 * Since: 1.0
 */

struct _PlFilter
{
  PlStage parent_instance;
};

struct _PlFilterClass
{
  PlStageClass parent_class;
};

G_DEFINE_FINAL_TYPE (PlFilter, pl_filter, PL_TYPE_STAGE)

static gboolean
pl_filter_call (PlCallback *callback,
                const GValue *element,
                gboolean *keep,
                PlWorker *worker,
                GError **error)
{
  GValue result = G_VALUE_INIT;

  if (callback->closure == NULL)
    return ((PlFilterFunc) callback->func) (element, keep, worker, callback->user_data, error);

  g_value_init (&result, G_TYPE_BOOLEAN);
  if (!pl_worker_invoke (worker, callback, element, &result, error))
    return FALSE;

  *keep = g_value_get_boolean (&result);
  return TRUE;
}

static gboolean
pl_filter_put (PlElement *element, gboolean keep, PlWorker *worker, GError **error)
{
  if (keep)
    return pl_worker_put (worker, element, error);

  pl_worker_drop (worker);
  return TRUE;
}

static gboolean
pl_filter_process (PlStage *stage, PlElement *element, PlWorker *worker, GError **error)
{
  gboolean keep = FALSE;

  return pl_filter_call (stage->callback, &element->value, &keep, worker, error) &&
         pl_filter_put (element, keep, worker, error);
}

static gboolean
pl_filter_accept (PlStage *stage,
                  PlElement *element,
                  GValue *returned,
                  PlWorker *worker,
                  GError **error)
{
  return pl_filter_put (element, g_value_get_boolean (returned), worker, error);
}

static void
pl_filter_class_init (PlFilterClass *klass)
{
  PlStageClass *stage_class = PL_STAGE_CLASS (klass);

  stage_class->operation = "filter";
  stage_class->max_inputs = 1;
  stage_class->needs_callback = TRUE;
  stage_class->returns = PL_RETURNS_WHETHER;
  stage_class->process = pl_filter_process;
  stage_class->accept = pl_filter_accept;
}

static void
pl_filter_init (PlFilter *self)
{
}
