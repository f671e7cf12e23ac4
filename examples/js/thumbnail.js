// SPDX-FileCopyrightText: 2026 The pypeln-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// What the worker processes of the gallery do.

import GdkPixbuf from 'gi://GdkPixbuf';
import GLib from 'gi://GLib';

const THUMBNAIL_SIZE = 128;

// The size of a picture, and its thumbnail in a form that can travel.
export function makeThumbnail(file) {
    const path = file.get_path();
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
