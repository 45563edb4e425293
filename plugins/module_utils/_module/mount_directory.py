# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The mount point itself, an empty directory that goes when nothing shall be mounted there any more."""

from __future__ import annotations

import os
from typing import NamedTuple

from .._gluster import client
from .._host import mountinfo, systemd, walk
from .._mount.host import Host

_STOP_SECONDS = 30.0


class Removed(NamedTuple):
    """removed: whether the directory was removed, or would be in check mode. warnings: why it was not."""

    removed: bool
    warnings: tuple[str, ...] = ()


def remove(path: str, host: Host, *, check: bool) -> Removed:
    """Remove the mount point if it is empty. What lies in it is never touched.

    The kernel unmounts what another mount namespace has mounted on a directory that is removed (rmdir(2), d_invalidate), whoever uses it there.
    """
    mounted = _end_automount(path, host, check=check)
    if mounted is not None:
        if check:
            return Removed(True)
        return Removed(False, (f"{path} was not removed: {mounted.describe()} is mounted there",))
    if client.find(path, host.proc):
        return Removed(
            False,
            (
                f"{path} was not removed: a client of it lives on for another mount namespace, from whose users it would be taken with the directory",
            ),
        )
    try:
        empty = not os.listdir(path)
        if empty and not check:
            host.clear_guard(path)
            walk.remove(path)
    except (FileNotFoundError, NotADirectoryError):
        return Removed(False)
    except OSError as error:
        return Removed(True) if check else Removed(False, (f"{path} was not removed: {error.strerror}",))
    return Removed(True) if empty else Removed(False, (f"{path} was not removed: it is not empty",))


def _end_automount(path: str, host: Host, *, check: bool) -> mountinfo.Mount | None:
    """End what mounts on the first access, which looking into the directory would be; what is mounted there still."""
    mounted = mountinfo.at(host.mounts(), path)
    unit = systemd.unit_of(path)
    if mounted and mounted.fstype == mountinfo.AUTOFS and unit and not check:
        host.do(("systemctl", "stop", systemd.automount_of(unit)), _STOP_SECONDS)
        mounted = mountinfo.at(host.mounts(), path)
    return mounted
