# SPDX-FileCopyrightText: 2026 The pypeln-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The ways in which a Python program takes elements out of a run, and leaves it."""

import gc
import sys
import threading
import unittest
import weakref

import gi
gi.require_version('Pl', '1')
from gi.repository import Gio, GLib, GObject, Pl  # noqa: E402

import tap  # noqa: E402

PYOBJECT = GObject.TYPE_PYOBJECT
MAPS = (Pl.sync_map, Pl.thread_map)
ENDLESS = 2 ** 31 - 1


def numbers(pl_map, n, func=lambda number: number):
    return pl_map(Pl.Source.new_range(0, n), func, PYOBJECT)


def io_error(message, code=Gio.IOErrorEnum.FAILED):
    return GLib.Error.new_literal(Gio.io_error_quark(), message, code)


def wait_for(start, finish):
    """Calls an asynchronous function, and runs the main loop until it has called back."""
    loop = GLib.MainLoop()
    results = []

    def ready_cb(_source, result):
        results.append(result)
        loop.quit()

    start(ready_cb)
    loop.run()
    return finish(results[0])


class Taking(unittest.TestCase):
    def for_each_kind(self, check):
        for pl_map in MAPS:
            with self.subTest(function=pl_map.__name__):
                check(pl_map)

    def test_collect(self):
        self.for_each_kind(lambda pl_map: self.assertEqual(
            numbers(pl_map, 3, lambda x: (x, None)).collect(None),
            [(0, None), (1, None), (2, None)]))

    def test_collect_async(self):
        def check(pl_map):
            stage = numbers(pl_map, 200)
            values = wait_for(lambda cb: stage.collect_async(None, cb), stage.collect_finish)
            self.assertEqual(values, list(range(200)))

        self.for_each_kind(check)

    def test_next_values_async(self):
        def check(pl_map):
            iterator = numbers(pl_map, 100).iterate()
            values = []
            while more := wait_for(lambda cb: iterator.next_values_async(7, None, cb),
                                   iterator.next_values_finish):
                self.assertLessEqual(len(more), 7)
                values += more
            self.assertEqual(values, list(range(100)))

        self.for_each_kind(check)

    def test_each_run_begins_anew(self):
        def check(pl_map):
            stage = numbers(pl_map, 3)
            first, second = stage.iterate(), stage.iterate()
            self.assertEqual(first.next(None), (True, 0))
            self.assertEqual(first.next(None), (True, 1))
            self.assertEqual(second.next(None), (True, 0))

        self.for_each_kind(check)

    def test_end_has_no_value_however_often_it_is_asked_for(self):
        def check(pl_map):
            iterator = numbers(pl_map, 0).iterate()
            for _ in range(2):
                self.assertEqual(iterator.next(None), (False, None))
                self.assertFalse(iterator.next_values(3, None))

        self.for_each_kind(check)

    def test_call_inside_of_a_call_is_pending(self):
        def take_another(_number):
            with self.assertRaises(GLib.Error) as caught:
                holder[0].next(None)
            return caught.exception.matches(Gio.io_error_quark(), Gio.IOErrorEnum.PENDING)

        holder = [numbers(Pl.sync_map, 1, take_another).iterate()]
        self.assertEqual(holder[0].next(None), (True, True))
        holder.clear()

    def test_element_of_a_finished_call_waits_for_its_caller(self):
        def check(pl_map):
            iterator = numbers(pl_map, 3).iterate()
            loop, results = GLib.MainLoop(), []
            iterator.next_async(None, lambda _, result: (results.append(result), loop.quit()))
            loop.run()
            self.assertEqual(iterator.next(None), (True, 1))
            self.assertEqual(iterator.next_finish(results[0]), (True, 0))

        self.for_each_kind(check)

    def test_main_context_of_another_thread(self):
        threads = []

        def run():
            context = GLib.MainContext()
            context.push_thread_default()
            loop = GLib.MainLoop.new(context, False)
            stage = numbers(Pl.sync_map, 3, lambda _: threads.append(threading.get_ident()))

            def ready_cb(stage, result):
                threads.append(threading.get_ident())
                stage.run_finish(result)
                loop.quit()

            stage.run_async(None, ready_cb)
            loop.run()
            context.pop_thread_default()

        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
        self.assertEqual(threads, [thread.ident] * 4)


