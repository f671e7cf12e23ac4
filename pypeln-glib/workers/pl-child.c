/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "workers/pl-child-private.h"

#include "pl-command-private.h"
#include "pl-error.h"
#include "workers/pl-child-lines-private.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixinputstream.h>
#include <gio/gunixoutputstream.h>
#include <glib-unix.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* A worker process, and the three pipes to it, for the thread that has started it: all of its input
 * and output is done by a source on that thread's default main context, and never waits.
 *
 * What the child writes is read as far as its sink takes it; what it is to read is kept until it
 * does. It is over when it has exited, all that it wrote has been read, and its end is known. It is
 * the leader of a process group of its own, so that what it has started ends with it. */

/* How much is read of what is for the standard error before it is something else's turn. */
#define MAX_READ (64 * 1024)

/* The three pipes, what the kernel tells about the start, and what threads of GLib that watch
 * children may need: GLib does not take it well if it has none left for a main context. */
#define N_NEEDED_FDS 16

/* Held for reading by who starts a child, and for writing by who needs files more urgently. */
static GRWLock fds_lock;

/* So often it is looked whether a debugger has let go of a child that has ended, in
 * milliseconds. */
#define REAP_PAUSE 20

/* What a pipe holds, in bytes, if the kernel allows it: the more, the less often both ends wait for
 * each other with large elements. */
#define PIPE_SIZE (1024 * 1024)

struct _PlChild
{
  GSubprocess *process;
  pid_t pid; /* 0: it has exited as soon as it started */
  GSource *source;
  PlChildSink sink;
  PlChildLines *errors;
  guint grace; /* in milliseconds */

  int in_fd; /* -1: closed, as the others */
  int out_fd;
  int err_fd;
  gpointer in_tag;
  gpointer out_tag; /* NULL: nothing is read for the moment */
  gpointer err_tag;

  PlSpool out;      /* for the child to read */
  gboolean is_full;    /* the pipe is */
  gboolean is_closing; /* its standard input ends behind that */

  PlChildStop stop;
  gboolean has_exited;
  int status; /* as waitpid() tells it; once it has */
};

typedef struct
{
  GSource source;
  PlChild *child;
} PlChildSource;

/* In the child, between fork and exec: only functions that are safe there. */
static void
pl_child_set_up (gpointer user_data)
{
  sigset_t none;

  /* The thread that starts the child is there until the child has ended, so the signal comes when
   * the whole program has ended; or has already. */
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  if (getppid () != GPOINTER_TO_INT (user_data))
    _exit (EXIT_FAILURE);

  setpgid (0, 0);
  sigemptyset (&none);
  sigprocmask (SIG_SETMASK, &none, NULL);
}

static void
pl_child_close_in (PlChild *self)
{
  if (self->in_fd == -1)
    return;

  if (self->in_tag != NULL)
    g_source_remove_unix_fd (self->source, g_steal_pointer (&self->in_tag));
  self->in_fd = -1;
  pl_spool_drop (&self->out);
  g_output_stream_close (g_subprocess_get_stdin_pipe (self->process), NULL, NULL);
}

static void
pl_child_close_out (PlChild *self)
{
  if (self->out_fd == -1)
    return;

  if (self->out_tag != NULL)
    g_source_remove_unix_fd (self->source, g_steal_pointer (&self->out_tag));
  self->out_fd = -1;
  g_input_stream_close (g_subprocess_get_stdout_pipe (self->process), NULL, NULL);
}

static void
pl_child_close_err (PlChild *self)
{
  if (self->err_fd == -1)
    return;

  g_source_remove_unix_fd (self->source, g_steal_pointer (&self->err_tag));
  self->err_fd = -1;
  pl_child_lines_end (self->errors);
  g_input_stream_close (g_subprocess_get_stderr_pipe (self->process), NULL, NULL);
}

/* Looks out for the child to read, where it @is_full. A change costs a system call. */
static void
pl_child_watch_in (PlChild *self, gboolean is_full)
{
  if (self->in_fd == -1 || self->is_full == is_full)
    return;

  self->is_full = is_full;
  g_source_modify_unix_fd (self->source, self->in_tag, is_full ? G_IO_OUT : 0);
}

