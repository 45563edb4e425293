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
from .model import Container, MountError, MountSpec, Node, Report, ignore, nothing
from .state import Observed, Reason, Stale, State
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
    spec: MountSpec,
    node: Node,
    *,
    check: bool = False,
    renew: bool = False,
    refresh: bool = False,
    private: bool = False,
    then: Callable[[], None] = nothing,
) -> Report:
    """Make sure that the wanted volume is mounted, and proven, at ``spec.path``; leave a healthy mount of it alone.

    check: only say whether something would change; servers are asked nothing but whether a client that lives hears from them.
    renew: detach even a healthy mount and mount anew.
    refresh: do that where the options in force differ from those wanted, or the client's program has been replaced since it was started; and where it is
    stale, which is exchanged without being asked for, let those who use it be an error and no warning.
    private: whether a mount will do that only this process's mount namespace sees.
    then: what belongs to the mount, done once it is proven, in check mode too. If it raises, a mount made for it is undone.
    Raises MountError with one line for each server, and leaves nothing of a failed try behind.
    """
    deadline = node.clock.now() + spec.timeout_total
    with locked(spec.path, spec.timeout_total, node):
        observed = inspect(spec.path, node)
        _refuse_others(spec, observed, node.container is not None)
        if not renew:
            observed = judge(observed, spec.servers, node)
        # One that has answered may have fallen silent while its servers were asked.
        if not check and not (renew and not used(observed, node)):
            observed = wait_for(observed, min(spec.patience, spec.timeout_total - spec.timeout_try), node)
        differs = _differs(spec, observed)
        old = bool(differs or (observed.stale and node.container) or (observed.client and observed.client.outdated))
        fits = observed.answers and not renew and not (refresh and old)
        takes_over = observed.answers and node.container is not None and node.container.outdated()
        if takes_over:
            fits = False
        why_used = _why_used(observed, node) if observed.stale and fits and not node.container else ""
        if why_used and refresh:
            raise MountError(why_used)
        exchanges = bool(observed.stale) and fits and not node.container and not why_used
        if (exchanges or not fits) and not private:
            check_seen(spec.path, node)
        if not fits and observed.answers and not takes_over:
            refuse_used(observed, node)
        if check:
            then()
            return Report(observed, changed=exchanges or not fits, healed=exchanges or _ails(observed), differs=differs)
        failed = why_used
        if exchanges:
            try:
                return exchange(spec, observed, node, deadline, then)
            except MountError as error:
                observed = inspect(spec.path, node)._replace(stale=observed.stale)
                if not observed.answers:
                    raise
                failed = str(error)
        if _ails(observed) and spec.cover and not node.container:
            return _cover(spec, observed, node, deadline, then)
        mounting = _Mounting(spec, node, observed, deadline, then)
        mounting.read_guard()
        return mounting.keep(differs, failed) if fits else mounting.make()


def _cover(spec: MountSpec, dead: Observed, node: Node, deadline: float, then: Callable[[], None]) -> Report:
    """Mount anew on top of ``dead``, which stays below, until ``deadline``. Raises MountError; what was there is there as before then.

    So does a client that lives and reaches no brick: who uses its file system may get an answer yet. One that hangs is ended, which frees those who wait.
    """
    left = max(deadline - node.clock.now(), 1.0)
    elsewhere = cover.elsewhere(spec, node)._replace(timeout_total=left)
    unmount(elsewhere.path, node, timeout=spec.timeout_total)  # what a run that was cut off has left there
    report = mount(elsewhere, node)
    put = False
    told = _left_below(dead)
    try:
        # A look at a mount that hangs would hang too.
        if dead.client and dead.state is State.HUNG:
            told = lost_by(dead, used(dead, node))
            client.end((dead.client,), node.clock, node.kill, node.proc)
        done = cover.put(elsewhere.path, spec.path, node)
        put = done.ok
        if not put:
            raise MountError(f"{spec.path}: the new mount could not be put on top of the dead one: {done.why()}")
        then()
    except BaseException:
        if put:
            node.do(umount_command(spec.path, lazy=True), UMOUNT_SECONDS)
        detach(report.observed, node)
        raise
    finally:
        cover.leave(elsewhere.path, node)
    observed = inspect(spec.path, node)
    if not observed.answers:
        raise MountError(f"{spec.path}: the new mount, on top of the dead one, does not answer: {why_silent(observed)}")
    return report._replace(
        observed=observed, healed=True, warnings=(*report.warnings, *told), guard=node.read_guard(spec.path)
    )


