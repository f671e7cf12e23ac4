# SPDX-FileCopyrightText: 2026 The pypeln-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A program for type checkers, which stub.py has mypy read: it says what it expects to be known,
and where a mistake is to be found. It is not run."""

from typing import AsyncIterator, Iterator, List

from typing_extensions import assert_type

from gi.repository import Pl


def get_length(word: str) -> int:
    return len(word)


async def fetch(word: str) -> int:
    return len(word)


def with_resource(word: str, database: object) -> float:
    return 1.0


def split(word: str) -> Iterator[bytes]:
    yield word.encode()


async def emit(word: str) -> AsyncIterator[bytes]:
    yield word.encode()


WORDS = ['one', 'two']
lengths = Pl.thread.map(get_length, WORDS, workers=3, name='lengths')

assert_type(lengths, Pl.Stage[int])
assert_type(list(lengths), List[int])
assert_type(Pl.process.map(with_resource, WORDS, on_start=dict), Pl.Stage[float])
assert_type(Pl.task.map(fetch, WORDS), Pl.Stage[int])
assert_type(Pl.task.map(get_length, WORDS), Pl.Stage[int])
assert_type(Pl.sync.flat_map(split, WORDS), Pl.Stage[bytes])
assert_type(Pl.task.flat_map(emit, WORDS), Pl.Stage[bytes])
assert_type(Pl.thread.filter(bool, lengths), Pl.Stage[int])
assert_type(Pl.sync.ordered(lengths), Pl.Stage[int])
assert_type(Pl.thread.concat([lengths, lengths]), Pl.Stage[int])
assert_type(Pl.thread.map(get_length), Pl.Partial[Pl.Stage[int]])
assert_type(WORDS | Pl.thread.map(get_length), Pl.Stage[int])
assert_type(WORDS | Pl.thread.filter(bool) | Pl.task.map(fetch), Pl.Stage[int])
assert_type(lengths | Pl.thread.filter(bool) | Pl.sync.ordered() | list, List[int])
assert_type(next(iter(Pl.sync.to_iterable(lengths))), int)
assert_type(next(iter(Pl.sync.to_iterable(lengths, return_index=True))), Pl.Element)
assert_type(lengths.iterate().status, Pl.RunStatus)
assert_type(lengths.get_kind(), Pl.WorkerKind)

Pl.thread.each(print, lengths, run=True)


async def main() -> None:
    assert_type(await lengths, List[int])
    async for length in lengths:
        assert_type(length, int)


Pl.thread.map(get_length, WORDS, workers='many')  # type: ignore[call-overload]
Pl.thread.map(1, WORDS)  # type: ignore[call-overload]
Pl.thread.run(3)  # type: ignore[arg-type]
Pl.Source.new_range(0, 'end')  # type: ignore[arg-type]
lengths.set_workers('many')  # type: ignore[arg-type]
