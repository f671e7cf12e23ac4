/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "pl-input-private.h"
#include "pl-queue-private.h"
#include "pl-stage-private.h"

G_BEGIN_DECLS

typedef struct _PlNode PlNode;
typedef struct _PlRun PlRun;

/* One stage in one run. */
struct _PlNode
{
  /* fixed when the run starts */
  PlRun *run; /* which owns the node */
  PlStage *stage;
  PlStageSettings settings;
  PlQueue *queue;     /* where workers that have threads take elements */
  GArray *inputs;     /* PlInput: where a worker that has none takes them */
  GPtrArray *outputs; /* PlQueue: where elements go; empty where whoever takes runs the worker */
  GPtrArray *workers;

  /* atomic */
  guint n_active;  /* workers that have not begun to end */
  guint n_present; /* workers that have not ended, on_done included */
};

PlNode *pl_node_new (PlRun *run, PlStage *stage);

void pl_node_free (PlNode *self);

void pl_node_add_worker (PlNode *self, PlWorker *worker);

gboolean pl_node_put (PlNode *self, PlElement *element, GError **error);

PlStageStatus *pl_node_deactivate_worker (PlNode *self);

void pl_node_remove_worker (PlNode *self);

G_END_DECLS
