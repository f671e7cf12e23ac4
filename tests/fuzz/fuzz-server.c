/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-server-private.h"

#include "fuzz-frames.h"
#include "pl-error.h"
#include "pypeln-glib.h"
#include "workers/pl-frame-reader-private.h"

#include <glib-unix.h>
#include <sys/mman.h>
#include <unistd.h>

/* What a worker process makes of what may come from whatever has started it: it serves, or ends,
 * and all that it says are frames.
 *
 * The first byte of the input picks the function, and whether what comes is a greeting first; then
 * there are frames as fuzz-frames.h tells. */

#define IS_FLAT_MAP 1
#define GREETS 2
#define ENDS 4

/* A pipe holds as much */
#define MAX_SIZE (32 * 1024)

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);
gboolean __wrap_g_cond_wait_until (GCond *cond, GMutex *mutex, gint64 end_time);
gboolean __real_g_cond_wait_until (GCond *cond, GMutex *mutex, gint64 end_time);

/* A worker whose parent is gone, and who does not end in time, exits: the grace may be told to be
 * nothing. */
gboolean
__wrap_g_cond_wait_until (GCond *cond, GMutex *mutex, gint64 end_time)
{
  return __real_g_cond_wait_until (cond, mutex, end_time + 60 * G_USEC_PER_SEC);
}

static gboolean
repeat (const GValue *element, GValue *result, PlWorker *worker, gpointer user_data, GError **error)
{
  g_value_init (result, G_VALUE_TYPE (element));
  g_value_copy (element, result);
  return TRUE;
}

static gboolean
repeat_twice (const GValue *element, PlWorker *worker, gpointer user_data, GError **error)
{
  return pl_worker_emit (worker, element, error) && pl_worker_emit (worker, element, error);
}

static void
greet (GByteArray *in, guint8 flags)
{
  GVariantDict hello;

  g_variant_dict_init (&hello, NULL);
  g_variant_dict_insert (&hello, "version", "u", PL_FRAME_VERSION);
  g_variant_dict_insert (&hello, "operation", "s", (flags & IS_FLAT_MAP) != 0 ? "flat_map" : "map");
  g_variant_dict_insert (&hello, "grace", "u", 1000);
  pl_frame_append (in, PL_FRAME_HELLO, 0, g_variant_dict_end (&hello), NULL);
}

/* All that has been said are frames. */
static void
check_out (int fd)
{
  gsize size = lseek (fd, 0, SEEK_END);
  g_auto(PlFrameReader) reader;
  g_autoptr(GError) error = NULL;
  PlFlow flow = PL_FLOW_AGAIN;

  pl_frame_reader_init (&reader);
  lseek (fd, 0, SEEK_SET);
  while (flow != PL_FLOW_END)
    {
      g_auto(PlFrame) frame = PL_FRAME_INIT;
      gsize n_space;
      guint8 *space;
      gssize n;

      flow = pl_frame_reader_next (&reader, &frame, &error);
      g_assert_no_error (error);
      if (flow == PL_FLOW_OK && frame.payload != NULL)
        {
          g_autoptr(GVariant) payload = pl_frame_dup_payload (&frame, &error);

          g_assert_nonnull (payload);
        }
      if (flow != PL_FLOW_AGAIN)
        continue;

      space = pl_frame_reader_get_space (&reader, &n_space);
      n = read (fd, space, n_space);
      g_assert_cmpint (n, >=, 0);
      if (n == 0)
        break;
      pl_frame_reader_add (&reader, n);
      size -= n;
    }

  g_assert_cmpuint (size, ==, 0);
  g_assert_true (pl_frame_reader_check_end (&reader, &error));
}

static PlStage *
find_stage (gboolean is_flat_map)
{
  static PlStage *map;
  static PlStage *flat_map;

  if (map == NULL)
    {
      map = pl_worker_register_map ("map", repeat, NULL, NULL);
      flat_map = pl_worker_register_flat_map ("flat-map", repeat_twice, NULL, NULL);
    }
  return is_flat_map ? flat_map : map;
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr(GByteArray) in = g_byte_array_new ();
  g_autoptr(GError) error = NULL;
  guint8 flags = size > 0 ? data[0] : 0;
  gsize at = 1;
  int fds[2];
  int out_fd;

  if ((flags & GREETS) != 0)
    greet (in, flags);
  while (in->len < MAX_SIZE && fuzz_frames_next (data, size, &at, in))
    continue;
  if ((flags & ENDS) != 0)
    pl_frame_append (in, PL_FRAME_END, 0, NULL, NULL);

  g_assert_true (g_unix_open_pipe (fds, FD_CLOEXEC, &error));
  out_fd = memfd_create ("out", MFD_CLOEXEC);
  g_assert_cmpint (write (fds[1], in->data, in->len), ==, in->len);
  close (fds[1]);

  pl_server_run (find_stage ((flags & IS_FLAT_MAP) != 0), fds[0], out_fd, &error);
  check_out (out_fd);
  close (out_fd);
  close (fds[0]);
  return 0;
}
