/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-remote.h"

#include <poll.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What a parent process does that a test kills. */
#define PARENT_OPTION "--parent"

/* Functions that workers run. */

static gboolean
return_same (const GValue *element,
             GValue *result,
             PlWorker *worker,
             gpointer user_data,
             GError **error)
{
  g_value_init (result, G_VALUE_TYPE (element));
  g_value_copy (element, result);
  return TRUE;
}

/* Tells of the environment variable that is the element, and of the folder. */
static gboolean
tell_surroundings (const GValue *element,
                   GValue *result,
                   PlWorker *worker,
                   gpointer user_data,
                   GError **error)
{
  const char *value = g_getenv (g_value_get_string (element));
  g_autofree char *cwd = g_get_current_dir ();

  g_value_init (result, G_TYPE_STRING);
  g_value_take_string (result, g_strconcat (value != NULL ? value : "(unset)", "|", cwd, NULL));
  return TRUE;
}

static char *
describe_place (const GValue *element)
{
  const char *node = g_getenv ("SLURMD_NODENAME");

  return g_strdup_printf ("%s %d %d %d",
                          node != NULL ? node : g_get_host_name (),
                          g_value_get_int (element), (int) getpid (), (int) getppid ());
}

/* Takes a while, and tells where it is. */
static gboolean
tell_place (const GValue *element,
            GValue *result,
            PlWorker *worker,
            gpointer user_data,
            GError **error)
{
  g_usleep (2000);
  g_value_init (result, G_TYPE_STRING);
  g_value_take_string (result, describe_place (element));
  return TRUE;
}

/* Tells three times where it is, in the course of a while. */
static gboolean
tell_place_thrice (const GValue *element, PlWorker *worker, gpointer user_data, GError **error)
{
  for (guint i = 0; i < 3; i++)
    {
      g_auto(GValue) value = G_VALUE_INIT;

      tell_place (element, &value, worker, NULL, NULL);
      if (!pl_worker_emit (worker, &value, error))
        return FALSE;
    }

  return TRUE;
}

/* Tells where it is, and then computes for ever, whatever happens. */
static gboolean
compute (const GValue *element, PlWorker *worker, gpointer user_data, GError **error)
{
  g_auto(GValue) value = G_VALUE_INIT;
  volatile guint64 n = 0;

  g_value_init (&value, G_TYPE_STRING);
  g_value_take_string (&value, describe_place (element));
  if (!pl_worker_emit (worker, &value, error))
    return FALSE;

  while (TRUE)
    n++;
}

static gboolean
fail (const GValue *element,
      GValue *result,
      PlWorker *worker,
      gpointer user_data,
      GError **error)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE, "No space for “%s”",
               g_value_get_string (element));
  return FALSE;
}

/* Says something, and ends the process. */
static gboolean
crash (const GValue *element,
       GValue *result,
       PlWorker *worker,
       gpointer user_data,
       GError **error)
{
  g_printerr ("no memory for %s\n", g_value_get_string (element));
  _exit (3);
}

static gboolean
print (const GValue *element,
       GValue *result,
       PlWorker *worker,
       gpointer user_data,
       GError **error)
{
  g_print ("out: %s\n", g_value_get_string (element));
  g_printerr ("err: %s\n", g_value_get_string (element));
  return return_same (element, result, worker, user_data, error);
}

static gboolean
refuse_to_start (PlWorker *worker, gpointer user_data, GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_BUSY, "Not today");
  return FALSE;
}

static void
register_functions (void)
{
  pl_worker_register_map ("same", return_same, NULL, NULL);
  pl_worker_register_map (PL_TEST_HOSTILE, tell_surroundings, NULL, NULL);
  pl_worker_register_map ("place", tell_place, NULL, NULL);
  pl_worker_register_flat_map ("places", tell_place_thrice, NULL, NULL);
  pl_worker_register_flat_map ("compute", compute, NULL, NULL);
  pl_worker_register_map ("fail", fail, NULL, NULL);
  pl_worker_register_map ("crash", crash, NULL, NULL);
  pl_worker_register_map ("print", print, NULL, NULL);
  pl_stage_set_on_start (pl_worker_register_map ("unstartable", return_same, NULL, NULL),
                         refuse_to_start, NULL, NULL);
}

