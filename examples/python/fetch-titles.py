#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The pypeln-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Fetches web pages, many at once, and prints the title of each.

Each page is a coroutine on the program's event loop, so that hundreds under way cost no threads. A
page that cannot be fetched is tried again, and then skipped, as is one that takes too long. Without
URLs it starts a server of its own, some of whose pages are missing or slow.

    fetch-titles.py [--in-flight N] [--timeout SECONDS] [URL…]
"""

import argparse
import asyncio
import html
import random
import re
import sys
import time
from urllib.parse import urlsplit

import gi
gi.require_version('Pl', '1')
from gi.repository import Pl  # noqa: E402

MAX_BYTES = 1 << 16  # a title stands near the beginning
TITLE = re.compile(r'<title\b[^>]*>(.*?)</title', re.DOTALL | re.IGNORECASE)
N_PAGES = 300


async def fetch(url):
    """Returns a URL, and the title of its page."""
    parts = urlsplit(url)
    if parts.scheme != 'http' or not parts.hostname:
        raise ValueError('This is no http:// URL')
    path = (parts.path or '/') + (f'?{parts.query}' if parts.query else '')

    reader, writer = await asyncio.open_connection(parts.hostname, parts.port or 80)
    try:
        writer.write(f'GET {path} HTTP/1.0\r\nHost: {parts.netloc}\r\n\r\n'.encode())
        status = (await reader.readline()).split()
        if status[1:2] != [b'200']:
            raise LookupError(b' '.join(status[1:]).decode() or 'The server says nothing')
        page = b''
        while len(page) < MAX_BYTES and (data := await reader.read(MAX_BYTES)):
            page += data
    finally:
        writer.close()

    found = TITLE.search(page.decode(errors='replace'))
    return url, ' '.join(html.unescape(found[1]).split()) if found else ''


# A server to try it with

async def respond(reader, writer):
    number = int((await reader.readline()).split()[1].lstrip(b'/'))
    if number % 100 == 42:
        await asyncio.sleep(3600)  # this one never comes
    await asyncio.sleep(random.random() / 2)
    if number % 50 == 13:
        writer.write(b'HTTP/1.0 404 Not Found\r\n\r\n')
    else:
        writer.write(b'HTTP/1.0 200 OK\r\n\r\n<title>Page %d</title>' % number)
    await writer.drain()
    writer.close()


async def start_server():
    """Returns the URLs of its pages."""
    server = await asyncio.start_server(respond, '127.0.0.1', 0, backlog=N_PAGES)
    port = server.sockets[0].getsockname()[1]
    return server, [f'http://127.0.0.1:{port}/{number}' for number in range(1, N_PAGES + 1)]


class Progress:
    """A line on the terminal, and the totals at the end."""

    def __init__(self, n_urls):
        self.n_urls, self.n_done, self.n_failed = n_urls, 0, 0
        self.begin = time.monotonic()

    def show(self, text, file):
        is_terminal = sys.stderr.isatty()
        clear = '\r\033[K' if is_terminal else ''
        print(clear, end='', file=sys.stderr, flush=True)
        print(text, file=file, flush=True)
        if is_terminal:
            print(f'{self.n_done} of {self.n_urls}', end='', file=sys.stderr, flush=True)

    def done(self, url, title):
        self.n_done += 1
        self.show(f'{url}\t{title}', sys.stdout)

    def skipped(self, _stage, url, error):
        self.n_failed += 1
        self.show(f'{url}: {error.message}', sys.stderr)

    def end(self):
        n_late = self.n_urls - self.n_done - self.n_failed
        self.show(f'{self.n_done} done, {self.n_failed} failed, {n_late} timed out, '
                  f'in {time.monotonic() - self.begin:.1f} s', sys.stderr)


async def main(options):
    server, urls = (None, options.urls) if options.urls else await start_server()
    progress = Progress(len(urls))
    stage = Pl.task.map(fetch, urls, workers=options.in_flight, timeout=options.timeout,
                        retries=1, retry_delay=100, error_policy=Pl.ErrorPolicy.SKIP)
    stage.connect('skipped', progress.skipped)
    async for url, title in stage:
        progress.done(url, title)
    progress.end()
    if server is not None:
        server.close()


parser = argparse.ArgumentParser(description='Print the titles of web pages')
parser.add_argument('--in-flight', type=int, default=100, help='pages at once (%(default)s)')
parser.add_argument('--timeout', type=float, default=5, help='seconds for a page (%(default)s)')
parser.add_argument('urls', nargs='*', metavar='URL')
try:
    asyncio.run(main(parser.parse_args()))
except KeyboardInterrupt:
    sys.exit(130)
