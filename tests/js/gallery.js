// SPDX-FileCopyrightText: 2026 The pypeln-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Drives the window of examples/js/gallery.js, and looks at what is to be seen in it.

import GdkPixbuf from 'gi://GdkPixbuf';
import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import Gtk from 'gi://Gtk?version=4.0';

import {GalleryWindow} from '../../examples/js/gallery-window.js';
import {assertEqual, run} from './tap.js';

Gtk.init();

function makeFolder(nPictures, ...others) {
    const folder = Gio.File.new_for_path(GLib.Dir.make_tmp('gallery-XXXXXX'));
    const pixbuf = GdkPixbuf.Pixbuf.new(GdkPixbuf.Colorspace.RGB, false, 8, 300, 50);
    pixbuf.fill(0x3584e4ff);
    for (let i = 0; i < nPictures; i++)
        pixbuf.savev(folder.get_child(`${i}.jpg`).get_path(), 'jpeg', [], []);
    for (const name of others)
        folder.get_child(name).replace_contents('no picture', null, false, 0, null);
    return folder;
}

function removeFolder(folder) {
    for (const info of folder.enumerate_children('standard::name', 0, null))
        folder.get_child(info.get_name()).delete(null);
    folder.delete(null);
}

// Lets the main loop go on until something is so.
async function until(isSo) {
    while (!isSo()) {
        await new Promise(resolve => GLib.idle_add(GLib.PRIORITY_LOW, () => {
            resolve();
            return GLib.SOURCE_REMOVE;
        }));
    }
}

const canClick = (window, name) => window.lookup_action(name).enabled;
const click = (window, name) => window.lookup_action(name).activate(null);
const ended = window => until(() => !canClick(window, 'cancel'));
const count = window => window.grid.model?.get_n_items() ?? 0;

function figures(window, row) {
    return [0, 1, 2, 3, 4, 5, 6].map(column => window.figures.get_child_at(column, row).label);
}

// The texts of the cells that are to be seen.
function* texts(widget, cssClass) {
    for (let child = widget.get_first_child(); child; child = child.get_next_sibling()) {
        if (child instanceof Gtk.Inscription && widget.has_css_class(cssClass) &&
            child.get_mapped())
            yield child.text;
        else
            yield* texts(child, cssClass);
    }
}

const shows = (window, text, cssClass) =>
    until(() => [...texts(window.grid, cssClass)].includes(text));

async function withWindow(folder, func) {
    const window = new GalleryWindow();
    window.present();
    try {
        await func(window);
    } finally {
        window.close();
        await until(() => window._ending.size === 0);
        removeFolder(folder);
    }
}

run('gallery', {
    'shows-each-picture': async () => {
        const folder = makeFolder(8, 'notes.txt');
        await withWindow(folder, async window => {
            assertEqual(canClick(window, 'restart'), false);
            window.open(folder);
            await ended(window);
            assertEqual(count(window), 8);
            assertEqual(window.progress_label.label, '8 of 8 pictures — done');
            assertEqual(window.progress_bar.fraction, 1);
            assertEqual(figures(window, 1), ['Walk', '0', '0', '0', '9', '0', '0']);
            assertEqual(figures(window, 2), ['Select', '0', '0', '9', '8', '1', '0']);
            assertEqual(figures(window, 3), ['Thumbnail', '0', '0', '8', '8', '0', '0']);
            assertEqual(figures(window, 4), ['Show', '0', '0', '8', '8', '0', '0']);
            await shows(window, '7.jpg', 'cell');
            await shows(window, '300 × 50', 'cell');
        });
    },

    'shows-what-has-failed': async () => {
        const folder = makeFolder(3, 'broken.jpg');
        await withWindow(folder, async window => {
            window.open(folder);
            await ended(window);
            assertEqual(count(window), 4);
            assertEqual(window.progress_bar.fraction, 1);
            await shows(window, 'broken.jpg', 'failed');
            await shows(window, 'Unrecognized image file format', 'failed');
            assertEqual(window.error_bar.revealed, false);
        });
    },

    'shows-why-the-run-has-failed': async () => {
        const folder = makeFolder(3);
        await withWindow(folder, async window => {
            window.open(folder.get_child('missing'));
            await ended(window);
            assertEqual(window.error_bar.revealed, true);
            assertEqual(window.error_label.label.startsWith('stage “Walk” ('), true);
            window.open(folder);
            assertEqual(window.error_bar.revealed, false);
            await ended(window);
            assertEqual(count(window), 3);
        });
    },

    'cancels': async () => {
        // So many that they are not all there by the time the first ones are seen.
        const folder = makeFolder(5000);
        await withWindow(folder, async window => {
            window.open(folder);
            await until(() => count(window) > 0);
            click(window, 'cancel');
            await ended(window);
            assertEqual(window.progress_label.label.replace(/^[0-9]+ of [0-9]+/, ''),
                ' pictures — cancelled');
            assertEqual(window.error_bar.revealed, false);
        });
    },

    'starts-again': async () => {
        const folder = makeFolder(300);
        await withWindow(folder, async window => {
            window.open(folder);
            await until(() => count(window) > 0);
            click(window, 'restart');
            assertEqual(count(window), 0);
            await ended(window);
            assertEqual(window.progress_label.label, '300 of 300 pictures — done');
            assertEqual(count(window), 300);
        });
    },
});
