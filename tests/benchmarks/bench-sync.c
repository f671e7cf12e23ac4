/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "bench-util.h"

/* What an element costs in a chain of sync maps, and in a plain loop that does the same. */

static gint64
run_sync_map (const BenchCase *bench_case)
{
  g_autoptr(PlStage) stage = bench_source_new (bench_case->elements);

  for (int i = 0; i < bench_case->stages; i++)
    {
      g_autoptr(PlStage) input = g_steal_pointer (&stage);

      stage = pl_sync_map (input, bench_identity, NULL, NULL);
    }

  return bench_drain (stage);
}

static gint64
run_plain_loop (const BenchCase *bench_case)
{
  PlMapFunc volatile func = bench_identity;
  gint64 sum = 0;

  for (gint64 n = 0; n < bench_case->elements; n++)
    {
      GValue value = G_VALUE_INIT;

      g_value_init (&value, G_TYPE_INT64);
      g_value_set_int64 (&value, n);
      for (int i = 0; i < bench_case->stages; i++)
        {
          GValue result = G_VALUE_INIT;

          func (&value, &result, NULL, NULL, NULL);
          g_value_unset (&value);
          value = result;
        }
      sum += g_value_get_int64 (&value);
      g_value_unset (&value);
    }

  return sum;
}

int
main (int argc, char **argv)
{
  const BenchPeer peers[] = {
    { "sync-map", run_sync_map },
    { "plain-loop", run_plain_loop },
  };

  return bench_main (argc, argv, peers, G_N_ELEMENTS (peers));
}
