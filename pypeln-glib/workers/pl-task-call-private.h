/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "pl-worker-private.h"

G_BEGIN_DECLS

/* Somebody to be told, on the worker's context, about what a number stands for; a func of NULL is
 * nobody. */
typedef void (*PlTaskNoticeFunc) (gint64 number);

typedef struct
{
  PlTaskNoticeFunc func;
  gint64 number;
} PlTaskNotice;

/* An element that a task worker has under way: from when it is taken until it is known what has
 * come of it. All of it is for the thread that has the worker's context, but where it says so. */
typedef struct
{
  PlCall call; /* what the worker has at hand: the first, so that the one tells the other */
  PlElement element;
  guint attempt; /* how often the function has failed with it */
  gint64 time;   /* when it times out, or is to be called again; G_MAXINT64: never */
  GList link;    /* in a list of the worker's */

  /* where the function answers a task, which the call belongs to */
  PlWorker *worker; /* with a reference from when it is abandoned */
  GCancellable *cancellable; /* of its own; NULL: it has the worker's */
  GTask *task;               /* until it is answered, or let go */
  PlTaskNotice notice;       /* of when it is abandoned */
  gboolean is_known;         /* the task knows it */
  gboolean is_answered;      /* otherwise than by its task, which is there for another element */
  gboolean is_new;           /* the worker has not been dispatched since it began */

  /* written under the worker's mutex: for other threads, where the task may be */
  gboolean is_under_way; /* FALSE: nobody waits for the answer, yet or any more */
  gboolean is_abandoned;
  gboolean is_late; /* its function has been told so */
} PlTaskCall;

PlTaskCall *pl_task_call_new (void);

void pl_task_call_make_task (PlTaskCall *self, PlWorker *worker, gboolean has_timeout);

void pl_task_call_clear (PlTaskCall *self);

void pl_task_call_reuse (PlTaskCall *self);

void pl_task_call_free (PlTaskCall *self);

void pl_task_call_discard (PlTaskCall *self);

void pl_task_call_renew (PlTaskCall *self, PlTaskCall *next);

gboolean pl_task_call_start (PlTaskCall *self, PlCallback *callback);

void pl_task_call_let_go (PlTaskCall *self);

void pl_task_call_abandon (PlTaskCall *self);

void pl_task_call_leave (PlTaskCall *self);

PlTaskCall *pl_task_call_of (GTask *task);

void pl_task_call_notify (PlWorker *worker, PlTaskNoticeFunc func, gint64 number);

/* What the worker does of it. */

void pl_task_worker_answered (PlWorker *worker, PlTaskCall *call, GTask *task);

gboolean pl_task_worker_answer (PlWorker *worker,
                                PlCall *answered,
                                GValue *returned,
                                GError *error);

void pl_task_worker_add_dropped (PlWorker *worker, PlTaskCall *call);

gboolean pl_task_worker_emit (PlWorker *worker, GTask *task, const GValue *value);

gboolean pl_task_worker_check (gpointer worker);

G_END_DECLS
