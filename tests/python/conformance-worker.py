# SPDX-FileCopyrightText: 2026 The pypeln-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Has tests/conformance.py try the program of worker processes in Python.

Arguments: the operation.
"""

import os
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / 'pypeln-glib/overrides/python/gi/overrides/Pl'

sys.path.insert(0, str(PACKAGE))
import pickling  # noqa: E402

SLOW = 1000


def take_time(number):
    if number == SLOW:
        time.sleep(0.3)


def repeat(number):
    take_time(number)
    return number


def is_odd(number):
    take_time(number)
    return number % 2 == 1


def accept_odd(number):
    take_time(number)
    if number % 2 == 0:
        raise ValueError(number)


def count_up(number):
    take_time(number)
    yield from range(number)


FUNCTIONS = {'map': repeat, 'filter': is_odd, 'each': accept_odd, 'flat_map': count_up}


def make_data(function):
    functions = (function, None, None, (frozenset({'number'}), frozenset(), frozenset()), False)
    return pickling.dump({'path': sys.path[1:], 'functions': pickling.dump(functions)})


def main(operation):
    fd = os.memfd_create('data', 0)
    os.write(fd, make_data(FUNCTIONS[operation]))
    os.execv(sys.executable, [
        sys.executable, str(ROOT / 'tests/conformance.py'), '--operation', operation,
        '--data', f'/dev/fd/{fd}', '--pickle', '--slow', str(SLOW),
        sys.executable, str(PACKAGE / 'worker.py'),
    ])


main(sys.argv[1])
