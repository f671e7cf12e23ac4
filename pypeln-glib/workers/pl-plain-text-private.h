/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Values as plain programs read and write them. */

GBytes *pl_plain_text_encode (const GValue *value, GError **error);

gboolean pl_plain_text_decode (const guint8 *text,
                               gsize length,
                               GType type,
                               GValue *value,
                               GError **error);

G_END_DECLS
