/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "bench-util.h"

/* What an element costs in a chain of thread maps; and, for comparison, in the same chain made by
 * hand of bare GAsyncQueues, and of GThreadPools, with one allocated item an element. */

typedef struct
{
  GValue value;
} Item;

/* A hop: what is on its way, and, where there is a bound, the places for more. */
typedef struct
{
  GAsyncQueue *items;
  GAsyncQueue *credits;
  int n_producers; /* atomic: those that have not ended */
  int n_consumers;
} Hop;

static Item end_mark;

static Item *
item_new (gint64 number)
{
  Item *item = g_new0 (Item, 1);

  g_value_init (&item->value, G_TYPE_INT64);
  g_value_set_int64 (&item->value, number);
  return item;
}

/* Applies the function as a stage does, and returns an item of the result. */
static Item *
item_map (Item *item)
{
  Item *result = g_new0 (Item, 1);

  bench_identity (&item->value, &result->value, NULL, NULL, NULL);
  g_value_unset (&item->value);
  g_free (item);
  return result;
}

static gint64
item_consume (Item *item)
{
  gint64 number = g_value_get_int64 (&item->value);

  g_value_unset (&item->value);
  g_free (item);
  return number;
}

static void
hop_init (Hop *hop, int maxsize, int n_producers, int n_consumers)
{
  hop->items = g_async_queue_new ();
  hop->credits = maxsize > 0 ? g_async_queue_new () : NULL;
  hop->n_producers = n_producers;
  hop->n_consumers = n_consumers;
  for (int i = 0; i < maxsize; i++)
    g_async_queue_push (hop->credits, &end_mark);
}

static void
hop_clear (Hop *hop)
{
  g_async_queue_unref (hop->items);
  g_clear_pointer (&hop->credits, g_async_queue_unref);
}

static void
hop_push (Hop *hop, Item *item)
{
  if (hop->credits != NULL)
    g_async_queue_pop (hop->credits);
  g_async_queue_push (hop->items, item);
}

static Item *
hop_pop (Hop *hop)
{
  Item *item = g_async_queue_pop (hop->items);

  if (item == &end_mark)
    return NULL;
  if (hop->credits != NULL)
    g_async_queue_push (hop->credits, &end_mark);
  return item;
}

static void
hop_end (Hop *hop)
{
  if (!g_atomic_int_dec_and_test (&hop->n_producers))
    return;

  for (int i = 0; i < hop->n_consumers; i++)
    g_async_queue_push (hop->items, &end_mark);
}

static gint64
run_thread_map (const BenchCase *bench_case)
{
  g_autoptr(PlStage) stage = bench_source_new (bench_case->elements);

  for (int i = 0; i < bench_case->stages; i++)
    {
      g_autoptr(PlStage) input = g_steal_pointer (&stage);

      stage = pl_thread_map (input, bench_identity, NULL, NULL);
      pl_stage_set_workers (stage, bench_case->workers);
      pl_stage_set_maxsize (stage, bench_case->maxsize);
    }

  return bench_drain (stage);
}

typedef struct
{
  Hop *hops;
  gint64 n_elements;
} Chain;

static gpointer
source_thread (gpointer data)
{
  Chain *chain = data;

  for (gint64 n = 0; n < chain->n_elements; n++)
    hop_push (chain->hops, item_new (n));
  hop_end (chain->hops);
  return NULL;
}

static gpointer
worker_thread (gpointer data)
{
  Hop *hop = data;
  Item *item;

  while ((item = hop_pop (hop)) != NULL)
    hop_push (hop + 1, item_map (item));
  hop_end (hop + 1);
  return NULL;
}

static void
join_thread (gpointer data)
{
  g_thread_join (data);
}

static gint64
run_async_queue (const BenchCase *bench_case)
{
  int n_stages = bench_case->stages;
  int n_workers = bench_case->workers;
  g_autofree Hop *hops = g_new0 (Hop, n_stages + 1);
  Chain chain = { hops, bench_case->elements };
  g_autoptr(GPtrArray) threads = g_ptr_array_new_with_free_func (join_thread);
  gint64 sum = 0;
  Item *item;

  for (int i = 0; i <= n_stages; i++)
    hop_init (&hops[i], bench_case->maxsize, i == 0 ? 1 : n_workers, i < n_stages ? n_workers : 1);

  g_ptr_array_add (threads, g_thread_new ("source", source_thread, &chain));
  for (int i = 0; i < n_stages * n_workers; i++)
    g_ptr_array_add (threads, g_thread_new ("worker", worker_thread, &hops[i / n_workers]));

  while ((item = hop_pop (&hops[n_stages])) != NULL)
    sum += item_consume (item);

  g_ptr_array_set_size (threads, 0);
  for (int i = 0; i <= n_stages; i++)
    hop_clear (&hops[i]);
  return sum;
}

typedef struct
{
  GThreadPool **pools; /* the next pool; NULL at the end */
  GAsyncQueue *results;
} PoolStage;

static void
pool_func (gpointer data, gpointer user_data)
{
  PoolStage *stage = user_data;
  Item *item = item_map (data);

  if (stage->pools[1] != NULL)
    g_thread_pool_push (stage->pools[1], item, NULL);
  else
    g_async_queue_push (stage->results, item);
}

/* A GThreadPool has no bound, so none is set. */
static gint64
run_thread_pool (const BenchCase *bench_case)
{
  int n_stages = bench_case->stages;
  g_autofree GThreadPool **pools = g_new0 (GThreadPool *, n_stages + 1);
  g_autofree PoolStage *stages = g_new0 (PoolStage, n_stages);
  g_autoptr(GAsyncQueue) results = g_async_queue_new ();
  gint64 sum = 0;

  for (int i = 0; i < n_stages; i++)
    {
      stages[i] = (PoolStage) { &pools[i], results };
      pools[i] = g_thread_pool_new (pool_func, &stages[i], bench_case->workers, TRUE, NULL);
    }

  for (gint64 n = 0; n < bench_case->elements; n++)
    g_thread_pool_push (pools[0], item_new (n), NULL);
  for (gint64 n = 0; n < bench_case->elements; n++)
    sum += item_consume (g_async_queue_pop (results));

  for (int i = 0; i < n_stages; i++)
    g_thread_pool_free (pools[i], FALSE, TRUE);
  return sum;
}

int
main (int argc, char **argv)
{
  const BenchPeer peers[] = {
    { "thread-map", run_thread_map },
    { "async-queue", run_async_queue },
    { "thread-pool", run_thread_pool },
  };

  return bench_main (argc, argv, peers, G_N_ELEMENTS (peers));
}
