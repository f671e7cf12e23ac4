/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-hostile.h"

#include <string.h>
#include <unistd.h>

#define HOSTILE "--hostile"

static void
put (gconstpointer data, gsize size)
{
  /* It may have been heard enough of. */
  if (write (STDOUT_FILENO, data, size) != (gssize) size)
    _exit (EXIT_FAILURE);
}

static void
put_header (char type, guint64 id, guint32 size)
{
  guint8 header[16] = { 0, 0, 0, 0, 'P', 'L', 1, type };
  guint32 size_le = GUINT32_TO_LE (size);
  guint64 id_le = GUINT64_TO_LE (id);

  memcpy (header, &size_le, sizeof size_le);
  memcpy (header + 8, &id_le, sizeof id_le);
  put (header, sizeof header);
}

static void
put_frame (char type, guint64 id, GVariant *payload)
{
  g_autoptr(GVariant) owned = payload != NULL ? g_variant_ref_sink (payload) : NULL;
  g_autoptr(GVariant) sent = NULL;
  gsize size;

  if (payload == NULL)
    {
      put_header (type, id, 0);
      return;
    }

  sent = G_BYTE_ORDER == G_LITTLE_ENDIAN ? g_variant_ref (owned) : g_variant_byteswap (owned);
  size = g_variant_get_size (sent);
  put_header (type, id, size);
  if (size > 0)
    put (g_variant_get_data (sent), size);
}

static void
put_bytes (char type, guint64 id, const char *bytes, gsize size)
{
  put_header (type, id, size);
  put (bytes, size);
}

static void
put_text (const char *text)
{
  put (text, strlen (text));
}

static gboolean
get (gpointer data, gsize size)
{
  for (gssize n; size > 0; data = (char *) data + n, size -= n)
    {
      n = read (STDIN_FILENO, data, size);
      if (n <= 0)
        return FALSE;
    }
  return TRUE;
}

/* Reads until a frame of this type has come, and returns its id; ends as it should if it has to. */
static guint64
await_frame (char type)
{
  guint8 header[16];
  char rest[4096];
  guint32 size;
  guint64 id;

  do
    {
      if (!get (header, sizeof header))
        _exit (EXIT_SUCCESS);
      memcpy (&size, header, sizeof size);
      memcpy (&id, header + 8, sizeof id);
      size = GUINT32_FROM_LE (size);
      g_assert_cmpuint (size, <=, sizeof rest);
      if (!get (rest, size))
        _exit (EXIT_SUCCESS);
      if (header[7] == 'x' && type != 'x')
        {
          put_header ('x', 0, 0);
          _exit (EXIT_SUCCESS);
        }
    }
  while (header[7] != (guint8) type);

  return GUINT64_FROM_LE (id);
}

static GVariant *
new_hello (void)
{
  return g_variant_new_parsed ("{'version': <uint32 1>, 'host': <'here'>, 'pid': <int64 1>}");
}

static GVariant *
new_int (void)
{
  return g_variant_new_variant (g_variant_new_int32 (7));
}

static void
say_hello (void)
{
  put_frame ('h', 0, new_hello ());
}

static void
say_hello_not_normal (void)
{
  put_bytes ('h', 0, "\1\2\3", 3);
}

static void
say_ready (void)
{
  put_frame ('s', 0, NULL);
}

static void
say_ready_with_payload (void)
{
  put_bytes ('s', 0, "\1", 1);
}

static void
say_end (void)
{
  put_frame ('x', 0, NULL);
}

static void
say_element (void)
{
  put_frame ('e', 1, g_variant_new_parsed ("(@ax [], <7>)"));
}

static void
say_go (void)
{
  put_frame ('g', 1, NULL);
}

static void
say_recall (void)
{
  put_frame ('r', 0, NULL);
}

static void
say_ping (void)
{
  put_frame ('p', 0, NULL);
}

static void
say_answer (void)
{
  put_frame ('a', 1, new_int ());
}

static void
say_foreign_answer (void)
{
  put_frame ('a', 99, new_int ());
}

static void
say_empty_answer (void)
{
  put_frame ('a', 1, NULL);
}

static void
say_answer_not_normal (void)
{
  put_bytes ('a', 1, "\2\0b", 3);
}

static void
say_answer_of_unknown_type (void)
{
  put_frame ('a', 1, g_variant_new_parsed ("<('NoSuchType', <7>)>"));
}

static void
say_answer_of_wrong_content (void)
{
  put_frame ('a', 1, g_variant_new_parsed ("<('gchararray', <7>)>"));
}

static void
say_huge_answer (void)
{
  put_header ('a', 1, 0x80000000);
}

static void
claim_large_answer (void)
{
  put_header ('a', 1, 1024 * 1024 * 1024);
  put_text ("and then little of it");
}

static void
say_half_an_answer (void)
{
  put_text ("\x09");
}

static void
say_emit (void)
{
  put_frame ('m', 1, new_int ());
}

static void
say_empty_emit (void)
{
  put_frame ('m', 1, NULL);
}

static void
say_foreign_emit (void)
{
  put_frame ('m', 99, new_int ());
}

static void
say_returned_nothing (void)
{
  put_frame ('b', 0, g_variant_new_parsed ("@at []"));
}

static void
say_returned (void)
{
  put_frame ('b', 0, g_variant_new_parsed ("[uint64 1]"));
}

