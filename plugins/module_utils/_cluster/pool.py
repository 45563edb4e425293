# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The trusted pool: who is in it, what has to be done to make it the wanted one, and doing it."""

from __future__ import annotations

import ipaddress
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, Callable, Iterable, Mapping

from . import cli as commands
from . import identity
from .cli import Cli, ClusterError, Element, Refused
from .identity import Resolver, Said

_AT_ONCE = 8
"""How many members are asked at the same time what they see."""

_OVERTAKEN_SECONDS = 10.0
"""How long a refused probe or detach is given to come true by another run of the same task, on another host."""

ASK_SECONDS = 10.0
"""How long the glusterd of a host gets to say whom it knows, which takes it 0.1 s. One that is frozen accepts the connection and says nothing."""

_STARTING_SECONDS = 10.0
"""How long a host that is to be added, and that nobody answers on, is asked again: its glusterd may be starting."""

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
        found = identity.find(host, self.peers, resolver)
        return self.member(found.uuid) if found else None

    def member(self, uuid: str) -> Peer | None:
        return next((peer for peer in self.peers if peer.uuid == uuid), None)

    @property
    def said(self) -> Said:
        """What the glusterd that gave this answer said of itself."""
        return Said(next(peer.uuid for peer in self.peers if peer.local), self.uuids)


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


def plan(wanted: Arguments, pool: Pool, uuids: Mapping[str, str]) -> Plan:
    """What makes ``pool`` the wanted one. uuids: of the hosts, as far as they are known. Raises ValueError where that cannot be meant."""
    found = {host: pool.member(uuids.get(host, "")) for host in wanted.hosts}
    if wanted.state == "absent":
        gone = {peer.uuid: peer for peer in found.values() if peer}
        here = [host for host, peer in found.items() if peer and peer.local]
        if here:
            raise ValueError(
                f"hosts: {here[0]!r} is the host this runs on, which cannot detach itself; run the task on another member"
            )
        return Plan(detach=tuple(gone.values()))
    probe = tuple(host for host, peer in found.items() if not peer or not (peer.local or identity.is_named(peer, host)))
    if not wanted.exclusive:
        return Plan(probe)
    kept = {peer.uuid for peer in found.values() if peer}
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
    answers = _ask_wanted(wanted, pool, cli, resolver, check_mode=check_mode) if wanted.state == "present" else {}
    said = {host: answer.said for host, answer in answers.items() if isinstance(answer, Pool)}
    uuids = identity.recognise(wanted.hosts, pool.peers, said, resolver)
    todo = plan(wanted, pool, uuids)
    if todo.detach:
        check_detach(todo.detach, brick_owners(cli.read("volume", "info")), force=wanted.force)
    before = _names(pool)
    if check_mode:
        leaving = {peer.names[0] for peer in todo.detach}
        joining = [host for host in todo.probe if not pool.member(uuids.get(host, ""))]
        after = sorted({*before, *joining} - leaving)
        return Result(todo.changes, _values(pool, cli), before, after)
    waiting = _Waiting(wanted, cli, resolver, uuids, pool, answers)
    if todo.probe:
        # A pool in which a member is down would not learn of the new one.
        waiting.until_joined([host for host in wanted.hosts if host not in todo.probe], "before a host is added")
    for host in todo.probe:
        waiting.probe(host)
        waiting.until_joined([host], "after its probe")
    for peer in todo.detach:
        waiting.detach(peer)
    pool = waiting.until_agreed({peer.uuid for peer in todo.detach})
    values = {**_values(pool, cli), "unnamed": waiting.unnamed, "by_address": waiting.by_address}
    return Result(todo.changes, values, before, _names(pool))


