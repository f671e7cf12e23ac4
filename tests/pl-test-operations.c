/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-graph.h"

#include "pl-test-pool.h"
#include "pl-test-task.h"

/* The operations that a random graph is made of: for each, the stage and its function, and the
 * model, which says in the simplest way what comes out. Both make of an element what its number and
 * the node's salt tell, so that nothing depends on who runs when. */

#define MAX_OUTPUTS 3

static void
pl_test_node_add_value (PlTestNode *self, guint number, guint64 path)
{
  g_array_append_val (self->values, number);
  g_array_append_val (self->paths, path);
}

/* An index as a number that sorts as the index does: eight bits for what the source counts, and
 * four for each flat_map behind it. */
static guint64
pl_test_path_new (guint position)
{
  return (guint64) (position + 1) << 56;
}

static guint64
pl_test_path_append (guint64 path, guint position)
{
  guint shift = 52;

  while ((path >> shift & 15) != 0)
    shift -= 4;
  return path | (guint64) (position + 1) << shift;
}

/* Has the elements of @input as those of @self, in their order. */
static void
pl_test_node_add_value_of (PlTestNode *self, PlTestNode *input, guint position)
{
  pl_test_node_add_value (self, g_array_index (input->values, guint, position),
                          g_array_index (input->paths, guint64, position));
}

/* The late ones are never answered in time. */
static gboolean
pl_test_node_is_late_with (PlTestNode *self, guint number)
{
  return self->operation->is_late && pl_test_mix (number, self->salt + 7) % 5 == 0;
}

/* Of the calls with such elements every other one fails, whichever element it is. So there are two
 * for each. */
gboolean
pl_test_node_is_shaky_with (PlTestNode *self, guint number)
{
  return self->is_shaky && !pl_test_node_is_late_with (self, number) &&
         pl_test_mix (number, self->salt + 8) % 4 == 0;
}

static gboolean
pl_test_node_shakes (PlTestNode *self, guint number)
{
  int *calls = &self->counts.shaky_calls[number % PL_TEST_N_SHAKY];

  return pl_test_node_is_shaky_with (self, number) && g_atomic_int_add (calls, 1) % 2 == 0;
}

/* Counts a call, takes its time, and tells whether it is to succeed. */
static gboolean
pl_test_node_enter (PlTestNode *self, guint number, GError **error)
{
  guint hash = pl_test_mix (number, ~self->salt);
  int n = g_atomic_int_add (&self->counts.at_once, 1) + 1;
  int max = g_atomic_int_get (&self->counts.max_at_once);
  int call = g_atomic_int_add (&self->counts.calls, 1) + 1;

  while (n > max && !g_atomic_int_compare_and_exchange (&self->counts.max_at_once, max, n))
    max = g_atomic_int_get (&self->counts.max_at_once);

  if (call == self->hook_at)
    self->graph->hook (self, self->graph->hook_data);

  if (self->pace > 0 && hash % self->pace == 0)
    g_usleep (10 + hash % 40);
  else if (self->pace > 0 && hash % self->pace == 1)
    g_thread_yield ();

  if (self->fails_in == PL_TEST_MOMENT_FUNCTION ? call != self->fails_at
                                                : !pl_test_node_shakes (self, number))
    {
      g_atomic_int_add (&self->counts.sum, number);
      return TRUE;
    }

  g_set_error (error, PL_TEST_ERROR, self->number, "call %d fails", call);
  return FALSE;
}

static void
pl_test_node_leave (PlTestNode *self)
{
  g_atomic_int_add (&self->counts.at_once, -1);
}

/* Sources. */

static guint
pl_test_node_get_source_number (PlTestNode *self, guint position)
{
  return pl_test_mix (position, self->salt);
}

static void
pl_test_node_model_source (PlTestNode *self)
{
  for (guint i = 0; i < self->n_elements; i++)
    pl_test_node_add_value (self, pl_test_node_get_source_number (self, i),
                            pl_test_path_new (i));
}

static PlStage *
pl_test_node_build_range (PlTestNode *self, PlStage **inputs)
{
  return pl_source_new_range (self->salt, self->salt + self->n_elements);
}

static void
pl_test_node_model_range (PlTestNode *self)
{
  for (guint i = 0; i < self->n_elements; i++)
    pl_test_node_add_value (self, self->salt + i, pl_test_path_new (i));
}

