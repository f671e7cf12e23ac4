/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-util.h"

#include "pl-test-process.h"
#include "pl-test-task.h"

#include <glib-unix.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* A test that hangs is to fail, with its name as the last thing said. */
#define TIMEOUT_SECONDS 600

static const PlTestKind pl_test_sync = {
  .name = "sync",
  .kind = PL_WORKER_KIND_SYNC,
  .map = pl_sync_map,
  .map_with_closure = pl_sync_map_with_closure,
  .filter = pl_sync_filter,
  .filter_with_closure = pl_sync_filter_with_closure,
  .each = pl_sync_each,
  .each_with_closure = pl_sync_each_with_closure,
  .flat_map = pl_sync_flat_map,
  .flat_map_with_closure = pl_sync_flat_map_with_closure,
  .concat = pl_sync_concat,
  .ordered = pl_sync_ordered,
};

static const PlTestKind pl_test_thread = {
  .name = "thread",
  .kind = PL_WORKER_KIND_THREAD,
  .map = pl_thread_map,
  .map_with_closure = pl_thread_map_with_closure,
  .filter = pl_thread_filter,
  .filter_with_closure = pl_thread_filter_with_closure,
  .each = pl_thread_each,
  .each_with_closure = pl_thread_each_with_closure,
  .flat_map = pl_thread_flat_map,
  .flat_map_with_closure = pl_thread_flat_map_with_closure,
  .concat = pl_thread_concat,
  .ordered = pl_thread_ordered,
};

static const PlTestKind *const kinds[] = {
  &pl_test_sync,         &pl_test_thread,     &pl_test_task_at_once,
  &pl_test_process,      &pl_test_task_later, &pl_test_task_plain,
};

typedef struct
{
  PlTestFunc func;
  const PlTestKind *kind;
} PlTestCase;

#ifdef __SANITIZE_THREAD__
static gpointer
pl_test_do_nothing (gpointer user_data)
{
  return NULL;
}
#endif

void
pl_test_init (int *argc, char ***argv)
{
  pl_test_process_init (argc, argv);
  g_test_init (argc, argv, NULL);
  alarm (TIMEOUT_SECONDS);

  /* GLib starts a thread of its own with a program's first task, and keeps it: tests that count
   * threads are to find it there from the beginning. */
  g_type_class_unref (g_type_class_ref (G_TYPE_TASK));

  /* So it does, and keeps a file open, with the first process or the first signal source; and it
   * keeps a file open for the default main context. */
  g_source_unref (g_unix_signal_source_new (SIGHUP));
  g_main_context_default ();

#ifdef __SANITIZE_THREAD__
  /* ThreadSanitizer starts a thread of its own with a program's first, and keeps it: tests that
   * count threads are to find it there from the beginning. */
  g_thread_join (g_thread_new ("first", pl_test_do_nothing, NULL));
#endif
}

int
pl_test_run (void)
{
  return g_test_run ();
}

static void
pl_test_case_run (gconstpointer data)
{
  const PlTestCase *test_case = data;

  test_case->func (test_case->kind);
}

static void
pl_test_add_for_kinds (const char *path, PlTestFunc func, gboolean answers_task, gboolean anywhere)
{
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_autofree char *kind_path = g_strdup_printf ("%s/%s", path, kinds[i]->name);
      PlTestCase *test_case;

      if ((kinds[i]->answers_task && !answers_task) ||
          (kinds[i]->kind == PL_WORKER_KIND_PROCESS && !anywhere))
        continue;

      test_case = g_new (PlTestCase, 1);
      test_case->func = func;
      test_case->kind = kinds[i];
      g_test_add_data_func_full (kind_path, test_case, pl_test_case_run, g_free);
    }
}

/* Registers @func for each kind that runs functions in this process; its name is the last part of
 * the path. */
void
pl_test_add (const char *path, PlTestFunc func)
{
  pl_test_add_for_kinds (path, func, TRUE, FALSE);
}

/* Registers @func for kinds whose functions return what they make: they may block. */
void
pl_test_add_returning (const char *path, PlTestFunc func)
{
  pl_test_add_for_kinds (path, func, FALSE, FALSE);
}

/* Registers @func for each kind: its functions may run in other processes. */
void
pl_test_add_anywhere (const char *path, PlTestFunc func)
{
  pl_test_add_for_kinds (path, func, TRUE, TRUE);
}

void
pl_test_add_returning_anywhere (const char *path, PlTestFunc func)
{
  pl_test_add_for_kinds (path, func, FALSE, TRUE);
}

/* Counts in a guint how often a source has its turn. */
gboolean
pl_test_count_cb (gpointer user_data)
{
  ++*(guint *) user_data;
  return G_SOURCE_CONTINUE;
}

/* Sets a gboolean when a source has its turn. */
gboolean
pl_test_set_cb (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
  return G_SOURCE_REMOVE;
}

/* Has all that is ready on the main context happen. */
void
pl_test_settle (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    continue;
}

