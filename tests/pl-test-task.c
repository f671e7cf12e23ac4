/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-task.h"

#include "pl-test-pool.h"

/* When a task is answered. */
typedef enum
{
  PL_TEST_WHEN_AT_ONCE,
  PL_TEST_WHEN_LATER,     /* from an idle source */
  PL_TEST_WHEN_ELSEWHERE, /* from another thread, in no order */
} PlTestWhen;

/* What is to be called, and how its task is to be answered. */
typedef struct
{
  GCallback func;
  gpointer user_data;
  GDestroyNotify notify;
  PlTestWhen when;
} PlTestAdapter;

/* An answer. */
typedef struct
{
  GTask *task;
  gboolean done;
  GError *error;
  gboolean is_value;
  GValue value;
  gboolean boolean;
} PlTestAnswer;

static PlTestAdapter *
pl_test_adapter_new (GCallback func,
                     gpointer user_data,
                     GDestroyNotify notify,
                     PlTestWhen when)
{
  PlTestAdapter *self = g_new0 (PlTestAdapter, 1);

  self->func = func;
  self->user_data = user_data;
  self->notify = notify;
  self->when = when;
  return self;
}

static void
pl_test_adapter_free (gpointer data)
{
  PlTestAdapter *self = data;

  if (self->notify != NULL)
    self->notify (self->user_data);
  g_free (self);
}

/* A constructor that refuses its arguments takes none. */
static PlStage *
pl_test_adapter_check (PlTestAdapter *self, PlStage *stage)
{
  if (stage == NULL)
    g_free (self);
  return stage;
}

static gboolean
pl_test_answer_cb (gpointer user_data)
{
  PlTestAnswer *self = user_data;

  if (self->error != NULL)
    g_task_return_error (self->task, g_steal_pointer (&self->error));
  else if (!self->done)
    g_task_return_new_error (self->task, PL_ERROR, PL_ERROR_UNSET_ERROR,
                             "The function failed without setting an error");
  else if (self->is_value)
    g_task_return_value (self->task, G_IS_VALUE (&self->value) ? &self->value : NULL);
  else
    g_task_return_boolean (self->task, self->boolean);

  if (G_IS_VALUE (&self->value))
    g_value_unset (&self->value);
  g_object_unref (self->task);
  g_free (self);
  return G_SOURCE_REMOVE;
}

/* Answers when it is to be; what @answer holds is taken. */
static void
pl_test_answer (PlTestAnswer *answer, GTask *task, const PlTestAdapter *adapter)
{
  PlTestAnswer *copy;

  answer->task = g_object_ref (task);
  copy = g_memdup2 (answer, sizeof *answer);

  if (adapter->when == PL_TEST_WHEN_LATER)
    {
      g_autoptr(GSource) source = g_idle_source_new ();

      g_source_set_callback (source, pl_test_answer_cb, copy, NULL);
      g_source_attach (source, g_task_get_context (task));
    }
  else if (adapter->when == PL_TEST_WHEN_ELSEWHERE)
    {
      pl_test_pool_push (pl_test_answer_cb, copy);
    }
  else
    {
      pl_test_answer_cb (copy);
    }
}

static void
pl_test_map_cb (const GValue *element, GTask *task, PlWorker *worker, gpointer user_data)
{
  PlTestAdapter *adapter = user_data;
  PlTestAnswer answer = { .is_value = TRUE };

  answer.done = ((PlMapFunc) adapter->func) (element, &answer.value, worker, adapter->user_data,
                                             &answer.error);
  pl_test_answer (&answer, task, adapter);
}

static void
pl_test_filter_cb (const GValue *element, GTask *task, PlWorker *worker, gpointer user_data)
{
  PlTestAdapter *adapter = user_data;
  PlTestAnswer answer = { NULL };

  answer.done = ((PlFilterFunc) adapter->func) (element, &answer.boolean, worker,
                                                adapter->user_data, &answer.error);
  pl_test_answer (&answer, task, adapter);
}

/* The functions of each and flat_map have the same type. */
static void
pl_test_each_cb (const GValue *element, GTask *task, PlWorker *worker, gpointer user_data)
{
  PlTestAdapter *adapter = user_data;
  PlTestAnswer answer = { .boolean = TRUE };

  answer.done = ((PlEachFunc) adapter->func) (element, worker, adapter->user_data, &answer.error);
  pl_test_answer (&answer, task, adapter);
}

