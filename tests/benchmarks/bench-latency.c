/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "bench-util.h"

/* How long a lone element takes through an idle pipeline: channel → thread maps → consumer. The
 * consumer pushes one, waits for it, and lets everything fall asleep before it pushes the next.
 *
 * What that costs is wake-ups, so the chain of bare GAsyncQueues that it is compared with has as
 * many. With n maps there are n + 2 of them, by n + 1 threads and the consumer:
 *
 *   consumer   pushes into the channel, which wakes the thread that the run has for the channel
 *   channel    puts the element into the queue of the first map, which wakes its worker
 *   each map   puts its result into the next queue, which wakes the next map's worker
 *   last map   puts its result into the consumer's queue, which wakes the consumer
 *
 * So the chain has n + 2 queues, and a thread between each two: the first only hands the element
 * on, as the channel's does, the others apply the function. */

/* Elements that go ahead, uncounted: the first finds threads that have yet to start. */
#define N_WARM_UP 50

typedef struct
{
  gint64 elements;
  int stages;
  gint64 pause; /* microseconds */
} LatencyCase;

/* A pipeline that is kept while elements pass through it, one at a time. */
typedef struct
{
  const char *name;
  gpointer (*start) (int n_stages);
  gint64 (*pass) (gpointer pipeline, gint64 number);
  void (*stop) (gpointer pipeline);
} LatencyPeer;

static int n_repeats;

/* The pipeline of thread maps */

typedef struct
{
  PlChannel *channel;
  PlIterator *iterator;
} MapPipeline;

static gpointer
map_pipeline_start (int n_stages)
{
  MapPipeline *self = g_new0 (MapPipeline, 1);
  g_autoptr(PlStage) stage = pl_channel_new (0);

  self->channel = PL_CHANNEL (g_object_ref (stage));
  for (int i = 0; i < n_stages; i++)
    {
      g_autoptr(PlStage) input = g_steal_pointer (&stage);

      stage = pl_thread_map (input, bench_identity, NULL, NULL);
    }

  self->iterator = pl_stage_iterate (stage);
  return self;
}

static gint64
map_pipeline_pass (gpointer pipeline, gint64 number)
{
  MapPipeline *self = pipeline;
  g_auto(GValue) value = G_VALUE_INIT;
  g_autoptr(GError) error = NULL;

  g_value_init (&value, G_TYPE_INT64);
  g_value_set_int64 (&value, number);
  pl_channel_push (self->channel, &value, NULL, &error);
  g_assert_no_error (error);

  pl_iterator_next (self->iterator, &value, NULL, &error);
  g_assert_no_error (error);
  return g_value_get_int64 (&value);
}

static void
map_pipeline_stop (gpointer pipeline)
{
  MapPipeline *self = pipeline;

  g_object_unref (self->iterator);
  g_object_unref (self->channel);
  g_free (self);
}

/* The chain of queues: of one allocated GValue an element, which each map changes. */

typedef struct
{
  GAsyncQueue *from;
  GAsyncQueue *to;
  gboolean is_map;
  GThread *thread;
} Link;

typedef struct
{
  int n_links;
  Link *links;
} Chain;

static GValue end_mark;

static gpointer
link_thread (gpointer data)
{
  Link *link = data;
  GValue *value;

  while ((value = g_async_queue_pop (link->from)) != &end_mark)
    {
      if (link->is_map)
        {
          GValue result = G_VALUE_INIT;

          bench_identity (value, &result, NULL, NULL, NULL);
          g_value_unset (value);
          *value = result;
        }
      g_async_queue_push (link->to, value);
    }

  return NULL;
}

static gpointer
chain_start (int n_stages)
{
  Chain *self = g_new0 (Chain, 1);
  GAsyncQueue *from = g_async_queue_new ();

  self->n_links = n_stages + 1;
  self->links = g_new0 (Link, self->n_links);
  for (int i = 0; i < self->n_links; i++)
    {
      Link *link = &self->links[i];

      link->from = from;
      link->to = from = g_async_queue_new ();
      link->is_map = i > 0;
      link->thread = g_thread_new (i > 0 ? "map" : "channel", link_thread, link);
    }

  return self;
}

static gint64
chain_pass (gpointer pipeline, gint64 number)
{
  Chain *self = pipeline;
  GValue *value = g_new0 (GValue, 1);
  gint64 result;

  g_value_init (value, G_TYPE_INT64);
  g_value_set_int64 (value, number);
  g_async_queue_push (self->links[0].from, value);

  value = g_async_queue_pop (self->links[self->n_links - 1].to);
  result = g_value_get_int64 (value);
  g_value_unset (value);
  g_free (value);
  return result;
}

