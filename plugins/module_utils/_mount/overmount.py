# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A new mount on top of one that has died, where it stands.

Containers that have bound the mount point into themselves keep the dead mount whatever is mounted in its place. A mount on top of it is another matter:
its parent is the dead mount, of which each container has a copy in the same peer group, and so it shows up in those (mount_namespaces(7)), as long
as they are not private. Nor is the bare directory below seen by anybody at any moment. The dead mount stays below until all of the mount point is
unmounted; it has no process and costs an entry in the table of mounts.
"""

from __future__ import annotations

import os

from .._gluster import client
from .._gluster import options as mount_options
from .._host import mountinfo
from .._host.process import Completed
from .model import MountSpec, Node

OPTION = "x-failover.cover"
"""The mount option that asks for it; the client does not see it."""

_MOUNT_SECONDS = 10.0
_UMOUNT_SECONDS = 30.0


def elsewhere(spec: MountSpec, node: Node) -> MountSpec:
    """The same mount at a place of its own below /run, where it can be proven, with the log of its real one."""
    options = spec.options
    if options.value("log-file") is None:
        options = mount_options.parse((*options.given, f"log-file={client.log_file(spec.path)}"))
    run = os.path.dirname(node.lock_directory)
    return spec._replace(path=run + client.COVERING + spec.path, options=options, guard=False, seal=False)


def put(place: str, path: str, node: Node) -> Completed:
    """Have the mount at ``place`` show on top of what is at ``path`` too."""
    return node.do((client.program("mount") or "mount", "--bind", place, path), _MOUNT_SECONDS)


def leave(place: str, node: Node) -> None:
    """Unmount the place where the new mount was proven, which by now shows at its real one, and remove its directories."""
    if mountinfo.at(node.mounts(), place):
        node.do((client.program("umount") or "umount", "-l", place), _UMOUNT_SECONDS)
    while os.path.basename(place):
        try:
            os.rmdir(place)
        except OSError:
            return
        place = os.path.dirname(place)
