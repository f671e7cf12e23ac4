// SPDX-FileCopyrightText: 2026 The pypeln-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// What the last argument of an operation may say.

/* exported apply, applyToCommand, check, init, split */

const {GObject} = imports.gi;

let Pl;

function checkNumber(name, value, isWhole = true) {
    if (typeof value !== 'number' || !(value >= 0) || isWhole && !Number.isInteger(value))
        throw new TypeError(`“${name}” has to be ${isWhole ? 'a whole number' : 'a number'} of ` +
            `0 or more, and is ${String(value)}`);
    return value;
}

function checkType(name, value, type) {
    if (typeof value !== type)
        throw new TypeError(`“${name}” has to be a ${type}, and is ${String(value)}`);
    return value;
}

function checkWords(name, value) {
    if (!Array.isArray(value) || value.length === 0)
        throw new TypeError(`“${name}” has to be made of words, and is ${String(value)}`);
    for (const word of value)
        checkType(name, word, 'string');
    return value;
}

function getErrorPolicy(value) {
    const policies = {abort: Pl.ErrorPolicy.ABORT, skip: Pl.ErrorPolicy.SKIP};
    const policy = typeof value === 'string' ? policies[value] : value;
    if (!Object.values(policies).includes(policy))
        throw new TypeError(`“errorPolicy” has to be 'abort' or 'skip', and is ${String(value)}`);
    return policy;
}

// How each is set on a stage.
const SETTERS = {
    name: (stage, value) => stage.set_name(checkType('name', value, 'string')),
    workers: (stage, value) => stage.set_workers(checkNumber('workers', value)),
    maxsize: (stage, value) => stage.set_maxsize(checkNumber('maxsize', value)),
    timeout: (stage, value) => stage.set_timeout(checkNumber('timeout', value)),
    retries: (stage, value) => stage.set_retries(checkNumber('retries', value)),
    retryDelay: (stage, value) => stage.set_retry_delay(checkNumber('retryDelay', value)),
    errorPolicy: (stage, value) => stage.set_error_policy(getErrorPolicy(value)),
    rateLimit: (stage, value, {rateBurst = 1}) => stage.set_rate_limit(
        checkNumber('rateLimit', value, false), checkNumber('rateBurst', rateBurst)),
    rateBurst: () => {},
    onSkipped: (stage, value) => {
        checkType('onSkipped', value, 'function');
        stage.connect('skipped', (_stage, element, error) => value(element, error));
    },
    onStart: () => {},
    onDone: () => {},
};

function setLaunchers(command, launchers) {
    if (!Array.isArray(launchers))
        throw new TypeError(`“launchers” has to be an array, and is ${String(launchers)}`);
    command.set_launcher(null);
    for (const launcher of launchers)
        command.add_launcher(checkWords('launchers', launcher));
}

function setEnvironment(command, variables) {
    for (const [variable, text] of Object.entries(checkType('environment', variables, 'object')))
        command.setenv(variable, checkType(`environment.${variable}`, text, 'string'));
}

const numberSetter = (name, property) => (command, value) => {
    command[property] = checkNumber(name, value);
};

// How each is set on the command of workers that run a function of a module.
const COMMAND_SETTERS = {
    launcher: (command, value) => command.set_launcher(checkWords('launcher', value)),
    launchers: setLaunchers,
    environment: setEnvironment,
    cwd: (command, value) => command.set_cwd(checkType('cwd', value, 'string')),
    prefetch: numberSetter('prefetch', 'prefetch'),
    startTimeout: numberSetter('startTimeout', 'start_timeout'),
    silence: numberSetter('silence', 'silence'),
    grace: numberSetter('grace', 'grace'),
};

// What operations without a function of the user's know.
const QUEUE_OPTIONS = ['name', 'maxsize', 'workers'];

// What operations know that run a function of the user's.
function getKnown(hasCommand) {
    const setters = hasCommand ? {...SETTERS, ...COMMAND_SETTERS} : SETTERS;
    return Object.keys(setters);
}

// Looks at options before anything is made of them.
function check(options, {hasFunction = false, hasCommand = false} = {}) {
    const known = hasFunction ? getKnown(hasCommand) : QUEUE_OPTIONS;
    for (const name of Object.keys(options)) {
        if (!known.includes(name)) {
            throw new TypeError(`There is no option “${name}” here; those that there are: ` +
                known.join(', '));
        }
    }
    return options;
}

function applyWith(setters, target, options) {
    for (const [name, value] of Object.entries(options)) {
        if (value !== undefined)
            setters[name]?.(target, value, options);
    }
    return target;
}

// Both leave alone what is for the other one.

function apply(stage, options) {
    return applyWith(SETTERS, stage, options);
}

function applyToCommand(command, options) {
    return applyWith(COMMAND_SETTERS, command, options);
}

function isOptions(value) {
    return typeof value === 'object' && value !== null && !(value instanceof GObject.Object) &&
        Object.getPrototypeOf(value) === Object.prototype;
}

// Tells the source from the options among the arguments behind the function: either may be missing.
function split(args, isSource, caller) {
    if (args.length > 2)
        throw new TypeError(`${caller}: too many arguments`);
    const [first, second] = args;
    if (isSource(first) && (second === undefined || isOptions(second)))
        return {source: first, options: second ?? {}};
    if (second === undefined && (first === undefined || isOptions(first)))
        return {source: undefined, options: first ?? {}};
    throw new TypeError(`${caller}: what follows has to be a stage, an iterable or a ` +
        'Gio.ListModel, an object with options, or both in this order');
}

function init(namespace) {
    Pl = namespace;
}
