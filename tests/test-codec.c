/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-codec-private.h"

#include "pl-test-util.h"

#include <float.h>
#include <string.h>

typedef enum
{
  TEST_SHAPE_ROUND = 3,
  TEST_SHAPE_FLAT = -7,
} TestShape;

static const GEnumValue shape_values[] = {
  { TEST_SHAPE_ROUND, "TEST_SHAPE_ROUND", "round" },
  { TEST_SHAPE_FLAT, "TEST_SHAPE_FLAT", "flat" },
  { 0, NULL, NULL },
};

static const GFlagsValue parts_values[] = {
  { 1, "TEST_PARTS_HEAD", "head" },
  { 1u << 31, "TEST_PARTS_TAIL", "tail" },
  { 0, NULL, NULL },
};

static GType shape_type;
static GType parts_type;

/* Has been sent: what is left are bytes, and those of another process are not trusted. */
static GVariant *
send (GVariant *variant)
{
  g_autoptr(GVariant) outer = g_variant_ref_sink (g_variant_new_variant (variant));
  g_autoptr(GBytes) bytes = g_variant_get_data_as_bytes (outer);
  g_autoptr(GVariant) received = g_variant_ref_sink (
    g_variant_new_from_bytes (G_VARIANT_TYPE_VARIANT, bytes, FALSE));

  g_assert_true (g_variant_is_normal_form (received));
  return g_variant_get_variant (received);
}

/* Encodes @value, sends it and decodes it to @result; @text is what it is sent as. */
static void
travel (const GValue *value, const char *text, GValue *result)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) variant = pl_codec_encode (value, &error);
  g_autoptr(GVariant) received = NULL;
  g_autofree char *printed = NULL;

  g_assert_no_error (error);
  g_assert_nonnull (variant);
  g_assert_false (g_variant_is_floating (variant));
  if (text != NULL)
    {
      printed = g_variant_print (variant, TRUE);
      g_assert_cmpstr (printed, ==, text);
    }

  received = send (variant);
  pl_codec_decode (received, result, &error);
  g_assert_no_error (error);
  g_assert_true (G_IS_VALUE (result));
}

static void
assert_not_encoded (const GValue *value, gint code, const char *text)
{
  g_autoptr(GError) error = NULL;

  g_assert_null (pl_codec_encode (value, &error));
  g_assert_error (error, PL_ERROR, code);
  g_assert_cmpstr (error->message, ==, text);
}

