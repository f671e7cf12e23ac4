/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-queue-private.h"
#include "pl-test-util.h"

#define N_PRODUCERS 3
#define N_CONSUMERS 3
#define N_ELEMENTS 300

typedef struct
{
  PlQueue *queue;
  int n_pushed;
  int n_refused;
  int sum;
  gboolean is_at_end;
} PlTestQueue;

static gboolean
push_int (PlQueue *queue, int number)
{
  g_auto(PlElement) element = PL_ELEMENT_INIT;

  g_value_init (&element.value, G_TYPE_INT);
  g_value_set_int (&element.value, number);
  return pl_queue_push (queue, &element, TRUE, NULL) == PL_FLOW_OK;
}

/* Does not wait: @waker is woken when there may be a place. */
static PlFlow
try_to_push_int (PlQueue *queue, int number, PlWaker *waker)
{
  g_auto(PlElement) element = PL_ELEMENT_INIT;

  g_value_init (&element.value, G_TYPE_INT);
  g_value_set_int (&element.value, number);
  return pl_queue_push (queue, &element, FALSE, waker);
}

static void
take_int (PlQueue *queue, int number)
{
  g_auto(PlElement) element = PL_ELEMENT_INIT;

  g_assert_cmpint (pl_queue_take (queue, &element, TRUE, NULL), ==, PL_FLOW_OK);
  g_assert_cmpint (g_value_get_int (&element.value), ==, number);
}

static gpointer
push_thread (gpointer data)
{
  PlTestQueue *test = data;

  for (int i = 1; i <= N_ELEMENTS; i++)
    {
      if (push_int (test->queue, i))
        g_atomic_int_inc (&test->n_pushed);
      else
        g_atomic_int_inc (&test->n_refused);
    }

  pl_queue_remove_producer (test->queue);
  return NULL;
}

static gpointer
take_thread (gpointer data)
{
  PlTestQueue *test = data;
  g_auto(PlElement) element = PL_ELEMENT_INIT;

  while (pl_queue_take (test->queue, &element, TRUE, NULL) == PL_FLOW_OK)
    {
      g_atomic_int_add (&test->sum, g_value_get_int (&element.value));
      pl_element_clear (&element);
    }

  return NULL;
}

static void
test_first_in_first_out (void)
{
  g_autoptr(PlQueue) queue = pl_queue_new (0);
  g_auto(PlElement) element = PL_ELEMENT_INIT;

  pl_queue_add_producer (queue);
  for (int i = 0; i < 5; i++)
    g_assert_true (push_int (queue, i));
  pl_queue_remove_producer (queue);

  for (int i = 0; i < 5; i++)
    {
      g_assert_cmpint (pl_queue_take (queue, &element, TRUE, NULL), ==, PL_FLOW_OK);
      g_assert_cmpint (g_value_get_int (&element.value), ==, i);
      pl_element_clear (&element);
    }
  g_assert_cmpint (pl_queue_take (queue, &element, TRUE, NULL), ==, PL_FLOW_END);
  g_assert_cmpint (pl_queue_take (queue, &element, FALSE, NULL), ==, PL_FLOW_END);
}

static void
test_bound_is_exact (void)
{
  PlTestQueue test = { .queue = pl_queue_new (3) };
  g_auto(PlElement) element = PL_ELEMENT_INIT;
  g_autoptr(GThread) thread = NULL;

  pl_queue_add_producer (test.queue);
  thread = g_thread_new ("producer", push_thread, &test);

  /* One element taken lets in one more, and no other. */
  for (int n = 3; n < N_ELEMENTS; n++)
    {
      pl_test_wait_for (&test.n_pushed, n);
      g_assert_cmpint (g_atomic_int_get (&test.n_pushed), ==, n);
      g_assert_cmpint (pl_queue_take (test.queue, &element, TRUE, NULL), ==, PL_FLOW_OK);
      pl_element_clear (&element);
    }

  g_thread_join (g_steal_pointer (&thread));
  pl_queue_free (test.queue);
}

