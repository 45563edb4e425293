# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The steps in which a volume is made, changed and deleted. A plan is a list of them, in the order in which they are done.

Each step carries all that it needs. str(step) is what the module reports: a line, several for several options, none where a user asks for nothing by it.
step.after(volume) is what the step makes of a volume, as far as that is known before. What is run for it: volume_apply.py.
"""

from __future__ import annotations

from typing import Iterable, Mapping, NamedTuple, Protocol, Sequence

from . import option_rules, options
from .volume import Brick, Shape, Volume


class Step(Protocol):
    """Any of the steps below."""

    @property
    def volume(self) -> str:
        """The volume's name."""

    def after(self, volume: Volume) -> Volume: ...


class Create(NamedTuple):
    """Make the volume. transport: None for that which GlusterFS takes. force: take bricks that gluster takes by force only."""

    volume: str
    bricks: tuple[Brick, ...]
    shape: Shape
    transport: str | None
    force: bool

    def __str__(self) -> str:
        return f"create ({self.shape})"

    def made(self) -> Volume:
        """The new volume, without what GlusterFS adds."""
        return Volume(self.volume, "", "", "Created", self.bricks, self.shape, self.transport or "tcp", {})

    def after(self, volume: Volume) -> Volume:
        return volume


class Delete(NamedTuple):
    """Delete the volume, which is not started. used: whether that may be done though clients use it, before it is stopped."""

    volume: str
    used: bool = False

    def __str__(self) -> str:
        return "delete"

    def after(self, volume: Volume) -> Volume:
        return volume


class Start(NamedTuple):
    """Start the volume and wait until its bricks are online."""

    volume: str

    def __str__(self) -> str:
        return "start"

    def after(self, volume: Volume) -> Volume:
        return volume._replace(status="Started")


class Stop(NamedTuple):
    """Stop the volume."""

    volume: str

    def __str__(self) -> str:
        return "stop"

    def after(self, volume: Volume) -> Volume:
        return volume._replace(status="Stopped")


class SetOptions(NamedTuple):
    """Set options, all by one command.

    needed: whether steps that follow need them; a refusal ends the run then. Any other refusal is reported when all is done.
    """

    volume: str
    values: Mapping[str, str]
    needed: bool = False

    def __str__(self) -> str:
        return "\n".join(f"set {name} {value}" for name, value in self.values.items())

    def after(self, volume: Volume) -> Volume:
        return volume._replace(options={**volume.options, **self.values})


class SetGranularHeal(NamedTuple):
    """Set cluster.granular-entry-heal of a started volume, for which GlusterFS has a command of its own."""

    volume: str
    value: str

    def __str__(self) -> str:
        return f"set {option_rules.GRANULAR} {self.value}"

    def after(self, volume: Volume) -> Volume:
        return volume._replace(options={**volume.options, option_rules.GRANULAR: self.value})


class ResetOption(NamedTuple):
    """Reset an option to its default."""

    volume: str
    name: str

    def __str__(self) -> str:
        return f"reset {self.name}"

    def after(self, volume: Volume) -> Volume:
        return volume._replace(options={name: value for name, value in volume.options.items() if name != self.name})


class MatchOptions(NamedTuple):
    """Make the options the wanted ones after bricks have changed: GlusterFS sets options itself when the shape changes.

    started: whether the volume is, by then. foreseen: the steps that are due if GlusterFS sets none.
    """

    volume: str
    wanted: options.Wanted
    started: bool
    foreseen: tuple[Step, ...]

    def __str__(self) -> str:
        return "\n".join(map(str, self.foreseen))

    def after(self, volume: Volume) -> Volume:
        return after(volume, self.foreseen) or volume


class AddBricks(NamedTuple):
    """Add whole subvolumes. rebalance: whether one follows, which the volume then keeps as unfinished."""

    volume: str
    bricks: tuple[Brick, ...]
    shape: Shape
    force: bool = False
    rebalance: bool = False

    def __str__(self) -> str:
        return f"add {_list(self.bricks)}"

    def after(self, volume: Volume) -> Volume:
        return volume._replace(bricks=(*volume.bricks, *self.bricks))


class RemoveBricks(NamedTuple):
    """Remove whole subvolumes once their files are migrated. earlier: the state of that migration where an earlier run has begun it, as in volume.Task."""

    volume: str
    bricks: tuple[Brick, ...]
    shape: Shape
    earlier: tuple[int, str] | None = None

    def __str__(self) -> str:
        return f"remove {_list(self.bricks)}"

    def after(self, volume: Volume) -> Volume:
        return volume._replace(bricks=_without(volume.bricks, self.bricks))


