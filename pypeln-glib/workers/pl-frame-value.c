/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "workers/pl-frame-value-private.h"

#include "pl-codec-private.h"
#include "pl-error.h"
#include "workers/pl-variant-private.h"

#include <string.h>

/* The frames that carry elements and what comes of them.
 *
 * Their payloads are serialised variants as all others are, `v` and `(axv)`. Most of the time that
 * an element takes on its way to a process and back would be spent on making variants, so the plain
 * values of pl-codec-private.h, which most are, are written and read here byte by byte:
 *
 *   v       the value, a zero byte, the string of its type
 *   (axv)   the numbers, the v, and where the numbers end, in as many bytes as the size of all
 *           needs */

/* A path of more numbers than flat_maps ever append. */
#define MAX_DIMENSIONS 4096

/* The bytes of a number as they travel, or back. */
#define SWAP_32(number) GUINT32_TO_LE (number)
#define SWAP_64(number) GUINT64_TO_LE (number)

/* Writing */

/* Appends a value of @type that is @size bytes at @data. */
static void
append (PlSpool *out, gconstpointer data, gsize size, const char *type)
{
  gsize type_size = strlen (type);
  guint start = out->bytes->len;
  guint8 *to;

  g_byte_array_set_size (out->bytes, start + size + 1 + type_size);
  to = out->bytes->data + start;
  if (size > 0)
    memcpy (to, data, size);
  to[size] = 0;
  memcpy (to + size + 1, type, type_size);
}

/* Appends @bytes, without copying them if they are many. */
static void
append_bytes (PlSpool *out, GBytes *bytes, const char *type)
{
  gsize size;
  gconstpointer data = g_bytes_get_data (bytes, &size);

  append (out, data, pl_spool_lend (out, bytes) ? 0 : size, type);
}

static gboolean
append_32 (PlSpool *out, guint32 number, const char *type)
{
  number = SWAP_32 (number);
  append (out, &number, sizeof number, type);
  return TRUE;
}

static gboolean
append_64 (PlSpool *out, guint64 number, const char *type)
{
  number = SWAP_64 (number);
  append (out, &number, sizeof number, type);
  return TRUE;
}

static gboolean
append_double (PlSpool *out, double number)
{
  guint64 bits;

  memcpy (&bits, &number, sizeof bits);
  return append_64 (out, bits, "d");
}

static gboolean
append_byte (PlSpool *out, guint8 byte, const char *type)
{
  append (out, &byte, 1, type);
  return TRUE;
}

/* Appends @value if it is plain, and not too large. */
static gboolean
append_plain (PlSpool *out, const GValue *value)
{
  GType type = G_VALUE_TYPE (value);
  gconstpointer data;
  GBytes *bytes;
  gsize size;

  switch (type)
    {
    case G_TYPE_BOOLEAN:
      return append_byte (out, g_value_get_boolean (value) != FALSE, "b");
    case G_TYPE_UCHAR:
      return append_byte (out, g_value_get_uchar (value), "y");
    case G_TYPE_INT:
      return append_32 (out, g_value_get_int (value), "i");
    case G_TYPE_UINT:
      return append_32 (out, g_value_get_uint (value), "u");
    case G_TYPE_INT64:
      return append_64 (out, g_value_get_int64 (value), "x");
    case G_TYPE_UINT64:
      return append_64 (out, g_value_get_uint64 (value), "t");
    case G_TYPE_DOUBLE:
      return append_double (out, g_value_get_double (value));
    case G_TYPE_STRING:
      data = g_value_get_string (value);
      size = data != NULL ? strlen (data) : 0;
      if (data == NULL || size >= PL_FRAME_MAX_SIZE || !g_utf8_validate_len (data, size, NULL))
        return FALSE;
      append (out, data, size + 1, "s");
      return TRUE;
    default:
      if (type != G_TYPE_BYTES)
        return FALSE;
      bytes = g_value_get_boxed (value);
      if (bytes == NULL || g_bytes_get_size (bytes) >= PL_FRAME_MAX_SIZE)
        return FALSE;
      append_bytes (out, bytes, "ay");
      return TRUE;
    }
}

/* Appends what stands for @value as a variant. */
static gboolean
append_encoded (PlSpool *out, const GValue *value, GError **error)
{
  g_autoptr(GVariant) variant = pl_codec_encode (value, error);
  g_autoptr(GVariant) sent = NULL;
  g_autoptr(GBytes) bytes = NULL;

  if (variant == NULL)
    return FALSE;

  sent = G_BYTE_ORDER == G_LITTLE_ENDIAN ? g_variant_ref (variant) : g_variant_byteswap (variant);
  if (!pl_frame_check_size (g_variant_get_size (sent), error))
    return FALSE;

  bytes = g_variant_get_data_as_bytes (sent);
  append_bytes (out, bytes, g_variant_get_type_string (sent));
  return TRUE;
}

