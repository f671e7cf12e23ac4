/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-command-private.h"

/* What a worker is started with. Behind a launcher, which may go to another host, environment and
 * folder are arguments of env, so that they arrive there. */

#define PLACEHOLDER "{}"

/* Gets launcher @position modulo their number, or NULL for none. */
static const char **
pl_command_pick_launcher (PlCommand *self, guint position)
{
  const char **launcher;

  if (self->launchers->len == 0)
    return NULL;

  launcher = g_ptr_array_index (self->launchers, position % self->launchers->len);
  return launcher[0] != NULL ? launcher : NULL;
}

static gboolean
pl_command_needs_quoting (PlCommand *self, const char *launcher)
{
  g_autofree char *name = g_path_get_basename (launcher);

  if (self->quoting == PL_QUOTING_AUTO)
    return g_str_equal (name, "ssh");
  return self->quoting == PL_QUOTING_SHELL;
}

/* Adds the variables that are to be unset, or those that are to be set: env wants its options in
 * front of them. */
static void
pl_command_add_variables (PlCommand *self, GStrvBuilder *builder, gboolean is_set)
{
  for (GTreeNode *node = g_tree_node_first (self->environment);
       node != NULL;
       node = g_tree_node_next (node))
    {
      const char *name = g_tree_node_key (node);
      const char *value = g_tree_node_value (node);
      g_autofree char *variable = g_strconcat (name, "=", value, NULL);

      if (is_set && value != NULL)
        g_strv_builder_add (builder, variable);
      else if (!is_set && value == NULL)
        g_strv_builder_add_many (builder, "-u", name, NULL);
    }
}

static void
pl_command_add_env (PlCommand *self, GStrvBuilder *builder, const char *program)
{
  if (self->cwd == NULL && g_tree_nnodes (self->environment) == 0)
    return;

  g_strv_builder_add (builder, "env");
  if (self->cwd != NULL)
    g_strv_builder_add_many (builder, "-C", self->cwd, NULL);
  pl_command_add_variables (self, builder, FALSE);
  pl_command_add_variables (self, builder, TRUE);

  /* env would take such a program for one more variable. */
  if (strchr (program, '=') != NULL)
    g_strv_builder_add_many (builder, "sh", "-c", "exec \"$0\" \"$@\"", NULL);
}

static void
pl_command_add_filled (GStrvBuilder *builder, const char *argument, const char *element)
{
  GString *filled = g_string_new (argument);

  g_string_replace (filled, PLACEHOLDER, element, 0);
  g_strv_builder_add (builder, filled->str);
  g_string_free (filled, TRUE);
}

static char **
pl_command_build_program (PlCommand *self, const char *program, const char *element)
{
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new ();

  if (self->function != NULL)
    g_strv_builder_add_many (builder, program, "--pypeln-worker", self->function, NULL);
  else if (element == NULL)
    g_strv_builder_addv (builder, (const char **) self->argv);
  else
    for (guint i = 0; self->argv[i] != NULL; i++)
      pl_command_add_filled (builder, self->argv[i], element);

  return g_strv_builder_end (builder);
}

/* Makes what a launcher is to start. */
static char **
pl_command_build_launched (PlCommand *self, const char *program, const char *element)
{
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new ();
  g_auto(GStrv) arguments = pl_command_build_program (self, program, element);

  pl_command_add_env (self, builder, arguments[0]);
  g_strv_builder_addv (builder, (const char **) arguments);
  return g_strv_builder_end (builder);
}

/* Tells whether a program that is started for each element is given it as an argument. */
gboolean
pl_command_has_placeholder (PlCommand *self)
{
  for (guint i = 0; self->argv != NULL && self->argv[i] != NULL; i++)
    if (strstr (self->argv[i], PLACEHOLDER) != NULL)
      return TRUE;

  return FALSE;
}

/* Makes the arguments that start a worker with launcher @launcher, modulo their number, of a
 * command that has passed its check. @program is where this very program is, and needed where the
 * command starts that. @element, where it is not NULL, replaces each placeholder. */
char **
pl_command_build_argv (PlCommand *self,
                       guint launcher,
                       const char *program,
                       const char *element)
{
  const char **prefix = pl_command_pick_launcher (self, launcher);
  g_autoptr(GStrvBuilder) builder = NULL;
  g_auto(GStrv) launched = NULL;
  gboolean needs_quoting;

  if (prefix == NULL)
    return pl_command_build_program (self, program, element);

  builder = g_strv_builder_new ();
  g_strv_builder_addv (builder, prefix);

  launched = pl_command_build_launched (self, program, element);
  needs_quoting = pl_command_needs_quoting (self, prefix[0]);
  for (guint i = 0; launched[i] != NULL; i++)
    {
      g_autofree char *quoted = g_shell_quote (launched[i]);

      g_strv_builder_add (builder, needs_quoting ? quoted : launched[i]);
    }
  return g_strv_builder_end (builder);
}

/* Gives a child that no launcher starts its environment and folder. */
void
pl_command_prepare (PlCommand *self, guint launcher, GSubprocessLauncher *launcher_object)
{
  if (pl_command_pick_launcher (self, launcher) != NULL)
    return;

  if (self->cwd != NULL)
    g_subprocess_launcher_set_cwd (launcher_object, self->cwd);

  for (GTreeNode *node = g_tree_node_first (self->environment);
       node != NULL;
       node = g_tree_node_next (node))
    {
      const char *name = g_tree_node_key (node);
      const char *value = g_tree_node_value (node);

      if (value != NULL)
        g_subprocess_launcher_setenv (launcher_object, name, value, TRUE);
      else
        g_subprocess_launcher_unsetenv (launcher_object, name);
    }
}
