# SPDX-FileCopyrightText: 2026 The pypeln-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs checksum-tree, whose path is the argument, over a tree that it makes, and compares."""

import hashlib
import os
import subprocess
import sys
import tempfile

PROGRAM = os.path.abspath(sys.argv[1])


def run(*args, **kwargs):
    return subprocess.run([PROGRAM, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env={**os.environ, 'LC_ALL': 'C.UTF-8'}, timeout=60, check=False,
                          **kwargs)


def make_tree(top):
    """Makes a directory of what is hard to get right."""
    names = [b'plain', b'empty', b'big', b'sp ace', b'new\nline', b'back\\slash', b're\rturn',
             b'-dash', 'ümläut'.encode(), b'not-utf8-\xff', b'sub/dir/file', b'sub.txt', b'sub-x']
    os.makedirs(os.path.join(top, b'sub/dir'))
    os.mkdir(os.path.join(top, b'nothing'))
    for name in names:
        with open(os.path.join(top, name), 'wb') as file:
            file.write(b'' if name == b'empty' else name * (200000 if name == b'big' else 1))
    os.symlink(b'missing', os.path.join(top, b'dangling'))
    os.symlink(b'..', os.path.join(top, b'sub/loop'))
    os.mkfifo(os.path.join(top, b'fifo'))


def sha256sum(top):
    """What sha256sum prints of all regular files, sorted by name."""
    find = ['find', top, '-type', 'f', '-print0']
    names = subprocess.run(find, stdout=subprocess.PIPE, check=True).stdout.split(b'\0')
    names = sorted(name for name in names if name)
    return subprocess.run(['sha256sum', '--', *names], stdout=subprocess.PIPE, check=True).stdout


def test_prints_what_sha256sum_does(top):
    result = run(top)
    assert result.returncode == 0, result.stderr
    assert result.stdout == sha256sum(top), result.stdout


def test_takes_a_relative_directory(top):
    result = run('sub', cwd=top)
    expected = hashlib.sha256(b'sub/dir/file').hexdigest()
    assert result.returncode == 0, result.stderr
    assert result.stdout.decode() == f'{expected}  sub/dir/file\n', result.stdout


def test_tells_totals(top):
    result = run('--workers', '3', top)
    assert b'13 files' in result.stderr, result.stderr
    assert b'0 unreadable' in result.stderr, result.stderr
    assert b'with 3 workers' in result.stderr, result.stderr


def test_goes_on_after_what_cannot_be_read(top):
    """As a user who may not read everything; as root there is nothing one may not read."""
    for name in (b'plain', b'sub/dir'):
        os.chmod(os.path.join(top, name), 0)
    drop = {'user': 65534, 'group': 65534, 'extra_groups': []} if os.geteuid() == 0 else {}
    try:
        result = run(top, **drop)
    finally:
        os.chmod(os.path.join(top, b'plain'), 0o644)
        os.chmod(os.path.join(top, b'sub/dir'), 0o755)
    assert result.returncode == 1, result.stderr
    assert b'/plain: ' in result.stderr, result.stderr
    assert b'/sub/dir: Permission denied' in result.stderr, result.stderr
    assert b'11 files' in result.stderr and b'2 unreadable' in result.stderr, result.stderr


def test_tells_that_there_is_no_directory(top):
    result = run(os.path.join(top, b'missing'))
    assert result.returncode == 1, result.stderr
    assert result.stderr.startswith('stage “walk” (sync source'.encode()), result.stderr


def test_refuses_wrong_options(top):
    assert run('--workers', '0', top).returncode == 2
    assert run(top, top).returncode == 2


def main():
    tests = [(name[5:].replace('_', '-'), func) for name, func in globals().items()
             if name.startswith('test_')]
    print(f'1..{len(tests)}')
    failed = False
    with tempfile.TemporaryDirectory() as directory:
        os.chmod(directory, 0o755)
        top = os.path.join(os.fsencode(directory), b'tree')
        os.mkdir(top)
        make_tree(top)
        for number, (name, func) in enumerate(tests, 1):
            try:
                func(top)
                print(f'ok {number} /checksum-tree/{name}')
            except AssertionError as error:
                failed = True
                print(f'not ok {number} /checksum-tree/{name}\n# {error!r}')
    return 1 if failed else 0


sys.exit(main())
