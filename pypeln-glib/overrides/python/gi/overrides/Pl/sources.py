# SPDX-FileCopyrightText: 2026 The pypeln-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Sources: stages of whatever Python can iterate."""

import asyncio
from collections import abc
from concurrent import futures

from gi.repository import Gio, GObject

from .functions import get_current_worker, guarded, interruptible, pull, run_thread
from .library import Pl
from .loop import GRACE_PERIOD, get_bridge_of

INT_MIN, INT_MAX = -2 ** 31, 2 ** 31 - 1

# What has its elements at hand: nobody has to wait for the next one.
CONTAINERS = (list, tuple, range, dict, set, frozenset, str, bytes, bytearray, memoryview,
              abc.MappingView)


def to_stage(value, argument='stage', may_wait=True):
    """Returns a stage of what a user has given as one.

    Where it may take a while until the next element is there the source has a thread of its own,
    unless @may_wait tells that the elements are only to be pulled when they are wanted.
    """
    if isinstance(value, Pl.Stage):
        return value
    if isinstance(value, Gio.ListModel):
        return Pl.Source.new_for_list_model(value)
    if hasattr(value, '__aiter__'):
        return new_async_source(value)
    if isinstance(value, abc.Iterable) or hasattr(value, '__getitem__'):
        return new_source(value, may_wait)
    raise TypeError(f'{argument} is to be a stage, an iterable or an asynchronous iterable, and '
                    f'not {type(value).__name__}')


def new_source(iterable, may_wait):
    if type(iterable) is range and iterable.step == 1 and iterable.start >= INT_MIN and \
            iterable.stop <= INT_MAX:
        source = Pl.Source.new_range(iterable.start, iterable.stop)
    else:
        begin = guarded(lambda _worker: iter(iterable))
        source = make_source(begin, interruptible(pull),
                             may_wait and not isinstance(iterable, CONTAINERS))
    source.python_iterable = iterable
    source.gives_objects = True
    return source


def make_source(begin, following, waits):
    """Makes a source; one that @waits does so on a thread of its own."""
    source = Pl.Source.new_for_generator(begin, following, GObject.TYPE_PYOBJECT)
    source.set_thread_closure(run_thread)
    if waits:
        source.set_kind(Pl.WorkerKind.THREAD)
    return source


class AsyncIteration:
    """An asynchronous iterator, which a thread that is none of its loop's takes from."""

    def __init__(self, iterable, worker):
        self.loop = get_bridge_of(worker.get_run_context()).loop
        self.iterator = iterable.__aiter__()
        self.future = None
        self.task = None # of the loop, behind the future
        self.cancellable = worker.get_cancellable()
        self.handler = GObject.Object.connect(self.cancellable, 'cancelled', self.cancel)

    def __next__(self):
        self.future = asyncio.run_coroutine_threadsafe(self.get_next(), self.loop)
        if self.cancellable.is_cancelled():
            self.future.cancel()
        try:
            return self.future.result()
        except StopAsyncIteration:
            raise StopIteration from None

    async def get_next(self):
        self.task = asyncio.current_task()
        # A future does not take the exception that ends an iterator.
        return await self.iterator.__anext__()

    def cancel(self, _cancellable):
        if self.future is not None:
            self.future.cancel()

    def close(self):
        """Has a generator clean up before the run is over, if its loop goes on."""
        GObject.Object.disconnect(self.cancellable, self.handler)
        self.future = None
        if not hasattr(self.iterator, 'aclose') or self.loop.is_closed():
            return
        closing = asyncio.run_coroutine_threadsafe(self.close_iterator(), self.loop)
        futures.wait([closing], GRACE_PERIOD)

    async def close_iterator(self):
        if self.task is not None:
            await asyncio.wait([self.task])
        await self.iterator.aclose()


def begin_async(iterable, worker):
    worker.python_iteration = AsyncIteration(iterable, worker)
    return worker.python_iteration


def run_async_thread(worker):
    worker.python_iteration = None
    try:
        run_thread(worker)
    finally:
        iteration = worker.python_iteration
        if iteration is not None:
            del worker.python_iteration
            iteration.close()


def new_async_source(iterable):
    source = make_source(guarded(lambda worker: begin_async(iterable, worker)), guarded(pull), True)
    source.set_thread_closure(run_async_thread)
    source.gives_objects = True
    return source
