# SPDX-FileCopyrightText: 2026 The pypeln-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The side of the program of worker processes in Python, see worker.py.

A function of the user is told to each worker as it starts. Elements go there as pickles, and so
come results: the codec of the command makes them.
"""

import os
import subprocess
import sys

from gi.repository import GLib, GObject

from . import exceptions, pickling, plain
from .functions import fail
from .injection import get_names
from .library import Pl

WORKER = os.path.join(os.path.dirname(__file__), 'worker.py')

new_bytes = GLib.Bytes.new


def encode(element):
    """Makes bytes of an element, on the thread of a worker."""
    try:
        return pickling.dump(element)
    except BaseException as error: # pylint: disable=broad-except
        fail(error)
        return None


def decode(data):
    """Makes what a worker's function has returned of its bytes, on the thread of a worker."""
    try:
        return pickling.load(data)
    except BaseException as error: # pylint: disable=broad-except
        fail(error)
        return None


def get_argv():
    """How a worker is started: with this very Python, as this one has been."""
    if not sys.executable:
        raise RuntimeError('Pl.process starts workers with sys.executable, and that is not set')
    # What multiprocessing starts its processes with too.
    flags = subprocess._args_from_interpreter_flags() # pylint: disable=protected-access
    return [sys.executable, *flags, WORKER]


def dump_functions(f, on_start, on_done):
    """Returns the pickle of functions, with the names that each may be given arguments by.

    All are in one, so that they share what they have in common, as the variables of a closure.
    """
    functions = {'f': f, 'on_start': on_start, 'on_done': on_done}
    names = tuple(get_names(function) if function is not None else frozenset()
                  for function in functions.values())
    try:
        return dump_plain(f, names) if on_start is None and on_done is None else \
            pickling.dump((f, on_start, on_done, names, False))
    except Exception as error:
        for name, function in functions.items():
            try:
                pickling.dump(function)
            except Exception as reason: # pylint: disable=broad-except
                raise type(reason)(f'{name}: {reason}') from reason
        raise error


def dump_plain(f, names):
    """Returns the pickle of a single function, which takes a worker less time to load."""
    if pickling.goes_by_name(f):
        return pickling.dump((f, None, None, names, False))
    try:
        parts = plain.take_apart(f)
    except plain.NotPlain:
        parts = None
    # What it names has to be found in another process too.
    if parts is not None and pickling.goes_by_name(parts):
        return pickling.dump((parts, None, None, names, True))
    return pickling.dump((f, None, None, names, False))


def make_command(f, on_start=None, on_done=None):
    """Returns the Pl.Command for Pl.process_map() and its like that has workers run f.

    It raises pickle.PicklingError if one of the functions cannot be sent, and its text says which,
    and why. The stage is given no on_start or on_done of its own: the workers run them. It should
    have the thread closure that stages with Python functions have (set_thread_closure()), since
    elements are pickled on its threads.

    An exception of a function, and of pickling, comes out of get_exception() of the iterator: see
    restore().
    """
    command = Pl.Command.new(get_argv())
    data = {'path': sys.path, 'functions': dump_functions(f, on_start, on_done)}
    command.set_data(new_bytes(pickling.dump(data)))
    command.set_codec(encode, decode, GObject.TYPE_PYOBJECT)
    return command


def set_property(command, name, value):
    """Sets what a user has named of how workers are started. Returns False if it is none of that.

    Beside the properties of Pl.Command there are launcher, a list of words, launchers, a list of
    such, and environment, a dict.
    """
    if name == 'launcher':
        command.set_launcher(value)
    elif name == 'launchers':
        command.set_launcher(None)
        for launcher in value:
            command.add_launcher(launcher)
    elif name == 'environment':
        for variable, text in value.items():
            command.setenv(variable, text)
    elif command.find_property(name) is not None:
        command.set_property(name, value)
    else:
        return False
    return True


def restore(exception):
    """Returns the exception that get_exception() of an iterator stands for, or None.

    One that was raised in a worker process comes as bytes. Its __cause__ is a RemoteTraceback.
    """
    if isinstance(exception, GLib.Bytes):
        return exceptions.load(exception.get_data())
    return exception if isinstance(exception, BaseException) else None
