# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""This host: which names mean it, what is mounted on it, what its bricks have been."""

from __future__ import annotations

import os
import socket

from .._failover import mountinfo
from .._persist import fstab


class Names:
    """The resolver of this host. A name that does not resolve has no addresses, which is no error here: gluster says so better."""

    def addresses(self, host: str) -> frozenset[str]:
        try:
            found = socket.getaddrinfo(host, None, type=socket.SOCK_DGRAM)
        except (OSError, UnicodeError):
            return frozenset()
        return frozenset(str(entry[4][0]) for entry in found)

    def is_local(self, host: str) -> bool:
        """Whether ``host`` means this host: a socket can be bound to its address. glusterd decides in the same way."""
        return host == "localhost" or any(_bindable(address) for address in self.addresses(host))


class Here(Names):
    """What this host alone can say of a brick of its own."""

    def fstab(self) -> bytes:
        try:
            with open("/etc/fstab", "rb") as file:
                return file.read()
        except OSError:
            return b""

    def mountinfo(self) -> str:
        with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as file:
            return file.read()

    def was_brick(self, path: str) -> bool:
        """Whether the directory bears the mark of a volume."""
        try:
            os.getxattr(path, "trusted.glusterfs.volume-id")
        except OSError:
            return False
        return True

    def has_files(self, path: str) -> bool:
        """Whether the directory has anything in it."""
        try:
            with os.scandir(path) as entries:
                return any(entries)
        except OSError:
            return False


def not_mounted(path: str, fstab_content: bytes, mountinfo_text: str) -> str:
    """The mount point of fstab that ``path`` lies below and where nothing is mounted, so that a brick would fill the file system below it.

    Empty where there is none. Symbolic links are not followed.
    """
    lines = (line.entry for line in fstab.parse(fstab_content) if line.entry and line.entry.vfstype != "swap")
    points = [os.path.normpath(entry.file) for entry in lines]
    above = [point for point in points if point != "/" and (path == point or path.startswith(point + "/"))]
    deepest = max(above, key=len, default="")
    mounted = {mount.path for mount in mountinfo.parse(mountinfo_text)}
    return "" if deepest in mounted else deepest


def _bindable(address: str) -> bool:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as endpoint:
        try:
            endpoint.bind((address, 0))
        except OSError:
            return False
    return True
