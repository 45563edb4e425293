# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the arguments and the volume that is there to the list of steps; nothing is asked and nothing is done."""

from __future__ import annotations

from typing import Mapping, Sequence

from . import healers, layout, option_rules, options, unfinished
from .rebalance import Earlier
from .volume import Brick, Shape, Volume
from .volume_arguments import Arguments
from .volume_steps import (
    AddBricks,
    AddReplica,
    AwaitRebalance,
    ClearUnfinished,
    Create,
    Delete,
    Heal,
    MatchOptions,
    Rebalance,
    RemoveBricks,
    ReplaceBrick,
    ResetBrick,
    SetOptions,
    Start,
    Step,
    Stop,
    made_anew,
    of_options,
)

MOVE_FILES = (AddBricks, RemoveBricks, Rebalance)
"""Steps by which files move between subvolumes, at once or later."""

NEED_HEALERS = (AddReplica, ReplaceBrick, ResetBrick, Heal)
"""Steps that wait for a heal."""

_RECORDED = (AddReplica, ReplaceBrick, ResetBrick)
"""Steps that the volume keeps as unfinished until all is done; AddBricks too where a rebalance follows."""

_LOOKUP = "cluster.lookup-optimize"

_KINDS = ("Distribute", "Replicate", "Distributed-Replicate", "Disperse", "Distributed-Disperse")
"""The types of GlusterFS 10 to 11, in its words."""


def plan(
    wanted: Arguments,
    volume: Volume | None,
    offline: frozenset[tuple[str, str]] = frozenset(),
    rebalance: Earlier = Earlier.ENDED,
) -> tuple[Step, ...]:
    """The steps that make the volume the wanted one, in the order in which they are done.

    wanted: its bricks are spelled as the volume spells them. offline: keys of bricks to reset that are not online. rebalance: that of an earlier run.
    Raises ValueError where no way leads there.
    """
    if wanted.state == "absent":
        return _deletion(wanted, volume, rebalance) if volume else ()
    if not volume:
        return _creation(wanted)
    start = wanted.state == "started" and not volume.started
    change = _brick_steps(wanted, volume, offline, rebalance, started=start or volume.started)
    needed = _needed_options(wanted, volume, change)
    to_set = options.to_set(wanted.options, {**volume.options, **needed})
    to_reset = options.to_reset(wanted.options, volume.options)
    stop = wanted.state == "stopped" and volume.started
    runs = volume.started or start
    before: tuple[Step, ...] = ()
    if not volume.started:
        # Before the start all is set that the change of bricks leaves alone, and what GlusterFS sets on a volume only that is not started.
        early = {name: value for name, value in to_set.items() if not change or name in option_rules.STOPPED}
        before = of_options(volume.name, early, () if change else to_reset, started=False)
        to_set = {name: value for name, value in to_set.items() if name not in early}
        to_reset = to_reset if change else []
    last = of_options(volume.name, to_set, to_reset, started=runs and not stop)
    if change and wanted.options:
        last = (MatchOptions(volume.name, wanted.options, runs and not stop, last),)
    ends = _ends(volume, change, rebalance)
    return (
        *before,
        *([Start(volume.name)] if start else []),
        *([SetOptions(volume.name, needed, needed=True)] if needed else []),
        *change,
        *((*ends, Stop(volume.name), *last) if stop else (*last, *ends)),
    )


def _deletion(wanted: Arguments, volume: Volume, rebalance: Earlier) -> tuple[Step, ...]:
    """gluster stops no volume while a rebalance goes on."""
    stop = [Stop(volume.name)] if volume.started else []
    return (*_ends(volume, (), rebalance), *stop, Delete(volume.name, wanted.disconnect_clients))


def _creation(wanted: Arguments) -> tuple[Step, ...]:
    if not wanted.bricks:
        raise ValueError(
            f"the volume {wanted.name} is not there; name its bricks, as in bricks: [gfs1:/bricks/one/data, gfs2:/bricks/one/data]"
        )
    if wanted.reset:
        raise ValueError(f"reset: the volume {wanted.name} is not there; drop reset")
    shape = _shape(wanted, Shape())
    _check_divided(wanted.bricks, shape)
    to_set = options.to_set(wanted.options, options.ALWAYS)
    return (
        Create(wanted.name, wanted.bricks, shape, wanted.transport, wanted.force),
        *of_options(wanted.name, to_set, (), started=False),
        *([Start(wanted.name)] if wanted.state == "started" else []),
    )


