/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-reporter-private.h"

#include "pl-home-private.h"
#include "pl-stage-private.h"
#include "pl-waker-private.h"

/* Workers note on their threads that something has changed, and a source on the starter's context
 * tells it. It is quiet for a while after that, and armed again then: so a run that stands still
 * wakes nobody, one that does not wakes the context 20 times a second, and in between a note costs
 * a look at a flag.
 *
 * Elements that have been skipped are told by the same source, armed or not, so they wait for what
 * is left of the quiet time at most. A program that blocks in the iterator runs no main loop, so
 * the iterator has them told too, and at once, see pl_reporter_flush(). */

/* The least time between two reports, in microseconds. */
#define INTERVAL (G_USEC_PER_SEC / 20)

typedef struct
{
  PlStage *stage;
  GValue element;
  GError *error;
} PlSkipped;

PlReporter *
pl_reporter_new (void)
{
  PlReporter *self = g_new0 (PlReporter, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->context = g_main_context_ref_thread_default ();
  g_weak_ref_init (&self->object, NULL);
  g_mutex_init (&self->mutex);
  g_queue_init (&self->skipped);
  return self;
}

PlReporter *
pl_reporter_ref (PlReporter *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

static void
pl_skipped_free (gpointer data)
{
  PlSkipped *skipped = data;

  g_object_unref (skipped->stage);
  pl_home_unset_value (&skipped->element);
  g_error_free (skipped->error);
  g_free (skipped);
}

void
pl_reporter_unref (PlReporter *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_queue_clear_full (&self->skipped, pl_skipped_free);
  g_weak_ref_clear (&self->object);
  g_main_context_unref (self->context);
  g_mutex_clear (&self->mutex);
  g_free (self);
}

static void
pl_reporter_tell_skipped (PlReporter *self)
{
  PlSkipped *skipped;

  do
    {
      g_mutex_lock (&self->mutex);
      skipped = g_queue_pop_head (&self->skipped);
      g_mutex_unlock (&self->mutex);

      if (skipped != NULL)
        {
          g_atomic_int_add (&self->n_skipped, -1);
          pl_stage_emit_skipped (skipped->stage, &skipped->element, skipped->error);
          pl_skipped_free (skipped);
        }
    }
  while (skipped != NULL);
}

static gboolean
pl_reporter_source_cb (gpointer user_data)
{
  PlReporter *self = user_data;
  g_autoptr(GObject) object = NULL;

  /* Before it looks: what changes after that is noted. */
  g_mutex_lock (&self->mutex);
  self->next_time = g_get_monotonic_time () + INTERVAL;
  g_mutex_unlock (&self->mutex);
  g_atomic_int_set (&self->is_armed, TRUE);

  pl_reporter_tell_skipped (self);

  object = g_weak_ref_get (&self->object);
  if (object != NULL)
    self->changed (object);
  return G_SOURCE_CONTINUE;
}

/* From now on, as long as @object lives, @changed is called with it when something has changed. */
void
pl_reporter_start (PlReporter *self, PlReporterFunc changed, gpointer object)
{
  self->changed = changed;
  g_weak_ref_set (&self->object, object);

  self->source = pl_waker_source_new ("PlReporter", pl_reporter_source_cb, pl_reporter_ref (self),
                                      (GDestroyNotify) pl_reporter_unref);
  g_source_attach (self->source, self->context);
  g_atomic_int_set (&self->is_armed, TRUE);
}

void
pl_reporter_stop (PlReporter *self)
{
  g_autoptr(GSource) source = NULL;

  g_mutex_lock (&self->mutex);
  source = g_steal_pointer (&self->source);
  g_mutex_unlock (&self->mutex);

  if (source != NULL)
    g_source_destroy (source);
}

static void
pl_reporter_schedule (PlReporter *self, gint64 time)
{
  g_autoptr(GSource) source = NULL;

  g_mutex_lock (&self->mutex);
  if (self->source != NULL)
    source = g_source_ref (self->source);
  time = MAX (time, self->next_time);
  g_mutex_unlock (&self->mutex);

  if (source != NULL)
    g_source_set_ready_time (source, time);
}

/* Has it told that something has changed. */
void
pl_reporter_report (PlReporter *self)
{
  if (g_atomic_int_compare_and_exchange (&self->is_armed, TRUE, FALSE))
    pl_reporter_schedule (self, 0);
}

/* An element has been skipped: keeps a copy of it, if anybody wants to be told. */
void
pl_reporter_add_skipped (PlReporter *self,
                         PlStage *stage,
                         const GValue *element,
                         const GError *error)
{
  PlSkipped *skipped;

  if (!pl_stage_wants_skipped (stage))
    return;

  skipped = g_new0 (PlSkipped, 1);
  skipped->stage = g_object_ref (stage);
  g_value_init (&skipped->element, G_VALUE_TYPE (element));
  g_value_copy (element, &skipped->element);
  skipped->error = g_error_copy (error);

  g_mutex_lock (&self->mutex);
  g_queue_push_tail (&self->skipped, skipped);
  g_atomic_int_inc (&self->n_skipped);
  g_mutex_unlock (&self->mutex);

  pl_reporter_schedule (self, 0);
}

/* Tells what has been skipped, if this thread runs the starter's context, or nobody does. */
void
pl_reporter_flush (PlReporter *self)
{
  if (g_atomic_int_get (&self->n_skipped) == 0 || !g_main_context_acquire (self->context))
    return;

  pl_reporter_tell_skipped (self);
  g_main_context_release (self->context);
}
