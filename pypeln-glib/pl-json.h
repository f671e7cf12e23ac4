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
 * PlJson:
 *
 * The text of a value in JSON.
 *
 * It is an element for whom a value of another language is as good as its text: process stages
 * whose workers are programs of that language. It travels between processes as the type `PlJson`
 * with a string. The text is not looked into.
 *
 * Since: 1.0
 */
typedef struct _PlJson PlJson;

#define PL_TYPE_JSON (pl_json_get_type ())
PL_AVAILABLE_IN_1_0
GType pl_json_get_type (void);

PL_AVAILABLE_IN_1_0
PlJson *pl_json_new (const char *text);

PL_AVAILABLE_IN_1_0
PlJson *pl_json_ref (PlJson *self);

PL_AVAILABLE_IN_1_0
void pl_json_unref (PlJson *self);

PL_AVAILABLE_IN_1_0
const char *pl_json_get_text (PlJson *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlJson, pl_json_unref)

G_END_DECLS
