/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "pl-source.h"
#include "pl-stage-private.h"

G_BEGIN_DECLS

/* Where a source has its elements from. A cursor is one run's place in it. */
typedef struct
{
  gboolean blocks; /* next() waits for something: a disk, somebody else */

  /* Runs on the thread that starts the run, and must not block. */
  gpointer (*open) (gpointer data);
  /* Sets @value, which is uninitialised; returns FALSE at the end or with @error set. */
  gboolean (*next) (gpointer data,
                    gpointer cursor,
                    GValue *value,
                    GCancellable *cancellable,
                    GError **error);
  void (*close) (gpointer cursor);
  void (*free) (gpointer data);
} PlSourceOrigin;

PlStage *pl_source_new (const PlSourceOrigin *origin, gpointer data);

G_END_DECLS
