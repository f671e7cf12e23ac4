/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "bench-util.h"

#include <time.h>

/* Whether a main loop that draws 60 frames a second still does when a pipeline runs on its context,
 * as fast as that goes: how much longer than a period it takes from one frame to the next. */

/* In microseconds */
#define PERIOD (G_USEC_PER_SEC / 60)

/* That of GTK's frame clock: GDK_PRIORITY_REDRAW */
#define PRIORITY_REDRAW (G_PRIORITY_HIGH_IDLE + 20)

#define IN_FLIGHT 100
#define MAXSIZE 1000

/* The frames, each due a period after when the one before was. */

typedef struct
{
  GSource source;
  gint64 due;
  gint64 last;      /* when the last one was drawn */
  gint64 last_cpu;  /* what the thread had run for by then */
  GArray *delays;   /* double: by how many milliseconds a gap was longer than a period */
  double worst_cpu; /* the same, of the time in a gap that the thread was running */
} Frames;

static gint64
get_thread_cpu_time (void)
{
  struct timespec time;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &time);
  return time.tv_sec * G_USEC_PER_SEC + time.tv_nsec / 1000;
}

static void
frames_note (Frames *frames, gint64 now)
{
  gint64 cpu = get_thread_cpu_time ();
  double delay = (now - frames->last - PERIOD) / 1000.0;
  double delay_cpu = (cpu - frames->last_cpu - PERIOD) / 1000.0;

  g_array_append_val (frames->delays, delay);
  frames->worst_cpu = MAX (frames->worst_cpu, delay_cpu);
  frames->last = now;
  frames->last_cpu = cpu;
  while (frames->due <= now)
    frames->due += PERIOD;
}

static gboolean
frames_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  Frames *frames = (Frames *) source;

  frames_note (frames, g_get_monotonic_time ());
  g_source_set_ready_time (source, frames->due);
  return G_SOURCE_CONTINUE;
}

static Frames *
frames_new (int priority)
{
  static GSourceFuncs funcs = { .dispatch = frames_dispatch };
  GSource *source = g_source_new (&funcs, sizeof (Frames));
  Frames *frames = (Frames *) source;

  frames->delays = g_array_new (FALSE, FALSE, sizeof (double));
  g_source_set_priority (source, priority);
  return frames;
}

static void
frames_start (Frames *frames)
{
  frames->last = g_get_monotonic_time ();
  frames->last_cpu = get_thread_cpu_time ();
  frames->due = frames->last + PERIOD;
  g_source_set_ready_time (&frames->source, frames->due);
  g_source_attach (&frames->source, NULL);
}

/* A frame that is overdue counts as if it were drawn now. */
static void
frames_stop (Frames *frames)
{
  gint64 now = g_get_monotonic_time ();

  if (now >= frames->due)
    frames_note (frames, now);
  g_source_destroy (&frames->source);
}

static void
frames_free (Frames *frames)
{
  g_array_unref (frames->delays);
  g_source_unref (&frames->source);
}

/* The pipelines. The sources have no end, and all functions are short. */

typedef PlStage *(*MapFunc) (PlStage *input);

static PlStage *
map_at_once (PlStage *input)
{
  return pl_task_map (input, bench_answer_at_once, NULL, NULL);
}

static PlStage *
map_idle (PlStage *input)
{
  return pl_task_map (input, bench_answer_idle, NULL, NULL);
}

static PlStage *
map_thread (PlStage *input)
{
  return pl_thread_map (input, bench_identity, NULL, NULL);
}

typedef struct
{
  const char *name;
  MapFunc maps[5]; /* NULL at the end */
  gboolean is_list;
} Load;

static const Load loads[] = {
  { "none", { NULL }, FALSE },
  { "at-once", { map_at_once, NULL }, FALSE },
  { "idle", { map_idle, NULL }, FALSE },
  { "chain", { map_at_once, map_idle, map_at_once, map_idle, NULL }, FALSE },
  { "threads", { map_thread, map_at_once, map_thread, map_idle, NULL }, FALSE },
  { "list-model", { map_at_once, NULL }, TRUE },
};

static PlStage *
load_new_stage (const Load *load)
{
  g_autoptr(PlStage) stage = bench_source_new (G_MAXINT64);

  for (const MapFunc *map = load->maps; *map != NULL; map++)
    {
      g_autoptr(PlStage) input = g_steal_pointer (&stage);

      stage = (*map) (input);
      pl_stage_set_maxsize (stage, MAXSIZE);
      if (*map != map_thread)
        pl_stage_set_workers (stage, IN_FLIGHT);
    }

  return g_steal_pointer (&stage);
}

