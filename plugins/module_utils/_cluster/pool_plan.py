# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the pool as it is to the wanted one: which hosts are probed, which members are detached."""

from __future__ import annotations

from typing import Mapping, NamedTuple

from . import cli as commands
from . import identity
from .cli import Element
from .pool import Peer, Pool
from .pool_arguments import Arguments


def brick_owners(root: Element) -> dict[str, list[str]]:
    """Parse the answer to ``volume info``: the bricks of each host by its UUID, each as "volume web (gfs1:/bricks/web)"."""
    owners: dict[str, list[str]] = {}
    for volume in root.iter("volume"):
        name = commands.text(volume, "name")
        for brick in volume.iterfind("bricks/brick"):
            what = f"volume {name} ({commands.text(brick, 'name')})"
            owners.setdefault(commands.text(brick, "hostUuid"), []).append(what)
    return owners


class Plan(NamedTuple):
    """probe: hosts to add, or to make known by that name. detach: members to remove."""

    probe: tuple[str, ...] = ()
    detach: tuple[Peer, ...] = ()

    @property
    def changes(self) -> bool:
        return bool(self.probe or self.detach)


def plan(wanted: Arguments, pool: Pool, uuids: Mapping[str, str]) -> Plan:
    """What makes ``pool`` the wanted one. uuids: of the hosts, as far as they are known. Raises ValueError for what cannot be meant."""
    members = {host: pool.member(uuids.get(host, "")) for host in wanted.hosts}
    if wanted.state == "absent":
        gone = {peer.uuid: peer for peer in members.values() if peer}
        local = [host for host, peer in members.items() if peer and peer.local]
        if local:
            raise ValueError(
                f"hosts: {local[0]!r} is the host this runs on, which cannot detach itself; run the task on another member"
            )
        return Plan(detach=tuple(gone.values()))
    probe = tuple(
        host for host, peer in members.items() if not peer or not (peer.local or identity.is_named(peer, host))
    )
    if not wanted.exclusive:
        return Plan(probe)
    kept = {peer.uuid for peer in members.values() if peer}
    if len(set(uuids.values())) < len(uuids):
        raise ValueError(
            f"hosts: {', '.join(wanted.hosts)} are {len(wanted.hosts)} names of fewer hosts, and exclusive: true would remove all others; name each host once"
        )
    if not any(peer.local and peer.uuid in kept for peer in pool.peers):
        raise ValueError(
            f"hosts: {', '.join(wanted.hosts)} does not name the host this runs on, which exclusive: true would remove; "
            "add it, or run the task on one of them"
        )
    return Plan(probe, tuple(peer for peer in pool.peers if peer.uuid not in kept))


def check_detach(peers: tuple[Peer, ...], owners: Mapping[str, list[str]], *, force: bool) -> None:
    """Raises ValueError if one of ``peers`` holds bricks, or is down and ``force`` was not given."""
    for peer in peers:
        if owners.get(peer.uuid):
            raise ValueError(
                f"{peer.names[0]} holds bricks of {', '.join(owners[peer.uuid])} and stays in the pool; move them to other hosts first, with "
                "evenkeel.glusterfs.volume, or name it in hosts"
            )
        if not peer.connected and not force:
            raise ValueError(
                f"{peer.names[0]} is down and would not learn that it is detached; bring it up, or say force: true if it is gone for good"
            )
