# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The failover mount: inspect, order, probe, start, prove, report; and its undoing.

The one place where the parts meet. Everything that touches the machine or the network is a field of Node.
"""

from __future__ import annotations

import functools
import os
import random
import socket
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Callable, Iterator, NamedTuple, Protocol, Sequence

from .._persist import guard, walk
from .._persist.guard import Guard
from . import (
    beneath,
    bricks,
    client,
    client_address,
    connection,
    cover,
    in_use,
    lock,
    mountinfo,
    options,
    order,
    owed,
    probe,
    proof,
    session,
    subdir,
    volfile,
)
from .clock import Clock
from .connection import Connections, Fate
from .live import Live, Reason, Stale, State, classify
from .network import Network
from .options import Options
from .plain import plain, plain_lines
from .process import Completed, Run, run
from .report import Attempt, Outcome, Step
from .server import Server
from .stuck import Stuck

LOCK_DIRECTORY = "/run/evenkeel.glusterfs"

LOOK_SECONDS = 5.0
"""How long a mounted path gets to answer before it counts as hung. A healthy one takes milliseconds."""
NAMES_SECONDS = 1.0
"""How long the servers' names get to resolve when the name of the one in use is looked for; else it is reported by its address."""
BACKOFF_SECONDS = 1.0
BACKOFF_MOST_SECONDS = 10.0
_POLL_SECONDS = 0.1
_PATIENT_POLL_SECONDS = 2.0
_UMOUNT_SECONDS = 30.0
_FLUSH_SECONDS = 10.0
_EXCHANGE_SECONDS = 30.0
"""How long a mount that answers may take to be exchanged: it is none that anybody waits for."""
_GAIN_SECONDS = 5.0
"""How long a new client gets for its bricks, which takes it 0.1 s where they answer, and 3 s more for each that it has to try again."""
_GAIN_POLL_SECONDS = 0.25
_EBUSY_RC = 32
BUSY_SECONDS = 3.0
"""How long what uses a mount gets to end by itself before the mount counts as in use: a look at it by another run, by systemd when it reads fstab again."""
_BUSY_POLL_SECONDS = 0.2
_UNUSED_POLL_SECONDS = 0.03
_MOST_STACKED = 8
"""Mounts on top of each other that one try could leave behind: one by each client, of which it starts one."""
_SETTLE_SECONDS = 2.0
"""How long a file system that is mounted nowhere any more may still be there for what ends in this moment."""
HANGS_SECONDS = 5.0
"""How long a client that has let a look hang, and whose mount is detached already, gets to answer that look before it counts as one that hangs."""


def _nothing() -> None:
    """Do nothing."""


def _ignore(_attempt: Attempt) -> None:
    """Tell nobody."""


class MountError(Exception):
    """No mount came to be, or one could not be taken away. The text is the whole story for a person."""

    def __init__(self, message: str, attempts: Sequence[Attempt] = ()) -> None:
        super().__init__(plain_lines(message))
        self.attempts = tuple(attempts)


class LinkRefused(MountError):
    """A path leads through a symbolic link that nothing is mounted through."""


class Wanted(NamedTuple):
    """What shall be mounted where, and how long that may take (seconds).

    guard: whether to make the bare directory immutable, so that nothing is written there while nothing is mounted.
    seal: whether to make the directory above immutable too, where it holds nothing but the mount point: for one that others can write to, as a pod that
    sees it.
    cover: whether the mount, if it is to replace one that has died, goes on top of that.
    source: the source string the mount shows in mountinfo, so that mount -a and findmnt know it whichever server answered.
    patience: how long a client that lives, but gives no answer or reaches no brick, gets to answer again before it is replaced. Those who have files
    open there lose them with it, and when a brick's host falls silent, I/O stalls for 42 s, the default of network.ping-timeout, and up to 73 s
    were seen.
    """

    path: str
    volume: str
    subdir: str
    servers: tuple[Server, ...]
    source: str
    options: Options
    order: str = "random"
    prefer: tuple[Server, ...] = ()
    require: str = "writable"
    guard: bool = False
    cover: bool = False
    seal: bool = False
    timeout_probe: float = 3.0
    timeout_try: float = 30.0
    timeout_total: float = 120.0
    patience: float = 90.0


class Started(NamedTuple):
    """How the start of a container ended: attempts as it reported them; why there is no mount, "" if there is one."""

    attempts: tuple[Attempt, ...]
    why: str = ""


class Container(Protocol):
    """What makes the mount of one path in the place of a client on this host: a container, which picks, mounts and proves by this same engine."""

    def check(self) -> None:
        """Raises MountError where no container can be started here: no runtime, no image."""

    def outdated(self) -> bool:
        """Whether the container that serves the mount is of another image than wanted, and a new one shall take over from it."""

    def start(self, wanted: Wanted, timeout: float) -> Started:
        """Have the mount made within ``timeout`` seconds, by a new container where one runs that does not serve it any more.

        What did not lead to a mount is taken away again.
        """

    def runs(self) -> bool:
        """Whether a container of this path runs or tries to."""

    def end(self) -> None:
        """End it, and let nothing start it again."""


@dataclass
class Node(Network):
    """The machine worked on: its clock, chance and processes, and its network, all of which tests replace.

    connections: the FUSE connections that the kernel lists. block: the folder of block devices.
    settle: called when what has been begun is going to be finished and not undone any more, whatever signal comes.
    tell: called with each try as soon as it has ended.
    systemd: whether the client gets a scope of its own, since it would end with whatever started it.
    unread: what of the kernel's tables could not be read and was passed over, for a warning.
    container: what makes mounts in the place of a client on this host; None where that is what is wanted.
    commands: those that change something, as they were run. changed: whether a run that failed has left anything changed.
    """

    clock: Clock = field(default_factory=Clock)
    rng: random.Random = field(default_factory=random.SystemRandom)
    run: Run = run
    kill: Callable[[int, int], None] = os.kill
    program: Callable[[str], str | None] = client.program
    resolve: Callable[..., Sequence[tuple[Any, ...]]] = socket.getaddrinfo
    see_guard: Callable[[str], Guard] = guard.look
    put_guard: Callable[[str], Guard] = guard.put
    seal: Callable[[str], Guard] = guard.seal
    lift_guard: Callable[[str], None] = guard.lift
    connections: Callable[[], Connections] = connection.listed
    block: str = in_use.BLOCK
    put_beneath: Callable[[str, str], bool] = beneath.put
    unused: Callable[[str], bool] = beneath.unused
    settle: Callable[[], None] = _nothing
    tell: Callable[[Attempt], None] = _ignore
    proc: str = "/proc"
    lock_directory: str = LOCK_DIRECTORY
    systemd: bool = field(default_factory=lambda: os.path.isdir("/run/systemd/system"))
    commands: list[str] = field(default_factory=list)
    changed: bool = False
    unread: set[str] = field(default_factory=set)
    container: Container | None = None

    @property
    def stuck(self) -> Stuck:
        """Who hangs on a mount and was given up."""
        return Stuck(self.lock_directory, self.proc)

    def do(self, argv: Sequence[str], timeout: float) -> Completed:
        """Run a command that changes something, and remember it for the report."""
        self.commands.append(" ".join(argv))
        return self.run(argv, timeout)

    def mounts(self, process: str = "self") -> tuple[mountinfo.Mount, ...]:
        """What is mounted, as this or another process sees it."""
        table = f"{self.proc}/{process}/mountinfo"
        with open(table, encoding="utf-8", errors="surrogateescape", newline="\n") as file:
            return mountinfo.parse(
                file.read(), lambda line: self.unread.add(f"{table} has a line that is none: {plain(line)}")
            )


