/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "pl-intake-private.h"
#include "pl-rate-private.h"
#include "workers/pl-outbox-private.h"
#include "workers/pl-task-call-private.h"

G_BEGIN_DECLS

/* How many elements begin in a dispatch, at most; half as many where few may be under way, and
 * twice as many where no tasks are made for them. */
#define PL_TASK_SLICE 32

/* What has been emitted on another thread. */
typedef struct
{
  PlTaskCall *call;
  GValue value;
} PlTaskEmitted;

typedef struct
{
  PlWorker parent_instance;

  /* fixed while the run lasts */
  GSource *source;
  PlWaker *waker; /* of the source */
  guint limit;    /* how many elements may be under way */
  guint slice;    /* how many begin in a dispatch, at most: where tasks are made, two slices may
                   * be under way */
  gint64 timeout; /* of tasks, in microseconds; 0: none */
  gboolean answers_task;
  gboolean keeps_task; /* see PlCallback */
  gboolean is_timed; /* each element begins at a time that counts */

  PlIntake intake;
  PlRate rate;
  GQueue in_flight;  /* PlTaskCall: by when they time out */
  GQueue delayed;    /* PlTaskCall: by when they may be called, most of them again */
  PlTaskCall *unfinished; /* whose operation goes on with it before others begin; or NULL */
  GPtrArray *spares; /* PlTaskCall: made ahead, or with a task that has not been answered */
  GQueue unused;     /* PlTaskCall */
  PlOutbox outbox;   /* what has no place behind the stage */
  guint n_at_once;   /* calls in this dispatch that were answered at once */
  gint64 turn_end;   /* till when it need not give way; 0: it has not been dispatched yet */

  gboolean is_running;   /* it is being dispatched */
  gboolean is_filling;   /* it has elements begin */
  gboolean is_starting;  /* an on_start has not answered yet */
  gboolean is_ahead;     /* of answers to what began in its last dispatch */
  gboolean is_last_turn; /* of those whose time is over */
  gboolean has_no_more;  /* the inputs have come to their end */
  gboolean has_flushed;  /* what the operation held back has been put too */

  gboolean is_started; /* atomic */

  /* under the mutex */
  GArray *emitted; /* PlTaskEmitted */
  GArray *waiting; /* PlTaskNotice: of room for what calls emit */
  GSList *dropped; /* PlTaskCall: their tasks are gone */
} PlTaskWorker;

#define PL_TASK_WORKER(self) ((PlTaskWorker *) (self))

PlWorker *pl_task_worker_new (PlNode *node);

/* What has been made, see pl-task-outbox.c. */

gboolean pl_task_worker_put (PlWorker *worker, PlElement *element, GError **error);

void pl_task_worker_put_backlog (PlTaskWorker *self);

void pl_task_worker_put_emitted (PlTaskWorker *self);

gboolean pl_task_worker_has_room (PlWorker *worker);

void pl_task_worker_wait_for_room (PlWorker *worker, PlTaskNoticeFunc func, gint64 number);

void pl_task_worker_tell_room (PlTaskWorker *self);

/* What is under way, see pl-task-flight.c. */

PlTaskCall *pl_task_worker_new_call (PlTaskWorker *self);

void pl_task_worker_make_spares (PlTaskWorker *self);

void pl_task_worker_discard_spares (PlTaskWorker *self);

void pl_task_worker_begin_call (PlTaskWorker *self, PlTaskCall *call, gint64 now);

gboolean pl_task_worker_has_young (PlTaskWorker *self);

void pl_task_worker_let_go (PlTaskWorker *self);

void pl_task_worker_settle_dropped (PlTaskWorker *self);

gboolean pl_task_worker_expire_late (PlTaskWorker *self, gint64 now);

void pl_task_worker_abandon_all (PlTaskWorker *self);

G_END_DECLS
