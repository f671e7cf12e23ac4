/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-kept.h"
#include "pl-test-owner.h"
#include "pl-test-process.h"
#include "pl-test-thread.h"

#include <glib-unix.h>
#include <unistd.h>

/* A call that waits for elements no longer than until something can be read from a file
 * descriptor. */

/* A pipe: with something in it, or without. */
typedef struct
{
  int fds[2];
} PlTestPipe;

static void
pl_test_pipe_clear (PlTestPipe *self)
{
  close (self->fds[0]);
  close (self->fds[1]);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PlTestPipe, pl_test_pipe_clear)

static PlTestPipe
pl_test_pipe_open (void)
{
  PlTestPipe self;

  g_assert_true (g_unix_open_pipe (self.fds, FD_CLOEXEC, NULL));
  return self;
}

static void
pl_test_pipe_fill (PlTestPipe *self)
{
  g_assert_cmpint (write (self->fds[1], "x", 1), ==, 1);
}

static void
pl_test_pipe_empty (PlTestPipe *self)
{
  char byte;

  g_assert_cmpint (read (self->fds[0], &byte, 1), ==, 1);
}

static void
assert_would_block (PlIterator *iterator, PlTestPipe *pipe)
{
  g_autoptr(GError) error = NULL;
  gboolean is_readable;
  guint n;

  g_assert_null (pl_iterator_next_values_or_fd (iterator, 64, pipe->fds[0], &n, &is_readable,
                                                &error));
  g_assert_no_error (error);
  g_assert_true (is_readable);
  g_assert_cmpuint (n, ==, 0);
}

/* Takes until the end: elements are from @first on. */
static void
assert_rest (PlIterator *iterator, PlTestPipe *pipe, int first, int last)
{
  g_autoptr(GError) error = NULL;
  gboolean is_readable;
  const GValue *values;
  guint n;

  while ((values = pl_iterator_next_values_or_fd (iterator, 3, pipe->fds[0], &n, &is_readable,
                                                  &error)) != NULL)
    {
      g_assert_false (is_readable);
      g_assert_cmpuint (n, >=, 1);
      g_assert_cmpuint (n, <=, 3);
      for (guint i = 0; i < n; i++)
        g_assert_cmpint (g_value_get_int (&values[i]), ==, first++);
    }
  g_assert_no_error (error);
  g_assert_false (is_readable);
  g_assert_cmpint (first, ==, last + 1);
}

/* Pipelines that give 1, 2, 3…, the first of which waits for the test. */

static int *gate; /* shared: how many elements may pass */

static gboolean
pass_gate (const GValue *element,
           GValue *result,
           PlWorker *worker,
           gpointer user_data,
           GError **error)
{
  GCancellable *cancellable = pl_worker_get_cancellable (worker);

  while (g_value_get_int (element) >= g_atomic_int_get ((int *) user_data) &&
         !g_cancellable_is_cancelled (cancellable))
    g_usleep (100);
  return pl_test_add1 (element, result, worker, NULL, error);
}

static gboolean
pass (const GValue *element,
      GValue *result,
      PlWorker *worker,
      gpointer user_data,
      GError **error)
{
  g_value_init (result, G_TYPE_INT);
  g_value_set_int (result, g_value_get_int (element));
  return TRUE;
}

typedef PlStage *(*PlTestMake) (void);

static PlStage *
make_thread (void)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 20);

  return pl_thread_map (numbers, pass_gate, gate, NULL);
}

static PlStage *
make_process (void)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 20);

  return pl_test_process.map (numbers, pass_gate, gate, NULL);
}

static PlStage *
make_sync_over_thread (void)
{
  g_autoptr(PlStage) gated = make_thread ();

  return pl_sync_map (gated, pass, NULL, NULL);
}

static PlStage *
make_task_over_thread (void)
{
  g_autoptr(PlStage) gated = make_thread ();

  return pl_task_map (gated, pl_test_answer_same, NULL, NULL);
}

static PlStage *
make_sync_over_task (void)
{
  g_autoptr(PlStage) answered = make_task_over_thread ();

  return pl_sync_map (answered, pass, NULL, NULL);
}

static PlStage *
make_thread_over_task (void)
{
  g_autoptr(PlStage) answered = make_task_over_thread ();

  return pl_thread_map (answered, pass, NULL, NULL);
}

