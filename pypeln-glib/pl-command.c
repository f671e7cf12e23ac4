/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-command-private.h"

/**
 * PlCommand:
 *
 * How the workers of a process stage are started: which program, where, and what it speaks.
 *
 * The program is a function of this very program, or any other. What it has to do depends on the
 * [property@Pl.Command:protocol].
 *
 * With [enum@Pl.Protocol] frames a worker takes and gives values of many types. It is for functions
 * that shall have a process of their own: because they may crash, are not safe in threads, hold
 * much memory, or are to run on another machine. The simplest is a function of this program, which
 * is registered under a name when the program begins:
 *
 * ```c
 * g_autoptr(PlCommand) command = pl_command_new_self ("shrink");
 * g_autoptr(PlStage) small = pl_process_map (images, command);
 * ```
 *
 * Another program speaks frames if it has been written for it, with `pl_worker_serve()`.
 *
 * With lines a worker is a filter that runs for long: it reads one line for each element, and
 * writes one line for it, at once. Many programs hold back what they write to a pipe until it is
 * much, and have an option that keeps them from it, as `-u` of sed; for others there is
 * `stdbuf -oL`. Elements are strings without line feeds, and results are strings too.
 *
 * ```c
 * const char * const argv[] = { "sed", "-u", "s/colour/color/g", NULL };
 * g_autoptr(PlCommand) command = pl_command_new (argv);
 *
 * pl_command_set_protocol (command, PL_PROTOCOL_LINES);
 * ```
 *
 * With oneshot the program is started anew for each element. It reads the element from its standard
 * input, or is given it as an argument: each `{}` in [property@Pl.Command:argv] is replaced by the
 * element. What it writes to its standard output is the result, a [struct@GLib.Bytes] unless
 * [property@Pl.Command:result-type] says otherwise. With an exit status other than 0 it has failed.
 *
 * ```c
 * const char * const argv[] = { "convert", "{}", "-resize", "200x200", "png:-", NULL };
 * g_autoptr(PlCommand) command = pl_command_new (argv);
 *
 * pl_command_set_protocol (command, PL_PROTOCOL_ONESHOT);
 * ```
 *
 * An element that begins with a hyphen looks like an option to the program; where elements come
 * from elsewhere, put `--` in front of them, as most programs allow.
 *
 * # Other machines
 *
 * A launcher is a command that starts another one, and passes its standard input and output on:
 * `ssh -T HOST`, `srun -u`, `mpirun -n 1`, `podman run -i`, `nice`. Its words are put in front of
 * those of the program. The workers of a stage take turns with several:
 *
 * ```c
 * const char * const here[] = { NULL };
 * const char * const there[] = { "ssh", "-T", "-o", "BatchMode=yes", "build2", NULL };
 *
 * pl_command_set_launcher (command, here);
 * pl_command_add_launcher (command, there);
 * pl_stage_set_workers (stage, 8);
 * ```
 *
 * Four of the workers run on this machine, and four on the other. The program has to be installed
 * there: a function of this program is started with the path that the program has here.
 *
 * # Use
 *
 * What a command has been told is copied when a run starts; to change it later does not change that
 * run. A command may be used from any thread, and by many stages, as long as none changes it
 * meanwhile. What is wrong with a command is the error of the run: PL_ERROR_INVALID_VALUE if it has
 * no program, or a result type that cannot be, and PL_ERROR_INVALID_KIND if its workers cannot do
 * what the stage does.
 *
 * pypeln has functions only, in processes that are forked.
 *
 * Since: 1.0
 */

G_DEFINE_FINAL_TYPE (PlCommand, pl_command, G_TYPE_OBJECT)

static void
pl_command_finalize (GObject *object)
{
  PlCommand *self = PL_COMMAND (object);

  g_strfreev (self->argv);
  g_free (self->function);
  g_ptr_array_unref (self->launchers);
  g_tree_unref (self->environment);
  g_free (self->cwd);
  g_clear_pointer (&self->data, g_bytes_unref);
  g_clear_pointer (&self->encode, pl_callback_unref);
  g_clear_pointer (&self->decode, pl_callback_unref);

  G_OBJECT_CLASS (pl_command_parent_class)->finalize (object);
}

static void
pl_command_class_init (PlCommandClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = pl_command_finalize;

  pl_command_install_properties (object_class);
}

static int
pl_command_compare_names (gconstpointer a, gconstpointer b, gpointer user_data)
{
  return strcmp (a, b);
}

static void
pl_command_init (PlCommand *self)
{
  self->launchers = g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev);
  self->environment = g_tree_new_full (pl_command_compare_names, NULL, g_free, g_free);
  self->prefetch = -1;
  self->start_timeout = 60000;
  self->silence = 30000;
  self->grace = 500;
  self->result_type = G_TYPE_NONE;
  self->decoded_type = G_TYPE_NONE;
}

static gboolean
pl_command_copy_variable (gpointer name, gpointer value, gpointer copy)
{
  g_tree_insert (copy, g_strdup (name), g_strdup (value));
  return FALSE;
}

