# SPDX-FileCopyrightText: 2026 The pypeln-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""on_start and on_done, and what functions are given by name."""

import asyncio
import functools
import operator
import threading
import unittest

import tap
from functions import count_to, same, tell_index, tell_worker
from util import CONCURRENT, IN_PROCESS, KINDS, Pl, of_kinds


@of_kinds(*KINDS)
class Index:
    def test_rule_5_map_and_filter_keep_the_path(self):
        stage = self.kind.map(same, self.kind.filter(same, [0, 'a', 0, 'b']))
        self.assertEqual(list(self.kind.map(tell_index, stage)), [('a', (1,)), ('b', (3,))])

    def test_rule_5_flat_map_appends(self):
        stage = self.kind.flat_map(count_to, [1, 2])
        self.assertEqual(list(self.kind.map(tell_index, stage)),
                         [(0, (0, 0)), (0, (1, 0)), (1, (1, 1))])

    def test_rule_5_concat_keeps_paths(self):
        stage = self.kind.concat(['ab', 'c'])
        self.assertEqual(sorted(self.kind.map(tell_index, stage)),
                         [('a', (0,)), ('b', (1,)), ('c', (0,))])

    def test_rule_5_path_survives_changes_of_kind(self):
        for name in KINDS:
            stage = getattr(Pl, name).flat_map(count_to, range(3))
            stage = self.kind.filter(same, self.kind.map(same, stage))
            self.assertEqual(list(getattr(Pl, name).map(tell_index, stage)), [(1, (2, 1))])

    def test_rule_6_one_worker_keeps_order(self):
        stage = self.kind.flat_map(count_to, self.kind.map(same, range(30)))
        self.assertEqual(list(stage), [x for n in range(30) for x in range(n)])

    def test_rule_7_ordered_restores_the_order(self):
        stage = self.kind.map(same, self.kind.flat_map(count_to, range(30), workers=4), workers=3)
        self.assertEqual(list(self.kind.ordered(stage)), [x for n in range(30) for x in range(n)])

    def test_rule_14_worker_info(self):
        stage = self.kind.map(tell_worker, range(20), workers=3)
        self.assertLessEqual(set(stage), {0, 1, 2} if self.name not in ('sync', 'task') else {0})