class Report(NamedTuple):
    """How a mount point came to its state.

    changed: whether anything was mounted or taken away.
    healed: whether a dead or hung mount was replaced.
    server: the glusterd that the client is really connected to, as the user named it where it is one of those; None if nothing is mounted.
    differs: client flags asked for and not in force, or in force and not asked for, on a mount that was left alone.
    guard: whether the directory below is guarded; None if that was not looked at.
    """

    live: Live
    changed: bool
    healed: bool = False
    server: str | None = None
    attempts: tuple[Attempt, ...] = ()
    differs: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    guard: Guard | None = None


# -- look ---------------------------------------------------------------------------------------------------------


def inspect(path: str, node: Node, again: int = 2) -> Live:
    """What is at ``path``, found out within LOOK_SECONDS even if what is there hangs. ``path`` must be free of symbolic links.

    again: how often to look anew where another mount is there by the time of the look.
    Raises MountError where the way there hangs, which is no fault of the mount.
    """
    mounts = node.mounts()
    mount = mountinfo.at(mounts, path)
    if mount is None or not mount.gluster:
        return classify(path, mount, None, None)
    process = client.serving(client.find(path, node.proc), mount.device)
    if mount.root != "/" or not process:
        shown = _bound(mount, mounts, node)
        if shown is not None:
            return Live(State.BIND, path, mount, bind_of=shown)
    look = proof.look(path, LOOK_SECONDS, node.run, node.stuck, mount.id)
    if look.hung == "reach":
        raise MountError(f"{path} cannot be looked at: the way there gives no answer within {LOOK_SECONDS:g} s")
    if look.mount and look.mount != mount.id and again:
        return inspect(path, node, again - 1)
    if look.mount not in (0, mount.id):
        raise MountError(
            f"{path} cannot be looked at: its path leads to another mount than the kernel's table says, as where something is mounted over a directory above"
        )
    if process and not process.connection and look.gone:
        process = None  # an older client of this path, which others need still, where the kernel does not tell whose connection is whose
    return classify(path, mount, process, look)


def _bound(mount: mountinfo.Mount, mounts: Sequence[mountinfo.Mount], node: Node) -> str | None:
    """The path that ``mount`` is a bind of, "" where that is not mounted any more; None if it is a mount in its own right.

    A bind of a directory tells so itself. One of the whole is told from the mount by the client, whose arguments name the mount's own path.
    """
    others = [other for other in mounts if other.device == mount.device and other.path != mount.path]
    wholes = [other for other in others if other.root == "/"]
    served = [other for other in wholes if client.serving(client.find(other.path, node.proc), other.device)]
    if mount.root == "/":
        return served[0].path if served else None
    origin = next(iter(served or wholes), None)
    return origin.path.rstrip("/") + mount.root if origin else ""


def wait_for(live: Live, patience: float, node: Node) -> Live:
    """Give a client that lives and does not answer ``patience`` seconds to answer again; what is there then.

    Where a mount hangs, one lives, known or not: the kernel ends all questions to a client that is gone (fuse_abort_conn).
    """
    deadline = node.clock.now() + patience
    while (live.client or live.state is State.HUNG) and not live.answers and node.clock.now() < deadline:
        node.clock.sleep(_PATIENT_POLL_SECONDS)
        live = inspect(live.path, node)
    return live


def locate(path: str, node: Node, *, follow: bool = False) -> str:
    """The mount point that ``path`` means, free of symbolic links as mount(8) makes it.

    follow: whether its last part may be one. Who keeps a mount by a path follows none there, whoever has put it, and neither does systemd.
    Raises MountError where even that hangs, and LinkRefused for a link that is not followed, as one that could lead wherever somebody else likes.
    """
    mounts = node.mounts()
    holder = mountinfo.holding(mounts, os.path.dirname(path))
    mounted = mountinfo.at(mounts, path) is not None
    if mounted and (holder is None or holder.path == "/"):
        return path
    place = proof.place(os.path.dirname(path) if mounted else path, LOOK_SECONDS, node.run, node.stuck)
    link = place.link or (path if place.is_link and not follow else "")
    if place.kind != "hung" and not mounted and link:
        why = "others than root can put one there" if place.link else "a mount is not kept through one"
        raise LinkRefused(
            f"{path}: {link} is a symbolic link, by which the path leads to {place.real}, and {why}; name the directory itself, or remove the link"
        )
    if place.kind != "hung":
        return path if mounted else place.real
    if not mounted and mountinfo.at(mounts, place.real) is not None:
        return place.real
    below = f"{holder.path} ({holder.describe()})" if holder and holder.path != "/" else "one on the way there"
    raise MountError(f"{path} lies on a mount that gives no answer within {LOOK_SECONDS:g} s: {below}")


def check_place(path: str, node: Node) -> None:
    """Refuse what can be no mount point: the root directory, a file, a brick. Raises MountError."""
    if path == "/":
        raise MountError("the mount point is the root directory; mount on a directory below it")
    if mountinfo.at(node.mounts(), path) is not None:
        return
    place = proof.place(path, LOOK_SECONDS, node.run, node.stuck)
    if place.kind == "other":
        raise MountError(f"{path} is there and is no directory; remove it or choose another mount point")
    if place.brick:
        raise MountError(f"{path} is a brick of a Gluster volume; mount on a directory outside the brick")


def check_seen(path: str, node: Node) -> None:
    """Refuse to change what only this process would see changed, from a mount namespace of its own. Raises MountError.

    Such a namespace gets to know what the host mounts, and not the other way round: a unit of systemd has one for PrivateTmp, ProtectSystem and others.
    """
    try:
        if os.readlink(f"{node.proc}/self/ns/mnt") == os.readlink(f"{node.proc}/1/ns/mnt"):
            return
        of_the_host = {mount.peers for mount in node.mounts("1")}
    except OSError:  # not for this process to know, or no /proc of its own
        return
    holder = mountinfo.holding(node.mounts(), os.path.dirname(path))
    if not holder or not holder.peers or holder.peers not in of_the_host:
        raise MountError(
            f"{path}: nothing was changed, since only this run would see it: it has a mount namespace of its own; "
            "run it outside of a unit with PrivateTmp, ProtectSystem or the like"
        )


# -- mount --------------------------------------------------------------------------------------------------------


