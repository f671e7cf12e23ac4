/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-queue-private.h"

#include "pl-interpreter-private.h"

/* What joins stages: many producers, many consumers, bounded in elements, first in, first out.
 *
 * The elements lie in a ring, and travel through it one by one. The ring has two ends that mirror
 * each other: producers pass the one, consumers the other. Each end has a mutex, under which it
 * moves one element and then its position, which counts the elements that have passed it:
 *
 *   in.position - out.position    elements are in the queue, never more than its bound
 *
 * The ends share nothing else, and each looks at the other's position only when what it saw of it
 * last is used up. So while there is room and there are elements, producers and consumers do not
 * meet, and an element costs two mutexes that are free nearly always. Nothing is put aside for
 * anybody: each element in the queue is there for whoever asks first, and each place is free as
 * soon as its element is taken.
 *
 * Who finds no element, or no place, gives up its time slice a few times and looks again, which is
 * how threads that take turns on few processors meet without the kernel's wakes; then it sleeps.
 * No wake-up is lost. Who goes to sleep does, under the mutex of its end, (1) count itself as
 * waiting, (2) look at the other end's position a last time, (3) sleep, which lets go of the mutex.
 * Who passes the other end does (a) move its position, (b) look whether anybody waits, and if so
 * (c) take the sleepers' mutex, count one of them off, and wake it. 1, 2, a and b are sequentially
 * consistent: either 1 comes before b, and the waker sees the sleeper, whom it finds asleep since
 * it has the mutex; or a comes before 2, and the sleeper sees the element, or the place. Whoever is
 * woken is counted off by its waker, so that a row of elements wakes as many sleepers, and looks
 * for itself whether another was quicker. Who wakes without having been woken counts itself again:
 * that costs the next to pass the other end a look, and no more.
 *
 * Who cannot sleep here, as a main context, or a thread that waits for several queues, leaves a
 * waker. It waits as a sleeper does: an attempt that finds nothing counts it as waiting. One that
 * finds something, in that very attempt or in a later one, counts it off again: what wakes it is to
 * be of use to it, and not lost to a sleeper. */

/* How often who finds nothing gives up its time slice before it sleeps. */
#define N_YIELDS 4

/* How often who finds a mutex taken looks again before it sleeps: it is held for the time it takes
 * to move an element. */
#define N_SPINS 50

/* The ring begins with so many places, and doubles up to its bound. */
#define MIN_PLACES 16

/* What is written for each element is kept off the lines of memory that others read. */
#define CACHE_LINE 64

typedef struct
{
  GMutex mutex;
  GCond woken;

  /* written under the mutex, read by the other end: atomic */
  guint position;

  /* under the mutex */
  guint seen;        /* the other end's position, when this end looked last */
  GPtrArray *wakers; /* PlWaker: those that wait, the first for longest */

  char apart[CACHE_LINE];

  /* written under the mutex, read by the other end for each element: atomic */
  guint n_waiting;
} PlQueueEnd;

struct _PlQueue
{
  /* fixed */
  guint bound;       /* of what it holds */
  guint n_set_aside; /* places that belong to the bound all the same */

  /* atomic */
  guint n_producers;
  gboolean is_ended;
  gboolean is_cancelled;

  /* read under either mutex, written under both */
  PlElement *places;
  guint mask;

  /* under the mutex of the end out */
  guint n_lent;   /* places whose elements the consumer has, the first ones */
  PlWaker *waker; /* the consumer's; NULL: it sleeps */
  gboolean is_nudged;

#ifdef PL_QUEUE_CHECKS
  guint n_held; /* atomic */
#endif

  char apart[CACHE_LINE];
  PlQueueEnd in;
  PlQueueEnd out;
};

static void
pl_queue_end_init (PlQueueEnd *end)
{
  g_mutex_init (&end->mutex);
  g_cond_init (&end->woken);
  end->wakers = g_ptr_array_new_with_free_func ((GDestroyNotify) pl_waker_unref);
}

static void
pl_queue_end_clear (PlQueueEnd *end)
{
  g_mutex_clear (&end->mutex);
  g_cond_clear (&end->woken);
  g_ptr_array_unref (end->wakers);
}

static inline void
pl_queue_end_lock (PlQueueEnd *end)
{
  for (guint i = 0; i < N_SPINS; i++)
    {
      if (g_mutex_trylock (&end->mutex))
        return;
    }

  g_mutex_lock (&end->mutex);
}

static inline void
pl_queue_end_unlock (PlQueueEnd *end)
{
  g_mutex_unlock (&end->mutex);
}

