// SPDX-FileCopyrightText: 2026 The pypeln-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Pipelines as list models, as a JavaScript program shows them.

import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import GObject from 'gi://GObject';
import Pl from 'gi://Pl?version=1';
import System from 'system';

import {assertEqual, run} from './tap.js';

const ENDLESS = 2 ** 31 - 1;

const numbers = n => Pl.thread_concat([Pl.Source.new_range(0, n)]);

function ended(model) {
    return new Promise(resolve => {
        model.connect('notify::pending', () => resolve(model));
    });
}

function items(model) {
    return [...Array(model.n_items).keys()].map(i => model.get_item(i));
}

run('list-model', {
    async 'other-values-are-boxed'() {
        for (const stage of [numbers(3), Pl.Source.new_range(0, 3)]) {
            const model = await ended(stage.to_list_model());
            assertEqual(model instanceof Pl.ListModel, true);
            assertEqual(items(model).map(item => item instanceof Pl.ValueObject),
                [true, true, true]);
            assertEqual(items(model).map(item => item.get_value()), [0, 1, 2]);
        }
    },

    async 'objects-are-the-items'() {
        const actions = [new Gio.SimpleAction({name: 'a'}), new Gio.SimpleAction({name: 'b'})];
        const stage = Pl.sync_map(numbers(2), i => actions[i], Gio.SimpleAction.$gtype);
        const model = await ended(stage.to_list_model());
        assertEqual(items(model).map((item, i) => item === actions[i]), [true, true]);
    },

    async 'values-of-javascript-keep-their-identity'() {
        const things = [{}, [1], () => 1, new Map()];
        const stage = Pl.sync_map(numbers(things.length), i => things[i], Object.$gtype);
        const model = await ended(stage.to_list_model());
        assertEqual(items(model).map((item, i) => item.get_value() === things[i]),
            [true, true, true, true]);
    },

    async 'changes-are-told'() {
        let n = 0;
        const model = numbers(1000).to_list_model();
        model.connect('items-changed', (list, position, removed, added) => {
            assertEqual([position, removed], [n, 0]);
            n += added;
            assertEqual(list.get_n_items(), n);
        });
        assertEqual(model.pending, true);
        await ended(model);
        assertEqual([n, model.n_items, model.n_elements], [1000, 1000, 1000]);
        assertEqual([model.pending, model.error], [false, null]);
    },

    async 'error-is-told'() {
        const failing = Pl.sync_each(numbers(3), () => {
            Pl.Worker.get_current().set_error(new GLib.Error(Pl.Error, Pl.Error.CYCLE, 'no'));
        });
        const model = failing.to_list_model();
        const errors = [];
        model.connect('notify::error', () => errors.push(model.error));
        await ended(model);
        assertEqual(errors.map(error => error.matches(Pl.Error, Pl.Error.CYCLE)), [true]);
        assertEqual(errors[0].message, 'stage “each” (sync each, element 0): no');
    },

    async 'endless-run-leaves-the-loop-time'() {
        const model = Pl.sync_map(Pl.Source.new_range(0, ENDLESS), x => x, GObject.TYPE_INT)
            .to_list_model();
        await new Promise(resolve => {
            let n = 0;
            GLib.timeout_add(GLib.PRIORITY_DEFAULT, 1, () => {
                if (++n < 10 || model.n_items === 0)
                    return GLib.SOURCE_CONTINUE;
                resolve();
                return GLib.SOURCE_REMOVE;
            });
        });
        assertEqual(model.pending, true);
        model.run_dispose();
    },

    async 'dropping-in-mid-run'() {
        for (let i = 0; i < 50; i++) {
            const stage = Pl.sync_map(numbers(ENDLESS), x => ({x, i}), Object.$gtype);
            const model = stage.to_list_model();
            await new Promise(resolve => {
                const id = model.connect('items-changed', () => {
                    model.disconnect(id);
                    resolve();
                });
            });
            model.run_dispose();
        }
        System.gc();
    },
});
