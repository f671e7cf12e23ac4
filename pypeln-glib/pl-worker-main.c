/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-worker-main-private.h"

#include "pl-error.h"
#include "pl-registry-private.h"
#include "pl-server-private.h"
#include "pl-worker-main.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

/* What a program does in its main function to be a worker process of itself, or of another. */

static char *program; /* set once, before there are other threads */

/* Tells which file this program is. Until pl_worker_init() has been called it is not known to do
 * what its workers need. */
const char *
pl_worker_get_program (GError **error)
{
  if (program == NULL)
    g_set_error_literal (error, PL_ERROR, PL_ERROR_NOT_REGISTERED,
                         "A worker process of this program needs pl_worker_init() in its main "
                         "function, before anything else is done there");
  return program;
}

/* Keeps the pipes to the parent apart from standard input and output, which the function may use:
 * what it prints goes to standard error. */
static gboolean
pl_worker_take_pipes (int *in_fd, int *out_fd)
{
  int null_fd = open ("/dev/null", O_RDWR | O_CLOEXEC);

  *in_fd = fcntl (STDIN_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  *out_fd = fcntl (STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  if (*in_fd == -1 || *out_fd == -1 || null_fd == -1)
    return FALSE;

  dup2 (null_fd, STDIN_FILENO);
  if (dup2 (STDERR_FILENO, STDOUT_FILENO) == -1)
    dup2 (null_fd, STDOUT_FILENO);
  close (null_fd);
  return TRUE;
}

/**
 * pl_worker_serve:
 * @name: what the function has been registered as
 *
 * Serves a registered function to the process that has started this one, over standard input and
 * output, until that has no more elements, or is gone.
 *
 * It is for worker programs of their own, which [ctor@Pl.Command.new] starts: a program that calls
 * [func@Pl.Worker.init] need not. The protocol is described in
 * [Worker protocol](worker-protocol.html).
 *
 * From then on standard input is empty, and what is printed to standard output goes to standard
 * error. SIGPIPE is ignored. If the parent is gone the function's cancellable fires, and the
 * process ends a little later even if the function does not return.
 *
 * Returns: an exit status for the main function to return: 0, or 1 if the function is not
 *   registered, its [callback@Pl.StartFunc] or [callback@Pl.DoneFunc] has failed, or the parent did
 *   not say goodbye
 *
 * Since: 1.0
 */
int
pl_worker_serve (const char *name)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(PlStage) stage = NULL;
  int in_fd = -1;
  int out_fd = -1;

  g_return_val_if_fail (name != NULL, EXIT_FAILURE);

  signal (SIGPIPE, SIG_IGN);
  if (!pl_worker_take_pipes (&in_fd, &out_fd))
    {
      g_printerr ("The worker has no standard input and output to serve “%s” on\n", name);
      return EXIT_FAILURE;
    }

  stage = pl_registry_find (name, &error);
  if (stage == NULL)
    pl_server_refuse (in_fd, out_fd, error);
  else
    pl_server_run (stage, in_fd, out_fd, &error);

  close (in_fd);
  close (out_fd);
  return error == NULL ? EXIT_SUCCESS : EXIT_FAILURE;
}

/**
 * pl_worker_init:
 * @argc: (inout): the number of arguments of the main function
 * @argv: (inout) (array length=argc) (nullable): the arguments of the main function
 *
 * Makes this program able to run worker processes of itself, which [ctor@Pl.Command.new_self]
 * describes.
 *
 * It is called at the beginning of the main function, behind [func@Pl.Worker.register_map] and its
 * like, before there are threads, and before anything is printed. In a worker process, which is
 * this program with arguments of its own, it serves elements as [func@Pl.Worker.serve] does, and
 * then ends the process. Otherwise it returns, and leaves the arguments as they are.
 *
 * Since: 1.0
 */
void
pl_worker_init (int *argc, char ***argv)
{
  g_return_if_fail (argc != NULL);
  g_return_if_fail (argv != NULL);

  if (*argc == 3 && g_str_equal ((*argv)[1], PL_WORKER_OPTION))
    exit (pl_worker_serve ((*argv)[2]));

  if (program == NULL)
    program = g_file_read_link ("/proc/self/exe", NULL);
  if (program == NULL && *argc > 0)
    program = g_find_program_in_path ((*argv)[0]);
}
