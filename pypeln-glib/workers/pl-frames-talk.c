/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "workers/pl-process-worker-private.h"

#include "pl-error.h"
#include "pl-exception.h"
#include "pl-interpreter-private.h"
#include "pl-run-private.h"
#include "pl-stage-private.h"
#include "workers/pl-frame-value-private.h"

/* The end of the worker protocol that is in the parent, see docs/worker-protocol.md. What a process
 * says is not trusted: what is not as it has to be ends it. */

/* So many error domains that this program does not know are made known to it, and no more. */
#define MAX_NEW_DOMAINS 64
#define MAX_DOMAIN_LENGTH 64

void
pl_process_worker_forget_cause (PlProcessWorker *self)
{
  if (G_VALUE_TYPE (&self->cause) != 0)
    g_value_unset (&self->cause);
}

/* A process that no launcher has placed elsewhere ends with this one, and need not listen for it:
 * this one may be stopped for as long as its user likes. */
static void
pl_frames_talk_begin (PlProcessWorker *self)
{
  PlWorker *worker = PL_WORKER (self);
  PlStageSettings *settings = &worker->node->settings;
  const char *function = pl_command_get_function (self->command);
  gboolean is_far = pl_command_get_n_launchers (self->command) > 0;
  guint silence = is_far ? pl_command_get_silence (self->command) : 0;
  GBytes *data = pl_command_get_data (self->command);
  GVariantDict hello;

  g_variant_dict_init (&hello, NULL);
  g_variant_dict_insert (&hello, "version", "u", PL_FRAME_VERSION);
  g_variant_dict_insert (&hello, "operation", "s", PL_STAGE_GET_CLASS (worker->stage)->operation);
  g_variant_dict_insert (&hello, "stage", "s", pl_stage_get_label (worker->stage, settings));
  g_variant_dict_insert (&hello, "worker", "u", worker->index);
  g_variant_dict_insert (&hello, "silence", "u", silence);
  g_variant_dict_insert (&hello, "grace", "u", pl_command_get_grace (self->command));
  g_variant_dict_insert (&hello, "stepwise", "b", self->is_bounded);
  if (function != NULL)
    g_variant_dict_insert (&hello, "function", "s", function);
  if (data != NULL)
    g_variant_dict_insert_value (&hello, "data",
                                 g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, data, TRUE));

  pl_frame_reader_clear (&self->reader);
  pl_frame_reader_init (&self->reader);
  pl_process_worker_forget_cause (self);
  self->last_id = 0;
  self->n_quiet_looks = 0;
  pl_frame_append (pl_child_get_out (self->child), PL_FRAME_HELLO, 0, g_variant_dict_end (&hello),
                   NULL);
}

static gboolean
pl_frames_talk_set_unmade (GError **error, const char *unmade)
{
  g_set_error (error, PL_ERROR, PL_ERROR_UNSET_RESULT, "The codec of the command made no %s",
               unmade);
  return FALSE;
}

/* Calls a closure of the command's codec, for @call. What it has not made is an error. */
static gboolean
pl_frames_talk_convert (PlProcessWorker *self,
                        PlProcessCall *call,
                        PlCallback *callback,
                        const GValue *from,
                        GValue *to,
                        GError **error)
{
  PlWorker *worker = PL_WORKER (self);
  PlWorkerPlace former;
  gboolean done;

  pl_process_worker_keep_lock (self);
  pl_worker_enter (worker, &call->call, &former);
  done = pl_worker_invoke (worker, callback, from, to, error);
  pl_worker_leave (worker, &former);

  if (done && G_VALUE_TYPE (to) == 0)
    return pl_frames_talk_set_unmade (error, "value of what the worker process has made");
  return done;
}

/* Tells whether the codec's bytes are objects of an interpreter. */
static gboolean
pl_frames_talk_has_objects (PlProcessWorker *self)
{
  GType type = pl_interpreter_get_bytes_type ();

  return type != 0 && type == self->command->decoded_type;
}

/* Takes the lock of the interpreter for them. */
static gboolean
pl_frames_talk_take_lock (PlProcessWorker *self, GError **error)
{
  pl_process_worker_keep_lock (self);
  if (pl_interpreter_has_lock ())
    return TRUE;

  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                       "The interpreter does not know this thread; give the stage a thread "
                       "closure, see pl_stage_set_thread_closure()");
  return FALSE;
}

