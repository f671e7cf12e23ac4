/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <pypeln-glib/pypeln-glib.h>

/* What the workers of compress-logs run, with a GFile for each element: a filter that keeps those
 * which it has compressed. */

/* The environment variable that tells a worker the folder for what is not complete. */
#define FOLDER_VARIABLE "COMPRESS_LOGS_FOLDER"

void log_worker_init (int *argc, char ***argv);

PlCommand *log_worker_new_command (const char *with, char **hosts);

GFile *log_worker_dup_target (GFile *file);
