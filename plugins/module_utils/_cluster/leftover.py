# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which files are on a brick, wherever it is: seen through a client that has this brick alone."""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
from typing import Iterator, Sequence

from .._failover.process import Run
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
    # A pointer has mode 1000 and no bytes (GlusterFS DHT_LINKFILE_MODE).
    return _found(cli, volume, brick, ["!", "-type", "d", "!", "(", "-type", "f", "-perm", "1000", "-size", "0", ")"])


def names(cli: Cli, volume: str, brick: Brick) -> list[str]:
    """The names in the root of ``brick``, each behind a slash. Raises ClusterError where they cannot be seen."""
    return _found(cli, volume, brick, ["-mindepth", "1", "-maxdepth", "1"])


def twins(cli: Cli, volume: str, brick: Brick, other: Brick, paths: Sequence[str]) -> frozenset[str]:
    """Those of ``paths``, files on ``brick``, that ``other`` has as well: the same bytes, owner, group and mode, and as no pointer.

    A server that loses power when a file was as good as migrated leaves it on both, and gluster, which sees the new one, migrates no more.
    Raises ClusterError where one of the bricks cannot be seen.
    """
    with _shown(cli, volume, brick) as here, _shown(cli, volume, other) as there:
        return frozenset(path for path in paths if _same(cli, here + path, there + path))


def _same(cli: Cli, old: str, new: str) -> bool:
    told = [
        cli.run(["find", file, "-maxdepth", "0", "-type", "f", "-printf", "%s %U:%G %m"], _LOOK_SECONDS).stdout.split()
        for file in (old, new)
    ]
    if not all(len(words) == 3 for words in told):
        return False
    (*before, old_mode), (*after, new_mode) = told
    # Set-group-ID and sticky are what a file on its way is marked by, at its old place as long as it is, at its new one until it is whole.
    if (before, int(old_mode, 8) & 0o777) != (after, int(new_mode, 8)):
        return False
    return cli.run(["cmp", "--silent", "--", old, new], _LOOK_SECONDS).ok


def _found(cli: Cli, volume: str, brick: Brick, which: list[str]) -> list[str]:
    """What find(1) finds on a brick by the expression ``which``, sorted."""
    with _shown(cli, volume, brick) as path:
        return _find(cli, path, which)


def _find(cli: Cli, path: str, which: list[str]) -> list[str]:
    # %P is the path below the mount point.
    done = cli.run(["find", path, *which, "-printf", "/%P\\0"], _LOOK_SECONDS)
    if not done.ok:
        raise ClusterError(done.why())
    return sorted(done.stdout.split("\0")[:-1])


@contextlib.contextmanager
def _shown(cli: Cli, volume: str, brick: Brick) -> Iterator[str]:
    """A folder in which the files of ``brick`` are seen, and can be read. Raises ClusterError."""
    asked = cli.run(["gluster", "--mode=script", "system::", "getspec", volume], cli.timeout)
    if not asked.ok:
        raise ClusterError(f"gluster system:: getspec {volume}: {asked.why()}")
    with _mounted(cli.run, client_of(asked.stdout, brick), brick) as path:

        def missing() -> str:
            try:
                bare = _find(cli, path, ["-maxdepth", "1", "-name", _BARE])
            except ClusterError as error:
                return str(error)
            return "its client shows nothing" if bare else ""

        commands.wait(cli.clock, _CONNECT_SECONDS, f"the brick {brick} to show its files", missing)
        yield path


@contextlib.contextmanager
def _mounted(run: Run, volfile: str, brick: Brick) -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="evenkeel-brick-") as folder:
        graph, log, path = (os.path.join(folder, name) for name in ("volfile", "log", "files"))
        os.mkdir(path)
        open(os.path.join(path, _BARE), "w", encoding="ascii").close()
        # The folder is the caller's alone, which guards the password.
        with open(graph, "w", encoding="utf-8") as file:
            file.write(volfile)
        done = run(["glusterfs", "-f", graph, "--read-only", f"--log-file={log}", path], _CONNECT_SECONDS)
        try:
            if not done.ok:
                raise ClusterError(
                    f"cannot look at the files of the brick {brick}: {done.why()}; see that this host has /dev/fuse"
                )
            yield path
        finally:
            run(["umount", "-l", path], _CONNECT_SECONDS)