class AddReplica(NamedTuple):
    """Add a copy, or the arbiter, to each subvolume and wait until it is healed. bricks: in the order of the subvolumes. shape: after it."""

    volume: str
    bricks: tuple[Brick, ...]
    shape: Shape
    force: bool = False

    def __str__(self) -> str:
        return f"add copies {_list(self.bricks)} ({self.shape})"

    def after(self, volume: Volume) -> Volume:
        grown = [(*group, new) for group, new in zip(volume.subvolumes, self.bricks)]
        return volume._replace(bricks=tuple(brick for group in grown for brick in group), shape=self.shape)


class RemoveReplica(NamedTuple):
    """Remove a copy from each subvolume once all is healed. shape: after it."""

    volume: str
    bricks: tuple[Brick, ...]
    shape: Shape

    def __str__(self) -> str:
        return f"remove copies {_list(self.bricks)} ({self.shape})"

    def after(self, volume: Volume) -> Volume:
        return volume._replace(bricks=_without(volume.bricks, self.bricks), shape=self.shape)


class ReplaceBrick(NamedTuple):
    """Put another brick in the place of one.

    online: whether the old one gives its data still; its subvolume is healed first then, since the old one may be the only one that has what was written
    while others were away. unhealed: the bricks of its subvolume, the new one among them, that have been empty and whose heal is waited for in the end;
    none where another brick of the subvolume is offline and comes next.
    """

    volume: str
    old: Brick
    new: Brick
    online: bool = True
    unhealed: tuple[Brick, ...] = ()

    def __str__(self) -> str:
        return f"replace {self.old} by {self.new}"

    def after(self, volume: Volume) -> Volume:
        bricks = tuple(self.new if brick.key == self.old.key else brick for brick in volume.bricks)
        return volume._replace(bricks=bricks)


class ResetBrick(NamedTuple):
    """Make a brick anew in its place, which is empty. unhealed: as in ReplaceBrick."""

    volume: str
    brick: Brick
    force: bool = False
    unhealed: tuple[Brick, ...] = ()

    def __str__(self) -> str:
        return f"reset {self.brick}"

    def after(self, volume: Volume) -> Volume:
        return volume


class Heal(NamedTuple):
    """Wait for the heal of bricks that an earlier run has added, replaced or reset.

    unhealed: those whose heal is waited for, by subvolume; see ReplaceBrick.
    """

    volume: str
    bricks: tuple[Brick, ...]
    unhealed: tuple[tuple[Brick, ...], ...] = ()

    def __str__(self) -> str:
        return f"heal {_list(self.bricks)}"

    def after(self, volume: Volume) -> Volume:
        return volume


class Rebalance(NamedTuple):
    """Spread the files over all subvolumes. online_first: whether all bricks are waited for before, since nothing else has what they hold."""

    volume: str
    online_first: bool

    def __str__(self) -> str:
        return "rebalance"

    def after(self, volume: Volume) -> Volume:
        return volume


class AwaitRebalance(NamedTuple):
    """Wait for the rebalance that an earlier run has begun."""

    volume: str

    def __str__(self) -> str:
        return ""

    def after(self, volume: Volume) -> Volume:
        return volume


class ClearUnfinished(NamedTuple):
    """Have the volume forget what was unfinished, all of which is done; see unfinished.py."""

    volume: str

    def __str__(self) -> str:
        return ""

    def after(self, volume: Volume) -> Volume:
        return volume


def describe(steps: Iterable[Step]) -> list[str]:
    """The steps as the module reports them. A list without a line changes nothing."""
    return [line for step in steps for line in str(step).split("\n") if line]


def after(volume: Volume | None, steps: Iterable[Step]) -> Volume | None:
    """The volume after the steps; None where there is none."""
    for step in steps:
        if isinstance(step, Create):
            volume = step.made()
        elif isinstance(step, Delete):
            volume = None
        elif volume:
            volume = step.after(volume)
    return volume


def of_options(volume: str, to_set: Mapping[str, str], to_reset: Sequence[str], *, started: bool) -> tuple[Step, ...]:
    """The steps that set and reset options of a volume that is started or not."""
    own = {name: value for name, value in to_set.items() if started and name == option_rules.GRANULAR}
    together = {name: value for name, value in to_set.items() if name not in own}
    return (
        *([SetOptions(volume, together)] if together else []),
        *(SetGranularHeal(volume, value) for value in own.values()),
        *(ResetOption(volume, name) for name in to_reset),
    )


def made_anew(step: Step) -> tuple[Brick, ...]:
    """The brick that a step empties or takes out, and whose data comes from others of its subvolume."""
    if isinstance(step, ReplaceBrick):
        return (step.old,)
    return (step.brick,) if isinstance(step, ResetBrick) else ()


def _list(bricks: Iterable[Brick]) -> str:
    return " ".join(map(str, bricks))


def _without(bricks: Iterable[Brick], gone: Iterable[Brick]) -> tuple[Brick, ...]:
    keys = {brick.key for brick in gone}
    return tuple(brick for brick in bricks if brick.key not in keys)
