# SPDX-FileCopyrightText: 2026 The pypeln-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a worker process in Python does: it takes elements, calls the user's function with them, and
answers.

All of that is on the main thread, as long as it is quick. Another thread looks now and then whether
the main thread is in a function for long. Then it reads in its place: it answers PING, gives back
elements that have not begun, and learns that nobody is there any more. Then it interrupts the
function, and ends the process if that does not return. So most elements cost no switch of threads.

Whatever is imported in here makes each worker start later.
"""

import _signal # signal makes enums of it all, which takes as long as the rest
import _thread
import os
import sys
import time
from _collections import deque
from _queue import Empty, SimpleQueue

import exceptions
import frames
import injection
import pickling
import plain
from frames import make_frame, make_text, make_variant

# What worker.py makes forgotten.
MODULES = ('serving', 'exceptions', 'frames', 'injection', 'pickling', 'plain')

OPERATIONS = ('map', 'filter', 'each', 'flat_map')
CHUNK = 1 << 16

# How often it is looked whether the main thread has read meanwhile, in seconds.
TICK = 0.01

# Into so many parts the time is divided for which the other side may be silent. They are counted,
# so that a process which has been stopped for a while does not take that for silence.
LOOKS_PER_SILENCE = 4


class Refusal(Exception):
    """The greeting asks for what this worker is not."""


class StageStatus:
    """The figures of a stage as far as a worker process knows them: those of itself."""

    __slots__ = ()

    done = True
    active_workers = 0

    def __repr__(self):
        return 'StageStatus(done=True, active_workers=0)'


class Pipe:
    """The two ends of what goes between the worker and the program."""

    def __init__(self):
        """Takes standard input and output away from the function, which may read and print."""
        self.in_fd, self.out_fd = os.dup(0), os.dup(1)
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.close(null)
        os.dup2(2, 1)
        if sys.stdout is not None:
            sys.stdout.reconfigure(line_buffering=True)
        self.lock = _thread.allocate_lock()
        self.data = b''
        self.silence = 0

    def write(self, data):
        """Writes whole frames, from either thread. A program that is gone is noticed elsewhere."""
        with self.lock:
            try:
                n_written = os.write(self.out_fd, data)
                while n_written < len(data):
                    n_written += os.write(self.out_fd, memoryview(data)[n_written:])
            except BrokenPipeError:
                pass

    def wait(self):
        """Waits for something to read, as long as that may take. Returns False at the end of it."""
        if self.silence == 0:
            return True
        import select # pylint: disable=import-outside-toplevel

        poll = select.poll()
        poll.register(self.in_fd, select.POLLIN)
        return any(poll.poll(self.silence / LOOKS_PER_SILENCE + 1)
                   for _ in range(LOOKS_PER_SILENCE + 1))

    def read(self):
        """Returns the next frames, as what they are, id, and payload; none at the end."""
        while self.read_chunk():
            found = self.split()
            if found:
                return found
        return []

    def read_chunk(self):
        """Reads what there is. Returns False at the end."""
        chunk = os.read(self.in_fd, CHUNK) if self.wait() else b''
        self.data = self.data + chunk if self.data else chunk
        return bool(chunk)

    def split(self):
        """Returns the frames that are whole."""
        unpack, header_size = frames.HEADER.unpack_from, frames.HEADER.size
        data, at, found = self.data, 0, []
        last = len(data) - header_size
        while at <= last:
            size, kind, number = unpack(data, at)
            begin = at + header_size
            end = begin + size
            if end > len(data):
                if end - len(data) > CHUNK and not found:
                    payload = self.read_rest(data[begin:], size)
                    return [(kind, number, payload)] if payload else []
                break
            found.append((kind, number, data[begin:end]))
            at = end
        self.data = data[at:]
        return found

    def read_rest(self, data, size):
        """Reads what is missing of a payload of this size, which is more than a chunk."""
        whole = bytearray(size)
        n_read = len(data)
        whole[:n_read] = data
        self.data = b''
        with memoryview(whole) as view:
            while n_read < size:
                n_more = os.readv(self.in_fd, [view[n_read:]]) if self.wait() else 0
                if n_more == 0:
                    return b''
                n_read += n_more
        return bytes(whole)


class Greeting:
    """What the program says first."""

    def __init__(self, payload):
        self.items = frames.parse_dictionary(payload)
        self.operation = self.get_text('operation')
        if self.operation not in OPERATIONS:
            raise Refusal(f'A worker in Python does not do “{self.operation}”')
        if 'data' not in self.items:
            raise Refusal('A worker in Python has to be told its function as “data”')

    def get_text(self, key):
        data, _ = self.items.get(key, (b'\0', b's'))
        return data[:-1].decode()

    def get_number(self, key):
        data, _ = self.items.get(key, (b'', b'u'))
        return int.from_bytes(data, 'little')

    def load_functions(self):
        """Returns the functions, each with the names of its parameters."""
        data, _ = self.items['data']
        data = pickling.load(data)
        sys.path[:] = data['path']
        function, on_start, on_done, names, is_plain = pickling.load(data['functions'])
        if is_plain:
            function = plain.put_together(function)
        return zip((function, on_start, on_done), names)


class Worker:
    """What elements, and what else the program says, come to."""

    def __init__(self):
        self.pipe = Pipe()
        self.reading = _thread.allocate_lock() # whoever reads has it, and n_reads is under it
        self.n_reads = 0
        self.elements = deque() # of ids and payloads
        self.n_steps = 0 # how many EMITs have been answered
        self.has_all = False # there will be no more elements
        self.is_cut = False # nobody is there who wants more

        self.main_thread = _thread.get_ident()
        self.is_idle = False # the main thread reads, or waits until it may
        self.is_parked = False # the other thread waits until it is not
        self.gate = SimpleQueue()

        self.grace = 0
        self.is_stepwise = False
        self.is_interruptible = False
        self.payload = b'' # of the element in hand
        self.arguments = {}

    # What the program says, on the thread that reads

    def read(self):
        received = self.pipe.read()
        for kind, number, payload in received:
            if kind == frames.ELEMENT:
                self.elements.append((number, payload))
            elif not self.handle(kind, number):
                received = []
        if not received:
            self.is_cut = True
        # Whoever has seen this has all that was read.
        self.n_reads += 1

    def handle(self, kind, number):
        """Does what the program says beside elements. Returns False if it does not say such."""
        if kind == frames.PING:
            self.pipe.write(make_frame(frames.PONG, number))
        elif kind == frames.GO:
            self.n_steps += 1
        elif kind == frames.RECALL:
            self.give_back()
        elif kind == frames.END:
            self.has_all = True
        else:
            return False
        return True

    def give_back(self):
        """Gives back the elements that have not begun."""
        numbers = []
        try:
            while True:
                numbers.append(self.elements.pop()[0])
        except IndexError:
            pass # the main thread may have taken what was the last one
        payload = b''.join([number.to_bytes(8, 'little') for number in reversed(numbers)])
        self.pipe.write(make_frame(frames.RETURNED, 0, payload))

    # The thread that looks after the main thread

    def watch(self):
        n_reads = -1
        while not self.is_cut:
            if self.is_idle:
                self.park()
                n_reads = -1
            elif self.n_reads != n_reads:
                n_reads = self.n_reads
                time.sleep(TICK)
            else:
                self.read_in_place(n_reads)
        self.stop()

    def park(self):
        """Waits until the main thread does something else than to read."""
        self.is_parked = True
        try:
            # It may have looked before it could see that.
            self.gate.get(timeout=None if self.is_idle else TICK)
        except Empty:
            pass
        self.is_parked = False

    def read_in_place(self, n_reads):
        with self.reading:
            if self.n_reads == n_reads and not self.is_cut:
                self.read()

    def stop(self):
        """Nobody is there any more: has the function stop, and does not wait for it for long."""
        _signal.pthread_kill(self.main_thread, _signal.SIGINT)
        time.sleep(self.grace / 1000)
        os._exit(1)

    # The main thread

    def interrupt(self, _number, _frame):
        """The handler of SIGINT, which nobody else sends: a worker is in a group of its own."""
        if self.is_interruptible:
            raise KeyboardInterrupt

    def pull(self, n_reads):
        """Reads, if nobody has after there were so many reads."""
        self.is_idle = True
        with self.reading:
            if self.n_reads == n_reads and not self.is_cut:
                self.read()
        self.is_idle = False
        if self.is_parked:
            self.is_parked = False
            self.gate.put(None)

    def step(self):
        """Waits until the program wants more of what a function emits."""
        while True:
            n_reads = self.n_reads
            if self.n_steps > 0 or self.is_cut:
                break
            self.pull(n_reads)
        self.n_steps -= 1

    def greet(self):
        received = self.pipe.read()
        kind, _, payload = received.pop(0) if received else (None, 0, b'')
        if kind is None:
            raise Refusal('The worker has been started by hand: it reads from another process')
        if kind != frames.HELLO:
            raise Refusal('The greeting is to come first, in version '
                          f'{frames.VERSION} of the worker protocol')
        greeting = Greeting(payload)
        self.grace = greeting.get_number('grace')
        self.pipe.silence = greeting.get_number('silence')
        self.is_stepwise = bool(greeting.get_number('stepwise'))
        self.arguments = {'worker_info': injection.WorkerInfo(greeting.get_number('worker'))}
        for kind, number, data in received:
            if kind == frames.ELEMENT:
                self.elements.append((number, data))
            else:
                self.handle(kind, number)
        self.pipe.write(make_frame(frames.HELLO, 0, frames.make_dictionary({
            'version': make_variant(frames.VERSION.to_bytes(4, 'little'), b'u'),
            'host': make_variant(make_text(os.uname().nodename), b's'),
            'pid': make_variant(os.getpid().to_bytes(8, 'little'), b'x'),
        })))
        return greeting

    def fail(self, number, error):
        """Tells an exception. One that comes of nobody being there is not told."""
        if self.is_cut:
            return
        cause = exceptions.dump(error, pickling.dump)
        message = frames.make_error('python', 0, exceptions.describe(error))
        self.pipe.write(make_frame(frames.CAUSE, number, cause + frames.BYTES_END) +
                        make_frame(frames.ERROR, number, message))

    def start(self, on_start, names):
        if on_start is None:
            return
        arguments = injection.select(names, self.arguments)
        resources = injection.check_resources(on_start(**arguments))
        self.arguments = {**resources, **self.arguments}

    def end(self, on_done, names):
        if on_done is None:
            return
        available = {**self.arguments, 'stage_status': StageStatus()}
        try:
            on_done(**injection.select(names, available))
        except BaseException as error: # pylint: disable=broad-except
            self.fail(0, error)

    def inject(self, function, names):
        """Makes a function of the element alone of one that may ask for more by name."""
        if len(names) < 2:
            return function
        arguments = injection.select(names, self.arguments)
        if 'element_index' in names:
            def call(element):
                return function(element, element_index=frames.get_path(self.payload), **arguments)
            return call
        return (lambda element: function(element, **arguments)) if arguments else function

    def make_answer(self, operation, function):
        """Makes what calls the function with an element, and returns an answer's payload."""
        dump, truth, lie = pickling.dump, make_variant(b'\1', b'b'), make_variant(b'\0', b'b')
        if operation == 'map':
            return lambda element, number: dump(function(element)) + frames.BYTES_END
        if operation == 'filter':
            return lambda element, number: truth if function(element) else lie

        def do_each(element, _number):
            function(element)
            return b''

        def do_flat_map(element, number):
            for item in function(element):
                self.emit(number, item)
            return b''
        return do_each if operation == 'each' else do_flat_map

    def emit(self, number, item):
        self.pipe.write(make_frame(frames.EMIT, number, pickling.dump(item) + frames.BYTES_END))
        if self.is_stepwise:
            self.step()
        if self.is_cut:
            raise KeyboardInterrupt

    def process(self, answer):
        """Answers elements, until there are no more."""
        popleft, write, pack = self.elements.popleft, self.pipe.write, frames.HEADER.pack
        load, get_bytes, kind = pickling.load, frames.get_bytes, frames.ANSWER
        while not self.is_cut:
            n_reads = self.n_reads
            try:
                number, self.payload = popleft()
            except IndexError:
                if self.has_all:
                    break
                self.pull(n_reads)
                continue
            try:
                self.is_interruptible = True
                payload = answer(load(get_bytes(self.payload)), number)
                self.is_interruptible = False
            except BaseException as error: # pylint: disable=broad-except
                self.is_interruptible = False
                self.fail(number, error)
            else:
                write(pack(len(payload), kind, number) + payload)

    def run(self):
        """Returns the exit status."""
        greeting = self.greet()
        _signal.signal(_signal.SIGINT, self.interrupt)
        _thread.start_new_thread(self.watch, ())
        try:
            self.is_interruptible = True
            function, on_start, on_done = greeting.load_functions()
            self.start(*on_start)
            self.is_interruptible = False
        except BaseException as error: # pylint: disable=broad-except
            self.is_interruptible = False
            self.fail(0, error)
            return 1

        self.pipe.write(make_frame(frames.READY))
        try:
            self.process(self.make_answer(greeting.operation, self.inject(*function)))
        except KeyboardInterrupt:
            pass # it came when the function had just returned
        self.end(*on_done)
        if not self.is_cut:
            self.pipe.write(make_frame(frames.END))
        return 0


def serve():
    worker = Worker()
    try:
        return worker.run()
    except Refusal as error:
        worker.pipe.write(make_frame(frames.ERROR, 0, frames.make_error('python', 0, str(error))))
        return 1
