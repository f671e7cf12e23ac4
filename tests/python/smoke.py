# SPDX-FileCopyrightText: 2026 The pypeln-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a Python program can do with the typelib alone."""

import gc
import os
import sys
import tempfile
import time
import unittest
import weakref

import gi
gi.require_version('Pl', '1')
from gi.repository import Gio, GLib, GObject, Pl  # noqa: E402

import tap  # noqa: E402

PYOBJECT = GObject.TYPE_PYOBJECT
KINDS = {
    'sync': (Pl.sync_map, Pl.sync_filter, Pl.sync_each, Pl.sync_flat_map, Pl.sync_concat),
    'thread': (Pl.thread_map, Pl.thread_filter, Pl.thread_each, Pl.thread_flat_map,
               Pl.thread_concat),
}


def take(stage):
    """The elements of a run, as pl_iterator_next() gives them."""
    iterator = stage.iterate()
    values = []
    while True:
        more, value = iterator.next(None)
        if not more:
            return values
        values.append(value)


def take_in_bulk(stage):
    iterator = stage.iterate()
    values = []
    while more := iterator.next_values(4, None):
        values += more
    return values


def count_threads():
    return len(os.listdir('/proc/self/task'))


def wait_for_threads(count):
    """Those that have been joined stay listed for a moment."""
    deadline = time.monotonic() + 30
    while count_threads() != count:
        assert time.monotonic() < deadline, 'a thread is left'
        time.sleep(0.001)


class Thing:
    """An object that can be referred to weakly."""


class Sources(unittest.TestCase):
    def test_range(self):
        self.assertEqual(take(Pl.Source.new_range(0, 4)), [0, 1, 2, 3])

    def test_strv(self):
        self.assertEqual(take(Pl.Source.new_for_strv(['a', 'ü', ''])), ['a', 'ü', ''])

    def test_values(self):
        thing = Thing()
        values = [GObject.Value(PYOBJECT, thing), GObject.Value(str, 'x')]
        self.assertEqual(take(Pl.Source.new_for_values(values)), [thing, 'x'])

    def test_variant(self):
        variant = GLib.Variant('as', ['a', 'b'])
        self.assertEqual(take(Pl.Source.new_for_variant(variant)), ['a', 'b'])

    def test_list_model(self):
        store = Gio.ListStore.new(Gio.SimpleAction)
        action = Gio.SimpleAction.new('a', None)
        store.append(action)
        self.assertEqual(take(Pl.Source.new_for_list_model(store)), [action])

    def test_lines(self):
        stream = Gio.MemoryInputStream.new_from_bytes(GLib.Bytes.new(b'one\ntwo\n'))
        self.assertEqual(take(Pl.Source.new_for_lines(stream)), ['one', 'two'])

    def test_children(self):
        with tempfile.TemporaryDirectory() as directory:
            open(os.path.join(directory, 'file'), 'w').close()
            source = Pl.Source.new_for_children(Gio.File.new_for_path(directory), False)
            self.assertEqual([file.get_basename() for file in take(source)], ['file'])

    def test_closure(self):
        numbers = iter(range(3))

        def generate(worker):
            number = next(numbers, None)
            if number is not None:
                worker.emit(number)
            return number is not None

        self.assertEqual(take(Pl.Source.new_for_func(generate)), [0, 1, 2])


