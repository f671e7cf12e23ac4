# SPDX-FileCopyrightText: 2026 The pypeln-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Leaving an iteration early ends the run at once, and leaves nothing behind (rule 23)."""

import asyncio
import gc
import itertools
import threading
import unittest
import weakref

import tqdm

import tap
from functions import add_one, same, twice
from util import (CONCURRENT, ENDLESS, IN_PROCESS, KINDS, NothingLeft, Pl, of_kinds, wait_until,
                  wait_until_gone)

BOUNDS = (0, 1, 3)


class Nothing:
    """A file that takes what tqdm writes."""

    def write(self, _text):
        pass

    def flush(self):
        pass


def endless():
    yield from itertools.count()


async def endless_async():
    for i in itertools.count():
        yield i


SOURCES = (lambda: range(ENDLESS), endless, itertools.count, endless_async)


def take(stage, n, maxsize=0):
    taken = []
    for x in Pl.sync.to_iterable(stage, maxsize=maxsize):
        taken.append(x)
        if len(taken) == n:
            break
    return taken


def setUpModule():
    """The background loop and the socket for signals stay: they are to be there before."""
    tqdm.tqdm.monitor_interval = 0 # no thread of its own
    for name in IN_PROCESS:
        list(getattr(Pl, name).map(same, Pl.task.map(same, range(3))))
    # A second loop is for pipelines of functions on the first.
    list(Pl.task.map(lambda x: list(Pl.task.map(same, range(x))), range(3)))


@of_kinds(*KINDS)
class Break:
    def test_rule_23_endless_sources_with_any_bound(self):
        for make in SOURCES:
            for maxsize in BOUNDS:
                with self.subTest(maxsize=maxsize), NothingLeft():
                    stage = self.kind.map(add_one, make(), maxsize=maxsize)
                    self.assertEqual(take(stage, 3, maxsize), [1, 2, 3])

    def test_rule_23_all_operations(self):
        with NothingLeft():
            for maxsize in BOUNDS:
                source = self.kind.map(same, range(ENDLESS), maxsize=maxsize, workers=1)
                for stage in (self.kind.filter(add_one, source, maxsize=maxsize),
                              self.kind.flat_map(twice, source, maxsize=maxsize),
                              self.kind.ordered(source, maxsize=maxsize),
                              self.kind.concat([source, source], maxsize=maxsize)):
                    self.assertEqual(take(stage, 1, maxsize), [0])

    def test_rule_26_next_to_each_other_kind(self):
        for name in KINDS:
            for maxsize in BOUNDS:
                with self.subTest(other=name, maxsize=maxsize), NothingLeft():
                    stage = getattr(Pl, name).map(same, range(ENDLESS), maxsize=maxsize)
                    self.assertEqual(take(self.kind.map(same, stage, maxsize=maxsize), 2), [0, 1])

    def test_an_iterator_that_was_never_asked(self):
        with NothingLeft():
            for _ in range(5):
                iter(self.kind.map(same, range(ENDLESS)))

    def test_closing_twice_and_asking_after_that(self):
        with NothingLeft():
            iterator = iter(self.kind.map(same, range(ENDLESS)))
            self.assertEqual(next(iterator), 0)
            iterator.close()
            iterator.close()
            self.assertEqual(list(iterator), [])

    def test_another_iteration_after_that(self):
        stage = self.kind.map(same, range(ENDLESS), maxsize=1)
        for _ in range(3):
            self.assertEqual(take(stage, 2), [0, 1])

    def test_several_at_once(self):
        with NothingLeft():
            stage = self.kind.map(same, range(ENDLESS), maxsize=1)
            iterators = [iter(stage) for _ in range(3)]
            self.assertEqual([next(iterator) for iterator in iterators * 2], [0] * 3 + [1] * 3)
            del iterators

    def test_through_other_code(self):
        for between in (lambda stage: tqdm.tqdm(stage, file=Nothing()),
                        lambda stage: itertools.islice(stage, 1000000),
                        lambda stage: (x for x in stage),
                        lambda stage: zip(stage, stage)):
            for maxsize in (0, 1):
                with self.subTest(maxsize=maxsize), NothingLeft():
                    inner = between(self.kind.map(same, range(ENDLESS), maxsize=maxsize))
                    self.assertEqual(len(take(self.kind.map(same, inner, maxsize=maxsize), 3)), 3)
                    del inner

    def test_error_of_the_consumer(self):
        with NothingLeft():
            with self.assertRaises(LookupError):
                for _x in self.kind.map(same, range(ENDLESS)):
                    raise LookupError

    def test_in_a_cycle(self):
        """The garbage collector ends the run, on whatever thread that runs."""
        class Holder:
            """What is part of a cycle."""

        with NothingLeft():
            holder = Holder()
            holder.itself = holder
            holder.iterator = iter(self.kind.map(same, range(ENDLESS), maxsize=1))
            next(holder.iterator)
            reference = weakref.ref(holder)
            del holder
            collector = threading.Thread(target=gc.collect)
            collector.start()
            collector.join()
            wait_until_gone(reference)


