// SPDX-FileCopyrightText: 2026 The pypeln-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Process stages: an exported function of a module runs in processes of gjs, see worker.js, and any
// other program by a command.

/* exported check, init, isProgram, makeStage */

const {Gio, GLib, GObject} = imports.gi;
const {fail} = imports.overrides.pl.errors;
const {addNote, derive, getNote, toContext} = imports.overrides.pl.notes;
const Options = imports.overrides.pl.options;
const {open} = imports.overrides.pl.values;
const Wire = imports.overrides.pl.wire;

let Pl;

const WORKER = Gio.File.new_for_path(Wire.__file__).get_parent().get_child('worker.js').get_path();

const CONSTRUCTORS = {
    map: 'process_map',
    flatMap: 'process_flat_map',
    filter: 'process_filter',
    each: 'process_each',
};

// Tells whether it is a program, rather than a function of a module.
function isProgram(func) {
    return func?.command instanceof Pl.Command;
}

function check(caller, func) {
    if (isProgram(func))
        return;
    if (typeof func?.module === 'string' && typeof func?.name === 'string')
        return;
    throw new TypeError(`${caller}: a function cannot travel to a process. Give an exported ` +
        "function of a module as {module: import.meta.url, name: 'shrink'}, or another program " +
        'as {command: new Pl.Command({argv: […]})}');
}

// The program that runs workers: this one, if it is gjs.
function findGjs() {
    try {
        const program = GLib.file_read_link('/proc/self/exe');
        if (GLib.path_get_basename(program).startsWith('gjs'))
            return program;
    } catch {
        // There is no such file on all systems.
    }
    return 'gjs';
}

function checkHook(name, value) {
    if (value !== undefined && typeof value !== 'string') {
        throw new TypeError(`“${name}” of a process stage runs in its workers: it has to be the ` +
            'name of an exported function of the module');
    }
    return value;
}

function makeCommand(operation, {module, name}, options) {
    const {onStart, onDone} = options;
    const settings = {
        module,
        name,
        operation,
        onStart: checkHook('onStart', onStart),
        onDone: checkHook('onDone', onDone),
    };
    return Options.applyToCommand(
        Pl.Command.new([findGjs(), '-m', WORKER, JSON.stringify(settings)]), options);
}

// Has values of JavaScript be what can travel.
function toWire(input, encode) {
    if (!getNote(input).values)
        return toContext(input);

    const encoded = derive(input, encode.name, stage => addNote(Pl.sync_map(stage, element => {
        try {
            return encode(open(element));
        } catch (error) {
            fail(error);
            return undefined;
        }
    }, GObject.TYPE_NONE), {runs: true}));
    return toContext(encoded);
}

function makeStage(operation, func, input, options) {
    if (isProgram(func) && (options.onStart ?? options.onDone) !== undefined)
        throw new TypeError('A program has no onStart and no onDone');
    const command = isProgram(func) ? func.command : makeCommand(operation, func, options);
    const encoded = toWire(input, isProgram(func) ? Wire.encodeForProgram : Wire.encode);
    return Options.apply(Pl[CONSTRUCTORS[operation]](encoded, command), options);
}

function init(namespace) {
    Pl = namespace;
}
