# SPDX-FileCopyrightText: 2026 The pypeln-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The library as introspection gives it, without the overrides; and what it is told of Python."""

import ctypes

from gi.module import get_introspection_module
from gi.repository import GObject

Pl = get_introspection_module('Pl')


def get_addresses(*names):
    return (ctypes.cast(getattr(ctypes.pythonapi, name), ctypes.c_void_p).value for name in names)


Pl.interpreter_set_lock(*get_addresses('PyGILState_Check', 'PyGILState_GetThisThreadState',
                                       'PyEval_SaveThread', 'PyEval_RestoreThread'))
Pl.interpreter_set_bytes(GObject.TYPE_PYOBJECT,
                         *get_addresses('PyBytes_AsStringAndSize', 'PyBytes_FromStringAndSize',
                                        'PyErr_Clear'))

# What is called for each element and never waits. PyGObject lets go of the lock for each call: a
# thread that waits for it would have it then, and this one would wait for that. The library is
# loaded already, so it is found by its name.

loaded = ctypes.PyDLL('libpypeln-glib-1.so.0')

job_answer = loaded.pl_job_answer
job_answer.argtypes = [ctypes.c_int64]
job_answer.restype = ctypes.c_int

job_emit = loaded.pl_job_emit
job_emit.argtypes = [ctypes.c_int64]
job_emit.restype = ctypes.c_int

embed_iterate = loaded.pl_embed_iterate
embed_iterate.argtypes = [ctypes.c_void_p]
embed_iterate.restype = ctypes.c_int
