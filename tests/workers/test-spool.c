/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-error.h"
#include "workers/pl-block-pool-private.h"
#include "workers/pl-frame-value-private.h"

#include <fcntl.h>
#include <glib-unix.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* What is written to pipes and read from them without being copied, or into memory that is new. */

#define KIB 1024
#define MIB (1024 * 1024)

static int n_freed;

static void
count_free (gpointer data)
{
  g_free (data);
  n_freed++;
}

/* Bytes of which each tells where it is. */
static GBytes *
new_bytes (gsize size)
{
  guint8 *data = g_malloc (size);

  for (gsize i = 0; i < size; i++)
    data[i] = i * 31 / 7;
  return g_bytes_new_with_free_func (data, size, count_free, data);
}

static void
append_text (PlSpool *spool, GByteArray *expected, const char *text)
{
  g_byte_array_append (spool->bytes, (const guint8 *) text, strlen (text));
  g_byte_array_append (expected, (const guint8 *) text, strlen (text));
}

static void
lend (PlSpool *spool, GByteArray *expected, gsize size)
{
  g_autoptr(GBytes) bytes = new_bytes (size);

  g_assert_true (pl_spool_lend (spool, bytes));
  g_byte_array_append (expected, g_bytes_get_data (bytes, NULL), size);
}

/* Reads what there is to read, but @size bytes at most. */
static void
read_some (int fd, GByteArray *seen, gsize size)
{
  g_autofree guint8 *data = g_malloc (size);
  gssize n = read (fd, data, size);

  g_assert_cmpint (n, >, 0);
  g_byte_array_append (seen, data, n);
}

/* A pipe that does not wait. */
static void
open_pipe (int fds[2])
{
  g_autoptr(GError) error = NULL;

  g_unix_open_pipe (fds, FD_CLOEXEC, &error);
  g_assert_no_error (error);
  g_unix_set_fd_nonblocking (fds[0], TRUE, NULL);
  g_unix_set_fd_nonblocking (fds[1], TRUE, NULL);
}

/* With a reader that leaves little room, so that all is written in pieces which begin and end
 * anywhere, and more comes in between. */
static void
test_lent_bytes_come_in_their_place (void)
{
  g_autoptr(GByteArray) expected = g_byte_array_new ();
  g_autoptr(GByteArray) seen = g_byte_array_new ();
  PlSpool spool;
  PlFlow written;
  int fds[2];

  open_pipe (fds);
  pl_spool_init (&spool);
  n_freed = 0;

  for (guint round = 0; round < 40; round++)
    {
      append_text (&spool, expected, "in front ");
      lend (&spool, expected, 16 * KIB + 1000 * round);
      append_text (&spool, expected, "between");
      lend (&spool, expected, 100 * KIB + round);
      lend (&spool, expected, 17 * KIB);
      append_text (&spool, expected, "behind");
      g_assert_cmpuint (pl_spool_get_unsent (&spool), >=, 133 * KIB);
      g_assert_cmpint (pl_spool_write (&spool, fds[1]), ==, PL_FLOW_AGAIN);
      read_some (fds[0], seen, 10007 * (round % 9 + 1));
    }

  while ((written = pl_spool_write (&spool, fds[1])) == PL_FLOW_AGAIN)
    read_some (fds[0], seen, 50021);
  g_assert_cmpint (written, ==, PL_FLOW_OK);
  g_assert_cmpuint (pl_spool_get_unsent (&spool), ==, 0);
  while (seen->len < expected->len)
    read_some (fds[0], seen, MIB);

  g_assert_cmpmem (seen->data, seen->len, expected->data, expected->len);
  g_assert_cmpint (n_freed, ==, 40 * 3);
  pl_spool_clear (&spool);
  close (fds[0]);
  close (fds[1]);
}

static void
test_small_bytes_are_not_lent (void)
{
  g_autoptr(GBytes) bytes = new_bytes (KIB);
  g_autoptr(GBytes) empty = g_bytes_new_static (NULL, 0);
  PlSpool spool;

  pl_spool_init (&spool);
  g_assert_false (pl_spool_lend (&spool, bytes));
  g_assert_false (pl_spool_lend (&spool, empty));
  g_assert_cmpuint (pl_spool_get_unsent (&spool), ==, 0);
  pl_spool_clear (&spool);
}

/* What is before it stays, if it ends where that begins too. */
static void
test_taking_back_leaves_what_is_before (void)
{
  g_autoptr(GByteArray) expected = g_byte_array_new ();
  g_autoptr(GByteArray) other = g_byte_array_new ();
  PlSpool spool;
  guint start;

  pl_spool_init (&spool);
  n_freed = 0;
  append_text (&spool, expected, "before");
  lend (&spool, expected, 20 * KIB);

  start = spool.bytes->len;
  append_text (&spool, other, "taken back");
  lend (&spool, other, 30 * KIB);
  append_text (&spool, other, "too");
  g_assert_cmpuint (pl_spool_get_size (&spool, start), ==, other->len);
  pl_spool_truncate (&spool, start);

  g_assert_cmpuint (pl_spool_get_unsent (&spool), ==, expected->len);
  g_assert_cmpint (n_freed, ==, 1);
  pl_spool_clear (&spool);
  g_assert_cmpint (n_freed, ==, 2);
}

