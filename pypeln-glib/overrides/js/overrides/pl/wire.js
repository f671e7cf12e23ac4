// SPDX-FileCopyrightText: 2026 The pypeln-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Values as they travel to worker processes and back.
//
// Numbers, booleans, strings and bytes travel as such. A variant, and a Uint8Array, is inside of
// another variant, whose type tells it from those of other programs. All else is JSON.

/* exported decode, encode, encodeForProgram, init */

const {GLib} = imports.gi;

let Pl;

const WRAPPED = '(yv)';
const VARIANT = 1;
const UINT8_ARRAY = 2;

function describe(value) {
    if (value === null || value === undefined)
        return `${value}`;
    if (typeof value === 'function')
        return `the function ${value.name || '()'}`;
    if (typeof value === 'object')
        return `an instance of ${value.constructor?.name ?? 'no class'}`;
    return `the ${typeof value} ${String(value)}`;
}

// What JSON would lose, or make something else of, is an error. It comes to each value of an object
// after its toJSON().
function checkForJson(key, value) {
    let lost = false;
    switch (typeof value) {
    case 'number':
        lost = !Number.isFinite(value) || Object.is(value, -0);
        break;
    case 'function':
    case 'symbol':
    case 'bigint':
        lost = true;
        break;
    case 'undefined':
        lost = Array.isArray(this);
        break;
    case 'object': {
        const prototype = value === null ? null : Object.getPrototypeOf(value);
        lost = prototype !== null && prototype !== Object.prototype &&
            prototype !== Array.prototype;
        break;
    }
    }
    if (lost) {
        throw new TypeError(`${describe(value)}${key === '' ? '' : ` (“${key}”)`} cannot travel ` +
            'between processes: these exchange plain objects, arrays, strings, finite numbers, ' +
            'booleans, null, GLib.Variant, GLib.Bytes and Uint8Array; give a class a toJSON()');
    }
    return value;
}

function wrap(tag, variant) {
    return GLib.Variant.new_tuple([GLib.Variant.new_byte(tag), GLib.Variant.new_variant(variant)]);
}

// Makes what travels of a value; objects that JSON can be made of are JSON.
function encode(value) {
    switch (typeof value) {
    case 'boolean':
    case 'number':
        return value;
    case 'string':
        return /\0|\p{Surrogate}/u.test(value) ? Pl.Json.new(JSON.stringify(value)) : value;
    case 'undefined':
        return Pl.Json.new('');
    }
    if (value instanceof GLib.Variant)
        return wrap(VARIANT, value);
    if (value instanceof Uint8Array)
        return wrap(UINT8_ARRAY, GLib.Variant.new_from_bytes(
            new GLib.VariantType('ay'), GLib.Bytes.new(value), true));
    if (value instanceof GLib.Bytes || value instanceof Pl.Json)
        return value;
    return Pl.Json.new(JSON.stringify(value, checkForJson));
}

// Makes a value of JavaScript of what has travelled; leaves all else alone.
function decode(value) {
    if (value instanceof Pl.Json) {
        const text = value.get_text();
        return text === '' ? undefined : JSON.parse(text);
    }
    if (!(value instanceof GLib.Variant) || value.get_type_string() !== WRAPPED)
        return value;

    const content = value.get_child_value(1).get_variant();
    return value.get_child_value(0).get_byte() === VARIANT
        ? content : content.get_data_as_bytes().toArray();
}

// Makes what a program in any language is given.
function encodeForProgram(value) {
    switch (typeof value) {
    case 'boolean':
    case 'number':
    case 'string':
        return value;
    case 'bigint':
        return GLib.Variant.new_int64(value);
    }
    if (value instanceof Uint8Array)
        return GLib.Bytes.new(value);
    if (value instanceof GLib.Variant || value instanceof GLib.Bytes)
        return value;
    throw new TypeError(`${describe(value)} cannot travel to a program: make it a string, a ` +
        'number, a boolean, a bigint, a GLib.Variant, GLib.Bytes or a Uint8Array');
}

function init(namespace) {
    Pl = namespace;
}
