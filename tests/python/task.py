# SPDX-FileCopyrightText: 2026 The pypeln-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a Python program can do with task stages."""

import unittest

import gi
gi.require_version('Pl', '1')
from gi.repository import Gio, GLib, GObject, Pl  # noqa: E402

import tap  # noqa: E402

PYOBJECT = GObject.TYPE_PYOBJECT


def take(stage):
    iterator = stage.iterate()
    values = []
    while more := iterator.next_values(4, None):
        values += more
    return values


def later(func, *arguments):
    """Calls a function from the main loop, behind what is ready there."""
    def call():
        func(*arguments)
        return GLib.SOURCE_REMOVE

    GLib.idle_add(call)


class Thing:
    """Something that is no value of C."""


class Tasks(unittest.TestCase):
    def test_map_and_filter_that_answer_later(self):
        in_flight = 0
        most = 0

        def begin(number, task):
            nonlocal in_flight, most
            in_flight += 1
            most = max(most, in_flight)
            later(answer, number, task)

        def answer(number, task):
            nonlocal in_flight
            in_flight -= 1
            task.return_value(number * 2)

        odd = Pl.task_filter(Pl.Source.new_range(0, 10),
                             lambda number, task: later(task.return_boolean, number % 2 == 1))
        doubled = Pl.task_map(odd, begin)
        odd.props.workers = 0
        doubled.props.workers = 3
        self.assertEqual(sorted(take(doubled)), [2, 6, 10, 14, 18])
        self.assertEqual(most, 3)

    def test_each_and_flat_map(self):
        seen = []

        def emit(number, task):
            for _ in range(number):
                self.assertTrue(Pl.task_emit(task, number))
            task.return_boolean(True)

        def see(number, task):
            seen.append(number)
            task.return_boolean(True)

        repeated = Pl.task_flat_map(Pl.Source.new_range(0, 4),
                                    lambda number, task: later(emit, number, task))
        self.assertTrue(Pl.task_each(repeated, see).run(None))
        self.assertEqual(seen, [1, 2, 2, 3, 3, 3])

    def test_objects_pass_by_identity(self):
        things = [None, 2**70, (1, 2), Thing()]
        stage = Pl.task_map(
            Pl.Source.new_range(0, len(things)),
            lambda number, task: task.return_value(GObject.Value(PYOBJECT, things[number])))
        for got, thing in zip(take(stage), things):
            self.assertIs(got, thing)

    def test_on_start_and_on_done(self):
        calls = []

        def start(worker, task):
            worker.set_resource('n', 10)
            calls.append('start')
            task.return_boolean(True)

        def end(status, task):
            calls.append((status.props.done, status.props.elements_in))
            task.return_boolean(True)

        def add(number, task):
            task.return_value(number + task.get_source_object().get_resource('n'))

        stage = Pl.task_map(Pl.Source.new_range(0, 3), add)
        stage.set_on_start_task(lambda worker, task: later(start, worker, task))
        stage.set_on_done_task(lambda status, task: later(end, status, task))
        self.assertEqual(take(stage), [10, 11, 12])
        self.assertEqual(calls, ['start', (True, 3)])

    def test_error(self):
        def fail(_number, task):
            later(task.return_error, GLib.Error.new_literal(Gio.io_error_quark(), 'no space',
                                                            Gio.IOErrorEnum.NO_SPACE))

        with self.assertRaises(GLib.Error) as caught:
            take(Pl.task_map(Pl.Source.new_range(0, 3), fail))
        self.assertTrue(caught.exception.matches(Gio.io_error_quark(), Gio.IOErrorEnum.NO_SPACE))
        self.assertEqual(caught.exception.message,
                         'stage “map” (task map, worker 0, element 0): no space')

    def test_task_that_is_let_go_of(self):
        with self.assertRaises(GLib.Error) as caught:
            take(Pl.task_map(Pl.Source.new_range(0, 3), lambda _number, _task: None))
        self.assertTrue(caught.exception.matches(Pl.Error.quark(), Pl.Error.UNANSWERED))


if __name__ == '__main__':
    tap.main()
