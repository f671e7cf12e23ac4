/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-process.h"

#include "pl-test-shared.h"

/* A worker process is this very program. It is told by its environment which function it is to run,
 * and with which data: each as its distance from something that is in both processes, since they
 * are not at the same addresses. It registers them before it serves. */

#define FUNCTION "PL_TEST_FUNCTION"
#define ON_START "PL_TEST_ON_START"
#define ON_DONE "PL_TEST_ON_DONE"
#define RESULT_TYPE "PL_TEST_RESULT_TYPE" /* set if the function is that of a closure */
#define SHARED "PL_TEST_SHARED"

/* What is not a pointer is no more than this. */
#define MAX_NUMBER 65535

static gssize
pl_test_process_get_distance (GCallback func)
{
  return (gssize) func - (gssize) pl_test_process_init;
}

static GCallback
pl_test_process_get_function (gssize distance)
{
  return (GCallback) ((gssize) pl_test_process_init + distance);
}

/* Tells the process about a function and its data, in the variable @name. */
static void
pl_test_process_tell (PlCommand *command, const char *name, GCallback func, gpointer user_data)
{
  gssize offset = GPOINTER_TO_INT (user_data);
  gboolean is_shared = pl_test_shared_find (user_data, &offset);
  g_autofree char *text = NULL;

  g_assert_true (is_shared || GPOINTER_TO_SIZE (user_data) <= MAX_NUMBER);
  text = g_strdup_printf ("%" G_GSSIZE_FORMAT ",%c,%" G_GSSIZE_FORMAT,
                          pl_test_process_get_distance (func), is_shared ? 's' : 'n', offset);
  pl_command_setenv (command, name, text);

  if (is_shared)
    {
      g_autofree char *path = pl_test_shared_get_path ();

      pl_command_setenv (command, SHARED, path);
    }
}

/* What the parent has told. Returns FALSE if it has told nothing. */
static gboolean
pl_test_process_hear (const char *name, GCallback *func, gpointer *user_data)
{
  const char *text = g_getenv (name);
  g_auto(GStrv) parts = NULL;
  gssize offset;

  if (text == NULL)
    return FALSE;

  parts = g_strsplit (text, ",", 3);
  offset = g_ascii_strtoll (parts[2], NULL, 10);
  *func = pl_test_process_get_function (g_ascii_strtoll (parts[0], NULL, 10));
  *user_data = *parts[1] == 's' ? pl_test_shared_get (offset) : GINT_TO_POINTER ((int) offset);
  return TRUE;
}

static PlCommand *
pl_test_process_new_command (const char *operation, GCallback func, gpointer user_data)
{
  PlCommand *command = pl_command_new_self (operation);

  pl_test_process_tell (command, FUNCTION, func, user_data);
  return command;
}

static PlCommand *
pl_test_process_new_command_for_closure (const char *operation, GClosure *closure, GType type)
{
  GCallback func = (GCallback) (gsize) ((GCClosure *) closure)->callback;
  PlCommand *command = pl_test_process_new_command (operation, func, closure->data);

  pl_command_setenv (command, RESULT_TYPE, g_type_name (type));
  g_closure_sink (g_closure_ref (closure));
  g_closure_unref (closure);
  return command;
}

/* The data of a function lives as long as its stage does. */
static PlStage *
pl_test_process_take_data (PlStage *stage, gpointer user_data, GDestroyNotify notify)
{
  if (notify != NULL)
    g_object_set_data_full (G_OBJECT (stage), "pl-test-data", user_data, notify);
  return stage;
}

static PlStage *
pl_test_process_map (PlStage *input, PlMapFunc func, gpointer user_data, GDestroyNotify notify)
{
  g_autoptr(PlCommand) command = pl_test_process_new_command ("map", G_CALLBACK (func), user_data);

  return pl_test_process_take_data (pl_process_map (input, command), user_data, notify);
}

static PlStage *
pl_test_process_map_with_closure (PlStage *input, GClosure *closure, GType result_type)
{
  g_autoptr(PlCommand) command = pl_test_process_new_command_for_closure ("map", closure,
                                                                          result_type);

  return pl_process_map (input, command);
}

static PlStage *
pl_test_process_filter (PlStage *input,
                        PlFilterFunc func,
                        gpointer user_data,
                        GDestroyNotify notify)
{
  g_autoptr(PlCommand) command = pl_test_process_new_command ("filter", G_CALLBACK (func),
                                                              user_data);

  return pl_test_process_take_data (pl_process_filter (input, command), user_data, notify);
}

static PlStage *
pl_test_process_filter_with_closure (PlStage *input, GClosure *closure)
{
  g_autoptr(PlCommand) command = pl_test_process_new_command_for_closure ("filter", closure,
                                                                          G_TYPE_BOOLEAN);

  return pl_process_filter (input, command);
}

static PlStage *
pl_test_process_each (PlStage *input, PlEachFunc func, gpointer user_data, GDestroyNotify notify)
{
  g_autoptr(PlCommand) command = pl_test_process_new_command ("each", G_CALLBACK (func), user_data);

  return pl_test_process_take_data (pl_process_each (input, command), user_data, notify);
}

