# SPDX-FileCopyrightText: 2026 The pypeln-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The four namespaces of pypeln's API: one class, since what a stage does and who does it are two
things."""

from gi.repository import GObject

from . import functions, iterating, native, processes, tasks
from .boxed import keeping
from .checking import check_count, check_function, get_milliseconds
from .functions import guarded, interruptible
from .injection import get_names
from .library import Pl
from .partial import UNDEFINED, Element, Partial
from .sources import to_stage

PYOBJECT = GObject.TYPE_PYOBJECT

# Their elements are what their functions have returned.
MAKERS = Pl.Map, Pl.FlatMap

# How a sync stage runs without the library.
RUNS = {
    Pl.Map: native.run_map,
    Pl.Filter: native.run_filter,
    Pl.Each: native.run_each,
    Pl.FlatMap: native.run_flat_map,
}


def drain(stage, maxsize):
    for _ in iterating.iterate(stage, check_count(maxsize, 'maxsize')):
        pass


class Kind:
    """Stages whose functions are run by one kind of worker."""

    def __init__(self, name):
        self._name = name
        self._kind = getattr(Pl.WorkerKind, name.upper())

    def __repr__(self):
        return f'<Pl.{self._name}>'

    # What a kind does in its own way

    def _make_map(self, f, source):
        """Makes a map, without its settings."""
        raise NotImplementedError

    def _make_filter(self, f, source):
        raise NotImplementedError

    def _make_each(self, f, source):
        raise NotImplementedError

    def _make_flat_map(self, f, source):
        raise NotImplementedError

    def _set_hooks(self, stage, f, on_start, on_done):
        """Sets what each worker begins and ends with."""
        raise NotImplementedError

    def _get_function(self, operation):
        return getattr(Pl, f'{self._name}_{operation}')

    def _to_stage(self, value, argument='stage'):
        return to_stage(value, argument)

    # What is the same for all

    def _make(self, make, f, stage, workers, maxsize, timeout, on_start, on_done, settings):
        check_function(f, 'f')
        for hook, name in ((on_start, 'on_start'), (on_done, 'on_done')):
            if hook is not None:
                check_function(hook, name)

        source = self._to_stage(stage)
        made = make(f if source.gives_objects else keeping(f), source)
        made.gives_objects = source.gives_objects or isinstance(made, MAKERS)
        self._set_hooks(made, f, on_start, on_done)
        made.set_workers(check_count(workers, 'workers'))
        made.set_maxsize(check_count(maxsize, 'maxsize'))
        made.set_timeout(get_milliseconds(timeout))
        for name, value in settings.items():
            self._set(made, name, value)
        return made

    def _set(self, made, name, value):
        """Sets a property that the user has named."""
        if made.find_property(name) is None:
            raise TypeError(f'a {self._name} stage has no setting “{name}”')
        made.set_property(name, value)

    def map(self, f, stage=UNDEFINED, workers=1, maxsize=0, timeout=0, on_start=None, on_done=None,
            **settings):
        """A stage of f(element) for each element.

        Args:
            f: called with an element; it may name more parameters, which it is given then:
                element_index, worker_info, and the keys of the dict that on_start returns.
            stage: a stage, or anything that can be iterated. Without it, this is a Partial.
            workers: how many elements are under way at once.
            maxsize: how many elements may wait in front of the stage; 0 is as many as there are.
            timeout: after how many seconds an element is dropped; 0 is never.
            on_start: called in each worker before its first element; it may name worker_info, and
                returns None or a dict.
            on_done: called in each worker after its last element; it may name stage_status,
                worker_info, and keys of on_start's dict.
            settings: other properties of Pl.Stage, as name, retries or error_policy.
        """
        if stage is UNDEFINED:
            return Partial(lambda stage: self.map(f, stage, workers, maxsize, timeout, on_start,
                                                  on_done, **settings))
        return self._make(self._make_map, f, stage, workers, maxsize, timeout, on_start, on_done,
                          settings)

    def flat_map(self, f, stage=UNDEFINED, workers=1, maxsize=0, timeout=0, on_start=None,
                 on_done=None, **settings):
        """A stage of all that f(element) iterates, for each element: f may be a generator.

        The arguments are those of map().
        """
        if stage is UNDEFINED:
            return Partial(lambda stage: self.flat_map(f, stage, workers, maxsize, timeout,
                                                       on_start, on_done, **settings))
        return self._make(self._make_flat_map, f, stage, workers, maxsize, timeout, on_start,
                          on_done, settings)

    def filter(self, f, stage=UNDEFINED, workers=1, maxsize=0, timeout=0, on_start=None,
               on_done=None, **settings):
        """A stage of the elements for which f(element) is true.

        The arguments are those of map().
        """
        if stage is UNDEFINED:
            return Partial(lambda stage: self.filter(f, stage, workers, maxsize, timeout, on_start,
                                                     on_done, **settings))
        return self._make(self._make_filter, f, stage, workers, maxsize, timeout, on_start,
                          on_done, settings)

    def each(self, f, stage=UNDEFINED, workers=1, maxsize=0, timeout=0, on_start=None,
             on_done=None, run=False, **settings):
        """A stage that calls f(element) for each element, and has none itself.

        The arguments are those of map(). With run it is run at once, and this returns None.
        """
        if stage is UNDEFINED:
            return Partial(lambda stage: self.each(f, stage, workers, maxsize, timeout, on_start,
                                                   on_done, run, **settings))
        made = self._make(self._make_each, f, stage, workers, maxsize, timeout, on_start, on_done,
                          settings)
        if not run:
            return made
        drain(made, maxsize)
        return None

    def concat(self, stages, maxsize=0):
        """A stage of the elements of several stages, or of what can be iterated, as they come."""
        if not hasattr(stages, '__iter__'):
            raise TypeError(f'stages is to be an iterable of stages, and not '
                            f'{type(stages).__name__}')
        inputs = [self._to_stage(stage, f'stages[{i}]') for i, stage in enumerate(stages)]
        made = self._get_function('concat')(inputs or [self._to_stage(())])
        made.gives_objects = all(stage.gives_objects for stage in inputs)
        made.set_maxsize(check_count(maxsize, 'maxsize'))
        return made

    def ordered(self, stage=UNDEFINED, maxsize=0):
        """A stage of the same elements in the order of their source."""
        if stage is UNDEFINED:
            return Partial(lambda stage: self.ordered(stage, maxsize))
        source = self._to_stage(stage)
        made = self._get_function('ordered')(source)
        made.gives_objects = source.gives_objects
        made.set_maxsize(check_count(maxsize, 'maxsize'))
        return made

    def run(self, *stages, maxsize=0):
        """Runs stages, or iterates what can be, all at the same time, until there is no more."""
        if not stages:
            return
        stage = self._to_stage(stages[0]) if len(stages) == 1 else self.concat(stages, maxsize)
        drain(stage, maxsize)

    def from_iterable(self, iterable=UNDEFINED, use_thread=True):
        """A stage of what an iterable gives.

        It is read on a thread of the stage behind it, or by whoever takes from that; use_thread is
        there for programs of pypeln.
        """
        if iterable is UNDEFINED:
            return Partial(lambda iterable: self.from_iterable(iterable, use_thread))
        return self._to_stage(iterable, 'iterable')

    def to_iterable(self, stage=UNDEFINED, maxsize=0, return_index=False):
        """An iterable of a stage's elements, of which at most maxsize wait for whoever iterates.

        With return_index they are Elements, which have an index and a value.
        """
        if stage is UNDEFINED:
            return Partial(lambda stage: self.to_iterable(stage, maxsize, return_index))
        return Iterable(self._to_stage(stage), maxsize, return_index)


class Iterable:
    """The elements of a stage, with a bound of its own."""

    def __init__(self, stage, maxsize, return_index):
        self._stage = sync.map(make_element, stage) if return_index else stage
        self._maxsize = check_count(maxsize, 'maxsize')

    def __iter__(self):
        return iterating.iterate(self._stage, self._maxsize)

    def __aiter__(self):
        return iterating.iterate_async(self._stage, self._maxsize)


def make_element(value, element_index):
    return Element(element_index, value)


class Closures(Kind):
    """Stages whose functions return what they make: sync and thread."""

    def __init__(self, name, wrap):
        super().__init__(name)
        self._wrap = wrap

    def _close(self, f):
        return self._wrap(functions.inject(f, get_names(f)))

    def _make_map(self, f, source):
        return self._get_function('map')(source, self._close(f), PYOBJECT)

    def _make_filter(self, f, source):
        keep = functions.inject(f, get_names(f))
        return self._get_function('filter')(source, self._wrap(lambda x: bool(keep(x))))

    def _make_each(self, f, source):
        return self._get_function('each')(source, self._close(f))

    def _make_flat_map(self, f, source):
        make = functions.inject(f, get_names(f))
        return Pl.FlatMap.new_for_generator(self._kind, source,
                                            self._wrap(lambda x: iter(make(x))),
                                            self._wrap(functions.pull), PYOBJECT)

    def _set_hooks(self, stage, f, on_start, on_done):
        stage.set_thread_closure(functions.run_thread)
        if on_start is not None:
            stage.set_on_start(functions.make_on_start(on_start))
        if on_start is not None or on_done is not None:
            stage.set_on_done(functions.make_on_done(on_done))


class Sync(Closures):
    """Stages that may also be run without the library, and that pull their sources as they go."""

    def _to_stage(self, value, argument='stage'):
        return to_stage(value, argument, may_wait=False)

    def _make(self, make, f, stage, workers, maxsize, timeout, on_start, on_done, settings):
        made = super()._make(make, f, stage, workers, maxsize, timeout, on_start, on_done, settings)
        takes_more = on_start is not None or on_done is not None or len(get_names(f)) > 1
        made.python_step = native.Step(RUNS[type(made)], f, takes_more)
        return made


class Tasks(Kind):
    """Stages whose functions may be asynchronous, and run on an event loop."""

    def _make_job(self, make, jobs, source, *result):
        stage = make(source, jobs.begin, *result)
        stage.uses_asyncio = True
        return stage

    def _make_map(self, f, source):
        jobs = tasks.Jobs(f)
        return self._make_job(Pl.job_map, jobs, source, jobs.results.pop, jobs.tell, PYOBJECT)

    def _make_filter(self, f, source):
        jobs = tasks.FilterJobs(f)
        return self._make_job(Pl.job_filter, jobs, source, jobs.results.pop, jobs.tell)

    def _make_each(self, f, source):
        jobs = tasks.EachJobs(f)
        return self._make_job(Pl.job_each, jobs, source, jobs.tell)

    def _make_flat_map(self, f, source):
        jobs = tasks.FlatMapJobs(f)
        return self._make_job(Pl.job_flat_map, jobs, source, jobs.results.pop, jobs.tell, PYOBJECT)

    def _set_hooks(self, stage, f, on_start, on_done):
        if on_start is not None:
            stage.set_on_start_task(tasks.make_on_start(on_start))
        if on_done is not None:
            stage.set_on_done_task(tasks.make_on_done(on_done))
        elif on_start is not None:
            stage.set_on_done(functions.make_on_done(None))

    def from_iterable(self, iterable=UNDEFINED, maxsize=0, use_thread=True):
        """A stage of what an iterable or an asynchronous iterable gives.

        It is pulled as its elements are wanted; maxsize and use_thread are there for programs of
        pypeln.
        """
        if iterable is UNDEFINED:
            return Partial(lambda iterable: self.from_iterable(iterable, maxsize, use_thread))
        return self._to_stage(iterable, 'iterable')

    def to_async_iterable(self, stage=UNDEFINED, maxsize=0, return_index=False):
        """What to_iterable() gives, to be iterated with `async for`."""
        return self.to_iterable(stage, maxsize, return_index)


class Processes(Kind):
    """Stages whose functions run in processes of their own, which are fresh Pythons.

    Settings may name the properties of Pl.Command too, as launcher, which are those of how the
    workers are started.
    """

    def _make(self, make, f, stage, workers, maxsize, timeout, on_start, on_done, settings):
        def make_with_command(f, source):
            return make(processes.make_command(f, on_start, on_done), source)

        return super()._make(make_with_command, f, stage, workers, maxsize, timeout, on_start,
                             on_done, settings)

    def _set(self, made, name, value):
        # A stage has a command of its own, which nobody else has seen yet.
        if not processes.set_property(made.get_command(), name, value):
            super()._set(made, name, value)

    def _make_map(self, command, source):
        return Pl.process_map(source, command)

    def _make_filter(self, command, source):
        return Pl.process_filter(source, command)

    def _make_each(self, command, source):
        return Pl.process_each(source, command)

    def _make_flat_map(self, command, source):
        return Pl.process_flat_map(source, command)

    def _set_hooks(self, stage, f, on_start, on_done):
        """The workers have the hooks: they have been told."""
        stage.set_thread_closure(functions.run_thread)


sync = Sync('sync', guarded)
thread = Closures('thread', interruptible)
task = Tasks('task')

process = Processes('process')

NAMESPACES = {'sync': sync, 'thread': thread, 'task': task, 'process': process}
