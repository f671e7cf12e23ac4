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

// How many elements are given at once. Where something bounds what waits for the consumer they are
// taken one by one all the same, so that the bound is kept.
const MANY = 64;

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

// Takes elements without blocking, for one caller at a time. Where `isBounded` is set only the
// first of those that it gives is taken, and takeAhead() takes each of the others.
class Taker {
    constructor(iterator, isBounded, cancellable) {
        this._iterator = iterator;
        this._isBounded = isBounded;
        this._cancellable = cancellable;

        // C has this one for as long as it has the iterator, so that it must not have that.
        const bell = {ring: null};
        this._bell = iterator.set_ready(() => bell.ring?.()) ? bell : null;
    }

    // What waits already: null if that is nothing.
    try() {
        if (this._bell === null)
            return null;
        const values = this._isBounded ? this._iterator.try_next_ahead(MANY)
            : this._iterator.try_next_values(MANY);
        return values?.length ? values : null;
    }

    takeAhead() {
        return !this._isBounded || this._iterator.take_ahead();
    }

    // What comes when try() has found nothing, by calling back: no elements is the end.
    wait(resolve, reject) {
        if (this._bell === null) {
            this._ask(resolve, reject);
            return;
        }
        let nTimes = 0;
        this._bell.ring = () => {
            const values = this.try();
            if (values === null && ++nTimes < 2)
                return;
            this._bell.ring = null;
            if (values === null)
                this._ask(resolve, reject);
            else
                resolve(values);
        };
    }

    // Has the library tell, which costs much more.
    _ask(resolve, reject) {
        const iterator = this._iterator;
        const max = this._isBounded ? 1 : MANY;
        iterator.next_values_async(max, this._cancellable, (_iterator, result) => {
            let values;
            try {
                values = iterator.next_values_finish(result) ?? [];
            } catch (error) {
                reject(caught(error, iterator));
                return;
            }
            resolve(values);
        });
    }

    take() {
        const values = this.try();
        return values ?? new Promise((resolve, reject) => this.wait(resolve, reject));
    }

    // Ends a run that has been left.
    async leave() {
        this._cancellable.cancel();
        try {
            await new Promise((resolve, reject) => this._ask(resolve, reject));
        } catch (error) {
            if (!error.matches?.(Gio.IOErrorEnum, Gio.IOErrorEnum.CANCELLED))
                throw error;
        }
    }
}

// What “for await…of” goes by. An async generator would do the same in more turns of promises.
class AsyncIterator {
    constructor(iterator, isBounded) {
        this._taker = new Taker(iterator, isBounded, new Gio.Cancellable());
        this._values = [];
        this._position = 0;
        this._last = null; // the call under way, or the last one
        this._hasEnded = false;
    }

    next() {
        if (this._last !== null)
            return this._queue(() => this._next());
        if (this._position < this._values.length && this._taker.takeAhead())
            return Promise.resolve({value: this._values[this._position++], done: false});
        return this._take();
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
        const done = () => this._forget(call);
        this._last = call;
        call.then(done, done);
        return call;
    }

    _forget(call) {
        if (this._last === call)
            this._last = null;
    }

    async _next() {
        if (this._position < this._values.length && this._taker.takeAhead())
            return {value: this._values[this._position++], done: false};
        return await this._take();
    }

    _take() {
        const values = this._hasEnded ? [] : this._taker.try();
        return values !== null ? Promise.resolve(this._begin(values)) : this._wait();
    }

    // Goes on with what has just been taken.
    _begin(values) {
        this._values = values;
        this._position = 1;
        return values.length > 0 ? {value: values[0], done: false} : {value: undefined, done: true};
    }

    _wait() {
        this._hasEnded = true; // if this fails
        const call = new Promise((resolve, reject) => this._taker.wait(values => {
            this._hasEnded = values.length === 0;
            this._forget(call);
            resolve(this._begin(values));
        }, error => {
            this._forget(call);
            reject(error);
        }));
        this._last ??= call; // else others have been made since, and are the last ones
        return call;
    }

    async _return(value) {
        this._values = [];
        this._position = 0;
        if (!this._hasEnded) {
            this._hasEnded = true;
            await this._taker.leave();
        }
        return {value, done: true};
    }
}

// Does `handle` with the elements of a run. A sync stage would give one at each turn of the main
// loop; behind a task stage it gives many.
async function drain(stage, handle = () => {}) {
    const last = stage.kind === Pl.WorkerKind.SYNC ? Pl.task_concat([stage]) : stage;
    const taker = new Taker(last.iterate(), false, null);
    for (let values; (values = await taker.take()).length > 0;)
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
        return iterate(this.iterate(), this.maxsize > 0 ? 1 : MANY, () => getOwners(this));
    };

    prototype[Symbol.asyncIterator] = function () {
        return new AsyncIterator(this.iterate(), this.maxsize > 0);
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

    prototype.try_next_ahead = function (max) {
        return openTaken(this, methods.tryNextAhead.call(this, max));
    };

    prototype[Symbol.iterator] = function () {
        return iterate(this, 1, () => new Set());
    };

    prototype[Symbol.asyncIterator] = function () {
        return new AsyncIterator(this, true);
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
        tryNextAhead: prototype.try_next_ahead,
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
