/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-stage-private.h"

#include "pl-dot-private.h"
#include "pl-enum-types.h"
#include "pl-iterator-private.h"

/**
 * PlStage:
 *
 * A lazy description of one step of a pipeline.
 *
 * A stage holds the stages that it takes its elements from, and its settings. It holds nothing that
 * runs: building stages starts nothing, and each [method@Pl.Stage.iterate] starts a run of its own.
 * So a stage can be iterated many times, also at once, and can feed several stages.
 *
 * What a stage does with an element is its operation, a subclass such as [class@Pl.Map]; who does
 * it is its [property@Pl.Stage:kind]. Kinds mix freely in one pipeline. Stages are made by
 * functions that say both, such as [func@Pl.thread_map] and [func@Pl.process_map], and by the
 * constructors of [class@Pl.Source].
 *
 * Settings are read when a run starts. A stage may be used from any thread, as long as none changes
 * it meanwhile.
 *
 * Since: 1.0
 */

G_DEFINE_ABSTRACT_TYPE (PlStage, pl_stage, G_TYPE_OBJECT)

static guint signal_skipped;
static guint signal_skipped_element;

/* Of the emissions that this thread is in the midst of, the innermost's. */
static GPrivate skipped_error = G_PRIVATE_INIT (NULL);

/* The name in messages, and of threads: what the user called the stage, or what it does. */
const char *
pl_stage_get_label (PlStage *self, const PlStageSettings *settings)
{
  return settings->name != NULL ? settings->name : PL_STAGE_GET_CLASS (self)->operation;
}

/* Puts in front of the message where it happened: “stage “resize” (thread map, worker 2, element
 * 17): ”, where @details is what comes behind the operation. */
void
pl_stage_prefix_error (PlStage *self,
                       const PlStageSettings *settings,
                       const char *details,
                       GError **error)
{
  g_autoptr(GEnumClass) kinds = g_type_class_ref (PL_TYPE_WORKER_KIND);

  g_prefix_error (error, "stage “%s” (%s %s%s): ",
                  pl_stage_get_label (self, settings),
                  g_enum_get_value (kinds, settings->kind)->value_nick,
                  PL_STAGE_GET_CLASS (self)->operation,
                  details);
}

/* Makes a stage; takes @callback, which may be NULL as @input may. */
PlStage *
pl_stage_new (GType type, PlWorkerKind kind, PlStage *input, PlCallback *callback)
{
  PlStage *self = g_object_new (type, "kind", kind, NULL);

  self->callback = callback;
  if (input != NULL)
    pl_stage_add_input (self, input);
  return self;
}

static void
pl_stage_dispose (GObject *object)
{
  g_ptr_array_set_size (PL_STAGE (object)->inputs, 0);

  G_OBJECT_CLASS (pl_stage_parent_class)->dispose (object);
}

static void
pl_stage_finalize (GObject *object)
{
  PlStage *self = PL_STAGE (object);

  pl_stage_settings_clear (&self->settings);
  g_ptr_array_unref (self->inputs);
  g_clear_pointer (&self->callback, pl_callback_unref);

  G_OBJECT_CLASS (pl_stage_parent_class)->finalize (object);
}

static void
pl_stage_class_init (PlStageClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = pl_stage_dispose;
  object_class->finalize = pl_stage_finalize;

  pl_stage_settings_install (object_class);

  /**
   * PlStage::skipped:
   * @self: the stage
   * @element: the element that the function failed with
   * @error: what it failed with
   *
   * A run goes on without an element, as [property@Pl.Stage:error-policy] tells it to.
   *
   * It is emitted on the thread-default main context of whoever started the run, or inside of the
   * calls of a [class@Pl.Iterator] on that thread, and before the run is told to have ended there.
   * Elements are kept for this only while a handler is connected. pypeln has nothing like it.
   *
   * Since: 1.0
   */
  signal_skipped = g_signal_new ("skipped", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                                 NULL, NULL, NULL, G_TYPE_NONE, 2,
                                 G_TYPE_VALUE, G_TYPE_ERROR);

  /**
   * PlStage::skipped-element:
   * @self: the stage
   * @element: the element that the function failed with
   *
   * As [signal@Pl.Stage::skipped], which it comes before, without the error, which
   * [func@Pl.Stage.get_skipped_error] gets: for bindings that cannot make an object of an error
   * before a function of theirs runs.
   *
   * Since: 1.0
   */
  signal_skipped_element = g_signal_new ("skipped-element", G_TYPE_FROM_CLASS (klass),
                                         G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                                         G_TYPE_VALUE);
}

static void
pl_stage_init (PlStage *self)
{
  pl_stage_settings_init (&self->settings);
  self->inputs = g_ptr_array_new_with_free_func (g_object_unref);
}

/* Tells whether there is anybody to tell of elements that have been skipped. */
gboolean
pl_stage_wants_skipped (PlStage *self)
{
  return g_signal_has_handler_pending (self, signal_skipped, 0, FALSE) ||
         g_signal_has_handler_pending (self, signal_skipped_element, 0, FALSE);
}

