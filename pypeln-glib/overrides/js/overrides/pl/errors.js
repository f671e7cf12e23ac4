// SPDX-FileCopyrightText: 2026 The pypeln-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// What has gone wrong, on its way through a run: what a function has thrown arrives as it is.

/* exported caught, fail, failTask, init, messageOf, toError */

const {GLib} = imports.gi;
const {box, open} = imports.overrides.pl.values;

let Pl;

// The domain of errors of functions in worker processes, which arrive as text.
const REMOTE = GLib.quark_from_string('pl-javascript-error');

// Behind what a worker's error says comes its stack.
const STACK = '\n  in a worker process:\n';

function messageOf(error) {
    return error instanceof Error || error instanceof GLib.Error
        ? `${error.name ?? error.constructor.name}: ${error.message}` : String(error);
}

// Has the function that is running fail.
function fail(error) {
    Pl.Worker.get_current().set_exception(box(error), messageOf(error));
}

function failTask(task, error) {
    Pl.task_return_exception(task, box(error), messageOf(error));
}

// Makes an error for another process.
var toError = function (error) {
    if (error instanceof GLib.Error)
        return error;
    const name = error instanceof Error ? error.name : '';
    return new GLib.Error(REMOTE, 0, `${name}: ${error?.message ?? String(error)}${STACK}` +
        `${error?.stack ?? ''}`);
};

function fromText(text) {
    // In front of it stands where it happened.
    const [first, stack] = text.split(STACK, 2);
    const [, name, message] = /^(?:stage “[^]*?” \([^]*?\): )?([A-Za-z_$][\w$]*)?: ([^]*)$/
        .exec(first) ?? [null, 'Error', first];
    const type = globalThis[name];
    const isError = type === Error || type?.prototype instanceof Error;
    const error = isError ? new type(message) : new Error(message);
    if (name && !isError)
        error.name = name;
    error.stack = `${stack ?? ''}${stack?.endsWith('\n') ? '' : '\n'}${error.stack}`;
    return error;
}

// What has been thrown where a call has failed with `error`.
function caught(error, iterator = null) {
    if (!(error instanceof GLib.Error))
        return error;
    if (error.domain === REMOTE)
        return fromText(error.message);
    if (error.domain !== Pl.exception_quark())
        return error;
    const exception = iterator !== null
        ? iterator.get_exception() : Pl.exception_get_value(error);
    return exception === null ? error : open(exception);
}

function init(namespace) {
    Pl = namespace;
}
