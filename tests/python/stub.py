# SPDX-FileCopyrightText: 2026 The pypeln-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compares the stub for type checkers with what there is at run time, and has mypy read a program
by it. Argument: the stub."""

import ast
import importlib.util
import inspect
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import gi
gi.require_version('Pl', '1')
from gi.repository import Pl  # noqa: E402

import tap  # noqa: E402

STUB = Path(sys.argv.pop())
TREE = ast.parse(STUB.read_text(encoding='utf-8'))
CLASSES = {node.name: node for node in TREE.body if isinstance(node, ast.ClassDef)}
KINDS = {'sync': '_Kind', 'thread': '_Kind', 'process': '_Kind', 'task': '_Tasks'}


def is_public(name):
    return not name.startswith('_')


def get_functions(body):
    """Each name with its overloads."""
    functions = {}
    for node in body:
        if isinstance(node, ast.FunctionDef):
            functions.setdefault(node.name, []).append(node)
    return functions


def get_names(body):
    """What is defined in the stub, and not imported there."""
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, ast.AnnAssign):
            yield node.target.id


def get_kind_functions(name):
    """Those of a kind, with what its bases have."""
    functions = {}
    while name in CLASSES:
        functions = {**get_functions(CLASSES[name].body), **functions}
        name = CLASSES[name].bases[0].id if CLASSES[name].bases else None
    return functions


def get_parameters(node):
    """The names of the parameters of a function in the stub, with their defaults."""
    arguments = node.args.args + node.args.kwonlyargs
    defaults = [None] * (len(node.args.args) - len(node.args.defaults)) + node.args.defaults + \
        node.args.kw_defaults
    return {argument.arg: None if default is None else ast.literal_eval(default)
            for argument, default in zip(arguments, defaults)}


def get_introspected_parameters(function):
    """Those that PyGObject tells of a function, in the text about it."""
    text = re.match(r'[\w.]+\((.*?)\)(?: ->|$)', function.__doc__)[1]
    return [part.split(':')[0].split('=')[0] for part in text.split(', ') if part]


class Stub(unittest.TestCase):
    def test_has_all_that_the_namespace_has(self):
        there = {name for name in dir(Pl) if is_public(name) and
                 not (name.endswith('Class') and name[:-5] in CLASSES)}
        self.assertGreater(len(there), 80)
        self.assertEqual({name for name in get_names(TREE.body) if is_public(name)}, there)

    def compare_parameters(self, nodes, function):
        node, = nodes
        expected = get_introspected_parameters(function)
        found = [argument.arg for argument in node.args.args]
        if node.args.vararg is not None:
            found.append(node.args.vararg.arg)
        self.assertEqual(found, expected, function.__doc__)

    def test_has_the_arguments_of_introspected_functions(self):
        for name, nodes in get_functions(TREE.body).items():
            with self.subTest(name):
                self.compare_parameters(nodes, getattr(Pl, name))

    def test_has_all_methods_and_their_arguments(self):
        n_methods = 0
        for name, node in CLASSES.items():
            info = getattr(getattr(Pl, name, None), '__info__', None)
            functions = get_functions(node.body)
            for method in info.get_methods() if info is not None else ():
                function = getattr(getattr(Pl, name), method.get_name())
                if not inspect.isfunction(function): # those are of Python
                    n_methods += 1
                    with self.subTest(f'{name}.{method.get_name()}'):
                        self.compare_parameters(functions[method.get_name()], function)
        self.assertGreater(n_methods, 80)

    def test_has_all_properties(self):
        for name in ('Stage', 'Command', 'Iterator', 'RunStatus', 'StageStatus', 'ListModel'):
            props, = [node for node in CLASSES[name].body
                      if isinstance(node, ast.ClassDef) and node.name == 'Props']
            there = {spec.name.replace('-', '_') for spec in getattr(Pl, name).list_properties()}
            self.assertEqual(set(get_names(props.body)), there)

    def test_has_all_members_of_enumerations(self):
        for name in ('WorkerKind', 'ErrorPolicy', 'Protocol', 'Quoting', 'Stderr', 'Emission'):
            there = {value.value_nick.upper().replace('-', '_')
                     for value in getattr(Pl, name).__enum_values__.values()}
            self.assertEqual(set(get_names(CLASSES[name].body)), there)

    def test_has_the_functions_of_kinds(self):
        for kind, cls in KINDS.items():
            there = {name for name in dir(getattr(Pl, kind)) if is_public(name)}
            self.assertEqual(set(get_kind_functions(cls)), there)

    def test_has_the_arguments_of_kinds(self):
        for kind, cls in KINDS.items():
            for name, nodes in get_kind_functions(cls).items():
                signature = inspect.signature(getattr(getattr(Pl, kind), name))
                there = {parameter.name: parameter.default for parameter in
                         signature.parameters.values()
                         if parameter.kind not in (parameter.VAR_POSITIONAL,
                                                   parameter.VAR_KEYWORD)}
                expected = {key: None if default in (inspect.Parameter.empty, Pl.UNDEFINED)
                            else default for key, default in there.items()}
                with self.subTest(f'{kind}.{name}'):
                    self.assertEqual({'self': None, **expected}, get_parameters(nodes[0]))
                    for node in nodes:
                        self.assertLessEqual(set(get_parameters(node)), {'self', *there})

    @unittest.skipUnless(importlib.util.find_spec('mypy'), 'mypy is not installed')
    def test_tells_mypy_the_types(self):
        with tempfile.TemporaryDirectory() as directory:
            folder = Path(directory) / 'site/gi-stubs/repository'
            folder.mkdir(parents=True)
            shutil.copy(STUB, folder / 'Pl.pyi')
            done = subprocess.run(
                [sys.executable, '-m', 'mypy', '--cache-dir=/dev/null', '--ignore-missing-imports',
                 '--warn-unused-ignores', Path(__file__).with_name('typed.py')],
                env={**os.environ, 'PYTHONPATH': str(folder.parent.parent)}, cwd=directory,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=100,
                check=False)
        self.assertEqual(done.returncode, 0, done.stdout)


if __name__ == '__main__':
    tap.main()
