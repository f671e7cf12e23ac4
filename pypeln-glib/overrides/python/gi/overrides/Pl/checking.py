# SPDX-FileCopyrightText: 2026 The pypeln-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is wrong with an argument, in words of the user's program."""

import math
import numbers
import operator

UINT_MAX = 2 ** 32 - 1


def check_function(value, name):
    if not callable(value):
        raise TypeError(f'{name} is to be callable, and is {value!r}')


def check_count(value, name):
    """Returns a number of workers or of elements."""
    try:
        count = operator.index(value)
    except TypeError:
        raise TypeError(f'{name} is to be a whole number, and is {value!r}') from None
    if not 0 <= count <= UINT_MAX:
        raise ValueError(f'{name} is to be from 0 to {UINT_MAX}, and is {value!r}')
    return count


def get_milliseconds(timeout):
    """A timeout in seconds, as pypeln has it, in milliseconds: 0 is none in both."""
    if timeout is None:
        return 0
    if not isinstance(timeout, numbers.Real):
        raise TypeError(f'timeout is to be a number of seconds, and is {timeout!r}')
    if not 0 <= timeout * 1000 <= UINT_MAX:
        raise ValueError(f'timeout is to be from 0 to {UINT_MAX // 1000} seconds, and is '
                         f'{timeout!r}')
    return math.ceil(timeout * 1000)
