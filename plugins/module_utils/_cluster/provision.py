# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A volume as the volume module manages it: arguments, what has to be done, doing it."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field, replace
from typing import Any, Callable, Collection, Iterator, Mapping, Sequence

from .._host import local_host
from .._host.local_host import LocalHost
from . import brick_files, heal, healers, identity, layout, option_rules, options, pool, silence, store
from . import cli as commands
from . import volume as volumes
from .cli import Cli, ClusterError, Hopeless, Refused
from .layout import Kind, Step
from .volume import Brick, Shape, Volume
from .volume_arguments import Arguments

MOST_NAMES = 20
"""How many left-over files a message names."""

MOST_TWINS = 100
"""How many left-over files are compared with those on bricks that stay. More than that did not come of a server that lost power."""

UNFINISHED = "user.evenkeel.unfinished"
"""The option of a volume that keeps what a run has begun, for the run after it should it be cut off. GlusterFS resets no option of this kind."""

NOTHING = "none"

MOST_OVERTAKEN = 5
"""How often a run is planned anew since another one was quicker. Each time the volume is further on its way to what both want."""

MOST_PASSES = 20
"""How often the files of bricks to be removed are migrated, until no failure is counted. A pass over files that are gone already is short."""


def _divided(bricks: Sequence[Brick], shape: Shape) -> None:
    if len(bricks) % shape.size:
        raise ValueError(
            f"bricks: {len(bricks)} are not divided by {shape}, which needs {shape.size} for each subvolume; "
            f"name {len(bricks) // shape.size * shape.size or shape.size} or {(len(bricks) // shape.size + 1) * shape.size}"
        )


@dataclass(frozen=True)
class Plan:
    """What is to be done, in this order.

    create: the shape to make the volume in; None if it is there. start: before the steps. ahead: options that the steps need. steps: of the layout.
    set, reset: options, after them, or before where the volume is not started. stop, delete: in the end.
    """

    create: Shape | None = None
    start: bool = False
    ahead: Mapping[str, str] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()
    set: Mapping[str, str] = field(default_factory=dict)
    reset: tuple[str, ...] = ()
    stop: bool = False
    delete: bool = False

    @property
    def changes(self) -> bool:
        return bool(self.create or self.start or self.steps or self.set or self.reset or self.stop or self.delete)

    @property
    def added(self) -> tuple[Brick, ...]:
        """The bricks of an existing volume that are new."""
        return tuple(brick for step in self.steps for brick in step.added)


def plan(
    wanted: Arguments, real: Volume | None, offline: frozenset[tuple[str, str]] = frozenset(), *, spread: bool = True
) -> Plan:
    """What makes the volume the wanted one. Its bricks are spelled as the volume spells them.

    offline: keys of bricks that are not online, where that was asked. spread: whether no rebalance has to be begun anew.
    Raises ValueError where no way leads there.
    """
    if wanted.state == "absent":
        return Plan(stop=bool(real and real.started), delete=bool(real))
    if not real:
        return _creation(wanted)
    shape = _shape(wanted, real.shape)
    steps: list[Step] = []
    if wanted.transport and wanted.transport != real.transport:
        raise ValueError(
            f"transport {wanted.transport}: the volume has {real.transport}, and GlusterFS sets that at creation; drop transport"
        )
    if real.shape.disperse and shape.replica > 1:
        raise ValueError(f"replica {shape.replica}: the volume is {real.shape}, which has no copies; drop replica")
    if shape != real.shape:
        _check_kind(real, [f"become {shape}"])
    if wanted.bricks:
        _divided(wanted.bricks, shape)
        steps = layout.plan(real, wanted.bricks, shape)
    elif shape != real.shape:
        raise ValueError(f"the volume is {real.shape} and shall be {shape}; name all its bricks too")
    there = {brick.key: brick for brick in real.bricks}
    for brick in wanted.reset:
        if brick.key not in there:
            raise ValueError(f"reset: {brick} is no brick of the volume; it has {' '.join(map(str, real.bricks))}")
        if not real.shape.heals:
            raise ValueError(f"reset: {brick}: the volume has no copies to make a brick from")
        if brick.key in offline:
            steps.insert(0, Step(Kind.RESET, (there[brick.key],), real.shape))
    _check_kind(real, steps)
    start = wanted.state == "started" and not real.started
    begun = unfinished(real) if (wanted.bricks or wanted.reset) and (start or real.started) else ()
    heals = tuple(brick for brick in real.bricks if str(brick) in begun)
    if heals and real.shape.heals:
        steps.insert(0, Step(Kind.HEAL, heals, real.shape))
    if wanted.rebalance and (not spread or any(step.kind is Kind.GROW for step in steps)):
        steps.append(Step(Kind.REBALANCE, (), shape))
    idle = [step for step in steps if step.kind is not Kind.GROW]
    if idle and not (start or real.started):
        raise ValueError(f"the volume is not started, which it must be to {idle[0]}; write state: started")
    ahead = _found_everywhere(wanted, real) if any(step.kind in _MOVE_FILES for step in steps) else {}
    healing = next((step for step in steps if step.kind in _NEED_HEALERS), None)
    if healing:
        ahead = {**ahead, **_healers_on(wanted, real, healing.shape)}
    return Plan(
        start=start,
        ahead=ahead,
        steps=tuple(steps),
        set=options.to_set(wanted.options, {**real.options, **ahead}),
        reset=tuple(options.to_reset(wanted.options, real.options)),
        stop=wanted.state == "stopped" and real.started,
    )


