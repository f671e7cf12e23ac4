/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-list.h"
#include "pl-test-thread.h"

/* Which thread and which main context task functions, and what they start, run on. */

#define N_ELEMENTS 5

/* Where functions are to run, and what they have counted. */
typedef struct
{
  GMainContext *context; /* NULL: what they find is kept here */
  GThread *thread;       /* NULL: likewise */
  int steps;
  int under_way;
  int dones;
  int frees;
  gboolean is_ready;
} PlTestPlace;

static void
pl_test_place_clear (PlTestPlace *self)
{
  g_clear_pointer (&self->context, g_main_context_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PlTestPlace, pl_test_place_clear)

/* The place of this thread, as it is now. */
static PlTestPlace
get_place (void)
{
  return (PlTestPlace) {
    .context = g_main_context_ref_thread_default (),
    .thread = g_thread_self (),
  };
}

static void
check_place (PlTestPlace *place)
{
  g_autoptr(GMainContext) context = g_main_context_ref_thread_default ();

  if (place->context == NULL)
    *place = get_place ();

  g_assert_true (context == place->context);
  g_assert_true (g_main_context_is_owner (context));
  g_assert_true (g_thread_self () == place->thread);
  g_atomic_int_inc (&place->steps);
}

static gboolean
start_here (PlWorker *worker, gpointer user_data, GError **error)
{
  check_place (user_data);
  return TRUE;
}

static gboolean
end_here (PlWorker *worker, PlStageStatus *status, gpointer user_data, GError **error)
{
  PlTestPlace *place = user_data;

  check_place (place);
  g_atomic_int_inc (&place->dones);
  return TRUE;
}

static void
free_place (gpointer user_data)
{
  PlTestPlace *place = user_data;

  g_atomic_int_inc (&place->frees);
}

/* Answers with what comes behind the element. */
static void
answer (GTask *task, const GValue *element)
{
  g_auto(GValue) result = G_VALUE_INIT;

  g_value_init (&result, G_TYPE_INT);
  g_value_set_int (&result, g_value_get_int (element) + 1);
  g_task_return_value (task, &result);
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

#define N_STEPS 3

static gboolean step_idle (gpointer user_data);

static void
steps_finish (PlTestSteps *self)
{
  answer (self->task, self->element);
  g_object_unref (self->task);
  g_atomic_int_add (&self->place->under_way, -1);
  g_free (self);
}

static void
step_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  PlTestSteps *self = user_data;
  g_autoptr(GSource) source = NULL;

  g_assert_true (g_task_propagate_boolean (G_TASK (result), NULL));
  check_place (self->place);
  if (--self->n_left == 0)
    {
      steps_finish (self);
      return;
    }

  source = g_idle_source_new ();
  g_source_set_callback (source, step_idle, self, NULL);
  g_source_attach (source, g_main_context_get_thread_default ());
}

static void
step_thread (GTask *step, gpointer object, gpointer data, GCancellable *cancellable)
{
  g_task_return_boolean (step, TRUE);
}

/* As GIO's asynchronous calls on files do. */
static void
steps_call (PlTestSteps *self)
{
  g_autoptr(GTask) step = g_task_new (NULL, NULL, step_cb, self);

  self->n_left--;
  check_place (self->place);
  g_task_run_in_thread (step, step_thread);
}

static gboolean
step_idle (gpointer user_data)
{
  steps_call (user_data);
  return G_SOURCE_REMOVE;
}

static void
take_steps (const GValue *element, GTask *task, PlWorker *worker, gpointer user_data)
{
  PlTestSteps *self = g_new0 (PlTestSteps, 1);

  self->task = g_object_ref (task);
  self->element = element;
  self->place = user_data;
  self->n_left = N_STEPS + 1;
  g_atomic_int_inc (&self->place->under_way);
  steps_call (self);
}

static void
take_no_steps (const GValue *element, GTask *task, PlWorker *worker, gpointer user_data)
{
  check_place (user_data);
  answer (task, element);
}

/* 1 2 3 4 5, made in @place. */
static PlStage *
make_stage (PlTaskFunc func, PlTestPlace *place)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, N_ELEMENTS);
  PlStage *stage = pl_task_map (numbers, func, place, free_place);

  pl_stage_set_workers (stage, 2);
  pl_stage_set_maxsize (stage, 2);
  pl_stage_set_on_start (stage, start_here, place, NULL);
  pl_stage_set_on_done (stage, end_here, place, NULL);
  return stage;
}

