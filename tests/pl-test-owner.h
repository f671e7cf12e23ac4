/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "pl-test-util.h"

G_BEGIN_DECLS

/* A thread that has a main context, and iterates it. */
typedef struct
{
  GMainContext *context; /* NULL: it has not been started */
  GMainLoop *loop;
  GThread *thread;
} PlTestOwner;

void pl_test_owner_start (PlTestOwner *self);

void pl_test_owner_clear (PlTestOwner *self);

PlIterator *pl_test_owner_iterate (PlTestOwner *self, PlStage *stage);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PlTestOwner, pl_test_owner_clear)

G_END_DECLS
