# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Walks the steps of a plan and does each of them; see volume_steps.py."""

from __future__ import annotations

from typing import Any, Callable, Iterable, NamedTuple, Sequence

from .._host.local_host import LocalHost
from . import cli as commands
from . import heal, new_bricks, options, rebalance, remove_brick, store, unfinished, volume_steps
from . import volume as volumes
from .cli import Cli, ClusterError, Refused
from .migration import Counts, add
from .volume import Brick
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
    RemoveReplica,
    ReplaceBrick,
    ResetBrick,
    ResetOption,
    SetGranularHeal,
    SetOptions,
    Start,
    Step,
    Stop,
)


class Limits(NamedTuple):
    """Seconds for each wait: for bricks to come online, for a heal, for files that move between bricks."""

    online: float
    heal: float
    migrate: float


def apply(steps: Sequence[Step], words: Iterable[str], cli: Cli, host: LocalHost, limits: Limits) -> dict[str, Counts]:
    """Do the steps. Returns what "rebalance" and "remove" have migrated.

    words: what the volume keeps as unfinished, see unfinished.py. Raises ClusterError where gluster refuses or a wait is over. An option
    that gluster refuses, and that no step needs, is reported when all else is done.
    """
    run = _Run(cli, host, limits, words)
    for step in steps:
        run.do(step)
    if run.refused:
        raise ClusterError(
            f"the volume {steps[0].volume} is as wanted but for options that gluster refused: {'; '.join(run.refused)}"
        )
    return run.migrated