def mount(
    wanted: Wanted,
    node: Node,
    *,
    check: bool = False,
    renew: bool = False,
    refresh: bool = False,
    private: bool = False,
    then: Callable[[], None] = _nothing,
) -> Report:
    """Make sure that the wanted volume is mounted, and proven, at ``wanted.path``; leave a healthy mount of it alone.

    check: only say whether something would change; servers are asked nothing but whether a client that lives hears from them.
    renew: detach even a healthy mount and mount anew.
    refresh: do that where the options in force differ from those wanted, or the client's program has been replaced since it was started; and where it is
    stale, which is exchanged without being asked for, let those who use it be an error and no warning.
    private: whether a mount will do that only this process's mount namespace sees.
    then: what belongs to the mount, done once it is proven, in check mode too. If it raises, a mount made for it is undone.
    Raises MountError with one line for each server, and leaves nothing of a failed try behind.
    """
    deadline = node.clock.now() + wanted.timeout_total
    with locked(wanted.path, wanted.timeout_total, node):
        live = inspect(wanted.path, node)
        _refuse_others(wanted, live, node.container is not None)
        if not renew:
            live = judge(live, wanted.servers, node)
        # One that has answered may have fallen silent while its servers were asked.
        if not check and not (renew and not used(live, node)):
            live = wait_for(live, min(wanted.patience, wanted.timeout_total - wanted.timeout_try), node)
        differs = _differs(wanted, live)
        old = bool(differs or (live.stale and node.container) or (live.client and live.client.outdated))
        fits = live.answers and not renew and not (refresh and old)
        takes_over = live.answers and node.container is not None and node.container.outdated()
        if takes_over:
            fits = False
        why_used = _why_used(live, node) if live.stale and fits and not node.container else ""
        if why_used and refresh:
            raise MountError(why_used)
        exchanges = bool(live.stale) and fits and not node.container and not why_used
        if (exchanges or not fits) and not private:
            check_seen(wanted.path, node)
        if not fits and live.answers and not takes_over:
            refuse_used(live, node)
        if check:
            then()
            return Report(live, changed=exchanges or not fits, healed=exchanges or _ails(live), differs=differs)
        failed = why_used
        if exchanges:
            try:
                return exchange(wanted, live, node, deadline, then)
            except MountError as error:
                live = inspect(wanted.path, node)._replace(stale=live.stale)
                if not live.answers:
                    raise
                failed = str(error)
        if _ails(live) and wanted.cover and not node.container:
            return _cover(wanted, live, node, deadline, then)
        mounting = _Mounting(wanted, node, live, deadline, then)
        mounting.see_guard()
        return mounting.keep(differs, failed) if fits else mounting.make()


def _cover(wanted: Wanted, dead: Live, node: Node, deadline: float, then: Callable[[], None]) -> Report:
    """Mount anew on top of ``dead``, which stays below, until ``deadline``. Raises MountError; what was there is there as before then.

    So does a client that lives and reaches no brick: who uses its file system may get an answer yet. One that hangs is ended, which frees those who wait.
    """
    left = max(deadline - node.clock.now(), 1.0)
    elsewhere = cover.elsewhere(wanted, node)._replace(timeout_total=left)
    unmount(elsewhere.path, node, timeout=wanted.timeout_total)  # what a run that was cut off has left there
    report = mount(elsewhere, node)
    put = False
    told = _left_below(dead)
    try:
        # A look at a mount that hangs would hang too.
        if dead.client and dead.state is State.HUNG:
            told = _lost(dead, used(dead, node))
            client.end((dead.client,), node.clock, node.kill, node.proc)
        done = cover.put(elsewhere.path, wanted.path, node)
        put = done.ok
        if not put:
            raise MountError(f"{wanted.path}: the new mount could not be put on top of the dead one: {done.why()}")
        then()
    except BaseException:
        if put:
            node.do(_umount(wanted.path, lazy=True), _UMOUNT_SECONDS)
        detach(report.live, node)
        raise
    finally:
        cover.leave(elsewhere.path, node)
    live = inspect(wanted.path, node)
    if not live.answers:
        raise MountError(f"{wanted.path}: the new mount, on top of the dead one, does not answer: {_why(live)}")
    return report._replace(
        live=live, healed=True, warnings=(*report.warnings, *told), guard=node.see_guard(wanted.path)
    )


def _left_below(dead: Live) -> tuple[str, ...]:
    """What to say where a client lives on below the mount that covers its own."""
    if dead.client is None:
        return ()
    return (
        f"{dead.path}: the mount that reached no brick stays below the new one, and its client (process {dead.client.pid}) with it, "
        "for those who have it open or bound elsewhere; it ends when the mount point is unmounted",
    )


def exchange(wanted: Wanted, old: Live, node: Node, deadline: float, then: Callable[[], None] = _nothing) -> Report:
    """Mount anew where a mount lives that nobody uses, until ``deadline``: elsewhere first, and in its place once that is proven.

    The new mount goes beneath the old one, which is then unmounted, and not lazily: at no moment is none there. Where the kernel cannot do that, there is
    none for some milliseconds. Raises MountError; then the old one is still there, or it is noted that a mount is owed.
    """
    why = _why_used(old, node)
    if why:
        raise MountError(why)
    left = min(max(deadline - node.clock.now(), 1.0), _EXCHANGE_SECONDS)
    elsewhere = cover.elsewhere(wanted, node)._replace(timeout_total=left)
    waits = _waits_beneath(old, node)
    if not waits:
        unmount(elsewhere.path, node, timeout=wanted.timeout_total)  # what a run that was cut off has left there
    report = Report(old, changed=True) if waits else mount(elsewhere, node, private=True)
    put = waits
    try:
        if not waits and old.stale and old.stale.reason is Reason.BRICK:
            _await_gain(old, report.live, node)
        put = waits or node.put_beneath(elsewhere.path, wanted.path)
        kept = _release(old, node)
        if not put:
            done = cover.put(elsewhere.path, wanted.path, node)
            put = done.ok
            if not put:
                raise MountError(f"{wanted.path}: the new mount could not be put in its place: {done.why()}")
    finally:
        if not put:
            detach(report.live, node)
        if not waits:
            cover.leave(elsewhere.path, node)
    live = inspect(wanted.path, node)
    if not live.answers:
        raise MountError(f"{wanted.path}: the new mount does not answer: {_why(live)}")
    owed.settle(wanted.path, node.lock_directory)
    node.settle()
    then()
    return report._replace(
        live=live,
        healed=True,
        server=server_in_use(live, wanted.servers, node),
        warnings=(*report.warnings, *kept),
        guard=node.see_guard(wanted.path),
    )


def _await_gain(old: Live, new: Live, node: Node) -> None:
    """Wait until the new mount has a brick that the old one has not, and all of its own. Raises MountError.

    What keeps the old client from a brick might keep the new one too, as its login does that the brick refuses: nothing would be gained, at each run again.
    """
    deadline = node.clock.now() + _GAIN_SECONDS
    while not _connected(old) < _connected(new):
        if node.clock.now() >= deadline:
            raise MountError(f"{old.path}: a new client does not reach more bricks than the one that is there")
        node.clock.sleep(_GAIN_POLL_SECONDS)
        new = inspect(new.path, node)


def _connected(live: Live) -> frozenset[tuple[str, str]]:
    """The bricks, as host and path, that the mount is connected to."""
    if live.look is None or live.look.volfile is None:
        return frozenset()
    return frozenset((brick.host, brick.path) for brick in live.look.volfile.bricks if brick.name in live.look.up)


