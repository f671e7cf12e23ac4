# SPDX-FileCopyrightText: 2026 The pypeln-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The functions of stages, as closures that the library calls.

A closure has no error, so what a function raises is left with the worker, and is raised again
where the elements are taken.
"""

import ctypes
import threading

from gi.repository import GObject

from .exceptions import describe
from .injection import WorkerInfo, check_resources, get_names, select
from .library import Pl

get_current_worker = Pl.Worker.get_current


class WorkerInterrupt(BaseException):
    """Raised in a function of a thread stage that nobody waits for any more.

    Its element has timed out, or the run has ended. A function may clean up, and should return.
    """


def box(error):
    """An exception as a GValue of Python: PyGObject would make another GLib.Error of one."""
    return GObject.Value(GObject.TYPE_PYOBJECT, error)


def fail(error):
    """Has the function that runs on this thread fail with an exception."""
    get_current_worker().set_exception(box(error), describe(error))


# Threads

class ThreadState:
    """Whether a thread is inside of a function, which may be interrupted, or not.

    It is interrupted once. Where that must not be, as in calls of the library's, it waits until it
    may be: what Python raises there may be nobody's who could tell of it.

    The thread sets what it is inside of without the lock, and looks after that whether it has been
    interrupted; whoever interrupts it does these in the other order. So a function that nobody
    interrupts costs next to nothing, and what has come late is seen by the thread.
    """

    __slots__ = 'ident', 'lock', 'may_raise', 'is_interrupted', 'has_raised'

    def __init__(self):
        self.ident = threading.get_ident()
        self.lock = threading.Lock()
        self.may_raise = False
        self.is_interrupted = False
        self.has_raised = False

    def interrupt(self, _cancellable):
        self.is_interrupted = True
        self.raise_if_may()

    def raise_if_may(self):
        with self.lock:
            if self.may_raise and not self.has_raised:
                self.has_raised = True
                set_async_exception(self.ident, ctypes.py_object(WorkerInterrupt))

    def settle(self):
        """The thread has been interrupted, before or after it has changed what it is inside of:
        is raised in that, or not any more."""
        with self.lock:
            if self.has_raised and not self.may_raise:
                set_async_exception(self.ident, ctypes.py_object())
        self.raise_if_may()


class Local(threading.local):
    state = None


local = Local()


def set_async_exception(ident, exception):
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(ident), exception)


def run_thread(worker):
    """Surrounds all that a thread does, so that Python knows the thread from call to call."""
    state = local.state = ThreadState()
    cancellable = worker.get_cancellable()
    handler = GObject.Object.connect(cancellable, 'cancelled', state.interrupt)
    try:
        worker.run_thread()
    except WorkerInterrupt:
        pass
    finally:
        GObject.Object.disconnect(cancellable, handler)
        local.state = None


def interruptible(function):
    """Makes a function that run_thread()'s threads call, and that can be interrupted there."""
    def call(argument):
        try:
            state = local.state
            if state is None:
                return function(argument)
            former = state.may_raise
            state.may_raise = True
            if state.is_interrupted:
                state.settle()
            try:
                return function(argument)
            finally:
                state.may_raise = former
                if state.is_interrupted:
                    state.settle()
        except BaseException as error: # pylint: disable=broad-except
            fail_at_last(error)
            return None
    return call


def fail_at_last(error):
    """The interrupt may come this late, but no more than once."""
    try:
        fail(error)
    except WorkerInterrupt as interrupt:
        fail(interrupt)


def uninterrupted(function):
    """Makes a function that this thread can call from inside of another, which alone is
    interrupted, before or after."""
    state = local.state
    if state is None:
        return function

    def call(*arguments):
        former = state.may_raise
        state.may_raise = False
        if state.is_interrupted:
            state.settle()
        try:
            return function(*arguments)
        finally:
            state.may_raise = former
            if state.is_interrupted:
                state.settle()
    return call


def guarded(function):
    """Makes a function whose exceptions are its worker's."""
    def call(argument):
        try:
            return function(argument)
        except BaseException as error: # pylint: disable=broad-except
            fail(error)
            return None
    return call


# Arguments by name

def get_arguments(worker):
    """What the functions of a worker may ask for: its resources, and who it is."""
    try:
        return worker.python_arguments
    except AttributeError:
        worker.python_arguments = {'worker_info': WorkerInfo(worker.get_index())}
        return worker.python_arguments


def set_resources(worker, resources):
    worker.python_arguments = {**check_resources(resources),
                               'worker_info': WorkerInfo(worker.get_index())}


def clear_resources(worker):
    worker.python_arguments = {}


def inject(function, names):
    """Makes a function of the element alone of one that may ask for more by name."""
    if len(names) < 2:
        return function

    wants_index = 'element_index' in names

    def call(element):
        worker = get_current_worker()
        arguments = select(names, get_arguments(worker))
        if wants_index:
            arguments['element_index'] = tuple(worker.get_element_index())
        return function(element, **arguments)
    return call


def make_on_start(on_start):
    names = get_names(on_start)

    def start(worker):
        try:
            set_resources(worker, on_start(**select(names, get_arguments(worker))))
        except BaseException as error: # pylint: disable=broad-except
            fail(error)
    return start


def make_on_done(on_done):
    """Without an on_done of the user's it lets go of the resources all the same."""
    names = get_names(on_done) if on_done is not None else frozenset()

    def done(status):
        worker = get_current_worker()
        try:
            if on_done is not None:
                on_done(**select(names, {**get_arguments(worker), 'stage_status': status}))
        except BaseException as error: # pylint: disable=broad-except
            fail(error)
        finally:
            clear_resources(worker)
    return done


# Iterators

def pull(iterator):
    """The next element of an iterator."""
    try:
        return next(iterator)
    except StopIteration:
        get_current_worker().set_at_end()
        return None
