# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which files are on a brick, wherever it is: seen through a client that has this brick alone."""

from __future__ import annotations

import ast
import contextlib
import os
import re
import shutil
import stat
import tempfile
from typing import Iterator, NamedTuple, Sequence

from .._host import mountinfo
from .._host.files import read_text
from .._host.process import Run, child
from . import cli as commands
from .cli import Cli, ClusterError
from .volume import Brick

_CONNECT_SECONDS = 30.0
_LOOK_SECONDS = 600.0
_BARE = "not mounted"
"""A file below the mount point, to tell a brick without files from nothing mounted."""

_CLIENT = re.compile(r"^volume .*?^end-volume$", re.DOTALL | re.MULTILINE)


def client_of(volfile: str, brick: Brick) -> str:
    """The part of a volume's volfile that is the client of ``brick``. It holds a password. Raises ClusterError where there is none."""
    for block in map(str, _CLIENT.findall(volfile)):
        options = dict(re.findall(r"^\s*option (\S+) (.*?)\s*$", block, re.MULTILINE))
        seen = options.get("remote-host", "").lower(), options.get("remote-subvolume", "")
        if "type protocol/client" in block and seen == brick.key:
            return block + "\n"
    raise ClusterError(f"the volume's volfile has no client for the brick {brick}")


def files(cli: Cli, volume: str, brick: Brick) -> list[str]:
    """The files of the volume whose data is on ``brick``, as paths from its root; pointers to other bricks and directories are none.

    Raises ClusterError where it cannot be seen, for one where this host has no FUSE.
    """
    return _found(cli, volume, brick, "files")


def names(cli: Cli, volume: str, brick: Brick) -> list[str]:
    """The names in the root of ``brick``, each behind a slash. Raises ClusterError where they cannot be seen."""
    return _found(cli, volume, brick, "names")


def already_migrated(
    cli: Cli, volume: str, brick: Brick, other: Brick, paths: Sequence[str], timeout: float
) -> frozenset[str]:
    """Those of ``paths``, files on ``brick``, that are on their way to ``other`` and have arrived: the same file, whole and with all that belongs to it.

    A server that loses power between the last two steps of a move leaves a file at both ends, and gluster, which sees the new one, migrates no more.
    What could not be compared within ``timeout`` seconds is none of them. Raises ClusterError where one of the bricks cannot be seen.
    """
    # Bytes that are no text stand escaped in the names, as does the backslash by which one of these could be mistaken for another.
    plain = [path for path in paths if "\\" not in path]
    with _shown(cli, volume, brick) as here, _shown(cli, volume, other) as there:
        compared = map(ast.literal_eval, cli.run(child(_COMPARE, here, there, *plain), timeout).lines())
    return frozenset(path for path, old, new, equal in compared if equal and _arrived(File(*old), File(*new)))


_COMPARE = r"""
import errno, os, sys
here, there = sys.argv[1:3]
def told(file):
    found = os.lstat(file)
    more = [(name, os.getxattr(file, name)) for name in sorted(os.listxattr(file)) if name.startswith(("user.", "security."))]
    try:
        more.append(("acl", os.getxattr(file, "system.posix_acl_access")))
    except OSError as error:
        if error.errno != errno.ENODATA:
            raise
    return found.st_ino, found.st_mode, found.st_size, found.st_uid, found.st_gid, int(found.st_mtime), more
def equal(one, two):
    with open(one, "rb") as first, open(two, "rb") as second:
        while True:
            part = first.read(1 << 20)
            if part != second.read(1 << 20):
                return False
            if not part:
                return True
for path in sys.argv[3:]:
    old, new = here + path, there + path
    try:
        facts = told(old), told(new)
        os.write(1, (ascii((path, *facts, equal(old, new))) + "\n").encode())
    except OSError:
        continue
"""
"""What a child runs that compares files on two bricks: it can be given up where one of them hangs."""


class File(NamedTuple):
    """A file on a brick. inode: by which GlusterFS shows half of its gfid. mtime: in seconds. more: extended attributes, and the access ACL if it has one."""

    inode: int
    mode: int
    size: int
    uid: int
    gid: int
    mtime: int
    more: list[tuple[str, bytes]]


