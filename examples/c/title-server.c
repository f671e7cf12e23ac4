/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "title-server.h"

#include <stdio.h>
#include <string.h>

#define BACKLOG 1024
#define SLOW_MS 100

struct _TitleServer
{
  guint n_pages;
  guint16 port;

  GThread *thread;
  GMainContext *context;
  gboolean is_stopping; /* atomic */

  /* for the thread alone */
  GCancellable *cancellable;
  GSocketService *service;
  guint n_visits;
  gboolean *was_asked_for; /* for each page */
};

/* A connection, and the request that comes in on it. */
typedef struct
{
  TitleServer *server;
  GSocketConnection *connection;
  GDataInputStream *input;
  guint page; /* 0: not known */
  char *response;
} Visit;

static Visit *
visit_new (TitleServer *server, GSocketConnection *connection)
{
  Visit *self = g_new0 (Visit, 1);

  self->server = server;
  self->connection = g_object_ref (connection);
  self->input = g_data_input_stream_new (g_io_stream_get_input_stream (G_IO_STREAM (connection)));
  g_data_input_stream_set_newline_type (self->input, G_DATA_STREAM_NEWLINE_TYPE_CR_LF);
  server->n_visits++;
  return self;
}

/* Closes the connection too. */
static void
visit_free (Visit *self)
{
  self->server->n_visits--;
  g_object_unref (self->input);
  g_object_unref (self->connection);
  g_free (self->response);
  g_free (self);
}

static void
written_cb (GObject *output, GAsyncResult *result, gpointer user_data)
{
  /* If it has failed the client has gone. */
  g_output_stream_write_all_finish (G_OUTPUT_STREAM (output), result, NULL, NULL);
  visit_free (user_data);
}

static gboolean
visit_respond (gpointer user_data)
{
  Visit *self = user_data;
  GOutputStream *output = g_io_stream_get_output_stream (G_IO_STREAM (self->connection));

  g_output_stream_write_all_async (output, self->response, strlen (self->response),
                                   G_PRIORITY_DEFAULT, self->server->cancellable, written_cb,
                                   self);
  return G_SOURCE_REMOVE;
}

static void
visit_respond_later (Visit *self)
{
  g_autoptr(GSource) source = g_timeout_source_new (SLOW_MS);

  g_source_set_callback (source, visit_respond, self, NULL);
  g_source_attach (source, self->server->context);
}

static char *
make_response (const char *status, const char *title)
{
  return g_strdup_printf ("HTTP/1.0 %s\r\n"
                          "Content-Type: text/html; charset=utf-8\r\n"
                          "Connection: close\r\n"
                          "\r\n"
                          "<!DOCTYPE html>\n"
                          "<html><head><title>%s</title></head><body>…</body></html>\n",
                          status, title);
}

static void visit_read_line (Visit *self);

/* The request is complete. */
static void
visit_answer (Visit *self)
{
  TitleServer *server = self->server;
  gboolean is_page = self->page > 0 && self->page <= server->n_pages;
  g_autofree char *title = NULL;

  if (!is_page || self->page % 50 == 13)
    {
      self->response = make_response ("404 Not Found", "There is no such page");
      visit_respond (self);
      return;
    }

  /* What comes next is that the client goes away. */
  if (self->page % 100 == 42)
    {
      visit_read_line (self);
      return;
    }

  if (self->page % 50 == 24 && !server->was_asked_for[self->page - 1])
    {
      server->was_asked_for[self->page - 1] = TRUE;
      self->response = make_response ("503 Service Unavailable", "Try again later");
      visit_respond (self);
      return;
    }

  title = g_strdup_printf ("Page %u of %u", self->page, server->n_pages);
  self->response = make_response ("200 OK", title);
  if (self->page % 10 == 7)
    visit_respond_later (self);
  else
    visit_respond (self);
}

