# SPDX-FileCopyrightText: 2026 The pypeln-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What stages, iterators and figures can do in Python beside what they can in C."""

import types

from gi.overrides import override
from gi.repository import GObject

from . import iterating
from .boxed import keep, keep_all
from .library import Pl

# Overrides are to be of the module that has the namespace's name.
PACKAGE = 'gi.overrides.Pl'


class Stage(Pl.Stage):
    """A stage is an ordinary iterable of Python, and what can be awaited is the list of it."""

    __module__ = PACKAGE
    __class_getitem__ = classmethod(types.GenericAlias) # for annotations

    gives_objects = False # see boxed.py

    def __iter__(self):
        """Starts a run, which ends with the last element, or when the iterator is dropped."""
        return iterating.iterate(self, self.get_maxsize())

    def __aiter__(self):
        """Starts a run on the event loop of this thread, for `async for`."""
        return iterating.iterate_async(self, self.get_maxsize())

    def __await__(self):
        """Waits for the list of all elements."""
        return iterating.collect(self, self.get_maxsize()).__await__()

    def __or__(self, function):
        """What a function, or a Partial, makes of the stage."""
        return function(self)

    # Whoever sets these by hand has the library call them.

    def set_on_start(self, closure):
        self.python_step = None
        Pl.Stage.set_on_start(self, closure)

    def set_on_done(self, closure):
        self.python_step = None
        Pl.Stage.set_on_done(self, closure)

    def _to_objects(self):
        return self if self.gives_objects else \
            Pl.sync_map(self, keep, GObject.TYPE_PYOBJECT)

    def collect(self, cancellable=None):
        """Waits for the list of all elements. It fails with a GLib.Error, as it does in C."""
        return Pl.Stage.collect(self._to_objects(), cancellable)

    def collect_async(self, cancellable, callback, *user_data):
        """Begins what collect() does."""
        Pl.Stage.collect_async(self._to_objects(), cancellable,
                               lambda _stage, *result: callback(self, *result), *user_data)

    def collect_finish(self, result):
        """The list of all elements, for the callback of collect_async()."""
        return Pl.Stage.collect_finish(result.get_source_object(), result)


class Iterator(Pl.Iterator):
    """A run is an iterator, with the figures of its stages.

    As an iterator it raises what a function has raised. Its methods are those of C, and fail with a
    GLib.Error.
    """

    __module__ = PACKAGE

    @property
    def status(self):
        """The figures of the run at this moment: a Pl.RunStatus."""
        return self.dup_status()

    def __iter__(self):
        return self

    def __next__(self):
        return iterating.take_one(self)

    def next(self, cancellable=None):
        """Waits for the next element: whether there is one, and what it is."""
        found, value = super().next(cancellable)
        return found, keep(value)

    def next_finish(self, result):
        """What next() returns, for the callback of next_async()."""
        found, value = super().next_finish(result)
        return found, keep(value)

    def next_values(self, max_values, cancellable=None):
        """Waits for the next element, and takes up to so many: none at the end."""
        return keep_all(super().next_values(max_values, cancellable))

    def next_values_finish(self, result):
        """What next_values() returns, for the callback of next_values_async()."""
        return keep_all(super().next_values_finish(result))

    def next_values_or_fd(self, max_values, fd):
        """What next_values() returns, and whether there is none since fd can be read from."""
        values, is_readable = super().next_values_or_fd(max_values, fd)
        return keep_all(values), is_readable


class StageStatus(Pl.StageStatus):
    """The figures of a stage, for which an on_done may ask by the name stage_status."""

    __module__ = PACKAGE

    @property
    def done(self):
        """Whether all workers of the stage have ended."""
        return self.get_done()

    @property
    def active_workers(self):
        """How many workers of the stage have not ended."""
        return self.get_active_workers()


class ValueObject(Pl.ValueObject):
    """An element in a list model."""

    __module__ = PACKAGE

    def get_value(self):
        """The element."""
        return keep(super().get_value())


OVERRIDES = {cls.__name__: override(cls) for cls in (Stage, Iterator, StageStatus, ValueObject)}