def _waits_beneath(old: Live, node: Node) -> bool:
    """Whether a new mount is there already, beneath an old one that was opened at the last moment when it was to be exchanged."""
    below = next((entry for entry in node.mounts() if old.mount and entry.id == old.mount.parent), None)
    if below is None or below.path != old.path or below.fstype != mountinfo.GLUSTERFS:
        return False
    return client.serving(client.find(old.path, node.proc), below.device) not in (None, old.client)


def _release(old: Live, node: Node) -> tuple[str, ...]:
    """Unmount what is exchanged; see detach. Raises MountError."""
    notes = owed.note(old.path, node.mounts(), node.lock_directory)
    try:
        return detach(old, node, insist=False)
    except MountError:
        if _is_there(old, node):
            for path in notes:
                owed.settle(path, node.lock_directory)
        raise


def _why_used(live: Live, node: Node) -> str:
    """Why a mount that answers cannot be unmounted: who uses it. "" if nobody does, as far as can be told and by the word of the kernel."""
    try:
        refuse_used(live, node)
    except MountError as error:
        return str(error)
    deadline = node.clock.now() + BUSY_SECONDS
    while not node.unused(live.path):
        if node.clock.now() >= deadline:
            return _in_use(live.path, used(live, node))
        node.clock.sleep(_UNUSED_POLL_SECONDS)
    return ""


def judge(live: Live, servers: Sequence[Server], node: Node) -> Live:
    """The same, or what is there later, with the state STALE where that is so, see session.py."""
    return session.judge((live,), lambda path: inspect(path, node), node, servers=servers)[0]


def _ails(live: Live) -> bool:
    return live.state in (State.DEAD, State.HUNG)


def _refuse_others(wanted: Wanted, live: Live, by_container: bool) -> None:
    if live.stranger():
        raise MountError(f"{wanted.path}: something else is mounted there: {live.stranger()}; unmount it first")
    if live.mounted and (live.volume, live.subdir) != (wanted.volume, wanted.subdir):
        there, here = _volume(live.volume, live.subdir), _volume(wanted.volume, wanted.subdir)
        raise MountError(
            f"{wanted.path}: something else is mounted there: volume {there}, not {here}; unmount it first"
        )
    if live.client and live.client.contained is not by_container:
        by = "a container" if live.client.contained else "a client of this host"
        raise MountError(
            f"{wanted.path} is mounted by {by} (process {live.client.pid}); unmount it first, or leave it there by via: "
            + ("container" if live.client.contained else "host")
        )


def _volume(volume: str, subdir: str) -> str:
    return f"{volume}/{subdir}" if subdir else volume


def _differs(wanted: Wanted, live: Live) -> tuple[str, ...]:
    """Client flags in which the running client and the wanted options differ."""
    if not live.answers or not live.client:
        return ()
    asked = {flag for flag in wanted.options.flags if not flag.startswith("--log-file=")}
    if not client_address.asked_family(asked):
        # Which one it was told to use depends on who answered when it was started.
        asked |= client_address.family_flags(live.client.flags)
    return tuple(sorted(options.told_of(live.client.flags, asked) ^ asked))


def rehearse(wanted: Wanted, node: Node) -> tuple[tuple[Server, ...], Server | None, tuple[Attempt, ...]]:
    """What a mount would do now, without making one: the order of the servers, the one that would be used (None: none serves it), and every try.

    Takes twice timeout_probe at most.
    """
    nothing = Live(State.ABSENT, wanted.path)
    mounting = _Mounting(wanted, node, nothing, node.clock.now() + 2 * wanted.timeout_probe, _nothing)
    arranged = mounting.arranged()
    race = mounting.ask(arranged)
    serves = race.winner and race.spec and mounting.bricks_up(race.winner, race.spec.volfile)
    return arranged, race.winner if serves else None, tuple(mounting.attempts)


