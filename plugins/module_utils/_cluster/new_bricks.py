# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waits until bricks that have been empty hold what the other bricks of their subvolume hold."""

from __future__ import annotations

from typing import Collection, Sequence

from .._host.local_host import LocalHost
from . import brick_files, heal, healers, store
from . import cli as commands
from .cli import Cli, Refused
from .volume import Brick, Volume

MOST_NAMES = 20
"""How many names that a brick lacks a message tells."""


def wait(cli: Cli, host: LocalHost, volume: str, unhealed: Collection[Brick], seconds: float, when: str) -> None:
    """Until the subvolume of ``unhealed`` is healed, those among them that have been empty. when: as it stands in messages.

    Raises ClusterError after ``seconds``, Refused where another run has changed the bricks.
    """
    current = store.existing(cli, host, volume)
    group = subvolume(current, next(iter(unhealed)))
    keys = {brick.key for brick in unhealed}
    source = next((brick for brick in group if brick.key not in keys), None)
    if current.shape.disperse and source:
        for brick in group:
            if brick.key in keys:
                _wait_root_healed(cli, volume, source, brick, group, seconds, when)
    heal.wait(cli, volume, group, seconds, when)


def subvolume(volume: Volume, brick: Brick) -> tuple[Brick, ...]:
    """The bricks that form one subvolume with ``brick``. Raises Refused where the volume does not have it."""
    for group in volume.subvolumes:
        if brick.key in {other.key for other in group}:
            return group
    raise Refused(
        f"{brick} is no brick of volume {volume.name} any more, which another run has changed; run the task again"
    )


def _wait_root_healed(
    cli: Cli, volume: str, source: Brick, brick: Brick, group: Sequence[Brick], seconds: float, when: str
) -> None:
    """Until the root of ``brick`` has all names that ``source`` has in its own.

    A dispersed volume has nothing to heal, it says, until the self-heal daemon comes to the root; from then on all that is below is counted.
    """
    daemons = healers.Healers(cli, volume, group, when)

    def missing() -> str:
        # One call is enough: each call makes the daemons begin anew. gluster refuses the call until the brick is up.
        why = "" if daemons.accepted else daemons.call("full")
        lacking = sorted(set(brick_files.names(cli, volume, source)) - set(brick_files.names(cli, volume, brick)))
        if not lacking:
            return ""
        return "; ".join(filter(None, (f"{brick} lacks {', '.join(lacking[:MOST_NAMES])}", why)))

    commands.wait(cli.clock, seconds, f"the root of {brick} to be healed {when}", missing)
