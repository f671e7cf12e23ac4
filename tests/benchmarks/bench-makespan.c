/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "bench-util.h"

#include <stdlib.h>
#include <sys/prctl.h>
#include <time.h>

/* How well the workers of one thread map share elements that take time: how long the whole run
 * takes, next to a schedule that gives each element, in order, to the first worker that is free.
 *
 * The function sleeps, so that any number of workers fits on any number of processors. Sleeps end
 * late, and that is not the library's doing: the schedule is made of what each call really took. */

#define MICROSECOND G_GINT64_CONSTANT (1000)
#define MILLISECOND G_GINT64_CONSTANT (1000000)

/* One run: what each element is to take, and what it took, in nanoseconds. Each element's call
 * writes to a place of its own, and the threads are joined before anybody reads. */
typedef struct
{
  const BenchCase *bench_case;
  const gint64 *wanted;
  gint64 *taken;
  int n_begun; /* atomic: for bare threads */
} Load;

typedef struct
{
  const char *name;
  void (*func) (Load *load);
} MakespanPeer;

/* In milliseconds */
typedef struct
{
  double makespan;
  double ideal;
} Figures;

static int n_repeats;

/* Otherwise the kernel may end the sleeps of this thread 50 µs late, to save wake-ups. */
static void
make_sleeps_exact (void)
{
  prctl (PR_SET_TIMERSLACK, 1, 0, 0, 0);
}

static void
load_work (Load *load, gint64 number)
{
  gint64 start = bench_get_time ();
  gint64 end = start + load->wanted[number];
  struct timespec deadline = { end / (1000 * MILLISECOND), end % (1000 * MILLISECOND) };

  while (clock_nanosleep (CLOCK_MONOTONIC, TIMER_ABSTIME, &deadline, NULL) != 0)
    ;
  load->taken[number] = bench_get_time () - start;
}

static gboolean
start_worker (PlWorker *worker, gpointer user_data, GError **error)
{
  make_sleeps_exact ();
  return TRUE;
}

static gboolean
work (const GValue *element,
      GValue *result,
      PlWorker *worker,
      gpointer user_data,
      GError **error)
{
  load_work (user_data, g_value_get_int64 (element));
  return bench_identity (element, result, worker, NULL, error);
}

static void
run_thread_map (Load *load)
{
  g_autoptr(PlStage) source = bench_source_new (load->bench_case->elements);
  g_autoptr(PlStage) stage = pl_thread_map (source, work, load, NULL);

  pl_stage_set_workers (stage, load->bench_case->workers);
  pl_stage_set_maxsize (stage, load->bench_case->maxsize);
  pl_stage_set_on_start (stage, start_worker, NULL, NULL);
  bench_drain (stage);
}

static gpointer
bare_thread (gpointer data)
{
  Load *load = data;
  gint64 number;

  make_sleeps_exact ();
  while ((number = g_atomic_int_add (&load->n_begun, 1)) < load->bench_case->elements)
    load_work (load, number);
  return NULL;
}

/* Threads that count the elements off: what the machine makes of the same load where nothing is
 * handed over. There is no queue, so no bound. */
static void
run_bare_threads (Load *load)
{
  int n_workers = load->bench_case->workers;
  g_autofree GThread **threads = g_new (GThread *, n_workers);

  for (int i = 0; i < n_workers; i++)
    threads[i] = g_thread_new ("worker", bare_thread, load);
  for (int i = 0; i < n_workers; i++)
    g_thread_join (threads[i]);
}

/* How long a schedule takes that gives each element, in order, to the first worker that is free. */
static gint64
compute_ideal (const Load *load)
{
  int n_workers = load->bench_case->workers;
  g_autofree gint64 *busy_until = g_new0 (gint64, n_workers);
  gint64 end = 0;

  for (gint64 number = 0; number < load->bench_case->elements; number++)
    {
      int first = 0;

      for (int i = 1; i < n_workers; i++)
        if (busy_until[i] < busy_until[first])
          first = i;

      if (load->taken[number] == 0)
        g_error ("Element %" G_GINT64_FORMAT " was lost", number);
      busy_until[first] += load->taken[number];
      end = MAX (end, busy_until[first]);
    }

  return end;
}

