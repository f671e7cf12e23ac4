/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-round.h"

#include "pl-test-pool.h"
#include "pl-test-thread.h"

#include <signal.h>
#include <unistd.h>

/* One run of a random graph: how its elements are taken, what becomes of it on the way, and what
 * must be so afterwards. */

/* A round that hangs is to say what it was. */
#define TIMEOUT_SECONDS 60

/* What becomes of the run. */
typedef enum
{
  PL_TEST_FATE_END,
  PL_TEST_FATE_FAIL,   /* a function, or two */
  PL_TEST_FATE_CANCEL, /* the calls' cancellable */
  PL_TEST_FATE_CLOSE,  /* the iterator */
  PL_TEST_FATE_DROP,   /* the last reference to it */
  PL_TEST_N_FATES,
} PlTestFate;

/* Who brings it about. */
typedef enum
{
  PL_TEST_ACTOR_CONSUMER, /* after so many elements */
  PL_TEST_ACTOR_THREAD,   /* after a while, at best while the consumer waits */
  PL_TEST_ACTOR_FUNCTION, /* of some stage */
  PL_TEST_N_ACTORS,
} PlTestActor;

typedef struct _PlTestRound PlTestRound;

typedef struct
{
  const char *name;
  gboolean is_whole; /* has no iterator, and comes back at the end */
  gboolean has_values;
  gboolean has_no_cancellable;
  gboolean (*take) (PlTestRound *round); /* takes some; FALSE at the end and on errors */
} PlTestMethod;

struct _PlTestRound
{
  PlTestGraph *graph;
  const PlTestMethod *method;
  PlTestFate fate;
  PlTestActor actor;
  guint delay;          /* µs, until the thread acts */
  guint n_wanted;       /* elements until the consumer acts */
  PlIterator *iterator; /* atomic: a function may come before it */
  GCancellable *cancellable;
  GMainLoop *loop;

  GArray *taken; /* guint */
  GError *error;
  gboolean has_more;
  gboolean has_acted; /* the consumer */
  int n_interfered;   /* atomic */
};

static const char * const fate_names[] = { "end", "fail", "cancel", "close", "drop" };
static const char * const actor_names[] = { "consumer", "thread", "function" };

static PlTestRound *current_round;

static void
pl_test_round_fail (PlTestRound *self, const char *func, int line, const char *condition)
{
  g_autofree char *graph = pl_test_graph_to_string (self->graph);
  g_autofree char *message = g_strdup_printf ("seed %u: %s", self->graph->seed, condition);

  g_printerr ("seed %u: %s; %s", self->graph->seed, self->method->name, fate_names[self->fate]);
  if (self->fate >= PL_TEST_FATE_CANCEL)
    g_printerr (" by %s, after %u us or %u elements", actor_names[self->actor], self->delay,
                self->n_wanted);
  g_printerr ("; %u taken, error: %s\n%s", self->taken->len,
              self->error != NULL ? self->error->message : "none", graph);
  g_assertion_message (G_LOG_DOMAIN, __FILE__, line, func, message);
}

/* What this does is not allowed in a signal handler; but nothing is lost if it fails. */
static void
pl_test_round_time_out (int signum)
{
  pl_test_round_fail (current_round, G_STRFUNC, __LINE__, "it hangs");
}

