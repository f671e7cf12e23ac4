#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The pypeln-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Finds files that are much alike, as copies that somebody has gone on with.

Worker processes read the files and make a sketch of each: the smallest hashes of all runs of some
words. How many of these two files share tells how much of all their runs they share. So each file
is read once, and only sketches are compared, of files that have something in common.

    find-similar.py [--workers N] [--threshold PERCENT] [--launcher COMMAND] DIRECTORY…

A launcher is put in front of the command of each worker, as `nice -n 10`.
"""

import argparse
import collections
import heapq
import itertools
import os
import shlex
import stat
import sys
import zlib

import gi
gi.require_version('Pl', '1')
from gi.repository import Pl  # noqa: E402

try:
    from tqdm import tqdm
except ImportError:
    tqdm = None

RUN = 4  # words
SKETCH = 128  # hashes
CROWD = 50  # files that have a hash in common: what so many have says nothing of two of them


def find_files(directories):
    for directory in directories:
        for folder, subfolders, names in os.walk(directory):
            subfolders.sort()
            for name in sorted(names):
                path = os.path.join(folder, name)
                status = os.lstat(path)
                if stat.S_ISREG(status.st_mode) and status.st_size > 0:
                    yield path


def make_sketch(path):
    """Runs in a worker process."""
    with open(path, 'rb') as file:
        words = file.read().split()
    runs = {zlib.crc32(b' '.join(words[i:i + RUN])) for i in range(max(1, len(words) - RUN + 1))}
    return path, heapq.nsmallest(SKETCH, runs)


def show_progress(sketches, n_files):
    """Passes on what it is given, and says how much that has been."""
    if tqdm is not None:
        yield from tqdm(sketches, total=n_files, unit=' files', disable=None)
        return
    for number, sketch in enumerate(sketches, 1):
        if sys.stderr.isatty():
            print(f'\r{number} of {n_files} files', end='\n' if number == n_files else '',
                  file=sys.stderr, flush=True)
        yield sketch


def compare(sketch, other):
    """An estimate of the share of runs that both files have, among those that either has."""
    smallest = heapq.nsmallest(SKETCH, set(sketch) | set(other))
    return len(set(sketch) & set(other) & set(smallest)) / len(smallest)


def find_pairs(sketches):
    """Yields the pairs of files that have a hash in common, each once."""
    files = collections.defaultdict(list)
    for path, sketch in sketches.items():
        for number in sketch:
            files[number].append(path)
    pairs = set()
    for paths in files.values():
        if len(paths) <= CROWD:
            pairs.update(itertools.combinations(sorted(paths), 2))
    return pairs


def main():
    parser = argparse.ArgumentParser(description='Find files that are much alike')
    parser.add_argument('--workers', type=int, default=os.cpu_count())
    parser.add_argument('--threshold', type=int, default=70, metavar='PERCENT')
    parser.add_argument('--launcher', type=shlex.split, default=[], metavar='COMMAND')
    parser.add_argument('directories', nargs='+', metavar='DIRECTORY')
    options = parser.parse_args()
    sys.stdout.reconfigure(errors='surrogateescape') # names of files may be no UTF-8

    paths = list(find_files(options.directories))
    failed = []
    stage = Pl.process.map(make_sketch, paths, workers=options.workers, launcher=options.launcher,
                           error_policy=Pl.ErrorPolicy.SKIP, name='sketch')
    stage.connect('skipped', lambda stage, path, error: failed.append(f'{path}: {error.message}'))
    sketches = dict(show_progress(stage, len(paths)))

    similar = []
    for path, other in find_pairs(sketches):
        percent = round(100 * compare(sketches[path], sketches[other]))
        if percent >= options.threshold:
            similar.append((-percent, path, other))
    for percent, path, other in sorted(similar):
        print(f'{-percent:3} %  {path}  {other}')

    print(*failed, f'{len(sketches)} files, {len(similar)} pairs, {len(failed)} unreadable',
          sep='\n', file=sys.stderr)
    return 1 if failed else 0


if __name__ == '__main__':
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
