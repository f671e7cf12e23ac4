# SPDX-FileCopyrightText: 2026 The pypeln-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Signals while a program waits for elements, functions that are late, and the end of programs."""

import asyncio
import gc
import os
import signal
import sys
import threading
import time
import unittest
import unittest.mock

import tap
from functions import add_one, same
from gi.repository import GLib
from util import CONCURRENT, ENDLESS, NothingLeft, Pl, of_kinds, run_program, start_program

HEAD = '''
import asyncio, itertools, threading, time

told = []

def tell(x):
    """The program is where it is to be interrupted."""
    if not told:
        told.append(x)
        print('ready', flush=True)
    return x

def compute(x):
    while True:
        tell(x)

def wait(x):
    tell(x)
    while True:
        time.sleep(0.001)

async def wait_async(x):
    tell(x)
    await asyncio.Event().wait()

async def take_all(stage):
    async for x in stage:
        pass
'''

TAIL = '''
except KeyboardInterrupt:
    print('interrupted')
print([thread.name for thread in threading.enumerate() if not thread.daemon])
'''


class Interrupt(unittest.TestCase):
    def check(self, *lines, head=''):
        text = ''.join([HEAD, head, 'try:\n', *(f'    {line}\n' for line in lines), TAIL])
        with start_program(text) as program:
            self.assertEqual(program.stdout.readline(), 'ready\n')
            begun = time.monotonic()
            program.send_signal(signal.SIGINT)
            try:
                printed, complaints = program.communicate(timeout=20)
            except Exception:
                program.send_signal(signal.SIGABRT)
                raise AssertionError(program.communicate()[1]) from None
        self.assertEqual((program.returncode, printed, complaints),
                         (0, "interrupted\n['MainThread']\n", ''))
        self.assertLess(time.monotonic() - begun, 10)

    def test_endless_pipeline(self):
        for kind in ('sync', 'thread', 'task'):
            with self.subTest(kind=kind):
                self.check(f'for x in Pl.{kind}.map(tell, itertools.count()): pass')

    def test_endless_pipeline_that_the_library_runs(self):
        self.check('for x in Pl.sync.map(tell, itertools.count(), on_start=dict): pass')

    def test_functions_that_compute(self):
        self.check('list(Pl.thread.map(compute, range(9), workers=3))')

    def test_functions_that_wait(self):
        self.check('list(Pl.thread.map(wait, range(9), workers=3))')
        self.check('list(Pl.task.map(wait_async, range(9), workers=3))')

    def test_sources_that_wait(self):
        self.check('list(Pl.thread.map(tell, map(wait, itertools.count())))')

    def test_each_and_run(self):
        self.check('Pl.task.run(Pl.task.map(wait_async, [1]), Pl.thread.map(wait, [1]))')

    def test_asyncio_run(self):
        self.check('asyncio.run(take_all(Pl.thread.map(wait, range(9), workers=3)))')
        self.check('asyncio.run(take_all(Pl.task.map(wait_async, range(9), workers=3)))')

    def test_main_loop(self):
        # One that comes before the loop runs is PyGObject's to lose.
        self.check('told.append(1)',
                   'model = Pl.thread.map(wait, range(9)).to_list_model()',
                   'GLib.idle_add(lambda: print("ready", flush=True))',
                   'GLib.MainLoop().run()')