#define pl_test_round_assert(self, condition) \
  G_STMT_START { \
    if (!(condition)) \
      pl_test_round_fail (self, G_STRFUNC, __LINE__, #condition); \
  } G_STMT_END

/* Ways to take. */

static void
pl_test_round_add_values (PlTestRound *self, const GValue *values, guint n_values)
{
  for (guint i = 0; i < n_values; i++)
    {
      guint number = pl_test_get_number (&values[i]);

      g_array_append_val (self->taken, number);
    }
}

/* The consumer is to act. */
static gboolean
pl_test_round_has_enough (PlTestRound *self)
{
  return !self->has_acted && self->taken->len >= self->n_wanted;
}

static gboolean
pl_test_round_take_next (PlTestRound *self)
{
  g_auto(GValue) value = G_VALUE_INIT;

  if (!pl_iterator_next (self->iterator, &value, self->cancellable, &self->error))
    return FALSE;
  pl_test_round_add_values (self, &value, 1);
  return TRUE;
}

static gboolean
pl_test_round_take_values (PlTestRound *self)
{
  guint max = g_rand_int_range (self->graph->rand, 1, 20);
  guint n;
  const GValue *values = pl_iterator_next_values (self->iterator, max, &n, self->cancellable,
                                                  &self->error);

  pl_test_round_assert (self, n <= max && (values != NULL) == (n > 0));
  pl_test_round_add_values (self, values, n);
  return values != NULL;
}

static void
pl_test_round_next_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  PlTestRound *self = user_data;
  PlIterator *iterator = PL_ITERATOR (object);
  g_auto(GValue) value = G_VALUE_INIT;

  self->has_more = pl_iterator_next_finish (iterator, result, &value, &self->error);
  if (self->has_more)
    pl_test_round_add_values (self, &value, 1);

  if (self->has_more && !pl_test_round_has_enough (self))
    pl_iterator_next_async (iterator, self->cancellable, pl_test_round_next_cb, self);
  else
    g_main_loop_quit (self->loop);
}

static gboolean
pl_test_round_take_next_async (PlTestRound *self)
{
  pl_iterator_next_async (self->iterator, self->cancellable, pl_test_round_next_cb, self);
  g_main_loop_run (self->loop);
  return self->has_more;
}

static void
pl_test_round_values_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  PlTestRound *self = user_data;
  guint n;
  const GValue *values = pl_iterator_next_values_finish (PL_ITERATOR (object), result, &n,
                                                         &self->error);

  self->has_more = values != NULL;
  pl_test_round_add_values (self, values, n);
  g_main_loop_quit (self->loop);
}

static gboolean
pl_test_round_take_values_async (PlTestRound *self)
{
  pl_iterator_next_values_async (self->iterator, g_rand_int_range (self->graph->rand, 1, 20),
                                 self->cancellable, pl_test_round_values_cb, self);
  g_main_loop_run (self->loop);
  return self->has_more;
}

static gboolean
pl_test_round_collect (PlTestRound *self)
{
  g_autoptr(GArray) values = pl_stage_collect (self->graph->roots[0]->stage, self->cancellable,
                                               &self->error);

  pl_test_round_assert (self, (values != NULL) == (self->error == NULL));
  if (values != NULL)
    pl_test_round_add_values (self, (const GValue *) (gpointer) values->data, values->len);
  return FALSE;
}

static gboolean
pl_test_round_run (PlTestRound *self)
{
  PlStage *stages[PL_TEST_MAX_ROOTS];
  gboolean done;

  for (guint i = 0; i < self->graph->n_roots; i++)
    stages[i] = self->graph->roots[i]->stage;

  done = pl_run (stages, self->graph->n_roots, self->cancellable, &self->error);
  pl_test_round_assert (self, done == (self->error == NULL));
  return FALSE;
}

/* Fills a list, until it ends, or there is enough. */
static gboolean
pl_test_round_fill_list (PlTestRound *self)
{
  PlListModel *list = PL_LIST_MODEL (pl_stage_to_list_model (self->graph->roots[0]->stage));
  const GError *error;

  while (pl_list_model_get_pending (list) && !pl_test_round_has_enough (self))
    {
      g_main_context_iteration (g_main_loop_get_context (self->loop), TRUE);
      for (guint i = self->taken->len; i < g_list_model_get_n_items (G_LIST_MODEL (list)); i++)
        {
          g_autoptr(PlValueObject) item = g_list_model_get_item (G_LIST_MODEL (list), i);

          pl_test_round_add_values (self, pl_value_object_get_value (item), 1);
        }
    }

  error = pl_list_model_get_error (list);
  if (error != NULL)
    self->error = g_error_copy (error);
  if (self->actor == PL_TEST_ACTOR_THREAD)
    g_thread_join (g_thread_new ("drop", pl_test_drop_thread, list));
  else
    g_object_unref (list);
  return FALSE;
}

static const PlTestMethod run_method = {
  "pl_run", TRUE, FALSE, FALSE, pl_test_round_run
};