typedef struct
{
  const char *name;
  PlTestMake make;
  gboolean is_owned; /* another thread has the main context of task stages */
} PlTestPipeline;

static const PlTestPipeline pipelines[] = {
  { "thread", make_thread, FALSE },
  { "process", make_process, FALSE },
  { "sync-over-thread", make_sync_over_thread, FALSE },
  { "task", make_task_over_thread, FALSE },
  { "task-elsewhere", make_task_over_thread, TRUE },
  { "sync-over-task", make_sync_over_task, FALSE },
  { "sync-over-task-elsewhere", make_sync_over_task, TRUE },
  { "thread-over-task", make_thread_over_task, FALSE },
  { "thread-over-task-elsewhere", make_thread_over_task, TRUE },
};

/* Runs a pipeline, of which some elements may pass at first, on the context of @owner if it is to
 * have one. */
static PlIterator *
start (const PlTestPipeline *pipeline, PlTestOwner *owner, int n_passing)
{
  g_autoptr(PlStage) stage = pipeline->make ();

  if (pipeline->is_owned)
    pl_test_owner_start (owner);
  g_atomic_int_set (gate, n_passing);
  return pl_stage_iterate_on (stage, 0, owner->context);
}

static void
test_elements_come_and_the_end (gconstpointer data)
{
  const PlTestPipeline *pipeline = data;
  g_auto(PlTestOwner) owner = { 0 };
  g_auto(PlTestPipe) pipe = pl_test_pipe_open ();
  g_autoptr(PlIterator) iterator = start (pipeline, &owner, 20);

  assert_rest (iterator, &pipe, 1, 20);
}

/* Whenever something can be read, and as often as that: the run goes on after that. */
static void
test_call_is_interrupted (gconstpointer data)
{
  const PlTestPipeline *pipeline = data;
  g_auto(PlTestOwner) owner = { 0 };
  g_auto(PlTestPipe) pipe = pl_test_pipe_open ();
  g_autoptr(PlIterator) iterator = start (pipeline, &owner, 0);
  g_autoptr(GError) error = NULL;
  const GValue *values;
  gboolean is_readable;
  guint n;

  for (int i = 0; i < 3; i++)
    {
      pl_test_pipe_fill (&pipe);
      assert_would_block (iterator, &pipe);
      assert_would_block (iterator, &pipe);
      pl_test_pipe_empty (&pipe);

      g_atomic_int_inc (gate);
      values = pl_iterator_next_values_or_fd (iterator, 64, pipe.fds[0], &n, &is_readable, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (n, ==, 1);
      g_assert_cmpint (g_value_get_int (&values[0]), ==, i + 1);
    }

  g_atomic_int_set (gate, 20);
  assert_rest (iterator, &pipe, 4, 20);
}

/* Something comes while the call waits: there is nothing else that it could wait for. */
static gpointer
fill_thread (gpointer data)
{
  pl_test_pipe_fill (data);
  return NULL;
}

static void
test_waiting_call_is_interrupted (gconstpointer data)
{
  const PlTestPipeline *pipeline = data;
  g_auto(PlTestOwner) owner = { 0 };
  g_auto(PlTestPipe) pipe = pl_test_pipe_open ();
  g_autoptr(PlIterator) iterator = start (pipeline, &owner, 0);

  for (guint round = 0; round < pl_test_rounds (100); round++)
    {
      GThread *thread = g_thread_new ("fill", fill_thread, &pipe);

      assert_would_block (iterator, &pipe);
      g_thread_join (thread);
      pl_test_pipe_empty (&pipe);
    }
  g_atomic_int_set (gate, 20);
  assert_rest (iterator, &pipe, 1, 20);
}

static void
test_error_comes_once (void)
{
  g_auto(PlTestPipe) pipe = pl_test_pipe_open ();
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 1);
  g_autoptr(PlStage) stage = pl_thread_map (numbers, pl_test_fail, GINT_TO_POINTER (0), NULL);
  g_autoptr(PlIterator) iterator = pl_stage_iterate (stage);
  g_autoptr(GError) error = NULL;
  gboolean is_readable;
  guint n;

  g_assert_null (pl_iterator_next_values_or_fd (iterator, 64, pipe.fds[0], &n, &is_readable,
                                                &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
  g_assert_false (is_readable);
  assert_rest (iterator, &pipe, 1, 0);
}

/* What is there comes first. */
static void
test_elements_come_before_the_file (void)
{
  g_auto(PlTestPipe) pipe = pl_test_pipe_open ();
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 20);
  g_autoptr(PlStage) stage = pl_sync_map (numbers, pl_test_add1, NULL, NULL);
  g_autoptr(PlIterator) iterator = pl_stage_iterate (stage);

  pl_test_pipe_fill (&pipe);
  assert_rest (iterator, &pipe, 1, 20);
}

/* Though sync stages have enough to do. */
static void
test_busy_sync_stage_is_interrupted (void)
{
  PlTestCounts counts = { 0 };
  g_auto(PlTestPipe) pipe = pl_test_pipe_open ();
  g_autoptr(PlStage) endless = pl_source_new_for_func (pl_test_count_up, &counts, NULL);
  g_autoptr(PlStage) none = pl_sync_filter (endless, pl_test_keep_none, NULL, NULL);
  g_autoptr(PlIterator) iterator = pl_stage_iterate (none);

  pl_test_pipe_fill (&pipe);
  assert_would_block (iterator, &pipe);
  assert_would_block (iterator, &pipe);
}

/* And though a main context has. */
static gboolean
go_on_cb (gpointer user_data)
{
  return G_SOURCE_CONTINUE;
}

static void
test_busy_context_is_interrupted (void)
{
  g_auto(PlTestPipe) pipe = pl_test_pipe_open ();
  g_auto(PlTestKept) kept = PL_TEST_KEPT_INIT;
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 1);
  g_autoptr(PlStage) stage = pl_task_map (numbers, pl_test_keep, &kept, NULL);
  g_autoptr(PlIterator) iterator = pl_stage_iterate (stage);
  guint id = g_idle_add_full (G_PRIORITY_DEFAULT, go_on_cb, NULL, NULL);

  pl_test_pipe_fill (&pipe);
  assert_would_block (iterator, &pipe);
  g_source_remove (id);
}

