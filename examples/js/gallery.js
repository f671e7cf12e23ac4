#!/usr/bin/env -S gjs -m
// SPDX-FileCopyrightText: 2026 The pypeln-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Shows the pictures in a folder: gjs -m gallery.js [FOLDER]
//
// The same as examples/gtk, in JavaScript, with whose description of the window it shares a file.
// JavaScript runs on its own thread alone, so processes make the thumbnails.

import Gtk from 'gi://Gtk?version=4.0';
import Gio from 'gi://Gio';
import System from 'system';

import {GalleryWindow} from './gallery-window.js';

const application = new Gtk.Application({
    application_id: 'org.pypeln.Gallery',
    flags: Gio.ApplicationFlags.HANDLES_OPEN,
});

application.connect('activate', () => new GalleryWindow({application}).present());
application.connect('open', (_, files) => {
    for (const folder of files) {
        const window = new GalleryWindow({application});
        window.present();
        window.open(folder);
    }
});
application.run([System.programInvocationName, ...ARGV]);
