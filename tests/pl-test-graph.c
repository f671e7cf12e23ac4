/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-graph.h"

#include "pl-test-pool.h"
#include "pl-test-task.h"

/* A graph is planned, without a stage, by the random numbers of its seed alone; its model tells
 * what each node is to give and how often its functions are called; then the stages are built. */

G_DEFINE_QUARK (pl-test-error-quark, pl_test_error)

/* Numbers that fit into an int, and look like random ones. */
guint
pl_test_mix (guint a, guint b)
{
  guint hash = a * 0x9e3779b1u ^ b;

  hash = (hash ^ hash >> 15) * 0x85ebca6bu;
  hash = (hash ^ hash >> 13) * 0xc2b2ae35u;
  return (hash ^ hash >> 16) & 0x3fffffff;
}

guint
pl_test_get_number (const GValue *value)
{
  if (G_VALUE_HOLDS_STRING (value))
    return g_ascii_strtoull (g_value_get_string (value), NULL, 10);
  return g_value_get_int (value);
}

/* Some of the elements own memory: one that is lost, or freed twice, is seen by the sanitizer. */
void
pl_test_set_number (GValue *value, guint number)
{
  if (number % 4 == 0)
    {
      g_value_init (value, G_TYPE_STRING);
      g_value_take_string (value, g_strdup_printf ("%u", number));
    }
  else
    {
      g_value_init (value, G_TYPE_INT);
      g_value_set_int (value, number);
    }
}

/* It is run by those who take from it, each on its own. */
gboolean
pl_test_node_is_sync (PlTestNode *self)
{
  return self->kind->kind == PL_WORKER_KIND_SYNC;
}

/* It runs on the context of the round. */
gboolean
pl_test_node_is_task (PlTestNode *self)
{
  return self->kind->kind == PL_WORKER_KIND_TASK;
}

/* How many elements may be under way at once in a run. A source has one worker in its thread,
 * whatever its number of workers. */
guint
pl_test_node_count_slots (PlTestNode *self)
{
  if (self->n_inputs == 0 || pl_test_node_is_sync (self) || self->operation->is_serial)
    return self->n_instances;
  return self->workers > 0 ? self->n_instances * self->workers : G_MAXUINT;
}

/* All workers that the node has in a run, each of which starts once. */
guint
pl_test_node_count_workers (PlTestNode *self)
{
  return pl_test_node_is_task (self) ? self->n_instances : pl_test_node_count_slots (self);
}

/* The plan. */

static const PlTestKind *
pl_test_graph_find_kind (PlWorkerKind kind)
{
  guint n_kinds;
  const PlTestKind *const *kinds = pl_test_get_kinds (&n_kinds);

  for (guint i = 0; i < n_kinds; i++)
    {
      if (kinds[i]->kind == kind)
        return kinds[i];
    }
  g_assert_not_reached ();
}

static const PlTestKind *
pl_test_graph_pick_kind (PlTestGraph *self, const PlTestOperation *operation)
{
  guint n_kinds;
  const PlTestKind *const *kinds = pl_test_get_kinds (&n_kinds);

  if (operation->is_task)
    return &pl_test_task_at_once;
  if (operation->max_inputs > 0)
    {
      guint i = g_rand_int_range (self->rand, 0, n_kinds + 1);

      /* What the nodes count is in this process. */
      if (i < n_kinds && kinds[i]->kind != PL_WORKER_KIND_PROCESS)
        return kinds[i];
      return &pl_test_task_elsewhere;
    }

  /* What runs a source is a thread of its own, or who takes from it. */
  if (operation->push != NULL || g_rand_boolean (self->rand))
    return pl_test_graph_find_kind (PL_WORKER_KIND_THREAD);
  return pl_test_graph_find_kind (PL_WORKER_KIND_SYNC);
}

