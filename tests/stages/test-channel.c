/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-thread.h"
#include "pl-test-util.h"

#define N_ELEMENTS 200

typedef struct
{
  PlChannel *channel;
  int n_pushed;
  GError *error;
} PlTestPush;

static gboolean
push_int (PlChannel *channel, int number, GError **error)
{
  g_auto(GValue) value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_INT);
  g_value_set_int (&value, number);
  return pl_channel_push (channel, &value, NULL, error);
}

static gpointer
push_thread (gpointer data)
{
  PlTestPush *push = data;

  while (push->n_pushed < N_ELEMENTS && push_int (push->channel, push->n_pushed, &push->error))
    g_atomic_int_inc (&push->n_pushed);
  return NULL;
}

static void
pushed_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  PlTestPush *push = user_data;

  if (pl_channel_push_finish (PL_CHANNEL (object), result, &push->error))
    push->n_pushed++;
}

static void
push_int_async (PlTestPush *push, int number, GCancellable *cancellable)
{
  g_auto(GValue) value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_INT);
  g_value_set_int (&value, number);
  pl_channel_push_async (push->channel, &value, cancellable, pushed_cb, push);
}

static void
iterate_context (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    continue;
}

static void
test_gives_what_is_pushed_in_order (const PlTestKind *kind)
{
  g_autoptr(PlStage) channel = pl_channel_new (0);
  g_autoptr(PlStage) added = kind->map (channel, pl_test_add1, NULL, NULL);

  for (int i = 0; i < 5; i++)
    g_assert_true (push_int (PL_CHANNEL (channel), i, NULL));
  pl_channel_close (PL_CHANNEL (channel));
  pl_test_assert_ints (added, "1 2 3 4 5");
  pl_test_assert_ints (added, "");
}

static void
test_holds_at_most_its_maxsize (void)
{
  g_autoptr(PlStage) channel = pl_channel_new (3);
  PlTestPush push = { PL_CHANNEL (channel), 0, NULL };
  GThread *thread = g_thread_new ("push", push_thread, &push);
  PlIterator *iterator;

  pl_test_wait_for (&push.n_pushed, 3);
  g_assert_cmpint (g_atomic_int_get (&push.n_pushed), ==, 3);

  /* 1 taken, 2 queued, 1 waiting to be put, 3 in the channel. */
  iterator = pl_stage_iterate_bounded (channel, 2);
  pl_test_take_int (iterator);
  pl_test_wait_for (&push.n_pushed, 7);
  g_assert_cmpint (g_atomic_int_get (&push.n_pushed), ==, 7);

  pl_channel_close (push.channel);
  g_thread_join (thread);
  g_assert_error (push.error, G_IO_ERROR, G_IO_ERROR_CLOSED);
  g_clear_error (&push.error);
  for (int i = 1; i < 7; i++)
    g_assert_cmpint (pl_test_take_int (iterator), ==, i);
  pl_test_assert_end (iterator);
  g_object_unref (iterator);
}

static void
test_push_async_waits_for_a_place (void)
{
  g_autoptr(PlStage) channel = pl_channel_new (2);
  g_autoptr(PlIterator) iterator = NULL;
  PlTestPush push = { PL_CHANNEL (channel), 0, NULL };

  for (int i = 0; i < N_ELEMENTS; i++)
    push_int_async (&push, i, NULL);
  iterate_context ();
  g_assert_cmpint (push.n_pushed, ==, 2);

  iterator = pl_stage_iterate_bounded (channel, 1);
  for (int i = 0; i < N_ELEMENTS; i++)
    g_assert_cmpint (pl_test_take_int (iterator), ==, i);
  while (push.n_pushed < N_ELEMENTS)
    g_main_context_iteration (NULL, TRUE);
  g_assert_no_error (push.error);
}

static void
test_cancelled_push_pushes_nothing (void)
{
  g_autoptr(PlStage) channel = pl_channel_new (1);
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  PlTestPush first = { PL_CHANNEL (channel), 0, NULL };
  PlTestPush second = { PL_CHANNEL (channel), 0, NULL };

  push_int_async (&first, 1, NULL);
  push_int_async (&second, 2, cancellable);
  iterate_context ();
  g_cancellable_cancel (cancellable);
  iterate_context ();
  g_assert_cmpint (first.n_pushed, ==, 1);
  g_assert_error (second.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&second.error);

  pl_channel_close (first.channel);
  pl_test_assert_ints (channel, "1");
}