def _left_below(dead: Observed) -> tuple[str, ...]:
    """What to say where a client lives on below the mount that covers its own."""
    if dead.client is None:
        return ()
    return (
        f"{dead.path}: the mount that reached no brick stays below the new one, and its client (process {dead.client.pid}) with it, "
        "for those who have it open or bound elsewhere; it ends when the mount point is unmounted",
    )


def exchange(spec: MountSpec, old: Observed, node: Node, deadline: float, then: Callable[[], None] = nothing) -> Report:
    """Mount anew where a mount lives that nobody uses, until ``deadline``: elsewhere first, and in its place once that is proven.

    The new mount goes beneath the old one, which is then unmounted, and not lazily: at no moment is none there. Where the kernel cannot do that, there is
    none for some milliseconds. Raises MountError; then the old one is still there, or it is noted that a mount is owed.
    """
    why = _why_used(old, node)
    if why:
        raise MountError(why)
    left = min(max(deadline - node.clock.now(), 1.0), _EXCHANGE_SECONDS)
    elsewhere = cover.elsewhere(spec, node)._replace(timeout_total=left)
    waits = _waits_beneath(old, node)
    if not waits:
        unmount(elsewhere.path, node, timeout=spec.timeout_total)  # what a run that was cut off has left there
    report = Report(old, changed=True) if waits else mount(elsewhere, node, private=True)
    put = waits
    try:
        if not waits and old.stale and old.stale.reason is Reason.BRICK:
            _await_gain(old, report.observed, node)
        put = waits or node.put_beneath(elsewhere.path, spec.path)
        kept = _release(old, node)
        if not put:
            done = cover.put(elsewhere.path, spec.path, node)
            put = done.ok
            if not put:
                raise MountError(f"{spec.path}: the new mount could not be put in its place: {done.why()}")
    finally:
        if not put:
            detach(report.observed, node)
        if not waits:
            cover.leave(elsewhere.path, node)
    observed = inspect(spec.path, node)
    if not observed.answers:
        raise MountError(f"{spec.path}: the new mount does not answer: {why_silent(observed)}")
    pending.clear(spec.path, node.lock_directory)
    node.commit()
    then()
    return report._replace(
        observed=observed,
        healed=True,
        server=server_in_use(observed, spec.servers, node),
        warnings=(*report.warnings, *kept),
        guard=node.read_guard(spec.path),
    )


def _await_gain(old: Observed, new: Observed, node: Node) -> None:
    """Wait until the new mount has a brick that the old one has not, and all of its own. Raises MountError.

    What keeps the old client from a brick might keep the new one too, as its login does that the brick refuses: nothing would be gained, at each run again.
    """
    deadline = node.clock.now() + _GAIN_SECONDS
    while not _connected(old) < _connected(new):
        if node.clock.now() >= deadline:
            raise MountError(f"{old.path}: a new client does not reach more bricks than the one that is there")
        node.clock.sleep(_GAIN_POLL_SECONDS)
        new = inspect(new.path, node)


def _connected(observed: Observed) -> frozenset[tuple[str, str]]:
    """The bricks, as host and path, that the mount is connected to."""
    if observed.look is None or observed.look.volfile is None:
        return frozenset()
    return frozenset(
        (brick.host, brick.path) for brick in observed.look.volfile.bricks if brick.name in observed.look.up
    )