/* More than anybody takes. */
static PlStage *
make_endless_stage (PlTaskFunc func, gpointer user_data)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, G_MAXINT);
  PlStage *stage = pl_task_map (numbers, func, user_data, NULL);

  pl_stage_set_maxsize (stage, 1);
  return stage;
}

/* Takes all that there is; returns the sum. */
static int
drain (PlIterator *iterator)
{
  g_autoptr(GError) error = NULL;
  g_auto(GValue) value = G_VALUE_INIT;
  int sum = 0;

  while (pl_iterator_next (iterator, &value, NULL, &error))
    sum += g_value_get_int (&value);
  g_assert_no_error (error);
  return sum;
}

static gpointer
drain_thread (gpointer data)
{
  return GINT_TO_POINTER (drain (data));
}

#define SUM (N_ELEMENTS * (N_ELEMENTS + 1) / 2)

static void
assert_all_steps (const PlTestPlace *place, guint n_runs)
{
  g_assert_cmpint (place->steps, ==, n_runs * ((N_STEPS + 1) * N_ELEMENTS + 2));
  g_assert_cmpint (place->dones, ==, n_runs);
}

/* The starter's own context. */

static void
test_starters_private_context (void)
{
  g_autoptr(GMainContext) context = g_main_context_new ();
  g_auto(PlTestPlace) place = { NULL };

  g_main_context_push_thread_default (context);
  {
    g_autoptr(PlStage) stage = NULL;

    place = get_place ();
    stage = make_stage (take_steps, &place);
    pl_test_assert_sorted_ints (stage, "1 2 3 4 5");
  }
  g_main_context_pop_thread_default (context);

  assert_all_steps (&place, 1);
}

/* There is no main loop: whoever waits iterates the context. */
static void
test_blocking_calls_need_no_loop (void)
{
  g_auto(PlTestPlace) place = get_place ();
  g_autoptr(PlStage) stage = make_stage (take_steps, &place);
  g_autoptr(PlIterator) iterator = NULL;
  g_autoptr(GError) error = NULL;

  g_assert_true (place.context == g_main_context_default ());
  g_assert_true (pl_stage_run (stage, NULL, &error));
  g_assert_no_error (error);

  pl_test_assert_sorted_ints (stage, "1 2 3 4 5");

  iterator = pl_stage_iterate (stage);
  g_assert_cmpint (drain (iterator), ==, SUM);

  assert_all_steps (&place, 3);
}

static gboolean
drain_idle (gpointer user_data)
{
  PlTestPlace *place = user_data;
  g_autoptr(PlStage) stage = make_stage (take_steps, place);

  pl_test_assert_sorted_ints (stage, "1 2 3 4 5");
  place->is_ready = TRUE;
  return G_SOURCE_REMOVE;
}

static gboolean
count_idle (gpointer user_data)
{
  int *n = user_data;

  (*n)++;
  return G_SOURCE_CONTINUE;
}

/* What else there is on the loop goes on meanwhile. */
static void
test_blocking_inside_of_a_loop (void)
{
  g_auto(PlTestPlace) place = get_place ();
  int n = 0;
  guint id;

  g_idle_add_full (G_PRIORITY_HIGH, drain_idle, &place, NULL);
  id = g_idle_add (count_idle, &n);
  g_assert_true (g_main_context_iteration (NULL, TRUE));

  g_assert_true (place.is_ready);
  g_assert_cmpint (n, >, 0);
  assert_all_steps (&place, 1);
  g_source_remove (id);
}

static void
collected_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  PlTestPlace *place = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GArray) values = pl_stage_collect_finish (PL_STAGE (object), result, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (values->len, ==, N_ELEMENTS);
  check_place (place);
  place->is_ready = TRUE;
}

static gboolean
collect_idle (gpointer user_data)
{
  g_autoptr(PlStage) stage = make_stage (take_steps, user_data);

  pl_stage_collect_async (stage, NULL, collected_cb, user_data);
  return G_SOURCE_REMOVE;
}

static void
test_starter_inside_of_a_dispatch (void)
{
  g_auto(PlTestPlace) place = get_place ();

  g_idle_add (collect_idle, &place);
  while (!place.is_ready)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (place.dones, ==, 1);
}

