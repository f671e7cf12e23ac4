/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "workers/pl-frame-reader-private.h"

#include "pl-error.h"
#include "workers/pl-variant-private.h"

#include <string.h>

#define MIB (1024 * 1024)

/* A frame of each type, as text: its id goes with where it stands. */
static const struct
{
  PlFrameType type;
  const char *payload;
} samples[] = {
  { PL_FRAME_HELLO, "@a{sv} {'version': <uint32 1>, 'operation': <'map'>, 'stepwise': <false>}" },
  { PL_FRAME_HELLO, "@a{sv} {}" },
  { PL_FRAME_ELEMENT, "([int64 17], <int64 -5>)" },
  { PL_FRAME_ELEMENT, "(@ax [3, 0, 9223372036854775807], <('GFile', <'file:///tmp'>)>)" },
  { PL_FRAME_GO, NULL },
  { PL_FRAME_RECALL, NULL },
  { PL_FRAME_PING, NULL },
  { PL_FRAME_END, NULL },
  { PL_FRAME_READY, NULL },
  { PL_FRAME_EMIT, "<1.5>" },
  { PL_FRAME_EMIT, "<@as []>" },
  { PL_FRAME_ANSWER, "<'a longer answer, with an ü in it'>" },
  { PL_FRAME_ANSWER, NULL },
  { PL_FRAME_CAUSE, "<('gchararray', <()>)>" },
  { PL_FRAME_CAUSE, "<[byte 0x80, 0x05]>" },
  { PL_FRAME_ERROR, "('g-io-error-quark', 19, 'No space left')" },
  { PL_FRAME_RETURNED, "@at [7, 8, 18446744073709551615]" },
  { PL_FRAME_RETURNED, "@at []" },
  { PL_FRAME_PONG, NULL },
};

static GVariant *
parse (const char *text)
{
  return text != NULL ? g_variant_parse (NULL, text, NULL, NULL, NULL) : NULL;
}

static void
append (GByteArray *out, PlFrameType type, guint64 id, GVariant *payload)
{
  g_autoptr(GError) error = NULL;

  pl_frame_append (out, type, id, payload, &error);
  g_assert_no_error (error);
}

/* All samples, with ids that need each of the eight bytes. */
static GByteArray *
make_samples (void)
{
  GByteArray *out = g_byte_array_new ();

  for (guint i = 0; i < G_N_ELEMENTS (samples); i++)
    {
      g_autoptr(GVariant) payload = parse (samples[i].payload);

      append (out, samples[i].type, G_MAXUINT64 - i, payload);
    }
  return out;
}

/* Puts @n_bytes into the reader, which has to have room for them. */
static void
feed (PlFrameReader *reader, gconstpointer data, gsize n_bytes)
{
  gsize n_space;
  guint8 *space = pl_frame_reader_get_space (reader, &n_space);

  g_assert_cmpuint (n_bytes, <=, n_space);
  memcpy (space, data, n_bytes);
  pl_frame_reader_add (reader, n_bytes);
}

static void
assert_is_sample (PlFrame *frame, guint i)
{
  g_autoptr(GVariant) expected = parse (samples[i].payload);
  g_autoptr(GVariant) payload = NULL;
  g_autoptr(GError) error = NULL;

  g_assert_cmpint (frame->type, ==, samples[i].type);
  g_assert_cmpuint (frame->id, ==, G_MAXUINT64 - i);
  if (expected == NULL)
    {
      g_assert_null (frame->payload);
      return;
    }

  payload = pl_frame_dup_payload (frame, &error);
  g_assert_no_error (error);
  g_assert_cmpvariant (payload, expected);
}

/* Takes what is there; returns which sample is next. */
static guint
take_samples (PlFrameReader *reader, guint next)
{
  g_autoptr(GError) error = NULL;
  PlFlow flow;

  do
    {
      g_auto(PlFrame) frame = PL_FRAME_INIT;

      flow = pl_frame_reader_next (reader, &frame, &error);
      g_assert_no_error (error);
      if (flow == PL_FLOW_OK)
        assert_is_sample (&frame, next++);
    }
  while (flow == PL_FLOW_OK);

  g_assert_cmpint (flow, ==, PL_FLOW_AGAIN);
  return next;
}