def _check_kind(real: Volume, steps: Sequence[Step | str]) -> None:
    """Raises ValueError for a change of bricks that the volume's kind does not bear."""
    if not steps:
        return
    if real.thin_arbiter:
        raise ValueError(
            f"the volume {real.name} has a thin arbiter, {real.thin_arbiter}, with which GlusterFS changes no bricks without harm (an added copy never gets a "
            f"file): not done: {'; '.join(map(str, steps))}; name the bricks that it has, {' '.join(map(str, real.bricks))}, with replica: 2; for another "
            "shape make another volume and copy the files"
        )
    if real.kind not in _KINDS or len(real.bricks) % real.shape.size:
        raise ValueError(
            f"the volume {real.name} is of type {real.kind} with {len(real.bricks)} bricks by {real.shape}, whose bricks this module does not change: "
            f"{'; '.join(map(str, steps))}; drop what asks for that"
        )


_KINDS = ("Distribute", "Replicate", "Distributed-Replicate", "Disperse", "Distributed-Disperse")
"""The types of GlusterFS 10 to 11, in its words."""


def unfinished(real: Volume) -> tuple[str, ...]:
    """What a run has begun and not seen the end of: bricks to heal, and "rebalance:ID", the ID being that of the last one before it, or none."""
    said = real.options.get(UNFINISHED, NOTHING)
    return () if said == NOTHING else tuple(said.split())


def _after(task: volumes.Task, begun: str) -> bool:
    """Whether a rebalance was begun after a run has kept ``begun``. One without an ID was kept by a module of before and tells nothing."""
    _kind, colon, before = begun.partition(":")
    return bool(colon) and task.uuid != before


def _found_everywhere(wanted: Arguments, real: Volume) -> dict[str, str]:
    """The option by which clients look for a file on every subvolume, if it has to be set. Raises ValueError where the other value is wanted.

    With cluster.lookup-optimize, GlusterFS' default, a client believes the first subvolume that a file is not there. While several hosts rebalance a
    directory the first one that is ready declares it balanced, and what the others then have not moved is not found any more, after a new mount and
    after the rebalance neither: https://github.com/gluster/glusterfs/issues/973, with lost data in /1918.
    """
    if _LOOKUP in wanted.options and not options.same(wanted.options[_LOOKUP] or "on", "off"):
        raise ValueError(
            f"option {_LOOKUP!r}: with it clients lose sight of files that move from one subvolume to another; write off, or drop it, and it is set to off"
        )
    return options.to_set({_LOOKUP: "off"}, real.options)


def _healers_on(wanted: Arguments, real: Volume, shape: Shape) -> dict[str, str]:
    """The option that turns the self-heal daemons on, where they are off and this task sets or resets it."""
    name = healers.switch(shape)
    if not healers.off(shape, real.options) or name not in wanted.options:
        return {}
    value = wanted.options[name] or "on"
    return {} if healers.off(shape, {name: value}) else {name: value}


def _creation(wanted: Arguments) -> Plan:
    if not wanted.bricks:
        raise ValueError(
            f"the volume {wanted.name} is not there; name its bricks, as in bricks: [gfs1:/bricks/one/data, gfs2:/bricks/one/data]"
        )
    if wanted.reset:
        raise ValueError(f"reset: the volume {wanted.name} is not there; drop reset")
    shape = _shape(wanted, Shape())
    _divided(wanted.bricks, shape)
    return Plan(create=shape, start=wanted.state == "started", set=options.to_set(wanted.options, options.ALWAYS))


def _shape(wanted: Arguments, real: Shape) -> Shape:
    """The wanted shape; what was not said is as in ``real``. An arbiter that was not said is none where another number of copies is."""
    replica = real.replica if wanted.replica is None else wanted.replica
    arbiter = wanted.arbiter
    if arbiter is None:
        arbiter = real.arbiter if replica == real.replica else 0
    disperse = real.disperse if wanted.disperse is None else wanted.disperse
    redundancy = real.redundancy if wanted.redundancy is None else wanted.redundancy
    return Shape(replica, arbiter, disperse, redundancy if disperse else 0)


@dataclass(frozen=True)
class Result:
    """What the module reports."""

    changed: bool
    values: dict[str, Any]
    before: str
    after: str


def ensure(wanted: Arguments, cli: Cli, host: LocalHost, *, check_mode: bool) -> Result:
    """Make the volume the wanted one.

    Another run may be at the same on another member, as where a task lacks run_once: what gluster refuses since that one was quicker is planned anew.
    Raises ValueError before anything is touched, ClusterError where gluster refuses or a wait is over.
    """
    tries, before = 0, cli.accepted
    while True:
        one = _Ensuring(wanted, cli, host, changed=cli.accepted > before)
        try:
            return one.ensure(check_mode)
        except (Refused, ValueError):
            tries += 1
            if tries == MOST_OVERTAKEN or not one.overtaken():
                raise


