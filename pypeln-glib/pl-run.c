/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-run-private.h"

#include "pl-stage-private.h"
#include "pl-worker-private.h"

/* One execution of a pipeline: its queues, its workers, its threads, its first error.
 *
 * A run is built (see pl-run-builder.c), started, and then ends in one of two ways: its threads
 * come to the end of their elements, or it is cancelled, by an error or by the consumer. Cancelling
 * ends all queues and fires the workers' cancellables, which wakes whoever waits; the threads then
 * end by themselves. Either way the run is over when its last thread is, and the consumer, which
 * learns of it from its own queue or from the waker it left, joins them before it tells.
 *
 * The consumer holds the run, and so does each of its threads. */

struct _PlRun
{
  gatomicrefcount ref_count;

  /* fixed when the run starts */
  GPtrArray *nodes;
  GPtrArray *queues;
  PlInput input; /* where the consumer takes elements */

  /* atomic */
  gboolean is_cancelled;

  /* under the mutex */
  GMutex mutex;
  GError *error;
  GPtrArray *threads; /* GThread: not joined yet */
  guint n_threads;    /* not ended yet */
  PlWaker *waker;

  /* held while threads are joined */
  GMutex join_mutex;
};

typedef struct
{
  PlRun *run;
  GFunc func;
  gpointer data;
} PlRunThread;

/* The run that this thread works for. */
static _Thread_local PlRun *current_run;

