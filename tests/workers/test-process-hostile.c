/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-board.h"
#include "pl-test-util.h"

#include <string.h>
#include <unistd.h>

/* Worker processes that say what they should not: each is ended with a clear error, and nothing
 * stays behind. They are this program itself, which then does what a script tells it. */

#define HOSTILE "--hostile"

#define SHORT_MS 300

/* The process */

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
static int
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
  return EXIT_SUCCESS;
}

/* Its parent */

static char *program;
static guint n_threads; /* before there is a run */
static guint n_fds;

typedef PlStage *(*Constructor) (PlStage *, PlCommand *);

static PlCommand *
new_command (const char *script)
{
  const char *argv[] = { program, HOSTILE, script, NULL };

  return pl_command_new (argv);
}

static PlStage *
new_stage (Constructor constructor, PlCommand *command, guint n_elements)
{
  g_autoptr(PlStage) source = pl_source_new_range (0, n_elements);

  return constructor (source, command);
}

typedef struct
{
  const char *script;
  Constructor constructor;
  int code;
  const char *text; /* part of the message */
} Case;

static const Case cases[] = {
  /* What is none of the protocol */
  { "text", pl_process_map, PL_ERROR_PROTOCOL, "“Hello, here is the worker!" },
  { "hello ready text", pl_process_map, PL_ERROR_PROTOCOL, "“Hello, here is the worker!" },
  { "noise", pl_process_map, PL_ERROR_PROTOCOL, "is not the worker protocol" },
  { "other-version", pl_process_map, PL_ERROR_PROTOCOL, "speaks version 9" },
  { "hello ready unknown-type", pl_process_map, PL_ERROR_PROTOCOL, "no frames of type 0x3f" },
  { "hello ready-with-payload", pl_process_map, PL_ERROR_PROTOCOL, "too large for a frame" },
  { "hello ready (element) huge-answer", pl_process_map, PL_ERROR_PROTOCOL,
    "2147483648 bytes is too large" },
  { "hello ready (element) large-answer exit", pl_process_map, PL_ERROR_WORKER_EXITED,
    "exited with status 3" },
  { "hello ready (element) half-an-answer exit", pl_process_map, PL_ERROR_WORKER_EXITED,
    "exited with status 3" },

  /* Payloads */
  { "hello-not-normal", pl_process_map, PL_ERROR_PROTOCOL, "in normal form" },
  { "hello ready (element) answer-not-normal", pl_process_map, PL_ERROR_PROTOCOL,
    "in normal form" },
  { "hello ready (element) error-not-normal", pl_process_map, PL_ERROR_PROTOCOL,
    "in normal form" },
  { "hello ready (element) returned-not-normal", pl_process_map, PL_ERROR_PROTOCOL,
    "in normal form" },
  { "hello ready (element) answer-of-unknown-type", pl_process_map, PL_ERROR_UNSUPPORTED_TYPE,
    "“NoSuchType” is not known" },
  { "hello ready (element) answer-of-wrong-content", pl_process_map, PL_ERROR_INVALID_VALUE,
    "does not stand for a “gchararray”" },

  /* Greetings */
  { "ready", pl_process_map, PL_ERROR_PROTOCOL, "did not begin with a greeting" },
  { "end", pl_process_map, PL_ERROR_PROTOCOL, "did not begin with a greeting" },
  { "hello hello", pl_process_map, PL_ERROR_PROTOCOL, "greets once more" },
  { "hello ready ready", pl_process_map, PL_ERROR_PROTOCOL, "is ready once more" },
  { "exit", pl_process_map, PL_ERROR_WORKER_START, "was not ready, and exited with status 3" },
  { "hello exit", pl_process_map, PL_ERROR_WORKER_START, "was not ready, and exited with status" },

  /* Elements */
  { "hello answer", pl_process_map, PL_ERROR_PROTOCOL, "does not have in hand (number 1)" },
  { "hello ready (element) foreign-answer", pl_process_map, PL_ERROR_PROTOCOL,
    "does not have in hand (number 99)" },
  { "hello ready (element) foreign-error", pl_process_map, PL_ERROR_PROTOCOL,
    "does not have in hand (number 99)" },
  { "hello ready (element) empty-answer", pl_process_map, PL_ERROR_PROTOCOL,
    "answered with nothing" },
  { "hello ready (element) empty-answer", pl_process_filter, PL_ERROR_PROTOCOL,
    "answered with nothing" },
  { "hello ready (element) answer", pl_process_filter, PL_ERROR_PROTOCOL, "answered with gint" },
  { "hello ready (element) emit", pl_process_map, PL_ERROR_PROTOCOL, "nothing to emit" },
  { "hello ready (element) emit", pl_process_each, PL_ERROR_PROTOCOL, "nothing to emit" },
  { "hello emit", pl_process_flat_map, PL_ERROR_PROTOCOL, "does not have in hand (number 1)" },
  { "hello ready (element) empty-emit", pl_process_flat_map, PL_ERROR_PROTOCOL,
    "nothing to emit" },
  { "hello ready (element) foreign-emit", pl_process_flat_map, PL_ERROR_PROTOCOL,
    "does not have in hand (number 99)" },
  { "hello ready (element) returned", pl_process_map, PL_ERROR_PROTOCOL, "gives back" },
  { "hello ready (element) returned-nothing", pl_process_map, PL_ERROR_PROTOCOL, "gives back" },

  /* Causes */
  { "hello cause", pl_process_map, PL_ERROR_PROTOCOL, "does not have in hand (number 1)" },
  { "hello ready (element) empty-cause error-with-element", pl_process_map, PL_ERROR_PROTOCOL,
    "the cause of an error, and that is nothing" },
  { "hello ready (element) cause-not-normal", pl_process_map, PL_ERROR_PROTOCOL,
    "not a “v” in normal form" },
  { "hello ready (element) cause-of-unknown-type", pl_process_map, PL_ERROR_UNSUPPORTED_TYPE,
    "“NoSuchType” is not known" },
  { "hello ready (element) cause answer", pl_process_map, PL_ERROR_PROTOCOL, "then no error" },
  { "hello ready (element) cause cause", pl_process_map, PL_ERROR_PROTOCOL, "then no error" },
  { "hello ready (element) cause error", pl_process_map, PL_ERROR_PROTOCOL, "then no error" },
  { "cause-of-start hello", pl_process_map, PL_ERROR_PROTOCOL, "then no error" },
  { "hello ready (element) cause exit", pl_process_map, PL_ERROR_WORKER_EXITED,
    "exited with status 3" },

  /* What a parent says */
  { "hello element", pl_process_map, PL_ERROR_PROTOCOL, "says “e”, which is for it to hear" },
  { "hello go", pl_process_map, PL_ERROR_PROTOCOL, "says “g”, which is for it to hear" },
  { "hello recall", pl_process_map, PL_ERROR_PROTOCOL, "says “r”, which is for it to hear" },
  { "hello ping", pl_process_map, PL_ERROR_PROTOCOL, "says “p”, which is for it to hear" },

  /* The end */
  { "hello end", pl_process_map, PL_ERROR_PROTOCOL, "ends before it is told to" },
  { "hello ready end", pl_process_map, PL_ERROR_PROTOCOL, "ends before it is told to" },
  { "hello ready (element) end exit", pl_process_map, PL_ERROR_PROTOCOL,
    "ends before it is told to" },
  { "hello ready (element) answer (element) exit", pl_process_map, PL_ERROR_WORKER_EXITED,
    "exited with status 3" },
};

