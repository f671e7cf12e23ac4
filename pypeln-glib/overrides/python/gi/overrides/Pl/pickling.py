# SPDX-FileCopyrightText: 2026 The pypeln-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""How Python objects travel between a program and its worker processes: as pickles.

What can be imported by its name is pickled by that. All else, as functions and classes of
`__main__`, of the prompt, or inside of functions, goes by value, and that takes cloudpickle.

This is used in worker processes too, so it does without GLib.
"""

try:
    import _pickle as pickle # imports less
except ImportError:
    import pickle

PROTOCOL = 5

load = pickle.loads

# A name in it that does not mean the same in another process.
MAIN = b'__main__'


def dump(value):
    """Returns the pickle of a value."""
    try:
        data = pickle.dumps(value, PROTOCOL)
    except Exception as error: # pylint: disable=broad-except
        return dump_by_value(value, error)
    return data if MAIN not in data else dump_by_value(value, None, data)


def goes_by_name(value):
    """Tells whether the pickle of a value has all that is in it by value or by an importable name,
    without cloudpickle."""
    try:
        return MAIN not in pickle.dumps(value, PROTOCOL)
    except Exception: # pylint: disable=broad-except
        return False


def dump_by_value(value, error, data=None):
    """Returns the pickle of a value that the standard library cannot pickle, failing with error, or
    only as data that nobody else understands."""
    cloudpickle = import_cloudpickle()
    if cloudpickle is not None:
        try:
            return cloudpickle.dumps(value, PROTOCOL)
        except Exception as cloud_error: # pylint: disable=broad-except
            error = cloud_error
    if data is not None and not refers_to_main(value):
        return data
    raise make_error(value, error, cloudpickle is not None) from error


def import_cloudpickle():
    try:
        import cloudpickle # pylint: disable=import-outside-toplevel
    except ImportError:
        return None
    return cloudpickle


def refers_to_main(value):
    """Tells whether a pickle of a value has a name of `__main__` in it, and not just that text."""
    import pickletools # pylint: disable=import-outside-toplevel

    strings = []
    for opcode, argument, _ in pickletools.genops(pickle.dumps(value, PROTOCOL)):
        if opcode.name == 'STACK_GLOBAL' and '__main__' in strings:
            return True
        if opcode.name.endswith('UNICODE'):
            strings.append(argument)
    return False


def make_error(value, error, has_cloudpickle):
    """Says what cannot be pickled, and why."""
    kind = type(value).__name__
    name = getattr(value, '__qualname__', None)
    what = f'{kind} {name}' if name else f'an object of type {kind}'
    reasons = [f'{what} cannot be sent to another process']
    culprit = find_culprit(value)
    if culprit:
        reasons.append(f'what it cannot do without is {culprit}')
    if error is not None:
        reasons.append(str(error))
    if not has_cloudpickle:
        reasons.append('functions and classes that cannot be imported by their name, as those of '
                       '__main__ and lambdas, need the package cloudpickle to be installed')
    return pickle.PicklingError('; '.join(reasons))


def is_picklable(value):
    cloudpickle = import_cloudpickle()
    try:
        (cloudpickle or pickle).dumps(value, PROTOCOL)
    except Exception: # pylint: disable=broad-except
        return False
    return True


def get_parts(value):
    """What a value is made of, with what each is called there."""
    code = getattr(value, '__code__', None)
    if code is not None:
        for name, cell in zip(code.co_freevars, value.__closure__ or ()):
            try:
                yield f'its variable “{name}”', cell.cell_contents
            except ValueError:
                continue # it has not been set yet
        for name in code.co_names:
            if name in value.__globals__:
                yield f'the global variable “{name}”', value.__globals__[name]
    elif isinstance(value, dict):
        for key, item in value.items():
            yield f'the value of {key!r}', item
    elif isinstance(value, (list, tuple, set, frozenset)):
        for number, item in enumerate(value):
            yield f'its item {number}', item
    else:
        for name, item in getattr(value, '__dict__', {}).items():
            yield f'its attribute “{name}”', item


def find_culprit(value):
    """Returns what of a value cannot be pickled, as text."""
    for name, part in get_parts(value):
        if not is_picklable(part):
            return f'{name}, of type {type(part).__name__}'
    return None