/* Runs, which tell how many elements have come. */

static gboolean
end_cb (gpointer user_data)
{
  g_main_loop_quit (user_data);
  return G_SOURCE_REMOVE;
}

/* The end comes also where frames are never drawn. */
static void
run_loop (GMainLoop *loop, Frames *frames, int seconds)
{
  frames_start (frames);
  g_timeout_add_full (G_PRIORITY_HIGH, seconds * 1000, end_cb, loop, NULL);
  g_main_loop_run (loop);
  frames_stop (frames);
}

typedef struct
{
  GMainLoop *loop;
  gint64 n_elements;
  gboolean is_over;
} Consumer;

static void
consumer_next_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  PlIterator *iterator = PL_ITERATOR (object);
  Consumer *consumer = user_data;
  g_auto(GValue) value = G_VALUE_INIT;
  g_autoptr(GError) error = NULL;

  pl_iterator_next_finish (iterator, result, &value, &error);
  g_assert_no_error (error);

  if (consumer->is_over)
    {
      g_main_loop_quit (consumer->loop);
      return;
    }

  consumer->n_elements++;
  pl_iterator_next_async (iterator, NULL, consumer_next_cb, consumer);
}

static gint64
run_iterator (PlStage *stage, Frames *frames, int seconds)
{
  g_autoptr(GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr(PlIterator) iterator = pl_stage_iterate (stage);
  Consumer consumer = { loop, 0, FALSE };

  pl_iterator_next_async (iterator, NULL, consumer_next_cb, &consumer);
  run_loop (loop, frames, seconds);

  /* The last call is still under way. */
  consumer.is_over = TRUE;
  g_main_loop_run (loop);
  return consumer.n_elements;
}

static gint64
run_list_model (PlStage *stage, Frames *frames, int seconds)
{
  g_autoptr(GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr(GListModel) model = pl_stage_to_list_model (stage);

  run_loop (loop, frames, seconds);
  return g_list_model_get_n_items (model);
}

static gpointer
busy_thread (gpointer data)
{
  int *is_over = data;

  while (!g_atomic_int_get (is_over))
    ;
  return NULL;
}

/* What the machine does to a loop that has nothing else to do. */
static gint64
run_none (Frames *frames, int seconds)
{
  g_autoptr(GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  int is_over = FALSE; /* atomic */
  GThread *thread = g_thread_new ("busy", busy_thread, &is_over);

  run_loop (loop, frames, seconds);

  g_atomic_int_set (&is_over, TRUE);
  g_thread_join (thread);
  return 0;
}

static gint64
run_load (const Load *load, Frames *frames, int seconds)
{
  g_autoptr(PlStage) stage = NULL;

  if (load->maps[0] == NULL)
    return run_none (frames, seconds);

  stage = load_new_stage (load);
  return load->is_list ? run_list_model (stage, frames, seconds)
                       : run_iterator (stage, frames, seconds);
}

static void
run_case (const Load *load, const char *priority_name, int priority, int seconds)
{
  Frames *frames = frames_new (priority);
  gint64 n_elements = run_load (load, frames, seconds);
  double *delays = (double *) (gpointer) frames->delays->data;
  guint n = frames->delays->len;

  g_print ("load=%s priority=%s elements=%" G_GINT64_FORMAT " frames=%u worst_ms=%.2f "
           "p99_ms=%.2f worst_cpu_ms=%.2f\n",
           load->name, priority_name, n_elements, n, bench_percentile (delays, n, 100),
           bench_percentile (delays, n, 99), frames->worst_cpu);
  frames_free (frames);
}

int
main (int argc, char **argv)
{
  int seconds = 5;
  g_autofree char *load_name = NULL;
  const GOptionEntry entries[] = {
    { "seconds", 0, 0, G_OPTION_ARG_INT, &seconds, "How long each case runs", "N" },
    { "load", 0, 0, G_OPTION_ARG_STRING, &load_name, "Run this load alone", "NAME" },
    G_OPTION_ENTRY_NULL
  };

  if (!bench_parse (argc, argv, entries, NULL))
    return 2;

  for (guint i = 0; i < G_N_ELEMENTS (loads); i++)
    {
      if (load_name != NULL && !g_str_equal (loads[i].name, load_name))
        continue;

      run_case (&loads[i], "default", G_PRIORITY_DEFAULT, MAX (seconds, 1));
      run_case (&loads[i], "redraw", PRIORITY_REDRAW, MAX (seconds, 1));
    }
  return 0;
}
