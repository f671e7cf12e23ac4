// SPDX-FileCopyrightText: 2026 The pypeln-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// A program that awaits a run at its top, and prints what is skipped.

import Pl from 'gi://Pl?version=1';

const odd = async x => {
    if (x % 2 === 1)
        throw new Error('odd');
};
const onSkipped = (x, error) => print(`${x}: ${error.message}`);

await Pl.task.map(odd, [1, 2, 3], {errorPolicy: 'skip', onSkipped}).run();