/* Has all samples come in pieces of at most @max_piece bytes; 0: of random sizes. */
static void
assert_reads_in_pieces (guint max_piece)
{
  g_autoptr(GByteArray) bytes = make_samples ();
  g_auto(PlFrameReader) reader;
  guint next = 0;

  pl_frame_reader_init (&reader);
  for (guint at = 0; at < bytes->len;)
    {
      guint size = max_piece != 0 ? max_piece : (guint) g_test_rand_int_range (1, 60);
      guint piece = MIN (size, bytes->len - at);

      feed (&reader, bytes->data + at, piece);
      at += piece;
      next = take_samples (&reader, next);
    }

  g_assert_cmpuint (next, ==, G_N_ELEMENTS (samples));
  g_assert_true (pl_frame_reader_check_end (&reader, NULL));
}

static void
test_reads_what_was_written (void)
{
  assert_reads_in_pieces (G_MAXINT);
}

static void
test_reads_byte_by_byte (void)
{
  assert_reads_in_pieces (1);
}

static void
test_reads_pieces_of_any_size (void)
{
  for (guint i = 0; i < 100; i++)
    assert_reads_in_pieces (0);
}

static void
test_reads_what_is_split_anywhere (void)
{
  g_autoptr(GByteArray) bytes = make_samples ();

  for (guint split = 0; split <= bytes->len; split++)
    {
      g_auto(PlFrameReader) reader;
      guint next;

      pl_frame_reader_init (&reader);
      feed (&reader, bytes->data, split);
      next = take_samples (&reader, 0);
      feed (&reader, bytes->data + split, bytes->len - split);
      g_assert_cmpuint (take_samples (&reader, next), ==, G_N_ELEMENTS (samples));
    }
}

/* As docs/worker-protocol.md has it. */
static void
test_writes_as_it_is_documented (void)
{
  static const guint8 expected[] = {
    19, 0, 0, 0, 'P', 'L', 1, 'e', 2, 0, 0, 0, 0, 0, 0, 0,
    17, 0, 0, 0, 0, 0, 0, 0, 21, 0, 0, 0, 0, 0, 0, 0, 0, 'x', 8,
    0, 0, 0, 0, 'P', 'L', 1, 'x', 0, 0, 0, 0, 0, 0, 0, 0,
  };
  g_autoptr(GByteArray) out = g_byte_array_new ();

  append (out, PL_FRAME_ELEMENT, 2, g_variant_new_parsed ("([int64 17], <int64 21>)"));
  append (out, PL_FRAME_END, 0, NULL);
  g_assert_cmpmem (out->data, out->len, expected, sizeof expected);
}

/* The payloads of frames that begin at each of the places that memory can be aligned to. */
static void
test_writes_behind_anything (void)
{
  for (guint n = 0; n < 8; n++)
    {
      g_autoptr(GByteArray) out = g_byte_array_new ();
      g_autoptr(GVariant) value =
        g_variant_ref_sink (g_variant_new_parsed ("<(byte 1, 2.5, 'x', [uint64 3])>"));
      g_auto(PlFrame) frame = { PL_FRAME_ANSWER, 0, NULL };
      g_autoptr(GVariant) payload = NULL;

      g_byte_array_set_size (out, n);
      append (out, PL_FRAME_ANSWER, 1, value);
      g_assert_cmpuint (out->len, ==, n + PL_FRAME_HEADER_SIZE + g_variant_get_size (value));
      frame.payload = g_bytes_new (out->data + n + PL_FRAME_HEADER_SIZE,
                                   g_variant_get_size (value));
      payload = pl_frame_dup_payload (&frame, NULL);
      g_assert_cmpvariant (payload, value);
    }
}

