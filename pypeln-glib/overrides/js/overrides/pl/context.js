// SPDX-FileCopyrightText: 2026 The pypeln-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// What functions are given beside the element.

/* exported JobContext, SyncContext, StageContext, bindResources, getBound, init */

// The engine looks up names of such a module's own each time, but not those of a function: an
// element costs a third less for it.
var {JobContext, SyncContext, StageContext, bindResources, getBound, init} = (() => {
const {Gio} = imports.gi;
const {box, open} = imports.overrides.pl.values;

let Pl;

const RESOURCES = 'javascript';

const StageContext = class {
    constructor(worker, status = null) {
        this._worker = worker;
        if (status !== null)
            this.status = status;
    }

    get workerIndex() {
        return this._worker.get_index();
    }

    get cancellable() {
        return this._worker.get_cancellable();
    }
};

// Of a function that is called by whoever takes its result. It knows where it is while that runs,
// and beyond if it is told to hold on to it.
const SyncContext = class {
    hold() {
        const worker = Pl.Worker.get_current();
        this._index = worker.get_element_index();
        this._cancellable = worker.get_cancellable();
        this._workerIndex = worker.get_index();
    }

    get index() {
        return this._index ?? Pl.Worker.get_current()?.get_element_index() ?? null;
    }

    get cancellable() {
        return this._cancellable ?? Pl.Worker.get_current()?.get_cancellable() ?? null;
    }

    get workerIndex() {
        return this._workerIndex ?? Pl.Worker.get_current()?.get_index() ?? null;
    }
};

const JobContext = class {
    constructor(job) {
        this._job = job;
    }

    get index() {
        return Pl.job_get_element_index(this._job);
    }

    get cancellable() {
        if (this._cancellable === undefined) {
            this._cancellable = Pl.job_get_cancellable(this._job) ?? new Gio.Cancellable();
            if (this.index === null)
                this._cancellable.cancel();
        }
        return this._cancellable;
    }

    get workerIndex() {
        return 0;
    }
};

function checkName(name, type) {
    if (name in type.prototype || name === 'status') {
        throw new TypeError(`onStart cannot return a resource “${name}”: functions are given ` +
            'something else of that name');
    }
}

// Keeps what onStart has returned for the functions of the worker: in a class of contexts.
function bindResources(worker, type, resources) {
    if (resources !== undefined && (typeof resources !== 'object' || resources === null))
        throw new TypeError('onStart has to return an object with resources, or nothing');

    const bind = base => {
        const bound = class extends base {};
        for (const name of Object.keys(resources ?? {})) {
            checkName(name, base);
            Object.defineProperty(bound.prototype, name, {value: resources[name], writable: true,
                enumerable: true});
        }
        return bound;
    };
    worker.set_resource(RESOURCES, box({call: bind(type), stage: bind(StageContext)}));
}

function getBound(worker) {
    return open(worker.get_resource(RESOURCES));
}

function init(namespace) {
    Pl = namespace;
}

return {JobContext, SyncContext, StageContext, bindResources, getBound, init};
})();
