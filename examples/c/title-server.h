/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gio/gio.h>

/* A web server of small pages on a port of this machine, with a thread of its own, so that it is
 * like another machine. What it does for a page depends on the number of the page alone:
 *
 * - 13, 63, 113…: there is no such page;
 * - 24, 74, 124…: it is too busy when it is asked for the page for the first time;
 * - 42, 142, 242…: it never answers;
 * - 7, 17, 27…: it takes a while. */
typedef struct _TitleServer TitleServer;

TitleServer *title_server_new (guint n_pages, GError **error);
char **title_server_dup_urls (TitleServer *self);
void title_server_free (TitleServer *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TitleServer, title_server_free)
