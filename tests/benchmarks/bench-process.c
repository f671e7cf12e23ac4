/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "bench-util.h"

#include <errno.h>
#include <gio/gunixinputstream.h>
#include <gio/gunixoutputstream.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* What an element costs that goes to a worker process and comes back; and, for comparison, to a
 * child of this program that does nothing else: one element at a time, written to its pipe and read
 * from it, by one thread, and by as many as there are workers, with a child each. An element is a
 * block of bytes, which the child sends back. */

#define PING_PONG "--ping-pong"

static int n_bytes;

/* Elements are made ahead, and used again and again: memory that is new is slow. */
#define N_BLOCKS 16

static GBytes *blocks[N_BLOCKS];

static void
make_blocks (void)
{
  for (int i = 0; i < N_BLOCKS; i++)
    {
      guint8 *data = g_malloc (n_bytes);

      memset (data, i + 1, n_bytes);
      g_clear_pointer (&blocks[i], g_bytes_unref);
      blocks[i] = g_bytes_new_take (data, n_bytes);
    }
}

/* Whether @data is all of one of them. */
static void
check_block (const guint8 *data, gsize size)
{
  if (size != (gsize) n_bytes || data[0] < 1 || data[0] > N_BLOCKS || data[size - 1] != data[0])
    g_error ("What came back is not what was sent");
}

/* The pipeline */

static gboolean
echo (const GValue *element,
      GValue *result,
      PlWorker *worker,
      gpointer user_data,
      GError **error)
{
  g_value_init (result, G_TYPE_BYTES);
  g_value_copy (element, result);
  return TRUE;
}

typedef struct
{
  gint64 n_made;
  gint64 n_elements;
} Source;

static gboolean
generate (GValue *value, PlWorker *worker, gpointer user_data, GError **error)
{
  Source *source = user_data;

  if (source->n_made == source->n_elements)
    return FALSE;

  g_value_init (value, G_TYPE_BYTES);
  g_value_set_boxed (value, blocks[source->n_made++ % N_BLOCKS]);
  return TRUE;
}

static gint64
run_process_map (const BenchCase *bench_case)
{
  Source from = { 0, bench_case->elements };
  g_autoptr(PlCommand) command = pl_command_new_self ("echo");
  g_autoptr(PlStage) source = pl_source_new_for_func (generate, &from, NULL);
  g_autoptr(PlStage) map = pl_process_map (source, command);
  g_autoptr(PlIterator) iterator = NULL;
  g_autoptr(GError) error = NULL;
  g_auto(GValue) value = G_VALUE_INIT;
  gint64 n_back = 0;
  gint64 sum = 0;

  pl_stage_set_workers (map, bench_case->workers);
  iterator = pl_stage_iterate_bounded (map, bench_case->maxsize);
  while (pl_iterator_next (iterator, &value, NULL, &error))
    {
      gsize size;
      const guint8 *data = g_bytes_get_data (g_value_get_boxed (&value), &size);

      check_block (data, size);
      sum += n_back++;
    }

  g_assert_no_error (error);
  return sum;
}

/* The same by hand */

static gboolean
write_all (int fd, const char *data, gsize size)
{
  for (gssize n; size > 0; data += n, size -= n)
    {
      n = write (fd, data, size);
      if (n < 0 && errno != EINTR)
        return FALSE;
      n = MAX (n, 0);
    }

  return TRUE;
}

static gboolean
read_all (int fd, char *data, gsize size)
{
  for (gssize n; size > 0; data += n, size -= n)
    {
      n = read (fd, data, size);
      if (n == 0 || (n < 0 && errno != EINTR))
        return FALSE;
      n = MAX (n, 0);
    }

  return TRUE;
}

/* The child: sends back what it reads. */
static int
ping_pong_main (gsize size)
{
  g_autofree char *data = g_malloc (size);

  while (read_all (STDIN_FILENO, data, size) && write_all (STDOUT_FILENO, data, size))
    continue;
  return 0;
}

typedef struct
{
  gint64 n_elements;
  gint64 n_made; /* atomic */
} PingPong;

static gpointer
ping_pong_thread (gpointer user_data)
{
  PingPong *self = user_data;
  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *size = g_strdup_printf ("%d", n_bytes);
  g_autoptr(GError) error = NULL;
  g_autoptr(GSubprocess) child =
    g_subprocess_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error,
                      program, PING_PONG, size, NULL);
  g_autofree char *back = g_malloc (n_bytes);
  gint64 *sum = g_new0 (gint64, 1);
  gint64 number;
  int in_fd, out_fd;

  g_assert_no_error (error);
  in_fd = g_unix_output_stream_get_fd (
    G_UNIX_OUTPUT_STREAM (g_subprocess_get_stdin_pipe (child)));
  out_fd = g_unix_input_stream_get_fd (
    G_UNIX_INPUT_STREAM (g_subprocess_get_stdout_pipe (child)));

  while ((number = __atomic_fetch_add (&self->n_made, 1, __ATOMIC_RELAXED)) < self->n_elements)
    {
      if (!write_all (in_fd, g_bytes_get_data (blocks[number % N_BLOCKS], NULL), n_bytes) ||
          !read_all (out_fd, back, n_bytes))
        g_error ("The child has gone");
      check_block ((const guint8 *) back, n_bytes);
      *sum += number;
    }

  g_output_stream_close (g_subprocess_get_stdin_pipe (child), NULL, NULL);
  g_subprocess_wait (child, NULL, NULL);
  return sum;
}

