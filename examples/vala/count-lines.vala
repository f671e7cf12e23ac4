// SPDX-FileCopyrightText: 2026 The pypeln-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Counts the lines and words of the text files below a directory, by the suffix of their names.
//
// Worker threads read the files. What they have counted is added up in the main loop, which shows
// progress meanwhile.

const uint MAXSIZE = 256;
const uint PROGRESS_INTERVAL = 100;

class Counts : Object {
    public string suffix;
    public uint64 files = 1;
    public uint64 lines;
    public uint64 words;
    public uint64 bytes;

    public Counts (string suffix) {
        this.suffix = suffix;
    }

    public void add (Counts other) {
        files += other.files;
        lines += other.lines;
        words += other.words;
        bytes += other.bytes;
    }
}

class Counter : Object {
    // Of the main loop alone.
    private HashTable<string, Counts> totals = new HashTable<string, Counts> (str_hash, str_equal);
    private Cancellable cancellable = new Cancellable ();
    private uint n_files;
    private uint n_failed;

    private static bool is_terminal () {
        return Posix.isatty (Posix.STDERR_FILENO);
    }

    private static string get_suffix (File file) {
        string name = file.get_basename ();
        int dot = name.last_index_of_char ('.');
        return dot > 0 ? name.substring (dot) : "(none)";
    }

    // Runs in the worker threads. Returns null if the file is no text.
    private static Counts? count (File file, Cancellable cancellable) throws Error {
        var counts = new Counts (get_suffix (file));
        var stream = file.read (cancellable);
        var buffer = new uint8[64 * 1024];
        bool in_word = false;
        ssize_t n_read;

        while ((n_read = stream.read (buffer, cancellable)) > 0) {
            for (ssize_t i = 0; i < n_read; i++) {
                char c = (char) buffer[i];
                if (c == '\0')
                    return null;
                if (c == '\n')
                    counts.lines++;
                if (!c.isspace () && !in_word)
                    counts.words++;
                in_word = !c.isspace ();
            }
            counts.bytes += n_read;
        }
        return counts;
    }

    // The last stage is of the task kind, so its function runs in the main loop and needs no lock.
    private Pl.Stage make_pipeline (File directory, uint workers) {
        var walk = new Pl.Source.for_children (directory, true);
        walk.name = "walk";

        var select = Pl.thread_filter (walk, (element, out keep, worker) => {
            var file = (File) element.get_object ();
            var type = file.query_file_type (FileQueryInfoFlags.NOFOLLOW_SYMLINKS);
            keep = type == FileType.REGULAR;
            return true;
        });
        select.name = "select";

        var counted = Pl.thread_map (select, (element, out result, worker) => {
            result = Value (typeof (Counts));
            result.set_object (count ((File) element.get_object (), worker.get_cancellable ()));
            return true;
        });
        counted.name = "count";
        counted.workers = workers;
        counted.maxsize = MAXSIZE;
        counted.error_policy = Pl.ErrorPolicy.SKIP;
        counted.skipped.connect ((element, error) => {
            clear_progress ();
            printerr ("%s: %s\n", ((File) element.get_object ()).get_path (), error.message);
            n_failed++;
        });

        var added = Pl.sync_each (counted, (element, worker) => {
            add ((Counts?) element.get_object ());
            return true;
        });
        added.name = "add";
        added.kind = Pl.WorkerKind.TASK;
        return added;
    }

    private void add (Counts? counts) {
        if (counts == null)
            return;

        var total = totals[counts.suffix];
        if (total == null)
            totals[counts.suffix] = counts;
        else
            total.add (counts);
        n_files++;
    }

    private void show_progress () {
        if (is_terminal ())
            printerr ("\r\033[K%u files", n_files);
    }

    private void clear_progress () {
        if (is_terminal ())
            printerr ("\r\033[K");
    }

    private void print_totals () {
        var sum = new Counts ("all");
        var list = totals.get_values ();

        list.sort ((a, b) => {
            return a.lines == b.lines ? strcmp (a.suffix, b.suffix) : (a.lines < b.lines ? 1 : -1);
        });
        print ("%10s %10s %10s %12s\n", "files", "lines", "words", "bytes");
        sum.files = 0;
        foreach (unowned var counts in list) {
            print_counts (counts);
            sum.add (counts);
        }
        print_counts (sum);
    }

    private void print_counts (Counts counts) {
        print ("%10s %10s %10s %12s  %s\n", counts.files.to_string (), counts.lines.to_string (),
               counts.words.to_string (), counts.bytes.to_string (), counts.suffix);
    }

    // Returns the exit status.
    public async int run (File directory, uint workers) {
        var added = make_pipeline (directory, workers);
        uint progress = Timeout.add (PROGRESS_INTERVAL, () => {
            show_progress ();
            return Source.CONTINUE;
        });
        uint interrupt = Unix.signal_add (Posix.Signal.INT, () => {
            cancellable.cancel ();
            return Source.CONTINUE;
        });
        int status = 0;

        try {
            yield added.run_async (cancellable);
        } catch (IOError.CANCELLED error) {
            status = 130;
        } catch (Error error) {
            clear_progress ();
            printerr ("%s\n", error.message);
            return 1;
        } finally {
            Source.remove (progress);
            Source.remove (interrupt);
        }

        clear_progress ();
        print_totals ();
        if (status == 130)
            printerr ("Interrupted\n");
        else if (n_failed > 0)
            status = 1;
        return status;
    }
}

static int n_workers = 0;

const OptionEntry[] OPTIONS = {
    { "workers", 'w', OptionFlags.NONE, OptionArg.INT, ref n_workers, "Threads that read files",
      "N" },
    { null }
};

static int main (string[] args) {
    var context = new OptionContext ("[DIRECTORY]");
    var loop = new MainLoop ();
    int status = 0;

    Intl.setlocale ();
    n_workers = (int) get_num_processors ();
    context.add_main_entries (OPTIONS, null);
    context.set_summary ("Counts the lines and words of all text files of a tree.");
    try {
        context.parse (ref args);
        if (args.length > 2 || n_workers < 1)
            throw new OptionError.FAILED ("Give one directory, and at least 1 worker.");
    } catch (OptionError error) {
        printerr ("%s\n", error.message);
        return 2;
    }

    var directory = File.new_for_commandline_arg (args.length > 1 ? args[1] : ".");
    var counter = new Counter ();
    counter.run.begin (directory, n_workers, (object, result) => {
        status = counter.run.end (result);
        loop.quit ();
    });
    loop.run ();
    return status;
}
