#!/usr/bin/env -S gjs -m
// SPDX-FileCopyrightText: 2026 The pypeln-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Counts the lines and words of all files below a directory: gjs -m count-words.js [DIRECTORY]
//
// The files are read asynchronously, many at once, in one main loop; the words are counted in
// worker processes, since that is what takes the processor's time.

import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import Pl from 'gi://Pl?version=1';
import System from 'system';

Gio._promisify(Gio.File.prototype, 'load_contents_async', 'load_contents_finish');

const here = Gio.File.new_for_uri(import.meta.url).get_parent();
const countWords = {module: here.get_child('word-counter.js').get_uri(), name: 'countWords'};

async function read(file, {cancellable}) {
    const [contents] = await file.load_contents_async(cancellable);
    return {path: file.get_path(), text: new TextDecoder().decode(contents)};
}

const directory = Gio.File.new_for_commandline_arg(ARGV[0] ?? '.');
const total = {files: 0, lines: 0, words: 0};

const counts = Pl.pipe(Pl.Source.new_for_children(directory, true),
    Pl.task.map(read, {
        name: 'read',
        workers: 32,
        maxsize: 32,
        errorPolicy: 'skip',
        onSkipped: (file, error) => printerr(`${file.get_path()}: ${error.message}`),
    }),
    Pl.process.map(countWords, {name: 'count', workers: GLib.get_num_processors(), maxsize: 32}),
    Pl.task.ordered());

try {
    for await (const {path, lines, words} of counts) {
        print(`${lines}\t${words}\t${path}`);
        total.files++;
        total.lines += lines;
        total.words += words;
    }
} catch (error) {
    printerr(error.message);
    System.exit(1);
}
print(`${total.lines}\t${total.words}\tin ${total.files} files`);
