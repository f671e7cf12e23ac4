/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "pl-types.h"

G_BEGIN_DECLS

/* What tells the program, on the main context of whoever started a run, how that is going. */
typedef struct _PlReporter PlReporter;

typedef void (*PlReporterFunc) (gpointer object);

struct _PlReporter
{
  gatomicrefcount ref_count;

  /* fixed when the run starts */
  GMainContext *context;
  PlReporterFunc changed;
  GWeakRef object;

  /* atomic */
  gboolean is_armed; /* the next change is to be told */
  guint n_skipped;

  /* under the mutex */
  GMutex mutex;
  GSource *source; /* NULL before the run starts, and when the reporter has been stopped */
  gint64 next_time;
  GQueue skipped;
};

PlReporter *pl_reporter_new (void);

PlReporter *pl_reporter_ref (PlReporter *self);

void pl_reporter_unref (PlReporter *self);

void pl_reporter_start (PlReporter *self, PlReporterFunc changed, gpointer object);

void pl_reporter_stop (PlReporter *self);

void pl_reporter_report (PlReporter *self);

/* Something has changed; it is cheap to say so for each element. */
static inline void
pl_reporter_note (PlReporter *self)
{
  if (g_atomic_int_get (&self->is_armed))
    pl_reporter_report (self);
}

void pl_reporter_add_skipped (PlReporter *self,
                              PlStage *stage,
                              const GValue *element,
                              const GError *error);

void pl_reporter_flush (PlReporter *self);

G_END_DECLS
