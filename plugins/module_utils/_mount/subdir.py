# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a volume has a subdirectory that one of its bricks says is not there.

A client of a subdirectory is ended by the first brick that does not find it (client_setvolume_cbk, notify in fuse-bridge.c), as a brick that was replaced
does not as long as it is not healed. The volume as a whole knows better: the copies that are whole outvote the one that is not. So its root is mounted for
a moment.
"""

from __future__ import annotations

import enum
import errno
import os

from .._host.process import Run, child
from .host import Host
from .model import MountSpec

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


class Kind(enum.Enum):
    """What a volume has by the name of a subdirectory."""

    DIRECTORY = "directory"
    OTHER = "other"
    MISSING = "missing"
    UNKNOWN = "unknown"


def kind_of(root: str, subdir: str, timeout: float, run: Run) -> Kind:
    """What the volume whose root is mounted at ``root`` has at ``subdir``, found out within ``timeout`` seconds."""
    done = run(child(_CHILD, root, subdir), timeout)
    code = done.stdout.strip()
    known = {"0": Kind.DIRECTORY, str(errno.ENOENT): Kind.MISSING, str(errno.ENOTDIR): Kind.OTHER}
    return known.get(code, Kind.UNKNOWN) if done.ok else Kind.UNKNOWN


def root_spec(spec: MountSpec, host: Host, timeout: float) -> MountSpec:
    """What to mount in order to look: the volume's root, where nobody else can see it, within ``timeout`` seconds. Raises OSError."""
    folder = os.path.dirname(host.lock_directory) + ROOTS
    os.makedirs(folder, mode=0o700, exist_ok=True)
    return spec._replace(path=folder + spec.path, subdir="", timeout_total=timeout, cover=False)