static void
test_sinks_payload (void)
{
  g_autoptr(GByteArray) out = g_byte_array_new ();
  g_autoptr(GVariant) owned = g_variant_ref_sink (g_variant_new_parsed ("<1>"));
  GVariant *floating = g_variant_new_parsed ("<2>");

  append (out, PL_FRAME_EMIT, 1, owned);
  g_assert_false (g_variant_is_floating (owned));

  g_variant_ref (floating);
  append (out, PL_FRAME_EMIT, 1, floating);
  g_assert_false (g_variant_is_floating (floating));
  g_variant_unref (floating);
}

/* A value which somebody else has sent, and which has to be read by others all the same. */
static void
test_writes_in_normal_form (void)
{
  static const guint8 not_utf8[] = { 0xff, 0, 0, 's' };
  g_autoptr(GByteArray) out = g_byte_array_new ();
  g_autoptr(GBytes) bytes = g_bytes_new_static (not_utf8, sizeof not_utf8);
  g_auto(PlFrameReader) reader;
  g_auto(PlFrame) frame = PL_FRAME_INIT;
  g_autoptr(GVariant) payload = NULL;
  g_autoptr(GError) error = NULL;

  append (out, PL_FRAME_EMIT, 1, g_variant_new_from_bytes (G_VARIANT_TYPE_VARIANT, bytes, FALSE));
  pl_frame_reader_init (&reader);
  feed (&reader, out->data, out->len);
  g_assert_cmpint (pl_frame_reader_next (&reader, &frame, NULL), ==, PL_FLOW_OK);
  payload = pl_frame_dup_payload (&frame, &error);
  g_assert_no_error (error);
  g_assert_true (g_variant_is_normal_form (payload));
}

static GVariant *
new_bytes (gsize size)
{
  g_autoptr(GBytes) bytes = g_bytes_new_take (g_malloc0 (size), size);

  return g_variant_new_variant (g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, bytes, TRUE));
}

/* The same MiB again and again. */
static void
test_does_not_write_what_is_too_large (void)
{
  g_autoptr(GByteArray) out = g_byte_array_new ();
  g_autoptr(GVariant) mib = g_variant_ref_sink (new_bytes (MIB));
  g_autoptr(GError) error = NULL;
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("av"));
  for (guint i = 0; i < PL_FRAME_MAX_SIZE / MIB; i++)
    g_variant_builder_add_value (&builder, mib);

  g_assert_false (pl_frame_append (out, PL_FRAME_EMIT, 1,
                                   g_variant_new_variant (g_variant_builder_end (&builder)),
                                   &error));
  g_assert_error (error, PL_ERROR, PL_ERROR_INVALID_VALUE);
  g_assert_cmpuint (out->len, ==, 0);
}

/* Frames of all sizes around those at which the reader does something else. */
static void
test_reads_payloads_of_any_size (void)
{
  const gsize sizes[] = { 0, 1, 240, 260, 65000, PL_FRAME_READER_BUFFER_SIZE, MIB, 3 * MIB };
  g_autoptr(GByteArray) bytes = g_byte_array_new ();
  g_auto(PlFrameReader) reader;
  guint n_read = 0;
  guint at = 0;

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    for (guint add = 0; add < 40; add++)
      append (bytes, PL_FRAME_EMIT, sizes[i] + add, new_bytes (sizes[i] + add));

  pl_frame_reader_init (&reader);
  while (at < bytes->len || n_read < G_N_ELEMENTS (sizes) * 40)
    {
      g_auto(PlFrame) frame = PL_FRAME_INIT;
      g_autoptr(GError) error = NULL;
      gsize n_space;

      if (pl_frame_reader_next (&reader, &frame, &error) == PL_FLOW_OK)
        {
          g_autoptr(GVariant) payload = pl_frame_dup_payload (&frame, &error);
          g_autoptr(GVariant) value = g_variant_get_variant (payload);

          g_assert_cmpuint (g_variant_get_size (value), ==, frame.id);
          n_read++;
          continue;
        }
      g_assert_no_error (error);
      pl_frame_reader_get_space (&reader, &n_space);
      n_space = MIN (n_space, bytes->len - at);
      feed (&reader, bytes->data + at, n_space);
      at += n_space;
    }
  g_assert_true (pl_frame_reader_check_end (&reader, NULL));
}

