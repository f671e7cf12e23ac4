// SPDX-FileCopyrightText: 2026 The pypeln-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// What an element costs in JavaScript: bench-gjs.js [ELEMENTS]. A task stage is measured beside a
// plain loop that keeps as many promises under way, a sync stage beside a plain generator. The time
// is that of the processor, which other programs do not change much.

import GLib from 'gi://GLib';
import Pl from 'gi://Pl?version=1';
import System from 'system';

const N = Number(ARGV[0] ?? 100000);
const IN_FLIGHT = 64;

function* numbers(n) {
    for (let i = 0; i < n; i++)
        yield i;
}

// Runs `worker` as many times as there are to be elements under way.
async function plainLoop(func, n) {
    const iterator = numbers(n);
    const results = [];
    const worker = async () => {
        for (const x of iterator)
            results.push(await func(x));
    };
    await Promise.all(Array.from({length: IN_FLIGHT}, worker));
    return results;
}

async function taskMap(func, n, options = {}) {
    const results = [];
    for await (const x of Pl.task.map(func, numbers(n), {workers: IN_FLIGHT, ...options}))
        results.push(x);
    return results;
}

const collect = (func, n) => Pl.task.map(func, numbers(n), {workers: IN_FLIGHT}).collect();

const add1 = async x => x + 1;
const addObject = async x => ({x});
const afterIdle = x => new Promise(resolve => GLib.idle_add(GLib.PRIORITY_DEFAULT, () => {
    resolve(x);
    return GLib.SOURCE_REMOVE;
}));

function* plainMap(func, iterable) {
    for (const x of iterable)
        yield func(x);
}

// The time that this thread has run for, in nanoseconds.
function getTime() {
    const [, data] = GLib.file_get_contents('/proc/thread-self/schedstat');
    return Number(new TextDecoder().decode(data).split(' ')[0]);
}

async function measure(name, n, func) {
    let best = Infinity;
    for (let i = 0; i < 3; i++) {
        System.gc();
        const start = getTime();
        const results = await func(n);
        if (results.length !== n)
            throw new Error(`${name}: ${results.length} results`);
        best = Math.min(best, getTime() - start);
    }
    print(`${name.padEnd(44)}${(best / n).toFixed(0).padStart(8)} ns an element`);
    return best / n;
}

async function compare(name, n, plain, staged) {
    const before = await measure(`plain loop, ${name}`, n, plain);
    const after = await measure(`stage, ${name}`, n, staged);
    print(`${''.padEnd(44)}${(after / before).toFixed(2).padStart(8)} times the plain loop`);
}

await compare('async function', N, n => plainLoop(add1, n), n => collect(add1, n));
await compare('async function, for await', N, n => plainLoop(add1, n), n => taskMap(add1, n));
await compare('async function, objects', N, n => plainLoop(addObject, n),
    n => collect(addObject, n));
await compare('a main loop’s turn each', N / 4, n => plainLoop(afterIdle, n),
    n => collect(afterIdle, n));
await compare('a turn each, bound of 64, for await', N / 4, n => plainLoop(afterIdle, n),
    n => taskMap(afterIdle, n, {maxsize: 64}));
await compare('sync', N, n => [...plainMap(x => x + 1, numbers(n))],
    n => [...Pl.sync.map(x => x + 1, numbers(n))]);
await measure('stage, collect() of a sync map', N,
    n => Pl.sync.map(x => x + 1, numbers(n)).collect());
