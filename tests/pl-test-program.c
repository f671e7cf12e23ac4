/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-program.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A command of a program and its arguments. */
PlCommand *
pl_test_new_program (PlProtocol protocol, const char *word, ...)
{
  g_autoptr(GPtrArray) words = g_ptr_array_new ();
  PlCommand *command;
  va_list args;

  va_start (args, word);
  for (; word != NULL; word = va_arg (args, const char *))
    g_ptr_array_add (words, (gpointer) word);
  va_end (args);
  g_ptr_array_add (words, NULL);

  command = pl_command_new ((const char * const *) words->pdata);
  pl_command_set_protocol (command, protocol);
  return command;
}

PlCommand *
pl_test_new_script (PlProtocol protocol, const char *script)
{
  return pl_test_new_program (protocol, "sh", "-c", script, NULL);
}

/* A source of the words of “a b c”. */
PlStage *
pl_test_new_words (const char *words)
{
  g_auto(GStrv) strv = g_strsplit (words, " ", -1);

  return pl_source_new_for_strv ((const char * const *) strv);
}

PlStage *
pl_test_map_words (const char *words, PlCommand *command)
{
  g_autoptr(PlStage) input = pl_test_new_words (words);

  return pl_process_map (input, command);
}

/* Runs @stage, whose elements are strings or bytes: “a|b|c”. */
char *
pl_test_run_strings (PlStage *stage)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GArray) values = pl_stage_collect (stage, NULL, &error);
  GString *string = g_string_new (NULL);

  g_assert_no_error (error);
  for (guint i = 0; i < values->len; i++)
    {
      const GValue *value = &g_array_index (values, GValue, i);

      if (i > 0)
        g_string_append_c (string, '|');
      if (G_VALUE_HOLDS_STRING (value))
        g_string_append (string, g_value_get_string (value));
      else
        g_string_append_len (string, g_bytes_get_data (g_value_get_boxed (value), NULL),
                             g_bytes_get_size (g_value_get_boxed (value)));
    }
  return g_string_free (string, FALSE);
}

/* Bytes of all kinds, that repeat after long. */
GBytes *
pl_test_new_noise (gsize size)
{
  guint8 *data = g_malloc (size);
  guint32 state = 1;

  for (gsize i = 0; i < size; i++)
    {
      state = state * 1664525u + 1013904223u;
      data[i] = state >> 24;
    }
  return g_bytes_new_take (data, size);
}

/* A source of one element. */
PlStage *
pl_test_new_bytes_source (GBytes *bytes)
{
  g_auto(GValue) value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_BYTES);
  g_value_set_boxed (&value, bytes);
  return pl_source_new_for_values (&value, 1);
}

/* What the kernel tells about a process. Returns FALSE if there is none, or it has ended and its
 * parent has not looked yet. */
static gboolean
pl_test_read_stat (const char *pid, int *parent)
{
  g_autofree char *path = g_build_filename ("/proc", pid, "stat", NULL);
  g_autofree char *stat = NULL;
  const char *rest;
  char state;

  if (!g_file_get_contents (path, &stat, NULL, NULL) || (rest = strrchr (stat, ')')) == NULL)
    return FALSE;

  g_assert_cmpint (sscanf (rest + 1, " %c %d", &state, parent), ==, 2);
  return state != 'Z' && state != 'X';
}

/* The processes that this one has started, those included that have ended and not been waited
 * for. */
guint
pl_test_count_children (void)
{
  g_autoptr(GDir) dir = g_dir_open ("/proc", 0, NULL);
  const char *name;
  guint n = 0;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      int parent = 0;

      if (g_ascii_isdigit (*name))
        pl_test_read_stat (name, &parent);
      n += parent == getpid ();
    }
  return n;
}

/* Makes a file, whose name it returns, for what the command starts to write to. */
char *
pl_test_new_notes (PlCommand *command)
{
  g_autoptr(GError) error = NULL;
  char *path = NULL;
  int fd = g_file_open_tmp ("pl-test-XXXXXX", &path, &error);

  g_assert_no_error (error);
  close (fd);
  pl_command_setenv (command, "NOTES", path);
  return path;
}

/* Waits for a line in the file, which it returns without its end. */
char *
pl_test_wait_for_notes (const char *notes)
{
  char *text = NULL;

  while (!g_file_get_contents (notes, &text, NULL, NULL) || strchr (text, '\n') == NULL)
    {
      g_clear_pointer (&text, g_free);
      g_usleep (1000);
    }
  return g_strchomp (text);
}

void
pl_test_wait_for_pid_to_end (const char *pid)
{
  int parent;

  while (pl_test_read_stat (pid, &parent))
    g_usleep (1000);
}

/* The memory that this process has now, in bytes; 0 where it does not tell anything, since what is
 * freed is kept. */
gsize
pl_test_get_memory (void)
{
#ifdef __SANITIZE_ADDRESS__
  return 0;
#else
  g_autofree char *statm = NULL;
  guint64 n_pages, n_resident;

  g_assert_true (g_file_get_contents ("/proc/self/statm", &statm, NULL, NULL));
  g_assert_cmpint (sscanf (statm, "%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT, &n_pages,
                           &n_resident), ==, 2);
  return n_resident * sysconf (_SC_PAGESIZE);
#endif
}