static void
make_header (guint8 header[PL_FRAME_HEADER_SIZE], guint32 size, guint8 version, char type)
{
  guint32 size_le = GUINT32_TO_LE (size);

  memset (header, 0, PL_FRAME_HEADER_SIZE);
  memcpy (header, &size_le, sizeof size_le);
  header[4] = 'P';
  header[5] = 'L';
  header[6] = version;
  header[7] = type;
}

/* There is never memory for more than twice what has come, and it is not read over a buffer. */
static void
test_memory_grows_with_what_comes (void)
{
  const gsize size = 100 * MIB;
  guint8 header[PL_FRAME_HEADER_SIZE];
  g_auto(PlFrameReader) reader;
  g_auto(PlFrame) frame = PL_FRAME_INIT;
  g_autoptr(GVariant) payload = NULL;
  g_autoptr(GVariant) value = NULL;
  guint8 *last;

  make_header (header, size, 1, 'm');
  pl_frame_reader_init (&reader);
  feed (&reader, header, sizeof header);

  for (gsize n_read = 0; n_read < size;)
    {
      gsize n_space;

      g_assert_cmpint (pl_frame_reader_next (&reader, &frame, NULL), ==, PL_FLOW_AGAIN);
      last = pl_frame_reader_get_space (&reader, &n_space);
      g_assert_cmpuint (n_read + n_space, <=, MAX (4 * MIB, 2 * n_read));
      memset (last, 0, n_space);
      n_read += n_space;
      if (n_read == size)
        memcpy (last + n_space - 3, "\0ay", 3);
      pl_frame_reader_add (&reader, n_space);
    }

  g_assert_cmpint (pl_frame_reader_next (&reader, &frame, NULL), ==, PL_FLOW_OK);
  payload = pl_frame_dup_payload (&frame, NULL);
  value = g_variant_get_variant (payload);
  g_assert_cmpuint (g_variant_get_size (value), ==, size - 3);
  g_assert_true (g_variant_get_data (value) == g_bytes_get_data (frame.payload, NULL));
}

static void
test_claim_costs_little (void)
{
  guint8 header[PL_FRAME_HEADER_SIZE];
  g_auto(PlFrameReader) reader;
  g_auto(PlFrame) frame = PL_FRAME_INIT;
  g_autoptr(GError) error = NULL;
  gsize n_space;

  make_header (header, PL_FRAME_MAX_SIZE, 1, 'm');
  pl_frame_reader_init (&reader);
  feed (&reader, header, sizeof header);
  g_assert_cmpint (pl_frame_reader_next (&reader, &frame, NULL), ==, PL_FLOW_AGAIN);
  pl_frame_reader_get_space (&reader, &n_space);
  g_assert_cmpuint (n_space, ==, 4 * MIB);
  g_assert_false (pl_frame_reader_check_end (&reader, &error));
  g_assert_error (error, PL_ERROR, PL_ERROR_PROTOCOL);
}

static void
test_tells_an_end_inside_of_a_frame (void)
{
  g_autoptr(GByteArray) bytes = g_byte_array_new ();

  append (bytes, PL_FRAME_EMIT, 1, g_variant_new_parsed ("<'text'>"));
  for (guint n = 0; n <= bytes->len; n++)
    {
      g_auto(PlFrameReader) reader;
      g_auto(PlFrame) frame = PL_FRAME_INIT;
      g_autoptr(GError) error = NULL;
      gboolean at_end = n == 0 || n == bytes->len;

      pl_frame_reader_init (&reader);
      feed (&reader, bytes->data, n);
      g_assert_cmpint (pl_frame_reader_next (&reader, &frame, NULL), ==,
                       n == bytes->len ? PL_FLOW_OK : PL_FLOW_AGAIN);
      g_assert_true (pl_frame_reader_check_end (&reader, &error) == at_end);
      if (!at_end)
        g_assert_cmpstr (error->message, ==, "What was read ends in the midst of a frame");
    }
}