/* Where there is one end. */
static const PlTestMethod methods[] = {
  { "next", FALSE, TRUE, FALSE, pl_test_round_take_next },
  { "next_values", FALSE, TRUE, FALSE, pl_test_round_take_values },
  { "next_async", FALSE, TRUE, FALSE, pl_test_round_take_next_async },
  { "next_values_async", FALSE, TRUE, FALSE, pl_test_round_take_values_async },
  { "collect", TRUE, TRUE, FALSE, pl_test_round_collect },
  { "list_model", TRUE, TRUE, TRUE, pl_test_round_fill_list },
};

/* What is to happen. */

static PlTestNode *
pl_test_round_pick_node (PlTestRound *self, gboolean is_called)
{
  GPtrArray *nodes = self->graph->nodes;
  guint first = g_rand_int_range (self->graph->rand, 0, nodes->len);

  for (guint i = 0; i < nodes->len; i++)
    {
      PlTestNode *node = g_ptr_array_index (nodes, (first + i) % nodes->len);

      if (node->n_instances > 0 && (!is_called || node->n_calls > 0))
        return node;
    }
  return NULL;
}

/* One or two nodes fail, at a moment that a whole run comes to. */
static void
pl_test_round_plan_failures (PlTestRound *self)
{
  GRand *rand = self->graph->rand;
  guint n = g_rand_int_range (rand, 1, 3);

  for (guint i = 0; i < n; i++)
    {
      PlTestNode *node = pl_test_round_pick_node (self, g_rand_boolean (rand));
      guint n_moments;

      if (node == NULL)
        node = pl_test_round_pick_node (self, FALSE);

      node->fails_in = g_rand_int_range (rand, PL_TEST_MOMENT_START, PL_TEST_MOMENT_DONE + 1);
      n_moments = pl_test_node_count_workers (node);
      if (node->n_calls > 0 && !node->is_shaky && g_rand_int_range (rand, 0, 4) > 0)
        {
          node->fails_in = PL_TEST_MOMENT_FUNCTION;
          n_moments = node->n_calls * node->n_instances;
        }
      node->fails_at = g_rand_int_range (rand, 1, n_moments + 1);
    }
}

/* Closes or cancels; not the consumer, which is in the middle of a call, or at least may be. */
static void
pl_test_round_interfere (PlTestRound *self)
{
  if (self->fate == PL_TEST_FATE_CANCEL)
    {
      g_cancellable_cancel (self->cancellable);
      return;
    }

  while (g_atomic_pointer_get (&self->iterator) == NULL)
    g_thread_yield ();
  pl_iterator_close (self->iterator);
}

static void
pl_test_round_hook (gpointer data, gpointer user_data)
{
  pl_test_round_interfere (user_data);
}

static gboolean
pl_test_round_has_task (PlTestRound *self)
{
  for (guint i = 0; i < self->graph->n_roots; i++)
    {
      if (self->graph->roots[i]->has_task)
        return TRUE;
    }

  return FALSE;
}

static void
pl_test_round_plan_hook (PlTestRound *self)
{
  PlTestNode *node = pl_test_round_pick_node (self, TRUE);

  /* What a main loop does when it is idle may never come either, as long as there are elements. Nor
   * may a call then, in front of a task stage that waits for that. */
  if (node == NULL || self->graph->may_starve ||
      (self->graph->is_endless && pl_test_round_has_task (self)))
    {
      self->actor = PL_TEST_ACTOR_THREAD;
      return;
    }

  node->hook_at = g_rand_int_range (self->graph->rand, 1, node->n_calls * node->n_instances + 1);
  self->graph->hook = pl_test_round_hook;
  self->graph->hook_data = self;
}

/* Who holds no iterator can neither close nor drop it, nor act between two calls. */
static void
pl_test_round_plan_fate (PlTestRound *self)
{
  GRand *rand = self->graph->rand;

  self->method = &run_method;
  if (self->graph->n_roots == 1)
    self->method = &methods[g_rand_int_range (rand, 0, G_N_ELEMENTS (methods))];

  self->fate = g_rand_int_range (rand, 0, PL_TEST_N_FATES);
  self->actor = g_rand_int_range (rand, 0, PL_TEST_N_ACTORS);
  if (self->graph->limits->may_be_endless)
    self->fate = MAX (self->fate, PL_TEST_FATE_CANCEL);
  if (self->method->has_no_cancellable)
    {
      if (self->fate == PL_TEST_FATE_CANCEL || self->fate == PL_TEST_FATE_CLOSE)
        self->fate = PL_TEST_FATE_DROP;
      if (self->fate != PL_TEST_FATE_DROP)
        self->actor = PL_TEST_ACTOR_FUNCTION;
    }
  else if (self->method->is_whole)
    {
      self->fate = MIN (self->fate, PL_TEST_FATE_CANCEL);
      self->actor = MAX (self->actor, PL_TEST_ACTOR_THREAD);
    }
  if (self->fate == PL_TEST_FATE_DROP)
    self->actor = MIN (self->actor, PL_TEST_ACTOR_THREAD);
}