static gpointer
private_thread (gpointer data)
{
  g_autoptr(GMainContext) context = g_main_context_new ();

  g_main_context_push_thread_default (context);
  {
    g_auto(PlTestPlace) place = get_place ();
    g_autoptr(PlStage) stage = make_stage (take_steps, &place);

    pl_test_assert_sorted_ints (stage, "1 2 3 4 5");
    assert_all_steps (&place, 1);
  }
  g_main_context_pop_thread_default (context);
  return NULL;
}

/* Another thread has the default context, which is nothing to one that has its own. */
static void
test_threads_private_context (void)
{
  g_assert_true (g_main_context_acquire (NULL));
  g_thread_join (g_thread_new ("starter", private_thread, NULL));
  g_main_context_release (NULL);
}

/* There is always an element to take, so that nobody ever waits; those of the task stage come all
 * the same. */
static void
test_taking_without_waiting (void)
{
  g_auto(PlTestPlace) place = get_place ();
  g_autoptr(PlStage) endless = pl_source_new_range (N_ELEMENTS + 1, G_MAXINT);
  g_autoptr(PlStage) stage = make_stage (take_steps, &place);
  PlStage *both[] = { endless, stage };
  g_autoptr(PlStage) joined = pl_sync_concat (both, 2);
  g_autoptr(PlIterator) iterator = pl_stage_iterate (joined);
  g_auto(GValue) value = G_VALUE_INIT;

  for (guint n = 0; n < N_ELEMENTS;)
    {
      g_assert_true (pl_iterator_next (iterator, &value, NULL, NULL));
      n += g_value_get_int (&value) <= N_ELEMENTS;
    }
  pl_iterator_close (iterator);
  assert_all_steps (&place, 1);
}

/* A sync stage never comes to an element to pass on; those of the task stage come all the same. */
static void
test_taking_what_never_comes (void)
{
  g_auto(PlTestPlace) place = get_place ();
  g_autoptr(PlStage) endless = pl_source_new_range (0, G_MAXINT);
  g_autoptr(PlStage) nothing = pl_sync_filter (endless, pl_test_keep_none, NULL, NULL);
  g_autoptr(PlStage) stage = make_stage (take_steps, &place);
  PlStage *both[] = { nothing, stage };
  g_autoptr(PlStage) joined = pl_sync_concat (both, 2);
  g_autoptr(PlIterator) iterator = pl_stage_iterate (joined);

  for (guint n = 0; n < N_ELEMENTS; n++)
    pl_test_take_int (iterator);
  pl_iterator_close (iterator);
  assert_all_steps (&place, 1);
}

/* The library's context. */

static gpointer
collect_thread (gpointer data)
{
  g_autoptr(PlStage) stage = make_stage (take_no_steps, data);

  pl_test_assert_sorted_ints (stage, "1 2 3 4 5");
  return NULL;
}

/* The main thread has the default context, and does not iterate it. */
static void
test_background_context (void)
{
  g_auto(PlTestPlace) place = { NULL };
  guint n_threads = pl_test_count_threads ();

  g_assert_true (g_main_context_acquire (NULL));
  for (guint run = 1; run <= 3; run++)
    {
      g_thread_join (g_thread_new ("starter", collect_thread, &place));

      g_assert_cmpint (place.dones, ==, run);
      g_assert_true (place.thread != g_thread_self ());
      g_assert_true (place.context != g_main_context_default ());
      pl_test_wait_for_threads (n_threads + 1);

      /* The thread of the context lets go of the run last. */
      pl_test_wait_for (&place.frees, run);
    }
  g_main_context_release (NULL);
}

/* Other threads than the starter. */

/* A thread that does nothing but iterate a context, which is its default one. */
typedef struct
{
  GMainContext *context;
  GMainLoop *loop;
  GThread *thread;
} PlTestLoop;

static gpointer
loop_thread (gpointer data)
{
  PlTestLoop *self = data;

  g_main_context_push_thread_default (self->context);
  g_main_loop_run (self->loop);
  g_main_context_pop_thread_default (self->context);
  return NULL;
}

static void
pl_test_loop_start (PlTestLoop *self)
{
  self->context = g_main_context_new ();
  self->loop = g_main_loop_new (self->context, FALSE);
  self->thread = g_thread_new ("loop", loop_thread, self);
}

static gboolean
quit_cb (gpointer user_data)
{
  g_main_loop_quit (user_data);
  return G_SOURCE_REMOVE;
}

