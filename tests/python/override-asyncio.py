# SPDX-FileCopyrightText: 2026 The pypeln-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Pipelines in programs of asyncio's: on a loop that runs, on none, and on GLib's."""

import asyncio
import contextlib
import gc
import itertools
import sys
import threading
import unittest
import warnings

import tap
from functions import add_one, divide_by, same
from util import ENDLESS, IN_PROCESS, KINDS, NothingLeft, Pl, of_kinds, run_program

complaints = []


def setUpModule():
    """Coroutines that nobody awaits are told of when they are freed."""
    sys.unraisablehook = complaints.append
    warnings.simplefilter('error', RuntimeWarning)
    warnings.simplefilter('error', ResourceWarning)
    list(Pl.task.map(same, [1]))


class Case:
    def run_async(self, coroutine, debug=False):
        """Runs a loop, which is to have no task left at the end, and nothing to complain of."""
        async def main():
            asyncio.get_running_loop().set_exception_handler(
                lambda _loop, context: complaints.append(context))
            result = await coroutine
            await asyncio.sleep(0)
            left = asyncio.all_tasks() - {asyncio.current_task()}
            self.assertEqual(left, set())
            return result

        result = asyncio.run(main(), debug=debug)
        gc.collect()
        self.assertEqual(complaints, [])
        return result


async def sleep_and_add_one(x):
    await asyncio.sleep(0)
    return x + 1


@of_kinds(*KINDS)
class Iteration(Case):
    def test_async_for(self):
        async def main():
            return [x async for x in self.kind.map(add_one, range(100))]

        for debug in (False, True):
            self.assertEqual(self.run_async(main(), debug), list(range(1, 101)))

    def test_await(self):
        async def main():
            return await self.kind.map(add_one, range(100), maxsize=3)

        self.assertEqual(self.run_async(main()), list(range(1, 101)))

    def test_to_async_iterable(self):
        async def main():
            stage = Pl.task.to_async_iterable(self.kind.map(add_one, range(9)), maxsize=2,
                                              return_index=True)
            return [x async for x in stage]

        self.assertEqual(self.run_async(main()), [((i,), i + 1) for i in range(9)])

    def test_new_loops(self):
        """A stage can be awaited on one loop after the other."""
        stage = self.kind.map(same, Pl.task.map(sleep_and_add_one, range(9)))

        async def main():
            return await stage

        with NothingLeft():
            for _ in range(3):
                self.assertEqual(self.run_async(main()), list(range(1, 10)))

    def test_many_at_once(self):
        stage = self.kind.map(same, Pl.task.map(sleep_and_add_one, range(50), workers=3))

        async def main():
            return await asyncio.gather(*[collect(stage) for _ in range(5)])

        async def collect(stage):
            return sorted(await stage)

        self.assertEqual(self.run_async(main()), [list(range(1, 51))] * 5)

    def test_errors(self):
        async def main():
            with self.assertRaises(ZeroDivisionError):
                await self.kind.map(divide_by, [1, 0])
            with self.assertRaises(ZeroDivisionError):
                await self.kind.map(same, Pl.task.map(fail, range(10), workers=5))

        async def fail(x):
            await asyncio.sleep(0)
            return divide_by(x)

        self.run_async(main())

    def test_leaving_early(self):
        async def main():
            for maxsize in (0, 1, 3):
                stage = self.kind.map(same, Pl.task.map(sleep_and_add_one, range(ENDLESS),
                                                        maxsize=maxsize), maxsize=maxsize)
                async with contextlib.aclosing(stage.__aiter__()) as elements:
                    async for x in elements:
                        self.assertEqual(x, 1)
                        break

        with NothingLeft():
            self.run_async(main())

    def test_leaving_early_without_closing(self):
        """The loop closes asynchronous generators that are dropped."""
        async def main():
            async for _x in self.kind.map(same, Pl.task.map(same, range(ENDLESS))):
                break

        with NothingLeft():
            asyncio.run(main())
            gc.collect()
        self.assertEqual(complaints, [])

    def test_blocking_iteration_inside_of_a_running_loop(self):
        async def main():
            stage = self.kind.map(same, Pl.task.map(sleep_and_add_one, range(9)))
            return list(stage), await stage

        self.assertEqual(self.run_async(main()), (list(range(1, 10)),) * 2)

    def test_other_tasks_go_on_meanwhile(self):
        turns = []

        async def turn():
            while True:
                turns.append(1)
                await asyncio.sleep(0)

        async def main():
            turning = asyncio.create_task(turn())
            stage = self.kind.map(same, Pl.task.map(sleep_and_add_one, range(200)))
            self.assertEqual(len(await stage), 200)
            turning.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await turning

        self.run_async(main())
        self.assertGreater(len(turns), 10)


