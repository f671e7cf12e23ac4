/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-codec-private.h"

#include "pl-error.h"
#include "pl-json.h"
#include "pl-worker-private.h"

#include <math.h>
#include <string.h>

/* Variants become values. Nothing here trusts them. */

#define SECONDS_OF_DAY (24 * 60 * 60)

/* @type is what pl_codec_get_plain_type() says. Bytes are not copied, and keep what they came with
 * alive. */
static void
pl_codec_decode_plain (GVariant *variant, GType type, GValue *value)
{
  g_value_init (value, type);

  switch (type)
    {
    case G_TYPE_BOOLEAN:
      g_value_set_boolean (value, g_variant_get_boolean (variant));
      break;
    case G_TYPE_UCHAR:
      g_value_set_uchar (value, g_variant_get_byte (variant));
      break;
    case G_TYPE_INT:
      g_value_set_int (value, g_variant_get_int32 (variant));
      break;
    case G_TYPE_UINT:
      g_value_set_uint (value, g_variant_get_uint32 (variant));
      break;
    case G_TYPE_INT64:
      g_value_set_int64 (value, g_variant_get_int64 (variant));
      break;
    case G_TYPE_UINT64:
      g_value_set_uint64 (value, g_variant_get_uint64 (variant));
      break;
    case G_TYPE_DOUBLE:
      g_value_set_double (value, g_variant_get_double (variant));
      break;
    case G_TYPE_STRING:
      g_value_set_string (value, g_variant_get_string (variant, NULL));
      break;
    default:
      if (type == G_TYPE_BYTES)
        g_value_take_boxed (value, g_variant_get_data_as_bytes (variant));
      else
        g_value_take_boxed (value, g_variant_dup_strv (variant, NULL));
    }
}

static void
pl_codec_set_out_of_range (GType type, GError **error)
{
  g_set_error (error, PL_ERROR, PL_ERROR_INVALID_VALUE, "A number is none that a “%s” can have",
               g_type_name (type));
}

/* A long has the size that the machine likes. */
static gboolean
pl_codec_decode_long (GVariant *content, GValue *value, GError **error)
{
  gint64 number = g_variant_get_int64 (content);

  if ((glong) number != number)
    {
      pl_codec_set_out_of_range (G_TYPE_LONG, error);
      return FALSE;
    }

  g_value_init (value, G_TYPE_LONG);
  g_value_set_long (value, number);
  return TRUE;
}

static gboolean
pl_codec_decode_ulong (GVariant *content, GValue *value, GError **error)
{
  guint64 number = g_variant_get_uint64 (content);

  if ((gulong) number != number)
    {
      pl_codec_set_out_of_range (G_TYPE_ULONG, error);
      return FALSE;
    }

  g_value_init (value, G_TYPE_ULONG);
  g_value_set_ulong (value, number);
  return TRUE;
}

static gboolean
pl_codec_decode_float (GVariant *content, GValue *value, GError **error)
{
  gdouble number = g_variant_get_double (content);

  if (isfinite (number) && fabs (number) > G_MAXFLOAT)
    {
      pl_codec_set_out_of_range (G_TYPE_FLOAT, error);
      return FALSE;
    }

  g_value_init (value, G_TYPE_FLOAT);
  g_value_set_float (value, number);
  return TRUE;
}

static gboolean
pl_codec_decode_enum (GVariant *content, GType type, GValue *value, GError **error)
{
  gint number = g_variant_get_int32 (content);

  if (!pl_codec_check_enum (type, number, error))
    return FALSE;

  g_value_init (value, type);
  g_value_set_enum (value, number);
  return TRUE;
}

static gboolean
pl_codec_decode_flags (GVariant *content, GType type, GValue *value, GError **error)
{
  guint bits = g_variant_get_uint32 (content);

  if (!pl_codec_check_flags (type, bits, error))
    return FALSE;

  g_value_init (value, type);
  g_value_set_flags (value, bits);
  return TRUE;
}

/* GLib looks for a file of the name, and trusts what is in there. So it is asked only for what
 * looks like an offset, or like a zone: other files beside those begin with a small letter or have
 * a dot. */