/* Writes as much as the pipe takes; the rest later. */
void
pl_child_flush (PlChild *self)
{
  PlFlow written;

  if (self->in_fd == -1)
    return;

  /* How a child has ended that does not read any more is told otherwise. */
  written = pl_spool_write (&self->out, self->in_fd);
  if (written == PL_FLOW_END || (written == PL_FLOW_OK && self->is_closing))
    pl_child_close_in (self);
  pl_child_watch_in (self, written == PL_FLOW_AGAIN);
}

/* Reads as much as the sink takes; the rest when that has been looked at. Once the child has
 * exited, what is not there will not come: what it has started may hold the pipe for long. */
static void
pl_child_read_out (PlChild *self)
{
  gsize size;
  guint8 *space = self->sink.get_space (self->sink.user_data, &size);
  gssize n;

  do
    n = read (self->out_fd, space, size);
  while (n < 0 && errno == EINTR);

  if (n > 0)
    {
      self->sink.add (self->sink.user_data, n);
      if (self->has_exited)
        g_source_set_ready_time (self->source, 0);
    }
  else if (n == 0 || errno != EAGAIN || self->has_exited)
    {
      pl_child_close_out (self);
    }
}

static void
pl_child_read_err (PlChild *self)
{
  gsize n_read = 0;

  while (self->err_fd != -1 && n_read < MAX_READ)
    {
      char buffer[4096];
      gssize n = read (self->err_fd, buffer, sizeof buffer);

      if (n > 0)
        {
          pl_child_lines_add (self->errors, buffer, n);
          n_read += n;
        }
      else if (n == 0 || (errno != EINTR && errno != EAGAIN) ||
               (errno == EAGAIN && self->has_exited))
        pl_child_close_err (self);
      else if (errno == EAGAIN)
        break;
    }
}

static gboolean
pl_child_source_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  PlChild *self = ((PlChildSource *) source)->child;
  gint64 ready_time = g_source_get_ready_time (source);

  if (ready_time != -1 && ready_time <= g_source_get_time (source))
    {
      g_source_set_ready_time (source, -1);
      if (self->stop > PL_CHILD_RUNS)
        pl_child_stop (self, self->stop + 1);
    }

  if (self->in_tag != NULL)
    {
      GIOCondition condition = g_source_query_unix_fd (source, self->in_tag);

      /* Nobody reads it any more. */
      if ((condition & (G_IO_ERR | G_IO_HUP)) != 0)
        pl_child_close_in (self);
      else if (condition != 0)
        pl_child_flush (self);
    }

  if (self->err_tag != NULL &&
      (self->has_exited || g_source_query_unix_fd (source, self->err_tag) != 0))
    pl_child_read_err (self);
  if (self->out_tag != NULL &&
      (self->has_exited || g_source_query_unix_fd (source, self->out_tag) != 0))
    pl_child_read_out (self);

  return G_SOURCE_CONTINUE;
}

/* Waits for the child if GLib has not: of one that has ended while a debugger has it, GLib says
 * that it has exited with status 0, and leaves it a zombie. It can be waited for when the debugger
 * lets go of it, which nothing tells. */
static gboolean
pl_child_reap_cb (gpointer user_data)
{
  PlChild *self = user_data;
  int status;
  pid_t pid = self->pid > 0 ? waitpid (self->pid, &status, WNOHANG) : -1;

  if (pid == 0)
    return G_SOURCE_CONTINUE;

  if (pid > 0)
    self->status = status;
  self->has_exited = TRUE;
  pl_child_close_in (self);
  pl_child_read_err (self);
  g_source_set_ready_time (self->source, 0);
  return G_SOURCE_REMOVE;
}

static void
pl_child_exited_cb (GObject *process, GAsyncResult *result, gpointer user_data)
{
  PlChild *self = user_data;
  g_autoptr(GSource) again = NULL;

  g_subprocess_wait_finish (G_SUBPROCESS (process), result, NULL);
  self->status = g_subprocess_get_status (self->process);
  if (pl_child_reap_cb (self) == G_SOURCE_REMOVE)
    return;

  again = g_timeout_source_new (REAP_PAUSE);
  g_source_set_name (again, "PlChild reap");
  g_source_set_callback (again, pl_child_reap_cb, self, NULL);
  g_source_attach (again, g_main_context_get_thread_default ());
}

