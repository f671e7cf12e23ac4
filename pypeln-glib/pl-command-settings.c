/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-command-private.h"

#include "pl-enum-types.h"

/* The settings of a command that are properties; launchers and environment are in pl-command.c. */

/* How many elements a worker of frames is sent ahead: as many as keep the way to it busy where a
 * launcher passes them on late, and have small ones travel together, since each way costs more than
 * they do; and still few to give back. */
#define FRAMES_PREFETCH 64
#define MAX_PREFETCH 1024

enum
{
  PROP_ARGV = 1,
  PROP_FUNCTION,
  PROP_PROTOCOL,
  PROP_QUOTING,
  PROP_CWD,
  PROP_PREFETCH,
  PROP_START_TIMEOUT,
  PROP_SILENCE,
  PROP_GRACE,
  PROP_STDERR_MODE,
  PROP_RESULT_TYPE,
  PROP_DATA,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];

static void
pl_command_get_property (GObject *object, guint property, GValue *value, GParamSpec *pspec)
{
  PlCommand *self = PL_COMMAND (object);

  switch (property)
    {
    case PROP_ARGV:
      g_value_set_boxed (value, self->argv);
      break;

    case PROP_FUNCTION:
      g_value_set_string (value, self->function);
      break;

    case PROP_PROTOCOL:
      g_value_set_enum (value, self->protocol);
      break;

    case PROP_QUOTING:
      g_value_set_enum (value, self->quoting);
      break;

    case PROP_CWD:
      g_value_set_string (value, self->cwd);
      break;

    case PROP_PREFETCH:
      g_value_set_int (value, self->prefetch);
      break;

    case PROP_START_TIMEOUT:
      g_value_set_uint (value, self->start_timeout);
      break;

    case PROP_SILENCE:
      g_value_set_uint (value, self->silence);
      break;

    case PROP_GRACE:
      g_value_set_uint (value, self->grace);
      break;

    case PROP_STDERR_MODE:
      g_value_set_enum (value, self->stderr_mode);
      break;

    case PROP_RESULT_TYPE:
      g_value_set_gtype (value, self->result_type);
      break;

    case PROP_DATA:
      g_value_set_boxed (value, self->data);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property, pspec);
    }
}

static void
pl_command_set_property (GObject *object, guint property, const GValue *value, GParamSpec *pspec)
{
  PlCommand *self = PL_COMMAND (object);

  switch (property)
    {
    case PROP_ARGV:
      self->argv = g_value_dup_boxed (value);
      break;

    case PROP_FUNCTION:
      self->function = g_value_dup_string (value);
      break;

    case PROP_PROTOCOL:
      pl_command_set_protocol (self, g_value_get_enum (value));
      break;

    case PROP_QUOTING:
      pl_command_set_quoting (self, g_value_get_enum (value));
      break;

    case PROP_CWD:
      pl_command_set_cwd (self, g_value_get_string (value));
      break;

    case PROP_PREFETCH:
      pl_command_set_prefetch (self, g_value_get_int (value));
      break;

    case PROP_START_TIMEOUT:
      pl_command_set_start_timeout (self, g_value_get_uint (value));
      break;

    case PROP_SILENCE:
      pl_command_set_silence (self, g_value_get_uint (value));
      break;

    case PROP_GRACE:
      pl_command_set_grace (self, g_value_get_uint (value));
      break;

    case PROP_STDERR_MODE:
      pl_command_set_stderr_mode (self, g_value_get_enum (value));
      break;

    case PROP_RESULT_TYPE:
      pl_command_set_result_type (self, g_value_get_gtype (value));
      break;

    case PROP_DATA:
      pl_command_set_data (self, g_value_get_boxed (value));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property, pspec);
    }
}

