/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Fetches many web pages at once, and prints their titles.
 *
 * It is one main loop, as a GTK application has one, which nothing here blocks:
 *
 *     URLs -> parse (thread) -> fetch (task) -> find-title (thread) -> print
 *
 * The fetch stage has as many connections under way as it has workers, and no thread for them.
 * Without arguments the pages are those of a small server that the program itself starts. */

#include <pypeln-glib/pypeln-glib.h>

#include <glib-unix.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "page.h"
#include "title-server.h"

#define HTTP_PORT 80
#define MAXSIZE 64
#define N_RETRIES 2
#define RETRY_DELAY_MS 50
#define N_SERVER_PAGES 300

/* The first stage: makes a GUri of a string. */
static gboolean
parse_url (const GValue *element,
           GValue *result,
           PlWorker *worker,
           gpointer user_data,
           GError **error)
{
  const GUriFlags flags = G_URI_FLAGS_ENCODED_PATH | G_URI_FLAGS_ENCODED_QUERY;
  g_autoptr(GUri) uri = g_uri_parse (g_value_get_string (element), flags, error);
  const char *host;

  if (uri == NULL)
    return FALSE;

  host = g_uri_get_host (uri);
  if (strcmp (g_uri_get_scheme (uri), "http") != 0 || host == NULL || host[0] == '\0')
    {
      g_set_error_literal (error, G_URI_ERROR, G_URI_ERROR_FAILED, "This is no http:// URL");
      return FALSE;
    }

  g_value_init (result, G_TYPE_URI);
  g_value_take_boxed (result, g_steal_pointer (&uri));
  return TRUE;
}

/* The second stage: it connects, writes a request, and reads the response. Between these steps a
 * fetch is what its task holds: */
typedef struct
{
  Page *page;
  char *request;
  GSocketConnection *connection;
} Fetch;

static void
fetch_free (Fetch *self)
{
  page_unref (self->page);
  g_free (self->request);
  g_clear_object (&self->connection); /* this closes it */
  g_free (self);
}

/* The one worker of the stage makes what all fetches use. */
static gboolean
make_client (PlWorker *worker, gpointer user_data, GError **error)
{
  g_auto(GValue) value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_SOCKET_CLIENT);
  g_value_take_object (&value, g_socket_client_new ());
  pl_worker_set_resource (worker, "client", &value);
  return TRUE;
}

/* The response of version 1.0 ends with the connection. */
static char *
make_request (GUri *uri)
{
  const char *path = g_uri_get_path (uri);
  g_autofree char *target = g_uri_join (g_uri_get_flags (uri), NULL, NULL, NULL, -1,
                                        path[0] != '\0' ? path : "/", g_uri_get_query (uri), NULL);
  g_autofree char *host = g_uri_join (G_URI_FLAGS_NONE, NULL, NULL, g_uri_get_host (uri),
                                      g_uri_get_port (uri), "", NULL, NULL);

  return g_strdup_printf ("GET %s HTTP/1.0\r\n"
                          "Host: %s\r\n"
                          "User-Agent: fetch-titles\r\n"
                          "\r\n",
                          target, host + strlen ("//"));
}

/* Another try may help against what is an error here. */
static void
read_cb (GObject *input, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  Page *page = ((Fetch *) g_task_get_task_data (task))->page;
  g_auto(GValue) value = G_VALUE_INIT;
  GError *error = NULL;

  if (!g_input_stream_read_all_finish (G_INPUT_STREAM (input), result, &page->length, &error))
    {
      g_task_return_error (task, error);
      return;
    }

  page->response[page->length] = '\0';
  if (sscanf (page->response, "HTTP/%*u.%*u %3u", &page->status) != 1)
    {
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                               "The server does not speak HTTP");
      return;
    }
  if (page->status >= 500)
    {
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_FAILED,
                               "The server has failed with status %u", page->status);
      return;
    }

  g_value_init (&value, TYPE_PAGE);
  g_value_set_boxed (&value, page);
  g_task_return_value (task, &value);
}

