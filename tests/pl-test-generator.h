/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "pl-test-util.h"

G_BEGIN_DECLS

/* Closures that make elements one by one: of element 2 they make 200, 201, 202… What they iterate
 * belongs to the thread that has begun with it. */
typedef struct
{
  int limit; /* how many are made of each; -1: they do not end */
  int nothing_of;     /* the element that they make nothing of, in the first closure; -1: none */
  int begin_fails_of; /* so it is for an error */
  int next_fails_of;  /* the element that the second closure fails with, behind one; -1: none */
  int n_failures;     /* of it, atomic; -1: always */

  /* called before each element is made, with the worker; NULL: nothing */
  void (*hook) (PlWorker *worker, int number, gpointer user_data);
  gpointer hook_data;

  /* atomic */
  int n_begun;
  int n_made; /* how often the second closure has been called */
  int n_released;
  int n_closures_freed;
} PlTestGenerator;

#define PL_TEST_GENERATOR_INIT \
  { .limit = 3, .nothing_of = -1, .begin_fails_of = -1, .next_fails_of = -1, .n_failures = -1 }

/* A test that is written once for the kinds whose flat_maps may be of such closures. */
typedef void (*PlTestGeneratorFunc) (PlWorkerKind kind);

void pl_test_generator_add (const char *path, PlTestGeneratorFunc func);

GClosure *pl_test_generator_begin (PlTestGenerator *self);

GClosure *pl_test_generator_next (PlTestGenerator *self);

PlStage *pl_test_generator_flat_map (PlTestGenerator *self, PlWorkerKind kind, PlStage *input);

/* Of 0, 1, 2… */
PlStage *pl_test_generator_flat_map_ints (PlTestGenerator *self, PlWorkerKind kind, int n_ints);

PlStage *pl_test_generator_source (PlTestGenerator *self);

char *pl_test_generator_new_text (PlWorkerKind kind, int element, const char *message);

G_END_DECLS