static gint64
run_ping_pongs (const BenchCase *bench_case, int n_threads)
{
  PingPong self = { bench_case->elements, 0 };
  g_autofree GThread **threads = g_new (GThread *, n_threads);
  gint64 sum = 0;

  for (int i = 0; i < n_threads; i++)
    threads[i] = g_thread_new ("ping-pong", ping_pong_thread, &self);

  for (int i = 0; i < n_threads; i++)
    {
      g_autofree gint64 *part = g_thread_join (threads[i]);

      sum += *part;
    }

  return sum;
}

/* Processor time */

typedef struct
{
  double time; /* in nanoseconds, of this process and its children */
  gint64 n_elements;
} Cost;

enum
{
  PROCESS_MAP,
  PING_PONG_OF_ONE,
  PING_PONG_OF_ALL,
  N_PEERS
};

static Cost costs[N_PEERS];

static double
get_processor_time (void)
{
  const int whose[] = { RUSAGE_SELF, RUSAGE_CHILDREN };
  double time = 0;

  for (guint i = 0; i < G_N_ELEMENTS (whose); i++)
    {
      struct rusage usage;

      getrusage (whose[i], &usage);
      time += (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e9;
      time += (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e3;
    }

  return time;
}

static gint64
run_at_cost (const BenchCase *bench_case, int peer)
{
  double start = get_processor_time ();
  gint64 sum = peer == PROCESS_MAP ? run_process_map (bench_case)
                                   : run_ping_pongs (bench_case, peer == PING_PONG_OF_ONE
                                                                   ? 1 : bench_case->workers);

  costs[peer].time += get_processor_time () - start;
  costs[peer].n_elements += bench_case->elements;
  return sum;
}

static gint64
measure_process_map (const BenchCase *bench_case)
{
  return run_at_cost (bench_case, PROCESS_MAP);
}

static gint64
measure_ping_pong_of_one (const BenchCase *bench_case)
{
  return run_at_cost (bench_case, PING_PONG_OF_ONE);
}

static gint64
measure_ping_pong_of_all (const BenchCase *bench_case)
{
  return run_at_cost (bench_case, PING_PONG_OF_ALL);
}

static double
get_processor_cost (int peer)
{
  return costs[peer].time / costs[peer].n_elements;
}

static void
run_case (const BenchCase *bench_case)
{
  const BenchPeer peers[] = {
    { "process-map", measure_process_map },
    { "ping-pong", measure_ping_pong_of_one },
    { "ping-pongs", measure_ping_pong_of_all },
  };
  guint n_peers = bench_case->workers > 1 ? N_PEERS : PING_PONG_OF_ALL;
  g_autofree char *label = g_strdup_printf ("workers=%d maxsize=%d bytes=%d", bench_case->workers,
                                            bench_case->maxsize, n_bytes);
  double medians[N_PEERS];

  memset (costs, 0, sizeof costs);
  bench_compare (peers, n_peers, bench_case, label, medians);
  for (guint i = 0; i < n_peers; i++)
    {
      if (medians[i] > 0)
        g_print ("%s elements=%" G_GINT64_FORMAT " %s megabytes_per_second=%.1f "
                 "processor_ns_per_element=%.1f\n", peers[i].name, bench_case->elements, label,
                 n_bytes * 1e3 / medians[i], get_processor_cost (i));
    }
  for (guint i = PING_PONG_OF_ONE; i < n_peers; i++)
    {
      if (medians[PROCESS_MAP] > 0 && medians[i] > 0)
        g_print ("process-map/%s elements=%" G_GINT64_FORMAT " %s ratio=%.2f "
                 "processor_ratio=%.2f\n", peers[i].name, bench_case->elements, label,
                 medians[PROCESS_MAP] / medians[i],
                 get_processor_cost (PROCESS_MAP) / get_processor_cost (i));
    }
}

int
main (int argc, char **argv)
{
  g_autofree char *elements_list = g_strdup ("20000");
  g_autofree char *workers_list = g_strdup ("1,2");
  g_autofree char *maxsize_list = g_strdup ("0");
  g_autofree char *bytes_list = g_strdup ("64");
  const GOptionEntry entries[] = {
    { "elements", 0, 0, G_OPTION_ARG_STRING, &elements_list, "Elements of a run", "N,…" },
    { "workers", 0, 0, G_OPTION_ARG_STRING, &workers_list, "Processes", "N,…" },
    { "maxsize", 0, 0, G_OPTION_ARG_STRING, &maxsize_list, "Bound behind the stage", "N,…" },
    { "bytes", 0, 0, G_OPTION_ARG_STRING, &bytes_list, "Size of an element", "N,…" },
    G_OPTION_ENTRY_NULL
  };
  gint64 elements, workers, maxsize, bytes;

  if (argc == 3 && g_str_equal (argv[1], PING_PONG))
    return ping_pong_main (g_ascii_strtoull (argv[2], NULL, 10));

  pl_worker_register_map ("echo", echo, NULL, NULL);
  pl_worker_init (&argc, &argv);

  if (!bench_parse_for_peers (argc, argv, entries))
    return 2;

  for (const char *b = bytes_list; bench_next_number (&b, &bytes);)
    for (const char *e = elements_list; bench_next_number (&e, &elements);)
      for (const char *m = maxsize_list; bench_next_number (&m, &maxsize);)
        for (const char *w = workers_list; bench_next_number (&w, &workers);)
          {
            n_bytes = CLAMP (bytes, 1, G_MAXINT / 2);
            make_blocks ();
            run_case (&(BenchCase) { elements, MAX (workers, 1), maxsize, 0 });
          }
  return 0;
}
