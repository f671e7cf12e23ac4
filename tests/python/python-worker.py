# SPDX-FileCopyrightText: 2026 The pypeln-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Process stages whose workers run functions of Python, as the override makes their commands."""

import enum
import math
import os
import pickle
import signal
import sys
import tempfile
import threading
import time
import unittest
import xml.dom
from pathlib import Path
from unittest import mock

import gi
gi.require_version('Pl', '1')
from gi.repository import GLib, Pl  # noqa: E402
from gi.overrides.Pl import exceptions, functions, pickling, processes, sources  # noqa: E402

import tap  # noqa: E402

PATIENCE = 20 # in seconds
COUNT = 3


class Point:
    def __init__(self, x, y):
        self.x, self.y = x, y

    def __eq__(self, other):
        return isinstance(other, Point) and (self.x, self.y) == (other.x, other.y)


class Colour(enum.Enum):
    RED = 1


class OutOfInk(Exception):
    def __init__(self, colour, *, left):
        super().__init__(f'no {colour}')
        self.colour, self.left = colour, left

    def __reduce__(self):
        return restore_ink, (self.colour, self.left)


def restore_ink(colour, left):
    return OutOfInk(colour, left=left)


class Unrestorable(Exception):
    def __init__(self, one, two):
        super().__init__(f'{one} and {two}')


def make(operation, function, elements, on_start=None, on_done=None, **settings):
    command = processes.make_command(function, on_start, on_done)
    stage = getattr(Pl, f'process_{operation}')(sources.to_stage(elements), command)
    stage.set_thread_closure(functions.run_thread)
    for name, value in settings.items():
        stage.set_property(name, value)
    return stage


def take(stage):
    iterator = stage.iterate()
    values = []
    try:
        while more := iterator.next_values(1024, None):
            values += more
    except GLib.Error as error:
        exception = processes.restore(iterator.get_exception())
        if exception is None:
            raise
        exception.message = error.message
        raise exception
    return values


def run(*args, **kwargs):
    return take(make(*args, **kwargs))


def collect_skipped(stage):
    skipped = []
    stage.props.error_policy = Pl.ErrorPolicy.SKIP
    stage.connect('skipped', lambda _stage, element, error: skipped.append((element, error)))
    return skipped


def wait_for(condition):
    limit = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < limit, 'what was waited for has not come'
        time.sleep(0.01)


