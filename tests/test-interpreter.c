/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-list.h"
#include "pl-test-process.h"

#include <string.h>

/* The lock of an interpreter: this one's functions are closures that take it, as those of Python
 * do, and it knows the threads that a closure of its surrounds. */

static GMutex lock;
static _Thread_local gboolean is_held;
static _Thread_local gboolean is_known;

/* atomic */
static int n_taken;  /* how often the library took it, but for having it back */
static int n_nested; /* functions that were called by who had it already */

static int
lock_is_held (void)
{
  return is_held;
}

static gpointer
lock_get_thread (void)
{
  return is_known ? &n_taken : NULL;
}

static gpointer
lock_release (void)
{
  g_assert_true (is_held);
  is_held = FALSE;
  g_mutex_unlock (&lock);
  return &lock;
}

static void
lock_acquire (gpointer thread)
{
  g_assert_false (is_held);
  g_mutex_lock (&lock);
  is_held = TRUE;
  if (thread == &n_taken)
    g_atomic_int_inc (&n_taken);
}

/* How a function of the interpreter's begins and ends. */

static gboolean
enter (void)
{
  gboolean takes = !is_held;

  if (takes)
    lock_acquire (NULL);
  else
    g_atomic_int_inc (&n_nested);
  return takes;
}

static void
leave (gboolean takes)
{
  if (takes)
    lock_release ();
}

static void
surround (GClosure *closure,
          GValue *result,
          guint n_arguments,
          const GValue *arguments,
          gpointer hint,
          gpointer data)
{
  is_known = TRUE;
  pl_worker_run_thread (g_value_get_object (&arguments[0]));
  g_assert_false (is_held);
  is_known = FALSE;
}

static void
add1 (GClosure *closure,
      GValue *result,
      guint n_arguments,
      const GValue *arguments,
      gpointer hint,
      gpointer data)
{
  gboolean takes = enter ();

  g_value_set_int (result, g_value_get_int (&arguments[0]) + 1);
  leave (takes);
}

static GClosure *
make_closure (GClosureMarshal marshal, gpointer data)
{
  GClosure *closure = g_closure_new_simple (sizeof (GClosure), data);

  g_closure_set_marshal (closure, marshal);
  return closure;
}

static PlStage *
make_map (PlStage *input, GClosureMarshal marshal, gpointer data)
{
  PlStage *stage = pl_thread_map_with_closure (input, make_closure (marshal, data), G_TYPE_INT);

  pl_stage_set_thread_closure (stage, make_closure (surround, NULL));
  return stage;
}

static void
reset (void)
{
  g_atomic_int_set (&n_taken, 0);
  g_atomic_int_set (&n_nested, 0);
}

/* Many elements, and nobody to wait for: the lock is taken once by each thread. */
static void
test_thread_keeps_the_lock (void)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 1000);
  g_autoptr(PlStage) stage = make_map (numbers, add1, NULL);

  reset ();
  g_assert_true (pl_stage_run (stage, NULL, NULL));
  g_assert_cmpint (n_taken, ==, 1);
  g_assert_cmpint (n_nested, ==, 1000);
}

static void
test_unknown_thread_has_no_lock (void)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 10);
  g_autoptr(PlStage) stage = pl_thread_map_with_closure (numbers, make_closure (add1, NULL),
                                                         G_TYPE_INT);

  reset ();
  pl_test_assert_ints (stage, "1 2 3 4 5 6 7 8 9 10");
  g_assert_cmpint (n_taken, ==, 0);
  g_assert_cmpint (n_nested, ==, 0);
}

