// SPDX-FileCopyrightText: 2026 The pypeln-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Values of JavaScript as elements of a run.
//
// Numbers, booleans, strings and objects of GObject travel as what they are there, so that stages
// and widgets in C see them too. All else travels in a box, and comes out of it as the same value.

/* exported Box, open, openAll, seal */

const {GObject} = imports.gi;
const Wire = imports.overrides.pl.wire;

var Box = class Box {
    constructor(value) {
        this.value = value;
    }
};

// What gjs goes by when it is to guess the type of a GValue.
Box.prototype.$gtype = Object.$gtype;

// What a string of C cannot hold.
const BEYOND_C = /\0|\p{Surrogate}/u;

var seal = function (value) {
    switch (typeof value) {
    case 'number':
    case 'boolean':
        return value;
    case 'string':
        return BEYOND_C.test(value) ? new Box(value) : value;
    default:
        return value instanceof GObject.Object ? value : new Box(value);
    }
};

var open = function (value) {
    if (typeof value !== 'object')
        return value;
    if (value instanceof Box)
        return value.value;
    return Wire.decode(value);
};

var openAll = function (values) {
    for (let i = 0; i < values.length; i++)
        values[i] = open(values[i]);
    return values;
};
