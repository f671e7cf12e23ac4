# SPDX-FileCopyrightText: 2026 The pypeln-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Which arguments a function of the user asks for, by their names.

This is used in worker processes too, so it does without GLib, and without what takes long to
import.
"""


class WorkerInfo:
    """Tells a function which worker it runs in."""

    __slots__ = ('index',)

    def __init__(self, index):
        self.index = index

    def __repr__(self):
        return f'WorkerInfo(index={self.index})'


def get_names(function):
    """Returns the names of a function's parameters: none for builtins that do not tell them."""
    import inspect # pylint: disable=import-outside-toplevel

    try:
        return frozenset(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return frozenset()


def check_resources(resources):
    """Returns what an on_start has returned as a dict."""
    if resources is None:
        return {}
    if not isinstance(resources, dict):
        raise TypeError(f'on_start returns a dict of resources or None, and not '
                        f'{type(resources).__name__}')
    return resources


def select(names, available):
    """Returns those of the arguments that are asked for."""
    return {name: value for name, value in available.items() if name in names}
