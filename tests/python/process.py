# SPDX-FileCopyrightText: 2026 The pypeln-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Process stages of a Python program, whose workers are other programs."""

import os
import threading
import unittest
from pathlib import Path

import gi
gi.require_version('Pl', '1')
from gi.repository import Gio, GLib, GObject, Pl  # noqa: E402

import tap  # noqa: E402

PLAIN_WORKER = Path(__file__).resolve().parents[2] / 'examples/python/plain-worker.py'


def run_program(protocol, *argv, **settings):
    command = Pl.Command.new(list(argv))
    command.props.protocol = protocol
    command.props.stderr_mode = Pl.Stderr.COLLECT
    for name, value in settings.items():
        command.set_property(name, value)
    return command


def lines(*argv):
    return run_program(Pl.Protocol.LINES, *argv)


def oneshot(*argv, **settings):
    return run_program(Pl.Protocol.ONESHOT, *argv, **settings)


def plain_worker():
    return run_program(Pl.Protocol.FRAMES, str(PLAIN_WORKER))


def make_values(gtype, *contents):
    return Pl.Source.new_for_values([GObject.Value(gtype, content) for content in contents])


def collect_skipped(stage):
    """Has the stage skip what it fails with, and tells what that is."""
    told = []
    stage.props.error_policy = Pl.ErrorPolicy.SKIP
    stage.connect('skipped', lambda _stage, value, error: told.append((value, error)))
    return told


class Lines(unittest.TestCase):
    def test_map(self):
        words = Pl.Source.new_for_strv(['colour', 'trée', ''])
        stage = Pl.process_map(words, lines('sed', '-u', 's/our/or/'))
        self.assertEqual(stage.collect(None), ['color', 'trée', ''])

    def test_several_workers(self):
        stage = Pl.process_map(Pl.Source.new_range(0, 100), lines('sed', '-u', 's/^/n/'))
        stage.set_workers(3)
        self.assertEqual(Pl.sync_ordered(stage).collect(None), [f'n{i}' for i in range(100)])

    def test_each(self):
        stage = Pl.process_each(Pl.Source.new_range(0, 5), lines('cat'))
        self.assertTrue(stage.run(None))

    def test_no_filter(self):
        stage = Pl.process_filter(Pl.Source.new_range(0, 5), lines('cat'))
        with self.assertRaisesRegex(GLib.Error, 'which does for map and each') as caught:
            stage.run(None)
        self.assertTrue(caught.exception.matches(Pl.error_quark(), Pl.Error.INVALID_KIND))

    def test_missing_program_is_no_fault_of_an_element(self):
        for protocol in (Pl.Protocol.LINES, Pl.Protocol.ONESHOT, Pl.Protocol.FRAMES):
            stage = Pl.process_map(Pl.Source.new_range(0, 5),
                                   run_program(protocol, '/missing/program'))
            told = collect_skipped(stage)
            with self.assertRaisesRegex(GLib.Error, 'there is no such program') as caught:
                stage.collect(None)
            self.assertTrue(caught.exception.matches(Pl.error_quark(), Pl.Error.WORKER_START))
            self.assertEqual(told, [])


class Oneshot(unittest.TestCase):
    def test_map(self):
        """PyGObject does not copy bytes: they are there until the next call of the iterator."""
        stage = Pl.process_map(Pl.Source.new_for_strv(['one', 'two words']),
                               oneshot('tr', 'a-z', 'A-Z'))
        iterator = stage.iterate()
        results = []
        while values := iterator.next_values(10, None):
            results += [value.get_data() for value in values]
        self.assertEqual(results, [b'ONE', b'TWO WORDS'])

    def test_argument_and_string(self):
        command = oneshot('factor', '{}', result_type=GObject.TYPE_STRING)
        stage = Pl.process_map(Pl.Source.new_range(10, 13), command)
        self.assertEqual(stage.collect(None), ['10: 2 5', '11: 11', '12: 2 2 3'])

    def test_filter(self):
        is_even = oneshot('sh', '-c', 'exit $(({} % 2))')
        stage = Pl.process_filter(Pl.Source.new_range(0, 6), is_even)
        self.assertEqual(stage.collect(None), [0, 2, 4])

    def test_flat_map(self):
        stage = Pl.process_flat_map(Pl.Source.new_range(0, 4), oneshot('seq', '{}'))
        self.assertEqual(stage.collect(None), ['1', '1', '2', '1', '2', '3'])

    def test_errors(self):
        stage = Pl.process_each(Pl.Source.new_range(0, 3),
                                oneshot('sh', '-c', '[ {} != 1 ] || { echo oh no >&2; exit 7; }'))
        stage.props.name = 'check'
        with self.assertRaises(GLib.Error) as caught:
            stage.run(None)
        self.assertTrue(caught.exception.matches(Pl.error_quark(), Pl.Error.WORKER_EXITED))
        self.assertEqual(caught.exception.message,
                         'stage “check” (process each, worker 0, element 1): '
                         'The program exited with status 7: oh no')

        told = collect_skipped(stage)
        self.assertTrue(stage.run(None))
        self.assertEqual([(value, error.message) for value, error in told],
                         [(1, 'The program exited with status 7: oh no')])

    def test_timeout_and_figures(self):
        stage = Pl.process_map(Pl.Source.new_range(0, 3),
                               oneshot('sh', '-c', 'while [ {} = 1 ]; do sleep 1; done; echo {}',
                                       result_type=GObject.TYPE_STRING))
        stage.props.timeout = 300
        stage.props.workers = 3
        iterator = stage.iterate()
        results = []
        while values := iterator.next_values(3, None):
            results += values
        figures = iterator.props.status.get_stage_status(stage)
        self.assertEqual(sorted(results), ['0', '2'])
        self.assertEqual(figures.get_elements_in(), 3)
        self.assertEqual(figures.get_elements_out(), 2)
        self.assertEqual(figures.get_elements_timed_out(), 1)
        self.assertEqual(figures.get_active_workers(), 0)
        self.assertGreater(figures.get_busy_time(), 300000)

    def test_environment_and_folder(self):
        command = oneshot('sh', '-c', 'echo "$GREETING $(pwd)"', result_type=GObject.TYPE_STRING)
        command.setenv('GREETING', 'hello')
        command.set_cwd('/')
        stage = Pl.process_map(Pl.Source.new_range(0, 1), command)
        self.assertEqual(stage.collect(None), ['hello /'])