static void
pl_test_round_plan (PlTestRound *self)
{
  GRand *rand = self->graph->rand;
  PlTestNode *end = self->graph->roots[0];

  pl_test_round_plan_fate (self);

  /* Without a cancellable calls wait in another way. */
  if (self->fate != PL_TEST_FATE_CANCEL && g_rand_boolean (rand))
    g_clear_object (&self->cancellable);

  self->delay = g_rand_int_range (rand, 0, self->graph->limits->max_delay);
  self->n_wanted = G_MAXUINT;
  if (self->fate == PL_TEST_FATE_FAIL)
    pl_test_round_plan_failures (self);
  else if (self->fate == PL_TEST_FATE_DROP || self->actor == PL_TEST_ACTOR_CONSUMER)
    self->n_wanted = self->graph->may_starve
                       ? 0 : g_rand_int_range (rand, 0, end->values->len + 1);
  else if (self->actor == PL_TEST_ACTOR_FUNCTION && self->fate != PL_TEST_FATE_END)
    pl_test_round_plan_hook (self);
}

/* The run. */

static gpointer
pl_test_round_interfere_thread (gpointer data)
{
  PlTestRound *self = data;

  g_usleep (self->delay);
  pl_test_round_interfere (self);
  g_atomic_int_inc (&self->n_interfered);
  return NULL;
}

/* The consumer has what it wanted. */
static void
pl_test_round_act (PlTestRound *self)
{
  if (self->fate == PL_TEST_FATE_CANCEL)
    g_cancellable_cancel (self->cancellable);
  else if (self->fate == PL_TEST_FATE_CLOSE)
    pl_iterator_close (self->iterator);
  else if (self->fate == PL_TEST_FATE_DROP && self->actor == PL_TEST_ACTOR_CONSUMER)
    g_clear_object (&self->iterator);
  else if (self->fate == PL_TEST_FATE_DROP)
    g_thread_join (g_thread_new ("drop", pl_test_drop_thread,
                                 g_steal_pointer (&self->iterator)));
  self->has_acted = TRUE;
}

/* Has things happen on the context, if there are any. */
static void
pl_test_round_go_on (PlTestRound *self)
{
  if (!g_main_context_iteration (g_main_loop_get_context (self->loop), FALSE))
    g_thread_yield ();
}

static void
pl_test_round_iterate (PlTestRound *self)
{
  PlStage *last = self->graph->roots[0]->stage;
  PlIterator *iterator = g_rand_boolean (self->graph->rand)
                           ? pl_stage_iterate (last)
                           : pl_stage_iterate_bounded (last, self->graph->roots[0]->maxsize + 1);

  g_atomic_pointer_set (&self->iterator, iterator);
}

static void
pl_test_round_take (PlTestRound *self)
{
  gboolean is_disturbed = self->fate == PL_TEST_FATE_CANCEL || self->fate == PL_TEST_FATE_CLOSE;
  GThread *thread = NULL;

  if (is_disturbed && self->actor == PL_TEST_ACTOR_THREAD)
    thread = g_thread_new ("interfere", pl_test_round_interfere_thread, self);
  if (!self->method->is_whole)
    pl_test_round_iterate (self);

  do
    {
      if (!self->method->is_whole && pl_test_round_has_enough (self))
        pl_test_round_act (self);
      if (!self->method->is_whole && self->iterator == NULL)
        break;
    }
  while (self->method->take (self));

  /* Who closes waits for what is answered on the context. */
  while (thread != NULL && g_atomic_int_get (&self->n_interfered) == 0)
    pl_test_round_go_on (self);
  if (thread != NULL)
    g_thread_join (thread);
}

/* The checks. */