class Operations(unittest.TestCase):
    def test_map(self):
        self.assertEqual(run('map', lambda x: x + 1, range(50)), list(range(1, 51)))

    def test_map_of_a_builtin(self):
        self.assertEqual(run('map', str, [1, None]), ['1', 'None'])

    def test_filter_passes_the_element_itself_on(self):
        elements = [Point(1, 2), Point(3, 4)]
        kept = run('filter', lambda point: point.x == 3, elements)
        self.assertEqual(len(kept), 1)
        self.assertIs(kept[0], elements[1])

    def test_filter_takes_any_truth(self):
        self.assertEqual(run('filter', lambda x: [None, 'yes', [], 7][x], range(4)), [1, 3])

    def test_each(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(run('each', lambda x: Path(folder, str(x)).touch(), range(3)), [])
            self.assertEqual(sorted(os.listdir(folder)), ['0', '1', '2'])

    def test_flat_map_of_a_generator(self):
        def count(last):
            yield from range(last)
        self.assertEqual(run('flat_map', count, range(4)), [0, 0, 1, 0, 1, 2])

    def test_flat_map_of_a_list(self):
        self.assertEqual(run('flat_map', lambda x: [x] * x, range(4)), [1, 2, 2, 3, 3, 3])

    def test_flat_map_with_a_bound_does_not_run_ahead(self):
        def count(_element):
            for number in range(100):
                Path(folder, str(number)).touch()
                yield number
        with tempfile.TemporaryDirectory() as folder:
            iterator = make('flat_map', count, range(1)).iterate_bounded(1)
            self.assertEqual(iterator.next_values(1, None), [0])
            wait_for(lambda: len(os.listdir(folder)) >= 2)
            self.assertLess(len(os.listdir(folder)), 6)
            iterator.close()

    def test_many_workers(self):
        self.assertEqual(sorted(run('map', lambda x: x * 2, range(500), workers=3)),
                         list(range(0, 1000, 2)))

    def test_results_pass_on_to_another_process(self):
        first = make('map', lambda x: (x, x), range(3))
        self.assertEqual(run('map', lambda pair: sum(pair), first), [0, 2, 4])


class Values(unittest.TestCase):
    def test_any_that_pickles(self):
        values = [None, True, -2**70, 1.5, 'a\0ü\ud800', b'\0\xff', (1, [2, {3: {4}}]), Ellipsis,
                  range(3), ValueError('x'), Path('/tmp'), 'x' * 300, b'y' * 70000]
        for value, back in zip(values, run('map', lambda x: x, values)):
            self.assertEqual(repr(back), repr(value))

    def test_large(self):
        values = [bytes([n]) * 3000000 for n in range(3)]
        self.assertEqual(run('map', lambda data: data + b'.', values),
                         [value + b'.' for value in values])

    def test_values_of_stages_in_c(self):
        self.assertEqual(run('map', lambda x: x, Pl.Source.new_range(0, 3)), [0, 1, 2])
        self.assertEqual(run('map', lambda x: x, Pl.Source.new_for_strv(['a', 'ü'])), ['a', 'ü'])

    def test_classes_of_main(self):
        self.assertEqual(run('map', lambda point: Point(point.y, point.x), [Point(1, 2)]),
                         [Point(2, 1)])
        self.assertEqual(run('map', lambda point: point.x, [Point(1, 2)]), [1])
        self.assertIs(run('map', lambda colour: colour, [Colour.RED])[0], Colour.RED)

    def test_the_word_main(self):
        self.assertEqual(run('map', lambda text: text, ['__main__']), ['__main__'])

    def test_other_elements_than_pickles_are_refused(self):
        command = Pl.Command.new(processes.get_argv())
        command.set_data(processes.make_command(str).get_data())
        stage = Pl.process_map(Pl.Source.new_range(0, 1), command)
        with self.assertRaisesRegex(GLib.Error, 'takes pickles.*the element is a “i”'):
            stage.collect(None)

    def test_element_that_does_not_pickle(self):
        stage = make('map', lambda x: x, [1, threading.Lock()])
        with self.assertRaisesRegex(pickle.PicklingError, 'type lock cannot be sent') as caught:
            take(stage)
        self.assertIn('(process map, worker 0, element 1)', caught.exception.message)

    def test_result_that_does_not_pickle(self):
        with self.assertRaisesRegex(pickle.PicklingError, 'type lock cannot be sent'):
            run('map', lambda _: threading.Lock(), range(1))
        with self.assertRaisesRegex(pickle.PicklingError, 'type lock cannot be sent'):
            run('flat_map', lambda _: [threading.Lock()], range(1))

    def test_result_that_does_not_come_back(self):
        with self.assertRaisesRegex(TypeError, 'missing 1 required positional'):
            run('map', lambda _: Unrestorable(1, 2), range(1))


class Functions(unittest.TestCase):
    def test_arguments_by_name(self):
        def start(worker_info):
            return {'base': 10 * worker_info.index, 'unused': 1}

        def work(element, base, element_index, worker_info):
            return element + base, element_index, worker_info.index

        def finish(stage_status, base, worker_info):
            Path(folder, str(worker_info.index)).write_text(
                f'{stage_status.done} {stage_status.active_workers} {base}')

        with tempfile.TemporaryDirectory() as folder:
            nested = make('flat_map', lambda x: [x, x], range(2))
            got = run('map', work, nested, start, finish)
            self.assertEqual(got, [(0, (0, 0), 0), (0, (0, 1), 0), (1, (1, 0), 0), (1, (1, 1), 0)])
            self.assertEqual(Path(folder, '0').read_text(), 'True 0 0')

    def test_each_worker_starts_and_ends(self):
        with tempfile.TemporaryDirectory() as folder:
            run('map', str, range(0), lambda worker_info: Path(folder, f's{worker_info.index}').
                touch(), lambda worker_info: Path(folder, f'd{worker_info.index}').touch(),
                workers=2)
            self.assertEqual(sorted(os.listdir(folder)), ['d0', 'd1', 's0', 's1'])

    def test_on_start_returns_a_dict(self):
        with self.assertRaisesRegex(TypeError, 'on_start returns a dict'):
            run('map', str, range(1), lambda: 7)

    def test_functions_share_a_closure(self):
        seen = []
        got = run('map', lambda x: (seen.append(x), len(seen))[1], range(3),
                  lambda: seen.append('start') or {})
        self.assertEqual(got, [2, 3, 4])
        self.assertEqual(seen, [])

    def test_path_and_folder_are_those_of_the_program(self):
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, 'serving.py').write_text('double = lambda x: 2 * x\n', encoding='utf-8')
            sys.path.insert(0, folder)
            try:
                import serving # pylint: disable=import-outside-toplevel
                self.assertEqual(run('map', serving.double, [3]), [6])
            finally:
                sys.path.remove(folder)
                del sys.modules['serving']
        self.assertEqual(run('map', lambda _: os.getcwd(), range(1)), [os.getcwd()])

    def test_prints_and_reads(self):
        def work(_):
            print('hello')
            return sys.stdin.read(), os.read(0, 1)
        stage = make('map', work, range(2))
        stage.get_command().props.stderr_mode = Pl.Stderr.COLLECT
        self.assertEqual(take(stage), [('', b''), ('', b'')])

    def test_function_that_does_not_pickle(self):
        lock = threading.Lock()
        with self.assertRaisesRegex(pickle.PicklingError,
                                    'f: function .*work cannot be sent.*variable “lock”, of type'):
            def work(_):
                return lock
            processes.make_command(work)
        with self.assertRaisesRegex(pickle.PicklingError, 'on_done: .*variable “lock”'):
            processes.make_command(str, None, lambda: lock)

    def test_without_cloudpickle(self):
        with mock.patch.object(pickling, 'import_cloudpickle', return_value=None):
            processes.make_command(os.path.basename)
            processes.make_command(lambda x: x)
            with self.assertRaisesRegex(pickle.PicklingError, 'package cloudpickle'):
                processes.make_command(restore_ink)
            with self.assertRaisesRegex(pickle.PicklingError, 'on_start: .*package cloudpickle'):
                processes.make_command(str, lambda: {})

    def test_plain_functions_need_no_cloudpickle(self):
        constant, numbers = 5, [1, 2]

        def work(element: int, power=2, *, base=10):
            squares = [number ** power for number in numbers]
            inner = lambda: (math.floor(1.5), constant, Path('/x').name, COUNT)
            return element, squares, base, inner(), sys.modules.get('cloudpickle') is None

        self.assertEqual(run('map', work, [7]), [(7, [1, 4], 10, (1, 5, 'x', 3), True)])

    def test_other_functions_need_it(self):
        self.assertEqual(run('map', lambda _: 'cloudpickle' in sys.modules, [7]), [False])
        self.assertEqual(run('map', lambda x: restore_ink and 'cloudpickle' in sys.modules, [7]),
                         [True])
        self.assertEqual(run('map', lambda _: xml.dom.__name__, [7]), ['xml.dom'])

    def test_function_that_is_not_known_there(self):
        module = type(sys)('nowhere')
        exec('def work(x): return x', module.__dict__) # pylint: disable=exec-used
        sys.modules['nowhere'] = module
        with self.assertRaisesRegex(ModuleNotFoundError, 'nowhere') as caught:
            run('map', module.work, range(1))
        self.assertIn('on_start', caught.exception.message)


