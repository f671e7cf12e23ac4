/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-intake-private.h"

/* There will be no more inputs than there are now. */
void
pl_intake_init (PlIntake *self, GArray *inputs)
{
  self->inputs = inputs;
  self->ended = g_array_new (FALSE, TRUE, sizeof (gboolean));
  g_array_set_size (self->ended, inputs->len);
}

void
pl_intake_clear (PlIntake *self)
{
  g_array_unref (self->ended);
}

/* Takes from the inputs, one of each in turn; passes over those that have ended and those that have
 * nothing at the moment. It waits only for the last one that is left: an input may have nothing
 * because another is full, when one stage feeds both. */
PlFlow
pl_intake_take (PlIntake *self, PlElement *element, gboolean wait)
{
  GArray *inputs = self->inputs;

  for (guint n = 0; n < inputs->len; n++)
    {
      guint i = self->turn + n < inputs->len ? self->turn + n : self->turn + n - inputs->len;
      gboolean is_last = self->n_ended + 1 == inputs->len;
      PlFlow taken;

      if (g_array_index (self->ended, gboolean, i))
        continue;

      taken = pl_input_take (&g_array_index (inputs, PlInput, i), element, wait && is_last);
      if (taken == PL_FLOW_OK)
        {
          self->turn = i + 1 < inputs->len ? i + 1 : 0;
          return PL_FLOW_OK;
        }
      if (taken == PL_FLOW_END)
        {
          g_array_index (self->ended, gboolean, i) = TRUE;
          self->n_ended++;
        }
    }

  return self->n_ended == inputs->len ? PL_FLOW_END : PL_FLOW_AGAIN;
}