/* Gives the class its properties. */
void
pl_command_install_properties (GObjectClass *object_class)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->get_property = pl_command_get_property;
  object_class->set_property = pl_command_set_property;

  /**
   * PlCommand:argv: (getter get_argv)
   *
   * The program and its arguments, or NULL if workers run a function of this program.
   *
   * A program without a slash in its name is looked for in the `PATH` that this program has, and
   * behind a launcher in that of the other host. With [enum@Pl.Protocol] oneshot each `{}`, which
   * may be a part of an argument as in `if={}`, stands for the element; with other protocols it is
   * nothing special.
   *
   * Since: 1.0
   */
  properties[PROP_ARGV] = g_param_spec_boxed ("argv", NULL, NULL, G_TYPE_STRV,
                                              flags | G_PARAM_CONSTRUCT_ONLY);

  /**
   * PlCommand:function: (getter get_function)
   *
   * The name of the function of this program that workers run, or NULL if they are another program.
   *
   * Since: 1.0
   */
  properties[PROP_FUNCTION] = g_param_spec_string ("function", NULL, NULL, NULL,
                                                   flags | G_PARAM_CONSTRUCT_ONLY);

  /**
   * PlCommand:protocol: (getter get_protocol) (setter set_protocol)
   *
   * How workers are talked to, see [class@Pl.Command].
   *
   * A function of this program speaks frames, and lines are for map and each. What does not fit is
   * an error when the stage is run.
   *
   * Since: 1.0
   */
  properties[PROP_PROTOCOL] = g_param_spec_enum ("protocol", NULL, NULL, PL_TYPE_PROTOCOL,
                                                 PL_PROTOCOL_FRAMES, flags);

  /**
   * PlCommand:quoting: (getter get_quoting) (setter set_quoting)
   *
   * What launchers do to the arguments of the program.
   *
   * Those that run a shell which parses the arguments again, as `ssh` does on the other host, need
   * [enum@Pl.Quoting] shell. It is what auto is for a launcher whose first word is `ssh`, with or
   * without a path; where ssh comes later, as in `setsid ssh HOST`, it has to be set. The words of
   * the launcher itself are never quoted, and without a launcher nothing is.
   *
   * Since: 1.0
   */
  properties[PROP_QUOTING] = g_param_spec_enum ("quoting", NULL, NULL, PL_TYPE_QUOTING,
                                                PL_QUOTING_AUTO, flags);

  /**
   * PlCommand:cwd: (type filename) (getter get_cwd) (setter set_cwd)
   *
   * The folder that workers are started in, or NULL for that of this program.
   *
   * Behind a launcher `env -C` goes there, which has to be that of GNU or one like it.
   *
   * Since: 1.0
   */
  properties[PROP_CWD] = g_param_spec_string ("cwd", NULL, NULL, NULL, flags);

  /**
   * PlCommand:prefetch: (getter get_prefetch) (setter set_prefetch)
   *
   * How many elements a worker is sent ahead of the one that it has in hand, up to 1024.
   *
   * With -1 it is as many as is good where a worker can give back what it has not begun, which is
   * with [enum@Pl.Protocol] frames, and none with lines: there, what has been sent ahead of a slow
   * element waits for it. To send ahead saves the time of the way, which is long to another
   * machine. With oneshot nothing is ever sent ahead.
   *
   * Since: 1.0
   */
  properties[PROP_PREFETCH] = g_param_spec_int ("prefetch", NULL, NULL, -1, MAX_PREFETCH, -1,
                                                flags);

  /**
   * PlCommand:start-timeout: (getter get_start_timeout) (setter set_start_timeout)
   *
   * How long a started worker may take until it speaks, in milliseconds; 0 is no limit. A launcher
   * may have to wait in a queue before it starts the program.
   *
   * It is for [enum@Pl.Protocol] frames; others do not speak before they have an element.
   *
   * Since: 1.0
   */
  properties[PROP_START_TIMEOUT] =
    g_param_spec_uint ("start-timeout", NULL, NULL, 0, G_MAXUINT, 60000, flags);

  /**
   * PlCommand:silence: (getter get_silence) (setter set_silence)
   *
   * How long a worker may give no sign of life, in milliseconds; 0 is no limit. It is for
   * [enum@Pl.Protocol] frames.
   *
   * A worker gives signs of life also while its function computes, so this is no limit for the
   * function, which is [property@Pl.Stage:timeout]. One that gives none has been stopped, or its
   * machine or the way to it is lost: it is replaced. A worker with a launcher that hears nothing
   * from its parent for as long ends by itself, so none is left behind on a machine that cannot be
   * reached; without one it ends when its parent does, and that may be stopped for any time.
   *
   * A worker that is stopped in a debugger is replaced too: set 0 to look into one.
   *
   * Since: 1.0
   */
  properties[PROP_SILENCE] =
    g_param_spec_uint ("silence", NULL, NULL, 0, G_MAXUINT, 30000, flags);

  /**
   * PlCommand:grace: (getter get_grace) (setter set_grace)
   *
   * How long a worker has to end by itself, in milliseconds, after its standard input has ended:
   * then it is sent SIGTERM, and when as much time has passed again, SIGKILL.
   *
   * Since: 1.0
   */
  properties[PROP_GRACE] = g_param_spec_uint ("grace", NULL, NULL, 0, G_MAXUINT, 500, flags);

  /**
   * PlCommand:stderr-mode: (getter get_stderr_mode) (setter set_stderr_mode)
   *
   * What becomes of what workers write to their standard error.
   *
   * Since: 1.0
   */
  properties[PROP_STDERR_MODE] = g_param_spec_enum ("stderr-mode", NULL, NULL, PL_TYPE_STDERR,
                                                    PL_STDERR_PASS, flags);

  /**
   * PlCommand:result-type: (getter get_result_type) (setter set_result_type)
   *
   * What is made of what a program writes: a string, or a [struct@GLib.Bytes]. With
   * `G_TYPE_NONE` it is a string where each line is an element, and bytes where all of it is: in a
   * map with [enum@Pl.Protocol] oneshot.
   *
   * A string has to be UTF-8, and is without the last line feed. Frames carry the types of their
   * values, and have no use for this. Other types are an error when the stage is run.
   *
   * Since: 1.0
   */
  properties[PROP_RESULT_TYPE] =
    g_param_spec_gtype ("result-type", NULL, NULL, G_TYPE_NONE, flags);

  /**
   * PlCommand:data: (getter get_data) (setter set_data)
   *
   * What each worker is told when it is greeted, or NULL.
   *
   * It reaches a worker wherever a launcher places it, and nobody else sees it there, as others may
   * see arguments and variables. In C the worker has it from
   * [method@Pl.Worker.get_command_data]; in other languages it is the key `data` of the
   * [greeting](worker-protocol.html#the-greeting).
   *
   * It is for [enum@Pl.Protocol] frames, with others it is an error when the stage is run.
   *
   * Since: 1.0
   */
  properties[PROP_DATA] = g_param_spec_boxed ("data", NULL, NULL, G_TYPE_BYTES, flags);

  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
}