/* Makes @encoded bytes of the element of @call. */
static gboolean
pl_frames_talk_encode (PlProcessWorker *self, PlProcessCall *call, GValue *encoded, GError **error)
{
  gboolean has_objects = pl_frames_talk_has_objects (self);
  g_auto(GValue) object = G_VALUE_INIT;
  GValue *made = has_objects ? &object : encoded;

  g_value_init (made, has_objects ? self->command->decoded_type : G_TYPE_BYTES);
  if ((has_objects && !pl_frames_talk_take_lock (self, error)) ||
      !pl_frames_talk_convert (self, call, self->command->encode, &call->element.value, made,
                               error))
    return FALSE;

  if (g_value_get_boxed (made) != NULL &&
      (!has_objects || pl_interpreter_get_bytes (&object, encoded)))
    return TRUE;

  return pl_frames_talk_set_unmade (error, "bytes of the element");
}

static gboolean
pl_frames_talk_append (PlProcessWorker *self, PlSpool *out, PlProcessCall *call, GError **error)
{
  g_auto(GValue) encoded = G_VALUE_INIT;
  const GValue *sent = &call->element.value;

  if (self->command->encode != NULL)
    {
      if (!pl_frames_talk_encode (self, call, &encoded, error))
        return FALSE;
      sent = &encoded;
    }

  return pl_frame_append_element (out, call->id, &call->call.index, sent, error);
}

static gboolean
pl_frames_talk_send (PlProcessWorker *self, PlProcessCall *call, GError **error)
{
  PlSpool *out = pl_child_get_spool (self->child);
  gsize unsent = pl_spool_get_unsent (out);

  call->id = self->last_id + 1;
  if (!pl_frames_talk_append (self, out, call, error))
    return FALSE;

  call->size = pl_spool_get_unsent (out) - unsent;
  self->last_id++;
  return TRUE;
}

/* A process speaks of the element that it has in hand, and of no other. */
static gboolean
pl_frames_talk_check_id (PlProcessWorker *self, const PlFrame *frame, GError **error)
{
  PlProcessCall *call = self->in_flight.length > 0 ? self->in_flight.head->data : NULL;

  if (call != NULL && call->id == frame->id)
    return TRUE;

  g_set_error (error, PL_ERROR, PL_ERROR_PROTOCOL,
               "The worker process speaks of an element that it does not have in hand (number "
               "%" G_GUINT64_FORMAT ")", frame->id);
  return FALSE;
}

/* Tells whether @returned is something that the operation's function can have returned. */
static gboolean
pl_frames_talk_check_returned (PlProcessWorker *self, const GValue *returned, GError **error)
{
  switch (PL_STAGE_GET_CLASS (PL_WORKER (self)->stage)->returns)
    {
    case PL_RETURNS_NOTHING:
      return TRUE;

    case PL_RETURNS_VALUE:
      if (G_VALUE_TYPE (returned) != 0)
        return TRUE;
      break;

    case PL_RETURNS_WHETHER:
      if (G_VALUE_HOLDS_BOOLEAN (returned))
        return TRUE;
      break;

    default:
      g_assert_not_reached ();
    }

  g_set_error (error, PL_ERROR, PL_ERROR_PROTOCOL,
               "The worker process answered with %s, which is no answer here",
               G_VALUE_TYPE (returned) != 0 ? G_VALUE_TYPE_NAME (returned) : "nothing");
  return FALSE;
}

static gboolean
pl_frames_talk_check_bytes (const GValue *made, GError **error)
{
  if (G_VALUE_HOLDS (made, G_TYPE_BYTES))
    return TRUE;

  g_set_error (error, PL_ERROR, PL_ERROR_PROTOCOL,
               "The worker process made a value of type %s, and the codec of the command is for "
               "bytes", G_VALUE_TYPE_NAME (made));
  return FALSE;
}