@of_kinds(*IN_PROCESS)
class Hooks:
    def count_workers(self, workers):
        return 1 if self.name in ('sync', 'task') else workers

    def test_rule_4_workers_start_even_for_an_empty_source(self):
        calls = []
        stage = self.kind.map(same, [], on_start=lambda: calls.append('start'),
                              on_done=lambda: calls.append('done'))
        self.assertEqual(list(stage), [])
        self.assertEqual(calls, ['start', 'done'])

    def test_rule_13_once_for_each_worker(self):
        starts, ends = [], []

        def on_start(worker_info):
            starts.append(worker_info.index)

        def on_done(worker_info, stage_status):
            ends.append((worker_info.index, stage_status.done, stage_status.active_workers))

        for operation in ('map', 'filter', 'flat_map', 'each'):
            starts.clear()
            ends.clear()
            list(getattr(self.kind, operation)(lambda x: [x], range(20), workers=3,
                                               on_start=on_start, on_done=on_done))
            n = self.count_workers(3)
            self.assertEqual(sorted(starts), list(range(n)))
            self.assertEqual(sorted(index for index, *_ in ends), list(range(n)))
            self.assertEqual([done for _, done, _n in ends].count(True), 1)
            self.assertEqual(sorted(n_active for *_, n_active in ends), list(range(n)))

    def test_rule_13_what_on_done_did_is_visible_at_the_end(self):
        done = []
        for _ in range(20):
            done.clear()
            list(self.kind.map(same, range(3), workers=2, on_done=lambda: done.append(1)))
            self.assertEqual(len(done), self.count_workers(2))

    def test_rule_13_on_done_runs_on_errors(self):
        starts, ends = [], []

        def fail(_x):
            raise ValueError

        with self.assertRaises(ValueError):
            list(self.kind.map(fail, range(3), workers=2, on_start=lambda: starts.append(1),
                               on_done=lambda: ends.append(1)))
        self.assertGreater(len(starts), 0)
        self.assertEqual(ends, starts)

    def test_rule_13_on_done_runs_when_the_iteration_is_left(self):
        done = []
        starts = []
        iterator = iter(self.kind.map(same, range(1000), workers=2, maxsize=1,
                                      on_start=lambda: starts.append(1),
                                      on_done=lambda: done.append(1)))
        next(iterator)
        iterator.close()
        self.assertEqual(done, starts)

    def test_rule_13_on_done_runs_only_if_on_start_has_succeeded(self):
        done = []

        def on_start():
            raise LookupError('no database')

        with self.assertRaises(LookupError):
            list(self.kind.map(same, range(3), on_start=on_start, on_done=lambda: done.append(1)))
        self.assertEqual(done, [])

    def test_rule_15_functions_are_given_what_they_name(self):
        asked = {}

        def on_start(worker_info):
            return {'a': [worker_info.index], 'b': object(), 'unused': 3}

        def f(x, b, element_index, worker_info, a):
            asked['f'] = x, element_index, a == [worker_info.index], type(b)
            return [b]

        def on_done(stage_status, worker_info, a, b):
            asked['on_done'] = stage_status.done, a == [worker_info.index], type(b)

        for operation in ('map', 'filter', 'flat_map', 'each'):
            with self.subTest(operation=operation):
                asked.clear()
                list(getattr(self.kind, operation)(f, ['x'], on_start=on_start, on_done=on_done))
                self.assertEqual(asked, {'f': ('x', (0,), True, object),
                                         'on_done': (True, True, object)})

    def test_rule_15_what_is_not_named_is_not_passed(self):
        stage = self.kind.map(same, range(3), on_start=lambda: {'a': 1}, on_done=lambda: None)
        self.assertEqual(list(stage), [0, 1, 2])

    def test_rule_15_parameters_with_defaults_are_filled_if_they_are_there(self):
        def f(x, a=5, b=6):
            return x, a, b

        stage = self.kind.map(f, range(1), on_start=lambda: {'a': 1})
        self.assertEqual(list(stage), [(0, 1, 6)])

    def test_rule_15_callables_of_all_sorts(self):
        class Adder:
            def __init__(self, n):
                self.n = n

            def __call__(self, x, worker_info):
                return x + self.n + worker_info.index

            def add(self, x, element_index):
                return x + self.n + element_index[0]

        for f, expected in ((Adder(1), [1, 2]), (Adder(1).add, [1, 3]),
                            (functools.partial(operator.add, 1), [1, 2]), (str, ['0', '1']),
                            (dict.fromkeys, None), (int, [0, 1]), (max, None),
                            (operator.neg, [0, -1]), ([7, 8].__getitem__, [7, 8]), (bool, None)):
            with self.subTest(f=f):
                source = range(2) if expected else [[1], (2,)]
                self.assertEqual(list(self.kind.map(f, source)), expected or [f(x) for x in source])

    def test_rule_15_a_missing_argument_is_an_error(self):
        with self.assertRaisesRegex(TypeError, "'other'"):
            list(self.kind.map(lambda x, other: x, [1]))
        with self.assertRaisesRegex(TypeError, "'other'"):
            list(self.kind.map(same, [1], on_start=lambda other: None))
        with self.assertRaisesRegex(TypeError, "'other'"):
            list(self.kind.map(same, [1], on_done=lambda other: None))

    def test_on_start_returns_a_dict_or_none(self):
        for value in (3, [('a', 1)], 'a'):
            with self.assertRaisesRegex(TypeError, 'on_start'):
                list(self.kind.map(same, [1], on_start=lambda value=value: value))

    def test_each_run_has_resources_of_its_own(self):
        made = []

        def on_start():
            made.append(object())
            return {'resource': made[-1]}

        stage = self.kind.map(lambda x, resource: resource, [1], on_start=on_start)
        first, second = list(stage), list(stage)
        self.assertIsNot(first[0], second[0])
        self.assertEqual(made, first + second)

    def test_hooks_run_on_the_thread_of_the_functions(self):
        threads = []

        def note(*_element):
            threads.append(threading.get_ident())

        list(self.kind.each(note, [1], on_start=lambda: note(), on_done=lambda: note()))
        self.assertEqual(len(threads), 3)
        self.assertEqual(len(set(threads)), 1)