static const PlTestOperation *
pl_test_graph_pick_operation (PlTestGraph *self, gboolean is_source)
{
  guint sum = 0;
  guint left;

  for (guint i = 0; i < pl_test_n_operations; i++)
    {
      if ((pl_test_operations[i].max_inputs == 0) == is_source)
        sum += pl_test_operations[i].weight;
    }

  left = g_rand_int_range (self->rand, 0, sum);
  for (guint i = 0;; i++)
    {
      const PlTestOperation *operation = &pl_test_operations[i];

      if ((operation->max_inputs == 0) != is_source)
        continue;
      if (left < operation->weight)
        return operation;
      left -= operation->weight;
    }
}

/* Most often one of the last nodes, so that graphs become deep; of the same node twice, too. */
static PlTestNode *
pl_test_graph_pick_input (PlTestGraph *self)
{
  guint n = self->nodes->len;
  guint reach = g_rand_boolean (self->rand) ? MIN (n, 2) : n;

  return g_ptr_array_index (self->nodes, n - 1 - g_rand_int_range (self->rand, 0, reach));
}

static void
pl_test_graph_add_node (PlTestGraph *self, const PlTestOperation *operation)
{
  static const guint bounds[] = { 0, 1, 2, 3, 16 };
  static const guint paces[] = { 0, 0, 3, 40 };
  const PlTestLimits *limits = self->limits;
  PlTestNode *node = g_new0 (PlTestNode, 1);

  node->graph = self;
  node->operation = operation;
  node->kind = pl_test_graph_pick_kind (self, operation);
  node->number = self->nodes->len;
  node->workers = g_rand_boolean (self->rand)
                    ? 1 : g_rand_int_range (self->rand, 1, limits->max_workers + 1);
  if (pl_test_node_is_task (node) && !limits->may_be_endless &&
      g_rand_int_range (self->rand, 0, 8) == 0)
    node->workers = 0;
  node->maxsize = bounds[g_rand_int_range (self->rand, 0, G_N_ELEMENTS (bounds))];
  node->timeout = g_rand_int_range (self->rand, 0, 4) == 0 ? G_MAXINT : 0;
  if (operation->is_late)
    node->timeout = g_rand_int_range (self->rand, 1, 4);
  node->is_shaky = operation->max_inputs == 1 && operation->is_called &&
                   g_rand_int_range (self->rand, 0, 4) == 0;
  if (pl_test_node_is_task (node))
    node->when_asked = g_rand_int_range (self->rand, 0, PL_TEST_N_ASKED);
  node->pace = paces[g_rand_int_range (self->rand, 0, G_N_ELEMENTS (paces))];
  node->salt = g_rand_int_range (self->rand, 0, 1 << 29);
  node->values = g_array_new (FALSE, FALSE, sizeof (guint));
  node->paths = g_array_new (FALSE, FALSE, sizeof (guint64));

  if (operation->max_inputs == 0)
    node->n_elements = g_rand_int_range (self->rand, 0, limits->max_elements + 1);
  else if (operation->max_inputs == 1)
    node->n_inputs = 1;
  else
    node->n_inputs = g_rand_int_range (self->rand, 2, operation->max_inputs + 1);
  node->is_endless = operation->may_be_endless && limits->may_be_endless &&
                     g_rand_boolean (self->rand);

  for (guint i = 0; i < node->n_inputs; i++)
    node->inputs[i] = pl_test_graph_pick_input (self);
  g_ptr_array_add (self->nodes, node);
}

static void
pl_test_graph_add_roots (PlTestGraph *self)
{
  PlTestNode *last = g_ptr_array_index (self->nodes, self->nodes->len - 1);

  self->n_roots = 1;
  self->roots[0] = last;
  if (g_rand_int_range (self->rand, 0, 6) > 0)
    return;

  self->n_roots = g_rand_int_range (self->rand, 1, PL_TEST_MAX_ROOTS + 1);
  for (guint i = 1; i < self->n_roots; i++)
    self->roots[i] = pl_test_graph_pick_input (self);
}

