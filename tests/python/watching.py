# SPDX-FileCopyrightText: 2026 The pypeln-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a Python program sees of a run: order, errors that are skipped, figures, graphs."""

import unittest

import gi
gi.require_version('Pl', '1')
from gi.repository import Gio, GLib, GObject, Pl  # noqa: E402

import tap  # noqa: E402

PYOBJECT = GObject.TYPE_PYOBJECT


def fail_with_2(number):
    if number == 2:
        Pl.Worker.get_current().set_error(
            GLib.Error.new_literal(Gio.io_error_quark(), 'busy', Gio.IOErrorEnum.BUSY))
    return number


def skipping():
    stage = Pl.thread_map(Pl.Source.new_range(0, 5), fail_with_2, PYOBJECT)
    stage.props.error_policy = Pl.ErrorPolicy.SKIP
    return stage


class Watching(unittest.TestCase):
    def test_ordered(self):
        stage = Pl.thread_map(Pl.Source.new_range(0, 200), lambda n: n * n, PYOBJECT)
        stage.set_workers(4)
        for ordered in (Pl.sync_ordered(stage), Pl.thread_ordered(stage)):
            self.assertEqual(ordered.collect(None), [n * n for n in range(200)])

    def test_skipped(self):
        told = []
        stage = skipping()
        stage.connect('skipped', lambda _stage, value, error: told.append((value, error.message)))
        self.assertEqual(stage.collect(None), [0, 1, 3, 4])
        self.assertEqual(told, [(2, 'busy')])

    def test_status(self):
        stage = skipping()
        iterator = stage.iterate()
        while iterator.next(None)[0]:
            pass
        status = iterator.props.status
        figures = status.get_stage_status(stage)
        self.assertTrue(status.get_done())
        self.assertEqual(status.get_elements(), 4)
        self.assertEqual(figures.get_elements_in(), 5)
        self.assertEqual(figures.get_elements_failed(), 1)
        self.assertEqual(len(status.get_stages()), 2)
        self.assertIn('in 5, out 4, failed 1', status.to_dot())

    def test_notify(self):
        loop = GLib.MainLoop()
        told = []

        def next_cb(iterator, result):
            if iterator.next_finish(result)[0]:
                iterator.next_async(None, next_cb)
            else:
                loop.quit()

        iterator = skipping().iterate()
        iterator.connect('notify::status', lambda *args: told.append(args))
        iterator.next_async(None, next_cb)
        loop.run()
        self.assertTrue(told)

    def test_graph(self):
        stage = skipping()
        stage.set_name('check')
        self.assertIn('label="check\\nthread map"', stage.to_dot())


if __name__ == '__main__':
    tap.main()