/* Has a remote worker compute, tells where, and waits for it, which takes for ever. */
static int
run_parent (void)
{
  g_autoptr(PlCommand) command = pl_test_remote_new_command ("compute");
  g_autoptr(PlStage) stage = pl_test_remote_compute (command);
  g_autoptr(PlIterator) iter = pl_stage_iterate (stage);
  g_auto(GValue) value = G_VALUE_INIT;

  while (pl_iterator_next (iter, &value, NULL, NULL))
    {
      printf ("%s\n", g_value_get_string (&value));
      fflush (stdout);
    }
  return EXIT_FAILURE;
}

int
pl_test_remote_main (int argc, char **argv, void (*add_tests) (void))
{
  register_functions ();
  pl_worker_init (&argc, &argv);
  if (argc == 2 && g_str_equal (argv[1], PARENT_OPTION))
    return run_parent ();

  pl_test_init (&argc, &argv);
  add_tests ();
  return pl_test_run ();
}

/* Has @command start its workers with what the driver says. */
void
pl_test_remote_launch (PlCommand *command)
{
  g_auto(GStrv) lines = g_strsplit (g_getenv ("PL_TEST_LAUNCHERS"), "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_auto(GStrv) words = NULL;

      g_assert_true (g_shell_parse_argv (lines[i], NULL, &words, NULL));
      pl_command_add_launcher (command, (const char * const *) words);
    }
}

PlCommand *
pl_test_remote_new_command (const char *function)
{
  PlCommand *command = pl_command_new_self (function);

  pl_test_remote_launch (command);
  return command;
}

/* A stage with an element that a worker computes with for ever. */
PlStage *
pl_test_remote_compute (PlCommand *command)
{
  g_autoptr(PlStage) one = pl_source_new_range (0, 1);

  return pl_process_flat_map (one, command);
}

void
pl_test_place_free (PlTestPlace *self)
{
  g_free (self->host);
  g_free (self);
}

PlTestPlace *
pl_test_place_parse (const char *text)
{
  g_auto(GStrv) words = g_strsplit (text, " ", -1);
  PlTestPlace *self = g_new0 (PlTestPlace, 1);

  g_assert_cmpuint (g_strv_length (words), ==, 4);
  self->host = g_strdup (words[0]);
  self->number = atoi (words[1]);
  self->pid = atoi (words[2]);
  self->parent = atoi (words[3]);
  return self;
}

/* The next element, which is a place. NULL: there is none. */
PlTestPlace *
pl_test_remote_take_place (PlIterator *iter)
{
  g_autoptr(GError) error = NULL;
  g_auto(GValue) value = G_VALUE_INIT;
  gboolean has_value = pl_iterator_next (iter, &value, NULL, &error);

  g_assert_no_error (error);
  return has_value ? pl_test_place_parse (g_value_get_string (&value)) : NULL;
}

/* A file that can be read when process @pid, which is there, has ended. */
int
pl_test_remote_watch (int pid)
{
  int fd = syscall (SYS_pidfd_open, pid, 0);

  g_assert_cmpint (fd, >=, 0);
  return fd;
}

/* The process of @pidfd, which is taken, ends soon. */
void
pl_test_remote_assert_ends (int pidfd)
{
  struct pollfd fd = { .fd = pidfd, .events = POLLIN };

  g_assert_cmpint (poll (&fd, 1, PL_TEST_SOON), ==, 1);
  close (pidfd);
}

/* Starts this program once more, to have a worker compute, and tells where that is. */
GSubprocess *
pl_test_remote_start_parent (PlTestPlace **place)
{
  g_autoptr(GError) error = NULL;
  GSubprocess *parent = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error,
                                          "/proc/self/exe", PARENT_OPTION, NULL);
  g_autoptr(GDataInputStream) stream = NULL;
  g_autofree char *line = NULL;

  g_assert_no_error (error);
  stream = g_data_input_stream_new (g_subprocess_get_stdout_pipe (parent));
  line = g_data_input_stream_read_line (stream, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (line);
  *place = pl_test_place_parse (line);
  return parent;
}
