# SPDX-FileCopyrightText: 2026 The pypeln-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The names, arguments and results of the API for Python."""

import inspect
import itertools
import unittest

import tap
from functions import add_one, count_to, divide_by, is_odd, same, tell_index, twice
from util import IN_PROCESS, KINDS, Gio, GLib, Pl, of_kinds

OPERATIONS = ('map', 'flat_map', 'filter', 'each')
SETTINGS = (('workers', 1), ('maxsize', 0), ('timeout', 0), ('on_start', None), ('on_done', None))


def get_parameters(function):
    """Those with defaults and those without, but for the settings that pypeln has not."""
    return [(name, parameter.default)
            for name, parameter in inspect.signature(function).parameters.items()
            if parameter.kind is not inspect.Parameter.VAR_KEYWORD]


@of_kinds(*KINDS)
class Signatures:
    def test_operations_have_arguments_of_pypeln(self):
        expected = [('f', inspect.Parameter.empty), ('stage', Pl.UNDEFINED), *SETTINGS]
        for name in ('map', 'flat_map', 'filter'):
            with self.subTest(operation=name):
                self.assertEqual(get_parameters(getattr(self.kind, name)), expected)
        self.assertEqual(get_parameters(self.kind.each), expected + [('run', False)])

    def test_others_have_arguments_of_pypeln(self):
        empty = inspect.Parameter.empty
        maxsize = [('maxsize', 0)] if self.name == 'task' else []
        for name, expected in {
            'concat': [('stages', empty), ('maxsize', 0)],
            'ordered': [('stage', Pl.UNDEFINED), ('maxsize', 0)],
            'run': [('stages', empty), ('maxsize', 0)],
            'from_iterable': [('iterable', Pl.UNDEFINED), *maxsize, ('use_thread', True)],
            'to_iterable': [('stage', Pl.UNDEFINED), ('maxsize', 0), ('return_index', False)],
        }.items():
            with self.subTest(name=name):
                self.assertEqual(get_parameters(getattr(self.kind, name)), expected)

    def test_arguments_by_position(self):
        stage = self.kind.map(same, [1], 1, 2, 3.5, None, None)
        self.assertEqual((stage.props.workers, stage.props.maxsize, stage.props.timeout),
                         (1, 2, 3500))
        self.assertEqual(list(stage), [1])
        self.assertIsNone(self.kind.each(same, [1], 1, 0, 0, None, None, True))

    def test_documentation(self):
        for name in (*OPERATIONS, 'concat', 'ordered', 'run', 'from_iterable', 'to_iterable'):
            self.assertTrue(inspect.getdoc(getattr(self.kind, name)), name)


