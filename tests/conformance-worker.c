/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include <pypeln-glib/pypeln-glib.h>

/* A worker for tests/conformance.py, which tells what it is to serve: its functions have no more to
 * do than that. An element that is SLOW takes a while. */

#define SLOW 1000
#define SLOW_MS 300

static void
take_time (const GValue *element)
{
  if (g_value_get_int64 (element) == SLOW)
    g_usleep (SLOW_MS * 1000);
}

static gboolean
repeat (const GValue *element, GValue *result, PlWorker *worker, gpointer user_data, GError **error)
{
  take_time (element);
  g_value_init (result, G_TYPE_INT64);
  g_value_copy (element, result);
  return TRUE;
}

static gboolean
is_odd (const GValue *element, gboolean *keep, PlWorker *worker, gpointer user_data, GError **error)
{
  take_time (element);
  *keep = g_value_get_int64 (element) % 2 != 0;
  return TRUE;
}

/* Fails with some. */
static gboolean
accept_odd (const GValue *element, PlWorker *worker, gpointer user_data, GError **error)
{
  take_time (element);
  if (g_value_get_int64 (element) % 2 != 0)
    return TRUE;

  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "It is even");
  return FALSE;
}

static gboolean
count_up (const GValue *element, PlWorker *worker, gpointer user_data, GError **error)
{
  gint64 last = g_value_get_int64 (element);

  take_time (element);
  for (gint64 number = 0; number < last; number++)
    {
      g_auto(GValue) value = G_VALUE_INIT;

      g_value_init (&value, G_TYPE_INT64);
      g_value_set_int64 (&value, number);
      if (!pl_worker_emit (worker, &value, error))
        return FALSE;
    }
  return TRUE;
}

int
main (int argc, char **argv)
{
  pl_worker_register_map ("map", repeat, NULL, NULL);
  pl_worker_register_filter ("filter", is_odd, NULL, NULL);
  pl_worker_register_each ("each", accept_odd, NULL, NULL);
  pl_worker_register_flat_map ("flat_map", count_up, NULL, NULL);
  return pl_worker_serve (argc > 1 ? argv[1] : "map");
}
