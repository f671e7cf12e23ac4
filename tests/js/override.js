// SPDX-FileCopyrightText: 2026 The pypeln-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// What stages do that are made by the override, whatever kind they are: docs/javascript.md.

import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import GObject from 'gi://GObject';
import Pl from 'gi://Pl?version=1';

import {assertEqual, assertThrows, later, run} from './tap.js';

const VALUES = [undefined, null, true, 0, -0, NaN, 1.5, 2 ** 53, 10n ** 30n, '', 'ü', 'a\0b',
    '\ud800', [1], {a: 1}, new Map(), () => 1, Symbol('s'), class {}, new Error('e'),
    new Uint8Array(2), new GObject.Object(), new GLib.Variant('s', 'x'), GLib.Bytes.new([1]),
    Promise.resolve(1)];

const KINDS = ['sync', 'task'];

const same = (got, expected) => assertEqual(got.map((value, i) => Object.is(value, expected[i])),
    expected.map(() => true));

function* count(n) {
    for (let i = 0; i < n; i++)
        yield i;
}

// Makes a test of each kind.
const forKinds = (tests, kinds = KINDS) => Object.fromEntries(Object.entries(tests).flatMap(
    ([name, test]) => kinds.map(kind => [`${name}-${kind}`, () => test(Pl[kind], kind)])));