class _Mounting:
    """One mount being made: the tries so far, and what they would leave behind.

    deadline: when timeout_total is over, on the node's clock. then: see mount.
    """

    def __init__(self, wanted: Wanted, node: Node, live: Live, deadline: float, then: Callable[[], None]) -> None:
        self.wanted = wanted
        self.node = node
        self.live = live
        self.deadline = deadline
        self.then = then
        self.found: tuple[set[int], set[client.Client]] = (set(), set())
        self.argv: tuple[str, ...] = ()
        self.attempts: list[Attempt] = []
        self.cut: tuple[str, ...] = ()
        self.bricks: tuple[volfile.Brick, ...] = ()
        self.subdir_there: tuple[subdir.Kind, str] = (subdir.Kind.UNKNOWN, "")
        self.made_directories: list[str] = []
        self.guard = self.guard_before = Guard(immutable=False)
        self.silent_bricks = ""
        self.made = False

    def left(self) -> float:
        """Seconds until timeout_total is over."""
        return self.deadline - self.node.clock.now()

    # A mount that answers is kept.

    def keep(self, differs: tuple[str, ...], failed: str) -> Report:
        """Report on the mount that is there, once it is known to be the same cluster's and to meet the requirement.

        failed: why a stale one is not exchanged.
        """
        warnings = []
        stale = self.live.stale
        race = self.ask(self.arranged())
        if race.winner is None or race.spec is None:
            warnings.append(f"{self.wanted.path} is mounted and answers, but no server does:\n{self.story()}")
        elif self.live.look and self.live.look.volfile:
            self.refuse_other_cluster(race.spec.volfile, self.live.look.volfile)
        self.live = self.await_bricks()
        warnings += self.short_of_writable()
        if stale:
            self.live = self.live._replace(state=State.STALE, stale=stale)
            warnings.append(self.left_stale(stale, failed))
        self.node.settle()
        self.then()
        return Report(
            self.live,
            changed=False,
            server=self.server_in_use(),
            attempts=tuple(self.attempts),
            differs=differs,
            warnings=tuple(warnings),
            guard=self.guard,
        )

    def left_stale(self, stale: Stale, failed: str) -> str:
        """What is wrong with a client that stays though it is stale, and what a person can do about it."""
        there = f"{self.wanted.path} is mounted, but {stale.detail}"
        if self.node.container:
            return f"{there}; remount: true has a new container take over from it"
        return (
            f"{there}. It is mounted anew by the next run that can do so without taking it away from anybody: {failed}"
        )

    def refuse_other_cluster(self, asked: volfile.Volfile, mounted: volfile.Volfile) -> None:
        """A volume of the same name in another cluster has none of these bricks; a mount through a gfproxy shows none at all."""
        ours, theirs = ({(brick.host, brick.path) for brick in graph.bricks} for graph in (asked, mounted))
        if theirs and not ours & theirs:
            raise MountError(
                f"{self.wanted.path}: volume {self.wanted.volume} of another cluster is mounted there, with bricks on "
                f"{', '.join(sorted({host for host, _path in theirs}))}; unmount it first",
                self.attempts,
            )

    def await_bricks(self) -> Live:
        """Wait until the mounted volume has the bricks that are required. Raises MountError when time is over."""
        live = self.live
        while live.answers and live.look and live.look.volfile:
            short = live.look.volfile.missing(live.look.up, self.wanted.require)
            if not short:
                return live
            if self.left() <= 0:
                raise MountError(
                    f"{self.wanted.path} is mounted, but {_short_of(short, live.look.up)}\n{self.story()}",
                    self.attempts,
                )
            self.node.clock.sleep(min(1.0, max(self.left(), 0)))
            live = inspect(self.wanted.path, self.node)
        if not live.answers:
            raise MountError(f"{self.wanted.path} stopped answering: {_why(live)}\n{self.story()}", self.attempts)
        return live

    # One that does not is made anew.

    def make(self) -> Report:
        """Go round the servers until a mount is proven, the time is over, or no try can help."""
        self.check_client()
        healed = _ails(self.live)
        try:
            if self.node.container:
                self.by_container(self.node.container)
            else:
                self.rounds()
            self.node.settle()
            self.then()
        except BaseException:
            if self.made:
                self.clean()
            self.restore_guard()
            self.remove_directories()
            raise
        owed.settle(self.wanted.path, self.node.lock_directory)
        return Report(
            self.live,
            changed=True,
            healed=healed,
            server=self.server_in_use(),
            attempts=tuple(self.attempts),
            warnings=(*self.short_of_writable(), *self.cut, *self.seal()),
            guard=self.guard,
        )

    def check_client(self) -> None:
        """Raises MountError where what would mount cannot, before anything is touched."""
        if self.node.container:
            self.node.container.check()
            return
        if self.node.program(client.PROGRAM) is None:
            raise MountError(
                "no GlusterFS client on this node; install package glusterfs-client (Debian) or glusterfs-fuse (EL), or mount by via: container"
            )
        lack = client.lacks(self.wanted.options.flags, self.node.run)
        if lack:
            raise MountError(f"{self.wanted.path}: the client on this node does not have an option of opts: {lack}")

    def by_container(self, container: Container) -> None:
        """Have a container pick, mount and prove, and prove it again from this host, which need not see what a container mounts."""
        before = self.live
        if self.live.answers and not container.outdated():
            self.detach_old()
        uses = used(self.live, self.node)
        if (
            not self.live.mounted
        ):  # a dead one, which the container takes away when it has a new one, gives no look at its directory
            self.make_directories()
            self.put_guard()
        self.found = self.traces()
        if self.live.state is State.HUNG and self.live.client:
            # It ends no more by itself, and its container with it, which would have to wait for a mount that hangs.
            client.end((self.live.client,), self.node.clock, self.node.kill, self.node.proc)
        elif self.live.state is State.DEAD:
            # Its container may have been started again by now.
            self.live = inspect(self.wanted.path, self.node)
            if self.live.answers:
                return
        started = self.node.clock.now()
        done = container.start(self.wanted, max(self.left(), 1.0))
        self.made = not done.why
        if self.made and uses:
            self.cut += _kept(before, uses) if before.answers else _lost(before, uses)
        for attempt in done.attempts:
            self.record(attempt)
        if not done.why:
            self.live = inspect(self.wanted.path, self.node)
            if self.live.answers:
                return
            detail = f"the container has mounted it, but not as this host sees it: {_why(self.live)}"
            self.note(None, Step.PROVE, Outcome.UNPROVEN, started, detail)
        raise MountError(
            done.why or f"{self.wanted.path} is not mounted on this host:\n{self.story()}",
            self.attempts,
        )

    def rounds(self) -> None:
        """Round after round with a growing, random pause, until a mount is proven or the time is over."""
        longest_pause = BACKOFF_SECONDS
        while not self.round():
            # The last round comes when there is just time for it.
            room = self.left() - self.wanted.timeout_probe
            if room <= 0:
                raise MountError(
                    f"volume {_volume(self.wanted.volume, self.wanted.subdir)} could not be mounted on {self.wanted.path} "
                    f"in {self.wanted.timeout_total - self.left():.0f} s (timeout_total is {self.wanted.timeout_total:g} s):\n{self.story()}",
                    self.attempts,
                )
            self.node.clock.sleep(min(self.node.rng.uniform(0, longest_pause), room))
            longest_pause = min(2 * longest_pause, BACKOFF_MOST_SECONDS)

    def short_of_writable(self) -> tuple[str, ...]:
        """A warning where what was required, and met, is less than that every file can be read and written."""
        look = self.live.look
        if look and look.odd:
            return (f"{self.wanted.path} is mounted, but {look.odd}",)
        short = look.volfile.missing(look.up, "writable") if look and look.volfile else ()
        if not look or not short:
            return ()
        return (
            f"{self.wanted.path} is mounted, but files are missing or cannot be written: {_short_of(short, look.up)}",
        )

    def round(self) -> bool:
        """Try every server at most once, in a new order; whether a mount is proven."""
        servers = list(self.arranged())
        first = len(self.attempts)
        while servers and self.left() > 0:
            race = self.ask(servers)
            if race.winner is None or race.spec is None:
                break
            ended = {attempt.server: attempt.outcome for attempt in race.attempts}
            unasked = [server for server in servers if server not in ended]
            silent = [server for server in servers if ended.get(server) is Outcome.SILENT]
            failed = [server for server in servers if server in ended and server not in (race.winner, *silent)]
            if not self.bricks_up(race.winner, race.spec.volfile):
                return False
            asked = client_address.asked_family(self.wanted.options.flags)
            way = client_address.way_to(race.winner, race.spec.address, race.spec.addresses, asked)
            family = asked or client_address.family(race.spec.address)
            if self.try_mount(race.winner, (way, *unasked, *silent, *failed), family):
                return True
            servers = unasked + silent
        self.stop_if_nobody_serves(self.attempts[first:])
        return False

    def stop_if_nobody_serves(self, attempts: Sequence[Attempt]) -> None:
        """A volume that every server denies will not come by waiting."""
        deny = {attempt.server for attempt in attempts if attempt.outcome is Outcome.NO_VOLUME}
        if deny.issuperset(self.wanted.servers):
            raise MountError(
                f"no server has a volume {self.wanted.volume}; nothing was mounted:\n{self.story()}", self.attempts
            )

    def arranged(self) -> tuple[Server, ...]:
        return order.arrange(self.wanted.servers, order=self.wanted.order, prefer=self.wanted.prefer, rng=self.node.rng)

    def ask(self, servers: Sequence[Server]) -> probe.Race:
        """Race for the first server that serves the volume."""
        race = probe.race(
            servers,
            lambda server, progress: self.node.getspec(
                server, self.wanted.volume, self.wanted.timeout_probe, progress=progress
            ),
            timeout=self.wanted.timeout_probe,
            limit=max(0.1, self.left()),
            tasks=self.node.tasks(),
        )
        for attempt in race.attempts:
            self.record(attempt)
        return race

    def bricks_up(self, server: Server, graph: volfile.Volfile) -> bool:
        """Whether the bricks' own hosts say that enough of them are up; if not it is a matter of the volume, not of this server."""
        self.bricks = graph.bricks
        started = self.node.clock.now()
        states = bricks.check_bricks(
            graph,
            self.wanted.require,
            portmap=self.node.brick_port,
            ping=self.node.ping_brick,
            timeout=max(0.1, min(self.wanted.timeout_probe, self.left())),
            tasks=self.node.tasks(),
        )
        if states.satisfied:
            self.silent_bricks = states.unknown()
            return True
        self.note(server, Step.BRICKS, Outcome.BRICKS_DOWN, started, states.why())
        return False

    def try_mount(self, server: Server, ways: Sequence[Server], family: str) -> bool:
        """Start the client and prove the mount; leave nothing of a try that fails. Raises MountError where no other try can help.

        server: the one that has answered. ways: how the client is to come to that one, and to those it may go on to. family: of which addresses.
        """
        self.detach_old()
        self.make_directories()
        self.put_guard()
        self.found = self.traces()
        deadline = self.node.clock.now() + min(self.wanted.timeout_try, max(self.left(), 1.0))
        started = self.node.clock.now()
        step, outcome, detail = Step.START, Outcome.CLIENT_FAILED, "interrupted"
        try:
            step, outcome, detail = self.start(ways, family, deadline)
        finally:
            self.made = outcome is Outcome.OK
            if not self.made:
                self.clean()
        if outcome in (Outcome.TIMEOUT, Outcome.UNPROVEN) and self.silent_bricks:
            detail += f"; before that nothing could be learnt of {self.silent_bricks}"
        self.note(server, step, outcome, started, detail)
        if outcome is Outcome.FATAL:
            raise MountError(
                f"volume {_volume(self.wanted.volume, self.wanted.subdir)} cannot be mounted on {self.wanted.path}: {detail}\n{self.story()}",
                self.attempts,
            )
        return outcome is Outcome.OK

    def start(self, ways: Sequence[Server], family: str, deadline: float) -> tuple[Step, Outcome, str]:
        wanted, node = self.wanted, self.node
        argv = client.command(
            ways,
            wanted.volume,
            wanted.subdir,
            wanted.path,
            wanted.source,
            wanted.options.flags,
            family=family,
            release=client_address.release(client.executable(), ways, node.run),
        )
        self.argv = argv
        log = client.Log.mark(wanted.options.value("log-file") or client.log_file(wanted.path))
        if node.systemd:
            argv = client.scoped(argv, f"glusterfs-{node.rng.getrandbits(64):016x}")
        done = node.do(argv, deadline - node.clock.now())
        if done.rc is None:
            return Step.START, Outcome.TIMEOUT, f"the client had no mount after {done.seconds:.1f} s"
        if done.rc != 0:
            return (Step.START, *self.ended(done, log))
        while True:
            live = inspect(wanted.path, node)
            if live.state is State.ABSENT or not live.client:
                return (Step.START, *self.ended(done, log))
            short = live.look.volfile.missing(live.look.up, wanted.require) if live.look and live.look.volfile else ()
            odd = live.look.odd if live.look else ""
            if live.answers and not short and not odd:
                self.live = live
                return Step.PROVE, Outcome.OK, ""
            if node.clock.now() >= deadline:
                why = odd or (_short_of(short, live.look.up) if live.answers and live.look else _why(live))
                return Step.PROVE, Outcome.UNPROVEN, why
            node.clock.sleep(_POLL_SECONDS)

    def ended(self, done: Completed, log: client.Log) -> tuple[Outcome, str]:
        """What the end of a client without a mount means, see client.judge; of a subdirectory that a brick does not find, what the volume says of it."""
        outcome, detail = client.judge(done, log.errors())
        if not self.wanted.subdir or not detail.startswith(subdir.REFUSAL):
            return outcome, detail
        lacking = log.complainers(subdir.REFUSAL)
        bricks_lacking = ", ".join(str(brick) for brick in self.bricks if brick.name in lacking) or "a brick"
        there, why = self.subdir_there
        if there is subdir.Kind.UNKNOWN:
            there, why = self.subdir_there = self.ask_for_subdir()
        if there is subdir.Kind.DIRECTORY:
            return (
                Outcome.CLIENT_FAILED,
                f"{bricks_lacking} lacks {self.wanted.subdir}, which the volume has, until it is healed",
            )
        if there is subdir.Kind.UNKNOWN:
            return (
                Outcome.CLIENT_FAILED,
                f"{detail} by {bricks_lacking}, and whether the volume has it could not be told: {why}",
            )
        return Outcome.FATAL, detail if there is subdir.Kind.MISSING else f"{self.wanted.subdir} is no directory"

    def ask_for_subdir(self) -> tuple[subdir.Kind, str]:
        """What the volume has by the name of the subdirectory, and why that could not be told: its root is mounted for a moment."""
        quiet = replace(self.node, tell=_ignore, settle=_nothing, container=None)
        path = ""
        try:
            root = subdir.of_root(self.wanted, quiet, max(1.0, min(self.wanted.timeout_try, self.left())))
            path = root.path
            unmount(path, quiet, timeout=self.wanted.timeout_probe)  # what a run that was cut off has left there
            report = mount(
                root._replace(options=cover.elsewhere(root, quiet).options, guard=False, seal=False),
                quiet,
                private=True,
            )
            there = subdir.look(path, self.wanted.subdir, LOOK_SECONDS, quiet.run)
            detach(report.live, quiet)
            return there, "looking at it in the volume's root failed" if there is subdir.Kind.UNKNOWN else ""
        except (MountError, OSError) as error:
            return subdir.Kind.UNKNOWN, str(error).partition("\n")[0]
        finally:
            if path:
                cover.leave(path, quiet)

    def detach_old(self) -> None:
        """Take away what this mount replaces: a dead or hung one lazily, one that answers only if nobody uses it."""
        if self.live.mounted:
            notes = owed.note(self.wanted.path, self.node.mounts(), self.node.lock_directory)
            try:
                self.cut += detach(self.live, self.node)
            except MountError:
                if mountinfo.at(self.node.mounts(), self.wanted.path) == self.live.mount:
                    for path in notes:
                        owed.settle(path, self.node.lock_directory)
                raise
            self.live = Live(State.ABSENT, self.wanted.path)

    def make_directories(self) -> None:
        """Make the mount point and its parents, and remember which were not there."""
        if mountinfo.at(self.node.mounts(), self.wanted.path):
            return
        try:
            walk.make(self.wanted.path, self.made_directories.append)
        except OSError as error:
            raise MountError(
                f"the mount point {self.wanted.path} cannot be made: {error.filename}: {error.strerror}", self.attempts
            ) from error

    def remove_directories(self) -> None:
        """Undo make_directories: only what it made, only if still empty."""
        while self.made_directories:
            try:
                walk.remove(self.made_directories.pop())
            except OSError:
                return

    def see_guard(self) -> None:
        """Find out whether the bare directory is guarded; this hangs where what it lies on does, see locate."""
        self.guard = self.guard_before = self.node.see_guard(self.wanted.path)

    def put_guard(self) -> None:
        """Guard the bare directory, an empty one only, or lift the guard, as wanted."""
        if self.wanted.guard:
            self.guard = self.node.put_guard(self.wanted.path)
        elif self.guard.immutable:
            self.node.lift_guard(self.wanted.path)
            self.guard = self.node.see_guard(self.wanted.path)

    def seal(self) -> tuple[str, ...]:
        """Guard the directory above where that is wanted; a warning where it cannot be."""
        sealed = self.node.seal(self.wanted.path) if self.wanted.seal else Guard(immutable=True)
        if sealed.immutable:
            return ()
        return (f"{self.wanted.path}: {sealed.reason}, so others can put something beside the mount point",)

    def restore_guard(self) -> None:
        """Undo put_guard."""
        if self.guard.immutable and not self.guard_before.immutable:
            self.node.lift_guard(self.wanted.path)
        elif self.guard_before.immutable and not self.guard.immutable:
            self.node.put_guard(self.wanted.path)
        self.guard = self.guard_before

    def traces(self) -> tuple[set[int], set[client.Client]]:
        """Mounts and clients of this path: ids of the mounts, and the processes."""
        ids = {entry.id for entry in self.node.mounts() if entry.path == self.wanted.path}
        return ids, set(client.find(self.wanted.path, self.node.proc))

    def clean(self) -> None:
        """Take away every trace of a failed try, and nothing that was there before it or that somebody else has mounted meanwhile."""
        known = {(process.pid, process.started) for process in self.found[1]}
        processes = client.find(self.wanted.path, self.node.proc)
        new = [process for process in processes if (process.pid, process.started) not in known]
        ours = [process for process in new if not process.contained and process.argv == self.argv]
        others = [process for process in new if not process.contained and process.argv != self.argv]
        for _round in range(_MOST_STACKED):
            if not self.is_new(mountinfo.at(self.node.mounts(), self.wanted.path), others):
                break
            self.node.do(_umount(self.wanted.path, lazy=True), _UMOUNT_SECONDS)
        if self.node.container:
            self.node.container.end()
        # The client itself follows links, and may have mounted elsewhere where one was put on its way.
        devices = {f"0:{process.connection}" for process in ours if process.connection}
        for entry in self.node.mounts():
            if entry.device in devices and mountinfo.at(self.node.mounts(), entry.path) == entry:
                self.node.do(_umount(entry.path, lazy=True), _UMOUNT_SECONDS)
        client.end(ours, self.node.clock, self.node.kill, self.node.proc)

    def is_new(self, entry: mountinfo.Mount | None, others: Sequence[client.Client]) -> bool:
        """Whether a mount came with this try: it was not there before, and none of the clients that others have started serves it."""
        if entry is None or not entry.gluster or entry.id in self.found[0]:
            return False
        return client.serving(others, entry.device) is None

    def server_in_use(self) -> str | None:
        return server_in_use(self.live, self.wanted.servers, self.node)

    def note(self, server: Server | None, step: Step, outcome: Outcome, started: float, detail: str) -> None:
        self.record(Attempt(server, step, outcome, self.node.clock.now() - started, detail))

    def record(self, attempt: Attempt) -> None:
        self.attempts.append(attempt)
        self.node.tell(attempt)

    def story(self) -> str:
        return story(self.attempts)