static gboolean
append_value (PlSpool *out, const GValue *value, GError **error)
{
  g_autoptr(PlCodec) codec = pl_codec_lookup (G_VALUE_TYPE (value));

  return (codec == NULL && append_plain (out, value)) || append_encoded (out, value, error);
}

static gboolean
finish (PlSpool *out, guint start, GError **error)
{
  gsize size = pl_spool_get_size (out, start) - PL_FRAME_HEADER_SIZE;

  return pl_frame_finish (out->bytes, start, size, error);
}

/* Appends a frame with @value to @out, or nothing if that cannot travel. */
gboolean
pl_frame_append_value (PlSpool *out,
                       PlFrameType type,
                       guint64 id,
                       const GValue *value,
                       GError **error)
{
  guint start = pl_frame_begin (out->bytes, type, id);

  if (append_value (out, value, error) && finish (out, start, error))
    return TRUE;

  pl_spool_truncate (out, start);
  return FALSE;
}

/* How many bytes tell where something ends in a container whose contents have @size. */
static guint
get_offset_size (gsize size)
{
  if (size + 1 <= G_MAXUINT8)
    return 1;
  if (size + 2 <= G_MAXUINT16)
    return 2;
  return size + 4 <= G_MAXUINT32 ? 4 : 8;
}

/* Appends a frame with an element to @out, or nothing if that cannot travel. */
gboolean
pl_frame_append_element (PlSpool *out,
                         guint64 id,
                         const PlIndex *index,
                         const GValue *value,
                         GError **error)
{
  guint start = pl_frame_begin (out->bytes, PL_FRAME_ELEMENT, id);
  const gint64 *path = pl_index_get_path (index);
  guint64 end = SWAP_64 (index->n * sizeof (gint64));

  for (guint i = 0; i < index->n; i++)
    {
      guint64 number = SWAP_64 ((guint64) path[i]);

      g_byte_array_append (out->bytes, (const guint8 *) &number, sizeof number);
    }

  if (append_value (out, value, error))
    {
      gsize size = pl_spool_get_size (out, start) - PL_FRAME_HEADER_SIZE;

      /* The first bytes of a little endian number are a smaller one. */
      g_byte_array_append (out->bytes, (const guint8 *) &end, get_offset_size (size));
      if (finish (out, start, error))
        return TRUE;
    }

  pl_spool_truncate (out, start);
  return FALSE;
}

/* Reading */

/* Makes @value the number in @data, if it has the right @size. */
static gboolean
read_number (char type, const guint8 *data, gsize size, GValue *value)
{
  guint32 number_32 = 0;
  guint64 number_64 = 0;
  double number = 0;

  if (size == sizeof number_32)
    memcpy (&number_32, data, sizeof number_32);
  if (size == sizeof number_64)
    memcpy (&number_64, data, sizeof number_64);
  number_32 = SWAP_32 (number_32);
  number_64 = SWAP_64 (number_64);

  switch (type)
    {
    case 'b':
      if (size != 1 || data[0] > 1)
        return FALSE;
      g_value_init (value, G_TYPE_BOOLEAN);
      g_value_set_boolean (value, data[0]);
      return TRUE;

    case 'y':
      if (size != 1)
        return FALSE;
      g_value_init (value, G_TYPE_UCHAR);
      g_value_set_uchar (value, data[0]);
      return TRUE;

    case 'i':
      if (size != sizeof number_32)
        return FALSE;
      g_value_init (value, G_TYPE_INT);
      g_value_set_int (value, number_32);
      return TRUE;

    case 'u':
      if (size != sizeof number_32)
        return FALSE;
      g_value_init (value, G_TYPE_UINT);
      g_value_set_uint (value, number_32);
      return TRUE;

    case 'x':
      if (size != sizeof number_64)
        return FALSE;
      g_value_init (value, G_TYPE_INT64);
      g_value_set_int64 (value, number_64);
      return TRUE;

    case 't':
      if (size != sizeof number_64)
        return FALSE;
      g_value_init (value, G_TYPE_UINT64);
      g_value_set_uint64 (value, number_64);
      return TRUE;

    case 'd':
      if (size != sizeof number_64)
        return FALSE;
      memcpy (&number, &number_64, sizeof number);
      g_value_init (value, G_TYPE_DOUBLE);
      g_value_set_double (value, number);
      return TRUE;

    default:
      return FALSE;
    }
}

