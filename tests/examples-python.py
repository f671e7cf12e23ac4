# SPDX-FileCopyrightText: 2026 The pypeln-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the example programs in Python that use its API, and looks at what they print."""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parent.parent / 'examples/python'
ENVIRONMENT = {**os.environ, 'LC_ALL': 'C.UTF-8'}


def start(name, *args, **kwargs):
    return subprocess.Popen([sys.executable, EXAMPLES / name, *args], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, env=ENVIRONMENT, **kwargs)


def run(name, *args, **kwargs):
    """Returns its exit status, and the lines that it has printed, and where it complains."""
    with start(name, *args, **kwargs) as program:
        output, messages = program.communicate(timeout=100)
    return program.returncode, output.splitlines(), messages.splitlines()


def test_kinds_has_the_same_of_each_kind():
    status, lines, messages = run('kinds.py')
    assert (status, messages) == (0, []), messages
    names = [line.split(b':')[0] for line in lines]
    assert names == [b'process', b'thread', b'task', b'sync', b'mixed', b'pipe'], lines
    for name, line in zip(names, lines):
        numbers = [int(number) for number in re.findall(rb' (\d+)(?! s|\.|\d)', line)]
        expected = list(range(5, 12)) if name == b'mixed' else list(range(4, 11))
        in_order = name in (b'sync', b'mixed', b'pipe')
        assert (numbers if in_order else sorted(numbers)) == expected, line


def test_kinds_refuses_what_there_is_not():
    status, lines, messages = run('kinds.py', 'sync', 'fibre')
    assert (status, lines) == (1, []), lines
    assert 'no pipeline “fibre”'.encode() in messages[0], messages


# What the server of fetch-titles.py does with its pages.
PAGES = range(1, 301)
MISSING = {page for page in PAGES if page % 50 == 13}
TITLES = {b'/%d\tPage %d' % (page, page) for page in PAGES
          if page not in MISSING and page % 100 != 42}


def get_titles(lines):
    return {re.sub(rb'^http://127\.0\.0\.1:\d+', b'', line.strip()) for line in lines}


def test_fetch_titles_prints_those_of_its_server():
    status, lines, messages = run('fetch-titles.py', '--in-flight=300', '--timeout=5')
    assert status == 0, messages
    assert get_titles(lines) == TITLES, lines
    missing = {int(re.match(rb'http://127\.0\.0\.1:\d+/(\d+): LookupError: 404 Not Found$',
                            line)[1])
               for line in messages[:-1]}
    assert missing == MISSING, messages
    assert messages[-1].startswith(b'291 done, 6 failed, 3 timed out, in '), messages


def test_fetch_titles_tells_what_cannot_be_fetched():
    with socket.socket() as deaf:
        deaf.bind(('127.0.0.1', 0))
        refusing = 'http://127.0.0.1:%d/' % deaf.getsockname()[1]
        status, lines, messages = run('fetch-titles.py', 'nonsense', refusing)
    assert (status, lines) == (0, []), lines
    assert b'nonsense: ValueError: This is no http:// URL' in messages, messages
    assert any(line.startswith(f'{refusing}: ConnectionRefusedError: '.encode())
               for line in messages), messages
    assert messages[-1].startswith(b'0 done, 2 failed, 0 timed out, in '), messages


def test_fetch_titles_is_interrupted():
    """Three pages never come, and it would wait for them for an hour."""
    with start('fetch-titles.py', '--timeout=3600') as program:
        lines = [program.stdout.readline() for _ in TITLES]
        program.send_signal(signal.SIGINT)
        rest, messages = program.communicate(timeout=60)
    assert program.returncode == 130, (program.returncode, messages)
    assert get_titles(lines) == TITLES and rest == b'', rest


WORDS = [b'word%d' % number for number in range(2000)]


def make_tree(top):
    """Makes a directory with a text, the same with a change in its midst, and what else is."""
    folder = top / 'sub'
    folder.mkdir()
    (top / 'text').write_bytes(b' '.join(WORDS))
    (folder / os.fsdecode(b'not-utf8-\xff')).write_bytes(
        b'\n'.join([*WORDS[:1000], b'something', b'else', *WORDS[1000:]]))
    (top / 'other').write_bytes(b' '.join(reversed(WORDS)))
    (top / 'short').write_bytes(b'word')
    (top / 'empty').write_bytes(b'')
    os.symlink('text', top / 'link')
    os.mkfifo(top / 'fifo')


def find_similar(*args, **kwargs):
    with tempfile.TemporaryDirectory() as directory:
        top = Path(directory)
        make_tree(top)
        top.chmod(0o755)
        status, lines, messages = run('find-similar.py', '--workers=2', *args, directory, **kwargs)
        return status, [line.replace(os.fsencode(top), b'') for line in lines], messages


def test_find_similar_finds_what_has_been_changed():
    status, lines, messages = find_similar()
    assert (status, messages) == (0, [b'4 files, 1 pairs, 0 unreadable']), messages
    percent, names = lines[0].split(b' %  ')
    assert 90 <= int(percent) <= 100, lines
    assert names == b'/sub/not-utf8-\xff  /text', lines


def test_find_similar_has_a_threshold_and_a_launcher():
    status, lines, messages = find_similar('--threshold=101', '--launcher=nice -n 5')
    assert (status, lines) == (0, []), messages
    assert messages == [b'4 files, 0 pairs, 0 unreadable'], messages


def test_find_similar_goes_on_after_what_cannot_be_read():
    """The workers of root run as a user who may not read all."""
    launcher = 'setpriv --reuid=65534 --regid=65534 --clear-groups' if os.geteuid() == 0 else ''
    with tempfile.TemporaryDirectory() as directory:
        top = Path(directory)
        top.chmod(0o755)
        (top / 'secret').write_bytes(b'word')
        (top / 'secret').chmod(0)
        (top / 'open').write_bytes(b'word')
        status, _lines, messages = run('find-similar.py', '--launcher', launcher, directory)
    assert status == 1, messages
    assert b'/secret: PermissionError: ' in messages[0], messages
    assert messages[1] == b'1 files, 0 pairs, 1 unreadable', messages


def main():
    tests = [(name[5:].replace('_', '-'), func) for name, func in globals().items()
             if name.startswith('test_')]
    print(f'1..{len(tests)}')
    failed = False
    for number, (name, func) in enumerate(tests, 1):
        try:
            func()
            print(f'ok {number} /{name}', flush=True)
        except AssertionError as error:
            failed = True
            print(f'not ok {number} /{name}\n# {error!r}', flush=True)
    return 1 if failed else 0


sys.exit(main())
