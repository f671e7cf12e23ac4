/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-generator.h"

static const char *const kind_names[] = {
  [PL_WORKER_KIND_SYNC] = "sync",
  [PL_WORKER_KIND_THREAD] = "thread",
  [PL_WORKER_KIND_TASK] = "task",
};

typedef struct
{
  PlTestGeneratorFunc func;
  PlWorkerKind kind;
} PlTestGeneratorCase;

typedef struct
{
  gatomicrefcount ref_count;
  PlTestGenerator *generator;
  GThread *thread;
  int element;
  int n_made;
} PlTestIterated;

static PlTestIterated *
pl_test_iterated_ref (PlTestIterated *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

static void
pl_test_iterated_unref (PlTestIterated *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_assert_true (g_thread_self () == self->thread);
  g_atomic_int_inc (&self->generator->n_released);
  g_free (self);
}

static GType
pl_test_iterated_get_type (void)
{
  static gsize type;

  if (g_once_init_enter (&type))
    g_once_init_leave (&type, g_boxed_type_register_static (
                         "PlTestIterated", (GBoxedCopyFunc) pl_test_iterated_ref,
                         (GBoxedFreeFunc) pl_test_iterated_unref));
  return type;
}

static gboolean
pl_test_generator_fails (PlTestGenerator *self)
{
  return self->n_failures < 0 || g_atomic_int_add (&self->n_failures, -1) > 0;
}

static void
pl_test_generator_set_error (PlWorker *worker)
{
  g_autoptr(GError) error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_BUSY, "busy");

  pl_worker_set_error (worker, error);
}

static void
pl_test_generator_begin_marshal (GClosure *closure,
                                 GValue *result,
                                 guint n_arguments,
                                 const GValue *arguments,
                                 gpointer hint,
                                 gpointer data)
{
  PlTestGenerator *self = closure->data;
  PlWorker *worker = pl_worker_get_current ();
  PlTestIterated *iterated;
  int element = 0;

  g_assert_cmpuint (n_arguments, ==, 1);
  if (G_VALUE_HOLDS_INT (&arguments[0]))
    element = g_value_get_int (&arguments[0]);
  else
    g_assert_true (g_value_get_object (&arguments[0]) == worker);

  g_atomic_int_inc (&self->n_begun);
  iterated = g_new0 (PlTestIterated, 1);
  g_atomic_ref_count_init (&iterated->ref_count);
  iterated->generator = self;
  iterated->thread = g_thread_self ();
  iterated->element = element;
  g_value_init (result, pl_test_iterated_get_type ());
  g_value_take_boxed (result, iterated);

  if (element == self->nothing_of)
    pl_worker_set_at_end (worker);
  if (element == self->begin_fails_of && pl_test_generator_fails (self))
    pl_test_generator_set_error (worker);
}

static void
pl_test_generator_next_marshal (GClosure *closure,
                                GValue *result,
                                guint n_arguments,
                                const GValue *arguments,
                                gpointer hint,
                                gpointer data)
{
  PlTestGenerator *self = closure->data;
  PlWorker *worker = pl_worker_get_current ();
  PlTestIterated *iterated = g_value_get_boxed (&arguments[0]);
  int number = iterated->element * 100 + iterated->n_made;

  g_assert_cmpuint (n_arguments, ==, 1);
  g_assert_true (iterated->thread == g_thread_self ());
  g_atomic_int_inc (&self->n_made);
  if (self->hook != NULL)
    self->hook (worker, number, self->hook_data);

  if (iterated->n_made == self->limit)
    {
      pl_worker_set_at_end (worker);
      return;
    }

  if (iterated->n_made == 1 && iterated->element == self->next_fails_of &&
      pl_test_generator_fails (self))
    pl_test_generator_set_error (worker);

  iterated->n_made++;
  g_value_init (result, G_TYPE_INT);
  g_value_set_int (result, number);
}

static void
pl_test_generator_closure_freed_cb (gpointer data, GClosure *closure)
{
  PlTestGenerator *self = data;

  g_atomic_int_inc (&self->n_closures_freed);
}

static GClosure *
pl_test_generator_new_closure (PlTestGenerator *self, GClosureMarshal marshal)
{
  GClosure *closure = g_closure_new_simple (sizeof (GClosure), self);

  g_closure_set_marshal (closure, marshal);
  g_closure_add_finalize_notifier (closure, self, pl_test_generator_closure_freed_cb);
  return closure;
}

GClosure *
pl_test_generator_begin (PlTestGenerator *self)
{
  return pl_test_generator_new_closure (self, pl_test_generator_begin_marshal);
}

GClosure *
pl_test_generator_next (PlTestGenerator *self)
{
  return pl_test_generator_new_closure (self, pl_test_generator_next_marshal);
}

PlStage *
pl_test_generator_flat_map (PlTestGenerator *self, PlWorkerKind kind, PlStage *input)
{
  return pl_flat_map_new_for_generator (kind, input, pl_test_generator_begin (self),
                                        pl_test_generator_next (self), G_TYPE_NONE);
}

PlStage *
pl_test_generator_flat_map_ints (PlTestGenerator *self, PlWorkerKind kind, int n_ints)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, n_ints);

  return pl_test_generator_flat_map (self, kind, numbers);
}

PlStage *
pl_test_generator_source (PlTestGenerator *self)
{
  return pl_source_new_for_generator (pl_test_generator_begin (self),
                                      pl_test_generator_next (self), G_TYPE_NONE);
}

/* What an error in @element of such a flat_map says. */
char *
pl_test_generator_new_text (PlWorkerKind kind, int element, const char *message)
{
  return g_strdup_printf ("stage “flat_map” (%s flat_map%s, element %d): %s", kind_names[kind],
                          kind == PL_WORKER_KIND_SYNC ? "" : ", worker 0", element, message);
}

static void
pl_test_generator_case_run (gconstpointer data)
{
  const PlTestGeneratorCase *test_case = data;

  test_case->func (test_case->kind);
}

/* Registers @func for each kind; its name is the last part of the path. */
void
pl_test_generator_add (const char *path, PlTestGeneratorFunc func)
{
  for (guint i = 0; i < G_N_ELEMENTS (kind_names); i++)
    {
      g_autofree char *kind_path = NULL;
      PlTestGeneratorCase *test_case;

      if (kind_names[i] == NULL)
        continue;

      kind_path = g_strdup_printf ("%s/%s", path, kind_names[i]);
      test_case = g_new (PlTestGeneratorCase, 1);
      test_case->func = func;
      test_case->kind = i;
      g_test_add_data_func_full (kind_path, test_case, pl_test_generator_case_run, g_free);
    }
}
