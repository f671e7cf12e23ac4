/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-dot-private.h"

#include "pl-enum-types.h"
#include "pl-stage-private.h"
#include "pl-stage-status-private.h"

/* A pipeline as a graph in the language of Graphviz: a node a stage, an edge for each input. */

typedef struct
{
  GString *text;
  GHashTable *ids; /* PlStage to its number, from 1 */
  PlRunStatus *status;
} PlDot;

/* Appends @string as it stands in a quoted label. */
static void
pl_dot_append_quoted (PlDot *self, const char *string)
{
  for (; *string != '\0'; string++)
    {
      if (*string == '"' || *string == '\\')
        g_string_append_c (self->text, '\\');
      if (*string == '\n')
        g_string_append (self->text, "\\n");
      else
        g_string_append_c (self->text, *string);
    }
}

static void
pl_dot_append_settings (PlDot *self, PlStage *stage)
{
  const PlStageSettings *settings = &stage->settings;
  g_autoptr(GEnumClass) kinds = g_type_class_ref (PL_TYPE_WORKER_KIND);

  pl_dot_append_quoted (self, pl_stage_get_label (stage, settings));
  g_string_append_printf (self->text, "\\n%s %s",
                          g_enum_get_value (kinds, settings->kind)->value_nick,
                          PL_STAGE_GET_CLASS (stage)->operation);
  if (settings->workers != 1)
    g_string_append_printf (self->text, "\\nworkers %u", settings->workers);
  if (settings->maxsize != 0)
    g_string_append_printf (self->text, "\\nmaxsize %u", settings->maxsize);
  if (settings->timeout != 0)
    g_string_append_printf (self->text, "\\ntimeout %u ms", settings->timeout);
}

static void
pl_dot_append_count (PlDot *self, const char *what, guint64 count)
{
  if (count > 0)
    g_string_append_printf (self->text, ", %s %" G_GUINT64_FORMAT, what, count);
}

static void
pl_dot_append_figures (PlDot *self, PlStage *stage)
{
  PlStageStatus *status = pl_run_status_get_stage_status (self->status, stage);
  gint64 elapsed = MAX (pl_run_status_get_elapsed (self->status), 1);
  const PlStageFigures *figures;

  if (status == NULL)
    return;

  figures = pl_stage_status_get_figures (status);
  g_string_append_printf (self->text,
                          "\\nin %" G_GUINT64_FORMAT ", out %" G_GUINT64_FORMAT,
                          figures->n_in, figures->n_out);
  pl_dot_append_count (self, "dropped", figures->n_dropped);
  pl_dot_append_count (self, "failed", figures->n_failed);
  pl_dot_append_count (self, "timed out", figures->n_timed_out);
  pl_dot_append_count (self, "waiting", figures->queue_length);
  g_string_append_printf (self->text, "\\nbusy %.0f %%",
                          100.0 * figures->time[PL_ACTIVITY_BUSY] / elapsed /
                            MAX (figures->n_workers, 1));
}

/* Appends @stage and what comes before it, if it is not there yet; returns its number. */
static guint
pl_dot_append_stage (PlDot *self, PlStage *stage)
{
  guint id = GPOINTER_TO_UINT (g_hash_table_lookup (self->ids, stage));

  if (id > 0)
    return id;

  id = g_hash_table_size (self->ids) + 1;
  g_hash_table_insert (self->ids, stage, GUINT_TO_POINTER (id));

  g_string_append_printf (self->text, "  stage%u [label=\"", id);
  pl_dot_append_settings (self, stage);
  if (self->status != NULL)
    pl_dot_append_figures (self, stage);
  g_string_append (self->text, "\"");
  if (self->status != NULL && pl_run_status_get_bottleneck (self->status) == stage)
    g_string_append (self->text, ", penwidth=3");
  g_string_append (self->text, "];\n");

  for (guint i = 0; i < stage->inputs->len; i++)
    {
      guint from = pl_dot_append_stage (self, g_ptr_array_index (stage->inputs, i));

      g_string_append_printf (self->text, "  stage%u -> stage%u;\n", from, id);
    }

  return id;
}

/* Draws the pipeline that ends in @last, with the figures of @status if that is not NULL. */
char *
pl_dot_new (PlStage *last, PlRunStatus *status)
{
  g_autoptr(GHashTable) ids = g_hash_table_new (NULL, NULL);
  PlDot self = { g_string_new ("digraph pipeline {\n"), ids, status };

  g_string_append (self.text, "  rankdir=LR;\n  node [shape=box];\n");
  pl_dot_append_stage (&self, last);
  g_string_append (self.text, "}\n");
  return g_string_free (self.text, FALSE);
}
