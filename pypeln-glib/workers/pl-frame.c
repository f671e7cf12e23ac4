/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "workers/pl-frame-private.h"

#include "pl-error.h"
#include "workers/pl-variant-private.h"

#include <string.h>

/* One message of the worker protocol: a header of 16 bytes, little endian, and behind it a
 * serialised variant.
 *
 *   bytes 0 to 3    the size of the payload
 *   bytes 4 and 5   “PL”
 *   byte 6          the version of the protocol
 *   byte 7          the type
 *   bytes 8 to 15   the id */

/* How much of what is no frame an error shows, in bytes */
#define MAX_SHOWN 60

static const char magic[2] = { 'P', 'L' };

typedef struct
{
  const char *name;    /* NULL: there is no such type */
  const char *payload; /* its type; NULL: it has none */
} PlFrameInfo;

static const PlFrameInfo infos[G_MAXUINT8 + 1] = {
  [PL_FRAME_HELLO] = { "HELLO", "a{sv}" },
  [PL_FRAME_END] = { "END", NULL },
  [PL_FRAME_ELEMENT] = { "ELEMENT", "(axv)" },
  [PL_FRAME_GO] = { "GO", NULL },
  [PL_FRAME_RECALL] = { "RECALL", NULL },
  [PL_FRAME_PING] = { "PING", NULL },
  [PL_FRAME_READY] = { "READY", NULL },
  [PL_FRAME_EMIT] = { "EMIT", "v" },
  [PL_FRAME_ANSWER] = { "ANSWER", "v" },
  [PL_FRAME_CAUSE] = { "CAUSE", "v" },
  [PL_FRAME_ERROR] = { "ERROR", "(sis)" },
  [PL_FRAME_RETURNED] = { "RETURNED", "at" },
  [PL_FRAME_PONG] = { "PONG", NULL },
};

/* Writing */

/* Returns @payload as it travels. */
static GVariant *
get_little_endian (GVariant *payload)
{
  if (G_BYTE_ORDER == G_LITTLE_ENDIAN)
    return g_variant_get_normal_form (payload);
  return g_variant_byteswap (payload);
}

/* Tells whether a payload may have @size. */
gboolean
pl_frame_check_size (gsize size, GError **error)
{
  if (size <= PL_FRAME_MAX_SIZE)
    return TRUE;

  g_set_error (error, PL_ERROR, PL_ERROR_INVALID_VALUE,
               "A value of %" G_GSIZE_FORMAT " bytes is too large to be sent to another process, "
               "which may be %u at most", size, PL_FRAME_MAX_SIZE);
  return FALSE;
}

/* Appends a header to @out; pl_frame_finish() is told what is returned, and the size of the
 * payload, when that is behind it. */
guint
pl_frame_begin (GByteArray *out, PlFrameType type, guint64 id)
{
  guint start = out->len;
  guint8 *header;
  guint64 id_le = GUINT64_TO_LE (id);

  g_byte_array_set_size (out, start + PL_FRAME_HEADER_SIZE);
  header = out->data + start;
  memset (header, 0, sizeof (guint32));
  memcpy (header + 4, magic, sizeof magic);
  header[6] = PL_FRAME_VERSION;
  header[7] = type;
  memcpy (header + 8, &id_le, sizeof id_le);
  return start;
}

gboolean
pl_frame_finish (GByteArray *out, guint start, gsize size, GError **error)
{
  guint32 size_le = GUINT32_TO_LE ((guint32) size);

  if (!pl_frame_check_size (size, error))
    return FALSE;

  memcpy (out->data + start, &size_le, sizeof size_le);
  return TRUE;
}

/* A variant is stored where memory is aligned for it, and a frame may begin anywhere: only the
 * first one in @out, which any large one should be, is surely stored where it stays. */
static void
append_payload (GByteArray *out, GVariant *payload, gsize size)
{
  guint start = out->len;
  guint aligned = (start + 7) & ~7u;

  g_assert (size <= G_MAXUINT - aligned);
  g_byte_array_set_size (out, aligned + size);
  g_variant_store (payload, out->data + aligned);
  if (aligned != start)
    {
      memmove (out->data + start, out->data + aligned, size);
      g_byte_array_set_size (out, start + size);
    }
}

/* Appends a frame to @out, and sinks @payload, which may be NULL. Fails with
 * PL_ERROR_INVALID_VALUE if that is too large, and appends nothing then. */
gboolean
pl_frame_append (GByteArray *out,
                 PlFrameType type,
                 guint64 id,
                 GVariant *payload,
                 GError **error)
{
  g_autoptr(GVariant) owned = payload != NULL ? g_variant_ref_sink (payload) : NULL;
  g_autoptr(GVariant) sent = NULL;
  gsize size = payload != NULL ? g_variant_get_size (payload) : 0;
  guint start;

  g_assert (infos[type].name != NULL);
  g_assert (payload == NULL ||
            g_strcmp0 (g_variant_get_type_string (payload), infos[type].payload) == 0);

  if (size <= PL_FRAME_MAX_SIZE && payload != NULL)
    {
      sent = get_little_endian (payload);
      size = g_variant_get_size (sent);
    }

  if (!pl_frame_check_size (size, error))
    return FALSE;

  start = pl_frame_begin (out, type, id);
  if (size > 0)
    append_payload (out, sent, size);
  return pl_frame_finish (out, start, size, error);
}

