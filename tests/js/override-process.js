// SPDX-FileCopyrightText: 2026 The pypeln-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Process stages that are made by the override: exported functions of a module, and programs.

import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import Pl from 'gi://Pl?version=1';

import {assertEqual, assertThrows, run} from './tap.js';

const module = Gio.File.new_for_uri(import.meta.url).get_parent().get_child('served.js').get_uri();
const func = name => ({module, name});
const sed = () => {
    const command = Pl.Command.new(['sed', '-u', 's/our/or/']);
    command.protocol = Pl.Protocol.LINES;
    return {command};
};

run('override-process', {
    async 'values-travel'() {
        const values = [1, -1.5, NaN, true, 'ü', 'a\0b', null, undefined, [1, [2]], {a: {b: null}}];
        assertEqual(await Pl.process.map(func('same'), values).collect(), values);
        const others = [new GLib.Variant('s', 'x'), new Uint8Array([1, 2]), GLib.Bytes.new([3])];
        const [variant, array, bytes] = await Pl.process.map(func('same'), others).collect();
        assertEqual(variant.unpack(), 'x');
        assertEqual([...array], [1, 2]);
        assertEqual([...bytes.toArray()], [3]);
    },

    async 'what-cannot-travel-is-an-error'() {
        for (const value of [new Map(), () => 1, 5n, Symbol('s'), [undefined], {x: NaN}]) {
            await assertThrows(() => Pl.process.map(func('same'), [value]).run(), TypeError);
            await assertThrows(() => Pl.process.map(sed(), [[value]]).run(), TypeError);
        }
        await assertThrows(() => Pl.process.map(func('lost'), [1]).run(), TypeError);
    },

    async 'async-functions-and-contexts'() {
        const stage = Pl.process.map(func('later'), ['a', 'b'], {workers: 1});
        assertEqual(await stage.collect(), [['a', [0], 0], ['b', [1], 0]]);
        assertEqual(stage.collect(null).length, 2);
    },

    async 'all-operations'() {
        assertEqual(await Pl.process.filter(func('isOdd'), [1, 2, 3]).collect(), [1, 3]);
        assertEqual(await Pl.process.flatMap(func('twice'), [1]).collect(), [1, {x: 1}]);
        assertEqual(await Pl.process.each(func('same'), [1]).collect(), []);
        assertEqual(await Pl.pipe(Pl.task.map(x => [x], [1]), Pl.process.map(func('same')),
            Pl.process.map(func('same')), Pl.task.map(([x]) => x)).collect(), [1]);
    },

    async 'on-start-runs-in-the-worker'() {
        assertEqual(await Pl.process.map(func('add'), [1], {onStart: 'start'}).collect(), [11]);
        await assertThrows(() => Pl.process.map(func('add'), [], {onStart: () => {}}), TypeError);
    },

    async 'workers-start-as-they-are-told-to'() {
        const look = options => Pl.process.map(func('getenv'), ['PL_TEST', 'PWD'], options);
        assertEqual(await look({launcher: ['env', 'PL_TEST=a']}).collect(),
            ['a', GLib.getenv('PWD')]);
        assertEqual(await look({launchers: [['env', 'PL_TEST=a', 'PWD=/']]}).collect(),
            ['a', '/']);
        assertEqual((await look({environment: {PL_TEST: 'b'}}).collect())[0], 'b');
        assertEqual(await Pl.process.map(func('getDirectory'), [1], {
            cwd: '/', prefetch: 1, startTimeout: 20000, silence: 20000, grace: 1000,
        }).collect(), ['/']);

        for (const options of [{launcher: 'nice'}, {launcher: []}, {launcher: ['nice', 1]},
            {launchers: 'nice'}, {launchers: ['nice']}, {environment: {A: 1}}, {cwd: 1},
            {prefetch: -1}, {silence: 'long'}])
            await assertThrows(() => look(options), TypeError);
        await assertThrows(() => Pl.process.map(sed(), [], {launcher: ['nice']}), TypeError);
        await assertThrows(() => Pl.task.map(x => x, [], {launcher: ['nice']}), TypeError);
    },

    async 'errors-keep-type-message-and-stack'() {
        const error = await assertThrows(() => Pl.process.map(func('fail'), [7]).run(), RangeError);
        assertEqual(error.message, 'too large: 7');
        assertEqual(error.stack.startsWith(`fail@${module}`), true);
        const own = await assertThrows(() => Pl.process.each(func('failOwn'), [7]).run(), Error);
        assertEqual([own.name, own.message], ['OwnError', 'mine']);
    },

    async 'a-function-that-there-is-not'() {
        await assertThrows(() => Pl.process.map(func('missing'), [1]).run(), TypeError);
        await assertThrows(() => Pl.process.map({module: 'file:///missing.js', name: 'f'}, [1])
            .run(), Error);
    },

    async 'a-function-that-hangs-is-killed'() {
        const stage = Pl.process.map(func('hang'), [1], {timeout: 300});
        assertEqual(await stage.collect(), []);
    },

    async 'programs'() {
        assertEqual(await Pl.process.map(sed(), ['colour', 'tree']).collect(), ['color', 'tree']);
    },

    async 'the-example-counts-words'() {
        const program = Gio.File.new_for_uri(import.meta.url)
            .resolve_relative_path('../../../examples/js/count-words.js').get_path();
        const directory = GLib.dir_make_tmp(null);
        const path = GLib.build_filenamev([directory, 'file']);
        GLib.file_set_contents(path, 'one two\nthree\n');
        const process = Gio.Subprocess.new(['gjs', '-m', program, directory],
            Gio.SubprocessFlags.STDOUT_PIPE);
        const [, output] = process.communicate_utf8(null, null);
        GLib.unlink(path);
        GLib.rmdir(directory);
        assertEqual(output, `2\t3\t${path}\n2\t3\tin 1 files\n`);
    },

    async 'the-example-fetches-titles'() {
        const program = Gio.File.new_for_uri(import.meta.url)
            .resolve_relative_path('../../../examples/js/fetch-titles.js').get_path();
        const fetchTitles = (...urls) => {
            const process = Gio.Subprocess.new(['gjs', '-m', program, ...urls],
                Gio.SubprocessFlags.STDOUT_PIPE | Gio.SubprocessFlags.STDERR_PIPE);
            const [, output, messages] = process.communicate_utf8(null, null);
            assertEqual(process.get_successful(), true);
            const withoutPort = text => text.trim().split('\n').sort().map(line =>
                line.replace(/^http:..127.0.0.1:\d+/, ''));
            return [withoutPort(output), withoutPort(messages)];
        };

        const pages = Array.from({length: 300}, (_, i) => i + 1);
        const [titles, messages] = fetchTitles();
        assertEqual(titles, pages.filter(page => page % 50 !== 13 && page % 100 !== 42)
            .map(page => `/${page}\tPage ${page}`).sort());
        const missing = pages.filter(page => page % 50 === 13)
            .map(page => `/${page}: HTTP/1.0 404`);
        for (const line of [...missing, '100 of 300', '200 of 300',
            '291 done, 6 failed, 3 timed out, in ']) {
            if (!messages.some(message => message.startsWith(line)))
                throw new Error(`no “${line}” in ${messages.join('\n')}`);
        }

        const [none, complaints] = fetchTitles('nonsense', 'ftp://localhost/');
        assertEqual(none, ['']);
        assertEqual(complaints.map(line => line.split(/: | in /)[0]),
            ['0 done, 2 failed, 0 timed out,', 'ftp://localhost/', 'nonsense']);
    },

    // What a program awaits at its top is awaited while no function runs.
    async 'a-program-without-a-main-loop-is-told-of-skipped-elements'() {
        const program = Gio.File.new_for_uri(import.meta.url).get_parent()
            .get_child('skipping.js').get_path();
        const process = Gio.Subprocess.new(['gjs', '-m', program], Gio.SubprocessFlags.STDOUT_PIPE);
        const [, output] = process.communicate_utf8(null, null);
        assertEqual(output, '1: odd\n3: odd\n');
    },

    async 'functions-do-not-travel'() {
        await assertThrows(() => Pl.process.map(x => x, [1]), TypeError);
        await assertThrows(() => Pl.thread.map(x => x, [1]), TypeError);
    },
});
