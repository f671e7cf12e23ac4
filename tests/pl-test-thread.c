/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-thread.h"

gpointer
pl_test_close_thread (gpointer iterator)
{
  pl_iterator_close (iterator);
  return NULL;
}

gpointer
pl_test_drop_thread (gpointer object)
{
  g_object_unref (object);
  return NULL;
}

gpointer
pl_test_cancel_thread (gpointer cancellable)
{
  g_cancellable_cancel (cancellable);
  return NULL;
}

gboolean
pl_test_cancel_cb (gpointer cancellable)
{
  g_cancellable_cancel (cancellable);
  return G_SOURCE_REMOVE;
}
