/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-flat-map.h"

#include "pl-stage-private.h"
#include "pl-worker-private.h"

/**
 * PlFlatMap:
 *
 * A stage that makes none, one or many elements of each: [func@Pl.thread_flat_map],
 * [func@Pl.task_flat_map], [func@Pl.process_flat_map], [func@Pl.sync_flat_map].
 *
 * What is made of an element has its index, and behind it its own number among them. Thread, task
 * and process stages pass on what is emitted at once, unless they have
 * [property@Pl.Stage:retries]; a sync stage does when its function has returned. pypeln: `flat_map`
 *
 * Since: 1.0
 */

struct _PlFlatMap
{
  PlStage parent_instance;
};

struct _PlFlatMapClass
{
  PlStageClass parent_class;
};

G_DEFINE_FINAL_TYPE (PlFlatMap, pl_flat_map, PL_TYPE_STAGE)

static gboolean
pl_flat_map_process (PlStage *stage, PlElement *element, PlWorker *worker, GError **error)
{
  PlCallback *callback = stage->callback;

  if (callback->closure != NULL)
    return pl_worker_invoke (worker, callback, &element->value, NULL, error);

  return ((PlFlatMapFunc) callback->func) (&element->value, worker, callback->user_data, error);
}

static void
pl_flat_map_class_init (PlFlatMapClass *klass)
{
  PlStageClass *stage_class = PL_STAGE_CLASS (klass);

  stage_class->operation = "flat_map";
  stage_class->max_inputs = 1;
  stage_class->needs_callback = TRUE;
  stage_class->emits = TRUE;
  stage_class->process = pl_flat_map_process;
}

static void
pl_flat_map_init (PlFlatMap *self)
{
}
