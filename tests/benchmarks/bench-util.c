/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "bench-util.h"

#include <stdlib.h>
#include <time.h>

static int n_repeats;
static gboolean is_net;
static char *only_peer;
static char *elements_list;
static char *workers_list;
static char *maxsize_list;
static char *stages_list;

/* The next number of a list such as “1,2,4”; moves @list behind it. */
gboolean
bench_next_number (const char **list, gint64 *number)
{
  char *end;

  if (**list == '\0')
    return FALSE;

  *number = g_ascii_strtoll (*list, &end, 10);
  if (end == *list || *number < 0 || (*end != ',' && *end != '\0'))
    g_error ("“%s” is no list of numbers", *list);

  *list = *end == ',' ? end + 1 : end;
  return TRUE;
}

/* Nanoseconds on the monotonic clock, for what g_get_monotonic_time() is too coarse for. */
gint64
bench_get_time (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return now.tv_sec * G_GINT64_CONSTANT (1000000000) + now.tv_nsec;
}

/* Nanoseconds that a run takes. */
static double
measure_run (const BenchPeer *peer, const BenchCase *bench_case)
{
  gint64 n = bench_case->elements;
  gint64 start = bench_get_time ();
  gint64 sum = peer->func (bench_case);
  gint64 end = bench_get_time ();

  if (sum != n * (n - 1) / 2)
    g_error ("%s lost or repeated an element", peer->name);
  return end - start;
}

/* Nanoseconds an element. Net of what a run takes anyway, it is what each but the first adds. */
static double
measure (const BenchPeer *peer, const BenchCase *bench_case)
{
  BenchCase one = *bench_case;

  if (!is_net || bench_case->elements == 1)
    return measure_run (peer, bench_case) / bench_case->elements;

  one.elements = 1;
  return (measure_run (peer, bench_case) - measure_run (peer, &one)) / (bench_case->elements - 1);
}

static int
compare_doubles (const void *a, const void *b)
{
  double x = *(const double *) a;
  double y = *(const double *) b;

  return (x > y) - (x < y);
}

/* Sorts @figures, of which there is one at least. */
double
bench_percentile (double *figures, guint n_figures, guint percent)
{
  qsort (figures, n_figures, sizeof *figures, compare_doubles);
  return figures[MIN ((guint64) n_figures * percent / 100, n_figures - 1)];
}

static gboolean
is_wanted (const BenchPeer *peer)
{
  return only_peer == NULL || g_str_equal (peer->name, only_peer);
}

/* Measures a case, which @label describes, with each of the peers, and prints it. Sets @medians,
 * one for each: nanoseconds an element, or 0 where the peer is not wanted. The peers take turns, so
 * that a machine whose speed drifts treats all alike. */
void
bench_compare (const BenchPeer *peers,
               guint n_peers,
               const BenchCase *bench_case,
               const char *label,
               double *medians)
{
  g_autofree double *figures = g_new (double, n_peers * n_repeats);

  for (int repeat = 0; repeat < n_repeats; repeat++)
    for (guint i = 0; i < n_peers; i++)
      {
        if (is_wanted (&peers[i]))
          figures[i * n_repeats + repeat] = measure (&peers[i], bench_case);
      }

  for (guint i = 0; i < n_peers; i++)
    {
      medians[i] = 0;
      if (!is_wanted (&peers[i]))
        continue;

      medians[i] = bench_percentile (figures + i * n_repeats, n_repeats, 50);
      g_print ("%s elements=%" G_GINT64_FORMAT " %s ns_per_element=%.1f\n",
               peers[i].name, bench_case->elements, label, medians[i]);
    }
}

static void
run_case (const BenchPeer *peers, guint n_peers, const BenchCase *bench_case)
{
  g_autofree char *label = g_strdup_printf ("workers=%d maxsize=%d stages=%d", bench_case->workers,
                                            bench_case->maxsize, bench_case->stages);
  g_autofree double *medians = g_new (double, n_peers);

  bench_compare (peers, n_peers, bench_case, label, medians);
}

static void
run_cases (const BenchPeer *peers, guint n_peers)
{
  gint64 elements, workers, maxsize, stages;

  for (const char *e = elements_list; bench_next_number (&e, &elements);)
    for (const char *s = stages_list; bench_next_number (&s, &stages);)
      for (const char *m = maxsize_list; bench_next_number (&m, &maxsize);)
        for (const char *w = workers_list; bench_next_number (&w, &workers);)
          run_case (peers, n_peers, &(BenchCase) { elements, workers, maxsize, stages });
}

