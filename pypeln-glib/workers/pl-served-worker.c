/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "workers/pl-served-worker-private.h"

#include "pl-run-private.h"
#include "pl-stage-private.h"

/* The worker of a process stage inside of its process: it calls the function for elements of a
 * stage that is in another process, see pl-server.c. */

typedef struct
{
  PlWorker parent_instance;

  PlServedEmitFunc emit;
  gpointer user_data;

  GValue *returned; /* where what the function returns goes */
} PlServedWorker;

typedef PlWorkerClass PlServedWorkerClass;

static GType pl_served_worker_get_type (void);

G_DEFINE_FINAL_TYPE (PlServedWorker, pl_served_worker, PL_TYPE_WORKER)

#define PL_SERVED_WORKER(self) ((PlServedWorker *) (self))

static gboolean
pl_served_worker_put (PlWorker *worker, PlElement *element, GError **error)
{
  static const GValue unset = G_VALUE_INIT;
  PlServedWorker *self = PL_SERVED_WORKER (worker);

  switch (PL_STAGE_GET_CLASS (worker->stage)->returns)
    {
    case PL_RETURNS_NOTHING:
      return self->emit (self->user_data, &element->value, error);

    case PL_RETURNS_VALUE:
      *self->returned = element->value;
      element->value = unset;
      return TRUE;

    case PL_RETURNS_WHETHER:
      g_value_set_boolean (self->returned, TRUE);
      return TRUE;

    default:
      g_assert_not_reached ();
    }
}

/* The parent tells where. */
static void
pl_served_worker_fail (PlWorker *worker, GError *error)
{
  pl_run_fail (worker->node->run, error);
}

static void
pl_served_worker_class_init (PlServedWorkerClass *klass)
{
  klass->fail = pl_served_worker_fail;
  klass->put = pl_served_worker_put;
}

static void
pl_served_worker_init (PlServedWorker *self)
{
}

PlWorker *
pl_served_worker_new (PlNode *node, guint index, PlServedEmitFunc emit, gpointer user_data)
{
  PlWorker *worker = pl_worker_new (pl_served_worker_get_type (), node, index);
  PlServedWorker *self = PL_SERVED_WORKER (worker);

  self->emit = emit;
  self->user_data = user_data;
  return worker;
}

/* Calls the function once with @element, which is cleared, and has @returned be what it returns. */
gboolean
pl_served_worker_call (PlWorker *worker, PlElement *element, GValue *returned, GError **error)
{
  PlServedWorker *self = PL_SERVED_WORKER (worker);
  PlWorkerPlace former;
  gboolean done;

  if (PL_STAGE_GET_CLASS (worker->stage)->returns == PL_RETURNS_WHETHER)
    g_value_init (returned, G_TYPE_BOOLEAN);

  pl_worker_count (&worker->n_in);
  self->returned = returned;
  worker->only.index = element->index;
  pl_worker_enter (worker, &worker->only, &former);

  done = pl_worker_call (worker, element, error);
  pl_worker_ensure_error (done, error);

  pl_worker_leave (worker, &former);
  pl_element_clear (element);
  return done;
}
