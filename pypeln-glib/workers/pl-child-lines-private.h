/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "pl-enums.h"

G_BEGIN_DECLS

/* What a child writes to its standard error. */
typedef struct _PlChildLines PlChildLines;

PlChildLines *pl_child_lines_new (const char *name, PlStderr mode);

void pl_child_lines_free (PlChildLines *self);

void pl_child_lines_add (PlChildLines *self, const char *text, gsize length);

void pl_child_lines_end (PlChildLines *self);

char *pl_child_lines_dup_last (PlChildLines *self);

G_END_DECLS
