// SPDX-FileCopyrightText: 2026 The pypeln-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// How functions wait: some give promises, and whoever calls them cannot give one in turn.

/* exported callBlocking, checkThatItGoesOn, isThenable, promisesGoOn, settle */

// The engine looks up names of such a module's own each time, but not those of a function: an
// element costs a third less for it.
var {callBlocking, checkThatItGoesOn, isThenable, promisesGoOn, settle} = (() => {
const {GLib} = imports.gi;

// Those of the calls that block, innermost last.
const calls = [];

function isThenable(value) {
    return typeof value === 'object' && value !== null && typeof value.then === 'function';
}

// Whether promises are settled by the main context: not inside of what is called when one is
// settled, as all of an async function behind its first await.
function promisesGoOn() {
    let hasGoneOn = false;
    Promise.resolve().then(() => {
        hasGoneOn = true;
    });
    GLib.MainContext.default().iteration(false);
    return hasGoneOn;
}

function newError(what) {
    return new Error(`${what} cannot be waited for in an async function behind its first await: ` +
        'use “for await” there, and await collect() or run()');
}

// Waits for a promise, if the value is one.
function settle(value) {
    if (!isThenable(value))
        return value;

    let state = 0;
    let result;
    value.then(fulfilled => {
        state = 1;
        result = fulfilled;
    }, error => {
        state = 2;
        result = error;
    });
    if (!promisesGoOn())
        throw newError('The promise of a function');

    const context = GLib.MainContext.default();
    while (state === 0)
        context.iteration(true);
    if (state === 2)
        throw result;
    return result;
}

// Calls what waits for a run. `getOwners` tells which functions belong to that.
function callBlocking(getOwners, func) {
    const call = {getOwners, owners: null, goOn: null};
    calls.push(call);
    try {
        return func();
    } finally {
        calls.splice(calls.indexOf(call), 1);
    }
}

// Throws if a run that somebody waits for would have to wait for the promise of a function of
// `owner`, and cannot.
function checkThatItGoesOn(promise, owner) {
    for (const call of calls) {
        call.owners ??= call.getOwners();
        if (!call.owners.has(owner))
            continue;
        call.goOn ??= promisesGoOn();
        if (!call.goOn) {
            promise.then(null, () => {}); // what becomes of it interests nobody
            throw newError('The promise of a function');
        }
    }
}

return {callBlocking, checkThatItGoesOn, isThenable, promisesGoOn, settle};
})();
