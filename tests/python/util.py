# SPDX-FileCopyrightText: 2026 The pypeln-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the tests of the API for Python have in common."""

import gc
import os
import subprocess
import sys
import threading
import time
import unittest
from pathlib import Path

import gi
gi.require_version('Pl', '1')
from gi.repository import Gio, GLib, GObject, Pl  # noqa: E402, F401

# Those whose functions run in this process, and so may be closures.
IN_PROCESS = ('sync', 'thread', 'task')
# Functions of tests that run for all of these are in functions.py, or are builtins.
KINDS = (*IN_PROCESS, 'process')
# Those whose functions run beside the consumer.
CONCURRENT = ('thread', 'task')

DEADLINE = 60
ENDLESS = 2 ** 31 - 1


def of_kinds(*names):
    """Makes a test case of a class for each kind, with the kind as `kind` and its name as `name`.

    The class itself is none.
    """
    def add(cls):
        module = sys.modules[cls.__module__]
        for name in names:
            title = f'{cls.__name__}_{name}'
            attributes = {'kind': getattr(Pl, name), 'name': name, '__module__': cls.__module__,
                          '__qualname__': title}
            setattr(module, title, type(title, (cls, unittest.TestCase), attributes))
        return cls
    return add


def wait_until(condition):
    """Waits for what nobody tells about."""
    end = time.monotonic() + DEADLINE
    while not condition():
        if time.monotonic() > end:
            raise AssertionError('what has been waited for has not happened')
        time.sleep(0.002)


def wait_until_gone(*references):
    """Waits until weakly referenced objects are gone: threads may be about to let go of them."""
    def are_gone():
        gc.collect()
        return all(reference() is None for reference in references)
    wait_until(are_gone)


def count_threads():
    return len(os.listdir('/proc/self/task'))


def count_fds():
    return len(os.listdir('/proc/self/fd'))


def name_threads():
    return sorted(thread.name for thread in threading.enumerate())


class NothingLeft:
    """Checks that no thread and no file descriptor is left of what it surrounds."""

    def __enter__(self):
        self.before = count_threads(), count_fds(), name_threads()

    def __exit__(self, error_type, *_error):
        if error_type is not None:
            return
        def is_as_before():
            gc.collect()
            n_threads, n_fds, names = self.before
            # Late threads of others may have ended meanwhile.
            return count_threads() <= n_threads and count_fds() <= n_fds and \
                set(name_threads()) <= set(names)
        try:
            wait_until(is_as_before)
        except AssertionError:
            raise AssertionError(f'{self.before} has become '
                                 f'{(count_threads(), count_fds(), name_threads())}') from None


def start_program(text, *options):
    """Starts a Python program with the API, as `Pl`, and what this module has."""
    head = 'import gi\ngi.require_version("Pl", "1")\nfrom gi.repository import GLib, Pl\n'
    environment = {**os.environ, 'PYTHONPATH': os.pathsep.join(
        [str(Path(__file__).parent), os.environ.get('PYTHONPATH', '')])}
    return subprocess.Popen([sys.executable, '-X', 'faulthandler', *options, '-c', head + text],
                            env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            text=True)


def run_program(text, *options):
    """Runs such a program; returns its exit status, and what it has printed and complained of."""
    with start_program(text, *options) as program:
        try:
            printed, complaints = program.communicate(timeout=DEADLINE)
        except subprocess.TimeoutExpired:
            program.send_signal(6)
            raise AssertionError(f'a program hangs:\n{program.communicate()[1]}') from None
    return program.returncode, printed, complaints
