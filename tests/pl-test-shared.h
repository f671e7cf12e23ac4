/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Memory that worker processes of the test see too, so that functions count in it wherever they
 * run. It begins as zeros, and is there until the program ends. */
#define pl_test_new_shared(type) ((type *) pl_test_shared_alloc (sizeof (type)))

gpointer pl_test_shared_alloc (gsize size);

gboolean pl_test_shared_find (gpointer data, gssize *offset);

gpointer pl_test_shared_get (gssize offset);

char *pl_test_shared_get_path (void);

void pl_test_shared_open (const char *path);

G_END_DECLS
