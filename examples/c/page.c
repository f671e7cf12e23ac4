/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "page.h"

#include <string.h>

#define MAX_TITLE_LENGTH 200

Page *
page_new (GUri *uri)
{
  Page *self = g_atomic_rc_box_new (Page);

  self->uri = g_uri_ref (uri);
  self->status = 0;
  self->length = 0;
  self->response[0] = '\0';
  return self;
}

static void
page_clear (Page *self)
{
  g_uri_unref (self->uri);
}

static Page *
page_ref (Page *self)
{
  return g_atomic_rc_box_acquire (self);
}

void
page_unref (Page *self)
{
  g_atomic_rc_box_release_full (self, (GDestroyNotify) page_clear);
}

G_DEFINE_BOXED_TYPE (Page, page, page_ref, page_unref)

/* Finds where the tag @name, which begins with '<', begins between @text and @end, where there is a
 * '\0'. It looks at each character a few times at most, whatever the text is. */
static const char *
find_tag (const char *text, const char *end, const char *name)
{
  gsize length = strlen (name);

  while ((text = memchr (text, '<', end - text)) != NULL)
    {
      if (g_ascii_strncasecmp (text, name, length) == 0 &&
          (text[length] == '>' || g_ascii_isspace (text[length])))
        return text;
      text++;
    }

  return NULL;
}

/* Whatever the page has there becomes one line of UTF-8 that a terminal may be given. */
static char *
clean_title (const char *text, gsize length)
{
  g_autofree char *valid = g_utf8_make_valid (text, length);
  g_autoptr(GString) title = g_string_new (NULL);
  gboolean is_between_words = FALSE;
  guint n_chars = 0;

  for (const char *p = valid; *p != '\0' && n_chars < MAX_TITLE_LENGTH; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (!g_unichar_isgraph (c))
        {
          is_between_words = title->len > 0;
          continue;
        }

      if (is_between_words)
        g_string_append_c (title, ' ');
      g_string_append_unichar (title, c);
      is_between_words = FALSE;
      n_chars++;
    }

  return g_string_free (g_steal_pointer (&title), FALSE);
}

/* Returns NULL if there is no title. */
char *
page_find_title (const Page *self)
{
  const char *end = self->response + self->length;
  const char *tag = find_tag (self->response, end, "<title");
  const char *begin = tag != NULL ? memchr (tag, '>', end - tag) : NULL;
  const char *title_end = begin != NULL ? find_tag (begin, end, "</title") : NULL;

  return title_end != NULL ? clean_title (begin + 1, title_end - begin - 1) : NULL;
}
