# SPDX-FileCopyrightText: 2026 The pypeln-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the example programs, whose paths are the arguments, and compares what they print.

checksum-tree goes over a tree that is made here. fetch-titles asks its own server, of which
examples/c/title-server.h says what it does for which page, and one that is here. compress-logs gets
trees of its own. plain-worker gets frames of GLib's own making.
"""

import glob
import gzip
import hashlib
import os
import pty
import re
import signal
import socket
import socketserver
import struct
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from gi.repository import GLib

PLAIN_WORKER = os.path.join(os.path.dirname(__file__), '../examples/python/plain-worker.py')
CHECKSUM_TREE, COMPRESS_LOGS, FETCH_TITLES = (os.path.abspath(path) for path in sys.argv[1:4])
ENVIRONMENT = {**os.environ, 'LC_ALL': 'C.UTF-8'}


def run(program, *args, **kwargs):
    return subprocess.run([program, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env=ENVIRONMENT, timeout=60, check=False, **kwargs)


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


def test_checksum_tree_prints_what_sha256sum_does(top):
    result = run(CHECKSUM_TREE, top)
    assert result.returncode == 0, result.stderr
    assert result.stdout == sha256sum(top), result.stdout


def test_checksum_tree_takes_a_relative_directory(top):
    result = run(CHECKSUM_TREE, 'sub', cwd=top)
    expected = hashlib.sha256(b'sub/dir/file').hexdigest()
    assert result.returncode == 0, result.stderr
    assert result.stdout.decode() == f'{expected}  sub/dir/file\n', result.stdout


def test_checksum_tree_tells_totals(top):
    result = run(CHECKSUM_TREE, '--workers', '3', top)
    assert b'13 files' in result.stderr, result.stderr
    assert b'0 unreadable' in result.stderr, result.stderr
    assert b'with 3 workers' in result.stderr, result.stderr


def test_checksum_tree_goes_on_after_what_cannot_be_read(top):
    """As a user who may not read everything; as root there is nothing one may not read."""
    for name in (b'plain', b'sub/dir'):
        os.chmod(os.path.join(top, name), 0)
    drop = {'user': 65534, 'group': 65534, 'extra_groups': []} if os.geteuid() == 0 else {}
    try:
        result = run(CHECKSUM_TREE, top, **drop)
    finally:
        os.chmod(os.path.join(top, b'plain'), 0o644)
        os.chmod(os.path.join(top, b'sub/dir'), 0o755)
    assert result.returncode == 1, result.stderr
    assert b'/plain: ' in result.stderr, result.stderr
    assert b'/sub/dir: Permission denied' in result.stderr, result.stderr
    assert b'11 files' in result.stderr and b'2 unreadable' in result.stderr, result.stderr


def test_checksum_tree_tells_that_there_is_no_directory(top):
    result = run(CHECKSUM_TREE, os.path.join(top, b'missing'))
    assert result.returncode == 1, result.stderr
    assert result.stderr.startswith('stage “walk” (sync source'.encode()), result.stderr


def test_checksum_tree_refuses_wrong_options(top):
    assert run(CHECKSUM_TREE, '--workers', '0', top).returncode == 2
    assert run(CHECKSUM_TREE, top, top).returncode == 2


# What is in a tree of logs, and whether it gets smaller.
LOGS = {b'plain.log': True, b'a b\n.log': True, b'sub/-dash.log.1': True,
        b'not-utf8-\xff.log': True, b"quo'te $(x).log": True, b'empty.log': False,
        b'short.log': False, b'log': False, b'log.txt': False}


def make_logs(name):
    """Makes a directory of logs, and tells what there is in each."""
    directory = Path(tempfile.mkdtemp(prefix=name))
    (directory / 'sub').mkdir()
    os.symlink('plain.log', directory / 'link.log')
    contents = {b'empty.log': b'', b'short.log': b'x'}
    for log in LOGS:
        path = directory / os.fsdecode(log)
        path.write_bytes(contents.get(log, b'a line of it\n' * 1000))
        path.chmod(0o640)
    return directory


def list_files(directory):
    return {os.fsencode(path.relative_to(directory)) for path in directory.rglob('*')
            if not path.is_dir()}


def check_logs(directory, names, before):
    """Checks that those which get smaller have been compressed, and that there is nothing else."""
    expected = before | {name + b'.gz' for name in names}
    assert list_files(directory) == expected, list_files(directory)
    assert not glob.glob(f'{directory}/.*'), 'the folder for what is not complete is there'
    for name in names:
        path = directory / os.fsdecode(name)
        compressed = directory / os.fsdecode(name + b'.gz')
        assert gzip.decompress(compressed.read_bytes()) == path.read_bytes(), name
        assert compressed.stat().st_mode == path.stat().st_mode, name
        assert int(compressed.stat().st_mtime) == int(path.stat().st_mtime), name


def compress_logs(*args, **kwargs):
    """Compresses a tree of logs in both ways, each twice."""
    names = {name for name, is_smaller in LOGS.items() if is_smaller}
    for way in 'program', 'function':
        directory = make_logs('logs')
        before = list_files(directory)
        result = run(COMPRESS_LOGS, '--with', way, *args, directory, **kwargs)
        assert result.returncode == 0, result.stderr
        assert result.stderr.startswith(b'5 done, 2 no smaller, 0 failed, 0 timed out, 0 busy; '), \
            result.stderr
        assert b'\n5 files, 65.0\xc2\xa0kB before, ' in result.stderr, result.stderr
        lines = re.findall(rb'^ +13000 +\d+ +\d\.\d%  ', result.stdout, re.MULTILINE)
        assert len(lines) == 5, result.stdout
        check_logs(directory, names, before)

        result = run(COMPRESS_LOGS, '--with', way, *args, directory, **kwargs)
        assert result.returncode == 0, result.stderr
        assert result.stderr.startswith(b'0 done, 2 no smaller, '), result.stderr
        check_logs(directory, names, before)


def test_compress_logs_compresses_in_both_ways(top):
    compress_logs()
    compress_logs('--workers=4', '--timeout=60000')


def test_compress_logs_has_workers_on_other_machines(top):
    """They are here: this ssh has a shell parse what it is given, as the other one does."""
    with tempfile.TemporaryDirectory() as directory:
        ssh = Path(directory) / 'ssh'
        ssh.write_text('#!/bin/sh\necho "$1 $4" >>"$0.log"\nshift 4\nexec sh -c "$*"\n')
        ssh.chmod(0o755)
        ENVIRONMENT['PATH'] = f'{directory}:{os.environ["PATH"]}'
        try:
            compress_logs('--on=one', '--on=two', '--workers=2')
        finally:
            ENVIRONMENT['PATH'] = os.environ['PATH']
        assert set((Path(directory) / 'ssh.log').read_text().splitlines()) == {'-T one', '-T two'}


def test_compress_logs_tells_which_files_have_failed(top):
    """What is in the way of one cannot be replaced."""
    for way, why in ('program', b'The program exited with status 2: mv: '), ('function', b'Can'):
        directory = make_logs('logs')
        obstacle = directory / 'plain.log.gz'
        obstacle.mkdir()
        os.utime(obstacle, (0, 0))
        result = run(COMPRESS_LOGS, '--with', way, directory)
        assert result.returncode == 1, result.stderr
        assert f'{directory}/plain.log: '.encode() + why in result.stderr, result.stderr
        assert b'4 done, 2 no smaller, 1 failed, 0 timed out, 0 busy; ' in result.stderr, \
            result.stderr
        assert not glob.glob(f'{directory}/.*'), 'the folder for what is not complete is there'


def make_endless_log():
    """Makes one that takes minutes, and no place on the disk."""
    directory = Path(tempfile.mkdtemp(prefix='logs'))
    with open(directory / 'endless.log', 'wb') as file:
        file.truncate(1 << 36)
    return directory


def test_compress_logs_gives_up_what_takes_too_long(top):
    for way in 'program', 'function':
        directory = make_endless_log()
        result = run(COMPRESS_LOGS, '--with', way, '--timeout=200', directory)
        assert result.returncode == 1, result.stderr
        assert result.stderr.startswith(b'0 done, 0 no smaller, 0 failed, 1 timed out, 0 busy; '), \
            result.stderr
        check_logs(directory, [], {b'endless.log'})


def wait_for_part(directory):
    """Waits until a part of a file has been compressed."""
    end = time.monotonic() + 60
    while not any(os.path.getsize(part) for part in glob.glob(f'{directory}/.compress-logs-*/*')):
        assert time.monotonic() < end, 'nothing has been compressed'
        time.sleep(0.01)


def test_compress_logs_is_interrupted_without_a_trace(top):
    for way, sent in ('program', signal.SIGINT), ('function', signal.SIGTERM):
        directory = make_endless_log()
        with subprocess.Popen([COMPRESS_LOGS, '--with', way, directory], stderr=subprocess.PIPE,
                              env=ENVIRONMENT) as process:
            wait_for_part(directory)
            process.send_signal(sent)
            _, messages = process.communicate(timeout=60)
        assert process.returncode == 130, (process.returncode, messages)
        assert messages.startswith(b'0 done, 0 no smaller, 0 failed, 0 timed out, 1 busy; '), \
            messages
        assert messages.endswith(b'Interrupted\n'), messages
        check_logs(directory, [], {b'endless.log'})


def test_compress_logs_refuses_wrong_options(top):
    for args in [], [top, top], ['--with=magic', top], ['--workers=0', top], ['--timeout=-1', top]:
        assert run(COMPRESS_LOGS, *args).returncode == 2, args
    result = run(COMPRESS_LOGS, os.path.join(top, b'missing'))
    assert result.returncode == 1 and b'No such file' in result.stderr, result.stderr


# What fetch-titles is to print of the pages of its own server.
PAGES = range(1, 301)
MISSING = {page for page in PAGES if page % 50 == 13}
SILENT = {page for page in PAGES if page % 100 == 42}
TITLES = sorted(f'/page/{page}\tPage {page} of 300' for page in PAGES
                if page not in MISSING | SILENT)

# What the server here responds to whom asks for the path, and the title of that.
HEAD = b'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n'
PLAIN = b'<html><head><title>Plain</title></head></html>'
RESPONSES = {
    '/plain': (HEAD + PLAIN, 'Plain'),
    '/untidy': (HEAD + b'<TITLE\nlang=en>\n Two\t\r\nwords\x1b[31m</Title >', 'Two words [31m'),
    '/not-utf8': (HEAD + b'<title>caf\xe9 \xc3\xa9</title>', 'caf\ufffd \u00e9'),
    '/null': (HEAD + b'<title>a\0b</title>', 'a\ufffdb'),
    '/long': (HEAD + b'<title>' + b'x' * 1000 + b'</title>', 'x' * 200),
    '/no-title': (HEAD + b'<titles>no</titles><title>yes</title>', 'yes'),
    '/huge': (HEAD + PLAIN + b'x' * 10000000, 'Plain'),
    '/too-late': (HEAD + b'x' * 100000 + PLAIN, None),
    '/none': (HEAD + b'<p>Hello</p>', None),
    '/open': (HEAD + b'<title>Hello', None),
    '/many-brackets': (HEAD + b'<title' * 10000, None),
    '/moved': (b'HTTP/1.1 301 Moved Permanently\r\nLocation: /plain\r\n\r\n' + PLAIN, None),
}


class Handler(socketserver.StreamRequestHandler):
    """Says what RESPONSES has, or else the request itself, as a title."""

    def handle(self):
        lines = list(iter(lambda: self.rfile.readline().strip().decode(), ''))
        path = lines[0].split()[1]
        default = HEAD + b'<title>' + ', '.join(lines).encode() + b'</title>'
        try:
            self.wfile.write(RESPONSES.get(path, (default,))[0])
        except ConnectionError:
            assert path == '/huge'


class Server(socketserver.ThreadingTCPServer):
    """A web server on a port that is free."""

    daemon_threads = True
    request_queue_size = 100

    def __init__(self):
        super().__init__(('127.0.0.1', 0), Handler)
        self.base = 'http://127.0.0.1:%d' % self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def __exit__(self, *args):
        self.shutdown()
        super().__exit__(*args)


def get_lines(output):
    """The lines that it has printed, without host and port, sorted."""
    return sorted(re.sub(r'^http://127\.0\.0\.1:\d+', '', line)
                  for line in output.decode().splitlines())


def test_fetch_titles_prints_those_of_its_server(top):
    result = run(FETCH_TITLES, '--timeout', '1500')
    assert result.returncode == 0, result.stderr
    assert get_lines(result.stdout) == TITLES, result.stdout
    assert b'\n291 done, 0 in flight, 6 failed, 3 timed out, 6 retries; ' in result.stderr, \
        result.stderr
    for page in MISSING:
        assert f'/page/{page}: The server has no page there: status 404\n'.encode() in \
            result.stderr, result.stderr


class Terminal:
    """A terminal for a program to print to, which keeps what that prints."""

    def __init__(self):
        self.master, self.slave = pty.openpty()
        self.text = b''
        self.thread = threading.Thread(target=self.read)

    def __enter__(self):
        self.thread.start()
        return self

    def read(self):
        try:
            while data := os.read(self.master, 4096):
                self.text += data
        except OSError:
            pass # the program, which had it last, has ended

    def __exit__(self, *args):
        os.close(self.slave)
        self.thread.join()
        os.close(self.master)


def interrupt(n_lines, *args):
    """Has it stop when it has printed so many lines: what it has printed, and how it ended."""
    with Terminal() as terminal, \
         subprocess.Popen([FETCH_TITLES, *args], stdout=subprocess.PIPE, stderr=terminal.slave,
                          env=ENVIRONMENT) as process:
        lines = [process.stdout.readline() for _ in range(n_lines)]
        n_threads = len(os.listdir(f'/proc/{process.pid}/task'))
        start = time.monotonic()
        process.send_signal(signal.SIGINT)
        lines += process.stdout.readlines()
        process.wait(60)
        elapsed = time.monotonic() - start

    assert process.returncode == 130, (process.returncode, terminal.text)
    assert elapsed < 5, elapsed
    assert b'\x1b[KInterrupted\r\n' in terminal.text, terminal.text
    return b''.join(lines), terminal.text, n_threads


def test_fetch_titles_has_pages_in_flight_without_threads(top):
    """All are there but those that never come, which it would wait for for a minute. There are the
    main thread, GLib's for signals, the server's, and one for each stage that has one."""
    output, messages, n_threads = interrupt(len(TITLES), '--in-flight=300', '--timeout=60000')
    assert get_lines(output) == TITLES, output
    assert b'291 done, 3 in flight, 6 failed, 0 timed out, 6 retries; ' in messages, messages
    assert n_threads <= 6, n_threads


def test_fetch_titles_is_interrupted_in_its_midst(top):
    output, messages, _ = interrupt(3, '--rate=20')
    titles = get_lines(output)
    assert 3 <= len(titles) < 100, titles
    assert set(titles) < set(TITLES), titles
    assert b'\x1b[K%d done, ' % len(titles) in messages, messages


def test_fetch_titles_shows_progress_on_a_terminal(top):
    _, messages, _ = interrupt(3, '--rate=20')
    progress = rb'\r\x1b\[K\d+ done, \d+ in flight, 0 failed, 0 timed out, 0 retries\r'
    assert re.search(progress, messages), messages


def test_fetch_titles_takes_whatever_a_server_says(top):
    with Server() as server:
        result = run(FETCH_TITLES, '--in-flight=3', *(server.base + path for path in RESPONSES))
    expected = sorted(f'{path}\t{title}' for path, (_, title) in RESPONSES.items() if title)
    assert result.returncode == 0, result.stderr
    assert get_lines(result.stdout) == expected, result.stdout
    for path, (_, title) in RESPONSES.items():
        assert (f'{path}: '.encode() in result.stderr) == (title is None), result.stderr


def test_fetch_titles_reads_urls_from_a_file(top):
    name = os.path.join(top, b'urls')
    with Server() as server:
        with open(name, 'w', encoding='utf-8') as file:
            file.write(f'{server.base}/plain\n{server.base}?q=a%20b c#d')
        result = run(FETCH_TITLES, '--file', name)
    os.unlink(name)
    host = server.base.removeprefix('http://')
    assert result.returncode == 0, result.stderr
    assert get_lines(result.stdout) == [
        '/plain\tPlain',
        f'?q=a%20b%20c#d\tGET /?q=a%20b%20c HTTP/1.0, Host: {host}, User-Agent: fetch-titles',
    ], result.stdout


def test_fetch_titles_tells_what_cannot_be_fetched(top):
    """A port that is bound and that nobody listens on refuses."""
    with Server() as server, socket.socket() as deaf:
        deaf.bind(('127.0.0.1', 0))
        refusing = 'http://127.0.0.1:%d/' % deaf.getsockname()[1]
        result = run(FETCH_TITLES, 'nonsense', 'ftp://127.0.0.1/', 'http:///x', refusing,
                     server.base + '/plain')
    assert result.returncode == 1, result.stderr
    assert get_lines(result.stdout) == ['/plain\tPlain'], result.stdout
    assert b'nonsense: URI is not absolute' in result.stderr, result.stderr
    assert b'ftp://127.0.0.1/: This is no http:// URL\n' in result.stderr, result.stderr
    assert b'http:///x: This is no http:// URL\n' in result.stderr, result.stderr
    assert f'{refusing}: '.encode() in result.stderr, result.stderr
    assert b'Connection refused\n' in result.stderr, result.stderr
    assert b'1 done, 0 in flight, 4 failed, 0 timed out, 2 retries' in result.stderr, result.stderr


def test_fetch_titles_refuses_wrong_options(top):
    assert run(FETCH_TITLES, '--in-flight=0').returncode == 2
    assert run(FETCH_TITLES, '--rate=inf').returncode == 2
    assert run(FETCH_TITLES, '--file=/dev/null', 'http://127.0.0.1/').returncode == 2
    result = run(FETCH_TITLES, '--file', os.path.join(top, b'missing'))
    assert result.returncode == 1 and b'No such file' in result.stderr, result.stderr


def make_frame(kind, number=0, payload=None):
    data = payload.get_data_as_bytes().get_data() if payload is not None else b''
    return struct.pack('<I2sBcQ', len(data), b'PL', 1, kind.encode(), number) + data


def make_element(number, value):
    """A long path, so that the offset behind it has two bytes, or a short one, in turns."""
    path = list(range(number % 2 * 40 + 1))
    return make_frame('e', number, GLib.Variant('(axv)', (path, value)))


FRAME_TYPES = {'h': 'a{sv}', 'a': 'v', 'f': '(sis)', 'b': 'at'}


def parse_frames(data):
    """The kind, the number and the payload of each."""
    while data:
        size, magic, version, kind, number = struct.unpack_from('<I2sBcQ', data)
        assert (magic, version) == (b'PL', 1), data
        payload, data, kind = data[16:16 + size], data[16 + size:], kind.decode()
        if kind in FRAME_TYPES:
            variant = GLib.Variant.new_from_bytes(GLib.VariantType(FRAME_TYPES[kind]),
                                                  GLib.Bytes(payload), False)
            assert variant.is_normal_form(), (kind, payload)
            yield kind, number, variant.unpack()
        else:
            assert size == 0, (kind, payload)
            yield kind, number, None


def talk(*frames):
    result = subprocess.run([PLAIN_WORKER], input=b''.join(frames), stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, timeout=60, check=False)
    assert result.stderr == b'', result.stderr
    return list(parse_frames(result.stdout)), result.returncode


HELLO = make_frame('h', 0, GLib.Variant('a{sv}', {'version': GLib.Variant('u', 1),
                                                  'operation': GLib.Variant('s', 'map')}))


def test_plain_worker_doubles(top):
    frames, status = talk(HELLO, make_element(1, GLib.Variant('x', 21)),
                          make_element(2, GLib.Variant('x', -9)), make_frame('p'),
                          make_frame('r'), make_frame('x'))
    kind, number, greeting = frames.pop(0)
    assert (kind, number, greeting['version']) == ('h', 0, 1), greeting
    assert (greeting['host'], type(greeting['pid'])) == (socket.gethostname(), int), greeting
    assert frames == [('s', 0, None), ('a', 1, 42), ('a', 2, -18), ('q', 0, None), ('b', 0, []),
                      ('x', 0, None)], frames
    assert status == 0


def test_plain_worker_tells_what_it_cannot_double(top):
    frames, status = talk(HELLO, make_element(1, GLib.Variant('s', 'text')),
                          make_element(2, GLib.Variant('x', 2 ** 63 - 1)), make_frame('x'))
    assert frames[2:] == [
        ('f', 1, ('plain-worker', 0, 'This worker doubles values of type x')),
        ('f', 2, ('plain-worker', 0, 'The double is no 64-bit integer')),
        ('x', 0, None),
    ], frames
    assert status == 0


def test_plain_worker_speaks_one_version(top):
    frames, status = talk(HELLO.replace(b'PL\1', b'PL\2'))
    assert frames == [('f', 0, ('plain-worker', 0,
                                'This worker speaks version 1 of the worker protocol'))], frames
    assert status == 1


def test_plain_worker_ends_with_its_input(top):
    frames, _ = talk(HELLO, make_element(1, GLib.Variant('x', 21))[:-1])
    assert [kind for kind, _, _ in frames] == ['h', 's'], frames


def main():
    tests = [(name[5:].replace('_', '-'), func) for name, func in globals().items()
             if name.startswith('test_')]
    print(f'1..{len(tests)}')
    failed = False
    with tempfile.TemporaryDirectory() as directory:
        os.chmod(directory, 0o755)
        tempfile.tempdir = directory
        top = os.path.join(os.fsencode(directory), b'tree')
        os.mkdir(top)
        make_tree(top)
        for number, (name, func) in enumerate(tests, 1):
            try:
                func(top)
                print(f'ok {number} /{name}')
            except AssertionError as error:
                failed = True
                print(f'not ok {number} /{name}\n# {error!r}')
    return 1 if failed else 0


sys.exit(main())
