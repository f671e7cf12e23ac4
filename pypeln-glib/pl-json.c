/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-json.h"

#include "pl-codec.h"
#include "pl-error.h"

/* It is a GRefString: there is nothing but the text. */

static GVariant *
pl_json_encode (const GValue *value, gpointer user_data, GError **error)
{
  return g_variant_new_string (pl_json_get_text (g_value_get_boxed (value)));
}

static gboolean
pl_json_decode (GVariant *variant, GValue *value, gpointer user_data, GError **error)
{
  if (!g_variant_is_of_type (variant, G_VARIANT_TYPE_STRING))
    {
      g_set_error (error, PL_ERROR, PL_ERROR_INVALID_VALUE, "JSON cannot be a variant of type “%s”",
                   g_variant_get_type_string (variant));
      return FALSE;
    }

  g_value_take_boxed (value, pl_json_new (g_variant_get_string (variant, NULL)));
  return TRUE;
}

/* G_DEFINE_BOXED_TYPE() is not pedantic. */
GType
pl_json_get_type (void)
{
  static gsize type;

  if (g_once_init_enter (&type))
    {
      GType new_type = g_boxed_type_register_static (g_intern_static_string ("PlJson"),
                                                     (GBoxedCopyFunc) pl_json_ref,
                                                     (GBoxedFreeFunc) pl_json_unref);

      pl_codec_register (new_type, pl_json_encode, pl_json_decode, NULL, NULL);
      g_once_init_leave (&type, new_type);
    }

  return type;
}

/**
 * pl_json_new:
 * @text: the text of a value in JSON, in UTF-8
 *
 * Makes an element of a text.
 *
 * Returns: (transfer full): the element
 *
 * Since: 1.0
 */
PlJson *
pl_json_new (const char *text)
{
  g_return_val_if_fail (text != NULL, NULL);

  return (PlJson *) g_ref_string_new (text);
}

/**
 * pl_json_ref:
 * @self: a text
 *
 * Takes a reference, from any thread.
 *
 * Returns: (transfer full): @self
 *
 * Since: 1.0
 */
PlJson *
pl_json_ref (PlJson *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return (PlJson *) g_ref_string_acquire ((char *) self);
}

/**
 * pl_json_unref:
 * @self: (transfer full): a text
 *
 * Releases a reference, from any thread.
 *
 * Since: 1.0
 */
void
pl_json_unref (PlJson *self)
{
  g_return_if_fail (self != NULL);

  g_ref_string_release ((char *) self);
}

/**
 * pl_json_get_text:
 * @self: a text
 *
 * Gets the text.
 *
 * Returns: (transfer none): the text, which belongs to @self
 *
 * Since: 1.0
 */
const char *
pl_json_get_text (PlJson *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return (const char *) self;
}