class Signals(unittest.TestCase):
    def setUp(self):
        self.former = signal.getsignal(signal.SIGUSR1)
        self.addCleanup(lambda: signal.signal(signal.SIGUSR1, self.former))

    def test_handlers_run_while_the_main_thread_waits(self):
        handled = threading.Event()
        signal.signal(signal.SIGUSR1, lambda *_: handled.set())

        def send(x):
            handled.clear()
            os.kill(os.getpid(), signal.SIGUSR1)
            handled.wait()
            return x

        self.assertEqual(list(Pl.thread.map(send, range(20))), list(range(20)))
        self.assertEqual(list(Pl.thread.map(send, range(20), maxsize=1)), list(range(20)))

    def test_handlers_that_raise_end_the_run(self):
        class Alarm(Exception):
            pass

        def handle(*_arguments):
            raise Alarm

        signal.signal(signal.SIGUSR1, handle)
        with NothingLeft():
            with self.assertRaises(Alarm):
                list(Pl.thread.map(lambda _x: os.kill(os.getpid(), signal.SIGUSR1),
                                   range(ENDLESS)))

    def test_handlers_that_raise_while_an_error_is_made(self):
        """PyGObject loses what is raised then."""
        def fail(_x):
            raise ValueError('failed')

        # As if it came while that runs, in the file that it is in.
        init = GLib.Error.__init__
        names = {'init': init, 'signal': signal}
        exec(compile('def interrupted(*arguments):\n'
                     '    signal.raise_signal(signal.SIGINT)\n'
                     '    init(*arguments)\n', init.__code__.co_filename, 'exec'), names)
        with NothingLeft(), unittest.mock.patch.object(GLib.Error, '__init__',
                                                       names['interrupted']):
            with self.assertRaises(KeyboardInterrupt):
                list(Pl.thread.map(fail, range(3)))

    def test_handlers_may_iterate_pipelines(self):
        results = []
        handled = threading.Event()

        def handle(*_arguments):
            results.append(list(Pl.thread.map(add_one, range(3))))
            handled.set()

        def send(x):
            handled.clear()
            os.kill(os.getpid(), signal.SIGUSR1)
            handled.wait()
            return x

        signal.signal(signal.SIGUSR1, handle)
        self.assertEqual(list(Pl.thread.map(send, range(5))), list(range(5)))
        self.assertEqual(results, [[1, 2, 3]] * 5)
        self.assertEqual(signal.set_wakeup_fd(-1), -1)

    def test_whoever_has_a_wakeup_fd_hears_of_signals_and_keeps_it(self):
        handled = threading.Event()
        signal.signal(signal.SIGUSR1, lambda *_: handled.set())
        reader, writer = os.pipe2(os.O_NONBLOCK)
        former = signal.set_wakeup_fd(writer)

        def send(_x):
            os.kill(os.getpid(), signal.SIGUSR1)
            handled.wait()

        list(Pl.thread.map(send, [1]))
        gc.collect()
        self.assertEqual(signal.set_wakeup_fd(former), writer)
        self.assertEqual(os.read(reader, 100), bytes([signal.SIGUSR1]))
        os.close(reader)
        os.close(writer)

    def test_handlers_of_asyncio(self):
        def send(x):
            os.kill(os.getpid(), signal.SIGUSR1)
            return x

        async def main():
            handled = asyncio.Event()
            asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, handled.set)
            for run in (True, False):
                handled.clear()
                stage = Pl.thread.map(send, [1])
                self.assertEqual(list(stage) if run else await stage, [1])
                await handled.wait()

        asyncio.run(main())

    def test_other_threads_wait_without_them(self):
        results = []
        thread = threading.Thread(target=lambda: results.extend(Pl.thread.map(add_one, range(9))))
        thread.start()
        thread.join()
        self.assertEqual(results, list(range(1, 10)))


