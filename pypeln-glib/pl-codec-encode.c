/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-codec-private.h"

#include "pl-error.h"
#include "pl-worker-private.h"

#include <string.h>

/* Values become variants. The functions here return floating ones, or NULL with an error. */

/* GVariant takes 128 levels, and what it is sent in has some as well. */
#define MAX_DEPTH 100

/* A variant that is looked into. */
typedef struct
{
  GVariant *variant;
  gsize next;
} PlCodecLevel;

static void
pl_codec_level_clear (gpointer data)
{
  PlCodecLevel *level = data;

  g_variant_unref (level->variant);
}

/* Takes @variant, and goes into it if its type does not say all of what is in there. */
static gboolean
pl_codec_enter (GArray *levels, GVariant *variant, GError **error)
{
  const char *type = g_variant_get_type_string (variant);
  PlCodecLevel level = { variant, 0 };

  if (strchr (type, 'h') != NULL)
    g_set_error_literal (error, PL_ERROR, PL_ERROR_UNSUPPORTED_TYPE,
                         "A variant with file handles cannot travel between processes");
  else if (levels->len == MAX_DEPTH)
    g_set_error (error, PL_ERROR, PL_ERROR_INVALID_VALUE,
                 "A variant of more than %d levels cannot travel between processes", MAX_DEPTH);
  else if (strchr (type, 'v') != NULL)
    {
      g_array_append_val (levels, level);
      return TRUE;
    }
  else
    {
      g_variant_unref (variant);
      return TRUE;
    }

  g_variant_unref (variant);
  return FALSE;
}

/* Whether @variant can be read elsewhere. A file handle is a number of this process alone. */
static gboolean
pl_codec_check_variant (GVariant *variant, GError **error)
{
  g_autoptr(GArray) levels = g_array_new (FALSE, FALSE, sizeof (PlCodecLevel));
  gboolean is_good;

  g_array_set_clear_func (levels, pl_codec_level_clear);
  is_good = pl_codec_enter (levels, g_variant_ref (variant), error);
  while (is_good && levels->len > 0)
    {
      PlCodecLevel *level = &g_array_index (levels, PlCodecLevel, levels->len - 1);

      if (level->next == g_variant_n_children (level->variant))
        g_array_set_size (levels, levels->len - 1);
      else
        is_good = pl_codec_enter (levels,
                                  g_variant_get_child_value (level->variant, level->next++), error);
    }

  return is_good;
}

/* Others refuse what is not in normal form. */
static GVariant *
pl_codec_normalise (GVariant *variant, GError **error)
{
  if (!pl_codec_check_variant (variant, error))
    return NULL;

  return g_variant_get_normal_form (variant);
}

static GVariant *
pl_codec_tag (GType type, GVariant *content)
{
  GVariant *children[2];

  if (content == NULL)
    return NULL;

  children[0] = g_variant_new_string (g_type_name (type));
  children[1] = g_variant_new_variant (content);
  return g_variant_new_tuple (children, 2);
}

static gboolean
pl_codec_check_string (const char *string, const char **end, GError **error)
{
  if (g_utf8_validate (string, -1, end))
    return TRUE;

  g_set_error_literal (error, PL_ERROR, PL_ERROR_INVALID_VALUE,
                       "A string that is not UTF-8 cannot travel between processes: use GBytes");
  return FALSE;
}

/* As g_variant_new_string() does, which would look at each character once more. */
static GVariant *
pl_codec_encode_string (const char *string, GError **error)
{
  g_autoptr(GBytes) bytes = NULL;
  const char *end;

  if (!pl_codec_check_string (string, &end, error))
    return NULL;

  bytes = g_bytes_new (string, end - string + 1);
  return g_variant_new_from_bytes (G_VARIANT_TYPE_STRING, bytes, TRUE);
}

static GVariant *
pl_codec_encode_strv (const char *const *strv, GError **error)
{
  for (guint i = 0; strv[i] != NULL; i++)
    {
      if (!pl_codec_check_string (strv[i], NULL, error))
        return NULL;
    }

  return g_variant_new_strv (strv, -1);
}

static GVariant *
pl_codec_encode_file (GFile *file, GError **error)
{
  g_autofree char *uri = g_file_get_uri (file);

  return pl_codec_encode_string (uri, error);
}

static GVariant *
pl_codec_encode_date_time (GDateTime *date_time, GError **error)
{
  const char *zone = g_time_zone_get_identifier (g_date_time_get_timezone (date_time));
  gint64 time = g_date_time_to_unix (date_time) * G_USEC_PER_SEC +
    g_date_time_get_microsecond (date_time);
  gint32 offset = g_date_time_get_utc_offset (date_time) / G_USEC_PER_SEC;

  if (!pl_codec_check_string (zone, NULL, error))
    return NULL;

  return g_variant_new ("(xsi)", time, zone, offset);
}

static GVariant *
pl_codec_encode_variant (GVariant *variant, GError **error)
{
  g_autoptr(GVariant) normal = pl_codec_normalise (variant, error);

  if (normal == NULL)
    return NULL;
  if (pl_codec_get_plain_type (normal) == G_TYPE_INVALID &&
      !g_variant_is_of_type (normal, G_VARIANT_TYPE ("(sv)")))
    return g_steal_pointer (&normal);

  return pl_codec_tag (G_TYPE_VARIANT, normal);
}

