/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "workers/pl-child-private.h"

#include "fuzz-frames.h"
#include "pypeln-glib.h"

#include <string.h>

/* What a run makes of what its worker processes may say: it goes on, or ends with an error.
 *
 * There are no processes: in this program a child is what follows, which says what the input tells,
 * one frame after the other, and then has ended. Each child says the next part of the input.
 *
 * The first byte of the input picks the operation and the settings; then there are frames as
 * fuzz-frames.h tells. */

#define OPERATION 3
#define IS_BOUNDED 4
#define SKIPS 8
#define RETRIES 16
#define HAS_TWO_WORKERS 32

#define N_ELEMENTS 8

/* A child ends behind a frame of this type, which is none. */
#define END_OF_CHILD 0xff

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);
gint64 __wrap_g_get_monotonic_time (void);
gint64 __real_g_get_monotonic_time (void);
void __wrap_g_source_set_ready_time (GSource *source, gint64 ready_time);
void __real_g_source_set_ready_time (GSource *source, gint64 ready_time);

/* Time: nothing is waited for, since what is to happen later happens now. */

static GMutex time_mutex;
static gint64 ahead; /* of the clock, under it */

gint64
__wrap_g_get_monotonic_time (void)
{
  gint64 time;

  g_mutex_lock (&time_mutex);
  time = __real_g_get_monotonic_time () + ahead;
  g_mutex_unlock (&time_mutex);
  return time;
}

void
__wrap_g_source_set_ready_time (GSource *source, gint64 ready_time)
{
  if (ready_time > 0)
    {
      g_mutex_lock (&time_mutex);
      ahead = MAX (ahead, ready_time - __real_g_get_monotonic_time ());
      g_mutex_unlock (&time_mutex);
      ready_time = 0;
    }
  __real_g_source_set_ready_time (source, ready_time);
}

/* The input, which children of several threads say. */

static struct
{
  GMutex mutex;
  const guint8 *data;
  gsize size;
  gsize at;
  guint n_children; /* that were to be */
} input;

/* What a child says next; FALSE: it has ended. */
static gboolean
input_next (GByteArray *said)
{
  gboolean more;

  g_mutex_lock (&input.mutex);
  more = input.at < input.size && input.data[input.at] != END_OF_CHILD;
  if (more)
    more = fuzz_frames_next (input.data, input.size, &input.at, said);
  else
    input.at++;
  g_mutex_unlock (&input.mutex);
  return more;
}

/* There is to be another child. Tells whether it would have anything to say. */
static gboolean
input_begin_child (void)
{
  gboolean is_over;

  g_mutex_lock (&input.mutex);
  input.n_children++;
  is_over = input.at >= input.size;
  g_mutex_unlock (&input.mutex);
  return !is_over;
}

/* The child */

struct _PlChild
{
  PlChildSink sink;
  GSource *source;
  PlSpool heard;
  gboolean is_paused;
  gboolean is_over;
  PlChildStop stop;
};

static void
pl_child_say (PlChild *self, const GByteArray *said)
{
  for (gsize n = 0; n < said->len;)
    {
      gsize n_space;
      guint8 *space = self->sink.get_space (self->sink.user_data, &n_space);

      n_space = MIN (n_space, said->len - n);
      memcpy (space, said->data + n, n_space);
      self->sink.add (self->sink.user_data, n_space);
      n += n_space;
      g_assert_cmpuint (n, ==, said->len);
    }
}

static gboolean
pl_child_source_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  PlChild *self = *(PlChild **) (source + 1);
  g_autoptr(GByteArray) said = g_byte_array_new ();

  if (self->stop > PL_CHILD_RUNS || (!self->is_paused && !input_next (said)))
    {
      self->is_over = TRUE;
      __real_g_source_set_ready_time (source, -1);
    }
  else if (self->is_paused)
    __real_g_source_set_ready_time (source, -1);
  else
    pl_child_say (self, said);
  return G_SOURCE_CONTINUE;
}

GMainContext *
pl_child_new_context (GError **error)
{
  return g_main_context_new ();
}

