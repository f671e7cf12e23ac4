/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-stage-check-private.h"

#include "pl-command-private.h"
#include "pl-error.h"
#include "pl-registry-private.h"
#include "pl-stage-private.h"
#include "pl-worker-main-private.h"

#include <string.h>

/* What a stage cannot be run with. It is found before anything of the run starts. */

/* More threads than any system starts: the rest is not worth its memory. */
#define MAX_WORKERS 65535

/* Tells why @hook, which is named, cannot run. */
static gboolean
pl_stage_check_hook (PlStage *self, PlCallback *hook, const char *name, GError **error)
{
  PlWorkerKind kind = self->settings.kind;

  if (hook == NULL)
    return TRUE;

  if (kind == PL_WORKER_KIND_PROCESS)
    g_set_error (error, PL_ERROR, PL_ERROR_INVALID_KIND,
                 "“kind” is process, so the %s is the worker's: give it to the stage that "
                 "pl_worker_register_map() or its like returns", name);
  else if (kind != PL_WORKER_KIND_TASK && hook->answers_task)
    g_set_error (error, PL_ERROR, PL_ERROR_INVALID_KIND,
                 "%s answers a GTask, so “kind” has to be task; others are set with "
                 "pl_stage_set_%s()", name, name);
  else
    return TRUE;

  return FALSE;
}

/* Finds what does not fit the kind. */
static gboolean
pl_stage_check_kind (PlStage *self, GError **error)
{
  const PlStageSettings *settings = &self->settings;
  PlStageClass *klass = PL_STAGE_GET_CLASS (self);
  gboolean is_task = settings->kind == PL_WORKER_KIND_TASK;
  gboolean is_process = settings->kind == PL_WORKER_KIND_PROCESS;

  if (is_task && klass->max_inputs == 0)
    g_set_error_literal (error, PL_ERROR, PL_ERROR_INVALID_KIND,
                         "“kind” is task; a source can be sync or thread, and task stages take "
                         "their elements from both");
  else if (is_process && klass->max_inputs == 0)
    g_set_error_literal (error, PL_ERROR, PL_ERROR_INVALID_KIND,
                         "“kind” is process; a source can be sync or thread, and process stages "
                         "take their elements from both");
  else if (is_process && self->callback != NULL)
    g_set_error_literal (error, PL_ERROR, PL_ERROR_INVALID_KIND,
                         "“kind” is process, and the function is one of this process; register it "
                         "with pl_worker_register_map() or its like, and make the stage with a "
                         "command");
  else if (!is_task && self->callback != NULL && self->callback->answers_task)
    g_set_error_literal (error, PL_ERROR, PL_ERROR_INVALID_KIND,
                         "The function answers a GTask, so “kind” has to be task");
  else if (!is_task && settings->rate_limit > 0)
    g_set_error (error, PL_ERROR, PL_ERROR_INVALID_KIND,
                 "“rate-limit” is %g a second, so “kind” has to be task", settings->rate_limit);
  else
    return pl_stage_check_hook (self, settings->on_start, "on_start", error) &&
           pl_stage_check_hook (self, settings->on_done, "on_done", error);

  return FALSE;
}

/* A function of this program has to be there, and to be one for this operation. */
static gboolean
pl_stage_check_function (PlStage *self, const char *name, GError **error)
{
  const char *operation = PL_STAGE_GET_CLASS (self)->operation;
  g_autoptr(PlStage) registered = pl_registry_find (name, error);

  if (registered == NULL)
    return FALSE;

  if (G_OBJECT_TYPE (registered) != G_OBJECT_TYPE (self))
    {
      g_set_error (error, PL_ERROR, PL_ERROR_INVALID_KIND,
                   "“%s” has been registered as the function of a %s, and not of a %s", name,
                   PL_STAGE_GET_CLASS (registered)->operation, operation);
      return FALSE;
    }

  return pl_worker_get_program (error) != NULL;
}

/* A program that is not there is found before it is started. Where it is looked for elsewhere than
 * here, it is not. */
static gboolean
pl_stage_check_program (PlCommand *command, const char *program, GError **error)
{
  g_autofree char *path = NULL;

  if (pl_command_get_cwd (command) != NULL && strchr (program, G_DIR_SEPARATOR) != NULL)
    return TRUE;

  path = g_find_program_in_path (program);
  if (path == NULL)
    g_set_error (error, PL_ERROR, PL_ERROR_WORKER_START,
                 "Cannot start “%s”: there is no such program, or it may not be run", program);
  return path != NULL;
}

static gboolean
pl_stage_check_command (PlStage *self, PlCommand *command, GError **error)
{
  const char *function = pl_command_get_function (command);
  guint n_launchers = pl_command_get_n_launchers (command);

  if (!pl_command_check (command, PL_STAGE_GET_CLASS (self)->operation, error))
    return FALSE;
  if (function != NULL && !pl_stage_check_function (self, function, error))
    return FALSE;

  for (guint i = 0; i < MAX (n_launchers, 1); i++)
    {
      const char *program = function != NULL ? pl_worker_get_program (NULL) : NULL;
      g_auto(GStrv) argv = pl_command_build_argv (command, i, program, "");

      if (!pl_stage_check_program (command, argv[0], error))
        return FALSE;
    }

  return TRUE;
}

static gboolean
pl_stage_check_function_or_command (PlStage *self, GError **error)
{
  PlStageClass *klass = PL_STAGE_GET_CLASS (self);
  gboolean is_process = self->settings.kind == PL_WORKER_KIND_PROCESS;

  if (!klass->needs_callback)
    return TRUE;

  if (is_process && self->settings.command != NULL)
    return pl_stage_check_command (self, self->settings.command, error);
  if (!is_process && self->callback != NULL)
    return TRUE;

  if (is_process)
    g_set_error (error, PL_ERROR, PL_ERROR_NO_FUNCTION,
                 "The stage has no command; make it with pl_process_%s()", klass->operation);
  else
    g_set_error (error, PL_ERROR, PL_ERROR_NO_FUNCTION,
                 "The stage has no function; make it with a constructor such as pl_thread_%s()",
                 klass->operation);
  return FALSE;
}

static gboolean
pl_stage_check_settings (PlStage *self, GError **error)
{
  const PlStageSettings *settings = &self->settings;
  gboolean counts_workers = settings->kind == PL_WORKER_KIND_THREAD ||
                            settings->kind == PL_WORKER_KIND_PROCESS;

  if (PL_STAGE_GET_CLASS (self)->max_inputs > 0 && self->inputs->len == 0)
    {
      g_set_error_literal (error, PL_ERROR, PL_ERROR_NO_INPUT,
                           "The stage has no input; give it one with pl_stage_add_input()");
      return FALSE;
    }

  if (!pl_stage_check_kind (self, error) || !pl_stage_check_function_or_command (self, error))
    return FALSE;

  if (counts_workers && (settings->workers == 0 || settings->workers > MAX_WORKERS))
    {
      g_set_error (error, PL_ERROR, PL_ERROR_INVALID_WORKERS,
                   "“workers” is %u; the stage needs at least 1, and can have %u",
                   settings->workers, MAX_WORKERS);
      return FALSE;
    }

  return TRUE;
}

/* Tells whether a run can have the stage. */
gboolean
pl_stage_check (PlStage *self, GError **error)
{
  if (pl_stage_check_settings (self, error))
    return TRUE;

  pl_stage_prefix_error (self, &self->settings, "", error);
  return FALSE;
}
