/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-remote.h"

#include <signal.h>

/* Workers on two machines, one of which is lost. */

#define N_ELEMENTS 400

/* How many workers both hosts have room for. */
#define N_PLACES 8

/* In milliseconds. */
#define SILENCE 1000

/* A run of a stage with workers on both. The elements are numbers, each of which gives as many
 * places. */
typedef struct
{
  PlStage *channel;
  PlIterator *iter;
  GArray *counts;    /* guint: of the places of each number */
  guint n_left;      /* places that have not been taken */
  guint n_each;      /* places that an element gives */
  GHashTable *hosts; /* char * to PlTestPlace: the last one there */
} Work;

static void
push (Work *self, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      g_auto(GValue) value = G_VALUE_INIT;

      g_value_init (&value, G_TYPE_INT);
      g_value_set_int (&value, self->counts->len);
      g_array_set_size (self->counts, self->counts->len + 1);
      self->n_left += self->n_each;
      g_assert_true (pl_channel_push (PL_CHANNEL (self->channel), &value, NULL, NULL));
    }
}

static PlTestPlace *
take (Work *self)
{
  PlTestPlace *place = pl_test_remote_take_place (self->iter);

  g_assert_nonnull (place);
  g_assert_cmpuint (place->number, <, self->counts->len);
  g_array_index (self->counts, guint, place->number)++;
  self->n_left--;
  g_hash_table_replace (self->hosts, place->host, place);
  return place;
}

/* Starts it; when this returns there have been places on both hosts, and there is more to do. */
static Work *
work_new (PlStage *(*constructor) (PlStage *, PlCommand *), const char *function, guint n_each)
{
  g_autoptr(PlCommand) command = pl_test_remote_new_command (function);
  g_autoptr(PlStage) stage = NULL;
  Work *self = g_new0 (Work, 1);

  self->channel = pl_channel_new (0);
  self->counts = g_array_new (FALSE, TRUE, sizeof (guint));
  self->n_each = n_each;
  self->hosts = g_hash_table_new_full (g_str_hash, g_str_equal, NULL,
                                       (GDestroyNotify) pl_test_place_free);

  stage = constructor (self->channel, command);
  pl_command_set_silence (command, SILENCE);
  pl_stage_set_workers (stage, 4);
  pl_stage_set_retries (stage, 10);
  self->iter = pl_stage_iterate (stage);

  push (self, 50);
  while (g_hash_table_size (self->hosts) < 2)
    {
      take (self);
      push (self, 1);
    }
  push (self, N_ELEMENTS);
  return self;
}

/* Takes what there is to take, to the end. */
static void
finish (Work *self)
{
  pl_channel_close (PL_CHANNEL (self->channel));
  while (self->n_left > 0)
    take (self);

  g_assert_null (pl_test_remote_take_place (self->iter));
  for (guint i = 0; i < self->counts->len; i++)
    g_assert_cmpuint (g_array_index (self->counts, guint, i), ==, self->n_each);
}

static void
work_free (Work *self)
{
  g_object_unref (self->iter);
  g_object_unref (self->channel);
  g_array_unref (self->counts);
  g_hash_table_unref (self->hosts);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Work, work_free)

/* Does what the driver says in @variable. */
static void
have_driver_do (const char *variable)
{
  g_autoptr(GError) error = NULL;
  int status;

  g_spawn_command_line_sync (g_getenv (variable), NULL, NULL, &status, &error);
  g_assert_no_error (error);
  g_spawn_check_wait_status (status, &error);
  g_assert_no_error (error);
}

static void
test_workers_are_on_both (void)
{
  g_autoptr(Work) work = work_new (pl_process_map, "place", 1);

  finish (work);
}