/* Each waits for the others, with the smallest of bounds. */
static void
test_who_waits_has_no_lock (void)
{
  for (guint round = 0; round < pl_test_rounds (100); round++)
    {
      g_autoptr(PlStage) numbers = pl_source_new_range (0, 20);
      g_autoptr(PlStage) first = make_map (numbers, add1, NULL);
      g_autoptr(PlStage) second = make_map (first, add1, NULL);

      pl_stage_set_workers (first, 2);
      pl_stage_set_maxsize (first, 1);
      pl_stage_set_workers (second, 2);
      pl_stage_set_maxsize (second, 1);
      reset ();
      pl_test_assert_sorted_ints (second, "2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21");
      g_assert_cmpint (n_nested, ==, 40);
    }
}

/* What is pulled by a thread that feeds others is called in the same way, */

static void
begin_numbers (GClosure *closure,
               GValue *result,
               guint n_arguments,
               const GValue *arguments,
               gpointer hint,
               gpointer data)
{
  gboolean takes = enter ();

  g_value_set_int (result, 0);
  leave (takes);
}

static void
next_number (GClosure *closure,
             GValue *result,
             guint n_arguments,
             const GValue *arguments,
             gpointer hint,
             gpointer data)
{
  gboolean takes = enter ();
  int *n = closure->data;

  if (*n == 5)
    pl_worker_set_at_end (pl_worker_get_current ());
  else
    g_value_set_int (result, (*n)++);
  leave (takes);
}

static void
test_feeder_keeps_the_lock (void)
{
  int n = 0;
  g_autoptr(PlStage) source = pl_source_new_for_generator (make_closure (begin_numbers, NULL),
                                                           make_closure (next_number, &n),
                                                           G_TYPE_INT);
  g_autoptr(PlStage) stage = pl_thread_map (source, pl_test_add1, NULL, NULL);

  pl_stage_set_thread_closure (source, make_closure (surround, NULL));
  reset ();
  pl_test_assert_ints (stage, "1 2 3 4 5");
  g_assert_cmpint (n_taken, ==, 1);
  g_assert_cmpint (n_nested, ==, 7);
}

/* ... but not where it pulls what is none of the interpreter's, and may wait. */

static gboolean
make_without_the_lock (GValue *value, PlWorker *worker, gpointer user_data, GError **error)
{
  g_assert_false (is_held);
  return pl_test_count_up (value, worker, user_data, error);
}

static void
test_feeder_of_other_functions_has_no_lock (void)
{
  PlTestCounts counts = { 0 };
  g_autoptr(PlStage) source = pl_source_new_for_func (make_without_the_lock, &counts, NULL);
  g_autoptr(PlStage) sync = pl_sync_map_with_closure (source, make_closure (add1, NULL),
                                                      G_TYPE_INT);
  g_autoptr(PlStage) stage = pl_thread_map (sync, pl_test_add1, NULL, NULL);
  g_autoptr(PlIterator) iterator = NULL;

  pl_stage_set_thread_closure (sync, make_closure (surround, NULL));
  reset ();
  iterator = pl_stage_iterate (stage);
  pl_test_take_int (iterator);
  pl_iterator_close (iterator);
  g_assert_cmpint (n_taken, ==, 0);
}

/* A consumer that has the lock waits without it, also for the end of what it drops. */
static void
test_consumer_waits_without_the_lock (void)
{
  for (guint round = 0; round < pl_test_rounds (100); round++)
    {
      g_autoptr(PlStage) numbers = pl_source_new_range (0, 1000);
      g_autoptr(PlStage) stage = make_map (numbers, add1, NULL);
      g_autoptr(PlIterator) iterator = NULL;

      pl_stage_set_maxsize (stage, 3);
      lock_acquire (NULL);
      iterator = pl_stage_iterate (stage);
      for (guint i = 0; i < round % 4; i++)
        {
          pl_test_take_int (iterator);
          g_assert_true (is_held);
        }
      g_clear_object (&iterator);
      lock_release ();
    }
}

/* Nobody has the lock while a function is not to be called again yet. */