@of_kinds(*IN_PROCESS)
class Functions:
    def test_generators_are_closed(self):
        closed = threading.Event()

        def count():
            try:
                yield from itertools.count()
            finally:
                closed.set()

        self.assertEqual(take(self.kind.map(same, count(), maxsize=1), 2), [0, 1])
        wait_until(closed.is_set)

    def test_generators_of_flat_maps_are_closed(self):
        closed = threading.Event()

        def count(_x):
            try:
                yield from itertools.count()
            finally:
                closed.set()

        self.assertEqual(take(self.kind.flat_map(count, [1], maxsize=1), 2), [0, 1])
        wait_until(closed.is_set)

    def test_asynchronous_generators_are_closed_before_the_end(self):
        for maxsize in (1, 0):
            closed = []

            async def count():
                try:
                    for i in itertools.count():
                        yield i
                        if i == 5:
                            await asyncio.Event().wait()
                finally:
                    await asyncio.sleep(0.01)
                    closed.append(True)

            iterator = iter(self.kind.map(same, count(), maxsize=maxsize))
            next(iterator)
            iterator.close()
            self.assertEqual(closed, [True])

    def test_sources_that_wait_are_left(self):
        never = threading.Event()

        def wait():
            yield 0
            while not never.is_set():
                never.wait(0.01)
            yield 1

        async def wait_async():
            yield 0
            await asyncio.Event().wait()

        for make in (wait, wait_async):
            with NothingLeft():
                self.assertEqual(take(self.kind.map(same, make()), 1), [0])

    def test_nested_pipelines(self):
        with NothingLeft():
            for name in IN_PROCESS:
                other = getattr(Pl, name)

                def nest(x):
                    return sum(other.map(add_one, other.map(same, range(x), workers=2)))

                with self.subTest(inner=name):
                    self.assertEqual(sorted(self.kind.map(nest, range(20), workers=3)),
                                     [sum(range(1, x + 1)) for x in range(20)])
                    nested = self.kind.map(lambda x: take(other.map(same, range(ENDLESS)), 1)[0],
                                           range(ENDLESS))
                    self.assertEqual(take(nested, 2), [0, 0])

    def test_nested_pipelines_three_deep(self):
        def nest(x):
            return sum(Pl.thread.map(deeper, range(x)))

        def deeper(x):
            return sum(self.kind.map(same, Pl.task.map(add_one, range(x))))

        self.assertEqual(list(self.kind.map(nest, range(4))),
                         [sum(x * (x + 1) // 2 for x in range(n)) for n in range(4)])


@of_kinds(*CONCURRENT)
class Waiting:
    def test_nested_pipelines_that_wait_are_left_with_the_outer_one(self):
        is_inside = threading.Event()

        async def wait(_x):
            is_inside.set()
            await asyncio.Event().wait()

        def nest(_x):
            return list(Pl.task.map(wait, [1]))

        with NothingLeft():
            iterator = iter(Pl.thread.concat([Pl.thread.map(nest, [1]), range(3)]))
            self.assertIn(next(iterator), range(3))
            is_inside.wait()
            iterator.close()

    def test_functions_that_wait_for_their_cancellable(self):
        is_inside = threading.Event()

        def wait(_x):
            cancellable = Pl.Worker.get_current().get_cancellable()
            is_inside.set()
            while not cancellable.is_cancelled():
                threading.Event().wait(0.01)

        async def wait_async(_x):
            is_inside.set()
            await asyncio.Event().wait()

        with NothingLeft():
            stage = self.kind.map(wait_async if self.name == 'task' else wait, range(ENDLESS))
            iterator = iter(Pl.thread.concat([stage, [1]]))
            self.assertEqual(next(iterator), 1)
            is_inside.wait()
            iterator.close()


class Iterators(unittest.TestCase):
    def test_dropping_a_run_of_c(self):
        with NothingLeft():
            iterator = Pl.thread.map(same, range(ENDLESS), maxsize=1).iterate()
            self.assertEqual(next(iterator), 0)
            del iterator


if __name__ == '__main__':
    tap.main()
