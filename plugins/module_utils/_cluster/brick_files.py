# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which files are on a brick, on whichever host it is: a client mounts that brick alone, and a child process looks at the mount."""

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
from .._host.umount import umount
from . import cli as commands
from .cli import Cli, ClusterError
from .volume import Brick

_CONNECT_SECONDS = 30.0
_LOOK_SECONDS = 600.0
_BARE = "not mounted"
"""A file below the mount point, to tell a brick without files from nothing mounted."""

_CLIENT = re.compile(r"^volume .*?^end-volume$", re.DOTALL | re.MULTILINE)


def client_of(volfile: str, brick: Brick) -> str:
    """The block of a volume's volfile that is the client of ``brick``; it holds a password. Raises ClusterError where the volfile has none."""
    for block in map(str, _CLIENT.findall(volfile)):
        options = dict(re.findall(r"^\s*option (\S+) (.*?)\s*$", block, re.MULTILINE))
        address = options.get("remote-host", "").lower(), options.get("remote-subvolume", "")
        if "type protocol/client" in block and address == brick.key:
            return block + "\n"
    raise ClusterError(f"the volume's volfile has no client for the brick {brick}")


def files(cli: Cli, volume: str, brick: Brick) -> list[str]:
    """The files of the volume whose data is on ``brick``, as paths from its root, without directories and pointers to other bricks.

    Raises ClusterError where the brick cannot be mounted, as on a host without FUSE.
    """
    return _paths(cli, volume, brick, "files")


def names(cli: Cli, volume: str, brick: Brick) -> list[str]:
    """The names in the root of ``brick``, each behind a slash. Raises ClusterError where it cannot be mounted."""
    return _paths(cli, volume, brick, "names")


def already_migrated(
    cli: Cli, volume: str, brick: Brick, other: Brick, paths: Sequence[str], timeout: float
) -> frozenset[str]:
    """Those of ``paths``, files on ``brick``, that have arrived on ``other``: the same file, whole, with its attributes.

    A server that loses power between the last two steps of a move leaves the file on both bricks. gluster sees the new one and migrates no more.
    A file that could not be compared within ``timeout`` seconds does not count. Raises ClusterError where one of the bricks cannot be mounted.
    """
    # The names have bytes that are no text escaped, and the backslash too, so that a name with one may stand for another name.
    plain = [path for path in paths if "\\" not in path]
    with _shown(cli, volume, brick) as old_root, _shown(cli, volume, other) as new_root:
        compared = map(ast.literal_eval, cli.run(child(_COMPARE, old_root, new_root, *plain), timeout).lines())
    return frozenset(path for path, old, new, equal in compared if equal and _arrived(File(*old), File(*new)))


_COMPARE = r"""
import errno, os, sys
old_root, new_root = sys.argv[1:3]
def describe(file):
    status = os.lstat(file)
    more = [(name, os.getxattr(file, name)) for name in sorted(os.listxattr(file)) if name.startswith(("user.", "security."))]
    try:
        more.append(("acl", os.getxattr(file, "system.posix_acl_access")))
    except OSError as error:
        if error.errno != errno.ENODATA:
            raise
    return status.st_ino, status.st_mode, status.st_size, status.st_uid, status.st_gid, int(status.st_mtime), more
def equal(one, two):
    with open(one, "rb") as first, open(two, "rb") as second:
        while True:
            part = first.read(1 << 20)
            if part != second.read(1 << 20):
                return False
            if not part:
                return True
for path in sys.argv[3:]:
    old, new = old_root + path, new_root + path
    try:
        os.write(1, (ascii((path, describe(old), describe(new), equal(old, new))) + "\n").encode())
    except OSError:
        continue
"""
"""What a child runs to compare files on two bricks. The child is killed where a brick hangs."""


class File(NamedTuple):
    """A file on a brick. inode: half of its gfid, as GlusterFS makes it. mtime: in seconds. more: extended attributes, and the access ACL if it has one."""

    inode: int
    mode: int
    size: int
    uid: int
    gid: int
    mtime: int
    more: list[tuple[str, bytes]]


_ON_ITS_WAY = stat.S_ISGID | stat.S_ISVTX
"""The mode bits that mark a file at its old place during its move, while writes go to both places."""


def _arrived(old: File, new: File) -> bool:
    """Whether ``new`` is what a move makes of ``old`` by all of its steps but the last, which removes ``old``."""
    marked = stat.S_ISREG(old.mode) and old.mode & _ON_ITS_WAY == _ON_ITS_WAY
    return marked and old._replace(mode=old.mode & ~_ON_ITS_WAY) == new


def _paths(cli: Cli, volume: str, brick: Brick, which: str) -> list[str]:
    """The files of a brick (which: "files") or the names in its root ("names"), sorted."""
    paths: list[str] = []
    with _shown(cli, volume, brick) as path:

        def missing() -> str:
            # The child fails too where a client removes a directory that it comes to.
            paths[:], why = _listed(cli, path, which)
            return why

        commands.wait(cli.clock, _CONNECT_SECONDS, f"the files of the brick {brick} to be read", missing)
    return paths


_LIST = r"""
import errno, os, sys
top, which = os.fsencode(sys.argv[1]), sys.argv[2]
def pointer(entry):
    # GlusterFS' DHT_LINKFILE_MODE. The attribute tells a pointer from a file of the same mode that a user has made.
    status = entry.stat(follow_symlinks=False)
    if status.st_mode != 0o101000 or status.st_size:
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
"""What a child runs to list a brick. The child is killed where the brick hangs."""


def _listed(cli: Cli, path: str, which: str) -> tuple[list[str], str]:
    """The paths from the mount point, and why they are not known, which is empty where they are."""
    done = cli.run(child(_LIST, path, which), _LOOK_SECONDS)
    paths = sorted(done.stdout.split("\0")[:-1])
    if not done.ok:
        return [], done.why()
    return paths, "its client shows nothing" if f"/{_BARE}" in paths else ""


@contextlib.contextmanager
def _shown(cli: Cli, volume: str, brick: Brick) -> Iterator[str]:
    """The mount point of a client of ``brick``, which shows its files. Raises ClusterError."""
    spec = cli.run(["gluster", "--mode=script", "system::", "getspec", volume], cli.timeout)
    if not spec.ok:
        raise ClusterError(f"gluster system:: getspec {volume}: {spec.why()}")
    with _mounted(cli.run, client_of(spec.stdout, brick), brick) as path:
        what = f"the brick {brick} to show its files"
        commands.wait(cli.clock, _CONNECT_SECONDS, what, lambda: _listed(cli, path, "names")[1])
        yield path


@contextlib.contextmanager
def _mounted(run: Run, volfile: str, brick: Brick) -> Iterator[str]:
    # Only root may enter the folder, which guards the password.
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
        umount(path, run, lazy=True)
        mount = mountinfo.at(mountinfo.parse(read_text(mountinfo.TABLE)), path)
        # rmtree never enters a brick.
        if mount is None:
            shutil.rmtree(folder)
