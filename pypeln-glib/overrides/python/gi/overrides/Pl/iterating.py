# SPDX-FileCopyrightText: 2026 The pypeln-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""How Python takes the elements of a run.

Elements leave the library many at a time. A bound of some size is divided between its queue and
what has been taken ahead here; where there is a smaller one each element is taken when it is asked
for, since its place is free from then on.
"""

import asyncio
import atexit
import contextlib
import itertools
import os
import signal
import sys
import threading
import weakref

import gi
from gi.repository import Gio, GLib

from . import native, processes
from .boxed import keep_all
from .functions import get_current_worker, uninterrupted
from .library import Pl
from .loop import GRACE_PERIOD, call_on, get_running_bridge, waiting

MAX_VALUES = 8192
MIN_DIVIDED = 32

# How often a loop goes on before a call of the library's waits for an element.
N_TURNS = 3


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

    Of a bound of some size a half is for elements that have been taken and wait here: with what
    waits in the queue they are never more than the bound.
    """
    if maxsize == 0:
        return 0, MAX_VALUES
    n_here = maxsize // 2 if maxsize >= MIN_DIVIDED else 0
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


def raise_restored(failure):
    """Raises it where no other exception is handled, so that it keeps its own context and cause."""
    try:
        raise failure
    finally:
        del failure


# Waiting

class Signals:
    """Wakes the main thread out of a call that waits when there is a signal to be handled.

    Python handles signals between two of its instructions. The interpreter writes to a pipe
    meanwhile, which the call looks at. A handler may itself wait for elements, so what is to be
    told when this thread goes on is not kept here.
    """

    def __init__(self):
        self.reader, self.writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    def begin(self):
        """Returns who has been told so far: this too, where a handler has kept it from its end."""
        return signal.set_wakeup_fd(self.writer, warn_on_full_buffer=False)

    def end(self, former):
        """Whoever has asked for them before is to hear of them too."""
        signal.set_wakeup_fd(former, warn_on_full_buffer=False)
        try:
            numbers = os.read(self.reader, 4096)
            if former not in (-1, self.writer):
                os.write(former, numbers)
        except OSError:
            pass


class Escapes:
    """Catches what a signal handler raises when a function is about to be called from C, or while
    PyGObject makes an exception of an error.

    There nobody else can catch it, and PyGObject prints what nobody catches. So does Python itself
    by sys.excepthook, which is this as long as the main thread takes elements.
    """

    def __init__(self):
        self.former = None
        self.caught = []

    def begin(self):
        self.former, sys.excepthook = sys.excepthook, self.hook

    def end(self):
        sys.excepthook = self.former

    def hook(self, kind, error, traceback):
        if threading.get_ident() == threading.main_thread().ident and traceback is not None and \
                os.path.dirname(traceback.tb_frame.f_code.co_filename) in FOLDERS:
            self.caught.append(error)
            # It has not been told, and its frames have the iterator.
            for name in LAST_TOLD:
                vars(sys).pop(name, None)
        else:
            self.former(kind, error, traceback)


LAST_TOLD = 'last_type', 'last_value', 'last_traceback', 'last_exc'

FOLDERS = os.path.dirname(__file__), os.path.dirname(gi.__file__)

signals = None


def forget_signals():
    """A child process is not to wake its parent."""
    global signals
    signals = None


os.register_at_fork(after_in_child=forget_signals)

# PyGObject's own, without what the classes of Python add.
iterate_on = Pl.Stage.iterate_on
next_values = Pl.Iterator.next_values
next_values_or_fd = Pl.Iterator.next_values_or_fd
next_values_finish = Pl.Iterator.next_values_finish
try_next_values = Pl.Iterator.try_next_values


def take_on_main_thread(iterator, max_values):
    global signals
    if signals is None:
        signals = Signals()
    escapes = Escapes()
    is_readable = True
    while is_readable:
        former = signals.begin()
        escapes.begin()
        try:
            values, is_readable = next_values_or_fd(iterator, max_values, signals.reader)
        except RuntimeError:
            # This is no GLib.Error, if it is here in place of what has been caught.
            if not escapes.caught:
                raise
        finally:
            escapes.end()
            signals.end(former)
        if escapes.caught:
            raise escapes.caught.pop()
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


def take_one(iterator):
    """The next element of a run that the user has started, or StopIteration."""
    failure = None
    try:
        values = make_take(iterator)(1)
    except GLib.Error as error:
        failure = restore(iterator, error)
    if failure is not None:
        raise_restored(failure)
    if not values:
        raise StopIteration
    return keep_all(values)[0]


generators = weakref.WeakSet() # those that may not have ended


def close_generators():
    """Ends what a program leaves behind: a generator that is closed when the interpreter is about
    to be gone would wait for threads that cannot run functions any more. One that another thread
    is inside of is never closed."""
    for generator in list(generators):
        if not generator.gi_running:
            generator.close()