static void
pl_test_graph_plan (PlTestGraph *self)
{
  guint n_sources = g_rand_int_range (self->rand, 1, self->limits->max_sources + 1);
  guint n_stages = g_rand_int_range (self->rand, 1, self->limits->max_stages + 1);

  g_ptr_array_set_size (self->nodes, 0);
  for (guint i = 0; i < n_sources; i++)
    pl_test_graph_add_node (self, pl_test_graph_pick_operation (self, TRUE));
  for (guint i = 0; i < n_stages; i++)
    pl_test_graph_add_node (self, pl_test_graph_pick_operation (self, FALSE));
  pl_test_graph_add_roots (self);
}

/* The model. */

/* How often each node is run: from the ends back to the sources. */
static void
pl_test_graph_count_instances (PlTestGraph *self)
{
  for (guint i = 0; i < self->n_roots; i++)
    self->roots[i]->n_instances++;

  for (guint i = self->nodes->len; i-- > 0;)
    {
      PlTestNode *node = g_ptr_array_index (self->nodes, i);

      if (!pl_test_node_is_sync (node))
        node->n_instances = MIN (node->n_instances, 1);

      /* Everyone who takes from it would have a part of the elements. */
      if (node->operation->is_once && node->n_instances > 1)
        {
          node->kind = pl_test_graph_find_kind (PL_WORKER_KIND_THREAD);
          node->n_instances = 1;
        }

      for (guint j = 0; j < node->n_inputs; j++)
        node->inputs[j]->n_instances += node->n_instances;
    }
}

/* One worker keeps order; a stage that takes from several does if it waits for none of them. */
static void
pl_test_node_model_order (PlTestNode *self)
{
  self->is_ordered = TRUE;
  self->has_no_queue = pl_test_node_is_sync (self);

  for (guint i = 0; i < self->n_inputs; i++)
    {
      self->has_no_queue &= self->inputs[i]->has_no_queue;
      self->is_ordered &= self->inputs[i]->is_ordered;
    }

  if (self->n_inputs > 0 && !pl_test_node_is_sync (self) && self->workers != 1)
    self->is_ordered = FALSE;
  if (self->n_inputs > 1 && !self->has_no_queue)
    self->is_ordered = FALSE;
}

/* A sync stage that has no element to give, and no end, keeps who takes from it from everything
 * else. */
static void
pl_test_node_model_end (PlTestNode *self)
{
  self->has_endless = self->is_endless;
  self->has_task = pl_test_node_is_task (self);
  for (guint i = 0; i < self->n_inputs; i++)
    {
      self->has_endless |= self->inputs[i]->has_endless;
      self->has_task |= self->inputs[i]->has_task;
    }

  if (!self->has_endless || self->n_instances == 0)
    return;
  self->graph->is_endless = TRUE;
  if (self->values->len == 0 && pl_test_node_is_sync (self))
    self->graph->may_starve = TRUE;
}

static void
pl_test_node_model (PlTestNode *self)
{
  for (guint i = 0; i < self->n_inputs; i++)
    {
      GArray *in = self->inputs[i]->values;

      self->n_in += in->len;
      for (guint j = 0; j < in->len; j++)
        {
          guint number = g_array_index (in, guint, j);

          self->n_calls += pl_test_node_is_shaky_with (self, number) ? 2 : 1;
          self->sum += number;
        }
    }

  if (!self->operation->is_called)
    self->n_calls = 0;
  pl_test_node_model_order (self);
  self->operation->model (self);
  pl_test_node_model_end (self);
}

/* Returns FALSE if it is too much for one round. */
static gboolean
pl_test_graph_model (PlTestGraph *self)
{
  guint n_calls = 0;

  self->is_endless = FALSE;
  self->may_starve = FALSE;
  pl_test_graph_count_instances (self);

  for (guint i = 0; i < self->nodes->len; i++)
    {
      PlTestNode *node = g_ptr_array_index (self->nodes, i);

      pl_test_node_model (node);
      n_calls += node->n_instances * (node->n_in + node->values->len);
      if (n_calls > self->limits->max_calls || node->values->len > self->limits->max_calls)
        return FALSE;
    }
  return TRUE;
}

