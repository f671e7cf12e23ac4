/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-server-private.h"

#include "pl-error.h"
#include "pl-exception.h"
#include "pl-run-private.h"
#include "pl-stage-private.h"
#include "workers/pl-frame-reader-private.h"
#include "workers/pl-frame-value-private.h"
#include "workers/pl-served-worker-private.h"

#include <errno.h>
#include <glib-unix.h>
#include <poll.h>
#include <unistd.h>

/* The end of the worker protocol that is inside of the worker process: it takes elements from the
 * parent, has a function run with them, and answers.
 *
 * The function runs in the thread that serves. Another thread reads, also while the function
 * computes: it answers heartbeats, gives back elements that have not begun, and learns that nobody
 * is there any more. Then it tells the function by its cancellable, and ends the process if that
 * does not end by itself. */

/* What has been heard of the parent is looked at so often in the time that it may be silent. Looks
 * are counted, not time: what has been stopped, and goes on, has not been silent. */
#define LOOKS_PER_SILENCE 4

typedef struct
{
  /* fixed, once the parent has been greeted */
  int in_fd;
  int out_fd;
  int stop_fds[2]; /* closing the second one ends the thread that reads */
  PlStage *stage;
  PlRun *run;
  PlWorker *worker;
  guint silence;         /* in milliseconds; 0: for ever */
  guint grace;           /* in milliseconds */
  gboolean is_stepwise; /* what is emitted waits until the parent asks for more */

  GThread *reader_thread;
  PlFrameReader reader; /* of the thread that reads */
  GQueue arrived;       /* PlFrame, elements of which the other thread does not know yet; so too */
  guint64 id;           /* of the element at hand, in the thread that serves */

  GMutex out_mutex;
  PlSpool out; /* under it */

  /* under the mutex */
  GMutex mutex;
  GCond changed;
  GQueue elements; /* PlFrame, which have not begun */
  gboolean is_waiting; /* for one: telling a condition takes long, whether or not somebody waits */
  guint n_steps;
  gboolean has_all; /* there will be no more elements */
  gboolean is_cut;  /* the parent is gone */
  gboolean is_over;
} PlServer;

static void
pl_server_free_frame (gpointer data)
{
  pl_frame_clear (data);
  g_free (data);
}

/* Nobody is there who wants more. */
static void
pl_server_cut (PlServer *self)
{
  g_mutex_lock (&self->mutex);
  self->is_cut = TRUE;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->mutex);

  pl_run_fail (self->run, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED,
                                               "The run has been cancelled"));
}

/* Sends what has been appended, which a frame that cannot be is not. */
static void
pl_server_flush (PlServer *self)
{
  gboolean is_sent = pl_spool_write (&self->out, self->out_fd) == PL_FLOW_OK;

  pl_spool_drop (&self->out);
  g_mutex_unlock (&self->out_mutex);

  if (!is_sent)
    pl_server_cut (self);
}

/* Sends a frame to the parent, from either thread. Fails only if there can be no such frame: a
 * parent that is gone is told otherwise. */
static gboolean
pl_server_send (PlServer *self, PlFrameType type, guint64 id, GVariant *payload, GError **error)
{
  gboolean done;

  g_mutex_lock (&self->out_mutex);
  done = pl_frame_append (self->out.bytes, type, id, payload, error);
  pl_server_flush (self);
  return done;
}

static gboolean
pl_server_send_value (PlServer *self,
                      PlFrameType type,
                      guint64 id,
                      const GValue *value,
                      GError **error)
{
  gboolean done;

  g_mutex_lock (&self->out_mutex);
  done = pl_frame_append_value (&self->out, type, id, value, error);
  pl_server_flush (self);
  return done;
}

static void
pl_server_send_error (PlServer *self, guint64 id, const GError *error)
{
  g_autofree char *message = g_utf8_make_valid (error->message, -1);
  const GValue *exception = pl_exception_get_value (error);

  /* The parent is told both at once. What cannot travel is not told. */
  g_mutex_lock (&self->out_mutex);
  if (exception != NULL)
    pl_frame_append_value (&self->out, PL_FRAME_CAUSE, id, exception, NULL);
  pl_frame_append (self->out.bytes, PL_FRAME_ERROR, id,
                   g_variant_new ("(sis)", g_quark_to_string (error->domain), error->code,
                                  message),
                   NULL);
  pl_server_flush (self);
}

/* Gives back the elements that have not begun. */
static void
pl_server_return (PlServer *self)
{
  g_auto(GVariantBuilder) ids = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("at"));
  PlFrame *frame;

  g_mutex_lock (&self->mutex);
  while ((frame = g_queue_pop_head (&self->elements)) != NULL)
    {
      g_variant_builder_add (&ids, "t", frame->id);
      pl_server_free_frame (frame);
    }
  g_mutex_unlock (&self->mutex);

  pl_server_send (self, PL_FRAME_RETURNED, 0, g_variant_builder_end (&ids), NULL);
}

