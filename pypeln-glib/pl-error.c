/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-error.h"

G_DEFINE_QUARK (pl-error-quark, pl_error)
