// SPDX-FileCopyrightText: 2026 The pypeln-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// What a JavaScript program sees of a run: order, errors that are skipped, figures, graphs.

import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import GObject from 'gi://GObject';
import Pl from 'gi://Pl?version=1';

import {assertEqual, run} from './tap.js';

function skipping() {
    const numbers = Pl.thread_concat([Pl.Source.new_range(0, 5)]);
    const stage = Pl.sync_map(numbers, number => {
        if (number === 2) {
            Pl.Worker.get_current().set_error(
                new GLib.Error(Gio.IOErrorEnum, Gio.IOErrorEnum.BUSY, 'busy'));
        }
        return number;
    }, GObject.TYPE_INT);
    stage.errorPolicy = Pl.ErrorPolicy.SKIP;
    return stage;
}

function collectAsync(stage) {
    return new Promise((resolve, reject) => {
        stage.collect_async(null, (source, result) => {
            try {
                resolve(source.collect_finish(result));
            } catch (error) {
                reject(error);
            }
        });
    });
}

run('watching', {
    'ordered'() {
        const numbers = Pl.thread_concat([Pl.Source.new_range(0, 200)]);
        numbers.workers = 4;
        const expected = [...Array(200).keys()];
        assertEqual(Pl.sync_ordered(numbers).collect(null), expected);
        assertEqual(Pl.thread_ordered(numbers).collect(null), expected);
    },

    async 'skipped'() {
        const told = [];
        const stage = skipping();
        stage.connect('skipped', (_stage, value, error) => told.push([value, error.message]));
        assertEqual(stage.collect(null), [0, 1, 3, 4]);
        assertEqual(told, [[2, 'busy']]);
        assertEqual(await collectAsync(stage), [0, 1, 3, 4]);
        assertEqual(told.length, 2);
    },

    'status'() {
        const stage = skipping();
        const iterator = stage.iterate();
        while (iterator.next(null)[0])
            ;
        const {status} = iterator;
        const figures = status.get_stage_status(stage);
        assertEqual(status.done, true);
        assertEqual(status.elements, 4);
        assertEqual(figures.elementsIn, 5);
        assertEqual(figures.elementsFailed, 1);
        assertEqual(status.get_stages().length, 3);
        assertEqual(status.to_dot().includes('in 5, out 4, failed 1'), true);
    },

    'graph'() {
        const stage = skipping();
        stage.name = 'check';
        assertEqual(stage.to_dot().includes('label="check\\nsync map"'), true);
    },
});
