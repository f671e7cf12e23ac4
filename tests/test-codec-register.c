/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-codec-private.h"

#include "pl-test-util.h"

/* Functions stay registered until the program ends: each test has types of its own. */

static void
assert_encoded (const GValue *value, const char *text)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) variant = pl_codec_encode (value, &error);
  g_autofree char *printed = NULL;

  g_assert_no_error (error);
  g_assert_false (g_variant_is_floating (variant));
  printed = g_variant_print (variant, TRUE);
  g_assert_cmpstr (printed, ==, text);
}

static void
assert_object_encoded (gpointer object, const char *text)
{
  g_auto(GValue) value = G_VALUE_INIT;

  g_value_init (&value, G_OBJECT_TYPE (object));
  g_value_take_object (&value, object);
  assert_encoded (&value, text);
}

/* A pair whose variants say which it is. */
static GVariant *
encode_name (const GValue *value, gpointer user_data, GError **error)
{
  return g_variant_new_string (user_data);
}

static gboolean
decode_nothing (GVariant *variant, GValue *value, gpointer user_data, GError **error)
{
  g_assert_cmpstr (g_variant_get_string (variant, NULL), ==, user_data);
  return TRUE;
}

static void
register_name (GType type, const char *name)
{
  pl_codec_register (type, encode_name, decode_nothing, (gpointer) name, NULL);
}

static GVariant *
encode_cancellable (const GValue *value, gpointer user_data, GError **error)
{
  return g_variant_ref_sink (g_variant_new_boolean (
    g_cancellable_is_cancelled (g_value_get_object (value))));
}

static gboolean
decode_cancellable (GVariant *variant, GValue *value, gpointer user_data, GError **error)
{
  GCancellable *cancellable = g_cancellable_new ();

  if (g_variant_get_boolean (variant))
    g_cancellable_cancel (cancellable);
  g_value_take_object (value, cancellable);
  return TRUE;
}

static void
test_travels (void)
{
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(GVariant) variant = NULL;
  g_auto(GValue) value = G_VALUE_INIT;
  g_auto(GValue) result = G_VALUE_INIT;

  pl_codec_register (G_TYPE_CANCELLABLE, encode_cancellable, decode_cancellable, NULL, NULL);
  g_cancellable_cancel (cancellable);
  g_value_init (&value, G_TYPE_OBJECT);
  g_value_set_object (&value, cancellable);

  assert_encoded (&value, "('GCancellable', <true>)");
  variant = pl_codec_encode (&value, NULL);
  g_assert_true (pl_codec_decode (variant, &result, NULL));
  g_assert_cmpuint (G_VALUE_TYPE (&result), ==, G_TYPE_CANCELLABLE);
  g_assert_true (g_cancellable_is_cancelled (g_value_get_object (&result)));
}

static void
test_null_needs_no_function (void)
{
  g_autoptr(GVariant) variant = NULL;
  g_auto(GValue) value = G_VALUE_INIT;
  g_auto(GValue) result = G_VALUE_INIT;

  register_name (G_TYPE_MENU, "menu");
  g_value_init (&value, G_TYPE_MENU);
  assert_encoded (&value, "('GMenu', <()>)");
  variant = pl_codec_encode (&value, NULL);
  g_assert_true (pl_codec_decode (variant, &result, NULL));
  g_assert_cmpuint (G_VALUE_TYPE (&result), ==, G_TYPE_MENU);
  g_assert_null (g_value_get_object (&result));
}

static void
test_nearest_class (void)
{
  register_name (G_TYPE_INPUT_STREAM, "stream");
  assert_object_encoded (g_memory_input_stream_new (), "('GInputStream', <'stream'>)");

  register_name (G_TYPE_MEMORY_INPUT_STREAM, "memory");
  assert_object_encoded (g_memory_input_stream_new (), "('GMemoryInputStream', <'memory'>)");
}

static void
test_nearest_of_class_and_interface (void)
{
  g_autoptr(GOutputStream) base = g_memory_output_stream_new_resizable ();
  g_autoptr(GConverter) converter = G_CONVERTER (g_zlib_compressor_new (
    G_ZLIB_COMPRESSOR_FORMAT_RAW, -1));

  register_name (G_TYPE_OUTPUT_STREAM, "stream");
  register_name (G_TYPE_FILTER_OUTPUT_STREAM, "filter");
  register_name (G_TYPE_SEEKABLE, "seekable");

  assert_object_encoded (g_data_output_stream_new (base), "('GSeekable', <'seekable'>)");
  assert_object_encoded (g_converter_output_stream_new (base, converter),
                         "('GFilterOutputStream', <'filter'>)");
}

static void
test_nearest_interface (void)
{
  g_autoptr(GBytes) bytes = g_bytes_new (NULL, 0);

  register_name (G_TYPE_LOADABLE_ICON, "loadable");
  register_name (G_TYPE_ICON, "icon");
  assert_object_encoded (g_themed_icon_new ("a"), "('GIcon', <'icon'>)");
  assert_object_encoded (g_bytes_icon_new (bytes), "('GLoadableIcon', <'loadable'>)");
}