#define assert_travels(TYPE, type, number, text) \
  G_STMT_START { \
    g_auto(GValue) value_sent = G_VALUE_INIT; \
    g_auto(GValue) value_got = G_VALUE_INIT; \
    g_value_init (&value_sent, TYPE); \
    g_value_set_##type (&value_sent, (number)); \
    travel (&value_sent, (text), &value_got); \
    g_assert_cmpuint (G_VALUE_TYPE (&value_got), ==, TYPE); \
    g_assert_true (g_value_get_##type (&value_got) == (number)); \
  } G_STMT_END

static void
test_numbers (void)
{
  assert_travels (G_TYPE_BOOLEAN, boolean, TRUE, "true");
  assert_travels (G_TYPE_BOOLEAN, boolean, FALSE, "false");
  assert_travels (G_TYPE_UCHAR, uchar, 255, "byte 0xff");
  assert_travels (G_TYPE_INT, int, G_MININT, "-2147483648");
  assert_travels (G_TYPE_INT, int, G_MAXINT, "2147483647");
  assert_travels (G_TYPE_UINT, uint, G_MAXUINT, "uint32 4294967295");
  assert_travels (G_TYPE_INT64, int64, G_MININT64, "int64 -9223372036854775808");
  assert_travels (G_TYPE_INT64, int64, G_MAXINT64, "int64 9223372036854775807");
  assert_travels (G_TYPE_UINT64, uint64, G_MAXUINT64, "uint64 18446744073709551615");
  assert_travels (G_TYPE_DOUBLE, double, -0.5, "-0.5");
  assert_travels (G_TYPE_DOUBLE, double, DBL_MAX, NULL);
  assert_travels (G_TYPE_DOUBLE, double, DBL_TRUE_MIN, NULL);
  assert_travels (G_TYPE_CHAR, schar, -128, "('gchar', <byte 0x80>)");
  assert_travels (G_TYPE_LONG, long, G_MINLONG, NULL);
  assert_travels (G_TYPE_LONG, long, -2, "('glong', <int64 -2>)");
  assert_travels (G_TYPE_ULONG, ulong, G_MAXULONG, NULL);
  assert_travels (G_TYPE_ULONG, ulong, 2, "('gulong', <uint64 2>)");
  assert_travels (G_TYPE_FLOAT, float, -0.5, "('gfloat', <-0.5>)");
  assert_travels (G_TYPE_FLOAT, float, FLT_MAX, NULL);
  assert_travels (G_TYPE_FLOAT, float, FLT_TRUE_MIN, NULL);
}

static void
test_doubles_keep_their_bits (void)
{
  static const guint64 all_bits[] = {
    G_GUINT64_CONSTANT (0x8000000000000000), G_GUINT64_CONSTANT (0x7ff0000000000000),
    G_GUINT64_CONSTANT (0xfff0000000000000), G_GUINT64_CONSTANT (0x7ff8000000000000),
    G_GUINT64_CONSTANT (0xfff8000000abcdef), G_GUINT64_CONSTANT (0x0000000000000001),
  };

  for (guint i = 0; i < G_N_ELEMENTS (all_bits); i++)
    {
      g_auto(GValue) value = G_VALUE_INIT;
      g_auto(GValue) result = G_VALUE_INIT;
      gdouble number;

      memcpy (&number, &all_bits[i], sizeof number);
      g_value_init (&value, G_TYPE_DOUBLE);
      g_value_set_double (&value, number);
      travel (&value, NULL, &result);
      number = g_value_get_double (&result);
      g_assert_cmpmem (&number, sizeof number, &all_bits[i], sizeof all_bits[i]);
    }
}

static void
test_strings (void)
{
  static const char *const strings[] = { "", "text", "“größer” \xf0\x9f\x90\xa7" };
  g_auto(GValue) value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_STRING);
  for (guint i = 0; i < G_N_ELEMENTS (strings); i++)
    {
      g_auto(GValue) result = G_VALUE_INIT;

      g_value_set_string (&value, strings[i]);
      travel (&value, NULL, &result);
      g_assert_cmpstr (g_value_get_string (&result), ==, strings[i]);
    }
}

static void
test_strvs (void)
{
  static const char *const strvs[][3] = { { NULL }, { "", NULL }, { "a", "b", NULL } };
  g_auto(GValue) value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_STRV);
  for (guint i = 0; i < G_N_ELEMENTS (strvs); i++)
    {
      g_auto(GValue) result = G_VALUE_INIT;

      g_value_set_boxed (&value, strvs[i]);
      travel (&value, NULL, &result);
      g_assert_cmpuint (G_VALUE_TYPE (&result), ==, G_TYPE_STRV);
      g_assert_cmpstrv (g_value_get_boxed (&result), strvs[i]);
    }
}

static void
test_bytes (void)
{
  static const char *const texts[] = { "", "a", "a\377b" };
  g_auto(GValue) value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_BYTES);
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr(GBytes) bytes = g_bytes_new (texts[i], strlen (texts[i]));
      g_auto(GValue) result = G_VALUE_INIT;

      g_value_set_boxed (&value, bytes);
      travel (&value, NULL, &result);
      g_assert_cmpuint (G_VALUE_TYPE (&result), ==, G_TYPE_BYTES);
      g_assert_true (g_bytes_equal (g_value_get_boxed (&result), bytes));
    }
}

static void
test_bytes_are_not_copied (void)
{
  gsize size = 1024 * 1024;
  g_autoptr(GBytes) bytes = g_bytes_new_take (g_malloc0 (size), size);
  gconstpointer data = g_bytes_get_data (bytes, NULL);
  g_autoptr(GVariant) variant = NULL;
  g_autoptr(GVariant) received = NULL;
  g_auto(GValue) value = G_VALUE_INIT;
  g_auto(GValue) result = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_BYTES);
  g_value_set_boxed (&value, bytes);
  variant = pl_codec_encode (&value, NULL);
  g_assert_true (g_variant_get_data (variant) == data);

  received = send (variant);
  g_assert_true (pl_codec_decode (received, &result, NULL));
  g_assert_true (g_bytes_get_data (g_value_get_boxed (&result), NULL) ==
                 g_variant_get_data (received));
  g_assert_true (g_bytes_equal (g_value_get_boxed (&result), bytes));
}