class _Ensuring:
    """One run of the module. name: the volume. moved: what migrations moved, summed up by kind.

    real: as the volume was at the start. changed: whether a try before has changed something.
    earlier: the state of the removal that is wanted, where an earlier run has begun it. spreading: whether a rebalance goes on. begun: see unfinished().
    running: whether the volume is started at the moment. refused: what gluster said of options that it refused.
    Keys of bricks: dead are those that give nothing and are still to be replaced or reset, fresh the new ones that no heal was waited for yet.
    """

    def __init__(self, wanted: Arguments, cli: Cli, host: LocalHost, *, changed: bool) -> None:
        self.wanted = wanted
        self.name = wanted.name
        self.real: Volume | None = None
        self.changed = changed
        self.cli = cli
        self.host = host
        self.moved: dict[str, dict[str, int]] = {}
        self.earlier: tuple[int, str] | None = None
        self.spreading = False
        self.begun: list[str] = []
        self.running = False
        self.refused: list[str] = []
        self.dead: set[tuple[str, str]] = set()
        self.fresh: set[tuple[str, str]] = set()

    def ensure(self, check_mode: bool) -> Result:
        every = store.read(self.cli, self.host)
        self.real = real = every.get(self.name)
        peers: pool.Pool | None = None
        if self.wanted.state != "absent" and self._has_new(real):
            peers = self._answering()
            self.wanted = replace(
                self.wanted,
                bricks=self._known("bricks", self.wanted.bricks, real, peers),
                reset=self._known("reset", self.wanted.reset, real, peers),
            )
        current = real.options if real else {}
        self.wanted = replace(self.wanted, options=option_rules.offered(self.cli, self.wanted.options, current))
        self.begun = list(unfinished(real)) if real else []
        if self.wanted.rebalance or self.wanted.reset:
            peers = peers or self._answering()
        rebalance = self._last_rebalance(real)
        begun = [word for word in self.begun if word.partition(":")[0] == Kind.REBALANCE.value]
        over = bool(rebalance and rebalance.status == volumes.COMPLETED and begun and _after(rebalance, begun[0]))
        self.spreading = over or bool(rebalance and rebalance.status == volumes.RUNNING)
        again = bool(rebalance and rebalance.status == volumes.FAILED) or (bool(begun) and not self.spreading)
        todo = plan(self.wanted, real, self._offline(real), spread=not again)
        self._check(todo, every, real, peers)
        if not check_mode:
            self._do(todo, real)
        after = self._read() if todo.changes and not check_mode else real
        return Result(
            changed=todo.changes or self.changed,
            values={
                "volume": volumes.describe(after) if after else None,
                "steps": _steps(todo),
                "migrated": self.moved,
                "commands": list(self.cli.commands),
            },
            before=_text(real),
            after=_text(after) if not check_mode else _foretold(self.wanted, todo, real),
        )

    def overtaken(self) -> bool:
        """Whether the volume is another one than that which this run has seen at its start."""
        return self._read() != self.real

    def _read(self) -> Volume | None:
        return store.read(self.cli, self.host).get(self.name)

    # -- before anything is touched

    def _answering(self) -> pool.Pool:
        """The pool. Raises ClusterError where a member hangs, for which looks at bricks and all changes would wait."""
        peers = pool.read(self.cli)
        silence.check(self.cli, peers.peers)
        return peers

    def _has_new(self, real: Volume | None) -> bool:
        there = {brick.key for brick in real.bricks} if real else set()
        return any(brick.key not in there for brick in (*self.wanted.bricks, *self.wanted.reset))

    def _known(
        self, argument: str, bricks: Sequence[Brick], real: Volume | None, peers: pool.Pool
    ) -> tuple[Brick, ...]:
        """The bricks with their host's UUID; one that the volume has under another name of its host is spelled as there."""
        there = {(brick.uuid, brick.path): brick for brick in (real.bricks if real else ())}
        spelled = {brick.key: brick for brick in there.values()}
        found = []
        for brick in bricks:
            identity.check_own_name(brick.host, self.host, argument)
            peer = None if brick.key in spelled else peers.find(brick.host, self.host)
            uuid = peer.uuid if peer else ""
            found.append(spelled.get(brick.key) or there.get((uuid, brick.path)) or replace(brick, uuid=uuid))
        keys = [(brick.uuid or brick.host, brick.path) for brick in found]
        for number, key in enumerate(keys):
            if key in keys[:number]:
                raise ValueError(
                    f"{argument}: {bricks[number]} is {found[keys.index(key)]} by another name; name each brick once"
                )
        return tuple(found)

    def _offline(self, real: Volume | None) -> frozenset[tuple[str, str]]:
        if not (real and real.started and self.wanted.reset):
            return frozenset()
        status = volumes.parse_status(self.cli.read("volume", "status", self.name)).get(self.name, ())
        online = {brick.key for brick in status if brick.online}
        return frozenset(brick.key for brick in real.bricks if brick.key not in online)

    def _check(self, todo: Plan, every: Mapping[str, Volume], real: Volume | None, peers: pool.Pool | None) -> None:
        """Raises ValueError for what gluster would refuse half-way, or would not refuse and should."""
        if todo.changes:
            peers = peers or self._answering()
        self._check_options(todo, real)
        if todo.delete and peers:
            _check_all_up(peers, f"the volume {self.name} is not stopped, since gluster would not delete it then")
        if todo.delete and real and real.snapshots:
            raise ValueError(
                f"the volume {self.name} has {real.snapshots} snapshots; delete them first: gluster snapshot delete volume {self.name}"
            )
        added = self.wanted.bricks if todo.create else todo.added
        if added and peers:
            _check_peers(todo, added, peers)
            _check_taken(added, every)
            if not self.wanted.force:
                _check_apart(todo, self.wanted.bricks)
            instead = {step.new.key for step in todo.steps if step.new}
            for brick in added:
                self._check_here(brick, peers, strict=not todo.create, replaces=brick.key in instead)
        again = [brick for step in todo.steps if step.kind is Kind.RESET for brick in step.bricks]
        if peers:
            for brick in again:
                self._check_reset(brick, peers)
        if todo.steps:
            self._check_tasks(todo)
            self._check_healers(todo, real)
            self._check_whole(todo, real)

    def _check_options(self, todo: Plan, real: Volume | None) -> None:
        if not (todo.set or todo.reset):
            return
        shape = todo.create or (_shape(self.wanted, real.shape) if real else Shape())
        current = {**(real.options if real else {}), **todo.ahead}
        for names, reset in ((todo.set, False), (todo.reset, True)):
            for name in names:
                why = option_rules.why_not(
                    name, self.name, shape, current, started=self._stays_started(todo), reset=reset
                )
                if why:
                    raise ValueError(f"option {name!r}: {why}")
        for name in todo.reset:
            if name.startswith("user."):
                raise ValueError(
                    f"option {name!r}: GlusterFS resets an option of the user's own only with all others; set another value"
                )
        documented = volumes.known_options(self.cli.read("volume", "set", "help-xml"))
        for name in options.unknown(todo.set, documented):
            if not (real and self._has_option(name)):
                raise ValueError(options.why_unknown(name, documented))

    def _stays_started(self, todo: Plan) -> bool:
        """Whether the volume is started whenever its options can be set: one that is started is given them before, one that is stopped after."""
        return bool(self.real and self.real.started and not todo.stop)

    def _has_option(self, name: str) -> bool:
        """Whether this GlusterFS has an option that no list names: a newer one may."""
        try:
            return volumes.has_option(self.cli.read("volume", "get", self.name, name))
        except ClusterError:
            return False

    def _check_here(self, brick: Brick, peers: pool.Pool, *, strict: bool, replaces: bool = False) -> None:
        """What can be known of a brick on this host. strict: not at creation, where force may mean a directory that was a brick, and files may be meant.

        replaces: whether it comes in the place of another one, which gluster does by force only.
        """
        if not any(peer.local and peer.uuid == brick.uuid for peer in peers.peers):
            return
        point = local_host.not_mounted(brick.path, self.host.fstab(), self.host.mountinfo(), self.host.real)
        if point:
            raise ValueError(
                f"bricks: {brick} lies below {point}, which fstab mounts and where nothing is mounted; mount it first, or the brick fills the file system below"
            )
        if self.host.was_brick(brick.path) and (strict or not self.wanted.force):
            raise ValueError(
                f"bricks: {brick} has been a brick of another volume, or of a creation that failed; give an empty directory, or, if nothing in it is needed, "
                f"remove its mark on {brick.host}: setfattr -x trusted.glusterfs.volume-id {brick.path}"
            )
        unfit = "" if self.wanted.force or replaces else self.host.unfit(brick.path)
        if unfit:
            raise ValueError(f"bricks: {brick} {unfit}, or say force: true if it is meant")
        if strict and self.host.has_files(brick.path):
            raise ValueError(
                f"bricks: {brick} has files in it, which are none of the volume's and would be in the way of its own; give an empty directory"
            )

    def _check_reset(self, brick: Brick, peers: pool.Pool) -> None:
        """A brick on this host that is to be made anew."""
        if any(peer.local and peer.uuid == brick.uuid for peer in peers.peers) and self.host.was_brick(brick.path):
            raise ValueError(
                f"reset: {brick} has its data still, and only its process is not running; bring it up by `gluster volume start {self.name} force`, or mount an "
                "empty disk there"
            )
        self._check_here(brick, peers, strict=True)

    def _last_rebalance(self, real: Volume | None) -> volumes.Task | None:
        """The rebalance that an earlier run has begun, where one is wanted now; None if there is none."""
        if not (self.wanted.rebalance and real and real.started and len(real.subvolumes) > 1):
            return None
        return self._rebalance_task()

    def _rebalance_task(self) -> volumes.Task | None:
        """The last rebalance that was begun, None if there was none. glusterd keeps it until the next one begins, also where bricks come meanwhile."""
        return next((task for task in self._tasks() if not task.removes), None)

    def _tasks(self) -> tuple[volumes.Task, ...]:
        return volumes.parse_tasks(self.cli.read("volume", "status", self.name, "tasks"))

    def _check_tasks(self, todo: Plan) -> None:
        """A removal that was begun for the same bricks is gone on with, or begun anew; any other task is in the way."""
        if todo.start or all(step.kind in (Kind.GROW, Kind.HEAL) for step in todo.steps):
            return
        shrinks = [frozenset(brick.key for brick in step.bricks) for step in todo.steps if step.kind is Kind.SHRINK]
        for task in self._tasks():
            if task.removes and frozenset(brick.key for brick in task.bricks) in shrinks:
                self.earlier = task.status
            elif task.removes:
                bricks = " ".join(map(str, task.bricks))
                raise ValueError(
                    f"the volume {self.name} is removing {bricks} ({task.status[1]}), which this task does not ask for; end that first: "
                    f"gluster volume remove-brick {self.name} {bricks} stop"
                )
            elif task.status == volumes.RUNNING:
                raise ValueError(
                    f"the volume {self.name} has a {task.kind.lower()} in progress; wait until `gluster volume rebalance {self.name} status` says completed"
                )

    def _check_healers(self, todo: Plan, real: Volume | None) -> None:
        """Raises ValueError where a heal would be waited for in vain, unless this task turns the self-heal daemons on."""
        step = next((step for step in todo.steps if step.kind in _NEED_HEALERS), None)
        if not step or not real:
            return
        leaving = {brick.key for step in todo.steps if step.kind in _ANEW for brick in step.bricks}
        stay = [brick for brick in real.bricks if brick.key not in leaving]
        shape = step.shape
        why = healers.off(shape, {**real.options, **todo.ahead})
        if not why and real.started and healers.switch(shape) not in todo.ahead:
            why = healers.idle(self.cli, self.name, stay)
        if why:
            raise ValueError(
                f"the volume {self.name} would not be healed, so no brick of it is changed ({step}): {why}"
            )

    def _check_whole(self, todo: Plan, real: Volume | None) -> None:
        """Raises ValueError unless the bricks that stay can give all data to those that come, or to those left."""
        if not real or not real.started or not real.shape.heals:
            return
        touched = {brick.key for step in todo.steps if step.kind in _NEED_WHOLE for brick in step.bricks}
        away = {brick.key for step in todo.steps if step.kind in _ANEW for brick in step.bricks}
        all_of = any(step.kind in (Kind.MORE, Kind.FEWER) for step in todo.steps)
        stay = [
            brick
            for group in real.subvolumes
            if all_of or any(brick.key in touched for brick in group)
            for brick in group
            if brick.key not in away
        ]
        if not stay:
            return
        found = heal.summary(heal.patient(self.cli, self.wanted.timeout_heal), self.name)
        self.dead = away & {report.key for report in found if not report.connected}
        if away and not all_of:
            # Entries wait to be healed while a brick is away; what counts is that the others are there and agree.
            reports = {report.key: report for report in found}
            lack = "; ".join(filter(None, (_not_giving(brick, reports.get(brick.key)) for brick in stay)))
        else:
            lack = heal.lacks(found, stay)
        if lack:
            raise ValueError(
                f"the volume {self.name} is not whole, so no brick of it is changed: {lack}; heal it first"
            )

    # -- doing it

    def _do(self, todo: Plan, real: Volume | None) -> None:
        if todo.create:
            self._create(todo.create)
        self.running = bool(real and real.started)
        self._early_options(todo)
        if todo.start:
            self._start()
        if todo.ahead:
            self._set(todo.ahead)
        for step in self._dead_first(todo.steps):
            _STEPS[step.kind](self, step)
        if not todo.stop:
            self._late_options(todo)
        if self.spreading:
            self._spread()
        if self.begun and (todo.steps or self.spreading):
            self.cli.write("volume", "set", self.name, UNFINISHED, NOTHING)
        if todo.stop:
            self.cli.write("volume", "stop", self.name)
            self.running = False
            self._late_options(todo)
        if todo.delete:
            self.cli.write("volume", "delete", self.name)
        if self.refused:
            raise ClusterError(
                f"the volume {self.name} is as wanted but for options that gluster refused: {'; '.join(self.refused)}"
            )

    def _early_options(self, todo: Plan) -> None:
        """Sets what is set before the start: all that the steps do not change, and what is set on a volume only that is not started."""
        if self.running:
            return
        early = {name: value for name, value in todo.set.items() if not todo.steps or name in option_rules.STOPPED}
        self._options(early, () if todo.steps else todo.reset)

    def _late_options(self, todo: Plan) -> None:
        if todo.steps and self.wanted.options:
            # GlusterFS sets options itself when the shape changes.
            now = self._now().options
            self._options(options.to_set(self.wanted.options, now), options.to_reset(self.wanted.options, now))
        elif self.real and self.real.started:
            self._options(todo.set, todo.reset)

    def _create(self, shape: Shape) -> None:
        words = ["volume", "create", self.name]
        if shape.replica > 1:
            words += ["replica", str(shape.replica)]
            words += ["arbiter", str(shape.arbiter)] if shape.arbiter else []
        if shape.disperse:
            words += ["disperse", str(shape.disperse), "redundancy", str(shape.redundancy)]
        words += ["transport", self.wanted.transport] if self.wanted.transport else []
        words += map(str, self.wanted.bricks)
        self.cli.write(*words, *(["force"] if self.wanted.force else []))

    def _options(self, to_set: Mapping[str, str], to_reset: Sequence[str]) -> None:
        """Sets and resets options. One that gluster refuses takes no other along, and is told when all else is done."""
        by_set = {name: value for name, value in to_set.items() if not (name == option_rules.GRANULAR and self.running)}
        if by_set and not self._accepted(self._set, by_set, told=len(by_set) == 1) and len(by_set) > 1:
            for name, value in by_set.items():
                self._accepted(self._set, {name: value})
        if len(by_set) < len(to_set):
            how = "enable" if options.same(to_set[option_rules.GRANULAR], "on") else "disable"
            self._accepted(self.cli.write, "volume", "heal", self.name, "granular-entry-heal", how)
        for name in to_reset:
            self._accepted(self.cli.write, "volume", "reset", self.name, name)

    def _set(self, values: Mapping[str, str]) -> None:
        self.cli.write("volume", "set", self.name, *(word for pair in values.items() for word in pair))

    def _accepted(self, do: Callable[..., object], *what: Any, told: bool = True) -> bool:
        """Whether gluster does it. told: whether a refusal is told in the end."""
        try:
            do(*what)
        except Refused as error:
            self.refused += [str(error)] if told else []
            return False
        return True

    def _start(self) -> None:
        self.cli.write("volume", "start", self.name)
        self.running = True
        self._online("after its start")

    def _online(self, when: str) -> None:
        def missing() -> str:
            status = volumes.parse_status(self.cli.read("volume", "status", self.name)).get(self.name, ())
            return "; ".join(f"{brick.host}:{brick.path} is not online" for brick in status if not brick.online)

        commands.wait(
            self.cli.clock, self.wanted.timeout, f"the bricks of volume {self.name} to be online {when}", missing
        )

    def _all_there(self, step: Step, when: str) -> None:
        """Waits for all bricks before files move between them, unless others have what they hold: one that is away fails the whole migration."""
        if not step.shape.heals:
            self._online(when)

    def _begin(self, *what: str) -> None:
        """Has the volume keep what begins now, before it does."""
        new = [word for word in what if word not in self.begun]
        if new:
            self.begun += new
            self.cli.write("volume", "set", self.name, UNFINISHED, " ".join(self.begun))

    def _grow(self, step: Step) -> None:
        if self.wanted.rebalance:
            before = self._rebalance_task()
            self._begin(f"{Kind.REBALANCE.value}:{before.uuid if before else NOTHING}")
        force = ["force"] if self.wanted.force else []
        self.cli.write("volume", "add-brick", self.name, *map(str, step.bricks), *force)

    def _more(self, step: Step) -> None:
        shape = step.shape
        arbiter = ["arbiter", str(shape.arbiter)] if shape.arbiter else []
        self._begin(*map(str, step.bricks))
        # gluster takes copies of two subvolumes on one host for two copies of one, and adds them by force only.
        force = ["force"] if self.wanted.force else []
        bricks = map(str, step.bricks)
        self.cli.write("volume", "add-brick", self.name, "replica", str(shape.replica), *arbiter, *bricks, *force)
        self._healed(f"after {step}")

    def _fewer(self, step: Step) -> None:
        # gluster removes copies by this word only: nothing is to be migrated, the other copies have it all. That they do was looked at before, and is again.
        self._healed(f"before {step}")
        self.cli.write(
            "volume", "remove-brick", self.name, "replica", str(step.shape.replica), *map(str, step.bricks), "force"
        )

    def _dead_first(self, steps: Sequence[Step]) -> Iterator[Step]:
        """The same steps, those that replace or reset dead bricks before those that replace others: nothing heals wholly while a brick is away."""
        anew = sorted(
            (step for step in steps if step.kind in _ANEW), key=lambda step: step.bricks[0].key not in self.dead
        )
        following = iter(anew)
        return (next(following) if step.kind in _ANEW else step for step in steps)

    def _replace(self, step: Step) -> None:
        old, new = step.bricks[0], step.new or step.bricks[0]
        if old.key not in self.dead:
            # It lives, and may be the only one that has what was written while others were away.
            heal.wait(self.cli, self.name, self._subvolume(old)[1], self.wanted.timeout_heal, f"before {step}")
        self._begin(str(new))
        self.cli.write("volume", "replace-brick", self.name, str(old), str(new), "commit", "force")
        self._made_anew(step, old, new)

    def _reset(self, step: Step) -> None:
        brick = step.bricks[0]
        self._begin(str(brick))
        self.cli.write("volume", "reset-brick", self.name, str(brick), "start")
        # By force gluster takes a brick with data too; without it an empty one.
        force = ["force"] if self.wanted.force else []
        self.cli.write("volume", "reset-brick", self.name, str(brick), str(brick), "commit", *force)
        self._made_anew(step, brick, brick)

    def _made_anew(self, step: Step, old: Brick, new: Brick) -> None:
        """Waits until a new brick is healed, with those before it, unless another one of its subvolume is away and comes next."""
        self.dead.discard(old.key)
        self.fresh = self.fresh - {old.key} | {new.key}
        shape, group = self._subvolume(new)
        if not self.dead & {brick.key for brick in group}:
            self._whole(shape, group, f"after {step}")

    def _heal(self, step: Step) -> None:
        """Waits for what an earlier run did not wait for, unless a brick of the subvolume is away and comes next."""
        self.fresh = {brick.key for brick in step.bricks}
        for brick in step.bricks:
            shape, group = self._subvolume(brick)
            if brick.key in self.fresh and not self.dead & {other.key for other in group}:
                self._whole(shape, group, "after what an earlier run has begun")

    def _whole(self, shape: Shape, group: tuple[Brick, ...], when: str) -> None:
        """Waits until a subvolume is healed; those of its bricks that are ``fresh`` have been empty."""
        other = next((brick for brick in group if brick.key not in self.fresh), None)
        if shape.disperse and other:
            for new in group:
                if new.key in self.fresh:
                    self._begun(other, new, group, when)
        heal.wait(self.cli, self.name, group, self.wanted.timeout_heal, when)
        self.fresh -= {brick.key for brick in group}

    def _subvolume(self, brick: Brick) -> tuple[Shape, tuple[Brick, ...]]:
        """The shape of the volume, and the bricks that form one subvolume with ``brick``."""
        real = self._now()
        for group in real.subvolumes:
            if brick.key in {other.key for other in group}:
                return real.shape, group
        raise Refused(
            f"{brick} is no brick of volume {self.name} any more, which another run has changed; run the task again"
        )

    def _now(self) -> Volume:
        """The volume as it is now, and not as it was planned for."""
        real = self._read()
        if not real:
            raise Hopeless(f"volume {self.name} is not there any more, by another run; run the task again")
        return real

    def _healed(self, when: str) -> None:
        """Waits for the whole volume."""
        bricks = self._now().bricks
        heal.wait(self.cli, self.name, bricks, self.wanted.timeout_heal, when)

    def _begun(self, other: Brick, new: Brick, group: Sequence[Brick], when: str) -> None:
        """Waits until the root of a new brick is healed, as another brick of its subvolume has it.

        A dispersed volume has nothing to heal, it says, until the self-heal daemon comes to the root; from then on all that is below is counted.
        """
        daemons = healers.Healers(self.cli, self.name, group, when)

        def missing() -> str:
            # Once is enough: another call makes them begin anew. It fails while the brick is not up yet.
            why = "" if daemons.heard else daemons.call("full")
            lacks = set(brick_files.names(self.cli, self.name, other)) - set(
                brick_files.names(self.cli, self.name, new)
            )
            told = f"{new} lacks {', '.join(sorted(lacks)[:MOST_NAMES])}" if lacks else ""
            return "; ".join(filter(None, (told, why if lacks else "")))

        what = f"the root of {new} to be healed {when}"
        commands.wait(self.cli.clock, self.wanted.timeout_heal, what, missing)

    def _rebalance(self, step: Step) -> None:
        before = self._rebalance_task()
        if not (before and before.status == volumes.RUNNING):
            self._all_there(step, "before the rebalance")
            try:
                self.cli.write("volume", "rebalance", self.name, "start")
            except Refused:
                # Another run of the same task may have been quicker. One rebalance is enough for both.
                now = self._rebalance_task()
                if not now or (before and now.uuid == before.uuid):
                    raise
        self._spread()

    def _spread(self) -> None:
        progress = self._migrated(("volume", "rebalance", self.name, "status"), f"the rebalance of volume {self.name}")
        self._count("rebalance", progress)
        # Files that failed stay where they are, and most of them were removed by a client meanwhile: they are counted only.
        if progress.failed:
            raise ClusterError(
                f"the rebalance of volume {self.name} ended early: {', '.join(progress.failed)}; all data is there; "
                f"see /var/log/glusterfs/{self.name}-rebalance.log there, and run the task again, which begins it anew; where that does not begin, since its "
                "daemon was killed, restarting glusterd on that host brings it back: systemctl restart glusterd"
            )

    def _shrink(self, step: Step) -> None:
        bricks = tuple(map(str, step.bricks))
        words = ("volume", "remove-brick", self.name, *bricks)
        for _pass in range(MOST_PASSES):
            earlier, self.earlier = self.earlier, None
            resumed = earlier in (volumes.RUNNING, volumes.COMPLETED)
            if earlier and not resumed:
                # One that failed bars another one until it is stopped.
                self.cli.write(*words, "stop")
            if not resumed:
                self.cli.write(*words, "start")
            progress = self._migrated((*words, "status"), f"the files of {' '.join(bricks)} to be migrated")
            self._count("remove", progress)
            left = [] if progress.failed else self._left(step)
            if not (progress.failed or progress.failures or progress.skipped or left):
                self.cli.write(*words, "commit")
                return
            self.cli.write(*words, "stop")
            # A file that a client removes while it is looked at counts as a failure too, and with one gluster commits by force only.
            # Where nothing is left, another pass moves nothing, and may come to its end without one. What an earlier run had begun may have failed with
            # the host that did it, which is up again.
            if (progress.failed or left) and not resumed:
                break
        raise ClusterError(self._why_not_removed(progress, left, bricks))

    def _count(self, kind: str, progress: volumes.Progress) -> None:
        before = self.moved.get(kind, {})
        self.moved[kind] = {name: count + before.get(name, 0) for name, count in progress.describe().items()}

    def _left(self, step: Step) -> list[str]:
        """Files that are on the bricks still and nowhere else, as brick and path."""
        left = []
        size = step.shape.size
        for group in volumes.groups(step.bricks, size):
            for place, brick in enumerate(group[: size - step.shape.arbiter]):
                paths = brick_files.files(self.cli, self.name, brick)
                if 0 < len(paths) <= MOST_TWINS:
                    paths = self._without_twins(step, place, brick, paths)
                left += [f"{brick}{path}" for path in paths]
        return left

    def _without_twins(self, step: Step, place: int, brick: Brick, paths: list[str]) -> list[str]:
        """Those of ``paths`` that have not arrived on a brick that stays. place: of ``brick`` in its subvolume, whose fragments can be compared."""
        bricks = self._now().bricks
        stay = [other for other in bricks if other.key not in {leaving.key for leaving in step.bricks}]
        over = self.cli.clock.now() + self.wanted.timeout_migrate
        for group in volumes.groups(stay, step.shape.size):
            left = over - self.cli.clock.now()
            if not paths or left <= 0:
                break
            # One that cannot be seen has nothing that could be compared.
            with contextlib.suppress(ClusterError):
                found = brick_files.twins(self.cli, self.name, brick, group[place], paths, left)
                paths = [path for path in paths if path not in found]
        return paths

    def _why_not_removed(self, progress: volumes.Progress, left: Sequence[str], bricks: Sequence[str]) -> str:
        counts = f"{progress.failures} failed, {progress.skipped} skipped"
        if not (left or progress.failed):
            return (
                f"{' '.join(bricks)} stay in volume {self.name}: no file is left on them, but each of {MOST_PASSES} passes of the migration ended with "
                f"{counts}, most likely of files that clients removed meanwhile; gluster then removes bricks by force only, which this module never does; "
                "run the task again while clients remove fewer files"
            )
        told = [repr(name) for name in left[:MOST_NAMES]]
        told += [f"and {len(left) - MOST_NAMES} more"] if len(left) > MOST_NAMES else []
        return (
            f"{' '.join(bricks)} stay in volume {self.name}: the migration ended with {counts}"
            + (f"; {', '.join(progress.failed)}" if progress.failed else "")
            + (f"; still there: {', '.join(told)}" if told else "")
            + f"; see /var/log/glusterfs/{self.name}-rebalance.log on their hosts for why, and run the task again, which tries once more; a file that stays"
            " all the same, such as one that was on its way when a server lost power, moves when a client copies it: cp -a FILE FILE.new, mv FILE.new FILE;"
            " one that stays even then is not what clients see: compare the two, and take away that on the brick: find BRICK -samefile BRICK/FILE -delete"
        )

    def _migrated(self, words: tuple[str, ...], what: str) -> volumes.Progress:
        seen: list[volumes.Progress] = []
        bricks = self._now().bricks

        def missing() -> str:
            try:
                seen[:] = [volumes.parse_progress(self.cli.read(*words))]
            except Refused as error:
                if self._now().bricks != bricks:
                    raise Hopeless(f"{error}; another run has changed the bricks of volume {self.name}") from error
                raise
            moved = f"{seen[0].files} files so far; it goes on, and the next run waits for it again"
            return "" if seen[0].done else f"{', '.join(seen[0].unfinished)}, {moved}"

        commands.wait(self.cli.clock, self.wanted.timeout_migrate, what, missing)
        return seen[0]