class Functions(Case, unittest.TestCase):
    def test_functions_and_hooks_run_on_the_running_loop(self):
        places = []

        def note():
            places.append((asyncio.get_running_loop(), threading.get_ident()))

        async def f(_x):
            note()
            await asyncio.sleep(0)
            note()

        async def emit(x):
            note()
            yield x
            note()

        async def hook():
            note()

        async def main():
            await Pl.task.map(f, range(3), on_start=hook, on_done=hook)
            await Pl.task.flat_map(emit, emit(3))
            await Pl.task.map(lambda _x: note(), range(3), on_start=note, on_done=note)
            self.assertEqual(set(places), {(asyncio.get_running_loop(), threading.get_ident())})

        self.run_async(main())

    def test_context_variables_and_futures_of_the_loop(self):
        async def main():
            queue = asyncio.Queue()
            future = asyncio.get_running_loop().create_future()
            feeding = asyncio.create_task(self.feed(queue, future))
            async for x in Pl.task.map(lambda x: x, Pl.task.map(lambda _x: queue.get(), range(3))):
                if x == 2:
                    future.set_result(None)
            await feeding

        self.run_async(main())

    async def feed(self, queue, future):
        for i in range(3):
            await queue.put(i)
        await future

    def test_cancel_of_the_awaiting_task(self):
        events = []

        async def wait(_x):
            events.append('begun')
            try:
                await asyncio.Event().wait()
            finally:
                events.append('cancelled')

        async def on_done():
            await asyncio.sleep(0.01)
            events.append('done')

        async def collect(stage):
            return await stage

        async def main():
            for stage in (Pl.task.map(wait, range(9), workers=2, on_done=on_done),
                          Pl.thread.map(same, Pl.task.map(wait, range(9), workers=2,
                                                          on_done=on_done))):
                events.clear()
                awaiting = asyncio.create_task(collect(stage))
                while events.count('begun') < 2:
                    await asyncio.sleep(0)
                awaiting.cancel()
                with self.assertRaises(asyncio.CancelledError):
                    await awaiting
                self.assertEqual(sorted(events),
                                 ['begun', 'begun', 'cancelled', 'cancelled', 'done'])

        with NothingLeft():
            self.run_async(main())

    def test_cancel_twice(self):
        begun, is_ending = [], []

        async def on_done():
            is_ending.append(asyncio.Event())
            await is_ending[0].wait()

        async def wait_for_ever(number):
            begun.append(number)
            await asyncio.Event().wait()

        async def collect():
            return await Pl.task.map(wait_for_ever, [1], on_done=on_done)

        async def main():
            awaiting = asyncio.create_task(collect())
            while not begun:
                await asyncio.sleep(0)
            awaiting.cancel()
            while not is_ending:
                await asyncio.sleep(0)
            awaiting.cancel()
            await asyncio.sleep(0)
            is_ending[0].set()
            with self.assertRaises(asyncio.CancelledError):
                await awaiting
            self.assertEqual(await Pl.task.map(same, [1]), [1])

        with NothingLeft():
            self.run_async(main())

    def test_wait_for(self):
        async def main():
            with self.assertRaises(asyncio.TimeoutError):
                await asyncio.wait_for(collect(Pl.task.map(wait, range(3))), 0.05)

        async def wait(_x):
            await asyncio.Event().wait()

        async def collect(stage):
            return await stage

        with NothingLeft():
            self.run_async(main())

    def test_timeouts_cancel_coroutines(self):
        events = []

        async def wait(x):
            try:
                if x == 1:
                    await asyncio.Event().wait()
                return x
            except asyncio.CancelledError:
                events.append(x)
                raise

        async def main():
            return await Pl.task.map(wait, range(3), timeout=0.05)

        self.assertEqual(self.run_async(main()), [0, 2])
        self.assertEqual(events, [1])

    def test_coroutines_that_do_not_heed_their_cancelling(self):
        async def wait(x):
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                return x

        async def main():
            return await Pl.task.map(wait, range(3), workers=3, timeout=0.05)

        self.assertEqual(self.run_async(main()), [])

    def test_coroutines_clean_up_before_the_end(self):
        ends = []

        async def wait(x):
            try:
                await asyncio.Event().wait()
            finally:
                await asyncio.sleep(0.01)
                ends.append(x)

        async def fail(_x):
            await asyncio.sleep(0)
            raise LookupError

        async def main():
            with self.assertRaises(LookupError):
                await Pl.task.concat([Pl.task.map(wait, range(3), workers=3),
                                      Pl.task.map(fail, [1])])
            self.assertEqual(sorted(ends), [0, 1, 2])

        self.run_async(main())

    def test_coroutines_that_go_on_for_ever_do_not_hold_up_the_end(self):
        go_on = []

        async def persist(_x):
            while not go_on:
                with contextlib.suppress(asyncio.CancelledError):
                    await asyncio.sleep(0.05)

        async def main():
            async with contextlib.aclosing(Pl.task.concat(
                    [Pl.task.map(persist, [1]), [1]]).__aiter__()) as elements:
                async for _x in elements:
                    break
            go_on.append(1)
            while len(asyncio.all_tasks()) > 1:
                await asyncio.sleep(0.01)

        self.run_async(main())

    def test_asynchronous_generators_are_closed(self):
        closed = []

        async def count(*_element):
            try:
                for i in itertools.count():
                    yield i
            finally:
                await asyncio.sleep(0)
                closed.append(1)

        async def main():
            for stage in (Pl.task.map(same, count(), maxsize=1),
                          Pl.task.flat_map(count, [1], maxsize=1)):
                async with contextlib.aclosing(stage.__aiter__()) as elements:
                    async for _x in elements:
                        break

        self.run_async(main())
        self.assertEqual(closed, [1, 1])

    def test_many_elements_at_once(self):
        async def main():
            return sum(await Pl.task.map(sleep_and_add_one, range(20000), workers=100))

        self.assertEqual(self.run_async(main()), sum(range(20001)))

    def test_other_awaitables(self):
        async def main():
            loop = asyncio.get_running_loop()

            def later(x):
                future = loop.create_future()
                loop.call_soon(future.set_result, x + 1)
                return future

            class Waiting:
                def __await__(self):
                    return sleep_and_add_one(1).__await__()

            self.assertEqual(await Pl.task.map(later, range(3), workers=2), [1, 2, 3])
            self.assertEqual(await Pl.task.map(lambda _x: Waiting(), [1]), [2])
            self.assertEqual(await Pl.task.map(lambda x: asyncio.create_task(
                sleep_and_add_one(x)), range(3)), [1, 2, 3])

        self.run_async(main())

    def test_coroutines_as_elements(self):
        coroutine = sleep_and_add_one(1)
        self.assertIs(list(Pl.thread.map(same, [coroutine]))[0], coroutine)
        self.assertEqual(list(Pl.task.map(same, [coroutine])), [2])