static void
assert_variant_travels (const char *variant, const char *text)
{
  g_auto(GValue) value = G_VALUE_INIT;
  g_auto(GValue) result = G_VALUE_INIT;
  g_autoptr(GVariant) parsed = g_variant_parse (NULL, variant, NULL, NULL, NULL);

  g_assert_nonnull (parsed);
  g_value_init (&value, G_TYPE_VARIANT);
  g_value_set_variant (&value, parsed);
  travel (&value, text, &result);
  g_assert_cmpuint (G_VALUE_TYPE (&result), ==, G_TYPE_VARIANT);
  g_assert_cmpvariant (g_value_get_variant (&result), parsed);
}

static void
test_variants (void)
{
  assert_variant_travels ("()", "()");
  assert_variant_travels ("int16 5", "int16 5");
  assert_variant_travels ("objectpath '/a'", "objectpath '/a'");
  assert_variant_travels ("@ms nothing", "@ms nothing");
  assert_variant_travels ("{'a': <5>}", "{'a': <5>}");
  assert_variant_travels ("[b'ab']", "[b'ab']");
  assert_variant_travels ("<<'a'>>", "<<'a'>>");
  assert_variant_travels ("5", "('GVariant', <5>)");
  assert_variant_travels ("'a'", "('GVariant', <'a'>)");
  assert_variant_travels ("['a']", "('GVariant', <['a']>)");
  assert_variant_travels ("b'a'", "('GVariant', <b'a'>)");
  assert_variant_travels ("('gchar', <5>)", "('GVariant', <('gchar', <5>)>)");
}

static void
test_variants_become_normal (void)
{
  g_auto(GValue) value = G_VALUE_INIT;
  g_auto(GValue) result = G_VALUE_INIT;
  g_autoptr(GVariant) normal = NULL;

  g_value_init (&value, G_TYPE_VARIANT);
  g_value_take_variant (&value, g_variant_ref_sink (g_variant_new_from_data (
    G_VARIANT_TYPE ("(sb)"), "a", 1, FALSE, NULL, NULL)));
  g_assert_false (g_variant_is_normal_form (g_value_get_variant (&value)));
  normal = g_variant_get_normal_form (g_value_get_variant (&value));

  travel (&value, NULL, &result);
  g_assert_cmpvariant (g_value_get_variant (&result), normal);
}

static GVariant *
make_deep (guint n_levels)
{
  GVariant *variant = g_variant_new_string ("deep");

  for (guint i = 0; i < n_levels; i++)
    variant = g_variant_new_variant (variant);
  return variant;
}

static void
test_variants_are_not_too_deep (void)
{
  g_auto(GValue) value = G_VALUE_INIT;
  g_auto(GValue) result = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_VARIANT);
  g_value_set_variant (&value, make_deep (99));
  travel (&value, NULL, &result);
  g_assert_cmpvariant (g_value_get_variant (&value), g_value_get_variant (&result));

  g_value_set_variant (&value, make_deep (100));
  assert_not_encoded (&value, PL_ERROR_INVALID_VALUE,
                      "A variant of more than 100 levels cannot travel between processes");
}

static void
test_file_handles_do_not_travel (void)
{
  static const char *const variants[] = {
    "handle 1", "@ah []", "(1, handle 1)", "<handle 1>", "[<5>, <{'a': <(<handle 1>, 'b')>}>]",
  };
  g_auto(GValue) value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_VARIANT);
  for (guint i = 0; i < G_N_ELEMENTS (variants); i++)
    {
      g_value_take_variant (&value, g_variant_parse (NULL, variants[i], NULL, NULL, NULL));
      assert_not_encoded (&value, PL_ERROR_UNSUPPORTED_TYPE,
                          "A variant with file handles cannot travel between processes");
    }
}

static void
test_enums_and_flags (void)
{
  g_auto(GValue) shape = G_VALUE_INIT;
  g_auto(GValue) parts = G_VALUE_INIT;

  assert_travels (shape_type, enum, TEST_SHAPE_ROUND, "('TestShape', <3>)");
  assert_travels (shape_type, enum, TEST_SHAPE_FLAT, "('TestShape', <-7>)");
  assert_travels (parts_type, flags, 0, "('TestParts', <uint32 0>)");
  assert_travels (parts_type, flags, 1u << 31 | 1, "('TestParts', <uint32 2147483649>)");

  g_value_init (&shape, shape_type);
  g_value_set_enum (&shape, 4);
  assert_not_encoded (&shape, PL_ERROR_INVALID_VALUE, "“TestShape” has no value 4");
  g_value_init (&parts, parts_type);
  g_value_set_flags (&parts, 7);
  assert_not_encoded (&parts, PL_ERROR_INVALID_VALUE, "“TestParts” has no flags 0x6");
}

