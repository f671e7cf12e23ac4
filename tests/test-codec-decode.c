/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-codec-private.h"

#include "pl-test-util.h"

/* What other programs send. */

/* @text: of the error. */
static void
assert_not_decoded (const char *variant, gint code, const char *text)
{
  g_autoptr(GVariant) parsed = g_variant_parse (NULL, variant, NULL, NULL, NULL);
  g_autoptr(GError) error = NULL;
  GValue value = G_VALUE_INIT;

  g_assert_nonnull (parsed);
  g_assert_false (pl_codec_decode (parsed, &value, &error));
  g_assert_error (error, PL_ERROR, code);
  g_assert_cmpstr (error->message, ==, text);
  g_assert_false (G_IS_VALUE (&value));
}

static void
test_unsupported_types (void)
{
  static const char *const names[] = { "GObject", "GListModel", "GError", "GParam", "gpointer" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *variant = g_strdup_printf ("('%s', <5>)", names[i]);
      g_autofree char *text = g_strdup_printf ("A value of type “%s” cannot travel between "
                                               "processes: register a pair of functions with "
                                               "pl_codec_register()", names[i]);

      assert_not_decoded (variant, PL_ERROR_UNSUPPORTED_TYPE, text);
    }
}

static void
test_unknown_types (void)
{
  static const char *const names[] = {
    "NoSuchType", "", "void", "GInterface", "GEnum", "GFlags", "GBoxed", "GTypePlugin",
  };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *variant = g_strdup_printf ("('%s', <5>)", names[i]);
      g_autofree char *text = g_strdup_printf ("The type “%s” is not known in this program",
                                               names[i]);

      assert_not_decoded (variant, PL_ERROR_UNSUPPORTED_TYPE, text);
    }
}

