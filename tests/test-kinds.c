/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-test-util.h"

/* Stages of different kinds next to each other: every pair and every triple of them. */

#define N_ELEMENTS 20
#define N_KINDS 5
#define MAX_STAGES 3

/* An element, of which is known how many there are. */
typedef struct
{
  int number;
} PlTestToken;

static int n_tokens;

static PlTestToken *
pl_test_token_new (int number)
{
  PlTestToken *self = g_new (PlTestToken, 1);

  self->number = number;
  g_atomic_int_inc (&n_tokens);
  return self;
}

static gpointer
pl_test_token_copy (gpointer token)
{
  return pl_test_token_new (((PlTestToken *) token)->number);
}

static void
pl_test_token_free (gpointer token)
{
  g_atomic_int_add (&n_tokens, -1);
  g_free (token);
}

static GType token_type;

static GVariant *
pl_test_token_encode (const GValue *value, gpointer user_data, GError **error)
{
  return g_variant_new_int32 (((PlTestToken *) g_value_get_boxed (value))->number);
}

static gboolean
pl_test_token_decode (GVariant *variant, GValue *value, gpointer user_data, GError **error)
{
  g_value_take_boxed (value, pl_test_token_new (g_variant_get_int32 (variant)));
  return TRUE;
}

static int
get_number (const GValue *value)
{
  return ((PlTestToken *) g_value_get_boxed (value))->number;
}

/* What the functions of a chain count, and where one of them fails. */
typedef struct
{
  int n_made;
  int n_calls;
  int fails_at;
  GCancellable *cancellable;
} PlTestChain;

static PlTestChain *
chain_new (int fails_at)
{
  PlTestChain *self = pl_test_new_shared (PlTestChain);

  self->fails_at = fails_at;
  return self;
}

/* Stages in a row. */
typedef struct
{
  const PlTestKind *kinds[MAX_STAGES];
  guint n_stages;
  guint bound;
  guint workers;
} PlTestMix;

static gboolean
make_token (GValue *value, PlWorker *worker, gpointer user_data, GError **error)
{
  PlTestChain *chain = user_data;

  g_value_init (value, token_type);
  g_value_take_boxed (value, pl_test_token_new (chain->n_made++));
  return TRUE;
}

static gboolean
make_few_tokens (GValue *value, PlWorker *worker, gpointer user_data, GError **error)
{
  PlTestChain *chain = user_data;

  return chain->n_made < N_ELEMENTS && make_token (value, worker, chain, error);
}

static gboolean
pass (const GValue *element, GValue *result, PlWorker *worker, gpointer user_data, GError **error)
{
  g_value_init (result, token_type);
  g_value_copy (element, result);
  return TRUE;
}

static gboolean
pass_or_fail (const GValue *element,
              GValue *result,
              PlWorker *worker,
              gpointer user_data,
              GError **error)
{
  PlTestChain *chain = user_data;

  if (g_atomic_int_add (&chain->n_calls, 1) != chain->fails_at)
    return pass (element, result, worker, NULL, error);

  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE, "no space");
  return FALSE;
}

static gboolean
pass_slowly (const GValue *element,
             GValue *result,
             PlWorker *worker,
             gpointer user_data,
             GError **error)
{
  g_usleep (100);
  return pass (element, result, worker, NULL, error);
}

static gboolean
count (const GValue *element, PlWorker *worker, gpointer user_data, GError **error)
{
  PlTestChain *chain = user_data;

  g_atomic_int_inc (&chain->n_calls);
  return TRUE;
}

/* The stages of @mix behind @source; the one at @position has @func. */
static PlStage *
make_chain (const PlTestMix *mix,
            PlSourceFunc source_func,
            guint position,
            PlMapFunc func,
            PlTestChain *chain)
{
  PlStage *last = pl_source_new_for_func (source_func, chain, NULL);

  for (guint i = 0; i < mix->n_stages; i++)
    {
      PlStage *stage = mix->kinds[i]->map (last, i == position ? func : pass, chain, NULL);

      pl_stage_set_maxsize (stage, mix->bound);
      pl_stage_set_workers (stage, mix->workers);
      g_object_unref (last);
      last = stage;
    }
  return last;
}

/* All have been freed, once those that nobody waits for any more have been answered. */
static void
assert_no_tokens (void)
{
  pl_test_settle ();
  g_assert_cmpint (n_tokens, ==, 0);
}

static void
assert_numbers (GArray *values, guint n_each, gboolean in_order)
{
  guint n_found[N_ELEMENTS] = { 0 };

  g_assert_cmpuint (values->len, ==, n_each * N_ELEMENTS);
  for (guint i = 0; i < values->len; i++)
    {
      int number = get_number (&g_array_index (values, GValue, i));

      if (in_order)
        g_assert_cmpint (number, ==, i);
      g_assert_cmpint (number, <, N_ELEMENTS);
      n_found[number]++;
    }

  for (guint i = 0; i < N_ELEMENTS; i++)
    g_assert_cmpuint (n_found[i], ==, n_each);
}

