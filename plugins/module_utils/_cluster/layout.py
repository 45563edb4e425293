# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the bricks that a volume has to those it shall have: which steps, in which order."""

from __future__ import annotations

from typing import NamedTuple, Sequence

from .volume import Brick, Shape, Volume, groups
from .volume_steps import AddBricks, AddReplica, RemoveBricks, RemoveReplica, ReplaceBrick, Step


class _Kept(NamedTuple):
    """What becomes of a subvolume that stays. replaced: pairs of old and new bricks. copies: bricks that are added. dropped: bricks that are removed."""

    replaced: tuple[tuple[Brick, Brick], ...]
    copies: tuple[Brick, ...]
    dropped: tuple[Brick, ...]


def plan(
    volume: Volume, bricks: Sequence[Brick], shape: Shape, *, force: bool = False, rebalance: bool = False
) -> list[Step]:
    """The steps from the volume's bricks to ``bricks``: whole subvolumes, each brick of the volume spelled as the volume spells it.

    Where subvolumes keep their size, some are added before others are removed, so that there is room. Where the size changes, subvolumes are removed
    first and added last, so that as few bricks as possible change.

    force: whether gluster takes new bricks by force. rebalance: whether one follows. Raises ValueError where no step leads there.
    """
    old = volume.shape
    _check_shape(old, shape)
    now = groups(volume.bricks, old.size)
    where = {brick.key: number for number, group in enumerate(now) for brick in group}
    stays: dict[int, tuple[Brick, ...]] = {}
    new: list[Brick] = []
    for group in groups(bricks, shape.size):
        numbers = {where[brick.key] for brick in group if brick.key in where}
        if len(numbers) > 1 or numbers & set(stays):
            raise ValueError(
                f"bricks: {' '.join(map(str, group))} shall form one subvolume, but {_belong(volume)}; keep those together that are together"
            )
        if numbers:
            stays[numbers.pop()] = group
        else:
            new += group
    gone = [brick for number, group in enumerate(now) if number not in stays for brick in group]
    if shape.size != old.size and not stays:
        raise ValueError(
            f"bricks: none of them is in the volume, and {old} shall become {shape} too; do one in a run of its own"
        )
    kept = [_keep(now[number], stays[number], old, shape) for number in sorted(stays)]
    grow = [AddBricks(volume.name, tuple(new), shape, force, rebalance)] if new else []
    shrink = [RemoveBricks(volume.name, tuple(gone), old)] if gone else []
    replaced = [ReplaceBrick(volume.name, *pair) for group in kept for pair in group.replaced]
    change = [*replaced, *_reshape(volume, kept, shape, force=force)]
    return [*change, *grow, *shrink] if shape.size == old.size else [*shrink, *change, *grow]


def _belong(volume: Volume) -> str:
    return "the volume has " + ", ".join(f"({' '.join(map(str, group))})" for group in volume.subvolumes)


def _check_shape(old: Shape, new: Shape) -> None:
    if (old.disperse, old.redundancy) != (new.disperse, new.redundancy):
        raise ValueError(
            f"the volume is {old} and cannot become {new}: GlusterFS does not change disperse and redundancy; make another volume and copy the files"
        )
    if old.replica == new.replica and old.arbiter != new.arbiter:
        raise ValueError(
            f"the volume is {old} and cannot become {new} in one go; go to replica: 2 first, then to {new}"
        )
    if old.arbiter and new.replica < old.replica and new.replica != 2:
        raise ValueError(f"the volume is {old} and cannot become {new} in one go; go to replica: 2 first")
    if old.arbiter and new.replica > old.replica:
        raise ValueError(
            f"the volume is {old} and cannot become {new}: GlusterFS has an arbiter beside two copies only"
        )


def _keep(old: tuple[Brick, ...], new: tuple[Brick, ...], was: Shape, shape: Shape) -> _Kept:
    """What becomes of one subvolume. Raises ValueError where its arbiter, the last brick, would have to become a copy, or a copy the arbiter."""
    wanted = {brick.key for brick in new}
    existing = {brick.key for brick in old}
    missing = [brick for brick in old if brick.key not in wanted]
    extra = [brick for brick in new if brick.key not in existing]
    moves = (
        was.arbiter
        and shape.arbiter
        and (old[-1].key in wanted or new[-1].key in existing)
        and old[-1].key != new[-1].key
    )
    turns = shape.arbiter and not was.arbiter and new[-1].key in existing
    if moves or turns:
        raise ValueError(
            f"bricks: the arbiter of {' '.join(map(str, new))} is the last one, {new[-1]}; a brick cannot change between arbiter and copy, "
            "so keep its place or name a new brick there"
        )
    if was.arbiter and not shape.arbiter:
        if old[-1].key in wanted:
            raise ValueError(
                f"bricks: {old[-1]} is an arbiter and has no data; leave it out, and keep {old[0]} and {old[1]}"
            )
        missing.sort(key=lambda brick: brick.key == old[-1].key)
    count = min(len(missing), len(extra))
    return _Kept(tuple(zip(missing[:count], extra[:count])), tuple(extra[count:]), tuple(missing[count:]))


def _reshape(volume: Volume, kept: Sequence[_Kept], new: Shape, *, force: bool) -> list[Step]:
    """One copy more, or less, in each subvolume at a time: gluster takes the bricks of one round in the order of the subvolumes."""
    old = volume.shape
    steps: list[Step] = []
    for number in range(new.replica - old.replica if not old.disperse else 0):
        replica = old.replica + number + 1
        shape = new._replace(replica=replica, arbiter=new.arbiter if replica == new.replica else 0)
        steps.append(AddReplica(volume.name, tuple(group.copies[number] for group in kept), shape, force))
    for number in range(old.replica - new.replica if not old.disperse else 0):
        shape = new._replace(replica=old.replica - number - 1)
        steps.append(RemoveReplica(volume.name, tuple(group.dropped[number] for group in kept), shape))
    return steps