class Leaving(unittest.TestCase):
    def test_closed_iterator_is_at_its_end(self):
        for pl_map in MAPS:
            stage = numbers(pl_map, ENDLESS)
            stage.set_maxsize(2)
            iterator = stage.iterate()
            self.assertEqual(iterator.next(None), (True, 0))
            for _ in range(2):
                iterator.close()
                self.assertEqual(iterator.next(None), (False, None))

    def test_closing_leaves_the_values_to_their_reader(self):
        for _ in range(300):
            iterator = numbers(Pl.thread_map, 200, lambda number: [number]).iterate()
            thread = threading.Thread(target=iterator.close)
            thread.start()
            try:
                while values := iterator.next_values(50, None):
                    self.assertTrue(all(type(value) is list for value in values))
            except GLib.Error:
                pass
            thread.join()

    def test_close_inside_of_a_function(self):
        for pl_map in MAPS:
            ready = threading.Event()

            def close(_number, ready=ready):
                ready.wait()
                holder[0].close()

            holder = [numbers(pl_map, 3, close).iterate()]
            ready.set()
            with self.assertRaises(GLib.Error) as caught:
                holder[0].next(None)
            self.assertTrue(caught.exception.matches(Gio.io_error_quark(),
                                                     Gio.IOErrorEnum.CANCELLED))
            holder.clear()

    def test_cancelling_reaches_a_function_that_waits(self):
        cancellable = Gio.Cancellable()
        waits, goes_on = threading.Event(), threading.Event()

        def wait(_number):
            Pl.Worker.get_current().get_cancellable().connect(lambda *_: goes_on.set())
            waits.set()
            goes_on.wait()

        def cancel():
            waits.wait()
            cancellable.cancel()

        thread = threading.Thread(target=cancel)
        thread.start()
        with self.assertRaises(GLib.Error) as caught:
            numbers(Pl.thread_map, 3, wait).run(cancellable)
        thread.join()
        self.assertTrue(caught.exception.matches(Gio.io_error_quark(), Gio.IOErrorEnum.CANCELLED))

    def test_cancelling_ends_an_asynchronous_run(self):
        cancellable = Gio.Cancellable()
        stage = numbers(Pl.thread_map, ENDLESS)
        stage.set_maxsize(1)
        GLib.idle_add(cancellable.cancel)
        with self.assertRaises(GLib.Error) as caught:
            wait_for(lambda cb: stage.run_async(cancellable, cb), stage.run_finish)
        self.assertTrue(caught.exception.matches(Gio.io_error_quark(), Gio.IOErrorEnum.CANCELLED))

    def test_dropping_inside_of_a_function(self):
        ready, dropped = threading.Event(), threading.Event()

        def drop(_number):
            ready.wait()
            holder.clear()
            dropped.set()

        holder = [numbers(Pl.thread_map, 3, drop).iterate()]
        ready.set()
        self.assertTrue(dropped.wait(30))


class Failing(unittest.TestCase):
    def test_errors_of_on_start_and_on_done(self):
        def fail(_argument):
            Pl.Worker.get_current().set_error(io_error('no'))

        for pl_map, where in zip(MAPS, ('sync map', 'thread map, worker 0')):
            for which in ('on_start', 'on_done'):
                stage = numbers(pl_map, 3)
                getattr(stage, f'set_{which}')(fail)
                with self.assertRaises(GLib.Error) as caught:
                    stage.run(None)
                self.assertEqual(caught.exception.message, f'stage “map” ({where}, {which}): no')

    def test_error_of_a_source(self):
        source = Pl.Source.new_for_func(lambda worker: worker.set_error(io_error('no')))
        with self.assertRaises(GLib.Error) as caught:
            Pl.thread_concat([source]).run(None)
        self.assertEqual(caught.exception.message, 'stage “source” (sync source, element 0): no')

    def test_error_is_told_once(self):
        def fail(_number):
            Pl.Worker.get_current().set_error(io_error('no'))

        for pl_map in MAPS:
            iterator = numbers(pl_map, 3, fail).iterate()
            with self.assertRaises(GLib.Error):
                wait_for(lambda cb: iterator.next_async(None, cb), iterator.next_finish)
            self.assertEqual(iterator.next(None), (False, None))


class Lifetimes(unittest.TestCase):
    def test_values_are_not_copied_nor_kept(self):
        thing = object()
        count = sys.getrefcount(thing)
        for pl_map in MAPS:
            stage = numbers(pl_map, 100, lambda _: thing)
            stage.run(None)
            stage.collect(None)
            iterator = stage.iterate()
            while iterator.next_values(7, None):
                pass
            iterator = stage.iterate()
            while iterator.next(None)[0]:
                pass
            self.assertEqual(sys.getrefcount(thing), count)

    def test_elements_left_behind_are_released(self):
        class Thing:
            pass

        def make(_number):
            thing = Thing()
            things.append(weakref.ref(thing))
            return thing

        things = []
        iterator = numbers(Pl.thread_map, 1000, make).iterate()
        iterator.next(None)
        iterator.close()
        del iterator
        gc.collect()
        self.assertGreater(len(things), 0)
        self.assertEqual([thing for thing in things if thing() is not None], [])

    def test_worker_that_outlives_its_run(self):
        workers = []
        stage = numbers(Pl.thread_map, 1, lambda _: workers.append(Pl.Worker.get_current()))
        stage.set_name('kept')
        stage.run(None)
        self.assertEqual(workers[0].get_index(), 0)
        self.assertEqual(workers[0].get_stage().get_name(), 'kept')
        self.assertFalse(workers[0].get_element_index())
        self.assertIsNone(Pl.Worker.get_current())


if __name__ == '__main__':
    tap.main()
