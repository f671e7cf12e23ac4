/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-registry-private.h"

#include "pl-callback-private.h"
#include "pl-error.h"
#include "pl-stage-private.h"
#include "pl-worker-main.h"
#include "stages/pl-map-private.h"

/* The functions of this program that worker processes may run. Each is kept as the stage that a
 * worker makes of it: without an input, since its elements come from another process. */

static GMutex mutex;
static GHashTable *stages; /* char * to PlStage, under the mutex */

/* Takes @stage, and keeps it for the rest of the program's life. */
static PlStage *
pl_registry_add (const char *name, PlStage *stage)
{
  g_mutex_lock (&mutex);
  if (stages == NULL)
    stages = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  g_hash_table_replace (stages, g_strdup (name), stage);
  g_mutex_unlock (&mutex);

  return stage;
}

static PlStage *
pl_registry_add_stage (const char *name, GType type, PlCallback *callback)
{
  return pl_registry_add (name, pl_stage_new (type, PL_WORKER_KIND_SYNC, NULL, callback));
}

static char *
pl_registry_list_names_locked (void)
{
  g_autoptr(GList) names = stages != NULL ? g_hash_table_get_keys (stages) : NULL;
  g_autoptr(GString) list = g_string_new (NULL);

  names = g_list_sort (names, (GCompareFunc) g_strcmp0);
  for (GList *link = names; link != NULL; link = link->next)
    g_string_append_printf (list, "%s“%s”", link == names ? "" : ", ", (char *) link->data);
  return g_string_free (g_steal_pointer (&list), FALSE);
}

/* Finds what has been registered as @name, or tells what has. */
PlStage *
pl_registry_find (const char *name, GError **error)
{
  g_autofree char *names = NULL;
  PlStage *stage;

  g_mutex_lock (&mutex);
  stage = stages != NULL ? g_hash_table_lookup (stages, name) : NULL;
  if (stage == NULL)
    names = pl_registry_list_names_locked ();
  else
    g_object_ref (stage);
  g_mutex_unlock (&mutex);

  if (stage == NULL)
    g_set_error (error, PL_ERROR, PL_ERROR_NOT_REGISTERED,
                 "No function has been registered as “%s”; %s%s; register it with "
                 "pl_worker_register_map() or its like before pl_worker_init()",
                 name, *names != '\0' ? "those that have are " : "none has been", names);
  return stage;
}

/**
 * pl_worker_register_map:
 * @name: what [ctor@Pl.Command.new_self] and [func@Pl.Worker.serve] call the function
 * @func: (scope notified) (closure user_data) (destroy notify): makes the result of an element
 * @user_data: data for @func
 * @notify: (nullable): frees @user_data, when another function is registered as @name
 *
 * Makes a function known that makes one element of each, so that it can run in worker processes.
 *
 * A program does so before [func@Pl.Worker.init], in all its processes alike. The stage that is
 * returned is the one that the function runs in, inside of a worker process: its
 * [callback@Pl.StartFunc] and [callback@Pl.DoneFunc], set with [method@Pl.Stage.set_on_start] and
 * [method@Pl.Stage.set_on_done], run there too. Its other settings have no meaning.
 *
 * May be called from any thread.
 *
 * Returns: (transfer none): the stage, which is kept for the rest of the program's life, or until
 *   another function is registered as @name
 *
 * Since: 1.0
 */
PlStage *
pl_worker_register_map (const char *name,
                        PlMapFunc func,
                        gpointer user_data,
                        GDestroyNotify notify)
{
  PlCallback *callback;

  g_return_val_if_fail (name != NULL && *name != '\0', NULL);
  g_return_val_if_fail (func != NULL, NULL);

  callback = pl_callback_new (G_CALLBACK (func), user_data, notify);
  return pl_registry_add (name, pl_map_new (PL_WORKER_KIND_SYNC, NULL, callback,
                                            G_TYPE_NONE));
}

/**
 * pl_worker_register_map_with_closure: (rename-to pl_worker_register_map)
 * @name: what [ctor@Pl.Command.new_self] and [func@Pl.Worker.serve] call the closure
 * @closure: makes the result of an element; it is called with the element, and returns the result
 * @result_type: the type of the results; with G_TYPE_NONE the closure initialises its return value,
 *   as that of a language binding may do
 *
 * Makes a closure known that makes one element of each, so that it can run in worker processes, as
 * [func@Pl.Worker.register_map] does a function.
 *
 * The closure fails with [method@Pl.Worker.set_error] on [func@Pl.Worker.get_current].
 *
 * Returns: (transfer none): the stage that the closure runs in
 *
 * Since: 1.0
 */
