/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "pl-queue-private.h"

G_BEGIN_DECLS

/* What is written to a pipe. Only one thread uses it at a time. */
typedef struct
{
  GByteArray *bytes; /* to append to */
  gsize n_written;   /* of them */
  GArray *loans;     /* PlLoan: what is written between them */
  gsize n_lent;      /* of what is written between them, what has not been yet, in bytes */
} PlSpool;

void pl_spool_init (PlSpool *self);

void pl_spool_clear (PlSpool *self);

gboolean pl_spool_lend (PlSpool *self, GBytes *bytes);

gsize pl_spool_get_size (PlSpool *self, guint start);

void pl_spool_truncate (PlSpool *self, guint start);

void pl_spool_drop (PlSpool *self);

gsize pl_spool_get_unsent (PlSpool *self);

PlFlow pl_spool_write (PlSpool *self, int fd);

G_END_DECLS
