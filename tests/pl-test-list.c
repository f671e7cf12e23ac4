/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-list.h"

static void
pl_test_items_changed_cb (GListModel *list,
                          guint position,
                          guint removed,
                          guint added,
                          gpointer user_data)
{
  PlTestTold *told = user_data;

  g_assert_cmpuint (position, ==, told->n_items);
  g_assert_cmpuint (removed, ==, 0);
  g_assert_cmpuint (added, >, 0);
  told->n_items += added;
  told->n_batches++;
  told->largest_batch = MAX (told->largest_batch, added);
  g_assert_cmpuint (g_list_model_get_n_items (list), ==, told->n_items);
}

static void
pl_test_notify_cb (GObject *object, GParamSpec *pspec, gpointer user_data)
{
  guint *counter = user_data;

  (*counter)++;
}

static void
pl_test_count_notify (GListModel *list, const char *signal, guint *counter)
{
  g_signal_connect (list, signal, G_CALLBACK (pl_test_notify_cb), counter);
}

/* From now on @told has what @list tells. */
void
pl_test_listen (GListModel *list, PlTestTold *told)
{
  g_signal_connect (list, "items-changed", G_CALLBACK (pl_test_items_changed_cb), told);
  pl_test_count_notify (list, "notify::n-items", &told->n_notified_items);
  pl_test_count_notify (list, "notify::n-elements", &told->n_notified_elements);
  pl_test_count_notify (list, "notify::pending", &told->n_notified_pending);
  pl_test_count_notify (list, "notify::error", &told->n_notified_errors);
}

void
pl_test_iterate_until_filled (GListModel *list, guint n_items)
{
  while (g_list_model_get_n_items (list) < n_items)
    g_main_context_iteration (g_main_context_get_thread_default (), TRUE);
}

void
pl_test_iterate_until_ended (GListModel *list)
{
  while (pl_list_model_get_pending (PL_LIST_MODEL (list)))
    g_main_context_iteration (g_main_context_get_thread_default (), TRUE);
}

void
pl_test_iterate_while_ready (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    continue;
}

/* Without an end; the queue of a thread stage is bounded. */
PlStage *
pl_test_make_endless (const PlTestKind *kind, PlTestCounts *counts)
{
  g_autoptr(PlStage) endless = pl_source_new_for_func (pl_test_count_up, counts, pl_test_on_free);
  PlStage *stage = kind->map (endless, pl_test_add1, NULL, NULL);

  pl_stage_set_on_start (stage, pl_test_on_start, counts, NULL);
  pl_stage_set_on_done (stage, pl_test_on_done, counts, NULL);
  pl_stage_set_maxsize (stage, 16);
  return stage;
}