static void
written_cb (GObject *output, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  Fetch *fetch = g_task_get_task_data (task);
  GError *error = NULL;

  if (!g_output_stream_write_all_finish (G_OUTPUT_STREAM (output), result, NULL, &error))
    {
      g_task_return_error (task, error);
      return;
    }

  /* What is longer is read as far as there is space. */
  g_input_stream_read_all_async (g_io_stream_get_input_stream (G_IO_STREAM (fetch->connection)),
                                 fetch->page->response, PAGE_MAX_SIZE, G_PRIORITY_DEFAULT,
                                 g_task_get_cancellable (task), read_cb, g_object_ref (task));
}

static void
connected_cb (GObject *client, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  Fetch *fetch = g_task_get_task_data (task);
  GError *error = NULL;

  fetch->connection = g_socket_client_connect_to_uri_finish (G_SOCKET_CLIENT (client), result,
                                                             &error);
  if (fetch->connection == NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  fetch->request = make_request (fetch->page->uri);
  g_output_stream_write_all_async (g_io_stream_get_output_stream (G_IO_STREAM (fetch->connection)),
                                   fetch->request, strlen (fetch->request), G_PRIORITY_DEFAULT,
                                   g_task_get_cancellable (task), written_cb,
                                   g_object_ref (task));
}

static void
fetch_page (const GValue *element, GTask *task, PlWorker *worker, gpointer user_data)
{
  GSocketClient *client = g_value_get_object (pl_worker_get_resource (worker, "client"));
  GUri *uri = g_value_get_boxed (element);
  g_autofree char *url = g_uri_to_string (uri);
  Fetch *fetch = g_new0 (Fetch, 1);

  fetch->page = page_new (uri);
  g_task_set_task_data (task, fetch, (GDestroyNotify) fetch_free);
  g_socket_client_connect_to_uri_async (client, url, HTTP_PORT, g_task_get_cancellable (task),
                                        connected_cb, g_object_ref (task));
}

/* The third stage: makes a line of a page, with its URL and its title. */
static gboolean
find_title (const GValue *element,
            GValue *result,
            PlWorker *worker,
            gpointer user_data,
            GError **error)
{
  const Page *page = g_value_get_boxed (element);
  g_autofree char *title = page_find_title (page);
  g_autofree char *url = g_uri_to_string (page->uri);

  if (page->status != 200)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                   "The server has no page there: status %u", page->status);
      return FALSE;
    }
  if (title == NULL)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                   "There is no title in the first %d KiB", PAGE_MAX_SIZE / 1024);
      return FALSE;
    }

  g_value_init (result, G_TYPE_STRING);
  g_value_take_string (result, g_strdup_printf ("%s\t%s", url, title));
  return TRUE;
}

/* The program itself, in the main loop. */
typedef struct
{
  GMainLoop *loop;
  GCancellable *cancellable;
  PlStage *parsed;
  PlStage *fetched;
  PlStage *titles;
  guint interrupt_id;
  int exit_status;
} App;

static const char *
get_clear_line (void)
{
  return isatty (STDERR_FILENO) ? "\r\033[K" : "";
}

static char *
describe_figures (App *self, PlRunStatus *status)
{
  PlStageStatus *parsed = pl_run_status_get_stage_status (status, self->parsed);
  PlStageStatus *fetched = pl_run_status_get_stage_status (status, self->fetched);
  PlStageStatus *titles = pl_run_status_get_stage_status (status, self->titles);
  guint64 n_failed = pl_stage_status_get_elements_failed (fetched);
  guint64 n_timed_out = pl_stage_status_get_elements_timed_out (fetched);
  guint64 n_in_flight = pl_stage_status_get_elements_in (fetched) - n_failed - n_timed_out -
                        pl_stage_status_get_elements_out (fetched);

  n_failed += pl_stage_status_get_elements_failed (parsed);
  n_failed += pl_stage_status_get_elements_failed (titles);
  return g_strdup_printf ("%" G_GUINT64_FORMAT " done, %" G_GUINT64_FORMAT " in flight, "
                          "%" G_GUINT64_FORMAT " failed, %" G_GUINT64_FORMAT " timed out, "
                          "%" G_GUINT64_FORMAT " retries",
                          pl_run_status_get_elements (status), n_in_flight, n_failed, n_timed_out,
                          pl_stage_status_get_retries (fetched));
}