/* Whether the run came to its end; of one that is closed nobody is told. */
static gboolean
pl_test_round_is_complete (PlTestRound *self)
{
  return self->error == NULL && self->fate <= PL_TEST_FATE_CANCEL;
}

/* The first error came from a node that was to fail, and tells so. */
static void
pl_test_round_check_failure (PlTestRound *self)
{
  PlTestNode *node;
  g_autofree char *sync_prefix = NULL;
  g_autofree char *thread_prefix = NULL;
  const char *prefix;

  pl_test_round_assert (self, self->error != NULL && self->error->domain == PL_TEST_ERROR);
  node = g_ptr_array_index (self->graph->nodes, self->error->code);
  sync_prefix = g_strdup_printf ("stage “n%u” (sync ", node->number);
  thread_prefix = g_strdup_printf ("stage “n%u” (thread ", node->number);
  prefix = pl_test_pick_text (node->kind, sync_prefix, thread_prefix);
  pl_test_round_assert (self, node->fails_in != PL_TEST_MOMENT_NEVER);
  pl_test_round_assert (self, g_str_has_prefix (self->error->message, prefix));
  pl_test_round_assert (self, g_str_has_suffix (self->error->message, " fails"));
}

/* Who acts between two calls knows what the next one says; who comes at any moment may come too
 * late, and closing may come between two calls. */
static void
pl_test_round_check_outcome (PlTestRound *self)
{
  gboolean by_consumer = self->actor == PL_TEST_ACTOR_CONSUMER;

  if (self->fate == PL_TEST_FATE_FAIL)
    pl_test_round_check_failure (self);
  else if (self->error != NULL)
    pl_test_round_assert (self, g_error_matches (self->error, G_IO_ERROR, G_IO_ERROR_CANCELLED));

  if (self->fate == PL_TEST_FATE_END || self->fate == PL_TEST_FATE_DROP)
    pl_test_round_assert (self, self->error == NULL);
  else if (self->fate == PL_TEST_FATE_CANCEL && by_consumer)
    pl_test_round_assert (self, self->error != NULL);
  else if (self->fate == PL_TEST_FATE_CLOSE && by_consumer)
    pl_test_round_assert (self, self->error == NULL);

  if (self->graph->is_endless)
    pl_test_round_assert (self, !pl_test_round_is_complete (self));
}

static void
pl_test_round_check_told_once (PlTestRound *self)
{
  g_autoptr(GError) error = NULL;
  g_auto(GValue) value = G_VALUE_INIT;

  if (self->iterator == NULL)
    return;
  pl_test_round_assert (self, !pl_iterator_next (self->iterator, &value, NULL, &error));
  pl_test_round_assert (self, error == NULL);
}

static int
pl_test_compare_numbers (gconstpointer a, gconstpointer b)
{
  guint x = *(const guint *) a;
  guint y = *(const guint *) b;

  return (x > y) - (x < y);
}

/* What has been taken is all of it, or a part: the first of it, where there is an order. */
static void
pl_test_round_check_values (PlTestRound *self)
{
  PlTestNode *end = self->graph->roots[0];
  g_autoptr(GArray) expected = g_array_copy (end->values);
  guint n_found = 0;

  if (!self->method->has_values || (self->method->is_whole && self->error != NULL))
    return;
  if (pl_test_round_is_complete (self))
    pl_test_round_assert (self, self->taken->len == expected->len);

  if (!end->is_ordered)
    {
      g_array_sort (expected, pl_test_compare_numbers);
      g_array_sort (self->taken, pl_test_compare_numbers);
    }

  for (guint i = 0; i < expected->len && n_found < self->taken->len; i++)
    {
      if (g_array_index (expected, guint, i) == g_array_index (self->taken, guint, n_found))
        n_found++;
      else if (end->is_ordered)
        break;
    }
  pl_test_round_assert (self, n_found == self->taken->len);
}