class Failures(unittest.TestCase):
    def test_exception_comes_back_with_its_traceback(self):
        def print_page(_):
            raise OutOfInk('cyan', left=3)
        with self.assertRaises(OutOfInk) as caught:
            run('map', print_page, range(1))
        error = caught.exception
        self.assertEqual((error.colour, error.left), ('cyan', 3))
        self.assertEqual(error.message,
                         'stage “map” (process map, worker 0, element 0): OutOfInk: no cyan')
        self.assertIsInstance(error.__cause__, exceptions.RemoteTraceback)
        text = str(error.__cause__)
        self.assertIn('in print_page', text)
        self.assertIn('OutOfInk: no cyan', text)
        self.assertNotIn('serving.py', text)

    def test_exception_whose_class_takes_other_arguments(self):
        def work(_):
            raise Unrestorable(1, 2)
        with self.assertRaises(Unrestorable) as caught:
            run('map', work, range(1))
        self.assertEqual(str(caught.exception), '1 and 2')
        self.assertIn('in work', str(caught.exception.__cause__))

    def test_exception_that_does_not_pickle(self):
        def work(_):
            raise ValueError(threading.Lock())
        with self.assertRaisesRegex(exceptions.RemoteError, '^ValueError: <unlocked'):
            run('map', work, range(1))

    def test_exit_in_a_function(self):
        with self.assertRaises(SystemExit) as caught:
            run('map', lambda _: exit(3), range(1))
        self.assertEqual(caught.exception.code, 3)

    def test_keyboard_interrupt_of_the_function_itself(self):
        def work(_):
            raise KeyboardInterrupt
        with self.assertRaises(KeyboardInterrupt):
            run('map', work, range(1))

    def test_failures_of_on_start_and_on_done(self):
        with self.assertRaises(ZeroDivisionError) as caught:
            run('map', str, range(1), lambda: 1 / 0)
        self.assertIn('on_start', caught.exception.message)
        with self.assertRaises(ZeroDivisionError) as caught:
            run('map', str, range(1), None, lambda: 1 / 0)
        self.assertIn('on_done', caught.exception.message)

    def test_failure_in_a_generator(self):
        def work(_):
            yield 1
            raise ValueError('x')
        stage = make('flat_map', work, range(2))
        skipped = collect_skipped(stage)
        self.assertEqual(take(stage), [1, 1])
        self.assertEqual(len(skipped), 2)

    def test_skip_and_retries(self):
        stage = make('map', lambda x: 1 // x, [0, 1, 0], retries=2)
        skipped = collect_skipped(stage)
        self.assertEqual(take(stage), [1])
        self.assertEqual([element for element, _ in skipped], [0, 0])

    def test_timeout(self):
        def work(element):
            if element == 1:
                time.sleep(PATIENCE)
            return element
        self.assertEqual(run('map', work, range(4), timeout=1000), [0, 2, 3])

    def test_killed(self):
        stage = make('map', lambda x: x if x != 2 else os.kill(os.getpid(), signal.SIGKILL),
                     range(4))
        skipped = collect_skipped(stage)
        self.assertEqual(take(stage), [0, 1, 3])
        self.assertIn('killed by signal 9', skipped[0][1].message)


class End(unittest.TestCase):
    def assert_closing_interrupts(self, work, grace):
        with tempfile.TemporaryDirectory() as folder:
            stage = make('map', work, [folder], None,
                         lambda: Path(folder, 'done').touch())
            stage.get_command().props.grace = grace
            iterator = stage.iterate()
            wait_for(lambda: os.path.exists(f'{folder}/begun'))
            begin = time.monotonic()
            iterator.close()
            return sorted(os.listdir(folder)), time.monotonic() - begin

    def test_finally_is_run_when_the_run_is_closed(self):
        def work(folder):
            Path(folder, 'begun').touch()
            try:
                time.sleep(2 * PATIENCE)
            finally:
                Path(folder, 'finally').touch()
        files, seconds = self.assert_closing_interrupts(work, PATIENCE * 1000)
        self.assertEqual(files, ['begun', 'done', 'finally'])
        self.assertLess(seconds, PATIENCE)

    def test_function_that_does_not_end_is_ended(self):
        def work(folder):
            Path(folder, 'begun').touch()
            while True:
                try:
                    time.sleep(PATIENCE)
                except KeyboardInterrupt:
                    pass
        files, seconds = self.assert_closing_interrupts(work, 300)
        self.assertEqual(files, ['begun'])
        self.assertLess(seconds, PATIENCE)

    def test_elements_are_given_back(self):
        def work(element):
            while element == 0 and len(os.listdir(folder)) < 29:
                time.sleep(0.01)
            Path(folder, str(element)).touch()
            return element
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(run('map', work, range(30), workers=2)[-1], 0)

    def test_atexit_functions_are_run(self):
        def start():
            import atexit # pylint: disable=import-outside-toplevel
            atexit.register(Path(folder, 'exit').touch)
        with tempfile.TemporaryDirectory() as folder:
            run('map', str, range(1), start)
            self.assertEqual(os.listdir(folder), ['exit'])


if __name__ == '__main__':
    tap.main()