@of_kinds(*CONCURRENT)
class Timeouts:
    def make_slow(self, is_slow):
        """Makes a function that takes far too long for some elements."""
        def wait(x):
            if is_slow(x):
                threading.Event().wait(0.6)
            return x

        async def wait_async(x):
            if is_slow(x):
                await asyncio.Event().wait()
            return x

        return wait_async if self.name == 'task' else wait

    def test_rule_18_counts_after_one_timeout(self):
        calls = []
        stage = self.kind.map(self.make_slow(lambda x: x == 1), range(4), timeout=0.2,
                              on_start=lambda: calls.append('start'),
                              on_done=lambda: calls.append('done'))
        self.assertEqual(list(stage), [0, 2, 3])
        self.assertEqual(calls.count('start'), 1 if self.name == 'task' else 2)
        self.assertEqual(calls.count('done'), 1)

    def test_rule_16_what_a_flat_map_has_emitted_stays(self):
        def emit(x):
            yield x, 1
            if x == 1:
                threading.Event().wait(0.6)
            yield x, 2

        async def emit_async(x):
            yield x, 1
            if x == 1:
                await asyncio.Event().wait()
            yield x, 2

        stage = self.kind.flat_map(emit_async if self.name == 'task' else emit, range(3),
                                   timeout=0.2)
        self.assertEqual(list(stage), [(0, 1), (0, 2), (1, 1), (2, 1), (2, 2)])

    def test_rule_7_elements_that_have_timed_out_do_not_hold_up_the_order(self):
        stage = self.kind.map(self.make_slow(lambda x: x % 3 == 1), range(9), workers=3,
                              timeout=0.2)
        self.assertEqual(list(self.kind.ordered(stage)), [0, 2, 3, 5, 6, 8])


class Sync(unittest.TestCase):
    def test_hooks_that_are_set_by_hand(self):
        calls = []
        stage = Pl.sync.map(same, range(2))
        stage.set_on_start(lambda _worker: calls.append('start'))
        stage.set_on_done(lambda _status: calls.append('done'))
        self.assertEqual(list(stage), [0, 1])
        self.assertEqual(calls, ['start', 'done'])


class Task(unittest.TestCase):
    def test_asynchronous_hooks_and_functions(self):
        calls = []

        async def on_start(worker_info):
            await asyncio.sleep(0)
            calls.append('start')
            return {'a': worker_info.index}

        async def f(x, a, element_index):
            await asyncio.sleep(0)
            return x, a, element_index

        async def on_done(a, stage_status):
            await asyncio.sleep(0)
            calls.append((a, stage_status.done))

        for operation, expected in (('map', [('x', 0, (0,))]), ('filter', ['x']), ('each', []),
                                    ('flat_map', ['x', 0, (0,)])):
            calls.clear()
            stage = getattr(Pl.task, operation)(f, ['x'], on_start=on_start, on_done=on_done)
            self.assertEqual(list(stage), expected)
            self.assertEqual(calls, ['start', (0, True)])

    def test_generators_of_all_sorts(self):
        async def emit_async(x):
            yield x
            yield x

        async def make_list(x):
            return [x, x]

        async def make_generator(x):
            return emit_async(x)

        for f in (emit_async, make_list, make_generator, lambda x: [x, x],
                  lambda x: iter([x, x]), lambda x: make_list(x)):
            self.assertEqual(list(Pl.task.flat_map(f, [1, None])), [1, 1, None, None])

    def test_unbounded_workers(self):
        n_waiting = [0]
        all_wait = []

        async def wait(x):
            if not all_wait:
                all_wait.append(asyncio.Event())
            n_waiting[0] += 1
            if n_waiting[0] == 200:
                all_wait[0].set()
            await all_wait[0].wait()
            return x

        self.assertEqual(sorted(Pl.task.map(wait, range(200), workers=0)), list(range(200)))

    def test_workers_bound_what_is_under_way(self):
        n_now, n_most = [0], [0]

        async def count(x):
            n_now[0] += 1
            n_most[0] = max(n_most[0], n_now[0])
            for _ in range(3):
                await asyncio.sleep(0)
            n_now[0] -= 1
            return x

        self.assertEqual(sorted(Pl.task.map(count, range(50), workers=4)), list(range(50)))
        self.assertEqual(n_most, [4])


if __name__ == '__main__':
    tap.main()