/* Makes @decoded of what has been made for the element in hand. */
static gboolean
pl_frames_talk_decode (PlProcessWorker *self, const GValue *made, GValue *decoded, GError **error)
{
  PlProcessCall *call = self->in_flight.head->data;
  g_auto(GValue) object = G_VALUE_INIT;

  if (self->command->decoded_type != G_TYPE_NONE)
    g_value_init (decoded, self->command->decoded_type);

  if (pl_frames_talk_has_objects (self))
    {
      if (!pl_frames_talk_take_lock (self, error))
        return FALSE;
      if (!pl_interpreter_make_bytes (made, &object))
        return pl_frames_talk_set_unmade (error, "object of the bytes: there is no memory");
      made = &object;
    }

  return pl_frames_talk_convert (self, call, self->command->decode, made, decoded, error);
}

static gboolean
pl_frames_talk_handle_answer (PlProcessWorker *self, const PlFrame *frame, GError **error)
{
  g_auto(GValue) returned = G_VALUE_INIT;
  g_auto(GValue) decoded = G_VALUE_INIT;
  gboolean is_value = PL_STAGE_GET_CLASS (PL_WORKER (self)->stage)->returns == PL_RETURNS_VALUE;
  GError *decode_error = NULL;

  if (!pl_frames_talk_check_id (self, frame, error) ||
      !pl_frame_get_value (frame, &returned, error) ||
      !pl_frames_talk_check_returned (self, &returned, error))
    return FALSE;

  if (!is_value || self->command->decode == NULL)
    pl_process_worker_accept (self, &returned, NULL);
  else if (!pl_frames_talk_check_bytes (&returned, error))
    return FALSE;
  else if (pl_frames_talk_decode (self, &returned, &decoded, &decode_error))
    pl_process_worker_accept (self, &decoded, NULL);
  else
    pl_process_worker_accept (self, NULL, decode_error);
  return TRUE;
}

static gboolean
pl_frames_talk_handle_emit (PlProcessWorker *self, const PlFrame *frame, GError **error)
{
  g_auto(GValue) value = G_VALUE_INIT;
  g_auto(GValue) decoded = G_VALUE_INIT;
  gboolean is_encoded = self->command->decode != NULL;

  if (!pl_frames_talk_check_id (self, frame, error) ||
      !pl_frame_get_value (frame, &value, error))
    return FALSE;

  if (G_VALUE_TYPE (&value) == 0 || !PL_STAGE_GET_CLASS (PL_WORKER (self)->stage)->emits)
    {
      g_set_error_literal (error, PL_ERROR, PL_ERROR_PROTOCOL,
                           "The worker process emits, where there is nothing to emit");
      return FALSE;
    }

  /* Its function goes on, and only the end of the process can keep it from that. */
  if (is_encoded && (!pl_frames_talk_check_bytes (&value, error) ||
                     !pl_frames_talk_decode (self, &value, &decoded, error)))
    return FALSE;

  self->n_steps_owed += self->is_bounded;
  pl_process_worker_emit (self, is_encoded ? &decoded : &value);
  return TRUE;
}

/* There is more to tell of the error that comes next than its text. */
static gboolean
pl_frames_talk_handle_cause (PlProcessWorker *self, const PlFrame *frame, GError **error)
{
  g_auto(GValue) cause = G_VALUE_INIT;

  if ((frame->id != 0 && !pl_frames_talk_check_id (self, frame, error)) ||
      !pl_frame_get_value (frame, &cause, error))
    return FALSE;

  if (G_VALUE_TYPE (&cause) == 0)
    {
      g_set_error_literal (error, PL_ERROR, PL_ERROR_PROTOCOL,
                           "The worker process tells the cause of an error, and that is nothing");
      return FALSE;
    }

  g_value_init (&self->cause, G_VALUE_TYPE (&cause));
  g_value_copy (&cause, &self->cause);
  self->cause_id = frame->id;
  return TRUE;
}

/* Behind the cause of an error there is that error. */
static gboolean
pl_frames_talk_check_cause (PlProcessWorker *self, const PlFrame *frame, GError **error)
{
  if (G_VALUE_TYPE (&self->cause) == 0 ||
      (frame->type == PL_FRAME_ERROR && frame->id == self->cause_id))
    return TRUE;

  g_set_error_literal (error, PL_ERROR, PL_ERROR_PROTOCOL,
                       "The worker process tells the cause of an error, and then no error");
  return FALSE;
}

