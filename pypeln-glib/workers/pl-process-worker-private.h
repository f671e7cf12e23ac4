/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "pl-command-private.h"
#include "workers/pl-child-private.h"
#include "workers/pl-frame-private.h"
#include "workers/pl-frame-reader-private.h"
#include "workers/pl-outbox-private.h"
#include "workers/pl-process-pool-private.h"
#include "workers/pl-text-box-private.h"

G_BEGIN_DECLS

typedef struct _PlProcessWorker PlProcessWorker;

/* How a worker talks to its process: one of these for each protocol. */
typedef struct
{
  gboolean is_ahead; /* the process is started before there is an element for it */
  gboolean greets;   /* it says when it is ready */
  gboolean returns;  /* it gives back what it has ahead */
  PlChildStop cancel; /* how it is told that nobody wants more */

  /* The process has been started. */
  void (*begin) (PlProcessWorker *self);

  /* Has an element be sent; the process is started first where that is for one element alone. */
  gboolean (*send) (PlProcessWorker *self, PlProcessCall *call, GError **error);

  /* Does what the process has said next. Returns FALSE if there is nothing, or it is to be ended
   * with @error set. */
  gboolean (*receive) (PlProcessWorker *self, GError **error);

  /* There will be no more elements. */
  void (*finish) (PlProcessWorker *self);

  /* The process is over. Returns FALSE with @error set if it should not be. */
  gboolean (*end) (PlProcessWorker *self, GError **error);

  /* Where it is told what the process writes. */
  guint8 *(*get_space) (gpointer self, gsize *size);
  void (*add) (gpointer self, gsize size);
} PlTalk;

extern const PlTalk pl_frames_talk;
extern const PlTalk pl_lines_talk;
extern const PlTalk pl_oneshot_talk;

struct _PlProcessWorker
{
  PlWorker parent_instance;

  /* fixed while the run lasts */
  PlProcessPool *pool;
  PlCommand *command;
  const PlTalk *talk;
  guint limit;    /* how many elements the process has, at most */
  gint64 timeout; /* in microseconds; 0: none */
  gboolean is_alone;   /* the stage has no other worker, and keeps its order */
  gboolean is_bounded; /* there is a bound behind the stage */

  /* for its thread */
  GMainContext *loop;
  GSource *source;
  PlWaker *waker; /* of the source */
  GQueue in_flight; /* PlProcessCall: what the process has, the first in hand */
  GQueue delayed;   /* PlProcessCall: by when they may be called again */
  PlOutbox outbox;
  gint64 deadline;  /* of what is in hand; 0: none */
  gint64 remaining; /* of its time, while what it made waits for a place */
  gboolean has_lock; /* an interpreter's, since it has called a closure in this step */

  /* the process, see pl-process-life.c */
  PlChild *child;    /* NULL: there is none */
  GPtrArray *ending; /* PlChild: those that there were before */
  char *child_name;
  guint launcher;
  guint n_failed_starts; /* since one did not */
  gint64 start_time;     /* when the next one is started, or that one has to be ready */
  gboolean is_ready;
  gboolean has_tried; /* to start, in each way there is, or has been ready */
  gboolean is_finishing; /* it has been told that there is no more */
  gboolean has_greeted;
  gboolean has_said_end;
  gboolean has_finished;

  /* what it says */
  PlFrameReader reader;
  GValue cause;          /* of the error that it tells next; empty: there is none */
  guint64 cause_id;      /* of the element that has it */
  PlTextBox text;
  guint64 last_id;       /* of what has been sent */
  guint n_steps_owed;    /* of what has been emitted, and not asked for more */
  gboolean is_recalling; /* it has been asked for what it has ahead */
  gboolean is_heard;     /* since the last look */
  guint n_quiet_looks;
  gint64 look_time; /* the next one; 0: none */
};

#define PL_PROCESS_WORKER(self) ((PlProcessWorker *) (self))

PlWorker *pl_process_worker_new (PlNode *node, guint index, PlProcessPool *pool);

void pl_process_worker_plan (PlWorker *worker);

void pl_process_worker_keep_lock (PlProcessWorker *self);

void pl_process_worker_forget_cause (PlProcessWorker *self);

/* What is in hand, see pl-process-flight.c. */

void pl_process_worker_fill (PlProcessWorker *self);

void pl_process_worker_accept (PlProcessWorker *self, GValue *returned, GError *error);

void pl_process_worker_emit (PlProcessWorker *self, GValue *value);

void pl_process_worker_lose (PlProcessWorker *self, GError *error);

void pl_process_worker_give_back_ahead (PlProcessWorker *self);

void pl_process_worker_note_ahead (PlProcessWorker *self);

gboolean pl_process_worker_is_late (PlProcessWorker *self, gint64 now);

void pl_process_worker_wake_delayed (PlProcessWorker *self, gint64 now);

/* Its process, see pl-process-life.c. */

void pl_process_worker_look_after (PlProcessWorker *self, gint64 now);

gboolean pl_process_worker_start_child (PlProcessWorker *self,
                                        const char *element,
                                        GError **error);

void pl_process_worker_set_ready (PlProcessWorker *self);

void pl_process_worker_give_up (PlProcessWorker *self, GError *error);

void pl_process_worker_stop_all (PlProcessWorker *self);

G_END_DECLS