class Programs(unittest.TestCase):
    def check(self, text, printed):
        status, output, complaints = run_program(text, '-W', 'error::RuntimeWarning')
        self.assertEqual((status, output, complaints), (0, printed, ''))

    def test_no_loop_at_all(self):
        self.check('import asyncio, threading\n'
                   'async def f(x):\n'
                   '    await asyncio.sleep(0)\n'
                   '    return threading.current_thread().name\n'
                   'print(list(Pl.task.map(f, range(2))) + list(Pl.task.map(f, range(1))))\n',
                   "['pl-asyncio', 'pl-asyncio', 'pl-asyncio']\n")

    def test_loop_in_another_thread(self):
        self.check('import asyncio, sys, threading\n'
                   'async def f(x):\n'
                   '    await asyncio.sleep(0)\n'
                   '    return x\n'
                   'async def main():\n'
                   '    sys.stdout.write(f"{await Pl.task.map(f, range(3))}\\n")\n'
                   'threads = [threading.Thread(target=asyncio.run, args=(main(),))\n'
                   '           for _ in range(3)]\n'
                   'for thread in threads: thread.start()\n'
                   'for thread in threads: thread.join()\n', '[0, 1, 2]\n' * 3)

    def test_gbulb(self):
        self.check('import warnings\n'
                   'warnings.simplefilter("ignore", DeprecationWarning)\n'
                   'import asyncio, gbulb\n'
                   'gbulb.install()\n'
                   'async def f(x):\n'
                   '    await asyncio.sleep(0.001)\n'
                   '    return x\n'
                   'async def main():\n'
                   '    print(await Pl.task.map(f, range(5), workers=2))\n'
                   '    print(await Pl.thread.map(lambda x: x, Pl.task.map(f, range(3))))\n'
                   '    async for x in Pl.task.map(f, range(2 ** 31 - 1), maxsize=1):\n'
                   '        break\n'
                   'loop = asyncio.get_event_loop()\n'
                   'loop.run_until_complete(main())\n'
                   'loop.run_until_complete(loop.shutdown_asyncgens())\n',
                   '[0, 1, 2, 3, 4]\n[0, 1, 2]\n')

    def test_fork(self):
        self.check('import os\n'
                   'print(list(Pl.task.map(lambda x: x, range(3))), flush=True)\n'
                   'child = os.fork()\n'
                   'print(list(Pl.task.map(lambda x: x, Pl.thread.map(lambda x: x, range(3)))),\n'
                   '      flush=True)\n'
                   'if child: os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))\n'
                   'os._exit(0)\n', '[0, 1, 2]\n' * 3)


if __name__ == '__main__':
    tap.main()
