#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The pypeln-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tries whether a program is a worker as docs/worker-protocol.md tells, whatever it is written in.

It speaks the side of a run by hand, with nothing but the standard library, and prints TAP. The
worker gets 64-bit integers, and may make of them what it likes, or fail with them:

    tests/conformance.py [--operation map] [--function NAME] [--data FILE] [--pickle]
                         [--slow VALUE] PROGRAM [ARGUMENTS]

--function is what the greeting calls the worker's function, and --data has what it is told beside
that. With --pickle the values are pickles of Python, in bytes. --slow is an element that its
function takes long for, so that it can be tried whether there are signs of life meanwhile.
"""

import argparse
import os
import pickle
import select
import signal
import struct
import subprocess
import sys
import time

HEADER = struct.Struct('<I2sBcQ')
VERSION = 1
OPERATIONS = ('map', 'filter', 'each', 'flat_map')
PATIENCE = 20 # in seconds; a machine may be busy
GRACE = 2000 # in milliseconds
FROM_WORKERS = b'hsmacfbqx'


class Skip(Exception):
    """What is tried is not for this worker."""


# Values, as GVariant has them

def make_variant(data, letters):
    return data + b'\0' + letters


def make_text(text):
    return text.encode() + b'\0'


def make_offsets(ends, size):
    """Where parts end: as many bytes each as the whole with them needs."""
    for width in (1, 2, 4):
        if size + width * len(ends) < 1 << 8 * width:
            return b''.join(end.to_bytes(width, 'little') for end in ends)
    raise ValueError(size)


def make_dictionary(items):
    data, ends = b'', []
    for key, variant in items.items():
        key = make_text(key)
        entry = key + bytes(-len(key) % 8) + variant
        entry += make_offsets([len(key)], len(entry))
        data += bytes(-len(data) % 8) + entry
        ends.append(len(data))
    return data + make_offsets(ends, len(data))


def make_element(number, value, as_pickle=False):
    if as_pickle:
        value = make_variant(pickle.dumps(value, 5), b'ay')
    else:
        value = make_variant(struct.pack('<q', value), b'x')
    data = struct.pack('<q', number) + value
    return data + make_offsets([8], len(data))


def get_width(size):
    return 1 if size <= 0xff else 2 if size <= 0xffff else 4


def parse_variant(data):
    data, _, letters = data.rpartition(b'\0')
    return data, letters


def parse_dictionary(data):
    if not data:
        return {}
    width = get_width(len(data))
    begin = int.from_bytes(data[-width:], 'little')
    items, start = {}, 0
    for at in range(begin, len(data), width):
        end = int.from_bytes(data[at:at + width], 'little')
        entry = data[start:end]
        key_width = get_width(len(entry))
        key_end = int.from_bytes(entry[-key_width:], 'little')
        key = entry[:key_end - 1].decode()
        items[key] = parse_variant(entry[key_end + -key_end % 8:-key_width])
        start = end + -end % 8
    return items


def parse_error(data):
    width = get_width(len(data))
    end = int.from_bytes(data[-width:], 'little')
    code_at = end + -end % 4
    return data[:end - 1].decode(), data[code_at + 4:-width].rstrip(b'\0').decode()


# The worker

class Worker:
    """One process of the program, and the frames to and from it."""

    def __init__(self, options):
        self.options = options
        self.process = subprocess.Popen(options.program, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, bufsize=0)
        self.data = b''

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            try:
                stream.close()
            except BrokenPipeError:
                pass

    def write(self, data):
        try:
            while data:
                data = data[self.process.stdin.write(data):]
        except BrokenPipeError:
            pass # what it has said tells more

    def send(self, kind, number=0, payload=b'', version=VERSION):
        self.write(HEADER.pack(len(payload), b'PL', version, kind, number) + payload)

    def hello(self, **changes):
        options = self.options
        items = {
            'version': make_variant(struct.pack('<I', VERSION), b'u'),
            'operation': make_variant(make_text(options.operation), b's'),
            'stage': make_variant(make_text('conformance'), b's'),
            'worker': make_variant(struct.pack('<I', 0), b'u'),
            'silence': make_variant(struct.pack('<I', 0), b'u'),
            'grace': make_variant(struct.pack('<I', GRACE), b'u'),
            'stepwise': make_variant(b'\0', b'b'),
            'unknown-key': make_variant(make_text('to be ignored'), b's'),
        }
        if options.function:
            items['function'] = make_variant(make_text(options.function), b's')
        if options.data:
            with open(options.data, 'rb') as file:
                items['data'] = make_variant(file.read(), b'ay')
        items.update(changes)
        self.send(b'h', 0, make_dictionary(items))

    def element(self, number, value):
        self.send(b'e', number, make_element(number - 1, value, self.options.pickle))

    def read(self, size, patience):
        """Returns so many bytes, or fewer at the end of what it writes."""
        limit = time.monotonic() + patience
        while len(self.data) < size:
            ready, _, _ = select.select([self.process.stdout], [], [],
                                        max(limit - time.monotonic(), 0))
            assert ready, f'nothing was written for {patience} s'
            more = os.read(self.process.stdout.fileno(), 65536)
            if not more:
                break
            self.data += more
        data, self.data = self.data[:size], self.data[size:]
        return data

    def receive(self, patience=PATIENCE):
        """Returns the next frame, or None at the end of what it writes; a CAUSE is none itself."""
        frame = self.receive_any(patience)
        if not frame or frame[0] != b'c':
            return frame
        _, number, payload = frame
        _, letters = parse_variant(payload)
        assert letters, 'the cause that it tells has no value'
        frame = self.receive_any(patience)
        assert frame and frame[:2] == (b'f', number), 'it tells a cause, and then no error'
        return frame

    def receive_any(self, patience):
        header = self.read(HEADER.size, patience)
        if not header:
            return None
        assert len(header) == HEADER.size, f'{header!r} is no whole header'
        size, magic, version, kind, number = HEADER.unpack(header)
        assert magic == b'PL', f'{header!r} is no header: standard output is for frames alone'
        assert version == VERSION, f'its version is {version}'
        assert kind in FROM_WORKERS, f'a worker does not say {kind!r}'
        payload = self.read(size, patience)
        assert len(payload) == size, f'a frame {kind!r} is not whole'
        return kind, number, payload

    def expect(self, expected, patience=PATIENCE):
        frame = self.receive(patience)
        assert frame, f'it ended, and {expected!r} was to come'
        kind, number, payload = frame
        assert kind != b'f' or number or expected == b'f', f'it failed: {parse_error(payload)}'
        assert kind == expected, f'it says {kind!r}, and {expected!r} was to come'
        return number, payload

    def greet(self, **changes):
        self.hello(**changes)
        _, payload = self.expect(b'h')
        self.expect(b's')
        return parse_dictionary(payload)

    def answer(self, number, before=b'm'):
        """Reads to the answer to an element, and returns its type, and how often it emitted."""
        n_emitted = 0
        while True:
            frame = self.receive()
            assert frame, f'it ended without an answer to {number}'
            kind, at, payload = frame
            if kind in b'af':
                assert at == number, f'it answers {at}, and {number} was to come'
                self.check_answer(kind, payload)
                return kind, n_emitted
            assert kind in before, f'it says {kind!r} where an answer was to come'
            if kind == b'm':
                assert at == number, f'it emits for {at}, and has {number} in hand'
                assert self.options.operation == 'flat_map', 'it emits, and is no flat_map'
                parse_variant(payload)
                n_emitted += 1
                self.send(b'g', number)

    def check_answer(self, kind, payload):
        if kind == b'f':
            parse_error(payload)
            return
        if self.options.operation in ('each', 'flat_map'):
            assert not payload, 'its answer has a payload'
            return
        data, letters = parse_variant(payload)
        assert letters, 'its answer has no value'
        if self.options.operation == 'filter':
            assert letters == b'b' and data in (b'\0', b'\1'), 'its answer is no boolean'

    def finish(self):
        self.send(b'x')
        self.expect(b'x')
        self.end(0)

    def end(self, status=None):
        assert self.receive() is None, 'it says more behind its last frame'
        ended = self.process.wait(PATIENCE)
        assert status is None or ended == status, f'it exits with status {ended}'


# What is tried

def check_greeting(worker):
    """It answers HELLO with HELLO and READY"""
    hello = worker.greet()
    data, letters = hello.get('version', (b'', b''))
    assert letters == b'u' and struct.unpack('<I', data) == (VERSION,), 'no “version” in its HELLO'
    data, letters = hello.get('host', (b'', b''))
    assert letters == b's' and len(data) > 1, 'no “host” in its HELLO'
    data, letters = hello.get('pid', (b'', b''))
    assert letters == b'x' and struct.unpack('<q', data)[0] > 0, 'no “pid” in its HELLO'
    worker.finish()


def check_no_elements(worker):
    """It ends with END, and exits with status 0, also without an element"""
    worker.greet()
    worker.finish()


def check_one_by_one(worker):
    """It answers each element before there is another"""
    worker.greet()
    for number in range(1, 21):
        worker.element(number, number % 7)
        worker.answer(number)
    worker.finish()


def check_order(worker):
    """It answers many elements in their order, and all of them before END"""
    worker.greet()
    for number in range(1, 101):
        worker.element(number, number % 7)
    worker.send(b'x')
    for number in range(1, 101):
        worker.answer(number)
    worker.expect(b'x')
    worker.end(0)


def check_early_elements(worker):
    """It takes elements that come before it has said READY"""
    worker.hello()
    worker.element(1, 1)
    worker.element(2, 2)
    worker.expect(b'h')
    worker.expect(b's')
    worker.answer(1)
    worker.answer(2)
    worker.finish()


def check_pieces(worker):
    """It reads frames that come byte by byte"""
    worker.greet()
    payload = make_element(0, 3, worker.options.pickle)
    for byte in HEADER.pack(len(payload), b'PL', VERSION, b'e', 1) + payload:
        worker.write(bytes([byte]))
    worker.answer(1)
    worker.finish()


def check_recall_of_nothing(worker):
    """It answers RECALL also if there is nothing to give back"""
    worker.greet()
    worker.send(b'r')
    _, payload = worker.expect(b'b')
    assert not payload, 'it gives back what it has not had'
    worker.finish()


def check_recall(worker):
    """It answers RECALL, and then all elements that it has not given back, and no others"""
    worker.greet()
    for number in range(1, 31):
        worker.element(number, number % 7)
    worker.send(b'r')
    worker.element(31, 1)

    expected, returned = list(range(1, 32)), None
    while expected:
        kind, number, payload = worker.receive() or (None, 0, b'')
        assert kind, f'it ended, and {expected[0]} was to be answered'
        if kind == b'b':
            assert returned is None, 'it says RETURNED twice'
            returned = [number for number, in struct.iter_unpack('<Q', payload)]
            assert 31 not in returned, 'it gives back what has come behind the RECALL'
            assert returned == [number for number in expected if number <= 30][-len(returned):] \
                or not returned, f'it gives back {returned}, which are not the last of {expected}'
            expected = [number for number in expected if number not in returned]
        elif kind in b'af':
            assert number == expected[0], f'it answers {number}, and not {expected[0]}'
            expected.pop(0)
        else:
            assert kind == b'm', f'it says {kind!r}'
    assert returned is not None, 'it says no RETURNED'
    worker.finish()


def check_ping(worker):
    """It answers PING with PONG"""
    worker.greet()
    for _ in range(3):
        worker.send(b'p')
        worker.expect(b'q')
    worker.element(1, 1)
    worker.answer(1)
    worker.send(b'p')
    worker.expect(b'q')
    worker.finish()


def check_ping_while_computing(worker):
    """It answers PING while its function computes"""
    if worker.options.slow is None:
        raise Skip('--slow tells no element that takes long')
    worker.greet()
    worker.element(1, worker.options.slow)
    worker.send(b'p')
    worker.expect(b'q')
    worker.answer(1)
    worker.finish()


def check_stepwise(worker):
    """It waits for GO behind each EMIT, if it is told to"""
    if worker.options.operation != 'flat_map':
        raise Skip('it is no flat_map')
    worker.greet(stepwise=make_variant(b'\1', b'b'))
    worker.element(1, 3)
    while True:
        kind, _, _ = worker.receive() or (b'x', 0, b'')
        if kind != b'm':
            break
        # What else it said would be there before the PONG, if it had not waited.
        worker.send(b'p')
        worker.expect(b'q')
        worker.send(b'g', 1)
    assert kind in b'af', f'it says {kind!r} where an answer was to come'
    worker.finish()


def check_end_of_file(worker):
    """It ends when its standard input does, without END"""
    worker.greet()
    worker.process.stdin.close()
    worker.process.wait(GRACE / 1000 + PATIENCE)


def check_end_of_file_with_elements(worker):
    """It ends when its standard input does, whatever it has in hand"""
    worker.greet()
    value = 1 if worker.options.slow is None else worker.options.slow
    for number in range(1, 11):
        worker.element(number, value)
    worker.process.stdin.close()
    worker.process.wait(GRACE / 1000 + PATIENCE)


def check_silence_of_standard_input(worker):
    """It says nothing before it has been greeted"""
    ready, _, _ = select.select([worker.process.stdout], [], [], 0.2)
    assert not ready, 'it speaks first'
    worker.greet()
    worker.finish()


def check_refusal(worker):
    """Reads an error that is not about an element, and the end."""
    number, payload = worker.expect(b'f')
    assert number == 0, f'its error is about element {number}'
    _, message = parse_error(payload)
    assert message, 'its error has no message'
    while worker.receive():
        continue
    worker.process.wait(PATIENCE)


def check_other_version(worker):
    """It fails with a frame of a version that it does not know"""
    worker.send(b'h', 0, b'', version=99)
    check_refusal(worker)


def check_unknown_operation(worker):
    """It fails with an operation that it does not know"""
    worker.hello(operation=make_variant(make_text('no-operation'), b's'))
    check_refusal(worker)


CHECKS = [value for name, value in list(globals().items())
          if name.startswith('check_') and name != 'check_refusal']


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--operation', choices=OPERATIONS, default='map')
    parser.add_argument('--function')
    parser.add_argument('--data')
    parser.add_argument('--pickle', action='store_true')
    parser.add_argument('--slow', type=int)
    parser.add_argument('program', nargs=argparse.REMAINDER)
    options = parser.parse_args()
    if not options.program:
        parser.error('which PROGRAM?')
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)

    failed = False
    print(f'1..{len(CHECKS)}')
    for number, check in enumerate(CHECKS, 1):
        result, note = 'ok', ''
        try:
            with Worker(options) as worker:
                check(worker)
        except Skip as reason:
            note = f' # SKIP {reason}'
        except (AssertionError, subprocess.TimeoutExpired, struct.error, ValueError,
                IndexError) as problem:
            result, failed = 'not ok', True
            print(f'# {problem or type(problem).__name__}')
        print(f'{result} {number} - {check.__doc__}{note}', flush=True)
    sys.exit(1 if failed else 0)


main()