static void
line_cb (GObject *input, GAsyncResult *result, gpointer user_data)
{
  Visit *self = user_data;
  g_autofree char *line = g_data_input_stream_read_line_finish (G_DATA_INPUT_STREAM (input), result,
                                                                NULL, NULL);

  if (line == NULL)
    {
      visit_free (self);
      return;
    }

  if (self->page == 0)
    sscanf (line, "GET /page/%u ", &self->page);

  if (line[0] == '\0')
    visit_answer (self);
  else
    visit_read_line (self);
}

static void
visit_read_line (Visit *self)
{
  g_data_input_stream_read_line_async (self->input, G_PRIORITY_DEFAULT, self->server->cancellable,
                                       line_cb, self);
}

static gboolean
incoming_cb (GSocketService *service,
             GSocketConnection *connection,
             GObject *source_object,
             gpointer user_data)
{
  visit_read_line (visit_new (user_data, connection));
  return TRUE;
}

/* It cancels what is under way on its own thread: if a source ends on one thread while its
 * cancellable is being cancelled on another, GLib may leak it. */
static gpointer
title_server_main (gpointer user_data)
{
  TitleServer *self = user_data;

  g_main_context_push_thread_default (self->context);
  while (!g_atomic_int_get (&self->is_stopping))
    g_main_context_iteration (self->context, TRUE);

  g_cancellable_cancel (self->cancellable);
  while (self->n_visits > 0)
    g_main_context_iteration (self->context, TRUE);

  g_socket_service_stop (self->service);
  while (g_main_context_iteration (self->context, FALSE))
    continue;
  g_main_context_pop_thread_default (self->context);
  return NULL;
}

/* Listens on a port that is free, on the thread-default context. */
static gboolean
title_server_listen (TitleServer *self, GError **error)
{
  g_autoptr(GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr(GSocketAddress) wanted = g_inet_socket_address_new (loopback, 0);
  g_autoptr(GSocketAddress) address = NULL;

  self->service = g_socket_service_new ();
  g_socket_listener_set_backlog (G_SOCKET_LISTENER (self->service), BACKLOG);
  g_signal_connect (self->service, "incoming", G_CALLBACK (incoming_cb), self);
  if (!g_socket_listener_add_address (G_SOCKET_LISTENER (self->service), wanted,
                                      G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL, &address,
                                      error))
    return FALSE;

  self->port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address));
  return TRUE;
}

/* Starts a server of pages that are numbered from 1. */
TitleServer *
title_server_new (guint n_pages, GError **error)
{
  g_autoptr(TitleServer) self = g_new0 (TitleServer, 1);
  gboolean is_listening;

  self->n_pages = n_pages;
  self->was_asked_for = g_new0 (gboolean, n_pages);
  self->context = g_main_context_new ();
  self->cancellable = g_cancellable_new ();

  g_main_context_push_thread_default (self->context);
  is_listening = title_server_listen (self, error);
  g_main_context_pop_thread_default (self->context);
  if (is_listening)
    self->thread = g_thread_try_new ("title-server", title_server_main, self, error);

  return self->thread != NULL ? g_steal_pointer (&self) : NULL;
}

/* The URLs of all pages, in the order of their numbers. */
char **
title_server_dup_urls (TitleServer *self)
{
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new ();

  for (guint page = 1; page <= self->n_pages; page++)
    {
      g_autofree char *url = g_strdup_printf ("http://127.0.0.1:%u/page/%u", self->port, page);

      g_strv_builder_add (builder, url);
    }

  return g_strv_builder_end (builder);
}

void
title_server_free (TitleServer *self)
{
  g_atomic_int_set (&self->is_stopping, TRUE);
  g_main_context_wakeup (self->context);
  g_clear_pointer (&self->thread, g_thread_join);

  g_object_unref (self->service);
  g_object_unref (self->cancellable);
  g_main_context_unref (self->context);
  g_free (self->was_asked_for);
  g_free (self);
}