void
pl_stage_emit_skipped (PlStage *self, const GValue *element, const GError *error)
{
  gpointer outer = g_private_get (&skipped_error);

  g_private_set (&skipped_error, (gpointer) error);
  g_signal_emit (self, signal_skipped_element, 0, element);
  g_private_set (&skipped_error, outer);

  g_signal_emit (self, signal_skipped, 0, element, error);
}

/**
 * pl_stage_get_skipped_error:
 *
 * Gets what the function has failed with, inside of a handler of
 * [signal@Pl.Stage::skipped-element].
 *
 * Returns: (transfer none) (nullable): the error; NULL outside of such a handler
 *
 * Since: 1.0
 */
const GError *
pl_stage_get_skipped_error (void)
{
  return g_private_get (&skipped_error);
}

/**
 * pl_stage_add_input:
 * @self: a stage
 * @input: a stage to take elements from
 *
 * Adds a stage to those that @self takes its elements from.
 *
 * Sources have no inputs, [class@Pl.Concat] has any number, and the others have one. The same stage
 * may be added twice, and gives its elements twice then.
 *
 * Since: 1.0
 */
void
pl_stage_add_input (PlStage *self, PlStage *input)
{
  g_return_if_fail (PL_IS_STAGE (self));
  g_return_if_fail (PL_IS_STAGE (input));
  g_return_if_fail (self->inputs->len < PL_STAGE_GET_CLASS (self)->max_inputs);

  g_ptr_array_add (self->inputs, g_object_ref (input));
}

/**
 * pl_stage_get_n_inputs:
 * @self: a stage
 *
 * Gets the number of stages that @self takes its elements from.
 *
 * Returns: the number of stages
 *
 * Since: 1.0
 */
guint
pl_stage_get_n_inputs (PlStage *self)
{
  g_return_val_if_fail (PL_IS_STAGE (self), 0);

  return self->inputs->len;
}

/**
 * pl_stage_get_input:
 * @self: a stage
 * @position: which of the inputs, from 0
 *
 * Gets one of the stages that @self takes its elements from.
 *
 * Returns: (transfer none) (nullable): the stage, or NULL if there are not as many
 *
 * Since: 1.0
 */
PlStage *
pl_stage_get_input (PlStage *self, guint position)
{
  g_return_val_if_fail (PL_IS_STAGE (self), NULL);

  return position < self->inputs->len ? g_ptr_array_index (self->inputs, position) : NULL;
}

/**
 * pl_stage_iterate:
 * @self: a stage
 *
 * Starts a run of the pipeline that ends in @self.
 *
 * All threads start now and work ahead, as far as the stages' [property@Pl.Stage:maxsize] lets
 * them; task stages begin when their main context is iterated, see [class@Pl.Iterator]. What is
 * wrong with the pipeline, or goes wrong in starting it, is the error of the first
 * [method@Pl.Iterator.next]. Dropping the iterator cancels the run.
 *
 * pypeln: `iter(stage)`
 *
 * Returns: (transfer full): the run
 *
 * Since: 1.0
 */
PlIterator *
pl_stage_iterate (PlStage *self)
{
  g_return_val_if_fail (PL_IS_STAGE (self), NULL);

  return pl_iterator_new (self, self->settings.maxsize, NULL);
}

/**
 * pl_stage_iterate_bounded:
 * @self: a stage
 * @maxsize: how many elements may wait for the consumer; 0 is as many as come
 *
 * Starts a run as [method@Pl.Stage.iterate] does, with a bound of its own for the consumer's queue
 * in place of the stage's [property@Pl.Stage:maxsize]. Sync stages have no such queue.
 *
 * pypeln: `to_iterable (stage, maxsize)`
 *
 * Returns: (transfer full): the run
 *
 * Since: 1.0
 */
PlIterator *
pl_stage_iterate_bounded (PlStage *self, guint maxsize)
{
  g_return_val_if_fail (PL_IS_STAGE (self), NULL);

  return pl_iterator_new (self, maxsize, NULL);
}

/**
 * pl_stage_iterate_on:
 * @self: a stage
 * @maxsize: how many elements may wait for the consumer; 0 is as many as come
 * @context: (nullable): the main context that task stages run on; NULL is the one that
 *   [method@Pl.Stage.iterate] finds
 *
 * Starts a run as [method@Pl.Stage.iterate_bounded] does, with its task stages on a main context
 * that need not be one of this thread's.
 *
 * Somebody is to iterate that context until the run has ended. Where no thread owns it when the
 * consumer waits, the consumer does so.
 *
 * Returns: (transfer full): the run
 *
 * Since: 1.0
 */
PlIterator *
pl_stage_iterate_on (PlStage *self, guint maxsize, GMainContext *context)
{
  g_return_val_if_fail (PL_IS_STAGE (self), NULL);

  return pl_iterator_new (self, maxsize, context);
}

/**
 * pl_stage_to_dot:
 * @self: a stage
 *
 * Draws the pipeline that ends in @self as a graph in the language of Graphviz: `dot -Tsvg` makes a
 * picture of it.
 *
 * [method@Pl.RunStatus.to_dot] draws one with the figures of a run.
 *
 * Returns: (transfer full): the graph
 *
 * Since: 1.0
 */
char *
pl_stage_to_dot (PlStage *self)
{
  g_return_val_if_fail (PL_IS_STAGE (self), NULL);

  return pl_dot_new (self, NULL);
}
