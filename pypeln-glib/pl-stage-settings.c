/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-stage-settings-private.h"

/* Makes @to, which is uninitialised, a copy of @from. */
void
pl_stage_settings_copy (const PlStageSettings *from, PlStageSettings *to)
{
  *to = *from;
  to->name = g_strdup (from->name);
  if (from->on_start != NULL)
    pl_callback_ref (from->on_start);
  if (from->on_done != NULL)
    pl_callback_ref (from->on_done);
}

void
pl_stage_settings_clear (PlStageSettings *self)
{
  g_clear_pointer (&self->name, g_free);
  g_clear_pointer (&self->on_start, pl_callback_unref);
  g_clear_pointer (&self->on_done, pl_callback_unref);
}