static PlStage *
pl_test_node_build_values (PlTestNode *self, PlStage **inputs)
{
  g_autoptr(GArray) values = g_array_new (FALSE, TRUE, sizeof (GValue));

  g_array_set_clear_func (values, (GDestroyNotify) g_value_unset);
  g_array_set_size (values, self->n_elements);
  for (guint i = 0; i < self->n_elements; i++)
    pl_test_set_number (&g_array_index (values, GValue, i),
                        pl_test_node_get_source_number (self, i));
  return pl_source_new_for_values ((const GValue *) (gpointer) values->data, values->len);
}

static gboolean
pl_test_node_generate_at (PlTestNode *self, guint position, GValue *value, GError **error)
{
  gboolean done = pl_test_node_enter (self, position, error);

  if (done && position >= self->n_elements && !self->is_endless)
    done = FALSE;
  else if (done)
    pl_test_set_number (value, pl_test_node_get_source_number (self, position));

  pl_test_node_leave (self);
  return done;
}

/* Each worker has a place of its own: whoever takes from the source gets everything. */
static gboolean
pl_test_node_generate (GValue *value, PlWorker *worker, gpointer user_data, GError **error)
{
  const GValue *resource = pl_worker_get_resource (worker, "position");
  guint position = resource != NULL ? g_value_get_uint (resource) : 0;
  g_auto(GValue) next = G_VALUE_INIT;

  g_value_init (&next, G_TYPE_UINT);
  g_value_set_uint (&next, position + 1);
  pl_worker_set_resource (worker, "position", &next);
  return pl_test_node_generate_at (user_data, position, value, error);
}

static gboolean
pl_test_node_generate_once (GValue *value, PlWorker *worker, gpointer user_data, GError **error)
{
  PlTestNode *self = user_data;
  guint position = g_atomic_int_add (&self->counts.position, 1);

  return pl_test_node_generate_at (self, position, value, error);
}

static PlStage *
pl_test_node_build_func (PlTestNode *self, PlStage **inputs)
{
  return pl_source_new_for_func (pl_test_node_generate, self, NULL);
}

static PlStage *
pl_test_node_build_stream (PlTestNode *self, PlStage **inputs)
{
  return pl_source_new_for_func (pl_test_node_generate_once, self, NULL);
}

/* A last call finds the end. */
static void
pl_test_node_model_func (PlTestNode *self)
{
  pl_test_node_model_source (self);
  self->n_calls = self->n_elements + 1;
  self->sum = self->n_elements * (self->n_elements + 1) / 2;
}

static PlStage *
pl_test_node_build_channel (PlTestNode *self, PlStage **inputs)
{
  return pl_channel_new (self->maxsize);
}

/* Pushes until all is pushed, or somebody closes the channel. */
static gpointer
pl_test_node_push (gpointer data)
{
  PlTestNode *self = data;
  PlChannel *channel = PL_CHANNEL (self->stage);
  gboolean done = TRUE;

  for (guint i = 0; i < self->n_elements && done; i++)
    {
      guint number = pl_test_node_get_source_number (self, i);
      g_auto(GValue) value = G_VALUE_INIT;

      pl_test_set_number (&value, number);
      if (self->pace > 0 && number % self->pace == 0)
        g_usleep (20);
      done = pl_channel_push (channel, &value, NULL, NULL);
    }

  pl_channel_close (channel);
  return NULL;
}

/* Operations on elements. */

static gboolean
pl_test_node_map (const GValue *element,
                  GValue *result,
                  PlWorker *worker,
                  gpointer user_data,
                  GError **error)
{
  PlTestNode *self = user_data;
  guint number = pl_test_get_number (element);
  gboolean done = pl_test_node_enter (self, number, error);

  if (done)
    pl_test_set_number (result, pl_test_mix (number, self->salt));
  pl_test_node_leave (self);
  return done;
}

static PlStage *
pl_test_node_build_map (PlTestNode *self, PlStage **inputs)
{
  return self->kind->map (inputs[0], pl_test_node_map, self, NULL);
}

static void
pl_test_node_model_map (PlTestNode *self)
{
  GArray *in = self->inputs[0]->values;

  for (guint i = 0; i < in->len; i++)
    pl_test_node_add_value (self, pl_test_mix (g_array_index (in, guint, i), self->salt),
                            g_array_index (self->inputs[0]->paths, guint64, i));
}

