/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined (PYPELN_GLIB_INSIDE) && !defined (PL_COMPILATION)
#error "Only <pypeln-glib/pypeln-glib.h> can be included directly."
#endif

#include <pypeln-glib/pl-enums.h>
#include <pypeln-glib/pl-types.h>

G_BEGIN_DECLS

#define PL_TYPE_COMMAND (pl_command_get_type ())
PL_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (PlCommand, pl_command, PL, COMMAND, GObject)

PL_AVAILABLE_IN_1_0
PlCommand *pl_command_new (const char * const *argv);

PL_AVAILABLE_IN_1_0
PlCommand *pl_command_new_self (const char *function);

PL_AVAILABLE_IN_1_0
const char * const *pl_command_get_argv (PlCommand *self);

PL_AVAILABLE_IN_1_0
const char *pl_command_get_function (PlCommand *self);

PL_AVAILABLE_IN_1_0
PlProtocol pl_command_get_protocol (PlCommand *self);

PL_AVAILABLE_IN_1_0
void pl_command_set_protocol (PlCommand *self,
                              PlProtocol protocol);

PL_AVAILABLE_IN_1_0
void pl_command_set_launcher (PlCommand *self,
                              const char * const *launcher);

PL_AVAILABLE_IN_1_0
void pl_command_add_launcher (PlCommand *self,
                              const char * const *launcher);

PL_AVAILABLE_IN_1_0
guint pl_command_get_n_launchers (PlCommand *self);

PL_AVAILABLE_IN_1_0
const char * const *pl_command_get_launcher (PlCommand *self,
                                             guint position);

PL_AVAILABLE_IN_1_0
PlQuoting pl_command_get_quoting (PlCommand *self);

PL_AVAILABLE_IN_1_0
void pl_command_set_quoting (PlCommand *self,
                             PlQuoting quoting);

PL_AVAILABLE_IN_1_0
void pl_command_setenv (PlCommand *self,
                        const char *name,
                        const char *value);

PL_AVAILABLE_IN_1_0
void pl_command_unsetenv (PlCommand *self,
                          const char *name);

PL_AVAILABLE_IN_1_0
const char *pl_command_get_cwd (PlCommand *self);

PL_AVAILABLE_IN_1_0
void pl_command_set_cwd (PlCommand *self,
                         const char *cwd);

PL_AVAILABLE_IN_1_0
int pl_command_get_prefetch (PlCommand *self);

PL_AVAILABLE_IN_1_0
void pl_command_set_prefetch (PlCommand *self,
                              int prefetch);

PL_AVAILABLE_IN_1_0
guint pl_command_get_start_timeout (PlCommand *self);

PL_AVAILABLE_IN_1_0
void pl_command_set_start_timeout (PlCommand *self,
                                   guint start_timeout);

PL_AVAILABLE_IN_1_0
guint pl_command_get_silence (PlCommand *self);

PL_AVAILABLE_IN_1_0
void pl_command_set_silence (PlCommand *self,
                             guint silence);

PL_AVAILABLE_IN_1_0
guint pl_command_get_grace (PlCommand *self);

PL_AVAILABLE_IN_1_0
void pl_command_set_grace (PlCommand *self,
                           guint grace);

PL_AVAILABLE_IN_1_0
PlStderr pl_command_get_stderr_mode (PlCommand *self);

PL_AVAILABLE_IN_1_0
void pl_command_set_stderr_mode (PlCommand *self,
                                 PlStderr stderr_mode);

PL_AVAILABLE_IN_1_0
GType pl_command_get_result_type (PlCommand *self);

PL_AVAILABLE_IN_1_0
void pl_command_set_result_type (PlCommand *self,
                                 GType result_type);

PL_AVAILABLE_IN_1_0
GBytes *pl_command_get_data (PlCommand *self);

PL_AVAILABLE_IN_1_0
void pl_command_set_data (PlCommand *self,
                          GBytes *data);

PL_AVAILABLE_IN_1_0
void pl_command_set_codec (PlCommand *self,
                           GClosure *encode,
                           GClosure *decode,
                           GType type);

G_END_DECLS
