/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "pl-command.h"
#include "workers/pl-spool-private.h"

G_BEGIN_DECLS

/* Where what a child writes goes: get_space() says to where it is to be read next, and add() how
 * much came. */
typedef struct
{
  guint8 *(*get_space) (gpointer user_data, gsize *size);
  void (*add) (gpointer user_data, gsize size);
  gpointer user_data;
} PlChildSink;

/* How a child is made to end: each of these is tried when the one before did not do for a while. */
typedef enum
{
  PL_CHILD_RUNS,
  PL_CHILD_CLOSED,     /* its standard input is at its end */
  PL_CHILD_TERMINATED, /* it was sent SIGTERM */
  PL_CHILD_KILLED,     /* it was sent SIGKILL */
} PlChildStop;

typedef struct _PlChild PlChild;

GMainContext *pl_child_new_context (GError **error);

PlChild *pl_child_new (PlCommand *command,
                       char **argv,
                       guint launcher,
                       const char *name,
                       const PlChildSink *sink,
                       GError **error);

void pl_child_free (PlChild *self);

GByteArray *pl_child_get_out (PlChild *self);

PlSpool *pl_child_get_spool (PlChild *self);

gsize pl_child_get_unsent (PlChild *self);

void pl_child_flush (PlChild *self);

void pl_child_close_input (PlChild *self);

void pl_child_set_paused (PlChild *self, gboolean is_paused);

void pl_child_stop (PlChild *self, PlChildStop stop);

gboolean pl_child_is_stopping (PlChild *self);

gboolean pl_child_has_closed_output (PlChild *self);

gboolean pl_child_is_over (PlChild *self);

gboolean pl_child_exited_well (PlChild *self, int *status);

char *pl_child_describe_end (PlChild *self);

pid_t pl_child_get_pid (PlChild *self);

G_END_DECLS