#define DEFINE_ADAPTERS(suffix, when) \
  static PlStage * \
  pl_test_map_##suffix (PlStage *input, PlMapFunc func, gpointer data, GDestroyNotify notify) \
  { \
    PlTestAdapter *adapter = \
      pl_test_adapter_new (G_CALLBACK (func), data, notify, when); \
 \
    return pl_test_adapter_check (adapter, \
                                  pl_task_map (input, func != NULL ? pl_test_map_cb : NULL, \
                                               adapter, pl_test_adapter_free)); \
  } \
 \
  static PlStage * \
  pl_test_filter_##suffix (PlStage *input, PlFilterFunc func, gpointer data, \
                           GDestroyNotify notify) \
  { \
    PlTestAdapter *adapter = \
      pl_test_adapter_new (G_CALLBACK (func), data, notify, when); \
 \
    return pl_test_adapter_check (adapter, \
                                  pl_task_filter (input, func != NULL ? pl_test_filter_cb : NULL, \
                                                  adapter, pl_test_adapter_free)); \
  } \
 \
  static PlStage * \
  pl_test_each_##suffix (PlStage *input, PlEachFunc func, gpointer data, GDestroyNotify notify) \
  { \
    PlTestAdapter *adapter = \
      pl_test_adapter_new (G_CALLBACK (func), data, notify, when); \
 \
    return pl_test_adapter_check (adapter, \
                                  pl_task_each (input, func != NULL ? pl_test_each_cb : NULL, \
                                                adapter, pl_test_adapter_free)); \
  } \
 \
  static PlStage * \
  pl_test_flat_map_##suffix (PlStage *input, PlFlatMapFunc func, gpointer data, \
                             GDestroyNotify notify) \
  { \
    PlTestAdapter *adapter = \
      pl_test_adapter_new (G_CALLBACK (func), data, notify, when); \
 \
    return pl_test_adapter_check (adapter, \
                                  pl_task_flat_map (input, func != NULL ? pl_test_each_cb : NULL, \
                                                    adapter, pl_test_adapter_free)); \
  }

DEFINE_ADAPTERS (at_once, PL_TEST_WHEN_AT_ONCE)

DEFINE_ADAPTERS (later, PL_TEST_WHEN_LATER)

DEFINE_ADAPTERS (elsewhere, PL_TEST_WHEN_ELSEWHERE)

/* A stage of another kind that becomes a task stage. */
static PlStage *
pl_test_make_task (PlStage *stage)
{
  if (stage != NULL)
    pl_stage_set_kind (stage, PL_WORKER_KIND_TASK);
  return stage;
}

static PlStage *
pl_test_map_plain (PlStage *input, PlMapFunc func, gpointer data, GDestroyNotify notify)
{
  return pl_test_make_task (pl_sync_map (input, func, data, notify));
}

static PlStage *
pl_test_filter_plain (PlStage *input, PlFilterFunc func, gpointer data, GDestroyNotify notify)
{
  return pl_test_make_task (pl_sync_filter (input, func, data, notify));
}

static PlStage *
pl_test_each_plain (PlStage *input, PlEachFunc func, gpointer data, GDestroyNotify notify)
{
  return pl_test_make_task (pl_sync_each (input, func, data, notify));
}

static PlStage *
pl_test_flat_map_plain (PlStage *input, PlFlatMapFunc func, gpointer data, GDestroyNotify notify)
{
  return pl_test_make_task (pl_sync_flat_map (input, func, data, notify));
}

static PlStage *
pl_test_map_with_closure (PlStage *input, GClosure *closure, GType result_type)
{
  return pl_test_make_task (pl_sync_map_with_closure (input, closure, result_type));
}

static PlStage *
pl_test_filter_with_closure (PlStage *input, GClosure *closure)
{
  return pl_test_make_task (pl_sync_filter_with_closure (input, closure));
}

static PlStage *
pl_test_each_with_closure (PlStage *input, GClosure *closure)
{
  return pl_test_make_task (pl_sync_each_with_closure (input, closure));
}

static PlStage *
pl_test_flat_map_with_closure (PlStage *input, GClosure *closure)
{
  return pl_test_make_task (pl_sync_flat_map_with_closure (input, closure));
}

#define KIND(its_name, its_answers_task, suffix) \
  { \
    .name = its_name, \
    .kind = PL_WORKER_KIND_TASK, \
    .answers_task = its_answers_task, \
    .map = pl_test_map_##suffix, \
    .map_with_closure = pl_test_map_with_closure, \
    .filter = pl_test_filter_##suffix, \
    .filter_with_closure = pl_test_filter_with_closure, \
    .each = pl_test_each_##suffix, \
    .each_with_closure = pl_test_each_with_closure, \
    .flat_map = pl_test_flat_map_##suffix, \
    .flat_map_with_closure = pl_test_flat_map_with_closure, \
    .concat = pl_task_concat, \
    .ordered = pl_task_ordered, \
  }

const PlTestKind pl_test_task_at_once = KIND ("task", TRUE, at_once);

const PlTestKind pl_test_task_later = KIND ("task-later", TRUE, later);

const PlTestKind pl_test_task_elsewhere = KIND ("task-elsewhere", TRUE, elsewhere);

const PlTestKind pl_test_task_plain = KIND ("task-plain", FALSE, plain);
