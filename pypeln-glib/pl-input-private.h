/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "pl-queue-private.h"
#include "pl-types.h"

G_BEGIN_DECLS

/* Where elements are taken from: a queue, or a worker that has no thread of its own and makes them
 * inside of whoever takes. One of both is set. */
typedef struct
{
  PlQueue *queue;
  PlWorker *worker;
} PlInput;

PlFlow pl_input_take (const PlInput *self, PlElement *element, gboolean wait);

void pl_input_set_waker (const PlInput *self, PlWaker *waker);

void pl_input_set_slice_end (const PlInput *self, gint64 time);

void pl_input_nudge (const PlInput *self);

void pl_input_finish (const PlInput *self);

G_END_DECLS