static gboolean
pl_test_node_keeps (PlTestNode *self, guint number)
{
  return pl_test_mix (number, self->salt) % 4 > 0;
}

static gboolean
pl_test_node_filter (const GValue *element,
                     gboolean *keep,
                     PlWorker *worker,
                     gpointer user_data,
                     GError **error)
{
  PlTestNode *self = user_data;
  guint number = pl_test_get_number (element);
  gboolean done = pl_test_node_enter (self, number, error);

  *keep = pl_test_node_keeps (self, number);
  pl_test_node_leave (self);
  return done;
}

static PlStage *
pl_test_node_build_filter (PlTestNode *self, PlStage **inputs)
{
  return self->kind->filter (inputs[0], pl_test_node_filter, self, NULL);
}

static void
pl_test_node_model_filter (PlTestNode *self)
{
  GArray *in = self->inputs[0]->values;

  for (guint i = 0; i < in->len; i++)
    {
      guint number = g_array_index (in, guint, i);

      if (pl_test_node_keeps (self, number))
        pl_test_node_add_value_of (self, self->inputs[0], i);
    }
}

static guint
pl_test_node_count_outputs (PlTestNode *self, guint number)
{
  return pl_test_mix (number, self->salt) % (MAX_OUTPUTS + 1);
}

static gboolean
pl_test_node_flat_map (const GValue *element, PlWorker *worker, gpointer user_data, GError **error)
{
  PlTestNode *self = user_data;
  guint number = pl_test_get_number (element);
  guint n = pl_test_node_count_outputs (self, number);
  gboolean done = pl_test_node_enter (self, number, error);

  for (guint i = 0; i < n && done; i++)
    {
      g_auto(GValue) value = G_VALUE_INIT;

      pl_test_set_number (&value, pl_test_mix (number, self->salt + 1 + i));
      done = i % 2 > 0 ? pl_worker_emit (worker, &value, error)
                       : pl_worker_emit_take (worker, &value, error);
    }

  pl_test_node_leave (self);
  return done;
}

static PlStage *
pl_test_node_build_flat_map (PlTestNode *self, PlStage **inputs)
{
  return self->kind->flat_map (inputs[0], pl_test_node_flat_map, self, NULL);
}

static void
pl_test_node_model_flat_map (PlTestNode *self)
{
  GArray *in = self->inputs[0]->values;

  for (guint i = 0; i < in->len; i++)
    {
      guint number = g_array_index (in, guint, i);
      guint64 path = g_array_index (self->inputs[0]->paths, guint64, i);

      for (guint j = 0; j < pl_test_node_count_outputs (self, number); j++)
        pl_test_node_add_value (self, pl_test_mix (number, self->salt + 1 + j),
                                pl_test_path_append (path, j));
    }
}

static gboolean
pl_test_node_each (const GValue *element, PlWorker *worker, gpointer user_data, GError **error)
{
  PlTestNode *self = user_data;
  gboolean done = pl_test_node_enter (self, pl_test_get_number (element), error);

  pl_test_node_leave (self);
  return done;
}

static PlStage *
pl_test_node_build_each (PlTestNode *self, PlStage **inputs)
{
  return self->kind->each (inputs[0], pl_test_node_each, self, NULL);
}

static void
pl_test_node_model_each (PlTestNode *self)
{
}

/* Task functions of their own. An element under way: from when the function is called until it is
 * answered, or nobody waits for that any more. */

typedef struct
{
  PlTestNode *node;
  GTask *task;
  guint number;
  gboolean done;
  GError *error;
} PlTestCall;

static PlTestCall *
pl_test_call_new (PlTestNode *node, const GValue *element, GTask *task)
{
  PlTestCall *self = g_new0 (PlTestCall, 1);

  self->node = node;
  self->task = g_object_ref (task);
  self->number = pl_test_get_number (element);
  self->done = pl_test_node_enter (node, self->number, &self->error);
  return self;
}

static void
pl_test_call_free (PlTestCall *self)
{
  g_object_unref (self->task);
  g_free (self);
}

static gboolean
pl_test_call_answer_map (gpointer data)
{
  PlTestCall *self = data;
  g_auto(GValue) result = G_VALUE_INIT;

  pl_test_node_leave (self->node);
  if (self->done)
    {
      pl_test_set_number (&result, pl_test_mix (self->number, self->node->salt));
      g_task_return_value (self->task, &result);
    }
  else
    {
      g_task_return_error (self->task, self->error);
    }
  pl_test_call_free (self);
  return G_SOURCE_REMOVE;
}