class Late(unittest.TestCase):
    """Functions of thread stages that nobody waits for any more are interrupted (rule 17)."""

    def setUp(self):
        self.complaints = []
        for hook in ('excepthook', 'unraisablehook'):
            self.addCleanup(setattr, sys, hook, getattr(sys, hook))
            setattr(sys, hook, lambda *arguments: self.complaints.append(arguments))
        self.addCleanup(lambda: self.assertEqual(self.complaints, []))

    def test_rule_17_a_function_that_computes_cleans_up(self):
        events = []

        def compute(x):
            try:
                while x == 1:
                    pass
                return x
            except Pl.WorkerInterrupt:
                events.append('interrupted')
                raise
            finally:
                events.append(x)

        with NothingLeft():
            self.assertEqual(list(Pl.thread.map(compute, range(3), timeout=0.1)), [0, 2])
        self.assertEqual(sorted(map(str, events)), ['0', '1', '2', 'interrupted'])

    def test_rule_17_what_a_late_function_returns_is_discarded(self):
        def compute(x):
            try:
                while x == 1:
                    pass
            except Pl.WorkerInterrupt:
                pass
            return x

        self.assertEqual(list(Pl.thread.map(compute, range(3), timeout=0.1)), [0, 2])

    def test_rule_17_flat_map_and_filter(self):
        def emit(x):
            yield x
            while x == 1:
                pass

        self.assertEqual(list(Pl.thread.flat_map(emit, range(3), timeout=0.1)), [0, 1, 2])
        self.assertEqual(list(Pl.thread.filter(lambda x: list(emit(x)), range(3), timeout=0.1)),
                         [0, 2])

    def test_functions_that_compute_are_left(self):
        is_inside = threading.Event()

        def compute(_x):
            is_inside.set()
            while True:
                pass

        with NothingLeft():
            iterator = iter(Pl.thread.concat([Pl.thread.map(compute, [1]), [1]]))
            self.assertEqual(next(iterator), 1)
            is_inside.wait()
            iterator.close()

    def test_functions_that_compute_behind_nested_pipelines_are_left(self):
        is_inside = threading.Event()

        def compute(_x):
            for _y in Pl.thread.map(same, range(ENDLESS), maxsize=1):
                is_inside.set()

        def compute_after(_x):
            list(Pl.thread.map(same, (y for y in range(3))))
            for y in iter(int, 1):
                is_inside.set()

        for f in (compute, compute_after):
            is_inside.clear()
            with self.subTest(f=f.__name__), NothingLeft():
                iterator = iter(Pl.thread.concat([Pl.thread.map(f, [1]), [1]]))
                self.assertEqual(next(iterator), 1)
                is_inside.wait()
                iterator.close()

    def test_an_interrupt_hits_nothing_but_the_function(self):
        """Functions return just when their time is over."""
        def compute(x):
            end = time.monotonic() + 0.002
            while time.monotonic() < end:
                pass
            return x

        n_returned = 0
        for _ in range(3):
            results = list(Pl.thread.map(compute, range(100), timeout=0.002, workers=4))
            self.assertLessEqual(set(results), set(range(100)))
            self.assertEqual(len(set(results)), len(results))
            n_returned += len(results)
        self.assertLess(n_returned, 300)

    def test_leaving_hits_nothing_but_functions(self):
        for _ in range(100):
            iterator = iter(Pl.thread.map(add_one, Pl.thread.map(add_one, iter(range(1000)),
                                                                 workers=2), maxsize=1))
            self.assertIn(next(iterator), range(2, 10))
            iterator.close()


@of_kinds(*CONCURRENT)
class Exit:
    """A program may end with a run under way."""

    def check(self, text):
        status, printed, complaints = run_program(
            f'import asyncio, itertools, threading, time\nkind = Pl.{self.name}\n'
            'stage = kind.map(lambda x: x, itertools.count(), maxsize=1, workers=3)\n'
            f'{text}\nprint("end")\n')
        self.assertEqual((status, printed, complaints), (0, 'end\n', ''))

    def test_iterators(self):
        self.check('iterators = [iter(stage), stage.iterate()]\n'
                   'for iterator in iterators: next(iterator)')

    def test_list_model(self):
        self.check('model = stage.to_list_model()\n'
                   'while len(model) < 3: GLib.MainContext.default().iteration(True)')

    def test_daemon_thread(self):
        self.check('event = threading.Event()\n'
                   'def run():\n'
                   '    try:\n'
                   '        for x in stage: event.set()\n'
                   '    except GLib.Error: pass\n' # its run has been closed
                   'threading.Thread(target=run, daemon=True).start()\n'
                   'event.wait()')

    def test_loop_that_has_been_stopped(self):
        self.check('async def main():\n'
                   '    global elements\n'
                   '    elements = stage.__aiter__()\n'
                   '    await elements.__anext__()\n'
                   'loop = asyncio.new_event_loop()\n'
                   'loop.run_until_complete(main())')


class ExitWithLateFunction(unittest.TestCase):
    def test_late_function(self):
        status, printed, complaints = run_program(
            'import time\n'
            'def sleep(x):\n'
            '    if x == 1: time.sleep(1.5)\n'
            '    return x\n'
            'print(list(Pl.thread.map(sleep, range(3), timeout=0.1)))\n')
        self.assertEqual((status, printed, complaints), (0, '[0, 2]\n', ''))


if __name__ == '__main__':
    tap.main()
