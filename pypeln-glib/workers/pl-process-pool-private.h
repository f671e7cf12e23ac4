/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "pl-worker-private.h"

G_BEGIN_DECLS

/* An element that a process stage has in hand: from when it is taken until it is known what has
 * come of it. */
typedef struct
{
  PlCall call;
  PlElement element;
  guint attempt; /* how often the function has failed with it */
  gint64 time;   /* when it may be called again */
  guint64 id;    /* what its process knows it by */
  gsize size;    /* of what it was sent as, in bytes */
  GList link;    /* in a list of a worker's, or of the pool's */
} PlProcessCall;

void pl_process_call_free (PlProcessCall *self);

void pl_process_calls_clear (GQueue *calls);

/* What the workers of a process stage share. */
typedef struct _PlProcessPool PlProcessPool;

PlProcessPool *pl_process_pool_new (PlNode *node, guint n_workers);

PlProcessPool *pl_process_pool_ref (PlProcessPool *self);

void pl_process_pool_unref (PlProcessPool *self);

void pl_process_pool_plan (PlProcessPool *self, PlNode *node, guint prefetch);

guint pl_process_pool_get_prefetch (PlProcessPool *self);

void pl_process_pool_join (PlProcessPool *self, guint index, PlWaker *waker);

void pl_process_pool_rest (PlProcessPool *self, guint index);

void pl_process_pool_depart (PlProcessPool *self, guint index);

PlFlow pl_process_pool_take (PlProcessPool *self, PlWorker *worker, PlProcessCall **call);

PlProcessCall *pl_process_pool_take_ahead (PlProcessPool *self, PlWorker *worker);

void pl_process_pool_give_back (PlProcessPool *self, GQueue *calls);

void pl_process_pool_settle (PlProcessPool *self);

void pl_process_pool_set_ahead (PlProcessPool *self, guint index, guint n_ahead);

void pl_process_pool_end_asking (PlProcessPool *self, guint index);

gboolean pl_process_pool_wants_back (PlProcessPool *self, guint index);

gboolean pl_process_pool_note_start (PlProcessPool *self, gboolean is_first, gboolean is_ready);

gboolean pl_process_pool_is_over (PlProcessPool *self);

void pl_process_pool_clear (PlProcessPool *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlProcessPool, pl_process_pool_unref)

G_END_DECLS