class Operations(unittest.TestCase):
    def for_each_kind(self, check):
        for kind, functions in KINDS.items():
            for workers in (1, 4):
                with self.subTest(kind=kind, workers=workers):
                    check(workers, *functions)

    def test_map_filter_flat_map_concat(self):
        def emit_twice(number):
            Pl.Worker.get_current().emit(number)
            Pl.Worker.get_current().emit(number)

        def check(workers, pl_map, pl_filter, _each, flat_map, concat):
            numbers = Pl.Source.new_range(0, 10)
            added = pl_map(numbers, lambda number: number + 1, GObject.TYPE_INT)
            odd = pl_filter(added, lambda number: number % 2)
            twice = flat_map(odd, emit_twice)
            for stage in (added, odd, twice):
                stage.set_workers(workers)
            self.assertEqual(sorted(take(concat([twice, numbers]))),
                             sorted([1, 1, 3, 3, 5, 5, 7, 7, 9, 9, *range(10)]))

        self.for_each_kind(check)

    def test_each(self):
        def check(workers, _map, _filter, each, *_rest):
            seen = []
            stage = each(Pl.Source.new_range(0, 10), seen.append)
            stage.props.workers = workers
            self.assertTrue(stage.run(None))
            self.assertEqual(sorted(seen), list(range(10)))

        self.for_each_kind(check)

    def test_objects_pass_by_identity(self):
        things = [Thing(), None, 2 ** 70, (1, 2), {}, b'\0', lambda: 0]

        def check(_workers, pl_map, *_rest):
            stage = pl_map(Pl.Source.new_range(0, len(things)), lambda i: things[i], PYOBJECT)
            again = pl_map(stage, lambda thing: thing, PYOBJECT)
            for got, thing in zip(take(again), things, strict=True):
                self.assertIs(got, thing)

        self.for_each_kind(check)

    def test_index_of_the_element(self):
        def check(_workers, pl_map, *_rest):
            stage = pl_map(Pl.Source.new_range(5, 8),
                           lambda _: list(Pl.Worker.get_current().get_element_index()), PYOBJECT)
            self.assertEqual(take(stage), [[0], [1], [2]])

        self.for_each_kind(check)

    def test_resources(self):
        def check(workers, pl_map, *_rest):
            opened, closed = [], []

            def on_start(worker):
                thing = Thing()
                opened.append(thing)
                worker.set_resource('thing', GObject.Value(PYOBJECT, thing))

            def on_done(status):
                closed.append(Pl.Worker.get_current().get_resource('thing'))
                self.assertLess(status.get_active_workers(), workers)

            stage = pl_map(Pl.Source.new_range(0, 5),
                           lambda _: Pl.Worker.get_current().get_resource('thing'), PYOBJECT)
            stage.set_workers(workers)
            stage.set_on_start(on_start)
            stage.set_on_done(on_done)
            self.assertLessEqual(set(take(stage)), set(opened))
            self.assertEqual(set(opened), set(closed))

        self.for_each_kind(check)


class Runs(unittest.TestCase):
    def test_next_values(self):
        stage = Pl.thread_map(Pl.Source.new_range(0, 100), lambda x: x, PYOBJECT)
        self.assertEqual(take_in_bulk(stage), list(range(100)))

    def test_next_async(self):
        loop = GLib.MainLoop()
        iterator = Pl.thread_map(Pl.Source.new_range(0, 5), lambda x: -x, PYOBJECT).iterate()
        values = []

        def next_cb(iterator, result):
            more, value = iterator.next_finish(result)
            if more:
                values.append(value)
                iterator.next_async(None, next_cb)
            else:
                loop.quit()

        iterator.next_async(None, next_cb)
        loop.run()
        self.assertEqual(values, [0, -1, -2, -3, -4])

    def test_run_async(self):
        loop = GLib.MainLoop()
        seen, results = [], []
        stage = Pl.thread_each(Pl.Source.new_range(0, 5), seen.append)

        def ready_cb(stage, result):
            results.append(stage.run_finish(result))
            loop.quit()

        stage.run_async(None, ready_cb)
        loop.run()
        self.assertEqual((results, sorted(seen)), ([True], [0, 1, 2, 3, 4]))

    def test_run_of_several(self):
        seen = []
        stages = [Pl.thread_each(Pl.Source.new_range(0, 3), seen.append) for _ in range(2)]
        self.assertTrue(Pl.run(stages, None))
        self.assertEqual(sorted(seen), [0, 0, 1, 1, 2, 2])

    def test_properties(self):
        stage = Pl.Source.new_range(0, 1)
        stage.props.workers, stage.props.maxsize, stage.props.name = 2, 3, 'n'
        stage.props.kind = Pl.WorkerKind.THREAD
        self.assertEqual((stage.get_workers(), stage.get_maxsize(), stage.get_name()), (2, 3, 'n'))
        self.assertEqual(stage.get_kind(), Pl.WorkerKind.THREAD)

    def test_dropping_ends_the_threads(self):
        def generate(worker):
            try:
                return worker.emit(1)
            except GLib.Error:
                return False

        count = count_threads()
        endless = Pl.Source.new_for_func(generate)
        stage = Pl.thread_map(endless, lambda x: x, PYOBJECT)
        stage.set_maxsize(2)
        iterator = stage.iterate()
        self.assertEqual(iterator.next(None), (True, 1))
        del iterator
        gc.collect()
        wait_for_threads(count)