/* A string has its end in it, once. */
static gboolean
read_string (const guint8 *data, gsize size, GValue *value)
{
  if (size == 0 || data[size - 1] != 0 ||
      !g_utf8_validate_len ((const char *) data, size - 1, NULL))
    return FALSE;

  g_value_init (value, G_TYPE_STRING);
  g_value_take_string (value, g_strndup ((const char *) data, size - 1));
  return TRUE;
}

/* Reads a `v` that is not plain. */
static gboolean
read_encoded (const PlFrame *self, gsize offset, gsize size, GValue *value, GError **error)
{
  g_autoptr(GBytes) bytes = g_bytes_new_from_bytes (self->payload, offset, size);
  g_autoptr(GVariant) untrusted =
    g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE_VARIANT, bytes, FALSE));
  g_autoptr(GVariant) trusted = NULL;
  g_autoptr(GVariant) boxed = NULL;
  g_autoptr(GVariant) variant = NULL;

  if (!pl_variant_is_normal (untrusted))
    return pl_frame_set_not_normal (self, error);

  /* Nobody needs to look at it once more. */
  trusted = g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE_VARIANT, bytes, TRUE));
  boxed = G_BYTE_ORDER == G_LITTLE_ENDIAN ? g_variant_ref (trusted) : g_variant_byteswap (trusted);
  variant = g_variant_get_variant (boxed);
  return pl_codec_decode (variant, value, error);
}

/* Reads the `v` in these bytes of the payload. */
static gboolean
read_value (const PlFrame *self, gsize offset, gsize size, GValue *value, GError **error)
{
  const guint8 *data = (const guint8 *) g_bytes_get_data (self->payload, NULL) + offset;
  const guint8 *zero = size > 0 ? memrchr (data, 0, size) : NULL;
  gsize value_size = zero != NULL ? (gsize) (zero - data) : 0;
  gsize type_size = zero != NULL ? size - value_size - 1 : 0;

  if (type_size == 1 && strchr ("byiuxtd", zero[1]) != NULL)
    return read_number (zero[1], data, value_size, value) || pl_frame_set_not_normal (self, error);

  if (type_size == 1 && zero[1] == 's')
    return read_string (data, value_size, value) || pl_frame_set_not_normal (self, error);

  if (type_size == 2 && memcmp (zero + 1, "ay", 2) == 0)
    {
      g_value_init (value, G_TYPE_BYTES);
      g_value_take_boxed (value, g_bytes_new_from_bytes (self->payload, offset, value_size));
      return TRUE;
    }

  return read_encoded (self, offset, size, value, error);
}

/* Makes @value, which is uninitialised, what the frame carries, if it has a payload. */
gboolean
pl_frame_get_value (const PlFrame *self, GValue *value, GError **error)
{
  return self->payload == NULL ||
         read_value (self, 0, g_bytes_get_size (self->payload), value, error);
}

static void
read_path (const guint8 *data, gsize n, PlIndex *index)
{
  for (gsize i = 0; i < n; i++)
    {
      g_auto(PlIndex) parent = *index;
      guint64 number;

      memcpy (&number, data + i * sizeof number, sizeof number);
      pl_index_append (&parent, SWAP_64 (number), index);
    }
}

/* Makes @element, which is empty, the one that the frame carries. */
gboolean
pl_frame_get_element (const PlFrame *self, PlElement *element, GError **error)
{
  gsize size = 0;
  const guint8 *data = self->payload != NULL ? g_bytes_get_data (self->payload, &size) : NULL;
  guint64 end = 0;
  gsize offset_size;

  if (size == 0)
    return pl_frame_set_not_normal (self, error);

  offset_size = size <= G_MAXUINT8 ? 1 : size <= G_MAXUINT16 ? 2 : 4;
  if (size < offset_size)
    return pl_frame_set_not_normal (self, error);

  memcpy (&end, data + size - offset_size, offset_size);
  end = SWAP_64 (end);
  if (end % sizeof (gint64) != 0 || end == 0 || end > size - offset_size ||
      end > MAX_DIMENSIONS * sizeof (gint64))
    return pl_frame_set_not_normal (self, error);

  read_path (data, end / sizeof (gint64), &element->index);
  return read_value (self, end, size - offset_size - end, &element->value, error);
}