def server_in_use(live: Live, servers: Sequence[Server], node: Node) -> str | None:
    """The server that the client's management connection goes to, by its name among ``servers`` where it has one, else by its address.

    None where no client lives or it is connected to none. Takes NAMES_SECONDS at most.
    """
    process = live.client
    if process is None:
        return None
    ports = sorted({server.port for server in servers})
    address = next(filter(None, (client.connected_to(process, port, node.proc) for port in ports)), None)
    if address is None:
        return None
    return _name_of(address, servers, node) or address


def _name_of(address: str, servers: Sequence[Server], node: Node) -> str | None:
    """Which of ``servers`` has this IP address, as far as their names resolve within NAMES_SECONDS; asked all at once."""
    for server, found in _resolved(servers, node):
        # Of an address with a zone the kernel's table has the address alone.
        if any(entry[4][0].partition("%")[0] == address for entry in found):
            return str(server)
    return None


def family(servers: Sequence[Server], node: Node) -> str:
    """By which family of addresses a client comes to any of ``servers``, as far as their names resolve within NAMES_SECONDS; asked all at once."""
    addresses = [entry[4][0] for _server, found in _resolved(servers, node) for entry in found]
    return client_address.family_of(servers, addresses)


def _resolved(servers: Sequence[Server], node: Node) -> Iterator[tuple[Server, Sequence[tuple[Any, ...]]]]:
    """Each of ``servers`` with what its name resolves to, as soon as it does."""
    tasks = node.tasks()
    for server in servers:
        tasks.start(server, functools.partial(node.resolve, server.host, server.port))
    deadline = tasks.now() + NAMES_SECONDS
    for _server in servers:
        done = tasks.wait(deadline - tasks.now())
        if done is None:
            return
        if not isinstance(done[1], BaseException):
            yield done


