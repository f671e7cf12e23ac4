/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-each.h"

#include "pl-stage-private.h"
#include "pl-worker-private.h"

/**
 * PlEach:
 *
 * A stage that does something with its elements and passes none on: [func@Pl.thread_each],
 * [func@Pl.task_each], [func@Pl.process_each], [func@Pl.sync_each].
 *
 * It is what a pipeline ends in that is run for what it does: see [method@Pl.Stage.run].
 * pypeln: `each`
 *
 * Since: 1.0
 */

struct _PlEach
{
  PlStage parent_instance;
};

struct _PlEachClass
{
  PlStageClass parent_class;
};

G_DEFINE_FINAL_TYPE (PlEach, pl_each, PL_TYPE_STAGE)

static gboolean
pl_each_process (PlStage *stage, PlElement *element, PlWorker *worker, GError **error)
{
  PlCallback *callback = stage->callback;

  if (callback->closure != NULL)
    return pl_worker_invoke (worker, callback, &element->value, NULL, error);

  return ((PlEachFunc) callback->func) (&element->value, worker, callback->user_data, error);
}

static void
pl_each_class_init (PlEachClass *klass)
{
  PlStageClass *stage_class = PL_STAGE_CLASS (klass);

  stage_class->operation = "each";
  stage_class->max_inputs = 1;
  stage_class->needs_callback = TRUE;
  stage_class->process = pl_each_process;
}

static void
pl_each_init (PlEach *self)
{
}