static void
status_cb (PlIterator *iterator, GParamSpec *pspec, gpointer user_data)
{
  g_autoptr(PlRunStatus) status = pl_iterator_dup_status (iterator);
  g_autofree char *figures = describe_figures (user_data, status);

  if (isatty (STDERR_FILENO))
    g_printerr ("%s%s", get_clear_line (), figures);
}

static void
print_summary (App *self, PlIterator *iterator)
{
  g_autoptr(PlRunStatus) status = pl_iterator_dup_status (iterator);
  g_autofree char *figures = describe_figures (self, status);
  double seconds = pl_run_status_get_elapsed (status) / (double) G_USEC_PER_SEC;

  g_printerr ("%s%s; %.2f s, %.0f pages a second\n", get_clear_line (), figures, seconds,
              pl_run_status_get_elements (status) / seconds);
}

/* A URL that leads nowhere, or to a server that cannot be reached, is the user's matter; a server
 * without the page, or with one that has no title, has been fetched from. */
static void
skipped_cb (PlStage *stage, const GValue *element, const GError *error, gpointer user_data)
{
  App *self = user_data;
  g_autofree char *url = NULL;

  if (G_VALUE_HOLDS_STRING (element))
    url = g_value_dup_string (element);
  else if (G_VALUE_HOLDS (element, G_TYPE_URI))
    url = g_uri_to_string (g_value_get_boxed (element));
  else
    url = g_uri_to_string (((Page *) g_value_get_boxed (element))->uri);

  g_printerr ("%s%s: %s\n", get_clear_line (), url, error->message);
  if (stage != self->titles)
    self->exit_status = 1;
}

/* What has arrived by now. */
static void
next_values_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  App *self = user_data;
  PlIterator *iterator = PL_ITERATOR (object);
  g_autoptr(GError) error = NULL;
  guint n_values;
  const GValue *values = pl_iterator_next_values_finish (iterator, result, &n_values, &error);

  if (values != NULL)
    {
      if (isatty (STDOUT_FILENO))
        g_printerr ("%s", get_clear_line ());
      for (guint i = 0; i < n_values; i++)
        printf ("%s\n", g_value_get_string (&values[i]));
      fflush (stdout);
      pl_iterator_next_values_async (iterator, MAXSIZE, self->cancellable, next_values_cb, self);
      return;
    }

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_printerr ("%sInterrupted\n", get_clear_line ());
      self->exit_status = 130;
    }
  else if (error != NULL)
    {
      g_printerr ("%s%s\n", get_clear_line (), error->message);
      self->exit_status = 1;
    }
  print_summary (self, iterator);
  g_main_loop_quit (self->loop);
}

/* The iterator tells when all has come to its end. The next Ctrl-C does not wait for that. */
static gboolean
interrupt_cb (gpointer user_data)
{
  App *self = user_data;

  self->interrupt_id = 0;
  g_cancellable_cancel (self->cancellable);
  return G_SOURCE_REMOVE;
}

