# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The trusted pool: who is in it, what has to be done to make it the wanted one, and doing it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Callable, Mapping, Protocol

from . import cli as commands
from .cli import Cli, ClusterError, Element, Refused

_AT_ONCE = 8
"""How many members are asked at the same time what they see."""

_OVERTAKEN_SECONDS = 10.0
"""How long a refused probe or detach is given to come true by another run of the same task, on another host."""

_IN_CLUSTER = 3
"""glusterd's GD_FRIEND_STATE_BEFRIENDED, "Peer in Cluster"."""


class Resolver(Protocol):
    def addresses(self, host: str) -> frozenset[str]: ...

    def is_local(self, host: str) -> bool: ...


@dataclass(frozen=True)
class Peer:
    """A member of the pool, as one glusterd sees it.

    names: all names and addresses it is known by, the first one being that of the first probe; "localhost" for the glusterd asked itself.
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
        """The member that ``host`` means: by name if it has that name, else by address. None if there is none."""
        for peer in self.peers:
            if host.lower() in (name.lower() for name in peer.names):
                return peer
        if resolver.is_local(host):
            return next(peer for peer in self.peers if peer.local)
        addresses = resolver.addresses(host)
        for peer in self.peers:
            if not peer.local and any(addresses & resolver.addresses(name) for name in peer.names):
                return peer
        return None


def parse(root: Element) -> Pool:
    """The answer to ``pool list``."""
    return Pool(tuple(_peer(peer) for peer in root.iter("peer")))


def _peer(peer: Element) -> Peer:
    first = commands.text(peer, "hostname")
    names = [name.text.strip() for name in peer.iterfind("hostnames/hostname") if name.text]
    return Peer(
        uuid=commands.text(peer, "uuid"),
        names=tuple(dict.fromkeys([first, *names])),
        connected=commands.text(peer, "connected") == "1",
        # The glusterd that is asked says no state of itself.
        state=commands.number(peer, "state", _IN_CLUSTER),
        state_text=(peer.findtext("stateStr") or "Peer in Cluster").strip(),
    )


def read(cli: Cli, host: str = "") -> Pool:
    return parse(cli.read("pool", "list", host=host))


def brick_owners(root: Element) -> dict[str, list[str]]:
    """The answer to ``volume info``: by a host's UUID, which bricks it holds, each as "volume web (gfs1:/bricks/web)"."""
    owners: dict[str, list[str]] = {}
    for volume in root.iter("volume"):
        name = commands.text(volume, "name")
        for brick in volume.iterfind("bricks/brick"):
            what = f"volume {name} ({commands.text(brick, 'name')})"
            owners.setdefault(commands.text(brick, "hostUuid"), []).append(what)
    return owners


@dataclass(frozen=True)
class Arguments:
    """The module's arguments, checked. hosts: each once, canonical. timeout: seconds for each wait."""

    hosts: tuple[str, ...]
    state: str
    exclusive: bool
    force: bool
    timeout: float


def check(params: Mapping[str, Any]) -> Arguments:
    """Raises ValueError: which value, which rule it breaks, what to write instead."""
    hosts = tuple(dict.fromkeys(commands.check_host(host, "hosts") for host in params["hosts"]))
    if not hosts:
        raise ValueError("hosts is empty; name at least one, as in hosts: [gfs1, gfs2, gfs3]")
    if params["state"] == "absent" and params["exclusive"]:
        raise ValueError(
            "exclusive goes with state: present, where hosts is the whole pool; drop it, or write state: present"
        )
    return Arguments(
        hosts=hosts,
        state=params["state"],
        exclusive=params["exclusive"],
        force=params["force"],
        timeout=commands.check_seconds("timeout", params["timeout"]),
    )


@dataclass(frozen=True)
class Plan:
    """probe: hosts to add, or to make known by that name. detach: members to remove."""

    probe: tuple[str, ...] = ()
    detach: tuple[Peer, ...] = ()

    @property
    def changes(self) -> bool:
        return bool(self.probe or self.detach)


