# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A mount whose client is stale is exchanged for a new one, where nobody uses it.

The new mount goes beneath the old one, which is then unmounted, and not lazily: at no moment is none there. Where the kernel cannot do that, there is
none for some milliseconds.
"""

from __future__ import annotations

from .._gluster import client
from .._host import mountinfo
from . import pending
from .host import Host
from .host_client import make_aside
from .inspect import inspect, why_silent
from .model import Made, MountError, MountSpec, Node
from .staging import bind_over, drop_staging, staging_spec
from .state import Observed, Reason
from .unmount import BUSY_SECONDS, detach, detach_owed, in_use_message, refuse_used, used

_EXCHANGE_SECONDS = 30.0
"""How long a mount that answers may take to be exchanged: it is none that anybody waits for."""
_GAIN_SECONDS = 5.0
"""How long a new client gets for its bricks, which takes it 0.1 s where they answer, and 3 s more for each that it has to try again."""
_GAIN_POLL_SECONDS = 0.25
_UNUSED_POLL_SECONDS = 0.03


def exchange(spec: MountSpec, old: Observed, node: Node, deadline: float) -> Made:
    """Mount anew where a mount lives that nobody uses, until ``deadline``: at a staging path first, and in its place once that is proven.

    That is not undone any more. Raises MountError; then the old one is still there, or it is marked that a mount is owed.
    """
    why = why_used(old, node.host)
    if why:
        raise MountError(why)
    if _waits_beneath(old, node.host):
        kept = detach_owed(old, node.host, insist=False)
        made = Made(old, warnings=kept)
    else:
        left = min(max(deadline - node.host.clock.now(), 1.0), _EXCHANGE_SECONDS)
        made = _put_in_place(spec, old, node, left)
    observed = inspect(spec.path, node.host)
    if not observed.answers:
        raise MountError(f"{spec.path}: the new mount does not answer: {why_silent(observed)}")
    pending.clear(spec.path, node.host.lock_directory)
    node.run.commit()
    return made._replace(observed=observed, guard=node.host.read_guard(spec.path))


def _put_in_place(spec: MountSpec, old: Observed, node: Node, timeout: float) -> Made:
    """A new mount is made, and put in place of the old one, which is unmounted."""
    staging = staging_spec(spec, node.host)._replace(timeout_total=timeout)
    made = make_aside(staging, node, spec.timeout_total)
    put = False
    try:
        if old.stale and old.stale.reason is Reason.BRICK:
            _await_gain(old, made.observed, node.host)
        put = node.host.put_beneath(staging.path, spec.path)
        kept = detach_owed(old, node.host, insist=False)
        if not put:
            done = bind_over(staging.path, spec.path, node.host)
            put = done.ok
            if not put:
                raise MountError(f"{spec.path}: the new mount could not be put in its place: {done.why()}")
    finally:
        if not put:
            detach(made.observed, node.host)
        drop_staging(staging.path, node.host)
    return made._replace(warnings=(*made.warnings, *kept))


def why_used(observed: Observed, host: Host) -> str:
    """Why a mount that answers cannot be unmounted: who uses it. "" if nobody does, as far as can be told and by the word of the kernel."""
    try:
        refuse_used(observed, host)
    except MountError as error:
        return str(error)
    deadline = host.clock.now() + BUSY_SECONDS
    while not host.unused(observed.path):
        if host.clock.now() >= deadline:
            return in_use_message(observed.path, used(observed, host))
        host.clock.sleep(_UNUSED_POLL_SECONDS)
    return ""


def _await_gain(old: Observed, new: Observed, host: Host) -> None:
    """Wait until the new mount has a brick that the old one has not, and all of its own. Raises MountError.

    What keeps the old client from a brick might keep the new one too, as its login does that the brick refuses: nothing would be gained, at each run again.
    """
    deadline = host.clock.now() + _GAIN_SECONDS
    while not _connected(old) < _connected(new):
        if host.clock.now() >= deadline:
            raise MountError(f"{old.path}: a new client does not reach more bricks than the one that is there")
        host.clock.sleep(_GAIN_POLL_SECONDS)
        new = inspect(new.path, host)


def _connected(observed: Observed) -> frozenset[tuple[str, str]]:
    """The bricks, as host and path, that the mount is connected to."""
    look = observed.look
    if look is None or look.volfile is None:
        return frozenset()
    return frozenset((brick.host, brick.path) for brick in look.volfile.bricks if brick.name in look.up)


def _waits_beneath(old: Observed, host: Host) -> bool:
    """Whether a new mount is there already, beneath an old one that was opened at the last moment when it was to be exchanged."""
    below = next((entry for entry in host.mounts() if old.mount and entry.id == old.mount.parent), None)
    if below is None or below.path != old.path or below.fstype != mountinfo.GLUSTERFS:
        return False
    return client.serving(client.find(old.path, host.proc), below.device) not in (None, old.client)