PlRun *
pl_run_new (void)
{
  PlRun *self = g_new0 (PlRun, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->nodes = g_ptr_array_new_with_free_func ((GDestroyNotify) pl_node_free);
  self->queues = g_ptr_array_new_with_free_func ((GDestroyNotify) pl_queue_free);
  self->threads = g_ptr_array_new_with_free_func ((GDestroyNotify) g_thread_unref);
  g_mutex_init (&self->mutex);
  g_mutex_init (&self->join_mutex);
  return self;
}

PlRun *
pl_run_ref (PlRun *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
pl_run_unref (PlRun *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_ptr_array_unref (self->nodes);
  g_ptr_array_unref (self->queues);
  g_ptr_array_unref (self->threads);
  g_clear_pointer (&self->waker, pl_waker_unref);
  g_clear_error (&self->error);
  g_mutex_clear (&self->mutex);
  g_mutex_clear (&self->join_mutex);
  g_free (self);
}

const PlInput *
pl_run_get_input (PlRun *self)
{
  return &self->input;
}

void
pl_run_set_input (PlRun *self, const PlInput *input)
{
  self->input = *input;
}

PlQueue *
pl_run_add_queue (PlRun *self, guint bound)
{
  PlQueue *queue = pl_queue_new (bound);

  g_ptr_array_add (self->queues, queue);
  return queue;
}

void
pl_run_add_node (PlRun *self, PlNode *node)
{
  g_ptr_array_add (self->nodes, node);
}

/* Moves what a worker without a thread makes into the queues of its stage's consumers. */
static void
pl_run_feed (gpointer data, gpointer user_data)
{
  PlNode *node = data;
  const PlInput input = { .worker = g_ptr_array_index (node->workers, 0) };
  g_auto(PlElement) element = PL_ELEMENT_INIT;

  while (pl_input_take (&input, &element, TRUE) == PL_FLOW_OK)
    {
      if (!pl_node_put (node, &element, NULL))
        break;
    }

  pl_input_finish (&input);
}

/* Starts what runs @node: a thread for each worker; one thread that feeds the consumers of a worker
 * without one; none where the consumer is to run the worker. */
static void
pl_run_start_node (PlRun *self, PlNode *node)
{
  gboolean has_feeder = node->queue == NULL && node->outputs->len > 0;
  GError *error = NULL;

  for (guint i = 0; i < node->workers->len; i++)
    {
      PlWorker *worker = g_ptr_array_index (node->workers, i);
      gboolean started = TRUE;

      if (has_feeder)
        started = error == NULL && pl_run_spawn (self, node, pl_run_feed, node, &error);
      else if (node->queue != NULL)
        started = error == NULL && pl_worker_start (worker, &error);

      if (!started)
        pl_input_finish (&(PlInput) { .worker = worker });
    }

  if (error != NULL)
    {
      pl_stage_prefix_error (node->stage, &node->settings, "", &error);
      pl_run_fail (self, error);
    }
}

/* Starts everything; what fails is told by the run's error. */
void
pl_run_start (PlRun *self)
{
  for (guint i = 0; i < self->nodes->len; i++)
    pl_run_start_node (self, g_ptr_array_index (self->nodes, i));
}

static gpointer
pl_run_thread_main (gpointer data)
{
  PlRunThread *thread = data;
  PlRun *self = thread->run;

  current_run = self;
  thread->func (thread->data, NULL);
  g_free (thread);

  g_mutex_lock (&self->mutex);
  if (--self->n_threads == 0 && self->waker != NULL)
    pl_waker_wake (self->waker);
  g_mutex_unlock (&self->mutex);

  pl_run_unref (self);
  return NULL;
}

/* Runs @func in a thread of the run, which is named after @node. */
gboolean
pl_run_spawn (PlRun *self, PlNode *node, GFunc func, gpointer data, GError **error)
{
  g_autofree char *name = g_strdup_printf ("pl-%s", pl_stage_get_label (node->stage,
                                                                        &node->settings));
  PlRunThread *thread = g_new0 (PlRunThread, 1);
  GThread *handle;

  thread->run = pl_run_ref (self);
  thread->func = func;
  thread->data = data;

  /* Under the mutex, so that the thread cannot be seen to end before it is seen at all. */
  g_mutex_lock (&self->mutex);
  handle = g_thread_try_new (name, pl_run_thread_main, thread, error);
  if (handle != NULL)
    {
      g_ptr_array_add (self->threads, handle);
      self->n_threads++;
    }
  g_mutex_unlock (&self->mutex);

  if (handle != NULL)
    return TRUE;

  g_prefix_error (error, "Cannot start a thread (fewer workers need fewer of them): ");
  g_free (thread);
  pl_run_unref (self);
  return FALSE;
}

gboolean
pl_run_is_cancelled (PlRun *self)
{
  return g_atomic_int_get (&self->is_cancelled);
}

static void
pl_run_cancel (PlRun *self)
{
  for (guint i = 0; i < self->queues->len; i++)
    pl_queue_cancel (g_ptr_array_index (self->queues, i));

  for (guint i = 0; i < self->nodes->len; i++)
    {
      PlNode *node = g_ptr_array_index (self->nodes, i);

      for (guint j = 0; j < node->workers->len; j++)
        {
          PlWorker *worker = g_ptr_array_index (node->workers, j);

          g_cancellable_cancel (worker->cancellable);
        }
    }
}

/* Cancels the run. The first call's error, which is taken, is the run's. */
void
pl_run_fail (PlRun *self, GError *error)
{
  gboolean is_first;

  g_mutex_lock (&self->mutex);
  is_first = !self->is_cancelled;
  if (is_first)
    {
      self->error = error;
      g_atomic_int_set (&self->is_cancelled, TRUE);
    }
  g_mutex_unlock (&self->mutex);

  if (is_first)
    pl_run_cancel (self);
  else
    g_error_free (error);
}

/* Tells whether all threads have ended. If not, @waker is woken when they have. */
gboolean
pl_run_is_over (PlRun *self, PlWaker *waker)
{
  gboolean is_over;

  g_mutex_lock (&self->mutex);
  is_over = self->n_threads == 0;
  if (!is_over && self->waker != waker)
    {
      g_clear_pointer (&self->waker, pl_waker_unref);
      self->waker = pl_waker_ref (waker);
    }
  g_mutex_unlock (&self->mutex);

  return is_over;
}

/* Waits until all threads have ended. From a thread of this run, as when one of its functions drops
 * the last reference to the iterator, it does not: such a thread ends after the function. */
void
pl_run_join (PlRun *self)
{
  g_autoptr(GPtrArray) threads = NULL;

  if (current_run == self)
    return;

  g_mutex_lock (&self->join_mutex);

  g_mutex_lock (&self->mutex);
  threads = self->threads;
  self->threads = g_ptr_array_new_with_free_func ((GDestroyNotify) g_thread_unref);
  g_mutex_unlock (&self->mutex);

  g_ptr_array_set_free_func (threads, NULL);
  for (guint i = 0; i < threads->len; i++)
    g_thread_join (g_ptr_array_index (threads, i));

  g_mutex_unlock (&self->join_mutex);
}

/* The run's error, once. */
GError *
pl_run_steal_error (PlRun *self)
{
  GError *error;

  g_mutex_lock (&self->mutex);
  error = g_steal_pointer (&self->error);
  g_mutex_unlock (&self->mutex);

  return error;
}
