# SPDX-FileCopyrightText: 2026 The pypeln-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The functions of task stages, on an event loop of asyncio's.

The library begins an element with the number of its job, on the main context of the run, which the
thread of the loop has as a rule. Where another thread has it, as that of a main loop of GLib's, the
loop's thread is told.
"""

import asyncio
import inspect
from asyncio import _get_running_loop as get_running_loop

from .exceptions import describe
from .functions import box, clear_resources, get_arguments, get_current_worker, set_resources
from .injection import get_names, select
from .library import Pl, job_answer, job_emit
from .loop import call_on, get_bridge_of, get_running_bridge

# A function that emits without waiting lets the loop go on after so many elements.
ELEMENTS_PER_TURN = 64


class Jobs:
    """What a stage has under way, in all its runs: job numbers are unique."""

    def __init__(self, function):
        names = get_names(function)
        self.function = function
        self.names = names if len(names) > 1 else frozenset()
        self.results = {}
        self.under_way = {} # job: its task, and what that awaits
        self.bridge = None # of the loop that was the last to begin an element

    # What the library calls

    def begin(self, element, job):
        arguments = self.get_arguments() if self.names else {}
        bridge = self.bridge
        if bridge is None or bridge.n_runs == 0 or get_running_loop() is not bridge.loop:
            bridge = get_running_bridge()
            if bridge is None:
                context = get_current_worker().get_run_context()
                bridge = get_bridge_of(context)
                bridge.loop.call_soon_threadsafe(self.start, bridge, element, job, arguments)
                return
            self.bridge = bridge
        self.start(bridge, element, job, arguments)

    def tell(self, job, event):
        if event == Pl.JobEvent.CANCELLED:
            self.results.pop(job, None)
            task, _awaited = self.under_way.get(job, (None, None))
            if task is not None and not task.get_loop().is_closed():
                task.get_loop().call_soon_threadsafe(self.cancel, job)

    # The rest is for the thread of the loop

    def get_arguments(self):
        worker = get_current_worker()
        arguments = select(self.names, get_arguments(worker))
        if 'element_index' in self.names:
            arguments['element_index'] = tuple(worker.get_element_index())
        return arguments

    def start(self, bridge, element, job, arguments):
        try:
            result = self.function(element, **arguments)
            if inspect.isawaitable(result):
                self.spawn(bridge, job, self.finish(bridge, job, result), result)
            else:
                self.answer(bridge, job, result)
        except BaseException as error: # pylint: disable=broad-except
            self.fail(bridge, job, error)

    def spawn(self, bridge, job, coroutine, awaited):
        self.under_way[job] = bridge.loop.create_task(coroutine), awaited

    async def finish(self, bridge, job, awaitable):
        try:
            result = await awaitable
            if self.under_way.pop(job, None) is not None:
                self.answer(bridge, job, result)
        except BaseException as error: # pylint: disable=broad-except
            self.fail(bridge, job, error)

    def answer(self, bridge, job, result):
        self.results[job] = result
        if not job_answer(job):
            self.results.pop(job, None)
        bridge.kick()

    def fail(self, bridge, job, error):
        self.under_way.pop(job, None)
        Pl.job_fail_with_exception(job, box(error), describe(error))
        bridge.kick()

    def cancel(self, job):
        """Cancels what nobody waits for any more, also if it has not begun."""
        task, awaited = self.under_way.pop(job, (None, None))
        if task is None:
            return
        task.cancel()
        get_running_bridge().keep_ending(task)
        if inspect.iscoroutine(awaited):
            task.add_done_callback(lambda _task: awaited.close())


class FilterJobs(Jobs):
    """Those of a filter, whose results are booleans."""

    def answer(self, bridge, job, result):
        super().answer(bridge, job, bool(result))


class EachJobs(Jobs):
    """Those of an each, which has no results."""

    def answer(self, bridge, job, result):
        job_answer(job)
        bridge.kick()


class FlatMapJobs(Jobs):
    """Those of a flat_map, which pass on what they iterate."""

    def __init__(self, function):
        super().__init__(function)
        self.waiting = {} # job: the future of one that waits for room

    def tell(self, job, event):
        if event == Pl.JobEvent.ROOM:
            future = self.waiting.pop(job, None)
            if future is not None:
                future.get_loop().call_soon_threadsafe(settle, future)
        else:
            self.waiting.pop(job, None)
            super().tell(job, event)

    def answer(self, bridge, job, result):
        """What the function has returned, or its coroutine, is to be iterated."""
        if hasattr(result, '__aiter__'):
            coroutine = self.emit_async(bridge, job, result)
        else:
            coroutine = self.emit(bridge, job, iter(result))
        self.spawn(bridge, job, self.finish_emitting(bridge, job, coroutine), coroutine)

    async def finish_emitting(self, bridge, job, coroutine):
        try:
            await coroutine
            if self.under_way.pop(job, None) is not None:
                job_answer(job)
                bridge.kick()
        except BaseException as error: # pylint: disable=broad-except
            self.fail(bridge, job, error)

    async def emit(self, bridge, job, elements):
        n_emitted = 0
        for element in elements:
            if not await self.emit_one(bridge, job, element):
                break
            n_emitted += 1
            if n_emitted % ELEMENTS_PER_TURN == 0:
                await asyncio.sleep(0)

    async def emit_async(self, bridge, job, elements):
        try:
            async for element in elements:
                if not await self.emit_one(bridge, job, element):
                    break
        finally:
            if hasattr(elements, 'aclose'):
                await elements.aclose()

    async def emit_one(self, bridge, job, element):
        """Returns whether more are wanted, when there is room for them."""
        future = self.waiting[job] = bridge.loop.create_future()
        self.results[job] = element
        emission = job_emit(job)
        self.results.pop(job, None)
        if emission == Pl.Emission.WAIT:
            bridge.kick()
            await future
        else:
            self.waiting.pop(job, None)
        if emission == Pl.Emission.STOP:
            # What ends by itself is not to be cancelled while it cleans up.
            ending = self.under_way.pop(job, None)
            if ending is not None:
                bridge.keep_ending(ending[0])
        return emission != Pl.Emission.STOP


def settle(future):
    if not future.done():
        future.set_result(None)


# on_start and on_done

background_tasks = set() # a loop has only weak references to its tasks


async def answer(bridge, task, coroutine):
    """Has a GTask answered with what becomes of a coroutine."""
    try:
        await coroutine
    except BaseException as error: # pylint: disable=broad-except
        Pl.task_return_exception(task, box(error), describe(error))
    else:
        task.return_boolean(True)
    bridge.kick()


def spawn_answer(bridge, task, coroutine):
    spawned = bridge.loop.create_task(answer(bridge, task, coroutine))
    background_tasks.add(spawned)
    spawned.add_done_callback(background_tasks.discard)


def begin_answer(worker, task, coroutine):
    bridge = get_running_bridge() or get_bridge_of(worker.get_run_context())
    call_on(bridge.loop, spawn_answer, bridge, task, coroutine)


async def call(function, arguments):
    result = function(**arguments)
    return await result if inspect.isawaitable(result) else result


def make_on_start(on_start):
    names = get_names(on_start)

    async def run(worker):
        set_resources(worker, await call(on_start, select(names, get_arguments(worker))))

    return lambda worker, task: begin_answer(worker, task, run(worker))


def make_on_done(on_done):
    names = get_names(on_done)

    async def run(worker, status):
        try:
            arguments = {**get_arguments(worker), 'stage_status': status}
            await call(on_done, select(names, arguments))
        finally:
            clear_resources(worker)

    def done(status, task):
        worker = get_current_worker()
        begin_answer(worker, task, run(worker, status))
    return done
