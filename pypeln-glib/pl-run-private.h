/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "pl-input-private.h"
#include "pl-node-private.h"
#include "pl-reporter-private.h"
#include "pl-stage.h"
#include "pl-threads-private.h"

G_BEGIN_DECLS

PlRun *pl_run_new (GMainContext *context);

void pl_run_start (PlRun *self);

PlRun *pl_run_ref (PlRun *self);

void pl_run_unref (PlRun *self);

const PlInput *pl_run_get_input (PlRun *self);

void pl_run_set_input (PlRun *self, const PlInput *input);

PlQueue *pl_run_add_queue (PlRun *self, guint bound);

PlFrontier *pl_run_add_frontier (PlRun *self, PlNode *node);

void pl_run_add_node (PlRun *self, PlNode *node);

GPtrArray *pl_run_get_nodes (PlRun *self);

PlThreads *pl_run_get_threads (PlRun *self);

PlReporter *pl_run_get_reporter (PlRun *self);

gboolean pl_run_use_context (PlRun *self, GError **error);

GMainContext *pl_run_get_wanted_context (PlRun *self);

GMainContext *pl_run_get_context (PlRun *self);

void pl_run_enter (PlRun *self);

void pl_run_leave (PlRun *self);

void pl_run_join (PlRun *self, gboolean guests);

gboolean pl_run_spawn (PlRun *self,
                       PlNode *node,
                       GFunc func,
                       gpointer data,
                       PlThread **thread,
                       GError **error);

void pl_run_add_worker (PlRun *self);

void pl_run_remove_worker (PlRun *self);

gint64 pl_run_get_elapsed (PlRun *self, gint64 now);

gboolean pl_run_is_cancelled (PlRun *self);

void pl_run_fail (PlRun *self, GError *error);

GError *pl_run_steal_error (PlRun *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlRun, pl_run_unref)

G_END_DECLS