static void
test_cancel_wakes_producers (void)
{
  PlTestQueue test = { .queue = pl_queue_new (1) };
  GThread *threads[N_PRODUCERS];

  for (int i = 0; i < N_PRODUCERS; i++)
    {
      pl_queue_add_producer (test.queue);
      threads[i] = g_thread_new ("producer", push_thread, &test);
    }

  pl_test_wait_for (&test.n_pushed, 1);
  pl_queue_cancel (test.queue);
  for (int i = 0; i < N_PRODUCERS; i++)
    g_thread_join (threads[i]);

  g_assert_cmpint (test.n_pushed, ==, 1);
  g_assert_cmpint (test.n_refused, ==, N_PRODUCERS * N_ELEMENTS - 1);
  pl_queue_free (test.queue);
}

static void
test_cancel_wakes_consumers (void)
{
  PlTestQueue test = { .queue = pl_queue_new (0) };
  GThread *threads[N_CONSUMERS];

  pl_queue_add_producer (test.queue);
  for (int i = 0; i < N_CONSUMERS; i++)
    threads[i] = g_thread_new ("consumer", take_thread, &test);

  pl_queue_cancel (test.queue);
  for (int i = 0; i < N_CONSUMERS; i++)
    g_thread_join (threads[i]);
  pl_queue_free (test.queue);
}

static void
test_end_wakes_all_consumers (gconstpointer data)
{
  guint bound = GPOINTER_TO_UINT (data);

  /* Producers that block, consumers that sleep, and the end race each other. */
  for (guint round = 0; round < pl_test_rounds (100); round++)
    {
      PlTestQueue test = { .queue = pl_queue_new (bound) };
      GThread *producers[N_PRODUCERS];
      GThread *consumers[N_CONSUMERS];

      for (int i = 0; i < N_PRODUCERS; i++)
        pl_queue_add_producer (test.queue);
      for (int i = 0; i < N_PRODUCERS; i++)
        producers[i] = g_thread_new ("producer", push_thread, &test);
      for (int i = 0; i < N_CONSUMERS; i++)
        consumers[i] = g_thread_new ("consumer", take_thread, &test);

      for (int i = 0; i < N_PRODUCERS; i++)
        g_thread_join (producers[i]);
      for (int i = 0; i < N_CONSUMERS; i++)
        g_thread_join (consumers[i]);

      g_assert_cmpint (test.sum, ==, N_PRODUCERS * N_ELEMENTS * (N_ELEMENTS + 1) / 2);
      pl_queue_free (test.queue);
    }
}

static gboolean
waker_cb (gpointer user_data)
{
  PlTestQueue *test = user_data;
  g_auto(PlElement) element = PL_ELEMENT_INIT;
  PlFlow taken;

  while ((taken = pl_queue_take (test->queue, &element, FALSE, NULL)) == PL_FLOW_OK)
    {
      test->sum += g_value_get_int (&element.value);
      pl_element_clear (&element);
    }

  if (taken == PL_FLOW_AGAIN)
    return G_SOURCE_CONTINUE;

  test->is_at_end = TRUE;
  return G_SOURCE_REMOVE;
}

static void
test_waker_wakes_a_main_context (void)
{
  for (guint round = 0; round < pl_test_rounds (100); round++)
    {
      PlTestQueue test = { .queue = pl_queue_new (2) };
      g_autoptr(GSource) source = pl_waker_source_new ("test", waker_cb, &test, NULL);
      g_autoptr(PlWaker) waker = NULL;
      GThread *thread;

      g_source_attach (source, NULL);
      waker = pl_waker_new_for_source (source);
      pl_queue_set_waker (test.queue, waker);
      pl_queue_add_producer (test.queue);
      pl_waker_wake (waker);

      thread = g_thread_new ("producer", push_thread, &test);
      while (!test.is_at_end)
        g_main_context_iteration (NULL, TRUE);

      g_thread_join (thread);
      g_assert_cmpint (test.sum, ==, N_ELEMENTS * (N_ELEMENTS + 1) / 2);
      pl_queue_free (test.queue);
    }
}

