# SPDX-FileCopyrightText: 2026 The pypeln-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Functions of stages of any kind: a worker process can import them."""


def same(x):
    return x


def add_one(x):
    return x + 1


def is_odd(x):
    return x % 2 == 1


def twice(x):
    return [x, x]


def count_to(x):
    yield from range(x)


def is_none(x):
    return x is None


def divide_by(x):
    return 1 / x


def tell_index(x, element_index):
    return x, element_index


def tell_worker(_x, worker_info):
    return worker_info.index


class Local(Exception):
    """An error with more in it than its text."""

    def __init__(self, first, second):
        super().__init__(f'{first} and {second}')
        self.first = first
        self.second = second


def raise_local(x):
    raise Local(x, 'two')
