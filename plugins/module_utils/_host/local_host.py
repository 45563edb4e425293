# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""This host: what is mounted on it, what its bricks have been."""

from __future__ import annotations

import os
from typing import Callable, Collection, Sequence

from . import files, fstab, mountinfo, systemd
from .resolver import Resolver

GLUSTERD = "/var/lib/glusterd"


class LocalHost(Resolver):
    """What this host alone can say of a brick of its own."""

    def fstab(self) -> bytes:
        return (files.text_at(fstab.PATH) or "").encode("utf-8", "surrogateescape")

    def mountinfo(self) -> str:
        return files.read_text(mountinfo.TABLE)

    def stored(self, path: str) -> str:
        """A file of glusterd's, by its path from its working directory, which is the same in every distribution; empty where there is none."""
        return files.text_at(os.path.join(GLUSTERD, path)) or ""

    def real(self, path: str) -> str:
        """A path without symbolic links, of as much of it as is there."""
        return os.path.realpath(path)

    def unfit(self, path: str) -> str:
        """Why glusterd takes a directory of this host as a brick by force only; empty if it does not mind.

        As glusterd_validate_and_create_brickpath (glusterd-utils.c) decides: by the device numbers of the directory, that above it and the root.
        """
        above = os.path.dirname(path)
        if not os.path.isdir(above):
            return ""
        if os.path.ismount(path):
            return "is a mount point, and would be written to below it when nothing is mounted; name a directory in it"
        if os.stat(above).st_dev == os.stat("/").st_dev:
            return "lies in the root file system, which it can fill; mount a file system of its own there"
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


def not_mounted(path: str, fstab_content: bytes, mountinfo_text: str, real: Callable[[str], str]) -> str:
    """The mount point of fstab that ``path`` lies below and where nothing is mounted, so that a brick would fill the file system below it.

    Empty where there is none, and where something is mounted further down. A line that is mounted by hand alone, noauto, promises nothing.
    real: a path without its symbolic links, as the kernel tells mount points.
    """
    promised = {
        real(entry.file): entry.file
        for entry in (line.entry for line in fstab.parse(fstab_content))
        if entry and entry.vfstype != "swap" and _comes(entry.options)
    }
    mounted = {mount.path for mount in mountinfo.parse(mountinfo_text)}
    deepest = _deepest(real(path), promised)
    return promised[deepest] if len(deepest) > len(_deepest(real(path), mounted)) else ""


def _comes(words: Sequence[str]) -> bool:
    """Whether a line of fstab is mounted without anybody's doing: at boot, or at the first access."""
    return "noauto" not in words or systemd.AUTOMOUNT in words


def _deepest(path: str, points: Collection[str]) -> str:
    """The deepest of ``points`` that ``path`` lies below; empty if it is the root at most."""
    above = (point for point in points if point != "/" and (path == point or path.startswith(point + "/")))
    return max(above, key=len, default="")
