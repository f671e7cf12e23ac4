/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-handle.h"

#include "pl-home-private.h"

struct _PlHandle
{
  gatomicrefcount ref_count;
  gint64 number;
};

static GClosure *released; /* set once, on the thread that is home to the language */

static GMutex mutex;
static GArray *numbers; /* gint64: of handles that are gone; NULL: none is; under the mutex */

/* G_DEFINE_BOXED_TYPE() is not pedantic. */
GType
pl_handle_get_type (void)
{
  static gsize type;

  if (g_once_init_enter (&type))
    g_once_init_leave (&type,
                       g_boxed_type_register_static (g_intern_static_string ("PlHandle"),
                                                     (GBoxedCopyFunc) pl_handle_ref,
                                                     (GBoxedFreeFunc) pl_handle_unref));

  return type;
}

/**
 * pl_handle_new:
 * @number: what the binding knows the value by
 *
 * Makes an element that stands for a value. No two at a time have the same number.
 *
 * Returns: (transfer full): the handle
 *
 * Since: 1.0
 */
PlHandle *
pl_handle_new (gint64 number)
{
  PlHandle *self = g_new (PlHandle, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->number = number;
  return self;
}

/**
 * pl_handle_ref:
 * @self: a handle
 *
 * Takes a reference, from any thread.
 *
 * Returns: (transfer full): @self
 *
 * Since: 1.0
 */
PlHandle *
pl_handle_ref (PlHandle *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

/* At home, and not from inside of a collector of garbage. */
static void
pl_handle_tell_released (gpointer data)
{
  GValue n_numbers = G_VALUE_INIT;

  g_value_init (&n_numbers, G_TYPE_UINT);
  g_mutex_lock (&mutex);
  g_value_set_uint (&n_numbers, numbers != NULL ? numbers->len : 0);
  g_mutex_unlock (&mutex);

  g_closure_invoke (released, NULL, 1, &n_numbers, NULL);
}

static void
pl_handle_note_released (gint64 number)
{
  gboolean is_first;

  g_mutex_lock (&mutex);
  is_first = numbers == NULL;
  if (is_first)
    numbers = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_array_append_val (numbers, number);
  g_mutex_unlock (&mutex);

  if (is_first)
    pl_home_later (pl_handle_tell_released, NULL);
}

/**
 * pl_handle_unref:
 * @self: (transfer full): a handle
 *
 * Releases a reference, from any thread.
 *
 * Since: 1.0
 */
void
pl_handle_unref (PlHandle *self)
{
  g_return_if_fail (self != NULL);

  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  if (released != NULL)
    pl_handle_note_released (self->number);
  g_free (self);
}

/**
 * pl_handle_get_number:
 * @self: a handle
 *
 * Gets what the binding knows the value by.
 *
 * Returns: the number
 *
 * Since: 1.0
 */
gint64
pl_handle_get_number (PlHandle *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->number;
}

/**
 * pl_handle_set_released:
 * @closure: is called when handles are gone, with how many, a guint, and returns nothing
 *
 * Has a binding be told that there are values which it need not keep any more, on the thread and
 * the main context that it has claimed by [func@Pl.home_claim], before it makes the first handle.
 * [func@Pl.Handle.take_released] says which. It is told of many at once, since a call is dear.
 *
 * Since: 1.0
 */
void
pl_handle_set_released (GClosure *closure)
{
  g_return_if_fail (closure != NULL);
  g_return_if_fail (released == NULL);
  g_return_if_fail (pl_home_is_here ());

  released = g_closure_ref (closure);
  g_closure_sink (closure);
  if (G_CLOSURE_NEEDS_MARSHAL (closure))
    g_closure_set_marshal (closure, g_cclosure_marshal_generic);
}

/**
 * pl_handle_take_released:
 * @n_numbers: (out): return location for how many there are
 *
 * Takes the numbers of the handles that are gone since the last call.
 *
 * Returns: (array length=n_numbers) (transfer full): the numbers
 *
 * Since: 1.0
 */
gint64 *
pl_handle_take_released (guint *n_numbers)
{
  GArray *taken;

  g_return_val_if_fail (n_numbers != NULL, NULL);

  g_mutex_lock (&mutex);
  taken = g_steal_pointer (&numbers);
  g_mutex_unlock (&mutex);

  *n_numbers = taken != NULL ? taken->len : 0;
  return taken != NULL ? (gint64 *) (gpointer) g_array_free (taken, FALSE) : NULL;
}