static void
pl_test_node_free (gpointer data)
{
  PlTestNode *self = data;

  g_clear_object (&self->stage);
  g_array_unref (self->values);
  g_array_unref (self->paths);
  g_free (self);
}

PlTestGraph *
pl_test_graph_new (guint seed, const PlTestLimits *limits)
{
  PlTestGraph *self = g_new0 (PlTestGraph, 1);

  self->seed = seed;
  self->rand = g_rand_new_with_seed (seed);
  self->limits = limits;
  self->nodes = g_ptr_array_new_with_free_func (pl_test_node_free);
  do
    pl_test_graph_plan (self);
  while (!pl_test_graph_model (self));
  return self;
}

void
pl_test_graph_free (PlTestGraph *self)
{
  g_ptr_array_unref (self->nodes);
  g_rand_free (self->rand);
  g_free (self);
}

/* The stages. */

static gboolean
pl_test_node_start (PlTestNode *self, GError **error)
{
  int call = g_atomic_int_add (&self->counts.start_calls, 1) + 1;

  if (self->fails_in == PL_TEST_MOMENT_START && call == self->fails_at)
    {
      g_set_error (error, PL_TEST_ERROR, self->number, "start %d fails", call);
      return FALSE;
    }

  g_atomic_int_inc (&self->counts.starts);
  return TRUE;
}

static gboolean
pl_test_node_end (PlTestNode *self, PlStageStatus *status, GError **error)
{
  int call = g_atomic_int_add (&self->counts.dones, 1) + 1;

  if (pl_stage_status_get_done (status))
    {
      g_atomic_int_inc (&self->counts.last_dones);
      g_atomic_int_add (&self->counts.elements_in, pl_stage_status_get_elements_in (status));
      g_atomic_int_add (&self->counts.elements_out, pl_stage_status_get_elements_out (status));
    }

  if (self->fails_in != PL_TEST_MOMENT_DONE || call != self->fails_at)
    return TRUE;

  g_set_error (error, PL_TEST_ERROR, self->number, "end %d fails", call);
  return FALSE;
}

static gboolean
pl_test_node_on_start (PlWorker *worker, gpointer user_data, GError **error)
{
  return pl_test_node_start (user_data, error);
}

static gboolean
pl_test_node_on_done (PlWorker *worker, PlStageStatus *status, gpointer user_data, GError **error)
{
  return pl_test_node_end (user_data, status, error);
}

/* What an on_start or on_done that answers a task is to say. */
typedef struct
{
  GTask *task;
  GError *error;
} PlTestSaying;

static gboolean
pl_test_say_cb (gpointer data)
{
  PlTestSaying *saying = data;

  if (saying->error != NULL)
    g_task_return_error (saying->task, saying->error);
  else
    g_task_return_boolean (saying->task, TRUE);
  g_object_unref (saying->task);
  g_free (saying);
  return G_SOURCE_REMOVE;
}

/* Takes @error; without one it went well. */
static void
pl_test_node_say (PlTestNode *self, GTask *task, GError *error)
{
  PlTestSaying *saying = g_new0 (PlTestSaying, 1);

  saying->task = g_object_ref (task);
  saying->error = error;
  if (self->when_asked == PL_TEST_ASKED_ELSEWHERE)
    {
      pl_test_pool_push (pl_test_say_cb, saying);
    }
  else if (self->when_asked == PL_TEST_ASKED_LATER)
    {
      g_autoptr(GSource) source = g_idle_source_new ();

      g_source_set_callback (source, pl_test_say_cb, saying, NULL);
      g_source_attach (source, g_task_get_context (task));
    }
  else
    {
      pl_test_say_cb (saying);
    }
}

static void
pl_test_node_on_start_task (GTask *task, PlWorker *worker, gpointer user_data)
{
  GError *error = NULL;

  pl_test_node_start (user_data, &error);
  pl_test_node_say (user_data, task, error);
}

static void
pl_test_node_on_done_task (PlStageStatus *status,
                           GTask *task,
                           PlWorker *worker,
                           gpointer user_data)
{
  GError *error = NULL;

  pl_test_node_end (user_data, status, &error);
  pl_test_node_say (user_data, task, error);
}

