# SPDX-FileCopyrightText: 2026 The pypeln-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Boxed values, as GLib.Bytes, in elements that are not made by Python.

PyGObject does not copy them when it takes them out of a GValue, and they are gone with that. So
they are copied here before anybody can keep them. Elements that are objects of Python's stay what
they are: `gives_objects` tells of a stage that it has no others.
"""

import functools

from gi.repository import GObject

GBoxed = GObject.GBoxed
copy = GBoxed.copy # some have a method of that name that does something else


def keep(value):
    return copy(value) if isinstance(value, GBoxed) else value


def keep_all(values):
    return [copy(value) if isinstance(value, GBoxed) else value for value in values]


def keeping(function):
    """Makes a function that may keep its element of one that may not."""
    @functools.wraps(function)
    def call(element, **arguments):
        return function(keep(element), **arguments)
    return call
