// SPDX-FileCopyrightText: 2026 The pypeln-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// What runs in the worker processes of override-process.js.

import GLib from 'gi://GLib';

export const same = x => x;

export async function later(x, {index, workerIndex}) {
    await null;
    return [x, index, workerIndex];
}

export function fail(x) {
    throw new RangeError(`too large: ${x}`);
}

export function failOwn() {
    const error = new Error('mine');
    error.name = 'OwnError';
    throw error;
}

export const isOdd = async x => x % 2 === 1;

export function* twice(x) {
    yield x;
    yield {x};
}

export const lost = () => new Map();

export const start = async () => ({base: 10});

export const add = (x, {base}) => base + x;

export function hang() {
    for (;;);
}

export const getenv = name => GLib.getenv(name);

export const getDirectory = () => GLib.get_current_dir();
