// SPDX-FileCopyrightText: 2026 The pypeln-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// How elements leave a run: for…of, for await…of, and all of them at once.

/* exported drain, init, install */

// The engine looks up names of such a module's own each time, but not those of a function: an
// element costs a third less for it.
var {drain, init, install} = (() => {
const {Gio} = imports.gi;
const {caught} = imports.overrides.pl.errors;
const {getOwners} = imports.overrides.pl.notes;
const {open, openAll, openKept} = imports.overrides.pl.values;
const {callBlocking} = imports.overrides.pl.waiting;

let Pl;

// As the library has them, before they are given other ways to be called here.
let methods;

// How many elements are taken at once where nothing bounds what waits for the consumer. Where
// something does they are taken one by one, so that the bound is kept.
const MANY = 64;

const getBatch = stage => stage.maxsize > 0 ? 1 : MANY;

// Makes values of what an iterator has just given: see Pl.Iterator.open_handles().
function openTaken(iterator, values) {
    if (!values?.length)
        return values;
    openAll(values);
    for (const place of iterator.get_handle_places() ?? [])
        values[place] = openKept(values[place]);
    return values;
}

// Takes elements, and waits for the first.
function takeBlocking(iterator, max, cancellable, owners) {
    try {
        return openTaken(iterator, callBlocking(owners, () =>
            methods.nextValues.call(iterator, max, cancellable))) ?? [];
    } catch (error) {
        throw caught(error, iterator);
    }
}

function take(iterator, max, cancellable) {
    return new Promise((resolve, reject) => {
        iterator.next_values_async(max, cancellable, (_iterator, result) => {
            try {
                resolve(iterator.next_values_finish(result) ?? []);
            } catch (error) {
                reject(caught(error, iterator));
            }
        });
    });
}

// Ends a run that has been left.
async function leave(iterator, cancellable) {
    cancellable.cancel();
    try {
        await take(iterator, 1, cancellable);
    } catch (error) {
        if (!error.matches?.(Gio.IOErrorEnum, Gio.IOErrorEnum.CANCELLED))
            throw error;
    }
}

function* iterate(iterator, batch, owners) {
    let hasEnded = false;
    try {
        for (;;) {
            hasEnded = true; // if this throws
            const values = takeBlocking(iterator, batch, null, owners);
            hasEnded = values.length === 0;
            if (hasEnded)
                return;
            for (let i = 0; i < values.length; i++)
                yield values[i];
        }
    } finally {
        if (!hasEnded)
            callBlocking(owners, () => iterator.close());
    }
}

// What “for await…of” goes by. An async generator would do the same in more turns of promises.
class AsyncIterator {
    constructor(iterator, batch) {
        this._iterator = iterator;
        this._batch = batch;
        this._cancellable = new Gio.Cancellable();
        this._values = [];
        this._position = 0;
        this._last = null; // the call under way, or the last one
        this._hasEnded = false;
        this._nTaken = 0; // since the main loop went on
    }

    next() {
        if (this._last === null && this._position < this._values.length)
            return Promise.resolve({value: this._values[this._position++], done: false});
        return this._queue(() => this._next());
    }

    return(value) {
        return this._queue(() => this._return(value));
    }

    [Symbol.asyncIterator]() {
        return this;
    }

    // Calls that are made before the last one is done wait for it.
    _queue(func) {
        const call = this._last === null ? func() : this._last.then(func, func);
        this._last = call;
        const done = () => {
            if (this._last === call)
                this._last = null;
        };
        call.then(done, done);
        return call;
    }

    async _next() {
        if (this._position === this._values.length && !this._hasEnded) {
            this._hasEnded = true; // if this throws
            this._values = this._takeWaiting() ??
                await take(this._iterator, this._batch, this._cancellable);
            this._position = 0;
            this._hasEnded = this._values.length === 0;
        }
        if (this._position === this._values.length)
            return {value: undefined, done: true};
        return {value: this._values[this._position++], done: false};
    }

    // What waits already costs much less, but a main loop is to go on.
    _takeWaiting() {
        const values = this._nTaken < MANY
            ? this._iterator.try_next_values(this._batch) : null;
        this._nTaken = values?.length ? this._nTaken + values.length : 0;
        return values?.length ? values : null;
    }

    async _return(value) {
        this._values = [];
        this._position = 0;
        if (!this._hasEnded) {
            this._hasEnded = true;
            await leave(this._iterator, this._cancellable);
        }
        return {value, done: true};
    }
}

// Does `handle` with the elements of a run. A sync stage would give one at each turn of the main
// loop; behind a task stage it gives many.
async function drain(stage, handle = () => {}) {
    const last = stage.kind === Pl.WorkerKind.SYNC ? Pl.task_concat([stage]) : stage;
    const iterator = last.iterate();
    for (let values; (values = await take(iterator, MANY, null)).length > 0;)
        handle(values);
}

function drainBlocking(stage, cancellable, handle = () => {}) {
    const iterator = stage.iterate();
    const owners = () => getOwners(stage);
    for (let values; (values = takeBlocking(iterator, MANY, cancellable, owners)).length > 0;)
        handle(values);
}

function makeCollector(results) {
    return values => {
        for (let i = 0; i < values.length; i++)
            results.push(values[i]);
    };
}

function installOnStage({prototype}) {
    const {iterate: begin} = prototype;
    prototype.iterate = function () {
        const iterator = begin.call(this);
        iterator.open_handles();
        return iterator;
    };

    prototype[Symbol.iterator] = function () {
        return iterate(this.iterate(), getBatch(this), () => getOwners(this));
    };

    prototype[Symbol.asyncIterator] = function () {
        return new AsyncIterator(this.iterate(), getBatch(this));
    };

    // With an argument they wait, as in the library; without one they give a promise.
    prototype.collect = function (...args) {
        const results = [];
        if (args.length === 0)
            return drain(this, makeCollector(results)).then(() => results);
        drainBlocking(this, args[0], makeCollector(results));
        return results;
    };

    prototype.run = function (...args) {
        if (args.length === 0)
            return drain(this);
        drainBlocking(this, args[0]);
        return true;
    };

    const {collect_finish: collectFinish, connect} = prototype;
    prototype.collect_finish = function (result) {
        return openAll(collectFinish.call(this, result));
    };

    // gjs cannot make an object of an error while no function runs, and calls no handler then.
    prototype.connect = function (signal, handler) {
        if (signal !== 'skipped')
            return connect.call(this, signal, handler);
        return connect.call(this, 'skipped-element', (stage, value) =>
            handler(stage, open(value), caught(Pl.Stage.get_skipped_error())));
    };
}

function installOnIterator({prototype}) {
    const {next, next_finish: nextFinish} = prototype;

    prototype.next = function (cancellable) {
        const [more, value] = next.call(this, cancellable);
        return [more, open(value)];
    };

    prototype.next_finish = function (result) {
        const [more, value] = nextFinish.call(this, result);
        return [more, open(value)];
    };

    prototype.next_values = function (max, cancellable) {
        return openTaken(this, methods.nextValues.call(this, max, cancellable));
    };

    prototype.next_values_finish = function (result) {
        return openTaken(this, methods.nextValuesFinish.call(this, result));
    };

    prototype.try_next_values = function (max) {
        return openTaken(this, methods.tryNextValues.call(this, max));
    };

    prototype[Symbol.iterator] = function () {
        return iterate(this, 1, () => new Set());
    };

    prototype[Symbol.asyncIterator] = function () {
        return new AsyncIterator(this, 1);
    };
}

function installOnValueObject({prototype}) {
    const {get_value: getValue} = prototype;
    prototype.get_value = function () {
        return open(getValue.call(this));
    };
    Object.defineProperty(prototype, 'value', {
        configurable: true,
        get() {
            return this.get_value();
        },
    });
}

function install() {
    const {prototype} = Pl.Iterator;
    methods = {
        nextValues: prototype.next_values,
        nextValuesFinish: prototype.next_values_finish,
        tryNextValues: prototype.try_next_values,
    };
    installOnStage(Pl.Stage);
    installOnIterator(Pl.Iterator);
    installOnValueObject(Pl.ValueObject);
}

function init(namespace) {
    Pl = namespace;
}

return {drain, init, install};
})();
