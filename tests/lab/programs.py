# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Programs that use a mount, run in a host by its Python, and note there what became of each try."""

from __future__ import annotations

ACKS, ERRORS = "/run/user/acks", "/run/user/errors"
"""Where they note the numbers of what was acknowledged, and what failed."""

OPENED = "/run/opens.json"
"""Where ``opener`` tells what it saw."""


def _numbered(before, one):
    """A program that does ``one`` again and again, with a number that counts what was done. before: what it does once. Its argument is the file."""
    indented = "\n".join(f"        {line}" for line in one.strip().splitlines())
    return f"""
import os, sys, time
acks, errors = open("{ACKS}", "a", buffering=1), open("{ERRORS}", "a", buffering=1)
target, number = sys.argv[1], 0
{before}
while True:
    try:
{indented}
        acks.write("%07d\\n" % number)
        number += 1
    except (OSError, AssertionError) as error:
        errors.write(f"{{number}}: {{error}}\\n")
    time.sleep(0.02)
"""


WRITER = _numbered(
    'held = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_APPEND) if "held" in sys.argv else None',
    """
file = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_APPEND) if held is None else held
os.write(file, b"%07d\\n" % number)
os.fsync(file)
if held is None:
    os.close(file)
""",
)
"""Appends numbered blocks, each with an fsync. With "held" it keeps the file open, else it opens it for each."""

WRITER_AT_OFFSETS = _numbered(
    "device = os.open(target, os.O_WRONLY)",
    """
os.pwrite(device, (b"%07d\\n" % number) * 64, 512 * (number % 4096))
os.fsync(device)
""",
)
"""The same for a block device: a sector for each number."""

READER = _numbered("", 'assert open(target).read() == "seed\\n"')

_OPENER = """
import json, os, signal, time
path = "{path}/opened"
open(path, "w").write("kept open")
held = open(path)
count, failed, longest, going = 0, [], 0.0, True
def stop(*_):
    global going
    going = False
signal.signal(signal.SIGTERM, stop)
print("ready")
due = last = time.monotonic()
while going:
    try:
        os.close(os.open(path, os.O_RDONLY))
        longest, last = max(longest, time.monotonic() - last), time.monotonic()
    except OSError as error:
        failed.append(str(error))
    count += 1
    due += 1 / {rate}
    time.sleep(max(0.0, due - time.monotonic()))
held.seek(0)
json.dump(dict(count=count, failed=failed, longest=longest, held=held.read()), open("{file}", "w"))
held.close()
time.sleep(60)
"""


def opener(path, rate):
    """A program that opens a file below ``path`` so often a second, until it is asked to end, and then tells in OPENED what became of that."""
    return _OPENER.replace("{path}", path).replace("{rate}", str(rate)).replace("{file}", OPENED)
