/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-pool.h"
#include "pl-test-round.h"

#include <string.h>

#ifdef __GLIBC__
#include <malloc.h>
#if __GLIBC_PREREQ (2, 33)
#define HAS_MALLINFO2
#endif
#endif

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

/* The bytes that are allocated. Where it is not known, as under tools that have an allocator of
 * their own (and find leaks themselves), it is always the same. */
static gsize
count_bytes (void)
{
#ifdef HAS_MALLINFO2
  malloc_trim (0);
  return mallinfo2 ().uordblks;
#else
  return 0;
#endif
}

/* How many bytes more there may be. The allocators of the C library and of GLib keep caches, which
 * count as allocated and grow, ever more slowly, each time a round needs more than all before it.
 * tests/meson.build turns them off; what is left is exact but for blocks that are rounded up. */
static gsize
get_slack (void)
{
  const char *tunables = g_getenv ("GLIBC_TUNABLES");
  gboolean has_caches = tunables == NULL || strstr (tunables, "tcache_count=0") == NULL;

  return has_caches ? 512 * 1024 : 4 * 1024;
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
  n_bytes = count_bytes ();

  run_rounds (pl_test_rounds (10000), 100, &limits);
  pl_test_wait_for_threads (n_threads);
  g_assert_cmpuint (pl_test_count_fds (), ==, n_fds);
  g_test_message ("%zu bytes, then %zu", n_bytes, count_bytes ());
  g_assert_cmpuint (count_bytes (), <=, n_bytes + get_slack ());
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
