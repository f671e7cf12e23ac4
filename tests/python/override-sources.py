# SPDX-FileCopyrightText: 2026 The pypeln-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Where elements come from, and how far ahead of their consumer."""

import array
import asyncio
import collections
import itertools
import threading
import unittest

import tqdm

import tap
from functions import add_one, is_odd, same
from util import IN_PROCESS, KINDS, Gio, GLib, Pl, of_kinds, wait_until


class Sequence:
    """What can be iterated only by its indices."""

    def __getitem__(self, i):
        if i == 3:
            raise IndexError
        return i


class Reiterable:
    def __init__(self, n):
        self.n = n
        self.n_iterations = 0

    def __iter__(self):
        self.n_iterations += 1
        return iter(range(self.n))


class AsyncReiterable:
    def __init__(self, n):
        self.n = n

    async def __aiter__(self):
        for i in range(self.n):
            await asyncio.sleep(0)
            yield i


@of_kinds(*KINDS)
class Iterables:
    def check(self, iterable, expected):
        self.assertEqual(list(self.kind.map(same, iterable)), expected)

    def test_of_all_sorts(self):
        numbers = [0, 1, 2]
        for iterable in (numbers, (0, 1, 2), range(3), iter(numbers), (i for i in numbers),
                         dict.fromkeys(numbers), dict.fromkeys(numbers).keys(),
                         collections.deque(numbers), array.array('i', numbers), b'\0\1\2',
                         bytearray(b'\0\1\2'), memoryview(b'\0\1\2'), Sequence(), Reiterable(3),
                         map(int, '012'), filter(is_none_of_them, numbers), itertools.count(),
                         AsyncReiterable(3), AsyncReiterable(3).__aiter__()):
            with self.subTest(type=type(iterable).__name__):
                if isinstance(iterable, itertools.count):
                    iterable = itertools.islice(iterable, 3)
                self.check(iterable, numbers)

    def test_text_and_empty_ones(self):
        self.check('aé', ['a', 'é'])
        for empty in ('', [], {}, iter(()), range(0), range(3, 0), set(), AsyncReiterable(0)):
            self.check(empty, [])

    def test_ranges(self):
        for numbers in (range(-3, 3), range(0, 10, 3), range(3, -3, -1),
                        range(2 ** 40, 2 ** 40 + 2), range(2 ** 31 - 2, 2 ** 31),
                        range(-2 ** 31, -2 ** 31 + 2), range(2 ** 31 - 2, 2 ** 31 - 1)):
            with self.subTest(range=numbers):
                self.check(numbers, list(numbers))

    def test_list_models(self):
        model = Gio.ListStore()
        for name in 'ab':
            model.append(Gio.FileInfo())
            model[len(model) - 1].set_name(name)
        self.assertEqual([info.get_name() for info in self.kind.map(same, model)]
                         if self.name in IN_PROCESS else ['a', 'b'], ['a', 'b'])

    def test_list_like_sources_give_the_same_in_every_run(self):
        stage = self.kind.map(add_one, [1, 2])
        self.assertEqual([list(stage), list(stage)], [[2, 3], [2, 3]])
        iterable = Reiterable(3)
        stage = self.kind.map(add_one, iterable)
        self.assertEqual([list(stage), list(stage)], [[1, 2, 3]] * 2)
        self.assertEqual(iterable.n_iterations, 2)

    def test_one_shot_iterators_are_empty_the_second_time(self):
        stage = self.kind.map(add_one, (i for i in range(3)))
        self.assertEqual([list(stage), list(stage)], [[1, 2, 3], []])

    def test_changes_of_a_list_between_runs_are_seen(self):
        numbers = [1]
        stage = self.kind.map(add_one, numbers)
        self.assertEqual(list(stage), [2])
        numbers.append(2)
        self.assertEqual(list(stage), [2, 3])

    def test_other_code_between_two_stages(self):
        stage = self.kind.map(add_one, range(10))
        for between in (lambda stage: filter(is_odd, stage),
                        lambda stage: itertools.chain(filter(is_odd, stage)),
                        lambda stage: filter(is_odd, tqdm.tqdm(stage, disable=True)),
                        lambda stage: (x for x in stage if x % 2),
                        lambda stage: filter(is_odd, tqdm.tqdm(stage, file=Nothing()))):
            for maxsize in (0, 1):
                with self.subTest(maxsize=maxsize):
                    self.assertEqual(list(self.kind.map(same, between(stage), maxsize=maxsize)),
                                     [1, 3, 5, 7, 9])

    def test_zip_of_two_runs_of_a_stage(self):
        stage = self.kind.map(add_one, range(5))
        self.assertEqual(list(zip(stage, stage)), [(i, i) for i in range(1, 6)])


