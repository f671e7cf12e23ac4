/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-concat-private.h"

#include "pl-stage-private.h"
#include "pl-worker-private.h"

/**
 * PlConcat:
 *
 * A stage that passes on the elements of several stages: [func@Pl.thread_concat],
 * [func@Pl.task_concat], [func@Pl.process_concat], [func@Pl.sync_concat].
 *
 * Thread, task and process stages pass them on as they come; a sync stage takes one of each input
 * in turn, as a task stage does with sync inputs. Elements keep their index, so indices may repeat.
 * pypeln: `concat`
 *
 * Since: 1.0
 */

struct _PlConcat
{
  PlStage parent_instance;
};

struct _PlConcatClass
{
  PlStageClass parent_class;
};

G_DEFINE_FINAL_TYPE (PlConcat, pl_concat, PL_TYPE_STAGE)

static gboolean
pl_concat_process (PlStage *stage, PlElement *element, PlWorker *worker, GError **error)
{
  return pl_worker_put (worker, element, error);
}

static void
pl_concat_class_init (PlConcatClass *klass)
{
  PlStageClass *stage_class = PL_STAGE_CLASS (klass);

  stage_class->operation = "concat";
  stage_class->max_inputs = G_MAXUINT;
  stage_class->process = pl_concat_process;
}

static void
pl_concat_init (PlConcat *self)
{
}

PlStage *
pl_concat_new (PlWorkerKind kind, PlStage **inputs, gsize n_inputs)
{
  PlStage *self = pl_stage_new (PL_TYPE_CONCAT, kind, NULL, NULL);

  for (gsize i = 0; i < n_inputs; i++)
    pl_stage_add_input (self, inputs[i]);

  return self;
}