_LOOKUP = "cluster.lookup-optimize"

_MOVE_FILES = (Kind.GROW, Kind.SHRINK, Kind.REBALANCE)

_ANEW = (Kind.REPLACE, Kind.RESET)

_NEED_WHOLE = (Kind.MORE, Kind.FEWER, Kind.REPLACE, Kind.RESET)

_NEED_HEALERS = (Kind.MORE, Kind.REPLACE, Kind.RESET, Kind.HEAL)

_STEPS = {
    Kind.GROW: _Ensuring._grow,
    Kind.SHRINK: _Ensuring._shrink,
    Kind.MORE: _Ensuring._more,
    Kind.FEWER: _Ensuring._fewer,
    Kind.REPLACE: _Ensuring._replace,
    Kind.RESET: _Ensuring._reset,
    Kind.HEAL: _Ensuring._heal,
    Kind.REBALANCE: _Ensuring._rebalance,
}


def _not_giving(brick: Brick, report: heal.BrickHeal | None) -> str:
    """Why a brick cannot give its data to a new one; empty if it can."""
    if not report or not report.connected:
        return f"{brick} is not connected"
    return f"{brick} has {report.split_brain} entries in split-brain" if report.split_brain else ""


def _check_peers(todo: Plan, added: Sequence[Brick], peers: pool.Pool) -> None:
    for brick in added:
        if not brick.uuid:
            raise ValueError(
                f"bricks: {brick}: {brick.host} is not in the pool, which has {', '.join(peer.names[0] for peer in peers.peers)}; "
                "add it with evenkeel.glusterfs.trusted_pool"
            )
    leaving = {brick.uuid for step in todo.steps if step.kind is Kind.REPLACE for brick in step.bricks}
    _check_all_up(peers, "no brick is added", leaving)


