/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gio/gio.h>

#include "pl-enums.h"

G_BEGIN_DECLS

/* What a language binding gives a stage of jobs to know them by their numbers. */
typedef struct
{
  GClosure *begin;
  GClosure *result; /* NULL: the function returns nothing */
  GClosure *tell;
  GType result_type;
} PlJobClosures;

PlJobClosures *pl_job_closures_new (GClosure *begin,
                                    GClosure *result,
                                    GClosure *tell,
                                    GType result_type);

void pl_job_closures_free (gpointer data);

void pl_job_closures_begin (PlJobClosures *self, const GValue *element, gint64 job);

gboolean pl_job_closures_take_result (PlJobClosures *self,
                                      gint64 job,
                                      GValue *result,
                                      GError **error);

void pl_job_closures_tell (PlJobClosures *self, gint64 job, PlJobEvent event);

G_END_DECLS
