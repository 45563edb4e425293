# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From where the bricks of a volume are used: mounts, and whatever else speaks to them as a client, but for the pool's own self-heal daemons."""

from __future__ import annotations

from collections import Counter
from typing import Mapping, Sequence

from .._host.resolver import Resolver
from . import cli as commands
from . import healers
from .cli import Cli, ClusterError, Element, Refused
from .pool import Peer, Pool
from .volume import Brick, Volume, client_address


def parse(root: Element) -> list[tuple[str, Counter[str]]]:
    """Parse the answer to ``volume status NAME clients``: of each online brick, the UUID of its host and how many connections come from which address."""
    return [
        (
            node.findtext("peerid") or "",
            Counter(
                client_address(commands.text(client, "hostname")) for client in node.iterfind("clientsStatus/client")
            ),
        )
        for node in root.iterfind("volStatus/volumes/volume/node")
        if (node.findtext("path") or "").startswith("/") and node.findtext("status") == "1"
    ]


def users(
    bricks: Sequence[tuple[str, Mapping[str, int]]], healing: Mapping[str, bool], pool: Pool, resolver: Resolver
) -> tuple[str, ...]:
    """The addresses from which more connections come to a brick than the one of a self-heal daemon there, sorted.

    healing: whether that daemon runs, by UUID of the host; it has one connection to each brick of the volume.
    """
    of = {address: peer.uuid for peer in pool.peers if not peer.local for address in _addresses(peer, resolver)}
    here = next((peer.uuid for peer in pool.peers if peer.local), "")
    found = set()
    for own, counts in bricks:
        by_host: dict[str, int] = {}
        for address, count in counts.items():
            uuid = own if _is_loopback(address) else here if resolver.is_own(address) else of.get(address, "")
            host = uuid or address
            by_host[host] = by_host.get(host, 0) + count
            if by_host[host] > int(healing.get(uuid, False)):
                found.add(address)
    return tuple(sorted(found))


def _addresses(peer: Peer, resolver: Resolver) -> frozenset[str]:
    return frozenset(address for name in peer.names for address in (name, *resolver.addresses(name)))


def _is_loopback(address: str) -> bool:
    return address == "::1" or address.startswith("127.")


def answers(cli: Cli, volumes: Sequence[Volume], name: str = "all") -> tuple[Element, ...]:
    """The answers to ``volume status NAME clients`` for all bricks of these started volumes. name: of the one, or "all". Raises ClusterError.

    A brick that no client has, as of a volume without copies that nobody mounts, gives no answer, and glusterd refuses the whole then ("Commit failed", seen
    on 10.3). So each is asked alone; one that is refused too tells its plain status, in which no client stands.
    """
    try:
        return (cli.read("volume", "status", name, "clients"),)
    except Refused as error:
        if error.late:
            raise
    return tuple(_answer(cli, volume.name, brick) for volume in volumes for brick in volume.bricks)


def _answer(cli: Cli, volume: str, brick: Brick) -> Element:
    try:
        return cli.read("volume", "status", volume, str(brick), "clients")
    except Refused as error:
        if error.late:
            raise
    return cli.read("volume", "status", volume, str(brick))


def from_where(cli: Cli, volume: Volume, pool: Pool, resolver: Resolver) -> tuple[str, ...]:
    """From where the started volume is used. Raises ClusterError."""
    bricks = [entry for root in answers(cli, [volume], volume.name) for entry in parse(root)]
    if not any(counts for _own, counts in bricks):
        return ()
    try:
        healing = healers.parse(cli.read("volume", "status", volume.name, "shd"))
    except ClusterError:
        healing = {}  # a volume without copies has none
    return users(bricks, healing, pool, resolver)