/* Makes a copy, which nobody else changes. */
PlCommand *
pl_command_dup (PlCommand *self)
{
  PlCommand *copy = g_object_new (PL_TYPE_COMMAND,
                                  "argv", self->argv,
                                  "function", self->function,
                                  NULL);

  for (guint i = 0; i < self->launchers->len; i++)
    pl_command_add_launcher (copy, pl_command_get_launcher (self, i));
  g_tree_foreach (self->environment, pl_command_copy_variable, copy->environment);

  copy->protocol = self->protocol;
  copy->quoting = self->quoting;
  copy->cwd = g_strdup (self->cwd);
  copy->prefetch = self->prefetch;
  copy->start_timeout = self->start_timeout;
  copy->silence = self->silence;
  copy->grace = self->grace;
  copy->stderr_mode = self->stderr_mode;
  copy->result_type = self->result_type;
  copy->data = self->data != NULL ? g_bytes_ref (self->data) : NULL;
  copy->encode = self->encode != NULL ? pl_callback_ref (self->encode) : NULL;
  copy->decode = self->decode != NULL ? pl_callback_ref (self->decode) : NULL;
  copy->decoded_type = self->decoded_type;
  return copy;
}

/**
 * pl_command_new:
 * @argv: (array zero-terminated=1): the program and its arguments
 *
 * Makes a command that starts a program.
 *
 * The program is looked for in `PATH`, and speaks frames unless [property@Pl.Command:protocol] says
 * otherwise. Whether it can be started is seen when a stage is run. pypeln has nothing like it.
 *
 * Returns: (transfer full): a new command
 *
 * Since: 1.0
 */
PlCommand *
pl_command_new (const char * const *argv)
{
  g_return_val_if_fail (argv != NULL, NULL);

  return g_object_new (PL_TYPE_COMMAND, "argv", argv, NULL);
}

/**
 * pl_command_new_self:
 * @function: the name of a function
 *
 * Makes a command that starts this very program once more, to run one of its functions.
 *
 * The function has to have been registered under this name, in the worker as here, so before the
 * program does anything else.
 *
 * pypeln: `pl.process`
 *
 * Returns: (transfer full): a new command
 *
 * Since: 1.0
 */
PlCommand *
pl_command_new_self (const char *function)
{
  g_return_val_if_fail (function != NULL, NULL);

  return g_object_new (PL_TYPE_COMMAND, "function", function, NULL);
}

/**
 * pl_command_set_launcher:
 * @self: a command
 * @launcher: (nullable) (array zero-terminated=1): the words in front of the program, or NULL for
 *   no launcher
 *
 * Sets what starts the program, in place of all launchers that there are.
 *
 * A launcher without words starts the program on this machine, as if there were none.
 *
 * Since: 1.0
 */
void
pl_command_set_launcher (PlCommand *self, const char * const *launcher)
{
  g_auto(GStrv) copy = g_strdupv ((char **) launcher);

  g_return_if_fail (PL_IS_COMMAND (self));

  g_ptr_array_set_size (self->launchers, 0);
  if (copy != NULL)
    g_ptr_array_add (self->launchers, g_steal_pointer (&copy));
}

/**
 * pl_command_add_launcher:
 * @self: a command
 * @launcher: (array zero-terminated=1): the words in front of the program
 *
 * Adds another launcher to those that there are.
 *
 * Workers of a stage take turns with them: worker i is started with launcher i modulo their number.
 * One that cannot be started with its launcher is tried with the next.
 *
 * Since: 1.0
 */
void
pl_command_add_launcher (PlCommand *self, const char * const *launcher)
{
  g_return_if_fail (PL_IS_COMMAND (self));
  g_return_if_fail (launcher != NULL);

  g_ptr_array_add (self->launchers, g_strdupv ((char **) launcher));
}

/**
 * pl_command_get_n_launchers:
 * @self: a command
 *
 * Gets the number of launchers.
 *
 * Returns: the number of launchers, 0 if workers are started without
 *
 * Since: 1.0
 */
guint
pl_command_get_n_launchers (PlCommand *self)
{
  g_return_val_if_fail (PL_IS_COMMAND (self), 0);

  return self->launchers->len;
}

/**
 * pl_command_get_launcher:
 * @self: a command
 * @position: which of the launchers, from 0
 *
 * Gets one of the launchers.
 *
 * Returns: (transfer none) (nullable) (array zero-terminated=1): the words in front of the program,
 *   or NULL if there are not as many launchers; they stay until the launchers are set anew
 *
 * Since: 1.0
 */
const char * const *
pl_command_get_launcher (PlCommand *self, guint position)
{
  g_return_val_if_fail (PL_IS_COMMAND (self), NULL);

  return position < self->launchers->len ? g_ptr_array_index (self->launchers, position) : NULL;
}

/**
 * pl_command_setenv:
 * @self: a command
 * @name: (type filename): the name of an environment variable, without a `=`
 * @value: (type filename): its value
 *
 * Sets a variable in the environment of workers, in runs that start from now on.
 *
 * They inherit the others of this program, or of what the launcher has on its host. Behind a
 * launcher the variable is passed in an argument of `env`, where others on that host may see it: it
 * is no place for secrets.
 *
 * Since: 1.0
 */
void
pl_command_setenv (PlCommand *self, const char *name, const char *value)
{
  g_return_if_fail (PL_IS_COMMAND (self));
  g_return_if_fail (name != NULL && *name != '\0' && strchr (name, '=') == NULL);
  g_return_if_fail (value != NULL);

  g_tree_replace (self->environment, g_strdup (name), g_strdup (value));
}

/**
 * pl_command_unsetenv:
 * @self: a command
 * @name: (type filename): the name of an environment variable, without a `=`
 *
 * Keeps a variable out of the environment of workers, in runs that start from now on.
 *
 * Since: 1.0
 */
void
pl_command_unsetenv (PlCommand *self, const char *name)
{
  g_return_if_fail (PL_IS_COMMAND (self));
  g_return_if_fail (name != NULL && *name != '\0' && strchr (name, '=') == NULL);

  g_tree_replace (self->environment, g_strdup (name), NULL);
}
