/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-memory.h"

#include <string.h>

#ifdef __GLIBC__
#include <malloc.h>
#if __GLIBC_PREREQ (2, 33)
#define HAS_MALLINFO2
#endif
#endif

/* The bytes that are allocated. Where it is not known, as under tools that have an allocator of
 * their own (and find leaks themselves), it is always the same. */
gsize
pl_test_count_bytes (void)
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

/* There are no more bytes than there were. */
void
pl_test_assert_bytes (gsize n_bytes)
{
  g_test_message ("%zu bytes, then %zu", n_bytes, pl_test_count_bytes ());
  g_assert_cmpuint (pl_test_count_bytes (), <=, n_bytes + get_slack ());
}
