# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""This host: what is mounted on it, what its bricks have been."""

from __future__ import annotations

import os

from .._failover import mountinfo
from .._persist import fstab
from .names import Names

GLUSTERD = "/var/lib/glusterd"


class Here(Names):
    """What this host alone can say of a brick of its own."""

    def fstab(self) -> bytes:
        try:
            with open("/etc/fstab", "rb") as file:
                return file.read()
        except OSError:
            return b""

    def mountinfo(self) -> str:
        with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape", newline="\n") as file:
            return file.read()

    def stored(self, path: str) -> str:
        """A file of glusterd's, by its path from its working directory, which is the same in every distribution; empty where there is none."""
        try:
            with open(os.path.join(GLUSTERD, path), encoding="utf-8", errors="surrogateescape") as file:
                return file.read()
        except OSError:
            return ""

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