static void
say_returned_not_normal (void)
{
  put_bytes ('b', 0, "\1\2\3", 3);
}

static void
say_error (void)
{
  put_frame ('f', 0, g_variant_new_parsed ("('a-domain-of-its-own', 3, 'I do not want to')"));
}

static void
say_error_with_element (void)
{
  put_frame ('f', 1, g_variant_new_parsed ("('domain', 3, 'message')"));
}

static void
say_cause (void)
{
  put_frame ('c', 1, new_int ());
}

static void
say_empty_cause (void)
{
  put_frame ('c', 1, NULL);
}

static void
say_cause_not_normal (void)
{
  put_bytes ('c', 1, "\2\0b", 3);
}

static void
say_cause_of_unknown_type (void)
{
  put_frame ('c', 1, g_variant_new_parsed ("<('NoSuchType', <7>)>"));
}

static void
say_cause_of_start (void)
{
  put_frame ('c', 0, new_int ());
}

static void
say_foreign_error (void)
{
  put_frame ('f', 99, g_variant_new_parsed ("('domain', 3, 'message')"));
}

static void
say_error_not_normal (void)
{
  put_bytes ('f', 1, "\xff\xff\xff\xff\xff\xff\xff\xff", 8);
}

static void
say_text (void)
{
  put_text ("Hello, here is the worker!\n");
}

static void
say_other_version (void)
{
  static const char frame[] = "\0\0\0\0PL\x09h\0\0\0\0\0\0\0";

  put (frame, sizeof frame);
}

static void
say_unknown_type (void)
{
  put_frame ('?', 0, NULL);
}

static void
say_noise (void)
{
  put_text ("\1\2\3\4\5\6\7\x8\x9\xa\xb\xc\xd\xe\xf\x10\x11");
}

static void
await_element (void)
{
  await_frame ('e');
}

static void
await_end (void)
{
  await_frame ('x');
}

static void
exit_now (void)
{
  _exit (3);
}

/* There is no end of signs of life. */
static void
flood (void)
{
  while (TRUE)
    put_frame ('q', 0, NULL);
}

/* Each error is of another domain. */
static void
fail_with_all (void)
{
  for (guint n = 0;; n++)
    {
      g_autofree char *domain = g_strdup_printf ("hostile-domain-%u", n);

      put_frame ('f', await_frame ('e'), g_variant_new ("(sis)", domain, n, "It is something"));
    }
}

static const struct
{
  const char *name;
  void (*func) (void);
} actions[] = {
  { "hello", say_hello },
  { "hello-not-normal", say_hello_not_normal },
  { "ready", say_ready },
  { "ready-with-payload", say_ready_with_payload },
  { "end", say_end },
  { "element", say_element },
  { "go", say_go },
  { "recall", say_recall },
  { "ping", say_ping },
  { "answer", say_answer },
  { "foreign-answer", say_foreign_answer },
  { "empty-answer", say_empty_answer },
  { "answer-not-normal", say_answer_not_normal },
  { "answer-of-unknown-type", say_answer_of_unknown_type },
  { "answer-of-wrong-content", say_answer_of_wrong_content },
  { "huge-answer", say_huge_answer },
  { "large-answer", claim_large_answer },
  { "half-an-answer", say_half_an_answer },
  { "emit", say_emit },
  { "empty-emit", say_empty_emit },
  { "foreign-emit", say_foreign_emit },
  { "returned-nothing", say_returned_nothing },
  { "returned", say_returned },
  { "returned-not-normal", say_returned_not_normal },
  { "error", say_error },
  { "error-with-element", say_error_with_element },
  { "cause", say_cause },
  { "empty-cause", say_empty_cause },
  { "cause-not-normal", say_cause_not_normal },
  { "cause-of-unknown-type", say_cause_of_unknown_type },
  { "cause-of-start", say_cause_of_start },
  { "foreign-error", say_foreign_error },
  { "error-not-normal", say_error_not_normal },
  { "text", say_text },
  { "other-version", say_other_version },
  { "unknown-type", say_unknown_type },
  { "noise", say_noise },
  { "(element)", await_element },
  { "(end)", await_end },
  { "exit", exit_now },
  { "flood", flood },
  { "fail-with-all", fail_with_all },
};

/* Does what @script says, then reads until there is no more. */
static void
act (const char *script)
{
  g_auto(GStrv) names = g_strsplit (script, " ", -1);
  char rest;

  for (guint n = 0; names[n] != NULL; n++)
    {
      guint i = 0;

      while (i < G_N_ELEMENTS (actions) && !g_str_equal (actions[i].name, names[n]))
        i++;
      if (i < G_N_ELEMENTS (actions))
        actions[i].func ();
    }

  while (get (&rest, 1))
    continue;
}

/* At the beginning of the program, which does not return from here where it is such a worker. */
void
pl_test_hostile_init (int argc, char **argv)
{
  if (argc != 3 || !g_str_equal (argv[1], HOSTILE))
    return;

  act (argv[2]);
  exit (EXIT_SUCCESS);
}

/* Workers that do what @script says: the names of actions, one behind the other. */
PlCommand *
pl_test_new_hostile (const char *script)
{
  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);
  const char *argv[] = { program, HOSTILE, script, NULL };

  return pl_command_new (argv);
}