static void
pl_test_loop_stop (PlTestLoop *self)
{
  g_main_context_invoke (self->context, quit_cb, self->loop);
  g_thread_join (self->thread);
  g_main_loop_unref (self->loop);
  g_main_context_unref (self->context);
}

typedef struct
{
  PlStage *stage;
  PlIterator *iterator; /* atomic */
} PlTestStart;

static gboolean
start_cb (gpointer user_data)
{
  PlTestStart *start = user_data;

  g_atomic_pointer_set (&start->iterator, pl_stage_iterate (start->stage));
  return G_SOURCE_REMOVE;
}

/* Starts a run of @stage in the thread of @self. */
static PlIterator *
pl_test_loop_iterate (PlTestLoop *self, PlStage *stage)
{
  PlTestStart start = { .stage = stage };

  g_main_context_invoke (self->context, start_cb, &start);
  while (g_atomic_pointer_get (&start.iterator) == NULL)
    g_thread_yield ();
  return start.iterator;
}

/* Only the loop runs functions; who waits for elements just waits. */
static void
test_loop_runs_elsewhere (void)
{
  PlTestLoop loop;
  g_auto(PlTestPlace) place = { NULL };
  g_autoptr(PlStage) stage = make_stage (take_steps, &place);
  g_autoptr(PlIterator) iterator = NULL;

  pl_test_loop_start (&loop);
  place.context = g_main_context_ref (loop.context);
  place.thread = loop.thread;

  iterator = pl_test_loop_iterate (&loop, stage);
  g_assert_cmpint (drain (iterator), ==, SUM);
  assert_all_steps (&place, 1);

  pl_test_loop_stop (&loop);
}

/* Whoever waits iterates the context, and it is its default one then. */
static void
test_next_on_another_thread (void)
{
  g_autoptr(GMainContext) context = g_main_context_new ();
  g_auto(PlTestPlace) place = { NULL };
  g_autoptr(PlStage) stage = make_stage (take_steps, &place);
  g_autoptr(PlIterator) iterator = NULL;
  GThread *thread;

  g_main_context_push_thread_default (context);
  iterator = pl_stage_iterate (stage);
  g_main_context_pop_thread_default (context);

  thread = g_thread_new ("consumer", drain_thread, iterator);
  g_assert_cmpint (GPOINTER_TO_INT (g_thread_join (thread)), ==, SUM);
  g_assert_true (place.context == context);
  g_assert_true (place.thread == thread);
  assert_all_steps (&place, 1);
}

/* Answered from an idle source: whoever iterates the context has the others wait. */
static PlStage *
make_later_stage (int n_elements)
{
  static const char name[] = "task-later";
  guint n_kinds;
  const PlTestKind *const *kinds = pl_test_get_kinds (&n_kinds);
  g_autoptr(PlStage) numbers = pl_source_new_range (0, n_elements);

  for (guint i = 0; i < n_kinds; i++)
    {
      if (g_str_equal (kinds[i]->name, name))
        return kinds[i]->map (numbers, pl_test_add1, NULL, NULL);
    }
  g_assert_not_reached ();
}

/* Threads that wait for runs on one context take turns in iterating it, and whoever leaves wakes
 * the next one. */
static void
test_threads_wait_on_one_context (gconstpointer data)
{
  enum { N_THREADS = 3 };
  g_autoptr(GMainContext) context = data != NULL ? g_main_context_new () : NULL;

  for (guint round = 0; round < pl_test_rounds (2000); round++)
    {
      PlIterator *iterators[N_THREADS];
      GThread *threads[N_THREADS];

      if (context != NULL)
        g_main_context_push_thread_default (context);
      for (guint i = 0; i < N_THREADS; i++)
        {
          g_autoptr(PlStage) stage = make_later_stage (1 + (round + i) % 4);

          iterators[i] = pl_stage_iterate (stage);
        }
      if (context != NULL)
        g_main_context_pop_thread_default (context);

      for (guint i = 0; i < N_THREADS; i++)
        threads[i] = g_thread_new ("consumer", drain_thread, iterators[i]);
      for (guint i = 0; i < N_THREADS; i++)
        {
          int n = 1 + (round + i) % 4;

          g_assert_cmpint (GPOINTER_TO_INT (g_thread_join (threads[i])), ==, n * (n + 1) / 2);
          g_object_unref (iterators[i]);
        }
    }
}

