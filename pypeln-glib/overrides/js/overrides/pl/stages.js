// SPDX-FileCopyrightText: 2026 The pypeln-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// The operations: Pl.task.map() and its like.

/* exported init, install */

const {Gio} = imports.gi;
const Options = imports.overrides.pl.options;
const Process = imports.overrides.pl.process;
const Sync = imports.overrides.pl.sync;
const Task = imports.overrides.pl.task;
const {addNote, getNote, toContext} = imports.overrides.pl.notes;

let Pl;

const OPERATIONS = ['map', 'flatMap', 'filter', 'each'];

function isSource(value) {
    if (value === undefined || value === null)
        return false;
    return typeof value === 'string' || value instanceof Pl.Stage ||
        value instanceof Gio.ListModel || typeof value === 'object' &&
        (value[Symbol.iterator] !== undefined || value[Symbol.asyncIterator] !== undefined);
}

// Makes a stage of whatever there are elements in.
function toStage(value) {
    if (value instanceof Pl.Stage)
        return value;
    if (value instanceof Gio.ListModel)
        return Pl.Source.new_for_list_model(value);
    if (value[Symbol.asyncIterator] === undefined)
        return addNote(Sync.fromIterable(value), {values: true, runs: true});

    const owner = {};
    const source = Task.fromAsyncIterable(value, owner);
    source.set_name('source');
    return addNote(source, {values: true, owner});
}

function makeStage(kind, operation, func, input, options) {
    if (kind === 'process')
        return Process.makeStage(operation, func, input, options);

    const owner = {};
    const isTask = kind === 'task';
    const stage = (isTask ? Task : Sync)[operation](input, func, options, owner);
    (isTask ? Task : Sync).setHooks(stage, operation, options, owner);
    addNote(stage, {
        values: operation === 'filter' ? getNote(input).values : true,
        runs: !isTask,
        owner,
    });
    return Options.apply(stage, options);
}

function checkFunction(caller, kind, func) {
    if (kind === 'process')
        Process.check(caller, func);
    else if (typeof func !== 'function')
        throw new TypeError(`${caller}: the first argument has to be a function, and is ${func}`);
    else if (kind === 'thread')
        throw new TypeError(`${caller}: a function of JavaScript runs on JavaScript’s own ` +
            'thread only. Use Pl.task for what waits, and Pl.process with an exported function ' +
            'of a module for what computes; Pl.thread has fromIterable, concat, ordered and run');
}

// The function that begins a stage of one kind: with a source it makes the stage, without one what
// makes it of a source.
function makeOperation(kind, operation) {
    const caller = `Pl.${kind}.${operation}`;
    return (func, ...args) => {
        checkFunction(caller, kind, func);
        const {source, options} = Options.split(args, isSource, caller);
        const hasCommand = kind === 'process' && !Process.isProgram(func);
        Options.check(options, {hasFunction: true, hasCommand});
        const make = value =>
            makeStage(kind, operation, func, checkedStage(caller, value), options);
        return source === undefined ? make : make(source);
    };
}

function checkedStage(caller, value) {
    if (!isSource(value))
        throw new TypeError(`${caller}: ${value} is no stage, iterable or Gio.ListModel`);
    return toStage(value);
}

// Stages that pass elements on. Those of processes are threads, as they are in the library.
function pass(kind, operation, inputs, options) {
    const key = `${kind === 'process' ? 'thread' : kind}_${operation}`;
    const runsElsewhere = kind === 'thread' || kind === 'process';
    const prepared = runsElsewhere ? inputs.map(toContext) : inputs;
    const stage = Pl[key](operation === 'concat' ? prepared : prepared[0]);
    const notes = inputs.map(getNote);
    addNote(stage, {
        values: notes.some(note => note.values),
        runs: kind === 'sync' && notes.some(note => note.runs),
    });
    return Options.apply(stage, options);
}

function makeOrdered(kind) {
    const caller = `Pl.${kind}.ordered`;
    return (...args) => {
        const {source, options} = Options.split(args, isSource, caller);
        Options.check(options);
        const make = value => pass(kind, 'ordered', [checkedStage(caller, value)], options);
        return source === undefined ? make : make(source);
    };
}

function makeConcat(kind) {
    const caller = `Pl.${kind}.concat`;
    return (sources, options = {}) => {
        if (!Array.isArray(sources))
            throw new TypeError(`${caller}: the first argument has to be an array of sources`);
        Options.check(options);
        return pass(kind, 'concat', sources.map(source => checkedStage(caller, source)), options);
    };
}

// A source of its own kind: sync ones are run by each that takes elements from them.
function makeFromIterable(kind) {
    const caller = `Pl.${kind}.fromIterable`;
    return (...args) => {
        const {source, options} = Options.split(args, isSource, caller);
        Options.check(options);
        const make = value => {
            const stage = checkedStage(caller, value);
            return kind === 'sync' ? Options.apply(stage, options)
                : pass(kind, 'concat', [stage], options);
        };
        return source === undefined ? make : make(source);
    };
}

function install(drain) {
    for (const kind of ['sync', 'task', 'thread', 'process']) {
        Pl[kind] = {
            concat: makeConcat(kind),
            fromIterable: makeFromIterable(kind),
            ordered: makeOrdered(kind),
            run: async (...stages) => {
                if (stages.length > 0)
                    await drain(pass('task', 'concat', stages.map(stage =>
                        checkedStage(`Pl.${kind}.run`, stage)), {}));
            },
        };
        for (const operation of OPERATIONS)
            Pl[kind][operation] = makeOperation(kind, operation);
    }

    Pl.pipe = (source, ...steps) => checkedStage('Pl.pipe', source).pipe(...steps);

    Pl.Stage.prototype.pipe = function (...steps) {
        return steps.reduce((value, step) => {
            if (typeof step !== 'function')
                throw new TypeError(`pipe: ${step} is no function, nor a stage without a source`);
            return step(value);
        }, this);
    };
}

function init(namespace) {
    Pl = namespace;
}
