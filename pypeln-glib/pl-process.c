/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-process.h"

#include "pl-stage-private.h"
#include "stages/pl-concat-private.h"
#include "stages/pl-each.h"
#include "stages/pl-filter.h"
#include "stages/pl-flat-map.h"
#include "stages/pl-map-private.h"
#include "stages/pl-ordered.h"

/* The constructors of process stages: pypeln's `pl.process`. */

/**
 * pl_process_map:
 * @input: the stage to take elements from
 * @command: how a process starts, and which function it runs
 *
 * Creates a stage that makes one element of each in worker processes. There are as many at once as
 * [property@Pl.Stage:workers] says; one that dies is replaced.
 *
 * What a process makes of an element takes its place, and keeps its index. Elements travel as
 * [func@Pl.codec_register] tells. pypeln: `pl.process.map`
 *
 * Returns: (transfer full): the stage
 *
 * Since: 1.0
 */
PlStage *
pl_process_map (PlStage *input, PlCommand *command)
{
  PlStage *stage;

  g_return_val_if_fail (PL_IS_STAGE (input), NULL);
  g_return_val_if_fail (PL_IS_COMMAND (command), NULL);

  stage = pl_map_new (PL_WORKER_KIND_PROCESS, input, NULL, G_TYPE_NONE);
  pl_stage_set_command (stage, command);
  return stage;
}

/**
 * pl_process_filter:
 * @input: the stage to take elements from
 * @command: how a process starts, and which function it runs
 *
 * Creates a stage that passes on the elements that worker processes say are to be kept. There are
 * as many at once as [property@Pl.Stage:workers] says; one that dies is replaced.
 *
 * Only the answer travels back, so elements are passed on as they are. A program of
 * [enum@Pl.Protocol.oneshot] exits with status 0 to keep an element, and with 1 to drop it.
 * Elements travel as [func@Pl.codec_register] tells. pypeln: `pl.process.filter`
 *
 * Returns: (transfer full): the stage
 *
 * Since: 1.0
 */
PlStage *
pl_process_filter (PlStage *input, PlCommand *command)
{
  PlStage *stage;

  g_return_val_if_fail (PL_IS_STAGE (input), NULL);
  g_return_val_if_fail (PL_IS_COMMAND (command), NULL);

  stage = pl_stage_new (PL_TYPE_FILTER, PL_WORKER_KIND_PROCESS, input, NULL);
  pl_stage_set_command (stage, command);
  return stage;
}

/**
 * pl_process_each:
 * @input: the stage to take elements from
 * @command: how a process starts, and which function it runs
 *
 * Creates a stage that does something with its elements in worker processes, and passes none on.
 * There are as many at once as [property@Pl.Stage:workers] says; one that dies is replaced.
 *
 * A program of [enum@Pl.Protocol.lines] writes a line for each element here too. Elements travel as
 * [func@Pl.codec_register] tells. pypeln: `pl.process.each`
 *
 * Returns: (transfer full): the stage
 *
 * Since: 1.0
 */
PlStage *
pl_process_each (PlStage *input, PlCommand *command)
{
  PlStage *stage;

  g_return_val_if_fail (PL_IS_STAGE (input), NULL);
  g_return_val_if_fail (PL_IS_COMMAND (command), NULL);

  stage = pl_stage_new (PL_TYPE_EACH, PL_WORKER_KIND_PROCESS, input, NULL);
  pl_stage_set_command (stage, command);
  return stage;
}

/**
 * pl_process_flat_map:
 * @input: the stage to take elements from
 * @command: how a process starts, and which function it runs
 *
 * Creates a stage that makes none, one or many elements of each in worker processes. There are as
 * many at once as [property@Pl.Stage:workers] says; one that dies is replaced.
 *
 * What a process emits is passed on at once, unless the stage has [property@Pl.Stage:retries]; a
 * program of [enum@Pl.Protocol.oneshot] emits the lines that it writes. Elements travel as
 * [func@Pl.codec_register] tells. pypeln: `pl.process.flat_map`
 *
 * Returns: (transfer full): the stage
 *
 * Since: 1.0
 */
PlStage *
pl_process_flat_map (PlStage *input, PlCommand *command)
{
  PlStage *stage;

  g_return_val_if_fail (PL_IS_STAGE (input), NULL);
  g_return_val_if_fail (PL_IS_COMMAND (command), NULL);

  stage = pl_stage_new (PL_TYPE_FLAT_MAP, PL_WORKER_KIND_PROCESS, input, NULL);
  pl_stage_set_command (stage, command);
  return stage;
}

/**
 * pl_process_concat:
 * @inputs: (array length=n_inputs): the stages to take elements from
 * @n_inputs: the number of stages
 *
 * Creates a stage that passes on the elements of several stages, as they come.
 *
 * There is no function that a process could run, so it is as [func@Pl.thread_concat].
 * pypeln: `pl.process.concat`
 *
 * Returns: (transfer full): the stage
 *
 * Since: 1.0
 */
PlStage *
pl_process_concat (PlStage **inputs, gsize n_inputs)
{
  g_return_val_if_fail (inputs != NULL || n_inputs == 0, NULL);

  for (gsize i = 0; i < n_inputs; i++)
    g_return_val_if_fail (PL_IS_STAGE (inputs[i]), NULL);

  return pl_concat_new (PL_WORKER_KIND_PROCESS, inputs, n_inputs);
}

/**
 * pl_process_ordered:
 * @input: the stage to take elements from
 *
 * Creates a stage that puts elements back into the order of their indices, see [class@Pl.Ordered].
 *
 * There is no function that a process could run, so it is as [func@Pl.thread_ordered].
 * pypeln: `pl.process.ordered`
 *
 * Returns: (transfer full): the stage
 *
 * Since: 1.0
 */
PlStage *
pl_process_ordered (PlStage *input)
{
  g_return_val_if_fail (PL_IS_STAGE (input), NULL);

  return pl_stage_new (PL_TYPE_ORDERED, PL_WORKER_KIND_PROCESS, input, NULL);
}