def _ask_wanted(
    wanted: Arguments, pool: Pool, cli: Cli, resolver: Resolver, *, check_mode: bool
) -> dict[str, Pool | ClusterError]:
    """What the wanted hosts say but for this one; a host that is to be added is asked again for a while.

    Raises ValueError where one has neither an answer nor an address, ClusterError where a host to be added gives no answer; in check mode its glusterd
    may be one that an earlier task would have started.
    """
    others = [host for host in wanted.hosts if not resolver.is_local(host)]
    for host in others:
        identity.check_own_name(host, resolver)
    answers = ask(cli, others)
    over = cli.clock.now() + _STARTING_SECONDS
    while True:
        silent = [host for host in others if not isinstance(answers[host], Pool) and not pool.find(host, resolver)]
        for host in silent:
            if not resolver.addresses(host):
                raise ValueError(
                    f"hosts: {host!r} is no member and has no address here; write a name that resolves on every host of the pool, or mend /etc/hosts or "
                    f"the DNS; {answers[host]}"
                )
        if not silent or check_mode:
            return answers
        if cli.clock.now() >= over:
            why = "; ".join(
                f"{host} ({', '.join(sorted(resolver.addresses(host)))}): {answers[host]}" for host in silent
            )
            raise ClusterError(f"nothing was changed, since hosts that are to be added give no answer: {why}")
        cli.clock.sleep(1.0)
        answers.update(ask(cli, silent))


class _Waiting:
    """Waits for the pool of one run; remembers in ``unnamed`` which peer knows which host by another name only, and in ``by_address`` which
    one by an address first and by its name as well: glusterd goes by the first.

    uuids: of the wanted hosts. seen: the pool where it was found good, views: what the wanted hosts saw, both until something is changed: a look costs
    0.1 s.
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
        """Raises Refused, unless it comes true nevertheless."""
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
        """Until each of ``hosts`` is "Peer in Cluster" and connected, as this host sees it."""

        def lacking(pool: Pool) -> str:
            return "; ".join(filter(None, (self._lacks(pool, host) for host in hosts)))

        self._wait(f"{', '.join(hosts)} to be connected and 'Peer in Cluster' {when}", lacking)

    def _lacks(self, pool: Pool, host: str) -> str:
        peer = self.member(pool, host)
        if not peer:
            return f"{host} is not in the pool"
        return "" if peer.ready else f"{peer.why_not()}{self._why_lost('this host', peer, peer)}"

    def until_agreed(self, gone: set[str]) -> Pool:
        """Until this host and each wanted member see the same pool, all wanted ones ready. Returns the pool."""
        # By the name that is wanted: that by which a member was first made known may mean nothing any more.
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
        """What the member ``host`` says of the pool that this host does not; empty if they agree. Raises ClusterError where it never will."""
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
        """What to do where ``where`` has lost a member since it looks for it at an address that the member does not have any more.

        Raises ClusterError where that is certain, since glusterd then never comes back to it: it goes by the first of the names alone.
        """
        host = next((host for host in self.wanted.hosts if self.uuids.get(host) == member.uuid), "")
        first = seen.names[0]
        if not host or not _is_address(first) or first in self.resolver.addresses(host):
            return ""
        advice = (
            f"; it looks for {host} at {first}, which {host} does not resolve to; on {where}: systemctl stop glusterd, put {host} in the place of {first} "
            f"behind hostname1 in /var/lib/glusterd/peers/{member.uuid}, systemctl start glusterd"
        )
        if member.local and not self.resolver.is_own(first):
            raise ClusterError(f"the pool cannot agree: on {where}, {seen.why_not()}{advice}")
        return advice

    def _note_unnamed(self, where: str, other: Pool) -> None:
        for host in self.wanted.hosts if self.wanted.state == "present" else ():
            seen = self.member(other, host)
            if not seen or seen.local:
                continue
            known = {"peer": where, "host": host, "known_as": seen.names[0]}
            if not identity.is_named(seen, host):
                self.unnamed.append(known)
            elif _is_address(seen.names[0]) and not _is_address(host):
                self.by_address.append(known)

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


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _names(pool: Pool) -> list[str]:
    return sorted(peer.names[0] for peer in pool.peers)


def _values(pool: Pool, cli: Cli) -> dict[str, Any]:
    peers = [describe(peer) for peer in pool.peers]
    return {"peers": peers, "unnamed": [], "by_address": [], "commands": list(cli.commands)}


def describe(peer: Peer) -> dict[str, Any]:
    """A peer for a module's result."""
    return {
        "uuid": peer.uuid,
        "host": peer.names[0],
        "names": list(peer.names),
        "connected": peer.connected,
        "state": peer.state_text,
    }