@of_kinds(*KINDS)
class Operations:
    def test_map(self):
        self.assertEqual(list(self.kind.map(add_one, range(5))), [1, 2, 3, 4, 5])

    def test_filter(self):
        self.assertEqual(list(self.kind.filter(is_odd, range(6))), [1, 3, 5])

    def test_flat_map(self):
        self.assertEqual(list(self.kind.flat_map(twice, range(3))), [0, 0, 1, 1, 2, 2])
        self.assertEqual(list(self.kind.flat_map(count_to, range(4))), [0, 0, 1, 0, 1, 2])

    def test_flat_map_of_strings_and_dicts(self):
        self.assertEqual(list(self.kind.flat_map(same, ['ab', {'c': 1}, b'd'])),
                         ['a', 'b', 'c', 100])

    def test_each_yields_nothing(self):
        self.assertEqual(list(self.kind.each(add_one, range(5))), [])

    def test_each_with_run(self):
        self.assertIsNone(self.kind.each(add_one, range(5), run=True))
        self.assertIsNone(range(5) | self.kind.each(add_one, run=True))

    def test_concat(self):
        stages = [self.kind.map(same, [1, 2]), self.kind.map(same, [3, 4, 5]), (6,)]
        self.assertEqual(sorted(self.kind.concat(stages)), [1, 2, 3, 4, 5, 6])
        self.assertEqual(list(self.kind.concat([])), [])
        self.assertEqual(list(self.kind.concat([[1]])), [1])

    def test_twice_in_one_concat_gives_every_element_twice(self):
        stage = self.kind.map(same, range(3))
        self.assertEqual(sorted(self.kind.concat([stage, stage])), [0, 0, 1, 1, 2, 2])

    def test_ordered(self):
        stage = self.kind.map(same, range(100), workers=4)
        self.assertEqual(list(self.kind.ordered(stage)), list(range(100)))
        self.assertEqual(list(stage | self.kind.ordered()), list(range(100)))

    def test_ordered_by_path_over_flat_maps_filters_and_concats(self):
        stage = self.kind.flat_map(count_to, range(6), workers=3)
        stage = self.kind.filter(is_odd, stage, workers=2)
        self.assertEqual(list(self.kind.ordered(stage)),
                         [x for n in range(6) for x in range(n) if x % 2])
        both = self.kind.concat([[0, 10, 20], [1, 11]])
        self.assertEqual(sorted(list(self.kind.ordered(both))[:2]), [0, 1])

    def test_from_and_to_iterable(self):
        stage = self.kind.from_iterable(x for x in range(3))
        self.assertIsInstance(stage, Pl.Stage)
        self.assertEqual(list(self.kind.to_iterable(stage, maxsize=2)), [0, 1, 2])
        self.assertEqual(list([1, 2] | self.kind.from_iterable(use_thread=False)), [1, 2])
        self.assertEqual(list([1, 2] | self.kind.to_iterable(maxsize=1)), [1, 2])
        self.assertIs(self.kind.from_iterable(stage), stage)

    def test_to_iterable_can_be_iterated_again(self):
        iterable = self.kind.to_iterable(self.kind.map(add_one, [1, 2]))
        self.assertEqual([*iterable, *iterable], [2, 3, 2, 3])

    def test_to_iterable_with_index(self):
        stage = self.kind.flat_map(twice, 'ab')
        elements = list(self.kind.to_iterable(stage, return_index=True))
        self.assertEqual(elements, [((0, 0), 'a'), ((0, 1), 'a'), ((1, 0), 'b'), ((1, 1), 'b')])
        self.assertEqual(elements[1], Pl.Element(index=(0, 1), value='a'))
        self.assertEqual((elements[1].index, elements[1].value), ((0, 1), 'a'))

    def test_run_of_none_one_and_many(self):
        self.assertIsNone(self.kind.run())
        for n in (1, 3):
            seen = []
            stages = [Pl.thread.each(seen.append, range(i, 10, n)) for i in range(n)]
            self.assertIsNone(self.kind.run(*stages))
            self.assertEqual(sorted(seen), list(range(10)))
        self.assertIsNone(self.kind.run(self.kind.map(add_one, [1]), range(3), maxsize=1))


class Concat(unittest.TestCase):
    def test_sync_concat_takes_one_of_each_in_turn(self):
        stages = [1, 2], [3, 4, 5]
        self.assertEqual(list(Pl.sync.concat(stages)), [1, 3, 2, 4, 5])
        self.assertEqual(list(Pl.sync.concat([Pl.sync.map(same, s) for s in stages])),
                         [1, 3, 2, 4, 5])


@of_kinds(*KINDS)
class Partials:
    def test_partial_by_pipe_and_call(self):
        for operation, f, expected in (('map', add_one, [2, 3]), ('filter', is_odd, [1]),
                                       ('flat_map', twice, [1, 1, 2, 2]), ('each', same, [])):
            partial = getattr(self.kind, operation)(f, workers=1, name='mine')
            self.assertIsInstance(partial, Pl.Partial)
            for stage in ([1, 2] | partial, partial([1, 2]), partial | [1, 2]):
                self.assertEqual(stage.props.name, 'mine')
                self.assertEqual(list(stage), expected)

    def test_pipe_into_functions(self):
        data = range(3) | self.kind.map(add_one) | self.kind.filter(is_odd) | list
        self.assertEqual(data, [1, 3])
        self.assertEqual(range(3) | self.kind.map(add_one) | sum, 6)

    def test_one_partial_makes_many_stages(self):
        partial = self.kind.map(add_one)
        self.assertEqual(list([1] | partial | partial), [3])
        self.assertEqual(list([1] | partial), [2])


@of_kinds(*KINDS)
class Settings:
    def test_by_keyword(self):
        stage = self.kind.map(same, [1], name='mine', retries=2,
                              error_policy=Pl.ErrorPolicy.SKIP, workers=2)
        self.assertEqual((stage.props.name, stage.props.retries, stage.props.error_policy,
                          stage.props.workers),
                         ('mine', 2, Pl.ErrorPolicy.SKIP, 2))
        self.assertEqual(stage.get_kind().value_nick, self.name)

    def test_error_policy_skip(self):
        stage = self.kind.map(divide_by, [1, 0, 1], error_policy=Pl.ErrorPolicy.SKIP)
        skipped = []
        stage.connect('skipped', lambda _stage, value, error: skipped.append((value, str(error))))
        self.assertEqual(list(stage), [1, 1])
        context = GLib.MainContext.default()
        while context.iteration(False):
            pass
        self.assertEqual([value for value, _error in skipped], [0])
        self.assertIn('ZeroDivisionError', skipped[0][1])

    def test_unknown_setting(self):
        with self.assertRaisesRegex(TypeError, 'colour'):
            self.kind.map(same, [1], colour='red')

    def test_repr(self):
        self.assertEqual(repr(self.kind), f'<Pl.{self.name}>')
        self.assertEqual(repr(Pl.UNDEFINED), 'UNDEFINED')