/**
 * pl_command_get_argv: (get-property argv)
 * @self: a command
 *
 * Gets the program and its arguments.
 *
 * Returns: (transfer none) (nullable) (array zero-terminated=1): the arguments, or NULL if workers
 *   run a function of this program
 *
 * Since: 1.0
 */
const char * const *
pl_command_get_argv (PlCommand *self)
{
  g_return_val_if_fail (PL_IS_COMMAND (self), NULL);

  return (const char * const *) self->argv;
}

/**
 * pl_command_get_function: (get-property function)
 * @self: a command
 *
 * Gets the name of the function of this program that workers run.
 *
 * Returns: (transfer none) (nullable): the name, or NULL if they are another program
 *
 * Since: 1.0
 */
const char *
pl_command_get_function (PlCommand *self)
{
  g_return_val_if_fail (PL_IS_COMMAND (self), NULL);

  return self->function;
}

/**
 * pl_command_get_protocol: (get-property protocol)
 * @self: a command
 *
 * Gets how workers are talked to.
 *
 * Returns: the protocol
 *
 * Since: 1.0
 */
PlProtocol
pl_command_get_protocol (PlCommand *self)
{
  g_return_val_if_fail (PL_IS_COMMAND (self), PL_PROTOCOL_FRAMES);

  return self->protocol;
}

/**
 * pl_command_set_protocol: (set-property protocol)
 * @self: a command
 * @protocol: the protocol
 *
 * Sets how workers are talked to, in runs that start from now on.
 *
 * Since: 1.0
 */
void
pl_command_set_protocol (PlCommand *self, PlProtocol protocol)
{
  g_autoptr(GEnumClass) protocols = g_type_class_ref (PL_TYPE_PROTOCOL);

  g_return_if_fail (PL_IS_COMMAND (self));
  g_return_if_fail (g_enum_get_value (protocols, protocol) != NULL);

  if (self->protocol == protocol)
    return;

  self->protocol = protocol;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PROTOCOL]);
}

/**
 * pl_command_get_quoting: (get-property quoting)
 * @self: a command
 *
 * Gets what launchers do to the arguments of the program.
 *
 * Returns: the quoting
 *
 * Since: 1.0
 */