_ON_ITS_WAY = stat.S_ISGID | stat.S_ISVTX
"""By what a file is marked at its old place from the first step of its move to the last. Writes go to both places meanwhile."""


def _arrived(old: File, new: File) -> bool:
    """Whether ``new`` is what a move makes of ``old``, with every step done but the last, the taking away."""
    marked = stat.S_ISREG(old.mode) and old.mode & _ON_ITS_WAY == _ON_ITS_WAY
    return marked and old._replace(mode=old.mode & ~_ON_ITS_WAY) == new


def _found(cli: Cli, volume: str, brick: Brick, which: str) -> list[str]:
    """The files of a brick, or the names in its root, sorted."""
    found: list[str] = []
    with _shown(cli, volume, brick) as path:

        def missing() -> str:
            # It ends with an error too where a client removes what it is just coming to.
            found[:], why = _listed(cli, path, which)
            return why

        commands.wait(cli.clock, _CONNECT_SECONDS, f"the files of the brick {brick} to be read", missing)
    return found


_LIST = r"""
import errno, os, sys
top, which = os.fsencode(sys.argv[1]), sys.argv[2]
def pointer(entry):
    # GlusterFS' DHT_LINKFILE_MODE. The attribute tells it from a file of the same mode that a user has made.
    found = entry.stat(follow_symlinks=False)
    if found.st_mode != 0o101000 or found.st_size:
        return False
    try:
        return bool(os.getxattr(entry.path, b"trusted.glusterfs.dht.linkto", follow_symlinks=False))
    except OSError as error:
        if error.errno != errno.ENODATA:
            raise
        return False
folders = [top]
try:
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                if which == "files" and entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                elif which == "names" or not pointer(entry):
                    sys.stdout.buffer.write(entry.path[len(top):] + b"\0")
except OSError as error:
    sys.exit(f"{os.fsdecode(error.filename)}: {error.strerror}")
"""
"""What a child runs that lists a brick: it can be given up where that hangs."""


def _listed(cli: Cli, path: str, which: str) -> tuple[list[str], str]:
    """What is there, as paths from the mount point, and why that is not known."""
    done = cli.run(child(_LIST, path, which), _LOOK_SECONDS)
    found = sorted(done.stdout.split("\0")[:-1])
    if not done.ok:
        return [], done.why()
    return found, "its client shows nothing" if f"/{_BARE}" in found else ""


@contextlib.contextmanager
def _shown(cli: Cli, volume: str, brick: Brick) -> Iterator[str]:
    """A folder in which the files of ``brick`` are seen, and can be read. Raises ClusterError."""
    asked = cli.run(["gluster", "--mode=script", "system::", "getspec", volume], cli.timeout)
    if not asked.ok:
        raise ClusterError(f"gluster system:: getspec {volume}: {asked.why()}")
    with _mounted(cli.run, client_of(asked.stdout, brick), brick) as path:
        what = f"the brick {brick} to show its files"
        commands.wait(cli.clock, _CONNECT_SECONDS, what, lambda: _listed(cli, path, "names")[1])
        yield path


@contextlib.contextmanager
def _mounted(run: Run, volfile: str, brick: Brick) -> Iterator[str]:
    # The folder is the caller's alone, which guards the password.
    folder = os.path.realpath(tempfile.mkdtemp(prefix="evenkeel-brick-"))
    graph, log, path = (os.path.join(folder, name) for name in ("volfile", "log", "files"))
    try:
        os.mkdir(path)
        open(os.path.join(path, _BARE), "w", encoding="ascii").close()
        with open(graph, "w", encoding="utf-8") as file:
            file.write(volfile)
        argv = ["glusterfs", "-f", graph, "--read-only", "--acl", f"--log-file={log}", path]
        done = run(argv, _CONNECT_SECONDS)
        if not done.ok:
            raise ClusterError(
                f"cannot look at the files of the brick {brick}: {done.why()}; see that this host has /dev/fuse"
            )
        yield path
    finally:
        run(["umount", "-l", path], _CONNECT_SECONDS)
        there = mountinfo.at(mountinfo.parse(read_text("/proc/self/mountinfo")), path)
        # Never into a brick.
        if there is None:
            shutil.rmtree(folder)
