# SPDX-FileCopyrightText: 2026 The pypeln-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What Python programs find in `gi.repository.Pl` beside what introspection gives.

`Pl.process`, `Pl.thread`, `Pl.task` and `Pl.sync` are the API of pypeln: each has map, flat_map,
filter, each, concat, ordered, run, from_iterable and to_iterable. Stages are iterable, iterable
with `async for`, and can be awaited.
"""

from . import classes, kinds
from .functions import WorkerInterrupt
from .partial import UNDEFINED, Element, Partial

__all__ = ['Element', 'Partial', 'UNDEFINED', 'WorkerInterrupt']

for name, override in classes.OVERRIDES.items():
    globals()[name] = override
    __all__.append(name)

for name, namespace in kinds.NAMESPACES.items():
    globals()[name] = namespace
    __all__.append(name)

del name, override, namespace
