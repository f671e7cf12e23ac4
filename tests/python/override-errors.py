# SPDX-FileCopyrightText: 2026 The pypeln-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Errors reach the consumer as the very exceptions that were raised, and none is lost."""

import asyncio
import threading
import traceback
import unittest

import tap
from functions import Local, add_one, divide_by, raise_local, same
from util import CONCURRENT, IN_PROCESS, KINDS, GLib, Pl, of_kinds

OPERATIONS = ('map', 'filter', 'flat_map', 'each')


@of_kinds(*KINDS)
class Types:
    def test_rule_19_own_type_and_attributes(self):
        for operation in OPERATIONS:
            with self.assertRaises(Local) as caught:
                list(getattr(self.kind, operation)(raise_local, [1]))
            self.assertEqual((caught.exception.first, caught.exception.second), (1, 'two'))
            self.assertEqual(str(caught.exception), '1 and two')

    def test_rule_19_traceback_of_the_worker(self):
        for operation in OPERATIONS:
            try:
                list(getattr(self.kind, operation)(divide_by, [0]))
            except ZeroDivisionError:
                text = traceback.format_exc()
            self.assertIn('in divide_by', text)
            self.assertIn('return 1 / x', text)

    def test_where_it_happened_is_noted(self):
        try:
            list(self.kind.map(divide_by, [1, 0], name='halves'))
        except ZeroDivisionError as error:
            # Sync stages that run as generators have nothing to add to their traceback.
            if self.name != 'sync' and hasattr(error, 'add_note'):
                self.assertEqual(len(error.__notes__), 1)
                self.assertRegex(error.__notes__[0], 'stage “halves” .*element 1.*ZeroDivision')

    def test_the_next_iteration_begins_anew(self):
        stage = self.kind.map(divide_by, [1, 0])
        for _ in range(3):
            with self.assertRaises(ZeroDivisionError):
                list(stage)
        iterator = iter(stage)
        with self.assertRaises(ZeroDivisionError):
            list(iterator)
        self.assertEqual(list(iterator), [])

    def test_each_with_run_and_run(self):
        with self.assertRaises(ZeroDivisionError):
            self.kind.each(divide_by, [0], run=True)
        with self.assertRaises(ZeroDivisionError):
            self.kind.run([1], self.kind.each(divide_by, [0]))


@of_kinds(*IN_PROCESS)
class Identity:
    def check(self, error, make_stage):
        """Whoever iterates gets the very exception, blocking and not, in whatever stage it is."""
        for maxsize in (0, 1):
            for behind in (lambda stage: stage, self.kind.ordered, Pl.sync.ordered,
                           lambda stage: Pl.thread.map(same, stage, workers=2),
                           lambda stage: Pl.task.map(same, stage, workers=2),
                           lambda stage: Pl.sync.concat([stage, range(3)])):
                with self.subTest(maxsize=maxsize):
                    with self.assertRaises(type(error)) as caught:
                        list(self.kind.to_iterable(behind(make_stage()), maxsize=maxsize))
                    self.assertIs(caught.exception, error)
                    if not isinstance(error, (KeyboardInterrupt, SystemExit)):
                        with self.assertRaises(type(error)) as caught:
                            asyncio.run(iterate(behind(make_stage()), maxsize))
                        self.assertIs(caught.exception, error)

    def make_raise(self, error):
        def fail(*_arguments):
            raise error
        return fail

    def test_of_functions(self):
        class Mine(Exception):
            """It is local to a function, and cannot be pickled."""

        for error in (ValueError('x'), Mine(), OSError(2, 'no file'), GeneratorExit(),
                      SystemExit(3), KeyboardInterrupt(), AssertionError(), MemoryError(),
                      GLib.Error('x'), asyncio.CancelledError(), TimeoutError(), EOFError(),
                      ValueError('\udc80 \0')):
            with self.subTest(error=type(error).__name__):
                self.check(error, lambda: self.kind.map(self.make_raise(error), range(9)))
        for operation in OPERATIONS:
            with self.subTest(operation=operation):
                self.check(error, lambda: getattr(self.kind, operation)(self.make_raise(error),
                                                                        range(9)))

    def test_of_sources(self):
        error = LookupError()

        def count():
            yield from range(5)
            raise error

        async def count_async():
            for i in range(5):
                yield i
            raise error

        class Unable:
            def __iter__(self):
                raise error

        class UnableAsync:
            def __aiter__(self):
                raise error

        for make in (count, count_async, Unable, UnableAsync):
            with self.subTest(source=make.__name__):
                self.check(error, lambda: self.kind.map(same, make()))

    def test_of_hooks(self):
        error = LookupError()

        def fail():
            raise error

        for hook in ('on_start', 'on_done'):
            with self.subTest(hook=hook):
                self.check(error, lambda: self.kind.map(same, range(5), **{hook: fail}))

    def test_of_generators_in_the_middle(self):
        error = LookupError()

        def emit(x):
            yield x
            if x == 3:
                raise error

        def between(stage):
            for x in stage:
                yield x
                if x == 3:
                    raise error

        self.check(error, lambda: self.kind.flat_map(emit, range(9)))
        self.check(error, lambda: self.kind.map(same, between(self.kind.map(same, range(9)))))

    def test_of_what_is_not_iterable(self):
        with self.assertRaisesRegex(TypeError, 'not iterable'):
            list(self.kind.flat_map(same, [3]))

    def test_of_truth(self):
        error = LookupError()

        class Doubtful:
            def __bool__(self):
                raise error

        self.check(error, lambda: self.kind.filter(lambda _x: Doubtful(), [1]))

    def test_of_what_cannot_be_told_as_text(self):
        class Silent(Exception):
            """It fails where others would tell about it."""

            def __str__(self):
                raise RuntimeError('no text')

        error = Silent()
        self.check(error, lambda: self.kind.map(self.make_raise(error), [1]))

    def test_of_stop_iteration(self):
        for error in (StopIteration(3), StopAsyncIteration(3)):
            for operation in OPERATIONS:
                with self.assertRaises(RuntimeError if isinstance(error, StopIteration)
                                       else StopAsyncIteration):
                    list(getattr(self.kind, operation)(self.make_raise(error), [1]))
                with self.assertRaises(RuntimeError):
                    asyncio.run(iterate(getattr(self.kind, operation)(self.make_raise(error),
                                                                      [1]), 0))

    def test_one_exception_many_times(self):
        error = ValueError('again')
        stage = self.kind.map(self.make_raise(error), [1])
        for _ in range(5):
            with self.assertRaises(ValueError) as caught:
                list(stage)
        self.assertIs(caught.exception, error)
        if self.name != 'sync' and hasattr(error, '__notes__'):
            self.assertEqual(len(error.__notes__), 1)
        self.assertLess(len(traceback.extract_tb(error.__traceback__)), 40)


