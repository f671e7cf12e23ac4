/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "pl-iterator.h"
#include "pl-run-private.h"

G_BEGIN_DECLS

/* An asynchronous call is tagged with its function, which ISO C does not take for a pointer. */
#define PL_SOURCE_TAG(func) ((gpointer) (guintptr) (func))

#define pl_is_result_of(result, self, func) \
  (g_task_is_valid (result, self) && \
   g_async_result_is_tagged (G_ASYNC_RESULT (result), PL_SOURCE_TAG (func)))

/* Who is told when there may be something to take, see pl-iterator-ready.c. */
typedef struct _PlIteratorReady PlIteratorReady;

struct _PlIterator
{
  GObject parent_instance;

  /* fixed */
  PlRun *run; /* NULL in an iterator that no stage made, which is at its end */
  PlStage *last;

  /* atomic */
  gboolean is_pending; /* a call is under way, and what follows is for it alone */
  gboolean is_closed;

  gsize n_elements; /* written by the call that is under way */

  /* for the call that is under way */
  gboolean is_finished; /* the end has been told, or an error */
  GValue value;         /* what a call for one element has taken */
  GArray *values;       /* what the last call for several took */
  GPtrArray *handles;   /* PlHandle, those among the values; NULL: they are not told apart */
  GArray *places;       /* guint, of each of the handles */
  guint n_ahead;        /* the last ones, which have their places in the queue still */
  GValue exception;     /* what the run has failed with; empty without one */
  PlWaker *waker;       /* of calls that wait, where the run has a main context */
  PlWaker *set_waker;   /* that which the run has, of whichever call; NULL: none */
  gint64 turn_end;      /* when one that does not wait is to give way; 0: it has had to wait */
  gint64 turn_time;     /* when a call that need not wait goes on with that context */
  GMainContext *fd_context; /* of calls that wait for a file descriptor too */
  PlIteratorReady *ready;   /* NULL: nobody is told */

  /* under the mutex */
  GMutex mutex;
  PlStopwatch stopwatch;
};

PlIterator *pl_iterator_new (PlStage *last, guint maxsize, GMainContext *context);

GArray *pl_iterator_get_values (PlIterator *self);

/* What calls that wait and calls that do not have in common. */

gboolean pl_iterator_begin (PlIterator *self, GError **error);

void pl_iterator_end (PlIterator *self);

PlFlow pl_iterator_take (PlIterator *self, guint max_values, gboolean wait);

void pl_iterator_add_value (PlIterator *self, GValue *value);

void pl_iterator_count (PlIterator *self);

gboolean pl_iterator_pass_ahead (PlIterator *self);

void pl_iterator_drop_values (PlIterator *self);

void pl_iterator_finish (PlIterator *self, gboolean guests, GError **error);

gboolean pl_iterator_take_blocking (PlIterator *self,
                                    guint max_values,
                                    int fd,
                                    GCancellable *cancellable,
                                    GError **error);

void pl_iterator_set_waker (PlIterator *self, PlWaker *waker);

gulong pl_iterator_connect (PlIterator *self, GCancellable *cancellable);

void pl_iterator_switch (PlIterator *self, PlActivity activity);

void pl_iterator_move_value (GValue *from, GValue *value);

void pl_iterator_clear_value (gpointer data);

void pl_iterator_ready_interrupt (PlIteratorReady *self);

void pl_iterator_ready_stop (PlIteratorReady *self);

G_END_DECLS
