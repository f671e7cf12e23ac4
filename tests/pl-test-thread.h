/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <pypeln-glib/pypeln-glib.h>

G_BEGIN_DECLS

/* What tests have another thread do, or a source. */

/* Closes a PlIterator. */
gpointer pl_test_close_thread (gpointer iterator);

/* Drops a reference to an object. */
gpointer pl_test_drop_thread (gpointer object);

/* Cancels a GCancellable. */
gpointer pl_test_cancel_thread (gpointer cancellable);

gboolean pl_test_cancel_cb (gpointer cancellable);

G_END_DECLS