/* The domain of an error of the process, which this program need not have used yet. */
static GQuark
pl_frames_talk_find_domain (const char *name)
{
  static int n_new;
  GQuark domain = g_quark_try_string (name);

  if (domain == 0 && strlen (name) <= MAX_DOMAIN_LENGTH &&
      g_atomic_int_add (&n_new, 1) < MAX_NEW_DOMAINS)
    domain = g_quark_from_string (name);
  return domain;
}

static GError *
pl_frames_talk_new_error (PlProcessWorker *self, GVariant *payload)
{
  GQuark domain = PL_EXCEPTION; /* it has to be one before a process makes use of its name */
  const char *name;
  const char *message;
  int code;

  g_variant_get (payload, "(&si&s)", &name, &code, &message);
  if (G_VALUE_TYPE (&self->cause) != 0)
    {
      GError *error = pl_exception_new (&self->cause, message);

      pl_process_worker_forget_cause (self);
      return error;
    }

  domain = pl_frames_talk_find_domain (name);
  if (domain == 0)
    return g_error_new (PL_ERROR, PL_ERROR_WORKER_FAILED, "%s (%s, %d)", message, name, code);

  return g_error_new_literal (domain, code, message);
}

static gboolean
pl_frames_talk_handle_error (PlProcessWorker *self, const PlFrame *frame, GError **error)
{
  g_autoptr(GVariant) payload = pl_frame_dup_payload (frame, error);
  GError *function_error;

  if (payload == NULL || (frame->id != 0 && !pl_frames_talk_check_id (self, frame, error)))
    return FALSE;

  function_error = pl_frames_talk_new_error (self, payload);
  if (frame->id != 0)
    pl_process_worker_accept (self, NULL, function_error);
  else
    pl_worker_fail (PL_WORKER (self), function_error, self->is_ready ? "on_done" : "on_start");
  return TRUE;
}

/* The process has not begun with these: they are the last that it has, in their order. */
static gboolean
pl_frames_talk_handle_returned (PlProcessWorker *self, const PlFrame *frame, GError **error)
{
  g_autoptr(GVariant) payload = pl_frame_dup_payload (frame, error);
  GQueue returned = G_QUEUE_INIT;
  const guint64 *ids;
  gsize n_ids;

  if (payload == NULL)
    return FALSE;

  if (!self->is_recalling)
    {
      g_set_error_literal (error, PL_ERROR, PL_ERROR_PROTOCOL,
                           "The worker process gives back elements that it was not asked for");
      return FALSE;
    }

  ids = g_variant_get_fixed_array (payload, &n_ids, sizeof (guint64));
  while (n_ids > 0)
    {
      PlProcessCall *call = self->in_flight.length > 0 ? self->in_flight.tail->data : NULL;

      if (call == NULL || call->id != ids[n_ids - 1])
        {
          g_set_error_literal (error, PL_ERROR, PL_ERROR_PROTOCOL,
                               "The worker process gives back elements that it does not have");
          break;
        }

      g_queue_push_head_link (&returned, g_queue_pop_tail_link (&self->in_flight));
      n_ids--;
    }

  self->is_recalling = FALSE;
  pl_process_worker_note_ahead (self);
  pl_process_pool_give_back (self->pool, &returned);
  pl_process_pool_end_asking (self->pool, PL_WORKER (self)->index);
  return n_ids == 0;
}

static gboolean
pl_frames_talk_handle_hello (PlProcessWorker *self, const PlFrame *frame, GError **error)
{
  g_autoptr(GVariant) hello = NULL;

  if (self->has_greeted)
    {
      g_set_error_literal (error, PL_ERROR, PL_ERROR_PROTOCOL,
                           "The worker process greets once more");
      return FALSE;
    }

  /* From now on it can be silent only if something is wrong; how long an on_start takes is the
   * function's own affair. */
  self->start_time = 0;
  self->has_greeted = TRUE;
  hello = pl_frame_dup_payload (frame, error);
  return hello != NULL;
}

static gboolean
pl_frames_talk_handle_ready (PlProcessWorker *self, GError **error)
{
  if (self->is_ready)
    {
      g_set_error_literal (error, PL_ERROR, PL_ERROR_PROTOCOL,
                           "The worker process is ready once more");
      return FALSE;
    }

  pl_process_worker_set_ready (self);
  return TRUE;
}

