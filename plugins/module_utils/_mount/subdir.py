# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a volume has a subdirectory that one of its bricks says is not there, and one that is made where it has none.

A client of a subdirectory is ended by the first brick that does not find it (client_setvolume_cbk, notify in fuse-bridge.c), as a brick that was replaced
does not as long as it is not healed. The volume as a whole knows better: the copies that are whole outvote the one that is not. So its root is mounted for
a moment.
"""

from __future__ import annotations

import enum
import errno
import os
from typing import NamedTuple

from .._host.process import Run, child
from .host import Host
from .model import MountSpec, NewDirectory

ROOTS = "/evenkeel.glusterfs/root"
"""Where below /run a volume's root is mounted for that; only root can look into it."""

_CHILD = r"""
import os, sys
at, code = os.open(sys.argv[1], os.O_PATH | os.O_DIRECTORY), 0
try:
    for name in sys.argv[2].split("/"):
        at = os.open(name, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=at)
except OSError as error:
    code = error.errno
print(code)
"""
"""Follows no link, as the brick does not: one that lies in a volume would be followed on this host."""

_MAKE = r"""
import contextlib, errno, os, stat, sys
DIRECTORY = os.O_DIRECTORY | os.O_NOFOLLOW
at, made, code = os.open(sys.argv[1], os.O_PATH | os.O_DIRECTORY), 0, 0
*way, last = sys.argv[2].split("/")
owned = [(name, -1, -1, 0o755) for name in way] + [(last, *map(int, sys.argv[3:]))]
try:
    for name, uid, gid, mode in owned:
        above, made = at, 0
        try:
            os.mkdir(name, 0o700, dir_fd=above)
            made = 1
        except FileExistsError:
            pass
        try:
            at = os.open(name, (os.O_RDONLY if made else os.O_PATH) | DIRECTORY, dir_fd=above)
            if made:
                found = os.fstat(at)
                if found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) & 0o777 != 0o700 or os.listdir(at):
                    raise PermissionError(errno.EPERM, "it is not the one that was made")
                os.fchown(at, uid, gid)
                os.fchmod(at, mode)
        except OSError:
            if made:
                with contextlib.suppress(OSError):
                    os.rmdir(name, dir_fd=above)
            raise
except OSError as error:
    code, made = error.errno, 0
print(code, made)
"""
"""Nobody else gets in before a directory has its owner and mode, which one that somebody else made or put there meanwhile keeps. One that cannot be given
them is removed again, so that the next try makes it."""


_PASSING = (errno.EIO, errno.EROFS, errno.ENOTCONN, errno.ETIMEDOUT, errno.EAGAIN, errno.EINTR)
"""Errors of a volume whose bricks come and go: below its quorum it is EROFS up to 3.12 and ENOTCONN since (afr-common.c)."""


class Kind(enum.Enum):
    """What a volume has by the name of a subdirectory."""

    DIRECTORY = "directory"
    OTHER = "other"
    MISSING = "missing"
    UNKNOWN = "unknown"


class InRoot(NamedTuple):
    """What the root of a volume has by the name of a subdirectory. why: why that is not known, or why it could not be made. made: whether it was."""

    kind: Kind = Kind.UNKNOWN
    why: str = ""
    made: bool = False


def kind_of(root: str, subdir: str, timeout: float, run: Run) -> Kind:
    """What the volume whose root is mounted at ``root`` has at ``subdir``, found out within ``timeout`` seconds."""
    done = run(child(_CHILD, root, subdir), timeout)
    code = done.stdout.strip()
    known = {"0": Kind.DIRECTORY, str(errno.ENOENT): Kind.MISSING, str(errno.ENOTDIR): Kind.OTHER}
    return known.get(code, Kind.UNKNOWN) if done.ok else Kind.UNKNOWN


def make(root: str, subdir: str, new: NewDirectory, timeout: float, run: Run) -> InRoot:
    """Make ``subdir``, and what is missing on the way to it, in the volume whose root is mounted at ``root``, within ``timeout`` seconds.

    No link is followed, and what is there stays as it is. The volume is UNKNOWN to have it where another try may end otherwise.
    """
    done = run(child(_MAKE, root, subdir, str(new.uid), str(new.gid), str(new.mode)), timeout)
    code, _blank, made = done.stdout.strip().partition(" ")
    if not done.ok or not code.isdigit():
        return InRoot(why=f"{subdir} could not be made in the volume: {done.why()}")
    if code == "0":
        return InRoot(Kind.DIRECTORY, made=made == "1")
    kind = Kind.UNKNOWN if int(code) in _PASSING else Kind.MISSING
    return InRoot(kind, f"{subdir} could not be made in the volume: {os.strerror(int(code))}")


def root_spec(spec: MountSpec, host: Host, timeout: float) -> MountSpec:
    """What to mount in order to look: the volume's root, where nobody else can see it, within ``timeout`` seconds. Raises OSError."""
    folder = os.path.dirname(host.lock_directory) + ROOTS
    os.makedirs(folder, mode=0o700, exist_ok=True)
    return spec._replace(path=folder + spec.path, subdir="", timeout_total=timeout, cover=False)