static gboolean
pl_test_call_answer_flat_map (gpointer data)
{
  PlTestCall *self = data;
  guint n = pl_test_node_count_outputs (self->node, self->number);

  for (guint i = 0; i < n && self->done; i++)
    {
      g_auto(GValue) value = G_VALUE_INIT;

      pl_test_set_number (&value, pl_test_mix (self->number, self->node->salt + 1 + i));
      if (!pl_task_emit (self->task, &value))
        break;
    }

  pl_test_node_leave (self->node);
  if (self->done)
    g_task_return_boolean (self->task, TRUE);
  else
    g_task_return_error (self->task, self->error);
  pl_test_call_free (self);
  return G_SOURCE_REMOVE;
}

static void
pl_test_node_map_elsewhere (const GValue *element, GTask *task, PlWorker *worker, gpointer data)
{
  pl_test_pool_push (pl_test_call_answer_map, pl_test_call_new (data, element, task));
}

static PlStage *
pl_test_node_build_map_elsewhere (PlTestNode *self, PlStage **inputs)
{
  return pl_task_map (inputs[0], pl_test_node_map_elsewhere, self, NULL);
}

static void
pl_test_node_flat_map_elsewhere (const GValue *element,
                                 GTask *task,
                                 PlWorker *worker,
                                 gpointer data)
{
  pl_test_pool_push (pl_test_call_answer_flat_map, pl_test_call_new (data, element, task));
}

static PlStage *
pl_test_node_build_flat_map_elsewhere (PlTestNode *self, PlStage **inputs)
{
  return pl_task_flat_map (inputs[0], pl_test_node_flat_map_elsewhere, self, NULL);
}

static gboolean
pl_test_call_answer_in_vain (gpointer data)
{
  PlTestCall *self = data;

  g_task_return_new_error (self->task, PL_TEST_ERROR, self->node->number, "too late");
  g_clear_error (&self->error);
  pl_test_call_free (self);
  return G_SOURCE_REMOVE;
}

/* The element has timed out, or the run has ended. */
static void
pl_test_call_cancelled_cb (GCancellable *cancellable, gpointer data)
{
  PlTestCall *self = data;

  pl_test_node_leave (self->node);
  if (self->number % 2 == 0)
    pl_test_call_answer_in_vain (self);
  else
    pl_test_pool_push (pl_test_call_answer_in_vain, self);
}

/* Answers at once, or never in time. */
static void
pl_test_node_map_late (const GValue *element, GTask *task, PlWorker *worker, gpointer data)
{
  PlTestCall *call = pl_test_call_new (data, element, task);

  if (call->done && pl_test_node_is_late_with (data, call->number))
    g_cancellable_connect (g_task_get_cancellable (task), G_CALLBACK (pl_test_call_cancelled_cb),
                           call, NULL);
  else
    pl_test_call_answer_map (call);
}

static PlStage *
pl_test_node_build_map_late (PlTestNode *self, PlStage **inputs)
{
  return pl_task_map (inputs[0], pl_test_node_map_late, self, NULL);
}

static void
pl_test_node_model_map_late (PlTestNode *self)
{
  GArray *in = self->inputs[0]->values;

  for (guint i = 0; i < in->len; i++)
    {
      guint number = g_array_index (in, guint, i);

      if (!pl_test_node_is_late_with (self, number))
        pl_test_node_add_value (self, pl_test_mix (number, self->salt),
                                g_array_index (self->inputs[0]->paths, guint64, i));
    }
}

static PlStage *
pl_test_node_build_concat (PlTestNode *self, PlStage **inputs)
{
  return self->kind->concat (inputs, self->n_inputs);
}

/* One of each in turn, which is the order of a sync concat of sync stages; others keep none. */
static void
pl_test_node_model_concat (PlTestNode *self)
{
  for (guint i = 0, n = self->n_in; n > 0; i++)
    {
      for (guint j = 0; j < self->n_inputs; j++)
        {
          GArray *in = self->inputs[j]->values;

          if (i >= in->len)
            continue;
          pl_test_node_add_value_of (self, self->inputs[j], i);
          n--;
        }
    }
}

