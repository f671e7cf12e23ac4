/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "pl-codec.h"

G_BEGIN_DECLS

/* How values travel between processes: as variants, which a worker in any language can read.
 *
 * Plain ones stand for themselves:
 *
 *   gboolean b    gint i    gint64  x    gdouble   d    GBytes ay
 *   guchar   y    guint u   guint64 t    gchararray s   GStrv  as
 *
 * Others are `(sv)`: the name of their type, and a representation:
 *
 *   gchar y (its byte)    glong x    gulong t    gfloat d    enums i    flags u
 *   GFile s (its URI)     GDateTime (xsi): microseconds since 1970, the identifier of the time
 *                                          zone, and the seconds that it is ahead of UTC
 *   NULL of any type: ()  those with functions of pl_codec_register(): what these make
 *
 * A GVariant stands for itself as well, unless it could be taken for one of these: then it is
 * tagged too. */

/* The functions that have been registered for a type. */
typedef struct
{
  GType type;
  PlEncodeFunc encode;
  PlDecodeFunc decode;
  gpointer user_data;
  GDestroyNotify notify;
} PlCodec;

PlCodec *pl_codec_lookup (GType type);

void pl_codec_unref (PlCodec *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlCodec, pl_codec_unref)

gboolean pl_codec_is_nullable (GType type);

GType pl_codec_get_plain_type (GVariant *variant);

gboolean pl_codec_check_enum (GType type, gint number, GError **error);

gboolean pl_codec_check_flags (GType type, guint bits, GError **error);

void pl_codec_set_unsupported (GType type, GError **error);

GVariant *pl_codec_encode (const GValue *value, GError **error);

gboolean pl_codec_decode (GVariant *variant, GValue *value, GError **error);

G_END_DECLS
