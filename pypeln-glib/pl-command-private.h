/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "pl-callback-private.h"
#include "pl-command.h"

G_BEGIN_DECLS

struct _PlCommand
{
  GObject parent_instance;

  /* One of these is NULL. */
  char **argv;
  char *function;

  PlProtocol protocol;
  GPtrArray *launchers; /* of char **; an empty one is none */
  PlQuoting quoting;
  GTree *environment; /* names and values; NULL: to be unset */
  char *cwd;
  int prefetch;        /* -1: as many as is good */
  guint start_timeout; /* in milliseconds; 0: none */
  guint silence;       /* in milliseconds; 0: none */
  guint grace;         /* in milliseconds */
  PlStderr stderr_mode;
  GType result_type; /* G_TYPE_NONE: the protocol's */
  GBytes *data; /* NULL: there is none */

  /* closures; NULL: values travel as they do */
  PlCallback *encode;
  PlCallback *decode;
  GType decoded_type; /* G_TYPE_NONE: the closure's to choose */
};

void pl_command_install_properties (GObjectClass *object_class);

PlCommand *pl_command_dup (PlCommand *self);

guint pl_command_get_effective_prefetch (PlCommand *self);

GType pl_command_get_effective_result_type (PlCommand *self, gboolean is_line);

gboolean pl_command_check (PlCommand *self, const char *operation, GError **error);

gboolean pl_command_has_placeholder (PlCommand *self);

char **pl_command_build_argv (PlCommand *self,
                              guint launcher,
                              const char *program,
                              const char *element);

void pl_command_prepare (PlCommand *self, guint launcher, GSubprocessLauncher *launcher_object);

G_END_DECLS
