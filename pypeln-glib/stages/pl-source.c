/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-source-private.h"

#include "pl-error.h"
#include "pl-generator-private.h"
#include "pl-worker-private.h"

/**
 * PlSource:
 *
 * A stage without inputs: where elements come from.
 *
 * A source is run by whoever takes elements from it, never ahead of what the bounds of the queues
 * behind it allow. A [enum@Pl.WorkerKind] thread source has a thread of its own in each run, and
 * each of its consumers gets every element. Other sources are run by each consumer on its own:
 * those that hold their elements give all of them to each, those that read something once divide it
 * among them.
 *
 * Sources that hold their elements give the same ones in every run. Those that read something once,
 * as a stream, have nothing left for a second run. What goes wrong in a source is the error of the
 * run.
 *
 * pypeln: `from_iterable`
 *
 * Since: 1.0
 */

struct _PlSource
{
  PlStage parent_instance;

  const PlSourceOrigin *origin; /* NULL: the generator, or else the stage's callback */
  gpointer data;
  PlGenerator *generator;
};

struct _PlSourceClass
{
  PlStageClass parent_class;
};

G_DEFINE_FINAL_TYPE (PlSource, pl_source, PL_TYPE_STAGE)

/* Has the callback make the next element. A closure emits what it makes, and tells whether it is to
 * be called again. */
static gboolean
pl_source_call (PlStage *stage, PlWorker *worker, GValue *value, GError **error)
{
  PlCallback *callback = stage->callback;
  GValue more = G_VALUE_INIT;

  if (callback == NULL)
    {
      g_set_error_literal (error, PL_ERROR, PL_ERROR_NO_FUNCTION,
                           "The source has nothing to take elements from; make it with a "
                           "constructor such as pl_source_new_for_func()");
      return FALSE;
    }

  if (callback->closure == NULL)
    return ((PlSourceFunc) callback->func) (value, worker, callback->user_data, error);

  g_value_init (&more, G_TYPE_BOOLEAN);
  return pl_worker_invoke (worker, callback, NULL, &more, error) && g_value_get_boolean (&more);
}

/* Each run begins anew, with its first element: @iterated is its place. */
static gboolean
pl_source_call_generator (PlGenerator *generator,
                          GValue *iterated,
                          PlWorker *worker,
                          GValue *value,
                          GError **error)
{
  return (G_VALUE_TYPE (iterated) != 0 ||
          pl_generator_begin (generator, worker, NULL, iterated, error)) &&
         pl_generator_next (generator, worker, iterated, value, error);
}

static gboolean
pl_source_generate (PlStage *stage, gpointer state, PlWorker *worker, GError **error)
{
  PlSource *self = PL_SOURCE (stage);
  g_auto(GValue) value = G_VALUE_INIT;
  gboolean more;

  if (self->origin != NULL)
    more = self->origin->next (self->data, state, &value, worker->cancellable, error);
  else if (self->generator != NULL)
    more = pl_source_call_generator (self->generator, state, worker, &value, error);
  else
    more = pl_source_call (stage, worker, &value, error);

  if (!more)
    return FALSE;

  if (G_VALUE_TYPE (&value) != 0)
    return pl_worker_put_value (worker, &value, error);

  if (stage->callback->closure != NULL)
    return TRUE;

  g_set_error_literal (error, PL_ERROR, PL_ERROR_UNSET_RESULT,
                       "The function returned TRUE and left its value uninitialised; "
                       "g_value_init() and set it, or return FALSE at the end");
  return FALSE;
}

static gpointer
pl_source_open (PlStage *stage)
{
  PlSource *self = PL_SOURCE (stage);

  if (self->generator != NULL)
    return g_new0 (GValue, 1);
  return self->origin != NULL ? self->origin->open (self->data) : NULL;
}

static void
pl_source_close (PlStage *stage, gpointer state)
{
  PlSource *self = PL_SOURCE (stage);
  GValue *iterated = state;

  if (self->generator == NULL)
    {
      self->origin->close (state);
      return;
    }

  if (G_VALUE_TYPE (iterated) != 0)
    g_value_unset (iterated);
  g_free (iterated);
}