def _check_all_up(peers: pool.Pool, so: str, leaving: Collection[str] = ()) -> None:
    """Raises ValueError where a member of the pool is away, but for those of the UUIDs ``leaving``. so: what is not done therefore."""
    down = [peer.why_not() for peer in peers.peers if not peer.ready and peer.uuid not in leaving]
    if down:
        raise ValueError(f"the pool is not whole, so {so}: {'; '.join(down)}; bring it up, or remove it from the pool")


def _check_apart(todo: Plan, bricks: Sequence[Brick]) -> None:
    """Raises ValueError where gluster would find two bricks of one subvolume on the same host, which it takes by force only."""
    rounds = [(bricks, todo.create)] if todo.create else []
    # Copies that come to several subvolumes at once it takes for copies of each other.
    rounds += [
        (step.bricks, step.shape if step.kind is Kind.GROW else Shape(len(step.bricks)))
        for step in todo.steps
        if step.kind in (Kind.GROW, Kind.MORE)
    ]
    for group in (group for new, shape in rounds for group in volumes.groups(new, shape.size)):
        for number, brick in enumerate(group):
            other = next((other for other in group[:number] if other.uuid == brick.uuid), None)
            if other:
                raise ValueError(
                    f"bricks: {other} and {brick} are on the same host, and gluster takes {' '.join(map(str, group))} together by force only; give each "
                    "another host, or say force: true if one host shall hold several"
                )