/* The thread that has the main context leaves it: then this one is to iterate it. */
typedef struct
{
  PlStage *stage;
  GMainContext *context;
} PlTestDrain;

static gpointer
drain_thread (gpointer data)
{
  PlTestDrain *self = data;
  g_autoptr(PlIterator) iterator = pl_stage_iterate_on (self->stage, 0, self->context);
  g_auto(GValue) value = G_VALUE_INIT;

  while (pl_iterator_next (iterator, &value, NULL, NULL))
    continue;
  return NULL;
}

static gpointer
answer_thread (gpointer data)
{
  PlTestKept *kept = data;

  /* Not before the other thread has come to wait. */
  g_usleep (1000);
  pl_test_return_add1 (g_ptr_array_index (kept->tasks, 0));
  return NULL;
}

static void
test_context_of_another_is_taken_over (void)
{
  for (guint round = 0; round < pl_test_rounds (200); round++)
    {
      g_autoptr(GMainContext) context = g_main_context_new ();
      g_auto(PlTestKept) kept = PL_TEST_KEPT_INIT;
      g_auto(PlTestPipe) pipe = pl_test_pipe_open ();
      g_autoptr(PlStage) numbers = pl_source_new_range (0, 1);
      g_autoptr(PlStage) stage = pl_task_map (numbers, pl_test_keep, &kept, NULL);
      g_autoptr(PlStage) many = pl_source_new_range (0, 2000);
      g_autoptr(PlStage) plain = pl_task_map (many, pl_test_answer_same, NULL, NULL);
      g_autoptr(PlIterator) iterator = NULL;
      PlTestDrain other = { plain, context };
      GThread *drain, *answer;

      g_main_context_push_thread_default (context);
      iterator = pl_stage_iterate (stage);
      while (kept.tasks->len == 0)
        g_main_context_iteration (context, TRUE);
      g_main_context_pop_thread_default (context);

      drain = g_thread_new ("drain", drain_thread, &other);
      answer = g_thread_new ("answer", answer_thread, &kept);
      assert_rest (iterator, &pipe, 1, 1);
      g_thread_join (drain);
      g_thread_join (answer);
    }
}

static void
test_other_calls_go_on (void)
{
  g_auto(PlTestPipe) pipe = pl_test_pipe_open ();
  g_autoptr(PlStage) stage = make_task_over_thread ();
  g_autoptr(PlIterator) iterator = NULL;

  pl_test_pipe_fill (&pipe);
  g_atomic_int_set (gate, 0);
  iterator = pl_stage_iterate (stage);
  for (int i = 0; i < 5; i++)
    {
      assert_would_block (iterator, &pipe);
      g_atomic_int_inc (gate);
      g_assert_cmpint (pl_test_take_int (iterator), ==, i + 1);
    }
}