static gboolean
pl_codec_is_zone (const char *identifier)
{
  const char *allowed = G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_+-/";
  const char *digits = G_CSET_DIGITS ":";

  if (g_ascii_isupper (identifier[0]))
    return identifier[strspn (identifier, allowed)] == '\0';

  return (identifier[0] == '+' || identifier[0] == '-') &&
    identifier[1 + strspn (identifier + 1, digits)] == '\0';
}

/* A zone that is not known here is as far ahead of UTC as it was there. */
static GDateTime *
pl_codec_make_date_time (gint64 time, const char *identifier, gint32 offset)
{
  g_autoptr(GTimeZone) zone = NULL;
  g_autoptr(GDateTime) utc = NULL;
  g_autoptr(GDateTime) exact = NULL;
  gint64 seconds = time / G_USEC_PER_SEC;
  gint64 microseconds = time % G_USEC_PER_SEC;

  if (microseconds < 0)
    {
      microseconds += G_USEC_PER_SEC;
      seconds--;
    }
  utc = g_date_time_new_from_unix_utc (seconds);
  if (utc == NULL)
    return NULL;

  exact = g_date_time_add (utc, microseconds);
  if (pl_codec_is_zone (identifier))
    zone = g_time_zone_new_identifier (identifier);
  if (zone == NULL)
    zone = g_time_zone_new_offset (offset);
  return g_date_time_to_timezone (exact, zone);
}

static gboolean
pl_codec_decode_date_time (GVariant *content, GValue *value, GError **error)
{
  GDateTime *date_time = NULL;
  const char *identifier;
  gint64 time;
  gint32 offset;

  g_variant_get (content, "(x&si)", &time, &identifier, &offset);
  if (offset > -SECONDS_OF_DAY && offset < SECONDS_OF_DAY)
    date_time = pl_codec_make_date_time (time, identifier, offset);
  if (date_time == NULL)
    {
      pl_codec_set_out_of_range (G_TYPE_DATE_TIME, error);
      return FALSE;
    }

  g_value_init (value, G_TYPE_DATE_TIME);
  g_value_take_boxed (value, date_time);
  return TRUE;
}

