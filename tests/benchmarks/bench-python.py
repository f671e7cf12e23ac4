#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The pypeln-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What an element costs in Python: an identity map of numbers, of each kind, beside the standard
library's ways to do the same, which take turns with it."""

import argparse
import asyncio
import multiprocessing
import statistics
import time
from concurrent.futures import ThreadPoolExecutor

import gi
gi.require_version('Pl', '1')
from gi.repository import Pl  # noqa: E402


def identity(number):
    return number


async def identity_async(number):
    return number


def count(iterable):
    return sum(1 for _ in iterable)


# What is measured: each takes the numbers, and returns how many have come out

def pipeline(kind, function=identity):
    def run(numbers, workers, maxsize):
        return count(getattr(Pl, kind).map(function, numbers, workers=workers, maxsize=maxsize))
    return run


def thread_pool(numbers, workers, _maxsize):
    with ThreadPoolExecutor(workers) as executor:
        return count(executor.map(identity, numbers))


def process_pool(numbers, workers, _maxsize):
    with multiprocessing.Pool(workers) as pool:
        return count(pool.imap(identity, numbers, chunksize=1))


def generator_expression(numbers, _workers, _maxsize):
    return count(identity(number) for number in numbers)


def awaited(numbers, workers, maxsize):
    async def run():
        return len(await Pl.task.map(identity_async, numbers, workers=workers, maxsize=maxsize))
    return asyncio.run(run())


def semaphore_loop(numbers, workers, _maxsize):
    """As many coroutines under way at once as there are workers."""
    results = []

    async def one(number, semaphore):
        results.append(await identity_async(number))
        semaphore.release()

    async def run():
        semaphore = asyncio.Semaphore(workers)
        under_way = []
        for number in numbers:
            await semaphore.acquire()
            under_way.append(asyncio.create_task(one(number, semaphore)))
        await asyncio.gather(*under_way)

    asyncio.run(run())
    return len(results)


CASES = {
    'sync': (('Pl.sync.map', pipeline('sync')), ('generator-expression', generator_expression)),
    'thread': (('Pl.thread.map', pipeline('thread')), ('ThreadPoolExecutor.map', thread_pool)),
    'task': (('Pl.task.map', pipeline('task', identity_async)),
             ('await-Pl.task.map', awaited), ('semaphore-loop', semaphore_loop)),
    'process': (('Pl.process.map', pipeline('process')), ('Pool.imap', process_pool)),
}


def measure(run, numbers, workers, maxsize):
    begin = time.perf_counter()
    n_elements = run(numbers, workers, maxsize)
    seconds = time.perf_counter() - begin
    if n_elements != len(numbers):
        raise RuntimeError(f'{n_elements} elements of {len(numbers)} have come out')
    return seconds


def compare(kind, numbers, workers, maxsize, repeat):
    """Prints the elements a second of each, and how many times those of the last they are."""
    peers = CASES[kind]
    seconds = {name: [] for name, _run in peers}
    for _ in range(repeat):
        for name, run in peers:
            seconds[name].append(measure(run, numbers, workers, maxsize))

    case = f'elements={len(numbers)} workers={workers} maxsize={maxsize}'
    rates = {name: len(numbers) / statistics.median(taken) for name, taken in seconds.items()}
    for name, rate in rates.items():
        print(f'{name} {case} elements_per_second={rate:.0f}')
    *names, bare = rates
    for name in names:
        print(f'{name}/{bare} {case} ratio={rates[name] / rates[bare]:.2f}', flush=True)


def compare_starts(kind, repeat):
    """Prints how long a pipeline of one element takes, with two workers."""
    run = CASES[kind][0][1]
    run([0], 2, 0)
    seconds = [measure(run, [0], 2, 0) for _ in range(repeat)]
    print(f'{CASES[kind][0][0]} elements=1 workers=2 '
          f'start_and_end_ms={statistics.median(seconds) * 1e3:.2f}', flush=True)


def parse():
    def numbers(text):
        return [int(number) for number in text.split(',')]

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--kinds', default=','.join(CASES), help='which of %(default)s')
    parser.add_argument('--elements', type=int, default=20000)
    parser.add_argument('--workers', type=numbers, default=[1, 2], metavar='N,…')
    parser.add_argument('--maxsize', type=numbers, default=[0, 100], metavar='N,…')
    parser.add_argument('--repeat', type=int, default=5)
    parser.add_argument('--list', action='store_true',
                        help='take the numbers from a list, and not from a range')
    return parser.parse_args()


def main():
    options = parse()
    numbers = range(options.elements)
    if options.list:
        numbers = list(numbers)
    for kind in options.kinds.split(','):
        compare_starts(kind, options.repeat * 4)
        for workers in options.workers:
            for maxsize in options.maxsize:
                compare(kind, numbers, workers, maxsize, options.repeat)


if __name__ == '__main__':
    main()