static void
test_producers_waker_is_woken (void)
{
  g_autoptr(PlQueue) queue = pl_queue_new (1);
  g_autoptr(PlWaker) waker = pl_waker_new (NULL);

  g_assert_true (push_int (queue, 1));
  for (int i = 2; i < N_ELEMENTS; i++)
    {
      g_assert_cmpint (try_to_push_int (queue, i, waker), ==, PL_FLOW_AGAIN);
      take_int (queue, i - 1);
      pl_waker_wait (waker);
      g_assert_cmpint (try_to_push_int (queue, i, waker), ==, PL_FLOW_OK);
    }
}

static gpointer
push_with_waker_thread (gpointer data)
{
  PlTestQueue *test = data;
  g_autoptr(PlWaker) waker = pl_waker_new (NULL);

  for (int i = 1; i <= N_ELEMENTS; i++)
    {
      while (try_to_push_int (test->queue, i, waker) == PL_FLOW_AGAIN)
        pl_waker_wait (waker);
    }

  pl_queue_remove_producer (test->queue);
  return NULL;
}

/* Some producers sleep at the full queue, and some have a waker there: all get on. */
static void
test_wakers_and_sleepers_get_on (gconstpointer data)
{
  guint bound = GPOINTER_TO_UINT (data);

  for (guint round = 0; round < pl_test_rounds (50); round++)
    {
      PlTestQueue test = { .queue = pl_queue_new (bound) };
      GThread *sleepers[N_PRODUCERS];
      GThread *others[N_PRODUCERS];

      for (int i = 0; i < 2 * N_PRODUCERS; i++)
        pl_queue_add_producer (test.queue);
      for (int i = 0; i < N_PRODUCERS; i++)
        {
          sleepers[i] = g_thread_new ("sleeper", push_thread, &test);
          others[i] = g_thread_new ("waker", push_with_waker_thread, &test);
        }

      take_thread (&test);
      for (int i = 0; i < N_PRODUCERS; i++)
        {
          g_thread_join (sleepers[i]);
          g_thread_join (others[i]);
        }

      g_assert_cmpint (test.sum, ==, N_PRODUCERS * N_ELEMENTS * (N_ELEMENTS + 1));
      pl_queue_free (test.queue);
    }
}

static gpointer
push_one_thread (gpointer data)
{
  g_assert_true (push_int (data, 3));
  return NULL;
}

/* One that has found a place before it was woken does not wait for another: the next place is for
 * who sleeps. */
static void
test_waker_that_succeeds_waits_no_more (void)
{
  for (guint round = 0; round < pl_test_rounds (1000); round++)
    {
      g_autoptr(PlQueue) queue = pl_queue_new (1);
      g_autoptr(PlWaker) first = pl_waker_new (NULL);
      g_autoptr(PlWaker) second = pl_waker_new (NULL);
      GThread *sleeper;

      g_assert_true (push_int (queue, 1));
      g_assert_cmpint (try_to_push_int (queue, 2, first), ==, PL_FLOW_AGAIN);
      g_assert_cmpint (try_to_push_int (queue, 2, second), ==, PL_FLOW_AGAIN);

      take_int (queue, 1);
      g_assert_cmpint (try_to_push_int (queue, 2, second), ==, PL_FLOW_OK);

      sleeper = g_thread_new ("sleeper", push_one_thread, queue);
      for (guint i = 0; i < round % 100; i++)
        g_thread_yield ();
      take_int (queue, 2);
      g_thread_join (sleeper);
      take_int (queue, 3);
    }
}

