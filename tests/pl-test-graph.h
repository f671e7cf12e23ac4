/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "pl-test-util.h"

G_BEGIN_DECLS

/* A random graph of stages, and next to it what it is to give. */

#define PL_TEST_MAX_INPUTS 3
#define PL_TEST_MAX_ROOTS 3
#define PL_TEST_N_SHAKY 8

#define PL_TEST_ERROR (pl_test_error_quark ())

typedef struct _PlTestGraph PlTestGraph;
typedef struct _PlTestNode PlTestNode;
typedef struct _PlTestOperation PlTestOperation;

/* Where a node fails. */
typedef enum
{
  PL_TEST_MOMENT_NEVER,
  PL_TEST_MOMENT_FUNCTION,
  PL_TEST_MOMENT_START,
  PL_TEST_MOMENT_DONE,
} PlTestMoment;

/* How on_start and on_done of a stage say how it went. */
typedef enum
{
  PL_TEST_ASKED_WITHOUT_TASK,
  PL_TEST_ASKED_AT_ONCE,
  PL_TEST_ASKED_LATER,
  PL_TEST_ASKED_ELSEWHERE,
  PL_TEST_N_ASKED,
} PlTestAsked;

/* So often no function fails for an element. */
#define PL_TEST_MANY_RETRIES 100000

/* A stage. Its elements are numbers, some of them in the form of strings. */
struct _PlTestNode
{
  /* the plan */
  PlTestGraph *graph;
  const PlTestOperation *operation;
  const PlTestKind *kind;
  guint number;
  PlTestNode *inputs[PL_TEST_MAX_INPUTS];
  guint n_inputs;
  guint workers;
  guint maxsize;
  guint timeout;       /* which comes for late functions; for others the clock just runs */
  gboolean is_shaky;   /* its functions fail now and then, and are called again */
  PlTestAsked when_asked;
  guint salt;          /* makes its functions differ from those of others */
  guint pace;          /* one in so many calls is slow; 0 is none */
  guint n_elements;    /* of a source */
  gboolean is_endless; /* a source that goes on behind them */

  /* the model: for each instance, of which a run has one for each consumer that runs the stage on
   * its own, and one of a stage with threads */
  guint n_instances;
  GArray *values;        /* guint: what comes out */
  GArray *paths;         /* guint64: the index of each, see pl_test_path_new() */
  gboolean is_ordered;   /* in this order */
  gboolean has_no_queue; /* neither has anything before it */
  gboolean has_endless;  /* this or something before it is endless */
  gboolean has_task;     /* this or something before it runs on the context */
  guint n_in;            /* elements that come in */
  guint n_calls;         /* of its function */
  guint sum;             /* of the elements that its function is called with */

  /* what is to happen in it: at a call, counted from 1 over all instances */
  PlTestMoment fails_in;
  int fails_at;
  int hook_at; /* 0 is never */

  /* the stage, and what its functions count: atomic */
  PlStage *stage;
  GThread *pusher;
  struct
  {
    int position; /* of a source that is read once */
    int shaky_calls[PL_TEST_N_SHAKY];
    int calls;
    int sum;
    int at_once;
    int max_at_once;
    int starts;
    int start_calls;
    int dones;
    int last_dones; /* on_done saw the figures of an instance that has ended */
    int elements_in;
    int elements_out;
  } counts;
};

/* How large a graph is, and what is to become of it. */
typedef struct
{
  guint max_sources;
  guint max_stages;
  guint max_elements; /* of a source */
  guint max_workers;
  guint max_calls;         /* of all functions together */
  guint max_delay;         /* µs until another thread interferes */
  gboolean may_be_endless; /* if so, no run comes to its end undisturbed */
} PlTestLimits;

struct _PlTestGraph
{
  guint seed;
  GRand *rand;
  const PlTestLimits *limits;
  GPtrArray *nodes; /* PlTestNode: each behind its inputs */
  gboolean is_endless;
  gboolean may_starve; /* what the model tells may never come, see pl_test_node_model_end() */

  /* where elements are taken: several are for pl_run() */
  PlTestNode *roots[PL_TEST_MAX_ROOTS];
  guint n_roots;

  /* called by the node with a `hook_at` */
  GFunc hook;
  gpointer hook_data;
};

GQuark pl_test_error_quark (void);

PlTestGraph *pl_test_graph_new (guint seed, const PlTestLimits *limits);

void pl_test_graph_free (PlTestGraph *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlTestGraph, pl_test_graph_free)

void pl_test_graph_build (PlTestGraph *self);

void pl_test_graph_stop_pushing (PlTestGraph *self);

char *pl_test_graph_to_string (PlTestGraph *self);

gboolean pl_test_node_is_sync (PlTestNode *self);

gboolean pl_test_node_is_task (PlTestNode *self);

guint pl_test_node_count_slots (PlTestNode *self);

guint pl_test_node_count_workers (PlTestNode *self);

gboolean pl_test_node_is_shaky_with (PlTestNode *self, guint number);

guint pl_test_mix (guint a, guint b);

guint pl_test_get_number (const GValue *value);

void pl_test_set_number (GValue *value, guint number);

/* An operation: one row in the table of them is all that a graph needs to make use of it. */
struct _PlTestOperation
{
  const char *name;
  guint weight;         /* how often it is chosen */
  guint max_inputs;     /* 0: a source */
  gboolean is_called;   /* it has a function */
  gboolean is_serial;   /* one worker does it, whatever the stage says */
  gboolean is_once;     /* its elements are divided among those who take from it */
  gboolean may_be_endless;
  gboolean is_task; /* it is for task stages only */
  gboolean is_late; /* it leaves some elements unanswered until they have timed out */

  /* Makes the stage. */
  PlStage *(*build) (PlTestNode *node, PlStage **inputs);

  /* Adds to the values what comes out, when the inputs have their values. */
  void (*model) (PlTestNode *node);

  /* Fills, in a thread, a source that is filled from outside, and so is one with a thread. */
  GThreadFunc push;
};

extern const PlTestOperation pl_test_operations[];
extern const guint pl_test_n_operations;

G_END_DECLS
