# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The trusted pool: its members as a glusterd lists them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, Iterable, NamedTuple

from .._host.resolver import Resolver
from . import cli as commands
from . import identity
from .cli import Cli, ClusterError, Element
from .identity import Identity

_AT_ONCE = 8
"""How many members are asked at the same time."""

ASK_SECONDS = 10.0
"""The time limit for the answer of a host's glusterd, which takes 0.1 s. A frozen glusterd accepts the connection and does not answer."""

_IN_CLUSTER = 3
"""glusterd's GD_FRIEND_STATE_BEFRIENDED, "Peer in Cluster"."""


class Peer(NamedTuple):
    """A member of the pool, as one glusterd sees it.

    names: all names and addresses it is known by. glusterd connects to the first one. "localhost" alone stands for the glusterd that was asked.
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


class Pool(NamedTuple):
    """The members of a pool in the order in which gluster lists them."""

    peers: tuple[Peer, ...]

    @property
    def uuids(self) -> frozenset[str]:
        return frozenset(peer.uuid for peer in self.peers)

    def find(self, host: str, resolver: Resolver) -> Peer | None:
        """The member that ``host`` means by name or address, None if there is none."""
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
        # glusterd keeps the first of the list and connects to it; "hostname" may be what another member has told last.
        names=tuple(dict.fromkeys([*names, first])),
        connected=commands.text(peer, "connected") == "1",
        # The glusterd that is asked tells no state of itself.
        state=commands.number(peer, "state", _IN_CLUSTER),
        state_text=(peer.findtext("stateStr") or "Peer in Cluster").strip(),
    )


def read(cli: Cli, host: str = "") -> Pool:
    return parse(cli.read("pool", "list", host=host))


def ask(cli: Cli, hosts: Iterable[str]) -> dict[str, Pool | ClusterError]:
    """The pool as the glusterd of each host sees it, be it a member or not, or why it does not answer. All are asked at once."""
    quick = replace(cli, timeout=min(cli.timeout, ASK_SECONDS))

    def answer(host: str) -> Pool | ClusterError:
        try:
            return read(quick, host)
        except ClusterError as error:
            return error

    once = tuple(dict.fromkeys(hosts))
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as threads:
        return dict(zip(once, threads.map(answer, once)))


def describe(peer: Peer) -> dict[str, Any]:
    """A peer for a module's result."""
    return {
        "uuid": peer.uuid,
        "host": peer.names[0],
        "names": list(peer.names),
        "connected": peer.connected,
        "state": peer.state_text,
    }
