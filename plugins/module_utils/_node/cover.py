# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Healing on top: a new mount covers one that has died, where it stands.

Containers that have bound the mount point into themselves keep the dead mount whatever is mounted in its place. A mount on top of it is another matter:
its parent is the dead mount, of which each container has a copy in the same peer group, and so it shows up in those (mount_namespaces(7)), as long
as they are not private. Nor is the bare directory below seen by anybody at any moment. The dead mount stays below until all of the mount point is
unmounted; it has no process and costs an entry in the table of mounts.
"""

from __future__ import annotations

import os

from .._failover import client, mountinfo
from .._failover import mount as engine
from .._failover import options as mount_options
from .._failover.live import Live

_MOUNT_SECONDS = 10.0
_UMOUNT_SECONDS = 30.0


def cover(wanted: engine.Wanted, dead: Live, node: engine.Node) -> None:
    """Mount ``wanted`` and prove it elsewhere, end the client of ``dead`` if it has one, and put the new mount on top of it.

    The .mount unit of systemd stays as it is, active; the client lives in a scope of its own.
    Raises MountError, OSError; what was there is there as before then.
    """
    run = os.path.dirname(node.lock_directory)
    place = run + client.COVERING + wanted.path
    options = wanted.options
    if options.value("log-file") is None:
        options = mount_options.parse((*options.given, f"log-file={client.log_file(wanted.path)}"))
    if mountinfo.at(node.mounts(), place):  # of a run that was cut off
        engine.unmount(place, node, timeout=_UMOUNT_SECONDS)
    report = engine.mount(wanted._replace(path=place, options=options, guard=False), node)
    try:
        # A look at a mount that hangs would hang too.
        if dead.client:
            client.end((dead.client,), node.clock, node.kill, node.proc)
        done = node.do((client.program("mount") or "mount", "--bind", place, wanted.path), _MOUNT_SECONDS)
        if not done.ok:
            raise engine.MountError(
                f"{wanted.path}: the new mount could not be put on top of the dead one: {done.why()}"
            )
    except BaseException:
        engine.detach(report.live, node)
        raise
    finally:
        _leave(place, node)


def _leave(place: str, node: engine.Node) -> None:
    """Unmount the place where the new mount was proven, which by now shows at its own too, and remove its directories."""
    if mountinfo.at(node.mounts(), place):
        node.do((client.program("umount") or "umount", "-l", place), _UMOUNT_SECONDS)
    while os.path.basename(place):
        try:
            os.rmdir(place)
        except OSError:
            return
        place = os.path.dirname(place)
