/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  PL_ACTIVITY_NONE,    /* has not begun, or has ended */
  PL_ACTIVITY_BUSY,    /* runs functions, or is about to */
  PL_ACTIVITY_WAITING, /* for an element */
  PL_ACTIVITY_BLOCKED, /* for a place behind it */
  PL_N_ACTIVITIES
} PlActivity;

/* Where somebody's time goes. The clock is read only when the activity changes, so that elements
 * that need not wait cost nothing. */
typedef struct
{
  PlActivity activity;
  gint64 since; /* monotonic time, in microseconds */
  gint64 spent[PL_N_ACTIVITIES];
} PlStopwatch;

/* Returns the former activity. */
static inline PlActivity
pl_stopwatch_switch (PlStopwatch *self, PlActivity activity, gint64 now)
{
  PlActivity former = self->activity;

  self->spent[former] += now - self->since;
  self->since = now;
  self->activity = activity;
  return former;
}

/* What has been spent up to @now, in microseconds. */
static inline gint64
pl_stopwatch_get (const PlStopwatch *self, PlActivity activity, gint64 now)
{
  return self->spent[activity] + (self->activity == activity ? now - self->since : 0);
}

G_END_DECLS