def _waits_beneath(old: Observed, node: Node) -> bool:
    """Whether a new mount is there already, beneath an old one that was opened at the last moment when it was to be exchanged."""
    below = next((entry for entry in node.mounts() if old.mount and entry.id == old.mount.parent), None)
    if below is None or below.path != old.path or below.fstype != mountinfo.GLUSTERFS:
        return False
    return client.serving(client.find(old.path, node.proc), below.device) not in (None, old.client)


def _release(old: Observed, node: Node) -> tuple[str, ...]:
    """Unmount what is exchanged; see detach. Raises MountError."""
    notes = pending.mark(old.path, node.mounts(), node.lock_directory)
    try:
        return detach(old, node, insist=False)
    except MountError:
        if is_there(old, node):
            for path in notes:
                pending.clear(path, node.lock_directory)
        raise


def _why_used(observed: Observed, node: Node) -> str:
    """Why a mount that answers cannot be unmounted: who uses it. "" if nobody does, as far as can be told and by the word of the kernel."""
    try:
        refuse_used(observed, node)
    except MountError as error:
        return str(error)
    deadline = node.clock.now() + BUSY_SECONDS
    while not node.unused(observed.path):
        if node.clock.now() >= deadline:
            return in_use_message(observed.path, used(observed, node))
        node.clock.sleep(_UNUSED_POLL_SECONDS)
    return ""


def judge(observed: Observed, servers: Sequence[Server], node: Node) -> Observed:
    """The same, or what is there later, with the state STALE where that is so, see session.py."""
    return session.judge((observed,), lambda path: inspect(path, node), node, servers=servers)[0]


def _ails(observed: Observed) -> bool:
    return observed.state in (State.DEAD, State.HUNG)


def _refuse_others(spec: MountSpec, observed: Observed, by_container: bool) -> None:
    if observed.stranger():
        raise MountError(f"{spec.path}: something else is mounted there: {observed.stranger()}; unmount it first")
    if observed.mounted and (observed.volume, observed.subdir) != (spec.volume, spec.subdir):
        there, here = _volume(observed.volume, observed.subdir), _volume(spec.volume, spec.subdir)
        raise MountError(f"{spec.path}: something else is mounted there: volume {there}, not {here}; unmount it first")
    if observed.client and observed.client.contained is not by_container:
        by = "a container" if observed.client.contained else "a client of this host"
        raise MountError(
            f"{spec.path} is mounted by {by} (process {observed.client.pid}); unmount it first, or leave it there by via: "
            + ("container" if observed.client.contained else "host")
        )


def _volume(volume: str, subdir: str) -> str:
    return f"{volume}/{subdir}" if subdir else volume


def _differs(spec: MountSpec, observed: Observed) -> tuple[str, ...]:
    """Client flags in which the running client and the wanted options differ."""
    if not observed.answers or not observed.client:
        return ()
    asked = {flag for flag in spec.options.flags if not flag.startswith("--log-file=")}
    if not client_address.asked_family(asked):
        # Which one it was told to use depends on who answered when it was started.
        asked |= client_address.family_flags(observed.client.flags)
    return tuple(sorted(options.told_of(observed.client.flags, asked) ^ asked))


def rehearse(spec: MountSpec, node: Node) -> tuple[tuple[Server, ...], Server | None, tuple[Attempt, ...]]:
    """What a mount would do now, without making one: the order of the servers, the one that would be used (None: none serves it), and every try.

    Takes twice timeout_probe at most.
    """
    absent = Observed(State.ABSENT, spec.path)
    mounting = _Mounting(spec, node, absent, node.clock.now() + 2 * spec.timeout_probe, nothing)
    arranged = mounting.arranged()
    race = mounting.ask(arranged)
    serves = race.winner and race.spec and mounting.bricks_up(race.winner, race.spec.volfile)
    return arranged, race.winner if serves else None, tuple(mounting.attempts)