static inline void
pl_queue_end_advance (PlQueueEnd *end)
{
  g_atomic_int_set (&end->position, end->position + 1);
}

/* In builds for tests the queue counts its elements on another account than by the positions. */
#ifdef PL_QUEUE_CHECKS
static void
pl_queue_check_in (PlQueue *self)
{
  guint n_held = (guint) g_atomic_int_add (&self->n_held, 1) + 1;

  if (n_held > self->bound)
    g_error ("A queue holds %u elements, and its bound is %u", n_held, self->bound);
}

static void
pl_queue_check_out (PlQueue *self)
{
  if (g_atomic_int_add (&self->n_held, -1) == 0)
    g_error ("A queue has given an element that it did not hold");
}
#else
#define pl_queue_check_in(self)
#define pl_queue_check_out(self)
#endif

/* A queue without bound, if @bound is 0, holds what is put into it. */
PlQueue *
pl_queue_new (guint bound)
{
  PlQueue *self = g_new0 (PlQueue, 1);

  self->bound = bound > 0 ? bound : G_MAXUINT;
  self->places = g_new0 (PlElement, MIN_PLACES);
  self->mask = MIN_PLACES - 1;
  pl_queue_end_init (&self->in);
  pl_queue_end_init (&self->out);
  return self;
}

/* Frees the queue with what is still in it; nobody may be using it any more. */
void
pl_queue_free (PlQueue *self)
{
  for (guint i = self->out.position; i != self->in.position; i++)
    pl_element_clear (&self->places[i & self->mask]);

  g_free (self->places);
  g_clear_pointer (&self->waker, pl_waker_unref);
  pl_queue_end_clear (&self->in);
  pl_queue_end_clear (&self->out);
  g_free (self);
}

/* Tells, under the mutex of the end in, whether there is a place. */
static inline gboolean
pl_queue_has_place (PlQueue *self)
{
  if (self->in.position - self->in.seen < self->bound)
    return TRUE;

  self->in.seen = g_atomic_int_get (&self->out.position);
  return self->in.position - self->in.seen < self->bound;
}

/* Tells, under the mutex of the end out, whether there is an element that has not been lent. */
static inline gboolean
pl_queue_has_element (PlQueue *self)
{
  guint next = self->out.position + self->n_lent;

  if (self->out.seen != next)
    return TRUE;

  self->out.seen = g_atomic_int_get (&self->in.position);
  return self->out.seen != next;
}

/* Tells, under the mutex of @end, whether there is no need to wait there. */
static gboolean
pl_queue_end_is_ready (PlQueue *self, PlQueueEnd *end)
{
  if (g_atomic_int_get (&self->is_cancelled))
    return TRUE;
  if (end == &self->in)
    return pl_queue_has_place (self);
  return pl_queue_has_element (self) || self->is_nudged || g_atomic_int_get (&self->is_ended);
}

/* Waits, under the mutex of @end, until there is something to be done. */
static void
pl_queue_end_wait (PlQueue *self, PlQueueEnd *end)
{
  for (guint i = 0; i < N_YIELDS; i++)
    {
      pl_queue_end_unlock (end);
      g_thread_yield ();
      pl_queue_end_lock (end);
      if (pl_queue_end_is_ready (self, end))
        return;
    }

  while (TRUE)
    {
      g_atomic_int_inc (&end->n_waiting);
      if (pl_queue_end_is_ready (self, end))
        break;
      g_cond_wait (&end->woken, &end->mutex);
    }
  g_atomic_int_add (&end->n_waiting, -1);
}

/* Counts @waker as waiting at @end, under its mutex. */
static void
pl_queue_end_add_waker (PlQueueEnd *end, PlWaker *waker)
{
  if (g_ptr_array_find (end->wakers, waker, NULL))
    return;

  g_ptr_array_add (end->wakers, pl_waker_ref (waker));
  g_atomic_int_inc (&end->n_waiting);
}

/* Counts @waker off, under the mutex of @end, if it waits there. */
static inline void
pl_queue_end_remove_waker (PlQueueEnd *end, PlWaker *waker)
{
  if (end->wakers->len > 0 && g_ptr_array_remove (end->wakers, waker))
    g_atomic_int_add (&end->n_waiting, -1);
}

/* Wakes one of those that wait at @end, if anybody does. */
static inline void
pl_queue_end_wake (PlQueueEnd *end)
{
  g_autoptr(PlWaker) waker = NULL;

  if (g_atomic_int_get (&end->n_waiting) == 0)
    return;

  pl_queue_end_lock (end);
  if (end->n_waiting > 0)
    g_atomic_int_add (&end->n_waiting, -1);
  if (end->wakers->len > 0)
    waker = g_ptr_array_steal_index (end->wakers, 0);
  pl_queue_end_unlock (end);

  if (waker != NULL)
    pl_waker_wake (waker);
  else
    g_cond_signal (&end->woken);
}

