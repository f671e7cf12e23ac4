/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gtk/gtk.h>
#include <pypeln-glib/pypeln-glib.h>

G_BEGIN_DECLS

void gallery_figures_show (GtkGrid *grid, PlRunStatus *status);

G_END_DECLS
