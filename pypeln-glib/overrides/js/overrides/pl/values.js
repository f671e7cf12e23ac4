// SPDX-FileCopyrightText: 2026 The pypeln-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Values of JavaScript as elements of a run.
//
// Numbers, booleans, strings and objects of GObject travel as what they are there, so that stages
// and widgets in C see them too. Of all else a number travels, a handle, and comes out as the same
// value. The values themselves stay in a table for as long as there are handles: gjs does not tell
// the collector of garbage of values that C refers to.

/* exported box, init, keep, open, openAll, openKept, seal, travels */

// The engine looks up names of such a module's own each time, but not those of a function: an
// element costs a third less for it.
var {box, init, keep, open, openAll, openKept, seal, travels} = (() => {
const {GObject} = imports.gi;
const Wire = imports.overrides.pl.wire;

let Handle;

// The values by number, and the numbers of those that are gone.
const table = [];
const unused = [];

// What a string of C cannot hold.
const BEYOND_C = /\0|\p{Surrogate}/u;

// Keeps a value, and gives the number of its handle.
const keep = function (value) {
    const number = unused.pop() ?? table.length;
    table[number] = value;
    return number;
};

// The value whose handle has a number.
const openKept = number => table[number];

const box = value => Handle.new(keep(value));

// Whether a value is an element as it is.
const travels = function (value) {
    switch (typeof value) {
    case 'number':
    case 'boolean':
        return true;
    case 'string':
        return !BEYOND_C.test(value);
    default:
        return value instanceof GObject.Object;
    }
};

const seal = value => travels(value) ? value : box(value);

const open = function (value) {
    if (typeof value !== 'object')
        return value;
    return value instanceof Handle ? openKept(value.get_number()) : Wire.decode(value);
};

const openAll = function (values) {
    for (let i = 0; i < values.length; i++)
        values[i] = open(values[i]);
    return values;
};

function init(Pl) {
    ({Handle} = Pl);

    // Functions of JavaScript belong to this thread.
    Pl.home_claim(Object.$gtype, () => {});
    Handle.set_released(() => {
        for (const number of Handle.take_released()) {
            table[number] = undefined;
            unused.push(number);
        }
    });
}

return {box, init, keep, open, openAll, openKept, seal, travels};
})();