def _brick_steps(
    wanted: Arguments,
    volume: Volume,
    offline: frozenset[tuple[str, str]],
    rebalance: Earlier,
    *,
    started: bool,
) -> tuple[Step, ...]:
    """The steps that change bricks or move files. started: whether the volume is by then."""
    shape = _shape(wanted, volume.shape)
    if wanted.transport and wanted.transport != volume.transport:
        raise ValueError(
            f"transport {wanted.transport}: the volume has {volume.transport}, and GlusterFS sets that at creation; drop transport"
        )
    if volume.shape.disperse and shape.replica > 1:
        raise ValueError(f"replica {shape.replica}: the volume is {volume.shape}, which has no copies; drop replica")
    if shape != volume.shape:
        _check_kind(volume, [f"become {shape}"])
    steps: list[Step] = []
    if wanted.bricks:
        _check_divided(wanted.bricks, shape)
        steps = layout.plan(volume, wanted.bricks, shape, force=wanted.force, rebalance=wanted.rebalance)
    elif shape != volume.shape:
        raise ValueError(f"the volume is {volume.shape} and shall be {shape}; name all its bricks too")
    steps = [*_resets(wanted, volume, offline), *steps]
    _check_kind(volume, steps)
    recorded = unfinished.words(volume) if started and (wanted.bricks or wanted.reset) else ()
    unhealed = tuple(brick for brick in volume.bricks if str(brick) in recorded)
    if unhealed and volume.shape.heals:
        steps.insert(0, Heal(volume.name, unhealed))
    grows = any(isinstance(step, AddBricks) for step in steps)
    if wanted.rebalance and (grows or rebalance is Earlier.LOST):
        steps.append(Rebalance(volume.name, online_first=not shape.heals))
    idle = [step for step in steps if not isinstance(step, AddBricks)]
    if idle and not started:
        raise ValueError(f"the volume is not started, which it must be to {idle[0]}; write state: started")
    return arranged(steps, volume)


def _resets(wanted: Arguments, volume: Volume, offline: frozenset[tuple[str, str]]) -> list[Step]:
    existing = {brick.key: brick for brick in volume.bricks}
    for brick in wanted.reset:
        if brick.key not in existing:
            raise ValueError(f"reset: {brick} is no brick of the volume; it has {' '.join(map(str, volume.bricks))}")
        if not volume.shape.heals:
            raise ValueError(f"reset: {brick}: the volume has no copies to make a brick from")
    return [
        ResetBrick(volume.name, existing[brick.key], wanted.force) for brick in wanted.reset if brick.key in offline
    ]


def _ends(volume: Volume, change: Sequence[Step], rebalance: Earlier) -> tuple[Step, ...]:
    """What ends a change of bricks, and what an earlier run has begun."""
    awaits = rebalance is Earlier.AWAITED
    records = any(isinstance(step, _RECORDED) or (isinstance(step, AddBricks) and step.rebalance) for step in change)
    clears = records or (unfinished.words(volume) and (change or awaits))
    starts_one = any(isinstance(step, Rebalance) for step in change)
    return (
        *([AwaitRebalance(volume.name)] if awaits and not starts_one else []),
        *([ClearUnfinished(volume.name)] if clears else []),
    )


def arranged(
    steps: Sequence[Step],
    volume: Volume,
    offline: frozenset[tuple[str, str]] = frozenset(),
    removal: tuple[int, str] | None = None,
) -> tuple[Step, ...]:
    """The steps once it is known which bricks give no data any more, and how far an earlier run has come.

    Bricks that are offline are replaced or reset before others: nothing heals wholly while a brick is away. So a step does not wait for the heal of its
    subvolume where another brick of that is offline and comes after it.

    offline: keys of bricks to be replaced or reset that give no data. removal: the state of a removal of the same bricks, see RemoveBricks.earlier.
    """
    anew = iter(
        sorted((step for step in steps if made_anew(step)), key=lambda step: made_anew(step)[0].key not in offline)
    )
    heals = _Heals(volume, offline)
    return tuple(heals.complete(next(anew) if made_anew(step) else step, removal) for step in steps)


