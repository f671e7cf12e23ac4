/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "pl-input-private.h"

G_BEGIN_DECLS

/* How a worker takes from several inputs: one element of each in turn. */
typedef struct
{
  GArray *inputs;  /* PlInput: the node's */
  GArray *ended;   /* gboolean, for each input */
  guint n_ended;   /* inputs that have come to their end */
  guint turn;      /* the input to take from next */
} PlIntake;

void pl_intake_init (PlIntake *self, GArray *inputs);

void pl_intake_clear (PlIntake *self);

PlFlow pl_intake_take (PlIntake *self, PlElement *element, gboolean wait);

G_END_DECLS