static void
test_cancel_wakes_wakers (void)
{
  g_autoptr(PlQueue) queue = pl_queue_new (1);
  PlWaker *wakers[N_PRODUCERS];

  g_assert_true (push_int (queue, 1));
  for (int i = 0; i < N_PRODUCERS; i++)
    {
      wakers[i] = pl_waker_new (NULL);
      g_assert_cmpint (try_to_push_int (queue, 2, wakers[i]), ==, PL_FLOW_AGAIN);
    }

  pl_queue_cancel (queue);
  for (int i = 0; i < N_PRODUCERS; i++)
    {
      pl_waker_wait (wakers[i]);
      g_assert_cmpint (try_to_push_int (queue, 2, wakers[i]), ==, PL_FLOW_END);
      pl_waker_unref (wakers[i]);
    }
}

static void
test_full_queue_takes_no_more (void)
{
  g_autoptr(PlQueue) queue = pl_queue_new (1);
  g_auto(PlElement) element = PL_ELEMENT_INIT;

  g_assert_cmpuint (pl_queue_get_bound (queue), ==, 1);
  g_assert_true (push_int (queue, 1));

  g_value_init (&element.value, G_TYPE_INT);
  g_assert_cmpint (pl_queue_push (queue, &element, FALSE, NULL), ==, PL_FLOW_AGAIN);
  g_assert_true (G_VALUE_HOLDS_INT (&element.value));
  g_assert_cmpuint (pl_queue_get_length (queue), ==, 1);
}

static void
test_ring_grows_in_order (void)
{
  g_autoptr(PlQueue) queue = pl_queue_new (0);
  g_auto(PlElement) element = PL_ELEMENT_INIT;
  int n_taken = 0;

  g_assert_cmpuint (pl_queue_get_bound (queue), ==, 0);

  /* Three in, one out: each time the ring doubles, it begins somewhere else. */
  for (int i = 0; i < 3000; i++)
    {
      g_assert_true (push_int (queue, i));
      if (i % 3 > 0)
        continue;

      g_assert_cmpint (pl_queue_take (queue, &element, FALSE, NULL), ==, PL_FLOW_OK);
      g_assert_cmpint (g_value_get_int (&element.value), ==, n_taken++);
      pl_element_clear (&element);
    }

  g_assert_cmpuint (pl_queue_get_length (queue), ==, 2000);
  while (pl_queue_take (queue, &element, FALSE, NULL) == PL_FLOW_OK)
    {
      g_assert_cmpint (g_value_get_int (&element.value), ==, n_taken++);
      pl_element_clear (&element);
    }
  g_assert_cmpint (n_taken, ==, 3000);
}

static gpointer
nudged_thread (gpointer data)
{
  g_auto(PlElement) element = PL_ELEMENT_INIT;

  return GINT_TO_POINTER (pl_queue_take (data, &element, TRUE, NULL));
}

static int
borrow_int (PlQueue *queue)
{
  g_auto(PlElement) element = PL_ELEMENT_INIT;

  return pl_queue_borrow (queue, &element) ? g_value_get_int (&element.value) : -1;
}

static void
test_borrowed_elements_keep_their_places (void)
{
  g_autoptr(PlQueue) queue = pl_queue_new (2);
  g_autoptr(PlWaker) waker = pl_waker_new (NULL);

  g_assert_true (push_int (queue, 1));
  g_assert_true (push_int (queue, 2));
  for (int i = 1; i < N_ELEMENTS; i++)
    {
      g_assert_cmpint (borrow_int (queue), ==, i);
      g_assert_cmpuint (pl_queue_get_length (queue), ==, 2);
      g_assert_cmpint (try_to_push_int (queue, i + 2, waker), ==, PL_FLOW_AGAIN);
      g_assert_true (pl_queue_give_back (queue));
      pl_waker_wait (waker);
      g_assert_cmpint (try_to_push_int (queue, i + 2, waker), ==, PL_FLOW_OK);
    }

  g_assert_cmpint (borrow_int (queue), ==, N_ELEMENTS);
  g_assert_cmpint (borrow_int (queue), ==, N_ELEMENTS + 1);
  g_assert_cmpint (borrow_int (queue), ==, -1);
  pl_queue_cancel (queue);
  g_assert_false (pl_queue_give_back (queue));
}

