# SPDX-FileCopyrightText: 2026 The pypeln-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Programs of GLib's that use the API for Python: list models, figures and main loops."""

import asyncio
import threading
import unittest

import tap
from functions import add_one, divide_by, same
from util import ENDLESS, IN_PROCESS, KINDS, Gio, GLib, GObject, Pl, of_kinds


async def sleep_and_add_one(x):
    await asyncio.sleep(0)
    return x + 1


def run_until(condition):
    context = GLib.MainContext.default()
    while not condition():
        context.iteration(True)


def fill(model):
    """Runs the main loop until a list model is complete."""
    run_until(lambda: not model.props.pending)
    return [model[i].get_value() for i in range(len(model))]


@of_kinds(*KINDS)
class Models:
    def test_list_model(self):
        model = self.kind.map(add_one, range(300)).to_list_model()
        self.assertIsInstance(model, Gio.ListModel)
        self.assertEqual(fill(model), list(range(1, 301)))
        self.assertIsNone(model.props.error)
        self.assertEqual(model.props.n_elements, 300)

    def test_list_model_of_asynchronous_functions(self):
        model = self.kind.map(same, Pl.task.map(sleep_and_add_one, range(50),
                                                workers=5)).to_list_model()
        self.assertEqual(sorted(fill(model)), list(range(1, 51)))

    def test_list_model_tells_of_what_it_gets(self):
        model = self.kind.map(same, range(100), maxsize=10).to_list_model()
        n_added = []
        model.connect('items-changed', lambda _model, _at, _removed, added: n_added.append(added))
        fill(model)
        self.assertEqual(sum(n_added), 100)

    def test_list_model_fails(self):
        model = self.kind.map(divide_by, [1, 0]).to_list_model()
        fill(model)
        self.assertIn('ZeroDivisionError', model.props.error.message)

    def test_list_model_of_an_endless_pipeline(self):
        model = self.kind.map(same, range(ENDLESS), maxsize=3).to_list_model()
        run_until(lambda: len(model) >= 10)
        model.cancel()
        run_until(lambda: not model.props.pending)

    def test_list_model_is_a_source(self):
        model = self.kind.map(add_one, range(5)).to_list_model()
        fill(model)
        self.assertEqual([x.get_value() for x in Pl.thread.map(same, model)], [1, 2, 3, 4, 5])


@of_kinds(*KINDS)
class Figures:
    def test_status(self):
        iterator = self.kind.map(same, range(50), name='middle').iterate()
        self.assertEqual(list(iterator), list(range(50)))
        self.assertIsInstance(iterator.status, Pl.RunStatus)
        self.assertEqual(iterator.status.get_elements(), 50)

    def test_progress_by_notify(self):
        iterator = self.kind.map(same, range(500), maxsize=5).iterate()
        seen = []
        iterator.connect('notify::status',
                         lambda iterator, _pspec: seen.append(iterator.status.get_elements()))
        context = GLib.MainContext.default()
        for _x in iterator:
            context.iteration(False)
        run_until(lambda: seen and seen[-1] == 500)
        self.assertEqual(seen, sorted(seen))


@of_kinds(*IN_PROCESS)
class Loops:
    def test_collect_async(self):
        stage = self.kind.map(same, Pl.task.map(sleep_and_add_one, range(20)))
        results = []
        stage.collect_async(None, lambda stage, result: results.append(
            stage.collect_finish(result)))
        run_until(lambda: results)
        self.assertEqual(results, [list(range(1, 21))])

    def test_blocking_iteration_in_a_callback_of_a_main_loop(self):
        loop = GLib.MainLoop()
        results = []

        def iterate():
            results.extend(self.kind.map(same, Pl.task.map(sleep_and_add_one, range(20))))
            loop.quit()

        GLib.idle_add(iterate)
        loop.run()
        self.assertEqual(results, list(range(1, 21)))

    def test_main_context_of_another_thread(self):
        results = []

        def run():
            context = GLib.MainContext()
            context.push_thread_default()
            model = self.kind.map(add_one, range(20)).to_list_model()
            while model.props.pending:
                context.iteration(True)
            results.extend(model[i].get_value() for i in range(len(model)))
            context.pop_thread_default()

        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
        self.assertEqual(results, list(range(1, 21)))

    def test_channel_that_a_main_loop_pushes_to(self):
        channel = Pl.Channel()
        n_pushed = [0]

        def push():
            channel.push(n_pushed[0])
            n_pushed[0] += 1
            if n_pushed[0] == 5:
                channel.close()
            return n_pushed[0] < 5

        model = self.kind.map(add_one, channel).to_list_model()
        GLib.idle_add(push)
        self.assertEqual(fill(model), [1, 2, 3, 4, 5])


class Objects(unittest.TestCase):
    def test_properties_of_stages_can_be_bound(self):
        class Settings(GObject.Object):
            """What a user may change."""
            workers = GObject.Property(type=GObject.TYPE_UINT, default=2)

        settings = Settings()
        stage = Pl.thread.map(same, [1])
        settings.bind_property('workers', stage, 'workers', GObject.BindingFlags.SYNC_CREATE)
        self.assertEqual(stage.props.workers, 2)
        settings.props.workers = 5
        self.assertEqual(stage.props.workers, 5)
        self.assertEqual(list(stage), [1])


if __name__ == '__main__':
    tap.main()