static void
next_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  PlTestPlace *place = user_data;
  g_autoptr(GError) error = NULL;
  g_auto(GValue) value = G_VALUE_INIT;

  check_place (place);
  if (pl_iterator_next_finish (PL_ITERATOR (object), result, &value, &error))
    pl_iterator_next_async (PL_ITERATOR (object), NULL, next_cb, place);
  else
    place->is_ready = TRUE;
  g_assert_no_error (error);
}

/* The functions run on the run's context, and the caller of each call is told on its own. */
static void
test_completions_come_to_the_caller (void)
{
  PlTestLoop loop;
  g_autoptr(GMainContext) context = g_main_context_new ();
  g_auto(PlTestPlace) place = { NULL };
  g_auto(PlTestPlace) caller = { NULL };
  g_autoptr(PlStage) stage = make_stage (take_steps, &place);
  g_autoptr(PlIterator) iterator = NULL;

  pl_test_loop_start (&loop);
  place.context = g_main_context_ref (loop.context);
  place.thread = loop.thread;
  iterator = pl_test_loop_iterate (&loop, stage);

  g_main_context_push_thread_default (context);
  caller = get_place ();
  pl_iterator_next_async (iterator, NULL, next_cb, &caller);
  while (!caller.is_ready)
    g_main_context_iteration (context, TRUE);
  g_main_context_pop_thread_default (context);

  g_assert_cmpint (caller.steps, ==, N_ELEMENTS + 1);
  assert_all_steps (&place, 1);
  pl_test_loop_stop (&loop);
}

/* The end. */

/* Closing waits for what ends on the loop's thread; dropping does not. */
static void
test_another_thread_ends_the_run (gconstpointer data)
{
  gboolean closes = data != NULL;

  for (guint round = 0; round < pl_test_rounds (100); round++)
    {
      PlTestLoop loop;
      g_auto(PlTestPlace) place = { NULL };
      g_autoptr(PlStage) stage = make_endless_stage (take_steps, &place);
      PlIterator *iterator;

      pl_stage_set_on_start (stage, start_here, &place, NULL);
      pl_stage_set_on_done (stage, end_here, &place, NULL);
      pl_test_loop_start (&loop);
      place.context = g_main_context_ref (loop.context);
      place.thread = loop.thread;
      iterator = pl_test_loop_iterate (&loop, stage);
      pl_test_wait_for (&place.steps, 1 + round % 8);

      g_thread_join (g_thread_new ("end", closes ? pl_test_close_thread : pl_test_drop_thread,
                                   iterator));
      if (closes)
        {
          g_assert_cmpint (place.dones, ==, 1);
          g_object_unref (iterator);
        }

      pl_test_wait_for (&place.dones, 1);
      while (g_atomic_int_get (&place.under_way) > 0)
        g_thread_yield ();
      pl_test_loop_stop (&loop);
    }
}

/* The call under way, and another thread that closes the iterator, both wait for an on_done that is
 * answered when the loop has nothing else to do. */
typedef struct
{
  GTask *task;
  guint n_left;
} PlTestEnd;

static gboolean
answer_end_idle (gpointer user_data)
{
  PlTestEnd *end = user_data;

  g_thread_yield ();
  if (--end->n_left > 0)
    return G_SOURCE_CONTINUE;

  g_task_return_boolean (end->task, TRUE);
  g_object_unref (end->task);
  g_free (end);
  return G_SOURCE_REMOVE;
}

static void
end_later (PlStageStatus *status, GTask *task, PlWorker *worker, gpointer user_data)
{
  PlTestEnd *end = g_new0 (PlTestEnd, 1);

  end->task = g_object_ref (task);
  end->n_left = 20;
  g_idle_add (answer_end_idle, end);
}

static void
closed_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  int *n_told = user_data;
  g_auto(GValue) value = G_VALUE_INIT;

  if (pl_iterator_next_finish (PL_ITERATOR (object), result, &value, NULL))
    pl_iterator_next_async (PL_ITERATOR (object), NULL, closed_cb, n_told);
  else
    g_atomic_int_inc (n_told);
}

typedef struct
{
  PlIterator *iterator;
  int n_told;
} PlTestClose;

static gpointer
close_and_tell_thread (gpointer data)
{
  PlTestClose *closing = data;

  pl_iterator_close (closing->iterator);
  g_atomic_int_inc (&closing->n_told);
  g_main_context_wakeup (NULL);
  return NULL;
}