static void
test_decodes_to_the_registered_type (void)
{
  g_autoptr(GVariant) variant = g_variant_parse (NULL, "('GListStore', <'list'>)", NULL, NULL,
                                                 NULL);
  g_auto(GValue) value = G_VALUE_INIT;

  g_type_ensure (G_TYPE_LIST_STORE);
  register_name (G_TYPE_LIST_MODEL, "list");
  g_assert_true (pl_codec_decode (variant, &value, NULL));
  g_assert_cmpuint (G_VALUE_TYPE (&value), ==, G_TYPE_LIST_MODEL);
}

static void
test_comes_before_what_is_built_in (void)
{
  g_autoptr(GVariant) plain = g_variant_ref_sink (g_variant_new_byte (5));
  g_auto(GValue) value = G_VALUE_INIT;
  g_auto(GValue) result = G_VALUE_INIT;

  register_name (G_TYPE_UCHAR, "byte");
  g_value_init (&value, G_TYPE_UCHAR);
  assert_encoded (&value, "('guchar', <'byte'>)");
  g_assert_true (pl_codec_decode (plain, &result, NULL));
  g_assert_cmpuint (g_value_get_uchar (&result), ==, 5);
}

static void
test_second_registration_replaces (void)
{
  PlTestCounts counts = { 0 };
  g_auto(GValue) value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_CHECKSUM);
  g_value_take_boxed (&value, g_checksum_new (G_CHECKSUM_MD5));

  pl_codec_register (G_TYPE_CHECKSUM, encode_name, decode_nothing, &counts, pl_test_on_free);
  g_assert_cmpint (counts.frees, ==, 0);
  register_name (G_TYPE_CHECKSUM, "first");
  g_assert_cmpint (counts.frees, ==, 1);
  assert_encoded (&value, "('GChecksum', <'first'>)");
  register_name (G_TYPE_CHECKSUM, "second");
  assert_encoded (&value, "('GChecksum', <'second'>)");
}

static GVariant *
encode_replaced (const GValue *value, gpointer user_data, GError **error)
{
  PlTestCounts *counts = user_data;

  register_name (G_VALUE_TYPE (value), "new");
  g_assert_cmpint (counts->frees, ==, 0);
  return g_variant_new_string ("old");
}

static void
test_notify_waits_for_the_function (void)
{
  PlTestCounts counts = { 0 };
  g_auto(GValue) value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_DATE);
  g_value_take_boxed (&value, g_date_new_dmy (1, 1, 2000));
  pl_codec_register (G_TYPE_DATE, encode_replaced, decode_nothing, &counts, pl_test_on_free);
  assert_encoded (&value, "('GDate', <'old'>)");
  g_assert_cmpint (counts.frees, ==, 1);
  assert_encoded (&value, "('GDate', <'new'>)");
}

/* Functions that fail. The data is what they set. */
static GVariant *
encode_failing (const GValue *value, gpointer user_data, GError **error)
{
  if (user_data != NULL)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, user_data);
  return NULL;
}

static gboolean
decode_failing (GVariant *variant, GValue *value, gpointer user_data, GError **error)
{
  if (user_data != NULL)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, user_data);
  return FALSE;
}

static void
assert_both_fail (const GValue *value, GQuark domain, gint code, const char *text)
{
  g_autoptr(GVariant) variant = g_variant_ref_sink (g_variant_new (
    "(sv)", G_VALUE_TYPE_NAME (value), g_variant_new_byte (0)));
  g_autoptr(GError) encode_error = NULL;
  g_autoptr(GError) decode_error = NULL;
  GValue result = G_VALUE_INIT;

  g_assert_null (pl_codec_encode (value, &encode_error));
  g_assert_error (encode_error, domain, code);
  g_assert_cmpstr (encode_error->message, ==, text);

  g_assert_false (pl_codec_decode (variant, &result, &decode_error));
  g_assert_error (decode_error, domain, code);
  g_assert_cmpstr (decode_error->message, ==, text);
  g_assert_false (G_IS_VALUE (&result));
}

static void
test_functions_fail (void)
{
  g_auto(GValue) value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_HASH_TABLE);
  g_value_take_boxed (&value, g_hash_table_new (NULL, NULL));
  pl_codec_register (G_TYPE_HASH_TABLE, encode_failing, decode_failing, (gpointer) "no", NULL);
  assert_both_fail (&value, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "no");
  pl_codec_register (G_TYPE_HASH_TABLE, encode_failing, decode_failing, NULL, NULL);
  assert_both_fail (&value, PL_ERROR, PL_ERROR_UNSET_ERROR,
                    "The function failed without setting an error");
}

static gboolean
decode_and_unset (GVariant *variant, GValue *value, gpointer user_data, GError **error)
{
  g_value_unset (value);
  if (user_data != NULL)
    g_value_init (value, G_TYPE_INT);
  return TRUE;
}

