/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-memory.h"
#include "pl-test-pool.h"
#include "pl-test-round.h"

/* Random pipelines, see pl-test-graph.c and pl-test-round.c.
 *
 * Each round has a seed of its own, which says what is built and done, though not who is quicker.
 * PL_TEST_SEED=SEED repeats the round of that seed, as often as there would be rounds. */

/* Runs @rounds; the seed is told at the first of each @told. */
static void
run_rounds (guint rounds, guint told, const PlTestLimits *limits)
{
  const char *seed = g_getenv ("PL_TEST_SEED");
  guint first = seed != NULL ? g_ascii_strtoull (seed, NULL, 10) : (guint) g_test_rand_int ();

  for (guint round = 0; round < rounds; round++)
    {
      guint current = seed != NULL ? first : first + round;

      if (round % told == 0)
        g_test_message ("seed %u", current);
      pl_test_round (current, limits);
    }
}

static void
test_random_graphs (void)
{
  const PlTestLimits limits = {
    .max_sources = 3,
    .max_stages = 8,
    .max_elements = 60,
    .max_workers = 5,
    .max_calls = 1000,
    .max_delay = 3000,
  };

  run_rounds (pl_test_rounds (3000), 1, &limits);
}

/* What is made once and stays, as types and quarks, is there after some rounds. */
static void
test_random_cancels (void)
{
  const PlTestLimits limits = {
    .max_sources = 2,
    .max_stages = 3,
    .max_elements = 20,
    .max_workers = 3,
    .max_calls = 200,
    .max_delay = 300,
    .may_be_endless = TRUE,
  };
  guint n_threads;
  guint n_fds;
  gsize n_bytes;

  run_rounds (pl_test_rounds (500), 100, &limits);
  n_threads = pl_test_count_threads ();
  n_fds = pl_test_count_fds ();
  n_bytes = pl_test_count_bytes ();

  run_rounds (pl_test_rounds (10000), 100, &limits);
  pl_test_wait_for_threads (n_threads);
  g_assert_cmpuint (pl_test_count_fds (), ==, n_fds);
  pl_test_assert_bytes (n_bytes);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);

  /* With this type GLib starts a thread of its own, which is not to be counted as left behind. */
  g_type_ensure (G_TYPE_TASK);
  pl_test_pool_start ();

  g_test_add_func ("/stress/random-graphs", test_random_graphs);
  g_test_add_func ("/stress/random-cancels", test_random_cancels);

  return pl_test_run ();
}