static PlStage *
pl_test_node_build_ordered (PlTestNode *self, PlStage **inputs)
{
  return self->kind->ordered (inputs[0]);
}

/* Takes the least that is left each time. Which of different elements with the same index comes
 * first depends on who was quicker; and of an endless source the model does not tell all that lies
 * between the elements of another. */
static void
pl_test_node_model_ordered (PlTestNode *self)
{
  PlTestNode *input = self->inputs[0];
  guint n = input->values->len;
  g_autofree gboolean *is_taken = g_new0 (gboolean, n + 1);

  self->is_ordered = !input->has_endless;
  for (guint i = 0; i < n; i++)
    {
      guint least = n;

      for (guint j = 0; j < n; j++)
        {
          if (!is_taken[j] && (least == n || g_array_index (input->paths, guint64, j) <
                                               g_array_index (input->paths, guint64, least)))
            least = j;
        }

      is_taken[least] = TRUE;
      pl_test_node_add_value_of (self, input, least);
      if (i > 0 && g_array_index (self->paths, guint64, i - 1) ==
                     g_array_index (self->paths, guint64, i))
        self->is_ordered &= g_array_index (self->values, guint, i - 1) ==
                            g_array_index (self->values, guint, i);
    }
}

const PlTestOperation pl_test_operations[] = {
  {
    .name = "range",
    .weight = 3,
    .build = pl_test_node_build_range,
    .model = pl_test_node_model_range,
  },
  {
    .name = "values",
    .weight = 3,
    .build = pl_test_node_build_values,
    .model = pl_test_node_model_source,
  },
  {
    .name = "func",
    .weight = 2,
    .is_called = TRUE,
    .may_be_endless = TRUE,
    .build = pl_test_node_build_func,
    .model = pl_test_node_model_func,
  },
  {
    .name = "stream",
    .weight = 2,
    .is_called = TRUE,
    .is_once = TRUE,
    .may_be_endless = TRUE,
    .build = pl_test_node_build_stream,
    .model = pl_test_node_model_func,
  },
  {
    .name = "channel",
    .weight = 2,
    .build = pl_test_node_build_channel,
    .model = pl_test_node_model_source,
    .push = pl_test_node_push,
  },
  {
    .name = "map",
    .weight = 4,
    .max_inputs = 1,
    .is_called = TRUE,
    .build = pl_test_node_build_map,
    .model = pl_test_node_model_map,
  },
  {
    .name = "filter",
    .weight = 3,
    .max_inputs = 1,
    .is_called = TRUE,
    .build = pl_test_node_build_filter,
    .model = pl_test_node_model_filter,
  },
  {
    .name = "flat_map",
    .weight = 3,
    .max_inputs = 1,
    .is_called = TRUE,
    .build = pl_test_node_build_flat_map,
    .model = pl_test_node_model_flat_map,
  },
  {
    .name = "each",
    .weight = 1,
    .max_inputs = 1,
    .is_called = TRUE,
    .build = pl_test_node_build_each,
    .model = pl_test_node_model_each,
  },
  {
    .name = "map elsewhere",
    .weight = 2,
    .max_inputs = 1,
    .is_called = TRUE,
    .is_task = TRUE,
    .build = pl_test_node_build_map_elsewhere,
    .model = pl_test_node_model_map,
  },
  {
    .name = "flat_map elsewhere",
    .weight = 1,
    .max_inputs = 1,
    .is_called = TRUE,
    .is_task = TRUE,
    .build = pl_test_node_build_flat_map_elsewhere,
    .model = pl_test_node_model_flat_map,
  },
  {
    .name = "map late",
    .weight = 1,
    .max_inputs = 1,
    .is_called = TRUE,
    .is_task = TRUE,
    .is_late = TRUE,
    .build = pl_test_node_build_map_late,
    .model = pl_test_node_model_map_late,
  },
  {
    .name = "ordered",
    .weight = 3,
    .max_inputs = 1,
    .is_serial = TRUE,
    .build = pl_test_node_build_ordered,
    .model = pl_test_node_model_ordered,
  },
  {
    .name = "concat",
    .weight = 4,
    .max_inputs = PL_TEST_MAX_INPUTS,
    .build = pl_test_node_build_concat,
    .model = pl_test_node_model_concat,
  },
};

const guint pl_test_n_operations = G_N_ELEMENTS (pl_test_operations);
