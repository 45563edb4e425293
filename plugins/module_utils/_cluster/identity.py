# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which machine a name means. The UUID that its glusterd tells decides; names and addresses decide only where its glusterd does not answer.

Two names without a common address are two machines. Where both tell one UUID, one is a copy of the other, and gluster would take the second for another
name of the first: xlators/mgmt/glusterd/src/glusterd-rpc-ops.c, __glusterd_probe_cbk.
"""

from __future__ import annotations

from typing import Mapping, NamedTuple, Protocol, Sequence

from .._host.resolver import Resolver

_NEW_UUID = (
    "systemctl stop glusterd; rm /var/lib/glusterd/glusterd.info; systemctl start glusterd, which gives it another one"
)


class Member(Protocol):
    """A member of the pool; see pool.Peer."""

    @property
    def uuid(self) -> str: ...

    @property
    def names(self) -> tuple[str, ...]: ...

    @property
    def local(self) -> bool: ...


class Identity(NamedTuple):
    """What a glusterd says of itself. uuid: its own. pool: the UUIDs of all members of the pool it is in, its own among them."""

    uuid: str
    pool: frozenset[str]


def check_own_name(host: str, resolver: Resolver, argument: str = "hosts") -> None:
    """Raises ValueError where ``host`` is this host's own name and resolves to addresses that no interface of this host has."""
    if not resolver.is_hostname(host) or resolver.is_local(host):
        return
    addresses = resolver.addresses(host)
    if addresses:
        raise ValueError(
            f"{argument}: {host!r} is this host's own name and resolves to {_list(addresses)} here, which no interface of it has, so that its glusterd takes "
            "the name for another host's; mend /etc/hosts or the DNS, then restart glusterd, which remembers what a name meant"
        )


def recognise(
    hosts: Sequence[str], members: Sequence[Member], identities: Mapping[str, Identity], resolver: Resolver
) -> dict[str, str]:
    """The UUIDs of ``hosts``, as far as they can be known. identities: by host, of those that answered.

    Raises ValueError where a UUID does not tell one machine from another.
    """
    uuids: dict[str, str] = {}
    for host in hosts:
        check_own_name(host, resolver)
        if resolver.is_local(host):
            uuids[host] = _local(members).uuid
        elif host in identities:
            _check_identity(host, identities[host], members, resolver)
            uuids[host] = identities[host].uuid
        else:
            peer = find(host, members, resolver)
            if peer:
                uuids[host] = peer.uuid
    _check_distinct(uuids, resolver)
    return uuids


def find(host: str, members: Sequence[Member], resolver: Resolver) -> Member | None:
    """The member that has the name ``host``, else the one that shares an address with it; None if there is none."""
    for peer in members:
        if is_named(peer, host):
            return peer
    if resolver.is_local(host):
        return _local(members)
    for peer in members:
        if not peer.local and _shared(host, peer, resolver):
            return peer
    return None


def is_named(peer: Member, host: str) -> bool:
    return host.lower() in (name.lower() for name in peer.names)


def _check_identity(host: str, identity: Identity, members: Sequence[Member], resolver: Resolver) -> None:
    local = _local(members)
    where = f"hosts: {host!r} ({_list(resolver.addresses(host))})"
    if identity.uuid == local.uuid:
        raise ValueError(
            f"{where} says that its UUID is {identity.uuid}, which is that of the host this runs on, and has no address of this host; if it is a copy of "
            f"this host, on it: {_NEW_UUID}; if it is this host itself, name it by an address that an interface has"
        )
    named = next((peer for peer in members if is_named(peer, host)), None)
    if named and named.uuid != identity.uuid:
        raise ValueError(
            f"{where} says that its UUID is {identity.uuid}, and the pool knows {named.names[0]} by {named.uuid}: it was installed anew, or is another host; "
            f"give it the old one back, in /var/lib/glusterd/glusterd.info, while its glusterd is stopped, or detach {named.names[0]} first"
        )
    peer = next((peer for peer in members if peer.uuid == identity.uuid), None)
    if peer and not named and not _shared(host, peer, resolver) and local.uuid not in identity.pool:
        raise ValueError(
            f"{where} says that its UUID is {identity.uuid}, which is that of the member {peer.names[0]}, and does not know the pool: it is a copy of that "
            f"host; on it: {_NEW_UUID}"
        )


def _check_distinct(uuids: Mapping[str, str], resolver: Resolver) -> None:
    """No two machines tell the same UUID. Two names of one address are one machine."""
    hosts = list(uuids)
    for number, host in enumerate(hosts):
        for other in hosts[:number]:
            if uuids[host] != uuids[other] or (resolver.is_local(host) and resolver.is_local(other)):
                continue
            if not resolver.addresses(host) & resolver.addresses(other):
                raise ValueError(
                    f"hosts: {other!r} ({_list(resolver.addresses(other))}) and {host!r} ({_list(resolver.addresses(host))}) say that their UUID is "
                    f"{uuids[host]}, and the pool would have one member of the two; if one is a copy of the other, on that one: {_NEW_UUID}; if they are "
                    "one host, name it once, and give it its other name by a task of its own"
                )


def _shared(host: str, peer: Member, resolver: Resolver) -> bool:
    """Whether ``host`` has an address in common with any name of the member."""
    addresses = resolver.addresses(host)
    return any(addresses & resolver.addresses(name) for name in peer.names)


def _local(members: Sequence[Member]) -> Member:
    return next(peer for peer in members if peer.local)


def _list(addresses: frozenset[str]) -> str:
    return ", ".join(sorted(addresses)) or "no address"
