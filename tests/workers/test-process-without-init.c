/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-util.h"

/* A program that does not call pl_worker_init() would start itself in place of a worker. */

static void
test_program_without_init_has_no_workers (void)
{
  g_autoptr(PlStage) numbers = pl_source_new_range (0, 3);
  g_autoptr(PlCommand) command = pl_command_new_self ("add1");
  g_autoptr(PlStage) stage = pl_process_map (numbers, command);

  pl_test_assert_run_error (stage, PL_ERROR, PL_ERROR_NOT_REGISTERED,
                            "stage “map” (process map): No function has been registered as “add1”; "
                            "none has been; register it with pl_worker_register_map() or its like "
                            "before pl_worker_init()");

  pl_worker_register_map ("add1", pl_test_add1, NULL, NULL);
  pl_test_assert_run_error (stage, PL_ERROR, PL_ERROR_NOT_REGISTERED,
                            "stage “map” (process map): A worker process of this program needs "
                            "pl_worker_init() in its main function, before anything else is done "
                            "there");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/process-start/program-without-init-has-no-workers",
                   test_program_without_init_has_no_workers);

  return g_test_run ();
}