static void
fail_and_tell (GClosure *closure,
               GValue *result,
               guint n_arguments,
               const GValue *arguments,
               gpointer hint,
               gpointer data)
{
  gboolean takes = enter ();
  g_autoptr(GError) error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_BUSY, "busy");

  pl_worker_set_error (pl_worker_get_current (), error);
  g_atomic_int_inc ((int *) closure->data);
  leave (takes);
}

static void
test_retry_waits_without_the_lock (void)
{
  int n_failed = 0;
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 1);
  g_autoptr(PlStage) stage = make_map (numbers, fail_and_tell, &n_failed);
  g_autoptr(PlIterator) iterator = NULL;

  pl_stage_set_retries (stage, 1);
  pl_stage_set_retry_delay (stage, 3600 * 1000);
  iterator = pl_stage_iterate (stage);
  pl_test_wait_for (&n_failed, 1);

  lock_acquire (NULL);
  pl_iterator_close (iterator);
  lock_release ();
  g_assert_cmpint (n_failed, ==, 1);
}

/* Its bytes are strings that do not begin with a “!”, and make one of their own in worker
 * processes. */

static int n_forgotten; /* errors; atomic */

static int
bytes_get (gpointer object, char **data, gssize *size)
{
  GString *string = object;

  g_assert_true (is_held);
  if (string == NULL || string->str[0] == '!')
    return -1;

  *data = string->str;
  *size = string->len;
  return 0;
}

static gpointer
bytes_make (const char *data, gssize size)
{
  g_assert_true (is_held);
  return g_string_new_len (data, size);
}

static void
bytes_forget_error (void)
{
  g_assert_true (is_held);
  g_atomic_int_inc (&n_forgotten);
}

static gboolean
repeat_bytes (const GValue *element,
              GValue *result,
              PlWorker *worker,
              gpointer user_data,
              GError **error)
{
  gsize size;
  const char *data = g_bytes_get_data (g_value_get_boxed (element), &size);
  char *twice = g_strdup_printf ("%.*s%.*s", (int) size, data, (int) size, data);

  g_value_init (result, G_TYPE_BYTES);
  g_value_take_boxed (result, g_bytes_new_take (twice, 2 * size));
  return TRUE;
}

/* Element 2 is none that has bytes. */
static void
encode (GClosure *closure,
        GValue *result,
        guint n_arguments,
        const GValue *arguments,
        gpointer hint,
        gpointer data)
{
  int number = g_value_get_int (&arguments[0]);
  GString *string = g_string_new (NULL);

  g_assert_true (is_held);
  g_string_printf (string, "%s%d", number == 2 ? "!" : "", number);
  g_value_take_boxed (result, string);
}

static void
decode (GClosure *closure,
        GValue *result,
        guint n_arguments,
        const GValue *arguments,
        gpointer hint,
        gpointer data)
{
  g_assert_true (is_held);
  g_value_set_boxed (result, g_value_get_boxed (&arguments[0]));
}

static PlStage *
make_process_map (PlStage *input)
{
  PlStage *stage = pl_test_process.map (input, repeat_bytes, NULL, NULL);

  pl_command_set_codec (pl_stage_get_command (stage), make_closure (encode, NULL),
                        make_closure (decode, NULL), G_TYPE_GSTRING);
  return stage;
}

static void
assert_next_string (PlIterator *iterator, const char *expected)
{
  g_auto(GValue) value = G_VALUE_INIT;
  GString *string;

  g_assert_true (pl_iterator_next (iterator, &value, NULL, NULL));
  string = g_value_get_boxed (&value);
  g_assert_cmpmem (string->str, string->len, expected, strlen (expected));
}

static void
test_codec_has_its_bytes (void)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 4);
  g_autoptr(PlStage) stage = make_process_map (numbers);
  g_autoptr(PlIterator) iterator = NULL;
  g_auto(GValue) none = G_VALUE_INIT;

  pl_stage_set_thread_closure (stage, make_closure (surround, NULL));
  pl_stage_set_error_policy (stage, PL_ERROR_POLICY_SKIP);
  g_atomic_int_set (&n_forgotten, 0);
  iterator = pl_stage_iterate (stage);
  assert_next_string (iterator, "00");
  assert_next_string (iterator, "11");
  assert_next_string (iterator, "33");
  g_assert_false (pl_iterator_next (iterator, &none, NULL, NULL));
  g_assert_cmpint (n_forgotten, ==, 1);
}