const PlTestKind *const *
pl_test_get_kinds (guint *n_kinds)
{
  *n_kinds = G_N_ELEMENTS (kinds);
  return kinds;
}

const char *
pl_test_pick_text (const PlTestKind *kind, const char *sync_text, const char *thread_text)
{
  g_autoptr(GString) text = NULL;

  if (kind->kind == PL_WORKER_KIND_SYNC)
    return sync_text;
  if (kind->kind == PL_WORKER_KIND_THREAD)
    return thread_text;

  text = g_string_new (thread_text);
  g_assert_cmpuint (g_string_replace (text, "(thread ",
                                      kind->kind == PL_WORKER_KIND_TASK ? "(task " : "(process ",
                                      1), ==, 1);
  return g_intern_string (text->str);
}

/* The on_start of a process stage runs where its function does. */
void
pl_test_set_on_start (PlStage *stage, PlStartFunc func, gpointer user_data)
{
  if (pl_stage_get_kind (stage) == PL_WORKER_KIND_PROCESS)
    pl_test_process_set_on_start (stage, func, user_data);
  else
    pl_stage_set_on_start (stage, func, user_data, NULL);
}

void
pl_test_set_on_done (PlStage *stage, PlDoneFunc func, gpointer user_data)
{
  if (pl_stage_get_kind (stage) == PL_WORKER_KIND_PROCESS)
    pl_test_process_set_on_done (stage, func, user_data);
  else
    pl_stage_set_on_done (stage, func, user_data, NULL);
}

/* How often a race is to be tried: fewer times where every instruction is dear. */
guint
pl_test_rounds (guint rounds)
{
  const char *divisor = g_getenv ("PL_TEST_ROUNDS_DIVISOR");

  return divisor != NULL ? MAX (rounds / (guint) g_ascii_strtoull (divisor, NULL, 10), 1) : rounds;
}

/* So it is where each time processes start. */
guint
pl_test_rounds_of (const PlTestKind *kind, guint rounds)
{
  return pl_test_rounds (kind->kind == PL_WORKER_KIND_PROCESS ? MAX (rounds / 20, 1) : rounds);
}

void
pl_test_wait_for (int *counter, int value)
{
  while (g_atomic_int_get (counter) < value)
    g_usleep (100);
}

static guint
pl_test_count_entries (const char *path)
{
  g_autoptr(GDir) dir = g_dir_open (path, 0, NULL);
  guint n = 0;

  while (dir != NULL && g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

guint
pl_test_count_threads (void)
{
  return pl_test_count_entries ("/proc/self/task");
}

/* The kernel lists a thread for a moment after it has been joined. */
void
pl_test_wait_for_threads (guint n_threads)
{
  while (pl_test_count_threads () > n_threads)
    g_usleep (100);
}

guint
pl_test_count_fds (void)
{
  return pl_test_count_entries ("/proc/self/fd");
}

/* There may be fewer then: GLib closes what tells it of the end of a process a moment after it has
 * told of it. */
void
pl_test_wait_for_fds (guint n_fds)
{
  while (pl_test_count_fds () > n_fds)
    g_usleep (100);
}

static int
pl_test_compare_ints (gconstpointer a, gconstpointer b)
{
  return g_value_get_int (a) - g_value_get_int (b);
}

static char *
pl_test_join_ints (PlStage *stage, gboolean sorted)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GArray) values = pl_stage_collect (stage, NULL, &error);
  GString *string = g_string_new (NULL);

  g_assert_no_error (error);
  g_assert_nonnull (values);
  if (sorted)
    g_array_sort (values, pl_test_compare_ints);

  for (guint i = 0; i < values->len; i++)
    g_string_append_printf (string, "%s%d", i > 0 ? " " : "",
                            g_value_get_int (&g_array_index (values, GValue, i)));
  return g_string_free (string, FALSE);
}

/* Runs @stage: “1 2 3”. */
char *
pl_test_run_ints (PlStage *stage)
{
  return pl_test_join_ints (stage, FALSE);
}

char *
pl_test_run_sorted_ints (PlStage *stage)
{
  return pl_test_join_ints (stage, TRUE);
}

static void
pl_test_collect_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GError) error = NULL;

  *(GArray **) user_data = pl_stage_collect_finish (PL_STAGE (object), result, &error);
  g_assert_no_error (error);
}

GArray *
pl_test_collect_async (PlStage *stage)
{
  GArray *values = NULL;

  pl_stage_collect_async (stage, NULL, pl_test_collect_cb, &values);
  while (values == NULL)
    g_main_context_iteration (NULL, TRUE);
  return values;
}

int
pl_test_take_int (PlIterator *iterator)
{
  g_autoptr(GError) error = NULL;
  g_auto(GValue) value = G_VALUE_INIT;

  pl_iterator_next (iterator, &value, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (G_VALUE_HOLDS_INT (&value));
  return g_value_get_int (&value);
}

void
pl_test_assert_has_text (const char *message, const char *text)
{
  if (strstr (message, text) == NULL)
    g_error ("There is no “%s” in: %s", text, message);
}
