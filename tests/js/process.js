// SPDX-FileCopyrightText: 2026 The pypeln-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Process stages of a JavaScript program, whose workers are other programs. JavaScript itself runs
// on its own thread only: gjs refuses to call a function on another, and its message is fatal here.

import GLib from 'gi://GLib';
import GObject from 'gi://GObject';
import Gio from 'gi://Gio';
import Pl from 'gi://Pl?version=1';

import {assertEqual, assertFails, run} from './tap.js';

Gio._promisify(Pl.Iterator.prototype, 'next_values_async', 'next_values_finish');
Gio._promisify(Pl.Stage.prototype, 'run_async', 'run_finish');

const plainWorker = Gio.File.new_for_uri(import.meta.url)
    .resolve_relative_path('../../../examples/python/plain-worker.py').get_path();

function newCommand(protocol, argv, settings = {}) {
    const command = Pl.Command.new(argv);
    Object.assign(command, {protocol, stderr_mode: Pl.Stderr.COLLECT, ...settings});
    return command;
}

const lines = (...argv) => newCommand(Pl.Protocol.LINES, argv);
const oneshot = (...argv) =>
    newCommand(Pl.Protocol.ONESHOT, argv, {result_type: GObject.TYPE_STRING});
const frames = () => newCommand(Pl.Protocol.FRAMES, [plainWorker]);

function newValue(type, content) {
    const value = new GObject.Value();
    value.init(type);
    if (type === GObject.TYPE_INT64)
        value.set_int64(content);
    else
        value.set_string(content);
    return value;
}

const numbers = (n = 5) => Pl.Source.new_range(0, n);
const wideNumbers = n => Pl.Source.new_for_values(
    Array.from({length: n}, (_, i) => newValue(GObject.TYPE_INT64, i)));

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

const tests = {
    'lines'() {
        const words = Pl.Source.new_for_strv(['colour', 'trée', '']);
        assertEqual(take(Pl.process_map(words, lines('sed', '-u', 's/our/or/'))),
            ['color', 'trée', '']);
        assertEqual(Pl.process_each(numbers(), lines('cat')).run(null), true);
    },

    'oneshot'() {
        assertEqual(take(Pl.process_map(Pl.Source.new_range(10, 13), oneshot('factor', '{}'))),
            ['10: 2 5', '11: 11', '12: 2 2 3']);
        assertEqual(take(Pl.process_filter(numbers(), oneshot('sh', '-c', 'exit $(({} % 2))'))),
            [0, 2, 4]);
        assertEqual(take(Pl.process_flat_map(numbers(3), oneshot('seq', '{}'))), ['1', '1', '2']);
    },

    'frames'() {
        const stage = Pl.process_map(wideNumbers(100), frames());
        assertEqual(take(stage), Array.from({length: 100}, (_, i) => 2 * i));
    },

    async 'asynchronously, while javascript goes on'() {
        let nTicks = 0;
        const id = GLib.timeout_add(GLib.PRIORITY_DEFAULT, 10, () => {
            nTicks++;
            return GLib.SOURCE_CONTINUE;
        });
        const slow = Pl.process_map(numbers(), oneshot('sh', '-c', 'sleep 0.1; echo {}'));
        slow.workers = 2;
        const iterator = slow.iterate();
        const values = [];
        for (let more; (more = await iterator.next_values_async(5, null))?.length;)
            values.push(...more);
        GLib.source_remove(id);
        assertEqual(values.sort(), ['0', '1', '2', '3', '4']);
        assertEqual(nTicks > 0, true);
    },

    'in front of and behind functions of javascript'() {
        const called = [];
        const words = Pl.task_map(numbers(), (x, task) => {
            called.push(x);
            task.return_value(`${x}`);
        });
        const marked = Pl.process_map(words, lines('sed', '-u', 's/$/!/'));
        marked.workers = 2;
        const upper = Pl.sync_map(marked, word => {
            called.push(word);
            return `<${word}>`;
        }, GObject.TYPE_STRING);
        assertEqual(take(upper).sort(), ['<0!>', '<1!>', '<2!>', '<3!>', '<4!>']);
        assertEqual(called.length, 10);
    },

    async 'errors'() {
        const failing = Pl.process_each(numbers(3),
            oneshot('sh', '-c', '[ {} != 1 ] || { echo oh no >&2; exit 7; }'));
        failing.name = 'check';
        await assertFails(() => failing.run(null), Pl.Error, Pl.Error.WORKER_EXITED,
            'stage “check” (process each, worker 0, element 1): ' +
            'The program exited with status 7: oh no');
        await assertFails(() => take(Pl.process_map(numbers(1), lines('/missing/program'))),
            Pl.Error, Pl.Error.WORKER_START);
    },

    async 'skipped, told in the main loop'() {
        const told = [];
        const stage = Pl.process_each(numbers(3), oneshot('sh', '-c', 'exit $(({} * 5))'));
        stage.workers = 3;
        stage.error_policy = Pl.ErrorPolicy.SKIP;
        stage.connect('skipped', (_stage, value, error) => told.push([value, error.message]));
        assertEqual(await stage.run_async(null), true);
        assertEqual(told.sort(), [
            [1, 'The program exited with status 5'],
            [2, 'The program exited with status 10'],
        ]);
    },

    'figures'() {
        const stage = Pl.process_map(numbers(3), oneshot('sh', '-c',
            'while [ {} = 1 ]; do sleep 1; done; echo {}'));
        stage.workers = 3;
        stage.timeout = 300;
        const iterator = stage.iterate();
        while (iterator.next(null)[0]);
        const figures = iterator.status.get_stage_status(stage);
        assertEqual(figures.get_elements_in(), 3);
        assertEqual(figures.get_elements_out(), 2);
        assertEqual(figures.get_elements_timed_out(), 1);
        assertEqual(iterator.status.get_done(), true);
    },

    async 'cancelled in their midst'() {
        const cancellable = new Gio.Cancellable();
        const stage = Pl.process_each(numbers(3), oneshot('sleep', '1000'));
        GLib.timeout_add(GLib.PRIORITY_DEFAULT, 50, () => {
            cancellable.cancel();
            return GLib.SOURCE_REMOVE;
        });
        await assertFails(() => stage.run_async(cancellable), Gio.IOErrorEnum,
            Gio.IOErrorEnum.CANCELLED);
    },
};

run('process', Object.fromEntries(
    Object.entries(tests).map(([name, test]) => [name.replaceAll(/,? /g, '-'), test])));