async def iterate(stage, maxsize):
    return [x async for x in Pl.task.to_async_iterable(stage, maxsize=maxsize)]


@of_kinds(*CONCURRENT)
class Races:
    def test_rule_20_one_of_many(self):
        def fail_once(x):
            if x == 500:
                raise LookupError
            return x

        for workers in (1, 8):
            with self.assertRaises(LookupError):
                list(self.kind.map(fail_once, range(1000), workers=workers))

    def test_rule_20_all_of_many(self):
        def fail(x):
            raise LookupError(x)

        for _ in range(20):
            with self.assertRaises(LookupError):
                list(self.kind.map(fail, range(1000), workers=8, maxsize=1))

    def test_rule_20_while_the_queue_is_full(self):
        def fail_late(x):
            if x == 10:
                raise LookupError
            return x

        iterator = iter(self.kind.map(fail_late, range(1000), maxsize=3, workers=2))
        next(iterator)
        with self.assertRaises(LookupError):
            list(iterator)

    def test_rule_20_while_another_stage_waits(self):
        is_waiting, never = threading.Event(), threading.Event()

        def wait():
            is_waiting.set()
            never.wait(30)
            yield 1

        def fail(_x):
            is_waiting.wait()
            never.set()
            raise LookupError

        stages = [self.kind.map(same, wait()), Pl.thread.map(fail, [1])]
        with self.assertRaises(LookupError):
            list(self.kind.concat(stages))

    def test_rule_20_asynchronous_functions(self):
        class Mine(Exception):
            pass

        async def fail(x):
            await asyncio.sleep(0)
            if x == 7:
                raise Mine(x)
            await asyncio.Event().wait()

        async def fail_at_last(x):
            yield x
            await asyncio.sleep(0)
            raise Mine(x)

        for workers in (0, 8):
            try:
                list(self.kind.map(add_one, Pl.task.map(fail, range(100), workers=workers)))
            except Mine:
                text = traceback.format_exc()
            self.assertRegex(text, '(?s)in fail\n.*raise Mine')
            with self.assertRaises(Mine):
                list(self.kind.map(add_one, Pl.task.flat_map(fail_at_last, range(100),
                                                             workers=workers)))


class FromC(unittest.TestCase):
    def test_errors_of_the_library_stay_its_own(self):
        with self.assertRaises(GLib.Error) as caught:
            list(Pl.thread.map(same, [1], workers=0))
        self.assertTrue(caught.exception.matches(Pl.error_quark(), Pl.Error.INVALID_WORKERS))

    def test_calls_of_c_raise_errors_of_glib(self):
        iterator = Pl.thread.map(divide_by, [0]).iterate()
        with self.assertRaisesRegex(GLib.Error, 'ZeroDivisionError: division by zero'):
            iterator.next_values(1)
        self.assertIsInstance(iterator.get_exception(), ZeroDivisionError)


if __name__ == '__main__':
    tap.main()
