/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gio/gio.h>

#define PAGE_MAX_SIZE (64 * 1024)

/* What a server has responded with. It does not change once it is an element. */
typedef struct
{
  GUri *uri;
  guint status;
  gsize length;
  char response[PAGE_MAX_SIZE + 1]; /* with its headers, and '\0' behind it */
} Page;

#define TYPE_PAGE (page_get_type ())
GType page_get_type (void);

Page *page_new (GUri *uri);
void page_unref (Page *self);
char *page_find_title (const Page *self);
