/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-owner.h"

static gpointer
pl_test_owner_main (gpointer data)
{
  PlTestOwner *self = data;

  g_main_context_push_thread_default (self->context);
  g_main_loop_run (self->loop);
  g_main_context_pop_thread_default (self->context);
  return NULL;
}

/* The thread has the context when this returns. */
void
pl_test_owner_start (PlTestOwner *self)
{
  self->context = g_main_context_new ();
  self->loop = g_main_loop_new (self->context, FALSE);
  self->thread = g_thread_new ("owner", pl_test_owner_main, self);
  while (!g_main_loop_is_running (self->loop))
    g_thread_yield ();
}

static gboolean
pl_test_owner_quit_cb (gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

void
pl_test_owner_clear (PlTestOwner *self)
{
  if (self->context == NULL)
    return;

  g_main_context_invoke (self->context, pl_test_owner_quit_cb, self->loop);
  g_thread_join (self->thread);
  g_main_loop_unref (self->loop);
  g_main_context_unref (self->context);
}

typedef struct
{
  PlStage *stage;
  PlIterator *iterator; /* atomic */
} PlTestStart;

static gboolean
pl_test_owner_iterate_cb (gpointer user_data)
{
  PlTestStart *start = user_data;

  g_atomic_pointer_set (&start->iterator, pl_stage_iterate (start->stage));
  return G_SOURCE_REMOVE;
}

/* Starts a run of @stage in the thread of @self. */
PlIterator *
pl_test_owner_iterate (PlTestOwner *self, PlStage *stage)
{
  PlTestStart start = { .stage = stage };

  g_main_context_invoke (self->context, pl_test_owner_iterate_cb, &start);
  while (g_atomic_pointer_get (&start.iterator) == NULL)
    g_thread_yield ();
  return start.iterator;
}
