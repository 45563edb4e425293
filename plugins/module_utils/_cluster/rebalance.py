# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A rebalance: which one was begun last, what became of it, beginning one and waiting for its end."""

from __future__ import annotations

import enum

from .._host.local_host import LocalHost
from . import migration, unfinished
from . import volume as volumes
from .cli import Cli, ClusterError, Refused
from .volume import Task, Volume


class Earlier(enum.Enum):
    """What became of the rebalance that an earlier run has begun, or was to begin."""

    ENDED = "it ended, or there was none"
    AWAITED = "it goes on, or nobody has seen its end"
    LOST = "it failed, or was never begun"


def last(cli: Cli, volume: str) -> Task | None:
    """The last rebalance that was begun, None if there was none. glusterd keeps it until the next one begins, also where bricks come meanwhile."""
    return next((task for task in tasks(cli, volume) if not task.removes), None)


def tasks(cli: Cli, volume: str) -> tuple[Task, ...]:
    return volumes.parse_tasks(cli.read("volume", "status", volume, "tasks"))


def earlier(cli: Cli, volume: Volume) -> Earlier:
    task = last(cli, volume.name) if volume.started and len(volume.subvolumes) > 1 else None
    recorded = unfinished.rebalances(unfinished.words(volume))
    status = task.status if task else None
    if status == volumes.RUNNING:
        return Earlier.AWAITED
    if task and status == volumes.COMPLETED and recorded and unfinished.began_after(task, recorded[0]):
        return Earlier.AWAITED
    return Earlier.LOST if recorded or status == volumes.FAILED else Earlier.ENDED


def start(cli: Cli, volume: str, before: Task | None) -> None:
    """Begin one. before: the last one so far. Raises Refused, unless another run of the same task was quicker: one rebalance is enough for both."""
    try:
        cli.write("volume", "rebalance", volume, "start")
    except Refused:
        now = last(cli, volume)
        if not now or (before and now.uuid == before.uuid):
            raise


def wait(cli: Cli, host: LocalHost, volume: str, seconds: float) -> volumes.Progress:
    """Wait for the end of one, for up to ``seconds``. Raises ClusterError where it ended early on a member.

    Files that failed stay where they are, and most of them were removed by a client meanwhile: they are counted only.
    """
    words = ("volume", "rebalance", volume, "status")
    progress = migration.wait(cli, host, volume, words, f"the rebalance of volume {volume}", seconds)
    if progress.failed:
        raise ClusterError(
            f"the rebalance of volume {volume} ended early: {', '.join(progress.failed)}; all data is there; "
            f"see /var/log/glusterfs/{volume}-rebalance.log there, and run the task again, which begins it anew; where that does not begin, since its "
            "daemon was killed, restarting glusterd on that host brings it back: systemctl restart glusterd"
        )
    return progress
