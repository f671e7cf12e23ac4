# SPDX-FileCopyrightText: 2026 The pypeln-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""How task stages run on asyncio's event loops.

As long as there are runs a loop has a main context of GLib's, which its thread owns, and iterates
whenever it is woken. So the task stages of a run are on the thread of its loop, whichever
implementation that is.
"""

import asyncio
import contextlib
import os
import threading
from asyncio import _get_running_loop as get_running_loop

from gi.repository import GLib

from .library import Pl, embed_iterate


# How long the end of a run waits for what cleans up on a loop, in seconds.
GRACE_PERIOD = 1


def call_on(loop, function, *arguments):
    """Calls a function on the thread of a loop, which may be this one."""
    if get_running_loop() is loop:
        function(*arguments)
    else:
        loop.call_soon_threadsafe(function, *arguments)


class Bridge:
    """A loop, and the main context that it has. All of it is for the loop's thread."""

    def __init__(self, loop):
        self.loop = loop
        self.context = None
        self.address = 0 # of the context, which is what PyGObject makes its hash of
        self.fd = -1
        self.n_runs = 0
        self.is_kicked = False
        self.timer = None
        self.ending = set() # tasks that nobody waits for any more

    def hold(self):
        """A run begins."""
        self.n_runs += 1
        if self.n_runs > 1:
            return
        self.context = GLib.MainContext.new()
        self.address = hash(self.context)
        self.context.acquire()
        self.fd = Pl.embed_get_fd(self.context)
        self.loop.add_reader(self.fd, self.iterate)
        bridges[self.loop] = self
        by_context[self.address] = self

    def release(self):
        """A run has ended."""
        self.n_runs -= 1
        if self.n_runs > 0:
            return
        embed_iterate(self.address)
        self.set_timer(-1)
        self.loop.remove_reader(self.fd)
        self.context.release()
        del bridges[self.loop]
        del by_context[self.address]
        self.context = None

    def keep_ending(self, task):
        self.ending.add(task)
        task.add_done_callback(self.ending.discard)

    def kick(self):
        """Something may be ready on the context that this very thread has made ready."""
        if not self.is_kicked:
            self.is_kicked = True
            self.loop.call_soon(self.iterate)

    def iterate(self):
        self.is_kicked = False
        if self.n_runs == 0:
            return
        milliseconds = embed_iterate(self.address)
        if milliseconds == 0:
            self.kick()
        if milliseconds > 0 or self.timer is not None:
            self.set_timer(milliseconds)

    def set_timer(self, milliseconds):
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None
        if milliseconds > 0:
            self.timer = self.loop.call_later(milliseconds / 1000, self.iterate)


class Background(Bridge):
    """A loop with a thread of its own, for programs that run none. It stays for later runs."""

    def __init__(self):
        super().__init__(asyncio.new_event_loop())
        self.n_waits = 0 # how many pipelines a function on its thread iterates
        self.is_ready = threading.Event()
        self.thread = threading.Thread(target=self.main, name='pl-asyncio', daemon=True)
        self.thread.start()
        self.is_ready.wait()

    def change_waits(self, difference):
        with backgrounds_lock:
            self.n_waits += difference

    def main(self):
        asyncio.set_event_loop(self.loop)
        self.hold()
        self.loop.call_soon(self.is_ready.set)
        self.loop.run_forever()


bridges = {} # those that have runs, by their loops
by_context = {} # and by the addresses of their contexts
backgrounds = []
backgrounds_lock = threading.Lock()


def get_running_bridge():
    """Returns that of the loop which runs on this thread; None where there is none."""
    loop = get_running_loop()
    if loop is None:
        return None
    return bridges.get(loop) or Bridge(loop)


def get_background():
    """Returns that of a loop whose thread does not wait for a pipeline."""
    with backgrounds_lock:
        for background in backgrounds:
            if background.n_waits == 0:
                return background
        backgrounds.append(Background())
        return backgrounds[-1]


@contextlib.contextmanager
def waiting(needs_loop):
    """Surrounds the iteration of a pipeline by a thread which that may have to wait for.

    One background loop is enough, but where a function on its thread is what waits: then whatever
    the pipeline is made of needs another.
    """
    ident = threading.get_ident()
    own = next((background for background in backgrounds if background.thread.ident == ident), None)
    if own is not None:
        own.change_waits(1)
    try:
        yield get_background() if needs_loop else None
    finally:
        if own is not None:
            own.change_waits(-1)


def get_bridge_of(context):
    """Returns that of a run's main context, or one for runs that have none."""
    return by_context.get(hash(context)) or get_background()


def forget_loops():
    """A child process has none of the threads of its parent."""
    global backgrounds_lock
    backgrounds_lock = threading.Lock()
    for loops in (backgrounds, bridges, by_context):
        loops.clear()


os.register_at_fork(after_in_child=forget_loops)