/* Tells whether this process may open as many files as a child needs. */
static gboolean
pl_child_check_fds (GError **error)
{
  int fds[N_NEEDED_FDS];
  gsize n = 0;
  int saved_errno;

  while (n < N_NEEDED_FDS && (fds[n] = dup (STDERR_FILENO)) != -1)
    n++;
  saved_errno = errno;
  for (gsize i = 0; i < n; i++)
    close (fds[i]);

  if (n == N_NEEDED_FDS || saved_errno == EBADF)
    return TRUE;

  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved_errno),
               "Cannot start a worker process (fewer workers need fewer files): %s",
               g_strerror (saved_errno));
  return FALSE;
}

/* Makes a main context for a thread that starts children, while none of these takes the files that
 * it needs: GLib ends the program if there are none. */
GMainContext *
pl_child_new_context (GError **error)
{
  GMainContext *context = NULL;

  g_rw_lock_writer_lock (&fds_lock);
  if (pl_child_check_fds (error))
    context = g_main_context_new ();
  g_rw_lock_writer_unlock (&fds_lock);

  return context;
}

static GSubprocess *
pl_child_spawn (GSubprocessLauncher *launcher, char **argv, GError **error)
{
  GSubprocess *process = NULL;

  g_rw_lock_reader_lock (&fds_lock);
  if (pl_child_check_fds (error))
    {
      process = g_subprocess_launcher_spawnv (launcher, (const char * const *) argv, error);
      if (process == NULL)
        g_prefix_error_literal (error, "Cannot start a worker process: ");
    }
  g_rw_lock_reader_unlock (&fds_lock);

  return process;
}

static void
pl_child_attach (PlChild *self)
{
  static GSourceFuncs funcs = { .dispatch = pl_child_source_dispatch };

  self->source = g_source_new (&funcs, sizeof (PlChildSource));
  ((PlChildSource *) self->source)->child = self;
  g_source_set_name (self->source, "PlChild");

  /* It does not, but while others are dispatched their files are not polled, and each change of
   * what is polled is a system call. */
  g_source_set_can_recurse (self->source, TRUE);

  self->in_fd = g_unix_output_stream_get_fd (
    G_UNIX_OUTPUT_STREAM (g_subprocess_get_stdin_pipe (self->process)));
  self->out_fd = g_unix_input_stream_get_fd (
    G_UNIX_INPUT_STREAM (g_subprocess_get_stdout_pipe (self->process)));
  self->err_fd = g_unix_input_stream_get_fd (
    G_UNIX_INPUT_STREAM (g_subprocess_get_stderr_pipe (self->process)));
  g_unix_set_fd_nonblocking (self->in_fd, TRUE, NULL);
  g_unix_set_fd_nonblocking (self->out_fd, TRUE, NULL);
  g_unix_set_fd_nonblocking (self->err_fd, TRUE, NULL);
  fcntl (self->in_fd, F_SETPIPE_SZ, PIPE_SIZE);
  fcntl (self->out_fd, F_SETPIPE_SZ, PIPE_SIZE);

  self->in_tag = g_source_add_unix_fd (self->source, self->in_fd, 0);
  self->out_tag = g_source_add_unix_fd (self->source, self->out_fd, G_IO_IN);
  self->err_tag = g_source_add_unix_fd (self->source, self->err_fd, G_IO_IN);
  g_source_attach (self->source, g_main_context_get_thread_default ());
}

/* Starts a process, which @name stands for in what is printed. The thread's default main context is
 * to be iterated until the child is over. */
PlChild *
pl_child_new (PlCommand *command,
              char **argv,
              guint launcher,
              const char *name,
              const PlChildSink *sink,
              GError **error)
{
  g_autoptr(GSubprocessLauncher) process_launcher = NULL;
  GSubprocess *process;
  const char *pid;
  PlChild *self;

  process_launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDIN_PIPE |
                                                G_SUBPROCESS_FLAGS_STDOUT_PIPE |
                                                G_SUBPROCESS_FLAGS_STDERR_PIPE);
  pl_command_prepare (command, launcher, process_launcher);
  g_subprocess_launcher_set_child_setup (process_launcher, pl_child_set_up,
                                         GINT_TO_POINTER (getpid ()), NULL);

  process = pl_child_spawn (process_launcher, argv, error);
  if (process == NULL)
    return NULL;

  pid = g_subprocess_get_identifier (process);
  self = g_new0 (PlChild, 1);
  self->process = process;
  if (pid != NULL)
    self->pid = g_ascii_strtoll (pid, NULL, 10);
  self->sink = *sink;
  self->errors = pl_child_lines_new (name, pl_command_get_stderr_mode (command));
  self->grace = pl_command_get_grace (command);
  pl_spool_init (&self->out);
  pl_child_attach (self);
  g_subprocess_wait_async (process, NULL, pl_child_exited_cb, self);
  return self;
}