PlChild *
pl_child_new (PlCommand *command,
              char **argv,
              guint launcher,
              const char *name,
              const PlChildSink *sink,
              GError **error)
{
  static GSourceFuncs funcs = { .dispatch = pl_child_source_dispatch };
  PlChild *self;

  if (!input_begin_child ())
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "There is no more input");
      return NULL;
    }

  self = g_new0 (PlChild, 1);
  self->sink = *sink;
  pl_spool_init (&self->heard);
  self->source = g_source_new (&funcs, sizeof (GSource) + sizeof (PlChild *));
  *(PlChild **) (self->source + 1) = self;
  __real_g_source_set_ready_time (self->source, 0);
  g_source_attach (self->source, g_main_context_get_thread_default ());
  return self;
}

void
pl_child_free (PlChild *self)
{
  g_source_destroy (self->source);
  g_source_unref (self->source);
  pl_spool_clear (&self->heard);
  g_free (self);
}

GByteArray *
pl_child_get_out (PlChild *self)
{
  return self->heard.bytes;
}

PlSpool *
pl_child_get_spool (PlChild *self)
{
  return &self->heard;
}

gsize
pl_child_get_unsent (PlChild *self)
{
  return 0;
}

void
pl_child_flush (PlChild *self)
{
  pl_spool_drop (&self->heard);
}

void
pl_child_close_input (PlChild *self)
{
}

void
pl_child_set_paused (PlChild *self, gboolean is_paused)
{
  if (is_paused == self->is_paused)
    return;

  self->is_paused = is_paused;
  if (!is_paused && !self->is_over)
    __real_g_source_set_ready_time (self->source, 0);
}

void
pl_child_stop (PlChild *self, PlChildStop stop)
{
  self->stop = MAX (self->stop, stop);
  __real_g_source_set_ready_time (self->source, 0);
}

gboolean
pl_child_is_stopping (PlChild *self)
{
  return self->stop > PL_CHILD_RUNS;
}

gboolean
pl_child_has_closed_output (PlChild *self)
{
  return self->stop > PL_CHILD_RUNS || self->is_over;
}

gboolean
pl_child_is_over (PlChild *self)
{
  return self->is_over;
}

gboolean
pl_child_exited_well (PlChild *self, int *status)
{
  *status = 0;
  return TRUE;
}

char *
pl_child_describe_end (PlChild *self)
{
  return g_strdup ("has ended");
}

pid_t
pl_child_get_pid (PlChild *self)
{
  return 0;
}

/* The run */

static PlStage *
new_stage (guint8 flags)
{
  static PlStage *(*const constructors[]) (PlStage *, PlCommand *) = {
    pl_process_map, pl_process_filter, pl_process_each, pl_process_flat_map,
  };
  const char *argv[] = { "true", NULL };
  g_autoptr(PlCommand) command = pl_command_new (argv);
  g_autoptr(PlStage) source = pl_source_new_range (0, N_ELEMENTS);
  PlStage *stage = constructors[flags & OPERATION] (source, command);

  pl_command_set_silence (command, 0);
  pl_command_set_start_timeout (command, 0);
  if ((flags & SKIPS) != 0)
    pl_stage_set_error_policy (stage, PL_ERROR_POLICY_SKIP);
  pl_stage_set_retries (stage, (flags & RETRIES) != 0 ? 1 : 0);
  pl_stage_set_workers (stage, (flags & HAS_TWO_WORKERS) != 0 ? 2 : 1);
  return stage;
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  guint8 flags = size > 0 ? data[0] : 0;
  g_autoptr(PlStage) stage = new_stage (flags);
  g_autoptr(PlIterator) iterator = NULL;
  g_autoptr(GError) error = NULL;
  g_auto(GValue) value = G_VALUE_INIT;

  input.data = data;
  input.size = size;
  input.at = MIN (1, size);
  input.n_children = 0;

  iterator = pl_stage_iterate_bounded (stage, (flags & IS_BOUNDED) != 0 ? 1 : 0);
  while (pl_iterator_next (iterator, &value, NULL, &error))
    continue;

  g_assert_cmpuint (input.n_children, >, 0);
  return 0;
}
