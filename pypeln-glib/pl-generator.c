/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-generator-private.h"

#include "pl-error.h"
#include "pl-worker-private.h"

PlGenerator *
pl_generator_new (GClosure *begin, GClosure *next, GType type)
{
  PlGenerator *self = g_new0 (PlGenerator, 1);

  self->begin = pl_callback_new_for_closure (begin);
  self->next = pl_callback_new_for_closure (next);
  self->type = type;
  return self;
}

void
pl_generator_free (PlGenerator *self)
{
  pl_callback_unref (self->begin);
  pl_callback_unref (self->next);
  g_free (self);
}

/* Calls one of the closures with @argument, or with the worker if that is NULL. Returns FALSE if it
 * has told that there is no more, or has failed; else @result is set. */
static gboolean
pl_generator_call (PlGenerator *self,
                   PlWorker *worker,
                   PlCallback *callback,
                   const GValue *argument,
                   GValue *result,
                   GError **error)
{
  if (self->type != G_TYPE_NONE)
    g_value_init (result, self->type);

  worker->is_at_end = FALSE;
  if (!pl_worker_invoke (worker, callback, argument, result, error) || worker->is_at_end)
    return FALSE;
  if (G_VALUE_TYPE (result) != 0)
    return TRUE;

  g_set_error_literal (error, PL_ERROR, PL_ERROR_UNSET_RESULT,
                       "The closure left its return value uninitialised; g_value_init() and set "
                       "it, call pl_worker_set_at_end(), or give the stage an element type");
  return FALSE;
}

/* Begins anew, with @argument or, if that is NULL, with the worker: sets @iterated. Returns FALSE
 * if there is nothing to iterate, or with @error set. */
gboolean
pl_generator_begin (PlGenerator *self,
                    PlWorker *worker,
                    const GValue *argument,
                    GValue *iterated,
                    GError **error)
{
  return pl_generator_call (self, worker, self->begin, argument, iterated, error);
}

/* Sets @value to the next element of what has begun with @iterated. Returns FALSE at the end, or
 * with @error set. */
gboolean
pl_generator_next (PlGenerator *self,
                   PlWorker *worker,
                   const GValue *iterated,
                   GValue *value,
                   GError **error)
{
  return pl_generator_call (self, worker, self->next, iterated, value, error);
}

/**
 * pl_worker_set_at_end:
 * @self: a worker
 *
 * Tells that there is no next element, from inside of a closure that makes one element a call, see
 * [ctor@Pl.Source.new_for_generator] and [ctor@Pl.FlatMap.new_for_generator]. What the closure
 * returns is not used then.
 *
 * Since: 1.0
 */
void
pl_worker_set_at_end (PlWorker *self)
{
  g_return_if_fail (PL_IS_WORKER (self));
  g_return_if_fail (self == pl_worker_get_current ());

  self->is_at_end = TRUE;
}