def story(attempts: Sequence[Attempt]) -> str:
    """One line a server: how its last try ended, how long it took, and how often it was tried."""
    last: dict[Server | None, Attempt] = {}
    count: dict[Server | None, int] = {}
    for attempt in attempts:
        last[attempt.server] = attempt
        count[attempt.server] = count.get(attempt.server, 0) + (attempt.outcome is not Outcome.OK)
    rows = []
    for server, attempt in last.items():
        tries = f", {count[server]} tries" if count[server] > 1 else ""
        detail = f": {plain(attempt.detail)}" if attempt.detail else ""
        rows.append(
            f"  {server or '-'}: {attempt.step.value}: {attempt.outcome.value} after {attempt.seconds:.2f} s{tries}{detail}"
        )
    return "\n".join(rows)


def _short_of(short: Sequence[volfile.Subvolume], up: frozenset[str]) -> str:
    """Which bricks are not connected, by subvolume."""
    parts = []
    for subvolume in short:
        down = [f"{brick.host}:{brick.path}" for brick in subvolume.bricks if brick.name not in up]
        parts.append(f"{subvolume.name} is not connected to {', '.join(down)}")
    return "; ".join(parts)


def _why(live: Live) -> str:
    return live.look.why() if live.look else "nothing is mounted"


# -- unmount ------------------------------------------------------------------------------------------------------


def unmount(path: str, node: Node, *, timeout: float, patience: float = 0.0, check: bool = False) -> Report:
    """Take away every GlusterFS mount at ``path`` and its client. One in use raises MountError, which names its users, in check mode too.

    patience: how long one that hangs under its users gets to answer again, before it is taken away from them.
    """
    with locked(path, timeout, node):
        live = inspect(path, node)
        if live.stranger():
            raise MountError(f"{path}: something else is mounted there: {live.stranger()}; it is left alone")
        runs = node.container is not None and node.container.runs()
        if live.mounted:
            check_seen(path, node)
        if live.state is State.HUNG and not check and used(live, node):
            live = wait_for(live, patience, node)
        refuse_used(live, node)
        if check or not (live.mounted or runs):
            return Report(live, changed=live.mounted or runs)
        node.settle()
        owed.settle(path, node.lock_directory)
        warnings: tuple[str, ...] = ()
        while live.mounted:
            warnings += detach(live, node, insist=False)
            live = inspect(path, node)
        if node.container:
            node.container.end()
            live = inspect(path, node)
        return Report(live, changed=True, warnings=warnings)