class _Heals:
    """Which bricks of each subvolume are offline still, and which have been empty and are not healed yet, from step to step."""

    def __init__(self, volume: Volume, offline: frozenset[tuple[str, str]]) -> None:
        self.offline = offline
        self.number = {brick.key: number for number, group in enumerate(volume.subvolumes) for brick in group}
        self.away = [offline & {brick.key for brick in group} for group in volume.subvolumes]
        self.unhealed: list[tuple[Brick, ...]] = [() for _group in volume.subvolumes]

    def complete(self, step: Step, removal: tuple[int, str] | None) -> Step:
        """The step with what it has to know of those before it."""
        if isinstance(step, RemoveBricks):
            return step._replace(earlier=removal)
        if isinstance(step, Heal):
            numbers = dict.fromkeys(self.number[brick.key] for brick in step.bricks)
            for brick in step.bricks:
                self.unhealed[self.number[brick.key]] += (brick,)
            return step._replace(unhealed=tuple(filter(None, map(self.due, numbers))))
        if isinstance(step, ResetBrick):
            return step._replace(unhealed=self.made_anew(step.brick, step.brick))
        if isinstance(step, ReplaceBrick):
            online = step.old.key not in self.offline
            return step._replace(online=online, unhealed=self.made_anew(step.old, step.new))
        return step

    def made_anew(self, old: Brick, new: Brick) -> tuple[Brick, ...]:
        number = self.number[old.key]
        self.away[number] -= {old.key}
        self.unhealed[number] = (*(brick for brick in self.unhealed[number] if brick.key != old.key), new)
        return self.due(number)

    def due(self, number: int) -> tuple[Brick, ...]:
        """The bricks of a subvolume whose heal is waited for now."""
        if self.away[number]:
            return ()
        due, self.unhealed[number] = self.unhealed[number], ()
        return due


def _check_kind(volume: Volume, steps: Sequence[Step | str]) -> None:
    """Raises ValueError for a change of bricks that the volume's kind does not bear."""
    if not steps:
        return
    if volume.thin_arbiter:
        raise ValueError(
            f"the volume {volume.name} has a thin arbiter, {volume.thin_arbiter}, with which GlusterFS changes no bricks without harm (an added copy never "
            f"gets a file): not done: {'; '.join(map(str, steps))}; name the bricks that it has, {' '.join(map(str, volume.bricks))}, with replica: 2; for "
            "another shape make another volume and copy the files"
        )
    if volume.kind not in _KINDS or len(volume.bricks) % volume.shape.size:
        raise ValueError(
            f"the volume {volume.name} is of type {volume.kind} with {len(volume.bricks)} bricks by {volume.shape}, whose bricks this module does not "
            f"change: {'; '.join(map(str, steps))}; drop what asks for that"
        )


def _check_divided(bricks: Sequence[Brick], shape: Shape) -> None:
    if len(bricks) % shape.size:
        raise ValueError(
            f"bricks: {len(bricks)} are not divided by {shape}, which needs {shape.size} for each subvolume; "
            f"name {len(bricks) // shape.size * shape.size or shape.size} or {(len(bricks) // shape.size + 1) * shape.size}"
        )


def _needed_options(wanted: Arguments, volume: Volume, change: Sequence[Step]) -> Mapping[str, str]:
    """The options that the steps need, as far as they have to be set. Raises ValueError where the other value is wanted."""
    needed: dict[str, str] = {}
    if any(isinstance(step, MOVE_FILES) for step in change):
        needed.update(_found_everywhere(wanted, volume))
    if any(isinstance(step, NEED_HEALERS) for step in change):
        needed.update(_healers_on(wanted, volume))
    return needed


def _found_everywhere(wanted: Arguments, volume: Volume) -> dict[str, str]:
    """The option by which clients look for a file on every subvolume, if it has to be set. Raises ValueError where the other value is wanted.

    With cluster.lookup-optimize, GlusterFS' default, a client believes the first subvolume that a file is not there. While several hosts rebalance a
    directory the first one that is ready declares it balanced, and what the others then have not moved is not found any more, after a new mount and
    after the rebalance neither: https://github.com/gluster/glusterfs/issues/973, with lost data in /1918.
    """
    if _LOOKUP in wanted.options and not options.same(wanted.options[_LOOKUP] or "on", "off"):
        raise ValueError(
            f"option {_LOOKUP!r}: with it clients lose sight of files that move from one subvolume to another; write off, or drop it, and it is set to off"
        )
    return options.to_set({_LOOKUP: "off"}, volume.options)


def _healers_on(wanted: Arguments, volume: Volume) -> dict[str, str]:
    """The option that turns the self-heal daemons on, where they are off and this task sets or resets it."""
    name = healers.switch(volume.shape)
    if not healers.off(volume.shape, volume.options) or name not in wanted.options:
        return {}
    value = wanted.options[name] or "on"
    return {} if healers.off(volume.shape, {name: value}) else {name: value}


def _shape(wanted: Arguments, current: Shape) -> Shape:
    """The wanted shape. What was not given is as in ``current``, but for the arbiter: there is none where the number of copies changes."""
    replica = current.replica if wanted.replica is None else wanted.replica
    arbiter = wanted.arbiter
    if arbiter is None:
        arbiter = current.arbiter if replica == current.replica else 0
    disperse = current.disperse if wanted.disperse is None else wanted.disperse
    redundancy = current.redundancy if wanted.redundancy is None else wanted.redundancy
    return Shape(replica, arbiter, disperse, redundancy if disperse else 0)
