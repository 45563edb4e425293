# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A bounded look at a path that may hang: the proof that a mount is real, and what ails one that is not.

A file system call on a hung mount can sleep uninterruptibly, and whoever made it cannot even be killed. So every look is made by a child process
that is given up, never waited on, when its time is over. It writes each answer to a file as it comes, so that one that hangs still says where. While
one that was given up hangs there still, that is the answer, and no other joins it.
"""

from __future__ import annotations

import ast
import errno
import os
import signal
from typing import Any, NamedTuple

from .process import Run, child
from .volfile import Volfile, parse

ROOT_INODE = 1
"""Inode number of the root of every FUSE mount (FUSE_ROOT_ID in linux/fuse.h)."""

_CHILD = r"""
import os, stat, sys
path = sys.argv[2]
def say(step, call):
    try:
        answer, code = call(), 0
    except OSError as error:
        answer, code = None, error.errno
    rest = (ascii((step, code, answer)) + "\n").encode()
    while rest:
        rest = rest[os.write(1, rest):]
def read(*names):
    with open(os.path.join(path, ".meta/graphs/active", *names), encoding="utf-8", errors="surrogateescape") as file:
        return file.read()
def one_entry():
    with os.scandir(path) as entries:
        return next((entry.name for entry in entries), None)
def graph():
    clients = [name for name in os.listdir(os.path.join(path, ".meta/graphs/active"))
               if "-client-" in name and read(name, "type").strip() == "protocol/client"]
    return [read("volfile"), [name for name in clients if "connected = 1" in read(name, "private").splitlines()]]
def kind():
    mode = os.lstat(path).st_mode
    return "directory" if stat.S_ISDIR(mode) else "other"
def mount_points():
    with open("/proc/self/mountinfo", "rb") as file:
        return {line.split(b" ")[4].decode("unicode_escape").encode("latin-1") for line in file}
def resolved(path):
    # Not by os.path.realpath, which asks what is mounted there whether it is a link, and hangs where that does.
    mounted, links, done, rest = mount_points(), 0, b"/", os.fsencode(path).split(b"/")
    while rest and links < 40:
        name = rest.pop(0)
        if name == b"..":
            done = os.path.dirname(done)
        if name in (b"", b".", b".."):
            continue
        here, target = os.path.join(done, name), None
        if here not in mounted:
            try:
                target = os.readlink(here)
            except OSError:
                pass
        if target is None:
            done = here
        else:
            links, rest = links + 1, target.split(b"/") + rest
            done = b"/" if target.startswith(b"/") else done
    return os.fsdecode(done) if links < 40 else path
def brick():
    nearest = path
    while not os.path.lexists(nearest):
        nearest = os.path.dirname(nearest)
    return "trusted.gfid" in os.listxattr(nearest)
if sys.argv[1] == "mount":
    say("statvfs", lambda: os.statvfs(path).f_blocks)
    say("stat", lambda: os.stat(path).st_ino)
    say("entry", one_entry)
    say("graph", graph)
else:
    path = resolved(path)
    say("real", lambda: path)
    say("kind", kind)
    say("brick", brick)
"""
"""What the child runs: text, because it must start in milliseconds and import nothing that lies on a file system that could hang.

It answers in Python's own notation, since importing json would double the time it takes.
"""


_SIGKILL_PENDING = 1 << (signal.SIGKILL - 1)


class Look(NamedTuple):
    """What a mounted path answered.

    hung: the step that gave no answer within the time limit, "" if all did.
    errno: the first error, 0 if there was none; EACCES is no error but an answer (server.root-squash with a private root).
    inode: of the root, None where stat failed.
    volfile: what the client really serves, None where the mount did not tell.
    up: names of the client translators that are connected to their bricks.
    """

    hung: str
    errno: int
    inode: int | None
    volfile: Volfile | None = None
    up: frozenset[str] = frozenset()

    @property
    def answers(self) -> bool:
        """Whether this is the living root of a FUSE file system."""
        return not self.hung and not self.errno and self.inode == ROOT_INODE

    def why(self) -> str:
        """One line for a message: why this is no living mount."""
        if self.hung:
            return f"{self.hung} on the mount gives no answer"
        if self.errno:
            return f"the mount answers {errno.errorcode.get(self.errno, '?')}: {os.strerror(self.errno)}"
        return "the mount answers" if self.answers else f"inode {self.inode} is not the root of a mount"


class Place(NamedTuple):
    """What a path is before anything is mounted on it.

    real: the path without symbolic links, "" where finding that out hangs.
    kind: directory, other, missing or hung.
    brick: whether the directory, or the nearest one above that exists, is (in) a brick of a Gluster volume.
    """

    real: str
    kind: str
    brick: bool


def look(path: str, timeout: float, run: Run, proc: str = "/proc") -> Look:
    """Ask the mount at ``path`` for statvfs, stat, one directory entry and its graph, within ``timeout`` seconds."""
    answers, hung = _ask("mount", path, timeout, run, proc, ("statvfs", "stat", "entry", "graph"))
    errors = [answers[step][0] for step in ("statvfs", "stat", "entry") if step in answers]
    real_errors = [error for error in errors if error not in (0, errno.EACCES)]
    _errno, graph = answers.get("graph", (0, None))
    return Look(
        hung=hung,
        errno=real_errors[0] if real_errors else 0,
        inode=answers.get("stat", (0, None))[1],
        volfile=parse(graph[0]) if graph else None,
        up=frozenset(graph[1]) if graph else frozenset(),
    )


def place(path: str, timeout: float, run: Run, proc: str = "/proc") -> Place:
    """Find out what ``path`` is, within ``timeout`` seconds, following symbolic links as mount(8) does."""
    answers, hung = _ask("place", path, timeout, run, proc, ("real", "kind", "brick"))
    if hung:
        return Place(answers["real"][1] if "real" in answers else "", "hung", False)
    code, kind = answers["kind"]
    return Place(answers["real"][1], kind if not code else "missing", bool(answers["brick"][1]))


def _ask(
    what: str, path: str, timeout: float, run: Run, proc: str, steps: tuple[str, ...]
) -> tuple[dict[str, tuple[int, Any]], str]:
    """The child's answers by step, as (errno, answer), and the first step that has none. Raises OSError where the child itself fails."""
    asking = child(_CHILD, what, path)
    # Whichever interpreter runs it.
    if _hangs_still(asking[asking.index("-c") :], proc):
        return {}, steps[0]
    done = run(asking, timeout)
    answers = {step: (code, answer) for step, code, answer in map(ast.literal_eval, done.lines())}
    missing = next((step for step in steps if step not in answers), "")
    if missing and done.rc is not None:
        raise OSError(f"looking at {path} failed: {done.why()}")
    return answers, missing


def _hangs_still(asking: tuple[str, ...], proc: str) -> bool:
    """Whether a child that asked the same and was given up is there still: one that SIGKILL has not ended (proc_pid_status(5))."""
    end = b"".join(os.fsencode(word) + b"\0" for word in asking)
    for name in filter(str.isdigit, os.listdir(proc)):
        try:
            with open(f"{proc}/{name}/cmdline", "rb") as file:
                if not file.read().endswith(end):
                    continue
            with open(f"{proc}/{name}/status", encoding="utf-8", errors="replace") as text:
                pending = [int(line.split()[1], 16) for line in text if line.startswith(("SigPnd:", "ShdPnd:"))]
        except OSError:  # it has ended meanwhile
            continue
        if any(mask & _SIGKILL_PENDING for mask in pending):
            return True
    return False