static gboolean
parse (int argc,
       char **argv,
       const GOptionEntry *entries,
       const GOptionEntry *more_entries,
       int *repeats)
{
  const GOptionEntry repeat_entries[] = {
    { "repeat", 0, 0, G_OPTION_ARG_INT, repeats, "Runs of which the median counts", "N" },
    G_OPTION_ENTRY_NULL
  };
  g_autoptr(GOptionContext) context = g_option_context_new (NULL);
  g_autoptr(GError) error = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  if (more_entries != NULL)
    g_option_context_add_main_entries (context, more_entries, NULL);
  if (repeats != NULL)
    {
      *repeats = 5;
      g_option_context_add_main_entries (context, repeat_entries, NULL);
    }

  if (g_option_context_parse (context, &argc, &argv, &error) && (repeats == NULL || *repeats > 0))
    return TRUE;

  g_printerr ("%s\n", error != NULL ? error->message : "--repeat takes 1 or more");
  return FALSE;
}

/* Reads the command line: @entries, and, unless @repeats is NULL, how often each case is
 * measured. */
gboolean
bench_parse (int argc, char **argv, const GOptionEntry *entries, int *repeats)
{
  return parse (argc, argv, entries, NULL, repeats);
}

/* Reads the command line: @entries, and what bench_compare() goes by. */
gboolean
bench_parse_for_peers (int argc, char **argv, const GOptionEntry *entries)
{
  const GOptionEntry peer_entries[] = {
    { "net", 0, 0, G_OPTION_ARG_NONE, &is_net, "Leave out what a run of one element takes", NULL },
    { "peer", 0, 0, G_OPTION_ARG_STRING, &only_peer, "Run this peer alone", "NAME" },
    G_OPTION_ENTRY_NULL
  };

  return parse (argc, argv, entries, peer_entries, &n_repeats);
}

/* Runs all cases that the command line asks for, with each of the peers. */
int
bench_main (int argc, char **argv, const BenchPeer *peers, guint n_peers)
{
  const GOptionEntry entries[] = {
    { "elements", 0, 0, G_OPTION_ARG_STRING, &elements_list, "Elements of a run", "N,…" },
    { "workers", 0, 0, G_OPTION_ARG_STRING, &workers_list, "Workers of each stage", "N,…" },
    { "maxsize", 0, 0, G_OPTION_ARG_STRING, &maxsize_list, "Bound of each queue; 0: none", "N,…" },
    { "stages", 0, 0, G_OPTION_ARG_STRING, &stages_list, "Stages behind the source", "N,…" },
    G_OPTION_ENTRY_NULL
  };

  elements_list = g_strdup ("200000");
  workers_list = g_strdup ("1,2,4");
  maxsize_list = g_strdup ("1000");
  stages_list = g_strdup ("1");

  if (!bench_parse_for_peers (argc, argv, entries))
    return 2;

  run_cases (peers, n_peers);
  return 0;
}

static gboolean
next_int64 (GValue *value, PlWorker *worker, gpointer user_data, GError **error)
{
  gint64 *numbers = user_data; /* the next, and the one behind the last */

  if (numbers[0] == numbers[1])
    return FALSE;

  g_value_init (value, G_TYPE_INT64);
  g_value_set_int64 (value, numbers[0]++);
  return TRUE;
}

PlStage *
bench_source_new (gint64 n_elements)
{
  gint64 *numbers = g_new0 (gint64, 2);

  numbers[1] = n_elements;
  return pl_source_new_for_func (next_int64, numbers, g_free);
}

gboolean
bench_identity (const GValue *element,
                GValue *result,
                PlWorker *worker,
                gpointer user_data,
                GError **error)
{
  g_value_init (result, G_TYPE_INT64);
  g_value_set_int64 (result, g_value_get_int64 (element));
  return TRUE;
}

void
bench_answer_at_once (const GValue *element, GTask *task, PlWorker *worker, gpointer user_data)
{
  GValue result = G_VALUE_INIT;

  bench_identity (element, &result, NULL, NULL, NULL);
  g_task_return_value (task, &result);
  g_value_unset (&result);
}

static gboolean
answer_idle_cb (gpointer user_data)
{
  bench_answer_at_once (g_task_get_task_data (user_data), user_data, NULL, NULL);
  return G_SOURCE_REMOVE;
}

void
bench_answer_idle (const GValue *element, GTask *task, PlWorker *worker, gpointer user_data)
{
  g_autoptr(GSource) source = g_idle_source_new ();

  g_task_set_task_data (task, (gpointer) element, NULL);
  g_source_set_callback (source, answer_idle_cb, g_object_ref (task), g_object_unref);
  g_source_attach (source, g_task_get_context (task));
}

gint64
bench_drain (PlStage *stage)
{
  g_autoptr(PlIterator) iterator = pl_stage_iterate (stage);
  g_autoptr(GError) error = NULL;
  g_auto(GValue) value = G_VALUE_INIT;
  gint64 sum = 0;

  while (pl_iterator_next (iterator, &value, NULL, &error))
    sum += g_value_get_int64 (&value);

  g_assert_no_error (error);
  return sum;
}