PlQuoting
pl_command_get_quoting (PlCommand *self)
{
  g_return_val_if_fail (PL_IS_COMMAND (self), PL_QUOTING_AUTO);

  return self->quoting;
}

/**
 * pl_command_set_quoting: (set-property quoting)
 * @self: a command
 * @quoting: the quoting
 *
 * Sets what launchers do to the arguments of the program, in runs that start from now on.
 *
 * Since: 1.0
 */
void
pl_command_set_quoting (PlCommand *self, PlQuoting quoting)
{
  g_autoptr(GEnumClass) quotings = g_type_class_ref (PL_TYPE_QUOTING);

  g_return_if_fail (PL_IS_COMMAND (self));
  g_return_if_fail (g_enum_get_value (quotings, quoting) != NULL);

  if (self->quoting == quoting)
    return;

  self->quoting = quoting;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_QUOTING]);
}

/**
 * pl_command_get_cwd: (get-property cwd)
 * @self: a command
 *
 * Gets the folder that workers are started in.
 *
 * Returns: (transfer none) (nullable) (type filename): the path, or NULL for that of this program
 *
 * Since: 1.0
 */
const char *
pl_command_get_cwd (PlCommand *self)
{
  g_return_val_if_fail (PL_IS_COMMAND (self), NULL);

  return self->cwd;
}

/**
 * pl_command_set_cwd: (set-property cwd)
 * @self: a command
 * @cwd: (nullable) (type filename): the path, or NULL for that of this program
 *
 * Sets the folder that workers are started in, in runs that start from now on.
 *
 * Since: 1.0
 */
void
pl_command_set_cwd (PlCommand *self, const char *cwd)
{
  g_autofree char *copy = g_strdup (cwd);

  g_return_if_fail (PL_IS_COMMAND (self));

  if (g_strcmp0 (self->cwd, cwd) == 0)
    return;

  g_free (self->cwd);
  self->cwd = g_steal_pointer (&copy);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CWD]);
}

/**
 * pl_command_get_prefetch: (get-property prefetch)
 * @self: a command
 *
 * Gets how many elements a worker is sent ahead.
 *
 * Returns: the number of elements, or -1 for as many as is good
 *
 * Since: 1.0
 */
int
pl_command_get_prefetch (PlCommand *self)
{
  g_return_val_if_fail (PL_IS_COMMAND (self), -1);

  return self->prefetch;
}

/**
 * pl_command_set_prefetch: (set-property prefetch)
 * @self: a command
 * @prefetch: the number of elements, or -1 for as many as is good
 *
 * Sets how many elements a worker is sent ahead, in runs that start from now on.
 *
 * Since: 1.0
 */
void
pl_command_set_prefetch (PlCommand *self, int prefetch)
{
  g_return_if_fail (PL_IS_COMMAND (self));
  g_return_if_fail (prefetch >= -1 && prefetch <= MAX_PREFETCH);

  if (self->prefetch == prefetch)
    return;

  self->prefetch = prefetch;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PREFETCH]);
}

/* Gets how many elements a worker is sent ahead of the one that it has in hand. */
guint
pl_command_get_effective_prefetch (PlCommand *self)
{
  if (self->protocol == PL_PROTOCOL_ONESHOT)
    return 0;
  if (self->prefetch >= 0)
    return self->prefetch;

  return self->protocol == PL_PROTOCOL_FRAMES ? FRAMES_PREFETCH : 0;
}

/**
 * pl_command_get_start_timeout: (get-property start-timeout)
 * @self: a command
 *
 * Gets how long a started worker may take until it speaks.
 *
 * Returns: the time in milliseconds, or 0 for no limit
 *
 * Since: 1.0
 */
guint
pl_command_get_start_timeout (PlCommand *self)
{
  g_return_val_if_fail (PL_IS_COMMAND (self), 0);

  return self->start_timeout;
}

/**
 * pl_command_set_start_timeout: (set-property start-timeout)
 * @self: a command
 * @start_timeout: the time in milliseconds, or 0 for no limit
 *
 * Sets how long a started worker may take until it speaks, in runs that start from now on.
 *
 * Since: 1.0
 */
void
pl_command_set_start_timeout (PlCommand *self, guint start_timeout)
{
  g_return_if_fail (PL_IS_COMMAND (self));

  if (self->start_timeout == start_timeout)
    return;

  self->start_timeout = start_timeout;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_START_TIMEOUT]);
}