/* The type of variants that values of @type are sent as; NULL: they are not sent. */
static const char *
pl_codec_get_representation (GType type)
{
  static const struct
  {
    GType type;
    const char *representation;
  } fundamentals[] = {
    { G_TYPE_BOOLEAN, "b" }, { G_TYPE_UCHAR, "y" },  { G_TYPE_INT, "i" },
    { G_TYPE_UINT, "u" },    { G_TYPE_INT64, "x" },  { G_TYPE_UINT64, "t" },
    { G_TYPE_DOUBLE, "d" },  { G_TYPE_STRING, "s" }, { G_TYPE_CHAR, "y" },
    { G_TYPE_LONG, "x" },    { G_TYPE_ULONG, "t" },  { G_TYPE_FLOAT, "d" },
    { G_TYPE_VARIANT, "*" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (fundamentals); i++)
    {
      if (type == fundamentals[i].type)
        return fundamentals[i].representation;
    }

  if (type == G_TYPE_BYTES)
    return "ay";
  if (type == G_TYPE_STRV)
    return "as";
  if (type == G_TYPE_FILE)
    return "s";
  if (type == G_TYPE_DATE_TIME)
    return "(xsi)";
  return G_TYPE_IS_ENUM (type) ? "i" : G_TYPE_IS_FLAGS (type) ? "u" : NULL;
}

/* @content is what pl_codec_get_representation() says. */
static gboolean
pl_codec_decode_content (GVariant *content, GType type, GValue *value, GError **error)
{
  switch (G_TYPE_FUNDAMENTAL (type))
    {
    case G_TYPE_CHAR:
      g_value_init (value, type);
      g_value_set_schar (value, g_variant_get_byte (content));
      return TRUE;
    case G_TYPE_LONG:
      return pl_codec_decode_long (content, value, error);
    case G_TYPE_ULONG:
      return pl_codec_decode_ulong (content, value, error);
    case G_TYPE_FLOAT:
      return pl_codec_decode_float (content, value, error);
    case G_TYPE_ENUM:
      return pl_codec_decode_enum (content, type, value, error);
    case G_TYPE_FLAGS:
      return pl_codec_decode_flags (content, type, value, error);
    case G_TYPE_VARIANT:
      g_value_init (value, type);
      g_value_set_variant (value, content);
      return TRUE;
    case G_TYPE_INTERFACE:
      g_value_init (value, type);
      g_value_take_object (value, g_file_new_for_uri (g_variant_get_string (content, NULL)));
      return TRUE;
    default:
      if (type == G_TYPE_DATE_TIME)
        return pl_codec_decode_date_time (content, value, error);
      pl_codec_decode_plain (content, type, value);
      return TRUE;
    }
}

static gboolean
pl_codec_decode_built_in (GVariant *content, GType type, GValue *value, GError **error)
{
  const char *representation = pl_codec_get_representation (type);

  if (representation == NULL)
    {
      pl_codec_set_unsupported (type, error);
      return FALSE;
    }
  if (!g_variant_is_of_type (content, G_VARIANT_TYPE (representation)))
    {
      g_set_error (error, PL_ERROR, PL_ERROR_INVALID_VALUE,
                   "A variant of type “%s” does not stand for a “%s”",
                   g_variant_get_type_string (content), g_type_name (type));
      return FALSE;
    }

  return pl_codec_decode_content (content, type, value, error);
}

static gboolean
pl_codec_decode_registered (PlCodec *codec, GVariant *content, GValue *value, GError **error)
{
  g_autoptr(GError) local_error = NULL;
  gboolean done;

  g_value_init (value, codec->type);
  done = codec->decode (content, value, codec->user_data, &local_error);
  pl_worker_ensure_error (done, &local_error);
  if (done && G_VALUE_HOLDS (value, codec->type))
    return TRUE;

  if (done)
    g_set_error (&local_error, PL_ERROR, PL_ERROR_UNSET_RESULT,
                 "The function left no “%s” in its value", g_type_name (codec->type));
  if (G_IS_VALUE (value))
    g_value_unset (value);
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

/* Types have no names before they have been used. */
static GType
pl_codec_find_type (const char *name)
{
  static gsize is_ready;

  if (g_once_init_enter (&is_ready))
    {
      g_type_ensure (G_TYPE_BYTES);
      g_type_ensure (G_TYPE_DATE_TIME);
      g_type_ensure (G_TYPE_FILE);
      g_type_ensure (G_TYPE_STRV);
      g_type_ensure (PL_TYPE_JSON);
      g_once_init_leave (&is_ready, TRUE);
    }

  return g_type_from_name (name);
}

static gboolean
pl_codec_decode_tagged (GVariant *variant, GValue *value, GError **error)
{
  g_autoptr(GVariant) tag = g_variant_get_child_value (variant, 0);
  g_autoptr(GVariant) boxed = g_variant_get_child_value (variant, 1);
  g_autoptr(GVariant) content = g_variant_get_variant (boxed);
  g_autoptr(PlCodec) codec = NULL;
  const char *name = g_variant_get_string (tag, NULL);
  GType type = pl_codec_find_type (name);

  if (type == G_TYPE_INVALID || !G_TYPE_IS_VALUE (type))
    {
      g_set_error (error, PL_ERROR, PL_ERROR_UNSUPPORTED_TYPE,
                   "The type “%s” is not known in this program", name);
      return FALSE;
    }
  if (pl_codec_is_nullable (type) && g_variant_is_of_type (content, G_VARIANT_TYPE_UNIT))
    {
      g_value_init (value, type);
      return TRUE;
    }

  codec = pl_codec_lookup (type);
  return codec != NULL ? pl_codec_decode_registered (codec, content, value, error)
                       : pl_codec_decode_built_in (content, type, value, error);
}

/* Makes a value of @variant, which may come from anyone, and is known to be in normal form. @value
 * is uninitialised, and stays so on failure: with an error of PL_ERROR, or of a function that was
 * registered. */
gboolean
pl_codec_decode (GVariant *variant, GValue *value, GError **error)
{
  GType type = pl_codec_get_plain_type (variant);

  if (type == G_TYPE_INVALID && g_variant_is_of_type (variant, G_VARIANT_TYPE ("(sv)")))
    return pl_codec_decode_tagged (variant, value, error);

  if (type == G_TYPE_INVALID)
    {
      g_value_init (value, G_TYPE_VARIANT);
      g_value_set_variant (value, variant);
    }
  else
    pl_codec_decode_plain (variant, type, value);
  return TRUE;
}