/* Frees a child that is over. */
void
pl_child_free (PlChild *self)
{
  pl_child_close_in (self);
  pl_child_close_err (self);
  g_source_destroy (self->source);
  g_source_unref (self->source);
  pl_spool_clear (&self->out);
  pl_child_lines_free (self->errors);
  g_object_unref (self->process);
  g_free (self);
}

/* What is appended here is written by the next pl_child_flush(), and after that. */
GByteArray *
pl_child_get_out (PlChild *self)
{
  return self->out.bytes;
}

/* The same, for what need not be copied. */
PlSpool *
pl_child_get_spool (PlChild *self)
{
  return &self->out;
}

gsize
pl_child_get_unsent (PlChild *self)
{
  return pl_spool_get_unsent (&self->out);
}

/* The child reads to its end what is there for it, and then no more. */
void
pl_child_close_input (PlChild *self)
{
  self->is_closing = TRUE;
  pl_child_flush (self);
}

/* While it is paused, nothing is read of what the child writes, so that in the end it waits. */
void
pl_child_set_paused (PlChild *self, gboolean is_paused)
{
  if (self->out_fd == -1 || is_paused == (self->out_tag == NULL))
    return;

  if (is_paused)
    g_source_remove_unix_fd (self->source, g_steal_pointer (&self->out_tag));
  else
    self->out_tag = g_source_add_unix_fd (self->source, self->out_fd, G_IO_IN);
  if (!is_paused && self->has_exited)
    g_source_set_ready_time (self->source, 0);
}

/* The child's whole group, as long as there is one. */
static void
pl_child_signal (PlChild *self, int signal)
{
  if (self->pid == 0 || kill (-self->pid, signal) == -1)
    g_subprocess_send_signal (self->process, signal);
}

/* Has the child end in this way, if it is not being made to in a harder one; and in the next harder
 * one if it has not in a while. Nothing is heard of it any more. */
void
pl_child_stop (PlChild *self, PlChildStop stop)
{
  if (stop <= self->stop)
    return;

  /* Before its pipes are closed, which one that is to be killed could still see. */
  self->stop = stop;
  if (stop == PL_CHILD_TERMINATED && !self->has_exited)
    pl_child_signal (self, SIGTERM);
  else if (stop == PL_CHILD_KILLED && !self->has_exited)
    pl_child_signal (self, SIGKILL);

  pl_child_close_in (self);
  pl_child_close_out (self);
  if (stop < PL_CHILD_KILLED && !self->has_exited)
    g_source_set_ready_time (self->source, g_get_monotonic_time () +
                                             self->grace * G_GINT64_CONSTANT (1000));
}

gboolean
pl_child_is_stopping (PlChild *self)
{
  return self->stop > PL_CHILD_RUNS;
}

gboolean
pl_child_has_closed_output (PlChild *self)
{
  return self->out_fd == -1;
}

gboolean
pl_child_is_over (PlChild *self)
{
  return self->has_exited && self->out_fd == -1;
}

/* Tells whether the child, which is over, has exited by itself, and with which status. */
gboolean
pl_child_exited_well (PlChild *self, int *status)
{
  if (!WIFEXITED (self->status))
    return FALSE;

  *status = WEXITSTATUS (self->status);
  return TRUE;
}

/* Says how the child, which is over, has ended. */
char *
pl_child_describe_end (PlChild *self)
{
  g_autofree char *last = pl_child_lines_dup_last (self->errors);
  const char *colon = *last != '\0' ? ": " : "";

  if (WIFSIGNALED (self->status))
    {
      int signal = WTERMSIG (self->status);

      return g_strdup_printf ("was killed by signal %d (%s)%s%s", signal, g_strsignal (signal),
                              colon, last);
    }

  return g_strdup_printf ("exited with status %d%s%s",
                          WEXITSTATUS (self->status), colon, last);
}

pid_t
pl_child_get_pid (PlChild *self)
{
  return self->pid;
}
