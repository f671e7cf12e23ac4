/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-interpreter-private.h"

/* The lock of an interpreter, which whoever runs something there has.
 *
 * A thread that runs one function of the interpreter's after the other keeps it in between, for as
 * long as it has something to do: to let go of it is to wake whoever wants it, and to wait for that
 * then. The interpreter itself sees to it that others have their turns.
 *
 * There is one order: nobody takes the lock who has a mutex of the library's, and no function of
 * the interpreter's is called, nor value of its freed, under one. And nobody waits who has the
 * lock: what may wait lets go of it meanwhile, on any thread that has it, for which reason does not
 * matter. */

static struct
{
  int (*is_held) (void);
  gpointer (*get_thread) (void);
  gpointer (*release) (void);
  void (*acquire) (gpointer thread);
} lock;

static gboolean has_lock; /* atomic: all of them are set */

/* How the interpreter's own bytes are read and made, which takes its lock. */
static struct
{
  GType object_type; /* atomic: 0: it has none */
  int (*get) (gpointer object, char **data, gssize *size);
  gpointer (*make) (const char *data, gssize size);
  void (*forget_error) (void);
} own_bytes;

/* Takes the lock, if there is one and the interpreter knows this thread. Returns FALSE if there is
 * nothing to leave. */
gboolean
pl_interpreter_enter (void)
{
  gpointer thread;

  if (!g_atomic_int_get (&has_lock) || lock.is_held ())
    return FALSE;

  thread = lock.get_thread ();
  if (thread != NULL)
    lock.acquire (thread);
  return thread != NULL;
}

void
pl_interpreter_leave (void)
{
  lock.release ();
}

/* Lets go of the lock before a thread waits, if it has it. What is returned is for
 * pl_interpreter_go_on(), when the thread has waited and has no mutex. */
gpointer
pl_interpreter_pause (void)
{
  if (!g_atomic_int_get (&has_lock) || !lock.is_held ())
    return NULL;

  return lock.release ();
}

void
pl_interpreter_go_on (gpointer paused)
{
  if (paused != NULL)
    lock.acquire (paused);
}

/* The type of values that are objects of the interpreter's, and may be bytes; or 0. */
GType
pl_interpreter_get_bytes_type (void)
{
  return g_atomic_pointer_get (&own_bytes.object_type);
}

/* Tells whether this thread has the lock. */
gboolean
pl_interpreter_has_lock (void)
{
  return g_atomic_int_get (&has_lock) && lock.is_held ();
}

/* Makes @bytes, which is empty, a GBytes of what is in @object. Returns FALSE if that is none that
 * has bytes. The thread has the lock. */
gboolean
pl_interpreter_get_bytes (const GValue *object, GValue *bytes)
{
  char *data;
  gssize size;

  if (own_bytes.get (g_value_get_boxed (object), &data, &size) != 0)
    {
      own_bytes.forget_error ();
      return FALSE;
    }

  g_value_init (bytes, G_TYPE_BYTES);
  g_value_take_boxed (bytes, g_bytes_new (data, size));
  return TRUE;
}

/* Makes @object, which is empty, an object of what is in @bytes. Returns FALSE if there is no
 * memory for that. The thread has the lock. */
gboolean
pl_interpreter_make_bytes (const GValue *bytes, GValue *object)
{
  gsize size;
  const char *data = g_bytes_get_data (g_value_get_boxed (bytes), &size);
  gpointer pointer = own_bytes.make (data, size);

  if (pointer == NULL)
    {
      own_bytes.forget_error ();
      return FALSE;
    }

  g_value_init (object, own_bytes.object_type);
  g_value_take_boxed (object, pointer);
  return TRUE;
}

/**
 * pl_interpreter_set_lock:
 * @is_held: (type gpointer): tells whether this thread has the lock: it returns an `int`
 * @get_thread: (type gpointer): returns what the interpreter knows of this thread, as a pointer, or
 *   NULL if it does not know it
 * @release: (type gpointer): releases the lock, which this thread has, and returns what @acquire is
 *   called with to have it back
 * @acquire: (type gpointer): waits for the lock; it is called with what @get_thread or @release has
 *   returned on the same thread, and returns nothing
 *
 * Tells the library of the lock that a language's interpreter has, which is one for the whole
 * program. All four are addresses of C functions.
 *
 * It is for language bindings, which call it once, before there are any stages. From then on a
 * thread that calls one closure after the other keeps the lock in between, if there is a thread
 * closure, see [method@Pl.Stage.set_thread_closure], that has made it known to the interpreter; and
 * whatever waits in the library does so without the lock. The interpreter has to let others have
 * the lock now and then while a function runs.
 *
 * For Python they are `PyGILState_Check()`, `PyGILState_GetThisThreadState()`,
 * `PyEval_SaveThread()` and `PyEval_RestoreThread()`.
 *
 * Since: 1.0
 */
void
pl_interpreter_set_lock (int (*is_held) (void),
                         gpointer (*get_thread) (void),
                         gpointer (*release) (void),
                         void (*acquire) (gpointer thread))
{
  g_return_if_fail (is_held != NULL);
  g_return_if_fail (get_thread != NULL);
  g_return_if_fail (release != NULL);
  g_return_if_fail (acquire != NULL);
  g_return_if_fail (!g_atomic_int_get (&has_lock));

  lock.is_held = is_held;
  lock.get_thread = get_thread;
  lock.release = release;
  lock.acquire = acquire;
  g_atomic_int_set (&has_lock, TRUE);
}

/**
 * pl_interpreter_set_bytes:
 * @object_type: the type of values that are objects of the interpreter's, which is a boxed one
 * @get: (type gpointer): tells where the bytes of an object are, and how many: it is called with
 *   the object and return locations for a `char *` and a #gssize, and returns the `int` 0, or
 *   another if the object is none that has bytes
 * @make: (type gpointer): makes an object of bytes: it is called with a `char *` and a #gssize, and
 *   returns a new reference, or NULL if there is no memory
 * @forget_error: (type gpointer): is called when one of the two has failed, with nothing, and
 *   returns nothing
 *
 * Tells the library of the interpreter's own bytes. All three are addresses of C functions, which
 * are called with the lock of [func@Pl.interpreter_set_lock].
 *
 * It is for language bindings, which call it once, before there are any stages. From then on a
 * codec, see [method@Pl.Command.set_codec], whose values are of @object_type turns elements into
 * such objects, and these into values, in place of a [struct@GLib.Bytes]: that is one object less
 * for each element. Its stage has to have a thread closure, see
 * [method@Pl.Stage.set_thread_closure].
 *
 * For Python they are `PyBytes_AsStringAndSize()`, `PyBytes_FromStringAndSize()` and
 * `PyErr_Clear()`.
 *
 * Since: 1.0
 */
void
pl_interpreter_set_bytes (GType object_type,
                          int (*get) (gpointer object, char **data, gssize *size),
                          gpointer (*make) (const char *data, gssize size),
                          void (*forget_error) (void))
{
  g_return_if_fail (G_TYPE_IS_BOXED (object_type));
  g_return_if_fail (get != NULL);
  g_return_if_fail (make != NULL);
  g_return_if_fail (forget_error != NULL);
  g_return_if_fail (pl_interpreter_get_bytes_type () == 0);

  own_bytes.get = get;
  own_bytes.make = make;
  own_bytes.forget_error = forget_error;
  g_atomic_pointer_set (&own_bytes.object_type, object_type);
}