/* What @stage fails with. */
static GError *
dup_run_error (PlStage *stage)
{
  GError *error = NULL;

  g_assert_false (pl_stage_run (stage, NULL, &error));
  g_assert_nonnull (error);
  return error;
}

static void
assert_has_text (const char *message, const char *text)
{
  if (strstr (message, text) == NULL)
    g_error ("There is no “%s” in: %s", text, message);
}

static void
test_case (gconstpointer data)
{
  const Case *self = data;
  g_autoptr(PlCommand) command = new_command (self->script);
  g_autoptr(PlStage) stage = new_stage (self->constructor, command, 3);
  g_autoptr(GError) error = dup_run_error (stage);

  g_assert_error (error, PL_ERROR, self->code);
  assert_has_text (error->message, self->text);
  pl_test_assert_no_children ();
  pl_test_wait_for_threads (n_threads);
  pl_test_wait_for_fds (n_fds);
}

/* The only element has been answered, and the end is not as it has to be. */
static const Case ends[] = {
  { "hello ready (element) answer (end) exit", pl_process_map, PL_ERROR_WORKER_EXITED,
    "exited with status 3" },
  { "hello ready (element) answer (end) text", pl_process_map, PL_ERROR_PROTOCOL, "“Hello" },
  { "hello ready (element) answer (end) answer", pl_process_map, PL_ERROR_PROTOCOL,
    "does not have in hand" },
  { "hello ready (element) answer (end)", pl_process_map, PL_ERROR_WORKER_SILENT,
    "no sign of life" },
};

static void
test_end (gconstpointer data)
{
  const Case *self = data;
  g_autoptr(PlCommand) command = new_command (self->script);
  g_autoptr(PlStage) stage = new_stage (self->constructor, command, 1);
  g_autoptr(GError) error = NULL;

  if (self->code == PL_ERROR_WORKER_SILENT)
    pl_command_set_silence (command, SHORT_MS);
  error = dup_run_error (stage);

  g_assert_error (error, PL_ERROR, self->code);
  assert_has_text (error->message, self->text);
  assert_has_text (error->message, "on_done");
  pl_test_assert_no_children ();
}

/* Nothing is heard of what comes behind END. */
static void
test_says_more_after_the_end (void)
{
  g_autoptr(PlCommand) command =
    new_command ("hello ready (element) answer (end) end end answer text");
  g_autoptr(PlStage) stage = new_stage (pl_process_map, command, 1);

  pl_test_assert_ints (stage, "7");
  pl_test_assert_no_children ();
}