static void
assert_file_travels (GType type, GFile *file, const char *text)
{
  g_auto(GValue) value = G_VALUE_INIT;
  g_auto(GValue) result = G_VALUE_INIT;

  g_value_init (&value, type);
  g_value_set_object (&value, file);
  travel (&value, text, &result);
  g_assert_cmpuint (G_VALUE_TYPE (&result), ==, G_TYPE_FILE);
  g_assert_true (g_file_equal (g_value_get_object (&result), file));
}

static void
test_files (void)
{
  g_autoptr(GFile) native = g_file_new_for_path ("/no/such file\377");
  g_autoptr(GFile) remote = g_file_new_for_uri ("http://example.org/a?b#c");

  assert_file_travels (G_TYPE_FILE, native, "('GFile', <'file:///no/such%20file%FF'>)");
  assert_file_travels (G_OBJECT_TYPE (native), native, NULL);
  assert_file_travels (G_TYPE_OBJECT, native, NULL);
  assert_file_travels (G_TYPE_FILE, remote, "('GFile', <'http://example.org/a?b#c'>)");
}

/* @zone: the identifier here; @text: what is to come, NULL: the same. */
static void
assert_date_time_travels (const char *zone, const char *text)
{
  g_autoptr(GTimeZone) time_zone = g_time_zone_new_identifier (zone);
  g_autoptr(GDateTime) summer = NULL;
  g_auto(GValue) value = G_VALUE_INIT;
  g_auto(GValue) result = G_VALUE_INIT;
  GDateTime *got;

  g_assert_nonnull (time_zone);
  summer = g_date_time_new (time_zone, 1969, 7, 20, 20, 17, 40.123456);
  g_value_init (&value, G_TYPE_DATE_TIME);
  g_value_set_boxed (&value, summer);
  travel (&value, text, &result);

  got = g_value_get_boxed (&result);
  g_assert_true (g_date_time_equal (got, summer));
  g_assert_cmpint (g_date_time_get_microsecond (got), ==, g_date_time_get_microsecond (summer));
  g_assert_cmpint (g_date_time_get_utc_offset (got), ==, g_date_time_get_utc_offset (summer));
  g_assert_cmpstr (g_time_zone_get_identifier (g_date_time_get_timezone (got)), ==,
                   g_time_zone_get_identifier (time_zone));
}

static void
test_date_times (void)
{
  assert_date_time_travels ("UTC", "('GDateTime', <(int64 -14182939876544, 'UTC', 0)>)");
  assert_date_time_travels ("+05:45", "('GDateTime', <(int64 -14203639876544, '+05:45', 20700)>)");
  assert_date_time_travels ("-23:59:59", NULL);
  if (g_file_test ("/usr/share/zoneinfo/Europe/Berlin", G_FILE_TEST_EXISTS))
    assert_date_time_travels ("Europe/Berlin", NULL);
}

static void
test_date_times_at_both_ends (void)
{
  g_autoptr(GDateTime) first = g_date_time_new_utc (1, 1, 1, 0, 0, 0);
  g_autoptr(GDateTime) last = g_date_time_new_utc (9999, 12, 31, 23, 59, 59.999999);
  g_auto(GValue) value = G_VALUE_INIT;
  g_auto(GValue) first_got = G_VALUE_INIT;
  g_auto(GValue) last_got = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_DATE_TIME);
  g_value_set_boxed (&value, first);
  travel (&value, NULL, &first_got);
  g_assert_true (g_date_time_equal (g_value_get_boxed (&first_got), first));
  g_value_set_boxed (&value, last);
  travel (&value, NULL, &last_got);
  g_assert_true (g_date_time_equal (g_value_get_boxed (&last_got), last));
}

