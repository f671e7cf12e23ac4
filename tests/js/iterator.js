// SPDX-FileCopyrightText: 2026 The pypeln-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// The ways in which a JavaScript program takes elements out of a run, and leaves it.

import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import GObject from 'gi://GObject';
import Pl from 'gi://Pl?version=1';
import System from 'system';

import {assertEqual, assertFails, run} from './tap.js';

Gio._promisify(Pl.Stage.prototype, 'collect_async', 'collect_finish');
Gio._promisify(Pl.Stage.prototype, 'run_async', 'run_finish');
Gio._promisify(Pl.Iterator.prototype, 'next_values_async', 'next_values_finish');

const ENDLESS = 2 ** 31 - 1;

const numbers = n => Pl.thread_concat([Pl.Source.new_range(0, n)]);

function endless() {
    const stage = numbers(ENDLESS);
    stage.maxsize = 2;
    return stage;
}

function nextAsync(iterator) {
    return new Promise((resolve, reject) => {
        iterator.next_async(null, (source, result) => {
            try {
                resolve(source.next_finish(result));
            } catch (error) {
                reject(error);
            }
        });
    });
}

function failing() {
    const stage = Pl.sync_each(numbers(3), () => {
        Pl.Worker.get_current().set_error(new GLib.Error(Pl.Error, Pl.Error.CYCLE, 'no'));
    });
    stage.name = 'check';
    return stage;
}

run('iterator', {
    'collect'() {
        assertEqual(numbers(3).collect(null), [0, 1, 2]);
        assertEqual(Pl.sync_map(numbers(2), x => `${x}`, GObject.TYPE_STRING).collect(null),
            ['0', '1']);
        assertEqual(numbers(0).collect(null), []);
    },

    async 'collect-async'() {
        assertEqual((await numbers(1000).collect_async(null)).length, 1000);
    },

    async 'next-async'() {
        const iterator = numbers(2).iterate();
        assertEqual(await nextAsync(iterator), [true, 0]);
        assertEqual(await nextAsync(iterator), [true, 1]);
        assertEqual(await nextAsync(iterator), [false, null]);
    },

    'values-of-javascript-pass-by-identity'() {
        const things = [{}, [1], () => 1, new Map()];
        const stage = Pl.sync_map(Pl.Source.new_range(0, things.length), i => things[i],
            Object.$gtype);
        const again = Pl.sync_map(stage, thing => thing, Object.$gtype);
        const got = again.collect(null);
        assertEqual(got.map((thing, i) => thing === things[i]), [true, true, true, true]);
    },

    'each-run-begins-anew'() {
        const stage = numbers(3);
        const [first, second] = [stage.iterate(), stage.iterate()];
        assertEqual(first.next(null), [true, 0]);
        assertEqual(first.next(null), [true, 1]);
        assertEqual(second.next(null), [true, 0]);
    },

    async 'calls-at-once-are-pending'() {
        const iterator = Pl.sync_map(numbers(1), () => {
            try {
                iterator.next(null);
            } catch (error) {
                return error.matches(Gio.IOErrorEnum, Gio.IOErrorEnum.PENDING);
            }
            return false;
        }, GObject.TYPE_BOOLEAN).iterate();
        assertEqual(await nextAsync(iterator), [true, true]);
    },

    async 'error-of-a-closure'() {
        const message = 'stage “check” (sync each, element 0): no';
        await assertFails(() => failing().run(null), Pl.Error, Pl.Error.CYCLE, message);
        await assertFails(() => failing().run_async(null), Pl.Error, Pl.Error.CYCLE, message);
        await assertFails(() => nextAsync(failing().iterate()), Pl.Error, Pl.Error.CYCLE, message);
    },

    async 'error-of-on-start'() {
        const stage = Pl.sync_each(numbers(3), () => {});
        stage.set_on_start(worker => {
            worker.set_error(new GLib.Error(Gio.IOErrorEnum, Gio.IOErrorEnum.BUSY, 'no'));
        });
        await assertFails(() => stage.run(null), Gio.IOErrorEnum, Gio.IOErrorEnum.BUSY,
            'stage “each” (sync each, on_start): no');
    },

    async 'result-that-is-undefined'() {
        const stage = Pl.sync_map(numbers(1), () => {}, GObject.TYPE_NONE);
        await assertFails(() => stage.run(null), Pl.Error, Pl.Error.UNSET_RESULT);
    },

    async 'cancelling-ends-an-asynchronous-run'() {
        const cancellable = new Gio.Cancellable();
        GLib.idle_add(GLib.PRIORITY_DEFAULT_IDLE, () => {
            cancellable.cancel();
            return GLib.SOURCE_REMOVE;
        });
        await assertFails(() => endless().run_async(cancellable),
            Gio.IOErrorEnum, Gio.IOErrorEnum.CANCELLED);
    },

    async 'closing-ends-a-call-under-way'() {
        const iterator = Pl.sync_each(endless(), x => {
            if (x === 10)
                iterator.close();
        }).iterate();
        await assertFails(() => iterator.next_values_async(9, null),
            Gio.IOErrorEnum, Gio.IOErrorEnum.CANCELLED);
        assertEqual(iterator.next(null), [false, null]);
    },

    async 'dropping-in-mid-run'() {
        for (let i = 0; i < 50; i++) {
            const stage = Pl.sync_map(endless(), x => ({x, i}), Object.$gtype);
            const iterator = stage.iterate();
            assertEqual((await iterator.next_values_async(2, null)).length > 0, true);
        }
        System.gc();
    },
});
