/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Of the protocol. */
#define PL_FRAME_VERSION 1

/* The largest payload, in bytes */
#define PL_FRAME_MAX_SIZE (1024u * 1024 * 1024)

/* In front of each payload, in bytes */
#define PL_FRAME_HEADER_SIZE 16

/* What is said in the worker protocol, by the letter that says it, and the type of the payload that
 * goes with it. docs/worker-protocol.md tells who says what when. */
typedef enum
{
  /* from either */
  PL_FRAME_HELLO = 'h', /* a{sv} */
  PL_FRAME_END = 'x',

  /* to the worker */
  PL_FRAME_ELEMENT = 'e', /* (axv) */
  PL_FRAME_GO = 'g',
  PL_FRAME_RECALL = 'r',
  PL_FRAME_PING = 'p',

  /* from the worker */
  PL_FRAME_READY = 's',
  PL_FRAME_EMIT = 'm',     /* v */
  PL_FRAME_ANSWER = 'a',   /* v, or none for each and flat_map */
  PL_FRAME_CAUSE = 'c',    /* v */
  PL_FRAME_ERROR = 'f',    /* (sis) */
  PL_FRAME_RETURNED = 'b', /* at */
  PL_FRAME_PONG = 'q',
} PlFrameType;

typedef struct
{
  PlFrameType type;
  guint64 id;
  GBytes *payload; /* as it was sent; NULL if it has no bytes */
} PlFrame;

#define PL_FRAME_INIT { 0, 0, NULL }

gboolean pl_frame_check_size (gsize size, GError **error);

guint pl_frame_begin (GByteArray *out, PlFrameType type, guint64 id);

gboolean pl_frame_finish (GByteArray *out, guint start, gsize size, GError **error);

gboolean pl_frame_append (GByteArray *out,
                          PlFrameType type,
                          guint64 id,
                          GVariant *payload,
                          GError **error);

gboolean pl_frame_parse_header (PlFrame *self,
                                const guint8 *data,
                                gsize n_bytes,
                                gsize *size,
                                GError **error);

gboolean pl_frame_set_text_error (const guint8 *data, gsize n_bytes, GError **error);

gboolean pl_frame_set_not_normal (const PlFrame *self, GError **error);

GVariant *pl_frame_dup_payload (const PlFrame *self, GError **error);

void pl_frame_clear (PlFrame *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PlFrame, pl_frame_clear)

G_END_DECLS
