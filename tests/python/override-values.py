# SPDX-FileCopyrightText: 2026 The pypeln-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Elements are any values, and come out as they have gone in."""

import unittest

import tap
from functions import is_none, same
from util import IN_PROCESS, KINDS, Gio, GLib, GObject, Pl, of_kinds


class Thing:
    """What has neither an order nor a pickle of its own."""

    def __eq__(self, other):
        raise AssertionError('elements are not to be compared')

    __hash__ = object.__hash__


def generate():
    yield 1


VALUES = (None, True, 0, -1, 2 ** 31, 2 ** 63, 2 ** 70, -2 ** 70, 1.5, 'text', 'with \0', '\udc80',
          b'', b'\0\xff', (), (1, 'two', None), [1], {'a': 1}, {1, 2}, 3j, range(3), int, len,
          Thing(), Thing, generate(), GeneratorExit(), StopIteration(3), iter([]), NotImplemented,
          Ellipsis, GLib.Variant('s', 'x'), Gio.ThemedIcon.new('x'),
          GObject.Value(GObject.TYPE_INT, 3))


def identities(values):
    return [id(value) for value in values]


def list_values(model):
    return [model[i].get_value() for i in range(len(model))]


@of_kinds(*IN_PROCESS)
class Identity:
    def check(self, stage, expected=VALUES):
        elements = list(stage)
        self.assertEqual(identities(elements), identities(expected))

    def test_elements_are_the_very_objects_of_lists(self):
        self.check(self.kind.from_iterable(list(VALUES)))

    def test_elements_are_the_very_objects_of_generators(self):
        self.check(self.kind.from_iterable(value for value in VALUES))

    def test_map(self):
        self.check(self.kind.map(same, VALUES))
        self.check(self.kind.map(same, VALUES, maxsize=1))
        self.check(self.kind.map(same, VALUES, timeout=60))

    def test_results_that_are_made_by_the_function(self):
        self.check(self.kind.map(VALUES.__getitem__, range(len(VALUES))))

    def test_filter(self):
        self.check(self.kind.filter(lambda _x: True, VALUES))
        self.check(self.kind.filter(is_none, VALUES), [None])

    def test_flat_map(self):
        self.check(self.kind.flat_map(lambda x: [x, x], VALUES),
                   [x for value in VALUES for x in (value, value)])

    def test_each(self):
        seen = []
        self.kind.each(seen.append, VALUES, run=True)
        self.assertEqual(identities(seen), identities(VALUES))

    def test_concat_and_ordered(self):
        self.check(self.kind.ordered(self.kind.concat([VALUES])))

    def test_through_all_kinds(self):
        for name in IN_PROCESS:
            other = getattr(Pl, name)
            self.check(other.map(same, self.kind.map(same, other.map(same, VALUES))))

    def test_list_model(self):
        values = [value for value in VALUES if not isinstance(value, GObject.GBoxed)]
        model = self.kind.map(same, values).to_list_model()
        loop = GLib.MainLoop()
        model.connect('notify::pending', lambda *_: loop.quit())
        if model.props.pending:
            loop.run()
        self.assertEqual(identities(list_values(model)), identities(values))

    def test_exceptions_are_plain_elements(self):
        values = [ValueError('x'), KeyboardInterrupt(), StopAsyncIteration()]
        self.check(self.kind.map(same, values), values)

    def test_coroutine_functions_and_other_awaitables(self):
        async def wait(x):
            return x

        self.check(Pl.task.map(wait, self.kind.map(same, VALUES)))


@of_kinds(*KINDS)
class Truth:
    def test_filter_keeps_what_is_true_as_python_has_it(self):
        values = [0, 1, '', 'a', None, [], [0], 0.0, 2 ** 70, b'']
        self.assertEqual(list(self.kind.filter(same, values)), [x for x in values if x])
        self.assertEqual(list(self.kind.filter(bool, values)), [x for x in values if x])

    def test_values_survive(self):
        values = [None, 2 ** 70, -2 ** 70, b'\0', (1, (2, None)), 'text', 'with \0', 1.5, [1], {},
                  float('inf'), frozenset([3])]
        self.assertEqual(list(self.kind.map(same, values)), values)


