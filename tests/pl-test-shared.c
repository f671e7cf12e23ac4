/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-shared.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

/* A file without a name is mapped here, and in worker processes, where its address is another. Only
 * what is used of it is there. */

#define SIZE (64 * 1024 * 1024)
#define ALIGNMENT 16

static GMutex mutex;
static int memory_fd = -1;
static guint8 *memory; /* under the mutex, as what follows; fixed once it is there */
static gsize n_used;

static guint8 *
pl_test_shared_map (int fd)
{
  gpointer mapped = mmap (NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

  g_assert_true (mapped != MAP_FAILED);
  return mapped;
}

gpointer
pl_test_shared_alloc (gsize size)
{
  gpointer data;

  g_mutex_lock (&mutex);
  if (memory == NULL)
    {
      memory_fd = memfd_create ("pl-test-shared", MFD_CLOEXEC);
      g_assert_no_errno (memory_fd);
      g_assert_no_errno (ftruncate (memory_fd, SIZE));
      memory = pl_test_shared_map (memory_fd);
    }

  data = memory + n_used;
  n_used += (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  g_assert_cmpuint (n_used, <=, SIZE);
  g_mutex_unlock (&mutex);

  return data;
}

/* Tells whether @data is in the memory, and where. */
gboolean
pl_test_shared_find (gpointer data, gssize *offset)
{
  guint8 *place = data;

  if (memory == NULL || place < memory || place >= memory + SIZE)
    return FALSE;

  *offset = place - memory;
  return TRUE;
}

gpointer
pl_test_shared_get (gssize offset)
{
  g_assert_nonnull (memory);
  return memory + offset;
}

/* Where worker processes find the memory. */
char *
pl_test_shared_get_path (void)
{
  return g_strdup_printf ("/proc/%d/fd/%d", (int) getpid (), memory_fd);
}

/* Makes the memory of the parent that of this process. */
void
pl_test_shared_open (const char *path)
{
  int fd = open (path, O_RDWR | O_CLOEXEC);

  g_assert_no_errno (fd);
  memory = pl_test_shared_map (fd);
  close (fd);
}