static void
test_element_without_bytes_is_an_error (void)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (2, 3);
  g_autoptr(PlStage) stage = make_process_map (numbers);
  g_autoptr(PlIterator) iterator = NULL;

  pl_stage_set_thread_closure (stage, make_closure (surround, NULL));
  iterator = pl_stage_iterate (stage);
  pl_test_assert_iterator_error (iterator, PL_ERROR, PL_ERROR_UNSET_RESULT,
                                 "stage “map” (process map, worker 0, element 0): The codec of the "
                                 "command made no bytes of the element");
}

/* They cannot be made without the lock. */
static void
test_codec_of_an_unknown_thread_is_an_error (void)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 1);
  g_autoptr(PlStage) stage = make_process_map (numbers);
  g_autoptr(PlIterator) iterator = pl_stage_iterate (stage);

  pl_test_assert_iterator_error (iterator, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                                 "stage “map” (process map, worker 0, element 0): The interpreter "
                                 "does not know this thread; give the stage a thread closure, see "
                                 "pl_stage_set_thread_closure()");
}

static void
test_bytes_are_of_one_type (void)
{
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL,
                         "pl_interpreter_set_bytes:*G_TYPE_IS_BOXED*");
  pl_interpreter_set_bytes (G_TYPE_INT, bytes_get, bytes_make, bytes_forget_error);
  g_test_assert_expected_messages ();

  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL,
                         "pl_interpreter_set_bytes:*get_bytes_type*");
  pl_interpreter_set_bytes (G_TYPE_GSTRING, bytes_get, bytes_make, bytes_forget_error);
  g_test_assert_expected_messages ();
}

static void
test_lock_is_one (void)
{
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "pl_interpreter_set_lock:*acquire*");
  pl_interpreter_set_lock (lock_is_held, lock_get_thread, lock_release, NULL);
  g_test_assert_expected_messages ();

  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "pl_interpreter_set_lock:*has_lock*");
  pl_interpreter_set_lock (lock_is_held, lock_get_thread, lock_release, lock_acquire);
  g_test_assert_expected_messages ();
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  pl_interpreter_set_lock (lock_is_held, lock_get_thread, lock_release, lock_acquire);
  pl_interpreter_set_bytes (G_TYPE_GSTRING, bytes_get, bytes_make, bytes_forget_error);

#define ADD(name, func) g_test_add_func ("/interpreter/" name, func)
  ADD ("thread-keeps-the-lock", test_thread_keeps_the_lock);
  ADD ("unknown-thread-has-no-lock", test_unknown_thread_has_no_lock);
  ADD ("who-waits-has-no-lock", test_who_waits_has_no_lock);
  ADD ("feeder-keeps-the-lock", test_feeder_keeps_the_lock);
  ADD ("feeder-of-other-functions-has-no-lock", test_feeder_of_other_functions_has_no_lock);
  ADD ("consumer-waits-without-the-lock", test_consumer_waits_without_the_lock);
  ADD ("retry-waits-without-the-lock", test_retry_waits_without_the_lock);
  ADD ("lock-is-one", test_lock_is_one);
  ADD ("codec-has-its-bytes", test_codec_has_its_bytes);
  ADD ("element-without-bytes-is-an-error", test_element_without_bytes_is_an_error);
  ADD ("codec-of-an-unknown-thread-is-an-error", test_codec_of_an_unknown_thread_is_an_error);
  ADD ("bytes-are-of-one-type", test_bytes_are_of_one_type);

  return pl_test_run ();
}
