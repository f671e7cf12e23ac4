// SPDX-FileCopyrightText: 2026 The pypeln-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// What a JavaScript program can do with task stages: their functions run on its own thread, too.

import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import Pl from 'gi://Pl?version=1';
import System from 'system';

import {assertEqual, assertFails, run} from './tap.js';

Gio._promisify(Pl.Iterator.prototype, 'next_values_async', 'next_values_finish');

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

// Calls a function from the main loop, behind what is ready there.
function later(func) {
    GLib.idle_add(GLib.PRIORITY_DEFAULT_IDLE, () => {
        func();
        return GLib.SOURCE_REMOVE;
    });
}

const numbers = () => Pl.Source.new_range(0, 5);

const tests = {
    'map-and-filter-that-answer-later'() {
        let inFlight = 0;
        let most = 0;
        const odd = Pl.task_filter(numbers(), (x, task) => {
            later(() => task.return_boolean(x % 2 === 1));
        });
        const doubled = Pl.task_map(odd, (x, task) => {
            most = Math.max(most, ++inFlight);
            later(() => {
                inFlight--;
                task.return_value(x * 2);
            });
        });
        odd.workers = 0;
        doubled.workers = 2;
        assertEqual(take(doubled).sort(), [2, 6]);
        assertEqual(most, 2);
    },

    async 'promises'() {
        const doubled = Pl.task_map(numbers(), (x, task) => {
            new Promise(resolve => later(resolve)).then(() => task.return_value(x * 2));
        });
        const iterator = doubled.iterate();
        const values = [];
        for (let more; (more = await iterator.next_values_async(5, null))?.length;)
            values.push(...more);
        assertEqual(values, [0, 2, 4, 6, 8]);
    },

    'each-and-flat-map'() {
        const seen = [];
        const repeated = Pl.task_flat_map(numbers(), (x, task) => {
            later(() => {
                for (let i = 0; i < x; i++)
                    Pl.task_emit(task, x);
                task.return_boolean(true);
            });
        });
        const each = Pl.task_each(repeated, (x, task) => {
            seen.push(x);
            task.return_boolean(true);
        });
        assertEqual(each.run(null), true);
        assertEqual(seen, [1, 2, 2, 3, 3, 3, 4, 4, 4, 4]);
    },

    'on-start-and-on-done'() {
        const calls = [];
        const stage = Pl.task_map(numbers(), (x, task) => {
            task.return_value(x + task.get_source_object().get_resource('n'));
        });
        stage.set_on_start_task((worker, task) => later(() => {
            calls.push('start');
            worker.set_resource('n', 10);
            task.return_boolean(true);
        }));
        stage.set_on_done_task((status, task) => later(() => {
            calls.push(status.done, status.elements_in);
            task.return_boolean(true);
        }));
        assertEqual(take(stage), [10, 11, 12, 13, 14]);
        assertEqual(calls, ['start', true, 5]);
    },

    async 'error'() {
        const failing = Pl.task_map(numbers(), (x, task) => {
            later(() => {
                if (x === 3) {
                    task.return_error(
                        new GLib.Error(Gio.IOErrorEnum, Gio.IOErrorEnum.NO_SPACE, 'no space'));
                } else {
                    task.return_value(x);
                }
            });
        });
        await assertFails(() => take(failing), Gio.IOErrorEnum, Gio.IOErrorEnum.NO_SPACE,
            'stage “map” (task map, worker 0, element 3): no space');
    },

    async 'task-that-is-let-go-of'() {
        const failing = Pl.task_map(numbers(), () => {
            later(() => System.gc());
        });
        await assertFails(() => take(failing), Pl.Error, Pl.Error.UNANSWERED);
    },
};

run('task', tests);
