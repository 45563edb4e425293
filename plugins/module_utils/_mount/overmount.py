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

from contextlib import ExitStack

from .._gluster import client
from .._host.umount import umount
from .host_client import make_aside
from .inspect import check_seen, inspect, why_silent
from .model import Made, MountError, MountSpec, Node
from .staging import bind_over, drop_staging, staging_spec
from .state import Observed, State
from .unmount import detach, lost_by, used


def overmount(
    spec: MountSpec, broken: Observed, node: Node, deadline: float, undo: ExitStack, after: ExitStack
) -> Made:
    """Mount anew on top of ``broken``, which stays below, until ``deadline``. Raises MountError.

    So does a client that lives and reaches no brick: who uses its file system may get an answer yet. One that hangs is ended, which frees those who wait.
    undo: gets what takes the new mount away again. after: gets what is to be done at last, whatever becomes of it.
    """
    left = max(deadline - node.host.clock.now(), 1.0)
    staging = staging_spec(spec, node.host)._replace(timeout_total=left)
    check_seen(staging.path, node.host)
    made = make_aside(staging, node, spec.timeout_total)
    after.callback(drop_staging, staging.path, node.host)
    undo.callback(detach, made.observed, node.host)
    lost = _left_below(broken)
    # A look at a mount that hangs would hang too.
    if broken.client and broken.state is State.HUNG:
        lost = lost_by(broken, used(broken, node.host))
        client.end((broken.client,), node.host.clock, node.host.kill, node.host.proc)
    done = bind_over(staging.path, spec.path, node.host)
    if not done.ok:
        raise MountError(f"{spec.path}: the new mount could not be put on top of the dead one: {done.why()}")
    undo.callback(umount, spec.path, node.host.do, lazy=True)
    observed = inspect(spec.path, node.host)
    if not observed.answers:
        raise MountError(f"{spec.path}: the new mount, on top of the dead one, does not answer: {why_silent(observed)}")
    return made._replace(observed=observed, warnings=(*made.warnings, *lost), guard=node.host.read_guard(spec.path))


def _left_below(broken: Observed) -> tuple[str, ...]:
    """What to say where a client lives on below the mount that covers its own."""
    if broken.client is None:
        return ()
    return (
        f"{broken.path}: the mount that reached no brick stays below the new one, and its client (process {broken.client.pid}) with it, "
        "for those who have it open or bound elsewhere; it ends when the mount point is unmounted",
    )
