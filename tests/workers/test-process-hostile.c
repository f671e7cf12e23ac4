/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-board.h"
#include "pl-test-hostile.h"

/* What becomes of worker processes that say what they should not: each is ended with a clear error,
 * and nothing stays behind. */

#define SHORT_MS 300

static guint n_threads; /* before there is a run */
static guint n_fds;

typedef PlStage *(*Constructor) (PlStage *, PlCommand *);

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
test_case (gconstpointer data)
{
  const Case *self = data;
  g_autoptr(PlCommand) command = pl_test_new_hostile (self->script);
  g_autoptr(PlStage) stage = new_stage (self->constructor, command, 3);
  g_autoptr(GError) error = dup_run_error (stage);

  g_assert_error (error, PL_ERROR, self->code);
  pl_test_assert_has_text (error->message, self->text);
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
  g_autoptr(PlCommand) command = pl_test_new_hostile (self->script);
  g_autoptr(PlStage) stage = new_stage (self->constructor, command, 1);
  g_autoptr(GError) error = NULL;

  if (self->code == PL_ERROR_WORKER_SILENT)
    pl_command_set_silence (command, SHORT_MS);
  error = dup_run_error (stage);

  g_assert_error (error, PL_ERROR, self->code);
  pl_test_assert_has_text (error->message, self->text);
  pl_test_assert_has_text (error->message, "on_done");
  pl_test_assert_no_children ();
}

/* Nothing is heard of what comes behind END. */
static void
test_says_more_after_the_end (void)
{
  g_autoptr(PlCommand) command =
    pl_test_new_hostile ("hello ready (element) answer (end) end end answer text");
  g_autoptr(PlStage) stage = new_stage (pl_process_map, command, 1);

  pl_test_assert_ints (stage, "7");
  pl_test_assert_no_children ();
}

static void
test_says_nothing (void)
{
  g_autoptr(PlCommand) command = pl_test_new_hostile ("");
  g_autoptr(PlStage) stage = new_stage (pl_process_map, command, 3);
  g_autoptr(GError) error = NULL;

  pl_command_set_start_timeout (command, SHORT_MS);
  error = dup_run_error (stage);
  g_assert_error (error, PL_ERROR, PL_ERROR_WORKER_START);
  pl_test_assert_has_text (error->message, "The worker process was not ready after 300 ms");
  pl_test_assert_no_children ();
}

static void
test_falls_silent (gconstpointer script)
{
  g_autoptr(PlCommand) command = pl_test_new_hostile (script);
  g_autoptr(PlStage) stage = new_stage (pl_process_map, command, 3);
  g_autoptr(GError) error = NULL;

  pl_command_set_silence (command, SHORT_MS);
  error = dup_run_error (stage);
  g_assert_error (error, PL_ERROR, PL_ERROR_WORKER_SILENT);
  pl_test_assert_has_text (error->message, "has given no sign of life for 300 ms");
  pl_test_assert_no_children ();
}

static void
test_fails_before_it_greets (void)
{
  g_autoptr(PlCommand) command = pl_test_new_hostile ("error");
  g_autoptr(PlStage) stage = new_stage (pl_process_map, command, 3);
  g_autoptr(GError) error = dup_run_error (stage);

  g_assert_error (error, g_quark_from_string ("a-domain-of-its-own"), 3);
  pl_test_assert_has_text (error->message, "I do not want to");
  pl_test_assert_no_children ();
}

/* Elements have their time, whatever is said meanwhile. */
static void
test_floods (void)
{
  g_autoptr(PlCommand) command = pl_test_new_hostile ("hello ready (element) flood");
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
  pl_test_assert_has_text (error->message, "It is something");
}

/* The names of domains are never forgotten, so a process cannot make any number of them. */
static void
test_fails_with_endless_domains (void)
{
  const guint n_elements = 1000;
  g_autoptr(PlCommand) command = pl_test_new_hostile ("hello ready fail-with-all");
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
  pl_test_hostile_init (argc, argv);
  pl_test_init (&argc, &argv);
  pl_test_start_first_child ();
  n_threads = pl_test_count_threads ();
  n_fds = pl_test_count_fds ();

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

  return pl_test_run ();
}