class Errors(unittest.TestCase):
    def test_error_of_a_closure(self):
        def fail(number):
            if number == 3:
                error = GLib.Error.new_literal(Gio.io_error_quark(), 'no space',
                                               Gio.IOErrorEnum.NO_SPACE)
                Pl.Worker.get_current().set_error(error)
            return number

        stage = Pl.thread_map(Pl.Source.new_range(0, 9), fail, GObject.TYPE_INT)
        stage.set_name('resize')
        with self.assertRaises(GLib.Error) as caught:
            take(stage)
        self.assertTrue(caught.exception.matches(Gio.io_error_quark(), Gio.IOErrorEnum.NO_SPACE))
        self.assertEqual(caught.exception.message,
                         'stage “resize” (thread map, worker 0, element 3): no space')

    def test_result_that_gets_lost(self):
        stage = Pl.sync_map(Pl.Source.new_range(0, 9), lambda x: x, GObject.TYPE_NONE)
        with self.assertRaises(GLib.Error) as caught:
            take(stage)
        self.assertTrue(caught.exception.matches(Pl.Error.quark(), Pl.Error.UNSET_RESULT))

    def test_no_workers(self):
        stage = Pl.thread_map(Pl.Source.new_range(0, 9), lambda x: x, PYOBJECT)
        stage.set_workers(0)
        with self.assertRaises(GLib.Error) as caught:
            stage.run(None)
        self.assertTrue(caught.exception.matches(Pl.Error.quark(), Pl.Error.INVALID_WORKERS))

    def test_cancelling(self):
        cancellable = Gio.Cancellable()

        def cancel(number):
            if number == 5:
                cancellable.cancel()

        stage = Pl.thread_each(Pl.Source.new_range(0, 1000000), cancel)
        stage.set_maxsize(1)
        with self.assertRaises(GLib.Error) as caught:
            stage.run(cancellable)
        self.assertTrue(caught.exception.matches(Gio.io_error_quark(), Gio.IOErrorEnum.CANCELLED))


class Leaks(unittest.TestCase):
    def test_results_are_released(self):
        for drain in (take, take_in_bulk):
            things = []

            def make(_number):
                thing = Thing()
                things.append(weakref.ref(thing))
                return thing

            stage = Pl.thread_map(Pl.Source.new_range(0, 10), make, PYOBJECT)
            del make
            drain(stage)
            del stage
            gc.collect()
            self.assertEqual([thing for thing in things if thing() is not None], [])

    def test_elements_keep_their_count_of_references(self):
        thing = Thing()
        count = sys.getrefcount(thing)
        for _ in range(3):
            source = Pl.Source.new_for_values([GObject.Value(PYOBJECT, thing)] * 3)
            take(Pl.thread_filter(source, lambda _thing: True))
            del source
        gc.collect()
        self.assertEqual(sys.getrefcount(thing), count)

    def test_closures_are_released(self):
        thing = Thing()
        reference = weakref.ref(thing)
        stage = Pl.thread_map(Pl.Source.new_range(0, 3), lambda _, kept=thing: kept, PYOBJECT)
        stage.set_on_start(lambda _, kept=thing: None)
        stage.set_on_done(lambda _, kept=thing: None)
        take(stage)
        del stage, thing
        gc.collect()
        self.assertIsNone(reference())


if __name__ == '__main__':
    tap.main()
