/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "pl-node-private.h"
#include "pl-queue-private.h"
#include "pl-threads-private.h"
#include "pl-worker.h"

G_BEGIN_DECLS

/* Where each call has to be timed, the first is, and one of so many: two looks at the clock take as
 * long as a short function. */
#define PL_WORKER_SAMPLE 16
#define PL_WORKER_N_TIMED(n_calls) (((n_calls) + PL_WORKER_SAMPLE - 1) / PL_WORKER_SAMPLE)

typedef struct _PlWorkerClass PlWorkerClass;

/* What a worker has at hand: an element that its function is called with, or, in a source, all that
 * it makes. */
typedef struct
{
  PlIndex index;    /* without indices in a source */
  gint64 n_emitted; /* for the element, in a source for the run */
  GArray *attempt;  /* PlElement: made by a function that may be called again; NULL: it will not */
  PlTicket *ticket; /* of the element */
} PlCall;

/* What runs on a thread was running in before. */
typedef struct
{
  PlWorker *worker;
  PlCall *call;
} PlWorkerPlace;

struct _PlWorker
{
  GObject parent_instance;

  /* fixed while the run lasts */
  PlNode *node; /* NULL when the run is gone */
  PlStage *stage;
  guint index;
  guint timeout; /* in milliseconds; 0: none */
  guint retries;
  GMainContext *context; /* where the functions run; NULL: on a thread */
  GMainContext *run_context; /* that the run was started for; or NULL */
  GBytes *command_data; /* what the parent of this process has told it; NULL: nothing */
  gboolean is_sampled; /* it has no time of its own, so that each call has to be timed */
  gboolean may_suspend; /* see pl_worker_suspend() */

  /* only for the thread that runs the worker */
  gpointer state;     /* what the stage's open() made */
  PlCall *call;       /* what a function runs for; NULL between elements */
  PlTicket *standing; /* of what makes elements in order: all that it will make */
  GHashTable *resources;
  gint64 slice_end; /* see pl_input_set_slice_end() */
  GError *error;
  gboolean is_at_end; /* a closure that makes elements one by one has told so */
  GValue iterated;    /* what it makes them of, for the element at hand */
  PlElement unfinished; /* the element at hand, in between */
  gboolean is_suspended;
  gboolean has_begun;
  gboolean has_started;
  gboolean has_ended;
  gboolean is_watched; /* the GTask of an on_start or on_done */
  gint64 remaining; /* of the time for the element, in microseconds */

  /* atomic: written by that thread, read by any */
  gsize n_calls;
  gsize n_in;
  gsize n_out;
  gsize n_dropped;
  gsize n_failed;
  gsize n_retries;

  /* under the mutex */
  GMutex mutex;
  GCancellable *cancellable;
  PlStopwatch stopwatch;

  /* under the mutex too: for the supervisor while there is a deadline, for that thread otherwise */
  gint64 deadline; /* monotonic time; 0: none */
  PlCall only;     /* where there is one call at a time */
  gboolean has_expired;
  PlThread *thread; /* NULL in a worker without one */
};

/* A kind of worker: who runs an operation, whichever it is. */
struct _PlWorkerClass
{
  GObjectClass parent_class;

  /* Begins to run; NULL: the worker runs inside of whoever takes from it. */
  gboolean (*start) (PlWorker *self, GError **error);

  /* Hands on what the operation made. */
  gboolean (*put) (PlWorker *self, PlElement *element, GError **error);

  /* Makes the next element, in a worker that runs inside of whoever takes from it. With @wait it
   * may still say PL_FLOW_AGAIN, where it is not one queue that it would have to wait for. */
  PlFlow (*take) (PlWorker *self, PlElement *element, gboolean wait);

  /* Puts another in the place of this one, which has expired; NULL: it goes on when its function
   * returns. */
  void (*replace) (PlWorker *self);

  /* The run has been cancelled, on any thread; NULL: fires the worker's cancellable. */
  void (*cancel) (PlWorker *self);

  /* Has it seen before this returns, if this thread runs the worker; NULL: the worker does so by
   * itself. */
  void (*hurry) (PlWorker *self);

  /* An on_start that answers later has done so. */
  void (*resume) (PlWorker *self);

  /* Ends the run with @error, which it takes, and which somebody else will tell where it happened;
   * NULL: the worker does so itself. */
  void (*fail) (PlWorker *self, GError *error);

  /* Ends to run: the last thing that happens, on_done included. NULL: there is nothing to do. */
  void (*depart) (PlWorker *self);

  /* Lets go of the elements that it holds. */
  void (*clear) (PlWorker *self);
};

#define PL_WORKER_CLASS(klass) (G_TYPE_CHECK_CLASS_CAST ((klass), PL_TYPE_WORKER, PlWorkerClass))
#define PL_WORKER_GET_CLASS(self) \
  (G_TYPE_INSTANCE_GET_CLASS ((self), PL_TYPE_WORKER, PlWorkerClass))

PlWorker *pl_worker_new (GType type, PlNode *node, guint index);

void pl_worker_detach (PlWorker *self);

gboolean pl_worker_is_active (PlWorker *self);

gboolean pl_worker_start (PlWorker *self, GError **error);

PlActivity pl_worker_switch (PlWorker *self, PlActivity activity);

void pl_worker_cancel (PlWorker *self);

void pl_worker_hurry (PlWorker *self);

void pl_worker_fire (PlWorker *self);

void pl_worker_add_figures (PlWorker *self, PlStageFigures *figures);

void pl_worker_enter (PlWorker *self, PlCall *call, PlWorkerPlace *former);

void pl_worker_leave (PlWorker *self, const PlWorkerPlace *former);

GArray *pl_worker_new_attempt (PlWorker *self);

void pl_worker_release (PlWorker *self);

void pl_worker_fail (PlWorker *self, GError *error, const char *details);

void pl_worker_ensure_error (gboolean done, GError **error);

PlFlow pl_worker_begin (PlWorker *self);

gboolean pl_worker_process (PlWorker *self, PlElement *element);

gboolean pl_worker_go_on (PlWorker *self);

gboolean pl_worker_suspend (PlWorker *self);

void pl_worker_drop_unfinished (PlWorker *self);

gboolean pl_worker_generate (PlWorker *self);

gboolean pl_worker_flush (PlWorker *self, gboolean at_end);

void pl_worker_end (PlWorker *self);

gboolean pl_worker_call (PlWorker *self, PlElement *element, GError **error);

gboolean pl_worker_renew (PlWorker *self);

gint64 pl_worker_get_retry_delay (PlWorker *self, guint attempt);

gboolean pl_worker_settle (PlWorker *self,
                           PlElement *element,
                           guint attempt,
                           gboolean done,
                           GError *error);

gboolean pl_worker_put (PlWorker *self, PlElement *element, GError **error);

gboolean pl_worker_put_value (PlWorker *self, GValue *value, GError **error);

void pl_worker_drop (PlWorker *self);

void pl_worker_set_cancelled (PlWorker *self, GError **error);

/* A counter has one writer: no read-modify-write is needed, only that readers see whole numbers. */
static inline void
pl_worker_count (gsize *counter)
{
  __atomic_store_n (counter, *counter + 1, __ATOMIC_RELAXED);
}

static inline gsize
pl_worker_get_count (const gsize *counter)
{
  return __atomic_load_n (counter, __ATOMIC_RELAXED);
}

gboolean pl_worker_invoke (PlWorker *self,
                           PlCallback *callback,
                           const GValue *argument,
                           GValue *result,
                           GError **error);

G_END_DECLS
