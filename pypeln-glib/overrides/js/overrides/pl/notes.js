// SPDX-FileCopyrightText: 2026 The pypeln-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// What is known of the stages that have been made here: whether their elements may be values of
// JavaScript, and whether whoever takes from them runs functions of it.

/* exported addNote, derive, getNote, getOwners, init, toContext */

let Pl;

const NOTE = Symbol('pypeln-glib');

const NOTHING = {values: false, runs: false, owner: null};

function addNote(stage, note) {
    stage[NOTE] = {...NOTHING, ...note};
    return stage;
}

function getNote(stage) {
    return stage[NOTE] ?? NOTHING;
}

// Makes a stage behind `stage`, or finds the one that has been made before for the same purpose:
// whoever takes elements from it gets every one.
function derive(stage, purpose, make) {
    const note = getNote(stage);
    const former = note[purpose]?.deref();
    if (former !== undefined)
        return former;

    // A reference would make a circle: the new stage has one to its input.
    const derived = make(stage, note);
    note[purpose] = new WeakRef(derived);
    return derived;
}

// Has the functions of a stage run on the main context when threads take from it.
function toContext(stage) {
    if (!getNote(stage).runs)
        return stage;
    return derive(stage, 'onContext', (input, {values}) =>
        addNote(Pl.task_concat([input]), {values}));
}

// The functions that run when `stage` does.
function getOwners(stage) {
    const owners = new Set();
    const seen = new Set();
    const add = one => {
        if (seen.has(one))
            return;
        seen.add(one);
        owners.add(getNote(one).owner);
        for (let i = 0; i < one.get_n_inputs(); i++)
            add(one.get_input(i));
    };
    add(stage);
    return owners;
}

function init(namespace) {
    Pl = namespace;
}