/* Asserts that the reader fails with @data, as often as it is asked. */
static void
assert_is_refused (gconstpointer data, gsize n_bytes, const char *message)
{
  g_auto(PlFrameReader) reader;
  g_auto(PlFrame) frame = PL_FRAME_INIT;

  pl_frame_reader_init (&reader);
  feed (&reader, data, n_bytes);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr(GError) error = NULL;

      g_assert_cmpint (pl_frame_reader_next (&reader, &frame, &error), ==, PL_FLOW_END);
      g_assert_error (error, PL_ERROR, PL_ERROR_PROTOCOL);
      g_assert_nonnull (strstr (error->message, message));
    }
}

static void
test_refuses_what_is_no_frame (void)
{
  assert_is_refused ("\x7f" "ELF\2\1\1\0", 8, "What was read is not the worker protocol");
  assert_is_refused ("\n\n\n\n\n\n", 6, "What was read is not the worker protocol");
  assert_is_refused ("\xff\xfe\xfd\xfc\xfb\xfa", 6, "What was read is not the worker protocol");
  assert_is_refused ("\33[31mred", 8, "What was read is not the worker protocol");
}

static void
test_shows_text (void)
{
  g_auto(PlFrameReader) reader;
  g_auto(PlFrame) frame = PL_FRAME_INIT;
  g_autoptr(GError) error = NULL;
  g_autofree char *many = g_strnfill (100, 'x');
  g_autofree char *shown = g_strdup_printf ("“%.60s…” was read where", many);

  assert_is_refused ("Hello world", 11, "“Hello world” was read where");
  assert_is_refused ("Hello world\r\nand more", 21, "“Hello world…” was read where");
  assert_is_refused ("Gr\303\274\303\237e\342\202", 10, "“Grüße” was read where");
  assert_is_refused (many, 100, shown);

  /* It is too short to be known before it ends. */
  pl_frame_reader_init (&reader);
  feed (&reader, "Hi!", 3);
  g_assert_cmpint (pl_frame_reader_next (&reader, &frame, NULL), ==, PL_FLOW_AGAIN);
  g_assert_false (pl_frame_reader_check_end (&reader, &error));
  g_assert_error (error, PL_ERROR, PL_ERROR_PROTOCOL);
  g_assert_nonnull (strstr (error->message, "“Hi!” was read where"));
}

static void
test_refuses_wrong_headers (void)
{
  guint8 header[PL_FRAME_HEADER_SIZE];

  make_header (header, 0, 2, 'p');
  assert_is_refused (header, sizeof header, "speaks version 2 of the worker protocol");
  make_header (header, 0, 1, 'z');
  assert_is_refused (header, sizeof header, "no frames of type 0x7a");
  make_header (header, PL_FRAME_MAX_SIZE + 1, 1, 'm');
  assert_is_refused (header, sizeof header,
                     "1073741825 bytes is too large for a frame of type EMIT");
  make_header (header, 1, 1, 'q');
  assert_is_refused (header, sizeof header, "1 bytes is too large for a frame of type PONG");
}

static void
assert_payload_is_refused (PlFrameType type, gconstpointer data, gsize size)
{
  g_auto(PlFrame) frame = { type, 1, size > 0 ? g_bytes_new (data, size) : NULL };
  g_autoptr(GError) error = NULL;

  g_assert_null (pl_frame_dup_payload (&frame, &error));
  g_assert_error (error, PL_ERROR, PL_ERROR_PROTOCOL);
  g_assert_nonnull (strstr (error->message, "in normal form"));
  g_assert_true (strstr (error->message, "ELEMENT") != NULL || type != PL_FRAME_ELEMENT);
}

static void
test_refuses_payloads_that_are_not_normal (void)
{
  g_autoptr(GVariant) element =
    g_variant_ref_sink (g_variant_new_parsed ("([int64 17], <int64 -5>)"));

  assert_payload_is_refused (PL_FRAME_EMIT, NULL, 0);
  assert_payload_is_refused (PL_FRAME_ERROR, NULL, 0);
  assert_payload_is_refused (PL_FRAME_EMIT, "\xff\0\0s", 4);
  assert_payload_is_refused (PL_FRAME_EMIT, "\2\0b", 3);
  assert_payload_is_refused (PL_FRAME_EMIT, "\1\0?", 3);
  assert_payload_is_refused (PL_FRAME_RETURNED, "1234567", 7);
  assert_payload_is_refused (PL_FRAME_ANSWER, g_variant_get_data (element),
                             g_variant_get_size (element));

  assert_payload_is_refused (PL_FRAME_ELEMENT, "garbage", 7);
}