class FromC(unittest.TestCase):
    """Elements of stages that are not Python's."""

    def test_numbers_beyond_32_bits_and_text(self):
        values = [GObject.Value(GObject.TYPE_INT64, 2 ** 62), GObject.Value(str, 'é'),
                  GObject.Value(GObject.TYPE_DOUBLE, 0.5), GObject.Value(bool, True)]
        source = Pl.Source.new_for_values(values)
        expected = [2 ** 62, 'é', 0.5, True]
        self.assertEqual(list(source), expected)
        for name in IN_PROCESS:
            self.assertEqual(list(getattr(Pl, name).map(same, source)), expected)

    def make_bytes(self, n):
        def make(i):
            return GObject.Value(GLib.Bytes, GLib.Bytes.new(b'%06d' % i * 100))
        return Pl.Source.new_for_values([make(i) for i in range(n)])

    def check_bytes(self, elements, n):
        self.assertEqual([element.get_data()[:6] for element in elements],
                         [b'%06d' % i for i in range(n)])

    def test_boxed_elements_outlive_their_run(self):
        for make_stage in (lambda source: source, Pl.sync.ordered, Pl.thread.ordered):
            stage = make_stage(self.make_bytes(300))
            elements = list(stage)
            del stage
            junk = [b'x' * 600 for _ in range(1000)]
            self.check_bytes(elements, 300)
            del junk

    def test_boxed_elements_outlive_the_next_call(self):
        kept = []
        for element in self.make_bytes(300).iterate_on(1, None):
            kept.append(element)
        self.check_bytes(kept, 300)

    def test_boxed_parameters_outlive_the_function(self):
        for name in IN_PROCESS:
            with self.subTest(kind=name):
                kept = []
                getattr(Pl, name).each(kept.append, self.make_bytes(300), run=True)
                self.check_bytes(kept, 300)
                self.check_bytes(list(getattr(Pl, name).map(same, self.make_bytes(300))), 300)
                self.check_bytes(list(getattr(Pl, name).flat_map(
                    lambda x: iter([x]), self.make_bytes(300))), 300)
                self.check_bytes(list(getattr(Pl, name).filter(
                    lambda _x: True, self.make_bytes(300))), 300)

    def test_date_times(self):
        date = GLib.DateTime.new_utc(2026, 1, 2, 3, 4, 5)
        values = [GObject.Value(GLib.DateTime, date) for _ in range(100)]
        stage = Pl.Source.new_for_values(values)
        del values, date
        for elements in (list(stage), list(Pl.thread.map(same, stage)),
                         list(Pl.task.map(same, stage)), list(Pl.sync.map(same, stage))):
            self.assertEqual([date.format_iso8601() for date in elements],
                             ['2026-01-02T03:04:05Z'] * 100)

    def test_boxed_elements_of_calls_of_c(self):
        elements = self.make_bytes(50).collect()
        self.check_bytes(elements, 50)
        iterator = self.make_bytes(50).iterate()
        elements = [iterator.next()[1] for _ in range(50)]
        self.assertEqual(iterator.next(), (False, None))
        iterator = self.make_bytes(50).iterate()
        elements += iterator.next_values(10) + [next(iterator)]
        del iterator
        self.check_bytes(elements[:50], 50)
        self.check_bytes(elements[50:], len(elements) - 50)

    def test_boxed_elements_of_asynchronous_calls_of_c(self):
        loop = GLib.MainLoop()
        results, elements = [], []

        def ready(_source, result, number):
            results.append((result, number))
            loop.quit()

        stage = self.make_bytes(50)
        stage.collect_async(None, ready, 7)
        loop.run()
        iterator = stage.iterate()
        iterator.next_async(None, ready, 8)
        loop.run()
        iterator.next_values_async(10, None, ready, 9)
        loop.run()
        self.assertEqual([number for _result, number in results], [7, 8, 9])
        elements = stage.collect_finish(results[0][0])
        elements.append(iterator.next_finish(results[1][0])[1])
        elements += iterator.next_values_finish(results[2][0])
        del stage, iterator
        results.clear()
        self.check_bytes(elements[:50], 50)
        self.check_bytes(elements[50:], len(elements) - 50)

    def test_boxed_elements_of_list_models(self):
        model = self.make_bytes(50).to_list_model()
        loop = GLib.MainLoop()
        model.connect('notify::pending', lambda *_: loop.quit())
        if model.props.pending:
            loop.run()
        elements = list_values(model)
        del model
        self.check_bytes(elements, 50)

    def test_output_of_programs(self):
        command = Pl.Command.new(['cat'])
        command.props.protocol = Pl.Protocol.ONESHOT
        stage = Pl.process_map(self.make_bytes(5), command)
        elements = list(stage)
        self.assertEqual([bytes(x.get_data()[:6]) if isinstance(x, GLib.Bytes) else x[:6]
                          for x in elements], [b'%06d' % i for i in range(5)])


if __name__ == '__main__':
    tap.main()