def is_none_of_them(_x):
    return True


class Nothing:
    """A file that takes what tqdm writes."""

    def write(self, _text):
        pass

    def flush(self):
        pass


@of_kinds(*IN_PROCESS)
class Laziness:
    def count(self, n=1000):
        self.pulled = 0
        for i in range(n):
            self.pulled += 1
            yield i

    def test_building_pulls_nothing(self):
        stage = self.kind.map(same, self.count())
        stage = self.kind.filter(same, stage)
        iter(stage)
        self.assertFalse(hasattr(self, 'pulled'))
        self.assertEqual(len(list(stage)), 999)

    def test_generators_are_never_pulled_ahead_of_the_bound(self):
        called = []

        def note(x):
            called.append(x)
            return x

        # In hand are: the one that has been taken, and at each of three places (source, function,
        # function's result) one that waits.
        stage = self.kind.map(note, self.count(), maxsize=2)
        iterator = iter(stage)
        for n in range(1, 50):
            next(iterator)
            self.assertLessEqual(len(called), n + 3)
            self.assertLessEqual(self.pulled, n + 8)
        iterator.close()

    def test_async_generators_are_never_pulled_ahead_of_the_bound(self):
        async def count():
            self.pulled = 0
            for i in range(1000):
                self.pulled += 1
                yield i

        iterator = iter(self.kind.map(same, count(), maxsize=2))
        for n in range(1, 50):
            next(iterator)
            self.assertLessEqual(self.pulled, n + 8)
        iterator.close()

    def check_rule_10(self, iterator, called):
        self.assertEqual(next(iterator), 0)
        if self.name == 'sync':
            self.assertEqual(len(called), 1)
            return
        wait_until(lambda: len(called) >= 5)
        self.assert_stays(called, 5)
        # A place is free as soon as its element is taken.
        self.assertEqual(next(iterator), 1)
        wait_until(lambda: len(called) >= 6)
        self.assert_stays(called, 6)
        self.assertEqual(list(iterator), list(range(2, 20)))

    def assert_stays(self, called, n):
        """Has the worker do what it would do wrong."""
        context = GLib.MainContext.default()
        for _ in range(50):
            threading.Event().wait(0.001)
            context.iteration(False)
        self.assertEqual(len(called), n)

    def test_rule_10_of_the_iterators_bound(self):
        called = []

        def note(x):
            called.append(x)
            return x

        stage = self.kind.map(note, range(20))
        self.check_rule_10(iter(self.kind.to_iterable(stage, maxsize=3)), called)

    def test_rule_10_of_the_last_stages_bound(self):
        called = []

        def note(x):
            called.append(x)
            return x

        self.check_rule_10(iter(self.kind.map(note, range(20), maxsize=3)), called)


class Sync(unittest.TestCase):
    def test_sync_pulls_no_more_than_it_gives(self):
        pulled = []

        def count():
            for i in itertools.count():
                pulled.append(i)
                yield i

        for settings in ({}, {'timeout': 60}, {'on_start': dict}, {'retries': 1}):
            with self.subTest(settings=settings):
                pulled.clear()
                iterator = iter(Pl.sync.filter(is_odd, Pl.sync.map(same, count(), **settings)))
                self.assertEqual(next(iterator), 1)
                self.assertEqual(pulled, [0, 1])
                iterator.close()

    def test_settings_that_are_not_for_sync_stages_are_told(self):
        with self.assertRaisesRegex(GLib.Error, 'rate-limit'):
            list(Pl.sync.map(same, range(3), rate_limit=20))


class Concurrency(unittest.TestCase):
    def test_a_source_that_waits_holds_up_nobody_else(self):
        go_on = threading.Event()

        def wait():
            go_on.wait()
            yield 'late'

        for name in ('thread', 'task'):
            go_on.clear()
            iterator = iter(getattr(Pl, name).concat([wait(), ['early']]))
            self.assertEqual(next(iterator), 'early')
            go_on.set()
            self.assertEqual(list(iterator), ['late'])

    def test_an_iterator_goes_on_in_another_thread(self):
        for name in IN_PROCESS:
            iterator = iter(getattr(Pl, name).map(same, range(100), maxsize=3))
            self.assertEqual(next(iterator), 0)
            self.assertEqual(list(Pl.thread.map(same, iterator)), list(range(1, 100)))

    def test_channels(self):
        channel = Pl.Channel()
        stage = Pl.thread.map(add_one, channel)
        iterator = iter(stage)
        first = threading.Thread(target=lambda: [channel.push(i) for i in range(3)])
        first.start()
        self.assertEqual([next(iterator) for _ in range(3)], [1, 2, 3])
        channel.close()
        self.assertEqual(list(iterator), [])
        first.join()


if __name__ == '__main__':
    tap.main()
