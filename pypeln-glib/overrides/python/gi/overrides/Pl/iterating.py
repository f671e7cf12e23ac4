# SPDX-FileCopyrightText: 2026 The pypeln-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""How Python takes the elements of a run.

Elements leave the library many at a time, except where there is a bound: there each is taken when
it is asked for, since its place is free from then on.
"""

import asyncio
import atexit
import os
import signal
import socket
import threading
import weakref

from gi.repository import GLib

from . import native, processes
from .boxed import keep_all
from .functions import get_current_worker, uninterrupted
from .library import Pl
from .loop import get_running_bridge, waiting

MAX_VALUES = 1024
MIN_DIVIDED = 32


def has_asyncio(last):
    """Tells whether a pipeline has functions that run on an event loop."""
    seen, found = {last}, [last]
    for stage in found:
        if getattr(stage, 'uses_asyncio', False):
            return True
        inputs = {stage.get_input(i) for i in range(stage.get_n_inputs())} - seen
        seen |= inputs
        found += inputs
    return False


def divide_bound(maxsize):
    """Returns how many elements may wait in the library's queue, and how many are taken at once.

    Of a bound of some size a quarter is for elements that have been taken and wait here: with what
    waits in the queue they are never more than the bound.
    """
    if maxsize == 0:
        return 0, MAX_VALUES
    n_here = maxsize // 4 if maxsize >= MIN_DIVIDED else 0
    return maxsize - n_here, 1 + n_here


def restore(iterator, error):
    """Returns the exception that a run has failed with, where a function has raised it."""
    exception = processes.restore(iterator.get_exception())
    if exception is None:
        return error
    if hasattr(exception, 'add_note') and error.message not in \
            getattr(exception, '__notes__', ()):
        exception.add_note(error.message)
    return exception


# Waiting

class Signals:
    """Wakes the main thread out of a call that waits when there is a signal to be handled.

    Python handles signals between two of its instructions. The interpreter writes to a socket
    meanwhile, which the call looks at. A handler may itself wait for elements, so what is to be
    told when this thread goes on is not kept here.
    """

    def __init__(self):
        self.reader, self.writer = socket.socketpair()
        self.reader.setblocking(False)
        self.writer.setblocking(False)

    def begin(self):
        """Returns who has been told so far: this too, where a handler has kept it from its end."""
        return signal.set_wakeup_fd(self.writer.fileno(), warn_on_full_buffer=False)

    def end(self, former):
        """Whoever has asked for them before is to hear of them too."""
        signal.set_wakeup_fd(former, warn_on_full_buffer=False)
        try:
            numbers = self.reader.recv(4096)
            if former not in (-1, self.writer.fileno()):
                os.write(former, numbers)
        except OSError:
            pass


signals = None


def forget_signals():
    """A child process is not to wake its parent."""
    global signals
    signals = None


os.register_at_fork(after_in_child=forget_signals)

# PyGObject's own, without what the classes of Python add.
next_values = Pl.Iterator.next_values
next_values_or_fd = Pl.Iterator.next_values_or_fd
next_values_finish = Pl.Iterator.next_values_finish


def take_on_main_thread(iterator, max_values):
    global signals
    if signals is None:
        signals = Signals()
    is_readable = True
    while is_readable:
        former = signals.begin()
        try:
            values, is_readable = next_values_or_fd(iterator, max_values, signals.reader.fileno())
        finally:
            signals.end(former)
    return values


def make_take(iterator):
    """Returns the function that takes elements on this thread."""
    worker = get_current_worker()
    if worker is not None:
        # Another pipeline's function: when nobody waits for that, nobody waits for this.
        cancellable = worker.get_cancellable()
        return uninterrupted(lambda max_values: next_values(iterator, max_values, cancellable))
    if threading.get_ident() == threading.main_thread().ident:
        return lambda max_values: take_on_main_thread(iterator, max_values)
    return lambda max_values: next_values(iterator, max_values, None)


runs = weakref.WeakSet() # of generators that may not have ended


def end_runs():
    """Ends what a program leaves behind: a generator that is closed when the interpreter is about to
    be gone would wait for threads that cannot run functions any more."""
    for iterator in list(runs):
        iterator.close()


atexit.register(end_runs)
os.register_at_fork(after_in_child=runs.clear)


def iterate(stage, maxsize):
    """An iterator of the elements of a run, which waits for them."""
    return native.make_generator(stage) or iterate_run(stage, *divide_bound(maxsize))


def iterate_run(stage, maxsize, max_values):
    failure = None
    with waiting(has_asyncio(stage)) as background:
        iterator = stage.iterate_on(maxsize, background and background.context)
        runs.add(iterator)
        values, ident = True, None
        try:
            while values:
                # Whoever goes on with it may do so on another thread.
                if threading.get_ident() != ident:
                    ident, take = threading.get_ident(), make_take(iterator)
                values = take(max_values)
                yield from values if stage.gives_objects else keep_all(values)
        except GLib.Error as error:
            failure = restore(iterator, error)
        finally:
            uninterrupted(iterator.close)()

    # Here, where no other exception is handled, so that it keeps its own context and cause.
    if failure is not None:
        try:
            raise failure
        finally:
            del failure


# asyncio

class Taking:
    """What takes elements on the thread of an event loop."""

    def __init__(self, bridge, iterator):
        self.bridge = bridge
        self.iterator = iterator
        self.is_over = False

    async def take(self, max_values):
        future = self.bridge.loop.create_future()

        def ready(_iterator, result):
            if not future.done():
                future.set_result(result)

        context = self.bridge.context
        context.push_thread_default()
        self.iterator.next_values_async(max_values, None, ready)
        context.pop_thread_default()
        self.bridge.kick()
        result = await future
        try:
            values = next_values_finish(self.iterator, result)
        except GLib.Error as error:
            self.is_over = True
            raise restore(self.iterator, error) from None
        self.is_over = not values
        return values

    async def close(self):
        """Ends the run, which may wait for functions on this very loop."""
        if self.is_over:
            self.bridge.release()
            return
        closing = self.bridge.loop.run_in_executor(None, self.iterator.close)
        closing.add_done_callback(lambda _closing: self.bridge.release())
        await asyncio.shield(closing)


async def iterate_async(stage, maxsize):
    """An asynchronous generator of the elements of a run."""
    native_elements = native.make_generator(stage)
    if native_elements is not None:
        for element in native_elements:
            yield element
        return

    maxsize, max_values = divide_bound(maxsize)
    bridge = get_running_bridge()
    bridge.hold()
    taking = Taking(bridge, stage.iterate_on(maxsize, bridge.context))
    try:
        while values := await taking.take(max_values):
            for value in values if stage.gives_objects else keep_all(values):
                yield value
    finally:
        await taking.close()


async def collect(stage, maxsize):
    return [value async for value in iterate_async(stage, maxsize)]
