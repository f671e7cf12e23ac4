/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "pl-test-functions.h"
#include "pl-test-shared.h"

#include <pypeln-glib/pypeln-glib.h>

G_BEGIN_DECLS

/* The constructors of one kind of stages: a test of an operation is written once, and registered
 * for each. */
typedef struct
{
  const char *name;
  PlWorkerKind kind;
  gboolean answers_task; /* its functions do, so they return nothing */
  PlStage *(*map) (PlStage *, PlMapFunc, gpointer, GDestroyNotify);
  PlStage *(*map_with_closure) (PlStage *, GClosure *, GType);
  PlStage *(*filter) (PlStage *, PlFilterFunc, gpointer, GDestroyNotify);
  PlStage *(*filter_with_closure) (PlStage *, GClosure *);
  PlStage *(*each) (PlStage *, PlEachFunc, gpointer, GDestroyNotify);
  PlStage *(*each_with_closure) (PlStage *, GClosure *);
  PlStage *(*flat_map) (PlStage *, PlFlatMapFunc, gpointer, GDestroyNotify);
  PlStage *(*flat_map_with_closure) (PlStage *, GClosure *);
  PlStage *(*concat) (PlStage **, gsize);
  PlStage *(*ordered) (PlStage *);
} PlTestKind;

typedef void (*PlTestFunc) (const PlTestKind *kind);

void pl_test_init (int *argc, char ***argv);

int pl_test_run (void);

void pl_test_add (const char *path, PlTestFunc func);

void pl_test_add_returning (const char *path, PlTestFunc func);

void pl_test_add_anywhere (const char *path, PlTestFunc func);

void pl_test_add_returning_anywhere (const char *path, PlTestFunc func);

void pl_test_settle (void);

/* Of a source that draws, as GTK's frame clock does. */
#define PL_TEST_REDRAW_PRIORITY (G_PRIORITY_HIGH_IDLE + 20)

gboolean pl_test_count_cb (gpointer user_data);

gboolean pl_test_set_cb (gpointer user_data);

const PlTestKind *const *pl_test_get_kinds (guint *n_kinds);

/* The text of an error, which names the kind, and the worker where there is one. */
const char *pl_test_pick_text (const PlTestKind *kind,
                               const char *sync_text,
                               const char *thread_text);

void pl_test_set_on_start (PlStage *stage, PlStartFunc func, gpointer user_data);

void pl_test_set_on_done (PlStage *stage, PlDoneFunc func, gpointer user_data);

guint pl_test_rounds (guint rounds);

guint pl_test_rounds_of (const PlTestKind *kind, guint rounds);

void pl_test_wait_for (int *counter, int value);

guint pl_test_count_threads (void);

void pl_test_wait_for_threads (guint n_threads);

guint pl_test_count_fds (void);

void pl_test_wait_for_fds (guint n_fds);

char *pl_test_run_ints (PlStage *stage);

char *pl_test_run_sorted_ints (PlStage *stage);

#define pl_test_assert_ints(stage, ints) \
  G_STMT_START { \
    g_autofree char *ints_got = pl_test_run_ints (stage); \
    g_assert_cmpstr (ints_got, ==, (ints)); \
  } G_STMT_END

#define pl_test_assert_sorted_ints(stage, ints) \
  G_STMT_START { \
    g_autofree char *ints_got = pl_test_run_sorted_ints (stage); \
    g_assert_cmpstr (ints_got, ==, (ints)); \
  } G_STMT_END

/* The run fails with this error, once, and then is at its end. */
#define pl_test_assert_run_error(stage, domain, code, text) \
  G_STMT_START { \
    g_autoptr(PlIterator) iter_failing = pl_stage_iterate (stage); \
    pl_test_assert_iterator_error (iter_failing, domain, code, text); \
  } G_STMT_END

#define pl_test_assert_iterator_error(iterator, domain, code, text) \
  G_STMT_START { \
    g_autoptr(GError) error_got = NULL; \
    g_auto(GValue) value_got = G_VALUE_INIT; \
    while (pl_iterator_next (iterator, &value_got, NULL, &error_got)) \
      continue; \
    g_assert_error (error_got, domain, code); \
    g_assert_cmpstr (error_got->message, ==, text); \
    pl_test_assert_end (iterator); \
  } G_STMT_END

/* The elements of @stage, taken in a main loop. */
GArray *pl_test_collect_async (PlStage *stage);

void pl_test_assert_has_text (const char *message, const char *text);

/* The next element, which there is. */
int pl_test_take_int (PlIterator *iterator);

/* There is none any more, and no error. */
#define pl_test_assert_end(iterator) \
  G_STMT_START { \
    g_autoptr(GError) error_at_end = NULL; \
    g_auto(GValue) value_at_end = G_VALUE_INIT; \
    g_assert_false (pl_iterator_next (iterator, &value_at_end, NULL, &error_at_end)); \
    g_assert_no_error (error_at_end); \
  } G_STMT_END

G_END_DECLS