static Figures
measure (const MakespanPeer *peer, const BenchCase *bench_case, const gint64 *wanted)
{
  g_autofree gint64 *taken = g_new0 (gint64, bench_case->elements);
  Load load = { bench_case, wanted, taken, 0 };
  gint64 start = bench_get_time ();
  gint64 end;

  peer->func (&load);
  end = bench_get_time ();
  return (Figures) {
    (end - start) / (double) MILLISECOND,
    compute_ideal (&load) / (double) MILLISECOND,
  };
}

static int
compare_figures (const void *a, const void *b)
{
  const Figures *x = a;
  const Figures *y = b;
  double difference = x->makespan / x->ideal - y->makespan / y->ideal;

  return (difference > 0) - (difference < 0);
}

/* The peers take turns, so that a machine whose speed drifts treats all alike. What is printed is
 * the run with the median ratio. */
static void
run_case (const char *load_name, const BenchCase *bench_case, const gint64 *wanted)
{
  const MakespanPeer peers[] = {
    { "thread-map", run_thread_map },
    { "bare-threads", run_bare_threads },
  };
  g_autofree Figures *figures = g_new (Figures, G_N_ELEMENTS (peers) * n_repeats);

  for (int repeat = 0; repeat < n_repeats; repeat++)
    for (guint i = 0; i < G_N_ELEMENTS (peers); i++)
      figures[i * n_repeats + repeat] = measure (&peers[i], bench_case, wanted);

  for (guint i = 0; i < G_N_ELEMENTS (peers); i++)
    {
      Figures *own = figures + i * n_repeats;
      Figures median;

      qsort (own, n_repeats, sizeof *own, compare_figures);
      median = own[n_repeats / 2];
      g_print ("%s load=%s elements=%" G_GINT64_FORMAT " workers=%d maxsize=%d "
               "makespan_ms=%.2f ideal_ms=%.2f ratio=%.3f\n",
               peers[i].name, load_name, bench_case->elements, bench_case->workers,
               bench_case->maxsize, median.makespan, median.ideal, median.makespan / median.ideal);
    }
}

/* One element of each fifty takes 200 times as long as the others: at any place among them, but at
 * the same in each run. */
static gint64 *
make_uneven (gint64 n_elements)
{
  g_autoptr(GRand) rand = g_rand_new_with_seed (1);
  gint64 *wanted = g_new (gint64, n_elements);
  int slow = 0;

  for (gint64 i = 0; i < n_elements; i++)
    {
      if (i % 50 == 0)
        slow = g_rand_int_range (rand, 0, 50);
      wanted[i] = i % 50 == slow ? 10 * MILLISECOND : 50 * MICROSECOND;
    }

  return wanted;
}

static gint64 *
make_even (gint64 n_elements)
{
  gint64 *wanted = g_new (gint64, n_elements);

  for (gint64 i = 0; i < n_elements; i++)
    wanted[i] = MILLISECOND;
  return wanted;
}

static void
run_cases (const char *load_name,
           gint64 *(*make_load) (gint64 n_elements),
           const char *elements_list,
           const char *maxsize_list,
           const char *workers_list)
{
  gint64 elements, maxsize, workers;

  for (const char *e = elements_list; bench_next_number (&e, &elements);)
    {
      g_autofree gint64 *wanted = make_load (elements);

      for (const char *m = maxsize_list; bench_next_number (&m, &maxsize);)
        for (const char *w = workers_list; bench_next_number (&w, &workers);)
          run_case (load_name, &(BenchCase) { elements, workers, maxsize, 1 }, wanted);
    }
}

int
main (int argc, char **argv)
{
  g_autofree char *elements_list = g_strdup ("2000");
  g_autofree char *workers_list = g_strdup ("4");
  g_autofree char *maxsize_list = g_strdup ("1000");
  const GOptionEntry entries[] = {
    { "elements", 0, 0, G_OPTION_ARG_STRING, &elements_list, "Elements of a run", "N,…" },
    { "workers", 0, 0, G_OPTION_ARG_STRING, &workers_list, "Workers of the map", "N,…" },
    { "maxsize", 0, 0, G_OPTION_ARG_STRING, &maxsize_list, "Bound of each queue; 0: none", "N,…" },
    G_OPTION_ENTRY_NULL
  };

  if (!bench_parse (argc, argv, entries, &n_repeats))
    return 2;

  run_cases ("uneven", make_uneven, elements_list, maxsize_list, workers_list);
  run_cases ("even", make_even, elements_list, maxsize_list, workers_list);
  return 0;
}