def _check_taken(added: Sequence[Brick], every: Mapping[str, Volume]) -> None:
    taken = [(f"a brick of volume {volume.name}", brick) for volume in every.values() for brick in volume.bricks]
    for number, brick in enumerate(added):
        for whose, other in [*taken, *(("another one of bricks", other) for other in added[:number])]:
            if brick.uuid == other.uuid and _nested(brick.path, other.path):
                raise ValueError(f"bricks: {brick} is, holds or lies in {other}, {whose}; name another directory")
        for volume in every.values():
            thin = volume.thin_arbiter
            if thin and brick.host.lower() == thin.host.lower() and _nested(brick.path, thin.path):
                raise ValueError(
                    f"bricks: {brick} is, holds or lies in {thin}, the thin arbiter of volume {volume.name}; name another directory"
                )


def _nested(path: str, other: str) -> bool:
    return f"{path}/".startswith(f"{other}/") or f"{other}/".startswith(f"{path}/")


def _steps(todo: Plan) -> list[str]:
    told = [f"create ({todo.create})"] if todo.create else []
    told += ["start"] if todo.start else []
    told += [f"set {name} {value}" for name, value in todo.ahead.items()]
    told += map(str, todo.steps)
    told += [f"set {name} {value}" for name, value in todo.set.items()]
    told += [f"reset {name}" for name in todo.reset]
    told += ["stop"] if todo.stop else []
    return told + (["delete"] if todo.delete else [])


def _text(real: Volume | None) -> str:
    """A volume as the lines of a diff."""
    if not real:
        return ""
    return _lines(real.status, str(real.shape), map(str, real.bricks), real.options)


def _foretold(wanted: Arguments, todo: Plan, real: Volume | None) -> str:
    """What ``_text`` would say after the plan, as far as can be known."""
    if todo.delete or not (real or todo.create):
        return ""
    status = "Started" if todo.start else "Stopped" if todo.stop else real.status if real else "Created"
    shape = todo.create or (_shape(wanted, real.shape) if real else Shape())
    bricks = wanted.bricks or (real.bricks if real else ())
    kept = {name: value for name, value in (real.options if real else {}).items() if name not in todo.reset}
    return _lines(status, str(shape), map(str, bricks), {**kept, **todo.ahead, **todo.set})


def _lines(status: str, shape: str, bricks: Any, values: Mapping[str, str]) -> str:
    lines = [f"status: {status}", f"shape: {shape}", *(f"brick: {brick}" for brick in bricks)]
    return "\n".join([*lines, *(f"{name}: {value}" for name, value in sorted(values.items()))]) + "\n"