static int
fetch_titles (PlStage *urls, int n_in_flight, int timeout, double rate)
{
  g_autoptr(GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(PlStage) parsed = pl_thread_map (urls, parse_url, NULL, NULL);
  g_autoptr(PlStage) fetched = pl_task_map (parsed, fetch_page, NULL, NULL);
  g_autoptr(PlStage) titles = pl_thread_map (fetched, find_title, NULL, NULL);
  g_autoptr(PlIterator) iterator = NULL;
  App app = { loop, cancellable, parsed, fetched, titles, 0, 0 };
  PlStage *stages[] = { parsed, fetched, titles };

  pl_stage_set_name (urls, "urls");
  pl_stage_set_name (parsed, "parse");
  pl_stage_set_name (fetched, "fetch");
  pl_stage_set_name (titles, "find-title");
  for (guint i = 0; i < G_N_ELEMENTS (stages); i++)
    {
      pl_stage_set_maxsize (stages[i], MAXSIZE);
      pl_stage_set_error_policy (stages[i], PL_ERROR_POLICY_SKIP);
      g_signal_connect (stages[i], "skipped", G_CALLBACK (skipped_cb), &app);
    }

  pl_stage_set_workers (fetched, n_in_flight);
  pl_stage_set_timeout (fetched, timeout);
  pl_stage_set_retries (fetched, N_RETRIES);
  pl_stage_set_retry_delay (fetched, RETRY_DELAY_MS);
  pl_stage_set_rate_limit (fetched, rate, 1);
  pl_stage_set_on_start (fetched, make_client, NULL, NULL);

  app.interrupt_id = g_unix_signal_add (SIGINT, interrupt_cb, &app);
  iterator = pl_stage_iterate_bounded (titles, MAXSIZE);
  g_signal_connect (iterator, "notify::status", G_CALLBACK (status_cb), &app);
  pl_iterator_next_values_async (iterator, MAXSIZE, cancellable, next_values_cb, &app);
  g_main_loop_run (loop);

  g_clear_handle_id (&app.interrupt_id, g_source_remove);
  return app.exit_status;
}

/* Where the URLs come from: the lines of a file, the arguments, or @server, which is made then. */
static PlStage *
make_source (const char *filename, char **urls, TitleServer **server, GError **error)
{
  g_auto(GStrv) server_urls = NULL;

  if (filename != NULL)
    {
      g_autoptr(GFile) file = g_file_new_for_commandline_arg (filename);
      g_autoptr(GFileInputStream) stream = g_file_read (file, NULL, error);

      return stream != NULL ? pl_source_new_for_lines (G_INPUT_STREAM (stream)) : NULL;
    }

  if (urls != NULL)
    return pl_source_new_for_strv ((const char * const *) urls);

  *server = title_server_new (N_SERVER_PAGES, error);
  if (*server == NULL)
    return NULL;

  server_urls = title_server_dup_urls (*server);
  return pl_source_new_for_strv ((const char * const *) server_urls);
}

int
main (int argc, char **argv)
{
  int n_in_flight = 32;
  int timeout = 2000;
  double rate = 0;
  g_autofree char *filename = NULL;
  g_auto(GStrv) urls = NULL;
  const GOptionEntry entries[] = {
    { "in-flight", 'n', 0, G_OPTION_ARG_INT, &n_in_flight, "Pages to fetch at once", "N" },
    { "timeout", 't', 0, G_OPTION_ARG_INT, &timeout, "Time for each page; 0: no limit", "MS" },
    { "rate", 'r', 0, G_OPTION_ARG_DOUBLE, &rate, "Requests a second; 0: no limit", "N" },
    { "file", 'f', 0, G_OPTION_ARG_FILENAME, &filename, "File with a URL a line", "FILE" },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &urls, NULL, "[URL…]" },
    G_OPTION_ENTRY_NULL
  };
  g_autoptr(GOptionContext) context = g_option_context_new (NULL);
  g_autoptr(TitleServer) server = NULL;
  g_autoptr(PlStage) source = NULL;
  g_autoptr(GError) error = NULL;

  setlocale (LC_ALL, "");

  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_set_summary (context, "Prints the titles of web pages, or of those of a server "
                                         "of its own.");
  g_option_context_set_description (context, "The exit status is 1 if a URL is wrong, or its "
                                             "server cannot be reached.");
  if (!g_option_context_parse (context, &argc, &argv, &error) || n_in_flight < 1 || timeout < 0 ||
      !(rate >= 0 && rate <= G_MAXDOUBLE) || (filename != NULL && urls != NULL))
    {
      g_printerr ("%s\n", error != NULL ? error->message
                                        : "Give a file or URLs, not both, at least 1 page in "
                                          "flight, and no negative time or rate.");
      return 2;
    }

  source = make_source (filename, urls, &server, &error);
  if (source == NULL)
    {
      g_printerr ("%s\n", error->message);
      return 1;
    }

  return fetch_titles (source, n_in_flight, timeout, rate);
}
