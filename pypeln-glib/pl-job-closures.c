/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-job-closures-private.h"

#include "pl-enum-types.h"
#include "pl-error.h"
#include "pl-handle.h"

static GClosure *
pl_job_closures_take (GClosure *closure)
{
  if (closure == NULL)
    return NULL;

  g_closure_ref (closure);
  g_closure_sink (closure);
  if (G_CLOSURE_NEEDS_MARSHAL (closure))
    g_closure_set_marshal (closure, g_cclosure_marshal_generic);
  return closure;
}

PlJobClosures *
pl_job_closures_new (GClosure *begin, GClosure *result, GClosure *tell, GType result_type)
{
  PlJobClosures *self = g_new0 (PlJobClosures, 1);

  self->begin = pl_job_closures_take (begin);
  self->result = pl_job_closures_take (result);
  self->tell = pl_job_closures_take (tell);
  self->result_type = result_type;
  return self;
}

void
pl_job_closures_free (gpointer data)
{
  PlJobClosures *self = data;

  g_closure_unref (self->begin);
  g_clear_pointer (&self->result, g_closure_unref);
  g_closure_unref (self->tell);
  g_free (self);
}

static void
pl_job_closures_set_number (GValue *value, gint64 number)
{
  g_value_init (value, G_TYPE_INT64);
  g_value_set_int64 (value, number);
}

/* Has the binding begin a job. */
void
pl_job_closures_begin (PlJobClosures *self, const GValue *element, gint64 job)
{
  GValue arguments[3] = { G_VALUE_INIT, G_VALUE_INIT, G_VALUE_INIT };
  gboolean is_handle = G_VALUE_TYPE (element) == PL_TYPE_HANDLE;

  /* A closure gets the value itself, which it does not change. */
  if (is_handle)
    pl_job_closures_set_number (&arguments[0],
                                pl_handle_get_number (g_value_get_boxed (element)));
  else
    memcpy (&arguments[0], element, sizeof *element);
  pl_job_closures_set_number (&arguments[1], job);
  g_value_init (&arguments[2], G_TYPE_BOOLEAN);
  g_value_set_boolean (&arguments[2], is_handle);
  g_closure_invoke (self->begin, NULL, is_handle ? 3 : 2, arguments, NULL);
}

/* Has the binding give the result of a job, or the element that it emits. */
gboolean
pl_job_closures_take_result (PlJobClosures *self, gint64 job, GValue *result, GError **error)
{
  GValue argument = G_VALUE_INIT;

  if (self->result_type != G_TYPE_NONE)
    g_value_init (result, self->result_type);
  pl_job_closures_set_number (&argument, job);
  g_closure_invoke (self->result, result, 1, &argument, NULL);

  if (G_VALUE_TYPE (result) != 0)
    return TRUE;

  g_set_error_literal (error, PL_ERROR, PL_ERROR_UNSET_RESULT,
                       "The closure for results left its return value uninitialised; "
                       "g_value_init() and set it, or give the stage a result type");
  return FALSE;
}

/* Tells the binding what has happened to a job. */
void
pl_job_closures_tell (PlJobClosures *self, gint64 job, PlJobEvent event)
{
  GValue arguments[2] = { G_VALUE_INIT, G_VALUE_INIT };

  pl_job_closures_set_number (&arguments[0], job);
  g_value_init (&arguments[1], PL_TYPE_JOB_EVENT);
  g_value_set_enum (&arguments[1], event);
  g_closure_invoke (self->tell, NULL, 2, arguments, NULL);
}
