/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-board.h"

#include "pl-test-util.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* Processes inherit where the board is. */
#define VARIABLE "PL_TEST_BOARD"

/* Makes the board of a test program, for it and the processes that it starts. To be called while it
 * has no other threads. */
void
pl_test_board_init (void)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *path = NULL;
  int fd = g_file_open_tmp ("pl-test-board-XXXXXX", &path, &error);

  g_assert_no_error (error);
  g_assert_cmpint (ftruncate (fd, sizeof (PlTestBoard)), ==, 0);
  close (fd);
  g_setenv (VARIABLE, path, TRUE);
}

void
pl_test_board_remove (void)
{
  g_unlink (g_getenv (VARIABLE));
}

/* The board, which the program that has started this process may have made. */
PlTestBoard *
pl_test_board_get (void)
{
  static PlTestBoard *board;

  if (g_once_init_enter (&board))
    {
      int fd = g_open (g_getenv (VARIABLE), O_RDWR | O_CLOEXEC, 0);
      gpointer memory = mmap (NULL, sizeof (PlTestBoard), PROT_READ | PROT_WRITE, MAP_SHARED, fd,
                              0);

      g_assert_true (memory != MAP_FAILED);
      close (fd);
      g_once_init_leave (&board, memory);
    }
  return board;
}

/* Nobody else uses it at the moment. */
PlTestBoard *
pl_test_board_clear (void)
{
  return memset (pl_test_board_get (), 0, sizeof (PlTestBoard));
}

/* A process says who it is. */
void
pl_test_board_enter_plainly (guint index)
{
  PlTestBoard *board = pl_test_board_get ();

  g_assert_cmpuint (index, <, PL_TEST_BOARD_WORKERS);
  g_atomic_int_set (&board->pids[index], getpid ());
  g_atomic_int_inc (&board->starts);
}

/* The same, as an on_start. */
gboolean
pl_test_board_enter (PlWorker *worker, gpointer user_data, GError **error)
{
  pl_test_board_enter_plainly (pl_worker_get_index (worker));
  return TRUE;
}

/* Tells whether GLib still watches a child. */
static gboolean
pl_test_watches_child (void)
{
  g_autoptr(GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  gboolean watches = FALSE;
  const char *name;

  while (!watches && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename ("/proc/self/fd", name, NULL);
      g_autofree char *target = g_file_read_link (path, NULL);

      watches = target != NULL && strstr (target, "pidfd") != NULL;
    }
  return watches;
}

static void
pl_test_first_child_cb (GObject *process, GAsyncResult *result, gpointer has_ended)
{
  *(gboolean *) has_ended = g_subprocess_wait_finish (G_SUBPROCESS (process), result, NULL);
}

/* GLib starts a thread of its own with a program's first child, and keeps it; and the default main
 * context is there from its first use on. Tests that count threads and files are to find both from
 * the beginning. */
void
pl_test_start_first_child (void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GSubprocess) process = g_subprocess_new (G_SUBPROCESS_FLAGS_NONE, &error, "true", NULL);
  gboolean has_ended = FALSE;

  g_assert_no_error (error);
  g_subprocess_wait_async (process, NULL, pl_test_first_child_cb, &has_ended);
  while (!has_ended)
    g_main_context_iteration (NULL, TRUE);
  while (pl_test_watches_child ())
    g_usleep (100);
}

/* Sends @signal to a process, if that still is a child of this one: its number may belong to
 * another by now. */
gboolean
pl_test_signal_child (int pid, int signal)
{
  siginfo_t info;

  if (pid == 0 || waitid (P_PID, pid, &info, WEXITED | WNOHANG | WNOWAIT) == -1)
    return FALSE;

  return kill (pid, signal) == 0;
}

/* There is no child, and what was one has been waited for. */
void
pl_test_assert_no_children (void)
{
  siginfo_t info;

  g_assert_cmpint (waitid (P_ALL, 0, &info, WEXITED | WSTOPPED | WNOHANG | WNOWAIT), ==, -1);
  g_assert_cmpint (errno, ==, ECHILD);
}