/**
 * pl_command_get_silence: (get-property silence)
 * @self: a command
 *
 * Gets how long a worker may give no sign of life.
 *
 * Returns: the time in milliseconds, or 0 for no limit
 *
 * Since: 1.0
 */
guint
pl_command_get_silence (PlCommand *self)
{
  g_return_val_if_fail (PL_IS_COMMAND (self), 0);

  return self->silence;
}

/**
 * pl_command_set_silence: (set-property silence)
 * @self: a command
 * @silence: the time in milliseconds, or 0 for no limit
 *
 * Sets how long a worker may give no sign of life, in runs that start from now on.
 *
 * Since: 1.0
 */
void
pl_command_set_silence (PlCommand *self, guint silence)
{
  g_return_if_fail (PL_IS_COMMAND (self));

  if (self->silence == silence)
    return;

  self->silence = silence;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SILENCE]);
}

/**
 * pl_command_get_grace: (get-property grace)
 * @self: a command
 *
 * Gets how long a worker has to end by itself.
 *
 * Returns: the time in milliseconds
 *
 * Since: 1.0
 */
guint
pl_command_get_grace (PlCommand *self)
{
  g_return_val_if_fail (PL_IS_COMMAND (self), 0);

  return self->grace;
}

/**
 * pl_command_set_grace: (set-property grace)
 * @self: a command
 * @grace: the time in milliseconds
 *
 * Sets how long a worker has to end by itself, in runs that start from now on.
 *
 * Since: 1.0
 */
void
pl_command_set_grace (PlCommand *self, guint grace)
{
  g_return_if_fail (PL_IS_COMMAND (self));

  if (self->grace == grace)
    return;

  self->grace = grace;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_GRACE]);
}

/**
 * pl_command_get_stderr_mode: (get-property stderr-mode)
 * @self: a command
 *
 * Gets what becomes of what workers write to their standard error.
 *
 * Returns: what becomes of it
 *
 * Since: 1.0
 */
PlStderr
pl_command_get_stderr_mode (PlCommand *self)
{
  g_return_val_if_fail (PL_IS_COMMAND (self), PL_STDERR_PASS);

  return self->stderr_mode;
}

/**
 * pl_command_set_stderr_mode: (set-property stderr-mode)
 * @self: a command
 * @stderr_mode: what becomes of it
 *
 * Sets what becomes of what workers write to their standard error, in runs that start from now on.
 *
 * Since: 1.0
 */
void
pl_command_set_stderr_mode (PlCommand *self, PlStderr stderr_mode)
{
  g_autoptr(GEnumClass) modes = g_type_class_ref (PL_TYPE_STDERR);

  g_return_if_fail (PL_IS_COMMAND (self));
  g_return_if_fail (g_enum_get_value (modes, stderr_mode) != NULL);

  if (self->stderr_mode == stderr_mode)
    return;

  self->stderr_mode = stderr_mode;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STDERR_MODE]);
}

/**
 * pl_command_get_result_type: (get-property result-type)
 * @self: a command
 *
 * Gets what is made of what a program writes.
 *
 * Returns: a type, or `G_TYPE_NONE` for the protocol's
 *
 * Since: 1.0
 */
GType
pl_command_get_result_type (PlCommand *self)
{
  g_return_val_if_fail (PL_IS_COMMAND (self), G_TYPE_NONE);

  return self->result_type;
}

/**
 * pl_command_set_result_type: (set-property result-type)
 * @self: a command
 * @result_type: a type, or `G_TYPE_NONE` for the protocol's
 *
 * Sets what is made of what a program writes, in runs that start from now on.
 *
 * Since: 1.0
 */
void
pl_command_set_result_type (PlCommand *self, GType result_type)
{
  g_return_if_fail (PL_IS_COMMAND (self));

  if (result_type == G_TYPE_INVALID)
    result_type = G_TYPE_NONE;
  if (self->result_type == result_type)
    return;

  self->result_type = result_type;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_RESULT_TYPE]);
}

/* Gets what is made of what a program writes that speaks no frames: of each line, or of all. */
GType
pl_command_get_effective_result_type (PlCommand *self, gboolean is_line)
{
  if (self->result_type != G_TYPE_NONE)
    return self->result_type;

  return is_line ? G_TYPE_STRING : G_TYPE_BYTES;
}
