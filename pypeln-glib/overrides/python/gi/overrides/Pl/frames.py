# SPDX-FileCopyrightText: 2026 The pypeln-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is said in the worker protocol, as docs/worker-protocol.md has it.

This is for worker processes, and does without GLib and without what takes long to import.
"""

from struct import Struct

VERSION = 1
HEADER = Struct('<IIQ') # size of the payload, what it is, id


def get_number(letter):
    """What stands for a type of frames in a header: the magic, the version and the letter."""
    return int.from_bytes(b'PL' + bytes([VERSION]) + letter, 'little')


HELLO = get_number(b'h')
ELEMENT = get_number(b'e')
GO = get_number(b'g')
RECALL = get_number(b'r')
PING = get_number(b'p')
END = get_number(b'x')
READY = get_number(b's')
EMIT = get_number(b'm')
ANSWER = get_number(b'a')
CAUSE = get_number(b'c')
ERROR = get_number(b'f')
RETURNED = get_number(b'b')
PONG = get_number(b'q')

# What is behind the bytes in a 'v' of them.
BYTES_END = b'\0ay'


def make_frame(kind, number=0, payload=b''):
    return HEADER.pack(len(payload), kind, number) + payload


# Values, as GVariant has them

def make_variant(data, letters):
    return data + b'\0' + letters


def make_text(text):
    return text.replace('\0', '�').encode(errors='replace') + b'\0'


def make_offsets(ends, size):
    """Where parts end: as many bytes each as the whole with them needs."""
    width = 1
    while size + width * len(ends) >= 1 << 8 * width:
        width *= 2
    return b''.join([end.to_bytes(width, 'little') for end in ends])


def make_dictionary(items):
    data, ends = b'', []
    for key, variant in items.items():
        key = make_text(key)
        entry = key + bytes(-len(key) % 8) + variant
        entry += make_offsets([len(key)], len(entry))
        data += bytes(-len(data) % 8) + entry
        ends.append(len(data))
    return data + make_offsets(ends, len(data))


def make_error(domain, code, message):
    data = make_text(domain)
    ends = [len(data)]
    data += bytes(-len(data) % 4) + Struct('<i').pack(code) + make_text(message)
    return data + make_offsets(ends, len(data))


def get_width(size):
    return 1 if size <= 0xff else 2 if size <= 0xffff else 4


def parse_variant(data):
    """Returns a value, and the letters of its type."""
    at = data.rindex(b'\0')
    return data[:at], data[at + 1:]


def parse_dictionary(data):
    """Returns an 'a{sv}' as keys, and values with the letters of their types."""
    if not data:
        return {}
    width = get_width(len(data))
    items, start = {}, 0
    for at in range(int.from_bytes(data[-width:], 'little'), len(data), width):
        end = int.from_bytes(data[at:at + width], 'little')
        entry = data[start:end]
        key_width = get_width(len(entry))
        key_end = int.from_bytes(entry[-key_width:], 'little')
        key = entry[:key_end - 1].decode()
        items[key] = parse_variant(entry[key_end + -key_end % 8:-key_width])
        start = end + -end % 8
    return items


def get_path_end(payload):
    """Returns where the 'v' begins in an '(axv)', and how many bytes are behind that."""
    width = get_width(len(payload))
    return int.from_bytes(payload[-width:], 'little'), width


def get_bytes(payload):
    """Returns the value in an '(axv)', which is to be bytes."""
    # A small one, as most are; the same as below.
    if len(payload) < 256 and payload[-4:-1] == BYTES_END:
        return payload[payload[-1]:-4]

    begin, width = get_path_end(payload)
    data, letters = parse_variant(payload[begin:-width])
    if letters != b'ay':
        raise TypeError('A worker in Python takes pickles, which are bytes (“ay”), and the element '
                        f'is a “{letters.decode(errors="replace")}”')
    return data


def get_path(payload):
    """Returns the path in an '(axv)'."""
    return Struct(f'<{get_path_end(payload)[0] // 8}q').unpack_from(payload)
