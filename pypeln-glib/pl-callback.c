/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-callback-private.h"

#include "pl-home-private.h"

static PlCallback *
pl_callback_alloc (void)
{
  PlCallback *self = g_new0 (PlCallback, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->is_at_home = pl_home_is_here ();
  return self;
}

PlCallback *
pl_callback_new (GCallback func, gpointer user_data, GDestroyNotify notify)
{
  PlCallback *self = pl_callback_alloc ();

  self->func = func;
  self->user_data = user_data;
  self->notify = notify;
  return self;
}

/* A closure without a marshaller, as g_cclosure_new() makes it, gets the generic one. */
PlCallback *
pl_callback_new_for_closure (GClosure *closure)
{
  PlCallback *self = pl_callback_alloc ();

  self->closure = g_closure_ref (closure);
  g_closure_sink (closure);
  if (G_CLOSURE_NEEDS_MARSHAL (closure))
    g_closure_set_marshal (closure, g_cclosure_marshal_generic);
  return self;
}

/* A function that answers a GTask, which only task stages can run. */
PlCallback *
pl_callback_new_for_task (GCallback func, gpointer user_data, GDestroyNotify notify)
{
  PlCallback *self = pl_callback_new (func, user_data, notify);

  self->answers_task = TRUE;
  return self;
}

PlCallback *
pl_callback_new_for_task_closure (GClosure *closure)
{
  PlCallback *self = pl_callback_new_for_closure (closure);

  self->answers_task = TRUE;
  return self;
}

PlCallback *
pl_callback_ref (PlCallback *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

static void
pl_callback_free (gpointer data)
{
  PlCallback *self = data;

  if (self->notify != NULL)
    self->notify (self->user_data);
  g_clear_pointer (&self->closure, g_closure_unref);
  g_free (self);
}

void
pl_callback_unref (PlCallback *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  if (self->is_at_home && pl_home_is_elsewhere ())
    pl_home_later (pl_callback_free, self);
  else
    pl_callback_free (self);
}
