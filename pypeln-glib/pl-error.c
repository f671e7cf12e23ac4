/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-error.h"

/**
 * pl_error_quark:
 *
 * Gets the error domain of pypeln-glib.
 *
 * Returns: the domain
 *
 * Since: 1.0
 */
G_DEFINE_QUARK (pl-error-quark, pl_error)
