/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "pl-home.h"

G_BEGIN_DECLS

/* Of the values that are released at home; 0 where nobody has claimed one. Atomic. */
extern GType pl_home_value_type;

gboolean pl_home_is_here (void);

gboolean pl_home_is_elsewhere (void);

gboolean pl_home_owns_closure (GClosure *closure);

void pl_home_later (GDestroyNotify func, gpointer data);

void pl_home_catch_up (void);

gboolean pl_home_puts_off_dispose (GObject *object);

void pl_home_release_value (GValue *value);

/* What g_value_unset() does, on any thread. */
static inline void
pl_home_unset_value (GValue *value)
{
  if (G_UNLIKELY (__atomic_load_n (&pl_home_value_type, __ATOMIC_RELAXED) == G_VALUE_TYPE (value)))
    pl_home_release_value (value);
  else
    g_value_unset (value);
}

G_END_DECLS
