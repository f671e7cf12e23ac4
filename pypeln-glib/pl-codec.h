/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined (PYPELN_GLIB_INSIDE) && !defined (PL_COMPILATION)
#error "Only <pypeln-glib/pypeln-glib.h> can be included directly."
#endif

#include <glib-object.h>

#include <pypeln-glib/pl-version.h>

G_BEGIN_DECLS

/**
 * PlEncodeFunc:
 * @value: a value of the registered type, or one derived from it; never a NULL
 * @user_data: what was given with the function
 * @error: (nullable): return location for a [type@GLib.Error]
 *
 * Turns a value into a variant, which is sent to another process.
 *
 * It runs on the threads of workers, on several at once.
 *
 * Returns: (transfer full) (nullable): the variant, which may be floating, of any type but `()`,
 *   which stands for a NULL; or NULL with @error set
 *
 * Since: 1.0
 */
typedef GVariant *(*PlEncodeFunc) (const GValue *value,
                                   gpointer user_data,
                                   GError **error);

/**
 * PlDecodeFunc:
 * @variant: what a [callback@Pl.EncodeFunc] has made, in normal form; it may come from a program
 *   that is not to be trusted
 * @value: (out caller-allocates): the value, which is initialised with the registered type, to be
 *   set
 * @user_data: what was given with the function
 * @error: (nullable): return location for a [type@GLib.Error]
 *
 * Turns a variant, which another process has sent, into a value.
 *
 * It runs on the threads of workers, on several at once.
 *
 * Returns: TRUE with @value set, or FALSE with @error set
 *
 * Since: 1.0
 */
typedef gboolean (*PlDecodeFunc) (GVariant *variant,
                                  GValue *value,
                                  gpointer user_data,
                                  GError **error);

PL_AVAILABLE_IN_1_0
void pl_codec_register (GType type,
                        PlEncodeFunc encode,
                        PlDecodeFunc decode,
                        gpointer user_data,
                        GDestroyNotify notify);

G_END_DECLS
