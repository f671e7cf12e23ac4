// SPDX-FileCopyrightText: 2026 The pypeln-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// What becomes of a folder: a source walks it, a function of JavaScript selects pictures by the
// names of the files, processes make a thumbnail of each, and that is made an item of the list.

import Gdk from 'gi://Gdk?version=4.0';
import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import GObject from 'gi://GObject';
import Pl from 'gi://Pl?version=1';

const TIMEOUT_MSEC = 10000;
const WORKER = Gio.File.new_for_uri(import.meta.url).get_parent().get_child('thumbnail-worker.js');

// An item of the grid. Only the cells of the grid have the pixels.
export const Picture = GObject.registerClass({GTypeName: 'GalleryPicture'},
class Picture extends GObject.Object {
    // width, height, and thumbnail; or message
    constructor(path, answer) {
        super();
        this.path = path;
        this.answer = answer;
    }

    get name() {
        return GLib.path_get_basename(this.path);
    }

    get message() {
        return this.answer.message ?? null;
    }

    get details() {
        return this.message ?? `${this.answer.width} × ${this.answer.height}`;
    }

    makeTexture() {
        return Gdk.Texture.new_from_bytes(GLib.base64_decode(this.answer.thumbnail));
    }
});

function isPicture(file) {
    const [type] = Gio.content_type_guess(file.get_basename(), null);
    return type.startsWith('image/');
}

function makePicture(line) {
    const answer = JSON.parse(line);
    return new Picture(answer.path, answer);
}

// The last stage, whose elements are Pictures; `thumbnails` is the one that takes the longest.
export function makePipeline(folder) {
    const files = Pl.Source.new_for_children(folder, true);
    files.name = 'Walk';

    // Runs in the main loop, a millisecond at a time.
    const selected = Pl.sync_filter(files, isPicture);
    selected.kind = Pl.WorkerKind.TASK;
    selected.name = 'Select';

    const command = Pl.Command.new(['gjs', '-m', WORKER.get_path()]);
    command.protocol = Pl.Protocol.LINES;
    const thumbnails = Pl.process_map(selected, command);
    thumbnails.name = 'Thumbnail';
    thumbnails.workers = GLib.get_num_processors();
    thumbnails.timeout = TIMEOUT_MSEC;
    thumbnails.error_policy = Pl.ErrorPolicy.SKIP;

    const pictures = Pl.sync_map(thumbnails, makePicture, Picture.$gtype);
    pictures.name = 'Show';
    return {selected, thumbnails, pictures};
}
