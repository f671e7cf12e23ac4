/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "pl-callback-private.h"
#include "pl-types.h"

G_BEGIN_DECLS

/* A GTask that a user's function answers, now or later. */

void pl_answer_start (PlWorker *worker, PlCallback *on_start, GAsyncReadyCallback answered);

void pl_answer_end (PlWorker *worker,
                    PlCallback *on_done,
                    PlStageStatus *status,
                    GAsyncReadyCallback answered);

void pl_answer_invoke (GTask *task, PlCallback *callback, const GValue *argument);

GError *pl_answer_new_dropped_error (void);

void pl_answer_watch (GTask *task, gboolean *is_watched);

void pl_answer_unwatch (GTask *task, gboolean *is_watched);

G_END_DECLS
