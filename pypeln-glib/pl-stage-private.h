/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "pl-callback-private.h"
#include "pl-element-private.h"
#include "pl-stage-settings-private.h"
#include "pl-stage.h"

G_BEGIN_DECLS

typedef struct _PlStageClass PlStageClass;

struct _PlStage
{
  GObject parent_instance;

  PlStageSettings settings;
  GPtrArray *inputs;
  PlCallback *callback;
};

/* An operation: what becomes of an element, whoever the worker is. The functions run on the
 * worker's thread, and hand on what they make with pl_worker_put(). */
struct _PlStageClass
{
  GObjectClass parent_class;

  const char *operation; /* what the API calls it: “flat_map” */
  guint max_inputs;
  gboolean needs_callback;
  gboolean emits; /* its function calls pl_worker_emit() */

  /* Turns @element into none, one or many; may move it on. */
  gboolean (*process) (PlStage *self, PlElement *element, PlWorker *worker, GError **error);

  /* A stage without inputs has these instead: open() runs on the thread that starts the run and
   * must not block; generate() puts the next element, and returns FALSE at the end or with @error
   * set; close() frees what open() made. */
  gpointer (*open) (PlStage *self);
  gboolean (*generate) (PlStage *self, gpointer state, PlWorker *worker, GError **error);
  void (*close) (PlStage *self, gpointer state);
};

#define PL_STAGE_CLASS(klass) (G_TYPE_CHECK_CLASS_CAST ((klass), PL_TYPE_STAGE, PlStageClass))
#define PL_STAGE_GET_CLASS(self) (G_TYPE_INSTANCE_GET_CLASS ((self), PL_TYPE_STAGE, PlStageClass))

PlStage *pl_stage_new (GType type, PlWorkerKind kind, PlStage *input, PlCallback *callback);

const char *pl_stage_get_label (PlStage *self, const PlStageSettings *settings);

void pl_stage_prefix_error (PlStage *self,
                            const PlStageSettings *settings,
                            const char *details,
                            GError **error);

G_END_DECLS
