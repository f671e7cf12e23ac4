/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-job.h"

#include "pl-test-pool.h"

/* Makes a stage of jobs that @begin begins, one for each element of @input. */
void
pl_test_jobs_init_of (PlTestJobs *self, PlTestJobMake make, PlStage *input, PlTestJobFunc begin)
{
  *self = (PlTestJobs) { .begin = begin };
  g_mutex_init (&self->mutex);
  self->numbers = g_array_new (FALSE, FALSE, sizeof (gint64));
  self->elements = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  self->told = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  self->stage = make (self, input);
}

/* The elements are 0, 1, 2… */
void
pl_test_jobs_init (PlTestJobs *self, PlTestJobMake make, int n_elements, PlTestJobFunc begin)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, n_elements);

  pl_test_jobs_init_of (self, make, numbers, begin);
}

void
pl_test_jobs_clear (PlTestJobs *self)
{
  g_clear_object (&self->iterator);
  g_clear_object (&self->stage);
  pl_test_settle ();
  g_array_unref (self->numbers);
  g_hash_table_unref (self->elements);
  g_hash_table_unref (self->told);
  g_mutex_clear (&self->mutex);
}

/* Starts a run, and has begin what begins at once. */
void
pl_test_jobs_start (PlTestJobs *self, guint maxsize)
{
  self->iterator = pl_stage_iterate_bounded (self->stage, maxsize);
  pl_test_settle ();
}

/* The element of a job that has begun. */
int
pl_test_jobs_get_element (PlTestJobs *self, gint64 job)
{
  gpointer element;

  g_mutex_lock (&self->mutex);
  g_assert_true (g_hash_table_lookup_extended (self->elements, &job, NULL, &element));
  g_mutex_unlock (&self->mutex);

  return GPOINTER_TO_INT (element);
}

/* How many have begun. */
guint
pl_test_jobs_count (PlTestJobs *self)
{
  guint n;

  g_mutex_lock (&self->mutex);
  n = self->numbers->len;
  g_mutex_unlock (&self->mutex);

  return n;
}

gint64
pl_test_jobs_get (PlTestJobs *self, guint position)
{
  gint64 job;

  g_mutex_lock (&self->mutex);
  g_assert_cmpuint (position, <, self->numbers->len);
  job = g_array_index (self->numbers, gint64, position);
  g_mutex_unlock (&self->mutex);

  return job;
}

void
pl_test_iterate_until_begun (PlTestJobs *self, guint n_jobs)
{
  while (pl_test_jobs_count (self) < n_jobs)
    g_main_context_iteration (NULL, TRUE);
}

/* Tells whether the binding has been told that nobody waits for the job. */
gboolean
pl_test_jobs_is_cancelled (PlTestJobs *self, gint64 job)
{
  gboolean is_cancelled;

  g_mutex_lock (&self->mutex);
  is_cancelled = g_hash_table_contains (self->told, &job);
  g_mutex_unlock (&self->mutex);

  return is_cancelled;
}

/* The closures. */

static void
pl_test_jobs_closure_freed_cb (gpointer data, GClosure *closure)
{
  PlTestJobs *self = data;

  g_atomic_int_inc (&self->counts.frees);
}

static GClosure *
pl_test_jobs_new_closure (PlTestJobs *self, GCallback func)
{
  return g_cclosure_new (func, self, pl_test_jobs_closure_freed_cb);
}

static void
pl_test_jobs_begin (int element, gint64 job, PlTestJobs *self)
{
  g_atomic_int_inc (&self->counts.calls);
  g_assert_nonnull (pl_worker_get_current ());

  g_mutex_lock (&self->mutex);
  g_array_append_val (self->numbers, job);
  g_assert_true (g_hash_table_insert (self->elements, g_memdup2 (&job, sizeof job),
                                      GINT_TO_POINTER (element)));
  g_mutex_unlock (&self->mutex);

  self->begin (self, job, element);
}

static int
pl_test_jobs_add1 (gint64 job, PlTestJobs *self)
{
  g_atomic_int_inc (&self->n_results);
  return pl_test_jobs_get_element (self, job) + 1;
}