const tests = {
    // 1
    async 'any-value-is-an-element'(kind) {
        const values = VALUES.slice(0, -1); // a function that returns a promise promises its value
        same(await kind.map(x => x, values).collect(), values);
        same(kind.map(x => x, values).collect(null), values);
        same(await kind.filter(() => true, VALUES).collect(), VALUES);
        same([...kind.flatMap(x => [x], VALUES)], VALUES);
        const passed = [];
        for await (const value of Pl.task.map(x => x, Pl.thread.concat([kind.map(x => x, values)])))
            passed.push(value);
        same(passed, values);
    },

    // 2
    async 'nothing-is-pulled-before-a-run'(kind) {
        let n = 0;
        const stage = kind.map(x => x, function* () {
            n++;
            yield 1;
        }());
        await later();
        assertEqual(n, 0);
        assertEqual(await stage.collect(), [1]);
        assertEqual(n, 1);
    },

    async 'an-array-gives-the-same-in-each-run-and-a-generator-nothing'(kind) {
        const array = kind.map(x => x, [1, 2]);
        const generator = kind.map(x => x, count(2));
        assertEqual([await array.collect(), await array.collect()], [[1, 2], [1, 2]]);
        assertEqual([await generator.collect(), await generator.collect()], [[0, 1], []]);
    },

    async 'an-error-of-a-source-is-that-of-the-run'(kind) {
        const error = new Error('no more');
        await assertThrows(() => kind.map(x => x, function* () {
            yield 1;
            throw error;
        }()).run(), error);
        await assertThrows(() => kind.map(x => x, {
            [Symbol.iterator]() {
                throw error;
            },
        }).run(null), error);
    },

    async 'a-source-that-is-left-is-told'(kind) {
        const calls = [];
        const source = function* () {
            try {
                for (let i = 0; ; i++)
                    yield i;
            } finally {
                calls.push('left');
            }
        };
        for (const x of kind.map(x => x, source(), {maxsize: 1})) {
            if (x === 3)
                break;
        }
        assertEqual(calls, ['left']);
        for await (const x of kind.map(x => x, source(), {maxsize: 1})) {
            if (x === 3)
                break;
        }
        assertEqual(calls, ['left', 'left']);
    },

    // 3
    async 'other-code-between-two-stages'(kind) {
        const stage = kind.map(x => x + 1, [1, 2, 3]);
        const odd = function* () {
            for (const x of stage) {
                if (x % 2 === 1)
                    yield x;
            }
        };
        assertEqual([...kind.map(x => x * 10, odd())], [30]);
        const even = async function* () {
            for await (const x of stage) {
                if (x % 2 === 0)
                    yield x;
            }
        };
        assertEqual(await kind.map(x => x * 10, Pl.task.fromIterable(even())).collect(), [20, 40]);
    },

    // 4
    async 'on-start-and-on-done-run-for-an-empty-source'(kind) {
        const calls = [];
        await kind.map(x => x, [], {
            onStart: () => {
                calls.push('start');
            },
            onDone: ({status}) => {
                calls.push(status.done, status.active_workers);
            },
        }).run();
        assertEqual(calls, ['start', true, 0]);
    },

    // 5
    async 'index-paths'(kind) {
        const paths = stage => kind.map((x, {index}) => index, stage).collect();
        assertEqual(await paths(['a', 'b']), [[0], [1]]);
        assertEqual(await paths(kind.filter(x => x > 0, [0, 1])), [[1]]);
        assertEqual(await paths(kind.flatMap(x => [x, x], ['a', 'b'])),
            [[0, 0], [0, 1], [1, 0], [1, 1]]);
        assertEqual(await paths(kind.map(x => x, Pl.thread.concat([['a', 'b']]))), [[0], [1]]);
    },

    async 'an-index-and-a-cancellable-are-there-behind-an-await'(kind) {
        const got = await kind.map(async (x, context) => {
            await later();
            return [context.index, context.workerIndex, context.cancellable.is_cancelled()];
        }, ['a', 'b'], {workers: 2}).collect();
        assertEqual(got.sort(), [[[0], 0, false], [[1], 0, false]]);
    },

    // 6
    async 'one-worker-keeps-order'(kind) {
        const stage = kind.map(async x => {
            for (let i = 0; i < 3 - x % 3; i++)
                await later();
            return x;
        }, count(9));
        assertEqual(await stage.collect(), [0, 1, 2, 3, 4, 5, 6, 7, 8]);
    },

    // 15
    async 'resources-of-on-start'(kind) {
        const calls = [];
        const stage = kind.map((x, {base, workerIndex}) => [base + x, workerIndex], [1, 2], {
            onStart: async ({workerIndex}) => {
                await later();
                return {base: 10 * (workerIndex + 1)};
            },
            onDone: async ({base, status}) => {
                await later();
                calls.push(base, status.elements_in);
            },
        });
        assertEqual(await stage.collect(), [[11, 0], [12, 0]]);
        assertEqual((await stage.collect()).length, 2);
        assertEqual(calls, [10, 2, 10, 2]);
    },

    async 'a-resource-cannot-hide-what-there-is'(kind) {
        for (const resources of [{index: 1}, {status: 1}, 5]) {
            await assertThrows(() => kind.each(() => {}, [1], {onStart: () => resources}).run(),
                TypeError);
        }
    },

    // 19
    async 'errors-arrive-as-they-were-thrown'(kind) {
        class OwnError extends Error {}
        const gerror = new GLib.Error(Gio.IOErrorEnum, Gio.IOErrorEnum.NO_SPACE, 'full');
        for (const error of [new OwnError('a'), new RangeError('b'), gerror, 'text', 5, undefined,
            null]) {
            for (const func of [() => {
                throw error;
            }, async () => {
                await later();
                throw error;
            }]) {
                await assertThrows(() => kind.map(func, [1]).run(), error);
                await assertThrows(() => kind.filter(func, [1]).collect(), error);
                await assertThrows(() => kind.flatMap(func, [1]).run(), error);
                await assertThrows(async () => {
                    for await (const _ of kind.each(func, [1]));
                }, error);
                await assertThrows(() => kind.each(() => {}, [1], {onStart: func}).run(), error);
                await assertThrows(() => kind.each(() => {}, [1], {onDone: func}).run(), error);
            }
        }
        assertEqual(gerror.message, 'full');
    },

    async 'one-error-of-many-elements-ends-the-run'(kind) {
        const error = new Error('17');
        let nCalls = 0;
        await assertThrows(() => kind.map(async x => {
            nCalls++;
            await later();
            if (x === 17)
                throw error;
        }, count(1e6), {workers: 5, maxsize: 5}).run(), error);
        assertEqual(nCalls < 40, true);
    },

    async 'an-error-has-the-stack-of-where-it-was-thrown'(kind) {
        function thrower() {
            throw new Error('here');
        }
        const error = await assertThrows(() => kind.each(thrower, [1]).run(), Error);
        assertEqual(error.stack.startsWith('thrower@'), true);
    },

    async 'errors-are-skipped-and-told'(kind) {
        const error = new Error('odd');
        const told = [];
        const tell = (element, cause) => told.push(element.x, cause === error);
        const stage = kind.map(({x}) => {
            if (x % 2 === 1)
                throw error;
            return x;
        }, [{x: 1}, {x: 2}], {errorPolicy: 'skip', onSkipped: tell});
        stage.connect('skipped', (_stage, element, cause) => tell(element, cause));
        assertEqual(await stage.collect(), [2]);
        for (let i = 0; i < 1000 && told.length < 4; i++)
            await later();
        assertEqual(told, [1, true, 1, true]);
    },

    async 'errors-are-tried-again'(kind) {
        const seen = [];
        const stage = kind.map(async x => {
            seen.push(x);
            if (seen.length < 3)
                throw new Error('not yet');
            return x;
        }, [1], {retries: 2});
        assertEqual(await stage.collect(), [1]);
        assertEqual(seen, [1, 1, 1]);
    },

    // 22
    async 'runs-at-once-begin-anew'(kind) {
        const stage = kind.map(x => x, [1, 2]);
        const [a, b] = await Promise.all([stage.collect(), stage.collect()]);
        assertEqual([a, b], [[1, 2], [1, 2]]);
        assertEqual((await Pl.task.concat([stage, stage]).collect()).sort(), [1, 1, 2, 2]);
    },

    // 23
    async 'leaving-an-endless-run'(kind) {
        const endless = () => kind.map(x => x, count(Infinity), {maxsize: 3});
        for (const x of endless()) {
            if (x === 10)
                break;
        }
        for await (const x of endless()) {
            if (x === 10)
                break;
        }
        const iterator = endless()[Symbol.asyncIterator]();
        const [first, second] = await Promise.all([iterator.next(), iterator.next()]);
        assertEqual([first.value, second.value], [0, 1]);
        assertEqual(await iterator.return(5), {value: 5, done: true});
        assertEqual(await iterator.next(), {done: true});
    },

    async 'calls-at-once-are-answered-in-order'(kind) {
        for (const maxsize of [0, 1]) {
            const stage = kind.map(x => x, async function* () {
                for (const x of count(9)) {
                    await later();
                    yield x;
                }
            }(), {maxsize});
            const iterator = stage[Symbol.asyncIterator]();
            const got = [];
            const next = async () => {
                got.push((await iterator.next()).value);
            };
            const calls = [next(), next(), next().then(next), next()];
            await calls[0];
            calls.push(next(), next());
            await calls[1];
            await Promise.all([...calls, next(), next()]);
            assertEqual(got, [...count(9)]);
        }
    },

    // 24
    async 'each-and-run'(kind) {
        const seen = [];
        const each = () => kind.each(x => {
            seen.push(x);
        }, [1, 2]);
        assertEqual(await each().collect(), []);
        assertEqual(await kind.run(), undefined);
        await kind.run(each());
        await Pl.thread.run(each(), each());
        assertEqual(seen.length, 8);
        assertEqual(each().run(null), true);
    },

    async 'flat-maps-of-all-that-can-be-iterated'(kind) {
        const ways = [x => [x, x], x => new Set([x, -x]), x => `${x}`, function* (x) {
            yield x;
        }, async function* (x) {
            await later();
            yield x;
        }, async x => [x], () => []];
        for (const [i, way] of ways.entries()) {
            const expected = [[1, 1, 2, 2], [1, -1, 2, -2], ['1', '2'], [1, 2], [1, 2], [1, 2], []];
            assertEqual(await kind.flatMap(way, [1, 2]).collect(), expected[i]);
        }
        for (const wrong of [1, undefined, {}])
            await assertThrows(() => kind.flatMap(() => wrong, [1]).run(), TypeError);
    },

    async 'a-flat-map-that-is-left-is-told'(kind) {
        const left = [];
        const stage = kind.flatMap(function* (x) {
            try {
                yield* count(Infinity);
            } finally {
                left.push(x);
            }
        }, ['a', 'b'], {maxsize: 2});
        for await (const x of stage) {
            if (x === 20)
                break;
        }
        assertEqual(left, ['a']);
    },

    async 'pipe-and-stages-without-a-source'(kind) {
        const double = kind.map(x => 2 * x, {name: 'double'});
        assertEqual(double([1]).name, 'double');
        assertEqual(await Pl.pipe([1, 2], double, kind.filter(x => x > 2), s => s.collect()), [4]);
        assertEqual([...kind.ordered()(double([1])).pipe(kind.flatMap(x => [x, x]))], [2, 2]);
        assertEqual(await Pl.pipe([3], kind.fromIterable({maxsize: 2}), double).collect(), [6]);
        await assertThrows(() => Pl.pipe(5), TypeError);
        await assertThrows(() => Pl.pipe([1], 5), TypeError);
    },

    async 'options'(kind) {
        const {name, workers, maxsize, timeout, retries, retry_delay: delay, error_policy: policy} =
            kind.map(x => x, [], {name: 'n', workers: 2, maxsize: 3, timeout: 4, retries: 5,
                retryDelay: 6, errorPolicy: 'skip'});
        assertEqual([name, workers, maxsize, timeout, retries, delay, policy],
            ['n', 2, 3, 4, 5, 6, Pl.ErrorPolicy.SKIP]);
        for (const wrong of [{worker: 1}, {workers: -1}, {maxsize: '3'}, {timeout: 1.5}, {name: 5},
            {errorPolicy: 'ignore'}])
            await assertThrows(() => kind.map(x => x, [], wrong), TypeError);
        for (const args of [[5], [x => x, 5], [x => x, [], []], [x => x, [], {}, {}]])
            await assertThrows(() => kind.map(...args), TypeError);
    },

    'list-models'(kind) {
        const store = Gio.ListStore.new(Gio.SimpleAction);
        store.append(new Gio.SimpleAction({name: 'a'}));
        assertEqual([...kind.map(action => action.name, store)], ['a']);
    },

    async 'async-iterables'(kind) {
        const source = async function* () {
            yield 1;
            await later();
            yield 2;
        };
        assertEqual(await kind.map((x, {index}) => [x, index], source()).collect(),
            [[1, [0]], [2, [1]]]);
        const endless = async function* () {
            for (let i = 0; ; i++) {
                await later();
                yield i;
            }
        };
        let n = 0;
        for await (const x of Pl.thread.ordered(kind.map(x => x, endless()), {maxsize: 1})) {
            if (x !== n || ++n === 5)
                break;
        }
        assertEqual(n, 5);
        const error = new Error('no');
        await assertThrows(() => kind.map(x => x, async function* () {
            yield 1;
            throw error;
        }()).run(), error);
    },
};

