// SPDX-FileCopyrightText: 2026 The pypeln-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Runs functions, one after the other, and prints what comes of them as TAP.

import GLib from 'gi://GLib';
import System from 'system';

async function runAll(prefix, tests) {
    const names = Object.keys(tests);
    let failed = 0;
    print(`1..${names.length}`);
    for (const [i, name] of names.entries()) {
        try {
            await tests[name]();
            print(`ok ${i + 1} /${prefix}/${name}`);
        } catch (error) {
            failed++;
            print(`not ok ${i + 1} /${prefix}/${name}`);
            print(`# ${error}\n${error.stack ?? ''}`.replaceAll('\n', '\n# '));
        }
    }
    System.gc();
    return failed === 0 ? 0 : 1;
}

// Runs tests, which may be async functions, in a main loop, and exits.
export function run(prefix, tests) {
    const loop = new GLib.MainLoop(null, false);
    let status = 1;
    runAll(prefix, tests).then(result => {
        status = result;
    }).finally(() => loop.quit());
    loop.run();
    System.exit(status);
}

export function assertEqual(got, expected) {
    const [a, b] = [JSON.stringify(got), JSON.stringify(expected)];
    if (a !== b)
        throw new Error(`got ${a}, expected ${b}`);
}

export async function assertFails(func, domain, code, message) {
    try {
        await func();
    } catch (error) {
        if (!(error instanceof GLib.Error) || !error.matches(domain, code))
            throw error;
        if (message !== undefined)
            assertEqual(error.message, message);
        return;
    }
    throw new Error('it did not fail');
}

// Whether what has been thrown is `expected`, or an instance of it; returns it.
export async function assertThrows(func, expected) {
    let thrown;
    try {
        await func();
    } catch (error) {
        thrown = {error};
    }
    if (thrown === undefined)
        throw new Error('nothing was thrown');
    const {error} = thrown;
    if (error !== expected && !(typeof expected === 'function' && error instanceof expected))
        throw error ?? new Error(`${error} was thrown`);
    return error;
}

// A promise that is settled by the main loop, behind what is ready there.
export const later = () => new Promise(resolve => GLib.idle_add(GLib.PRIORITY_DEFAULT_IDLE, () => {
    resolve();
    return GLib.SOURCE_REMOVE;
}));
