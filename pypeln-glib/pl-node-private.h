/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "pl-frontier-private.h"
#include "pl-input-private.h"
#include "pl-queue-private.h"
#include "pl-reporter-private.h"
#include "pl-stage-private.h"
#include "pl-stage-status-private.h"

G_BEGIN_DECLS

typedef struct _PlNode PlNode;
typedef struct _PlRun PlRun;

/* Where elements of a stage go. */
typedef struct
{
  PlQueue *queue;   /* NULL: the consumer runs the stage, and takes what it makes */
  PlNode *consumer; /* NULL: the consumer of the run */
} PlOutput;

/* One stage in one run. */
struct _PlNode
{
  /* fixed when the run starts */
  PlRun *run; /* which owns the node */
  PlReporter *reporter;
  PlStage *stage;
  PlStageSettings settings;
  PlQueue *queue;  /* where workers that have threads take elements */
  GArray *inputs;  /* PlInput: where a worker that has none takes them */
  PlWaker *waker;  /* of a worker on a main context; NULL in others */
  GArray *outputs; /* PlOutput */

  PlFrontier *frontier;       /* what an ordered stage knows; NULL in others */
  GPtrArray *frontiers_ahead; /* PlFrontier: those that count what the stage makes */
  GPtrArray *frontiers_here;  /* PlFrontier: those that count what is in front of it */

  /* under the mutex, once the run has started */
  GMutex mutex;
  GPtrArray *workers;
  PlStageFigures retired; /* of workers that others have taken the place of */

  /* atomic */
  gsize n_timed_out;
  guint n_active;  /* workers that have not begun to end */
  guint n_present; /* workers that have not ended, on_done included */
};

PlNode *pl_node_new (PlRun *run, PlStage *stage);

void pl_node_free (PlNode *self);

void pl_node_add_worker (PlNode *self, PlWorker *worker);

GPtrArray *pl_node_dup_workers (PlNode *self);

void pl_node_replace_worker (PlNode *self, PlWorker *former, PlWorker *worker);

void pl_node_add_output (PlNode *self, PlQueue *queue, PlNode *consumer);

gboolean pl_node_is_fed (PlNode *self);

gboolean pl_node_is_supervised (PlNode *self);

gboolean pl_node_may_keep_lock (PlNode *self);

gboolean pl_node_put (PlNode *self, PlWorker *worker, PlElement *element, GError **error);

PlFlow pl_node_try_to_put (PlNode *self, PlElement *element, guint *n_put, PlWaker *waker);

void pl_node_nudge (PlNode *self);

void pl_node_get_figures (PlNode *self, PlStageFigures *figures);

guint pl_node_deactivate_worker (PlNode *self);

void pl_node_remove_worker (PlNode *self);

G_END_DECLS
