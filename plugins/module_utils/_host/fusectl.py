# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The FUSE connection of a mounted file system as the kernel lists it (fusectl): it is there exactly as long as the file system's super block is.

Whoever still uses the file system, by a bind, in another mount namespace, through an overlay, by an open file, keeps the super block and so the
connection (fs/fuse/inode.c, fuse_conn_destroy; fs/fuse/control.c, fuse_ctl_remove_conn). No list of users can be as complete.
"""

from __future__ import annotations

import contextlib
import enum
import os
from typing import Mapping, NamedTuple

FOLDER = "/sys/fs/fuse/connections"
"""Where systemd mounts fusectl. Not mounted, it is an empty folder."""


class Fate(enum.Enum):
    """What became of a connection."""

    THERE = "there"
    GONE = "gone"
    UNKNOWN = "unknown"  # it was not listed when it must have been there, so the list is none


class Connections(NamedTuple):
    """A list of connections.

    place: device number of the folder, which tells fusectl from the empty folder that is there without it.
    inodes: by the minor device number of the file system, the inode number of the connection's folder, which no later one with the same minor number has.
    """

    place: int
    inodes: Mapping[str, int]


def listed(folder: str = FOLDER) -> Connections:
    """The connections of this moment. None are listed where fusectl is not mounted."""
    inodes = {}
    try:
        place = os.stat(folder).st_dev
        for name in os.listdir(folder):
            with contextlib.suppress(FileNotFoundError):  # it has ended meanwhile
                inodes[name] = os.stat(f"{folder}/{name}").st_ino
    except OSError:
        return Connections(0, {})
    return Connections(place, inodes)


def fate(device: str, before: Connections, now: Connections) -> Fate:
    """What became of the connection of the file system with this ``major:minor`` between two lists."""
    minor = device.partition(":")[2]
    if minor not in before.inodes or before.place != now.place:
        return Fate.UNKNOWN
    return Fate.THERE if now.inodes.get(minor) == before.inodes[minor] else Fate.GONE
