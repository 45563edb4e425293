# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A bounded look at a path that may hang: the proof that a mount is real, and what ails one that is not.

A file system call on a hung mount can sleep uninterruptibly, and whoever made it cannot even be killed. So every look is made by a child process
that is given up, never waited on, when its time is over. It writes each answer to a file as it comes, so that one that hangs still says where. While
one that was given up hangs there still, that is the answer, and no other joins it (see stuck).

A mount is looked at by a descriptor of it, so that what hangs on the way there, where others may mount or put links, is told from what hangs on it.
"""

from __future__ import annotations

import ast
import errno
import os
import threading
from contextlib import contextmanager, suppress
from typing import Any, Iterator, NamedTuple

from .._gluster.client import file_name
from .._gluster.volfile import Volfile, parse
from .._host.process import Run, child
from .._host.stuck import NOBODY, Stuck

ROOT_INODE = 1
"""Inode number of the root of every FUSE mount (FUSE_ROOT_ID in linux/fuse.h)."""

AT_ONCE = 8
"""Looks that one process makes at the same time; others wait, and not out of their own time. Each starts an interpreter, of which a hundred at once keep two
processors busy for longer than a look may take: healthy mounts would read as hung."""
TURN_SECONDS = 0.5
"""How long a look counts as one of those. It has begun by then, after some 0.05 s, and one that hangs takes no processor: ten that hang hold up nobody."""
_turns = threading.Semaphore(AT_ONCE)
_parsing = threading.Lock()
"""One answer is read at a time: Python 3.11 counts how deep a literal is nested for all threads together, and ends in SystemError (seen on 3.11.7)."""

_CHILD = r"""
import errno, itertools, os, stat, sys
path = sys.argv[2]
def reach():
    # To a copy of the mount that nobody sees: who unmounts the mount meanwhile is not told that it is in use, but within a system call. The id of the mount.
    # None of these calls asks the file system itself.
    global path
    there, libc = os.fsencode(path), None
    try:
        import ctypes
        libc, told = ctypes.CDLL(None), ctypes.create_string_buffer(256)
    except ImportError:
        pass
    number, copy = 0, -1
    for _once_more in range(3):
        number = mount_id(libc, there, told) if libc else 0
        copy = clone(libc, -100, there) if number else -1
        if copy < 0 or mount_id(libc, there, told) == number:
            break
        os.close(copy)  # another one was mounted or unmounted in between
        copy = -1
    if copy < 0:
        mounted = os.open(there, os.O_PATH | os.O_DIRECTORY)
        with open("/proc/self/fdinfo/%d" % mounted, "rb") as file:
            number = int(next((line.split()[1] for line in file if line.startswith(b"mnt_id:")), 0))
        copy = clone(libc, mounted, b"") if libc else -1
        if copy < 0:
            copy = mounted
        else:
            os.close(mounted)
    path = "/proc/self/fd/%d" % copy
    return number
def clone(libc, folder, name):
    # open_tree(2) of Linux 5.2 with OPEN_TREE_CLONE, AT_NO_AUTOMOUNT and AT_EMPTY_PATH.
    return libc.syscall(428, folder, name, 0x1801 | os.O_CLOEXEC)
def mount_id(libc, there, told):
    # statx(2) with STATX_MNT_ID of Linux 5.8, AT_NO_AUTOMOUNT and AT_STATX_DONT_SYNC; 0 where it does not tell.
    failed = not hasattr(libc, "statx") or libc.statx(-100, there, 0x4800, 0x1000, told)
    known = int.from_bytes(told[:4], sys.byteorder) & 0x1000
    return int.from_bytes(told[144:152], sys.byteorder) if known and not failed else 0
def say(step, call):
    try:
        answer, code = call(), 0
    except OSError as error:
        answer, code = None, error.errno
    except (MemoryError, ValueError):
        answer, code = None, errno.EOVERFLOW
    rest = (ascii((step, code, answer)) + "\n").encode()
    while rest:
        rest = rest[os.write(1, rest):]
    return code