class _Mounting:
    """One mount being made: the tries so far, and what they would leave behind.

    deadline: when timeout_total is over, on the node's clock. then: see mount.
    """

    def __init__(
        self, spec: MountSpec, node: Node, observed: Observed, deadline: float, then: Callable[[], None]
    ) -> None:
        self.spec = spec
        self.node = node
        self.observed = observed
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
        stale = self.observed.stale
        race = self.ask(self.arranged())
        if race.winner is None or race.spec is None:
            warnings.append(f"{self.spec.path} is mounted and answers, but no server does:\n{self.story()}")
        elif self.observed.look and self.observed.look.volfile:
            self.refuse_other_cluster(race.spec.volfile, self.observed.look.volfile)
        self.observed = self.await_bricks()
        warnings += self.short_of_writable()
        if stale:
            self.observed = self.observed._replace(state=State.STALE, stale=stale)
            warnings.append(self.left_stale(stale, failed))
        self.node.commit()
        self.then()
        return Report(
            self.observed,
            changed=False,
            server=self.server_in_use(),
            attempts=tuple(self.attempts),
            differs=differs,
            warnings=tuple(warnings),
            guard=self.guard,
        )

    def left_stale(self, stale: Stale, failed: str) -> str:
        """What is wrong with a client that stays though it is stale, and what a person can do about it."""
        there = f"{self.spec.path} is mounted, but {stale.detail}"
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
                f"{self.spec.path}: volume {self.spec.volume} of another cluster is mounted there, with bricks on "
                f"{', '.join(sorted({host for host, _path in theirs}))}; unmount it first",
                self.attempts,
            )

    def await_bricks(self) -> Observed:
        """Wait until the mounted volume has the bricks that are required. Raises MountError when time is over."""
        observed = self.observed
        while observed.answers and observed.look and observed.look.volfile:
            short = observed.look.volfile.missing(observed.look.up, self.spec.require)
            if not short:
                return observed
            if self.left() <= 0:
                raise MountError(
                    f"{self.spec.path} is mounted, but {_short_of(short, observed.look.up)}\n{self.story()}",
                    self.attempts,
                )
            self.node.clock.sleep(min(1.0, max(self.left(), 0)))
            observed = inspect(self.spec.path, self.node)
        if not observed.answers:
            raise MountError(
                f"{self.spec.path} stopped answering: {why_silent(observed)}\n{self.story()}", self.attempts
            )
        return observed

    # One that does not is made anew.

    def make(self) -> Report:
        """Go round the servers until a mount is proven, the time is over, or no try can help."""
        self.check_client()
        healed = _ails(self.observed)
        try:
            if self.node.container:
                self.by_container(self.node.container)
            else:
                self.rounds()
            self.node.commit()
            self.then()
        except BaseException:
            if self.made:
                self.clean()
            self.restore_guard()
            self.remove_directories()
            raise
        pending.clear(self.spec.path, self.node.lock_directory)
        return Report(
            self.observed,
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
        lack = client.lacks(self.spec.options.flags, self.node.run)
        if lack:
            raise MountError(f"{self.spec.path}: the client on this node does not have an option of opts: {lack}")

    def by_container(self, container: Container) -> None:
        """Have a container pick, mount and prove, and prove it again from this host, which need not see what a container mounts."""
        before = self.observed
        if self.observed.answers and not container.outdated():
            self.detach_old()
        uses = used(self.observed, self.node)
        if (
            not self.observed.mounted
        ):  # a dead one, which the container takes away when it has a new one, gives no look at its directory
            self.make_directories()
            self.set_guard()
        self.found = self.traces()
        if self.observed.state is State.HUNG and self.observed.client:
            # It ends no more by itself, and its container with it, which would have to wait for a mount that hangs.
            client.end((self.observed.client,), self.node.clock, self.node.kill, self.node.proc)
        elif self.observed.state is State.DEAD:
            # Its container may have been started again by now.
            self.observed = inspect(self.spec.path, self.node)
            if self.observed.answers:
                return
        started = self.node.clock.now()
        done = container.start(self.spec, max(self.left(), 1.0))
        self.made = not done.why
        if self.made and uses:
            self.cut += kept_alive(before, uses) if before.answers else lost_by(before, uses)
        for attempt in done.attempts:
            self.record(attempt)
        if not done.why:
            self.observed = inspect(self.spec.path, self.node)
            if self.observed.answers:
                return
            detail = f"the container has mounted it, but not as this host sees it: {why_silent(self.observed)}"
            self.note(None, Step.PROVE, Outcome.UNPROVEN, started, detail)
        raise MountError(
            done.why or f"{self.spec.path} is not mounted on this host:\n{self.story()}",
            self.attempts,
        )

    def rounds(self) -> None:
        """Round after round with a growing, random pause, until a mount is proven or the time is over."""
        longest_pause = BACKOFF_SECONDS
        while not self.round():
            # The last round comes when there is just time for it.
            room = self.left() - self.spec.timeout_probe
            if room <= 0:
                raise MountError(
                    f"volume {_volume(self.spec.volume, self.spec.subdir)} could not be mounted on {self.spec.path} "
                    f"in {self.spec.timeout_total - self.left():.0f} s (timeout_total is {self.spec.timeout_total:g} s):\n{self.story()}",
                    self.attempts,
                )
            self.node.clock.sleep(min(self.node.rng.uniform(0, longest_pause), room))
            longest_pause = min(2 * longest_pause, BACKOFF_MOST_SECONDS)

    def short_of_writable(self) -> tuple[str, ...]:
        """A warning where what was required, and met, is less than that every file can be read and written."""
        look = self.observed.look
        if look and look.odd:
            return (f"{self.spec.path} is mounted, but {look.odd}",)
        short = look.volfile.missing(look.up, "writable") if look and look.volfile else ()
        if not look or not short:
            return ()
        return (
            f"{self.spec.path} is mounted, but files are missing or cannot be written: {_short_of(short, look.up)}",
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
            asked = client_address.asked_family(self.spec.options.flags)
            way = client_address.client_address(race.winner, race.spec.address, race.spec.addresses, asked)
            family = asked or client_address.family(race.spec.address)
            if self.try_mount(race.winner, (way, *unasked, *silent, *failed), family):
                return True
            servers = unasked + silent
        self.stop_if_nobody_serves(self.attempts[first:])
        return False

    def stop_if_nobody_serves(self, attempts: Sequence[Attempt]) -> None:
        """A volume that every server denies will not come by waiting."""
        deny = {attempt.server for attempt in attempts if attempt.outcome is Outcome.NO_VOLUME}
        if deny.issuperset(self.spec.servers):
            raise MountError(
                f"no server has a volume {self.spec.volume}; nothing was mounted:\n{self.story()}", self.attempts
            )

    def arranged(self) -> tuple[Server, ...]:
        return order.arrange(self.spec.servers, order=self.spec.order, prefer=self.spec.prefer, rng=self.node.rng)

    def ask(self, servers: Sequence[Server]) -> probe.Race:
        """Race for the first server that serves the volume."""
        race = probe.race(
            servers,
            lambda server, progress: self.node.getspec(
                server, self.spec.volume, self.spec.timeout_probe, progress=progress
            ),
            timeout=self.spec.timeout_probe,
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
            self.spec.require,
            portmap=self.node.brick_port,
            ping=self.node.ping_brick,
            timeout=max(0.1, min(self.spec.timeout_probe, self.left())),
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
        self.set_guard()
        self.found = self.traces()
        deadline = self.node.clock.now() + min(self.spec.timeout_try, max(self.left(), 1.0))
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
                f"volume {_volume(self.spec.volume, self.spec.subdir)} cannot be mounted on {self.spec.path}: {detail}\n{self.story()}",
                self.attempts,
            )
        return outcome is Outcome.OK

    def start(self, ways: Sequence[Server], family: str, deadline: float) -> tuple[Step, Outcome, str]:
        spec, node = self.spec, self.node
        argv = client.command(
            ways,
            spec.volume,
            spec.subdir,
            spec.path,
            spec.source,
            spec.options.flags,
            family=family,
            release=client_address.release(client.executable(), ways, node.run),
        )
        self.argv = argv
        log = client_log.Log.mark(spec.options.value("log-file") or client.log_file(spec.path))
        if node.systemd:
            argv = client.scoped(argv, f"glusterfs-{node.rng.getrandbits(64):016x}")
        done = node.do(argv, deadline - node.clock.now())
        if done.rc is None:
            return Step.START, Outcome.TIMEOUT, f"the client had no mount after {done.seconds:.1f} s"
        if done.rc != 0:
            return (Step.START, *self.ended(done, log))
        while True:
            observed = inspect(spec.path, node)
            if observed.state is State.ABSENT or not observed.client:
                return (Step.START, *self.ended(done, log))
            short = (
                observed.look.volfile.missing(observed.look.up, spec.require)
                if observed.look and observed.look.volfile
                else ()
            )
            odd = observed.look.odd if observed.look else ""
            if observed.answers and not short and not odd:
                self.observed = observed
                return Step.PROVE, Outcome.OK, ""
            if node.clock.now() >= deadline:
                why = odd or (
                    _short_of(short, observed.look.up) if observed.answers and observed.look else why_silent(observed)
                )
                return Step.PROVE, Outcome.UNPROVEN, why
            node.clock.sleep(_POLL_SECONDS)

    def ended(self, done: Completed, log: client_log.Log) -> tuple[Outcome, str]:
        """What the end of a client without a mount means, see client.judge; of a subdirectory that a brick does not find, what the volume says of it."""
        outcome, detail = client_log.judge(done, log.errors())
        if not self.spec.subdir or not detail.startswith(subdir.REFUSAL):
            return outcome, detail
        lacking = log.complainers(subdir.REFUSAL)
        bricks_lacking = ", ".join(str(brick) for brick in self.bricks if brick.name in lacking) or "a brick"
        there, why = self.subdir_there
        if there is subdir.Kind.UNKNOWN:
            there, why = self.subdir_there = self.ask_for_subdir()
        if there is subdir.Kind.DIRECTORY:
            return (
                Outcome.CLIENT_FAILED,
                f"{bricks_lacking} lacks {self.spec.subdir}, which the volume has, until it is healed",
            )
        if there is subdir.Kind.UNKNOWN:
            return (
                Outcome.CLIENT_FAILED,
                f"{detail} by {bricks_lacking}, and whether the volume has it could not be told: {why}",
            )
        return Outcome.FATAL, detail if there is subdir.Kind.MISSING else f"{self.spec.subdir} is no directory"

    def ask_for_subdir(self) -> tuple[subdir.Kind, str]:
        """What the volume has by the name of the subdirectory, and why that could not be told: its root is mounted for a moment."""
        quiet = replace(self.node, on_attempt=ignore, commit=nothing, container=None)
        path = ""
        try:
            root = subdir.of_root(self.spec, quiet, max(1.0, min(self.spec.timeout_try, self.left())))
            path = root.path
            unmount(path, quiet, timeout=self.spec.timeout_probe)  # what a run that was cut off has left there
            report = mount(
                root._replace(options=cover.elsewhere(root, quiet).options, guard=False, seal=False),
                quiet,
                private=True,
            )
            there = subdir.kind_of(path, self.spec.subdir, LOOK_SECONDS, quiet.run)
            detach(report.observed, quiet)
            return there, "looking at it in the volume's root failed" if there is subdir.Kind.UNKNOWN else ""
        except (MountError, OSError) as error:
            return subdir.Kind.UNKNOWN, str(error).partition("\n")[0]
        finally:
            if path:
                cover.leave(path, quiet)

    def detach_old(self) -> None:
        """Take away what this mount replaces: a dead or hung one lazily, one that answers only if nobody uses it."""
        if self.observed.mounted:
            notes = pending.mark(self.spec.path, self.node.mounts(), self.node.lock_directory)
            try:
                self.cut += detach(self.observed, self.node)
            except MountError:
                if mountinfo.at(self.node.mounts(), self.spec.path) == self.observed.mount:
                    for path in notes:
                        pending.clear(path, self.node.lock_directory)
                raise
            self.observed = Observed(State.ABSENT, self.spec.path)

    def make_directories(self) -> None:
        """Make the mount point and its parents, and remember which were not there."""
        if mountinfo.at(self.node.mounts(), self.spec.path):
            return
        try:
            walk.make(self.spec.path, self.made_directories.append)
        except OSError as error:
            raise MountError(
                f"the mount point {self.spec.path} cannot be made: {error.filename}: {error.strerror}", self.attempts
            ) from error

    def remove_directories(self) -> None:
        """Undo make_directories: only what it made, only if still empty."""
        while self.made_directories:
            try:
                walk.remove(self.made_directories.pop())
            except OSError:
                return

    def read_guard(self) -> None:
        """Find out whether the bare directory is guarded; this hangs where what it lies on does, see locate."""
        self.guard = self.guard_before = self.node.read_guard(self.spec.path)

    def set_guard(self) -> None:
        """Guard the bare directory, an empty one only, or lift the guard, as wanted."""
        if self.spec.guard:
            self.guard = self.node.set_guard(self.spec.path)
        elif self.guard.immutable:
            self.node.clear_guard(self.spec.path)
            self.guard = self.node.read_guard(self.spec.path)

    def seal(self) -> tuple[str, ...]:
        """Guard the directory above where that is wanted; a warning where it cannot be."""
        sealed = self.node.seal(self.spec.path) if self.spec.seal else Guard(immutable=True)
        if sealed.immutable:
            return ()
        return (f"{self.spec.path}: {sealed.reason}, so others can put something beside the mount point",)

    def restore_guard(self) -> None:
        """Undo set_guard."""
        if self.guard.immutable and not self.guard_before.immutable:
            self.node.clear_guard(self.spec.path)
        elif self.guard_before.immutable and not self.guard.immutable:
            self.node.set_guard(self.spec.path)
        self.guard = self.guard_before

    def traces(self) -> tuple[set[int], set[client.Client]]:
        """Mounts and clients of this path: ids of the mounts, and the processes."""
        ids = {entry.id for entry in self.node.mounts() if entry.path == self.spec.path}
        return ids, set(client.find(self.spec.path, self.node.proc))

    def clean(self) -> None:
        """Take away every trace of a failed try, and nothing that was there before it or that somebody else has mounted meanwhile."""
        known = {(process.pid, process.started) for process in self.found[1]}
        processes = client.find(self.spec.path, self.node.proc)
        new = [process for process in processes if (process.pid, process.started) not in known]
        ours = [process for process in new if not process.contained and process.argv == self.argv]
        others = [process for process in new if not process.contained and process.argv != self.argv]
        for _round in range(_MOST_STACKED):
            if not self.is_new(mountinfo.at(self.node.mounts(), self.spec.path), others):
                break
            self.node.do(umount_command(self.spec.path, lazy=True), UMOUNT_SECONDS)
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
        return server_in_use(self.observed, self.spec.servers, self.node)

    def note(self, server: Server | None, step: Step, outcome: Outcome, started: float, detail: str) -> None:
        self.record(Attempt(server, step, outcome, self.node.clock.now() - started, detail))

    def record(self, attempt: Attempt) -> None:
        self.attempts.append(attempt)
        self.node.on_attempt(attempt)

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
