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
