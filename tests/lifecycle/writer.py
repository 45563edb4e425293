# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs on a node, as a program that knows nothing of Gluster: writes new files, appends to one that stays open, writes over old ones, renames,
reads back, removes. Ends by SIGTERM, reads all of it once more, and prints what it did and what went wrong.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sys
import time

KEPT = 200
"""Files that stay when it tidies up, so that a heal is about changes and not about how long the test has run."""

MOST = 300
"""Files at which it tidies up, some every ten seconds. glusterd commits no removal of bricks by a pass during which a file was removed."""

PAUSE = 0.05
"""Seconds between two rounds: the client writes all the time, and the machine has two cores for all hosts."""


def block(seed, size):
    return (hashlib.sha256(str(seed).encode()).digest() * (size // 32 + 1))[:size]


class Writing:
    def __init__(self, folder):
        self.folder = folder
        self.sums = {}
        self.errors = []
        self.rounds = 0
        self.longest = 0.0
        self.journal = b""
        os.makedirs(folder, exist_ok=True)

    def write(self, name, data):
        with open(name, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        self.sums[name] = hashlib.sha256(data).hexdigest()

    def is_whole(self, name):
        with open(name, "rb") as file:
            return hashlib.sha256(file.read()).hexdigest() == self.sums[name]

    def round(self, number, journal):
        name = os.path.join(self.folder, f"file-{number}")
        self.write(name, block(number, number * 997 % 65536))
        line = b"%d\n" % number
        journal.write(line)
        journal.flush()
        self.journal += line
        old = os.path.join(self.folder, f"file-{number - KEPT // 2}")
        if number % 3 == 0 and old in self.sums:
            self.write(old, block(number, 4096))
        if number % 5 == 0 and name in self.sums:
            os.rename(name, name + ".renamed")
            self.sums[name + ".renamed"] = self.sums.pop(name)
        if old in self.sums and not self.is_whole(old):
            self.errors.append(f"{old} was read other than it was written")
        if len(self.sums) > MOST:
            for first in list(self.sums)[:-KEPT]:
                os.remove(first)
                del self.sums[first]

    def run(self, asked_to_end):
        with open(os.path.join(self.folder, "journal"), "wb") as journal:
            while not asked_to_end:
                begun = time.monotonic()
                try:
                    self.round(self.rounds, journal)
                except OSError as error:
                    self.errors.append(f"{time.strftime('%H:%M:%S')} {error}")
                self.rounds += 1
                self.longest = max(self.longest, time.monotonic() - begun)
                time.sleep(PAUSE)

    def report(self):
        lost = [name for name in self.sums if not self.is_whole(name)]
        with open(os.path.join(self.folder, "journal"), "rb") as journal:
            lost += ["journal"] if journal.read() != self.journal else []
        return {
            "rounds": self.rounds,
            "files": len(self.sums),
            "longest_seconds": round(self.longest, 1),
            "errors": self.errors[:20],
            "lost": lost[:20],
        }


def main():
    ends = []
    signal.signal(signal.SIGTERM, lambda *_about: ends.append(True))
    writing = Writing(os.path.join(sys.argv[1], "written"))
    print(os.getpid())
    writing.run(ends)
    print(json.dumps(writing.report()))


main()
