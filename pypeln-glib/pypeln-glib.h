/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#define PYPELN_GLIB_INSIDE

#include <pypeln-glib/pl-version.h>

#include <pypeln-glib/pl-codec.h>
#include <pypeln-glib/pl-command.h>
#include <pypeln-glib/pl-embed.h>
#include <pypeln-glib/pl-enum-types.h>
#include <pypeln-glib/pl-enums.h>
#include <pypeln-glib/pl-error.h>
#include <pypeln-glib/pl-exception.h>
#include <pypeln-glib/pl-handle.h>
#include <pypeln-glib/pl-home.h>
#include <pypeln-glib/pl-interpreter.h>
#include <pypeln-glib/pl-iterator.h>
#include <pypeln-glib/pl-job.h>
#include <pypeln-glib/pl-json.h>
#include <pypeln-glib/pl-list-model.h>
#include <pypeln-glib/pl-process.h>
#include <pypeln-glib/pl-run-status.h>
#include <pypeln-glib/pl-stage-status.h>
#include <pypeln-glib/pl-stage.h>
#include <pypeln-glib/pl-sync.h>
#include <pypeln-glib/pl-task.h>
#include <pypeln-glib/pl-thread.h>
#include <pypeln-glib/pl-types.h>
#include <pypeln-glib/pl-value-object.h>
#include <pypeln-glib/pl-worker-main.h>
#include <pypeln-glib/pl-worker.h>
#include <pypeln-glib/stages/pl-channel.h>
#include <pypeln-glib/stages/pl-concat.h>
#include <pypeln-glib/stages/pl-each.h>
#include <pypeln-glib/stages/pl-filter.h>
#include <pypeln-glib/stages/pl-flat-map.h>
#include <pypeln-glib/stages/pl-map.h>
#include <pypeln-glib/stages/pl-ordered.h>
#include <pypeln-glib/stages/pl-source.h>

#undef PYPELN_GLIB_INSIDE
