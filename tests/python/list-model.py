# SPDX-FileCopyrightText: 2026 The pypeln-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Pipelines as list models, as a Python program shows them."""

import gc
import sys
import threading
import unittest
import weakref

import gi
gi.require_version('Pl', '1')
from gi.repository import Gio, GLib, GObject, Pl  # noqa: E402

import tap  # noqa: E402

PYOBJECT = GObject.TYPE_PYOBJECT
MAPS = (Pl.sync_map, Pl.thread_map)
ENDLESS = 2 ** 31 - 1


def numbers(pl_map, n, func=lambda number: number):
    return pl_map(Pl.Source.new_range(0, n), func, PYOBJECT)


def iterate_while(condition):
    while condition():
        GLib.MainContext.default().iteration(True)


def fill(stage):
    """Makes a list, and runs the main loop until it has all elements."""
    model = stage.to_list_model()
    iterate_while(model.get_pending)
    return model


class Filling(unittest.TestCase):
    def test_other_values_are_boxed(self):
        for pl_map in MAPS:
            model = fill(numbers(pl_map, 3, lambda number: (number, None)))
            self.assertIsInstance(model, Pl.ListModel)
            self.assertIsInstance(model, Gio.ListModel)
            self.assertTrue(all(isinstance(item, Pl.ValueObject) for item in model))
            self.assertEqual([item.get_value() for item in model],
                             [(0, None), (1, None), (2, None)])

    def test_objects_are_the_items(self):
        for pl_map in MAPS:
            actions = [Gio.SimpleAction(name='a'), Gio.SimpleAction(name='b')]
            stage = pl_map(Pl.Source.new_range(0, 2), actions.__getitem__, Gio.SimpleAction)
            self.assertEqual(list(fill(stage)), actions)

    def test_changes_are_told(self):
        for pl_map in MAPS:
            told = []
            model = numbers(pl_map, 200).to_list_model()
            model.connect('items-changed', lambda _, *change: told.append(change))
            model.connect('notify::pending', lambda *_, told=told: told.append('end'))
            self.assertTrue(model.props.pending)
            iterate_while(model.get_pending)
            self.assertEqual(told.pop(), 'end')
            self.assertEqual(sum(added for _, _, added in told), 200)
            self.assertEqual(model.props.n_items, 200)
            self.assertEqual(model.props.n_elements, 200)
            self.assertEqual(model.props.item_type, GObject.TYPE_OBJECT)
            self.assertIsNone(model.get_error())

    def test_signals_come_on_the_thread_that_made_the_model(self):
        threads = set()
        model = numbers(Pl.thread_map, 200).to_list_model()
        model.connect('items-changed', lambda *_: threads.add(threading.get_ident()))
        iterate_while(model.get_pending)
        self.assertEqual(threads, {threading.get_ident()})

    def test_error_is_told(self):
        def fail(_number):
            Pl.Worker.get_current().set_error(
                GLib.Error.new_literal(Gio.io_error_quark(), 'no', Gio.IOErrorEnum.FAILED))

        for pl_map in MAPS:
            errors = []
            model = numbers(pl_map, 3, fail).to_list_model()
            model.connect('notify::error', lambda model, _: errors.append(model.get_error()))
            iterate_while(model.get_pending)
            self.assertEqual(len(errors), 1)
            self.assertEqual(errors[0].domain, GLib.quark_to_string(Gio.io_error_quark()))
            self.assertEqual(errors[0].code, Gio.IOErrorEnum.FAILED)
            self.assertTrue(errors[0].message.endswith('element 0): no'))


class Lifetimes(unittest.TestCase):
    def test_values_are_not_copied_nor_kept(self):
        thing = object()
        count = sys.getrefcount(thing)
        for pl_map in MAPS:
            model = fill(numbers(pl_map, 100, lambda _: thing))
            self.assertEqual(sys.getrefcount(thing), count + 100)
            self.assertIs(model[7].get_value(), thing)
            del model
            self.assertEqual(sys.getrefcount(thing), count)

    def test_dropped_model_cancels_the_run(self):
        for pl_map in MAPS:
            dones = []
            stage = numbers(pl_map, ENDLESS)
            stage.set_maxsize(2)
            stage.set_on_done(dones.append)
            model = stage.to_list_model()
            gone = weakref.ref(model)
            iterate_while(lambda model=model: len(model) == 0)
            del model
            gc.collect()
            self.assertIsNone(gone())
            self.assertEqual(len(dones), 1)

    def test_dropping_it_when_it_tells(self):
        def drop(_model, *_change):
            holder.clear()

        for pl_map in MAPS:
            dones = []
            stage = numbers(pl_map, ENDLESS)
            stage.set_maxsize(2)
            stage.set_on_done(dones.append)
            holder = [stage.to_list_model()]
            holder[0].connect('items-changed', drop)
            iterate_while(lambda dones=dones: not dones)


if __name__ == '__main__':
    tap.main()
