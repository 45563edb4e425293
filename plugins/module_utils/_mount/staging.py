# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A mount at a place of its own below /run, where it is proven before it shows at its real one."""

from __future__ import annotations

import os

from .._gluster import client
from .._gluster import options as mount_options
from .._host import mountinfo
from .._host.process import Completed, program
from .._host.umount import umount
from .host import Host
from .model import MountSpec

_BIND_SECONDS = 10.0


def staging_spec(spec: MountSpec, host: Host) -> MountSpec:
    """The same mount at its staging path, with the log of its real one."""
    options = spec.options
    if options.value("log-file") is None:
        options = mount_options.parse((*options.given, f"log-file={client.log_file(spec.path)}"))
    run = os.path.dirname(host.lock_directory)
    return spec._replace(path=run + client.COVERING + spec.path, options=options, guard=False, seal=False)


def bind_over(staging: str, path: str, host: Host) -> Completed:
    """Have the mount at ``staging`` show at ``path`` too, on top of what is there."""
    return host.do((program("mount") or "mount", "--bind", staging, path), _BIND_SECONDS)


def drop_staging(staging: str, host: Host) -> None:
    """Unmount a staging path, whose mount shows at its real one by now, and remove its directories."""
    if mountinfo.at(host.mounts(), staging):
        umount(staging, host.do, lazy=True)
    while os.path.basename(staging):
        try:
            os.rmdir(staging)
        except OSError:
            return
        staging = os.path.dirname(staging)
