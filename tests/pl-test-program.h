/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "pl-test-util.h"

G_BEGIN_DECLS

/* Commands of plain programs, and what becomes of their processes. */

PlCommand *pl_test_new_program (PlProtocol protocol, const char *word, ...) G_GNUC_NULL_TERMINATED;

PlCommand *pl_test_new_script (PlProtocol protocol, const char *script);

PlStage *pl_test_new_words (const char *words);

PlStage *pl_test_map_words (const char *words, PlCommand *command);

char *pl_test_run_strings (PlStage *stage);

GBytes *pl_test_new_noise (gsize size);

PlStage *pl_test_new_bytes_source (GBytes *bytes);

guint pl_test_count_children (void);

/* A file that scripts write to, which know it as $NOTES. */

char *pl_test_new_notes (PlCommand *command);

char *pl_test_wait_for_notes (const char *notes);

void pl_test_wait_for_pid_to_end (const char *pid);

gsize pl_test_get_memory (void);

#define pl_test_assert_strings(stage, strings) \
  G_STMT_START { \
    g_autofree char *strings_got = pl_test_run_strings (stage); \
    g_assert_cmpstr (strings_got, ==, (strings)); \
  } G_STMT_END

G_END_DECLS
