/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "workers/pl-plain-text-private.h"

#include "pl-error.h"

#include <string.h>

static GBytes *
pl_plain_text_take (char *text)
{
  return text != NULL ? g_bytes_new_take (text, strlen (text)) : NULL;
}

static GBytes *
pl_plain_text_encode_file (GFile *file)
{
  if (file == NULL)
    return NULL;

  return pl_plain_text_take (g_file_is_native (file) ? g_file_get_path (file)
                                                     : g_file_get_uri (file));
}

static GBytes *
pl_plain_text_encode_number (const GValue *value)
{
  g_auto(GValue) text = G_VALUE_INIT;

  g_value_init (&text, G_TYPE_STRING);
  g_value_transform (value, &text);
  return pl_plain_text_take (g_value_dup_string (&text));
}

/* Makes what a program is given of @value: a string or bytes as they are, the path of a file, a
 * whole number in digits. */
GBytes *
pl_plain_text_encode (const GValue *value, GError **error)
{
  GType type = G_VALUE_TYPE (value);
  GBytes *text = NULL;

  if (type == G_TYPE_STRING)
    text = pl_plain_text_take (g_value_dup_string (value));
  else if (type == G_TYPE_BYTES)
    text = g_value_dup_boxed (value);
  else if (g_type_is_a (type, G_TYPE_FILE))
    text = pl_plain_text_encode_file (g_value_get_object (value));
  else if (type == G_TYPE_INT || type == G_TYPE_UINT || type == G_TYPE_LONG ||
           type == G_TYPE_ULONG || type == G_TYPE_INT64 || type == G_TYPE_UINT64)
    text = pl_plain_text_encode_number (value);
  else
    g_set_error (error, PL_ERROR, PL_ERROR_UNSUPPORTED_TYPE,
                 "A plain program cannot be given a value of type “%s”; make a string, GBytes, a "
                 "GFile or a whole number of it",
                 g_type_name (type));

  if (text == NULL && *error == NULL)
    g_set_error (error, PL_ERROR, PL_ERROR_INVALID_VALUE,
                 "A plain program cannot be given a “%s” that is NULL", g_type_name (type));
  return text;
}

/* Makes @value, which is uninitialised, what a program wrote, of @type. */
gboolean
pl_plain_text_decode (const guint8 *text, gsize length, GType type, GValue *value, GError **error)
{
  if (type == G_TYPE_BYTES)
    {
      g_value_init (value, G_TYPE_BYTES);
      g_value_take_boxed (value, g_bytes_new (text, length));
      return TRUE;
    }

  if (!g_utf8_validate_len ((const char *) text, length, NULL))
    {
      g_set_error_literal (error, PL_ERROR, PL_ERROR_INVALID_VALUE,
                           "The program wrote what is not UTF-8; set the command's “result-type” "
                           "to GBytes to have it as it is");
      return FALSE;
    }

  g_value_init (value, G_TYPE_STRING);
  g_value_take_string (value, g_strndup ((const char *) text, length));
  return TRUE;
}