/* Tells the thread that serves of the elements that have arrived: of all that came together at
 * once, since telling it is what costs. */
static void
pl_server_publish (PlServer *self)
{
  if (self->arrived.length == 0)
    return;

  g_mutex_lock (&self->mutex);
  while (self->arrived.length > 0)
    g_queue_push_tail_link (&self->elements, g_queue_pop_head_link (&self->arrived));
  if (self->is_waiting)
    g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->mutex);
}

/* What the parent says, in the thread that reads; takes what @frame holds. Returns FALSE if it is
 * none of what a parent says. */
static gboolean
pl_server_handle (PlServer *self, PlFrame *frame)
{
  if (frame->type != PL_FRAME_ELEMENT)
    pl_server_publish (self);

  switch (frame->type)
    {
    case PL_FRAME_ELEMENT:
      g_queue_push_tail (&self->arrived, g_memdup2 (frame, sizeof (PlFrame)));
      frame->payload = NULL;
      return TRUE;

    case PL_FRAME_GO:
    case PL_FRAME_END:
      g_mutex_lock (&self->mutex);
      self->n_steps += frame->type == PL_FRAME_GO;
      self->has_all |= frame->type == PL_FRAME_END;
      g_cond_broadcast (&self->changed);
      g_mutex_unlock (&self->mutex);
      return TRUE;

    case PL_FRAME_RECALL:
      pl_server_return (self);
      return TRUE;

    case PL_FRAME_PING:
      return pl_server_send (self, PL_FRAME_PONG, frame->id, NULL, NULL);

    case PL_FRAME_HELLO:
    case PL_FRAME_READY:
    case PL_FRAME_EMIT:
    case PL_FRAME_ANSWER:
    case PL_FRAME_CAUSE:
    case PL_FRAME_ERROR:
    case PL_FRAME_RETURNED:
    case PL_FRAME_PONG:
    default:
      return FALSE;
    }
}

/* Waits until there is something to read. Returns FALSE if there will not be. */
static gboolean
pl_server_wait (PlServer *self)
{
  struct pollfd fds[] = {
    { .fd = self->in_fd, .events = POLLIN },
    { .fd = self->stop_fds[0], .events = POLLIN },
  };
  int timeout = self->silence > 0 ? (int) (self->silence / LOOKS_PER_SILENCE) + 1 : -1;

  for (guint n = 0; n < LOOKS_PER_SILENCE + 1; n++)
    {
      int n_ready = poll (fds, self->stop_fds[0] != -1 ? 2 : 1, timeout);

      if (n_ready < 0 && errno == EINTR)
        n--;
      else if (n_ready != 0)
        return n_ready > 0 && fds[1].revents == 0;
    }

  return FALSE;
}

/* Reads what is there. Returns FALSE if nothing will be any more. */
static gboolean
pl_server_read (PlServer *self)
{
  gsize size;
  guint8 *space = pl_frame_reader_get_space (&self->reader, &size);
  gssize n;

  do
    n = read (self->in_fd, space, size);
  while (n < 0 && errno == EINTR);

  if (n > 0)
    pl_frame_reader_add (&self->reader, n);
  return n > 0;
}

/* Waits for the next frame. Returns FALSE, with @error set if that is why, if there is none. */
static gboolean
pl_server_next_frame (PlServer *self, PlFrame *frame, GError **error)
{
  PlFlow taken;

  while ((taken = pl_frame_reader_next (&self->reader, frame, error)) == PL_FLOW_AGAIN)
    {
      pl_server_publish (self);
      if (!pl_server_wait (self) || !pl_server_read (self))
        return FALSE;
    }

  return taken == PL_FLOW_OK;
}

/* The parent is gone: the function has been told, and has a while to end. */
static void
pl_server_wait_for_end (PlServer *self)
{
  gint64 end_time = g_get_monotonic_time () + self->grace * G_GINT64_CONSTANT (1000);

  g_mutex_lock (&self->mutex);
  while (!self->is_over && g_cond_wait_until (&self->changed, &self->mutex, end_time))
    continue;
  if (!self->is_over)
    _exit (EXIT_FAILURE);
  g_mutex_unlock (&self->mutex);
}

static gpointer
pl_server_reader_main (gpointer data)
{
  PlServer *self = data;
  g_auto(PlFrame) frame = PL_FRAME_INIT;
  gboolean is_over;

  while (pl_server_next_frame (self, &frame, NULL) && pl_server_handle (self, &frame))
    pl_frame_clear (&frame);

  g_mutex_lock (&self->mutex);
  is_over = self->is_over;
  g_mutex_unlock (&self->mutex);

  if (!is_over)
    {
      pl_server_cut (self);
      pl_server_wait_for_end (self);
    }
  return NULL;
}