static void
test_other_thread_may_close (void)
{
  for (guint round = 0; round < pl_test_rounds (200); round++)
    {
      g_auto(PlTestPipe) pipe = pl_test_pipe_open ();
      g_autoptr(PlStage) stage = make_thread ();
      g_autoptr(PlIterator) iterator = NULL;
      g_autoptr(GError) error = NULL;
      GThread *thread;
      gboolean is_readable;
      guint n;

      g_atomic_int_set (gate, 0);
      iterator = pl_stage_iterate (stage);
      thread = g_thread_new ("close", pl_test_close_thread, iterator);
      g_assert_null (pl_iterator_next_values_or_fd (iterator, 64, pipe.fds[0], &n, &is_readable,
                                                    &error));
      g_assert_false (is_readable);
      if (error != NULL)
        g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      g_thread_join (thread);
    }
}

static void
test_no_file_is_left_open (void)
{
  g_auto(PlTestPipe) pipe = pl_test_pipe_open ();
  guint n_fds;

  pl_test_pipe_fill (&pipe);
  g_atomic_int_set (gate, 0);
  n_fds = pl_test_count_fds ();
  for (int i = 0; i < 20; i++)
    {
      g_autoptr(PlStage) stage = i % 2 == 0 ? make_thread () : make_task_over_thread ();
      g_autoptr(PlIterator) iterator = pl_stage_iterate (stage);

      assert_would_block (iterator, &pipe);
      assert_would_block (iterator, &pipe);
    }
  g_assert_cmpuint (pl_test_count_fds (), ==, n_fds);
}

static void
test_arguments_are_checked (void)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 1);
  g_autoptr(PlIterator) iterator = pl_stage_iterate (numbers);
  gboolean is_readable;
  guint n;

#define EXPECT(pattern) g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, pattern)
  EXPECT ("pl_iterator_next_values_or_fd:*fd*");
  g_assert_null (pl_iterator_next_values_or_fd (iterator, 1, -1, &n, &is_readable, NULL));
  EXPECT ("pl_iterator_next_values_or_fd:*max_values*");
  g_assert_null (pl_iterator_next_values_or_fd (iterator, 0, 0, &n, &is_readable, NULL));
  EXPECT ("pl_iterator_next_values_or_fd:*n_values*");
  g_assert_null (pl_iterator_next_values_or_fd (iterator, 1, 0, NULL, &is_readable, NULL));
  EXPECT ("pl_iterator_next_values_or_fd:*is_readable*");
  g_assert_null (pl_iterator_next_values_or_fd (iterator, 1, 0, &n, NULL, NULL));
  g_test_assert_expected_messages ();
}

static void
add_for_pipelines (const char *name, GTestDataFunc func)
{
  for (guint i = 0; i < G_N_ELEMENTS (pipelines); i++)
    {
      g_autofree char *path = g_strdup_printf ("/iterator-fd/%s/%s", name, pipelines[i].name);

      g_test_add_data_func (path, &pipelines[i], func);
    }
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  gate = pl_test_new_shared (int);

  add_for_pipelines ("elements-come-and-the-end", test_elements_come_and_the_end);
  add_for_pipelines ("call-is-interrupted", test_call_is_interrupted);
  add_for_pipelines ("waiting-call-is-interrupted", test_waiting_call_is_interrupted);

#define ADD(name, func) g_test_add_func ("/iterator-fd/" name, func)
  ADD ("error-comes-once", test_error_comes_once);
  ADD ("elements-come-before-the-file", test_elements_come_before_the_file);
  ADD ("busy-sync-stage-is-interrupted", test_busy_sync_stage_is_interrupted);
  ADD ("busy-context-is-interrupted", test_busy_context_is_interrupted);
  ADD ("context-of-another-is-taken-over", test_context_of_another_is_taken_over);
  ADD ("other-calls-go-on", test_other_calls_go_on);
  ADD ("other-thread-may-close", test_other_thread_may_close);
  ADD ("no-file-is-left-open", test_no_file_is_left_open);
  ADD ("arguments-are-checked", test_arguments_are_checked);

  return pl_test_run ();
}
