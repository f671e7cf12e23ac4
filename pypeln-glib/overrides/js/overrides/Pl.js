// SPDX-FileCopyrightText: 2026 The pypeln-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// What JavaScript programs see as Pl, beside what the library itself has. gjs finds this file where
// it finds overrides; docs/javascript.md tells about it.

/* exported _init */

const Consumers = imports.overrides.pl.consumers;
const Stages = imports.overrides.pl.stages;

const MODULES = ['consumers', 'context', 'errors', 'notes', 'options', 'process', 'stages', 'sync',
    'task', 'values', 'wire'];

function _init() {
    const Pl = this;
    for (const name of MODULES)
        imports.overrides.pl[name].init(Pl);

    Consumers.install();
    Stages.install(Consumers.drain);
}