static void
pl_queue_wake_waker (gpointer waker, gpointer user_data)
{
  pl_waker_wake (waker);
}

static void
pl_queue_end_wake_all (PlQueue *self, PlQueueEnd *end)
{
  pl_queue_end_lock (end);
  g_atomic_int_set (&end->n_waiting, 0);
  g_cond_broadcast (&end->woken);
  g_ptr_array_foreach (end->wakers, pl_queue_wake_waker, NULL);
  g_ptr_array_set_size (end->wakers, 0);
  if (end == &self->out && self->waker != NULL)
    pl_waker_wake (self->waker);
  pl_queue_end_unlock (end);
}

/* The queue ends when as many producers have been removed as were added. */
void
pl_queue_add_producer (PlQueue *self)
{
  g_atomic_int_inc (&self->n_producers);
}

void
pl_queue_remove_producer (PlQueue *self)
{
  if (!g_atomic_int_dec_and_test (&self->n_producers))
    return;

  g_atomic_int_set (&self->is_ended, TRUE);
  pl_queue_end_wake_all (self, &self->out);
}

/* Doubles the ring if it is full and may grow, under the mutex of the end in. */
static void
pl_queue_make_room (PlQueue *self)
{
  guint mask = self->mask * 2 + 1;
  PlElement *places;

  self->in.seen = g_atomic_int_get (&self->out.position);
  if (self->in.position - self->in.seen <= self->mask)
    return;

  places = g_new0 (PlElement, (gsize) mask + 1);
  pl_queue_end_lock (&self->out);
  for (guint i = self->out.position; i != self->in.position; i++)
    places[i & mask] = self->places[i & self->mask];
  g_free (self->places);
  self->places = places;
  self->mask = mask;
  pl_queue_end_unlock (&self->out);
}

/* Moves @element into the queue. Without @wait it does so only if there is a place; if there is
 * none, and @waker is not NULL, that is woken when there may be one. What it says otherwise is as
 * in taking: the queue is full, or it is cancelled; the element stays with the caller then. */
PlFlow
pl_queue_push (PlQueue *self, PlElement *element, gboolean wait, PlWaker *waker)
{
  gpointer paused = wait ? pl_interpreter_pause () : NULL;
  PlFlow pushed = PL_FLOW_OK;

  pl_queue_end_lock (&self->in);
  if (!pl_queue_has_place (self))
    {
      if (wait)
        pl_queue_end_wait (self, &self->in);
      else if (waker != NULL)
        pl_queue_end_add_waker (&self->in, waker);
    }

  if (g_atomic_int_get (&self->is_cancelled))
    pushed = PL_FLOW_END;
  else if (!pl_queue_has_place (self))
    pushed = PL_FLOW_AGAIN;

  if (pushed == PL_FLOW_OK)
    {
      if (self->in.position - self->in.seen > self->mask)
        pl_queue_make_room (self);
      pl_element_move (element, &self->places[self->in.position & self->mask]);
      pl_queue_check_in (self);
      pl_queue_end_advance (&self->in);
      if (waker != NULL)
        pl_queue_end_remove_waker (&self->in, waker);
    }
  pl_queue_end_unlock (&self->in);

  if (pushed == PL_FLOW_OK)
    pl_queue_end_wake (&self->out);
  pl_interpreter_go_on (paused);
  return pushed;
}

/* Moves the first element of the queue into @element, which is empty. Without @wait it does so only
 * if there is one; if there is none, @waker is woken when there may be one, or, if that is NULL,
 * the queue's own. */
PlFlow
pl_queue_take (PlQueue *self, PlElement *element, gboolean wait, PlWaker *waker)
{
  gpointer paused = wait ? pl_interpreter_pause () : NULL;
  PlFlow taken = PL_FLOW_OK;

  pl_queue_end_lock (&self->out);
  if (waker == NULL)
    waker = self->waker;
  if (!pl_queue_has_element (self))
    {
      if (wait)
        pl_queue_end_wait (self, &self->out);
      else if (waker != NULL)
        pl_queue_end_add_waker (&self->out, waker);
    }

  /* The last element was put in before the end was told: once more after that is seen. */
  if (g_atomic_int_get (&self->is_cancelled))
    taken = PL_FLOW_END;
  else if (!pl_queue_has_element (self))
    {
      gboolean is_ended = g_atomic_int_get (&self->is_ended);

      if (!pl_queue_has_element (self))
        taken = is_ended ? PL_FLOW_END : PL_FLOW_AGAIN;
    }

  if (taken == PL_FLOW_OK)
    {
      g_assert (self->n_lent == 0);
      pl_element_move (&self->places[self->out.position & self->mask], element);
      pl_queue_check_out (self);
      pl_queue_end_advance (&self->out);
      if (waker != NULL)
        pl_queue_end_remove_waker (&self->out, waker);
    }
  else if (taken == PL_FLOW_AGAIN && wait)
    {
      self->is_nudged = FALSE;
    }
  pl_queue_end_unlock (&self->out);

  if (taken == PL_FLOW_OK)
    pl_queue_end_wake (&self->in);
  pl_interpreter_go_on (paused);
  return taken;
}

