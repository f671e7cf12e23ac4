/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-place.h"

#include "pl-test-kept.h"

void
pl_test_place_clear (PlTestPlace *self)
{
  g_clear_pointer (&self->context, g_main_context_unref);
}

/* The place of this thread, as it is now. */
PlTestPlace
pl_test_place_get (void)
{
  return (PlTestPlace) {
    .context = g_main_context_ref_thread_default (),
    .thread = g_thread_self (),
  };
}

/* Functions are to run on a thread that has its context. */
void
pl_test_place_set_owner (PlTestPlace *self, PlTestOwner *owner)
{
  self->context = g_main_context_ref (owner->context);
  self->thread = owner->thread;
}

void
pl_test_place_check (PlTestPlace *place)
{
  g_autoptr(GMainContext) context = g_main_context_ref_thread_default ();

  if (place->context == NULL)
    *place = pl_test_place_get ();

  g_assert_true (context == place->context);
  g_assert_true (g_main_context_is_owner (context));
  g_assert_true (g_thread_self () == place->thread);
  g_atomic_int_inc (&place->steps);
}

gboolean
pl_test_place_on_start (PlWorker *worker, gpointer user_data, GError **error)
{
  pl_test_place_check (user_data);
  return TRUE;
}

gboolean
pl_test_place_on_done (PlWorker *worker, PlStageStatus *status, gpointer user_data, GError **error)
{
  PlTestPlace *place = user_data;

  pl_test_place_check (place);
  g_atomic_int_inc (&place->dones);
  return TRUE;
}

static void
pl_test_place_on_free (gpointer user_data)
{
  PlTestPlace *place = user_data;

  g_atomic_int_inc (&place->frees);
}

/* An element in a function that takes three steps: GIO tells of the first, a source of the second,
 * and GIO of the third, to those that wait on what is this thread's default context then. */
typedef struct
{
  GTask *task;
  const GValue *element;
  PlTestPlace *place;
  guint n_left;
} PlTestSteps;

static gboolean pl_test_steps_idle (gpointer user_data);

static void
pl_test_steps_finish (PlTestSteps *self)
{
  pl_test_return_int (self->task, g_value_get_int (self->element) + 1);
  g_object_unref (self->task);
  g_atomic_int_add (&self->place->under_way, -1);
  g_free (self);
}

static void
pl_test_steps_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  PlTestSteps *self = user_data;
  g_autoptr(GSource) source = NULL;

  g_assert_true (g_task_propagate_boolean (G_TASK (result), NULL));
  pl_test_place_check (self->place);
  if (--self->n_left == 0)
    {
      pl_test_steps_finish (self);
      return;
    }

  source = g_idle_source_new ();
  g_source_set_callback (source, pl_test_steps_idle, self, NULL);
  g_source_attach (source, g_main_context_get_thread_default ());
}

static void
pl_test_steps_thread (GTask *step, gpointer object, gpointer data, GCancellable *cancellable)
{
  g_task_return_boolean (step, TRUE);
}

/* As GIO's asynchronous calls on files do. */
static void
pl_test_steps_call (PlTestSteps *self)
{
  g_autoptr(GTask) step = g_task_new (NULL, NULL, pl_test_steps_cb, self);

  self->n_left--;
  pl_test_place_check (self->place);
  g_task_run_in_thread (step, pl_test_steps_thread);
}

static gboolean
pl_test_steps_idle (gpointer user_data)
{
  pl_test_steps_call (user_data);
  return G_SOURCE_REMOVE;
}

void
pl_test_take_steps (const GValue *element, GTask *task, PlWorker *worker, gpointer user_data)
{
  PlTestSteps *self = g_new0 (PlTestSteps, 1);

  self->task = g_object_ref (task);
  self->element = element;
  self->place = user_data;
  self->n_left = PL_TEST_PLACE_STEPS + 1;
  g_atomic_int_inc (&self->place->under_way);
  pl_test_steps_call (self);
}

void
pl_test_take_no_steps (const GValue *element, GTask *task, PlWorker *worker, gpointer user_data)
{
  pl_test_place_check (user_data);
  pl_test_return_int (task, g_value_get_int (element) + 1);
}

/* 1 2 3 4 5, made in @place. */
PlStage *
pl_test_place_make_stage (PlTaskFunc func, PlTestPlace *place)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, PL_TEST_PLACE_ELEMENTS);
  PlStage *stage = pl_task_map (numbers, func, place, pl_test_place_on_free);

  pl_stage_set_workers (stage, 2);
  pl_stage_set_maxsize (stage, 2);
  pl_stage_set_on_start (stage, pl_test_place_on_start, place, NULL);
  pl_stage_set_on_done (stage, pl_test_place_on_done, place, NULL);
  return stage;
}

/* More than anybody takes. */
PlStage *
pl_test_make_endless_task (PlTaskFunc func, gpointer user_data)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, G_MAXINT);
  PlStage *stage = pl_task_map (numbers, func, user_data, NULL);

  pl_stage_set_maxsize (stage, 1);
  return stage;
}

/* Takes all that there is; returns the sum. */
int
pl_test_drain (PlIterator *iterator)
{
  g_autoptr(GError) error = NULL;
  g_auto(GValue) value = G_VALUE_INIT;
  int sum = 0;

  while (pl_iterator_next (iterator, &value, NULL, &error))
    sum += g_value_get_int (&value);
  g_assert_no_error (error);
  return sum;
}

gpointer
pl_test_drain_thread (gpointer data)
{
  return GINT_TO_POINTER (pl_test_drain (data));
}

void
pl_test_place_assert_all_steps (const PlTestPlace *place, guint n_runs)
{
  g_assert_cmpint (place->steps, ==, n_runs * (PL_TEST_PLACE_CHECKS + 2));
  g_assert_cmpint (place->dones, ==, n_runs);
}
