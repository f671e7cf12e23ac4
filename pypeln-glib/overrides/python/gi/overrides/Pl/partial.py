# SPDX-FileCopyrightText: 2026 The pypeln-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A stage that does not know yet where its elements come from."""

import types
import typing


class Undefined:
    """What stands for a stage that has not been given."""

    def __repr__(self):
        return 'UNDEFINED'


UNDEFINED = Undefined()


class Element(typing.NamedTuple):
    """A value, and where it comes from: what to_iterable() gives with `return_index`."""

    index: typing.Tuple[int, ...]
    value: typing.Any


class Partial:
    """Takes the stage that is missing: `stage | partial`, or `partial(stage)`."""

    __class_getitem__ = classmethod(types.GenericAlias) # for annotations

    def __init__(self, complete):
        self._complete = complete

    def __call__(self, stage):
        return self._complete(stage)

    def __or__(self, stage):
        return self._complete(stage)

    def __ror__(self, stage):
        return self._complete(stage)
