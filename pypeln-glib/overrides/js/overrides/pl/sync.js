// SPDX-FileCopyrightText: 2026 The pypeln-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Sync stages and sources: their closures are called by whoever takes what they make.

/* exported filter, each, flatMap, fromIterable, init, map, setHooks */

const {GObject} = imports.gi;
const Context = imports.overrides.pl.context;
const {fail} = imports.overrides.pl.errors;
const {box, open, seal} = imports.overrides.pl.values;
const {isThenable, settle} = imports.overrides.pl.waiting;

let Pl;

// The iterators that may have something to do at their end, by worker.
const iterators = new Map();

// Calls the user's function, and waits for what it promises.
function makeCaller(func, hasResources) {
    return element => {
        const type = hasResources
            ? Context.getBound(Pl.Worker.get_current()).call : Context.SyncContext;
        const context = new type();
        const result = func(open(element), context);
        if (!isThenable(result))
            return result;
        context.hold();
        return settle(result);
    };
}

// Makes a closure that has the stage fail with what is thrown.
function guard(func) {
    return argument => {
        try {
            return func(argument);
        } catch (error) {
            fail(error);
            return undefined;
        }
    };
}

function map(input, func, {onStart}) {
    const call = makeCaller(func, !!onStart);
    return Pl.sync_map(input, guard(element => seal(call(element))), GObject.TYPE_NONE);
}

function filter(input, func, {onStart}) {
    const call = makeCaller(func, !!onStart);
    return Pl.sync_filter(input, guard(element => Boolean(call(element))));
}

function each(input, func, {onStart}) {
    const call = makeCaller(func, !!onStart);
    return Pl.sync_each(input, guard(element => {
        call(element);
    }));
}

// A place in what an iterable gives, for the closures of a generator.
var Place = class {
    constructor(iterable, worker, isAsync) {
        this.iterator = isAsync ? iterable[Symbol.asyncIterator]() : iterable[Symbol.iterator]();
        this.worker = worker;
        if (typeof this.iterator.return === 'function')
            iterators.set(worker, this.iterator);
    }

    next() {
        const {done, value} = settle(this.iterator.next());
        if (!done)
            return seal(value);
        iterators.delete(this.worker);
        this.worker.set_at_end();
        return undefined;
    }
};

const next = guard(handle => {
    const place = open(handle);
    try {
        return place.next();
    } catch (error) {
        iterators.delete(place.worker);
        throw error;
    }
});

// Ends an iterator that has been left, as “for…of” does.
function leaveIterator(worker) {
    const iterator = iterators.get(worker);
    iterators.delete(worker);
    if (iterator !== undefined)
        settle(iterator.return());
}

function flatMap(input, func, {onStart}) {
    const call = makeCaller(func, !!onStart);
    const begin = guard(element => {
        const iterable = call(element);
        const isAsync = iterable?.[Symbol.asyncIterator] !== undefined;
        if (!isAsync && iterable?.[Symbol.iterator] === undefined) {
            throw new TypeError('The function of a flatMap has to return an iterable, and ' +
                `returned ${iterable}`);
        }
        return box(new Place(iterable, Pl.Worker.get_current(), isAsync));
    });
    return Pl.FlatMap.new_for_generator(Pl.WorkerKind.SYNC, input, begin, next, GObject.TYPE_NONE);
}

function fromIterable(iterable) {
    const begin = guard(worker => box(new Place(iterable, worker, false)));
    const source = Pl.Source.new_for_generator(begin, next, GObject.TYPE_NONE);
    source.set_on_done(guard(() => leaveIterator(Pl.Worker.get_current())));
    return source;
}

function setHooks(stage, operation, {onStart, onDone}) {
    if (onStart) {
        stage.set_on_start(guard(worker => {
            Context.bindResources(worker, Context.SyncContext,
                settle(onStart(new Context.StageContext(worker))));
        }));
    }
    if (!onDone && operation !== 'flatMap')
        return;
    stage.set_on_done(guard(status => {
        const worker = Pl.Worker.get_current();
        try {
            leaveIterator(worker);
        } finally {
            const type = onStart ? Context.getBound(worker).stage : Context.StageContext;
            settle(onDone?.(new type(worker, status)));
        }
    }));
}

function init(namespace) {
    Pl = namespace;
}