def plan(wanted: Arguments, pool: Pool, resolver: Resolver) -> Plan:
    """What makes ``pool`` the wanted one. Raises ValueError where that cannot be meant."""
    found = {host: pool.find(host, resolver) for host in wanted.hosts}
    if wanted.state == "absent":
        gone = {peer.uuid: peer for peer in found.values() if peer}
        here = [host for host, peer in found.items() if peer and peer.local]
        if here:
            raise ValueError(
                f"hosts: {here[0]!r} is the host this runs on, which cannot detach itself; run the task on another member"
            )
        return Plan(detach=tuple(gone.values()))
    probe = tuple(host for host, peer in found.items() if not peer or not (peer.local or _is_named(peer, host)))
    if not wanted.exclusive:
        return Plan(probe)
    kept = {peer.uuid for peer in found.values() if peer}
    if not any(peer.local and peer.uuid in kept for peer in pool.peers):
        raise ValueError(
            f"hosts: {', '.join(wanted.hosts)} does not name the host this runs on, which exclusive: true would remove; "
            "add it, or run the task on one of them"
        )
    return Plan(probe, tuple(peer for peer in pool.peers if peer.uuid not in kept))


def _is_named(peer: Peer, host: str) -> bool:
    return host.lower() in (name.lower() for name in peer.names)


def check_detach(peers: tuple[Peer, ...], owners: Mapping[str, list[str]], *, force: bool) -> None:
    """Raises ValueError if one of ``peers`` holds bricks, or is down and may not be detached nevertheless."""
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


@dataclass(frozen=True)
class Result:
    """What the module reports."""

    changed: bool
    values: dict[str, Any]
    before: list[str]
    after: list[str]


def ensure(wanted: Arguments, cli: Cli, resolver: Resolver, *, check_mode: bool) -> Result:
    """Make the pool the wanted one.

    Raises ValueError before anything is touched, ClusterError where gluster refuses or a wait is over.
    """
    pool = read(cli)
    todo = plan(wanted, pool, resolver)
    if todo.detach:
        check_detach(todo.detach, brick_owners(cli.read("volume", "info")), force=wanted.force)
    before = _names(pool)
    if check_mode:
        leaving = {peer.names[0] for peer in todo.detach}
        joining = [host for host in todo.probe if not pool.find(host, resolver)]
        after = sorted({*before, *joining} - leaving)
        return Result(todo.changes, _values(pool, [], cli), before, after)
    waiting = _Waiting(wanted, cli, resolver, pool)
    if todo.probe:
        # A pool in which a member is down would not learn of the new one.
        waiting.until_joined([host for host in wanted.hosts if host not in todo.probe], "before a host is added")
    for host in todo.probe:
        waiting.probe(host)
        waiting.until_joined([host], "after its probe")
    for peer in todo.detach:
        waiting.detach(peer)
    pool = waiting.until_agreed({peer.uuid for peer in todo.detach})
    return Result(todo.changes, _values(pool, waiting.unnamed, cli), before, _names(pool))


