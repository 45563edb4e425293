# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The trusted pool: its members as a glusterd lists them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, Iterable

from .._host.resolver import Resolver
from . import cli as commands
from . import identity
from .cli import Cli, ClusterError, Element
from .identity import Identity

_AT_ONCE = 8
"""How many members are asked at the same time what they see."""

ASK_SECONDS = 10.0
"""How long the glusterd of a host gets to say whom it knows, which takes it 0.1 s. One that is frozen accepts the connection and says nothing."""

_IN_CLUSTER = 3
"""glusterd's GD_FRIEND_STATE_BEFRIENDED, "Peer in Cluster"."""


@dataclass(frozen=True)
class Peer:
    """A member of the pool, as one glusterd sees it.

    names: all names and addresses it is known by, the first one being that which glusterd comes back to; "localhost" for the glusterd asked itself.
    """

    uuid: str
    names: tuple[str, ...]
    connected: bool
    state: int
    state_text: str

    @property
    def local(self) -> bool:
        return self.names == ("localhost",)

    @property
    def ready(self) -> bool:
        return self.connected and self.state == _IN_CLUSTER

    def why_not(self) -> str:
        return f"{self.names[0]} is {'connected' if self.connected else 'disconnected'}, {self.state_text!r}"


@dataclass(frozen=True)
class Pool:
    """The members of a pool in the order in which gluster lists them."""

    peers: tuple[Peer, ...]

    @property
    def uuids(self) -> frozenset[str]:
        return frozenset(peer.uuid for peer in self.peers)

    def find(self, host: str, resolver: Resolver) -> Peer | None:
        """The member that ``host`` means, as far as names and addresses tell. None if there is none."""
        member = identity.find(host, self.peers, resolver)
        return self.member(member.uuid) if member else None

    def member(self, uuid: str) -> Peer | None:
        return next((peer for peer in self.peers if peer.uuid == uuid), None)

    @property
    def identity(self) -> Identity:
        """What the glusterd that gave this answer says of itself."""
        return Identity(next(peer.uuid for peer in self.peers if peer.local), self.uuids)


def parse(root: Element) -> Pool:
    """The answer to ``pool list``."""
    return Pool(tuple(_peer(peer) for peer in root.iter("peer")))


def _peer(peer: Element) -> Peer:
    first = commands.text(peer, "hostname")
    names = [name.text.strip() for name in peer.iterfind("hostnames/hostname") if name.text]
    return Peer(
        uuid=commands.text(peer, "uuid"),
        # The first of the list is what glusterd keeps and comes back to; the one before the list may be what another member has told last.
        names=tuple(dict.fromkeys([*names, first])),
        connected=commands.text(peer, "connected") == "1",
        # The glusterd that is asked says no state of itself.
        state=commands.number(peer, "state", _IN_CLUSTER),
        state_text=(peer.findtext("stateStr") or "Peer in Cluster").strip(),
    )


def read(cli: Cli, host: str = "") -> Pool:
    return parse(cli.read("pool", "list", host=host))


def ask(cli: Cli, hosts: Iterable[str]) -> dict[str, Pool | ClusterError]:
    """Have the glusterd of each host say which pool it sees, all asked at once, members or not; why, where one does not say."""
    quick = replace(cli, timeout=min(cli.timeout, ASK_SECONDS))

    def one(host: str) -> Pool | ClusterError:
        try:
            return read(quick, host)
        except ClusterError as error:
            return error

    once = tuple(dict.fromkeys(hosts))
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as threads:
        return dict(zip(once, threads.map(one, once)))


def describe(peer: Peer) -> dict[str, Any]:
    """A peer for a module's result."""
    return {
        "uuid": peer.uuid,
        "host": peer.names[0],
        "names": list(peer.names),
        "connected": peer.connected,
        "state": peer.state_text,
    }
