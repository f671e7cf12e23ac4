/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Longer than any program runs, and short enough to be reckoned with: the most that is between two
 * times, in microseconds. */
#define PL_RATE_MAX_INTERVAL 1e15

/* How often something may happen: so many times a second, after a rest so many at once. `next` is
 * when it would if it happened at even intervals; it may happen earlier by as much as a burst is
 * long. Times are in microseconds. */
typedef struct
{
  double interval; /* 0: there is no limit */
  double burst;
  double next;
} PlRate;

static inline void
pl_rate_init (PlRate *self, double per_second, guint burst)
{
  self->interval = per_second > 0 ? MIN (G_USEC_PER_SEC / per_second, PL_RATE_MAX_INTERVAL) : 0;
  self->burst = self->interval * (MAX (burst, 1) - 1);
  self->next = 0;
}

/* When it may happen for the next time. */
static inline gint64
pl_rate_get_time (const PlRate *self)
{
  double time = self->next - self->burst;

  if (time <= 0)
    return 0;
  return time < (double) G_MAXINT64 ? (gint64) time : G_MAXINT64;
}

/* It happens. */
static inline void
pl_rate_pass (PlRate *self, gint64 now)
{
  self->next = MAX (self->next, (double) now) + self->interval;
}

G_END_DECLS