static void
test_says_nothing (void)
{
  g_autoptr(PlCommand) command = new_command ("");
  g_autoptr(PlStage) stage = new_stage (pl_process_map, command, 3);
  g_autoptr(GError) error = NULL;

  pl_command_set_start_timeout (command, SHORT_MS);
  error = dup_run_error (stage);
  g_assert_error (error, PL_ERROR, PL_ERROR_WORKER_START);
  assert_has_text (error->message, "The worker process was not ready after 300 ms");
  pl_test_assert_no_children ();
}

static void
test_falls_silent (gconstpointer script)
{
  g_autoptr(PlCommand) command = new_command (script);
  g_autoptr(PlStage) stage = new_stage (pl_process_map, command, 3);
  g_autoptr(GError) error = NULL;

  pl_command_set_silence (command, SHORT_MS);
  error = dup_run_error (stage);
  g_assert_error (error, PL_ERROR, PL_ERROR_WORKER_SILENT);
  assert_has_text (error->message, "has given no sign of life for 300 ms");
  pl_test_assert_no_children ();
}

static void
test_fails_before_it_greets (void)
{
  g_autoptr(PlCommand) command = new_command ("error");
  g_autoptr(PlStage) stage = new_stage (pl_process_map, command, 3);
  g_autoptr(GError) error = dup_run_error (stage);

  g_assert_error (error, g_quark_from_string ("a-domain-of-its-own"), 3);
  assert_has_text (error->message, "I do not want to");
  pl_test_assert_no_children ();
}

/* Elements have their time, whatever is said meanwhile. */
static void
test_floods (void)
{
  g_autoptr(PlCommand) command = new_command ("hello ready (element) flood");
  g_autoptr(PlStage) stage = new_stage (pl_process_map, command, 3);

  pl_stage_set_timeout (stage, SHORT_MS);
  pl_test_assert_ints (stage, "");
  pl_test_assert_no_children ();
}

typedef struct
{
  guint n;
  guint n_unknown;
} Skipped;

static void
count_skipped_cb (PlStage *stage, const GValue *element, const GError *error, Skipped *skipped)
{
  skipped->n++;
  skipped->n_unknown += g_error_matches (error, PL_ERROR, PL_ERROR_WORKER_FAILED);
  assert_has_text (error->message, "It is something");
}

/* The names of domains are never forgotten, so a process cannot make any number of them. */
static void
test_fails_with_endless_domains (void)
{
  const guint n_elements = 1000;
  g_autoptr(PlCommand) command = new_command ("hello ready fail-with-all");
  g_autoptr(PlStage) stage = new_stage (pl_process_map, command, n_elements);
  Skipped skipped = { 0, 0 };

  pl_stage_set_error_policy (stage, PL_ERROR_POLICY_SKIP);
  g_signal_connect (stage, "skipped", G_CALLBACK (count_skipped_cb), &skipped);
  pl_stage_run (stage, NULL, NULL);

  g_assert_cmpuint (skipped.n, ==, n_elements);
  g_assert_cmpuint (skipped.n_unknown, >=, n_elements - 64);
  g_assert_cmpuint (g_quark_try_string ("hostile-domain-999"), ==, 0);
  pl_test_assert_no_children ();
}

static void
add_cases (const char *path, const Case *first, guint n_cases, GTestDataFunc func)
{
  for (guint i = 0; i < n_cases; i++)
    {
      g_autofree char *script = g_strdelimit (g_strdup (first[i].script), " ", ',');
      g_autofree char *case_path = g_strdup_printf ("%s/%u:%s", path, i, script);

      g_test_add_data_func (case_path, &first[i], func);
    }
}

int
main (int argc, char **argv)
{
  int result;

  if (argc == 3 && g_str_equal (argv[1], HOSTILE))
    return act (argv[2]);

  pl_test_init (&argc, &argv);
  pl_test_start_first_child ();
  n_threads = pl_test_count_threads ();
  n_fds = pl_test_count_fds ();
  program = g_file_read_link ("/proc/self/exe", NULL);

  add_cases ("/process-hostile", cases, G_N_ELEMENTS (cases), test_case);
  add_cases ("/process-hostile/end", ends, G_N_ELEMENTS (ends), test_end);
  g_test_add_func ("/process-hostile/says-more-after-the-end", test_says_more_after_the_end);
  g_test_add_func ("/process-hostile/says-nothing", test_says_nothing);
  g_test_add_data_func ("/process-hostile/falls-silent/before-it-is-ready", "hello",
                        test_falls_silent);
  g_test_add_data_func ("/process-hostile/falls-silent/with-an-element", "hello ready (element)",
                        test_falls_silent);
  g_test_add_func ("/process-hostile/fails-before-it-greets", test_fails_before_it_greets);
  g_test_add_func ("/process-hostile/floods", test_floods);
  g_test_add_func ("/process-hostile/fails-with-endless-domains",
                   test_fails_with_endless_domains);

  result = pl_test_run ();
  g_free (program);
  return result;
}