static PlStage *
pl_test_process_each_with_closure (PlStage *input, GClosure *closure)
{
  g_autoptr(PlCommand) command = pl_test_process_new_command_for_closure ("each", closure,
                                                                          G_TYPE_NONE);

  return pl_process_each (input, command);
}

static PlStage *
pl_test_process_flat_map (PlStage *input,
                          PlFlatMapFunc func,
                          gpointer user_data,
                          GDestroyNotify notify)
{
  g_autoptr(PlCommand) command = pl_test_process_new_command ("flat_map", G_CALLBACK (func),
                                                              user_data);

  return pl_test_process_take_data (pl_process_flat_map (input, command), user_data, notify);
}

static PlStage *
pl_test_process_flat_map_with_closure (PlStage *input, GClosure *closure)
{
  g_autoptr(PlCommand) command = pl_test_process_new_command_for_closure ("flat_map", closure,
                                                                          G_TYPE_NONE);

  return pl_process_flat_map (input, command);
}

const PlTestKind pl_test_process = {
  .name = "process",
  .kind = PL_WORKER_KIND_PROCESS,
  .map = pl_test_process_map,
  .map_with_closure = pl_test_process_map_with_closure,
  .filter = pl_test_process_filter,
  .filter_with_closure = pl_test_process_filter_with_closure,
  .each = pl_test_process_each,
  .each_with_closure = pl_test_process_each_with_closure,
  .flat_map = pl_test_process_flat_map,
  .flat_map_with_closure = pl_test_process_flat_map_with_closure,
  .concat = pl_process_concat,
  .ordered = pl_process_ordered,
};

void
pl_test_process_set_on_start (PlStage *stage, PlStartFunc func, gpointer user_data)
{
  pl_test_process_tell (pl_stage_get_command (stage), ON_START, G_CALLBACK (func), user_data);
}

void
pl_test_process_set_on_done (PlStage *stage, PlDoneFunc func, gpointer user_data)
{
  pl_test_process_tell (pl_stage_get_command (stage), ON_DONE, G_CALLBACK (func), user_data);
}

static PlStage *
pl_test_process_register (const char *operation, GCallback func, gpointer user_data)
{
  if (g_str_equal (operation, "map"))
    return pl_worker_register_map (operation, (PlMapFunc) func, user_data, NULL);
  if (g_str_equal (operation, "filter"))
    return pl_worker_register_filter (operation, (PlFilterFunc) func, user_data, NULL);
  if (g_str_equal (operation, "each"))
    return pl_worker_register_each (operation, (PlEachFunc) func, user_data, NULL);
  return pl_worker_register_flat_map (operation, (PlFlatMapFunc) func, user_data, NULL);
}

static PlStage *
pl_test_process_register_closure (const char *operation,
                                  GCallback func,
                                  gpointer user_data,
                                  GType result_type)
{
  GClosure *closure = g_cclosure_new (func, user_data, NULL);

  if (g_str_equal (operation, "map"))
    return pl_worker_register_map_with_closure (operation, closure, result_type);
  if (g_str_equal (operation, "filter"))
    return pl_worker_register_filter_with_closure (operation, closure);
  if (g_str_equal (operation, "each"))
    return pl_worker_register_each_with_closure (operation, closure);
  return pl_worker_register_flat_map_with_closure (operation, closure);
}

/* In a worker process, makes known what its parent has told. */
static void
pl_test_process_register_what_is_told (const char *operation)
{
  const char *result_type = g_getenv (RESULT_TYPE);
  GCallback func;
  gpointer user_data;
  PlStage *stage;

  if (g_getenv (SHARED) != NULL)
    pl_test_shared_open (g_getenv (SHARED));
  pl_test_process_hear (FUNCTION, &func, &user_data);

  if (result_type != NULL)
    stage = pl_test_process_register_closure (operation, func, user_data,
                                              g_type_from_name (result_type));
  else
    stage = pl_test_process_register (operation, func, user_data);

  if (pl_test_process_hear (ON_START, &func, &user_data))
    pl_stage_set_on_start (stage, (PlStartFunc) func, user_data, NULL);
  if (pl_test_process_hear (ON_DONE, &func, &user_data))
    pl_stage_set_on_done (stage, (PlDoneFunc) func, user_data, NULL);
}

static void
pl_test_process_run_nothing (void)
{
  g_assert_not_reached ();
}

/* In a worker process, which has the operation as its last argument, this does not return. */
void
pl_test_process_init (int *argc, char ***argv)
{
  static const char * const operations[] = { "map", "filter", "each", "flat_map" };

  if (g_getenv (FUNCTION) != NULL)
    pl_test_process_register_what_is_told ((*argv)[*argc - 1]);
  for (guint i = 0; g_getenv (FUNCTION) == NULL && i < G_N_ELEMENTS (operations); i++)
    pl_test_process_register (operations[i], pl_test_process_run_nothing, NULL);

  pl_worker_init (argc, argv);
}
