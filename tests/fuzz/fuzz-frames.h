/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "workers/pl-frame-private.h"

G_BEGIN_DECLS

gboolean fuzz_frames_next (const guint8 *data, gsize size, gsize *at, GByteArray *frames);

G_END_DECLS
