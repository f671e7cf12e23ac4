/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-flat-map.h"

#include "pl-generator-private.h"
#include "pl-stage-private.h"
#include "pl-worker-private.h"

/**
 * PlFlatMap:
 *
 * A stage that makes none, one or many elements of each: [func@Pl.thread_flat_map],
 * [func@Pl.task_flat_map], [func@Pl.process_flat_map], [func@Pl.sync_flat_map].
 *
 * What is made of an element has its index, and behind it its own number among them. Thread, task
 * and process stages pass on what is emitted at once, unless they have
 * [property@Pl.Stage:retries]; a sync stage does when its function has returned. pypeln: `flat_map`
 *
 * Since: 1.0
 */

struct _PlFlatMap
{
  PlStage parent_instance;

  PlGenerator *generator; /* NULL: the stage's callback */
};

struct _PlFlatMapClass
{
  PlStageClass parent_class;
};

G_DEFINE_FINAL_TYPE (PlFlatMap, pl_flat_map, PL_TYPE_STAGE)

/* Passes on what is made of @element, one by one: one a call, where there is nothing else to wait
 * in for the next to be wanted. */
static gboolean
pl_flat_map_generate (PlGenerator *generator,
                      PlElement *element,
                      PlWorker *worker,
                      GError **error)
{
  GValue *iterated = &worker->iterated;
  GError *own_error = NULL;
  gboolean more;

  more = G_VALUE_TYPE (iterated) != 0 ||
         pl_generator_begin (generator, worker, &element->value, iterated, &own_error);
  while (more)
    {
      g_auto(GValue) value = G_VALUE_INIT;

      more = pl_generator_next (generator, worker, iterated, &value, &own_error) &&
             pl_worker_put_value (worker, &value, &own_error) &&
             !pl_worker_suspend (worker);
    }

  if (own_error == NULL)
    return TRUE;

  g_propagate_error (error, own_error);
  return FALSE;
}

static gboolean
pl_flat_map_process (PlStage *stage, PlElement *element, PlWorker *worker, GError **error)
{
  PlCallback *callback = stage->callback;
  PlGenerator *generator = PL_FLAT_MAP (stage)->generator;

  if (generator != NULL)
    return pl_flat_map_generate (generator, element, worker, error);

  if (callback->closure != NULL)
    return pl_worker_invoke (worker, callback, &element->value, NULL, error);

  return ((PlFlatMapFunc) callback->func) (&element->value, worker, callback->user_data, error);
}

static void
pl_flat_map_finalize (GObject *object)
{
  g_clear_pointer (&PL_FLAT_MAP (object)->generator, pl_generator_free);

  G_OBJECT_CLASS (pl_flat_map_parent_class)->finalize (object);
}

static void
pl_flat_map_class_init (PlFlatMapClass *klass)
{
  PlStageClass *stage_class = PL_STAGE_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = pl_flat_map_finalize;

  stage_class->operation = "flat_map";
  stage_class->max_inputs = 1;
  stage_class->needs_callback = TRUE;
  stage_class->emits = TRUE;
  stage_class->process = pl_flat_map_process;
}

static void
pl_flat_map_init (PlFlatMap *self)
{
}

/**
 * pl_flat_map_new_for_generator: (constructor)
 * @kind: who runs the closures: not processes
 * @input: the stage to take elements from
 * @begin: begins to make elements of one: it is called with the element, and returns something to
 *   iterate
 * @next: makes the next one: it is called with what @begin has returned, and returns an element
 * @element_type: the type of what @begin and @next return; with G_TYPE_NONE they initialise their
 *   return values, as those of a language binding may do
 *
 * Creates a stage that makes none, one or many elements of each with closures that make one a call,
 * as the generators of many languages do.
 *
 * Each element is passed on before the next is made, and a sync stage makes it when it is taken, so
 * that there may be elements without end; only where the stage has [property@Pl.Stage:retries] it
 * keeps all of them until @next has come to the end. @next tells with
 * [method@Pl.Worker.set_at_end] on [func@Pl.Worker.get_current] that there is none, and so may
 * @begin. They fail with [method@Pl.Worker.set_error]. What @begin has returned is released behind
 * the last call, on the same thread.
 *
 * Returns: (transfer full): the stage
 *
 * Since: 1.0
 */
PlStage *
pl_flat_map_new_for_generator (PlWorkerKind kind,
                               PlStage *input,
                               GClosure *begin,
                               GClosure *next,
                               GType element_type)
{
  PlStage *stage;

  g_return_val_if_fail (kind != PL_WORKER_KIND_PROCESS, NULL);
  g_return_val_if_fail (PL_IS_STAGE (input), NULL);
  g_return_val_if_fail (begin != NULL, NULL);
  g_return_val_if_fail (next != NULL, NULL);
  g_return_val_if_fail (element_type == G_TYPE_NONE || G_TYPE_IS_VALUE (element_type), NULL);

  stage = pl_stage_new (PL_TYPE_FLAT_MAP, kind, input, pl_callback_new_for_closure (begin));
  PL_FLAT_MAP (stage)->generator = pl_generator_new (begin, next, element_type);
  return stage;
}
