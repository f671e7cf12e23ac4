# SPDX-FileCopyrightText: 2026 The pypeln-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Pipelines of sync stages alone, as generators.

Nothing in them is concurrent, so there is nothing for the library to do, and a way through C would
cost an element more than its function. What asks for more than functions of an element, as a
timeout, an index or an on_start, is run by the library.
"""

from .library import Pl


class Step:
    """What a sync stage does with the elements in front of it, which is kept with the stage."""

    def __init__(self, run, function, takes_more):
        self.run = run
        self.function = function
        self.takes_more = takes_more # more than the element


# Generators, since the built-in map() takes a StopIteration of the function for its own end.

def run_map(function, elements):
    for element in elements:
        yield function(element)


def run_filter(function, elements):
    for element in elements:
        if function(element):
            yield element


def run_each(function, elements):
    for element in elements:
        function(element)
    return
    yield # pylint: disable=unreachable


def run_flat_map(function, elements):
    for element in elements:
        yield from function(element)


def is_plain(stage):
    """Tells whether nothing has been set that is the library's to do."""
    return stage.get_kind() == Pl.WorkerKind.SYNC and stage.get_timeout() == 0 and \
        stage.get_retries() == 0 and stage.get_error_policy() == Pl.ErrorPolicy.ABORT and \
        stage.get_rate_limit() == 0


def find_steps(stage):
    """Returns the steps from a stage to its source, and what that iterates; None if the pipeline
    is not one of sync stages alone."""
    steps = []
    while True:
        step = getattr(stage, 'python_step', None)
        if step is None:
            iterated = getattr(stage, 'python_iterable', None)
            return (steps, iterated) if iterated is not None else None
        if step.takes_more or not is_plain(stage):
            return None
        steps.append(step)
        stage = stage.get_input(0)


def make_generator(stage):
    """Returns a generator of a pipeline's elements; None if it is for the library to run."""
    found = find_steps(stage)
    if found is None:
        return None
    steps, iterated = found
    elements = iter(iterated)
    for step in reversed(steps):
        elements = step.run(step.function, elements)
    return elements
