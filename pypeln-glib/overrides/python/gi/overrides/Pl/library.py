# SPDX-FileCopyrightText: 2026 The pypeln-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The library as introspection gives it, without the overrides."""

from gi.module import get_introspection_module

Pl = get_introspection_module('Pl')
