#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The pypeln-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A worker for a process map of 64-bit integers: it doubles them.

It speaks the worker protocol by itself, with nothing but Python's standard library, and so shows
what a worker in any language has to do. docs/worker-protocol.md tells about the protocol.
"""

import os
import socket
import struct
import sys

HEADER = struct.Struct('<I2sBcQ') # size of the payload, magic, version, type, id
VERSION = 1


def double(number):
    return 2 * number


# Values, as GVariant has them

def make_variant(data, letters):
    """A 'v': a value, and the type of it."""
    return data + b'\0' + letters


def make_text(text):
    return text.encode() + b'\0'


def make_pair(key, variant):
    """A key of a dictionary and its value, which begins at a multiple of 8."""
    key = make_text(key)
    return key + bytes(-len(key) % 8) + variant


def make_dictionary(items):
    """An 'a{sv}' of not more than 255 bytes, so that one byte tells where each part ends."""
    data, ends = b'', b''
    for key, variant in items.items():
        data += bytes(-len(data) % 8) # each entry begins at a multiple of 8 too
        data += make_pair(key, variant) + bytes([len(make_text(key))])
        ends += bytes([len(data)])
    return data + ends


def make_error(message):
    """An '(sis)': the error's domain, which is not known here, its code, and its message."""
    data = make_text('plain-worker')
    ends = bytes([len(data)])
    data += bytes(-len(data) % 4) + struct.pack('<i', 0) + make_text(message)
    return data + ends


def parse_element(payload):
    """Returns the value in an '(axv)', which is a 'v', and the type of it."""
    width = 1 if len(payload) <= 0xff else 2 if len(payload) <= 0xffff else 4
    path_end = int.from_bytes(payload[-width:], 'little') # a multiple of 8, where the 'v' begins
    data, _, letters = payload[path_end:-width].rpartition(b'\0')
    return data, letters


# Frames

def read_exactly(size):
    data = sys.stdin.buffer.read(size)
    if len(data) < size:
        sys.exit() # the run has been cancelled
    return data


def read_frame():
    size, magic, version, kind, number = HEADER.unpack(read_exactly(HEADER.size))
    if magic != b'PL' or version != VERSION:
        fail(0, f'This worker speaks version {VERSION} of the worker protocol')
        sys.exit(1)
    return kind, number, read_exactly(size)


def write_frame(kind, number=0, payload=b''):
    sys.stdout.buffer.write(HEADER.pack(len(payload), b'PL', VERSION, kind, number) + payload)
    sys.stdout.buffer.flush()


def fail(number, message):
    write_frame(b'f', number, make_error(message))


# The conversation

def greet():
    kind, _, payload = read_frame()
    if kind != b'h':
        fail(0, 'HELLO has to come first')
        sys.exit(1)
    if make_pair('operation', make_variant(make_text('map'), b's')) not in payload:
        fail(0, 'This worker is for a map')
        sys.exit(1)
    write_frame(b'h', 0, make_dictionary({
        'version': make_variant(struct.pack('<I', VERSION), b'u'),
        'host': make_variant(make_text(socket.gethostname()), b's'),
        'pid': make_variant(struct.pack('<q', os.getpid()), b'x'),
    }))
    write_frame(b's')


def answer(number, payload):
    data, letters = parse_element(payload)
    if letters != b'x':
        fail(number, 'This worker doubles values of type x')
        return
    try:
        result = struct.pack('<q', double(struct.unpack('<q', data)[0]))
    except struct.error:
        fail(number, 'The double is no 64-bit integer')
        return
    write_frame(b'a', number, make_variant(result, b'x'))


def main():
    greet()
    while True:
        kind, number, payload = read_frame()
        if kind == b'e':
            answer(number, payload)
        elif kind == b'r':
            write_frame(b'b') # it reads one element at a time, so there is none to give back
        elif kind == b'p':
            write_frame(b'q')
        elif kind == b'x':
            write_frame(b'x')
            return


main()