static void
test_nudge_ends_one_wait (void)
{
  for (guint round = 0; round < pl_test_rounds (1000); round++)
    {
      g_autoptr(PlQueue) queue = pl_queue_new (1);
      GThread *thread = g_thread_new ("consumer", nudged_thread, queue);

      pl_queue_nudge (queue);
      g_assert_cmpint (GPOINTER_TO_INT (g_thread_join (thread)), ==, PL_FLOW_AGAIN);
    }
}

/* Who looks, finds nothing, and then waits has not been told by the look. */
static void
test_nudge_is_for_one_who_waits (void)
{
  g_autoptr(PlQueue) queue = pl_queue_new (1);
  g_auto(PlElement) element = PL_ELEMENT_INIT;

  pl_queue_nudge (queue);
  g_assert_cmpint (pl_queue_take (queue, &element, FALSE, NULL), ==, PL_FLOW_AGAIN);
  g_assert_cmpint (pl_queue_take (queue, &element, TRUE, NULL), ==, PL_FLOW_AGAIN);
}

static void
test_free_drops_what_is_left (void)
{
  g_autoptr(PlQueue) queue = pl_queue_new (4);
  GObject *object = g_object_new (G_TYPE_OBJECT, NULL);
  g_auto(PlElement) element = PL_ELEMENT_INIT;

  g_value_init (&element.value, G_TYPE_OBJECT);
  g_value_set_object (&element.value, object);
  g_assert_cmpint (pl_queue_push (queue, &element, TRUE, NULL), ==, PL_FLOW_OK);
  pl_queue_cancel (queue);

  g_clear_pointer (&queue, pl_queue_free);
  g_assert_finalize_object (object);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);

  g_test_add_func ("/queue/first-in-first-out", test_first_in_first_out);
  g_test_add_func ("/queue/bound-is-exact", test_bound_is_exact);
  g_test_add_func ("/queue/cancel-wakes-producers", test_cancel_wakes_producers);
  g_test_add_func ("/queue/cancel-wakes-consumers", test_cancel_wakes_consumers);
  g_test_add_data_func ("/queue/end-wakes-all-consumers/unbounded", GUINT_TO_POINTER (0),
                        test_end_wakes_all_consumers);
  g_test_add_data_func ("/queue/end-wakes-all-consumers/bound-1", GUINT_TO_POINTER (1),
                        test_end_wakes_all_consumers);
  g_test_add_data_func ("/queue/end-wakes-all-consumers/bound-16", GUINT_TO_POINTER (16),
                        test_end_wakes_all_consumers);
  g_test_add_func ("/queue/waker-wakes-a-main-context", test_waker_wakes_a_main_context);
  g_test_add_func ("/queue/producers-waker-is-woken", test_producers_waker_is_woken);
  g_test_add_data_func ("/queue/wakers-and-sleepers-get-on/bound-1", GUINT_TO_POINTER (1),
                        test_wakers_and_sleepers_get_on);
  g_test_add_data_func ("/queue/wakers-and-sleepers-get-on/bound-3", GUINT_TO_POINTER (3),
                        test_wakers_and_sleepers_get_on);
  g_test_add_func ("/queue/waker-that-succeeds-waits-no-more",
                   test_waker_that_succeeds_waits_no_more);
  g_test_add_func ("/queue/cancel-wakes-wakers", test_cancel_wakes_wakers);
  g_test_add_func ("/queue/full-queue-takes-no-more", test_full_queue_takes_no_more);
  g_test_add_func ("/queue/ring-grows-in-order", test_ring_grows_in_order);
  g_test_add_func ("/queue/borrowed-elements-keep-their-places",
                   test_borrowed_elements_keep_their_places);
  g_test_add_func ("/queue/nudge-ends-one-wait", test_nudge_ends_one_wait);
  g_test_add_func ("/queue/nudge-is-for-one-who-waits", test_nudge_is_for_one_who_waits);
  g_test_add_func ("/queue/free-drops-what-is-left", test_free_drops_what_is_left);

  return pl_test_run ();
}