/* Reading */

/* Returns the first line of @data if it looks like text, or NULL. */
static char *
dup_text (const char *data, gsize n_bytes)
{
  gsize length = 0;
  const char *end;

  while (length < MIN (n_bytes, MAX_SHOWN) && data[length] != '\n' && data[length] != '\r')
    length++;

  /* The last character may be there in part. */
  g_utf8_validate (data, length, &end);
  if (end == data || data + length - end > 3)
    return NULL;

  for (const char *at = data; at < end; at = g_utf8_next_char (at))
    if (!g_unichar_isprint (g_utf8_get_char (at)) && *at != '\t')
      return NULL;

  return g_strdup_printf ("%.*s%s", (int) (end - data), data, n_bytes > length ? "…" : "");
}

/* Sets an error that shows the beginning of @data, if that looks like text. */
gboolean
pl_frame_set_text_error (const guint8 *data, gsize n_bytes, GError **error)
{
  g_autofree char *text = dup_text ((const char *) data, n_bytes);

  if (text == NULL)
    return FALSE;

  g_set_error (error, PL_ERROR, PL_ERROR_PROTOCOL,
               "“%s” was read where a frame of the worker protocol begins; a worker's standard "
               "output is for these alone, and its standard error for messages", text);
  return TRUE;
}

/* Reads a header from the first of @n_bytes, which are all that is there. Sets @size to
 * that of the payload. There may be less than a header: then only what is there is checked. */
gboolean
pl_frame_parse_header (PlFrame *self,
                       const guint8 *data,
                       gsize n_bytes,
                       gsize *size,
                       GError **error)
{
  const PlFrameInfo *info;
  guint32 size_le;
  guint64 id_le;

  if (n_bytes >= 6 && memcmp (data + 4, magic, sizeof magic) != 0)
    {
      if (!pl_frame_set_text_error (data, n_bytes, error))
        g_set_error_literal (error, PL_ERROR, PL_ERROR_PROTOCOL,
                             "What was read is not the worker protocol");
      return FALSE;
    }
  if (n_bytes < PL_FRAME_HEADER_SIZE)
    return TRUE;

  memcpy (&size_le, data, sizeof size_le);
  memcpy (&id_le, data + 8, sizeof id_le);
  *size = GUINT32_FROM_LE (size_le);
  *self = (PlFrame) { data[7], GUINT64_FROM_LE (id_le), NULL };
  info = &infos[data[7]];

  if (data[6] != PL_FRAME_VERSION)
    g_set_error (error, PL_ERROR, PL_ERROR_PROTOCOL,
                 "The other side speaks version %u of the worker protocol, this one version %u",
                 data[6], PL_FRAME_VERSION);
  else if (info->name == NULL)
    g_set_error (error, PL_ERROR, PL_ERROR_PROTOCOL,
                 "The worker protocol has no frames of type 0x%02x", data[7]);
  else if (*size > (info->payload != NULL ? PL_FRAME_MAX_SIZE : 0))
    g_set_error (error, PL_ERROR, PL_ERROR_PROTOCOL,
                 "A payload of %" G_GSIZE_FORMAT " bytes is too large for a frame of type %s",
                 *size, info->name);
  else
    return TRUE;
  return FALSE;
}

/* The payload is not what it has to be. Returns FALSE. */
gboolean
pl_frame_set_not_normal (const PlFrame *self, GError **error)
{
  const PlFrameInfo *info = &infos[self->type];

  g_set_error (error, PL_ERROR, PL_ERROR_PROTOCOL,
               "The payload of a frame of type %s is not a “%s” in normal form", info->name,
               info->payload);
  return FALSE;
}

/* Returns the payload, of the type that belongs to that of the frame, in the byte order of the host
 * and in normal form. Fails with PL_ERROR_PROTOCOL if it is not. */
GVariant *
pl_frame_dup_payload (const PlFrame *self, GError **error)
{
  const PlFrameInfo *info = &infos[self->type];
  const GVariantType *type = G_VARIANT_TYPE (info->payload);
  g_autoptr(GBytes) bytes = self->payload != NULL ? g_bytes_ref (self->payload)
                                                  : g_bytes_new_static ("", 0);
  g_autoptr(GVariant) untrusted = g_variant_ref_sink (g_variant_new_from_bytes (type, bytes,
                                                                                FALSE));
  g_autoptr(GVariant) payload = NULL;

  if (!pl_variant_is_normal (untrusted))
    {
      pl_frame_set_not_normal (self, error);
      return NULL;
    }

  /* Nobody needs to look at it once more. */
  payload = g_variant_ref_sink (g_variant_new_from_bytes (type, bytes, TRUE));
  return G_BYTE_ORDER == G_LITTLE_ENDIAN ? g_steal_pointer (&payload)
                                         : g_variant_byteswap (payload);
}

void
pl_frame_clear (PlFrame *self)
{
  g_clear_pointer (&self->payload, g_bytes_unref);
}