/* Compares with GLib what is thought of @size bytes at @data, as @type, and of what they are when
 * any one of those at both ends is another. */
static void
assert_normality_is_known (const GVariantType *type, guint8 *data, gsize size)
{
  for (gsize i = 0; i < size; i = i == 20 ? size - 20 : i + 1)
    for (guint flip = 0; flip < 3; flip++)
      {
        static const guint8 flips[] = { 0, 1, 8 };
        g_autoptr(GBytes) bytes = NULL;
        g_autoptr(GVariant) value = NULL;

        data[i] ^= flips[flip];
        bytes = g_bytes_new (data, size);
        data[i] ^= flips[flip];
        value = g_variant_ref_sink (g_variant_new_from_bytes (type, bytes, FALSE));
        g_assert_cmpint (pl_variant_is_normal (value), ==, g_variant_is_normal_form (value));
      }
}

static void
test_normality_is_what_glib_finds (void)
{
  const gsize sizes[] = { 100, 219, 220, 221, 222, 300, 65499, 65500, 65501 };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autoptr(GVariant) bytes = g_variant_ref_sink (new_bytes (sizes[i]));
      g_autoptr(GVariant) tagged =
        g_variant_ref_sink (g_variant_new_variant (g_variant_new ("(s@v)", "Type", bytes)));
      g_autoptr(GVariant) path = g_variant_ref_sink (g_variant_new_parsed ("[int64 1, 2]"));
      g_autoptr(GVariant) element =
        g_variant_ref_sink (g_variant_new ("(@ax@v)", path, tagged));
      g_autofree guint8 *data = g_malloc (g_variant_get_size (element));

      g_variant_store (element, data);
      assert_normality_is_known (g_variant_get_type (element), data,
                                 g_variant_get_size (element));
      g_variant_store (bytes, data);
      assert_normality_is_known (g_variant_get_type (bytes), data, g_variant_get_size (bytes));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/frame/reads-what-was-written", test_reads_what_was_written);
  g_test_add_func ("/frame/reads-byte-by-byte", test_reads_byte_by_byte);
  g_test_add_func ("/frame/reads-pieces-of-any-size", test_reads_pieces_of_any_size);
  g_test_add_func ("/frame/reads-what-is-split-anywhere", test_reads_what_is_split_anywhere);
  g_test_add_func ("/frame/reads-payloads-of-any-size", test_reads_payloads_of_any_size);
  g_test_add_func ("/frame/writes-as-it-is-documented", test_writes_as_it_is_documented);
  g_test_add_func ("/frame/writes-behind-anything", test_writes_behind_anything);
  g_test_add_func ("/frame/writes-in-normal-form", test_writes_in_normal_form);
  g_test_add_func ("/frame/sinks-payload", test_sinks_payload);
  g_test_add_func ("/frame/does-not-write-what-is-too-large",
                   test_does_not_write_what_is_too_large);
  g_test_add_func ("/frame/memory-grows-with-what-comes", test_memory_grows_with_what_comes);
  g_test_add_func ("/frame/claim-costs-little", test_claim_costs_little);
  g_test_add_func ("/frame/tells-an-end-inside-of-a-frame", test_tells_an_end_inside_of_a_frame);
  g_test_add_func ("/frame/refuses-what-is-no-frame", test_refuses_what_is_no_frame);
  g_test_add_func ("/frame/shows-text", test_shows_text);
  g_test_add_func ("/frame/refuses-wrong-headers", test_refuses_wrong_headers);
  g_test_add_func ("/frame/refuses-payloads-that-are-not-normal",
                   test_refuses_payloads_that_are_not_normal);
  g_test_add_func ("/frame/normality-is-what-glib-finds", test_normality_is_what_glib_finds);

  return g_test_run ();
}
