# SPDX-FileCopyrightText: 2026 The pypeln-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""How the exception of a function travels from its worker process to the program.

This is used in worker processes too, so it does without GLib.
"""

import os

try:
    import _pickle as pickle # imports less
except ImportError:
    import pickle


class RemoteTraceback(Exception):
    """The cause of an exception from a worker process: it shows the traceback there."""

    def __init__(self, text):
        super().__init__(text)
        self.text = text

    def __str__(self):
        return f'\n"""\n{self.text}"""'


class RemoteError(Exception):
    """Stands for an exception of a worker process that this program cannot have as it was.

    It is of a class that cannot be pickled, or that is not known here.
    """

    def __init__(self, name, text):
        super().__init__(name, text)
        self.name = name
        self.text = text

    def __str__(self):
        return f'{self.name}: {self.text}' if self.text else self.name


def describe(error):
    """What an exception says to those who know nothing of Python, as text of GLib's."""
    name = type(error).__name__
    text = get_text(error)
    text = f'{name}: {text}' if text else name
    return text.replace('\0', '\\0').encode('utf-8', 'backslashreplace').decode('utf-8')


def get_text(error):
    try:
        return str(error)
    except Exception: # pylint: disable=broad-except
        return '' # that of a class which fails itself


def get_traceback(error):
    import traceback # pylint: disable=import-outside-toplevel

    # What the worker itself does is not the user's affair.
    folder = os.path.dirname(__file__)
    entry = error.__traceback__
    while entry is not None and os.path.dirname(entry.tb_frame.f_code.co_filename) == folder:
        entry = entry.tb_next
    return ''.join(traceback.format_exception(type(error), error, entry))


def make_of_parts(parts):
    """Makes an exception without a call of its class, which may take other arguments."""
    cls, arguments, attributes = parts
    error = cls.__new__(cls)
    error.args = arguments
    error.__dict__.update(attributes)
    return error


def load_exception(data, is_parts):
    value = pickle.loads(data)
    return make_of_parts(value) if is_parts else value


def dump_exception(error, dump_value):
    """Returns the pickle of an exception, or of its parts, and which of the two that is; None if it
    would come back as neither."""
    for is_parts in (False, True):
        try:
            value = (type(error), error.args, error.__dict__) if is_parts else error
            data = dump_value(value)
            if isinstance(load_exception(data, is_parts), type(error)):
                return data, is_parts
        except Exception: # pylint: disable=broad-except
            pass # so it does not travel as that
    return None


def dump(error, dump_value):
    """Returns what load() makes the exception of; dump_value is that of pickling.py."""
    try:
        text = get_traceback(error)
    except Exception: # pylint: disable=broad-except
        text = describe(error)
    data = dump_exception(error, dump_value)
    return pickle.dumps((data, type(error).__name__, get_text(error), text), 5)


def load(data):
    """Returns the exception that dump() was given, with the traceback of the worker as its
    cause, or, where that cannot be, a RemoteError in its place."""
    data, name, text, traceback = pickle.loads(data)
    error = None
    if data is not None:
        try:
            error = load_exception(*data)
        except Exception: # pylint: disable=broad-except
            pass # its class is not known here
    if not isinstance(error, BaseException):
        error = RemoteError(name, text)
    error.__cause__ = RemoteTraceback(traceback)
    return error
