/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-home-private.h"

/* The thread that a language belongs to which has but one: its values and closures are released
 * there, and its closures are called there alone. What is released on another thread waits in a
 * list, and that thread's main context empties it.
 *
 * Such a language has a garbage collector, too, which releases objects while nothing of the
 * language may be called. A run that is still under way then ends a little later. */

GType pl_home_value_type;

/* set once, before there are other threads that look at them */
static GMainContext *context;
static GClosureMarshal marshal;

static GThread *home; /* atomic; NULL: nobody has claimed one */

typedef struct
{
  GDestroyNotify func;
  gpointer data;
} PlHomeItem;

static GMutex mutex;
static GArray *items; /* PlHomeItem, under the mutex; NULL: there are none */

/* On the thread that is home to something. */
gboolean
pl_home_is_here (void)
{
  return g_atomic_pointer_get (&home) == g_thread_self ();
}

/* On another one than the thread that is home to something. */
gboolean
pl_home_is_elsewhere (void)
{
  GThread *thread = g_atomic_pointer_get (&home);

  return thread != NULL && thread != g_thread_self ();
}

/* Tells whether @closure is one of those that are called at home alone. */
gboolean
pl_home_owns_closure (GClosure *closure)
{
  return g_atomic_pointer_get (&home) != NULL && closure->marshal == marshal;
}

/* Does what waits to be done at home. */
void
pl_home_catch_up (void)
{
  GArray *due;

  if (!pl_home_is_here ())
    return;

  g_mutex_lock (&mutex);
  due = g_steal_pointer (&items);
  g_mutex_unlock (&mutex);
  if (due == NULL)
    return;

  for (guint i = 0; i < due->len; i++)
    {
      const PlHomeItem *item = &g_array_index (due, PlHomeItem, i);

      item->func (item->data);
    }
  g_array_unref (due);
}

static gboolean
pl_home_catch_up_cb (gpointer user_data)
{
  pl_home_catch_up ();
  return G_SOURCE_REMOVE;
}

/* Has @func called at home, with the next thing that happens on its main context. */
void
pl_home_later (GDestroyNotify func, gpointer data)
{
  const PlHomeItem item = { func, data };
  g_autoptr(GSource) source = NULL;

  g_mutex_lock (&mutex);
  if (items == NULL)
    {
      items = g_array_new (FALSE, FALSE, sizeof (PlHomeItem));
      source = g_idle_source_new ();
    }
  g_array_append_val (items, item);
  g_mutex_unlock (&mutex);

  if (source == NULL)
    return;

  g_source_set_name (source, "PlHome");
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, pl_home_catch_up_cb, NULL, NULL);
  g_source_attach (source, context);
}

static void
pl_home_free_value (gpointer data)
{
  GValue *value = data;

  g_value_unset (value);
  g_free (value);
}

/* Releases a value of the type that is released at home. */
void
pl_home_release_value (GValue *value)
{
  if (!pl_home_is_elsewhere ())
    {
      g_value_unset (value);
      return;
    }

  pl_home_later (pl_home_free_value, g_memdup2 (value, sizeof *value));
  memset (value, 0, sizeof *value);
}

static GQuark
pl_home_quark_is_put_off (void)
{
  return g_quark_from_static_string ("pl-home-is-put-off");
}

static void
pl_home_dispose (gpointer object)
{
  g_object_run_dispose (object);
  g_object_unref (object);
}

/* For the dispose of what holds a run that is under way: it ends by functions that the collector of
 * garbage, which may be who disposes it, does not let be called. Returns TRUE if @object, which
 * then lives for a little longer, is disposed again later. */
gboolean
pl_home_puts_off_dispose (GObject *object)
{
  GQuark quark = pl_home_quark_is_put_off ();

  if (!pl_home_is_here () || g_object_get_qdata (object, quark) != NULL)
    return FALSE;

  g_object_set_qdata (object, quark, GINT_TO_POINTER (TRUE));
  pl_home_later (pl_home_dispose, g_object_ref (object));
  return TRUE;
}

/**
 * pl_home_claim:
 * @value_type: the type of the language's own values
 * @closure: any closure of the language
 *
 * Has what belongs to a language be released, and called, on this thread alone.
 *
 * It is for bindings of languages whose values and functions belong to one thread, which is the
 * caller's, and is called once, before anything else of this library. From then on values of
 * @value_type, and closures, that are released on another thread are handed over to this one's
 * thread-default main context. A closure that is marshalled as @closure is fails with
 * [error@Gio.IOErrorEnum.NOT_SUPPORTED] if it would have to be called on another thread. And what
 * this thread disposes while its run is under way, a [class@Pl.Iterator] or [class@Pl.ListModel],
 * ends its run from that context, since it may be a garbage collector that disposes it.
 *
 * Since: 1.0
 */
void
pl_home_claim (GType value_type, GClosure *closure)
{
  g_return_if_fail (G_TYPE_IS_BOXED (value_type));
  g_return_if_fail (closure != NULL);
  g_return_if_fail (g_atomic_pointer_get (&home) == NULL);

  g_closure_ref (closure);
  g_closure_sink (closure);
  marshal = closure->marshal;
  g_closure_unref (closure);

  context = g_main_context_ref_thread_default ();
  g_atomic_pointer_set (&home, g_thread_self ());
  __atomic_store_n (&pl_home_value_type, value_type, __ATOMIC_RELAXED);
}
