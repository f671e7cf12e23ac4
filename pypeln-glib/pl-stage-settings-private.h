/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "pl-callback-private.h"
#include "pl-command.h"
#include "pl-enums.h"

G_BEGIN_DECLS

/* What a run takes a snapshot of when it starts. */
typedef struct
{
  char *name; /* NULL: the operation's */
  PlWorkerKind kind;
  guint workers;
  guint maxsize;
  guint timeout;     /* in milliseconds; 0: none */
  guint retries;
  guint retry_delay; /* in milliseconds */
  PlErrorPolicy error_policy;
  double rate_limit; /* calls a second; 0: none */
  guint rate_burst;
  PlCommand *command; /* NULL: none */
  PlCallback *on_start;
  PlCallback *on_done;
  PlCallback *around_thread; /* a closure; NULL: nothing */
} PlStageSettings;

void pl_stage_settings_install (GObjectClass *object_class);

void pl_stage_settings_init (PlStageSettings *self);

void pl_stage_settings_copy (const PlStageSettings *from, PlStageSettings *to);

void pl_stage_settings_clear (PlStageSettings *self);

G_END_DECLS