atexit.register(close_generators)
os.register_at_fork(after_in_child=generators.clear)


def begin_run(stage, maxsize, context, begun):
    """Appends the iterator of a run to the list begun.

    No instruction of Python's is in between: an exception of a signal handler, which may come with
    the next one, would have the iterator dropped while it is raised, and nobody may run functions
    of Python's then.
    """
    begun.extend(itertools.starmap(iterate_on, [(stage, maxsize, context)]))


def iterate(stage, maxsize):
    """An iterator of the elements of a run, which waits for them."""
    generator = native.make_generator(stage)
    if generator is None:
        generator = iterate_run(stage, *divide_bound(maxsize))
        generators.add(generator)
    return generator


def iterate_run(stage, maxsize, max_values):
    failure = None
    begun = []
    with waiting(has_asyncio(stage)) as background:
        values, ident = True, None
        try:
            begin_run(stage, maxsize, background and background.context, begun)
            iterator, = begun
            while values:
                # Whoever goes on with it may do so on another thread.
                if threading.get_ident() != ident:
                    ident, take = threading.get_ident(), make_take(iterator)
                values = take(max_values)
                yield from values if stage.gives_objects else keep_all(values)
        except GLib.Error as error:
            failure = restore(iterator, error)
        finally:
            for iterator in begun:
                uninterrupted(iterator.close)()

    if failure is not None:
        raise_restored(failure)


# asyncio

class Taking:
    """What takes elements on the thread of an event loop."""

    def __init__(self, stage, maxsize):
        self.bridge = get_running_bridge()
        self.bridge.hold()
        self.begun = []
        begin_run(stage, maxsize, self.bridge.context, self.begun)
        self.iterator, = self.begun
        self.cancellable = Gio.Cancellable()
        self.future = None # of the call that is under way
        self.end = self.bridge.loop.create_future() # of the run
        self.end.add_done_callback(lambda _end: self.bridge.release())
        self.is_leaving = False

    def call(self, max_values):
        self.future = self.bridge.loop.create_future()
        context = self.bridge.context
        context.push_thread_default()
        self.iterator.next_values_async(max_values, self.cancellable, self.ready)
        context.pop_thread_default()
        self.bridge.kick()

    def ready(self, _iterator, result):
        if self.is_leaving:
            self.go_on_leaving(result)
        elif not self.future.done():
            self.future.set_result(result)

    async def take(self, max_values):
        """Returns the next elements: none at the end."""
        # What runs on this very loop makes most of them in its next turns.
        for _ in range(N_TURNS):
            if values := try_next_values(self.iterator, max_values):
                self.bridge.kick()
                return values
            await asyncio.sleep(0)

        self.call(max_values)
        result = await self.future
        self.future = None
        failure = None
        try:
            values = next_values_finish(self.iterator, result)
        except GLib.Error as error:
            failure = restore(self.iterator, error)
        if failure is not None or not values:
            self.end.set_result(None)
        if failure is not None:
            self.iterator.close() # which lets go of it
            raise_restored(failure)
        return values

    # A call that is cancelled fails when the run has ended, which may take functions on this loop.

    def leave(self):
        """Ends the run, and does not wait for that."""
        if self.end.done() or self.is_leaving:
            return
        self.is_leaving = True
        self.cancellable.cancel()
        self.bridge.kick()
        if self.future is None:
            self.call(1)

    def go_on_leaving(self, result):
        try:
            values = next_values_finish(self.iterator, result)
        except GLib.Error:
            values = None
        if values:
            self.call(1)
        else:
            self.end.set_result(None)

    async def wait_for_end(self):
        """Nobody is to close the loop before: on_done, threads and cleaning up would be left."""
        self.leave()
        while not self.end.done():
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait([self.end])
        ending = self.bridge.ending - {asyncio.current_task()}
        if ending:
            await asyncio.wait(ending, timeout=GRACE_PERIOD)


async def iterate_async(stage, maxsize):
    """An asynchronous generator of the elements of a run."""
    native_elements = native.make_generator(stage)
    if native_elements is not None:
        for element in native_elements:
            yield element
        return

    maxsize, max_values = divide_bound(maxsize)
    # Those that are dropped have to end without waiting, unless their loop takes care of them.
    may_wait = sys.get_asyncgen_hooks().finalizer is not None
    taking = Taking(stage, maxsize)
    try:
        while values := await taking.take(max_values):
            for value in values if stage.gives_objects else keep_all(values):
                yield value
    except GeneratorExit:
        if may_wait:
            await taking.wait_for_end()
        else:
            call_on(taking.bridge.loop, taking.leave)
        raise
    except BaseException:
        await taking.wait_for_end()
        raise


async def collect(stage, maxsize):
    return [value async for value in iterate_async(stage, maxsize)]
