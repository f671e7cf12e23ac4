/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "bench-util.h"

/* What an element costs in a task map; and, for comparison, when the same function is given one
 * GTask an element by hand, as many at once, on the same main context. */

/* How many elements the consumer takes at once. */
#define N_VALUES 64

static PlTaskFunc func; /* what both start */

/* The function that holds tasks, which have the element as their data. */

static guint n_to_hold; /* with so many held the oldest is answered */
static GQueue held = G_QUEUE_INIT;

static void
answer_oldest (void)
{
  g_autoptr(GTask) task = g_queue_pop_head (&held);

  bench_answer_at_once (g_task_get_task_data (task), task, NULL, NULL);
}

static void
answer_held (const GValue *element, GTask *task, PlWorker *worker, gpointer user_data)
{
  g_task_set_task_data (task, (gpointer) element, NULL);
  g_queue_push_tail (&held, g_object_ref (task));
  if (held.length == n_to_hold)
    answer_oldest ();
}

/* Nothing else happens: there are no elements any more that would make the number full. */
static gboolean
answer_rest_cb (gpointer user_data)
{
  if (held.length > 0)
    answer_oldest ();
  return G_SOURCE_CONTINUE;
}

static PlTaskFunc
get_func (const char *name)
{
  if (g_str_equal (name, "at-once"))
    return bench_answer_at_once;
  if (g_str_equal (name, "idle"))
    return bench_answer_idle;
  if (g_str_equal (name, "held"))
    return answer_held;

  g_error ("There is no answer “%s”; there are at-once, idle and held", name);
}

/* The pipeline */

static gint64
drain (PlStage *stage)
{
  g_autoptr(PlIterator) iterator = pl_stage_iterate (stage);
  g_autoptr(GError) error = NULL;
  const GValue *values;
  gint64 sum = 0;
  guint n;

  while ((values = pl_iterator_next_values (iterator, N_VALUES, &n, NULL, &error)) != NULL)
    {
      for (guint i = 0; i < n; i++)
        sum += g_value_get_int64 (&values[i]);
    }

  g_assert_no_error (error);
  return sum;
}

static gint64
run_task_map (const BenchCase *bench_case)
{
  g_autoptr(PlStage) source = bench_source_new (bench_case->elements);
  g_autoptr(PlStage) map = pl_task_map (source, func, NULL, NULL);

  pl_stage_set_workers (map, bench_case->workers);
  return drain (map);
}

/* The same by hand: each element in flight has a slot. */

typedef struct
{
  GPtrArray *free_slots; /* Slot */
  gint64 n_elements;
  gint64 n_started;
  gint64 n_done;
  gint64 sum;
  gboolean is_filling;
} Loop;

typedef struct
{
  Loop *loop;
  GValue element;
} Slot;

static void loop_fill (Loop *loop);

static void
loop_answered_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  Slot *slot = user_data;
  Loop *loop = slot->loop;
  GValue value = G_VALUE_INIT;

  g_task_propagate_value (G_TASK (result), &value, NULL);
  loop->sum += g_value_get_int64 (&value);
  g_value_unset (&value);

  g_value_unset (&slot->element);
  g_ptr_array_add (loop->free_slots, slot);
  loop->n_done++;
  if (!loop->is_filling)
    loop_fill (loop);
}

/* Functions that answer from inside of this come back to it, not into it. */
static void
loop_fill (Loop *loop)
{
  loop->is_filling = TRUE;
  while (loop->free_slots->len > 0 && loop->n_started < loop->n_elements)
    {
      Slot *slot = g_ptr_array_steal_index_fast (loop->free_slots, loop->free_slots->len - 1);
      g_autoptr(GTask) task = g_task_new (NULL, NULL, loop_answered_cb, slot);

      g_value_init (&slot->element, G_TYPE_INT64);
      g_value_set_int64 (&slot->element, loop->n_started++);
      func (&slot->element, task, NULL, NULL);
    }
  loop->is_filling = FALSE;
}

static gint64
run_bare_gtask (const BenchCase *bench_case)
{
  int n_slots = bench_case->workers;
  g_autofree Slot *slots = g_new0 (Slot, n_slots);
  g_autoptr(GPtrArray) free_slots = g_ptr_array_sized_new (n_slots);
  Loop loop = { .free_slots = free_slots, .n_elements = bench_case->elements };

  for (int i = 0; i < n_slots; i++)
    {
      slots[i].loop = &loop;
      g_ptr_array_add (free_slots, &slots[i]);
    }

  loop_fill (&loop);
  while (loop.n_done < loop.n_elements)
    g_main_context_iteration (NULL, TRUE);

  return loop.sum;
}

static void
run_case (const BenchCase *bench_case, const char *answer)
{
  const BenchPeer peers[] = {
    { "task-map", run_task_map },
    { "bare-gtask", run_bare_gtask },
  };
  g_autofree char *label = g_strdup_printf ("in_flight=%d answer=%s", bench_case->workers, answer);
  double medians[G_N_ELEMENTS (peers)];
  guint rest_id = 0;

  func = get_func (answer);
  n_to_hold = bench_case->workers;
  if (func == answer_held)
    rest_id = g_idle_add_full (G_PRIORITY_LOW, answer_rest_cb, NULL, NULL);

  bench_compare (peers, G_N_ELEMENTS (peers), bench_case, label, medians);
  if (medians[0] > 0 && medians[1] > 0)
    g_print ("task-map/bare-gtask elements=%" G_GINT64_FORMAT " %s ratio=%.2f\n",
             bench_case->elements, label, medians[0] / medians[1]);

  if (rest_id != 0)
    g_source_remove (rest_id);
}

int
main (int argc, char **argv)
{
  g_autofree char *elements_list = g_strdup ("200000");
  g_autofree char *in_flight_list = g_strdup ("1,100,10000");
  g_autofree char *answer_list = g_strdup ("at-once,idle,held");
  const GOptionEntry entries[] = {
    { "elements", 0, 0, G_OPTION_ARG_STRING, &elements_list, "Elements of a run", "N,…" },
    { "in-flight", 0, 0, G_OPTION_ARG_STRING, &in_flight_list, "Elements under way", "N,…" },
    { "answer", 0, 0, G_OPTION_ARG_STRING, &answer_list, "When functions answer", "WHEN,…" },
    G_OPTION_ENTRY_NULL
  };
  g_auto(GStrv) answers = NULL;
  gint64 elements, in_flight;

  if (!bench_parse_for_peers (argc, argv, entries))
    return 2;

  answers = g_strsplit (answer_list, ",", -1);
  for (const char *e = elements_list; bench_next_number (&e, &elements);)
    for (char **a = answers; *a != NULL; a++)
      for (const char *n = in_flight_list; bench_next_number (&n, &in_flight);)
        run_case (&(BenchCase) { .elements = elements, .workers = MAX (in_flight, 1) }, *a);
  return 0;
}
