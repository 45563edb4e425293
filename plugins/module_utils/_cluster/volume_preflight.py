# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is checked before the first step: what gluster would refuse half-way, or would not refuse and should.

Each check raises ValueError: which brick, option or member, and what to do instead.
"""

from __future__ import annotations

from typing import Collection, Iterator, Mapping, NamedTuple, Sequence

from .._host import local_host
from .._host.local_host import LocalHost
from . import connected, heal, healers, option_rules, options, rebalance, volume_plan
from . import volume as volumes
from .cli import Cli, ClusterError
from .pool import Pool
from .volume import Brick, Task, Volume
from .volume_steps import (
    AddBricks,
    AddReplica,
    Create,
    Delete,
    Heal,
    MatchOptions,
    Rebalance,
    RemoveBricks,
    RemoveReplica,
    ReplaceBrick,
    ResetBrick,
    ResetOption,
    SetGranularHeal,
    SetOptions,
    Start,
    Step,
    after,
    made_anew,
)

_CHANGE_BRICKS = (AddBricks, RemoveBricks, AddReplica, RemoveReplica, ReplaceBrick, ResetBrick, Heal, Rebalance)

_NEED_WHOLE = (AddReplica, RemoveReplica, ReplaceBrick, ResetBrick)
"""Steps for which the other bricks of a subvolume must have its data."""


class Findings(NamedTuple):
    """What the checks have found that the steps depend on; see volume_plan.arranged."""

    offline: frozenset[tuple[str, str]] = frozenset()
    removal: tuple[int, str] | None = None


def check(
    steps: Sequence[Step],
    volume: Volume | None,
    every: Mapping[str, Volume],
    pool: Pool,
    cli: Cli,
    host: LocalHost,
    timeout_heal: float,
) -> Findings:
    """All checks. every: the volumes of the pool by name. timeout_heal: seconds for the heals that follow, of which a summary may take half."""
    _check_options(steps, volume, cli)
    _check_delete(steps, volume, pool, cli, host)
    _check_bricks(steps, every, pool, host)
    change = [step for step in steps if isinstance(step, _CHANGE_BRICKS)]
    if not (change and volume):
        return Findings()
    tasks = () if _bears_tasks(steps, change) else rebalance.tasks(cli, volume.name)
    removal = _check_tasks(change, volume, tasks)
    _check_healers(steps, volume, cli)
    return Findings(_check_whole(change, volume, cli, timeout_heal), removal)


# -- options


class _OptionChange(NamedTuple):
    name: str
    reset: bool
    volume: Volume


def _option_changes(steps: Sequence[Step], volume: Volume | None) -> Iterator[_OptionChange]:
    """Each option that is set or reset, with the volume as it is then. Options that steps need are chosen by the plan."""
    for step in steps:
        for part in step.foreseen if isinstance(step, MatchOptions) else (step,):
            if volume and isinstance(part, SetOptions) and not part.needed:
                yield from (_OptionChange(name, False, volume) for name in part.values)
            elif volume and isinstance(part, SetGranularHeal):
                yield _OptionChange(option_rules.GRANULAR, False, volume)
            elif volume and isinstance(part, ResetOption):
                yield _OptionChange(part.name, True, volume)
            volume = after(volume, (part,))


def _check_options(steps: Sequence[Step], volume: Volume | None, cli: Cli) -> None:
    changes = list(_option_changes(steps, volume))
    if not changes:
        return
    for change in changes:
        then = change.volume
        why = option_rules.why_not(
            change.name, then.name, then.shape, then.options, started=then.started, reset=change.reset
        )
        if why:
            raise ValueError(f"option {change.name!r}: {why}")
    for change in changes:
        if change.reset and change.name.startswith("user."):
            raise ValueError(
                f"option {change.name!r}: GlusterFS resets an option of the user's own only with all others; set another value"
            )
    documented = volumes.known_options(cli.read("volume", "set", "help-xml"))
    for name in options.unknown([change.name for change in changes if not change.reset], documented):
        if not (volume and _has_option(cli, volume.name, name)):
            raise ValueError(options.why_unknown(name, documented))


def _has_option(cli: Cli, volume: str, name: str) -> bool:
    """Whether this GlusterFS has an option that no list names: a newer one may."""
    try:
        return volumes.has_option(cli.read("volume", "get", volume, name))
    except ClusterError:
        return False


# -- deletion


def _check_delete(steps: Sequence[Step], volume: Volume | None, pool: Pool, cli: Cli, host: LocalHost) -> None:
    deletion = next((step for step in steps if isinstance(step, Delete)), None)
    if not (volume and deletion):
        return
    _check_all_up(pool, f"the volume {volume.name} is not stopped, since gluster would not delete it then")
    if volume.snapshots:
        raise ValueError(
            f"the volume {volume.name} has {volume.snapshots} snapshots; delete them first: gluster snapshot delete volume {volume.name}"
        )
    users = connected.from_where(cli, volume, pool, host) if volume.started and not deletion.used else ()
    if users:
        raise ValueError(
            f"the volume {volume.name} is in use by clients on {', '.join(users)}, which would lose it; nothing was changed. Unmount it there first, as by "
            "evenkeel.glusterfs.mount with state: absent, or write disconnect_clients: true"
        )


def _check_all_up(pool: Pool, consequence: str, leaving: Collection[str] = ()) -> None:
    """All members of the pool are up, but for those of the UUIDs ``leaving``. consequence: what is not done where they are not."""
    down = [peer.why_not() for peer in pool.peers if not peer.ready and peer.uuid not in leaving]
    if down:
        raise ValueError(
            f"the pool is not whole, so {consequence}: {'; '.join(down)}; bring it up, or remove it from the pool"
        )


# -- bricks that come


class _New(NamedTuple):
    """A brick that comes.

    created: with the volume, where force may mean a directory that was a brick, and files may be meant. forced: whether gluster takes it by force.
    """

    brick: Brick
    created: bool
    forced: bool


def _new(steps: Sequence[Step]) -> Iterator[_New]:
    for step in steps:
        if isinstance(step, Create):
            yield from (_New(brick, True, step.force) for brick in step.bricks)
        elif isinstance(step, ReplaceBrick):
            yield _New(step.new, False, True)
        elif isinstance(step, (AddBricks, AddReplica)):
            yield from (_New(brick, False, step.force) for brick in step.bricks)


def _check_bricks(steps: Sequence[Step], every: Mapping[str, Volume], pool: Pool, host: LocalHost) -> None:
    new = list(_new(steps))
    if new:
        leaving = {step.old.uuid for step in steps if isinstance(step, ReplaceBrick)}
        _check_members([one.brick for one in new], pool)
        _check_all_up(pool, "no brick is added", leaving)
        _check_taken([one.brick for one in new], every)
        for step in steps:
            _check_apart(step)
    for one in new:
        _check_place(one, pool, host)
    for step in steps:
        if isinstance(step, ResetBrick):
            _check_reset(step, pool, host)


def _check_members(new: Sequence[Brick], pool: Pool) -> None:
    for brick in new:
        if not brick.uuid:
            raise ValueError(
                f"bricks: {brick}: {brick.host} is not in the pool, which has {', '.join(peer.names[0] for peer in pool.peers)}; "
                "add it with evenkeel.glusterfs.trusted_pool"
            )


def _check_taken(new: Sequence[Brick], every: Mapping[str, Volume]) -> None:
    """No new brick lies in another one, or holds one."""
    taken = [(f"a brick of volume {volume.name}", brick) for volume in every.values() for brick in volume.bricks]
    for number, brick in enumerate(new):
        for whose, other in [*taken, *(("another one of bricks", other) for other in new[:number])]:
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


def _check_apart(step: Step) -> None:
    """No two bricks of a subvolume are on one host, which gluster takes by force only."""
    if not isinstance(step, (Create, AddBricks, AddReplica)) or step.force:
        return
    # Copies that come to several subvolumes at once gluster takes for copies of each other.
    size = len(step.bricks) if isinstance(step, AddReplica) else step.shape.size
    for group in volumes.groups(step.bricks, size):
        for number, brick in enumerate(group):
            other = next((other for other in group[:number] if other.uuid == brick.uuid), None)
            if other:
                raise ValueError(
                    f"bricks: {other} and {brick} are on the same host, and gluster takes {' '.join(map(str, group))} together by force only; give each "
                    "another host, or say force: true if one host shall hold several"
                )


def _check_place(new: _New, pool: Pool, host: LocalHost) -> None:
    """The directory of a brick that is to be on this host."""
    brick = new.brick
    if not _is_local(brick, pool):
        return
    point = local_host.not_mounted(brick.path, host.fstab(), host.mountinfo(), host.real)
    if point:
        raise ValueError(
            f"bricks: {brick} lies below {point}, which fstab mounts and where nothing is mounted; mount it first, or the brick fills the file system below"
        )
    if host.was_brick(brick.path) and not (new.created and new.forced):
        raise ValueError(
            f"bricks: {brick} has been a brick of another volume, or of a creation that failed; give an empty directory, or, if nothing in it is needed, "
            f"remove its mark on {brick.host}: setfattr -x trusted.glusterfs.volume-id {brick.path}"
        )
    unfit = "" if new.forced else host.unfit(brick.path)
    if unfit:
        raise ValueError(f"bricks: {brick} {unfit}, or say force: true if it is meant")
    if not new.created and host.has_files(brick.path):
        raise ValueError(
            f"bricks: {brick} has files in it, which are none of the volume's and would be in the way of its own; give an empty directory"
        )


def _check_reset(step: ResetBrick, pool: Pool, host: LocalHost) -> None:
    """A brick on this host that is to be made anew has lost its data."""
    if _is_local(step.brick, pool) and host.was_brick(step.brick.path):
        raise ValueError(
            f"reset: {step.brick} has its data still, and only its process is not running; bring it up by `gluster volume start {step.volume} force`, or "
            "mount an empty disk there"
        )
    _check_place(_New(step.brick, False, step.force), pool, host)


def _is_local(brick: Brick, pool: Pool) -> bool:
    return any(peer.local and peer.uuid == brick.uuid for peer in pool.peers)


# -- what the volume is doing


def _bears_tasks(steps: Sequence[Step], change: Sequence[Step]) -> bool:
    """Whether the steps can be done whatever task goes on; on a volume that is not started none does."""
    return any(isinstance(step, Start) for step in steps) or all(isinstance(step, (AddBricks, Heal)) for step in change)


def _check_tasks(change: Sequence[Step], volume: Volume, tasks: Sequence[Task]) -> tuple[int, str] | None:
    """The state of a removal of the same bricks, which is gone on with or begun anew. Any other task is in the way."""
    removed = [{brick.key for brick in step.bricks} for step in change if isinstance(step, RemoveBricks)]
    removal = None
    for task in tasks:
        if task.removes and {brick.key for brick in task.bricks} in removed:
            removal = task.status
        elif task.removes:
            bricks = " ".join(map(str, task.bricks))
            raise ValueError(
                f"the volume {volume.name} is removing {bricks} ({task.status[1]}), which this task does not ask for; end that first: "
                f"gluster volume remove-brick {volume.name} {bricks} stop"
            )
        elif task.status == volumes.RUNNING:
            raise ValueError(
                f"the volume {volume.name} has a {task.kind.lower()} in progress; wait until `gluster volume rebalance {volume.name} status` says completed"
            )
    return removal


# -- whether it heals


def _check_healers(steps: Sequence[Step], volume: Volume, cli: Cli) -> None:
    """A heal that is waited for can come: the self-heal daemons run, or these steps turn them on."""
    step = next((step for step in steps if isinstance(step, volume_plan.NEED_HEALERS)), None)
    if not step:
        return
    needed: dict[str, str] = {}
    for other in steps:
        needed.update(other.values if isinstance(other, SetOptions) and other.needed else {})
    leaving = {brick.key for step in steps for brick in made_anew(step)}
    why = healers.off(volume.shape, {**volume.options, **needed})
    if not why and volume.started and healers.switch(volume.shape) not in needed:
        why = healers.idle(cli, volume.name, [brick for brick in volume.bricks if brick.key not in leaving])
    if why:
        raise ValueError(f"the volume {volume.name} would not be healed, so no brick of it is changed ({step}): {why}")


def _check_whole(change: Sequence[Step], volume: Volume, cli: Cli, timeout_heal: float) -> frozenset[tuple[str, str]]:
    """The bricks that stay can give all data to those that come, or to those left. Returns the keys of bricks to be made anew that are not connected."""
    if not volume.started or not volume.shape.heals:
        return frozenset()
    leaving = frozenset(brick.key for step in change for brick in made_anew(step))
    copies = any(isinstance(step, (AddReplica, RemoveReplica)) for step in change)
    stay = [
        brick
        for group in volume.subvolumes
        if copies or any(brick.key in leaving for brick in group)
        for brick in group
        if brick.key not in leaving
    ]
    if not stay:
        return frozenset()
    reports = heal.summary(heal.for_summary(cli, timeout_heal), volume.name)
    if leaving and not copies:
        # Entries wait to be healed while a brick is away; what counts is that the others are there and agree.
        by_key = {report.key: report for report in reports}
        lack = "; ".join(filter(None, (_cannot_give(brick, by_key.get(brick.key)) for brick in stay)))
    else:
        lack = heal.lacks(reports, stay)
    if lack:
        raise ValueError(f"the volume {volume.name} is not whole, so no brick of it is changed: {lack}; heal it first")
    return leaving & {report.key for report in reports if not report.connected}


def _cannot_give(brick: Brick, report: heal.BrickHeal | None) -> str:
    """Why a brick cannot give its data to a new one; empty if it can."""
    if not report or not report.connected:
        return f"{brick} is not connected"
    return f"{brick} has {report.split_brain} entries in split-brain" if report.split_brain else ""
