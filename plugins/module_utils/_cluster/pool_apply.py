# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Probes hosts and detaches members, and waits until all members see the same pool."""

from __future__ import annotations

from typing import Callable, Mapping

from .._gluster.server import is_address
from .._host.resolver import Resolver
from . import cli as commands
from . import identity
from .cli import Cli, ClusterError, Refused
from .pool import Peer, Pool, ask, read
from .pool_arguments import Arguments

_OVERTAKEN_SECONDS = 10.0
"""How long another run of the same task may take to do what was refused here: a probe or a detach."""


class PoolChange:
    """One run: it probes hosts, detaches members and waits for the pool.

    uuids: of the wanted hosts. seen, views: the pool, and what the wanted hosts see of it, until a command changes it; a look costs 0.1 s.
    unnamed: which peer knows which host by another name only. by_address: which peer knows which host by an address before its name: glusterd connects
    to the first name alone.
    """

    def __init__(
        self,
        wanted: Arguments,
        cli: Cli,
        resolver: Resolver,
        uuids: Mapping[str, str],
        seen: Pool,
        views: Mapping[str, Pool | ClusterError],
    ) -> None:
        self.wanted = wanted
        self.cli = cli
        self.resolver = resolver
        self.uuids = uuids
        self.seen: Pool | None = seen
        self.views = dict(views)
        self.unnamed: list[dict[str, str]] = []
        self.by_address: list[dict[str, str]] = []

    def member(self, pool: Pool, host: str) -> Peer | None:
        return pool.member(self.uuids[host])

    def probe(self, host: str) -> None:
        def is_done(pool: Pool) -> bool:
            peer = self.member(pool, host)
            return peer is not None and identity.is_named(peer, host)

        self._write("probe", host, is_done=is_done)

    def detach(self, peer: Peer) -> None:
        force = ["force"] if self.wanted.force and not peer.connected else []
        self._write("detach", peer.names[0], *force, is_done=lambda pool: peer.uuid not in pool.uuids)

    def _write(self, *words: str, is_done: Callable[[Pool], bool]) -> None:
        """Raises Refused, unless another run does the same. is_done: whether that is so."""
        self.seen = None
        self.views.clear()
        try:
            self.cli.write("peer", *words)
        except Refused as error:
            refused = error
        else:
            return

        def missing() -> str:
            return "" if is_done(read(self.cli)) else str(refused)

        try:
            commands.wait(self.cli.clock, min(_OVERTAKEN_SECONDS, self.wanted.timeout), "another run", missing)
        except ClusterError:
            raise refused from None

    def until_joined(self, hosts: list[str], when: str) -> None:
        """Wait until this host sees each of ``hosts`` connected and "Peer in Cluster"."""

        def lacking(pool: Pool) -> str:
            return "; ".join(filter(None, (self._lacks(pool, host) for host in hosts)))

        self._wait(f"{', '.join(hosts)} to be connected and 'Peer in Cluster' {when}", lacking)

    def _lacks(self, pool: Pool, host: str) -> str:
        peer = self.member(pool, host)
        if not peer:
            return f"{host} is not in the pool"
        return "" if peer.ready else f"{peer.why_not()}{self._why_lost('this host', peer, peer)}"

    def until_agreed(self, gone: set[str]) -> Pool:
        """Wait until this host and each wanted member see the same pool, all wanted ones ready. gone: UUIDs of detached members."""
        # Members are asked by their wanted names: the name of the first probe may not resolve any more.
        called = {uuid: host for host, uuid in self.uuids.items()} if self.wanted.state == "present" else {}

        def lacking(pool: Pool) -> str:
            lacks = [f"{peer.names[0]} is still there" for peer in pool.peers if peer.uuid in gone]
            members = [peer for peer in pool.peers if not peer.local]
            if self.wanted.state == "present":
                lacks += filter(None, (self._lacks(pool, host) for host in self.wanted.hosts))
                members = [peer for peer in members if peer.uuid in called]
            else:
                members = [peer for peer in members if peer.ready]
            if not lacks:
                self.unnamed.clear()
                self.by_address.clear()
                hosts = [called.get(peer.uuid, peer.names[0]) for peer in members]
                views = {**ask(self.cli, (host for host in hosts if host not in self.views)), **self.views}
                self.views.clear()
                lacks += filter(None, (self._disagrees(pool, host, views[host]) for host in hosts))
            return "; ".join(lacks)

        return self._wait("all members to see the same pool", lacking)

    def _disagrees(self, pool: Pool, host: str, other: Pool | ClusterError) -> str:
        """In what the member ``host`` sees another pool than this host; empty if it does not. Raises ClusterError where they can never agree."""
        if isinstance(other, ClusterError):
            return str(other)
        lacks = []
        for member in pool.peers:
            seen = other.member(member.uuid)
            if not seen:
                lacks.append(f"{host} does not know {member.names[0]}")
            elif member.ready and not seen.ready:
                lacks.append(f"on {host}, {seen.why_not()}{self._why_lost(host, member, seen)}")
        ours = {member.uuid for member in pool.peers}
        lacks += [f"{host} still knows {member.names[0]}" for member in other.peers if member.uuid not in ours]
        self._note_unnamed(host, other)
        return ", ".join(lacks)

    def _why_lost(self, where: str, member: Peer, seen: Peer) -> str:
        """What to do where ``where`` looks for a member at an address that the member no longer has.

        Raises ClusterError where that is certain: glusterd uses the first of the names alone, so it never reconnects.
        """
        host = next((host for host in self.wanted.hosts if self.uuids.get(host) == member.uuid), "")
        first = seen.names[0]
        if not host or not is_address(first) or first in self.resolver.addresses(host):
            return ""
        hint = (
            f"; it looks for {host} at {first}, which {host} does not resolve to; on {where}: systemctl stop glusterd, put {host} in the place of {first} "
            f"behind hostname1 in /var/lib/glusterd/peers/{member.uuid}, systemctl start glusterd"
        )
        if member.local and not self.resolver.is_own(first):
            raise ClusterError(f"the pool cannot agree: on {where}, {seen.why_not()}{hint}")
        return hint

    def _note_unnamed(self, where: str, other: Pool) -> None:
        for host in self.wanted.hosts if self.wanted.state == "present" else ():
            seen = self.member(other, host)
            if not seen or seen.local:
                continue
            known = {"peer": where, "host": host, "known_as": seen.names[0]}
            if not identity.is_named(seen, host):
                self.unnamed.append(known)
            elif is_address(seen.names[0]) and not is_address(host):
                self.by_address.append(known)

    def _wait(self, what: str, lacking: Callable[[Pool], str]) -> Pool:
        """Wait until ``lacking`` finds nothing. Returns the pool."""
        looked: list[Pool] = []

        def missing() -> str:
            looked[:] = [self.seen or read(self.cli)]
            lacks = lacking(looked[0])
            self.seen = None if lacks else looked[0]
            return lacks

        commands.wait(self.cli.clock, self.wanted.timeout, what, missing)
        return looked[0]