/* What the function of a flat_map emits. */
static gboolean
pl_server_emit (gpointer user_data, const GValue *value, GError **error)
{
  PlServer *self = user_data;
  gboolean is_cut;

  if (!pl_server_send_value (self, PL_FRAME_EMIT, self->id, value, error))
    return FALSE;

  g_mutex_lock (&self->mutex);
  while (self->is_stepwise && self->n_steps == 0 && !self->is_cut)
    g_cond_wait (&self->changed, &self->mutex);
  if (self->n_steps > 0)
    self->n_steps--;
  is_cut = self->is_cut;
  g_mutex_unlock (&self->mutex);

  if (is_cut)
    pl_worker_set_cancelled (self->worker, error);
  return !is_cut;
}

/* Waits for the next element. NULL: there will be none. */
static PlFrame *
pl_server_take (PlServer *self)
{
  PlFrame *frame = NULL;

  g_mutex_lock (&self->mutex);
  self->is_waiting = TRUE;
  while (g_queue_is_empty (&self->elements) && !self->has_all && !self->is_cut)
    g_cond_wait (&self->changed, &self->mutex);
  self->is_waiting = FALSE;
  if (!self->is_cut)
    frame = g_queue_pop_head (&self->elements);
  g_mutex_unlock (&self->mutex);

  return frame;
}

static gboolean
pl_server_answer (PlServer *self, guint64 id, const GValue *returned, GError **error)
{
  if (G_VALUE_TYPE (returned) == 0)
    return pl_server_send (self, PL_FRAME_ANSWER, id, NULL, error);

  return pl_server_send_value (self, PL_FRAME_ANSWER, id, returned, error);
}

/* Has the function run with an element. */
static void
pl_server_process (PlServer *self, const PlFrame *frame)
{
  g_auto(PlElement) element = PL_ELEMENT_INIT;
  g_auto(GValue) returned = G_VALUE_INIT;
  g_autoptr(GError) error = NULL;

  self->id = frame->id;
  if (!pl_frame_get_element (frame, &element, &error) ||
      !pl_served_worker_call (self->worker, &element, &returned, &error) ||
      !pl_server_answer (self, frame->id, &returned, &error))
    pl_server_send_error (self, frame->id, error);
}

static void
pl_server_serve (PlServer *self)
{
  if (pl_worker_begin (self->worker) == PL_FLOW_OK)
    {
      PlFrame *frame;

      pl_server_send (self, PL_FRAME_READY, 0, NULL, NULL);
      while ((frame = pl_server_take (self)) != NULL)
        {
          pl_server_process (self, frame);
          pl_server_free_frame (frame);
        }
    }

  pl_worker_end (self->worker);
}

/* Tells the parent that all is over, and waits for the thread that reads. */
static gboolean
pl_server_finish (PlServer *self, GError **error)
{
  GError *run_error = pl_run_steal_error (self->run);
  gboolean is_cut;

  g_mutex_lock (&self->mutex);
  is_cut = self->is_cut;
  g_mutex_unlock (&self->mutex);

  if (run_error != NULL && !is_cut)
    pl_server_send_error (self, 0, run_error);
  pl_server_send (self, PL_FRAME_END, 0, NULL, NULL);

  g_mutex_lock (&self->mutex);
  self->is_over = TRUE;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->mutex);

  close (self->stop_fds[1]);
  g_thread_join (self->reader_thread);
  close (self->stop_fds[0]);

  if (run_error != NULL)
    g_propagate_error (error, run_error);
  return run_error == NULL;
}

/* Starts the thread that reads. */
static gboolean
pl_server_start_reader (PlServer *self, GError **error)
{
  int fds[2];

  if (!g_unix_open_pipe (fds, FD_CLOEXEC, error))
    return FALSE;

  memcpy (self->stop_fds, fds, sizeof fds);
  self->reader_thread = g_thread_try_new ("pl-reader", pl_server_reader_main, self, error);
  if (self->reader_thread != NULL)
    return TRUE;

  close (fds[0]);
  close (fds[1]);
  return FALSE;
}