static void
check_elements (const PlTestMix *mix)
{
  PlTestChain *chain = pl_test_new_shared (PlTestChain);
  g_autoptr(PlStage) stage = make_chain (mix, make_few_tokens, MAX_STAGES, NULL, chain);
  g_autoptr(GError) error = NULL;
  g_autoptr(GArray) values = pl_stage_collect (stage, NULL, &error);

  g_assert_no_error (error);
  assert_numbers (values, 1, mix->workers == 1);
  g_clear_pointer (&values, g_array_unref);
  assert_no_tokens ();
}

/* The source has no end, so that all are at work when one fails. */
static void
check_errors (const PlTestMix *mix)
{
  for (guint position = 0; position < mix->n_stages; position++)
    {
      PlTestChain *chain = chain_new (7);
      g_autoptr(PlStage) stage = make_chain (mix, make_token, position, pass_or_fail, chain);
      g_autoptr(GError) error = NULL;

      g_assert_false (pl_stage_run (stage, NULL, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);

      g_assert_true (g_str_has_suffix (error->message, ": no space"));
      assert_no_tokens ();
    }
}

static void
check_leaving_early (const PlTestMix *mix)
{
  PlTestChain *chain = pl_test_new_shared (PlTestChain);
  g_autoptr(PlStage) stage = make_chain (mix, make_token, MAX_STAGES, NULL, chain);
  g_autoptr(PlIterator) iterator = pl_stage_iterate (stage);
  g_autoptr(GError) error = NULL;
  g_auto(GValue) value = G_VALUE_INIT;

  for (int i = 0; i < 5; i++)
    {
      g_assert_true (pl_iterator_next (iterator, &value, NULL, &error));
      if (mix->workers == 1)
        g_assert_cmpint (get_number (&value), ==, i);
    }

  g_assert_finalize_object (g_steal_pointer (&iterator));
  g_value_unset (&value);
  assert_no_tokens ();
}

static gpointer
cancel_thread (gpointer data)
{
  PlTestChain *chain = data;

  pl_test_wait_for (&chain->n_calls, 20);
  g_cancellable_cancel (chain->cancellable);
  return NULL;
}

static void
check_cancelling (const PlTestMix *mix)
{
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  PlTestChain *chain = chain_new (-1);
  g_autoptr(PlStage) stage = make_chain (mix, make_token, mix->n_stages - 1, pass_or_fail, chain);
  g_autoptr(GError) error = NULL;
  GThread *thread;

  chain->cancellable = cancellable;
  thread = g_thread_new ("cancel", cancel_thread, chain);
  g_assert_false (pl_stage_run (stage, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_thread_join (thread);
  assert_no_tokens ();
}

static void
check_each (const PlTestMix *mix)
{
  PlTestMix before = *mix;
  PlTestChain *chain = pl_test_new_shared (PlTestChain);
  g_autoptr(PlStage) stage = NULL;
  g_autoptr(PlStage) each = NULL;
  g_autoptr(GError) error = NULL;

  before.n_stages--;
  stage = make_chain (&before, make_few_tokens, MAX_STAGES, NULL, chain);
  each = mix->kinds[before.n_stages]->each (stage, count, chain, NULL);
  pl_stage_set_maxsize (each, mix->bound);
  pl_stage_set_workers (each, mix->workers);

  g_assert_true (pl_stage_run (each, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpint (chain->n_calls, ==, N_ELEMENTS);
  assert_no_tokens ();
}

/* The first stage feeds two branches, which are joined again: each is of one of the kinds. */
static void
check_diamond (const PlTestMix *mix)
{
  const PlTestMix first = { { mix->kinds[0] }, 1, mix->bound, mix->workers };
  PlTestChain *chain = pl_test_new_shared (PlTestChain);
  g_autoptr(PlStage) stage = NULL;
  PlStage *branches[2];
  g_autoptr(PlStage) joined = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(GArray) values = NULL;

  /* Everyone who takes from a sync stage would have a part of the elements. */
  if (mix->kinds[0]->kind == PL_WORKER_KIND_SYNC)
    return;

  stage = make_chain (&first, make_few_tokens, MAX_STAGES, NULL, chain);
  for (guint i = 0; i < 2; i++)
    {
      branches[i] = mix->kinds[1 + i]->map (stage, pass, NULL, NULL);
      pl_stage_set_maxsize (branches[i], mix->bound);
      pl_stage_set_workers (branches[i], mix->workers);
    }
  joined = mix->kinds[2]->concat (branches, 2);
  pl_stage_set_maxsize (joined, mix->bound);

  values = pl_stage_collect (joined, NULL, &error);
  g_assert_no_error (error);
  assert_numbers (values, 2, FALSE);

  g_clear_pointer (&values, g_array_unref);
  g_object_unref (branches[0]);
  g_object_unref (branches[1]);
  assert_no_tokens ();
}

/* The last stage is slow, so that all before it are full. */
static void
check_slow_stage (const PlTestMix *mix)
{
  PlTestChain *chain = pl_test_new_shared (PlTestChain);
  g_autoptr(PlStage) stage = make_chain (mix, make_few_tokens, mix->n_stages - 1, pass_slowly,
                                         chain);
  g_autoptr(GError) error = NULL;
  g_autoptr(GArray) values = pl_stage_collect (stage, NULL, &error);

  g_assert_no_error (error);
  assert_numbers (values, 1, mix->workers == 1);
  g_clear_pointer (&values, g_array_unref);
  assert_no_tokens ();
}

/* So is the consumer. */
static void
check_slow_consumer (const PlTestMix *mix)
{
  PlTestChain *chain = pl_test_new_shared (PlTestChain);
  g_autoptr(PlStage) stage = make_chain (mix, make_few_tokens, MAX_STAGES, NULL, chain);
  g_autoptr(PlIterator) iterator = pl_stage_iterate (stage);
  g_autoptr(GError) error = NULL;
  g_auto(GValue) value = G_VALUE_INIT;
  int sum = 0;

  while (pl_iterator_next (iterator, &value, NULL, &error))
    {
      sum += get_number (&value);
      g_usleep (100);
    }

  g_assert_no_error (error);
  g_assert_cmpint (sum, ==, N_ELEMENTS * (N_ELEMENTS - 1) / 2);
  assert_no_tokens ();
}

static const guint bounds[] = { 0, 1, 3 };
static const guint workers[] = { 1, 3 };

#define N_SIZES (G_N_ELEMENTS (bounds) * G_N_ELEMENTS (workers))
#define N_ROUNDS 4

static gboolean
has_process (const PlTestMix *mix)
{
  for (guint i = 0; i < mix->n_stages; i++)
    {
      if (mix->kinds[i]->kind == PL_WORKER_KIND_PROCESS)
        return TRUE;
    }
  return FALSE;
}

/* Tells whether a row runs in this size. Processes take long to start: a pair with one has each
 * bound once, and of longer rows with one each check has its share, of which there are more, and
 * one bound for a pair, where all takes longer. */
static gboolean
is_run (const PlTestMix *mix, guint number, guint row, guint size)
{
  guint slowness = N_ROUNDS / pl_test_rounds (N_ROUNDS);
  guint n_shares = N_ROUNDS * slowness;

  if (!has_process (mix))
    return TRUE;
  if (mix->n_stages == 2 && slowness > 1)
    return (row + number) % N_SIZES == size;
  if (mix->n_stages == 2)
    return (row + size / G_N_ELEMENTS (bounds)) % G_N_ELEMENTS (workers) == 0;
  return (row + number) % n_shares == 0 && size == row / n_shares % N_SIZES;
}

/* Calls @check, which has a @number, for the rows of @n_stages kinds, in all sizes. */
static void
check_rows (void (*check) (const PlTestMix *), guint number, guint n_stages)
{
  guint n_rows = n_stages == 2 ? N_KINDS * N_KINDS : N_KINDS * N_KINDS * N_KINDS;
  guint n_kinds;
  const PlTestKind *const *kinds = pl_test_get_kinds (&n_kinds);

  g_assert_cmpuint (n_kinds, >=, N_KINDS);
  for (guint row = 0; row < n_rows; row++)
    {
      PlTestMix mix = { .n_stages = n_stages };

      for (guint i = 0, rest = row; i < n_stages; i++, rest /= N_KINDS)
        mix.kinds[i] = kinds[rest % N_KINDS];

      for (guint size = 0; size < N_SIZES; size++)
        {
          mix.bound = bounds[size % G_N_ELEMENTS (bounds)];
          mix.workers = workers[size / G_N_ELEMENTS (bounds)];
          if (is_run (&mix, number, row, size))
            check (&mix);
        }
    }
}

typedef struct
{
  const char *name;
  void (*check) (const PlTestMix *mix);
} PlTestCheck;

static const PlTestCheck checks[] = {
  { "elements", check_elements },
  { "errors", check_errors },
  { "leaving-early", check_leaving_early },
  { "cancelling", check_cancelling },
  { "each", check_each },
  { "diamond", check_diamond },
  { "slow-stage", check_slow_stage },
  { "slow-consumer", check_slow_consumer },
};

static void
test_pairs (gconstpointer data)
{
  const PlTestCheck *self = data;

  check_rows (self->check, self - checks, 2);
}

static void
test_triples (gconstpointer data)
{
  const PlTestCheck *self = data;

  check_rows (self->check, self - checks, 3);
}

int
main (int argc, char **argv)
{
  /* Worker processes need the type too, and do not come further than the next call. */
  token_type = g_boxed_type_register_static ("PlTestToken", pl_test_token_copy,
                                             pl_test_token_free);
  pl_codec_register (token_type, pl_test_token_encode, pl_test_token_decode, NULL, NULL);
  pl_test_init (&argc, &argv);

  for (guint i = 0; i < G_N_ELEMENTS (checks); i++)
    {
      g_autofree char *pairs = g_strdup_printf ("/kinds/%s/pairs", checks[i].name);
      g_autofree char *triples = g_strdup_printf ("/kinds/%s/triples", checks[i].name);

      if (checks[i].check != check_diamond)
        g_test_add_data_func (pairs, &checks[i], test_pairs);
      g_test_add_data_func (triples, &checks[i], test_triples);
    }

  return pl_test_run ();
}
