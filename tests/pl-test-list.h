/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "pl-test-util.h"

G_BEGIN_DECLS

/* What a model has told. */
typedef struct
{
  guint n_items;
  guint n_batches;
  guint largest_batch;
  guint n_notified_items;
  guint n_notified_elements;
  guint n_notified_pending;
  guint n_notified_errors;
} PlTestTold;

void pl_test_listen (GListModel *list, PlTestTold *told);

void pl_test_iterate_until_filled (GListModel *list, guint n_items);

void pl_test_iterate_until_ended (GListModel *list);

void pl_test_iterate_while_ready (void);

PlStage *pl_test_make_endless (const PlTestKind *kind, PlTestCounts *counts);

G_END_DECLS