static void
test_all_who_wait_for_the_end_are_told (void)
{
  for (guint round = 0; round < pl_test_rounds (300); round++)
    {
      g_auto(PlTestPlace) place = get_place ();
      g_autoptr(PlStage) stage = make_endless_stage (take_no_steps, &place);
      PlTestClose closing = { NULL };
      GThread *thread;

      pl_stage_set_on_done_task (stage, end_later, NULL, NULL);
      closing.iterator = pl_stage_iterate (stage);
      pl_iterator_next_async (closing.iterator, NULL, closed_cb, &closing.n_told);
      while (place.steps == 0)
        g_main_context_iteration (NULL, TRUE);

      thread = g_thread_new ("close", close_and_tell_thread, &closing);
      while (g_atomic_int_get (&closing.n_told) < 2)
        g_main_context_iteration (NULL, TRUE);
      g_thread_join (thread);
      g_object_unref (closing.iterator);
    }
}

/* A run that one of its own functions drops. */
typedef struct
{
  PlIterator *iterator;
  GTask *task;
  int dones;
} PlTestDrop;

static gboolean
end_dropped (PlWorker *worker, PlStageStatus *status, gpointer user_data, GError **error)
{
  PlTestDrop *drop = user_data;

  drop->dones++;
  return TRUE;
}

static void
drop_in_function (const GValue *element, GTask *task, PlWorker *worker, gpointer user_data)
{
  PlTestDrop *drop = user_data;

  if (g_value_get_int (element) == 3)
    g_clear_object (&drop->iterator);
  answer (task, element);
}

static void
dropped_cb (GCancellable *cancellable, gpointer user_data)
{
  PlTestDrop *drop = user_data;

  g_clear_object (&drop->iterator);
  g_task_return_boolean (drop->task, FALSE);
  g_clear_object (&drop->task);
}

/* Its cancellable fires when the element has timed out. */
static void
drop_when_cancelled (const GValue *element, GTask *task, PlWorker *worker, gpointer user_data)
{
  PlTestDrop *drop = user_data;

  drop->task = g_object_ref (task);
  g_cancellable_connect (g_task_get_cancellable (task), G_CALLBACK (dropped_cb), drop, NULL);
}

static void
drop_inside (PlTaskFunc func, guint timeout)
{
  PlTestDrop drop = { NULL };
  PlStage *stage = make_endless_stage (func, &drop);

  pl_stage_set_on_done (stage, end_dropped, &drop, NULL);
  pl_stage_set_maxsize (stage, 0);
  pl_stage_set_timeout (stage, timeout);

  drop.iterator = pl_stage_iterate (stage);
  while (drop.dones == 0)
    g_main_context_iteration (NULL, TRUE);

  g_assert_null (drop.iterator);
  pl_test_settle ();
  g_assert_finalize_object (stage);
}

static void
test_dropping_inside_of_a_function (void)
{
  drop_inside (drop_in_function, 0);
}

static void
test_dropping_inside_of_a_cancelled_handler (void)
{
  drop_inside (drop_when_cancelled, 1);
}

/* What becomes of a run whose context nobody iterates any more. */

static void
collect_and_leave (PlStage *stage)
{
  pl_test_assert_sorted_ints (stage, "1 2 3 4 5");
}

static void
take_and_leave (PlStage *stage)
{
  g_autoptr(PlIterator) iterator = pl_stage_iterate (stage);

  pl_test_take_int (iterator);
}

static void
fill_and_leave (PlStage *stage)
{
  g_autoptr(GListModel) list = pl_stage_to_list_model (stage);

  pl_test_iterate_until_filled (list, 1);
}

static void
leave_context (void (*leave) (PlStage *))
{
  GMainContext *context = g_main_context_new ();
  g_auto(PlTestPlace) place = { NULL };
  PlStage *stage = make_stage (take_no_steps, &place);

  g_main_context_push_thread_default (context);
  leave (stage);
  g_main_context_pop_thread_default (context);

  g_clear_pointer (&place.context, g_main_context_unref);
  g_main_context_unref (context);
  g_assert_finalize_object (stage);
  g_assert_cmpint (place.frees, ==, 1);
}

static void
test_context_goes_with_a_run_that_has_ended (void)
{
  leave_context (collect_and_leave);
}

static void
test_context_goes_with_a_run_that_is_dropped (void)
{
  leave_context (take_and_leave);
}

static void
test_context_goes_with_a_list_model (void)
{
  leave_context (fill_and_leave);
}

/* Runs next to each other. */

