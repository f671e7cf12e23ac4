// SPDX-FileCopyrightText: 2026 The pypeln-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// A worker process of the gallery: for each line with the path of a picture, writes a line of JSON
// with its size and its thumbnail, or with what it has failed with.

import GdkPixbuf from 'gi://GdkPixbuf';
import Gio from 'gi://Gio';
import GLib from 'gi://GLib';

const THUMBNAIL_SIZE = 128;

function makeThumbnail(path) {
    const [format, width, height] = GdkPixbuf.Pixbuf.get_file_info(path);
    if (format === null)
        throw new Error('Unrecognized image file format');

    const scale = Math.min(1, THUMBNAIL_SIZE / Math.max(width, height));
    const pixbuf = GdkPixbuf.Pixbuf.new_from_file_at_scale(path,
        Math.max(1, width * scale), Math.max(1, height * scale), true);
    const type = pixbuf.has_alpha ? 'png' : 'jpeg';
    const [, data] = pixbuf.apply_embedded_orientation().save_to_bufferv(type, [], []);
    return {path, width, height, thumbnail: GLib.base64_encode(data)};
}

const [input, output] = [0, 1].map(fd => Gio.File.new_for_path(`/dev/fd/${fd}`));
const lines = new Gio.DataInputStream({base_stream: input.read(null)});
const answers = new Gio.DataOutputStream({
    base_stream: output.append_to(Gio.FileCreateFlags.NONE, null),
});

for (let [path] = lines.read_line_utf8(null); path !== null; [path] = lines.read_line_utf8(null)) {
    let answer;
    try {
        answer = makeThumbnail(path);
    } catch (error) {
        answer = {path, message: error.message};
    }
    answers.put_string(`${JSON.stringify(answer)}\n`, null);
}
