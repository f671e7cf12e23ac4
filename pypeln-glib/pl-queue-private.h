/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "pl-element-private.h"
#include "pl-waker-private.h"

G_BEGIN_DECLS

typedef struct _PlQueue PlQueue;

/* What came of an attempt to move an element. */
typedef enum
{
  PL_FLOW_OK,
  PL_FLOW_AGAIN, /* not at the moment, and the caller did not want to wait, or was nudged */
  PL_FLOW_END,   /* never any more: all has been taken, or the run is cancelled */
} PlFlow;

PlQueue *pl_queue_new (guint bound);

void pl_queue_free (PlQueue *self);

void pl_queue_add_producer (PlQueue *self);

void pl_queue_remove_producer (PlQueue *self);

PlFlow pl_queue_push (PlQueue *self, PlElement *element, gboolean wait, PlWaker *waker);

PlFlow pl_queue_take (PlQueue *self, PlElement *element, gboolean wait, PlWaker *waker);

gboolean pl_queue_borrow (PlQueue *self, PlElement *element);

gboolean pl_queue_give_back (PlQueue *self);

void pl_queue_leave (PlQueue *self, PlWaker *waker);

void pl_queue_set_waker (PlQueue *self, PlWaker *waker);

void pl_queue_nudge (PlQueue *self);

void pl_queue_cancel (PlQueue *self);

guint pl_queue_get_length (PlQueue *self);

guint pl_queue_get_bound (PlQueue *self);

guint pl_queue_get_set_aside (PlQueue *self);

void pl_queue_set_aside (PlQueue *self, guint n_places);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlQueue, pl_queue_free)

G_END_DECLS