def read(*names, most=1 << 16):
    # What has no end, or is nonsense that its notation makes longer, is told apart from what is missing.
    with open(os.path.join(path, ".meta/graphs/active", *names), "rb") as file:
        content = file.read(most + 1)
    if len(content) > most or len(ascii(content)) > most + (most >> 2) + 100:
        raise OSError(errno.EOVERFLOW, "too long")
    return content.decode("utf-8", "surrogateescape")
def one_entry():
    with os.scandir(path) as entries:
        return next((entry.name for entry in entries), None)
def graph():
    with os.scandir(os.path.join(path, ".meta/graphs/active")) as entries:
        names = [entry.name for entry in itertools.islice(entries, 1 << 16)]
    volfile = read("volfile", most=16 << 20)
    clients = [name for name in names if "-client-" in name and read(name, "type").strip() == "protocol/client"]
    return [volfile, [name for name in clients if "connected = 1" in read(name, "private").splitlines()]]
def client():
    # A client answers this by itself (fuse_getxattr in fuse-bridge.c), unless it was started to ask the bricks for one of them.
    for name in ("security.capability", "security.selinux"):
        try:
            os.getxattr(path, name)
            return True
        except OSError as error:
            if error.errno != errno.ENOTCONN:
                return True
    return False
def kind():
    mode = os.lstat(path).st_mode
    return "directory" if stat.S_ISDIR(mode) else "other"
def mount_points():
    with open("/proc/self/mountinfo", "rb") as file:
        fields = [line.split(b" ") for line in file]
    return {words[4].decode("unicode_escape").encode("latin-1") for words in fields if len(words) > 4}
refused, last = "", False
def is_roots(folder, link):
    # Whether nobody but root, or whoever asks, can have put this link into this folder.
    mine, found = (0, os.geteuid()), os.stat(folder)
    sticky = found.st_mode & stat.S_ISVTX and os.lstat(link).st_uid in mine
    return found.st_uid in mine and (sticky or not found.st_mode & 0o022)
def resolved(path):
    global refused, last
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
            try:
                roots = is_roots(done, here)
            except OSError:
                roots = False
            refused = refused or ("" if roots else os.fsdecode(here))
            last = last or not any(rest)
            links, rest = links + 1, target.split(b"/") + rest
            done = b"/" if target.startswith(b"/") else done
    return os.fsdecode(done) if links < 40 else path
def brick():
    nearest = path
    while not os.path.lexists(nearest):
        nearest = os.path.dirname(nearest)
    return "trusted.gfid" in os.listxattr(nearest)
if sys.argv[1] == "mount":
    say("reach", reach)
    code = say("statvfs", lambda: os.statvfs(path).f_blocks)
    say("stat", lambda: os.stat(path).st_ino)
    say("entry", one_entry)
    say("graph", graph)
    if code == errno.ENOTCONN:
        say("client", client)
else:
    path = resolved(path)
    say("real", lambda: path)
    say("link", lambda: (refused, last))
    say("kind", kind)
    say("brick", brick)
"""
"""What the child runs: text, because it must start in milliseconds and import nothing that lies on a file system that could hang.

It answers in Python's own notation, since importing json would double the time it takes.
"""


_TOO_LONG = "what it shows as its graph has no end, or is none"


class Look(NamedTuple):
    """What a mounted path answered.

    hung: the step that gave no answer within the time limit, "" if all did; "reach" is the way to the mount, which it may know nothing of.
    errno: the first error, 0 if there was none; EACCES is no error but an answer (server.root-squash with a private root).
    inode: of the root, None where stat failed.
    volfile: what the client really serves, None where the mount did not tell.
    up: names of the client translators that are connected to their bricks.
    mount: id of the mount that was looked at, as in mountinfo; 0 where that is not known.
    odd: why what it shows of its graph is none, so that nothing is known of its bricks; "" if it is one, or none is shown.
    gone: whether no client serves it any more. One that lives and reaches no brick answers with the same error, but not to each question.
    """

    hung: str
    errno: int
    inode: int | None
    volfile: Volfile | None = None
    up: frozenset[str] = frozenset()
    mount: int = 0
    odd: str = ""
    gone: bool = False

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
    link: a symbolic link on the way that others than root may have put there, "" if there is none.
    is_link: whether the last part of the path is one.
    """

    real: str
    kind: str
    brick: bool
    link: str = ""
    is_link: bool = False


