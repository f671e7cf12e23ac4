/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "pl-types.h"

G_BEGIN_DECLS

/* What tells the program, on the main context of whoever started a run, how that is going. */
typedef struct _PlReporter PlReporter;

typedef void (*PlReporterFunc) (gpointer object);

PlReporter *pl_reporter_new (void);

PlReporter *pl_reporter_ref (PlReporter *self);

void pl_reporter_unref (PlReporter *self);

void pl_reporter_start (PlReporter *self, PlReporterFunc changed, gpointer object);

void pl_reporter_stop (PlReporter *self);

void pl_reporter_note (PlReporter *self);

void pl_reporter_add_skipped (PlReporter *self,
                              PlStage *stage,
                              const GValue *element,
                              const GError *error);

void pl_reporter_flush (PlReporter *self);

G_END_DECLS
