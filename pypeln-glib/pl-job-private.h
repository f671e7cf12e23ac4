/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gio/gio.h>

#include "pl-worker.h"

G_BEGIN_DECLS

/* The function of a stage of jobs; its data is a PlJobClosures. */
void pl_job_begin (const GValue *element, GTask *task, PlWorker *worker, gpointer user_data);

G_END_DECLS
