/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "pl-test-util.h"

G_BEGIN_DECLS

/* Process stages whose functions are told as those of other kinds are. Their data is NULL, a small
 * number, or memory of pl_test_new_shared(). */
extern const PlTestKind pl_test_process;

void pl_test_process_init (int *argc, char ***argv);

void pl_test_process_set_on_start (PlStage *stage, PlStartFunc func, gpointer user_data);

void pl_test_process_set_on_done (PlStage *stage, PlDoneFunc func, gpointer user_data);

G_END_DECLS
