// SPDX-FileCopyrightText: 2026 The pypeln-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// The program of worker processes: runs an exported function of a module. It gets what it needs to
// know as JSON, and is told the rest as docs/worker-protocol.md says.

import GLib from 'gi://GLib';
import GObject from 'gi://GObject';
import System from 'system';

const settings = JSON.parse(ARGV[0]);

// The library as the program that has started this one sees it.
const directory = GLib.path_get_dirname(GLib.path_get_dirname(
    GLib.path_get_dirname(GLib.filename_from_uri(import.meta.url)[0])));
imports.searchPath.unshift(directory);

async function load() {
    const {default: Pl} = await import('gi://Pl?version=1');
    const module = await import(settings.module);
    const {serve} = imports.overrides.pl.served;
    return () => serve(Pl, module, settings);
}

function start(serve) {
    // Not from inside of a promise: the functions may have some of their own to wait for.
    GLib.idle_add(GLib.PRIORITY_DEFAULT, () => {
        System.exit(serve());
        return GLib.SOURCE_REMOVE;
    });
}

const loop = new GLib.MainLoop(null, false);
load().then(start, error => start(() => {
    const {refuse} = imports.overrides.pl.served;
    return refuse(imports.gi.Pl, settings, error);
}));
loop.run();
