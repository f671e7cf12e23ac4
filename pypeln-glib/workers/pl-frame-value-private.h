/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "pl-element-private.h"
#include "workers/pl-frame-private.h"
#include "workers/pl-spool-private.h"

G_BEGIN_DECLS

gboolean pl_frame_append_value (PlSpool *out,
                                PlFrameType type,
                                guint64 id,
                                const GValue *value,
                                GError **error);

gboolean pl_frame_append_element (PlSpool *out,
                                  guint64 id,
                                  const PlIndex *index,
                                  const GValue *value,
                                  GError **error);

gboolean pl_frame_get_value (const PlFrame *self, GValue *value, GError **error);

gboolean pl_frame_get_element (const PlFrame *self, PlElement *element, GError **error);

G_END_DECLS
