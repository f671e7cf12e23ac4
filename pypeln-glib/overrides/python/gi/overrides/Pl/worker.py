# SPDX-FileCopyrightText: 2026 The pypeln-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The program of a worker process in Python, which Pl.process starts.

It is no module of the package: that takes GLib, and longer to import than a worker has to live. Nor
is there anything in here that a pickle could take for what it means by `__main__`.
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import serving # noqa: E402 pylint: disable=wrong-import-position

# From now on these are names for the user's own modules.
for name in serving.MODULES:
    del sys.modules[name]
del name

sys.exit(serving.serve())
