/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-command-private.h"

#include "pl-error.h"

/* The greeting has other things in it beside the data. */
#define MAX_DATA_SIZE (1023u * 1024 * 1024)

/* What of a command no run can work with. */

static gboolean
pl_command_check_program (PlCommand *self, GError **error)
{
  gboolean has_program = self->argv != NULL && self->argv[0] != NULL && *self->argv[0] != '\0';

  if (self->function != NULL && self->argv != NULL)
    g_set_error_literal (error, PL_ERROR, PL_ERROR_INVALID_VALUE,
                         "The command has both “argv” and “function”; it starts one of them");
  else if (self->function == NULL && !has_program)
    g_set_error_literal (error, PL_ERROR, PL_ERROR_INVALID_VALUE,
                         "The command has no program to start; the first of “argv” is its name");
  else
    return TRUE;

  return FALSE;
}

static gboolean
pl_command_check_protocol (PlCommand *self, const char *operation, GError **error)
{
  gboolean is_for_lines = g_str_equal (operation, "map") || g_str_equal (operation, "each");

  if (self->function != NULL && self->protocol != PL_PROTOCOL_FRAMES)
    g_set_error_literal (error, PL_ERROR, PL_ERROR_INVALID_KIND,
                         "The command starts a function of this program, so “protocol” has to be "
                         "frames");
  else if (self->protocol == PL_PROTOCOL_LINES && !is_for_lines)
    g_set_error (error, PL_ERROR, PL_ERROR_INVALID_KIND,
                 "“protocol” is lines, which does for map and each, and not for %s", operation);
  else
    return TRUE;

  return FALSE;
}

static gboolean
pl_command_check_result_type (PlCommand *self, GError **error)
{
  GType type = self->result_type;

  if (type == G_TYPE_NONE || type == G_TYPE_STRING || type == G_TYPE_BYTES)
    return TRUE;

  g_set_error (error, PL_ERROR, PL_ERROR_INVALID_VALUE,
               "“result-type” is %s; it can be %s or %s",
               g_type_name (type), g_type_name (G_TYPE_STRING), g_type_name (G_TYPE_BYTES));
  return FALSE;
}

static gboolean
pl_command_check_data (PlCommand *self, GError **error)
{
  gboolean is_frames = self->protocol == PL_PROTOCOL_FRAMES;

  if (self->data != NULL && !is_frames)
    g_set_error_literal (error, PL_ERROR, PL_ERROR_INVALID_KIND,
                         "The command has “data”, so “protocol” has to be frames");
  else if (self->encode != NULL && !is_frames)
    g_set_error_literal (error, PL_ERROR, PL_ERROR_INVALID_KIND,
                         "The command has a codec, so “protocol” has to be frames");
  else if (self->data != NULL && g_bytes_get_size (self->data) > MAX_DATA_SIZE)
    g_set_error (error, PL_ERROR, PL_ERROR_INVALID_VALUE,
                 "“data” has %" G_GSIZE_FORMAT " bytes, and may have %u at most",
                 g_bytes_get_size (self->data), MAX_DATA_SIZE);
  else
    return TRUE;

  return FALSE;
}

/* Tells whether workers that are started with the command can run a stage's @operation. */
gboolean
pl_command_check (PlCommand *self, const char *operation, GError **error)
{
  return pl_command_check_program (self, error) &&
         pl_command_check_protocol (self, operation, error) &&
         pl_command_check_result_type (self, error) &&
         pl_command_check_data (self, error);
}
