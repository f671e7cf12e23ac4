# SPDX-FileCopyrightText: 2026 The pypeln-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""How a Python program says how workers are started."""

import sys
import unittest

import gi
gi.require_version('Pl', '1')
from gi.repository import GLib, GObject, Pl  # noqa: E402

import tap  # noqa: E402

SETTINGS = {
    'protocol': Pl.Protocol.LINES,
    'quoting': Pl.Quoting.SHELL,
    'cwd': '/tmp/ü',
    'prefetch': 7,
    'start_timeout': 1,
    'silence': 2,
    'grace': 3,
    'stderr_mode': Pl.Stderr.COLLECT,
    'result_type': GLib.Bytes.__gtype__,
}


class Making(unittest.TestCase):
    def test_any_program(self):
        command = Pl.Command.new(['sed', '-u', 's/ä/ö/'])
        self.assertEqual(command.get_argv(), ['sed', '-u', 's/ä/ö/'])
        self.assertEqual(command.props.argv, ['sed', '-u', 's/ä/ö/'])
        self.assertIsNone(command.get_function())

    def test_this_program(self):
        command = Pl.Command.new_self('shrink')
        self.assertEqual(command.get_function(), 'shrink')
        self.assertEqual(command.props.function, 'shrink')
        self.assertFalse(command.get_argv())

    def test_no_program(self):
        self.assertEqual(Pl.Command.new([]).get_argv(), [])

    def test_by_properties(self):
        command = Pl.Command(argv=['cat'], **SETTINGS)
        self.assertEqual(command.get_argv(), ['cat'])
        for name, value in SETTINGS.items():
            self.assertEqual(command.get_property(name), value)


class Setting(unittest.TestCase):
    def test_getters_and_properties_give_what_was_set(self):
        for name, value in SETTINGS.items():
            command, told = Pl.Command.new(['cat']), []
            command.connect('notify', lambda _, pspec, told=told: told.append(pspec.name))
            self.assertNotEqual(command.get_property(name), value)
            for _ in range(2):
                getattr(command, f'set_{name}')(value)
                self.assertEqual(told, [name.replace('_', '-')])
            self.assertEqual(getattr(command, f'get_{name}')(), value)
            self.assertEqual(getattr(command.props, name), value)

    def test_properties_can_be_set(self):
        for name, value in SETTINGS.items():
            command = Pl.Command.new(['cat'])
            setattr(command.props, name, value)
            self.assertEqual(getattr(command, f'get_{name}')(), value)

    def test_cwd_can_be_unset(self):
        command = Pl.Command.new(['cat'])
        self.assertIsNone(command.get_cwd())
        command.set_cwd('/')
        command.set_cwd(None)
        self.assertIsNone(command.get_cwd())

    def test_result_type_takes_python_types(self):
        command = Pl.Command.new(['cat'])
        self.assertEqual(command.get_result_type(), GObject.TYPE_NONE)
        command.set_result_type(str)
        self.assertEqual(command.get_result_type(), GObject.TYPE_STRING)
        command.set_result_type(GLib.Bytes)
        self.assertEqual(command.get_result_type(), GLib.Bytes.__gtype__)

    def test_environment(self):
        command = Pl.Command.new(['cat'])
        command.setenv('NAME', 'ü')
        command.unsetenv('NAME')


class Launchers(unittest.TestCase):
    def test_they_are_added_and_replaced(self):
        command = Pl.Command.new(['cat'])
        command.set_launcher(['srun', '-u'])
        command.add_launcher([])
        command.add_launcher(['ssh', 'host1'])
        launchers = [command.get_launcher(i) for i in range(command.get_n_launchers())]
        self.assertEqual(launchers, [['srun', '-u'], [], ['ssh', 'host1']])
        self.assertFalse(command.get_launcher(3))
        command.set_launcher(None)
        self.assertEqual(command.get_n_launchers(), 0)

    def test_arguments_belong_to_the_command(self):
        words = ['srun', '-u']
        count = sys.getrefcount(words[0])
        command = Pl.Command.new(words)
        command.set_launcher(words)
        words[1] = 'changed'
        self.assertEqual(command.get_argv(), ['srun', '-u'])
        self.assertEqual(command.get_launcher(0), ['srun', '-u'])
        self.assertEqual(sys.getrefcount(words[0]), count)


if __name__ == '__main__':
    tap.main()
