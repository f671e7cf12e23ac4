# SPDX-FileCopyrightText: 2026 The pypeln-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs of the API for Python, one after the other, and how they end."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
import unittest

import gi
gi.require_version('Pl', '1')
from gi.repository import Pl  # noqa: E402

import tap  # noqa: E402


async def pass_on(number):
    await asyncio.sleep(0)
    return number


def fail_with_cause(number):
    try:
        return {}[number]
    except KeyError as error:
        raise ValueError('no such number') from error


class OverrideRuns(unittest.TestCase):
    def test_stage_is_awaited_again_on_the_same_loop(self):
        async def run():
            stage = Pl.task.map(pass_on, range(100), workers=50)
            return [await asyncio.wait_for(stage, 30) for _ in range(3)]

        for numbers in asyncio.run(run()):
            self.assertEqual(sorted(numbers), list(range(100)))

    def test_exception_keeps_its_cause(self):
        with self.assertRaises(ValueError) as raised:
            list(Pl.thread.map(fail_with_cause, [1]))
        self.assertIsInstance(raised.exception.__cause__, KeyError)

    def test_exception_comes_out_of_a_run_that_has_been_started(self):
        iterator = Pl.thread.map(fail_with_cause, [1]).iterate()
        with self.assertRaises(ValueError) as raised:
            next(iterator)
        self.assertIsInstance(raised.exception.__cause__, KeyError)
        self.assertEqual(list(iterator), [])

    def test_exception_of_a_process_has_its_traceback_as_cause(self):
        with self.assertRaises(ValueError) as raised:
            list(Pl.process.map(fail_with_cause, [1]))
        cause = str(raised.exception.__cause__)
        self.assertIn('in fail_with_cause', cause)
        self.assertIn('KeyError: 1', cause)

    def test_exception_of_a_signal_handler_arrives_as_it_is(self):
        """The handler runs when the main thread waits for an element, which never comes."""
        for _ in range(20):
            begun, ended = threading.Event(), threading.Event()

            def wait(number):
                begun.set()
                while not ended.is_set():
                    time.sleep(0.001)
                return number

            def interrupt():
                begun.wait()
                os.kill(os.getpid(), signal.SIGINT)
                ended.wait()

            interrupter = threading.Thread(target=interrupt)
            interrupter.start()
            elements = iter(Pl.thread.map(wait, [1]))
            with self.assertRaises(KeyboardInterrupt):
                try:
                    next(elements)
                finally:
                    ended.set()
            interrupter.join()

    def test_program_may_end_in_the_midst_of_a_run(self):
        program = '''
import itertools
import gi
gi.require_version('Pl', '1')
from gi.repository import Pl

elements = iter(Pl.thread.map(lambda number: number, itertools.count(), maxsize=3))
print(next(elements))
'''
        for _ in range(5):
            done = subprocess.run([sys.executable, '-c', program], stdout=subprocess.PIPE,
                                  timeout=30, check=True, text=True)
            self.assertEqual(done.stdout, '0\n')


if __name__ == '__main__':
    tap.main()
