// SPDX-FileCopyrightText: 2026 The pypeln-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// What the worker processes of count-words.js run.

export function countWords({path, text}) {
    return {
        path,
        lines: text.split('\n').length - 1,
        words: text.match(/\S+/g)?.length ?? 0,
    };
}