static gboolean
pl_frames_talk_handle_end (PlProcessWorker *self, GError **error)
{
  if (!self->is_finishing)
    {
      g_set_error_literal (error, PL_ERROR, PL_ERROR_PROTOCOL,
                           "The worker process ends before it is told to");
      return FALSE;
    }

  self->has_said_end = TRUE;
  pl_child_stop (self->child, PL_CHILD_CLOSED);
  return TRUE;
}

static gboolean
pl_frames_talk_handle (PlProcessWorker *self, const PlFrame *frame, GError **error)
{
  switch (frame->type)
    {
    case PL_FRAME_HELLO:
      return pl_frames_talk_handle_hello (self, frame, error);

    case PL_FRAME_READY:
      return pl_frames_talk_handle_ready (self, error);

    case PL_FRAME_EMIT:
      return pl_frames_talk_handle_emit (self, frame, error);

    case PL_FRAME_ANSWER:
      return pl_frames_talk_handle_answer (self, frame, error);

    case PL_FRAME_CAUSE:
      return pl_frames_talk_handle_cause (self, frame, error);

    case PL_FRAME_ERROR:
      return pl_frames_talk_handle_error (self, frame, error);

    case PL_FRAME_RETURNED:
      return pl_frames_talk_handle_returned (self, frame, error);

    case PL_FRAME_PONG:
      return TRUE;

    case PL_FRAME_END:
      return pl_frames_talk_handle_end (self, error);

    case PL_FRAME_ELEMENT:
    case PL_FRAME_GO:
    case PL_FRAME_RECALL:
    case PL_FRAME_PING:
    default:
      g_set_error (error, PL_ERROR, PL_ERROR_PROTOCOL,
                   "The worker process says “%c”, which is for it to hear", frame->type);
      return FALSE;
    }
}

/* Before it has greeted a process can only do that, or fail. */
static gboolean
pl_frames_talk_may_say (PlProcessWorker *self, PlFrameType type)
{
  return self->has_greeted || type == PL_FRAME_HELLO || type == PL_FRAME_CAUSE ||
         type == PL_FRAME_ERROR;
}

static gboolean
pl_frames_talk_receive (PlProcessWorker *self, GError **error)
{
  g_auto(PlFrame) frame = PL_FRAME_INIT;

  if (pl_frame_reader_next (&self->reader, &frame, error) != PL_FLOW_OK ||
      !pl_frames_talk_check_cause (self, &frame, error))
    return FALSE;

  if (pl_frames_talk_may_say (self, frame.type))
    return pl_frames_talk_handle (self, &frame, error);

  g_set_error_literal (error, PL_ERROR, PL_ERROR_PROTOCOL,
                       "The worker process did not begin with a greeting");
  return FALSE;
}

static void
pl_frames_talk_finish (PlProcessWorker *self)
{
  pl_frame_append (pl_child_get_out (self->child), PL_FRAME_END, 0, NULL, NULL);
}

/* What it said last tells whether that is the end; an exit status can be a launcher's. */
static gboolean
pl_frames_talk_end (PlProcessWorker *self, GError **error)
{
  g_autofree char *end = NULL;

  if (self->has_said_end && self->in_flight.length == 0)
    return TRUE;

  end = pl_child_describe_end (self->child);
  g_set_error (error, PL_ERROR,
               self->is_ready ? PL_ERROR_WORKER_EXITED : PL_ERROR_WORKER_START,
               "The worker process %s%s", self->is_ready ? "" : "was not ready, and ", end);
  return FALSE;
}

static guint8 *
pl_frames_talk_get_space (gpointer worker, gsize *size)
{
  return pl_frame_reader_get_space (&PL_PROCESS_WORKER (worker)->reader, size);
}

static void
pl_frames_talk_add (gpointer worker, gsize size)
{
  PlProcessWorker *self = PL_PROCESS_WORKER (worker);

  self->is_heard = TRUE;
  pl_frame_reader_add (&self->reader, size);
}

const PlTalk pl_frames_talk = {
  .is_ahead = TRUE,
  .greets = TRUE,
  .returns = TRUE,
  .cancel = PL_CHILD_CLOSED,
  .begin = pl_frames_talk_begin,
  .send = pl_frames_talk_send,
  .receive = pl_frames_talk_receive,
  .finish = pl_frames_talk_finish,
  .end = pl_frames_talk_end,
  .get_space = pl_frames_talk_get_space,
  .add = pl_frames_talk_add,
};