static gboolean
pl_test_jobs_is_odd (gint64 job, PlTestJobs *self)
{
  g_atomic_int_inc (&self->n_results);
  return pl_test_jobs_get_element (self, job) % 2 != 0;
}

static int
pl_test_jobs_emit (gint64 job, PlTestJobs *self)
{
  int n_before = g_atomic_int_add (&self->n_results, 1);

  return pl_test_jobs_get_element (self, job) * 10 + n_before;
}

/* Nobody is told of a job before it has begun, nor again when it is over. */
static void
pl_test_jobs_tell (gint64 job, PlJobEvent event, PlTestJobs *self)
{
  int element = pl_test_jobs_get_element (self, job);

  g_assert_false (pl_test_jobs_is_cancelled (self, job));
  if (event == PL_JOB_EVENT_ROOM)
    {
      g_atomic_int_inc (&self->n_rooms);
      if (self->room != NULL)
        self->room (self, job, element);
      return;
    }

  g_assert_cmpint (event, ==, PL_JOB_EVENT_CANCELLED);
  g_mutex_lock (&self->mutex);
  g_hash_table_add (self->told, g_memdup2 (&job, sizeof job));
  g_mutex_unlock (&self->mutex);

  g_atomic_int_inc (&self->n_cancelled);
  g_assert_false (pl_job_answer (job));
  g_assert_cmpint (pl_job_emit (job), ==, PL_EMISSION_STOP);
}

#define BEGIN(self) pl_test_jobs_new_closure (self, G_CALLBACK (pl_test_jobs_begin))
#define RESULT(self, func) pl_test_jobs_new_closure (self, G_CALLBACK (func))
#define TELL(self) pl_test_jobs_new_closure (self, G_CALLBACK (pl_test_jobs_tell))

PlStage *
pl_test_job_map (PlTestJobs *self, PlStage *input)
{
  return pl_job_map (input, BEGIN (self), RESULT (self, pl_test_jobs_add1), TELL (self),
                     G_TYPE_INT);
}

PlStage *
pl_test_job_filter (PlTestJobs *self, PlStage *input)
{
  return pl_job_filter (input, BEGIN (self), RESULT (self, pl_test_jobs_is_odd), TELL (self));
}

PlStage *
pl_test_job_each (PlTestJobs *self, PlStage *input)
{
  return pl_job_each (input, BEGIN (self), TELL (self));
}

PlStage *
pl_test_job_flat_map (PlTestJobs *self, PlStage *input)
{
  return pl_job_flat_map (input, BEGIN (self), RESULT (self, pl_test_jobs_emit), TELL (self),
                          G_TYPE_INT);
}

/* How jobs go. */

static gboolean
pl_test_job_answer_cb (gpointer data)
{
  g_assert_true (pl_job_answer ((gint64) GPOINTER_TO_SIZE (data)));
  return G_SOURCE_REMOVE;
}

void
pl_test_job_answer_at_once (PlTestJobs *jobs, gint64 job, int element)
{
  g_assert_true (pl_job_answer (job));
}

void
pl_test_job_answer_later (PlTestJobs *jobs, gint64 job, int element)
{
  g_idle_add (pl_test_job_answer_cb, GSIZE_TO_POINTER (job));
}

void
pl_test_job_answer_elsewhere (PlTestJobs *jobs, gint64 job, int element)
{
  pl_test_pool_start ();
  pl_test_pool_push (pl_test_job_answer_cb, GSIZE_TO_POINTER (job));
}

/* It is up to the test. */
void
pl_test_job_keep (PlTestJobs *jobs, gint64 job, int element)
{
}

/* Answers all but that of element 0. */
void
pl_test_job_keep_first (PlTestJobs *jobs, gint64 job, int element)
{
  if (element != 0)
    g_assert_true (pl_job_answer (job));
}

gboolean
pl_test_job_fail (gint64 job)
{
  g_autoptr(GError) error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_BUSY, "busy");

  return pl_job_fail (job, error);
}