PlStage *
pl_worker_register_map_with_closure (const char *name,
                                     GClosure *closure,
                                     GType result_type)
{
  PlCallback *callback;

  g_return_val_if_fail (name != NULL && *name != '\0', NULL);
  g_return_val_if_fail (closure != NULL, NULL);
  g_return_val_if_fail (result_type == G_TYPE_NONE || G_TYPE_IS_VALUE (result_type), NULL);

  callback = pl_callback_new_for_closure (closure);
  return pl_registry_add (name, pl_map_new (PL_WORKER_KIND_SYNC, NULL, callback,
                                            result_type));
}

/**
 * pl_worker_register_filter:
 * @name: what [ctor@Pl.Command.new_self] and [func@Pl.Worker.serve] call the function
 * @func: (scope notified) (closure user_data) (destroy notify): decides whether an element is kept
 * @user_data: data for @func
 * @notify: (nullable): frees @user_data, when another function is registered as @name
 *
 * Makes a function known that decides which elements are kept, so that it can run in worker
 * processes.
 *
 * A program does so before [func@Pl.Worker.init], in all its processes alike. The stage that is
 * returned is the one that the function runs in, inside of a worker process: its
 * [callback@Pl.StartFunc] and [callback@Pl.DoneFunc], set with [method@Pl.Stage.set_on_start] and
 * [method@Pl.Stage.set_on_done], run there too. Its other settings have no meaning.
 *
 * May be called from any thread.
 *
 * Returns: (transfer none): the stage, which is kept for the rest of the program's life, or until
 *   another function is registered as @name
 *
 * Since: 1.0
 */
PlStage *
pl_worker_register_filter (const char *name,
                           PlFilterFunc func,
                           gpointer user_data,
                           GDestroyNotify notify)
{
  PlCallback *callback;

  g_return_val_if_fail (name != NULL && *name != '\0', NULL);
  g_return_val_if_fail (func != NULL, NULL);

  callback = pl_callback_new (G_CALLBACK (func), user_data, notify);
  return pl_registry_add_stage (name, PL_TYPE_FILTER, callback);
}

/**
 * pl_worker_register_filter_with_closure: (rename-to pl_worker_register_filter)
 * @name: what [ctor@Pl.Command.new_self] and [func@Pl.Worker.serve] call the closure
 * @closure: decides whether an element is kept; it is called with the element, and returns a
 *   boolean
 *
 * Makes a closure known that decides which elements are kept, so that it can run in worker
 * processes, as [func@Pl.Worker.register_filter] does a function.
 *
 * The closure fails with [method@Pl.Worker.set_error] on [func@Pl.Worker.get_current].
 *
 * Returns: (transfer none): the stage that the closure runs in
 *
 * Since: 1.0
 */
PlStage *
pl_worker_register_filter_with_closure (const char *name,
                                        GClosure *closure)
{
  PlCallback *callback;

  g_return_val_if_fail (name != NULL && *name != '\0', NULL);
  g_return_val_if_fail (closure != NULL, NULL);

  callback = pl_callback_new_for_closure (closure);
  return pl_registry_add_stage (name, PL_TYPE_FILTER, callback);
}

/**
 * pl_worker_register_each:
 * @name: what [ctor@Pl.Command.new_self] and [func@Pl.Worker.serve] call the function
 * @func: (scope notified) (closure user_data) (destroy notify): does something with an element
 * @user_data: data for @func
 * @notify: (nullable): frees @user_data, when another function is registered as @name
 *
 * Makes a function known that does something with each element, so that it can run in worker
 * processes.
 *
 * A program does so before [func@Pl.Worker.init], in all its processes alike. The stage that is
 * returned is the one that the function runs in, inside of a worker process: its
 * [callback@Pl.StartFunc] and [callback@Pl.DoneFunc], set with [method@Pl.Stage.set_on_start] and
 * [method@Pl.Stage.set_on_done], run there too. Its other settings have no meaning.
 *
 * May be called from any thread.
 *
 * Returns: (transfer none): the stage, which is kept for the rest of the program's life, or until
 *   another function is registered as @name
 *
 * Since: 1.0
 */
