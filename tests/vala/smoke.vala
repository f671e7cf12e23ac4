// SPDX-FileCopyrightText: 2026 The pypeln-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// What a Vala program can do with the generated binding.

static int sum (Pl.Stage stage) throws Error {
    var iterator = stage.iterate ();
    int total = 0;
    Value value;
    while (iterator.next (out value, null))
        total += value.get_int ();
    return total;
}

static Pl.Stage add1 (Pl.Stage input) {
    return Pl.thread_map (input, (element, out result, worker) => {
        result = Value (typeof (int));
        result.set_int (element.get_int () + 1);
        return true;
    });
}

static void test_lambdas () {
    try {
        var added = add1 (new Pl.Source.range (0, 10));
        added.workers = 3;
        var odd = Pl.sync_filter (added, (element, out keep, worker) => {
            keep = element.get_int () % 2 == 1;
            return true;
        });
        assert (sum (odd) == 25);
    } catch (Error error) {
        assert_not_reached ();
    }
}

static void test_error_of_a_lambda () {
    var failing = Pl.thread_each (new Pl.Source.range (0, 10), (element, worker) => {
        throw new IOError.NO_SPACE ("no space");
    });
    try {
        failing.run (null);
        assert_not_reached ();
    } catch (Error error) {
        assert (error is IOError.NO_SPACE);
        assert (error.message.has_prefix ("stage “each” (thread each, worker 0"));
    }
}

static void test_yield () {
    var loop = new MainLoop ();
    run_async.begin ((object, result) => {
        run_async.end (result);
        loop.quit ();
    });
    loop.run ();
}

static async void run_async () {
    try {
        assert (yield add1 (new Pl.Source.range (0, 10)).run_async (null));
        var values = yield add1 (new Pl.Source.range (0, 10)).collect_async (null);
        assert (values.length == 10);
        for (int i = 0; i < 10; i++)
            assert (values.index (i).get_int () == i + 1);
    } catch (Error error) {
        assert_not_reached ();
    }
}

static int main (string[] args) {
    Test.init (ref args);
    Test.add_func ("/smoke/lambdas", test_lambdas);
    Test.add_func ("/smoke/error-of-a-lambda", test_error_of_a_lambda);
    Test.add_func ("/smoke/yield", test_yield);
    return Test.run ();
}