static void
test_drops_what_nobody_reads (void)
{
  g_autoptr(GByteArray) expected = g_byte_array_new ();
  PlSpool spool;
  int fds[2];

  signal (SIGPIPE, SIG_IGN);
  open_pipe (fds);
  close (fds[0]);
  pl_spool_init (&spool);
  n_freed = 0;

  append_text (&spool, expected, "never read");
  lend (&spool, expected, 20 * KIB);
  g_assert_cmpint (pl_spool_write (&spool, fds[1]), ==, PL_FLOW_END);
  pl_spool_drop (&spool);
  g_assert_cmpuint (pl_spool_get_unsent (&spool), ==, 0);
  g_assert_cmpint (pl_spool_write (&spool, fds[1]), ==, PL_FLOW_OK);
  g_assert_cmpint (n_freed, ==, 1);

  pl_spool_clear (&spool);
  close (fds[1]);
}

/* The value itself could be sent, and its frame not. Its memory is never touched. */
static void
test_frame_that_is_too_large_leaves_nothing (void)
{
  gsize size = PL_FRAME_MAX_SIZE - 8;
  gpointer data = mmap (NULL, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  g_autoptr(GBytes) bytes = g_bytes_new_static (data, size);
  g_autoptr(GError) error = NULL;
  g_auto(GValue) value = G_VALUE_INIT;
  const PlIndex index = { 1, { 17 } };
  PlSpool spool;

  g_assert_true (data != MAP_FAILED);
  pl_spool_init (&spool);
  g_value_init (&value, G_TYPE_BYTES);
  g_value_set_boxed (&value, bytes);

  g_assert_false (pl_frame_append_element (&spool, 1, &index, &value, &error));
  g_assert_error (error, PL_ERROR, PL_ERROR_INVALID_VALUE);
  g_assert_cmpuint (pl_spool_get_unsent (&spool), ==, 0);
  g_assert_true (pl_frame_append_value (&spool, PL_FRAME_ANSWER, 1, &value, NULL));
  g_assert_cmpuint (pl_spool_get_unsent (&spool), ==, PL_FRAME_HEADER_SIZE + size + 3);
  pl_spool_clear (&spool);
  munmap (data, size);
}

static PlBlock *
find_block (GBytes *bytes)
{
  return (PlBlock *) ((guint8 *) g_bytes_get_data (bytes, NULL) - G_STRUCT_OFFSET (PlBlock, data));
}

static void
test_block_is_used_again (void)
{
  g_autoptr(PlBlockPool) pool = pl_block_pool_new ();
  GBytes *bytes = pl_block_free_to_bytes (pl_block_pool_take (pool, 100 * KIB), 90 * KIB);
  PlBlock *block = find_block (bytes);
  PlBlock *other = pl_block_pool_take (pool, 100 * KIB);

  g_assert_cmpuint (g_bytes_get_size (bytes), ==, 90 * KIB);
  g_assert_true (other != block);
  g_bytes_unref (bytes);

  /* It is too small for the first, and would be a waste for the second. */
  pl_block_free (pl_block_grow (pl_block_pool_take (pool, 10 * KIB), 20 * KIB));
  g_assert_true (pl_block_pool_take (pool, 60 * KIB) == block);
  pl_block_free (block);
  pl_block_free (other);
}

static void
test_few_blocks_are_kept (void)
{
  g_autoptr(PlBlockPool) pool = pl_block_pool_new ();
  PlBlock *blocks[12];
  gsize before = pl_block_pool_get_kept (pool);

  for (guint i = 0; i < G_N_ELEMENTS (blocks); i++)
    blocks[i] = pl_block_pool_take (pool, MIB);
  for (guint i = 0; i < G_N_ELEMENTS (blocks); i++)
    pl_block_free (blocks[i]);

  g_assert_cmpuint (before, ==, 0);
  g_assert_cmpuint (pl_block_pool_get_kept (pool), ==, 8 * MIB);
  pl_block_free (pl_block_pool_take (pool, 5 * MIB));
  g_assert_cmpuint (pl_block_pool_get_kept (pool), <=, 8 * MIB);
}

static gpointer
free_bytes_main (gpointer bytes)
{
  g_bytes_unref (bytes);
  return NULL;
}

/* The consumer frees what it was given when it likes, in any thread. */
static void
test_bytes_outlive_their_pool (void)
{
  PlBlockPool *pool = pl_block_pool_new ();
  GThread *threads[4];

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    {
      GBytes *bytes = pl_block_free_to_bytes (pl_block_pool_take (pool, 64 * KIB), 64 * KIB);

      threads[i] = g_thread_new ("free", free_bytes_main, bytes);
    }
  pl_block_pool_close (pool);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/spool/lent-bytes-come-in-their-place", test_lent_bytes_come_in_their_place);
  g_test_add_func ("/spool/small-bytes-are-not-lent", test_small_bytes_are_not_lent);
  g_test_add_func ("/spool/taking-back-leaves-what-is-before",
                   test_taking_back_leaves_what_is_before);
  g_test_add_func ("/spool/drops-what-nobody-reads", test_drops_what_nobody_reads);
  g_test_add_func ("/spool/frame-that-is-too-large-leaves-nothing",
                   test_frame_that_is_too_large_leaves_nothing);
  g_test_add_func ("/block-pool/block-is-used-again", test_block_is_used_again);
  g_test_add_func ("/block-pool/few-blocks-are-kept", test_few_blocks_are_kept);
  g_test_add_func ("/block-pool/bytes-outlive-their-pool", test_bytes_outlive_their_pool);

  return g_test_run ();
}