class _Run:
    """One walk over the steps.

    unfinished: words that the volume keeps, see unfinished.py. migrated: counts by what has moved the files. refused: what gluster said of options.
    """

    def __init__(self, cli: Cli, host: LocalHost, limits: Limits, words: Iterable[str]) -> None:
        self.cli = cli
        self.host = host
        self.limits = limits
        self.unfinished = list(words)
        self.migrated: dict[str, Counts] = {}
        self.refused: list[str] = []

    def do(self, step: Step) -> None:
        _DO[type(step)](self, step)

    # -- what several steps need

    def record_intent(self, step: Step, *words: str) -> None:
        """Have the volume keep as unfinished what is begun next."""
        new = [word for word in words if word not in self.unfinished]
        if new:
            self.unfinished += new
            self.cli.write("volume", "set", step.volume, unfinished.OPTION, " ".join(self.unfinished))

    def accepted(self, *words: str, report: bool = True) -> bool:
        """Whether gluster sets or resets an option. report: whether a refusal is reported in the end."""
        try:
            self.cli.write(*words)
        except Refused as error:
            self.refused += [str(error)] if report else []
            return False
        return True

    def wait_online(self, step: Step, when: str) -> None:
        """Wait until all bricks are online."""

        def missing() -> str:
            status = volumes.parse_status(self.cli.read("volume", "status", step.volume)).get(step.volume, ())
            return "; ".join(f"{brick.host}:{brick.path} is not online" for brick in status if not brick.online)

        what = f"the bricks of volume {step.volume} to be online {when}"
        commands.wait(self.cli.clock, self.limits.online, what, missing)

    def wait_healed(self, step: Step, when: str) -> None:
        """Wait until the whole volume is healed."""
        bricks = store.existing(self.cli, self.host, step.volume).bricks
        heal.wait(self.cli, step.volume, bricks, self.limits.heal, when)

    def wait_new(self, step: Step, unhealed: Sequence[Brick], when: str) -> None:
        """Wait until the subvolume of bricks that have been empty is healed; not where there is none."""
        if unhealed:
            new_bricks.wait(self.cli, self.host, step.volume, unhealed, self.limits.heal, when)

    # -- the volume as a whole

    def create(self, step: Create) -> None:
        shape = step.shape
        words = ["volume", "create", step.volume]
        if shape.replica > 1:
            words += ["replica", str(shape.replica)]
            words += ["arbiter", str(shape.arbiter)] if shape.arbiter else []
        if shape.disperse:
            words += ["disperse", str(shape.disperse), "redundancy", str(shape.redundancy)]
        words += ["transport", step.transport] if step.transport else []
        self.cli.write(*words, *map(str, step.bricks), *_force(step.force))

    def start(self, step: Start) -> None:
        self.cli.write("volume", "start", step.volume)
        self.wait_online(step, "after its start")

    def stop(self, step: Stop) -> None:
        self.cli.write("volume", "stop", step.volume)

    def delete(self, step: Delete) -> None:
        self.cli.write("volume", "delete", step.volume)

    # -- options

    def set_options(self, step: SetOptions) -> None:
        """Several options are set by one command. Where gluster refuses that, each is set alone, so that one takes no other along."""
        command = ("volume", "set", step.volume)
        words = [word for pair in step.values.items() for word in pair]
        if step.needed:
            self.cli.write(*command, *words)
        elif not self.accepted(*command, *words, report=len(step.values) == 1) and len(step.values) > 1:
            for pair in step.values.items():
                self.accepted(*command, *pair)

    def set_granular_heal(self, step: SetGranularHeal) -> None:
        how = "enable" if options.same(step.value, "on") else "disable"
        self.accepted("volume", "heal", step.volume, "granular-entry-heal", how)

    def reset_option(self, step: ResetOption) -> None:
        self.accepted("volume", "reset", step.volume, step.name)

    def match_options(self, step: MatchOptions) -> None:
        current = store.existing(self.cli, self.host, step.volume).options
        to_set, to_reset = options.to_set(step.wanted, current), options.to_reset(step.wanted, current)
        for part in volume_steps.of_options(step.volume, to_set, to_reset, started=step.started):
            self.do(part)

    # -- bricks

    def add_bricks(self, step: AddBricks) -> None:
        if step.rebalance:
            self.record_intent(step, unfinished.rebalance_after(rebalance.last(self.cli, step.volume)))
        self.cli.write("volume", "add-brick", step.volume, *map(str, step.bricks), *_force(step.force))

    def remove_bricks(self, step: RemoveBricks) -> None:
        self.migrated["remove"] = remove_brick.remove(self.cli, self.host, step, self.limits.migrate)

    def add_replica(self, step: AddReplica) -> None:
        self.record_intent(step, *map(str, step.bricks))
        words = ["replica", str(step.shape.replica)]
        words += ["arbiter", str(step.shape.arbiter)] if step.shape.arbiter else []
        # gluster takes copies of two subvolumes on one host for two copies of one, and adds them by force only.
        self.cli.write("volume", "add-brick", step.volume, *words, *map(str, step.bricks), *_force(step.force))
        self.wait_healed(step, f"after {step}")

    def remove_replica(self, step: RemoveReplica) -> None:
        # gluster removes copies by force only: nothing is to be migrated, the other copies have it all. That they do was checked before, and is again.
        self.wait_healed(step, f"before {step}")
        words = ("replica", str(step.shape.replica), *map(str, step.bricks), "force")
        self.cli.write("volume", "remove-brick", step.volume, *words)

    def replace_brick(self, step: ReplaceBrick) -> None:
        if step.online:
            current = store.existing(self.cli, self.host, step.volume)
            group = new_bricks.subvolume(current, step.old)
            heal.wait(self.cli, step.volume, group, self.limits.heal, f"before {step}")
        self.record_intent(step, str(step.new))
        self.cli.write("volume", "replace-brick", step.volume, str(step.old), str(step.new), "commit", "force")
        self.wait_new(step, step.unhealed, f"after {step}")

    def reset_brick(self, step: ResetBrick) -> None:
        brick = str(step.brick)
        self.record_intent(step, brick)
        self.cli.write("volume", "reset-brick", step.volume, brick, "start")
        # By force gluster takes a brick with data too; without it an empty one.
        self.cli.write("volume", "reset-brick", step.volume, brick, brick, "commit", *_force(step.force))
        self.wait_new(step, step.unhealed, f"after {step}")

    def heal(self, step: Heal) -> None:
        for unhealed in step.unhealed:
            self.wait_new(step, unhealed, "after what an earlier run has begun")

    # -- files

    def rebalance(self, step: Rebalance) -> None:
        before = rebalance.last(self.cli, step.volume)
        if not (before and before.status == volumes.RUNNING):
            if step.online_first:
                self.wait_online(step, "before the rebalance")
            rebalance.start(self.cli, step.volume, before)
        self.await_rebalance(step)

    def await_rebalance(self, step: Rebalance | AwaitRebalance) -> None:
        progress = rebalance.wait(self.cli, self.host, step.volume, self.limits.migrate)
        self.migrated["rebalance"] = add({}, progress)

    def clear_unfinished(self, step: ClearUnfinished) -> None:
        self.unfinished.clear()
        self.cli.write("volume", "set", step.volume, unfinished.OPTION, unfinished.NOTHING)


def _force(force: bool) -> tuple[str, ...]:
    return ("force",) if force else ()


_DO: dict[type[Any], Callable[[_Run, Any], None]] = {
    Create: _Run.create,
    Delete: _Run.delete,
    Start: _Run.start,
    Stop: _Run.stop,
    SetOptions: _Run.set_options,
    SetGranularHeal: _Run.set_granular_heal,
    ResetOption: _Run.reset_option,
    MatchOptions: _Run.match_options,
    AddBricks: _Run.add_bricks,
    RemoveBricks: _Run.remove_bricks,
    AddReplica: _Run.add_replica,
    RemoveReplica: _Run.remove_replica,
    ReplaceBrick: _Run.replace_brick,
    ResetBrick: _Run.reset_brick,
    Heal: _Run.heal,
    Rebalance: _Run.rebalance,
    AwaitRebalance: _Run.await_rebalance,
    ClearUnfinished: _Run.clear_unfinished,
}