static GVariant *
pl_codec_encode_enum (GType type, const GValue *value, GError **error)
{
  gint number = g_value_get_enum (value);

  if (!pl_codec_check_enum (type, number, error))
    return NULL;

  return pl_codec_tag (type, g_variant_new_int32 (number));
}

static GVariant *
pl_codec_encode_flags (GType type, const GValue *value, GError **error)
{
  guint bits = g_value_get_flags (value);

  if (!pl_codec_check_flags (type, bits, error))
    return NULL;

  return pl_codec_tag (type, g_variant_new_uint32 (bits));
}

/* What has types of its own: boxed ones, enums, objects. */
static GVariant *
pl_codec_encode_derived (GType type, const GValue *value, GError **error)
{
  if (type == G_TYPE_BYTES)
    return g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, g_value_get_boxed (value), TRUE);
  if (type == G_TYPE_STRV)
    return pl_codec_encode_strv (g_value_get_boxed (value), error);
  if (type == G_TYPE_DATE_TIME)
    return pl_codec_tag (type, pl_codec_encode_date_time (g_value_get_boxed (value), error));
  if (g_type_is_a (type, G_TYPE_FILE))
    return pl_codec_tag (G_TYPE_FILE, pl_codec_encode_file (g_value_get_object (value), error));
  if (G_TYPE_IS_ENUM (type))
    return pl_codec_encode_enum (type, value, error);
  if (G_TYPE_IS_FLAGS (type))
    return pl_codec_encode_flags (type, value, error);

  pl_codec_set_unsupported (type, error);
  return NULL;
}

static GVariant *
pl_codec_encode_built_in (GType type, const GValue *value, GError **error)
{
  switch (type)
    {
    case G_TYPE_BOOLEAN:
      return g_variant_new_boolean (g_value_get_boolean (value));
    case G_TYPE_UCHAR:
      return g_variant_new_byte (g_value_get_uchar (value));
    case G_TYPE_INT:
      return g_variant_new_int32 (g_value_get_int (value));
    case G_TYPE_UINT:
      return g_variant_new_uint32 (g_value_get_uint (value));
    case G_TYPE_INT64:
      return g_variant_new_int64 (g_value_get_int64 (value));
    case G_TYPE_UINT64:
      return g_variant_new_uint64 (g_value_get_uint64 (value));
    case G_TYPE_DOUBLE:
      return g_variant_new_double (g_value_get_double (value));
    case G_TYPE_STRING:
      return pl_codec_encode_string (g_value_get_string (value), error);
    case G_TYPE_CHAR:
      return pl_codec_tag (type, g_variant_new_byte (g_value_get_schar (value)));
    case G_TYPE_LONG:
      return pl_codec_tag (type, g_variant_new_int64 (g_value_get_long (value)));
    case G_TYPE_ULONG:
      return pl_codec_tag (type, g_variant_new_uint64 (g_value_get_ulong (value)));
    case G_TYPE_FLOAT:
      return pl_codec_tag (type, g_variant_new_double (g_value_get_float (value)));
    case G_TYPE_VARIANT:
      return pl_codec_encode_variant (g_value_get_variant (value), error);
    default:
      return pl_codec_encode_derived (type, value, error);
    }
}

static GVariant *
pl_codec_encode_registered (PlCodec *codec, const GValue *value, GError **error)
{
  g_autoptr(GError) local_error = NULL;
  g_autoptr(GVariant) variant = codec->encode (value, codec->user_data, &local_error);
  g_autoptr(GVariant) normal = NULL;

  pl_worker_ensure_error (variant != NULL, &local_error);
  if (variant == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return NULL;
    }

  g_variant_take_ref (variant);
  if (g_variant_is_of_type (variant, G_VARIANT_TYPE_UNIT))
    {
      g_set_error (error, PL_ERROR, PL_ERROR_INVALID_VALUE,
                   "A value of type “%s” was encoded as (), which stands for NULL",
                   g_type_name (codec->type));
      return NULL;
    }

  normal = pl_codec_normalise (variant, error);
  return pl_codec_tag (codec->type, normal);
}

/* Files have types that only the program knows in which they are. */
static GVariant *
pl_codec_encode_null (GType type)
{
  return pl_codec_tag (g_type_is_a (type, G_TYPE_FILE) ? G_TYPE_FILE : type,
                       g_variant_new_tuple (NULL, 0));
}

static GVariant *
pl_codec_encode_floating (const GValue *value, GError **error)
{
  GType type = G_VALUE_TYPE (value);
  g_autoptr(PlCodec) codec = NULL;

  if (pl_codec_is_nullable (type) && g_value_peek_pointer (value) == NULL)
    return pl_codec_encode_null (type);
  if (G_TYPE_IS_INSTANTIATABLE (type) || G_TYPE_IS_INTERFACE (type))
    type = G_TYPE_FROM_INSTANCE (g_value_peek_pointer (value));

  codec = pl_codec_lookup (type);
  return codec != NULL ? pl_codec_encode_registered (codec, value, error)
                       : pl_codec_encode_built_in (type, value, error);
}

/* Makes a variant of @value, in normal form: a full reference, or NULL with an error of PL_ERROR or
 * of a function that was registered. */
GVariant *
pl_codec_encode (const GValue *value, GError **error)
{
  GVariant *variant = pl_codec_encode_floating (value, error);

  return variant != NULL ? g_variant_take_ref (variant) : NULL;
}