static void
test_wrong_representations (void)
{
  static const char *const wrong[][3] = {
    { "gint", "'5'", "s" },           { "gint", "()", "()" },
    { "gchar", "5", "i" },            { "glong", "5", "i" },
    { "gulong", "int64 5", "x" },     { "gfloat", "5", "i" },
    { "gchararray", "b''", "ay" },    { "GBytes", "''", "s" },
    { "GStrv", "[b'']", "aay" },      { "GFile", "b''", "ay" },
    { "GDateTime", "5", "i" },        { "GDateTime", "('a', 5, 5)", "(sii)" },
    { "GUnicodeType", "5.0", "d" },   { "GUnicodeType", "()", "()" },
    { "GIOCondition", "5", "i" },     { "GIOCondition", "<5>", "v" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autofree char *variant = g_strdup_printf ("('%s', <%s>)", wrong[i][0], wrong[i][1]);
      g_autofree char *text = g_strdup_printf ("A variant of type “%s” does not stand for a “%s”",
                                               wrong[i][2], wrong[i][0]);

      assert_not_decoded (variant, PL_ERROR_INVALID_VALUE, text);
    }
}

static void
test_wrong_values (void)
{
  static const char *const date_times[] = {
    "int64 9223372036854775807, 'UTC', 0",
    "int64 -9223372036854775808, 'UTC', 0",
    "int64 0, '', 86400",
    "int64 0, '', -2147483648",
  };

  assert_not_decoded ("('GUnicodeType', <99>)", PL_ERROR_INVALID_VALUE,
                      "“GUnicodeType” has no value 99");
  assert_not_decoded ("('GIOCondition', <uint32 65>)", PL_ERROR_INVALID_VALUE,
                      "“GIOCondition” has no flags 0x40");
  assert_not_decoded ("('gfloat', <1e300>)", PL_ERROR_INVALID_VALUE,
                      "A number is none that a “gfloat” can have");

  for (guint i = 0; i < G_N_ELEMENTS (date_times); i++)
    {
      g_autofree char *variant = g_strdup_printf ("('GDateTime', <(%s)>)", date_times[i]);

      assert_not_decoded (variant, PL_ERROR_INVALID_VALUE,
                          "A number is none that a “GDateTime” can have");
    }
}

/* Workers in other languages need not know what is plain here. */
static void
test_plain_types_may_be_tagged (void)
{
  g_autoptr(GVariant) tagged = g_variant_parse (NULL, "('gint', <5>)", NULL, NULL, NULL);
  g_auto(GValue) value = G_VALUE_INIT;

  g_assert_true (pl_codec_decode (tagged, &value, NULL));
  g_assert_true (G_VALUE_HOLDS_INT (&value));
  g_assert_cmpint (g_value_get_int (&value), ==, 5);
}

/* Those that GLib would have to look for in odd places are not known either. */
static void
test_unknown_time_zones_become_offsets (void)
{
  static const char *const zones[] = {
    "", "Europe", "Europe/Atlantis", "leapseconds", "zone.tab", "Europe/../zone.tab", "/dev/zero",
    ":/dev/zero", "../../../dev/zero", "+99", "+", "<A>3", "Ö",
  };

  for (guint i = 0; i < G_N_ELEMENTS (zones); i++)
    {
      g_autoptr(GVariant) variant = g_variant_ref_sink (g_variant_new (
        "(sv)", "GDateTime", g_variant_new ("(xsi)", G_GINT64_CONSTANT (-1), zones[i], -3600)));
      g_autoptr(GError) error = NULL;
      g_auto(GValue) value = G_VALUE_INIT;
      g_autofree char *text = NULL;

      pl_codec_decode (variant, &value, &error);
      g_assert_no_error (error);
      text = g_date_time_format (g_value_get_boxed (&value), "%F %T.%f %::z");
      g_assert_cmpstr (text, ==, "1969-12-31 22:59:59.999999 -01:00:00");
    }
}

/* Mutations. Bytes are changed, put in, taken away and doubled. */
static void
mutate (GByteArray *bytes)
{
  guint n = g_test_rand_int_range (1, 4);

  for (guint i = 0; i < n && bytes->len > 1; i++)
    {
      guint position = g_test_rand_int_range (0, bytes->len);
      guint8 byte = g_test_rand_int_range (0, 256);

      switch (g_test_rand_int_range (0, 5))
        {
        case 0:
          g_byte_array_remove_index (bytes, position);
          break;
        case 1:
          g_byte_array_append (bytes, &byte, 1);
          break;
        case 2:
          bytes->data[position] = bytes->data[g_test_rand_int_range (0, bytes->len)];
          break;
        case 3:
          bytes->data[position] ^= 1u << (byte % 8);
          break;
        default:
          bytes->data[position] = byte;
        }
    }
}

/* Returns whether the bytes were a variant. */
static gboolean
decode_bytes (GByteArray *array)
{
  g_autoptr(GBytes) bytes = g_bytes_new (array->data, array->len);
  g_autoptr(GVariant) outer = g_variant_ref_sink (
    g_variant_new_from_bytes (G_VARIANT_TYPE_VARIANT, bytes, FALSE));
  g_autoptr(GVariant) variant = NULL;
  g_autoptr(GError) error = NULL;
  g_auto(GValue) value = G_VALUE_INIT;

  if (!g_variant_is_normal_form (outer))
    return FALSE;

  variant = g_variant_get_variant (outer);
  if (pl_codec_decode (variant, &value, &error))
    {
      g_assert_no_error (error);
      g_assert_true (G_IS_VALUE (&value));
    }
  else
    {
      g_assert_true (g_error_matches (error, PL_ERROR, PL_ERROR_INVALID_VALUE) ||
                     g_error_matches (error, PL_ERROR, PL_ERROR_UNSUPPORTED_TYPE));
      g_assert_false (G_IS_VALUE (&value));
    }
  return TRUE;
}

static void
test_mutations (void)
{
  static const char *const seeds[] = {
    "5", "'text'", "b'bytes'", "['a', 'b']", "{'a': <[<5>, <'b'>]>}",
    "('gchar', <byte 5>)", "('glong', <int64 5>)", "('gfloat', <5.0>)",
    "('GUnicodeType', <3>)", "('GIOCondition', <uint32 1>)", "('GFile', <'file:///a'>)",
    "('GDateTime', <(int64 5, 'Europe/Berlin', 3600)>)",
    "('GDateTime', <(int64 5, '+05:45', 20700)>)", "('GDateTime', <(int64 5, 'EST5EDT', 0)>)",
    "('GVariant', <('a', <5>)>)", "('GBytes', <()>)", "('GStrv', <['a']>)", "('GObject', <()>)",
  };
  guint n_rounds = pl_test_rounds (20000);
  guint n_variants = 0;

  for (guint i = 0; i < n_rounds; i++)
    {
      g_autoptr(GVariant) seed = g_variant_parse (NULL, seeds[i % G_N_ELEMENTS (seeds)], NULL,
                                                  NULL, NULL);
      g_autoptr(GVariant) outer = g_variant_ref_sink (g_variant_new_variant (seed));
      g_autoptr(GByteArray) bytes = g_byte_array_new ();

      g_byte_array_append (bytes, g_variant_get_data (outer), g_variant_get_size (outer));
      mutate (bytes);
      n_variants += decode_bytes (bytes);
    }

  g_assert_cmpuint (n_variants, >, n_rounds / 20);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);

  g_type_ensure (G_TYPE_UNICODE_TYPE);
  g_type_ensure (G_TYPE_IO_CONDITION);
  g_type_ensure (G_TYPE_LIST_MODEL);
  g_type_ensure (G_TYPE_ERROR);

  g_test_add_func ("/codec-decode/unsupported-types", test_unsupported_types);
  g_test_add_func ("/codec-decode/unknown-types", test_unknown_types);
  g_test_add_func ("/codec-decode/wrong-representations", test_wrong_representations);
  g_test_add_func ("/codec-decode/wrong-values", test_wrong_values);
  g_test_add_func ("/codec-decode/plain-types-may-be-tagged", test_plain_types_may_be_tagged);
  g_test_add_func ("/codec-decode/unknown-time-zones-become-offsets",
                   test_unknown_time_zones_become_offsets);
  g_test_add_func ("/codec-decode/mutations", test_mutations);

  return pl_test_run ();
}