static void
test_nulls (void)
{
  const struct
  {
    GType type;
    const char *text;
  } nulls[] = {
    { G_TYPE_STRING, "('gchararray', <()>)" }, { G_TYPE_BYTES, "('GBytes', <()>)" },
    { G_TYPE_STRV, "('GStrv', <()>)" },        { G_TYPE_VARIANT, "('GVariant', <()>)" },
    { G_TYPE_FILE, "('GFile', <()>)" },        { G_TYPE_DATE_TIME, "('GDateTime', <()>)" },
    { G_TYPE_OBJECT, "('GObject', <()>)" },    { G_TYPE_ERROR, "('GError', <()>)" },
    { G_TYPE_PARAM, "('GParam', <()>)" },      { PL_TYPE_STAGE, "('PlStage', <()>)" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (nulls); i++)
    {
      g_auto(GValue) value = G_VALUE_INIT;
      g_auto(GValue) result = G_VALUE_INIT;

      g_value_init (&value, nulls[i].type);
      travel (&value, nulls[i].text, &result);
      g_assert_cmpuint (G_VALUE_TYPE (&result), ==, nulls[i].type);
      g_assert_null (g_value_peek_pointer (&result));
    }
}

static void
test_null_file_of_a_private_type (void)
{
  g_autoptr(GFile) file = g_file_new_for_path ("/");
  g_auto(GValue) value = G_VALUE_INIT;
  g_auto(GValue) result = G_VALUE_INIT;

  g_value_init (&value, G_OBJECT_TYPE (file));
  travel (&value, "('GFile', <()>)", &result);
  g_assert_cmpuint (G_VALUE_TYPE (&result), ==, G_TYPE_FILE);
}

static void
test_strings_that_are_not_utf8 (void)
{
  const char *text = "A string that is not UTF-8 cannot travel between processes: use GBytes";
  const char *strv[] = { "a", "b\377", NULL };
  g_auto(GValue) string = G_VALUE_INIT;
  g_auto(GValue) strings = G_VALUE_INIT;

  g_value_init (&string, G_TYPE_STRING);
  g_value_set_static_string (&string, "a\377");
  assert_not_encoded (&string, PL_ERROR_INVALID_VALUE, text);
  g_value_init (&strings, G_TYPE_STRV);
  g_value_set_static_boxed (&strings, strv);
  assert_not_encoded (&strings, PL_ERROR_INVALID_VALUE, text);
}

static void
test_unsupported_types (void)
{
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_auto(GValue) object = G_VALUE_INIT;
  g_auto(GValue) pointer = G_VALUE_INIT;

  g_value_init (&object, G_TYPE_OBJECT);
  g_value_set_object (&object, cancellable);
  assert_not_encoded (&object, PL_ERROR_UNSUPPORTED_TYPE,
                      "A value of type “GCancellable” cannot travel between processes: register "
                      "a pair of functions with pl_codec_register()");
  g_value_init (&pointer, G_TYPE_POINTER);
  assert_not_encoded (&pointer, PL_ERROR_UNSUPPORTED_TYPE,
                      "A value of type “gpointer” cannot travel between processes: register "
                      "a pair of functions with pl_codec_register()");
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);

  shape_type = g_enum_register_static ("TestShape", shape_values);
  parts_type = g_flags_register_static ("TestParts", parts_values);

  g_test_add_func ("/codec/numbers", test_numbers);
  g_test_add_func ("/codec/doubles-keep-their-bits", test_doubles_keep_their_bits);
  g_test_add_func ("/codec/strings", test_strings);
  g_test_add_func ("/codec/strvs", test_strvs);
  g_test_add_func ("/codec/bytes", test_bytes);
  g_test_add_func ("/codec/bytes-are-not-copied", test_bytes_are_not_copied);
  g_test_add_func ("/codec/variants", test_variants);
  g_test_add_func ("/codec/variants-become-normal", test_variants_become_normal);
  g_test_add_func ("/codec/variants-are-not-too-deep", test_variants_are_not_too_deep);
  g_test_add_func ("/codec/file-handles-do-not-travel", test_file_handles_do_not_travel);
  g_test_add_func ("/codec/enums-and-flags", test_enums_and_flags);
  g_test_add_func ("/codec/files", test_files);
  g_test_add_func ("/codec/date-times", test_date_times);
  g_test_add_func ("/codec/date-times-at-both-ends", test_date_times_at_both_ends);
  g_test_add_func ("/codec/nulls", test_nulls);
  g_test_add_func ("/codec/null-file-of-a-private-type", test_null_file_of_a_private_type);
  g_test_add_func ("/codec/strings-that-are-not-utf8", test_strings_that_are_not_utf8);
  g_test_add_func ("/codec/unsupported-types", test_unsupported_types);

  return pl_test_run ();
}
