# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Programs that write to a mount, each in its own way, every 50 ms, and note how long each write took and what became of it."""

from __future__ import annotations

import textwrap
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

_LOG = "/run/writer-{name}.log"

_PROGRAM = """
import fcntl, mmap, os, sys, time
path, log = "{path}/{name}", open("{log}", "w", buffering=1)
{before}
print("ready", flush=True)
number = 0
while True:
    begun, error = time.monotonic(), 0
    log.write("%.3f " % begun)
    try:
{one}
    except OSError as failed:
        error = failed.errno
    log.write("%.3f %d\\n" % (time.monotonic() - begun, error))
    number += 1
    time.sleep(0.05)
"""

WRITERS = {
    "append and fsync": (
        "file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)",
        'os.write(file, b"%07d\\n" % number)\nos.fsync(file)',
    ),
    "mmap and msync": (
        "file = os.open(path, os.O_RDWR | os.O_CREAT)\nos.ftruncate(file, 65536)\nmapped = mmap.mmap(file, 65536)",
        'mapped[8 * (number % 4096) : 8 * (number % 4096) + 8] = b"%07d\\n" % number\nmapped.flush()',
    ),
    "O_DIRECT": (
        "file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_DIRECT)\nblock = mmap.mmap(-1, 4096)",
        "os.pwrite(file, block, 4096 * (number % 64))",
    ),
    "create and rename": (
        "",
        'new = os.open(path + ".new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)\n'
        'os.write(new, b"%07d\\n" % number)\nos.close(new)\nos.rename(path + ".new", path)',
    ),
    "fcntl lock": (
        "file = os.open(path, os.O_RDWR | os.O_CREAT)\nfcntl.lockf(file, fcntl.LOCK_EX)",
        'os.pwrite(file, b"%07d\\n" % number, 0)',
    ),
    "flock": (
        "file = os.open(path, os.O_RDWR | os.O_CREAT)\nfcntl.flock(file, fcntl.LOCK_EX)",
        'os.pwrite(file, b"%07d\\n" % number, 0)',
    ),
}
"""What each does once, and again and again."""

LOCKS = {"fcntl lock": "lockf", "flock": "flock"}


class Write(NamedTuple):
    """begun, seconds: on the clock that never goes back, which containers share with their machine. error: an errno, 0 for none, -1 where it has not ended."""

    begun: float
    seconds: float
    error: int


def _file(name):
    return name.replace(" ", "-")


@contextmanager
def writing(host, path, names=tuple(WRITERS)):
    """These programs write to ``path`` of a host meanwhile."""
    with ExitStack() as stack:
        for name in names:
            before, one = WRITERS[name]
            log = _LOG.format(name=_file(name))
            body = textwrap.indent(one, " " * 8)
            code = _PROGRAM.format(path=path, name=_file(name), log=log, before=before, one=body)
            stack.enter_context(host.in_background(code))
        yield


def written(host, name, now):
    """What a program has noted so far."""
    writes = []
    for line in host.run("cat", _LOG.format(name=_file(name))).splitlines():
        words = line.split()
        if len(words) == 3:
            writes.append(Write(float(words[0]), float(words[1]), int(words[2])))
        elif len(words) == 1:
            writes.append(Write(float(words[0]), now - float(words[0]), -1))
    return writes


_TAKE = """
import errno, fcntl, os, sys
file = os.open(sys.argv[1], os.O_RDWR)
try:
    getattr(fcntl, sys.argv[2])(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    print("lost")
except BlockingIOError:
    print("held")
except OSError as error:
    print(errno.errorcode[error.errno])
"""


def lock_owner(host, path, name):
    """Whether the lock of a program that holds one is still held, as another client of the volume, mounted at ``path``, sees it."""
    return host.python(_TAKE, f"{path}/{_file(name)}", LOCKS[name]).strip()
