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
  gboolean is_origin; /* it numbers what it makes as a source does, whatever its input is */
};

/* What the function of an operation returns. */
typedef enum
{
  PL_RETURNS_NOTHING,
  PL_RETURNS_VALUE,   /* takes the element's place */
  PL_RETURNS_WHETHER, /* tells whether the element is kept */
} PlReturns;

/* An operation: what becomes of an element, whoever the worker is. The functions run on the
 * worker's thread, and hand on what they make with pl_worker_put(). */
struct _PlStageClass
{
  GObjectClass parent_class;

  const char *operation; /* what the API calls it: “flat_map” */
  guint max_inputs;
  gboolean needs_callback;
  PlReturns returns;       /* what its function does */
  gboolean emits;          /* its function calls pl_worker_emit() */
  gboolean restores_order; /* one worker does it, which knows what is on its way */

  /* Turns @element into none, one or many; may move it on. */
  gboolean (*process) (PlStage *self, PlElement *element, PlWorker *worker, GError **error);

  /* What process() does from when its function has returned @returned, which is empty where it
   * returns nothing. NULL: that is nothing. */
  gboolean (*accept) (PlStage *self,
                      PlElement *element,
                      GValue *returned,
                      PlWorker *worker,
                      GError **error);

  /* An operation that holds elements back puts those that it can, @at_end all. */
  gboolean (*flush) (PlStage *self, PlWorker *worker, gboolean at_end, GError **error);

  /* Makes the state of a worker, on the thread that starts the run, and must not block; close()
   * frees it. */
  gpointer (*open) (PlStage *self);
  void (*close) (PlStage *self, gpointer state);

  /* Tells whether generate() waits for something: a disk, somebody else. NULL: it does not. */
  gboolean (*blocks) (PlStage *self);

  /* A stage without inputs puts its next element; returns FALSE at the end, or with @error set. */
  gboolean (*generate) (PlStage *self, gpointer state, PlWorker *worker, GError **error);
};

#define PL_STAGE_CLASS(klass) (G_TYPE_CHECK_CLASS_CAST ((klass), PL_TYPE_STAGE, PlStageClass))
#define PL_STAGE_GET_CLASS(self) (G_TYPE_INSTANCE_GET_CLASS ((self), PL_TYPE_STAGE, PlStageClass))

PlStage *pl_stage_new (GType type, PlWorkerKind kind, PlStage *input, PlCallback *callback);

const char *pl_stage_get_label (PlStage *self, const PlStageSettings *settings);

gboolean pl_stage_wants_skipped (PlStage *self);

void pl_stage_emit_skipped (PlStage *self, const GValue *element, const GError *error);

void pl_stage_prefix_error (PlStage *self,
                            const PlStageSettings *settings,
                            const char *details,
                            GError **error);

G_END_DECLS
