/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <pypeln-glib/pypeln-glib.h>

G_BEGIN_DECLS

void gallery_pipeline_register (void);

PlStage *gallery_pipeline_new (GFile *folder, PlWorkerKind kind);

void gallery_pipeline_get_progress (PlStage *thumbnails,
                                    PlRunStatus *status,
                                    guint64 *n_done,
                                    guint64 *n_found);

G_END_DECLS