static void
chain_stop (gpointer pipeline)
{
  Chain *self = pipeline;

  for (int i = 0; i < self->n_links; i++)
    {
      g_async_queue_push (self->links[i].from, &end_mark);
      g_thread_join (self->links[i].thread);
      g_async_queue_unref (self->links[i].from);
    }

  g_async_queue_unref (self->links[self->n_links - 1].to);
  g_free (self->links);
  g_free (self);
}

/* Fills @figures with the microseconds of each element. */
static void
run_block (const LatencyPeer *peer, const LatencyCase *latency_case, double *figures)
{
  gpointer pipeline = peer->start (latency_case->stages);

  for (gint64 i = -N_WARM_UP; i < latency_case->elements; i++)
    {
      gint64 start;

      if (latency_case->pause > 0)
        g_usleep (latency_case->pause);

      start = bench_get_time ();
      if (peer->pass (pipeline, i) != i)
        g_error ("%s lost or changed an element", peer->name);
      if (i >= 0)
        figures[i] = (bench_get_time () - start) / 1000.0;
    }

  peer->stop (pipeline);
}

static void
print_case (const char *name, const LatencyCase *latency_case)
{
  g_print ("%s elements=%" G_GINT64_FORMAT " stages=%d pause=%" G_GINT64_FORMAT,
           name, latency_case->elements, latency_case->stages, latency_case->pause);
}

/* The peers take turns, a block of elements each, so that a machine whose speed drifts treats both
 * alike. The medians of the blocks' figures count: one block that was disturbed does not. */
static void
run_case (const LatencyCase *latency_case)
{
  const LatencyPeer peers[] = {
    { "thread-map", map_pipeline_start, map_pipeline_pass, map_pipeline_stop },
    { "async-queue", chain_start, chain_pass, chain_stop },
  };
  guint n = latency_case->elements;
  g_autofree double *figures = g_new (double, n);
  g_autofree double *medians = g_new (double, G_N_ELEMENTS (peers) * n_repeats);
  g_autofree double *p99s = g_new (double, G_N_ELEMENTS (peers) * n_repeats);
  double median[G_N_ELEMENTS (peers)];
  double p99[G_N_ELEMENTS (peers)];

  for (int repeat = 0; repeat < n_repeats; repeat++)
    for (guint i = 0; i < G_N_ELEMENTS (peers); i++)
      {
        run_block (&peers[i], latency_case, figures);
        medians[i * n_repeats + repeat] = bench_percentile (figures, n, 50);
        p99s[i * n_repeats + repeat] = bench_percentile (figures, n, 99);
      }

  for (guint i = 0; i < G_N_ELEMENTS (peers); i++)
    {
      median[i] = bench_percentile (medians + i * n_repeats, n_repeats, 50);
      p99[i] = bench_percentile (p99s + i * n_repeats, n_repeats, 50);
      print_case (peers[i].name, latency_case);
      g_print (" median_us=%.1f p99_us=%.1f\n", median[i], p99[i]);
    }

  print_case ("thread-map/async-queue", latency_case);
  g_print (" median_ratio=%.2f p99_ratio=%.2f\n", median[0] / median[1], p99[0] / p99[1]);
}

int
main (int argc, char **argv)
{
  g_autofree char *elements_list = g_strdup ("2000");
  g_autofree char *stages_list = g_strdup ("3");
  g_autofree char *pause_list = g_strdup ("200");
  const GOptionEntry entries[] = {
    { "elements", 0, 0, G_OPTION_ARG_STRING, &elements_list, "Elements of a block", "N,…" },
    { "stages", 0, 0, G_OPTION_ARG_STRING, &stages_list, "Maps behind the channel", "N,…" },
    { "pause", 0, 0, G_OPTION_ARG_STRING, &pause_list, "Rest before each element", "µs,…" },
    G_OPTION_ENTRY_NULL
  };
  gint64 elements, stages, pause;

  if (!bench_parse (argc, argv, entries, &n_repeats))
    return 2;

  for (const char *e = elements_list; bench_next_number (&e, &elements);)
    for (const char *s = stages_list; bench_next_number (&s, &stages);)
      for (const char *p = pause_list; bench_next_number (&p, &pause);)
        run_case (&(LatencyCase) { MAX (elements, 1), stages, pause });
  return 0;
}