static void
pl_test_round_check_node (PlTestRound *self, PlTestNode *node)
{
  guint n_workers = pl_test_node_count_workers (node);
  guint n = node->n_instances;
  gboolean is_complete = pl_test_round_is_complete (self);

  pl_test_round_assert (self, node->counts.at_once == 0);
  pl_test_round_assert (self, (guint) node->counts.max_at_once <= pl_test_node_count_slots (node));
  pl_test_round_assert (self, node->counts.starts == node->counts.dones);
  pl_test_round_assert (self, (guint) node->counts.start_calls <= n_workers);
  pl_test_round_assert (self, (guint) node->counts.last_dones <= n);
  if (!self->graph->is_endless)
    pl_test_round_assert (self, (guint) node->counts.calls <= n * node->n_calls);

  if (!is_complete)
    return;
  pl_test_round_assert (self, (guint) node->counts.calls == n * node->n_calls);
  pl_test_round_assert (self, (guint) node->counts.starts == n_workers);
  pl_test_round_assert (self, (guint) node->counts.last_dones == n);
  pl_test_round_assert (self, (guint) node->counts.elements_in == n * node->n_in);
  pl_test_round_assert (self, (guint) node->counts.elements_out == n * node->values->len);
  if (node->operation->is_called)
    pl_test_round_assert (self, (guint) node->counts.sum == n * node->sum);
}

static void
pl_test_round_check (PlTestRound *self)
{
  pl_test_round_check_outcome (self);
  pl_test_round_check_told_once (self);

  for (guint i = 0; i < self->graph->nodes->len; i++)
    pl_test_round_check_node (self, g_ptr_array_index (self->graph->nodes, i));
  if (!self->graph->is_endless)
    pl_test_round_check_values (self);
}

/* Whoever has been told the end finds that all on_done have been called. */
static void
pl_test_round_check_ends (PlTestRound *self)
{
  /* A function that closes its own run cannot wait for itself. */
  if (self->fate == PL_TEST_FATE_CLOSE && self->actor == PL_TEST_ACTOR_FUNCTION)
    pl_iterator_close (self->iterator);

  for (guint i = 0; i < self->graph->nodes->len; i++)
    {
      PlTestNode *node = g_ptr_array_index (self->graph->nodes, i);

      pl_test_round_assert (self, g_atomic_int_get (&node->counts.starts) ==
                                    g_atomic_int_get (&node->counts.dones));
    }
}

/* Whether nothing of the run goes on any more. */
static gboolean
pl_test_round_is_settled (PlTestRound *self)
{
  for (guint i = 0; i < self->graph->nodes->len; i++)
    {
      PlTestNode *node = g_ptr_array_index (self->graph->nodes, i);

      if (g_atomic_int_get (&node->counts.at_once) > 0 ||
          g_atomic_int_get (&node->counts.starts) != g_atomic_int_get (&node->counts.dones))
        return FALSE;
    }
  return pl_test_pool_is_idle ();
}

/* Who drops the run does not wait for what still has to be answered, and nobody does for what is
 * answered in vain. */
static void
pl_test_round_settle (PlTestRound *self)
{
  GMainContext *context = g_main_loop_get_context (self->loop);

  while (!pl_test_round_is_settled (self) || g_main_context_pending (context))
    pl_test_round_go_on (self);
}

void
pl_test_round (guint seed, const PlTestLimits *limits)
{
  g_autoptr(PlTestGraph) graph = pl_test_graph_new (seed, limits);
  g_autoptr(GMainContext) context = g_main_context_new ();
  guint n_threads = pl_test_count_threads ();
  PlTestRound self = {
    .graph = graph,
    .cancellable = g_cancellable_new (),
    .loop = g_main_loop_new (context, FALSE),
    .taken = g_array_new (FALSE, FALSE, sizeof (guint)),
  };

  current_round = &self;
  signal (SIGALRM, pl_test_round_time_out);
  alarm (TIMEOUT_SECONDS);

  g_main_context_push_thread_default (context);
  pl_test_round_plan (&self);
  pl_test_graph_build (graph);
  pl_test_round_take (&self);
  if (self.fate != PL_TEST_FATE_DROP)
    pl_test_round_check_ends (&self);
  pl_test_round_settle (&self);
  pl_test_round_check (&self);

  g_clear_object (&self.iterator);
  pl_test_graph_stop_pushing (graph);
  pl_test_wait_for_threads (n_threads);
  g_main_context_pop_thread_default (context);

  g_main_loop_unref (self.loop);
  g_clear_object (&self.cancellable);
  g_array_unref (self.taken);
  g_clear_error (&self.error);
}
