// SPDX-FileCopyrightText: 2026 The pypeln-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Each scenario many times: soak.js [ROUNDS], with the garbage collected at random moments, and
// runs that are cancelled, left or dropped in their midst. A message of GLib or of gjs ends it.

import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import Pl from 'gi://Pl?version=1';
import System from 'system';

import {later, run} from './tap.js';

const ROUNDS = Number(ARGV[0] ?? 1000);
const MAX_GROWTH = 16 * 1024; // in kilobytes

const random = n => Math.floor(Math.random() * n);

function maybeCollect() {
    if (random(40) === 0)
        System.gc();
}

async function slow(x) {
    maybeCollect();
    for (let i = random(3); i > 0; i--)
        await later();
    return {x};
}

function* endless() {
    try {
        for (let i = 0; ; i++)
            yield {i};
    } finally {
        maybeCollect();
    }
}

async function* endlessAsync() {
    for (let i = 0; ; i++) {
        if (random(4) === 0)
            await later();
        yield [i];
    }
}

const options = () => ({workers: 1 + random(4), maxsize: random(4)});

const hooks = () => ({
    onStart: async () => {
        await slow();
        return {thing: {}};
    },
    onDone: async ({thing}) => {
        maybeCollect();
        await slow(thing);
    },
});

// A pipeline of all that there is.
function pipeline(source) {
    return Pl.pipe(source,
        Pl.sync.map(x => [x]),
        Pl.task.map(slow, {...options(), ...hooks()}),
        Pl.thread.ordered({maxsize: random(3)}),
        Pl.task.flatMap(async function* (x) {
            yield x;
            maybeCollect();
            yield new Map([[x, x]]);
        }, options()),
        Pl.task.filter(async () => random(3) > 0, options()),
        Pl.sync.flatMap(x => [x, null], hooks()));
}

async function take(stage, n) {
    for await (const _ of stage) {
        maybeCollect();
        if (--n <= 0)
            break;
    }
}

const scenarios = {
    'runs-to-their-end': () => pipeline(Array.from({length: random(20)}, (_, i) => i)).collect(),

    'left': () => take(pipeline(endless()), random(10)),

    'left-with-an-asynchronous-source': () => take(pipeline(endlessAsync()), random(10)),

    'left-by-for-of'() {
        let n = random(10);
        for (const _ of Pl.task.map(x => [x], Pl.thread.concat([Pl.sync.map(x => ({x}),
            endless())], {maxsize: random(3)}), options())) {
            maybeCollect();
            if (--n <= 0)
                break;
        }
    },

    async 'cancelled'() {
        const cancellable = new Gio.Cancellable();
        const ended = new Promise(resolve => {
            pipeline(endless()).run_async(cancellable, (stage, result) => {
                try {
                    stage.run_finish(result);
                } catch (error) {
                    resolve(error);
                }
            });
        });
        for (let i = random(20); i > 0; i--)
            await later();
        cancellable.cancel();
        const error = await ended;
        if (!error.matches(Gio.IOErrorEnum, Gio.IOErrorEnum.CANCELLED))
            throw error;
    },

    async 'failed'() {
        const failure = new Error('failed');
        const failing = pipeline(endless()).pipe(Pl.task.map(async x => {
            await slow();
            if (random(5) === 0)
                throw failure;
            return x;
        }, options()));
        try {
            await failing.run();
        } catch (error) {
            if (error === failure)
                return;
            throw error;
        }
        throw new Error('it did not fail');
    },

    async 'dropped'() {
        const iterator = pipeline(endless())[Symbol.asyncIterator]();
        for (let i = random(5); i > 0; i--)
            await iterator.next();
        pipeline(endless()).iterate();
        pipeline(endless()).to_list_model();
        maybeCollect();
    },

    async 'timed-out'() {
        await Pl.task.map(async x => {
            await slow();
            if (x % 2 === 0)
                await new Promise(() => {});
            return x;
        }, [1, 2, 3, 4], {workers: 4, timeout: 1}).run();
    },
};

function getResidentSize() {
    const [, data] = GLib.file_get_contents('/proc/self/statm');
    return Number(new TextDecoder().decode(data).split(' ')[1]) * 4;
}

async function soak(scenario) {
    for (let i = 0; i < ROUNDS; i++)
        await scenario();

    // What has been dropped ends in the main loop.
    for (let i = 0; i < 3; i++) {
        System.gc();
        await later();
    }
}

async function checkThatMemoryIsFlat() {
    const drain = () => take(Pl.task.map(x => ({x}), function* () {
        for (let i = 0; i < ROUNDS * 500; i++)
            yield {i};
    }(), {workers: 64, maxsize: 64}), Infinity);

    await drain();
    System.gc();
    const before = getResidentSize();
    await drain();
    System.gc();
    const growth = getResidentSize() - before;
    if (growth > MAX_GROWTH)
        throw new Error(`${ROUNDS * 500} elements left ${growth} kB behind`);
}

run('soak', {
    ...Object.fromEntries(Object.entries(scenarios).map(([name, scenario]) =>
        [name, () => soak(scenario)])),
    'elements-leave-nothing-behind': checkThatMemoryIsFlat,
});