static void
test_list_model_of_task_stages (void)
{
  g_auto(PlTestPlace) place = get_place ();
  g_autoptr(PlStage) first = make_stage (take_steps, &place);
  g_autoptr(PlStage) second = pl_task_map (first, take_steps, &place, NULL);
  g_autoptr(GListModel) list = pl_stage_to_list_model (second);

  pl_test_iterate_until_ended (list);
  g_assert_no_error (pl_list_model_get_error (PL_LIST_MODEL (list)));
  g_assert_cmpuint (g_list_model_get_n_items (list), ==, N_ELEMENTS);
  g_assert_cmpint (place.steps, ==, 2 * (N_STEPS + 1) * N_ELEMENTS + 2);
}

/* Runs a whole pipeline for each element, on the same context. */
static void
run_another (const GValue *element, GTask *task, PlWorker *worker, gpointer user_data)
{
  g_autoptr(PlStage) stage = make_stage (take_steps, user_data);

  pl_test_assert_sorted_ints (stage, "1 2 3 4 5");
  g_assert_true (pl_worker_get_current () == worker);
  answer (task, element);
}

static void
test_function_waits_for_another_run (gconstpointer data)
{
  guint workers = GPOINTER_TO_UINT (data);
  g_auto(PlTestPlace) place = get_place ();
  g_autoptr(PlStage) stage = make_stage (run_another, &place);

  pl_stage_set_workers (stage, workers);
  pl_test_assert_sorted_ints (stage, "1 2 3 4 5");
  g_assert_cmpint (place.steps, ==, N_ELEMENTS * ((N_STEPS + 1) * N_ELEMENTS + 2) + 2);
  g_assert_cmpint (place.dones, ==, N_ELEMENTS + 1);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);

  g_test_add_func ("/context/starters-private-context", test_starters_private_context);
  g_test_add_func ("/context/blocking-calls-need-no-loop", test_blocking_calls_need_no_loop);
  g_test_add_func ("/context/blocking-inside-of-a-loop", test_blocking_inside_of_a_loop);
  g_test_add_func ("/context/taking-without-waiting", test_taking_without_waiting);
  g_test_add_func ("/context/taking-what-never-comes", test_taking_what_never_comes);
  g_test_add_func ("/context/starter-inside-of-a-dispatch", test_starter_inside_of_a_dispatch);
  g_test_add_func ("/context/threads-private-context", test_threads_private_context);
  g_test_add_func ("/context/background-context", test_background_context);
  g_test_add_func ("/context/loop-runs-elsewhere", test_loop_runs_elsewhere);
  g_test_add_func ("/context/next-on-another-thread", test_next_on_another_thread);
  g_test_add_data_func ("/context/threads-wait-on-one-context/default", NULL,
                        test_threads_wait_on_one_context);
  g_test_add_data_func ("/context/threads-wait-on-one-context/private", "private",
                        test_threads_wait_on_one_context);
  g_test_add_func ("/context/completions-come-to-the-caller",
                   test_completions_come_to_the_caller);
  g_test_add_data_func ("/context/another-thread-ends-the-run/close", "close",
                        test_another_thread_ends_the_run);
  g_test_add_data_func ("/context/another-thread-ends-the-run/drop", NULL,
                        test_another_thread_ends_the_run);
  g_test_add_func ("/context/all-who-wait-for-the-end-are-told",
                   test_all_who_wait_for_the_end_are_told);
  g_test_add_func ("/context/dropping-inside-of-a-function", test_dropping_inside_of_a_function);
  g_test_add_func ("/context/dropping-inside-of-a-cancelled-handler",
                   test_dropping_inside_of_a_cancelled_handler);
  g_test_add_func ("/context/goes-with-a-run-that-has-ended",
                   test_context_goes_with_a_run_that_has_ended);
  g_test_add_func ("/context/goes-with-a-run-that-is-dropped",
                   test_context_goes_with_a_run_that_is_dropped);
  g_test_add_func ("/context/goes-with-a-list-model", test_context_goes_with_a_list_model);
  g_test_add_func ("/context/list-model-of-task-stages", test_list_model_of_task_stages);
  g_test_add_data_func ("/context/function-waits-for-another-run/one-worker", GUINT_TO_POINTER (1),
                        test_function_waits_for_another_run);
  g_test_add_data_func ("/context/function-waits-for-another-run/two-workers",
                        GUINT_TO_POINTER (2), test_function_waits_for_another_run);

  return pl_test_run ();
}