static void
test_decoded_value_has_its_type (void)
{
  g_autoptr(GVariant) variant = g_variant_parse (NULL, "('GRegex', <5>)", NULL, NULL, NULL);
  gpointer other[] = { NULL, &other };

  for (guint i = 0; i < G_N_ELEMENTS (other); i++)
    {
      g_autoptr(GError) error = NULL;
      GValue value = G_VALUE_INIT;

      pl_codec_register (G_TYPE_REGEX, encode_name, decode_and_unset, other[i], NULL);
      g_assert_false (pl_codec_decode (variant, &value, &error));
      g_assert_error (error, PL_ERROR, PL_ERROR_UNSET_RESULT);
      g_assert_cmpstr (error->message, ==, "The function left no “GRegex” in its value");
      g_assert_false (G_IS_VALUE (&value));
    }
}

static GVariant *
encode_parsed (const GValue *value, gpointer user_data, GError **error)
{
  return g_variant_parse (NULL, user_data, NULL, NULL, error);
}

static void
test_variants_that_do_not_travel (void)
{
  g_autoptr(GError) unit_error = NULL;
  g_autoptr(GError) handle_error = NULL;
  g_auto(GValue) value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_PTR_ARRAY);
  g_value_take_boxed (&value, g_ptr_array_new ());

  pl_codec_register (G_TYPE_PTR_ARRAY, encode_parsed, decode_nothing, (gpointer) "()", NULL);
  g_assert_null (pl_codec_encode (&value, &unit_error));
  g_assert_error (unit_error, PL_ERROR, PL_ERROR_INVALID_VALUE);
  g_assert_cmpstr (unit_error->message, ==,
                   "A value of type “GPtrArray” was encoded as (), which stands for NULL");

  pl_codec_register (G_TYPE_PTR_ARRAY, encode_parsed, decode_nothing, (gpointer) "<handle 1>",
                     NULL);
  g_assert_null (pl_codec_encode (&value, &handle_error));
  g_assert_error (handle_error, PL_ERROR, PL_ERROR_UNSUPPORTED_TYPE);
}

/* Functions are replaced while threads use them. */
static gpointer
encode_rounds (gpointer user_data)
{
  const GValue *value = user_data;
  guint n_rounds = pl_test_rounds (20000);

  for (guint i = 0; i < n_rounds; i++)
    {
      g_autoptr(GVariant) variant = pl_codec_encode (value, NULL);
      g_auto(GValue) result = G_VALUE_INIT;

      g_assert_nonnull (variant);
      g_assert_true (pl_codec_decode (variant, &result, NULL));
    }
  return NULL;
}

static GVariant *
encode_counted (const GValue *value, gpointer user_data, GError **error)
{
  const int *number = user_data;

  return g_variant_new_int32 (*number);
}

static gboolean
decode_counted (GVariant *variant, GValue *value, gpointer user_data, GError **error)
{
  const int *number = user_data;

  return *number >= g_variant_get_int32 (variant);
}

static void
test_threads (void)
{
  GThread *threads[3];
  guint n_rounds = pl_test_rounds (20000);
  g_auto(GValue) value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_ARRAY);
  g_value_take_boxed (&value, g_array_new (FALSE, FALSE, 1));
  pl_codec_register (G_TYPE_ARRAY, encode_counted, decode_counted, g_new0 (int, 1), g_free);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("encode", encode_rounds, &value);

  for (guint i = 1; i <= n_rounds; i++)
    {
      int *number = g_new (int, 1);

      *number = i;
      pl_codec_register (G_TYPE_ARRAY, encode_counted, decode_counted, number, g_free);
    }

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);

  g_test_add_func ("/codec-register/travels", test_travels);
  g_test_add_func ("/codec-register/null-needs-no-function", test_null_needs_no_function);
  g_test_add_func ("/codec-register/nearest-class", test_nearest_class);
  g_test_add_func ("/codec-register/nearest-of-class-and-interface",
                   test_nearest_of_class_and_interface);
  g_test_add_func ("/codec-register/nearest-interface", test_nearest_interface);
  g_test_add_func ("/codec-register/decodes-to-the-registered-type",
                   test_decodes_to_the_registered_type);
  g_test_add_func ("/codec-register/comes-before-what-is-built-in",
                   test_comes_before_what_is_built_in);
  g_test_add_func ("/codec-register/second-registration-replaces",
                   test_second_registration_replaces);
  g_test_add_func ("/codec-register/notify-waits-for-the-function",
                   test_notify_waits_for_the_function);
  g_test_add_func ("/codec-register/functions-fail", test_functions_fail);
  g_test_add_func ("/codec-register/decoded-value-has-its-type", test_decoded_value_has_its_type);
  g_test_add_func ("/codec-register/variants-that-do-not-travel",
                   test_variants_that_do_not_travel);
  g_test_add_func ("/codec-register/threads", test_threads);

  return pl_test_run ();
}
