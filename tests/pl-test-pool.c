/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-pool.h"

/* A few threads that call what they are given in no order at all. They stay. */

#define N_THREADS 2

typedef struct
{
  GSourceFunc func;
  gpointer data;
} PlTestJob;

static GMutex mutex;
static GCond changed;
static GArray *jobs; /* PlTestJob; NULL: the threads have not been started */
static guint n_busy;

static gpointer
pl_test_pool_main (gpointer data)
{
  g_mutex_lock (&mutex);
  while (TRUE)
    {
      guint i;
      PlTestJob job;

      while (jobs->len == 0)
        g_cond_wait (&changed, &mutex);

      i = g_random_int_range (0, jobs->len);
      job = g_array_index (jobs, PlTestJob, i);
      g_array_remove_index_fast (jobs, i);
      n_busy++;
      g_mutex_unlock (&mutex);

      job.func (job.data);

      g_mutex_lock (&mutex);
      n_busy--;
    }
  return NULL;
}

/* Tests that count threads find them there from the beginning. */
void
pl_test_pool_start (void)
{
  if (jobs != NULL)
    return;

  jobs = g_array_new (FALSE, FALSE, sizeof (PlTestJob));
  for (guint i = 0; i < N_THREADS; i++)
    g_thread_unref (g_thread_new ("pool", pl_test_pool_main, NULL));
}

/* Has @func called once, soon, on one of the threads; what it returns does not matter. */
void
pl_test_pool_push (GSourceFunc func, gpointer data)
{
  g_mutex_lock (&mutex);
  g_array_append_val (jobs, ((PlTestJob) { func, data }));
  g_cond_signal (&changed);
  g_mutex_unlock (&mutex);
}

/* Tells whether all that was pushed has been done. */
gboolean
pl_test_pool_is_idle (void)
{
  gboolean is_idle;

  g_mutex_lock (&mutex);
  is_idle = jobs->len == 0 && n_busy == 0;
  g_mutex_unlock (&mutex);

  return is_idle;
}