def used(live: Live, node: Node) -> tuple[in_use.Use, ...]:
    """Who uses the file system that is mounted there, as far as that can be told."""
    return in_use.find(live.mount, node.proc, node.block) if live.mounted and live.mount else ()


def refuse_used(live: Live, node: Node) -> None:
    """Refuse to take a mount away that its client serves, from those who use it. Raises MountError.

    Processes, which may only look at it, get BUSY_SECONDS to end; another mount of the file system does not go by itself. What could not be found out is left
    to umount(2), which refuses.
    """
    if not live.answers and (live.state is not State.DEAD or not live.client):
        return
    deadline = node.clock.now() + BUSY_SECONDS
    while True:
        uses = [use for use in used(live, node) if use.sure]
        if not uses:
            return
        if node.clock.now() >= deadline or any(use.lasting for use in uses):
            raise MountError(_in_use(live.path, uses))
        node.clock.sleep(_BUSY_POLL_SECONDS)


def _in_use(path: str, uses: Sequence[in_use.Use]) -> str:
    who = in_use.names(uses) or "another mount or a process of another namespace"
    return f"{path} is in use by {who} and stays mounted; end or unmount that first"


def detach(live: Live, node: Node, *, insist: bool = True) -> tuple[str, ...]:
    """Unmount one mount and see its client end; what was cut off by that, or left alive, as lines for a person.

    insist: whether a mount whose client lives and reaches no brick is taken away from its users too. One that hangs is, since a plain umount of it could
    block for minutes; one without a client is, since it is lost to them anyway.
    Raises MountError if it is in use or does not go.
    """
    before = node.connections()
    lost: tuple[str, ...] = ()
    lazy = live.state is State.HUNG or not (live.answers or live.client)
    done = None if lazy else _umount_patiently(live, node)
    if (
        done is None
        or done.rc is None
        or (done.rc == _EBUSY_RC and insist and not live.answers and _is_there(live, node))
    ):
        lost = _lost(live, used(live, node))
        done = node.do(_umount(live.path, lazy=True), _UMOUNT_SECONDS)
    if _is_there(live, node):
        if done.rc == _EBUSY_RC and not lazy:
            raise MountError(_in_use(live.path, used(live, node)))
        raise MountError(f"{live.path} could not be unmounted: {done.why()}")
    # What was bound onto itself, as for containers, is there once more.
    below = mountinfo.at(node.mounts(), live.path)
    if below and live.mount and below.device == live.mount.device:
        return (*lost, *detach(live._replace(mount=below), node, insist=insist))
    if live.state is not State.HUNG or not lost:
        return (*lost, *_await_end(live, before, node, insist=insist))
    if live.client and not client.end((live.client,), node.clock, node.kill, node.proc):
        raise MountError(_survives(live))
    return lost


def _is_there(live: Live, node: Node) -> bool:
    """Whether what was seen at the mount point is mounted there still. umount(8) has one exit code for that and for the work of another, who was faster."""
    there = mountinfo.at(node.mounts(), live.path)
    return there is not None and live.mount is not None and there.id == live.mount.id


def _umount_patiently(live: Live, node: Node) -> Completed:
    """umount(8), again while it is refused, for BUSY_SECONDS at most."""
    deadline = node.clock.now() + BUSY_SECONDS
    while True:
        done = node.do(_umount(live.path, lazy=False), _UMOUNT_SECONDS)
        if done.rc != _EBUSY_RC or not _is_there(live, node) or node.clock.now() >= deadline:
            return done
        node.clock.sleep(_BUSY_POLL_SECONDS)


def _await_end(live: Live, before: Connections, node: Node, *, insist: bool) -> tuple[str, ...]:
    """See the client end by itself, as it does when its file system is mounted nowhere any more; a line for a person where it is left alive.

    It is ended only when its file system is gone, and left alive while somebody uses that: the kernel alone knows all of them. As long as a look of our own
    hangs there, the kernel cannot tell. Such a client gets HANGS_SECONDS more to answer, as one does that an overloaded machine has kept from it; it is
    ended then only where that is insisted on.
    Raises MountError if it does not end.
    """
    if live.client is None or live.mount is None:
        return ()
    hung = live.state is State.HUNG
    flush = _SETTLE_SECONDS if hung else _FLUSH_SECONDS
    started = node.clock.now()
    while not client.gone((live.client,), _BUSY_POLL_SECONDS, node.clock, node.proc):
        looks = hung and proof.hangs_still(live.path, live.mount.id, node.stuck)
        fate = connection.fate(live.mount.device, before, node.connections())
        waited = node.clock.now() - started
        if waited < (HANGS_SECONDS if looks else _SETTLE_SECONDS if fate is Fate.THERE else flush):
            continue
        if looks and not insist:
            return _owes(live)
        if fate is not Fate.GONE and not looks:
            return _kept(live, used(live, node))
        if not client.end((live.client,), node.clock, node.kill, node.proc):
            raise MountError(_survives(live))
    return ()


def _survives(live: Live) -> str:
    return f"{live.path} is unmounted, but its client does not end: process {live.client.pid if live.client else '-'}"


def _kept(live: Live, uses: Sequence[in_use.Use]) -> tuple[str, ...]:
    """What to say where a client outlives its mount."""
    who = in_use.names(uses) or "another mount namespace, or something else that cannot be named"
    pid = f" (process {live.client.pid})" if live.client else ""
    return (
        f"{live.path}: the client that has served it{pid} was left alive, since its file system is in use by {who}; it ends with the last of them",
    )


def _owes(live: Live) -> tuple[str, ...]:
    """What to say where a client outlives its mount since it may answer yet."""
    return (
        f"{live.path}: the client that has served it (process {live.client.pid if live.client else '-'}) was left alive, since it owes an answer; "
        "it ends by itself when it has given that and nobody uses its file system",
    )


def _lost(live: Live, uses: Sequence[in_use.Use]) -> tuple[str, ...]:
    """What to say where a mount is taken away from those who use it."""
    if not uses:
        return ()
    what = "gave no answer" if live.state is State.HUNG else "was dead" if not live.answers else "stopped answering"
    return (
        f"{live.path} {what} and was taken away from {in_use.names(uses)}; what they have open there is lost, and has to be opened anew",
    )


def _umount(path: str, *, lazy: bool) -> tuple[str, ...]:
    return (client.program("umount") or "umount", *(["-l"] if lazy else []), path)


@contextmanager
def locked(path: str, timeout: float, node: Node) -> Iterator[None]:
    """One at a time on one mount point; another run that holds it is waited for, and then its result is found there."""
    with ExitStack() as held:
        try:
            held.enter_context(lock.hold(f"{node.lock_directory}/{client.file_name(path)}.lock", timeout, node.clock))
        except lock.LockTimeout as error:
            raise MountError(f"{path}: another run is at work on this mount point: {error}") from error
        except OSError as error:
            raise MountError(f"{path}: its lock {error.filename} cannot be taken: {error.strerror}") from error
        yield