class _Waiting:
    """Waits for the pool of one run; remembers in ``unnamed`` which peer knows which host by an address only.

    seen: the pool where it was found good, until something is changed: a look costs 0.1 s.
    """

    def __init__(self, wanted: Arguments, cli: Cli, resolver: Resolver, seen: Pool) -> None:
        self.wanted = wanted
        self.cli = cli
        self.resolver = resolver
        self.seen: Pool | None = seen
        self.unnamed: list[dict[str, str]] = []

    def probe(self, host: str) -> None:
        self._write("probe", host, is_done=lambda pool: pool.find(host, self.resolver) is not None)

    def detach(self, peer: Peer) -> None:
        force = ["force"] if self.wanted.force and not peer.connected else []
        self._write("detach", peer.names[0], *force, is_done=lambda pool: peer.uuid not in pool.uuids)

    def _write(self, *words: str, is_done: Callable[[Pool], bool]) -> None:
        """Raises Refused, unless it comes true nevertheless."""
        self.seen = None
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
        """Until each of ``hosts`` is "Peer in Cluster" and connected, as this host sees it."""

        def lacking(pool: Pool) -> str:
            return "; ".join(filter(None, (self._lacks(pool, host) for host in hosts)))

        self._wait(f"{', '.join(hosts)} to be connected and 'Peer in Cluster' {when}", lacking)

    def _lacks(self, pool: Pool, host: str) -> str:
        peer = pool.find(host, self.resolver)
        if not peer:
            return f"{host} is not in the pool"
        return "" if peer.ready else peer.why_not()

    def until_agreed(self, gone: set[str]) -> Pool:
        """Until this host and each wanted member see the same pool, all wanted ones ready. Returns the pool."""

        def lacking(pool: Pool) -> str:
            lacks = [f"{peer.names[0]} is still there" for peer in pool.peers if peer.uuid in gone]
            members = [peer for peer in pool.peers if not peer.local]
            if self.wanted.state == "present":
                lacks += filter(None, (self._lacks(pool, host) for host in self.wanted.hosts))
                uuids = {peer.uuid for host in self.wanted.hosts for peer in [pool.find(host, self.resolver)] if peer}
                members = [peer for peer in members if peer.uuid in uuids]
            else:
                members = [peer for peer in members if peer.ready]
            if not lacks:
                self.unnamed.clear()
                with ThreadPoolExecutor(max_workers=_AT_ONCE) as threads:
                    others = threads.map(self._seen_by, members)
                    lacks += filter(None, (self._disagrees(pool, *both) for both in zip(members, others)))
            return "; ".join(lacks)

        return self._wait("all members to see the same pool", lacking)

    def _seen_by(self, peer: Peer) -> Pool | str:
        """The pool as ``peer`` sees it, or why it does not say."""
        try:
            return read(self.cli, peer.names[0])
        except ClusterError as error:
            return str(error)

    def _disagrees(self, pool: Pool, peer: Peer, other: Pool | str) -> str:
        """What ``peer`` says of the pool that this host does not; empty if they agree."""
        if isinstance(other, str):
            return other
        theirs = {member.uuid: member for member in other.peers}
        lacks = []
        for member in pool.peers:
            seen = theirs.get(member.uuid)
            if not seen:
                lacks.append(f"{peer.names[0]} does not know {member.names[0]}")
            elif member.ready and not seen.ready:
                lacks.append(f"on {peer.names[0]}, {seen.why_not()}")
        ours = {member.uuid for member in pool.peers}
        lacks += [f"{peer.names[0]} still knows {member.names[0]}" for member in other.peers if member.uuid not in ours]
        self._note_unnamed(pool, peer, theirs)
        return ", ".join(lacks)

    def _note_unnamed(self, pool: Pool, peer: Peer, theirs: Mapping[str, Peer]) -> None:
        for host in self.wanted.hosts:
            member = pool.find(host, self.resolver) if self.wanted.state == "present" else None
            seen = theirs.get(member.uuid) if member else None
            if seen and not seen.local and not _is_named(seen, host):
                self.unnamed.append({"peer": peer.names[0], "host": host, "known_as": seen.names[0]})

    def _wait(self, what: str, lacking: Callable[[Pool], str]) -> Pool:
        """The pool once it lacks nothing."""
        looked: list[Pool] = []

        def missing() -> str:
            looked[:] = [self.seen or read(self.cli)]
            lacks = lacking(looked[0])
            self.seen = None if lacks else looked[0]
            return lacks

        commands.wait(self.cli.clock, self.wanted.timeout, what, missing)
        return looked[0]


def _names(pool: Pool) -> list[str]:
    return sorted(peer.names[0] for peer in pool.peers)


def _values(pool: Pool, unnamed: list[dict[str, str]], cli: Cli) -> dict[str, Any]:
    return {"peers": [describe(peer) for peer in pool.peers], "unnamed": unnamed, "commands": list(cli.commands)}


def describe(peer: Peer) -> dict[str, Any]:
    """A peer for a module's result."""
    return {
        "uuid": peer.uuid,
        "host": peer.names[0],
        "names": list(peer.names),
        "connected": peer.connected,
        "state": peer.state_text,
    }