/* The blocking call races its cancellable. */
static void
test_cancelling_wakes_push (void)
{
  for (guint round = 0; round < pl_test_rounds (200); round++)
    {
      g_autoptr(PlStage) channel = pl_channel_new (1);
      g_autoptr(GCancellable) cancellable = g_cancellable_new ();
      g_autoptr(GError) error = NULL;
      g_auto(GValue) value = G_VALUE_INIT;
      GThread *thread;

      g_assert_true (push_int (PL_CHANNEL (channel), 1, NULL));
      g_value_init (&value, G_TYPE_INT);
      thread = g_thread_new ("cancel", pl_test_cancel_thread, cancellable);
      g_assert_false (pl_channel_push (PL_CHANNEL (channel), &value, cancellable, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      g_thread_join (thread);
    }
}

static void
test_closing_fails_calls_that_wait (void)
{
  g_autoptr(PlStage) channel = pl_channel_new (1);
  PlTestPush push = { PL_CHANNEL (channel), 0, NULL };
  g_autoptr(GError) error = NULL;

  push_int_async (&push, 1, NULL);
  push_int_async (&push, 2, NULL);
  pl_channel_close (push.channel);
  pl_channel_close (push.channel);
  iterate_context ();
  g_assert_cmpint (push.n_pushed, ==, 1);
  g_assert_error (push.error, G_IO_ERROR, G_IO_ERROR_CLOSED);
  g_clear_error (&push.error);
  g_assert_false (push_int (push.channel, 3, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED);
}

static void
test_dropping_a_run_that_waits_ends_it (void)
{
  guint n_threads = pl_test_count_threads ();
  g_autoptr(PlStage) channel = pl_channel_new (0);
  g_autoptr(PlStage) added = pl_thread_map (channel, pl_test_add1, NULL, NULL);

  for (guint round = 0; round < pl_test_rounds (200); round++)
    g_object_unref (pl_stage_iterate (added));
  pl_test_wait_for_threads (n_threads);

  /* What no run has taken is there for the next. */
  push_int (PL_CHANNEL (channel), 1, NULL);
  pl_channel_close (PL_CHANNEL (channel));
  pl_test_assert_ints (added, "2");
}

static void
test_releases_what_it_holds (void)
{
  PlStage *channel = pl_channel_new (0);
  GObject *object = g_object_new (G_TYPE_OBJECT, NULL);
  g_auto(GValue) value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_OBJECT);
  g_value_set_object (&value, object);
  g_assert_true (pl_channel_push (PL_CHANNEL (channel), &value, NULL, NULL));
  g_value_reset (&value);
  g_assert_finalize_object (channel);
  g_assert_finalize_object (object);
}

static void
test_null_arguments_are_refused (void)
{
  g_autoptr(PlStage) channel = pl_channel_new (0);
  const GValue unset = G_VALUE_INIT;

  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "pl_channel_push:*G_IS_VALUE*");
  g_assert_false (pl_channel_push (PL_CHANNEL (channel), &unset, NULL, NULL));
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "pl_channel_close:*PL_IS_CHANNEL*");
  pl_channel_close (NULL);
  g_test_assert_expected_messages ();
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);

#define ADD(name, func) g_test_add_func ("/channel/" name, func)
  pl_test_add_anywhere ("/channel/gives-what-is-pushed-in-order",
                        test_gives_what_is_pushed_in_order);
  ADD ("holds-at-most-its-maxsize", test_holds_at_most_its_maxsize);
  ADD ("push-async-waits-for-a-place", test_push_async_waits_for_a_place);
  ADD ("cancelled-push-pushes-nothing", test_cancelled_push_pushes_nothing);
  ADD ("cancelling-wakes-push", test_cancelling_wakes_push);
  ADD ("closing-fails-calls-that-wait", test_closing_fails_calls_that_wait);
  ADD ("dropping-a-run-that-waits-ends-it", test_dropping_a_run_that_waits_ends_it);
  ADD ("releases-what-it-holds", test_releases_what_it_holds);
  ADD ("null-arguments-are-refused", test_null_arguments_are_refused);

  return pl_test_run ();
}
