/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <pypeln-glib/pypeln-glib.h>

G_BEGIN_DECLS

/* What a case is measured with. */
typedef struct
{
  gint64 elements;
  int workers;
  int maxsize; /* 0: no bound */
  int stages;
} BenchCase;

/* Moves the elements 0 to n - 1 from a source to the caller, and returns their sum. */
typedef gint64 (*BenchFunc) (const BenchCase *bench_case);

typedef struct
{
  const char *name;
  BenchFunc func;
} BenchPeer;

int bench_main (int argc, char **argv, const BenchPeer *peers, guint n_peers);

/* What benchmarks with cases or figures of their own are made of. */

gboolean bench_parse_for_peers (int argc, char **argv, const GOptionEntry *entries);

void bench_compare (const BenchPeer *peers,
                    guint n_peers,
                    const BenchCase *bench_case,
                    const char *label,
                    double *medians);

gboolean bench_parse (int argc, char **argv, const GOptionEntry *entries, int *repeats);

gboolean bench_next_number (const char **list, gint64 *number);

gint64 bench_get_time (void);

double bench_percentile (double *figures, guint n_figures, guint percent);

/* The source and the functions that all pipelines are measured with. Those of task stages answer as
 * bench_identity() does, inside of the call or from an idle source. */

PlStage *bench_source_new (gint64 n_elements);

gboolean bench_identity (const GValue *element,
                         GValue *result,
                         PlWorker *worker,
                         gpointer user_data,
                         GError **error);

void bench_answer_at_once (const GValue *element,
                           GTask *task,
                           PlWorker *worker,
                           gpointer user_data);

void bench_answer_idle (const GValue *element,
                        GTask *task,
                        PlWorker *worker,
                        gpointer user_data);

gint64 bench_drain (PlStage *stage);

G_END_DECLS
