/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-job.h"

#include "pl-callback-private.h"
#include "pl-job-closures-private.h"
#include "pl-job-private.h"
#include "pl-stage-private.h"
#include "stages/pl-each.h"
#include "stages/pl-filter.h"
#include "stages/pl-flat-map.h"
#include "stages/pl-map.h"
#include "stages/pl-source.h"

/* The stages of jobs; see pl-job.c for what becomes of those. */

/* Makes a stage of @type; a @result of NULL is for functions that return nothing. */
static PlStage *
pl_job_new_stage (GType type,
                  PlStage *input,
                  GClosure *begin,
                  GClosure *result,
                  GClosure *tell,
                  GType result_type)
{
  PlJobClosures *closures = pl_job_closures_new (begin, result, tell, result_type);
  PlCallback *callback = pl_callback_new_for_task (G_CALLBACK (pl_job_begin), closures,
                                                   pl_job_closures_free);

  callback->keeps_task = TRUE;
  return pl_stage_new (type, PL_WORKER_KIND_TASK, input, callback);
}

/**
 * pl_job_map:
 * @input: the stage to take elements from
 * @begin: begins an element: it is called with that and the number of its job, which is a gint64,
 *   and returns nothing; where the element is a [struct@Pl.Handle] it gets the number of that, a
 *   gint64, in its place, and TRUE as a third argument
 * @result: gives the result of a job: it is called with the number, and returns the result
 * @tell: is told what happens to a job: it is called with the number and a [enum@Pl.JobEvent], and
 *   returns nothing
 * @result_type: the type of the results; with G_TYPE_NONE @result initialises its return value, as
 *   that of a language binding may do
 *
 * Creates a stage that makes one element of each, as [func@Pl.task_map] does, without an object for
 * each element.
 *
 * It is for language bindings, to which such objects are dear. @begin is called on the run's main
 * context. When the job is done [func@Pl.job_answer] is called, now or later, from any thread, and
 * that calls @result. A job that fails is told by [func@Pl.job_fail] or, while @begin runs, by
 * [method@Pl.Worker.set_error]. Numbers are used for one job only in a program.
 *
 * Returns: (transfer full): the stage
 *
 * Since: 1.0
 */
PlStage *
pl_job_map (PlStage *input,
            GClosure *begin,
            GClosure *result,
            GClosure *tell,
            GType result_type)
{
  g_return_val_if_fail (PL_IS_STAGE (input), NULL);
  g_return_val_if_fail (begin != NULL, NULL);
  g_return_val_if_fail (result != NULL, NULL);
  g_return_val_if_fail (tell != NULL, NULL);
  g_return_val_if_fail (result_type == G_TYPE_NONE || G_TYPE_IS_VALUE (result_type), NULL);

  return pl_job_new_stage (PL_TYPE_MAP, input, begin, result, tell, result_type);
}

/**
 * pl_job_filter:
 * @input: the stage to take elements from
 * @begin: begins an element, see [func@Pl.job_map]
 * @result: tells whether the element of a job is kept: it is called with the number, and returns a
 *   boolean
 * @tell: is told what happens to a job
 *
 * Creates a stage that passes on some of its elements, as [func@Pl.task_filter] does, without an
 * object for each element.
 *
 * Returns: (transfer full): the stage
 *
 * Since: 1.0
 */
PlStage *
pl_job_filter (PlStage *input, GClosure *begin, GClosure *result, GClosure *tell)
{
  g_return_val_if_fail (PL_IS_STAGE (input), NULL);
  g_return_val_if_fail (begin != NULL, NULL);
  g_return_val_if_fail (result != NULL, NULL);
  g_return_val_if_fail (tell != NULL, NULL);

  return pl_job_new_stage (PL_TYPE_FILTER, input, begin, result, tell, G_TYPE_BOOLEAN);
}

/**
 * pl_job_each:
 * @input: the stage to take elements from
 * @begin: begins an element, see [func@Pl.job_map]
 * @tell: is told what happens to a job
 *
 * Creates a stage that does something with each element and passes none on, as [func@Pl.task_each]
 * does, without an object for each element.
 *
 * Returns: (transfer full): the stage
 *
 * Since: 1.0
 */
PlStage *
pl_job_each (PlStage *input, GClosure *begin, GClosure *tell)
{
  g_return_val_if_fail (PL_IS_STAGE (input), NULL);
  g_return_val_if_fail (begin != NULL, NULL);
  g_return_val_if_fail (tell != NULL, NULL);

  return pl_job_new_stage (PL_TYPE_EACH, input, begin, NULL, tell, G_TYPE_NONE);
}

/**
 * pl_job_flat_map:
 * @input: the stage to take elements from
 * @begin: begins an element, see [func@Pl.job_map]
 * @result: gives an element that a job emits: it is called with the number, and returns the element
 * @tell: is told what happens to a job
 * @element_type: the type of the elements; with G_TYPE_NONE @result initialises its return value,
 *   as that of a language binding may do
 *
 * Creates a stage that makes none, one or many elements of each, as [func@Pl.task_flat_map] does,
 * without an object for each element.
 *
 * Before a job is answered it emits its elements with [func@Pl.job_emit], which calls @result.
 *
 * Returns: (transfer full): the stage
 *
 * Since: 1.0
 */
PlStage *
pl_job_flat_map (PlStage *input,
                 GClosure *begin,
                 GClosure *result,
                 GClosure *tell,
                 GType element_type)
{
  g_return_val_if_fail (PL_IS_STAGE (input), NULL);
  g_return_val_if_fail (begin != NULL, NULL);
  g_return_val_if_fail (result != NULL, NULL);
  g_return_val_if_fail (tell != NULL, NULL);
  g_return_val_if_fail (element_type == G_TYPE_NONE || G_TYPE_IS_VALUE (element_type), NULL);

  return pl_job_new_stage (PL_TYPE_FLAT_MAP, input, begin, result, tell, element_type);
}

/**
 * pl_job_source:
 * @begin: begins to make elements, see [func@Pl.job_map]: it is called once in each run, with 0 and
 *   the number of a job
 * @result: gives an element that the job emits: it is called with the number, and returns the
 *   element
 * @tell: is told what happens to the job
 * @element_type: the type of the elements; with G_TYPE_NONE @result initialises its return value,
 *   as that of a language binding may do
 *
 * Creates a source of what a job emits, as [func@Pl.job_flat_map] does what jobs make of elements:
 * for what a language gives one by one, and has to be waited for.
 *
 * The elements are numbered as those of any source.
 *
 * Returns: (transfer full): the stage
 *
 * Since: 1.0
 */
PlStage *
pl_job_source (GClosure *begin, GClosure *result, GClosure *tell, GType element_type)
{
  g_autoptr(PlStage) once = NULL;
  PlStage *stage;

  g_return_val_if_fail (begin != NULL, NULL);
  g_return_val_if_fail (result != NULL, NULL);
  g_return_val_if_fail (tell != NULL, NULL);
  g_return_val_if_fail (element_type == G_TYPE_NONE || G_TYPE_IS_VALUE (element_type), NULL);

  once = pl_source_new_range (0, 1);
  stage = pl_job_new_stage (PL_TYPE_FLAT_MAP, once, begin, result, tell, element_type);
  stage->is_origin = TRUE;

  /* Its input is to be seen to end: what came from there next would sort between these. */
  pl_stage_set_workers (stage, 0);
  return stage;
}