static void
pl_test_node_set_callbacks (PlTestNode *self)
{
  if (self->when_asked == PL_TEST_ASKED_WITHOUT_TASK)
    {
      pl_stage_set_on_start (self->stage, pl_test_node_on_start, self, NULL);
      pl_stage_set_on_done (self->stage, pl_test_node_on_done, self, NULL);
    }
  else
    {
      pl_stage_set_on_start_task (self->stage, pl_test_node_on_start_task, self, NULL);
      pl_stage_set_on_done_task (self->stage, pl_test_node_on_done_task, self, NULL);
    }
}

void
pl_test_graph_build (PlTestGraph *self)
{
  for (guint i = 0; i < self->nodes->len; i++)
    {
      PlTestNode *node = g_ptr_array_index (self->nodes, i);
      PlStage *inputs[PL_TEST_MAX_INPUTS] = { NULL };
      g_autofree char *name = g_strdup_printf ("n%u", i);

      for (guint j = 0; j < node->n_inputs; j++)
        inputs[j] = node->inputs[j]->stage;

      node->stage = node->operation->build (node, inputs);
      pl_stage_set_name (node->stage, name);
      pl_stage_set_kind (node->stage, node->kind->kind);
      pl_stage_set_workers (node->stage, node->workers);
      pl_stage_set_maxsize (node->stage, node->maxsize);
      pl_stage_set_timeout (node->stage, node->timeout);
      pl_stage_set_retries (node->stage, node->is_shaky ? PL_TEST_MANY_RETRIES : 0);
      pl_stage_set_retry_delay (node->stage, 0);
      pl_test_node_set_callbacks (node);
      if (node->operation->push != NULL)
        node->pusher = g_thread_new ("push", node->operation->push, node);
    }
}

/* When the run is over: whoever still pushes is told, and joined. */
void
pl_test_graph_stop_pushing (PlTestGraph *self)
{
  for (guint i = 0; i < self->nodes->len; i++)
    {
      PlTestNode *node = g_ptr_array_index (self->nodes, i);

      if (node->pusher == NULL)
        continue;
      pl_channel_close (PL_CHANNEL (node->stage));
      g_thread_join (g_steal_pointer (&node->pusher));
    }
}

static void
pl_test_node_append_to_string (PlTestNode *self, GString *string)
{
  g_string_append_printf (string, "n%u: %s %s", self->number, self->kind->name,
                          self->operation->name);
  for (guint i = 0; i < self->n_inputs; i++)
    g_string_append_printf (string, " n%u", self->inputs[i]->number);

  g_string_append_printf (string, ", workers %u, maxsize %u%s%s%s; %u times %u in, %u %sout; ",
                          self->workers, self->maxsize,
                          self->is_endless ? ", endless" : "",
                          self->is_shaky ? ", retries" : "",
                          self->fails_in != PL_TEST_MOMENT_NEVER ? ", fails" : "",
                          self->n_instances, self->n_in, self->values->len,
                          self->is_ordered ? "ordered " : "");
  g_string_append_printf (string, "calls %d of %u, at once %d of %u, starts %d, dones %d (last %d: "
                          "in %d, out %d)\n",
                          self->counts.calls, self->n_instances * self->n_calls,
                          self->counts.max_at_once, pl_test_node_count_slots (self),
                          self->counts.starts, self->counts.dones, self->counts.last_dones,
                          self->counts.elements_in, self->counts.elements_out);
}

/* The graph, and what has been counted, for who looks for what went wrong. */
char *
pl_test_graph_to_string (PlTestGraph *self)
{
  GString *string = g_string_new ("ends:");

  for (guint i = 0; i < self->n_roots; i++)
    g_string_append_printf (string, " n%u", self->roots[i]->number);
  g_string_append_c (string, '\n');
  for (guint i = 0; i < self->nodes->len; i++)
    pl_test_node_append_to_string (g_ptr_array_index (self->nodes, i), string);
  return g_string_free (string, FALSE);
}
