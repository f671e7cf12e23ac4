/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-functions.h"

/* 0, 1, 2… without an end; counts its calls. */
gboolean
pl_test_count_up (GValue *value, PlWorker *worker, gpointer user_data, GError **error)
{
  PlTestCounts *counts = user_data;

  g_value_init (value, G_TYPE_INT);
  g_value_set_int (value, g_atomic_int_add (&counts->calls, 1));
  return TRUE;
}

gboolean
pl_test_add1 (const GValue *element,
              GValue *result,
              PlWorker *worker,
              gpointer user_data,
              GError **error)
{
  PlTestCounts *counts = user_data;

  if (counts != NULL)
    g_atomic_int_inc (&counts->calls);
  g_value_init (result, G_TYPE_INT);
  g_value_set_int (result, g_value_get_int (element) + 1);
  return TRUE;
}

/* Fails at the element that @user_data tells, and does as pl_test_add1() with the others. */
gboolean
pl_test_fail (const GValue *element,
              GValue *result,
              PlWorker *worker,
              gpointer user_data,
              GError **error)
{
  if (g_value_get_int (element) != GPOINTER_TO_INT (user_data))
    return pl_test_add1 (element, result, worker, NULL, error);

  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE, "no space");
  return FALSE;
}

gboolean
pl_test_hold_the_first (const GValue *element,
                        GValue *result,
                        PlWorker *worker,
                        gpointer user_data,
                        GError **error)
{
  while (g_value_get_int (element) == 0 && g_atomic_int_get ((int *) user_data) == 0)
    g_usleep (100);
  return pl_test_add1 (element, result, worker, NULL, error);
}

static void
pl_test_cancelled_cb (GCancellable *cancellable, gpointer user_data)
{
  g_async_queue_push (user_data, cancellable);
}

/* Waits on its cancellable. */
gboolean
pl_test_wait_until_cancelled (const GValue *element,
                              GValue *result,
                              PlWorker *worker,
                              gpointer user_data,
                              GError **error)
{
  PlTestCounts *counts = user_data;
  GCancellable *cancellable = pl_worker_get_cancellable (worker);
  g_autoptr(GAsyncQueue) queue = g_async_queue_new ();
  gulong id = g_cancellable_connect (cancellable, G_CALLBACK (pl_test_cancelled_cb), queue, NULL);

  g_atomic_int_inc (&counts->calls);
  g_async_queue_pop (queue);
  g_cancellable_disconnect (cancellable, id);
  return !g_cancellable_set_error_if_cancelled (cancellable, error);
}

gboolean
pl_test_each_nothing (const GValue *element,
                      PlWorker *worker,
                      gpointer user_data,
                      GError **error)
{
  return TRUE;
}

gboolean
pl_test_check_three (const GValue *element,
                     PlWorker *worker,
                     gpointer user_data,
                     GError **error)
{
  int *n_calls = user_data;
  guint n_indices;
  const gint64 *path = pl_worker_get_element_index (worker, &n_indices);

  g_assert_cmpuint (n_indices, ==, 2);
  g_assert_cmpint (path[0], ==, *n_calls / 3);
  g_assert_cmpint (path[1], ==, *n_calls % 3);
  (*n_calls)++;
  return TRUE;
}

gboolean
pl_test_on_start (PlWorker *worker, gpointer user_data, GError **error)
{
  PlTestCounts *counts = user_data;

  g_atomic_int_inc (&counts->starts);
  return TRUE;
}

gboolean
pl_test_on_done (PlWorker *worker, PlStageStatus *status, gpointer user_data, GError **error)
{
  PlTestCounts *counts = user_data;

  g_atomic_int_inc (&counts->dones);
  return TRUE;
}

void
pl_test_on_free (gpointer user_data)
{
  PlTestCounts *counts = user_data;

  g_atomic_int_inc (&counts->frees);
}

gboolean
pl_test_keep_even (const GValue *element,
                   gboolean *keep,
                   PlWorker *worker,
                   gpointer user_data,
                   GError **error)
{
  *keep = g_value_get_int (element) % 2 == 0;
  return TRUE;
}

gboolean
pl_test_keep_none (const GValue *element,
                   gboolean *keep,
                   PlWorker *worker,
                   gpointer user_data,
                   GError **error)
{
  *keep = FALSE;
  return TRUE;
}

gboolean
pl_test_keep_all (const GValue *element,
                  gboolean *keep,
                  PlWorker *worker,
                  gpointer user_data,
                  GError **error)
{
  *keep = TRUE;
  return TRUE;
}

gboolean
pl_test_worker_emit_int (PlWorker *worker, int number, GError **error)
{
  GValue value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_INT);
  g_value_set_int (&value, number);
  return pl_worker_emit_take (worker, &value, error);
}

static void
pl_test_leave_unset (GClosure *closure,
                     GValue *result,
                     guint n_arguments,
                     const GValue *arguments,
                     gpointer hint,
                     gpointer data)
{
}

GClosure *
pl_test_new_idle_closure (void)
{
  GClosure *closure = g_closure_new_simple (sizeof (GClosure), NULL);

  g_closure_set_marshal (closure, pl_test_leave_unset);
  return closure;
}
