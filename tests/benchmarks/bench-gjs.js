// SPDX-FileCopyrightText: 2026 The pypeln-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// What an element costs in JavaScript: bench-gjs.js [ELEMENTS [ROUNDS]]. A task stage is measured
// beside a plain loop that keeps as many promises under way, a sync stage beside a plain generator.
// The time is that of the processor, which other programs do not change much. Each round measures
// all ways of doing something in turn; what is told are medians, also of the ratios in a round.

import GLib from 'gi://GLib';
import Pl from 'gi://Pl?version=1';
import System from 'system';

const N = Number(ARGV[0] ?? 20000);
const ROUNDS = Number(ARGV[1] ?? 7);
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

const makeStage = (func, n, maxsize) =>
    Pl.task.map(func, numbers(n), {workers: IN_FLIGHT, maxsize});

async function forAwait(stage) {
    const results = [];
    for await (const x of stage)
        results.push(x);
    return results;
}

const afterIdle = value => new Promise(resolve => GLib.idle_add(GLib.PRIORITY_DEFAULT, () => {
    resolve(value);
    return GLib.SOURCE_REMOVE;
}));

const FUNCTIONS = {
    'plain function': x => x + 1,
    'plain function, objects': x => ({x}),
    'async function': async x => x + 1,
    'async function, objects': async x => ({x}),
    'a main loop’s turn each': x => afterIdle(x),
    'a main loop’s turn each, objects': x => afterIdle({x}),
};

const TASK_WAYS = {
    'plain loop': plainLoop,
    'collect()': (func, n) => makeStage(func, n, 0).collect(),
    'collect(), bound of 64': (func, n) => makeStage(func, n, 64).collect(),
    'for await': (func, n) => forAwait(makeStage(func, n, 0)),
    'for await, bound of 64': (func, n) => forAwait(makeStage(func, n, 64)),
    'for await, bound of 4': (func, n) => forAwait(makeStage(func, n, 4)),
};

function* plainMap(func, iterable) {
    for (const x of iterable)
        yield func(x);
}

const SYNC_WAYS = {
    'plain generator': (func, n) => [...plainMap(func, numbers(n))],
    'for of': (func, n) => [...Pl.sync.map(func, numbers(n))],
    'collect()': (func, n) => Pl.sync.map(func, numbers(n)).collect(),
};

// The time that this thread has run for, in nanoseconds.
function getTime() {
    const [, data] = GLib.file_get_contents('/proc/thread-self/schedstat');
    return Number(new TextDecoder().decode(data).split(' ')[0]);
}

async function measure(func, way, n) {
    System.gc();
    const start = getTime();
    const results = await way(func, n);
    if (results.length !== n)
        throw new Error(`${results.length} results`);
    return (getTime() - start) / n;
}

const getMedian = values => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];

async function compare(name, func, ways, n = N) {
    const rounds = [];
    for (let i = 0; i <= ROUNDS; i++) {
        const round = [];
        for (const way of Object.values(ways))
            round.push(await measure(func, way, n));
        rounds.push(round);
    }
    rounds.shift(); // in which all was compiled

    print(name);
    for (const [i, way] of Object.keys(ways).entries()) {
        const time = getMedian(rounds.map(round => round[i]));
        const ratio = getMedian(rounds.map(round => round[i] / round[0]));
        print(`  ${way.padEnd(30)}${time.toFixed(0).padStart(8)} ns an element` +
            `${ratio.toFixed(2).padStart(8)}`);
    }
}

for (const [name, func] of Object.entries(FUNCTIONS))
    await compare(name, func, TASK_WAYS);
await compare('sync', x => x + 1, SYNC_WAYS, 5 * N);