PlStage *
pl_worker_register_each (const char *name,
                         PlEachFunc func,
                         gpointer user_data,
                         GDestroyNotify notify)
{
  PlCallback *callback;

  g_return_val_if_fail (name != NULL && *name != '\0', NULL);
  g_return_val_if_fail (func != NULL, NULL);

  callback = pl_callback_new (G_CALLBACK (func), user_data, notify);
  return pl_registry_add_stage (name, PL_TYPE_EACH, callback);
}

/**
 * pl_worker_register_each_with_closure: (rename-to pl_worker_register_each)
 * @name: what [ctor@Pl.Command.new_self] and [func@Pl.Worker.serve] call the closure
 * @closure: does something with an element; it is called with the element
 *
 * Makes a closure known that does something with each element, so that it can run in worker
 * processes, as [func@Pl.Worker.register_each] does a function.
 *
 * The closure fails with [method@Pl.Worker.set_error] on [func@Pl.Worker.get_current].
 *
 * Returns: (transfer none): the stage that the closure runs in
 *
 * Since: 1.0
 */
PlStage *
pl_worker_register_each_with_closure (const char *name,
                                      GClosure *closure)
{
  PlCallback *callback;

  g_return_val_if_fail (name != NULL && *name != '\0', NULL);
  g_return_val_if_fail (closure != NULL, NULL);

  callback = pl_callback_new_for_closure (closure);
  return pl_registry_add_stage (name, PL_TYPE_EACH, callback);
}

/**
 * pl_worker_register_flat_map:
 * @name: what [ctor@Pl.Command.new_self] and [func@Pl.Worker.serve] call the function
 * @func: (scope notified) (closure user_data) (destroy notify): emits what it makes of an element
 * @user_data: data for @func
 * @notify: (nullable): frees @user_data, when another function is registered as @name
 *
 * Makes a function known that makes none, one or many elements of each, so that it can run in
 * worker processes.
 *
 * A program does so before [func@Pl.Worker.init], in all its processes alike. The stage that is
 * returned is the one that the function runs in, inside of a worker process: its
 * [callback@Pl.StartFunc] and [callback@Pl.DoneFunc], set with [method@Pl.Stage.set_on_start] and
 * [method@Pl.Stage.set_on_done], run there too. Its other settings have no meaning.
 *
 * May be called from any thread.
 *
 * Returns: (transfer none): the stage, which is kept for the rest of the program's life, or until
 *   another function is registered as @name
 *
 * Since: 1.0
 */
PlStage *
pl_worker_register_flat_map (const char *name,
                             PlFlatMapFunc func,
                             gpointer user_data,
                             GDestroyNotify notify)
{
  PlCallback *callback;

  g_return_val_if_fail (name != NULL && *name != '\0', NULL);
  g_return_val_if_fail (func != NULL, NULL);

  callback = pl_callback_new (G_CALLBACK (func), user_data, notify);
  return pl_registry_add_stage (name, PL_TYPE_FLAT_MAP, callback);
}

/**
 * pl_worker_register_flat_map_with_closure: (rename-to pl_worker_register_flat_map)
 * @name: what [ctor@Pl.Command.new_self] and [func@Pl.Worker.serve] call the closure
 * @closure: emits what it makes of an element; it is called with the element
 *
 * Makes a closure known that makes none, one or many elements of each, so that it can run in worker
 * processes, as [func@Pl.Worker.register_flat_map] does a function.
 *
 * The closure fails with [method@Pl.Worker.set_error] on [func@Pl.Worker.get_current].
 *
 * Returns: (transfer none): the stage that the closure runs in
 *
 * Since: 1.0
 */
PlStage *
pl_worker_register_flat_map_with_closure (const char *name,
                                          GClosure *closure)
{
  PlCallback *callback;

  g_return_val_if_fail (name != NULL && *name != '\0', NULL);
  g_return_val_if_fail (closure != NULL, NULL);

  callback = pl_callback_new_for_closure (closure);
  return pl_registry_add_stage (name, PL_TYPE_FLAT_MAP, callback);
}