@of_kinds(*IN_PROCESS)
class Retries:
    def test_retries(self):
        seen = []

        def fail_twice(x):
            seen.append(x)
            if len(seen) < 3:
                raise OSError('not yet')
            return x

        self.assertEqual(list(self.kind.map(fail_twice, ['a'], retries=2)), ['a'])
        self.assertEqual(seen, ['a'] * 3)


@of_kinds(*KINDS)
class BadArguments:
    def check(self, error, pattern, function, *args, **kwargs):
        with self.assertRaisesRegex(error, pattern):
            function(*args, **kwargs)

    def test_functions(self):
        for name in OPERATIONS:
            operation = getattr(self.kind, name)
            self.check(TypeError, '^f is to be callable', operation, 3, [1])
            self.check(TypeError, '^on_start is to be', operation, same, [1], on_start=3)
            self.check(TypeError, '^on_done is to be', operation, same, [1], on_done=3)

    def test_stages(self):
        for name in OPERATIONS:
            self.check(TypeError, '^stage is to be', getattr(self.kind, name), same, 3)
        self.check(TypeError, '^stage is to be', self.kind.ordered, None)
        self.check(TypeError, '^stage is to be', self.kind.to_iterable, 3)
        self.check(TypeError, '^iterable is to be', self.kind.from_iterable, 3)
        self.check(TypeError, r'^stages\[1\] is to be', self.kind.concat, [[1], 3])
        self.check(TypeError, '^stages', self.kind.concat, 3)
        self.check(TypeError, r'^stages\[1\]', self.kind.run, [1], 3)
        self.check(TypeError, r'^stage', self.kind.run, 3)

    def test_numbers(self):
        for name in ('workers', 'maxsize'):
            for value in (-1, 2 ** 40):
                self.check(ValueError, f'^{name} is to be', self.kind.map, same, [1],
                           **{name: value})
            for value in ('3', 1.5, None):
                self.check(TypeError, f'^{name} is to be', self.kind.map, same, [1],
                           **{name: value})
        for value in (-1, float('nan'), float('inf'), 1e10):
            self.check(ValueError, '^timeout is to be', self.kind.map, same, [1], timeout=value)
        self.check(TypeError, '^timeout is to be', self.kind.map, same, [1], timeout='3')
        for function in (self.kind.ordered, self.kind.to_iterable,
                         lambda stage, maxsize: self.kind.concat([stage], maxsize),
                         lambda stage, maxsize: self.kind.run(stage, maxsize=maxsize)):
            self.check(ValueError, '^maxsize is to be', function, [1], maxsize=-1)

    def test_no_workers_are_an_error_but_of_tasks(self):
        stage = self.kind.map(same, range(3), workers=0)
        if self.name in ('task', 'sync'):
            self.assertEqual(list(stage), [0, 1, 2])
        else:
            with self.assertRaisesRegex(GLib.Error, 'workers'):
                list(stage)


class Stages(unittest.TestCase):
    def test_stages_are_hashable_and_equal_to_themselves(self):
        stage = Pl.thread.map(same, [1])
        self.assertEqual({stage: 1}[stage], 1)
        self.assertNotEqual(stage, Pl.thread.map(same, [1]))

    def test_names_of_introspection_stay(self):
        stage = Pl.thread_map(Pl.Source.new_range(0, 3), same, Pl.Source.__gtype__)
        self.assertIsInstance(stage, Pl.Map)
        self.assertEqual([Pl.Stage.__name__, Pl.Stage.__module__],
                         ['Stage', 'gi.overrides.Pl'])

    def test_list_model_is_a_source(self):
        model = Gio.ListStore()
        names = 'abc'
        for name in names:
            model.append(Gio.ThemedIcon.new(name))
        self.assertEqual([icon.get_names()[0] for icon in Pl.thread.map(same, model)],
                         list(names))

    def test_stages_of_all_kinds_mix(self):
        for kinds in itertools.product(KINDS, repeat=2):
            first, second = (getattr(Pl, name) for name in kinds)
            for maxsize in (0, 1, 3):
                with self.subTest(kinds=kinds, maxsize=maxsize):
                    stage = first.map(tell_index, range(9), maxsize=maxsize)
                    stage = second.map(same, stage, maxsize=maxsize)
                    self.assertEqual(list(stage), [(i, (i,)) for i in range(9)])


if __name__ == '__main__':
    tap.main()