/* Moves the next element into @element, which is empty, and leaves its place taken. It is for a
 * queue with one consumer, who gives back what has been lent before the next one is taken. Returns
 * FALSE if there is none. */
gboolean
pl_queue_borrow (PlQueue *self, PlElement *element)
{
  gboolean is_there;

  pl_queue_end_lock (&self->out);
  is_there = pl_queue_has_element (self) && !g_atomic_int_get (&self->is_cancelled);
  if (is_there)
    {
      guint position = self->out.position + self->n_lent++;

      pl_element_move (&self->places[position & self->mask], element);
    }
  pl_queue_end_unlock (&self->out);

  return is_there;
}

/* Frees the place of the element that was lent first. Returns FALSE if the queue has been cancelled
 * since. */
gboolean
pl_queue_give_back (PlQueue *self)
{
  pl_queue_end_lock (&self->out);
  self->n_lent--;
  pl_queue_check_out (self);
  pl_queue_end_advance (&self->out);
  pl_queue_end_unlock (&self->out);

  pl_queue_end_wake (&self->in);
  return !g_atomic_int_get (&self->is_cancelled);
}

/* @waker's owner, who found nothing to take, does not wait for an element any more. If it has been
 * woken for one already, another is in its place. */
void
pl_queue_leave (PlQueue *self, PlWaker *waker)
{
  gboolean has_been_woken;

  pl_queue_end_lock (&self->out);
  has_been_woken = !g_ptr_array_find (self->out.wakers, waker, NULL);
  pl_queue_end_remove_waker (&self->out, waker);
  pl_queue_end_unlock (&self->out);

  if (has_been_woken)
    pl_queue_end_wake (&self->out);
}

/* Has one who waits for an element return without one, now or the next time it would have to wait.
 */
void
pl_queue_nudge (PlQueue *self)
{
  pl_queue_end_lock (&self->out);
  self->is_nudged = TRUE;
  pl_queue_end_unlock (&self->out);
  pl_queue_end_wake_all (self, &self->out);
}

/* From now on @waker is woken when there is something to take, the end included, after an attempt
 * that found nothing. */
void
pl_queue_set_waker (PlQueue *self, PlWaker *waker)
{
  PlWaker *old;

  pl_queue_end_lock (&self->out);
  old = self->waker;
  self->waker = waker != NULL ? pl_waker_ref (waker) : NULL;
  if (old != NULL)
    pl_queue_end_remove_waker (&self->out, old);
  pl_queue_end_unlock (&self->out);

  g_clear_pointer (&old, pl_waker_unref);
}

/* Ends the queue at once for both sides: what is in it stays in it until it is freed. */
void
pl_queue_cancel (PlQueue *self)
{
  g_atomic_int_set (&self->is_cancelled, TRUE);
  pl_queue_end_wake_all (self, &self->in);
  pl_queue_end_wake_all (self, &self->out);
}

/* How many elements are in the queue at the moment. */
guint
pl_queue_get_length (PlQueue *self)
{
  guint out = g_atomic_int_get (&self->out.position);

  /* What was taken in between makes it more than there ever were. */
  return MIN ((guint) g_atomic_int_get (&self->in.position) - out, self->bound);
}

/* 0: there is no bound. */
guint
pl_queue_get_bound (PlQueue *self)
{
  return self->bound < G_MAXUINT ? self->bound + self->n_set_aside : 0;
}

guint
pl_queue_get_set_aside (PlQueue *self)
{
  return self->n_set_aside;
}

/* Before the run starts: leaves places of a queue that has a bound to elements that are not in it,
 * but count as if they were. Some places are left to the queue. */
void
pl_queue_set_aside (PlQueue *self, guint n_places)
{
  if (self->bound == G_MAXUINT)
    return;

  g_assert (n_places < self->bound);
  self->bound -= n_places;
  self->n_set_aside += n_places;
}