def check_mount(path: str, timeout: float, run: Run, stuck: Stuck = NOBODY, mount: int = 0) -> Look:
    """Ask the mount at ``path`` for statvfs, stat, one directory entry and its graph, within ``timeout`` seconds.

    mount: id of the mount that should be there, 0 for whichever is: a child that hangs on another one says nothing of it.
    """
    answers, hung = _ask("mount", path, timeout, run, stuck, ("reach", "statvfs", "stat", "entry", "graph"), mount)
    errors = [answers[step][0] for step in ("statvfs", "stat", "entry") if step in answers]
    real_errors = [error for error in errors if error not in (0, errno.EACCES)]
    code, graph = answers.get("graph", (0, None))
    shown, odd = _graph(graph[0]) if graph else (None, _TOO_LONG if code == errno.EOVERFLOW else "")
    return Look(
        hung=hung,
        errno=real_errors[0] if real_errors else 0,
        inode=answers.get("stat", (0, None))[1],
        volfile=shown,
        up=frozenset(graph[1]) if graph else frozenset(),
        mount=answers.get("reach", (0, 0))[1] or 0,
        odd=odd,
        gone=answers.get("client", (0, True))[1] is False,
    )


def hangs_still(path: str, mount: int, stuck: Stuck) -> bool:
    """Whether a look at this mount that was given up hangs there still, and keeps its file system in use by that."""
    return stuck.on(_name("mount", path)) in (0, mount)


def _name(what: str, path: str) -> str:
    """The file name that stands for children that look at ``path``."""
    return f"{file_name(path)}.{what}"


def _graph(text: str) -> tuple[Volfile | None, str]:
    """The graph that a mount shows, or why it is none."""
    try:
        return parse(text), ""
    except ValueError as error:
        return None, f"what it shows as its graph is none: {error}"


def place(path: str, timeout: float, run: Run, stuck: Stuck = NOBODY) -> Place:
    """Find out what ``path`` is, within ``timeout`` seconds, following symbolic links as mount(8) does, and telling those that should not be followed."""
    answers, hung = _ask("place", path, timeout, run, stuck, ("real", "kind", "brick"))
    if hung:
        return Place(answers["real"][1] if "real" in answers else "", "hung", False)
    code, kind = answers["kind"]
    link, is_link = answers.get("link", (0, ("", False)))[1]
    return Place(answers["real"][1], kind if not code else "missing", bool(answers["brick"][1]), link, is_link)


def _answer(line: str) -> tuple[str, int, Any] | None:
    """A line of the child's; None where it was cut, or is none for another reason."""
    try:
        with _parsing:
            step, code, answer = ast.literal_eval(line)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None
    return step, code, answer


@contextmanager
def _turn() -> Iterator[None]:
    """One of AT_ONCE turns, for TURN_SECONDS at most."""
    _turns.acquire()
    held = [_turns]

    def release() -> None:
        with suppress(IndexError):  # its time was over before
            held.pop().release()

    timer = threading.Timer(TURN_SECONDS, release)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        release()


def _ask(
    what: str, path: str, timeout: float, run: Run, stuck: Stuck, steps: tuple[str, ...], mount: int = 0
) -> tuple[dict[str, tuple[int, Any]], str]:
    """The child's answers by step, as (errno, answer), and the first step that has none. Raises OSError where the child itself fails."""
    name = _name(what, path)
    hangs_on = stuck.on(name)
    if hangs_on is not None and hangs_on in (0, mount):
        return ({steps[0]: (0, hangs_on)}, steps[1]) if hangs_on else ({}, steps[0])
    with _turn():
        done = run(child(_CHILD, what, path), timeout)
    answers = {step: (code, answer) for step, code, answer in filter(None, map(_answer, done.lines()))}
    missing = next((step for step in steps if step not in answers), "")
    if missing and done.rc is not None:
        raise OSError(f"looking at {path} failed: {done.why()}")
    if done.left:
        reached = answers.get("reach", (0, 0))[1]
        stuck.note(name, done.left, reached or 0)
    return answers, missing