static void
pl_source_finalize (GObject *object)
{
  PlSource *self = PL_SOURCE (object);

  if (self->origin != NULL)
    self->origin->free (self->data);
  g_clear_pointer (&self->generator, pl_generator_free);

  G_OBJECT_CLASS (pl_source_parent_class)->finalize (object);
}

static gboolean
pl_source_blocks (PlStage *stage)
{
  const PlSourceOrigin *origin = PL_SOURCE (stage)->origin;

  return origin != NULL && origin->blocks;
}

static void
pl_source_class_init (PlSourceClass *klass)
{
  PlStageClass *stage_class = PL_STAGE_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = pl_source_finalize;

  stage_class->operation = "source";
  stage_class->emits = TRUE;
  stage_class->open = pl_source_open;
  stage_class->generate = pl_source_generate;
  stage_class->blocks = pl_source_blocks;
  stage_class->close = pl_source_close;
}

static void
pl_source_init (PlSource *self)
{
}

/* Takes @data. */
PlStage *
pl_source_new (const PlSourceOrigin *origin, gpointer data)
{
  PlSource *self = g_object_new (PL_TYPE_SOURCE, NULL);

  self->origin = origin;
  self->data = data;
  return PL_STAGE (self);
}

/**
 * pl_source_new_for_func: (constructor)
 * @func: (scope notified) (closure user_data) (destroy notify): makes the next element
 * @user_data: data for @func
 * @notify: (nullable): frees @user_data, when neither the source nor a run needs it any more
 *
 * Creates a source of what a function makes, one element a call.
 *
 * Each run calls the function from where the last one left off, unless the function keeps its place
 * with [method@Pl.Worker.set_resource].
 *
 * Returns: (transfer full): the source
 *
 * Since: 1.0
 */
PlStage *
pl_source_new_for_func (PlSourceFunc func, gpointer user_data, GDestroyNotify notify)
{
  g_return_val_if_fail (func != NULL, NULL);

  return pl_stage_new (PL_TYPE_SOURCE, PL_WORKER_KIND_SYNC, NULL,
                       pl_callback_new (G_CALLBACK (func), user_data, notify));
}

/**
 * pl_source_new_for_func_with_closure: (constructor) (rename-to pl_source_new_for_func)
 * @closure: makes the next elements; it is called with the [class@Pl.Worker], and returns a boolean
 *
 * Creates a source of what a closure makes.
 *
 * At each call the closure emits none, one or more elements with [method@Pl.Worker.emit], and
 * returns whether it is to be called again.
 *
 * Returns: (transfer full): the source
 *
 * Since: 1.0
 */
PlStage *
pl_source_new_for_func_with_closure (GClosure *closure)
{
  g_return_val_if_fail (closure != NULL, NULL);

  return pl_stage_new (PL_TYPE_SOURCE, PL_WORKER_KIND_SYNC, NULL,
                       pl_callback_new_for_closure (closure));
}

/**
 * pl_source_new_for_generator: (constructor)
 * @begin: begins a run's elements: it is called with the [class@Pl.Worker], and returns something
 *   to iterate
 * @next: makes the next element: it is called with what @begin has returned, and returns it
 * @element_type: the type of what @begin and @next return; with G_TYPE_NONE they initialise their
 *   return values, as those of a language binding may do
 *
 * Creates a source of what closures make, one element a call, as the iterators of many languages
 * do.
 *
 * @next tells with [method@Pl.Worker.set_at_end] on [func@Pl.Worker.get_current] that there is no
 * more, and so may @begin. They fail with [method@Pl.Worker.set_error]. They run on the thread that
 * takes elements from the source, and what @begin has returned is released there.
 *
 * pypeln: `from_iterable`
 *
 * Returns: (transfer full): the source
 *
 * Since: 1.0
 */
PlStage *
pl_source_new_for_generator (GClosure *begin, GClosure *next, GType element_type)
{
  PlStage *stage;

  g_return_val_if_fail (begin != NULL, NULL);
  g_return_val_if_fail (next != NULL, NULL);
  g_return_val_if_fail (element_type == G_TYPE_NONE || G_TYPE_IS_VALUE (element_type), NULL);

  stage = pl_stage_new (PL_TYPE_SOURCE, PL_WORKER_KIND_SYNC, NULL, NULL);
  PL_SOURCE (stage)->generator = pl_generator_new (begin, next, element_type);
  return stage;
}
