// SPDX-FileCopyrightText: 2026 The pypeln-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// What a worker process does with the functions that it serves, see worker.js.

/* exported refuse, serve */

const {GObject} = imports.gi;
const Context = imports.overrides.pl.context;
const {toError} = imports.overrides.pl.errors;
const {open} = imports.overrides.pl.values;
const {isThenable, settle} = imports.overrides.pl.waiting;
const Wire = imports.overrides.pl.wire;

const NAME = 'function';

function guard(Pl, func) {
    return argument => {
        try {
            return func(argument);
        } catch (error) {
            Pl.Worker.get_current().set_error(toError(error));
            return undefined;
        }
    };
}

function find(module, {module: uri}, name) {
    const func = module[name];
    if (typeof func !== 'function')
        throw new TypeError(`The module ${uri} does not export a function “${name}”`);
    return func;
}

function makeCaller(Pl, func, hasResources) {
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

function emitAll(Pl, iterable) {
    const getIterator = iterable?.[Symbol.asyncIterator] ?? iterable?.[Symbol.iterator];
    if (getIterator === undefined)
        throw new TypeError(`The function of a flatMap has to return an iterable, and returned ${
            iterable}`);

    const iterator = getIterator.call(iterable);
    let isLeft = true;
    try {
        for (;;) {
            const {done, value} = settle(iterator.next());
            if (done)
                break;
            Pl.Worker.get_current().emit(Wire.encode(value));
        }
        isLeft = false;
    } finally {
        if (isLeft)
            settle(iterator.return?.());
    }
}

const REGISTER = {
    map: (Pl, call) => Pl.Worker.register_map(NAME,
        guard(Pl, element => Wire.encode(call(element))), GObject.TYPE_NONE),
    filter: (Pl, call) => Pl.Worker.register_filter(NAME,
        guard(Pl, element => Boolean(call(element)))),
    each: (Pl, call) => Pl.Worker.register_each(NAME, guard(Pl, element => {
        call(element);
    })),
    flatMap: (Pl, call) => Pl.Worker.register_flat_map(NAME, guard(Pl, element => {
        emitAll(Pl, call(element));
    })),
};

function setHooks(Pl, stage, module, settings) {
    const {onStart, onDone} = settings;
    if (onStart) {
        const func = find(module, settings, onStart);
        stage.set_on_start(guard(Pl, worker => {
            Context.bindResources(worker, Context.SyncContext,
                settle(func(new Context.StageContext(worker))));
        }));
    }
    if (onDone) {
        const func = find(module, settings, onDone);
        stage.set_on_done(guard(Pl, status => {
            const worker = Pl.Worker.get_current();
            const type = onStart ? Context.getBound(worker).stage : Context.StageContext;
            settle(func(new type(worker, status)));
        }));
    }
}

// Serves until there are no more elements, and returns the status to exit with.
function serve(Pl, module, settings) {
    let func;
    try {
        func = find(module, settings, settings.name);
    } catch (error) {
        return refuse(Pl, settings, error);
    }
    const call = makeCaller(Pl, func, Boolean(settings.onStart));
    const stage = REGISTER[settings.operation](Pl, call);
    try {
        setHooks(Pl, stage, module, settings);
    } catch (error) {
        return refuse(Pl, settings, error);
    }
    return Pl.Worker.serve(NAME);
}

// Tells why there is nothing to serve.
function refuse(Pl, {operation}, error) {
    const stage = REGISTER[operation](Pl, () => {});
    stage.set_on_start(guard(Pl, () => {
        throw error;
    }));
    return Pl.Worker.serve(NAME);
}
