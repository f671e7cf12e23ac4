/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "pl-element-private.h"
#include "pl-waker-private.h"

G_BEGIN_DECLS

typedef struct _PlQueue PlQueue;

/* What came of an attempt to take an element. */
typedef enum
{
  PL_TAKE_ELEMENT,
  PL_TAKE_AGAIN, /* there is none at the moment, and the caller did not want to wait */
  PL_TAKE_END,   /* there will be none any more: all has been taken, or the run is cancelled */
} PlTake;

PlQueue *pl_queue_new (guint bound);

void pl_queue_free (PlQueue *self);

void pl_queue_add_producer (PlQueue *self);

void pl_queue_remove_producer (PlQueue *self);

gboolean pl_queue_push (PlQueue *self, PlElement *element);

PlTake pl_queue_take (PlQueue *self, PlElement *element, gboolean wait);

void pl_queue_set_waker (PlQueue *self, PlWaker *waker);

void pl_queue_cancel (PlQueue *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlQueue, pl_queue_free)

G_END_DECLS
