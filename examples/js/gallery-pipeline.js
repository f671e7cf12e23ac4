// SPDX-FileCopyrightText: 2026 The pypeln-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// What becomes of a folder: a source walks it, the main loop selects pictures by the names of the
// files, processes make a thumbnail of each, and that is made an item of the list.

import Gdk from 'gi://Gdk?version=4.0';
import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import GObject from 'gi://GObject';
import Pl from 'gi://Pl?version=1';

const TIMEOUT_MSEC = 10000;
const THUMBNAIL = GLib.Uri.resolve_relative(import.meta.url, 'thumbnail.js', GLib.UriFlags.NONE);

// An item of the grid: a thumbnail, or the message with which a file has failed. Only the cells of
// the grid have the pixels.
export const Picture = GObject.registerClass({GTypeName: 'GalleryPicture'},
class Picture extends GObject.Object {
    constructor({path, width, height, thumbnail, message = null}) {
        super();
        this.name = GLib.path_get_basename(path);
        this.message = message;
        this.details = message ?? `${width} × ${height}`;
        this._thumbnail = thumbnail;
    }

    makeTexture() {
        return Gdk.Texture.new_from_bytes(GLib.base64_decode(this._thumbnail));
    }
});

function isPicture(file) {
    const [type] = Gio.content_type_guess(file.get_basename(), null);
    return type.startsWith('image/');
}

// The last stage has Pictures; the one of thumbnails takes the longest, and skips what it fails
// with. Its processes are nice: the window is to be drawn in time.
export function makePipeline(folder, onSkipped) {
    const files = Pl.Source.new_for_children(folder, true);
    files.name = 'Walk';
    const selected = Pl.task.filter(isPicture, files, {name: 'Select'});
    const thumbnails = Pl.process.map({module: THUMBNAIL, name: 'makeThumbnail'}, selected, {
        name: 'Thumbnail',
        workers: GLib.get_num_processors(),
        launcher: ['nice'],
        timeout: TIMEOUT_MSEC,
        errorPolicy: 'skip',
        onSkipped,
    });
    const pictures = Pl.sync.map(answer => new Picture(answer), thumbnails, {name: 'Show'});
    return {selected, thumbnails, pictures};
}
