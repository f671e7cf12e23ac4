/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "workers/pl-frame-reader-private.h"

#include "pl-error.h"

#include <string.h>

/* What is made of bytes that anybody may have sent: the same frames in whatever pieces they come,
 * and of their payloads those that GLib finds in normal form.
 *
 * The input is a sequence of pieces, each behind a byte that tells its size. The largest values of
 * that byte stand for many zeros, so that a short input has large frames too. */

#define FIRST_MANY 0xf8
#define MANY (9 * 1024)

/* What is read of an input, and what GLib is asked about, in bytes: it takes its time. */
#define MAX_READ (1536 * 1024)
#define MAX_COMPARED (70 * 1024)

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

/* Every payload as that of every type, whatever frame it has come in. */
static void
check_payload (GBytes *bytes)
{
  static const struct
  {
    PlFrameType type;
    const char *payload;
  } types[] = {
    { PL_FRAME_HELLO, "a{sv}" },  { PL_FRAME_ELEMENT, "(axv)" }, { PL_FRAME_ANSWER, "v" },
    { PL_FRAME_ERROR, "(sis)" }, { PL_FRAME_RETURNED, "at" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    {
      const PlFrame frame = { types[i].type, 0, bytes };
      g_autoptr(GError) error = NULL;
      g_autoptr(GVariant) payload = pl_frame_dup_payload (&frame, &error);
      g_autoptr(GVariant) untrusted =
        g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE (types[i].payload), bytes,
                                                      FALSE));

      if (payload == NULL)
        g_assert_error (error, PL_ERROR, PL_ERROR_PROTOCOL);
      if (g_bytes_get_size (bytes) <= MAX_COMPARED)
        g_assert_true ((payload != NULL) == g_variant_is_normal_form (untrusted));
    }
}

/* Writes down what frames there are, as they would be sent; FALSE: there will be no more. */
static gboolean
take_frames (PlFrameReader *reader, GByteArray *frames)
{
  PlFlow flow;

  do
    {
      g_auto(PlFrame) frame = PL_FRAME_INIT;
      g_autoptr(GError) error = NULL;
      guint8 header[PL_FRAME_HEADER_SIZE] = { 0, 0, 0, 0, 'P', 'L', 1 };
      guint32 size_le;
      guint64 id_le;

      flow = pl_frame_reader_next (reader, &frame, &error);
      if (flow == PL_FLOW_END)
        g_assert_error (error, PL_ERROR, PL_ERROR_PROTOCOL);
      if (flow != PL_FLOW_OK)
        continue;

      size_le = GUINT32_TO_LE (frame.payload != NULL ? g_bytes_get_size (frame.payload) : 0);
      id_le = GUINT64_TO_LE (frame.id);
      memcpy (header, &size_le, sizeof size_le);
      header[7] = frame.type;
      memcpy (header + 8, &id_le, sizeof id_le);
      g_byte_array_append (frames, header, sizeof header);
      if (frame.payload != NULL)
        {
          g_byte_array_append (frames, g_bytes_get_data (frame.payload, NULL),
                               g_bytes_get_size (frame.payload));
          check_payload (frame.payload);
        }
    }
  while (flow == PL_FLOW_OK);

  return flow == PL_FLOW_AGAIN;
}

/* Has @n_bytes come, in as many pieces as the reader asks for. */
static gboolean
feed (PlFrameReader *reader, const guint8 *data, gsize n_bytes, GByteArray *frames)
{
  gboolean more = TRUE;

  while (n_bytes > 0 && more)
    {
      gsize n_space;
      guint8 *space = pl_frame_reader_get_space (reader, &n_space);

      g_assert_cmpuint (n_space, >, 0);
      n_space = MIN (n_space, n_bytes);
      memcpy (space, data, n_space);
      pl_frame_reader_add (reader, n_space);
      data += n_space;
      n_bytes -= n_space;
      more = take_frames (reader, frames);
    }
  return more;
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  static const guint8 zeros[MANY * (G_MAXUINT8 - FIRST_MANY + 1)];
  g_autoptr(GByteArray) all = g_byte_array_new ();
  g_autoptr(GByteArray) frames = g_byte_array_new ();
  g_auto(PlFrameReader) reader;
  gboolean more = TRUE;

  pl_frame_reader_init (&reader);
  for (gsize at = 0; at < size && more && all->len < MAX_READ;)
    {
      gsize told = data[at++];
      gboolean is_many = told >= FIRST_MANY;
      gsize n_bytes = is_many ? MANY * (told - FIRST_MANY + 1) : MIN (told, size - at);
      const guint8 *piece = is_many ? zeros : data + at;

      g_byte_array_append (all, piece, n_bytes);
      more = feed (&reader, piece, n_bytes, frames);
      if (!is_many)
        at += n_bytes;
    }

  /* What was taken is what was sent, but for what is no frame, or not all of one. */
  g_assert_cmpuint (frames->len, <=, all->len);
  g_assert_cmpmem (frames->data, frames->len, all->data, frames->len);
  if (more)
    g_assert_true (pl_frame_reader_check_end (&reader, NULL) == (frames->len == all->len));
  return 0;
}
