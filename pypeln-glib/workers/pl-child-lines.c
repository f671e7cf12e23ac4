/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "workers/pl-child-lines-private.h"

#include <string.h>

/* A longer line is printed as several. */
#define MAX_LINE 4096

/* How many lines, and how much of each, an error quotes. */
#define MAX_LAST 5
#define MAX_QUOTED 512

struct _PlChildLines
{
  char *name;
  PlStderr mode;
  GString *line; /* as far as it has come */
  GQueue last;   /* char *, where lines are collected */
};

/* Lines are printed behind @name, or collected. */
PlChildLines *
pl_child_lines_new (const char *name, PlStderr mode)
{
  PlChildLines *self = g_new0 (PlChildLines, 1);

  self->name = g_strdup (name);
  self->mode = mode;
  self->line = g_string_new (NULL);
  g_queue_init (&self->last);
  return self;
}

void
pl_child_lines_free (PlChildLines *self)
{
  g_free (self->name);
  g_string_free (self->line, TRUE);
  g_queue_clear_full (&self->last, g_free);
  g_free (self);
}

static void
pl_child_lines_finish_line (PlChildLines *self)
{
  g_autofree char *line = g_utf8_make_valid (self->line->str, self->line->len);

  g_string_truncate (self->line, 0);
  if (self->mode == PL_STDERR_PASS)
    {
      g_printerr ("%s: %s\n", self->name, line);
      return;
    }

  if (*line == '\0')
    return;
  if (self->last.length == MAX_LAST)
    g_free (g_queue_pop_head (&self->last));
  g_queue_push_tail (&self->last, g_utf8_strlen (line, -1) > MAX_QUOTED
                                    ? g_utf8_substring (line, 0, MAX_QUOTED)
                                    : g_steal_pointer (&line));
}

/* Finishes a part of a line, as long as one may be. A letter whose beginning alone has come is of
 * the next part. */
static void
pl_child_lines_finish_part (PlChildLines *self)
{
  const char *end = self->line->str + self->line->len;
  const char *letter = g_utf8_find_prev_char (self->line->str, end);
  g_autofree char *rest = NULL;

  if (letter != NULL && g_utf8_get_char_validated (letter, end - letter) == (gunichar) -2)
    {
      rest = g_strdup (letter);
      g_string_truncate (self->line, letter - self->line->str);
    }

  pl_child_lines_finish_line (self);
  if (rest != NULL)
    g_string_append (self->line, rest);
}

void
pl_child_lines_add (PlChildLines *self, const char *text, gsize length)
{
  while (length > 0)
    {
      const char *end = memchr (text, '\n', length);
      gsize n = MIN (end != NULL ? (gsize) (end - text) : length, MAX_LINE - self->line->len);

      g_string_append_len (self->line, text, n);
      text += n;
      length -= n;

      if (text == end)
        {
          text++;
          length--;
          pl_child_lines_finish_line (self);
        }
      else if (length > 0)
        {
          pl_child_lines_finish_part (self);
        }
    }
}

/* No more will come: a line without an end is one too. */
void
pl_child_lines_end (PlChildLines *self)
{
  if (self->line->len > 0)
    pl_child_lines_finish_line (self);
}

/* The last lines that have been collected, on one line. */
char *
pl_child_lines_dup_last (PlChildLines *self)
{
  g_autoptr(GString) text = g_string_new (NULL);

  for (GList *link = self->last.head; link != NULL; link = link->next)
    g_string_append_printf (text, "%s%s", link == self->last.head ? "" : " | ",
                            (char *) link->data);
  return g_string_free (g_steal_pointer (&text), FALSE);
}