/* A host is lost, with elements that it has, and answers that are on their way. */
static void
lose_host (PlStage *(*constructor) (PlStage *, PlCommand *), const char *function, guint n_each)
{
  g_autoptr(Work) work = work_new (constructor, function, n_each);
  PlTestPlace *lost = g_hash_table_lookup (work->hosts, g_getenv ("PL_TEST_LOST_HOST"));
  int pidfd;

  g_assert_nonnull (lost);
  pidfd = pl_test_remote_watch (lost->pid);
  have_driver_do ("PL_TEST_CUT");
  finish (work);
  pl_test_remote_assert_ends (pidfd);
  have_driver_do ("PL_TEST_MEND");
}

static void
test_nothing_is_lost_with_a_host (void)
{
  lose_host (pl_process_map, "place", 1);
}

static void
test_nothing_is_doubled_with_a_host (void)
{
  lose_host (pl_process_flat_map, "places", 3);
}

/* Nothing but its silence tells of it. */
static void
test_stopped_worker_is_replaced (void)
{
  g_autoptr(Work) work = work_new (pl_process_map, "place", 1);
  PlTestPlace *stopped = take (work);
  int pidfd = pl_test_remote_watch (stopped->pid);

  g_assert_cmpint (kill (stopped->pid, SIGSTOP), ==, 0);
  finish (work);
  pl_test_remote_assert_ends (pidfd);
}

/* All places that there are in an allocation are taken, and free again soon. */
static void
test_cancelling_ends_all_workers (void)
{
  g_autoptr(PlStage) source = pl_source_new_range (0, N_PLACES);
  g_autoptr(PlCommand) command = pl_test_remote_new_command ("compute");
  g_autoptr(PlStage) stage = pl_process_flat_map (source, command);
  int pidfds[N_PLACES];

  pl_stage_set_workers (stage, N_PLACES);
  for (guint round = 0; round < 2; round++)
    {
      g_autoptr(PlIterator) iter = pl_stage_iterate (stage);
      gint64 start = g_get_monotonic_time ();

      for (guint i = 0; i < N_PLACES; i++)
        {
          g_autoptr(PlTestPlace) place = pl_test_remote_take_place (iter);

          pidfds[i] = pl_test_remote_watch (place->pid);
        }
      g_assert_cmpint ((g_get_monotonic_time () - start) / 1000, <, PL_TEST_SOON);

      pl_iterator_close (iter);
      for (guint i = 0; i < N_PLACES; i++)
        pl_test_remote_assert_ends (pidfds[i]);
    }
}

/* A program that does not look whether anybody is there. */
static void
test_cancelling_ends_any_program (void)
{
  const char * const argv[] = { "sh", "-c", "echo \"here {} $$ $PPID\"; exec sleep 1000", NULL };
  g_autoptr(PlStage) source = pl_source_new_for_strv ((const char *[]) { "0", NULL });
  g_autoptr(PlCommand) command = pl_command_new (argv);
  g_autoptr(PlStage) stage = pl_process_flat_map (source, command);
  g_autoptr(PlIterator) iter = NULL;
  g_autoptr(PlTestPlace) place = NULL;
  int pidfd;

  pl_test_remote_launch (command);
  pl_command_set_protocol (command, PL_PROTOCOL_ONESHOT);
  iter = pl_stage_iterate (stage);
  place = pl_test_remote_take_place (iter);
  pidfd = pl_test_remote_watch (place->pid);

  pl_iterator_close (iter);
  pl_test_remote_assert_ends (pidfd);
}

static void
add_tests (void)
{
  g_test_add_func ("/hosts/workers-are-on-both", test_workers_are_on_both);
  g_test_add_func ("/hosts/nothing-is-lost-with-a-host", test_nothing_is_lost_with_a_host);
  g_test_add_func ("/hosts/nothing-is-doubled-with-a-host", test_nothing_is_doubled_with_a_host);
  g_test_add_func ("/hosts/stopped-worker-is-replaced", test_stopped_worker_is_replaced);
  g_test_add_func ("/hosts/cancelling-ends-all-workers", test_cancelling_ends_all_workers);
  g_test_add_func ("/hosts/cancelling-ends-any-program", test_cancelling_ends_any_program);
}

int
main (int argc, char **argv)
{
  return pl_test_remote_main (argc, argv, add_tests);
}
