# SPDX-FileCopyrightText: 2026 The pypeln-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Functions that travel by value without cloudpickle.

Most functions that cannot be imported by their name are small: a lambda or a function of the
program, which uses modules, builtins and a few constants. These travel as their code and what that
names. All others, as those that call others of `__main__`, are for cloudpickle, which can do much
more, and takes the worker longer to import than all else that it does before its first element.

This is used in worker processes too, so it does without GLib.
"""

import marshal
import sys

FunctionType = type(lambda: None)
CellType = type((lambda cell: (lambda: cell))(None).__closure__[0])
CodeType = type((lambda: None).__code__)
ModuleType = type(sys)

MAIN = '__main__'


class NotPlain(Exception):
    """The function is for cloudpickle."""


def get_global_names(code):
    """The names that a function and those inside of it may have for global variables."""
    names = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            names |= get_global_names(constant)
    return names


def is_plain_module(module):
    """Tells whether importing a module by its name has all of it: that of a package may not."""
    return sys.modules.get(module.__name__) is module and not hasattr(module, '__path__') and \
        module.__name__ != MAIN and getattr(module, '__spec__', None) is not None


def take_apart(function):
    """Returns the parts of a function, which are to be pickled, if they can be.

    Raises NotPlain if the function is not as simple as that.
    """
    if not isinstance(function, FunctionType) or function.__dict__ or \
            getattr(function, '__type_params__', ()):
        raise NotPlain

    variables, modules = {}, {}
    for name in get_global_names(function.__code__):
        value = function.__globals__.get(name, NotPlain)
        if isinstance(value, ModuleType):
            if not is_plain_module(value):
                raise NotPlain
            modules[name] = value.__name__
        elif value is not NotPlain:
            variables[name] = value
    try:
        cells = tuple([cell.cell_contents for cell in function.__closure__ or ()])
        code = marshal.dumps(function.__code__)
    except ValueError as error:
        raise NotPlain from error
    module = function.__module__ if function.__module__ != MAIN else None
    return (code, module, function.__name__, function.__qualname__, function.__defaults__,
            function.__kwdefaults__, function.__annotations__, cells, variables, modules)


def put_together(parts):
    """Returns the function that has been taken apart."""
    (code, module, name, qualname, defaults, keyword_defaults, annotations, cells, variables,
     modules) = parts
    space = {'__name__': module or MAIN, '__builtins__': __builtins__, **variables}
    for variable, imported in modules.items():
        __import__(imported)
        space[variable] = sys.modules[imported]

    function = FunctionType(marshal.loads(code), space, name, defaults,
                            tuple([CellType(content) for content in cells]))
    function.__qualname__ = qualname
    function.__kwdefaults__ = keyword_defaults
    function.__annotations__ = annotations
    return function
