/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "pl-test-util.h"

G_BEGIN_DECLS

/* Stages of jobs, as a language binding makes them: what it knows of each is its number. */

typedef struct _PlTestJobs PlTestJobs;

typedef PlStage *(*PlTestJobMake) (PlTestJobs *jobs, PlStage *input);

typedef void (*PlTestJobFunc) (PlTestJobs *jobs, gint64 job, int element);

struct _PlTestJobs
{
  PlStage *stage;
  PlIterator *iterator; /* NULL: it has not been started */
  PlTestJobFunc begin; /* on the context */
  PlTestJobFunc room;  /* NULL: it is not told */
  gpointer data;

  /* atomic */
  PlTestCounts counts;
  int n_results;
  int n_rooms;
  int n_cancelled;

  /* under the mutex */
  GMutex mutex;
  GArray *numbers;      /* gint64: by when they began */
  GHashTable *elements; /* gint64 to int: of the jobs that have begun */
  GHashTable *told;     /* gint64: of those that nobody waits for any more */
};

void pl_test_jobs_init (PlTestJobs *self,
                        PlTestJobMake make,
                        int n_elements,
                        PlTestJobFunc begin);

void pl_test_jobs_init_of (PlTestJobs *self,
                           PlTestJobMake make,
                           PlStage *input,
                           PlTestJobFunc begin);

void pl_test_jobs_clear (PlTestJobs *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PlTestJobs, pl_test_jobs_clear)

void pl_test_jobs_start (PlTestJobs *self, guint maxsize);

int pl_test_jobs_get_element (PlTestJobs *self, gint64 job);

guint pl_test_jobs_count (PlTestJobs *self);

gint64 pl_test_jobs_get (PlTestJobs *self, guint position);

void pl_test_iterate_until_begun (PlTestJobs *self, guint n_jobs);

gboolean pl_test_jobs_is_cancelled (PlTestJobs *self, gint64 job);

/* The results: a map adds 1, a filter keeps odd numbers, and a flat_map emits ten times the element
 * and what has been emitted before. */
PlStage *pl_test_job_map (PlTestJobs *self, PlStage *input);

PlStage *pl_test_job_filter (PlTestJobs *self, PlStage *input);

PlStage *pl_test_job_each (PlTestJobs *self, PlStage *input);

PlStage *pl_test_job_flat_map (PlTestJobs *self, PlStage *input);

/* Begin a job that is over when they return, or later. */

void pl_test_job_answer_at_once (PlTestJobs *jobs, gint64 job, int element);

void pl_test_job_answer_later (PlTestJobs *jobs, gint64 job, int element);

void pl_test_job_answer_elsewhere (PlTestJobs *jobs, gint64 job, int element);

void pl_test_job_keep (PlTestJobs *jobs, gint64 job, int element);

void pl_test_job_keep_first (PlTestJobs *jobs, gint64 job, int element);

gboolean pl_test_job_fail (gint64 job);

G_END_DECLS
