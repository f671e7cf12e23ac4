// SPDX-FileCopyrightText: 2026 The pypeln-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Task stages: what a function promises is answered when it is there, and as many elements as the
// stage has workers are under way meanwhile. An element is known to the library by the number of
// its job.

/* exported each, filter, flatMap, fromAsyncIterable, init, map, setHooks */

// The engine looks up names of such a module's own each time, but not those of a function: an
// element costs a third less for it.
var {each, filter, flatMap, fromAsyncIterable, init, map, setHooks} = (() => {
const {GLib, GObject} = imports.gi;
const Context = imports.overrides.pl.context;
const {fail, failTask, messageOf} = imports.overrides.pl.errors;
const {box, keep, open, openKept, seal, travels} = imports.overrides.pl.values;
const {checkThatItGoesOn, isThenable} = imports.overrides.pl.waiting;

let Pl;

// How long elements are made at a stretch, in microseconds, and how many between two looks at the
// clock.
const SLICE_USEC = 1000;
const ELEMENTS_PER_LOOK = 32;

// What the job that is being answered has come to: the library asks for it from inside of the call.
let answer;

const takeElement = () => seal(answer);
const takeDecision = () => Boolean(answer);
const ignore = () => {};

function answerJob(job, result) {
    answer = result;
    Pl.job_answer(job);
    answer = undefined;
}

function answerWithValue(job, result) {
    if (travels(result))
        Pl.job_answer_with_value(job, result);
    else
        Pl.job_answer_with_handle(job, keep(result));
}

function failJob(job, error) {
    Pl.job_fail_with_exception(job, box(error), messageOf(error));
}

// Makes the closure that begins a job, and does with what the function gives, or promises, what
// `finish` does.
function makeBegin(owner, func, hasResources, finish) {
    return (element, job, isHandle) => {
        try {
            const type = hasResources
                ? Context.getBound(Pl.Worker.get_current()).call : Context.JobContext;
            const result = func(isHandle ? openKept(element) : open(element), new type(job));
            if (!isThenable(result)) {
                finish(job, result);
                return;
            }
            checkThatItGoesOn(result, owner);
            result.then(value => finish(job, value), failure => failJob(job, failure));
        } catch (error) {
            failJob(job, error);
        }
    };
}

function map(input, func, {onStart}, owner) {
    return Pl.job_map(input, makeBegin(owner, func, !!onStart, answerWithValue),
        ignore, ignore, GObject.TYPE_NONE);
}

function filter(input, func, {onStart}, owner) {
    return Pl.job_filter(input, makeBegin(owner, func, !!onStart, answerJob), takeDecision,
        ignore);
}

function each(input, func, {onStart}, owner) {
    return Pl.job_each(input, makeBegin(owner, func, !!onStart, answerJob), ignore);
}

// The jobs that emit what an iterator gives, by number.
const emitters = new Map();

class Emitter {
    constructor(job, owner, iterator) {
        this._job = job;
        this._owner = owner;
        this._iterator = iterator;
        this._handle = result => {
            if (this._take(result))
                this.goOn();
        };
        this._fail = error => {
            emitters.delete(job);
            failJob(job, error);
        };
        emitters.set(job, this);
    }

    // Emits until there is nothing more, or no room.
    goOn() {
        const end = GLib.get_monotonic_time() + SLICE_USEC;
        try {
            for (let n = 1; ; n++) {
                const result = this._iterator.next();
                if (isThenable(result)) {
                    checkThatItGoesOn(result, this._owner);
                    result.then(this._handle).catch(this._fail);
                    return;
                }
                if (!this._take(result))
                    return;
                if (n % ELEMENTS_PER_LOOK === 0 && GLib.get_monotonic_time() >= end) {
                    this._goOnLater();
                    return;
                }
            }
        } catch (error) {
            this._fail(error);
        }
    }

    _goOnLater() {
        GLib.idle_add(GLib.PRIORITY_DEFAULT_IDLE, () => {
            if (emitters.has(this._job))
                this.goOn();
            return GLib.SOURCE_REMOVE;
        });
    }

    // Tells whether to go on.
    _take({done, value}) {
        if (!emitters.has(this._job))
            return false;
        if (done) {
            emitters.delete(this._job);
            Pl.job_answer(this._job);
            return false;
        }

        answer = value;
        const emission = Pl.job_emit(this._job);
        answer = undefined;
        if (emission === Pl.Emission.STOP)
            this.leave();
        return emission === Pl.Emission.MORE;
    }

    // Nobody wants more.
    leave() {
        if (!emitters.delete(this._job))
            return;
        try {
            const result = this._iterator.return?.();
            if (isThenable(result))
                result.then(null, logError);
        } catch (error) {
            logError(error);
        }
    }
}

function tellEmitter(job, event) {
    const emitter = emitters.get(job);
    if (event === Pl.JobEvent.ROOM)
        emitter?.goOn();
    else
        emitter?.leave();
}

function makeFlatMap(create, func, hasResources, owner) {
    const begin = makeBegin(owner, func, hasResources, (job, iterable) => {
        try {
            const getIterator = iterable?.[Symbol.asyncIterator] ?? iterable?.[Symbol.iterator];
            if (getIterator === undefined) {
                throw new TypeError('The function of a flatMap has to return an iterable, and ' +
                    `returned ${iterable}`);
            }
            new Emitter(job, owner, getIterator.call(iterable)).goOn();
        } catch (error) {
            failJob(job, error);
        }
    });
    return create(begin, takeElement, tellEmitter, GObject.TYPE_NONE);
}

function flatMap(input, func, {onStart}, owner) {
    return makeFlatMap(Pl.job_flat_map.bind(Pl, input), func, !!onStart, owner);
}

function fromAsyncIterable(iterable, owner) {
    return makeFlatMap(Pl.job_source, () => iterable, false, owner);
}

// Has `func` answer a task, now or later.
function answerTask(task, owner, func) {
    const fulfil = () => task.return_boolean(true);
    try {
        const result = func();
        if (!isThenable(result)) {
            fulfil();
            return;
        }
        checkThatItGoesOn(result, owner);
        result.then(fulfil, failure => failTask(task, failure));
    } catch (error) {
        failTask(task, error);
    }
}

function setHooks(stage, operation, {onStart, onDone}, owner) {
    if (onStart) {
        const keep = (worker, resources) =>
            Context.bindResources(worker, Context.JobContext, resources);
        stage.set_on_start_task((worker, task) => answerTask(task, owner, () => {
            const resources = onStart(new Context.StageContext(worker));
            return isThenable(resources)
                ? resources.then(value => keep(worker, value)) : keep(worker, resources);
        }));
    }
    if (onDone) {
        stage.set_on_done_task((status, task) => answerTask(task, owner, () => {
            const worker = task.get_source_object();
            const type = onStart ? Context.getBound(worker).stage : Context.StageContext;
            return onDone(new type(worker, status));
        }));
    }
}

function init(namespace) {
    Pl = namespace;
}

return {each, filter, flatMap, fromAsyncIterable, init, map, setHooks};
})();
