/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "fuzz-frames.h"

#include <string.h>

/* Frames as short as they can be told, so that most of what is tried is the protocol: three bytes,
 * the type, the id and the size of the payload, and then that. The headers are made of these. */

/* Not a frame: the payload alone. */
#define RAW 0

/* Appends what @data has at @at, which moves behind it, if there is anything. */
gboolean
fuzz_frames_next (const guint8 *data, gsize size, gsize *at, GByteArray *frames)
{
  guint8 header[PL_FRAME_HEADER_SIZE] = { 0, 0, 0, 0, 'P', 'L', PL_FRAME_VERSION };
  gsize n_bytes;

  if (*at + 3 > size)
    return FALSE;

  n_bytes = MIN (data[*at + 2], size - *at - 3);
  header[0] = n_bytes;
  header[7] = data[*at];
  header[8] = data[*at + 1];
  if (header[7] != RAW)
    g_byte_array_append (frames, header, sizeof header);
  g_byte_array_append (frames, data + *at + 3, n_bytes);
  *at += 3 + n_bytes;
  return TRUE;
}
