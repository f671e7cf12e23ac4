# SPDX-FileCopyrightText: 2026 The pypeln-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a worker process in Python does: it takes elements, calls the user's function with them, and
answers.

The function runs on the main thread. Another thread reads, also while the function computes: it
answers PING, gives back elements that have not begun, and learns that nobody is there any more.
Then it interrupts the function, and ends the process if that does not return.

Whatever is imported in here makes each worker start later.
"""

import _signal # signal makes enums of it all, which takes as long as the rest
import _thread
import os
import sys
from _queue import Empty, SimpleQueue

import exceptions
import frames
import injection
import pickling
from frames import make_frame, make_text, make_variant

# What worker.py makes forgotten.
MODULES = ('serving', 'exceptions', 'frames', 'injection', 'pickling')

OPERATIONS = ('map', 'filter', 'each', 'flat_map')
CHUNK = 1 << 16

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
        """Waits for something to read, as long as that may take. Returns False if it took longer."""
        if self.silence == 0:
            return True
        import select # pylint: disable=import-outside-toplevel

        poll = select.poll()
        poll.register(self.in_fd, select.POLLIN)
        return any(poll.poll(self.silence / LOOKS_PER_SILENCE + 1)
                   for _ in range(LOOKS_PER_SILENCE + 1))

    def read(self):
        """Reads more. Returns False at the end."""
        chunk = os.read(self.in_fd, CHUNK) if self.wait() else b''
        self.data = self.data + chunk if self.data else chunk
        return bool(chunk)

    def read_rest(self, size):
        """Reads what is missing of a frame of this size, which is more than a chunk."""
        whole = bytearray(size)
        view = memoryview(whole)
        n_read = len(self.data)
        whole[:n_read] = self.data
        while n_read < size:
            n_more = os.readv(self.in_fd, [view[n_read:]]) if self.wait() else 0
            if n_more == 0:
                return False
            n_read += n_more
        view.release()
        self.data = bytes(whole)
        return True

    def frames(self):
        """A generator of all frames, as what they are, id, and payload."""
        unpack, header_size = frames.HEADER.unpack_from, frames.HEADER.size
        while self.read():
            data, at, end = self.data, 0, len(self.data)
            while end - at >= header_size:
                size, kind, number = unpack(data, at)
                begin = at + header_size
                if begin + size > end:
                    if begin + size - end > CHUNK:
                        self.data = data[at:]
                        if not self.read_rest(header_size + size):
                            return
                        yield kind, number, self.data[header_size:]
                        data, at, end = b'', 0, 0
                    break
                at = begin + size
                yield kind, number, data[begin:at]
            self.data = data[at:]


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
        """Returns the functions, with the names of the parameters of each."""
        data, _ = self.items['data']
        data = pickling.load(data)
        sys.path[:] = data['path']
        return pickling.load(data['functions'])


class Worker:
    def __init__(self):
        self.pipe = Pipe()
        self.elements = SimpleQueue() # of ids and payloads; None: there will be no more
        self.steps = SimpleQueue() # whether to go on, for each EMIT that is answered
        self.main_thread = _thread.get_ident()
        self.grace = 0
        self.is_stepwise = False
        self.is_cut = False # nobody is there who wants more
        self.is_interruptible = False
        self.payload = b'' # of the element in hand
        self.arguments = {}

    # The thread that reads

    def read(self, received):
        put = self.elements.put
        try:
            for kind, number, payload in received:
                if kind == frames.ELEMENT:
                    put((number, payload))
                elif not self.handle(kind, number):
                    break
        finally:
            self.cut()

    def handle(self, kind, number):
        """Does what the program says beside elements. Returns False if it does not say such."""
        if kind == frames.PING:
            self.pipe.write(make_frame(frames.PONG, number))
        elif kind == frames.GO:
            self.steps.put(True)
        elif kind == frames.RECALL:
            self.give_back()
        elif kind == frames.END:
            self.elements.put(None)
        else:
            return False
        return True

    def give_back(self):
        """Gives back the elements that have not begun."""
        items = []
        try:
            while True:
                items.append(self.elements.get_nowait())
        except Empty:
            pass
        numbers = [item[0] for item in items if item is not None]
        if len(numbers) < len(items):
            self.elements.put(None)
        payload = b''.join([number.to_bytes(8, 'little') for number in numbers])
        self.pipe.write(make_frame(frames.RETURNED, 0, payload))

    def cut(self):
        """Nobody is there any more: has the function stop, and does not wait for it for long."""
        self.is_cut = True
        self.elements.put(None)
        self.steps.put(False)
        _signal.pthread_kill(self.main_thread, _signal.SIGINT)
        wait = _thread.allocate_lock()
        wait.acquire()
        wait.acquire(timeout=self.grace / 1000)
        os._exit(1)

    # The main thread

    def interrupt(self, _number, _frame):
        """The handler of SIGINT, which nobody else sends: a worker is in a group of its own."""
        if self.is_interruptible:
            raise KeyboardInterrupt

    def greet(self, received):
        kind, _, payload = next(received, (None, 0, b''))
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
        if self.is_stepwise and not self.steps.get():
            raise KeyboardInterrupt

    def process(self, answer):
        """Answers elements, until there are no more."""
        get, write, pack = self.elements.get, self.pipe.write, frames.HEADER.pack
        loads, split, kind = pickling.load, frames.split_element, frames.ANSWER
        while (item := get()) is not None and not self.is_cut:
            number, self.payload = item
            try:
                self.is_interruptible = True
                begin, tail = split(self.payload)
                payload = answer(loads(self.payload[begin:-tail]), number)
                self.is_interruptible = False
            except BaseException as error: # pylint: disable=broad-except
                self.is_interruptible = False
                self.fail(number, error)
            else:
                write(pack(len(payload), kind, number) + payload)

    def run(self, received):
        """Returns the exit status."""
        greeting = self.greet(received)
        _signal.signal(_signal.SIGINT, self.interrupt)
        _thread.start_new_thread(self.read, (received,))
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
    received = worker.pipe.frames()
    try:
        return worker.run(received)
    except Refusal as error:
        worker.pipe.write(make_frame(frames.ERROR, 0, frames.make_error('python', 0, str(error))))
        return 1