const taskTests = {
    // 10
    async 'a-bound-is-exact'() {
        for (const func of [x => x, async x => x]) {
            let [nPulled, nCalls] = [0, 0];
            const source = function* () {
                for (const x of count(20)) {
                    nPulled++;
                    yield x;
                }
            };
            const stage = Pl.task.map(x => {
                nCalls++;
                return func(x);
            }, source(), {maxsize: 3});
            const iterator = stage[Symbol.asyncIterator]();
            for (let nTaken = 1; nTaken <= 9; nTaken++) {
                assertEqual(await iterator.next(), {value: nTaken - 1, done: false});
                for (let i = 0; i < 50; i++)
                    await later();

                // 3 waiting, 1 that finds no place
                assertEqual([nPulled, nCalls], [nTaken + 4, nTaken + 4]);
            }
            await iterator.return();
        }
    },

    async 'no-finished-element-waits-for-another'() {
        for (const maxsize of [0, 2]) {
            const held = [];
            const stage = Pl.task.map(x => x % 2 === 0 ? Promise.resolve(x)
                : new Promise(resolve => held.push(() => resolve(x))), count(6),
            {workers: 6, maxsize});
            const iterator = stage[Symbol.asyncIterator]();
            for (const x of [0, 2, 4])
                assertEqual((await iterator.next()).value, x);
            for (const [i, x] of [5, 1, 3].entries()) {
                held.splice([2, 0, 0][i], 1)[0]();
                assertEqual((await iterator.next()).value, x);
            }
            assertEqual((await iterator.next()).done, true);
        }
    },

    async 'the-main-loop-goes-on'() {
        for (const options of [{}, {maxsize: 3}, {workers: 64}, {workers: 64, maxsize: 64}]) {
            let [nTurns, nTaken] = [0, 0];
            const turns = (async () => {
                for (; nTurns < 3 && nTaken < 10000; nTurns++)
                    await later();
            })();
            for await (const _ of Pl.task.map(x => x, count(Infinity), options)) {
                if (++nTaken === 10000 || nTurns === 3)
                    break;
            }
            await turns;
            assertEqual(nTurns, 3);
        }
    },

    // 12
    async 'as-many-are-under-way-as-there-are-workers'() {
        for (const workers of [1, 3, 0]) {
            let [inFlight, most] = [0, 0];
            await Pl.task.each(async () => {
                most = Math.max(most, ++inFlight);
                await later();
                inFlight--;
            }, count(10), {workers}).run();
            assertEqual(most, workers === 0 ? 10 : workers);
        }
    },

    // 16
    async 'an-element-that-takes-too-long-is-dropped'() {
        let cancelled = 0;
        const stage = Pl.task.map((x, {cancellable}) => {
            if (x !== 1)
                return x;
            cancellable.connect(() => cancelled++);
            return new Promise(() => {});
        }, [0, 1, 2], {timeout: 20});
        assertEqual(await stage.collect(), [0, 2]);
        assertEqual(cancelled, 1);
    },

    // 7
    async 'ordered-restores-the-order'() {
        const shuffled = Pl.task.map(async x => {
            for (let i = 0; i < x * 7 % 5; i++)
                await later();
            return x;
        }, [...count(20)], {workers: 5});
        for (const kind of ['task', 'thread', 'sync'])
            assertEqual(await Pl[kind].ordered(shuffled).collect(), [...count(20)]);
    },

    async 'a-promise-that-nobody-can-wait-for-is-an-error'() {
        await later();
        await assertThrows(() => [...Pl.task.map(async x => x, [1])], Error);
        await assertThrows(() => [...Pl.sync.map(async x => x, [1])], Error);
        assertEqual([...Pl.task.map(x => x, [1])], [1]);
    },
};

run('override', {
    ...forKinds(tests),
    ...taskTests,
});
