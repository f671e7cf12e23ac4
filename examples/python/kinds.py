#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The pypeln-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The same small pipeline with each kind of stage, with several, and written with pipes.

Numbers from 0 to 9 get 1 added, and those above 3 are kept; both take a while. What a while is
spent with decides which kind is the right one: processes work, threads block, tasks wait.

    kinds.py [process|thread|task|sync|mixed|pipe]…
"""

import asyncio
import random
import sys
import time

import gi
gi.require_version('Pl', '1')
from gi.repository import Pl  # noqa: E402


def slow_add1(number):
    time.sleep(random.random() / 10)  # some slow computation
    return number + 1


def slow_gt3(number):
    time.sleep(random.random() / 10)
    return number > 3


async def wait_add1(number):
    await asyncio.sleep(random.random() / 10)  # some answer that takes a while
    return number + 1


async def wait_gt3(number):
    await asyncio.sleep(random.random() / 10)
    return number > 3


def process():
    """A Python of its own for each worker: they work at the same time, and share nothing."""
    stage = Pl.process.map(slow_add1, range(10), workers=3, maxsize=4)
    return Pl.process.filter(slow_gt3, stage, workers=2)


def thread():
    """Threads of this program: for what blocks."""
    stage = Pl.thread.map(slow_add1, range(10), workers=3, maxsize=4)
    return Pl.thread.filter(slow_gt3, stage, workers=2)


def task():
    """Coroutines on an event loop, which costs little for each: for what waits."""
    stage = Pl.task.map(wait_add1, range(10), workers=10)
    return Pl.task.filter(wait_gt3, stage, workers=10)


def sync():
    """No workers: elements are made by whoever takes them, one by one and in order."""
    stage = Pl.sync.map(slow_add1, range(10))
    return Pl.sync.filter(slow_gt3, stage)


def mixed():
    """Each stage of the kind that is right for it, and the results in order."""
    stage = Pl.task.map(wait_add1, range(10), workers=10)
    stage = Pl.process.filter(slow_gt3, stage, workers=2, maxsize=4)
    stage = Pl.thread.map(slow_add1, stage, workers=3)
    return Pl.sync.ordered(stage)


def pipe():
    """What has no source yet takes it from a pipe, and any function may be the end of one."""
    return (
        range(10)
        | Pl.thread.map(slow_add1, workers=3, maxsize=4)
        | Pl.thread.filter(slow_gt3, workers=2)
        | sorted
    )


PIPELINES = {function.__name__: function for function in (process, thread, task, sync, mixed, pipe)}


def main():
    names = sys.argv[1:] or PIPELINES
    unknown = set(names) - set(PIPELINES)
    if unknown:
        sys.exit(f'There is no pipeline “{unknown.pop()}”, but {", ".join(PIPELINES)}')

    for name in names:
        begin = time.monotonic()
        print(f'{name}:', end='', flush=True)
        for number in PIPELINES[name]():
            print(f' {number}', end='', flush=True)
        print(f' ({time.monotonic() - begin:.1f} s)')


main()
