// SPDX-FileCopyrightText: 2026 The pypeln-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// What a JavaScript program can do with the typelib alone. JavaScript runs on its own thread only,
// so its functions are those of sync stages, and of task stages, see task.js; thread stages pass
// elements on.

import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import GObject from 'gi://GObject';
import Pl from 'gi://Pl?version=1';
import System from 'system';

import {assertEqual, assertFails, run} from './tap.js';

function take(stage) {
    const iterator = stage.iterate();
    const values = [];
    for (;;) {
        const [more, value] = iterator.next(null);
        if (!more)
            return values;
        values.push(value);
    }
}

const numbers = () => Pl.Source.new_range(0, 5);

const tests = {
    'sources'() {
        assertEqual(take(numbers()), [0, 1, 2, 3, 4]);
        assertEqual(take(Pl.Source.new_for_strv(['a', 'ü'])), ['a', 'ü']);
        const variant = new GLib.Variant('as', ['a', 'b']);
        assertEqual(take(Pl.Source.new_for_variant(variant)), ['a', 'b']);
        const store = new Gio.ListStore({item_type: Gio.SimpleAction});
        store.append(new Gio.SimpleAction({name: 'a'}));
        assertEqual(take(Pl.Source.new_for_list_model(store)).map(action => action.name), ['a']);
        const stream = Gio.MemoryInputStream.new_from_bytes(new TextEncoder().encode('one\ntwo'));
        assertEqual(take(Pl.Source.new_for_lines(stream)), ['one', 'two']);
    },

    'source-of-a-closure'() {
        let n = 0;
        assertEqual(take(Pl.Source.new_for_func(worker => {
            worker.emit(n++);
            return n < 3;
        })), [0, 1, 2]);
    },

    'map-and-filter'() {
        const added = Pl.sync_map(numbers(), x => x + 1, GObject.TYPE_INT);
        assertEqual(take(Pl.sync_filter(added, x => x % 2 === 1)), [1, 3, 5]);
    },

    'map-of-a-guessed-type'() {
        assertEqual(take(Pl.sync_map(numbers(), x => `${x}`, GObject.TYPE_NONE)),
            ['0', '1', '2', '3', '4']);
    },

    'each'() {
        const seen = [];
        Pl.sync_each(numbers(), x => {
            seen.push(x);
        }).run(null);
        assertEqual(seen, [0, 1, 2, 3, 4]);
    },

    'flat-map'() {
        const twice = Pl.sync_flat_map(numbers(), x => {
            const worker = Pl.Worker.get_current();
            for (let i = 0; i < x; i++)
                worker.emit(x);
        });
        assertEqual(take(twice), [1, 2, 2, 3, 3, 3, 4, 4, 4, 4]);
    },

    'index-of-the-element'() {
        const indices = Pl.sync_map(numbers(),
            () => Pl.Worker.get_current().get_element_index()[0], GObject.TYPE_INT);
        assertEqual(take(indices), [0, 1, 2, 3, 4]);
    },

    'threads-pass-elements-on'() {
        const strings = Pl.Source.new_for_strv(['a', 'b']);
        const all = Pl.thread_concat([strings, strings]);
        all.set_maxsize(1);
        assertEqual(take(all).sort(), ['a', 'a', 'b', 'b']);
        assertEqual(take(Pl.sync_map(all, s => s + s, GObject.TYPE_STRING)).sort(),
            ['aa', 'aa', 'bb', 'bb']);
    },

    'next-values'() {
        const iterator = Pl.thread_concat([numbers()]).iterate();
        const values = [];
        let more;
        while ((more = iterator.next_values(2, null))?.length)
            values.push(...more);
        assertEqual(values, [0, 1, 2, 3, 4]);
    },

    'resources-and-status'() {
        const calls = [];
        const stage = Pl.sync_map(numbers(), x => x + Pl.Worker.get_current().get_resource('n'),
            GObject.TYPE_INT);
        stage.set_on_start(worker => {
            calls.push('start');
            worker.set_resource('n', 10);
        });
        stage.set_on_done(status => {
            calls.push(status.done, status.elements_in);
        });
        assertEqual(take(stage), [10, 11, 12, 13, 14]);
        assertEqual(calls, ['start', true, 5]);
    },

    async 'error-of-a-closure'() {
        const failing = Pl.sync_map(numbers(), x => {
            if (x === 3) {
                Pl.Worker.get_current().set_error(
                    new GLib.Error(Gio.IOErrorEnum, Gio.IOErrorEnum.NO_SPACE, 'no space'));
            }
            return x;
        }, GObject.TYPE_INT);
        failing.name = 'resize';
        await assertFails(() => take(failing), Gio.IOErrorEnum, Gio.IOErrorEnum.NO_SPACE,
            'stage “resize” (sync map, element 3): no space');
    },

    async 'wrong-settings-are-errors'() {
        const stage = Pl.thread_concat([numbers()]);
        stage.workers = 0;
        await assertFails(() => take(stage), Pl.Error, Pl.Error.INVALID_WORKERS);
        const alone = new Pl.Map({kind: Pl.WorkerKind.SYNC});
        await assertFails(() => take(alone), Pl.Error, Pl.Error.NO_INPUT);
    },

    'dropping-an-endless-run'() {
        const stage = Pl.thread_concat([Pl.Source.new_range(0, 2 ** 31 - 1)]);
        stage.maxsize = 2;
        let iterator = stage.iterate();
        assertEqual(iterator.next(null), [true, 0]);
        iterator.close();
        assertEqual(iterator.next(null), [false, null]);
        iterator = null;
        System.gc();
    },

    async 'next-values-async'() {
        Gio._promisify(Pl.Iterator.prototype, 'next_values_async', 'next_values_finish');
        const negated = Pl.sync_map(Pl.thread_concat([numbers()]), x => -1 - x, GObject.TYPE_INT);
        const iterator = negated.iterate();
        const values = [];
        for (;;) {
            const more = await iterator.next_values_async(3, null);
            if (!more?.length)
                break;
            values.push(...more);
        }
        assertEqual(values, [-1, -2, -3, -4, -5]);
    },

    async 'run-async'() {
        Gio._promisify(Pl.Stage.prototype, 'run_async', 'run_finish');
        const seen = [];
        const each = Pl.sync_each(Pl.thread_concat([numbers()]), x => {
            seen.push(x);
        });
        assertEqual(await each.run_async(null), true);
        assertEqual(seen, [0, 1, 2, 3, 4]);
    },
};

run('smoke', tests);
