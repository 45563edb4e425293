# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The failover mount: inspect, order, probe, start, prove, report; and its undoing.

The one place where the parts meet. Everything that touches the machine or the network is a field of Node.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Callable, Sequence

from .._gluster import bricks, client, client_address, client_log, options, probe, volfile
from .._gluster.attempt import Attempt, Outcome, Step, format_attempts
from .._gluster.server import Server
from .._host import mountinfo, walk
from .._host.immutable import Guard
from .._host.process import Completed
from . import order, pending, session, subdir
from . import overmount as cover
from .inspect import LOOK_SECONDS, check_seen, inspect, server_in_use, wait_for, why_silent
from .model import Container, MountError, Node, Report, Wanted, ignore, nothing
from .state import Live, Reason, Stale, State
from .unmount import (
    BUSY_SECONDS,
    UMOUNT_SECONDS,
    detach,
    in_use_message,
    is_there,
    kept_alive,
    locked,
    lost_by,
    refuse_used,
    umount_command,
    unmount,
    used,
)

_MOST_STACKED = 8
"""Mounts on top of each other that one try could leave behind: one by each client, of which it starts one."""
BACKOFF_SECONDS = 1.0
BACKOFF_MOST_SECONDS = 10.0
_POLL_SECONDS = 0.1
_EXCHANGE_SECONDS = 30.0
"""How long a mount that answers may take to be exchanged: it is none that anybody waits for."""
_GAIN_SECONDS = 5.0
"""How long a new client gets for its bricks, which takes it 0.1 s where they answer, and 3 s more for each that it has to try again."""
_GAIN_POLL_SECONDS = 0.25
_UNUSED_POLL_SECONDS = 0.03


# -- look ---------------------------------------------------------------------------------------------------------


# -- mount --------------------------------------------------------------------------------------------------------


def mount(
    wanted: Wanted,
    node: Node,
    *,
    check: bool = False,
    renew: bool = False,
    refresh: bool = False,
    private: bool = False,
    then: Callable[[], None] = nothing,
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
            told = lost_by(dead, used(dead, node))
            client.end((dead.client,), node.clock, node.kill, node.proc)
        done = cover.put(elsewhere.path, wanted.path, node)
        put = done.ok
        if not put:
            raise MountError(f"{wanted.path}: the new mount could not be put on top of the dead one: {done.why()}")
        then()
    except BaseException:
        if put:
            node.do(umount_command(wanted.path, lazy=True), UMOUNT_SECONDS)
        detach(report.live, node)
        raise
    finally:
        cover.leave(elsewhere.path, node)
    live = inspect(wanted.path, node)
    if not live.answers:
        raise MountError(f"{wanted.path}: the new mount, on top of the dead one, does not answer: {why_silent(live)}")
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


def exchange(wanted: Wanted, old: Live, node: Node, deadline: float, then: Callable[[], None] = nothing) -> Report:
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
        raise MountError(f"{wanted.path}: the new mount does not answer: {why_silent(live)}")
    pending.settle(wanted.path, node.lock_directory)
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
    notes = pending.note(old.path, node.mounts(), node.lock_directory)
    try:
        return detach(old, node, insist=False)
    except MountError:
        if is_there(old, node):
            for path in notes:
                pending.settle(path, node.lock_directory)
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
            return in_use_message(live.path, used(live, node))
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
    absent = Live(State.ABSENT, wanted.path)
    mounting = _Mounting(wanted, node, absent, node.clock.now() + 2 * wanted.timeout_probe, nothing)
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
            raise MountError(f"{self.wanted.path} stopped answering: {why_silent(live)}\n{self.story()}", self.attempts)
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
        pending.settle(self.wanted.path, self.node.lock_directory)
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
            self.cut += kept_alive(before, uses) if before.answers else lost_by(before, uses)
        for attempt in done.attempts:
            self.record(attempt)
        if not done.why:
            self.live = inspect(self.wanted.path, self.node)
            if self.live.answers:
                return
            detail = f"the container has mounted it, but not as this host sees it: {why_silent(self.live)}"
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
        log = client_log.Log.mark(wanted.options.value("log-file") or client.log_file(wanted.path))
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
                why = odd or (_short_of(short, live.look.up) if live.answers and live.look else why_silent(live))
                return Step.PROVE, Outcome.UNPROVEN, why
            node.clock.sleep(_POLL_SECONDS)

    def ended(self, done: Completed, log: client_log.Log) -> tuple[Outcome, str]:
        """What the end of a client without a mount means, see client.judge; of a subdirectory that a brick does not find, what the volume says of it."""
        outcome, detail = client_log.judge(done, log.errors())
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
        quiet = replace(self.node, tell=ignore, settle=nothing, container=None)
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
            notes = pending.note(self.wanted.path, self.node.mounts(), self.node.lock_directory)
            try:
                self.cut += detach(self.live, self.node)
            except MountError:
                if mountinfo.at(self.node.mounts(), self.wanted.path) == self.live.mount:
                    for path in notes:
                        pending.settle(path, self.node.lock_directory)
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
            self.node.do(umount_command(self.wanted.path, lazy=True), UMOUNT_SECONDS)
        if self.node.container:
            self.node.container.end()
        # The client itself follows links, and may have mounted elsewhere where one was put on its way.
        devices = {f"0:{process.connection}" for process in ours if process.connection}
        for entry in self.node.mounts():
            if entry.device in devices and mountinfo.at(self.node.mounts(), entry.path) == entry:
                self.node.do(umount_command(entry.path, lazy=True), UMOUNT_SECONDS)
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
        return format_attempts(self.attempts)


def _short_of(short: Sequence[volfile.Subvolume], up: frozenset[str]) -> str:
    """Which bricks are not connected, by subvolume."""
    parts = []
    for subvolume in short:
        down = [f"{brick.host}:{brick.path}" for brick in subvolume.bricks if brick.name not in up]
        parts.append(f"{subvolume.name} is not connected to {', '.join(down)}")
    return "; ".join(parts)


# -- unmount ------------------------------------------------------------------------------------------------------