/* Makes what runs the function, as @hello wants it. */
static gboolean
pl_server_prepare (PlServer *self, GVariant *hello, GError **error)
{
  PlStageClass *klass = PL_STAGE_GET_CLASS (self->stage);
  const char *operation = "";
  const char *name = NULL;
  guint index = 0;
  PlNode *node;
  g_autoptr(GVariant) data = g_variant_lookup_value (hello, "data", G_VARIANT_TYPE_BYTESTRING);

  g_variant_lookup (hello, "operation", "&s", &operation);
  g_variant_lookup (hello, "stage", "&s", &name);
  g_variant_lookup (hello, "worker", "u", &index);
  g_variant_lookup (hello, "silence", "u", &self->silence);
  g_variant_lookup (hello, "grace", "u", &self->grace);
  g_variant_lookup (hello, "stepwise", "b", &self->is_stepwise);

  if (g_strcmp0 (operation, klass->operation) != 0)
    {
      g_set_error (error, PL_ERROR, PL_ERROR_INVALID_KIND,
                   "The worker serves a %s, and the stage is a %s", klass->operation, operation);
      return FALSE;
    }

  node = pl_node_new (self->run, self->stage);
  node->settings.kind = PL_WORKER_KIND_PROCESS;
  node->settings.timeout = 0;
  node->settings.retries = 0;
  if (name != NULL)
    {
      g_free (node->settings.name);
      node->settings.name = g_strdup (name);
    }
  pl_run_add_node (self->run, node);
  self->worker = pl_served_worker_new (node, index, pl_server_emit, self);
  if (data != NULL)
    self->worker->command_data = g_variant_get_data_as_bytes (data);
  pl_node_add_worker (node, self->worker);
  return TRUE;
}

/* The parent says hello first. */
static gboolean
pl_server_greet (PlServer *self, GError **error)
{
  g_auto(PlFrame) frame = PL_FRAME_INIT;
  g_autoptr(GVariant) hello = NULL;
  GVariantDict answer;

  if (!pl_server_next_frame (self, &frame, error))
    {
      if (*error == NULL)
        g_set_error_literal (error, PL_ERROR, PL_ERROR_PROTOCOL,
                             "The worker has been started by hand: it reads from another process");
      return FALSE;
    }
  if (frame.type != PL_FRAME_HELLO)
    {
      g_set_error_literal (error, PL_ERROR, PL_ERROR_PROTOCOL,
                           "The parent did not begin with a greeting");
      return FALSE;
    }

  hello = pl_frame_dup_payload (&frame, error);
  if (hello == NULL || !pl_server_prepare (self, hello, error))
    return FALSE;

  g_variant_dict_init (&answer, NULL);
  g_variant_dict_insert (&answer, "version", "u", PL_FRAME_VERSION);
  g_variant_dict_insert (&answer, "host", "s", g_get_host_name ());
  g_variant_dict_insert (&answer, "pid", "x", (gint64) getpid ());
  return pl_server_send (self, PL_FRAME_HELLO, 0, g_variant_dict_end (&answer), error);
}

static void
pl_server_init (PlServer *self, PlStage *stage, int in_fd, int out_fd)
{
  *self = (PlServer) { .in_fd = in_fd, .out_fd = out_fd, .stop_fds = { -1, -1 }, .stage = stage };
  self->run = pl_run_new (NULL);
  pl_frame_reader_init (&self->reader);
  pl_spool_init (&self->out);
  g_queue_init (&self->elements);
  g_queue_init (&self->arrived);
  g_mutex_init (&self->mutex);
  g_mutex_init (&self->out_mutex);
  g_cond_init (&self->changed);
}

static void
pl_server_clear (PlServer *self)
{
  g_queue_clear_full (&self->elements, pl_server_free_frame);
  g_queue_clear_full (&self->arrived, pl_server_free_frame);
  pl_spool_clear (&self->out);
  pl_frame_reader_clear (&self->reader);
  g_mutex_clear (&self->mutex);
  g_mutex_clear (&self->out_mutex);
  g_cond_clear (&self->changed);
  pl_run_unref (self->run);
}

/* Tells the process at the other ends of the two pipes that there is nothing to serve. */
void
pl_server_refuse (int in_fd, int out_fd, const GError *error)
{
  PlServer self;

  pl_server_init (&self, NULL, in_fd, out_fd);
  pl_server_send_error (&self, 0, error);
  pl_server_clear (&self);
}

/* Serves the function of @stage to the process at the other ends of the two pipes, until that has
 * no more elements, or is gone. */
gboolean
pl_server_run (PlStage *stage, int in_fd, int out_fd, GError **error)
{
  PlServer self;
  GError *server_error = NULL;
  gboolean done;

  pl_server_init (&self, stage, in_fd, out_fd);
  done = pl_server_greet (&self, &server_error) && pl_server_start_reader (&self, &server_error);
  if (done)
    {
      pl_server_serve (&self);
      done = pl_server_finish (&self, &server_error);
    }
  else
    {
      pl_server_send_error (&self, 0, server_error);
    }

  if (!done)
    g_propagate_error (error, server_error);

  pl_server_clear (&self);
  return done;
}
