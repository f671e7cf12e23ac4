# SPDX-FileCopyrightText: 2026 The pypeln-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a pipeline was made of, and what went through it, is gone when nobody has it any more."""

import asyncio
import gc
import sys
import threading
import unittest
import weakref

import tap
from functions import same
from util import IN_PROCESS, GLib, Pl, of_kinds, wait_until, wait_until_gone

OPERATIONS = ('map', 'filter', 'flat_map', 'each')


class Thing:
    """What can be referenced weakly."""


def make_things(n):
    things = [Thing() for _ in range(n)]
    return things, [weakref.ref(thing) for thing in things]


def get_memory():
    """The resident memory of this process, in bytes."""
    with open('/proc/self/statm', encoding='ascii') as file:
        return int(file.read().split()[1]) * 4096


@of_kinds(*IN_PROCESS)
class Elements:
    def check(self, consume):
        """Nothing but the list that is consumed has the things before and after that."""
        things, references = make_things(20)
        counts = [sys.getrefcount(thing) for thing in things]
        consume(things)

        def are_as_before():
            while GLib.MainContext.default().iteration(False):
                pass
            gc.collect()
            return [sys.getrefcount(thing) for thing in things] == counts

        wait_until(are_as_before)
        things.clear()
        wait_until_gone(*references)

    def test_in_and_out(self):
        self.check(lambda things: list(self.kind.map(same, things)))
        self.check(lambda things: list(self.kind.map(same, iter(things))))
        self.check(lambda things: list(self.kind.map(same, (thing for thing in things))))
        self.check(lambda things: list(self.kind.map(same, things, maxsize=1)))

    def test_in_all_operations(self):
        for operation in OPERATIONS:
            with self.subTest(operation=operation):
                self.check(lambda things: list(getattr(self.kind, operation)(
                    lambda thing: [thing], things)))
        self.check(lambda things: list(self.kind.ordered(self.kind.concat([things, things]))))

    def test_of_asynchronous_iteration(self):
        async def take(things):
            return [thing async for thing in self.kind.map(same, Pl.task.map(same, things))]

        self.check(lambda things: asyncio.run(take(things)))

    def test_of_runs_that_are_left(self):
        def leave(things):
            iterator = iter(self.kind.map(same, things, maxsize=1))
            next(iterator)
            iterator.close()

        self.check(leave)
        self.check(lambda things: next(iter(self.kind.map(same, things, maxsize=1))))
        self.check(lambda things: next(iter(self.kind.map(same, things))))

    def test_of_runs_that_fail(self):
        def fail(things):
            with self.assertRaises(LookupError):
                list(self.kind.map(raise_at_5, enumerate(things)))

        def raise_at_5(pair):
            if pair[0] == 5:
                raise LookupError
            return pair

        self.check(fail)

    def test_of_list_models(self):
        def fill(things):
            model = self.kind.map(same, things).to_list_model()
            while model.props.pending:
                GLib.MainContext.default().iteration(True)
            self.assertEqual(len(model), len(things))
            self.assertIs(model[3].get_value(), things[3])

        self.check(fill)

    def test_of_calls_of_c(self):
        self.check(lambda things: self.kind.map(same, things).collect())
        self.check(lambda things: self.kind.map(same, things).iterate().next())
        self.check(lambda things: self.kind.map(same, things).iterate().next_values(9))

    def test_of_elements_that_are_dropped(self):
        self.check(lambda things: list(self.kind.filter(lambda _thing: False, things)))
        self.check(lambda things: list(self.kind.map(lambda thing: thing.missing, things,
                                                     error_policy=Pl.ErrorPolicy.SKIP)))


@of_kinds(*IN_PROCESS)
class Parts:
    def make_function(self):
        def f(x, **_arguments):
            return [x]
        return f, weakref.ref(f)

    def check(self, use):
        """Stages, functions and hooks are gone after a run, and without one."""
        for operation in OPERATIONS:
            f, f_reference = self.make_function()
            start = lambda: {'resource': f}  # noqa: E731
            start_reference = weakref.ref(start)
            done = lambda: start  # noqa: E731
            done_reference = weakref.ref(done)
            stage = getattr(self.kind, operation)(f, range(5), on_start=start, on_done=done)
            stage_reference = weakref.ref(stage)
            use(stage)
            del f, start, done, stage
            wait_until_gone(f_reference, start_reference, done_reference, stage_reference)

    def test_of_stages_that_were_not_run(self):
        self.check(lambda stage: None)

    def test_of_stages_that_were_run(self):
        self.check(list)
        self.check(lambda stage: (list(stage), list(stage)))
        self.check(lambda stage: asyncio.run(self.collect(stage)))

    async def collect(self, stage):
        return await stage

    def test_of_stages_that_were_left(self):
        self.check(lambda stage: next(iter(stage), None))

    def test_of_iterators_and_workers(self):
        references = []

        def note():
            if self.name != 'task':
                references.append(weakref.ref(Pl.Worker.get_current()))

        iterator = self.kind.map(same, range(3), on_start=note).iterate()
        references.append(weakref.ref(iterator))
        list(iterator)
        del iterator
        wait_until_gone(*references)

    def test_of_failed_runs(self):
        class Failure(Exception):
            """What can be referenced weakly."""

        def fail(_x):
            raise Failure

        f_reference = weakref.ref(fail)
        stage = self.kind.map(fail, [1], on_start=dict)
        references = [f_reference]
        for take in (list, lambda stage: asyncio.run(self.collect(stage))):
            try:
                take(stage)
            except Failure as error:
                references.append(weakref.ref(error))
        del fail, stage
        wait_until_gone(*references)

    def test_of_sources(self):
        class Iterable:
            """What can be referenced weakly."""

            def __iter__(self):
                return iter([1, 2])

        class AsyncIterable:
            """What can be referenced weakly."""

            async def __aiter__(self):
                yield 1

        for make in (Iterable, AsyncIterable):
            iterable = make()
            reference = weakref.ref(iterable)
            stage = self.kind.map(same, iterable)
            list(stage)
            del iterable, stage
            wait_until_gone(reference)


@of_kinds(*IN_PROCESS)
class Memory:
    def check_flat(self, use):
        """What is used many times takes no more memory than what is used some times."""
        use(30000)
        gc.collect()
        before = get_memory()
        use(100000)
        gc.collect()
        self.assertLess(get_memory() - before, 8 << 20)

    def test_of_many_elements(self):
        def use(n):
            for _x in self.kind.map(str, (i for i in range(n)), maxsize=100):
                pass

        self.check_flat(use)

    def test_of_many_runs(self):
        def use(n):
            stage = self.kind.map(same, range(2))
            for _ in range(n // 300):
                list(stage)

        self.check_flat(use)


class Late(unittest.TestCase):
    def test_of_late_functions(self):
        """A function that has timed out lets go of its element when it returns."""
        things, references = make_things(3)
        go_on = threading.Event()

        def wait(thing):
            if thing is first():
                go_on.wait()
            return thing

        first = weakref.ref(things[0])
        self.assertEqual(list(Pl.thread.map(wait, things, timeout=0.1)), things[1:])
        things.clear()
        go_on.set()
        wait_until_gone(*references)


if __name__ == '__main__':
    tap.main()
