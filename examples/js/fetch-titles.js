#!/usr/bin/env -S gjs -m
// SPDX-FileCopyrightText: 2026 The pypeln-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Fetches web pages, many at once, and prints the title of each: gjs -m fetch-titles.js [URL…]
//
// Each page is an async function in the program's main loop, so that hundreds under way cost no
// threads. A page that cannot be fetched is tried again, and then skipped, as is one that takes too
// long. Without URLs it starts a server of its own, some of whose pages are missing or slow.

import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import Pl from 'gi://Pl?version=1';

Gio._promisify(Gio.SocketClient.prototype, 'connect_to_host_async', 'connect_to_host_finish');
Gio._promisify(Gio.OutputStream.prototype, 'write_bytes_async', 'write_bytes_finish');
Gio._promisify(Gio.InputStream.prototype, 'read_bytes_async', 'read_bytes_finish');
Gio._promisify(Gio.DataInputStream.prototype, 'read_line_async', 'read_line_finish_utf8');

const IN_FLIGHT = 100;
const TIMEOUT = 5000; // in milliseconds
const MAX_BYTES = 1 << 16; // a title stands near the beginning
const N_PAGES = 300;

async function fetch(url, {cancellable}) {
    const uri = GLib.Uri.parse(url, GLib.UriFlags.ENCODED);
    const [scheme, host, port] = [uri.get_scheme(), uri.get_host(), uri.get_port()];
    if (scheme !== 'http' || !host)
        throw new TypeError('This is no http:// URL');
    const path = `${uri.get_path() || '/'}${uri.get_query() ? `?${uri.get_query()}` : ''}`;

    const connection = await new Gio.SocketClient()
        .connect_to_host_async(host, port === -1 ? 80 : port, cancellable);
    try {
        const request = `GET ${path} HTTP/1.0\r\nHost: ${host}\r\n\r\n`;
        await connection.output_stream.write_bytes_async(new TextEncoder().encode(request),
            GLib.PRIORITY_DEFAULT, cancellable);

        const input = new Gio.DataInputStream({base_stream: connection.input_stream});
        const [status] = await input.read_line_async(GLib.PRIORITY_DEFAULT, cancellable);
        if (status?.split(' ')[1] !== '200')
            throw new Error(status?.trim() || 'The server says nothing');
        return {url, title: findTitle(await readAll(input, cancellable))};
    } finally {
        connection.close_async(GLib.PRIORITY_DEFAULT, null, null);
    }
}

async function readAll(input, cancellable) {
    const page = new Uint8Array(MAX_BYTES);
    let size = 0;
    for (let n = -1; n !== 0 && size < MAX_BYTES; size += n) {
        const bytes = await input.read_bytes_async(MAX_BYTES - size, GLib.PRIORITY_DEFAULT,
            cancellable);
        n = bytes.get_size();
        page.set(bytes.toArray(), size);
    }
    return new TextDecoder().decode(page.subarray(0, size));
}

function findTitle(page) {
    const [, title] = /<title\b[^>]*>(.*?)<\/title/is.exec(page) ?? [null, ''];
    return title.replace(/\s+/g, ' ').trim();
}

// A server to try it with

const sleep = ms => new Promise(resolve => GLib.timeout_add(GLib.PRIORITY_DEFAULT, ms, () => {
    resolve();
    return GLib.SOURCE_REMOVE;
}));

async function respond(connection) {
    const input = new Gio.DataInputStream({base_stream: connection.get_input_stream()});
    const [line] = await input.read_line_async(GLib.PRIORITY_DEFAULT, null);
    const number = Number(line.split(' ')[1].slice(1));
    if (number % 100 === 42)
        await new Promise(() => {}); // this one never comes
    await sleep(Math.random() * 500);
    const response = number % 50 === 13 ? 'HTTP/1.0 404 Not Found\r\n\r\n'
        : `HTTP/1.0 200 OK\r\n\r\n<title>Page ${number}</title>`;
    await connection.get_output_stream().write_bytes_async(new TextEncoder().encode(response),
        GLib.PRIORITY_DEFAULT, null);
    connection.close(null);
}

// Returns the server, and the URLs of its pages.
function startServer() {
    const server = new Gio.SocketService();
    server.set_backlog(N_PAGES);
    const port = server.add_any_inet_port(null);
    server.connect('incoming', (_server, connection) => {
        respond(connection).catch(logError);
        return true;
    });
    return [server, Array.from({length: N_PAGES}, (_, i) => `http://127.0.0.1:${port}/${i + 1}`)];
}

async function main() {
    const [server, urls] = ARGV.length > 0 ? [null, ARGV] : startServer();
    const begin = GLib.get_monotonic_time();
    let [nDone, nFailed] = [0, 0];

    const titles = Pl.task.map(fetch, urls, {
        name: 'fetch',
        workers: IN_FLIGHT,
        timeout: TIMEOUT,
        retries: 1,
        retryDelay: 100,
        errorPolicy: 'skip',
        onSkipped: (url, error) => {
            nFailed++;
            printerr(`${url}: ${error.message}`);
        },
    });

    for await (const {url, title} of titles) {
        print(`${url}\t${title}`);
        if (++nDone % 100 === 0)
            printerr(`${nDone} of ${urls.length}`);
    }

    server?.stop();
    const seconds = (GLib.get_monotonic_time() - begin) / 1e6;
    printerr(`${nDone} done, ${nFailed} failed, ${urls.length - nDone - nFailed} timed out, ` +
        `in ${seconds.toFixed(1)} s`);
}

const loop = new GLib.MainLoop(null, false);
main().catch(logError).finally(() => loop.quit());
loop.run();
