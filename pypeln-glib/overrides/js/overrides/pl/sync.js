// SPDX-FileCopyrightText: 2026 The pypeln-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Sync stages and sources: their closures are called by whoever takes what they make.

/* exported filter, each, flatMap, fromIterable, init, map, setHooks */

// The engine looks up names of such a module's own each time, but not those of a function: an
// element costs a third less for it.
var {filter, each, flatMap, fromIterable, init, map, setHooks} = (() => {
const {GObject} = imports.gi;
const Context = imports.overrides.pl.context;
const {fail} = imports.overrides.pl.errors;
const {open, seal} = imports.overrides.pl.values;
const {isThenable, settle} = imports.overrides.pl.waiting;

let Pl;

// The places where iterables are at the moment: by number, and by worker.
const places = new Map();
const placesOfWorkers = new Map();
let lastNumber = 0;

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

// A place in what an iterable gives. The closures of a generator know it by a number, which costs
// less than a handle.
class Place {
    constructor(iterable, worker, isAsync) {
        this._iterator = isAsync ? iterable[Symbol.asyncIterator]() : iterable[Symbol.iterator]();
        this._worker = worker;
        this.number = ++lastNumber;
        places.set(this.number, this);
        placesOfWorkers.set(worker, this);
    }

    next() {
        let result;
        try {
            result = settle(this._iterator.next());
        } catch (error) {
            this._end();
            throw error;
        }
        if (!result.done)
            return seal(result.value);
        this._end();
        this._worker.set_at_end();
        return undefined;
    }

    // Ends the iterator as “for…of” does.
    leave() {
        this._end();
        settle(this._iterator.return?.());
    }

    _end() {
        places.delete(this.number);
        placesOfWorkers.delete(this._worker);
    }
}

const next = guard(number => places.get(number).next());

function flatMap(input, func, {onStart}) {
    const call = makeCaller(func, !!onStart);
    const begin = guard(element => {
        const iterable = call(element);
        const isAsync = iterable?.[Symbol.asyncIterator] !== undefined;
        if (!isAsync && iterable?.[Symbol.iterator] === undefined) {
            throw new TypeError('The function of a flatMap has to return an iterable, and ' +
                `returned ${iterable}`);
        }
        return new Place(iterable, Pl.Worker.get_current(), isAsync).number;
    });
    return Pl.FlatMap.new_for_generator(Pl.WorkerKind.SYNC, input, begin, next, GObject.TYPE_NONE);
}

function fromIterable(iterable) {
    const begin = guard(worker => new Place(iterable, worker, false).number);
    const source = Pl.Source.new_for_generator(begin, next, GObject.TYPE_NONE);
    source.set_on_done(guard(() => placesOfWorkers.get(Pl.Worker.get_current())?.leave()));
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
            placesOfWorkers.get(worker)?.leave();
        } finally {
            const type = onStart ? Context.getBound(worker).stage : Context.StageContext;
            settle(onDone?.(new type(worker, status)));
        }
    }));
}

function init(namespace) {
    Pl = namespace;
}

return {filter, each, flatMap, fromIterable, init, map, setHooks};
})();