class Frames(unittest.TestCase):
    def test_map(self):
        numbers = make_values(GObject.TYPE_INT64, *range(200))
        stage = Pl.process_map(numbers, plain_worker())
        self.assertEqual(stage.collect(None), [2 * i for i in range(200)])

    def test_several_workers_and_bounds(self):
        numbers = make_values(GObject.TYPE_INT64, *range(50))
        stage = Pl.process_map(numbers, plain_worker())
        stage.props.workers = 3
        stage.props.maxsize = 2
        self.assertEqual(sorted(stage.collect(None)), [2 * i for i in range(50)])

    def test_errors_of_the_worker(self):
        stage = Pl.process_map(make_values(GObject.TYPE_STRING, 'text'), plain_worker())
        with self.assertRaisesRegex(GLib.Error, 'This worker doubles values of type x') as caught:
            stage.collect(None)
        self.assertEqual(caught.exception.domain, 'plain-worker')

    def test_python_objects_do_not_travel(self):
        objects = make_values(GObject.TYPE_PYOBJECT, {'a': 1})
        stage = Pl.process_map(objects, plain_worker())
        with self.assertRaisesRegex(GLib.Error, 'PyObject') as caught:
            stage.collect(None)
        self.assertTrue(caught.exception.matches(Pl.error_quark(), Pl.Error.UNSUPPORTED_TYPE))

    def test_a_function_of_this_program_needs_a_program_of_c(self):
        stage = Pl.process_map(Pl.Source.new_range(0, 1), Pl.Command.new_self('shrink'))
        with self.assertRaises(GLib.Error) as caught:
            stage.collect(None)
        self.assertTrue(caught.exception.matches(Pl.error_quark(), Pl.Error.NOT_REGISTERED))


class Running(unittest.TestCase):
    def test_between_stages_of_other_kinds(self):
        words = Pl.thread_map(Pl.Source.new_range(0, 20), str, GObject.TYPE_STRING)
        marked = Pl.process_map(words, lines('sed', '-u', 's/$/!/'))
        long = Pl.sync_filter(marked, lambda word: len(word) > 2)
        self.assertEqual(long.collect(None), [f'{i}!' for i in range(10, 20)])

    def test_in_a_main_loop(self):
        loop = GLib.MainLoop()
        told = []

        def collected(stage, result):
            told.append((stage.collect_finish(result), threading.current_thread()))
            loop.quit()

        stage = Pl.process_map(Pl.Source.new_range(0, 3), lines('cat'))
        stage.collect_async(None, collected)
        loop.run()
        self.assertEqual(told, [(['0', '1', '2'], threading.main_thread())])

    def test_cancelling_ends_processes(self):
        read_end, write_end = os.pipe()
        os.set_inheritable(write_end, True)
        cancellable = Gio.Cancellable()
        stage = Pl.process_each(Pl.Source.new_range(0, 2),
                                oneshot('sh', '-c', 'echo $$ >"$0"; sleep 1000',
                                        f'/proc/{os.getpid()}/fd/{write_end}'))
        GLib.io_add_watch(read_end, GLib.IO_IN, lambda *_: cancellable.cancel())
        loop = GLib.MainLoop()
        errors = []

        def finished(stage, result):
            try:
                stage.run_finish(result)
            except GLib.Error as error:
                errors.append(error)
            loop.quit()

        stage.run_async(cancellable, finished)
        loop.run()
        self.assertTrue(errors[0].matches(Gio.io_error_quark(), Gio.IOErrorEnum.CANCELLED))
        pid = int(os.read(read_end, 100).split()[0])
        self.assertRaises(ProcessLookupError, os.kill, pid, 0)
        os.close(read_end)
        os.close(write_end)


if __name__ == '__main__':
    tap.main()
